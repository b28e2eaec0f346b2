"""Attention over the steps of an encoder: its queries, scores, weights and contexts.

Nobody has trained it: its parameters are drawn, and made larger (`sharp`), since with small ones all steps weigh alike.
"""
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lstm_core.attention import AttentionTrace, attend, init_attention

from .addresses import place
from .compared import Run, run
from .over_time import SETUP

UNITS = 8  # of the score
MADE_OF = ("encoder", "sharp", "query", *(f.name for f in SETUP))  # the page's values that its numbers depend on


@dataclass(frozen=True, eq=False)
class Attended:
    """An encoder over a sequence, and one query a step, its own h unless changed, over all its h.

    memory, query, context (T, M); scores and weights [query, step], (T, T).
    """

    encoder: Run
    params: dict[str, np.ndarray]
    trace: AttentionTrace

    @property
    def T(self) -> int:
        return len(self.memory)

    @property
    def memory(self) -> np.ndarray:
        return self.trace["memory"][:, 0]

    def __getitem__(self, name: str) -> np.ndarray:
        return self.trace[name][..., 0] if name in ("scores", "weights") else self.trace[name][:, 0]


def compute(values: dict, live: dict | None = None) -> Attended:
    """Attention as the page's values say; live: numbers of queries that are being dragged."""
    values = values | {"query": tuple((values["query"] | (live or {})).items())}
    return _attended(tuple(values[name] for name in MADE_OF))


@lru_cache(maxsize=16)
def _attended(made_of):
    values = dict(zip(MADE_OF, made_of, strict=True))
    encoder = _encoder(tuple((name, values[name]) for name in ("encoder", *(f.name for f in SETUP))))
    memory = encoder.trace["h"]
    query, M = memory.copy(), memory.shape[2]
    for address, value in values["query"]:
        _, (t, k) = place(address, {"q": memory[:, 0].shape})
        query[t, 0, k] = value
    drawn = init_attention(M, M, UNITS, [values["seed"], 2])  # 0 and 1 are the encoder's
    params = {name: value * values["sharp"] for name, value in drawn.items()}
    return Attended(encoder, params, attend(params, query, memory))


@lru_cache(maxsize=8)
def _encoder(given):
    values = dict(given)
    return run(values["encoder"], values, values["H"])


def spread(weights: np.ndarray) -> float:
    """Over how many steps weights (T,) are spread: e to the power of their entropy, from 1 to T."""
    some = weights[weights > 0]
    return float(np.exp(-(some * np.log(some)).sum()))
