"""Trained nets, in sets that pages and links know by name: a task's, that come with the app, or "run." and a hash, that
a visitor trained or brought in a file, which the server keeps for as long as it has room or somebody has them open.
"""
import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from threading import Lock
from weakref import WeakValueDictionary

import numpy as np

from lstm_core import CELLS, Cell
from lstm_core.task import Task

from ..incoming.own_cell import cell_named
from ..words import ASSETS
from . import saved
from .race import Race, cell_of
from .task_named import NAMES, task_named

FOLDER = ASSETS / "weights"  # <task>.<cell>.safetensors
MOST_KEPT = 64_000_000  # bytes of parameters
RUN = re.compile(r"run\.[0-9a-f]{16}")


@dataclass(frozen=True, eq=False)
class Net:
    """A trained cell, and the readout that answers from its h: params has W_y (K, H) and b_y (K,) too.

    length: of the sequences it was trained on, the task's own if None.
    """

    cell: str
    task: str
    params: dict[str, np.ndarray]
    text: str = ""  # of the task "text"
    length: int | None = None

    @property
    def H(self) -> int:
        return self.params["W_y"].shape[1]

    @property
    def D(self) -> int:
        return task_named(self.task, self.text).inputs

    @property
    def of_cell(self) -> dict[str, np.ndarray]:
        """The cell's own parameters."""
        return {name: self.params[name] for name in cell_named(self.cell).parameters}


class Nets(dict[str, Net]):
    """Nets of one task, by their cells' names."""

    @property
    def first(self) -> Net:
        return next(iter(self.values()))

    def of(self, cell: Cell) -> Net | None:
        """The net of a cell, however that is called."""
        return next((net for net in self.values() if cell_named(net.cell) == cell), None)


def net(race: Race, lane: str, params: dict[str, np.ndarray]) -> Net:
    """The net of a lane of a race, with the parameters that training gave it."""
    return Net(cell_of(lane), race.task, {k: v.copy() for k, v in params.items()}, race.text, race.length)


# --- by name


_kept: OrderedDict[str, Nets] = OrderedDict()  # the one that was asked for last at the end
_alive: WeakValueDictionary[str, Nets] = WeakValueDictionary()  # and those that some visitor has open
_lock = Lock()


def keep(nets: Iterable[Net]) -> str:
    """Keep nets of one task; the name of their set, which is always the same for the same."""
    nets = Nets((net.cell, net) for net in nets)
    digest = blake2b(digest_size=8)
    for net in nets.values():
        digest.update(repr((net.cell, net.task, net.text, net.length, net.H)).encode(errors="replace"))
        for name in sorted(net.params):
            digest.update(net.params[name].tobytes())
    name = f"run.{digest.hexdigest()}"
    with _lock:
        nets = _kept.setdefault(name, _alive.get(name, nets))
        _kept.move_to_end(name)
        _alive[name] = nets
        while len(_kept) > 1 and sum(map(_size, _kept.values())) > MOST_KEPT:
            _kept.popitem(last=False)
    return name


def _size(nets):
    return sum(array.nbytes for net in nets.values() for array in net.params.values())


def find(name: str) -> Nets | None:
    """The set of a name, or None where there is none, or none any more."""
    if RUN.fullmatch(name):
        with _lock:
            if name in _kept:
                _kept.move_to_end(name)
            return _kept.get(name) or _alive.get(name)
    return _shipped(FOLDER).get(name)


def named_in(text: str) -> list[str]:
    """The names in a text, such as a link's, of sets that visitors trained or brought."""
    return list(dict.fromkeys(RUN.findall(text)))


def shipped() -> list[str]:
    """The sets that come with the app, by their tasks' names."""
    return list(_shipped(FOLDER))


@lru_cache(maxsize=4)
def _shipped(folder: Path) -> dict[str, Nets]:
    kept = [saved.read(path.read_bytes()) for path in folder.glob("*.safetensors")] if folder.is_dir() else []
    made = sorted((net(one.race, one.lane, one.records[-1].params) for one in kept),
                  key=lambda net: (NAMES.index(net.task), list(CELLS).index(net.cell)))
    return {task: Nets((net.cell, net) for net in nets) for task, nets in groupby(made, lambda net: net.task)}


# --- what they were trained on


def a_set(text: str) -> str:
    """Reads the name of a set, for a field: of one that may be gone."""
    if text not in NAMES and not RUN.fullmatch(text):
        raise ValueError(text)
    return text


def task_and_length(name: str) -> tuple[Task, int | None] | None:
    """The task of a set, and the length of its sequences; of a task's name, also where no nets come for it."""
    nets = find(name)
    if nets:
        return task_named(nets.first.task, nets.first.text), nets.first.length
    return (task_named(name), None) if name in NAMES else None
