"""A race: nets of several cells, trained on one task with the same batches, as plain data that a visitor chose."""
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lstm_core import Cell
from lstm_core.counts import multiply_adds, parameter_count
from lstm_core.gates import forget_sign
from lstm_core.initial import chrono_biases
from lstm_core.tasks import Task
from lstm_core.training import Settings

from ..incoming.own_cell import cell_named
from .task_named import task_named

METHODS = ("bptt", "search", "both")  # both: each cell twice, with the same steps
EQUAL = ("size", "count")  # what the nets have in common: the hidden size, or as nearly as can be the parameter count
SEARCH = "·search"  # after a cell's name: the lane that random search trains
MOST_UNITS = 256


@dataclass(frozen=True)
class Race:
    """What a visitor chose; a lane is one of its nets."""

    task: str  # a name that task_named knows
    cells: tuple[str, ...] = ("rnn", "lstm", "gru")  # names that own_cell.cell_named knows
    H: int = 16
    equal: str = "size"
    B: int = 32
    length: int | None = None  # None: the task's own
    seed: int = 0
    optimizer: str = "adam"
    rate: float = 0.01
    clip: float | None = 1.0  # None: not at all
    truncate: int | None = None
    init: str = "uniform"
    forget_bias: float | None = None  # None: as it is drawn
    chrono: int | None = None
    method: str = "bptt"
    text: str = ""  # of the task "text"; "": its own
    steps: int = 1000  # of each lane
    every: int = 10  # training steps between two records


def task_of(race: Race) -> Task:
    """The task of a race."""
    return task_named(race.task, race.text)


def settings(race: Race) -> dict[str, Settings]:
    """Lane name -> its settings, in the order in which they are drawn and trained; a cell without a
    forget gate's bias, or without a gate that keeps a state, starts without what would set it."""
    task, sizes = task_of(race), hidden_sizes(race)
    common = dict(task=task, B=race.B, length=race.length, seed=race.seed, optimizer=race.optimizer, rate=race.rate,
                  clip=race.clip, truncate=race.truncate, init=race.init)
    found = {}
    for lane in lanes(race):
        cell = cell_named(cell_of(lane))
        found[lane] = Settings(
            cell=cell, H=sizes[cell_of(lane)], method="search" if is_search(lane) else "bptt",
            forget_bias=race.forget_bias if forget_sign(cell) else None,
            chrono=race.chrono if keeps(cell) else None, **common)
    return found


def keeps(cell: Cell) -> bool:
    """Whether some gate with a bias keeps a state, so that chrono initialisation can set it."""
    try:
        return bool(chrono_biases(cell, 2, 3, np.random.default_rng(0)))
    except ValueError:
        return False


def lanes(race: Race) -> list[str]:
    """The names of a race's nets: its cells' own, with SEARCH after those that random search trains."""
    ends = {"bptt": ("",), "search": (SEARCH,), "both": ("", SEARCH)}[race.method]
    return [cell + end for cell in race.cells for end in ends]


def cell_of(lane: str) -> str:
    """The name of a lane's cell."""
    return lane.removesuffix(SEARCH)


def is_search(lane: str) -> bool:
    """Whether a lane is trained by random search."""
    return lane.endswith(SEARCH)


# --- sizes


def hidden_sizes(race: Race) -> dict[str, int]:
    """Each cell's hidden size: all the same, or that at which cell and readout together have as many numbers to learn
    as the first's, as nearly as whole units allow."""
    task, first = task_of(race), race.cells[0]
    return {cell: race.H if race.equal == "size" or cell == first
            else _equal_size(cell, first, task.inputs, task.outputs, race.H) for cell in race.cells}


def net_size(cell: str, D: int, K: int, H: int) -> int:
    """How many numbers a net learns: its cell's, and a readout of K rows."""
    return parameter_count(cell_named(cell), D, H) + K * (H + 1)


@lru_cache(maxsize=256)
def _equal_size(cell, first, D, K, H):
    wanted = net_size(first, D, K, H)
    return min(range(1, MOST_UNITS + 1), key=lambda size: abs(net_size(cell, D, K, size) - wanted))


def sizes(race: Race) -> dict[str, int]:
    """Each cell's number of learned numbers, readout included."""
    task, of = task_of(race), hidden_sizes(race)
    return {cell: net_size(cell, task.inputs, task.outputs, of[cell]) for cell in race.cells}


def work(race: Race) -> int:
    """Multiply-adds of one training step of all lanes: forward once, backward twice as much, in every step of every
    sequence."""
    task, of = task_of(race), hidden_sizes(race)
    once = {cell: multiply_adds(cell_named(cell), task.inputs, of[cell], resting=True) + task.outputs * of[cell]
            for cell in race.cells}
    return sum((1 if is_search(lane) else 3) * once[cell_of(lane)] for lane in lanes(race)) \
        * task.steps(race.length) * race.B
