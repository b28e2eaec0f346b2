"""The gates, filmed: what a net in training does with one example, and its gate with many, at each of some
snapshots."""
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

import numpy as np

from lstm_core import Cell, Trace, backward, forward
from lstm_core.analysis import norms, self_loop, writing_half_life
from lstm_core.ops import held
from lstm_core.readout import back, output
from lstm_core.task import Batch, Task, right
from lstm_core.training import Record, Settings, train

from ..fields import Field, integer
from .over_time import main_nodes

MOST_FRAMES, FEWEST_FRAMES = 60, 12
MOST_NUMBERS = 150_000  # of all frames, as they are sent
MOST_STEPS = 120  # of the example
MOST_UNITS = 32  # that are drawn
MOST_BANDS = 3
MOST_EXAMPLES = 1000
BINS = 20  # of the histogram, over [0, 1]
MANY, MANY_STEPS = 64, 2000  # at most so many sequences that the histogram is of; of long ones about so many steps
LATEST = -1  # instead of a training step: the newest snapshot there is

FIELDS = (  # of the page that shows it
    Field("lane", "", str),  # "": the first
    Field("shown", (), lambda text: tuple(text.split(",")), ",".join),  # nodes; (): the gate that holds, and the state
    Field("snapshot", LATEST, integer(LATEST, 10**7)),  # the training step
    Field("example", 0, integer(0, MOST_EXAMPLES - 1)),
    Field("cover", "", str),  # the unit whose meaning is looked at, `h.3`; "": the clearest
)


@dataclass(frozen=True, eq=False)
class Gate:
    """What the batch says of what holds memory at a snapshot: counts (BINS,) of its values, their mean; half_life (H,),
    the steps until half of what is written to each unit is left, or None where no state keeps a share of itself."""

    counts: np.ndarray
    mean: float
    full: float  # the share of the values in the last tenth
    half_life: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Frame:
    """One snapshot: everything the cell computes over the example, node -> (T, H), and the readout's numbers (T, K);
    where it is right, (T,); the norm of the loss's gradient in each state, (T,)."""

    record: Record
    values: dict[str, np.ndarray]
    output: np.ndarray
    right: np.ndarray
    norms: dict[str, np.ndarray]
    gate: Gate


@dataclass(frozen=True, eq=False)
class Film:
    """Snapshots of one net in training, oldest first, over the same example, a batch of one sequence; length: what that
    has of the task, which may be less than what it trains on; many: how many sequences the histograms are of."""

    settings: Settings
    example: Batch
    length: int
    many: int
    frames: list[Frame]

    @property
    def T(self) -> int:
        return len(self.example.x)

    @property
    def asked(self) -> np.ndarray:
        return self.example.mask[:, 0]

    def at(self, step: int) -> int:
        """The frame of a training step: the last not after it; the newest for LATEST."""
        if step == LATEST:
            return len(self.frames) - 1
        return max(0, sum(frame.record.step <= step for frame in self.frames) - 1)


def film(settings: Settings, records: list[Record], number: int = 0) -> Film:
    """Of up to MOST_FRAMES records, evenly chosen, the beginning and the last among them; number: which example.

    Fewer where T times H is large, so that the whole can be sent at once.
    """
    return _film(settings, tuple(records), number)


@lru_cache(maxsize=4)  # two parts of a page ask one after the other, and again when anything else has changed
def _film(settings, records, number):
    batch, length = example(settings.task, settings.length, settings.seed, number)
    many = the_many(settings)
    of_frame = len(batch.x) * min(settings.H, MOST_UNITS) * MOST_BANDS
    if records[0].step > 0:
        records = beginning(settings), *records
    most = max(FEWEST_FRAMES, min(MOST_FRAMES, MOST_NUMBERS // of_frame))
    frames = [_frame(settings, record, batch, many) for record in chosen(records, most)]
    return Film(settings, batch, length, many.x.shape[1], frames)


def the_many(settings: Settings) -> Batch:
    """The sequences that the histogram is of."""
    B = max(8, min(MANY, MANY_STEPS // settings.task.steps(settings.length)))
    return settings.task.unseen([settings.seed, 0], B, settings.length)


@lru_cache(maxsize=16)
def beginning(settings: Settings) -> Record:
    """The record of step 0, the very same that a training began with that has not kept it."""
    return next(train(settings))


def chosen(records: list[Record], most: int) -> list[Record]:
    """Up to so many of them, at least two, evenly from the first to the last."""
    if len(records) <= most:
        return list(records)
    return [records[round(k)] for k in np.linspace(0, len(records) - 1, most)]


def example(task: Task, length: int | None, seed: int, number: int) -> tuple[Batch, int]:
    """A sequence, drawn as test sequences are, as a batch of its own, without what stands past its end, and its length:
    shorter than what is trained on if that has more than MOST_STEPS steps, and cut if the task has nothing as short."""
    length = task.length if length is None else length
    while (T := task.steps(length)) > MOST_STEPS and length > task.shortest:
        length = max(task.shortest, min(length - 1, length * MOST_STEPS // T))
    batch = task.unseen([seed, 1 + number], 1, length)
    T = min(MOST_STEPS, len(batch.x) if batch.lengths is None else int(batch.lengths[0]))

    def cut(array):
        return None if array is None else array[:T]

    return Batch(batch.x[:T], batch.target[:T], batch.mask[:T], None, cut(batch.allowed), cut(batch.tokens),
                 {name: values[:T] for name, values in batch.properties.items()}), length


# --- a snapshot


def _frame(settings, record, batch, many):
    cell, task = settings.cell, settings.task
    own = {name: record.params[name] for name in cell.parameters}
    trace = forward(cell, own, batch.x)
    with np.errstate(all="ignore"):
        y = held(output(record.params, trace["h"]))
    values = {name: trace[name][:, 0].copy() for name in main_nodes(cell)}
    return Frame(record, values, y[:, 0], right(task, y, batch)[:, 0],
                 gradient_norms(settings, record.params, batch, trace), _gate(cell, record, own, many))


def gradient_norms(settings: Settings, params: dict, batch: Batch, trace: Trace) -> dict[str, np.ndarray]:
    """The norm of dL/d each state at each step, (T,), all later steps counted; L: the task's loss on one sequence, of
    which nothing may be asked, and then it is 0."""
    if not batch.mask.any():
        return {state: np.zeros(len(batch.x)) for state in settings.cell.state}
    unused = {name: np.empty_like(params[name]) for name in ("W_y", "b_y")}
    with np.errstate(all="ignore"):  # of a net that diverged
        _, dh = back(params, trace["h"], batch.target, batch.mask, settings.task.loss, unused)
    grads = backward(trace, trace.params, held(dh), settings.truncate)
    return {state: norms(grads, state)[:, 0].copy() for state in settings.cell.state}


def holder(cell: Cell) -> tuple[str | None, str | None]:
    """The state that keeps a share of itself from step to step, and the node that says which share: the forget gate of
    an LSTM, the update gate of a GRU.  No node where all is kept, neither where no state does so."""
    for state in ("c", "h"):
        if state in cell.state:
            try:
                keep, _ = self_loop(cell, state)
            except ValueError:
                continue
            return state, keep if keep in cell.node else None
    return None, None


def filmed(cell: Cell) -> str:
    """The node whose values the histogram counts: what says how much is kept, else h, whose size it then is."""
    return holder(cell)[1] or "h"


_gates = WeakKeyDictionary()  # record -> Gate: a batch takes far longer than the example, and records stay the same


def _gate(cell, record, own, many):
    if record not in _gates:
        _gates[record] = gate(cell, own, many)
    return _gates[record]


def gate(cell: Cell, params: dict, many: Batch) -> Gate:
    """Of all units at all steps of a batch, before its sequences' ends."""
    state, _ = holder(cell)
    trace = forward(cell, params, many.x, lengths=many.lengths, keep=[filmed(cell)])
    T, B, _ = trace.shape
    live = np.ones((T, B), bool) if many.lengths is None else np.arange(T)[:, None] < many.lengths
    values = np.abs(trace[filmed(cell)])[live]
    counts, _ = np.histogram(np.clip(values, 0, 1), BINS, (0, 1))
    return Gate(counts, float(values.mean()), float((values > 0.9).mean()),
                writing_half_life(trace, state) if state else None)


# --- what is shown of it


def bands(cell: Cell, shown: tuple[str, ...]) -> list[str]:
    """The nodes that are drawn: those that were asked for and are there, else what holds memory and the state."""
    main = main_nodes(cell)
    there = [name for name in shown if name in main][:MOST_BANDS]
    state, keep = holder(cell)
    inside = cell.node[keep].inputs if keep else ()  # of 1 - f: f
    gates = [keep] if keep in main else [name for name in inside if name in main]
    return there or list(dict.fromkeys([*gates, state or "h"]))

