"""Which unit of a net does what: how each goes along with what could be known at that step."""
from dataclasses import dataclass

import numpy as np

from lstm_core import forward
from lstm_core.meaning import meanings
from lstm_core.training import Record, Settings

from .film import beginning

COUNT = 200  # sequences, none of which was trained on
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
    count: int = COUNT

    def best(self, row: int) -> int:
        """The property that a unit goes along with most."""
        return int(np.argmax(np.abs(self.now[row])))

    def row(self, unit: str) -> int:
        """Where a unit stands, given as `h.3`; the clearest if there is no such unit."""
        return next((row for row, (node, k) in enumerate(self.units) if f"{node}.{k}" == unit), 0)


def found(settings: Settings, record: Record) -> Meanings | None:
    """What is found of a net, and of the one that its training began with, on the same sequences; None if the task
    names no properties."""
    batch = settings.task.unseen([settings.seed, STREAM], COUNT, settings.length)
    if not batch.properties:
        return None
    states = settings.cell.state
    units = [(state, k) for state in states for k in range(settings.H)]
    now, before = (_correlations(settings, net.params, batch, states)
                   for net in (record, record if record.step == 0 else beginning(settings)))
    order = np.argsort(-np.abs(now).max(1), kind="stable")
    return Meanings([units[k] for k in order], list(batch.properties), now[order], before[order])


def _correlations(settings, params, batch, states):
    own = {name: params[name] for name in settings.cell.parameters}
    trace = forward(settings.cell, own, batch.x, lengths=batch.lengths, keep=())
    return np.concatenate([meanings(trace[state], batch.properties) for state in states])
