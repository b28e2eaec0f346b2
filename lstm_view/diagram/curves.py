"""What the picture of nets being trained is sent: loss, accuracy and the gradient's norm over the steps.  Pure."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, isfinite, log10

from lstm_core.training import Record

from ..style import PAPER, ROLES
from ..text.numbers import mark
from ..words import Words

LOOKS = (("h", "3 4"), ("c", ""), ("candidate", "9 4"), ("input", "9 4 2 4"))  # a cell's role in style, its dash
THICK, THIN = 2.5, 1.5  # a net's line, and that of one which random search trains
DEEPEST = 1e-8  # an axis of logarithms goes no further down
TALLEST = 1e4  # nor up, over the least of what it shows: where training diverges the rest would be a line on the floor


@dataclass(frozen=True)
class Line:
    """A net: the name of its lane, what it is called, which of LOOKS it has, and whether random search trains it."""

    lane: str
    label: str
    look: int
    searched: bool = False


@dataclass(frozen=True)
class Rule:
    """A level that is marked across a panel, "loss" or "accuracy", and what it is."""

    panel: str
    at: float
    text: str
    dash: str = ""


def curves(lines: Sequence[Line], records: Mapping[str, Sequence[Record]], rules: Sequence[Rule], end: int, about: str,
           name: str, words: Words, again: float = 0) -> dict:
    """Everything the picture shows.

    records: of each lane, in order; a lane may have none yet.  rules: see Rule; end: where the axis of steps ends;
    about: what it shows, for those who do not see it; name: that of its file; again: seconds after which it asks for
    what is new, 0 for never.
    """
    known = {line.lane: records.get(line.lane, ()) for line in lines}
    end = max([end, *(r[-1].step for r in known.values() if r)])
    return {
        "key": f"{name} {words.lang} {[(line.lane, line.label) for line in lines]} {changes(known)}",
        "name": name, "about": about, "end": end, "again": again,
        "lanes": [_lane(line, known[line.lane]) for line in lines],
        "changes": changes(known),
        "panels": [panel for kind in ("loss", "accuracy", "norm")
                   for panel in _panel(kind, known, [rule for rule in rules if rule.panel == kind], words)],
        "roles": ROLES, "paper": PAPER, "words": words.under("curves"),
    }


def changes(records: Mapping[str, Sequence[Record]]) -> list[dict]:
    """Where the learning rate was changed: after which step of which lane first, and to what."""
    found = {}
    for of_lane in records.values():
        for before, after in pairwise(of_lane):
            if after.rate != before.rate:
                found.setdefault(before.step, after.rate)
    return [{"step": step, "text": f"η = {mark(rate)}"} for step, rate in sorted(found.items())]


def _lane(line, records):
    role, dash = LOOKS[line.look % len(LOOKS)]
    return {"name": line.lane, "label": line.label, "role": role, "dash": "1 4" if line.searched else dash,
            "wide": THIN if line.searched else THICK, "steps": [record.step for record in records],
            "solved": _first(record.solved for record in records),
            "diverged": _first(record.diverged for record in records)}


def _first(flags):
    return next((k for k, flag in enumerate(flags) if flag), -1)


def _panel(kind, records, rules, words):
    """One panel in a list, or none where there is nothing to draw on it."""
    values = [[_value(record, kind) for record in of_lane] for of_lane in records.values()]
    also = [[_shown(record.loss) for record in of_lane] for of_lane in records.values()]
    if kind == "norm" and values and any(values) and not any(v is not None for line in values for v in line):
        return []  # nothing is trained by gradients
    panel = {"name": kind, "title": words(f"curves.{kind}"), "percent": kind == "accuracy", "log": kind != "accuracy",
             "rules": [{"at": rule.at, "text": rule.text, "dash": rule.dash} for rule in rules],
             "lines": [{"values": line, "also": faint if kind == "loss" else None}
                       for line, faint in zip(values, also, strict=True)]}
    if kind == "accuracy":
        return [panel | {"low": 0.0, "high": 1.0,
                         "ticks": [{"at": k / 4, "text": f"{25 * k} %"} for k in range(5)]}]
    drawn = [*values, *also] if kind == "loss" else values
    low, high = _reach([v for line in drawn for v in line if v is not None], [rule.at for rule in rules])
    return [panel | {"low": low, "high": high,
                     "ticks": [{"at": at, "text": mark(at)} for at in _ticks(low, high)]}]


def _value(record, kind):
    if kind == "norm":
        return _shown(record.norm)
    return _shown(record.test_loss) if kind == "loss" else record.accuracy


def _shown(value):
    """A number that has a place on an axis of logarithms, or None."""
    return value if isfinite(value) and value > 0 else None


def _reach(values, levels):
    """The round numbers between which all values and levels lie, as far as they are shown: not far above the levels and
    where the lines begin."""
    least = max(DEEPEST, min([*values, *levels], default=0.1))
    most = min(max([*values, *levels], default=1.0), TALLEST * max([*levels, *values[:1]], default=1.0))
    most = max(least, most)
    low = max(at for at in _round(least) if at <= least)
    return low, min(at for at in _round(most) if at >= most and at > low)


def _round(value):
    """1, 2 and 5 times the powers of ten around a value."""
    return [float(f"{digit}e{power}") for power in range(floor(log10(value)) - 1, floor(log10(value)) + 3)
            for digit in (1, 2, 5)]


def _ticks(low, high):
    """Powers of ten, no more than there is room for; where there are few, what lies between as well."""
    powers = [k for k in range(floor(log10(low)) - 1, ceil(log10(high)) + 2)]
    if high / low <= 60:
        return [at for k in powers for at in _round(10.0**k)[3:6] if low <= at <= high]
    inside = [k for k in powers if low <= float(f"1e{k}") <= high]
    return [float(f"1e{k}") for k in inside[::ceil(len(inside) / 8)]]
