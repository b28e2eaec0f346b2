"""What is drawn of a cell that is placed automatically: a block for each operation, and what comes into it."""
from dataclasses import dataclass

from lstm_core import Cell
from lstm_core.cell import IDENTITY, PARAMETERS, is_number
from lstm_core.ops import OPS

from ..text.numbers import mark

LONGEST_GLYPH = 14


@dataclass(frozen=True)
class Block:
    """One operation and its value.

    A sum with a matrix in it is drawn as its value alone (kind "sum"): its terms are the wires that come in.  All else
    is a circle ("op") or a box ("box") and the value that it makes.
    """

    node: str
    kind: str
    glyph: str
    feeds: tuple[tuple[str, bool], ...]  # what comes in: its name, and whether dashed: weighted by a vector, or I x
    ordered: bool = False  # whether it matters which comes first
    under: "Block | None" = None  # the sum that this function alone is applied to


def outs(cell: Cell) -> list[str]:
    """What leaves the cell: its states, h, and what the cell above in a stack reads."""
    return [n.id for n in cell.nodes if n.id in (*cell.state, "h", *cell.below)]


def comes_in(cell: Cell) -> tuple[list[str], list[str]]:
    """What comes into the cell: the states, from the left; x, and the rest, from below."""
    x = ["x"] if "x" in cell.readers or not cell.below else []
    return [f"{state}_prev" for state in cell.state], [*x, *cell.inputs]


def blocks(cell: Cell) -> list[Block]:
    """Every block, in computing order."""
    folded = {i for node in cell.nodes if _is_sum(cell, node) for i in node.inputs if _is_term(cell, i)}
    leaving, made = outs(cell), {}
    for node in cell.nodes:
        if node.id in folded:
            continue
        if node.op == "matmul" or _is_sum(cell, node):
            block = _sum(cell, node, folded)
            if node.id in leaving:  # its value stands at the edge: here stands its sign
                block = Block(node.id, "op" if len(block.feeds) < 4 else "box", "Σ", block.feeds)
        else:
            glyph = _glyph(cell, node)
            feeds = tuple((i, False) for i in node.inputs if not _is_silent(i))
            round_ = glyph in "+−×÷" and len(feeds) <= 3
            block = Block(node.id, "op" if round_ else "box", glyph, feeds, node.op in ("sub", "div"))
        made[node.id] = block
    return [_over(cell, block, made) for block in made.values()]


def _over(cell, block, made):
    """A function with the sum under it that nothing else reads."""
    node = cell.node[block.node]
    under = made.get(node.inputs[0]) if len(node.inputs) == 1 else None
    if under is None or under.kind != "sum" or len(cell.readers[under.node]) > 1:
        return block
    return Block(block.node, block.kind, block.glyph, block.feeds, under=under)


def _is_parameter(name):
    return name[:2] in PARAMETERS


def _is_silent(name):
    """Whether a name is no wire: a number or a parameter."""
    return is_number(name) or _is_parameter(name)


def _is_term(cell, name):
    """Whether a term of a sum is a wire: a matrix times a vector, or a parameter times a vector."""
    node = cell.node.get(name)
    return node is not None and "." in name and (
        node.op == "matmul" or (node.op == "mul" and any(map(_is_parameter, node.inputs))))


def _is_sum(cell, node):
    """Whether an addition is a weighted sum: with a matrix in it, or what a function is applied to."""
    if node.op != "add":
        return False
    terms = [i for i in node.inputs if _is_term(cell, i)]
    return any(cell.node[i].op == "matmul" for i in terms) or (bool(terms) and node.id.endswith(".pre"))


def _sum(cell, node, folded):
    feeds = {}
    for i in [node.id] if node.op == "matmul" else node.inputs:
        of, dashed = i, False
        if i in folded or i == node.id:
            first, second = cell.node[i].inputs
            of, dashed = (second, first == IDENTITY) if cell.node[i].op == "matmul" else (
                second if _is_parameter(first) else first, True)
        if not _is_silent(of):
            feeds[of] = feeds.get(of, True) and dashed
    return Block(node.id, "sum", "", tuple(feeds.items()))


def _glyph(cell, node):
    """What is written on an operation: its sign, with the numbers and parameters that it takes."""
    sign, texts = OPS[node.op].glyph, [_text(i) if _is_silent(i) else None for i in node.inputs]
    if len(texts) > 1:  # −(−2), but −2 +
        texts = [texts[0], *(f"({text})" if text and text.startswith("−") else text for text in texts[1:])]
    if len(texts) == 1:
        glyph = sign if texts[0] is None else f"{sign}({texts[0]})"
    elif node.op == "add":
        silent = [text for text in texts if text is not None]
        glyph = (sign if len(silent) < len(texts) or not silent else "") + sign.join(silent)
    elif (node.op, node.inputs[0]) == ("sub", "0.0"):  # −a
        glyph = sign + (texts[1] or "")
    else:
        glyph = (texts[0] or "") + sign + (texts[1] or "")
    return glyph if len(glyph) <= LONGEST_GLYPH else glyph[: LONGEST_GLYPH - 1] + "…"


def _text(name):
    return mark(float(name)) if is_number(name) else name
