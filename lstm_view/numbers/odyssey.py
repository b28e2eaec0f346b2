"""What many trainings of many cells came to: read from the file that `benchmarks.odyssey` made, and told in medians and
intervals.  After Greff et al., "LSTM: A Search Space Odyssey".

Where a cell is compared with another it is with the "vanilla" LSTM of that paper, here `peephole`.
"""
import csv
import io
from functools import lru_cache
from math import sqrt
from pathlib import Path

import numpy as np
import pandas as pd

from ..fields import Field, one_of
from ..words import ASSETS

SHIPPED = ASSETS / "odyssey.csv"
VANILLA = "peephole"
MEASURES = ("accuracy", "test_loss", "needed")  # the last: training steps until the task was solved, inf where never
LARGER_IS_BETTER = ("accuracy",)
FIELDS = (Field("measure", "needed", one_of(MEASURES)),)  # of the page that shows it
DRAWS = 4000  # of the bootstrap
LEVEL = 0.95
Z = 1.959963984540054  # the standard normal's quantile at 0.975


def read(text: str) -> pd.DataFrame:
    """The rows of a results file; a line that was torn off is left out, as is the command above them.

    ValueError if it has no head.
    """
    head, *rows = [line for line in text.splitlines(keepends=True) if not line.startswith("#")] or [""]
    names = next(csv.reader([head]), [])
    if not {"cell", "task", "seed", *MEASURES[:2], "solved_at", "steps", "seconds"} <= set(names):
        raise ValueError(f"no results: its first line is {head[:80]!r}")
    whole = [row for row in rows if row.endswith("\n") and len(next(csv.reader([row]))) == len(names)]
    frame = pd.read_csv(io.StringIO(head + "".join(whole)))
    return frame.assign(needed=frame.solved_at.astype(float).fillna(np.inf))


@lru_cache(maxsize=1)
def shipped(path: Path = SHIPPED) -> tuple[str, pd.DataFrame]:
    """The command that made the file, and its results."""
    text = path.read_text(encoding="utf-8")
    return text.splitlines()[0].removeprefix("#").strip(), read(text)


def table(results: pd.DataFrame, measure: str = "accuracy") -> pd.DataFrame:
    """For each task and cell: the median of a measure over all runs with its bootstrap interval (`low`, `high`), how
    many runs there were, how many solved the task, and the interval of that share (`share_low`, `share_high`)."""
    rows = []
    for (task, cell), runs in results.groupby(["task", "cell"], sort=False):
        low, high = interval(runs[measure].to_numpy(float))
        solved = int(np.isfinite(runs.needed).sum())
        share_low, share_high = wilson(solved, len(runs))
        rows.append({"task": task, "cell": cell, "median": median(runs[measure]), "low": low, "high": high,
                     "runs": len(runs), "solved": solved, "share_low": share_low, "share_high": share_high})
    return pd.DataFrame(rows).set_index(["task", "cell"])


def median(values) -> float:
    """The middle one, or the lower of the two middle ones: inf stands for what was not reached, and the mean of inf and
    a number would tell nothing."""
    return float(np.quantile(values, 0.5, method="inverted_cdf"))


def interval(values: np.ndarray) -> tuple[float, float]:
    """Where the median of such runs lies, by the percentile bootstrap; the same values give the same interval."""
    return _interval(tuple(values.tolist()))


@lru_cache(maxsize=1024)  # a page asks for all of them each time it is drawn
def _interval(values):
    values = np.array(values)
    drawn = np.random.default_rng(0).integers(len(values), size=(DRAWS, len(values)))
    medians = np.sort(np.quantile(values[drawn], 0.5, axis=1, method="inverted_cdf"))
    tail = int((1 - LEVEL) / 2 * DRAWS)
    return float(medians[tail]), float(medians[-1 - tail])


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The interval of a share (Wilson 1927)."""
    share, spread = hits / of, Z * Z / of
    middle, half = share + spread / 2, Z * sqrt(share * (1 - share) / of + spread / (4 * of))
    return (0.0 if hits == 0 else (middle - half) / (1 + spread),
            1.0 if hits == of else (middle + half) / (1 + spread))


def overlap(one, other) -> bool:
    """Whether two rows of a table have intervals that meet."""
    return one.low <= other.high and other.low <= one.high


def better(one, other, measure: str) -> bool:
    """Whether one row's whole interval is better than another's."""
    return one.low > other.high if measure in LARGER_IS_BETTER else one.high < other.low


def beside_vanilla(rows: pd.DataFrame, measure: str, cells: tuple[str, ...]) -> dict[str, list[tuple[str, str]]]:
    """Of a table: which of some cells are `alike`, `better` and `worse` than the vanilla LSTM, as (cell, task), by
    whether their intervals meet."""
    found = {"alike": [], "better": [], "worse": []}
    for task in rows.index.unique("task"):
        here = rows.loc[task]
        if VANILLA not in here.index:
            continue
        for cell in cells:
            if cell in here.index:
                one, other = here.loc[cell], here.loc[VANILLA]
                kind = "alike" if overlap(one, other) else "better" if better(one, other, measure) else "worse"
                found[kind].append((cell, task))
    return found
