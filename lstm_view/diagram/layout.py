"""Where everything stands in the picture of a cell: a pure function from a cell and its sizes to parts.

Coordinates are placed by hand, once for the RNN, once for the LSTM and once for the GRU, on a wide sheet and on one
narrow enough for a phone.  A variant uses the picture of its family: what it has is drawn, what it lacks leaves a gap.
A cell of no family is placed automatically.
The clockwork cell is an RNN whose units keep their old state while they rest: the GRU's picture, a clock for its gate.
"""
from functools import lru_cache

from lstm_core import Cell

from ..numbers.mix import squashed
from .automatic import automatic, marked
from .gru import gru
from .kinds import STAGES, family, stages_of
from .pen import Pen, Sheet, sheet

__all__ = ["STAGES", "family", "layout", "stages_of"]


def layout(cell: Cell, D: int, H: int, narrow: bool = False, split: bool = False) -> dict:
    """The drawing of a cell: {"size": (width, height), "parts": [...]}.

    split leaves room in each square for a second number.  What the cell draws and its base does not has `new` set, and
    what the base alone draws is there as parts with `ghost` set; not so where the cell is placed automatically, for
    there nothing leaves a gap.  Made once for each cell, base and size, and shared, so not to be changed.
    """
    return _layout(cell, cell.base, D, H, narrow, split)


@lru_cache(maxsize=128)
def _layout(cell, base, D, H, narrow, split):  # base: cells that differ in nothing else are equal
    kind = family(cell)
    draw = {"lstm": _lstm, "gru": gru, "rnn": _rnn, "clockwork": gru, "any": automatic}[kind]
    inner = kind == "gru" and any(squashed(c, gate) for c in (cell, base or cell) for gate in "zn")
    size, parts = draw(cell, sheet(kind, D, H, narrow, split, inner))
    if base and kind == "any":
        parts = marked(parts, cell, base)
    elif base:
        before = draw(base, sheet(kind, D, H, narrow, split, inner))[1] if family(base) == kind else parts
        parts = _compared(parts, before, cell, base)
    return {"size": size, "parts": parts}


def _compared(parts, before, cell, base):
    """Parts with what is new marked, and what is gone as ghosts; before: those of the base, or, where that is of
    another family, the same."""
    here, there = {p["id"] for p in parts}, {p["id"]: (p.get("x"), p.get("y")) for p in before}
    changed = {name for name, text in cell.lines.items() if text != base.lines.get(name)}
    changed |= set(cell.inputs) - set(base.inputs)
    drawn = {p["node"] for p in parts if p["kind"] in ("box", "op")}
    for part in parts:
        result = part["kind"] == "vector" and part["node"] in drawn  # of a box or an op, which is marked itself
        moved = part["kind"] in ("box", "op") and there.get(part["id"]) != (part["x"], part["y"])
        part["new"] = not result and (part["id"] not in there or moved or part.get("node") in changed)
    taken = {(p["kind"], p["x"], p["y"]) for p in parts if "x" in p}
    ghosts = [p | {"ghost": True} for p in before
              if p["id"] not in here and (p["kind"], p.get("x"), p.get("y")) not in taken]
    return parts[:1] + ghosts + parts[1:]  # over the body, under everything else


def _lstm(cell: Cell, s: Sheet) -> tuple:
    pen, node, at = Pen(cell, s), cell.node, s.column
    half, edge = s.half, s.side / 2 + 5
    belt = 52 + half
    mid = belt + 98 + 2 * half
    rows = {"gate": mid + 42 + half}
    rows["box"] = rows["gate"] + half + (46 if s.narrow else 38)
    rows["pre"] = rows["box"] + 38 + half
    rows["bus"] = bus = rows["pre"] + half + 30
    pen.body(20, bus + 22)

    # the belt: what was held, times forget, plus what is written
    pen.vector("c_prev", at["prev"], belt, 0, caption="c_prev", label="top", edit=True)
    start = at["prev"] + edge
    if "f" in node:
        pen.wire("belt.0", 1, "c", (start, belt), (at["f"] - 18, belt))
        pen.wire("belt.1", 1, "c", (at["f"] + 18, belt), (at["i"] - edge, belt), arrow=False)
        start = at["i"] + edge
        pen.wire("f.out", 1, "forget", (at["f"], rows["gate"] - half - 5), (at["f"], belt + 19))
        pen.op("c.0", at["f"], belt, 1, "×", "c")
        pen.vector("c.0", at["i"], belt, 1, label="top", caption="kept")
        pen.stack("f", at["f"], rows, 1, "forget")
    pen.wire("belt.2", 3, "c", (start, belt), (at["c"] - 18, belt))
    pen.wire("belt.3", 3, "c", (at["c"] + 18, belt), (at["out"] - edge - 2, belt))
    pen.op("c", at["c"], belt, 3, "+", "c")

    # what is written: input gate times candidate
    pen.stack("i", at["i"], rows, 2, "input")
    pen.stack("c_tilde", at["c"], rows, 2, "candidate")
    gate_top = rows["gate"] - half - 5
    if "i" in node:
        if "i.pre" not in node:  # i = 1 - f
            lane, over = at["i"] - s.box / 2 - (8 if s.narrow else 18), gate_top - 10
            pen.wire("i.in", 2, "forget", (at["f"], over), (lane, over), (lane, rows["box"]),
                     (at["i"] - s.box / 2 - 2, rows["box"]))
            pen.box("i", at["i"], rows["box"], 2, "1−")
            pen.wire("i", 2, "input", (at["i"], rows["box"] - 20), (at["i"], rows["gate"] + half + 5))
        pen.wire("i.out", 2, "input", (at["i"], gate_top), (at["i"], mid), (at["c"] - 19, mid))
        pen.wire("c_tilde.out", 2, "candidate", (at["c"], gate_top), (at["c"], mid + 19))
        written = mid - 17 - 16 - half
        pen.wire("c.1.a", 2, "candidate", (at["c"], mid - 17), (at["c"], written + half + 4), arrow=False)
        pen.wire("c.1.b", 3, "candidate", (at["c"], written - half - 4), (at["c"], belt + 19))
        pen.op("c.1", at["c"], mid, 2, "×", "candidate")
        pen.vector("c.1", at["c"], written, 2, caption="written")
    else:
        pen.wire("c_tilde.out", 3, "candidate", (at["c"], gate_top), (at["c"], belt + 19))

    # the way out
    o, squashed = at["o"], belt + 20 + 19
    value = mid - 17 - 14 - half
    if "h.1" in node or "h.pre" in node or node["h"].op == "tanh":
        own = "h.1" if "h.1" in node else "h"
        pen.wire("c.down", 4, "c", (o, belt), (o, squashed - 21))
        pen.box(own, o, squashed, 4, "tanh", "c")
        if own == "h.1":
            pen.wire("h.1", 4, "c", (o, squashed + 19), (o, value - half - 4), arrow=False)
            pen.vector("h.1", o, value, 4, label="bare" if s.narrow else "right", roles="c")
            pen.wire("h.1.out", 4, "c", (o, value + half + 4), (o, mid - 19))
        else:
            pen.wire("h.1", 4, "h", (o, squashed + 19), (o, mid), arrow=False)
    else:
        pen.wire("c.down", 4, "c", (o, belt), (o, mid - 19))
    pen.stack("o", o, rows, 4, "output")
    if "o" in node:
        pen.wire("o.out", 4, "output", (o, gate_top), (o, mid + 19))
        pen.op("h", o, mid, 4, "×", "h")
    way = [(o + (18 if "o" in node else 0), mid)]
    if s.narrow:
        pen.wire("h.out", 4, "h", *way, (at["out"] - edge - 2, mid))
    else:
        turn = at["out"] - 120
        pen.wire("h.out", 4, "h", *way, (turn, mid), (turn, bus), (at["out"] - edge - 2, bus))
    pen.vector("c", at["out"], belt, 3, caption="c", label="top")
    pen.vector("h", at["out"], mid if s.narrow else bus, 4, caption="h", label="top")
    pen.vector("h_prev", at["prev"], bus, 0, caption="h_prev", label="top", edit=True)

    for gate, stage in (("f", 1), ("i", 2), ("o", 4)):
        if f"p_{gate}" in cell.parameters:
            side = -(s.box / 2 + (4 if s.narrow else 22))
            tap = (at["o"] if gate == "o" else at["f"]) + side
            level = rows["box"] + 28
            into = at[gate] - s.side / 2 - 5
            lane = [(tap, level), (into - 8, level), (into - 8, rows["pre"])] if gate == "i" else [(tap, rows["pre"])]
            pen.wire(f"peep.{gate}", stage, "c", (tap, belt), *lane, (into, rows["pre"]), dashed=True)

    gates = [state for state in cell.state if state not in "ch"]
    last = at["o"] if "o" in node else at["c"]
    pen.wire("bus", 0, "h", (at["prev"] + edge, bus), (last, bus), arrow=False)
    bottom = pen.from_below(at["f"] if s.narrow else at["f"] - 90, bus, gates)
    return (s.width, bottom), pen.parts


def _rnn(cell: Cell, s: Sheet):
    pen, at = Pen(cell, s), s.column
    half, edge = s.half, s.side / 2 + 5
    row = {"gate": 60 + half}
    row["box"] = row["gate"] + half + 38
    row["pre"] = row["box"] + 38 + half
    row["bus"] = bus = row["pre"] + half + 30
    pen.body(20, bus + 22)
    pen.vector("h_prev", at["prev"], bus, 0, caption="h_prev", label="top", edit=True)
    pen.wire("bus", 0, "h", (at["prev"] + edge, bus), (at["sum"], bus), arrow=False)
    pen.wire("h.in", 1, "h", (at["sum"], bus), (at["sum"], row["pre"] + half + 6))
    pen.vector("h.pre", at["sum"], row["pre"], 1, label="bare" if s.narrow else "right")
    pen.wire("h.pre", 2, "h", (at["sum"], row["pre"] - half - 4), (at["sum"], row["box"] + 20))
    pen.box("h", at["sum"], row["box"], 2)
    pen.wire("h.out", 2, "h", (at["sum"], row["box"] - 20), (at["sum"], row["gate"]),
             (at["out"] - edge - 2, row["gate"]))
    pen.vector("h", at["out"], row["gate"], 2, caption="h", label="top")
    bottom = pen.from_below(at["prev"] + (75 if s.narrow else 160), bus)
    return (s.width, bottom), pen.parts
