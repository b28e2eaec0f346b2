"""The picture of any cell, placed automatically: what comes in at the left and from below, states that leave at the
right; on a phone from the lowest row to the highest.

Blocks stand on shelves (see shelves), wires run between them (see wiring), heights says how high.  A
wire into a sum is a matrix times what it carries; a dashed one is weighted unit by unit, or is x as it is.
"""
from lstm_core import Cell
from lstm_core.cell import is_number

from ..telling.names import symbol
from .assemble import BODY, EDGE, assembled
from .blocks import blocks, comes_in, outs
from .heights import Measures, Plan
from .pen import Sheet
from .shelves import connect, order_ports, shelves, stand
from .wiring import Net, Sink, climb

MOST_TRIES = 60  # to widen gaps
WIRE = 12  # the room that one more wire takes in a gap
TALLEST = 0.64  # a sheet's height over its width, beyond which states share rows


def automatic(cell: Cell, s: Sheet) -> tuple:
    """The whole picture: its size, and its parts."""
    if s.narrow:
        return assembled(_plan(cell, s, False))
    size, parts = assembled(_plan(cell, s, True))
    if size[1] > TALLEST * size[0]:
        other = assembled(_plan(cell, s, False))
        if other[0][1] < 0.9 * size[1]:
            return other
    return size, parts


def _plan(cell: Cell, s: Sheet, breaks: bool) -> Plan:
    """Where everything stands from left to right; breaks: whether a state ends its row."""
    from_left, from_below = comes_in(cell)
    if s.narrow:
        from_left, from_below = [], from_left + from_below
    leaving = outs(cell)
    labels = {node: _label(cell, node, s) for node in [*cell.node, *from_left, *from_below]}
    m = _measures(s, from_left, from_below, leaving, labels)
    found = shelves(blocks(cell), {*from_left, *from_below}, leaving, labels, m.high - m.low, m.gap, breaks, s)
    beside = _beside(found, from_left)
    connect(found, beside)
    nets = _nets(found, from_left, from_below, leaving, s.narrow)
    units = [unit for shelf in found for unit in shelf.units]
    extra, widest = {}, m.high
    for _ in range(MOST_TRIES):
        for net in nets.values():
            net.lanes, net.stub = {}, None
        for again in (False, True):  # where ports are says where a unit stands, and that the order of its ports
            for unit in units:
                order_ports(unit, {name: net.unit.x if net.unit else net.x for name, net in nets.items()}, s)
            if not again:
                widest = stand(found, m.low, m.high, m.gap, extra)
        _edges(nets, from_below, labels, widest, m, s)
        full = climb(list(nets.values()), found, m.low - (4 if s.narrow else 0), widest, not s.narrow)
        if not full:
            break
        for gap in full:
            extra[gap] = extra.get(gap, 0) + WIRE
    return Plan(cell, s, m, found, nets, beside, from_left, from_below, leaving, round(widest - m.full))


def _label(cell, node, s):
    """About how wide a value's label is."""
    letter, when = symbol(cell, node) or ("", "")
    return (8.0 if s.narrow else 9.5) * len(letter) + 6.5 * len(when) + 4 if letter else 0.0


def _measures(s, from_left, from_below, leaving, labels):
    if s.narrow:
        most = max(len(from_below), len(leaving))  # side by side
        return Measures(20, 12, 18, 22, 46, 26, 18, max(s.width - 18, 18 + 58 * most), s.width - 18)
    widest = max([labels[name] for name in from_left] or [0.0])
    low, high = round(max(BODY, EDGE + widest / 2 + 20) + 16 + 13 * len(from_left)), s.width - BODY - 22
    return Measures(32, 14, 20, 26, 38, 14, low, high, high)


def _beside(found, from_left):
    """Shelf -> the state that comes straight into its first unit, each once."""
    beside = {}
    for at, shelf in enumerate(found):
        first = shelf.units[0]
        names = [name for name, _ in first.feeds][: 1 if first.block.ordered else None]
        low = {name for other in found[:at] if other.upright for unit in other.units for name, _ in unit.feeds}
        states = [name for name in names if name in from_left and name not in beside.values()
                  and not (first.block.kind == "sum" and name in low)]  # most hear that one beside the gates
        if not shelf.upright and states:
            beside[at] = states[0]
    return beside


def _nets(found, from_left, from_below, leaving, narrow):
    """What carries each value to all that hear it, by the value's name."""
    nets = {name: Net(name, "left") for name in from_left} | {name: Net(name, "below") for name in from_below}
    for at, shelf in enumerate(found):
        nets |= {unit.node: Net(unit.node, "up" if shelf.upright else "row", at, unit) for unit in shelf.units}
    for unit in (unit for shelf in found for unit in shelf.units):
        names = [name for name, _ in unit.feeds]
        for k, (name, dashed) in enumerate(unit.feeds):
            nets[name].sinks.append(Sink(unit, dashed, k, name == unit.straight and k == names.index(name)))
    for name in leaving:
        shelf = found[nets[name].shelf]
        nets[name].edge = narrow or shelf.upright or shelf.units[-1] is not nets[name].unit
    return nets


def _edges(nets, from_below, labels, widest, m, s):
    """Where what comes in from below stands, and, where states leave at the top, where they do."""
    own = [nets[name] for name in from_below]
    if s.narrow:
        edges = sorted((net for net in nets.values() if net.edge), key=lambda net: net.unit.x)
        for row in (own, edges):
            each = max(58.0, min(92.0, (widest - m.low) / max(1, len(row))))
            start = max(m.low + 26, (m.low + widest) / 2 - each * (len(row) - 1) / 2)
            for k, net in enumerate(row):
                at = round(start + k * each)
                net.x, net.gutter = (at, 0) if row is own else (net.x, at)
        return
    x = m.low + 30
    for net in own:
        net.x = x
        x += s.side + 9 + max(labels[net.name], 60) + 24


def marked(parts: list[dict], cell: Cell, base: Cell) -> list[dict]:
    """Parts with `new` set on each operation and input that the same equation of a base does not have; on none where
    the two have no operation in common.  No ghosts: nothing leaves a gap here."""
    there, known = _operations(base), {*(f"{state}_prev" for state in base.state), *base.inputs, "x"}
    signs = {part["node"] for part in parts if part["kind"] in ("box", "op")}
    made = {node: operation not in there.get(node.partition(".")[0], ())
            for owned in _operations(cell, by_node=True).values() for node, operation in owned.items()}
    nothing_kept = all(made.values())

    def new(part):
        node = part.get("node")
        at_sign = part["kind"] == "vector" and node in signs  # its sign bears the mark
        if nothing_kept or node is None or at_sign:
            return False
        return made.get(node, node not in known)

    return [part | {"new": new(part)} for part in parts]


def _operations(cell, by_node=False):
    """Equation -> each drawn operation: its sign, and what comes in; what is in turn an operation as none."""
    found, drawn = {}, blocks(cell)
    apart = {block.node for block in drawn}
    for block in drawn:
        node = cell.node[block.node]
        terms = [cell.node[i].inputs if i in cell.node and i not in apart else i for i in node.inputs]
        what = (node.op, *(i if isinstance(i, tuple) or "." not in i or is_number(i) else "" for i in terms))
        found.setdefault(block.node.partition(".")[0], {})[block.node] = what
    return found if by_node else {name: set(owned.values()) for name, owned in found.items()}
