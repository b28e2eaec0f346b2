"""To forecast a real series one step ahead, beside the forecast that needs no net."""
from functools import partial

import numpy as np

from . import chance
from .task import Batch, Task, position

KEPT = 4  # the last of so many parts is unseen
BELOW = 0.9  # of the naive forecast's error counts as solved: what is nearer may be luck, of so few steps
WITHIN = 0.5  # counts as right, in standard deviations


def series_task(returns: np.ndarray) -> Task:
    """To say the next return of a series from those before it; returns: (N, D), D series, each read alone.

    The naive forecast is no change at all, 0.  What is unseen is the last quarter.  ValueError for fewer than 32 steps,
    and what is not finite.
    """
    returns = np.asarray(returns, float)
    if returns.ndim != 2 or len(returns) < 32 or not np.isfinite(returns).all():
        raise ValueError("returns: wanted finite numbers (N, D), N at least 32")
    cut = len(returns) - len(returns) // KEPT
    early, late = returns[:cut], returns[cut:]
    longest, tolerance = len(late) - 1, WITHIN * float(early.std())
    return Task("series", 1, 1, "squares", min(16, longest), 2, longest, BELOW, partial(_windows, early),
                "Hyndman & Koehler 2006", tolerance=tolerance, draw_unseen=partial(_windows, late),
                known=partial(_constant, late, tolerance))


def _windows(returns, rng, B, T):
    starts = len(returns) - T
    if starts < 1:
        raise ValueError(f"length: given {T}; wanted at most {len(returns) - 1}")
    start, which = rng.integers(0, starts, B), rng.integers(0, returns.shape[1], B)
    values = returns[start + np.arange(T + 1)[:, None], which]
    x, live = values[:-1], np.ones((T, B), bool)
    properties = {"value": x, "size": np.abs(x), "level": np.cumsum(x, 0), "position": position(live)}
    target = values[1:, :, None]
    return Batch(x[..., None], target, live, properties=properties, naive=np.zeros_like(target))


def _constant(late, tolerance, T):
    """Chance over all windows of what is unseen, each as often as it is drawn: always the same forecast."""
    return chance.of_numbers(np.array([late[start + 1 : start + T + 1] for start in range(len(late) - T)]), tolerance)
