"""What values are called: their letter, their name in words, their expression as plain text."""
from lstm_core import Cell
from lstm_core.cell import IDENTITY, is_number
from lstm_core.ops import OPS

from ..diagram.layout import family
from ..numbers.mix import mix
from ..words import Words

LETTERS = {"c_tilde": "C̃", "c": "C"}
SIGNS = {"matmul": " ", "add": " + ", "sub": " − ", "mul": " × ", "div": " / "}


def symbol(cell: Cell, name: str) -> tuple[str, str] | None:
    """A value's letter and subscript, C̃ and t, or None if it has none."""
    if "." in name:
        return ("a", "t") if _is_sum(name) else _inner(cell, name)
    base = name.removesuffix("_prev")
    return LETTERS.get(base, base), "t−1" if name != base else "t"


def _is_sum(name):
    """Whether this is what the function of a named value is applied to: f.pre."""
    return name.count(".") == 1 and name.endswith(".pre")


def _inner(cell, name):
    """What the literature writes for a value with no letter of its own: tanh C, 1−z, tanh x; or None."""
    *first, of = cell.node[name].inputs
    begins = {("tanh",): "tanh ", ("sub", "1.0"): "1−"}.get((cell.node[name].op, *first))
    if of in cell.node and cell.node[of].inputs[0] == IDENTITY:
        of = cell.node[of].inputs[1]
    if begins is None or "." in of:
        return None
    letter, when = symbol(cell, of)
    return begins + letter, when


def title(cell: Cell, name: str, words: Words) -> str:
    """What a value is called in words, for labels and screen readers."""
    kind, parts = family(cell), mix(cell)
    if parts and name in (parts.kept, parts.written):
        return words("node.mix.kept" if name == parts.kept else "node.mix.written")
    if parts and name == parts.rest:
        return words("node.mix.keep" if name == parts.keep else "node.mix.new", what=spelled(cell, name))
    known = words.get(f"node.{kind}.{name}") or words.get(f"node.{name}")
    if known:
        return known
    if name.endswith("_prev"):
        return words("node.prev", name=title(cell, name.removesuffix("_prev"), words))
    if _is_sum(name):
        return words("node.pre", name=title(cell, name.removesuffix(".pre"), words))
    owner = name.partition(".")[0]
    return words("node.part", what=spelled(cell, name), name=title(cell, owner, words))


def heading(cell: Cell, name: str, unit: int, words: Words) -> str:
    """A value of one unit, counted from 0, in words: forget gate f, unit 2; x has components."""
    return words("node.component" if name == "x" else "node.unit", name=title(cell, name, words), unit=unit + 1)


def worked(cell: Cell, env: dict, name: str, unit: int) -> str:
    """How one number comes about, in one line of plain text: σ(W_f x + U_f h_prev + b_f) = σ(0.15) = 0.54."""
    if name not in cell.node:
        return ""
    node = cell.node[name]
    if node.op == "matmul":
        weight, vector = (env[i] for i in node.inputs)
        numbers = " + ".join(f"{_short(w)}·{_short(v)}" for w, v in zip(weight[unit], vector, strict=True))
    else:
        numbers = _joined(node.op, [i if is_number(i) else _short(env[i][unit]) for i in node.inputs])
    return f"{spelled(cell, name)} = {numbers} = {_short(env[name][unit]).strip('()')}"


def _short(value):
    text = f"{value:.3f}" if abs(value) < 1e4 else f"{value:.1e}"
    return f"(−{text[1:]})" if text.startswith("-") and float(text) else text.lstrip("-")


def spelled(cell: Cell, name: str) -> str:
    """A value as plain text, one line: W_f x, r × (U_n h_prev + b_m)."""
    if name not in cell.node:
        return name.removesuffix(".0")
    node = cell.node[name]
    inside = [spelled(cell, i) if "." in i and not is_number(i) else i.removesuffix(".0") for i in node.inputs]
    return _joined(node.op, [
        f"({text})" if "." in i and i in cell.node and _needs_brackets(cell.node[i].op, node.op) else text
        for i, text in zip(node.inputs, inside, strict=True)
    ])


def _joined(op, texts):
    if op in SIGNS:
        return SIGNS[op].join(texts)
    return OPS[op].glyph + (texts[0] if texts[0].startswith("(−") else f"({texts[0]})")  # (−0.5) has its brackets


def _needs_brackets(inner, outer):
    same = inner == outer == "add"
    return inner in SIGNS and outer in SIGNS and OPS[inner].rank <= OPS[outer].rank and not same
