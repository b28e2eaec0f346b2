"""Where the blocks of an automatic drawing stand: on shelves, from the lowest up, each read from left to right.

Gates that hear only what is known stand upright side by side, as in the hand-placed pictures: sum, function, value.
Everything else lies in a row: sign, value, sign, value.  So what a block needs is to its left or on a lower shelf.
"""
from dataclasses import dataclass, field

from .blocks import Block
from .pen import Sheet

FEWEST_UPRIGHT = 3  # gates for which a shelf of their own is worth its height; the first one may have two
SIGN = 16  # half the width of a circle
BETWEEN = 14  # a sign and its value
WIDE, WIDEST = 46, 100  # the most room between units besides the gap, in a row and upright


@dataclass(eq=False)
class Unit:
    """A block on its shelf.  x: the middle of its sign, or of its sum; left, right: how far it reaches from there."""

    block: Block
    upright: bool
    valued: bool  # whether its value stands here too, and not at the edge
    left: float
    right: float
    x: float = 0.0
    shelf: int = 0
    straight: str = ""  # what comes in along the row, from the left
    ports: dict[int, float] = field(default_factory=dict)  # which of its feeds -> how far from x it comes in from below

    @property
    def node(self) -> str:
        return self.block.node

    @property
    def feeds(self):
        return (self.block.under if self.upright else self.block).feeds


@dataclass(eq=False)
class Shelf:
    upright: bool
    units: list[Unit]


def sign_reach(block: Block, s: Sheet) -> float:
    """Half the width of what stands for a block's operation."""
    if block.kind == "sum":
        return s.side / 2 + 3
    return SIGN + 1 if block.kind == "op" else box_width(block, s) / 2


def box_width(block: Block, s: Sheet) -> float:
    return max(s.box, 20 + (9 if len(block.glyph) > 2 else 10) * len(block.glyph), 15 * len(block.feeds))


def value_at(block: Block, s: Sheet) -> float:
    """How far right of its sign a block's value stands."""
    return 0.0 if block.kind == "sum" else sign_reach(block, s) + BETWEEN + s.side / 2


def unit(block: Block, upright: bool, valued: bool, label: float, s: Sheet) -> Unit:
    """A block with its reach; label: the width of what is written at its value."""
    half = s.side / 2 + 3
    if upright:
        wide = max(half, box_width(block, s) / 2)
        return Unit(block, True, valued, wide, max(wide, 9 + label + (0 if s.narrow else s.side / 2)))
    if not valued:
        reach = sign_reach(block, s)
        return Unit(block, False, False, reach, reach)
    around = max(half, label / 2)
    return Unit(block, False, True, max(sign_reach(block, s), around - value_at(block, s)),
                max(sign_reach(block, s), value_at(block, s) + around))


def shelves(blocks: list[Block], known: set[str], leaving: list[str], labels: dict[str, float], room: float, gap: float,
            breaks: bool, s: Sheet) -> list[Shelf]:
    """The blocks on shelves of a width.

    known: what comes in; leaving: what stands at the edge; labels: how wide each value's label is; breaks: whether a
    state ends its row.
    """
    left, known, found, row = list(blocks), set(known), [], None

    def made(block, upright):
        return unit(block, upright, block.node not in leaving, labels.get(block.node, 0.0), s)

    while left:
        gates = [b for b in left if b.under and all(name in known for name, _ in b.under.feeds)]
        few = len(gates) < (FEWEST_UPRIGHT if found else 2)
        if not few and any(b.under is left[0] for b in gates):
            units = [made(b, True) for b in gates]
            fit = _that_fit(units, room, gap)
            found.append(Shelf(True, units[:fit]))
            done, row = {b for one in units[:fit] for b in (one.block, one.block.under)}, None
        else:
            next_ = made(left[0], False)
            owner = next_.node.partition(".")[0]
            whole = [made(b, False) for b in left if b.node.partition(".")[0] == owner]
            begins = row and row.units[-1].node.partition(".")[0] != owner and _width(whole, gap) <= room
            if row is None or _width([*row.units, *(whole if begins else [next_])], gap) > room:
                found.append(row := Shelf(False, []))
            row.units.append(next_)
            done = {left[0]}
            if breaks and left[0].node in leaving:
                row = None
        known |= {b.node for b in done}
        left = [b for b in left if b not in done]
    for at, shelf in enumerate(found):
        for one in shelf.units:
            one.shelf = at
    return found


def _width(units, gap):
    return sum(unit.left + unit.right for unit in units) + gap * (len(units) - 1)


def _that_fit(units, room, gap):
    """How many of the units stand on one shelf, if they are shared out evenly."""
    most = next((k for k in range(len(units), 1, -1) if _width(units[:k], gap) <= room), 1)
    rows = -(-len(units) // most)
    return -(-len(units) // rows)


def connect(found: list[Shelf], beside: dict[int, str]) -> None:
    """What comes into each unit from its left, and where from below the rest.

    beside: shelf -> the state that stands at its left edge.
    """
    for at, shelf in enumerate(found):
        before = beside.get(at, "")
        for unit in shelf.units:
            names = [name for name, _ in unit.feeds]
            first = names[:1] if unit.block.ordered else names
            unit.straight = before if not shelf.upright and before in first else ""
            before = unit.node if unit.valued else ""


def order_ports(unit: Unit, come_from: dict[str, float], s: Sheet) -> None:
    """Spread what comes in from below over the lower side of a unit, from left to right as it comes."""
    names = [name for name, _ in unit.feeds]
    rest = list(range(len(names)))
    if unit.straight:
        rest.remove(names.index(unit.straight))
    if not unit.block.ordered:
        rest.sort(key=lambda k: come_from.get(names[k], 0.0))
    shape = unit.block.under or unit.block if unit.upright else unit.block
    wide, most = {"sum": (s.side - 12, 15), "op": (20, 14)}.get(shape.kind, (box_width(shape, s) - 16, 18))
    step = min(most, wide / max(1, len(rest) - 1))
    unit.ports = {k: step * (at - (len(rest) - 1) / 2) for at, k in enumerate(rest)}


def stand(found: list[Shelf], low: float, high: float, gap: float,
          extra: dict[tuple[int, int], float]) -> float:
    """Give each unit its x, between low and high if there is room; returns how far right the widest shelf reaches.

    extra: (shelf, place from the left) -> width needed there besides the gap.
    """
    places, widest = {}, high
    for at, shelf in enumerate(found):
        units = shelf.units
        need = [extra.get((at, k), 0.0) for k in range(len(units) + 1)]
        before = [need[k] + (gap if k else 0) for k in range(len(units))]  # the least room before each
        spare = high - low - sum(u.left + u.right for u in units) - sum(before) - need[-1]
        each = max(0.0, min(spare / (len(units) + 1), WIDEST if shelf.upright else WIDE))  # more room before each
        wanted = [] if shelf.upright else [_over(unit, places) for unit in units]
        if any(x is not None for x in wanted):
            _settle(units, wanted, before, each, low, high - need[-1])
        else:
            _centre(units, before, each, low, spare)
        places |= {unit.node: unit.x for unit in units}
        widest = max(widest, units[-1].x + units[-1].right + need[-1])
    return widest


def _over(unit, places):
    """Where a unit stands over what comes up to it; None if nothing does."""
    below = [places[name] - dx for k, dx in unit.ports.items() if (name := unit.feeds[k][0]) in places]
    return sum(below) / len(below) if below else None


def _centre(units, before, each, low, spare):
    """Units side by side, in the middle."""
    x = low + max(0.0, spare - each * (len(units) - 1)) / 2
    for k, unit in enumerate(units):
        x += before[k] + unit.left + (each if k else 0)
        unit.x = x
        x += unit.right


def _settle(units, wanted, before, each, low, high):
    """Each unit where it is wanted, if that leaves room for the others."""
    end = low - each
    for k, unit in enumerate(units):
        soonest = end + before[k] + each + unit.left
        unit.x = soonest if wanted[k] is None else max(soonest, wanted[k])
        end = unit.x + unit.right
    latest = high
    for k in reversed(range(len(units))):  # back from the right edge
        unit = units[k]
        unit.x = min(unit.x, latest - unit.right)
        latest = unit.x - unit.left - before[k]
    end = low
    for k, unit in enumerate(units):  # and never over one another
        unit.x = max(unit.x, end + before[k] + unit.left)
        end = unit.x + unit.right
