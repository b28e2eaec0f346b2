"""A bidirectional LSTM: what each position knows of the others, and what becomes of it while the end is yet to come."""
from functools import lru_cache

import numpy as np

from lstm_core import compose
from lstm_core.analysis import euclidean, input_jacobians

from .compared import BILSTM, Run, run
from .over_time import SETUP

MADE_OF = tuple(f.name for f in SETUP)  # the page's values that its numbers depend on
WAYS = ("forwards", "backwards", "combined")


def compute(values: dict) -> Run:
    """Both directions over the sequence; the same run while nothing that makes it changes."""
    return _run(tuple(values[name] for name in MADE_OF))


@lru_cache(maxsize=8)
def _run(made_of):
    values = dict(zip(MADE_OF, made_of, strict=True))
    return run(BILSTM, values, values["H"])


@lru_cache(maxsize=8)
def knows(run: Run) -> dict[str, np.ndarray]:
    """Of each of WAYS, [t, k]: how strongly h at position t depends on what came in at k, (T, T).

    The Euclidean norm of d h_t / d x_k over all units and inputs, as `compared.influence` has it for one t.
    """
    there, back = (euclidean(input_jacobians(way.trace)[:, :, 0], (-2, -1)) for way in run.ways)
    back = back[::-1, ::-1]  # which reads from the end
    return dict(zip(WAYS, (there, back, np.hypot(there, back)), strict=True))


def shares(strengths: np.ndarray, t: int) -> tuple[float, float, float]:
    """Of all that position t depends on: the shares of the positions before it, of its own, of those after it."""
    row = strengths[t]
    parts = row[:t].sum(), row[t], row[t + 1 :].sum()
    return tuple(float(part / (row.sum() or 1)) for part in parts)


def moves(run: Run, heard: int) -> dict[str, np.ndarray]:
    """Of each of WAYS, how far h at each of the first so many steps moves when the next one comes in: (heard,).

    heard: from 1 to T - 1.  Both lengths are one batch, so that what stays the same is the same to the last digit.
    """
    x = run.ways[0].sequence.x[: heard + 1]
    trace = compose.forward(run.net, run.params, np.repeat(x[:, None], 2, axis=1), lengths=[heard, heard + 1])
    apart = (trace["h"][:heard, 1] - trace["h"][:heard, 0])
    parts = apart[:, : run.H], apart[:, run.H :], apart
    return {name: euclidean(part) for name, part in zip(WAYS, parts, strict=True)}
