"""Several cells over one sequence, side by side: from the page's values to the numbers on its screen."""
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from lstm_core import CELLS, Bidirectional, Cell, Trace
from lstm_core.analysis import euclidean, input_jacobians_to, jacobians_to, spectral_norm, writing_half_life
from lstm_core.compose import BidirectionalTrace, Layer, Reversed
from lstm_core.counts import equal_hidden_size

from ..diagram.pen import is_gate
from ..diagram.provenance import possible
from ..fields import Field, integer, one_of
from ..figures.heatmap import Band
from ..incoming.own_cell import cell_named, label, one_own, several_cells
from ..incoming.sequences import MOST, MOST_UNITS
from ..telling.names import symbol, title
from ..telling.scales import reaches, scaled
from ..words import Words
from .over_time import (
    SETUP,
    Unrolled,
    change_setup,
    fit_setup,
    incoming,
    is_trained,
    parameters,
    steps,
    trained,
)
from .over_time import run as run_cell

BILSTM = "bilstm"
NETS = CELLS | {BILSTM: Bidirectional(CELLS["lstm"])}
MOST_NETS = 4
EQUAL = ("size", "count")  # what the cells have in common: the hidden size, or as nearly as can be the parameter count
BANDS = ("states", "all")
OF = ("last", "now")  # the step whose memory is asked for
FIELDS = (
    Field("cells", ("rnn", "lstm", "gru"), *several_cells(MOST_NETS, (BILSTM,))),
    Field("equal", "size", one_of(EQUAL)),
    *SETUP,
    Field("t", 7, integer(0, MOST - 1)),
    Field("unit", 0, integer(0, MOST_UNITS - 1)),
    Field("bands", "states", one_of(BANDS)),
    Field("of", "last", one_of(OF)),
)
MADE_OF = ("cells", "equal", *(f.name for f in SETUP))  # what the runs depend on
DEFAULTS = {f.name: f.default for f in FIELDS}
LEVELS = (0.5, 0.01)  # of the strongest influence
EXPLODES, GROWS = 10.0, 2.0  # how many times as large a small change of an earlier state comes out: see explosion


@dataclass(frozen=True, eq=False)
class Run:
    """A net over the sequence.  ways: each direction in which it reads, what it computed position by position."""

    name: str
    net: Layer
    H: int
    params: dict | tuple[dict, dict]
    trace: Trace | BidirectionalTrace
    ways: tuple[Unrolled, ...]

    @property
    def cell(self) -> Cell:
        return self.ways[0].cell


def net_named(name: str) -> Layer:
    """One of NETS, or the visitor's own cell."""
    return NETS[name] if name in NETS else cell_named(name)


def cell_of(name: str) -> Cell:
    """The cell that a net is made of."""
    return CELLS["lstm"] if name == BILSTM else cell_named(name)


# --- values that fit one another


def fit(values: dict) -> tuple[dict, list[str]]:
    """Values that fit one another, and what had to be left out."""
    left_out = []
    if is_trained(values) and BILSTM in values["cells"]:  # of which none is trained
        left_out.append(f"weights={values['weights']}")
        values = values | {"weights": "random"}
    values, more = fit_setup(values, tuple("lstm" if name == BILSTM else name for name in values["cells"]))
    left_out += more
    sizes = hidden_sizes(values)
    if values["weights"] != "random":  # they are made for so many units
        values = values | {"equal": "size" if len(set(sizes)) == 1 else "count"}
    return values | {"t": min(values["t"], steps(values) - 1), "unit": min(values["unit"], max(sizes) - 1)}, left_out


def change(values: dict, **changes) -> dict:
    """Values after a visitor changed some of them, made to fit; at least one cell stays."""
    new = change_setup(values, {name: value for name, value in changes.items() if name != "cells" or value})
    if "weights" not in changes and (changes.get("equal") == "count" or ("equal" in changes and is_trained(new))):
        new["weights"] = "random"
    return fit(new | {"cells": one_own(new["cells"])})[0]


# --- numbers


def hidden_sizes(values: dict) -> tuple[int, ...]:
    """Each net's hidden size: as it was trained, else all the same, or that of `equal_sizes`."""
    if is_trained(values):
        return tuple(trained(cell_of(name), values).H for name in values["cells"])
    if values["weights"] == "named" or values["equal"] == "size":
        return (values["H"],) * len(values["cells"])
    return equal_sizes(values)


def equal_sizes(values: dict) -> tuple[int, ...]:
    """Each net's hidden size if its parameters are as many as the first's, as nearly as whole units allow."""
    first, *others = values["cells"]
    D, H = values["D"], values["H"]
    return H, *(equal_hidden_size(net_named(name), net_named(first), D, H) for name in others)


def compute(values: dict) -> tuple[Run, ...]:
    """Every net over the one sequence; the same runs while nothing that makes them changes."""
    return _runs(tuple(values[name] for name in MADE_OF))


@lru_cache(maxsize=8)
def _runs(made_of):
    values = dict(zip(MADE_OF, made_of, strict=True))
    return tuple(run(name, values, H) for name, H in zip(values["cells"], hidden_sizes(values), strict=True))


def run(name: str, values: dict, H: int) -> Run:
    """One net of H units over the sequence; a direction has the parameters that compose.init_params draws for it."""
    net, cell, made = net_named(name), cell_of(name), incoming(values)
    there = run_cell(cell, parameters(cell, values, H), made)
    if isinstance(net, Cell):
        return Run(name, net, H, there.params, there.trace, (there,))
    other = parameters(cell, values | {"seed": [values["seed"], 1]}, H)
    back = run_cell(cell, other, replace(made, x=made.x[::-1]))
    trace = BidirectionalTrace(net, there.trace, Reversed(back.trace, cell, None))
    in_place = {node: value[::-1] for node, value in back.values.items()}
    return Run(name, net, H, (there.params, other), trace, (there, replace(back, sequence=made, values=in_place)))


@lru_cache(maxsize=64)  # sentences, figures and tables ask for the same; Run is itself alone
def influence(run: Run, t: int) -> np.ndarray:
    """How strongly h of step t depends on what came in at each step k: the Euclidean norm of d h_t / d x_k, over all
    units and inputs, along every path, (T,).  Not to be changed."""
    T, squares = run.ways[0].T, []
    for way, places in _in_reading_order(run):
        at = list(places).index(t)
        found = np.zeros(T)
        found[list(places)[: at + 1]] = euclidean(input_jacobians_to(way.trace, at)[:, 0], (-2, -1))
        squares.append(found)
    strengths = euclidean(np.array(squares), 0)
    strengths.flags.writeable = False
    return strengths


def _in_reading_order(run):
    """Each direction, and the positions in the order in which it reads them."""
    return zip(run.ways, (range(run.ways[0].T), range(run.ways[0].T)[::-1]), strict=False)


@lru_cache(maxsize=64)
def growths(run: Run, t: int) -> tuple[tuple[float, int], ...]:
    """For each step k that step t depends on, how many times as large, at most, a small change of all that is carried
    on from it comes out in h of step t: the spectral norm of d h_t / d s_k, and k."""
    found = []
    for way, places in _in_reading_order(run):
        at = list(places).index(t)
        if at and way.cell.state:
            jacobians = jacobians_to(way.trace, at)[1 : at + 1, 0]
            found += [(spectral_norm(_of_h(way, J)), k) for J, k in zip(jacobians, places, strict=False)]
    return tuple(found)


def explosion(run: Run, t: int) -> tuple[float, int] | None:
    """The largest of `growths` where what h of step t depends on grows so much on the way back that it tells of no
    memory, else None.

    What is handed on by a sum may well add up to more than it was, so a cell that keeps a share of its state explodes
    only beyond EXPLODES.  In one that writes it anew it is matrices alone that are multiplied: beyond GROWS, half the
    way back or more, it explodes too.
    """
    found = growths(run, t)
    most = max(found, default=(0.0, t))
    if most[0] <= EXPLODES and possible(run.cell) is None:
        farthest = max((abs(t - k) for _, k in found), default=0)
        far = max((one for one in found if 2 * abs(t - one[1]) >= farthest), default=most)
        return far if far[0] > GROWS else None
    return most if most[0] > EXPLODES else None


def _of_h(way, jacobian):
    """The rows of h of a Jacobian of states; all of them where h is not carried on."""
    if "h" not in way.cell.state:
        return jacobian
    first = way.cell.state.index("h") * way.H
    return jacobian[first : first + way.H]


def shares(strengths: np.ndarray) -> np.ndarray:
    """The same over the largest; all 0 where there is none."""
    return strengths / (strengths.max() or 1)


def reach(share: np.ndarray, t: int, level: float) -> int:
    """How many steps from step t the farthest is that counts at least so much; -1 where none does."""
    far = np.abs(np.arange(len(share)) - t)[share >= level]
    return int(far.max(initial=-1))


def held(run: Run) -> tuple[str, np.ndarray] | None:
    """The state that keeps a share of itself, and how many steps it takes until half of a writing is left, of each unit
    of all directions: inf where that is not within the run, nan where nothing is written.  None for a cell without such
    a state."""
    state = possible(run.cell)
    return state and (state, np.concatenate([writing_half_life(way.trace, state) for way in run.ways]))


# --- what the heatmaps and the tables hold


def brief(name: str, words: Words) -> str:
    """A net's name where there is little room."""
    return words.get(f"brief.{label(name)}") or name.upper()


def headings(run: Run, words: Words) -> list[str]:
    """A short name for each direction of a net."""
    name = brief(run.name, words)
    return [name] if len(run.ways) == 1 else [f"{name} →", f"{name} ←"]


def shown(cell: Cell, which: str) -> list[str]:
    """The values that have a heatmap: the states that carry memory, or everything that has a name."""
    if which == "states":
        return [name for name in ("c", "h") if name in cell.node]
    return [*cell.inputs, *(name for name in cell.node if "." not in name)]


def bands(runs: tuple[Run, ...], which: str, words: Words) -> list[Band]:
    """A heatmap for each value of each direction of each net, of its first MOST_UNITS units."""
    ways = [(heading, way) for run in runs for heading, way in zip(headings(run, words), run.ways, strict=True)]
    return [_band(heading, way, name, words) for heading, way in ways for name in shown(way.cell, which)]


def _band(heading, way, name, words):
    values, said = way.values[name][:, :MOST_UNITS], f"{heading} · {_said(way, name, words)}"
    if is_gate(way.cell, name):
        return Band(said, values, "gate")
    return Band(scaled(said, reaches(values), words("scale.unit"), words), values, "state", reaches(values))


def _said(way, name, words):
    said = title(way.cell, name, words)
    return said if way.H <= MOST_UNITS else words("compare.first_units", name=said, shown=MOST_UNITS, H=way.H)


def states_frame(runs: tuple[Run, ...], which: str, words: Words) -> pd.DataFrame:
    """The heatmaps as a table: a row a step, counted from 1, a column a unit."""
    columns = {
        f"{heading} {symbol(way.cell, name)[0]} {unit + 1}": way.values[name][:, unit]
        for run in runs for heading, way in zip(headings(run, words), run.ways, strict=True)
        for name in shown(way.cell, which) for unit in range(way.H)
    }
    return pd.DataFrame(columns, _steps(runs[0], words))


def influence_frame(runs: tuple[Run, ...], t: int, words: Words) -> pd.DataFrame:
    """How strongly h of step t depends on each step's input, a column a net: the norms, and their shares of the
    largest."""
    found = {brief(run.name, words): influence(run, t) for run in runs}
    columns = {words("remember.norm", cell=name): strengths for name, strengths in found.items()}
    columns |= {words("remember.share", cell=name): shares(strengths) for name, strengths in found.items()}
    return pd.DataFrame(columns, _steps(runs[0], words))


def _steps(run, words):
    labels = run.ways[0].sequence.labels or [""] * run.ways[0].T
    return pd.Index([f"{t} {label}".strip() for t, label in enumerate(labels, 1)], name=words("compare.step"))
