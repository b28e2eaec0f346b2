"""Equations -> a flat list of in-place NumPy calls, made once per cell and size and run for any number of steps.

All numbers of a step are one slab of rows, one column a sequence; a run is a stack of slabs (T + 1, rows, B):

    states | x 1 | sums: sigmoids', tanhs', others | activations | the rest
      └ operand      └ block @ operand               └ one tanh    └ a call or two each

One product makes every sum of `W @ x`, `U @ s_prev`, `p * s_prev` and biases, and begins those with other terms too.
As sigmoid(a) = 1/2 + 1/2 tanh(a/2), and the block makes a/2, one tanh serves every gate.  A slab holds `s_prev` where
the next one holds `s`.  Terms inside a sum, `f.pre.0`, are not computed.
"""
from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat
from math import isfinite
from threading import Lock

import numpy as np

from .cell import Cell, is_number
from .ops import OPS, number

Array = np.ndarray
STEPS, ARENA_BYTES = 64, 1 << 20  # a plan's length: enough that starting it costs nothing, few enough to stay in cache
PLANS, PLANS_BYTES = 16, 1 << 26  # what is kept for later runs


@dataclass(frozen=True, eq=False)
class Plan:
    """The calls for one cell at one size, bound to their buffers.  It serves one thread at a time."""

    kept: dict[str, tuple[slice, slice]]  # x, each `s_prev` and each node that is computed -> its slabs, its rows
    arena: Array  # (steps + 1, rows, B)
    weights: list[Array]  # the block, and the parameters that other calls read
    places: list[tuple[str, Array]]  # parameter -> its place in these
    added: list[tuple[str, Array]]  # the same, for parameters whose place is taken
    halves: tuple[Array, Array]  # the rows of the block that make a/2 for the sigmoids, and what they make
    program: list[tuple[Callable, tuple]]  # (function, arguments), all of a step's before the next step's
    nbytes: int

    def run(self, params: dict[str, Array], x: Array, initial: dict[str, Array]) -> Array | None:
        """The slabs (T + 1, rows, B) of a run along x (T, B, D); None if a number in them is not finite."""
        for name, place in self.places:
            place[...] = params[name]
        for name, place in self.added:
            place += params[name]
        weights, sums = self.halves
        weights *= 0.5
        arena, T, steps = self.arena, len(x), len(self.arena) - 1
        slabs, calls = np.empty((T + 1, *arena.shape[1:]), x.dtype), len(self.program) // steps
        inputs = self.kept["x"][1]
        states = inputs.start
        for s, value in initial.items():
            arena[0, self.kept[f"{s}_prev"][1]] = value.T
        for t in range(0, T, steps):
            n = min(steps, T - t)
            arena[:n, inputs] = x[t : t + n].transpose(0, 2, 1)
            for f, arguments in self.program[: n * calls]:
                f(*arguments)
            sums[:n] *= 2
            slabs[t : t + n] = arena[:n]
            arena[0, :states] = arena[n, :states]
            if not _finite(arena[:n]):
                return None
        slabs[T, :states] = arena[0, :states]
        return slabs if all(map(_finite, self.weights)) else None


def _finite(a):
    return isfinite(np.vdot(a, a)) or bool(np.isfinite(a).all())  # the first says it sooner, unless a square overflows


def run(cell: Cell, H: int, params: dict[str, Array], x: Array, initial: dict[str, Array]) -> dict[str, Array] | None:
    """x (T, B, D), each `s_prev` and the nodes that a plan computes (T, B, H), nobody else's; None if not finite."""
    _, B, D = x.shape
    key = cell, D, H, B, x.dtype
    with _lock:
        plan = _plans.pop(key, None)
    plan = plan or compile(*key)
    slabs = plan.run(params, x, initial)
    with _lock:
        _plans[key] = plan
        while len(_plans) > PLANS or sum(p.nbytes for p in _plans.values()) > PLANS_BYTES:
            del _plans[next(iter(_plans))]
    if slabs is None:
        return None
    slabs = slabs.transpose(0, 2, 1)
    return {name: slabs[when, :, rows] for name, (when, rows) in plan.kept.items()}


_plans: dict[tuple, Plan] = {}  # the latest used last; a plan in use is not here
_lock = Lock()


def compile(cell: Cell, D: int, H: int, B: int, dtype: np.dtype) -> Plan:
    """The plan of a cell at one size."""
    shapes = cell.shapes(D, H)
    sums, gates = _sums(cell)
    rest = [n for n in cell.nodes if n.id not in gates and not _terms(cell, n)]
    read = {operand for terms in sums.values() for _, operand in terms}
    states = sorted((f"{s}_prev" for s in cell.state), key=lambda s: s in read)
    rows, end = {}, 0
    for name in dict.fromkeys([*states, "x", "1", *sums, *gates, *(n.id for n in rest if n.id not in cell.state)]):
        rows[name] = slice(end, end := end + {"x": D, "1": 1}.get(name, H))
    first, last = min(rows[name].start for name in ("x", *read)), rows["1"].stop
    made, sigmoids = H * len(gates), H * sum(cell.node[g].op == "sigmoid" for g in gates)

    steps = max(1, min(STEPS, ARENA_BYTES // (end * B * dtype.itemsize)))
    arena = np.zeros((steps + 1, end, B), dtype)
    arena[:, rows["1"]] = 1
    now = arena[:-1]
    pre, act = now[:, last : last + H * len(sums)], now[:, last + H * len(sums) :][:, :made]
    block = np.zeros((H * len(sums), last - first), dtype)
    alone = {i for n in rest for i in n.inputs if i in shapes and not (n.id in sums and _part(cell, i))}
    constants = {i: np.zeros(shapes[i] if len(shapes[i]) == 2 else (H, B), dtype) for i in alone}

    def where(name):
        return (slice(-1), rows[name]) if name in rows else (slice(1, None), rows[f"{name}_prev"])

    def at(name):
        if is_number(name):
            return number(name, dtype)
        return constants[name] if name in constants else arena[where(name)]

    half = number("0.5", dtype)
    calls = [(np.dot, block, now[:, first:last], pre)] * bool(sums) + [(np.tanh, pre[:, :made], act)] * bool(gates)
    for f in (np.multiply, np.add) if sigmoids else ():
        calls.append((f, act[:, :sigmoids], half, act[:, :sigmoids]))
    for n in rest:
        op, out = OPS[n.op], at(n.id)
        inputs = [at(i) for i in n.inputs if not (n.id in sums and _part(cell, i))]
        inputs = [out, *inputs] if n.id in sums else inputs
        calls += op.calls(out, *inputs) if op.calls else [(op.fn, *inputs, out)]
    calls += [(np.copyto, arena[1:, rows[f"{s}_prev"]], now[:, rows[s]]) for s in cell.state if s in rows]
    each = [list(zip(repeat(f, steps), *(v if v.ndim == 3 else [v] * steps for v in values), strict=True))
            for f, *values in calls]
    program = [(f, tuple(arguments)) for step in zip(*each, strict=True) for f, *arguments in step]

    places, added = [(i, a if len(shapes[i]) == 2 else a.T) for i, a in constants.items()], []
    for k, terms in enumerate(sums.values()):
        taken = set()
        for weight, operand in sorted(terms, key=lambda term: -len(shapes[term[0]])):  # matrices set all
            place = block[k * H : (k + 1) * H, rows[operand].start - first : rows[operand].stop - first]
            if len(shapes[weight]) == 1:  # a bias is a column, a peephole a diagonal
                place = place[:, 0] if operand == "1" else np.einsum("ii->i", place)
            (added if operand in taken else places).append((weight, place))
            taken.add(operand)
    weights = [block, *constants.values()]
    nbytes = arena.nbytes + sum(w.nbytes for w in weights) + 450 * len(program)  # a call and its views: about 450
    kept = {name: where(name) for name in (*states, "x", *cell.node) if name in rows or name in cell.state}
    return Plan(kept, arena, weights, places, added, (block[:sigmoids], pre[:, :sigmoids]), program, nbytes)


def _sums(cell):
    """What the block makes, sum -> terms: what sigmoids are applied to, then tanhs, then others; and these gates."""
    gates = [n.id for op in ("sigmoid", "tanh") for n in cell.nodes if n.op == op and _part(cell, n.inputs[0])]
    sums = {f"{g}.pre": _part(cell, cell.node[g].inputs[0]) for g in gates}
    for n in cell.nodes:
        if terms := _terms(cell, n):
            sums |= {} if "." in n.id else {n.id: terms}
        elif parts := [(i, part) for i in n.inputs if n.id not in gates and (part := _part(cell, i))]:
            if n.op == "add":
                sums[n.id] = [term for _, part in parts for term in part]
            else:
                sums |= {i: part for i, part in parts if i in cell.node}
    return sums, gates


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
        weight, operand = sorted(node.inputs, key=lambda i: i not in cell.parameters)
        before = operand.endswith("_prev") or (operand == "x" and node.op == "matmul")
        return [(weight, operand)] if weight in cell.parameters and before else []
    return []
