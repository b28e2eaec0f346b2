"""Where everything stands in the picture of a cell: a pure function from a cell and its sizes to parts.

Coordinates are placed by hand, once for the RNN, once for the LSTM and once for the GRU, on a wide sheet and on one
narrow enough for a phone.  A variant uses the picture of its family: what it has is drawn, what it lacks leaves a gap.
"""
from functools import lru_cache

from lstm_core import Cell

from ..style import role
from .pen import Pen, Sheet, sheet

STAGES = {
    "lstm": ("in", "forget", "candidate", "update", "output"),
    "gru": ("in", "gates", "candidate", "update"),
    "rnn": ("in", "sum", "output"),
}


def family(cell: Cell) -> str:
    """Which hand-placed picture a cell uses."""
    return "lstm" if "c" in cell.state else "gru" if "z" in cell.node else "rnn"


@lru_cache(maxsize=64)
def layout(cell: Cell, D: int, H: int, narrow: bool = False, split: bool = False) -> dict:
    """The drawing of a cell: {"size": (width, height), "parts": [...]}.

    split leaves room in each square for a second number.  What the cell's base draws and the cell itself does not is
    there too, as parts with `ghost` set, and what it draws anew has `new` set.  Made once for each cell and size, and
    shared, so not to be changed.
    """
    draw = {"lstm": _lstm, "gru": _gru, "rnn": _rnn}[family(cell)]
    measures = sheet(family(cell), D, H, narrow, split)
    size, parts = draw(cell, measures)
    if cell.base:
        _, before = draw(cell.base, measures)
        here, there = {p["id"]: p for p in parts}, {p["id"] for p in before}
        changed = {name for name, text in cell.lines.items() if text != cell.base.lines.get(name)}
        drawn = {p["node"] for p in parts if p["kind"] in ("box", "op")}
        for part in parts:
            marks = part["kind"] in ("box", "op") or (part["kind"] == "vector" and part["node"] not in drawn)
            part["new"] = part["id"] not in there or (marks and part["node"] in changed)
        taken = {(p["kind"], p["x"], p["y"]) for p in parts if "x" in p}
        ghosts = [p | {"ghost": True} for p in before
                  if p["id"] not in here and (p["kind"], p.get("x"), p.get("y")) not in taken]
        parts = parts[:1] + ghosts + parts[1:]  # over the body, under everything else
    return {"size": size, "parts": parts}


def _stack(pen, node, x, rows, stage, caption):
    """A gate, from below: the wire off the bus, its pre-activation, its box, its value."""
    s = pen.sheet
    pre, box, value, bus = rows["pre"], rows["box"], rows["gate"], rows["bus"]
    if f"{node}.pre" in pen.cell.node:
        pen.wire(f"{node}.in", stage, "h", (x, bus), (x, pre + s.half + 6))
        pen.vector(f"{node}.pre", x, pre, stage, label="bare" if s.narrow else "right")
        pen.wire(f"{node}.pre", stage, role(node), (x, pre - s.half - 4), (x, box + 20))
        pen.box(node, x, box, stage)
        pen.wire(node, stage, role(node), (x, box - 20), (x, value + s.half + 5))
    elif node in pen.cell.node and pen.cell.node[node].op == "add":  # no activation: the sum itself
        pen.wire(f"{node}.in", stage, "h", (x, bus), (x, value + s.half + 6))
    pen.vector(node, x, value, stage, caption=caption)


def _from_below(pen, x, bus, states=()):
    """x, and previous gates where the cell reads them, join the bus from below; returns the drawing's height."""
    s, top = pen.sheet, bus + 34
    pen.wire("x", 0, "x", (x, top), (x, bus), arrow=False)
    pen.vector("x", x, top + s.D * s.square / 2, 0, caption="x", n=s.D, edit=True)
    for k, state in enumerate(states, start=1):
        at = x + k * (s.column["i"] - s.column["f"])
        pen.wire(f"{state}_prev", 0, role(state), (at, top), (at, bus), arrow=False)
        pen.vector(f"{state}_prev", at, top + s.half, 0, edit=True)
    tallest = max([s.D] + [s.H] * bool(states)) * s.square
    return round(max(top + tallest, bus + s.half) + (30 if s.narrow else 20))  # h_prev may be the tallest


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
        _stack(pen, "f", at["f"], rows, 1, "forget")
    pen.wire("belt.2", 3, "c", (start, belt), (at["c"] - 18, belt))
    pen.wire("belt.3", 3, "c", (at["c"] + 18, belt), (at["out"] - edge - 2, belt))
    pen.op("c", at["c"], belt, 3, "+", "c")

    # what is written: input gate times candidate
    _stack(pen, "i", at["i"], rows, 2, "input")
    _stack(pen, "c_tilde", at["c"], rows, 2, "candidate")
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
    _stack(pen, "o", o, rows, 4, "output")
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
    bottom = _from_below(pen, at["f"] if s.narrow else at["f"] - 90, bus, gates)
    return (s.width, bottom), pen.parts


def _gru(cell: Cell, s: Sheet):
    pen, at = Pen(cell, s), s.column
    half, edge = s.half, s.side / 2 + 5
    before = "n.pre.1.1" in cell.node  # r is applied to h before the product (Cho et al., v1)
    belt = 52 + half
    mid = belt + 50 + 2 * half
    rows = {"gate": mid + 32 + 2 * half}  # r's wire passes between this row and 1 - z
    rows["box"] = rows["gate"] + half + (46 if s.narrow else 38)
    rows["pre"] = rows["box"] + 38 + half
    below = rows["pre"] + half + 24 + half if s.narrow else rows["pre"]
    rows["bus"] = bus = below + half + 30
    pen.body(20, bus + 22)

    # the belt: the old state times z, plus the candidate times 1 - z
    pen.vector("h_prev", at["prev"], belt, 0, caption="h_prev", label="top", edit=True)
    plus = at["n"]
    pen.wire("belt.0", 3, "h", (at["prev"] + edge, belt), (at["z"] - 18, belt))
    pen.wire("belt.1", 3, "h", (at["z"] + 18, belt), (at["r"] - edge, belt), arrow=False)
    pen.wire("belt.2", 3, "h", (at["r"] + edge, belt), (plus - 18, belt))
    pen.wire("belt.3", 3, "h", (plus + 18, belt), (at["out"] - edge - 2, belt))
    pen.op("h.1", at["z"], belt, 3, "×", "h")
    pen.vector("h.1", at["r"], belt, 3, label="top", caption="kept")
    pen.op("h", plus, belt, 3, "+", "h")
    pen.vector("h", at["out"], belt, 3, caption="h", label="top")

    _stack(pen, "z", at["z"], rows, 1, "update")
    _stack(pen, "r", at["r"], rows, 1, "reset")
    _stack(pen, "n", at["n"], rows, 2, "candidate")
    gate_top = rows["gate"] - half - 5
    pen.wire("z.out", 3, "input", (at["z"], gate_top), (at["z"], belt + 19))

    # 1 - z, and what is written
    rest = at["u"]
    pen.wire("z.rest", 3, "input", (at["z"], mid), (at["r"] - s.box / 2 - 2, mid))
    pen.box("h.0.0", at["r"], mid, 3, "1−", "input")
    pen.wire("h.0.0", 3, "input", (at["r"] + s.box / 2, mid), (rest - edge, mid), arrow=False)
    pen.vector("h.0.0", rest, mid, 3, label="top", roles="input")
    pen.wire("h.0.0.out", 3, "input", (rest + edge, mid), (at["n"] - 19, mid))
    pen.wire("n.out", 3, "candidate", (at["n"], gate_top), (at["n"], mid + 19))
    pen.op("h.0", at["n"], mid, 3, "×", "candidate")
    written = (belt + mid) / 2
    pen.wire("h.0", 3, "candidate", (at["n"], mid - 17), (at["n"], written + half + 4), arrow=False)
    pen.wire("h.0.out", 3, "candidate", (at["n"], written - half - 4), (at["n"], belt + 19))
    pen.vector("h.0", at["n"], written, 3, caption="written")

    # reset: after the product, or before it
    vector, op = ("n.pre.1.1", "n.pre.1.1") if before else ("n.pre.2.1", "n.pre.2")
    if s.narrow:
        first, second = (at["u"], below), (at["u"], rows["pre"])
        gap = ((at["u"], below - (17 if before else half + 4)), (at["u"], rows["pre"] + (half + 4 if before else 19)))
    else:
        first, second = (at["u"] - 45, rows["pre"]), (at["u"] + 60, rows["pre"])
        gap = ((first[0] + (17 if before else edge), rows["pre"]), (second[0] - (edge if before else 19), rows["pre"]))
    times, column = (first, second) if before else (second, first)
    low = 19 if before else half + 5
    pen.wire("u.in", 2, "h", (first[0], bus), (first[0], first[1] + low))
    pen.wire("u.mid", 2, "candidate", *gap)
    pen.wire("u.out", 2, "candidate", (second[0] + (edge if before else 17), second[1]),
             (at["n"] - edge - 2, rows["pre"]))
    lane = (at["r"] + at["u"]) / 2 if s.narrow else times[0]
    turn = ((at["r"], gate_top), (at["r"], gate_top - 10), (lane, gate_top - 10))
    pen.wire("r.out", 2, "forget", *turn, *([(lane, times[1]), (times[0] - 19, times[1])] if s.narrow else
                                           [(lane, times[1] - 19)]))
    pen.op(op, *times, 2, "×", "candidate")
    pen.vector(vector, *column, 2, label="bare")

    # the bus carries h down from the state that came in
    drop = at["prev"] + edge + (6 if s.narrow else 34)
    pen.wire("h.down", 0, "h", (drop, belt), (drop, bus), (at["n"], bus), arrow=False)
    bottom = _from_below(pen, at["z"] if s.narrow else drop + 66, bus)
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
    bottom = _from_below(pen, at["prev"] + (75 if s.narrow else 160), bus)
    return (s.width, bottom), pen.parts
