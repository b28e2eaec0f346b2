"""What the editor of a visitor's own cell is sent: the text, its mistake, and what an equation may use.  Pure."""
import ast

from lstm_core import Cell
from lstm_core.cell import BINARY, IDENTITY, PARAMETERS, is_number
from lstm_core.ops import OPS

from ..incoming.own_cell import FUNCTIONS, MOST_CHARACTERS
from ..incoming.reader import Refused
from ..style import PAPER, ROLES, role
from ..words import Words

PYTHON = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.MatMult: "@"}
SIGNS = {BINARY[sign]: text for sign, text in PYTHON.items()}  # operation -> how an equation writes it


def editor(text: str, mistake: Refused | None, cell: Cell, words: Words, typed: bool = False) -> dict:
    """Everything the editor shows.

    text: what the server has; mistake: why it is no cell; cell: the last good one, whose names are coloured and
    offered; typed: whether the text came from the editor itself, which then keeps what stands in it.
    """
    return {
        "text": text, "typed": typed, "most": MOST_CHARACTERS,
        "mistake": mistake and {"line": mistake.values.get("line", 0),
                                "says": words(f"reader.{mistake.key}", **mistake.values)},
        "named": {name: role(name) for name in _names(cell)},
        "palette": palette(cell, words),
        "roles": ROLES, "paper": PAPER, "words": words.under("editor"),
    }


def palette(cell: Cell, words: Words) -> list[dict]:
    """What an equation may use, in groups: the text to insert, | where the writing goes on, and what it is."""
    states = [f"{name}_prev" for name in sorted(cell.lines, key=lambda name: name not in cell.state)]
    groups = {
        "functions": [(f"{name}(|)", name, _glyph(name)) for name in FUNCTIONS],
        "signs": [(f" {sign} |", sign, words(f"palette.{op}")) for op, sign in SIGNS.items()],
        "comes_in": [("x", "x", "D"), *((name, name, "H") for name in states), ("tick", "tick", "H")],
        "parameters": [(f"{letter}|", letter, _sizes(shape)) for letter, shape in PARAMETERS.items()]
        + [(f"{IDENTITY} @ x", IDENTITY, _sizes("HD"))],
    }
    return [
        {"title": words(f"palette.{group}"),
         "items": [{"insert": insert, "label": label, "about": about} for insert, label, about in items]}
        for group, items in groups.items()
    ]


def _glyph(name):
    """What papers write for a function, if it is not its name."""
    return "" if OPS[name].glyph == name else OPS[name].glyph


def _sizes(shape):
    return " × ".join(shape)


def _names(cell):
    """Every name in the equations that has a colour of its own: what is computed, comes in or is learned."""
    names = {"x", *cell.lines, *(i for node in cell.nodes for i in node.inputs)}
    return sorted(name for name in names if "." not in name and not is_number(name) and name != IDENTITY)
