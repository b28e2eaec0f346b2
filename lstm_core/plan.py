"""Equations -> a flat list of in-place NumPy calls, made once per cell and size and run for any number of steps.

All numbers of a step are one slab of rows, one column a sequence; a run is a stack of slabs (T + 1, rows, B):

    states | x 1 | sums: sigmoids', tanhs', others | activations  | the rest
      └ operand      └ block @ operand               └ exp and tanh └ a call or two each

One product makes every sum of `W @ x`, `U @ s_prev`, `p * s_prev` and biases, and begins those with other terms too.
As sigmoid(a) = 1 / (1 + exp(-a)), the block makes -a of these; three calls serve all.  A slab holds `s_prev` where
the next one holds `s`.  What comes in beside x stands after it if the block reads it, else before the states.  Terms
inside a sum, `f.pre.0`, are not computed.
"""
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from math import prod

import numpy as np

from . import store
from .cell import Cell, is_matrix, is_number
from .checks import is_finite
from .memory import empty
from .ops import NEAR_ONE, OPS, number, settled, sigmoid_calls

Array = np.ndarray
SHORT = 128  # steps times sequences
STEPS, ARENA_BYTES = 64, 1 << 20  # a plan's length: enough that starting it costs nothing, few enough to stay in cache


@dataclass(frozen=True, eq=False)
class Plan:
    """The calls for one cell at one size, bound to their buffers.  It serves one thread at a time."""

    rows: dict[str, slice]  # x, what else comes in, and each node that is computed -> its rows; states are under s_prev
    all: tuple[list[slice], dict]  # see _kept: where every node is kept
    states: slice  # the rows of all states
    arena: Array  # (steps + 1, rows, B)
    weights: list[Array]  # the block, and the parameters that other calls read
    filled: list[tuple[str, Array]]  # parameter -> its place in these
    added: list[tuple[str, Array]]  # the same, for parameters whose place is taken
    negated: tuple[Array, Array]  # the rows of the block that make -a for the sigmoids, and what they make
    tanhs: list[Array]  # what each is applied to that is to be settled
    program: list[tuple[Callable, tuple]]  # (function, arguments), all of a step's before the next step's
    nbytes: int

    def run(self, params: dict[str, Array], initial: dict[str, Array], inputs: dict[str, Array],
            lengths: Array | None, runs: list[slice], settles: bool) -> Array | None:
        """The chosen runs of rows (T + 1, rows, B) of each slab; None if a number in any row is not finite, or a tanh
        is next to 1 and it is not for a plan to settle that.

        inputs: name -> (T, B, its rows), x among them.
        """
        for name, place in self.filled:
            place[...] = params[name]
        for name, place in self.added:
            place += params[name]
        weights, sums = self.negated
        np.negative(weights, out=weights)
        arena, T, steps = self.arena, len(inputs["x"]), len(self.arena) - 1
        kept = empty((T + 1, sum(rows.stop - rows.start for rows in runs), arena.shape[2]), arena.dtype)
        states, settling = self.states, False
        for s, value in initial.items():
            arena[0, self.rows[f"{s}_prev"]] = value.T
        for t in range(0, T, steps):
            n = min(steps, T - t)
            for name, values in inputs.items():
                arena[:n, self.rows[name]] = values[t : t + n].transpose(0, 2, 1)
            self._steps(t, n, lengths, settling)
            if not self.tanhs or not -NEAR_ONE < arena[:n].min() <= arena[:n].max() < NEAR_ONE:
                if not is_finite(arena[:n]):
                    return None
                if not settling and any(np.abs(a[:n]).max() > NEAR_ONE for a in self.tanhs):
                    if not settles:
                        return None
                    settling = True
                    self._steps(t, n, lengths, settling)
            np.subtract(0, sums[:n], out=sums[:n])  # not negative, as -0 is no number to show
            start = 0
            for rows in runs:
                kept[t : t + n, start : (start := start + rows.stop - rows.start)] = arena[:n, rows]
            arena[0, states] = arena[n, states]
        kept[T, states] = arena[0, states]  # they are in the first run, where they stand in the arena
        return kept if is_finite(arena[0, states]) and all(map(is_finite, self.weights)) else None

    def _steps(self, t, n, lengths, settling):
        """The steps from t on, n of them.  Past a sequence's end states stay and all else is 0."""
        calls, last = len(self.program) // (len(self.arena) - 1), self.rows["1"].stop
        ends = lengths is not None and lengths.min() < t + n
        if not ends and not settling:
            for f, arguments in self.program[: n * calls]:
                f(*arguments)
            return
        for k in range(n):
            for f, arguments in self.program[k * calls : (k + 1) * calls]:
                f(*arguments)
                if settling and f is np.tanh:
                    a, y = arguments
                    y[...] = settled(a, y)
            if ends:
                ended = t + k >= lengths
                np.copyto(self.arena[k + 1, self.states], self.arena[k, self.states], where=ended)
                np.copyto(self.arena[k, last:], 0, where=ended)


def run(cell: Cell, H: int, params: dict[str, Array], initial: dict[str, Array], inputs: dict[str, Array],
        lengths: Array | None, keep: Collection[str] | None) -> tuple[Array, dict[str, tuple[slice, slice]]] | None:
    """(slabs, name -> its slabs and rows in them), nobody else's: of x and what else came in, each `s_prev`, each state
    and each node of keep that a plan computes, or of all such nodes; None if a number is not finite, a plan would be
    mostly zeros, or a short run of which everything is kept has a tanh next to 1, so that its gradients may be made of
    last digits."""
    T, B, D = inputs["x"].shape
    key = cell, D, H, B, inputs["x"].dtype, most(T)
    plan = store.take(key) or (compile(*key) if _fits(cell, D, H) else None)
    if plan is None:
        return None
    runs, places = plan.all if keep is None else _kept(plan.rows, cell, keep)
    slabs = plan.run(params, initial, inputs, lengths, runs, keep is not None or T * B > SHORT)
    store.put_back(key, plan)
    return None if slabs is None else (slabs, places)


@lru_cache(maxsize=store.PLANS)
def _fits(cell, D, H):
    """Whether the block, which has a place for every sum and operand, is not much larger than the parameters."""
    rows, sums, _ = layout(cell, D, H)
    size = len(sums) * H * rows["1"].stop
    return size < 1 << 20 or size < 64 * sum(prod(shape) for shape in cell.shapes(D, H).values())


def _kept(rows_of, cell, keep):
    """The runs of rows that hold what is kept, and where each name's are once these stand one below the other."""
    wanted = [slice(0, rows_of["1"].stop)]
    for name, rows in rows_of.items():
        if rows.start == wanted[-1].stop and name in keep:
            wanted[-1] = slice(wanted[-1].start, rows.stop)
        elif rows.start > wanted[-1].stop and name in keep:
            wanted.append(rows)
    places, moved = {}, 0
    for k, run in enumerate(wanted):
        moved += run.start - (wanted[k - 1].stop if k else 0)
        for name, rows in rows_of.items():
            if run.start <= rows.start and rows.stop <= run.stop:
                places[name] = slice(-1), slice(rows.start - moved, rows.stop - moved)
    return wanted, places | {s: (slice(1, None), places[f"{s}_prev"][1]) for s in cell.state}


def layout(cell: Cell, D: int, H: int) -> tuple[dict[str, slice], dict[str, list[tuple[str, str]]], list[str]]:
    """Each name's rows in a slab; what the block makes, sum -> its terms; the gates that are activations of these."""
    sums, gates = _sums(cell)
    read = {}  # what the block reads; True: through a matrix
    for weight, operand in (term for terms in sums.values() for term in terms):
        read[operand] = read.get(operand, False) or is_matrix(weight)
    states = sorted((f"{s}_prev" for s in cell.state), key=lambda s: (s in read, read.get(s)))
    before, after = ([name for name in cell.inputs if (name in read) == inside] for inside in (False, True))
    rest = [n.id for n in _rest(cell, gates) if n.id not in cell.state]
    rows, end = {}, 0
    for name in dict.fromkeys([*before, *states, "x", *after, "1", *sums, *gates, *rest]):
        rows[name] = slice(end, end := end + {"x": D, "1": 1}.get(name, H))
    return rows, sums, gates


def place(cell: Cell, rows: dict[str, slice], name: str) -> tuple[slice, slice]:
    """The slabs and rows of a name: a state's are those of what the next step reads."""
    return (slice(1, None), rows[f"{name}_prev"]) if name in cell.state else (slice(-1), rows[name])


def steps_of(rows: int, B: int, dtype: np.dtype) -> int:
    """How many steps' slabs of so many rows make an arena."""
    return max(1, ARENA_BYTES // (rows * B * dtype.itemsize))


def most(T: int) -> int:
    """How many steps a plan for a sequence of T may have: as short a sequence as this wants no plan made for more."""
    return min(STEPS, 1 << (T - 1).bit_length())


def compile(cell: Cell, D: int, H: int, B: int, dtype: np.dtype, most: int) -> Plan:
    """The plan of a cell at one size, of at most so many steps."""
    rows, sums, gates = layout(cell, D, H)
    rest = _rest(cell, gates)
    shapes = cell.shapes(D, H) | {name: (H, D) for name in cell.matrices(D, H)}
    first = min(rows[name].start for name in ("x", *(operand for terms in sums.values() for _, operand in terms)))
    last, end = rows["1"].stop, max(r.stop for r in rows.values())
    states = [rows[f"{s}_prev"] for s in cell.state]
    held = slice(min(r.start for r in states), max(r.stop for r in states)) if states else slice(0)
    made, sigmoids = H * len(gates), H * sum(cell.node[g].op == "sigmoid" for g in gates)

    steps = min(most, steps_of(end, B, dtype))
    arena = np.zeros((steps + 1, end, B), dtype)
    arena[:, rows["1"]] = 1
    now = arena[:-1]
    pre, act = now[:, last : last + H * len(sums)], now[:, last + H * len(sums) :][:, :made]
    block = np.zeros((H * len(sums), last - first), dtype)
    alone = {i for n in rest for i in n.inputs if i in shapes and not (n.id in sums and _part(cell, i))}
    constants = {i: np.zeros(shapes[i] if len(shapes[i]) == 2 else (H, B), dtype) for i in alone}

    def where(name):  # here, unlike in place, a state that is a gate is where the gate is
        return (slice(-1), rows[name]) if name in rows else place(cell, rows, name)

    def at(name):
        if is_number(name):
            return number(name, dtype)
        return constants[name] if name in constants else arena[where(name)]

    calls = [(block.dot, now[:, first:last], pre)] * bool(sums)
    calls += sigmoid_calls(act[:, :sigmoids], pre[:, :sigmoids]) * bool(sigmoids)
    calls += [(np.tanh, pre[:, sigmoids:made], act[:, sigmoids:])] * (made > sigmoids)
    for n in rest:
        op, out = OPS[n.op], at(n.id)
        inputs = [at(i) for i in n.inputs if not (n.id in sums and _part(cell, i))]
        inputs = [out, *inputs] if n.id in sums else inputs
        calls += op.calls(out, *inputs) if op.calls else [(op.fn, *inputs, out)]
    calls += [(np.copyto, arena[1:, rows[f"{s}_prev"]], now[:, rows[s]]) for s in cell.state if s in rows]
    each = [list(zip(repeat(f, steps), *(v if v.ndim == 3 else [v] * steps for v in values), strict=True))
            for f, *values in calls]
    program = [(f, tuple(arguments)) for step in zip(*each, strict=True) for f, *arguments in step]

    filled, added = [(i, a if len(shapes[i]) == 2 else a.T) for i, a in constants.items()], []
    for k, terms in enumerate(sums.values()):
        taken = set()
        for weight, operand in sorted(terms, key=_by_rank, reverse=True):  # matrices set all
            here = block[k * H : (k + 1) * H, rows[operand].start - first : rows[operand].stop - first]
            if len(shapes[weight]) == 1:  # a bias is a column, a peephole a diagonal
                here = here[:, 0] if operand == "1" else np.einsum("ii->i", here)
            (added if operand in taken else filled).append((weight, here))
            taken.add(operand)
    weights = [block, *constants.values()]
    nbytes = arena.nbytes + sum(w.nbytes for w in weights) + 450 * len(program)  # a call and its views: about 450
    rows = {name: rows[name] for name in rows if name not in cell.state}  # a state is where the next slab has s_prev
    negated = block[:sigmoids], pre[:, :sigmoids]
    tanhs = [a for f, a, *_ in calls if f is np.tanh and a.ndim == 3 and dtype == np.float64]
    return Plan(rows, _kept(rows, cell, rows), held, arena, weights, filled, added, negated, tanhs, program, nbytes)


def _sums(cell):
    """What the block makes, sum -> terms: what sigmoids are applied to, then tanhs, then others; and these gates."""
    gates = [n.id for op in ("sigmoid", "tanh") for n in cell.nodes if n.op == op and _part(cell, n.inputs[0])]
    sums, known = {f"{g}.pre": _part(cell, cell.node[g].inputs[0]) for g in gates}, set(gates)
    for n in cell.nodes:
        if terms := _terms(cell, n):
            sums |= {} if "." in n.id else {n.id: terms}
        elif parts := [(i, part) for i in n.inputs if n.id not in known and (part := _part(cell, i))]:
            if n.op == "add":
                sums[n.id] = [term for _, part in parts for term in part]
            else:
                sums |= {i: part for i, part in parts if i in cell.node}
    return sums, gates


def _rest(cell, gates):
    """The nodes that the block and the activations after it do not make."""
    gates = set(gates)
    return [n for n in cell.nodes if n.id not in gates and not _terms(cell, n)]


def _by_rank(term):
    return is_matrix(term[0])


def _part(cell, name):
    """The terms of a bias, or of a sum that only what is around it reads, as no equation names it; else none."""
    if name in cell.parameters:
        return [(name, "1")] if cell.parameters[name] == "H" else []
    return _terms(cell, cell.node[name]) if "." in name and name in cell.node else []


def _terms(cell, node):
    """(weight, operand) of each term, if the node is a sum of such as the block makes; else none."""
    if node.op == "add":
        parts = [_part(cell, i) for i in node.inputs]
        return [term for part in parts for term in part] if all(parts) else []
    if node.op in ("matmul", "mul"):
        weight, operand = sorted(node.inputs, key=lambda i: i not in cell.parameters and not is_matrix(i))
        ahead = operand.endswith("_prev") or operand in cell.inputs or (operand == "x" and node.op == "matmul")
        return [(weight, operand)] if ahead and (weight in cell.parameters or is_matrix(weight)) else []
    return []
