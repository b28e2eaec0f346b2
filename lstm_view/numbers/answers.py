"""What a trained net answers to the example that comes in."""
from dataclasses import dataclass

import numpy as np

from lstm_core import Cell
from lstm_core.readout import output
from lstm_core.task import right

from ..learning import nets
from ..learning.examples import example
from ..text.numbers import amount
from .over_time import Unrolled, incoming, is_trained, parameters, run, trained


@dataclass(frozen=True)
class Answered:
    """How many answers an example asks for and how many are right; of the last: its step, what is right, what was
    given, as they are written."""

    asked: int
    right: int
    step: int
    wanted: str
    given: str


def asked(cell: Cell, values: dict) -> bool:
    """Whether a cell's net was trained on the task that comes in, so that it can be asked."""
    net = trained(cell, values)
    if net is None or values["input"] != "task":
        return False
    known = nets.find(values["task"])
    told = (known.first.task, known.first.text) if known else (values["task"], "")
    return told == (net.task, net.text)


def answered(cell: Cell, values: dict) -> Answered | None:
    """What a cell answers with all that was done to its weights; None if it cannot be asked."""
    if not (is_trained(values) and asked(cell, values)):
        return None
    return answered_in(run(cell, parameters(cell, values), incoming(values)).values["h"], cell, values)


def answered_in(h: np.ndarray, cell: Cell, values: dict) -> Answered | None:
    """What the readout of a cell's net says where h is (T, H), as in a what-if; None too where nothing is asked."""
    if not asked(cell, values):
        return None
    net, (task, batch) = trained(cell, values), example(values["task"], values["seed"])
    given = output(net.params, h[:, None])
    steps = np.flatnonzero(batch.mask[:, 0])
    if not len(steps):
        return None
    fine, at = right(task, given, batch)[:, 0], int(steps[-1])
    return Answered(len(steps), int(fine[steps].sum()), at, *_written(task, batch, given, at))


def answered_what(made: Unrolled, values: dict) -> Answered | None:
    """What is answered in a run's what-if."""
    return answered_in(made.other["h"], made.cell, values)


def _written(task, batch, given, t):
    """The right answer of a step, of which there may be several, and the one given."""
    given, wanted = given[t, 0], batch.target[t, 0]
    if task.loss == "squares":
        return tuple(", ".join(amount(v) for v in a) for a in (wanted, given))
    best = batch.allowed[t, 0] if batch.allowed is not None else np.arange(task.outputs) == wanted
    return " / ".join(task.answers[k] for k in np.flatnonzero(best)), task.answers[int(given.argmax())]
