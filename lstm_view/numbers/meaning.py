"""Which unit of a net does what: how each goes along with what could be known at that step."""
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from lstm_core import forward
from lstm_core.meaning import meanings
from lstm_core.training import Record, Settings, begun

COUNT, FEWEST = 200, 16  # sequences, drawn as test sequences are; of the largest nets on the longest
MOST_NUMBERS = 1_000_000  # of a state: the server itself computes them, while others wait for it
STREAM = 2**20  # which of them: no other use of unseen data counts as far
LEVEL = 0.5  # from which |r| on units are counted


@dataclass(frozen=True, eq=False)
class Meanings:
    """Correlations (units, properties) of a net now and before training, over `count` sequences; units: of every state,
    (node, k), clearest first."""

    units: list[tuple[str, int]]
    properties: list[str]
    now: np.ndarray
    before: np.ndarray
    count: int

    def best(self, row: int) -> int:
        """The property that a unit goes along with most."""
        return int(np.argmax(np.abs(self.now[row])))

    def row(self, unit: str) -> int:
        """Where a unit stands, given as `h.3`; the clearest if there is no such unit."""
        return next((row for row, (node, k) in enumerate(self.units) if f"{node}.{k}" == unit), 0)


_known = WeakKeyDictionary()  # record -> what was found: a page asks again whenever anything on it has changed


def found(settings: Settings, record: Record) -> Meanings | None:
    """What is found of a net, and of the one that its training began with, on the same sequences; None if the task
    names no properties."""
    if record not in _known:
        _known[record] = _find(settings, record)
    return _known[record]


def how_many(settings: Settings) -> int:
    """Sequences that a net is looked into on: COUNT, fewer where they are long and the net is large."""
    return max(FEWEST, min(COUNT, MOST_NUMBERS // (settings.task.steps(settings.length) * settings.H)))


def _find(settings, record):
    count = how_many(settings)
    batch = settings.task.unseen([settings.seed, STREAM], count, settings.length)
    if not batch.properties:
        return None
    states = settings.cell.state
    units = [(state, k) for state in states for k in range(settings.H)]
    start = record.params if record.step == 0 else begun(settings)[0]
    now, before = (_correlations(settings, params, batch, states) for params in (record.params, start))
    order = np.argsort(-np.abs(now).max(1), kind="stable")
    return Meanings([units[k] for k in order], list(batch.properties), now[order], before[order], count)


def _correlations(settings, params, batch, states):
    own = {name: params[name] for name in settings.cell.parameters}
    trace = forward(settings.cell, own, batch.x, lengths=batch.lengths, keep=())
    return np.concatenate([meanings(trace[state], batch.properties) for state in states])
