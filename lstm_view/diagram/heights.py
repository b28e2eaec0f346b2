"""How high everything stands in an automatic drawing, from its plan, which says where it stands from left to right."""
from dataclasses import dataclass

from lstm_core import Cell

from .pen import Sheet
from .shelves import Shelf
from .wiring import Net, crossings, rails

TOP = 16  # over the cell's outline
LEAST = 18  # half the height of a row


@dataclass(frozen=True)
class Measures:
    """Distances that are not of a square."""

    gap: int  # the least between two units
    pitch: int  # between rails
    pad: int  # between a rail and a shelf
    label: int  # over a value
    box: int  # between a value and the middle of the box under it
    under: int  # between the cell's outline and what comes in from below
    low: int  # the first x of the blocks
    high: int
    full: int  # what high is on a sheet of the usual width


@dataclass(frozen=True)
class Plan:
    """All that is known when only heights are left to find."""

    cell: Cell
    s: Sheet
    m: Measures
    found: list[Shelf]
    nets: dict[str, Net]
    beside: dict[int, str]  # shelf -> the state that comes straight into it
    from_left: list[str]
    from_below: list[str]
    leaving: list[str]
    wider: int  # than the usual sheet


@dataclass(frozen=True)
class Heights:
    """top, bottom: of the cell's outline; row: a shelf's middle, of an upright one the top of its values; rail: (net,
    band) -> its rail; edge: what stands at the left or the right -> its middle."""

    top: float
    bottom: float
    row: dict[int, float]
    rail: dict[tuple[str, int], float]
    edge: dict[str, float]


def heights(plan: Plan) -> Heights:
    """The heights of a plan, the highest band first."""
    s, m, last = plan.s, plan.m, len(plan.found)
    row, rail = {}, {}
    y = top = TOP + (2 * s.half + m.label + 12 if s.narrow else 0)
    for band in range(last, -1, -1):
        levels = rails(crossings(list(plan.nets.values()), band, last, not s.narrow))
        y += m.pad - 6 if band == last else m.pad
        rail |= {(net.name, band): y + level * m.pitch for net, level in levels.items()}
        y += max(levels.values()) * m.pitch + m.pad if levels else 0
        if band and plan.found[band - 1].upright:
            row[band - 1] = y + 4
            y += 4 * s.half + m.box + 38 + 12
        elif band:
            row[band - 1] = y + m.label + max(s.half, LEAST)
            y += m.label + 2 * max(s.half, LEAST)
    edge = {} if s.narrow else _edges(plan, row, rail)
    return Heights(top, y + 4, row, rail, edge)


def _edges(plan, row, rail):
    """The heights of what stands at the edges: straight beside its row where it can, else where most of it is heard."""
    found = {}
    straight = {name: row[plan.nets[name].shelf] for name in plan.leaving if not plan.nets[name].edge}
    beside = {name: row[at] for at, name in plan.beside.items()}
    need = 2 * plan.s.half + plan.m.label + 22
    for names, taken in ((plan.from_left, beside), (plan.leaving, straight)):
        wanted = {name: _wanted(plan.nets[name], rail, row) for name in names if name not in taken}
        for name in sorted(wanted, key=wanted.get):
            spots = [wanted[name], *(y + sign * need for y in taken.values() for sign in (-1, 1))]
            clear = [y for y in spots if y - plan.s.half - plan.m.label >= 8
                     and all(abs(y - other) >= need for other in taken.values())]
            lowest = max(taken.values(), default=wanted[name]) + need
            taken[name] = min(clear, key=lambda y: abs(y - wanted[name]), default=lowest)
        found |= taken
    return found


def _wanted(net, rail, row):
    """The rail by which most is heard of a net."""
    bands = [sink.unit.shelf for sink in net.sinks if (net.name, sink.unit.shelf) in rail]
    bands = bands or [band for name, band in rail if name == net.name]
    return rail[net.name, max(bands, key=lambda band: (bands.count(band), -band))] if bands else row[0]
