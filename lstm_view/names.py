"""What values are called: their letter, their name in words, their expression as plain text."""
from lstm_core import Cell
from lstm_core.cell import is_number
from lstm_core.ops import OPS

from .diagram.layout import family
from .words import Words

LETTERS = {"c_tilde": "C̃", "c": "C"}
INNER = {  # what the literature writes for values that have no letter of their own
    "lstm": {"h.1": ("tanh C", "t")},
    "gru": {"h.0.0": ("1−z", "t")},
    "rnn": {},
}
SIGNS = {"matmul": " ", "add": " + ", "sub": " − ", "mul": " × ", "div": " / "}


def symbol(cell: Cell, name: str) -> tuple[str, str] | None:
    """A value's letter and subscript, C̃ and t, or None if it has none."""
    if name in INNER[family(cell)]:
        return INNER[family(cell)][name]
    if "." in name:
        return None
    base = name.removesuffix("_prev")
    return LETTERS.get(base, base), "t−1" if name != base else "t"


def title(cell: Cell, name: str, words: Words) -> str:
    """What a value is called in words, for labels and screen readers."""
    kind = family(cell)
    known = words.get(f"node.{kind}.{name}") or words.get(f"node.{name}")
    if known:
        return known
    if name.endswith("_prev"):
        return words("node.prev", name=title(cell, name.removesuffix("_prev"), words))
    if name.endswith(".pre"):
        return words("node.pre", name=title(cell, name.removesuffix(".pre"), words))
    owner = name.partition(".")[0]
    return words("node.part", what=spelled(cell, name), name=title(cell, owner, words))


def spelled(cell: Cell, name: str) -> str:
    """A value as plain text, one line: W_f x, r × (U_n h_prev + b_m)."""
    if name not in cell.node:
        return name.removesuffix(".0")
    node = cell.node[name]
    inside = [spelled(cell, i) if "." in i and not is_number(i) else i.removesuffix(".0") for i in node.inputs]
    if node.op not in SIGNS:
        return f"{node.op}({inside[0]})"
    return SIGNS[node.op].join(
        f"({text})" if "." in i and i in cell.node and _needs_brackets(cell.node[i].op, node.op) else text
        for i, text in zip(node.inputs, inside, strict=True)
    )


def _needs_brackets(inner, outer):
    same = inner == outer == "add"
    return inner in SIGNS and OPS[inner].rank <= OPS[outer].rank and not same
