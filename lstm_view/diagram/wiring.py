"""How the wires of an automatic drawing run: along rails in the bands between shelves, and up through gaps in a shelf.

Band b lies under shelf b, the last over the highest shelf.  Wires only lead up, or to the right along a row: each net,
all that carries one value, has at most one rail in a band, and one way through a shelf.
"""
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

from .shelves import Shelf, Unit

APART = 10  # the least distance between two wires that run side by side
BESIDE = 7  # a wire and a block


@dataclass(eq=False)
class Sink:
    """Where a net ends in the cell: at a unit's port, the first from 0, or at the left of its sign (along)."""

    unit: Unit
    dashed: bool
    port: int
    along: bool

    @property
    def node(self) -> str:
        return self.unit.node

    @property
    def band(self) -> int:
        return self.unit.shelf


@dataclass(eq=False)
class Net:
    """One value's wires.  begins: "left" edge, "below", "up" from an upright gate, or along its "row"."""

    name: str
    begins: str
    shelf: int = -1
    unit: Unit | None = None
    x: float = 0.0  # where it begins
    sinks: list[Sink] = field(default_factory=list)
    edge: bool = False  # whether it leads to the edge by the rails
    gutter: float = 0.0  # where a net from the left, or one to the right edge, climbs
    stub: float | None = None  # where it leaves its row
    lanes: dict[int, float] = field(default_factory=dict)  # shelf -> where it climbs through it

    def bands(self, last: int, to_right: bool) -> list[int]:
        """The bands it runs through."""
        goals = {sink.band for sink in self.sinks if not sink.along}
        if self.edge:
            goals.add(self.shelf + 1 if to_right else last)
        if not goals or self.begins == "left":
            return sorted(goals)
        first = {"below": 0, "up": self.shelf + 1}.get(self.begins, self.shelf + 1)
        own = {self.shelf} & goals if self.begins == "row" else set()
        above = [goal for goal in goals if goal >= first]
        return sorted(own | set(range(first, max(above) + 1) if above else ()))


@dataclass(eq=False)
class Crossing:
    """Where a net is in one band: ups lead to its upper side, downs to its lower side, ends are the rail's alone."""

    ups: list[float]
    downs: list[float]
    ends: list[float]

    @property
    def xs(self) -> list[float]:
        return [*self.ups, *self.downs, *self.ends]


def climb(nets: list[Net], found: list[Shelf], low: float, high: float, to_right: bool) -> list[tuple[int, int]]:
    """Choose where each net leaves its row and climbs through shelves.

    to_right: whether the states leave at the right edge and not at the top.  Returns the gaps that are too narrow for
    all that should climb there, (shelf, place from the left), once for each net that found no room.
    """
    last, full = len(found), []
    taken: list[list[tuple[float, Net]]] = [[] for _ in range(last + 1)]  # band -> what runs upright in it
    inside: dict[int, list[tuple[float, Net]]] = {}
    for net in nets:
        for sink in net.sinks:
            if not sink.along:
                taken[sink.band].append((sink.unit.x + sink.unit.ports[sink.port], net))
        if net.begins == "below":
            taken[0].append((net.x, net))
    for net in nets:
        if net.begins == "up" and net.bands(last, to_right):
            own = [x for x, of in taken[net.shelf + 1] if of is net and abs(x - net.unit.x) <= 18]
            x = _free(own[0] if own else net.unit.x, net.unit.x - 18, net.unit.x + 18,
                      _others(net, taken[net.shelf + 1]))
            net.x = net.unit.x if x is None else x
            taken[net.shelf + 1].append((net.x, net))
    for net in nets:
        if net.begins == "row" and (bands := net.bands(last, to_right)):
            units = found[net.shelf].units
            place = units.index(net.unit) + 1
            lo, hi = _gap(units, place, low, high)
            near = [b for b in bands if b in (net.shelf, net.shelf + 1)]
            others = _others(net, *(taken[b] for b in near), inside.get(net.shelf, []))
            net.stub = _free(lo + 3, lo, hi, others)
            if net.stub is None:
                net.stub = lo
                full.append((net.shelf, place))
            for b in near:
                taken[b].append((net.stub, net))
            inside.setdefault(net.shelf, []).append((net.stub, net))
    for shelf in range(last):
        for net in nets:
            bands = net.bands(last, to_right)
            if net.begins != "left" and shelf in bands and shelf + 1 in bands and not (
                    net.begins == "row" and shelf == net.shelf):
                full += _through(net, shelf, found[shelf].units, low, high, taken, inside)
    return full


def _through(net, shelf, units, low, high, taken, inside):
    """The gap of a shelf by which a net gets from what it comes from to what it leads to with the least detour."""
    came = [x for x, of in taken[shelf] if of is net]
    goes = [x for x, of in taken[shelf + 1] if of is net]
    source = came[0] if len(came) == 1 else sum(came) / len(came) if came else low
    later = [sink.unit.x for sink in net.sinks if not sink.along and sink.band > shelf + 1]
    goal = goes[0] if goes else sum(later) / len(later) if later else high if net.edge else source
    others = _others(net, taken[shelf], taken[shelf + 1], inside.get(shelf, []))
    near, far = sorted((source, goal))
    gaps = [_gap(units, place, low, high) for place in range(len(units) + 1)]
    detours = [2 * max(0.0, lo - far, near - hi) + far - near for lo, hi in gaps]
    best = None
    for place in sorted(range(len(gaps)), key=detours.__getitem__):
        if best and detours[place] >= best[0]:
            break
        for wanted in (goal, source):
            x = _free(wanted, *gaps[place], others)
            if x is not None:
                cost = abs(x - source) + abs(x - goal) + 12 * (x != source) + 12 * (x not in goes)
                best = min(best or (cost, x), (cost, x))
    if best is None:
        middle = min(range(len(gaps)), key=lambda k: abs(sum(gaps[k]) - source - goal))
        net.lanes[shelf] = sum(gaps[middle]) / 2
        return [(shelf, middle)]
    net.lanes[shelf] = best[1]
    for band in (shelf, shelf + 1):
        taken[band].append((best[1], net))
    inside.setdefault(shelf, []).append((best[1], net))
    return []


def _gap(units, place, low, high):
    lo = units[place - 1].x + units[place - 1].right + BESIDE if place else low
    hi = units[place].x - units[place].left - BESIDE if place < len(units) else high
    return lo, hi


def _free(wanted, lo, hi, others):
    """The place nearest to the wanted one, between two, that is clear of all others, sorted; None if there is none."""
    if lo > hi:
        return None
    near = others[bisect_left(others, lo - APART):bisect_right(others, hi + APART)]

    def clear(x):
        at = bisect_left(near, x)
        return all(abs(x - other) >= APART for other in near[max(0, at - 1):at + 1])

    spots = [min(max(wanted, lo), hi), *(x for other in near for x in (other - APART, other + APART) if lo <= x <= hi)]
    return min((x for x in spots if clear(x)), key=lambda x: abs(x - wanted), default=None)


def _others(net, *taken):
    """Where all other nets run, sorted."""
    return sorted(x for some in taken for x, of in some if of is not net)


def crossings(nets: list[Net], band: int, last: int, to_right: bool) -> dict[Net, Crossing]:
    """Where each net is in a band."""
    found = {}
    for net in nets:
        bands = net.bands(last, to_right)
        if band not in bands:
            continue
        here = Crossing([], [], [])
        for sink in net.sinks:
            if not sink.along and sink.band == band:
                here.ups.append(sink.unit.x + sink.unit.ports[sink.port])
        if band in net.lanes:
            here.ups.append(net.lanes[band])
        if band - 1 in net.lanes:
            here.downs.append(net.lanes[band - 1])
        if net.begins == "left":
            here.ends.append(net.gutter)
        elif (net.begins == "below" and band == 0) or (net.begins == "up" and band == net.shelf + 1):
            here.downs.append(net.x)
        elif net.begins == "row" and band in (net.shelf, net.shelf + 1):
            (here.ups if band == net.shelf else here.downs).append(net.stub)
        if net.edge and to_right and band == net.shelf + 1:
            here.ends.append(net.gutter)
        if net.edge and not to_right and band == last:
            here.ups.append(net.gutter)
        found[net] = here
    return found


def rails(here: dict[Net, Crossing]) -> dict[Net, int]:
    """Each net's rail in a band, 0 the highest: in an order with few crossings, and as few rails as that allows."""
    nets = [net for net, at in here.items() if max(at.xs) - min(at.xs) > 0]

    def above(one, other):  # what it costs if one runs above the other
        a, b = here[one], here[other]
        crossed = sum(min(a.xs) < x < max(a.xs) for x in b.ups) + sum(min(b.xs) < x < max(b.xs) for x in a.downs)
        return crossed + 99 * sum(abs(x - y) < APART - 1 for x in b.ups for y in a.downs)

    cost = {(a, b): above(a, b) for a in nets for b in nets if a is not b}
    order = sorted(nets, key=lambda net: sum(cost[net, other] - cost[other, net] for other in nets if other is not net))
    better = True
    for _ in range(len(order)):
        if not better:
            break
        better = False
        for _at, net in enumerate(list(order)):
            rest = [other for other in order if other is not net]
            sums = [sum(cost[other, net] for other in rest[:k]) + sum(cost[net, other] for other in rest[k:])
                    for k in range(len(rest) + 1)]
            now = order.index(net)
            best = min(range(len(sums)), key=lambda k: (sums[k], abs(k - now)))
            if sums[best] < sums[now]:
                order = [*rest[:best], net, *rest[best:]]
                better = True
    level = {}
    for net in order:
        a = here[net]
        meets = [m for m in level if min(here[m].xs) < max(a.xs) + APART and min(a.xs) < max(here[m].xs) + APART]
        level[net] = max((level[m] + 1 for m in meets), default=0)
    return level
