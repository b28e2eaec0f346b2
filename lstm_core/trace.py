"""What a run gives: every value by its name, and every gradient.  What was not kept is computed when asked for."""
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from .cell import Cell, is_number
from .ops import apply, number

Arrays = dict[str, np.ndarray]
Places = dict[str, tuple[slice, slice]]  # name -> its slabs, its rows


@dataclass(frozen=True, eq=False)
class Trace(Mapping):
    """Everything a cell computed: node id -> (T, B, H).  T steps, B sequences, D inputs, H units.

    Also under their names: `x` (T, B, D), each state as it came in, `h_prev` (T, B, H), and what else came in.  Past
    the end of a sequence that is shorter than T, a state stays what it was and every other node is 0.
    """

    cell: Cell
    params: Arrays  # and I, if the equations read it
    initial: Arrays  # state name -> (B, H)
    lengths: np.ndarray | None  # (B,), or None: all are T
    slabs: np.ndarray | None  # (T + 1, rows, B): what a plan kept
    places: Places
    arrays: Arrays = field(default_factory=dict)  # what has been asked for

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self.arrays:
            if name in self.places:
                slabs, rows = self.places[name]
                self.arrays[name] = self.slabs[slabs, rows].transpose(0, 2, 1)
                self.arrays[name].flags.writeable = False  # h_prev shows h, and others may be found from it
            elif not isinstance(name, str):
                raise KeyError(f"{name!r}: the {self.cell.name} cell computes {', '.join(self)}")
            elif name.endswith("_prev") and name[:-5] in self.initial:
                self.arrays[name] = np.concatenate([self.initial[name[:-5]][None], self[name[:-5]][:-1]])
            elif name in self.cell.node:
                self._compute(name)
            else:
                raise KeyError(f"{name}: the {self.cell.name} cell computes {', '.join(self)}")
        return self.arrays[name]

    def _compute(self, name):
        """A node that was not kept, and those it needs, from what was; not by recursion, which has a bound."""
        wanted, needed = [name], set()
        while wanted:
            node = self.cell.node.get(wanted.pop())
            if node and node.id not in needed and node.id not in self.arrays and node.id not in self.places:
                needed.add(node.id)
                wanted += node.inputs
        for node in self.cell.nodes:
            if node.id in needed:
                value = apply(node.op, *(self._input(i) for i in node.inputs))
                value = np.broadcast_to(value, self.shape)  # a node that depends on neither x nor a state
                self.arrays[node.id] = value if self.lengths is None else np.where(self.live, value, 0)

    def _input(self, name):
        if is_number(name):
            return number(name, self["x"].dtype)
        return self.params[name] if name in self.params else self[name]

    @cached_property
    def shape(self) -> tuple[int, int, int]:
        """(T, B, H)."""
        T, B, D = self["x"].shape
        return T, B, next((p.shape[0] for p in self.params.values()), D)

    @cached_property
    def live(self) -> np.ndarray | None:
        """Which steps are before the end of each sequence (T, B, 1); None: all are."""
        return None if self.lengths is None else (np.arange(len(self["x"]))[:, None] < self.lengths)[..., None]

    @property
    def nbytes(self) -> int:
        """The bytes of the values held."""
        own = [v for name, v in self.arrays.copy().items() if name not in self.places]
        return sum(v.nbytes for v in own) + (0 if self.slabs is None else self.slabs.nbytes)

    def part(self, start: int, stop: int) -> "Trace":
        """The steps from start to stop, sharing this one's memory; what it computes is its own."""
        known = self.arrays.copy()  # as another thread may ask for more, which a loop over a dict does not bear
        values = {name: v[start:stop] for name, v in known.items() if name not in self.places}
        initial = {s: self[f"{s}_prev"][start] for s in self.initial}
        lengths = None if self.lengths is None else self.lengths - start
        slabs = None if self.slabs is None else self.slabs[start : stop + 1]
        return Trace(self.cell, self.params, initial, lengths, slabs, self.places, values)

    def __iter__(self) -> Iterator[str]:
        return iter(self.cell.node)

    def __len__(self) -> int:
        return len(self.cell.node)
