"""The page `variants`: a cell of the family beside its parent, or a cell of the visitor's own."""
from lstm_core import CELLS

from ..fields import Field, integer, one_of
from ..incoming.own_cell import MOST_CHARACTERS, a_cell, is_own, name_of
from ..incoming.sequences import MOST, MOST_UNITS
from ..packed import pack, unpack
from .over_time import SETUP, change_setup, fit_setup, steps

VIEWS = ("family", "own")


def _own(text):
    if not is_own(text):
        raise ValueError(text)
    return a_cell(text)


FIRST = name_of(CELLS["lstm"].equations.strip(), "lstm")  # what a visitor's own cell is before they write one
FIELDS = (
    Field("view", "family", one_of(VIEWS)),
    Field("variant", "peephole", one_of(CELLS)),
    Field("beside", "", one_of(("", *CELLS))),  # "": what it came from
    Field("cell", FIRST, _own),
    Field("draft", "", lambda text: unpack(text, MOST_CHARACTERS), pack),  # what is being written, while it is no cell
    *SETUP,
    Field("t", 7, integer(0, MOST - 1)),
    Field("unit", 0, integer(0, MOST_UNITS - 1)),
)
DEFAULTS = {f.name: f.default for f in FIELDS}


def cells(values: dict) -> tuple[str, ...]:
    """The names of the cells that the page runs."""
    return (values["cell"],) if values["view"] == "own" else (values["variant"],)


def fit(values: dict) -> tuple[dict, list[str]]:
    """Values that fit one another, and what had to be left out."""
    values, left_out = fit_setup(values, cells(values))
    kept = {"t": min(values["t"], steps(values) - 1), "unit": min(values["unit"], values["H"] - 1)}
    if values["beside"] == values["variant"]:  # which would say nothing
        kept["beside"] = ""
    return values | kept, left_out


def change(values: dict, **changes) -> dict:
    """Values after a visitor changed some of them, made to fit."""
    return fit(change_setup(values, changes))[0]
