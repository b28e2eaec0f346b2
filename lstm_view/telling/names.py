"""What values are called: their letter, their name in words, their expression as plain text."""
import re
from functools import lru_cache

from lstm_core import Cell
from lstm_core.cell import IDENTITY, PARAMETERS, is_number
from lstm_core.cells import GRID
from lstm_core.ops import OPS, overflows

from ..diagram.kinds import family
from ..diagram.pen import is_gate
from ..numbers.mix import mix
from ..text.arithmetic import equated
from ..text.numbers import number
from ..words import Words

GATES, CANDIDATES = ("f", "i", "o", "r", "z"), ("c_tilde", "n")  # names with a meaning, where they keep to it
LONGEST = 160  # characters of an expression
NEGATIVE = re.compile(r"\(−[^()]*\)")  # a number that has its brackets
SIGNS = {"matmul": " ", "add": " + ", "sub": " − ", "mul": " × ", "div": " / "}


def symbol(cell: Cell, name: str) -> tuple[str, str] | None:
    """A value's letter and subscript, C̃ and t, or None if it has none."""
    if "." in name:
        return ("Σ" if "a" in cell.lines else "a", "t") if _is_sum(name) else _inner(cell, name)
    base = name.removesuffix("_prev").removesuffix("_below")
    when = "t" if name == base else "t−1" if name.endswith("_prev") else "t, ℓ−1"
    return _letter(cell, base), when


def _letter(cell, name):
    stem, way = name, ""
    if cell == GRID and name in cell.node:
        stem, way = (name.replace("_time", ""), "→") if "_time" in name else (name, "↑")
    first, *rest = stem.removesuffix("_tilde").split("_")
    first = ("C" if first == "c" else first) + "\u0303" * stem.endswith("_tilde")
    return "_".join([first, *rest]) + way


def _is_sum(name):
    """Whether this is what the function of a named value is applied to: f.pre."""
    return name.count(".") == 1 and name.endswith(".pre")


def _inner(cell, name):
    """What the literature writes for a value with no letter of its own: tanh C, 1−z, tanh x; or None."""
    node = cell.node[name]
    *first, of = node.inputs
    function = len(node.inputs) == 1 and f"{OPS[node.op].glyph} "
    begins = function or {("sub", "1.0"): "1−", ("sub", "0.0"): "−"}.get((node.op, *first))
    if of in cell.node and cell.node[of].inputs[0] == IDENTITY:
        of = cell.node[of].inputs[1]
    if not begins or "." in of:
        return None
    letter, when = (of, "") if of[:2] in PARAMETERS else symbol(cell, of)
    return begins + letter, when


def title(cell: Cell, name: str, words: Words) -> str:
    """What a value is called in words, for labels and screen readers."""
    parts = mix(cell)
    if parts and name in (parts.kept, parts.written):
        return words("node.mix.kept" if name == parts.kept else "node.mix.written")
    if parts and name == parts.rest:
        return words("node.mix.keep" if name == parts.keep else "node.mix.new", what=spelled(cell, name))
    known = _known(cell, name, words)
    if known:
        return known
    if name.endswith("_prev"):
        return words("node.prev", name=title(cell, name.removesuffix("_prev"), words))
    if name.endswith("_below"):
        return words("any.below", name=title(cell, name.removesuffix("_below"), words))
    if _is_sum(name):
        return words("node.pre", name=title(cell, name.removesuffix(".pre"), words))
    if "." not in name:
        return words(f"any.{plays(cell, name)}", letter=_letter(cell, name))
    owner = name.partition(".")[0]
    return words("node.part", what=spelled(cell, name), name=title(cell, owner, words))


def plays(cell: Cell, name: str) -> str:
    """What a named value is, as its equation tells: a gate, a candidate, a state, or just a value."""
    if name in cell.state and cell.node[name].op != "sigmoid":
        return "state"
    return "gate" if is_gate(cell, name) else "candidate" if cell.node[name].op == "tanh" else "value"


def _known(cell, name, words):
    """The name in the locales, if the equation is what that says."""
    kind = family(cell)
    if kind != "any":
        return words.get(f"node.{kind}.{name}") or words.get(f"node.{name}")
    if cell.name != "own" and (own := words.get(f"node.{cell.name}.{name}")):
        return own
    fits = name in ("x", "tick", "h") or (name == "c" and name in cell.state) or (
        name in GATES and name in cell.node and is_gate(cell, name)) or (
        name in CANDIDATES and name in cell.node and cell.node[name].op == "tanh")
    return words.get(f"node.{name}") if fits else ""


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
        numbers = " + ".join(f"{number(w, 3):b}·{number(v, 3):b}" for w, v in zip(weight[unit], vector, strict=True))
    else:
        numbers = _joined(node.op, [_written(i) if is_number(i) else f"{number(env[i][unit], 3):b}"
                                    for i in node.inputs])
    with_matrix = node.op == "matmul"
    beyond = overflows(node.op, *(float(i) if is_number(i) else env[i] if with_matrix else env[i][unit]
                                  for i in node.inputs))
    sign = "→" if (beyond[unit] if with_matrix else beyond) else "="
    return equated(f"{spelled(cell, name)} = {numbers} {sign} {number(env[name][unit], 3)}")


def _written(number):
    """A number as an equation has it, in brackets if it is negative."""
    return f"(−{number[1:]})" if number.startswith("-") else number


def spelled(cell: Cell, name: str) -> str:
    """A value as plain text, one line: W_f x, r × (U_n h_prev + b_m); what is too long ends in an ellipsis."""
    if name not in cell.node:
        return _written(name.removesuffix(".0")) if is_number(name) else name
    text = _spelled(cell)[name]
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


@lru_cache(maxsize=64)
def _spelled(cell):
    """Every node's expression."""
    found = {}
    for node in cell.nodes:
        texts = []
        for i in node.inputs:
            inner = cell.node[i].op if i in found and "." in i else ""
            text = found[i] if inner else _written(i.removesuffix(".0")) if is_number(i) else i
            texts.append(f"({text})" if inner and _needs_brackets(inner, node.op) else text)
        minus = (node.op, node.inputs[0]) == ("sub", "0.0")
        found[node.id] = f"−{texts[1]}" if minus else _joined(node.op, texts)
    return found


def _joined(op, texts):
    if op in SIGNS:
        return SIGNS[op].join(texts)
    return OPS[op].glyph + (texts[0] if NEGATIVE.fullmatch(texts[0]) else f"({texts[0]})")


def _needs_brackets(inner, outer):
    same = inner == outer == "add"
    return inner in SIGNS and outer in SIGNS and OPS[inner].rank <= OPS[outer].rank and not same
