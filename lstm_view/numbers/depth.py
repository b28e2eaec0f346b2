"""Nets of cells in depth, the view "depth" of the page `directions`: from its values to the numbers of a lattice,
layers up, time to the right.

A lattice's layers are the rows that repeat at every step, counted from 0, the lowest first.  Below those of a grid is a
row more, which brings x to H: what it gives is `c_below` and `h_below` of layer 0.
"""
from dataclasses import dataclass, replace
from functools import lru_cache, reduce

import numpy as np

from lstm_core import Cell, compose
from lstm_core.analysis import norms
from lstm_core.cells import DEPTH_GATED, GRID, GRID_INPUT, LSTM, PEEPHOLE
from lstm_core.compose import StackTrace
from lstm_core.counts import multiply_adds, parameter_count

from ..incoming.sequences import Sequence
from . import over_time
from .moment import Experiment
from .over_time import SETUP, Unrolled, incoming

NETS = ("stacked", "depth_gated", "grid")
FEWEST_LAYERS, MOST_LAYERS = 2, 4
MADE_OF = ("net", "layers", *(f.name for f in SETUP))  # what the numbers depend on


@dataclass(frozen=True, eq=False)
class Lattice:
    """A net over a sequence.  layers: what each computed, with the h of the one below as its x."""

    name: str
    net: tuple[Cell, ...]
    sequence: Sequence
    params: tuple[dict[str, np.ndarray], ...]
    trace: StackTrace
    layers: tuple[Unrolled, ...]

    @property
    def T(self) -> int:
        return len(self.sequence.x)

    @property
    def H(self) -> int:
        return self.layers[0].H

    @property
    def first(self) -> int:
        """Where the lowest layer is in the net: 1 where a row below it brings x to H."""
        return len(self.net) - len(self.layers)


def net_of(name: str, layers: int) -> tuple[Cell, ...]:
    """One of NETS, of so many layers."""
    return {
        "stacked": (LSTM,) * layers,
        "depth_gated": (PEEPHOLE, *(DEPTH_GATED,) * (layers - 1)),
        "grid": (GRID_INPUT, *(GRID,) * layers),
    }[name]


def along(name: str) -> dict[str, tuple[str, ...]]:
    """The states that travel along each dimension: C first, then h."""
    return {
        "stacked": {"time": ("c", "h"), "depth": ("h",)},
        "depth_gated": {"time": ("c", "h"), "depth": ("c", "h")},
        "grid": {"time": ("c_time", "h_time"), "depth": ("c", "h")},
    }[name]


def shown(name: str, layer: int) -> tuple[str, ...]:
    """The values of a layer that have a heatmap: its states, and the depth gate."""
    states = dict.fromkeys(node for nodes in along(name).values() for node in nodes)
    return (*states, *("d",) * (name == "depth_gated" and layer > 0))


def parameters(net: tuple[Cell, ...], values: dict) -> tuple[dict[str, np.ndarray], ...]:
    """Each cell's parameters, drawn from the seed: the U scaled, all forget biases as set (a grid has one for each
    dimension)."""
    def told(name, value):
        if name[:3] == "b_f" and values["bias"] is not None:
            return np.full_like(value, values["bias"])
        return value * values["scale"] if name[:2] in ("U_", "R_") else value

    drawn = compose.init_params(net, values["D"], values["H"], values["seed"])
    return tuple({name: told(name, value) for name, value in own.items()} for own in drawn)


def compute(values: dict) -> Lattice:
    """The net over the sequence; the same while nothing that makes it changes, so not to be changed."""
    return _lattice(tuple(values[name] for name in MADE_OF))


@lru_cache(maxsize=16)
def _lattice(made_of):
    values = dict(zip(MADE_OF, made_of, strict=True))
    net, sequence = net_of(values["net"], values["layers"]), incoming(values)
    params = parameters(net, values)
    trace = compose.stack(net, params, sequence.x[:, None])
    runs = [_unrolled(cell, own, sequence, part) for cell, own, part in zip(net, params, trace.layers, strict=True)]
    return Lattice(values["net"], net, sequence, params, trace, tuple(runs[len(net) - values["layers"]:]))


def _unrolled(cell, params, sequence, trace):
    names = ["x", *(f"{s}_prev" for s in cell.state), *cell.inputs, *cell.node]
    values = {name: trace[name][:, 0] for name in names}
    x, H = values["x"], trace.shape[2]
    names = sequence.names if x.shape == sequence.x.shape else ()
    return Unrolled(cell, x.shape[1], H, params, replace(sequence, x=x, names=names), trace, values)


def moment(lattice: Lattice, layer: int, t: int) -> Experiment:
    """The step that a node of the lattice takes, with every number in it."""
    found = over_time.moment(lattice.layers[layer], t)
    read = {name: value for name, value in found.inputs.items() if name in found.cell.readers}  # a grid has no x
    return replace(found, inputs=read)


# --- what the lattice tells


@lru_cache(maxsize=8)  # the figure, its table and its sentences ask for the same; a Lattice is itself alone
def influence(lattice: Lattice) -> tuple[np.ndarray, ...]:
    """How strongly the highest layer's last h depends on x at each step, then on what each layer gives as h there (in a
    grid: both h together): the Euclidean norms of its derivatives, over all units, along every path, each (T,)."""
    H, x = lattice.H, lattice.sequence.x
    trace = compose.stack(lattice.net, lattice.params, np.repeat(x[:, None], H, axis=1))
    dh = np.zeros((lattice.T, H, H))
    dh[-1] = np.eye(H)  # a sequence for each unit
    outputs = tuple(dict.fromkeys(s for states in along(lattice.name).values() for s in states if s[0] == "h"))
    grads = compose.backward(trace, lattice.params, dh, keep=["x", *outputs])

    def size(layer, name):
        return reduce(np.hypot, norms(layer, name).T)

    return size(grads[0], "x"), *(reduce(np.hypot, (size(grads[k], s) for s in outputs))
                                  for k in range(lattice.first, len(lattice.net)))


def restless(values: np.ndarray) -> float:
    """How much values (T, units) change from step to step, over their size: the mean norms' ratio; 0 for zeros."""
    size = np.linalg.norm(values, axis=1).mean()
    return float(np.linalg.norm(np.diff(values, axis=0), axis=1).mean() / size) if size else 0.0


def from_below(run: Unrolled) -> float:
    """The share of what a depth-gated layer's C is summed of that comes from the C below, over all steps and units."""
    kept, written, below = (np.abs(run.values[f"c.{k}"]).sum() for k in range(3))
    return float(below / (kept + written + below or 1))


def costs(lattice: Lattice) -> list[tuple[Cell, int, int, int]]:
    """Of each cell of the net, the lowest first: the cell, the size of its x, its parameters, its multiply-adds."""
    D, H = lattice.sequence.x.shape[1], lattice.H
    return [(cell, size, parameter_count(cell, size, H), multiply_adds(cell, size, H))
            for cell, size in compose.cells(lattice.net, D, H)]
