"""A net's ways to all its ends, as wires that are each drawn once."""
from itertools import pairwise
from typing import NamedTuple

Point = tuple[float, float]


class Way(NamedTuple):
    """The way of a value to one of its ends.  belt: whether it is the straight way of a state."""

    stage: int
    id: str
    dashed: bool
    belt: bool
    points: list[Point]
    arrow: bool = True


def branches(ways: list[Way]) -> list[Way]:
    """Ways that begin at one place, the first stage first, in pieces that are each drawn once: what several share has
    the stage of the first, is dashed only if all of them are, and a belt if one of them is."""
    ways = [way._replace(points=[(round(x), round(y)) for x, y in way.points]) for way in ways]
    corners = {point for way in ways for point in way.points}
    users, steps = {}, {}
    for way in ways:
        steps[way.id] = [step for one, other in pairwise(way.points) for step in _steps(one, other, corners)]
        for step in steps[way.id]:
            users.setdefault(step, []).append(way)
    return [piece for way in ways for piece in _pieces(way, steps[way.id], users)]


def _pieces(way, steps, users):
    """What of a way is not drawn by one before it."""
    pieces = []
    for one, other in steps:
        shared = users[one, other]
        if shared[0] is not way:
            continue
        kind = all(way.dashed for way in shared), any(way.belt for way in shared)
        if pieces and pieces[-1][0] == kind and pieces[-1][1][-1] == one:
            pieces[-1][1].append(other)
        else:
            pieces.append((kind, [one, other]))
    return [Way(way.stage, f"{way.id}{'+' * k}", *kind, _trimmed(points), points[-1] == way.points[-1])
            for k, (kind, points) in enumerate(pieces)]


def _steps(one, other, corners):
    """A straight way from one point to another, cut at each corner on it."""
    along = 0 if one[1] == other[1] else 1
    lo, hi = sorted((one[along], other[along]))
    between = [p for p in corners if p[1 - along] == one[1 - along] and lo <= p[along] <= hi]
    between.sort(key=lambda p: p[along], reverse=one[along] > other[along])
    return list(pairwise(between))


def _trimmed(points):
    """A polyline without the points at which it does not turn."""
    out = []
    for point in points:
        if len(out) > 1 and (out[-2][0] == out[-1][0] == point[0] or out[-2][1] == out[-1][1] == point[1]):
            out.pop()
        out.append(point)
    return out
