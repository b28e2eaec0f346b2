"""The picture of the GRU, and of all cells that mix an old state with a candidate: see layout, which calls it."""
from lstm_core import Cell

from ..numbers.mix import mix, reset, squashed
from ..style import role
from .pen import Pen, Sheet


def gru(cell: Cell, s: Sheet) -> tuple:
    """The whole picture: its size, and its parts."""
    pen, at, here = Pen(cell, s), s.column, mix(cell)
    half, edge = s.half, s.side / 2 + 5
    belt = 52 + half
    mid = belt + (58 if s.narrow else 50) + 2 * half
    rows = {"gate": mid + (32 + 2 * half if reset(cell) else 46 + half)}  # r's wire passes between this row and 1 - z
    rows["box"] = rows["gate"] + half + (46 if s.narrow else 38)
    rows["pre"] = rows["box"] + 38 + half
    rows["below"] = rows["pre"] + half + 24 + half if s.narrow and reset(cell) else rows["pre"]
    rows["bus"] = bus = rows["below"] + half + 30 + s.spare
    rows["lane"] = bus + 15  # where x passes under the bus, to what hears x and not h
    pen.body(20, bus + 22)
    pen.vector("h_prev", at["prev"], belt, 0, caption="h_prev", label="top", edit=True)

    reads_h = "U_z" in cell.parameters and not squashed(cell, "z")  # as it is, off the bus
    between = (at["z"] + at["r"]) / 2
    drop = at["prev"] + edge + (6 if s.narrow else 34)  # the bus carries h down from the state that came in
    x = drop + 66 if not s.narrow else at["u"] if here.gate == "tick" else at["z"]
    if s.narrow and "z" in cell.node and not reads_h and not squashed(cell, "z"):
        x = between  # so that x is seen to go to z beside the bus, not off it
    last = at["n"] if "W_n" in cell.parameters else at["u"] - (0 if s.narrow else 45)
    pen.wire("h.down", 0, "h", (drop, belt), (drop, bus), (last, bus), arrow=False)
    bottom = pen.from_below(x, bus)

    if here.gate == "tick":
        bottom, start = max(bottom, _clock(pen, bus)), bus + 34
    else:
        pen.stack(here.gate, at["z"], rows, 1, "update" if "z" in cell.node else "forget",
                  tap="z" not in cell.node or reads_h)
        start = rows["gate"] - half - 5
    if "z" in cell.node and not reads_h:
        _only_x(pen, x, at["z"], between, rows)
    if squashed(cell, "z"):
        _squashed_h(pen, drop, rows)
    pen.stack("r", at["r"], rows, 1, "reset")
    if "r" in cell.node and "W_r" not in cell.parameters:  # x as it is
        way = between if s.narrow else at["r"] - edge - 24
        pen.wire("r.x", 1, "x", (x, rows["lane"]), (way, rows["lane"]), (way, rows["pre"]),
                 (at["r"] - edge - 2, rows["pre"]), dashed=True)
    pen.stack("n", at["n"], rows, 2, "candidate", tap="W_n" in cell.parameters, sums=2 if reset(cell) else 1)
    if squashed(cell, "n"):
        _squashed_x(pen, x, rows)
    if reset(cell):
        _reset(pen, rows)
    _mix(pen, belt, mid, rows["gate"], start)
    return (s.width, bottom), pen.parts


def _mix(pen, belt, mid, value, start):
    """The belt, where old state and candidate meet, each times its share: one is the gate, the other 1 minus it.

    The candidate stands at height value, the gate's wire begins at start.
    """
    s, at, here = pen.sheet, pen.sheet.column, mix(pen.cell)
    half, edge, color, plus = s.half, s.side / 2 + 5, role(here.gate), at["n"]
    keeps = here.gate == here.keep
    times, kept = (at["z"], at["r"]) if keeps else (at["r"], at["u"])
    pen.wire("belt.0", 3, "h", (at["prev"] + edge, belt), (times - 18, belt))
    pen.wire("belt.1", 3, "h", (times + 18, belt), (kept - edge, belt), arrow=False)
    pen.wire("belt.2", 3, "h", (kept + edge, belt), (plus - 18, belt))
    pen.wire("belt.3", 3, "h", (plus + 18, belt), (at["out"] - edge - 2, belt))
    pen.op(here.kept, times, belt, 3, "×", "h")
    pen.vector(here.kept, kept, belt, 3, label="top", caption="kept")
    pen.op("h", plus, belt, 3, "+", "h")
    pen.vector("h", at["out"], belt, 3, caption="h", label="top")

    level = (belt + mid) / 2
    pen.wire("n.out", 3, "candidate", (plus, value - half - 5), (plus, mid + 19))
    pen.op(here.written, plus, mid, 3, "×", "candidate")
    pen.wire("h.0", 3, "candidate", (plus, mid - 17), (plus, level + half + 4), arrow=False)
    pen.wire("h.0.out", 3, "candidate", (plus, level - half - 4), (plus, belt + 19))
    pen.vector(here.written, plus, level, 3, caption="written")

    gate = at["z"]
    if keeps:
        box, vector = (at["r"], mid), (at["u"], mid)
        pen.wire("gate.out", 3, color, (gate, start), (gate, belt + 19))
        pen.wire("gate.rest", 3, color, (gate, mid), (box[0] - s.box / 2 - 2, mid))
        pen.wire("rest.out", 3, color, (vector[0] + edge, mid), (plus - 19, mid))
    else:
        box, vector = (gate, level), (at["r"], level)
        pen.wire("gate.out", 3, color, (gate, start), (gate, mid), (plus - 19, mid))
        pen.wire("gate.rest", 3, color, (gate, mid), (gate, level + 20))
        pen.wire("rest.out", 3, color, (vector[0], level - half - 4), (vector[0], belt + 19))
    pen.box(here.rest, *box, 3, "1−", color, id="rest")
    pen.wire("rest", 3, color, (box[0] + s.box / 2, box[1]), (vector[0] - edge, box[1]), arrow=False)
    pen.vector(here.rest, *vector, 3, label="top" if keeps else "right", roles=color, id="rest")


def _reset(pen, rows):
    """What the candidate hears of the old state: the gate times U h, or U times what the gate lets through of h."""
    s, at, product = pen.sheet, pen.sheet.column, reset(pen.cell)
    half, edge = s.half, s.side / 2 + 5
    gate, of = pen.cell.node[product].inputs
    before = of == "h_prev"
    if s.narrow:
        below, pre = rows["below"], rows["pre"]
        first, second = (at["u"], below), (at["u"], pre)
        gap = ((at["u"], below - (17 if before else half + 4)), (at["u"], pre + (half + 4 if before else 19)))
    else:
        first, second = (at["u"] - 45, rows["pre"]), (at["u"] + 60, rows["pre"])
        gap = ((first[0] + (17 if before else edge), rows["pre"]), (second[0] - (edge if before else 19), rows["pre"]))
    times, column = (first, second) if before else (second, first)
    low = 19 if before else half + 5
    pen.wire("u.in", 2, "h", (first[0], rows["bus"]), (first[0], first[1] + low))
    pen.wire("u.mid", 2, "candidate", *gap)
    pen.wire("u.out", 2, "candidate", (second[0] + (edge if before else 17), second[1]),
             (at["n"] - edge - 2, rows["pre"]))
    lane, over = (at["r"] + at["u"]) / 2 if s.narrow else times[0], rows["gate"] - half - 15
    turn = ((at["r"], over + 10), (at["r"], over)) if gate == "r" else ((at["z"], over),)
    pen.wire("r.out", 2, role(gate), *turn, (lane, over),
             *([(lane, times[1]), (times[0] - 19, times[1])] if s.narrow else [(lane, times[1] - 19)]))
    when = "before" if before else "after"
    pen.op(product, *times, 2, "×", "candidate", id=when)
    pen.vector(product if before else of, *column, 2, label="bare", id=when)


def _clock(pen, bus):
    """The clock's tick comes in from below and passes the bus; returns the drawing's height."""
    s = pen.sheet
    pen.vector("tick", s.column["z"], bus + 34 + s.half, 0, caption="tick", edit=True)
    return round(bus + 34 + 2 * s.half) + (30 if s.narrow else 20)


def _only_x(pen, x, gate, between, rows):
    """x to a gate that does not hear h, or hears its tanh instead: past the bus."""
    s, pre, lane = pen.sheet, rows["pre"], rows["lane"]
    if s.narrow and squashed(pen.cell, "z"):
        pen.wire("z.in", 1, "x", (x, lane), (between, lane), (between, pre), (gate + s.side / 2 + 7, pre))
    else:
        pen.wire("z.in", 1, "x", (x, lane), (gate, lane), (gate, pre + s.half + 6))


def _squashed_h(pen, drop, rows):
    """tanh(h) on its way into z."""
    s, node, half, edge = pen.sheet, squashed(pen.cell, "z"), pen.sheet.half, pen.sheet.side / 2 + 5
    if s.narrow:
        x, vector, box = s.column["z"], rows["below"], rows["below"] + half + 38
        pen.wire("z.h", 1, "h", (drop, box), (x - s.box / 2 - 2, box))
        pen.wire("z.tanh", 1, "h", (x, box - 20), (x, vector + half + 5))
        pen.wire("z.tanh.out", 1, "h", (x, vector - half - 4), (x, rows["pre"] + half + 6))
    else:
        x, vector, box = s.column["z"] - 88, rows["pre"], rows["box"]
        pen.wire("z.h", 1, "h", (drop, box), (x - s.box / 2 - 2, box))
        pen.wire("z.tanh", 1, "h", (x, box + 20), (x, vector - half - 5))
        pen.wire("z.tanh.out", 1, "h", (x + edge, vector), (s.column["z"] - edge - 2, vector))
    pen.box(node, x, box, 1, roles="h")
    pen.vector(node, x, vector, 1, label="bare", roles="h")


def _squashed_x(pen, x, rows):
    """tanh(x) on its way into the candidate."""
    s, node, half, edge = pen.sheet, squashed(pen.cell, "n"), pen.sheet.half, pen.sheet.side / 2 + 5
    n, pre, lane = s.column["n"], rows["pre"], rows["lane"]
    if s.narrow:
        vector, box = (n, rows["below"]), (n, rows["below"] + half + 38)
        pen.wire("n.x", 2, "x", (x, lane), (n, lane), (n, box[1] + 20), dashed=True)
        pen.wire("n.tanh", 2, "x", (n, box[1] - 20), (n, vector[1] + half + 5))
        pen.wire("n.in", 2, "x", (n, vector[1] - half - 4), (n, pre + half + 6))
    else:
        vector, box = (n + 92, pre), (n + 174, pre)
        pen.wire("n.x", 2, "x", (x, lane), (n + 224, lane), (n + 224, pre), (box[0] + s.box / 2 + 2, pre), dashed=True)
        pen.wire("n.tanh", 2, "x", (box[0] - s.box / 2, pre), (vector[0] + edge, pre), arrow=False)
        under = pre + half + 17
        pen.wire("n.in", 2, "x", (vector[0], pre + half + 4), (vector[0], under), (n, under), (n, pre + half + 6))
    pen.box(node, *box, 2, roles="x")
    pen.vector(node, *vector, 2, label="bare" if s.narrow else "top", roles="x")
