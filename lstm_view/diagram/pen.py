"""What a layout is drawn with: a sheet's measures, and a pen that collects parts.

A part is a dict with `kind`, `id`, `role` and `stage` (the step of the story in which it appears), and
  vector  node, scale ("gate" or "state"), n squares, x y of its middle, label, caption, edit (whether it is an input)
  box     node, glyph, x y                 an activation
  op      node, glyph, x y                 an elementwise operation
  wire    points, arrow, dashed            a polyline
  body    x y width height                 the cell's outline
"""
from dataclasses import dataclass

from lstm_core import Cell
from lstm_core.ops import OPS

from ..style import role

MOST_TALL, LOW = 6, 14  # inputs whose squares are as tall as others; the least height of one number


@dataclass(frozen=True)
class Sheet:
    """The measures of one drawing: its columns by name, the size of a square."""

    narrow: bool
    D: int
    H: int
    width: int
    column: dict[str, int]
    square: int  # height of one square
    side: int  # its width
    box: int  # width of an activation box
    spare: int = 0  # height left under the sums for a tanh inside one of them
    split: bool = False  # whether a square may hold two numbers

    @property
    def input_square(self) -> int:
        """Height of one square of x: all that D inputs need, but lower where they are many."""
        least = LOW * (2 if self.split else 1)
        return self.square if self.D <= MOST_TALL else max(least, min(self.square, MOST_TALL * self.square // self.D))

    @property
    def half(self) -> float:
        """Half the height of a vector of H units."""
        return self.H * self.square / 2


def is_gate(cell: Cell, name: str) -> bool:
    """Whether a value is a fraction between 0 and 1: a sigmoid, a clock's tick, or 1 minus one."""
    if name == "tick":
        return True
    name = name.removesuffix("_prev").removesuffix("_below")
    if name not in cell.node:
        return False
    node = cell.node[name]
    return node.op == "sigmoid" or (node.op == "sub" and node.inputs[0] == "1.0" and is_gate(cell, node.inputs[1]))


def sheet(family: str, D: int, H: int, narrow: bool, split: bool, inner: bool = False) -> Sheet:
    """The measures for a family of cells; split makes squares tall enough for two numbers, inner leaves room for a tanh
    inside a sum."""
    square = (36 if narrow else 38) if split else (28 if H <= 4 else 25)
    if family == "any":  # placed without columns
        wide, side, box = (396, 44, 48) if narrow else (1230, 56, 64)
        return Sheet(narrow, D, H, wide, {}, square, side, box, split=split)
    if narrow:
        names = {"rnn": "prev sum out", "lstm": "prev f i c o out"}.get(family, "prev z r u n out").split()
        column = {name: round(32 + k * 332 / (len(names) - 1)) for k, name in enumerate(names)}
        return Sheet(True, D, H, 396, column, square, 44, 48, 42 if inner else 0, split)
    column = {
        "rnn": {"prev": 90, "sum": 520, "out": 1130},
        "lstm": {"prev": 88, "f": 270, "i": 450, "c": 630, "o": 840, "out": 1150},
        "gru": {"prev": 88, "z": 300, "r": 480, "u": 640, "n": 830, "out": 1150},
        "clockwork": {"prev": 88, "z": 400, "r": 560, "u": 690, "n": 850, "out": 1150},
    }[family]
    return Sheet(False, D, H, 1230, column, square, 56, 64, split=split)


class Pen:
    """Collects parts; knows the cell, so that a part whose node does not exist is simply not drawn.

    A part is known by its node, or by an `id` where in another cell of the family another node plays its part.
    """

    def __init__(self, cell, sheet):
        self.cell, self.sheet, self.parts = cell, sheet, []

    def add(self, kind, id, stage, **more):
        self.parts.append({"kind": kind, "id": id, "stage": stage} | more)

    def body(self, top, bottom):
        inset = 28 if self.sheet.narrow else 78
        left, right = self.sheet.column["prev"] + inset, self.sheet.column["out"] - inset
        self.add("body", "body", 0, role="c", x=left, y=top, width=right - left, height=bottom - top)

    def vector(self, node, x, y, stage, caption="", label="right", n=None, edit=False, roles=None, id=None,
               square=None):
        if edit or node in self.cell.node:
            scale = "gate" if is_gate(self.cell, node) else "state"
            self.add("vector", f"v:{id or node}", stage, node=node, role=roles or role(node), scale=scale, x=x, y=y,
                     n=n or self.sheet.H, square=square or self.sheet.square, side=self.sheet.side, label=label,
                     caption=caption, edit=edit)

    def box(self, node, x, y, stage, glyph=None, roles=None, id=None, width=None):
        if node in self.cell.node:
            glyph = glyph or OPS[self.cell.node[node].op].glyph
            self.add("box", f"b:{id or node}", stage, node=node, role=roles or role(node), x=x, y=y, glyph=glyph,
                     width=width or self.sheet.box)

    def op(self, node, x, y, stage, glyph, roles=None, id=None):
        self.add("op", f"o:{id or node}", stage, node=node, role=roles or role(node), x=x, y=y, glyph=glyph)

    def wire(self, id, stage, roles, *points, arrow=True, dashed=False):
        self.add("wire", f"w:{id}", stage, role=roles, points=[[round(x), round(y)] for x, y in points], arrow=arrow,
                 dashed=dashed)

    def stack(self, node, x, rows, stage, caption, tap=True, sums=None):
        """A gate, from below: the wire off the bus (tap), its sum (in a stage of its own: sums), its box, its value."""
        s, sums = self.sheet, stage if sums is None else sums
        pre, box, value, bus = rows["pre"], rows["box"], rows["gate"], rows["bus"]
        if f"{node}.pre" in self.cell.node:
            if tap:
                self.wire(f"{node}.in", sums, "h", (x, bus), (x, pre + s.half + 6))
            self.vector(f"{node}.pre", x, pre, sums, label="bare" if s.narrow else "right")
            self.wire(f"{node}.pre", stage, role(node), (x, pre - s.half - 4), (x, box + 20))
            self.box(node, x, box, stage)
            self.wire(node, stage, role(node), (x, box - 20), (x, value + s.half + 5))
        elif node in self.cell.node and self.cell.node[node].op == "add":  # no activation: the sum itself
            self.wire(f"{node}.in", stage, "h", (x, bus), (x, value + s.half + 6))
        self.vector(node, x, value, stage, caption=caption)

    def from_below(self, x, bus, states=()):
        """x, and previous gates where the cell reads them, join the bus from below; returns the drawing's height."""
        s, top = self.sheet, bus + 34
        self.wire("x", 0, "x", (x, top), (x, bus), arrow=False)
        self.vector("x", x, top + s.D * s.input_square / 2, 0, caption="x", n=s.D, edit=True, square=s.input_square)
        for k, state in enumerate(states, start=1):
            at = x + k * (s.column["i"] - s.column["f"])
            self.wire(f"{state}_prev", 0, role(state), (at, top), (at, bus), arrow=False)
            self.vector(f"{state}_prev", at, top + s.half, 0, edit=True)
        tallest = max([s.D * s.input_square] + [s.H * s.square] * bool(states))
        return round(max(top + tallest, bus + s.half) + (30 if s.narrow else 20))  # h_prev may be the tallest
