"""A clockwork RNN: which of its modules work when, what that saves, and how long the others hold."""
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lstm_core import CELLS
from lstm_core.counts import multiply_adds

from . import over_time
from .over_time import SETUP, Unrolled, incoming, parameters

MADE_OF = tuple(f.name for f in SETUP)  # the page's values that its numbers depend on


@dataclass(frozen=True)
class Module:
    """Units that tick together.  period: in steps; units: as many as it has; ticks: at which steps it works, (T,);
    hold: the most steps in a row through which none of its h changes at all, the first of them being when it was
    written."""

    period: int
    units: range
    ticks: np.ndarray
    hold: int


def compute(values: dict) -> Unrolled:
    """The clockwork RNN over the sequence; the same run while nothing that makes it changes."""
    return _run(tuple(values[name] for name in MADE_OF))


@lru_cache(maxsize=8)
def _run(made_of):
    values, cell = dict(zip(MADE_OF, made_of, strict=True)), CELLS["clockwork"]
    return over_time.run(cell, parameters(cell, values), incoming(values))


def modules(run: Unrolled) -> list[Module]:
    """The run's modules that have units, the fastest first."""
    periods = run.cell.unit_periods(run.H)
    found = []
    for period in sorted(set(periods.tolist())):
        own = np.flatnonzero(periods == period)
        units = range(int(own[0]), int(own[-1]) + 1)
        h = run.values["h"][:, own]
        found.append(Module(period, units, run.values["tick"][:, own[0]], longest((h[1:] == h[:-1]).all(1))))
    return found


def longest(same: np.ndarray) -> int:
    """The most steps in a row that are alike, where same (T - 1,) says whether each is like the one before it."""
    most = now = 1
    for alike in same:
        now = now + 1 if alike else 1
        most = max(most, now)
    return most


def spent(run: Unrolled) -> tuple[int, int]:
    """Multiply-adds of the products of the whole run: where only the units that tick are computed, and of a plain RNN
    of the same size."""
    counted = run.D + run.cell.mask(run.H).sum(1)  # of each unit's row of W and of R
    own = int((run.values["tick"] * counted).sum())
    return own, run.T * multiply_adds(CELLS["rnn"], run.D, run.H)
