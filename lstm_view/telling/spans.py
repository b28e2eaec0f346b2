"""Steps in words: how many, which, and how long what is written lasts."""
from collections.abc import Iterable

import numpy as np

from ..text.numbers import mark
from ..words import Words

MOST_TOLD = 6  # runs of steps that are listed


def span(count: int, words: Words) -> str:
    """So many steps, in words."""
    return words("span.one") if count == 1 else words("span.many", count=count)


def lasting(steps: float, words: Words) -> str:
    """How long it takes until half of a writing is left; steps: inf beyond the run, nan where nothing is written."""
    if np.isnan(steps):
        return words("span.unwritten")
    if np.isinf(steps):
        return words("span.beyond")
    return span(int(steps), words) if steps == int(steps) else words("span.many", count=mark(steps))


def lastings(units: Iterable[float], words: Words) -> str:
    """The same of several units: of the shortest, the middle and the longest, where they differ."""
    written = np.array([steps for steps in units if not np.isnan(steps)])
    if not written.size:
        return words("span.unwritten")
    low, middle, high = (lasting(find(written), words) for find in (np.min, np.median, np.max))
    return low if low == high else words("span.of_units", low=low, median=middle, high=high)


def ranges(steps: Iterable[int]) -> str:
    """Steps from 0 as text from 1, those that follow each other as a range, and dots for the rest of many: 1–3, 7."""
    runs = []
    for step in steps:
        if runs and step == runs[-1][1] + 1:
            runs[-1][1] = step
        else:
            runs.append([step, step])
    told = [f"{a + 1}" if a == b else f"{a + 1}–{b + 1}" for a, b in runs]
    if len(told) > MOST_TOLD + 1:
        told = [*told[: MOST_TOLD - 1], "…", told[-1]]
    return ", ".join(told)
