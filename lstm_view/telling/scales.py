"""How far the colours of each row go, and how that is said: one unit far beyond 1 leaves the others theirs."""
from collections.abc import Callable
from math import floor, log10

import numpy as np

from ..text.numbers import LARGE, SMALL, amount, count, number, percent
from ..words import Words

FEW = 3  # rows whose own scales are named one by one


def reaches(*values: np.ndarray, least: float = 1.0) -> np.ndarray:
    """How far the colours of each unit's row go: (units,), of arrays (..., units) that share a row.

    As far as the unit's largest value, rounded up to the digits that are said, so that this is what is drawn, and at
    least so far; 1 where that would be 0.
    """
    largest = np.max([np.abs(array).reshape(-1, array.shape[-1]).max(0) for array in values], 0)
    return np.array([_round_up(max(least, size)) or 1.0 for size in largest.tolist()])


def _round_up(size):
    """The least number of as many digits as `amount` says that is not below a size."""
    digits = 3 if SMALL <= size < LARGE else 2
    rounded = float(f"{size:.{digits}g}")
    return rounded if rounded >= size else float(f"{rounded + 10.0 ** (floor(log10(size)) - digits + 1):.{digits}g}")


def scaled(title: str, reach: np.ndarray, row: str, words: Words, least: float = 1.0) -> str:
    """A title, and how far the colours go of the rows that go further than that; row: what a row is called."""
    own = np.flatnonzero(reach != least)
    if not own.size:
        return title
    if np.ptp(reach) == 0:
        said = f"±{amount(reach[0])}"
    elif own.size <= FEW:
        said = words("scale.own", row=row, which=", ".join(f"{k + 1}: ±{amount(reach[k])}" for k in own))
    else:
        said = words("scale.each", row=row, least=amount(reach.min()), most=amount(reach.max()))
    return f"{title} ({said})"


def largest(values: np.ndarray, words: Words, one: str, more: str, told: Callable[[float], str] = number,
            **names: str) -> str:
    """Where numbers (steps, units) are largest in size, by the words `one`; by `more`, how many squares share that."""
    sizes = np.abs(values)
    (t, k), *others = np.argwhere(sizes == sizes.max())
    if others:
        return words(more, value=told(sizes[t, k]), count=count(len(others) + 1), **names)
    return words(one, value=told(values[t, k]), unit=int(k) + 1, step=int(t) + 1, **names)


def percentage(share: float, words: Words) -> str:
    """A share as a percentage, with its sign as the language writes it."""
    return words("scale.percentage", percent=percent(share))
