"""Two cells over one sequence, one beside the other: what both have has the same values in both."""
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lstm_core import CELLS, Cell
from lstm_core.analysis import euclidean

from . import compared
from .compared import LEVELS, Run, influence, reach, shares
from .over_time import SETUP, Unrolled, incoming, is_trained, parameters, run, trained

MADE_OF = tuple(f.name for f in SETUP)


@dataclass(frozen=True, eq=False)
class Pair:
    """A cell's run, and beside it that of another one, or none.  took: whether that took values of the first's."""

    chosen: Unrolled
    other: Unrolled | None
    took: bool = False


def pair(name: str, other: str, values: dict) -> Pair:
    """The runs of a zoo cell and of another, or of "" none; kept while nothing that makes them changes."""
    return _pair(name, other, tuple(values[field] for field in MADE_OF))


@lru_cache(maxsize=16)
def _pair(name, other, made_of):
    values = dict(zip(MADE_OF, made_of, strict=True))
    params, sequence = parameters(CELLS[name], values), incoming(values)
    chosen = run(CELLS[name], params, sequence)
    if not other:
        return Pair(chosen, None)
    cell = CELLS[other]
    if trained_both(CELLS[name], cell, values):
        return Pair(chosen, run(cell, parameters(cell, values), sequence))
    if "c" not in cell.state or is_trained(values):  # which knows no named weights, or was not trained
        values = values | {"weights": "random"}
    own = parameters(cell, values)
    taken = {param: params[param] for param in common(CELLS[name], cell)}
    return Pair(chosen, run(cell, own | taken, sequence), any((own[param] != taken[param]).any() for param in taken))


def trained_both(one: Cell, other: Cell, values: dict) -> bool:
    """Whether both were trained, and are of one size: then neither takes the other's values."""
    found = [trained(cell, values) for cell in (one, other)]
    return all(found) and found[0].H == found[1].H


def common(one: Cell, other: Cell) -> list[str]:
    """The parameters that both cells have, in one shape.  init_params draws them one after another, so that what is
    called the same in two cells would differ: the second takes the first's."""
    return [name for name, shape in one.parameters.items() if other.parameters.get(name) == shape]


def apart(both: Pair) -> np.ndarray:
    """How far h of the two is apart at each step: the norm of the difference, (T,)."""
    return euclidean(both.chosen.values["h"] - both.other.values["h"])


def remembered(run: Unrolled) -> int:
    """How many steps before the last one the farthest is that still counts LEVELS[-1] of the strongest; -1: none."""
    return reach(shares(influence(_alone(run), run.T - 1)), run.T - 1, LEVELS[-1])


def explosion(run: Unrolled) -> tuple[float, int] | None:
    """`compared.explosion` at the last step: where it is one, what is remembered has no meaning."""
    return compared.explosion(_alone(run), run.T - 1)


def _alone(run):
    return Run(run.cell.name, run.cell, run.H, run.params, run.trace, (run,))
