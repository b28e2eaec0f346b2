"""A cell that a visitor wrote, over the sequence they chose: its text, its run, its gradients and what befalls it."""
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from lstm_core import Cell, differences
from lstm_core.cell import is_number
from lstm_core.counts import parameter_count

from ..incoming.own_cell import MOST_CHARACTERS, cell_named, name_of, read, text_of
from ..incoming.reader import Refused
from ..incoming.sequences import Sequence
from ..text.numbers import count
from . import over_time
from .backwards import Pass, passed
from .costs import formula
from .over_time import SETUP, Unrolled, incoming, parameters, run

BLANK = "\n"  # the draft of an empty text: "" is none
MOST_CHECKED, LARGEST_CHECKED = 12, 4  # steps and units of the run whose gradients are held against differences
HUGE = 1e6  # of a state
BOUND = np.finfo(np.float64).max / 1024  # at which the core holds what overflows


# --- the text


def text(values: dict) -> str:
    """What stands in the editor."""
    if values["draft"]:
        return "" if values["draft"] == BLANK else values["draft"]  # as it is, so that a mistake's line is its line
    return text_of(values["cell"])[0]


def written(values: dict, text: str) -> dict:
    """What a text makes of the page's values: another cell, or, where it is none, a draft beside the present one."""
    text = text[:MOST_CHARACTERS].encode(errors="replace").decode()
    base = text_of(values["cell"])[1]
    try:
        read(text, base)
    except Refused:
        return {"cell": values["cell"], "draft": text or BLANK}
    return {"cell": name_of(text, base), "draft": ""}


def mistake(values: dict) -> Refused | None:
    """Why the draft is no cell."""
    return _mistake(values["draft"], text_of(values["cell"])[1]) if values["draft"] else None


@lru_cache(maxsize=64)
def _mistake(draft, base):
    try:
        read(draft, base)
    except Refused as refused:
        return refused.with_traceback(None)  # whose frames would be kept with it
    return None


def started_from(cell: Cell) -> dict:
    """What starting from a cell of the zoo makes of the page's values."""
    return {"cell": name_of(cell.equations.strip(), cell.name), "draft": ""}


# --- numbers


def of_sequence(values: dict) -> dict:
    """The page `sequence`'s values for the same cell over the same input."""
    return over_time.DEFAULTS | {name: values[name] for name in ("cell", *(f.name for f in SETUP))}


def compute(values: dict) -> Unrolled:
    """The cell over the input."""
    return over_time.compute(of_sequence(values))


def gradients(values: dict) -> Pass:
    """Its backward pass, for a loss that is the sum of all units of h at the last step."""
    return _gradients(_key(values))


@lru_cache(maxsize=64)
def _gradients(key):
    made = compute(dict(key))
    weights = np.zeros((made.T, 1, made.H))
    weights[-1] = 1
    return passed(made, weights)


def checked(values: dict) -> tuple[int, int, dict[str, differences.Slope]]:
    """The steps and units of a small run of it, and there each parameter's gradient beside finite differences; none
    where a value overflows, as a difference of numbers that are held tells nothing."""
    return _checked(_key(values))


@lru_cache(maxsize=64)
def _checked(key):
    values = dict(key)
    cell, x = cell_named(values["cell"]), incoming(values).x[:MOST_CHECKED]
    made = run(cell, parameters(cell, values, min(values["H"], LARGEST_CHECKED)), Sequence(x))
    if any((np.abs(value) >= BOUND).any() for value in made.values.values()):
        return made.T, made.H, {}
    weights = np.zeros((made.T, 1, made.H))
    weights[-1] = 1
    grads = passed(made, weights).grads
    return made.T, made.H, differences.check(cell, made.params, x[:, None], weights, grads=grads)


def _key(values):
    return tuple((name, values[name]) for name in ("cell", *(f.name for f in SETUP)))


# --- what it is made of


class Kind(NamedTuple):
    """The parameters of one shape, or the states: the shape in letters and at these sizes, how many numbers in all."""

    letters: str
    sizes: tuple[int, ...]
    names: tuple[str, ...]
    count: int


def made_of(cell: Cell, D: int, H: int) -> tuple[Kind, ...]:
    """Its parameters by shape; of an R_ the entries that are not always 0 are counted."""
    kinds = {}
    for name, letters in cell.parameters.items():
        kinds.setdefault(("R" if name in cell.masked else "", letters), []).append(name)
    sizes = {"D": D, "H": H}
    return tuple(
        Kind(letters, shape := tuple(sizes[letter] for letter in letters), tuple(names),
             len(names) * (int(cell.mask(H).sum()) if masked else int(np.prod(shape))))
        for (masked, letters), names in kinds.items())


def counted(cell: Cell, D: int, H: int) -> str:
    """How its number of parameters comes about: 4 (D H + H² + H) = 4 · (2·3 + 3² + 3) = 72."""
    return " = ".join([*formula(cell, D, H), count(parameter_count(cell, D, H))]) if cell.parameters else "0"


# --- what befalls it


class Place(NamedTuple):
    """A value of one unit at one step, both counted from 0."""

    name: str
    step: int
    unit: int
    value: float


def explosions(made: Unrolled) -> tuple[Place, ...]:
    """For each state that grows beyond HUGE, where it first does; for one that no number can hold, where it is first
    held at the bound."""
    found = []
    for name in made.cell.state:
        size = np.abs(made.values[name])
        if (size > HUGE).any():
            found.append(_first(made, name, size >= BOUND if (size >= BOUND).any() else size > HUGE))
    return tuple(found)


def divisions(made: Unrolled) -> tuple[tuple[Place, bool], ...]:
    """Where each quotient's divisor is first 0, and whether so was what it divides, which makes it 0."""
    found = []
    for node in made.cell.nodes:
        if node.op == "div":
            above, below = (np.broadcast_to(_value(made, name), (made.T, made.H)) for name in node.inputs)
            for both in (True, False):
                at = (below == 0) & ((above == 0) == both)
                if at.any():
                    found.append((_first(made, node.id, at), both))
    return tuple(found)


def _value(made, name):
    return float(name) if is_number(name) else made.params[name] if name in made.params else made.values[name]


def _first(made, name, where):
    step, unit = np.unravel_index(int(np.argmax(where)), where.shape)
    return Place(name, int(step), int(unit), float(made.values[name][step, unit]))


def remembers(done: Pass) -> str:
    """What h of the last step depends on: "past", inputs before it too; "now", its own alone; "nothing"."""
    asked = done.grads["x"][:, 0].any(1)
    return "past" if asked[:-1].any() else "now" if asked[-1] else "nothing"
