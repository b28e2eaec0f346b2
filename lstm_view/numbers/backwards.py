"""Runs and their backward passes as a visitor set them up: from a page's values to every gradient on its screen."""
from dataclasses import dataclass
from functools import lru_cache
from math import log

import numpy as np

from lstm_core import Cell, backward, differences, forward
from lstm_core.analysis import direct_path, euclidean, jacobians_to, norms, spectral_norm, writing_half_life
from lstm_core.gates import forget_biases
from lstm_core.gradients import Gradients
from lstm_core.ops import held

from ..diagram.kinds import stages_of
from ..diagram.provenance import possible
from ..fields import Field, integer, one_of, real
from ..incoming.own_cell import a_cell, cell_named, one_own, several_cells
from ..incoming.sequences import MOST
from .experiment import place
from .over_time import SETUP, Unrolled, change_setup, fit_setup, incoming, parameters, run, size, steps

MOST_CELLS = 3
LAST, EVERY = "last", "every"  # where the loss sits: at the last step, at every step; else at a step counted from 0
LEAST_CLIP, MOST_CLIP = 1e-3, 1e6
TINY = 1e-6  # a norm below which a gradient is called vanished
VIEWS = ("step", "paths", "clip", "check")  # what is shown of the cell that is looked into
PRESETS = {  # what shows it well
    "vanish": {"T": 50, "H": 8, "seed": 0, "bias": None, "scale": 1.0},
    "explode": {"T": 60, "H": 16, "seed": 12, "bias": None, "scale": 4.0},
    "forget": {"T": 50, "H": 8, "seed": 0, "bias": 5.0, "scale": 1.0},
}


def _read_loss(text):
    return text if text in (LAST, EVERY) else integer(0, MOST - 1)(text)


FIELDS = (
    Field("cells", ("rnn", "lstm", "gru"), *several_cells(MOST_CELLS)),
    *SETUP,
    Field("loss", LAST, _read_loss),
    Field("truncate", 0, integer(0, MOST)),
    Field("look", "lstm", a_cell),
    Field("view", "step", one_of(VIEWS)),
    Field("t", None, integer(0, MOST - 1)),
    Field("select", "h.0", str),
    Field("stage", "", str),
    Field("clip", 1.0, *real(LEAST_CLIP, MOST_CLIP)),
    Field("rate", 0.1, *real(0, 100)),
    Field("check", 0, integer(0, 1)),
)
DEFAULTS = {f.name: f.default for f in FIELDS}
MADE_OF = (*(f.name for f in SETUP), "loss", "truncate")  # the page's values that a cell's pass depends on


@dataclass(frozen=True)
class Pass:
    """A run, a loss L = sum of weights * h, and dL/d of all that the run computed.  truncate: as `backward` has it."""

    run: Unrolled
    weights: np.ndarray  # (T, 1, H)
    grads: Gradients
    truncate: int | None = None

    @property
    def last(self) -> int:
        """The last step whose h the loss reads."""
        return int(np.flatnonzero(self.weights.any((1, 2)))[-1])

    def hands_on(self, t: int) -> bool:
        """Whether step t + 1 sends something back to step t: the loss reads a later step, and nothing is cut."""
        return t < self.last and not (self.truncate and (t + 1) % self.truncate == 0)

    def later(self, state: str, t: int) -> np.ndarray:
        """What of dL/d state at step t comes back from step t + 1, (H,)."""
        if not self.hands_on(t):
            return np.zeros(self.run.H)
        return self.grads[f"{state}_prev"][t + 1, 0]


# --- values that fit one another


def fit(values: dict) -> tuple[dict, list[str]]:
    """Values that fit one another, and what had to be left out, as name=value."""
    values, left_out = fit_setup(values, values["cells"])
    T, kept = steps(values), {}
    if values["look"] not in values["cells"]:
        kept["look"] = values["cells"][-1]
    if values["loss"] not in (LAST, EVERY) and values["loss"] >= T - 1:
        kept["loss"] = LAST
    if values["t"] is not None and values["t"] >= T:
        kept["t"] = T - 1
    cell = cell_named(kept.get("look", values["look"]))
    values = values | {"H": size(cell, values)}
    states = {f"{s}_prev": (values["H"],) for s in cell.state} | {name: (values["H"],) for name in cell.inputs}
    if not place(values["select"], {"x": (values["D"],)} | states | {n.id: (values["H"],) for n in cell.nodes}):
        kept["select"] = DEFAULTS["select"]
    if values["stage"] and values["stage"] not in stages(cell):
        kept["stage"] = ""
    said = [name for name in kept if values[name] != DEFAULTS[name] and (name, values[name]) != ("loss", T - 1)]
    return values | kept, left_out + [f"{name}={values[name]}" for name in said]


def change(values: dict, **changes) -> dict:
    """Values after a visitor changed some of them, made to fit; at least one cell stays."""
    new = change_setup(values, {name: value for name, value in changes.items() if name != "cells" or value})
    return fit(new | {"cells": one_own(new["cells"])})[0]


def preset(name: str) -> dict:
    """What a preset changes: it shows the three best known cells on plateaus, with random weights."""
    kept = {name: DEFAULTS[name] for name in ("cells", "loss", "truncate", "t", "stage", "select", "look", "clip")}
    return kept | {"input": "steps", "D": 2, "weights": "random"} | PRESETS[name] | (
        {"look": "rnn"} if name == "explode" else {})


def stages(cell: Cell) -> tuple[str, ...]:
    """The stages of a step walked backwards; the last, what comes in going forwards, is what is handed back."""
    return ("arrive", *reversed(stages_of(cell)))


def loss_step(values: dict) -> int | None:
    """The step whose h the loss reads, None: every step."""
    if values["loss"] == EVERY:
        return None
    return steps(values) - 1 if values["loss"] == LAST else values["loss"]


def shown_step(values: dict) -> int:
    """The step the picture shows: that of the loss until the visitor moves."""
    if values["t"] is not None:
        return values["t"]
    at = loss_step(values)
    return steps(values) - 1 if at is None else at


def chosen(values: dict) -> tuple[str, int]:
    """The value that was selected, and the unit that is spoken of."""
    name, _, unit = values["select"].rpartition(".")
    return name, 0 if name == "x" else int(unit)


# --- numbers


def compute(values: dict, name: str | None = None) -> Pass:
    """The pass of one cell, by default of the one that is looked into; the same while nothing that makes it changes."""
    return _compute(name or values["look"], tuple(values[field] for field in MADE_OF))


@lru_cache(maxsize=16)  # the parts of a page ask one after the other
def _compute(name, made_of):
    values = dict(zip(MADE_OF, made_of, strict=True))
    cell, at = cell_named(name), loss_step(values)
    made = run(cell, parameters(cell, values), incoming(values))
    weights = np.zeros((made.T, 1, made.H))
    weights[slice(None) if at is None else at] = 1
    return passed(made, weights, values["truncate"] or None)


def passed(made: Unrolled, weights: np.ndarray, truncate: int | None = None) -> Pass:
    """The backward pass of a run, for weights (T, 1, H) of h in the loss."""
    return Pass(made, weights, backward(made.trace, made.params, weights, truncate), truncate)


def passes(values: dict) -> dict[str, Pass]:
    """The pass of each chosen cell."""
    return {name: compute(values, name) for name in values["cells"]}


def lengths(done: Pass) -> dict[str, np.ndarray]:
    """h, c if the cell has one, and x -> the Euclidean norm of dL/d of it at each step, (T,)."""
    return {name: norms(done.grads, name)[:, 0] for name in ("h", "c", "x") if name in ("x", *done.run.cell.node)}


@dataclass(frozen=True)
class Fade:
    """How a gradient's norm goes from the loss's step back to the first."""

    at: float  # at the loss's step
    first: float  # at the first step
    factor: float | None  # per step back, the geometric mean; None where there is none
    below: int | None  # the first step on the way back where it is below TINY
    zeros: tuple[int, ...]  # the steps before the loss where it is exactly 0


def fade(norm: np.ndarray, last: int) -> Fade:
    """The fade of norms (T,) from a step back to the first."""
    at, first = norm[last], norm[0]
    factor = float(np.exp((np.log(first) - np.log(at)) / last)) if last and at and first else None
    low = np.flatnonzero(norm[: last + 1] < TINY)
    return Fade(float(at), float(first), factor, int(low[-1]) if len(low) else None,
                tuple(np.flatnonzero(norm[: last + 1] == 0).tolist()))


@dataclass(frozen=True)
class Paths:
    """Of one unit of a state at step t: its derivative by the same unit at each step k <= t, (t + 1,)."""

    state: str
    t: int
    unit: int
    direct: np.ndarray | None  # along the self-loop alone; None where there is none
    full: np.ndarray  # along every path, those from C_k through h_k too
    whole: np.ndarray  # the spectral norm of d s_t / d s_k, s: all states


def paths(made: Unrolled, t: int, unit: int) -> Paths:
    """Direct path and full derivative of the state with a self-loop, or of h.

    full is what back-propagation gives for a loss that is this one number.  It counts all that C_k moves, h_k too,
    which the block of d s_t / d s_k for these states holds still.
    """
    state = possible(made.cell) or "h"
    seed = np.zeros(made.trace.shape)
    seed[t, 0, unit] = 1
    full = backward(made.trace, made.params, {state: seed}, keep=[state])[state][: t + 1, 0, unit]
    direct = direct_path(made.trace, state)[t, 1 : t + 2, 0, unit] if possible(made.cell) else None
    with np.errstate(over="ignore", invalid="ignore"):
        whole = np.array([spectral_norm(J) for J in jacobians_to(made.trace, t)[1:, 0]])
    return Paths(state, t, unit, direct, full, whole)


def half_lives(made: Unrolled) -> np.ndarray | None:
    """How many steps it takes in the run until half of what is written to each unit is left; inf where that is not
    within it, nan where nothing is written.  None for a cell that keeps no share of its state."""
    state = possible(made.cell)
    return writing_half_life(made.trace, state) if state else None


def bias_half_lives(made: Unrolled) -> np.ndarray | None:
    """Each unit's half-life in steps if its forget gate heard nothing but its bias b, ln(1/2) / ln σ(b): b is b_f, or
    -b_f where an open f lets the new in, as 1 - σ(b_f) is σ(-b_f).  None for a cell without a forget gate."""
    biases = forget_biases(made.cell, made.params)
    if biases is None:
        return None
    with np.errstate(divide="ignore"):
        return log(2) / np.logaddexp(0, -biases)  # -ln σ(b), which has digits where σ(b) is next to 1


@dataclass(frozen=True)
class Clipped:
    """What clipping does to the parameters' gradients, and a step of descent along them to the loss."""

    before: dict[str, float]  # parameter -> its gradient's norm
    after: dict[str, float]
    norm: float  # of all together, before
    shrunk: float  # and after
    loss: float
    promised: tuple[float, float]  # how the loss would change along its slope, unclipped and clipped
    reached: tuple[float, float]  # the loss after the step


def clipped(done: Pass, clip: float, rate: float) -> Clipped:
    """The gradients before and after clipping to a norm, and the loss after params - rate * gradient of each kind."""
    made, names = done.run, done.run.cell.parameters
    whole = {name: done.grads[name] for name in names}
    cut = backward(made.trace, made.params, done.weights, done.truncate, clip, keep=[])
    cut = {name: cut[name] for name in names}
    sizes = [{name: float(euclidean(g, None)) for name, g in grads.items()} for grads in (whole, cut)]
    reached = [_loss(done, {name: made.params[name] - rate * grads[name] for name in names}) for grads in (whole, cut)]
    with np.errstate(over="ignore"):
        slopes = [sum((whole[name] * grads[name]).sum() for name in names) for grads in (whole, cut)]
        promised = [float(held(-rate * slope)) for slope in slopes]
    together = [float(euclidean(np.array(list(size.values())))) for size in sizes]
    return Clipped(*sizes, *together, _loss(done), tuple(promised), tuple(reached))


def _loss(done, params=None):
    """L of the run, or of the same with other parameters."""
    h = done.run.values["h"] if params is None else forward(
        done.run.cell, params, done.run.sequence.x[:, None], keep=["h"])["h"][:, 0]
    with np.errstate(over="ignore"):
        return float(held((done.weights[:, 0] * h).sum()))


def checked(done: Pass) -> dict[str, differences.Slope]:
    """Parameter, x and initial states -> how steep L is along a random direction: by this pass, and by differences."""
    made = done.run
    return differences.check(made.cell, made.params, made.sequence.x[:, None], done.weights, grads=done.grads)
