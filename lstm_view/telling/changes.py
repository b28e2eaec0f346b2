"""What one cell's equations change of another's, found by comparing the expressions term by term.  Pure."""
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from lstm_core import Cell, latex
from lstm_core.cell import is_number
from lstm_core.ops import OPS

from ..style import ROLES, role
from ..words import Words
from .names import spelled

FLAT = ("add", "mul")  # operations that are compared as terms or factors, in any order


@dataclass(frozen=True)
class Part:
    """What stands at a place of an equation, as latex.equation knows places: a leaf, or an operation on parts."""

    cell: Cell
    place: str
    op: str
    name: str
    parts: tuple["Part", ...] = ()

    @cached_property
    def key(self) -> tuple:
        """Equal for parts that mean the same."""
        if self.op in FLAT:
            return self.op, *sorted((part.key for part in self.flat(self.op)), key=repr)
        return self.op, self.name, *(part.key for part in self.parts)

    @property
    def is_function(self) -> bool:
        return bool(self.op) and OPS[self.op].rank == latex.ALONE

    @property
    def sign(self) -> "Part":
        """The name of a function, without what it is applied to."""
        return Part(self.cell, f"{self.place}()", "", OPS[self.op].glyph)

    def flat(self, op: str) -> list["Part"]:
        """The terms of a sum or the factors of a product; of anything else itself alone."""
        return [inner for part in self.parts for inner in part.flat(op)] if self.op == op else [self]

    def pieces(self) -> Iterator["Part"]:
        """The parts to mark one by one, so that a line may break between them."""
        if self.op == "add":
            for term in self.parts:
                yield from term.pieces()
        elif self.is_function:
            yield self.sign
            yield from self.parts[0].pieces()
        else:
            yield self

    def __str__(self) -> str:
        """In one line of plain text."""
        if self.op:
            return spelled(self.cell, self.place)
        return spelled(self.cell, self.name) if is_number(self.name) else self.name


@dataclass(frozen=True)
class Row:
    """One equation of two cells.  which: "same", "changed", "new" or "gone"; gone and new: what only the first of the
    two has of it, and what only the second."""

    name: str
    which: str
    gone: tuple[Part, ...] = ()
    new: tuple[Part, ...] = ()


def changes(before: Cell, after: Cell) -> list[Row]:
    """A row for every equation of two cells: in the order of the second's, each that is gone after what it followed."""
    old, order = _named(before), _named(after)
    for last, name in zip([None, *old], old, strict=False):
        if name not in after.lines:
            order.insert(order.index(last) + 1 if last else 0, name)
    return [_row(before, after, name) for name in order]


def _named(cell):
    return [node.id for node in cell.nodes if "." not in node.id]


def _row(before, after, name):
    if name not in before.lines:
        return Row(name, "new", new=(_part(after, name, name),))
    if name not in after.lines:
        return Row(name, "gone", gone=(_part(before, name, name),))
    gone, new = _apart(_part(before, name, name), _part(after, name, name))
    return Row(name, "changed" if gone or new else "same", tuple(gone), tuple(new))


def _part(cell, name, place):
    """What a name stands for at a place; what has an equation of its own is a leaf of another's."""
    if name != place:
        return Part(cell, place, "", name)
    node = cell.node[name]
    alone = OPS[node.op].rank == latex.ALONE
    inputs = [(i, f"{place}.pre" if alone else f"{place}.{k}") for k, i in enumerate(node.inputs)]
    return Part(cell, place, node.op, "", tuple(_part(cell, i, at) for i, at in inputs))


def _apart(a, b):
    """The parts of a that b has not, and those of b that a has not."""
    if a.key == b.key:
        return [], []
    if a.op == b.op and a.is_function:
        return _apart(a.parts[0], b.parts[0])
    if a.is_function and a.parts[0].key == b.key:
        return [a.sign], []
    if b.is_function and b.parts[0].key == a.key:
        return [], [b.sign]
    if a.op == b.op == "matmul" and a.parts[0].key == b.parts[0].key:
        return _apart(a.parts[1], b.parts[1])
    op = next((op for op in FLAT if op in (a.op, b.op)), None)
    return _matched(a, b, op) if op else ([a], [b])


def _matched(a, b, op):
    """Two sums or two products: what both have, in any order, is the same; what is alike is taken apart further."""
    left, right = a.flat(op), b.flat(op)
    pairs = [*_pairs(left, right, lambda p, q: p.key == q.key), *_pairs(left, right, _alike)]
    if not pairs:
        return [a], [b]
    inside = [_apart(p, q) for p, q in pairs]
    return left + [part for gone, _ in inside for part in gone], right + [part for _, new in inside for part in new]


def _pairs(left, right, fit):
    """One of each that fit together, taken out of both lists."""
    for p in list(left):
        q = next((q for q in right if fit(p, q)), None)
        if q:
            left.remove(p)
            right.remove(q)
            yield p, q


def _alike(p, q):
    """Whether two parts that differ are one that was changed: they share a factor, a matrix or a function."""
    if p.op == q.op and p.is_function:
        return True
    if p.op == q.op == "matmul":
        return p.parts[0].key == q.parts[0].key
    factors, others = ({factor.key for factor in part.flat("mul")} for part in (p, q))
    wrapped = (p.is_function and p.parts[0].key == q.key) or (q.is_function and q.parts[0].key == p.key)
    return wrapped or not factors.isdisjoint(others)


# --- as it is shown


def marked(cell: Cell, name: str, parts: tuple[Part, ...], stroke: str, dark: bool) -> str:
    """An equation of a cell as LaTeX: in ink, but these parts of it in their role's colour and with a stroke, "cancel"
    for what is gone and "underline" for what is new.  "" where the cell has no such equation."""
    if name not in cell.lines:
        return ""
    places = {piece.place for part in parts for piece in part.pieces()}
    color = ROLES[role(name)][dark]

    def mark(place, tex):
        return rf"\textcolor{{{color}}}{{\{stroke}{{{tex}}}}}" if place in places else tex

    return latex.equation(cell, name, mark=mark)


def said(row: Row, words: Words) -> str:
    """What a row changes, in plain words: new: p_f × c_prev."""
    if row.which != "changed":
        return words(f"change.{row.which}")
    key = "swaps" if row.new and row.gone else "adds" if row.new else "drops"
    found = {"new": row.new, "gone": row.gone}
    return words(f"change.{key}", **{name: ", ".join(map(str, parts)) for name, parts in found.items() if parts})


def table(before: Cell, after: Cell, heads: tuple[str, str], words: Words) -> pd.DataFrame:
    """The same as text: a row an equation; the two cells' own, as the core reads them, and what is different."""
    rows = changes(before, after)
    columns = {head: [cell.lines.get(row.name, "") for row in rows]
               for head, cell in zip(heads, (before, after), strict=True)}
    columns[words("change.what")] = [said(row, words) for row in rows]
    return pd.DataFrame(columns, pd.Index([row.name for row in rows], name=words("change.value")))
