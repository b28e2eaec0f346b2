"""Equations -> the backward pass, as calls made once per cell and size.

What flows from hub to hub is a gradient times a coefficient (see flow.py), so three things are left to do:

    1. all coefficients of many steps at once;
    2. step by step, last first: a product with every U, then for each hub the sum of what came, times its coefficients;
    3. the gradients of all matrices and biases in one product of many steps at once.

A slab of flows (rows, B) holds the hubs' gradients and what flows from each.  Any other node's gradient follows from
these, for all steps at once: see `Gradients`.
"""
from dataclasses import dataclass
from functools import partial
from itertools import repeat

import numpy as np

from . import checks, plan, reading, store
from .cell import Cell, is_matrix, is_number
from .flow import between_hubs, sum_of
from .gradients import Gradients
from .memory import empty
from .ops import number
from .tape import Tape, Value
from .trace import Trace

Array = np.ndarray
WINDOW = 1024  # steps times sequences of one product, where the flows are not kept
STEPS = 8  # at least so many have their coefficients made at once, whatever room that takes
SMALL = 256  # units times sequences: below, a NumPy call costs more than its arithmetic


def run(trace: Trace, seeds: dict[str, Array], truncate: int | None, clip: float | None, keep) -> Gradients:
    """`backward`, whose arguments have been checked."""
    grads = None
    if trace.slabs is not None:  # else its numbers were too large for a plan
        T, B, H = trace.shape
        key = (trace.cell, trace["x"].shape[2], H, B, trace["x"].dtype, plan.most(T), tuple(seeds),
               trace.lengths is not None)
        adjoint = store.take(key) or compile(*key)
        grads = adjoint.run(trace, seeds, truncate, keep is None or bool(keep))
        store.put_back(key, adjoint)
    if grads is None:
        grads = Gradients(trace, reading.read_back(trace, seeds, truncate))
    names = trace.cell.parameters
    for name in trace.cell.masked:
        grads.arrays[name] = grads[name] * trace.cell.mask(trace.shape[2])
    if clip is not None:
        clipped(grads.arrays, {name: grads[name] for name in names}, clip)
    return grads if keep is None else Gradients(trace, {name: grads[name] for name in (*names, *keep)})


def clipped(into: dict[str, Array], grads: dict[str, Array], norm: float) -> None:
    """Write the gradients into a dict, scaled down together if their norm is larger."""
    largest = max((float(np.abs(g).max()) for g in grads.values()), default=0)
    if largest:  # scaled first, so that no square overflows, nor their root
        scaled = {name: g / largest for name, g in grads.items()}
        root = float(np.sqrt(sum(float(np.square(g).sum()) for g in scaled.values())))
        if root > norm / largest:
            into |= {name: g * (float(norm) / root) for name, g in scaled.items()}


@dataclass(frozen=True, eq=False)
class Adjoint:
    """The backward pass of one cell at one size, bound to its buffers.  It serves one thread at a time."""

    flows: Array  # (steps + 1, rows, B)
    totals: dict[str, slice]  # hub -> the rows of its gradient
    carries: dict[str, list[slice]]  # `s_prev` -> the rows of what flows to it
    read: dict[str, Array]  # name -> where the calls read it, (steps, H, B)
    seeds: dict[str, Array]  # name -> the gradient that is given, (steps, H, B)
    ended: Array  # (steps, 1, B): whether a sequence has
    constants: dict[str, Array]  # parameter -> where the calls read it
    whole: list[tuple]  # the calls of many steps at once
    program: list[tuple]  # the others, the last step's first
    span: slice  # the rows of flows that are gradients of sums of products
    operand: slice  # the rows of a plan that these products, and biases, read
    block: Array  # (span, operand): the matrices
    columns: dict[str, slice]  # name -> its columns in the block
    placed: list[tuple[str, Array]]  # matrix -> its place in the block
    added: list[tuple[str, Array]]  # the same, for matrices whose place is taken
    recurrent: list[tuple[Array, Array]]  # where the calls read a transpose, and of what part of the block
    found: list[tuple[str, tuple]]  # parameter -> where its gradient stands in the block's
    others: list[tuple[str, slice, str]]  # parameters that are not there: with rows of flows, and what was read
    shared: set[str]  # parameters whose place there another has too
    reached: set[str]  # the parameters of which these are all
    nbytes: int

    def run(self, trace: Trace, seeds: dict[str, Array], truncate: int | None, every: bool) -> Gradients | None:
        """The gradients of all parameters, all flows too if every is set; None if one of these is not finite."""
        params = trace.params
        for name, constant in self.constants.items():
            constant.reshape(params[name].shape)[...] = params[name]
        for name, place in self.placed:
            place[...] = params[name]
        for name, place in self.added:
            place += params[name]
        for place, columns in self.recurrent:
            place[...] = columns.T

        (T, B, _), steps, grads = trace.shape, len(self.flows) - 1, {}
        every = every or not trace.cell.parameters.keys() <= self.reached
        window = T if every else min(T, -(-WINDOW // (steps * B)) * steps)
        kept, stop = empty((self.flows.shape[1], window, B), self.flows.dtype), T
        while stop:
            start = max(0, stop - window)
            flows = kept[:, : stop - start]
            self._run(trace, seeds, truncate, start, stop, flows)
            if not self._add_products(trace, start, stop, flows, grads):
                return None
            stop = start
        if not every:
            return Gradients(trace, grads)
        if not checks.is_finite(kept):
            return None
        return Gradients(trace, grads, kept, self.totals, self.carries, self.span, self.block.copy(), self.columns)

    def _run(self, trace, seeds, truncate, first, stop, kept):
        """The flows of the steps from first to stop, after those of later ones, into kept (rows, steps, B)."""
        flows, T, steps = self.flows, trace.shape[0], len(self.flows) - 1
        calls, begin = len(self.program) // steps, first
        while stop > begin:
            start = max(begin, stop - steps, (stop - 1) // truncate * truncate if truncate else 0)
            n = stop - start
            flows[n] = 0 if stop == T or (truncate and stop % truncate == 0) else flows[0]
            self._fill(trace, seeds, start, stop)
            for f, arguments in self.whole:
                f(*arguments)
            for f, arguments in self.program[(steps - n) * calls :]:
                f(*arguments)
            kept[:, start - first : stop - first] = flows[:n].transpose(1, 0, 2)
            stop = start

    def _fill(self, trace, seeds, start, stop):
        """What some steps read; values that were not kept are computed again."""
        n, places, part = stop - start, trace.places, None
        for name, room in self.read.items():
            if name in places:
                later, rows = places[name][0].start or 0, places[name][1]
                room[:n] = trace.slabs[start + later : stop + later, rows]
            else:
                part = part or trace.part(start, stop)
                room[:n] = part[name].transpose(0, 2, 1)
        for name, seed in seeds.items():
            self.seeds[name][:n] = seed[start:stop].transpose(0, 2, 1)
        if trace.lengths is not None:
            self.ended[:n, 0] = np.arange(start, stop)[:, None] >= trace.lengths
            for name in seeds.keys() - set(trace.cell.state):
                np.copyto(self.seeds[name][:n], 0, where=self.ended[:n])

    def _add_products(self, trace, start, stop, flows, grads):
        """Add what some steps give to the gradients of the parameters; whether all numbers are finite."""
        whole = _columns(flows[self.span]) @ _rows(trace.slabs[start:stop, self.operand])
        products = [(name, whole[where]) for name, where in self.found]
        part = trace.part(start, stop) if self.others else None
        for name, rows, of in self.others:
            value = part[of].transpose(0, 2, 1)
            products.append((name, _columns(flows[rows]) @ _rows(value) if is_matrix(name) else
                             np.einsum("htb,thb->h", flows[rows], value)))
        for name in self.shared:
            products = [(other, product.copy() if other == name else product) for other, product in products]
        for name, product in products:
            grads[name] = grads[name] + product if name in grads else product
        return checks.is_finite(whole) and all(checks.is_finite(grads[name]) for name, *_ in self.others)


def _columns(flows):
    """(rows, steps, B) as (rows, steps B)."""
    return flows.reshape(len(flows), flows.shape[1] * flows.shape[2])


def _rows(values):
    """(steps, rows, B) as (steps B, rows)."""
    return values[..., 0] if values.shape[2] == 1 else values.transpose(1, 0, 2).reshape(values.shape[1], -1).T


def compile(
    cell: Cell, D: int, H: int, B: int, dtype: np.dtype, most: int, seeds: tuple[str, ...], ends: bool
) -> Adjoint:
    """The adjoint of a cell at one size, of at most so many steps.

    seeds: the nodes whose gradients will be given; ends: some sequences are shorter than others.
    """
    rows, _, _ = plan.layout(cell, D, H)
    steps = min(most, max(STEPS, 2 * plan.steps_of(max(r.stop for r in rows.values()), B, dtype)))
    constants, read, known, tape, shapes = {}, {}, {}, Tape(), cell.shapes(D, H)

    def room(count):
        """For arithmetic on many steps: for one sequence a unit's steps lie side by side, as NumPy is quicker so."""
        return np.zeros((steps, count, B), dtype, order="F" if B == 1 else "C")

    def constant(name):
        return constants.setdefault(name, np.zeros(shapes[name] if is_matrix(name) else (H, 1), dtype))

    def array(name):
        return read.setdefault(name, room(D if name == "x" else H))

    def at(name):
        if is_number(name):
            return number(name, dtype)
        if name not in known:
            known[name] = Value(tape, find=partial(constant if name in cell.parameters else array, name))
        return known[name]

    hubs, sums, flow = between_hubs(cell, seeds, ends, at)
    sinks, through = set(sums.values()), _through(cell, rows)
    sources, readers = {hub: [] for hub in hubs}, {}
    for source, coefficients in flow.items():
        for target in coefficients:
            sources.get(target, []).append(source)
    for n in cell.nodes:
        if n.op == "matmul" and n.inputs[1] in sources:
            readers.setdefault(n.inputs[1], []).append(n)

    # the rows: first of gradients that are not simply what flows from elsewhere, then of what flows from each hub
    small = H * B < SMALL
    own = [s.removesuffix("_prev") for s in through]
    alone = small and len(own) == 1 and not sources[own[0]] and own[0] not in readers
    copies = max(1, len(flow[own[0]])) if alone else 1
    places, groups, carries = {hub: slice(k * H, (k + 1) * H) for k, hub in enumerate(own)}, {}, {}
    count = max(len(own), copies)
    for hub in hubs:
        if hub not in places and (hub in readers or not sources[hub]):
            places[hub] = slice(count * H, (count := count + 1) * H)
    first = count
    for source, coefficients in flow.items():
        # the sums of products that two hubs ask something of stand side by side, as one product reads them all
        targets = sorted(coefficients, key=lambda target, last=not groups: (target in sinks) == last)
        groups[source] = slice(count * H, (count + len(targets)) * H)
        for target in targets:
            places[source, target] = slice(count * H, (count := count + 1) * H)
            if target not in sources:
                carries.setdefault(target, []).append(places[source, target])
    totals = {hub: places[hub] if hub in places else places[sources[hub][0], hub] for hub in hubs}
    inside = [name for name in seeds if small and f"{name}_prev" in through]
    folded = {f"{name}_prev": [slice((count + k) * H, (count + k + 1) * H)] for k, name in enumerate(inside)}
    flows = np.zeros((steps + 1, (count + len(inside)) * H, B), dtype)
    given = {name: flows[1:, folded[f"{name}_prev"][0]] if name in inside else np.zeros((steps, H, B), dtype)
             for name in seeds}

    # the coefficients
    factors, ended = np.zeros((steps, count * H, B), dtype), np.zeros((steps, 1, B), bool)
    making = room(count * H) if B == 1 else factors
    for source, coefficients in flow.items():
        for target, coefficient in coefficients.items():
            if ends and not isinstance(coefficient, Value):  # it will not stay where it is put
                coefficient = tape.call(np.positive, coefficient)
            tape.put(coefficient, making[:, places[source, target]])
    whole = [*tape.bound(partial(room, H))]
    if ends:
        whole.append((np.copyto, (making, 0, "same_kind", ended)))
        stays = [making[:, places[s, f"{s}_prev"]] for s in cell.state]
        whole += [(np.add, (factor, ended, factor)) for factor in stays]
    if B == 1:
        whole.append((np.copyto, (factors[:, first * H :], making[:, first * H :])))

    # the matrices
    asked = [totals[hub] for hub in sinks] or [slice(0, 0)]
    span = slice(min(r.start for r in asked), max(r.stop for r in asked))
    operand = slice(rows[through[0]].start if through else rows["x"].start, rows["1"].stop)
    columns = {name: slice(r.start - operand.start, r.stop - operand.start) for name, r in rows.items()
               if operand.start <= r.start < operand.stop and name != "1"}
    block = np.zeros((span.stop - span.start, operand.stop - operand.start), dtype)
    added = {s: [*carries.get(s, ()), *folded.get(s, ())] if small else [] for s in through}
    recurrent, matrix, reading = _recurrent(block, span, asked, added, H, copies)
    placed, found, others = _parameters(cell, totals, sums, rows, span, operand, {*cell.state, *seeds})
    taken, unique, again = set(), [], []
    for name, *where in placed:
        (again if str(where) in taken else unique).append((name, block[tuple(where)]))
        taken.add(str(where))

    # the calls of a step
    now, later = flows[:-1], flows[1:]
    calls = [(matrix.dot, later[:, reading], now[:, : len(matrix)])] * bool(through)
    for hub in hubs:
        total = now[:, totals[hub]]
        parts = [now[:, places[source, hub]] for source in sources[hub]]
        begun = f"{hub}_prev" in through
        if not (begun and small):
            parts += [later[:, carry] for carry in carries.get(f"{hub}_prev", ())]
            parts += [seed for name, seed in given.items() if name == hub]
        if hub not in places:
            begun, parts = True, parts[1:]
        for n in readers.get(hub, ()):
            out, begun = np.zeros_like(total) if begun else total, True
            calls.append((constant(n.inputs[0]).T.dot, now[:, totals[sums[n.id]]], out))
            parts += [out] * (out is not total)
        if not begun and parts:
            calls.append((np.add, parts[0], parts[1], total) if parts[1:] else (np.positive, parts[0], total))
        calls += [(np.add, total, part, total) for part in parts[0 if begun else 2 :]]
        spread = now[:, : len(matrix)] if copies > 1 and hub == own[0] else None
        calls += _times(total, spread, factors, now, groups.get(hub, slice(0, 0)))
    each = [list(zip(repeat(f, steps), *(v if v.ndim > 2 else [v] * steps for v in values), strict=True))[::-1]
            for f, *values in calls]
    program = [(f, tuple(arguments)) for step in zip(*each, strict=True) for f, *arguments in step]
    nbytes = 5 * factors.nbytes + 2 * block.nbytes + 450 * len(program)  # flows and what is read: about as much each
    reached, seen = {name for name, *_ in (*found, *others)}, {}
    shared = {name for name, where in found if seen.setdefault(str(where), name) != name}
    return Adjoint(flows, totals, carries, read, given, ended, constants, whole, program, span, operand, block, columns,
                   unique, again, recurrent, found, others, shared, reached, nbytes)


def _through(cell, rows):
    """The states that a matrix is applied to as they come in."""
    read = {n.inputs[1] for n in cell.nodes if n.op == "matmul"}
    return [name for name in rows if name in read and name.endswith("_prev")]


def _recurrent(block, span, asked, added, H, copies):
    """Where transposes of parts of the block stand, (place, part); the matrix they stand in; the rows of the later slab
    that this is applied to.  added: state that came in -> the rows of what flows to it beside.

    A small matrix does more than it must, as a call costs more than arithmetic: its product adds what else flows to
    these states, and gives the first so many times as its flows are.
    """
    read, states = [span, *(r for rows in added.values() for r in rows)], len(added) * H
    reading = slice(min(r.start for r in read), max(r.stop for r in read))
    matrix = np.zeros((max(len(added), copies) * H, reading.stop - reading.start), block.dtype)
    recurrent, merged = [], _merged(asked)
    for k in range(copies):
        for r in merged:
            place = matrix[k * H : k * H + states, r.start - reading.start : r.stop - reading.start]
            recurrent.append((place, block[r.start - span.start : r.stop - span.start, :states]))
        for j, rows in enumerate(added.values()):
            for r in rows:
                np.einsum("ii->i", matrix[(k + j) * H :][:H, r.start - reading.start :][:, :H])[...] += 1
    return recurrent, matrix, reading


def _merged(slices):
    """Slices that touch as one."""
    merged = []
    for s in sorted(slices, key=lambda s: s.start):
        if merged and s.start <= merged[-1].stop:
            merged[-1] = slice(merged[-1].start, max(s.stop, merged[-1].stop))
        else:
            merged.append(s)
    return merged


def _times(total, spread, factors, now, group):
    """The calls that multiply a hub's gradient by each of its coefficients."""
    steps, H, B = total.shape
    many, factor, out = (group.stop - group.start) // H, factors[:, group], now[:, group]
    if spread is not None:
        return [(np.multiply, factor, spread, out)]
    if many > 2 and H * B < SMALL:  # NumPy is quickest at arrays of one shape
        spread = np.zeros_like(out)
        return [(np.copyto, spread.reshape(steps, many, H, B), total.reshape(steps, 1, H, B)),
                (np.multiply, factor, spread, out)]
    parts = [slice(k * H, (k + 1) * H) for k in range(many)]
    return [(np.multiply, factor[:, part], total, out[:, part]) for part in parts]


def _parameters(cell, totals, sums, rows, span, operand, entries):
    """The matrices' places in the block; where parameters' gradients stand in the block's; what other parameters
    multiply.  A parameter of whose gradient this would not be all is left to `Gradients`."""
    placed, found, others, late, sinks = [], [], [], set(), set(sums.values())
    for name in (*cell.parameters, *cell.matrices(1, 1)):
        for node, k in cell.readers[name]:
            hub, by = sum_of(cell, node.id, entries), node.inputs[1 - k] if len(node.inputs) == 2 else ""
            hub = f"{hub}.live" if f"{hub}.live" in totals else hub
            if hub not in totals:
                late.add(name)
                continue
            here = slice(totals[hub].start - span.start, totals[hub].stop - span.start)
            if node.op == "matmul" and by in rows and by not in cell.node:
                there = slice(rows[by].start - operand.start, rows[by].stop - operand.start)
                placed.append((name, here, there))
                found.append((name, (here, there)))
            elif node.op == "add" and hub in sinks and node.inputs.count(name) == 1:
                found.append((name, (here, rows["1"].start - operand.start)))
            elif (node.op == "matmul" and by in cell.node) or (
                    node.op == "mul" and (by in cell.node or (by in rows and by != "x"))):
                others.append((name, totals[hub], by))
            else:
                late.add(name)
    late |= cell.matrices(1, 1).keys()
    return placed, [f for f in found if f[0] not in late], [other for other in others if other[0] not in late]
