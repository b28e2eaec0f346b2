"""What each of several cells costs and how long it holds: counted from its equations, measured on this machine."""
import csv
import io
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from statistics import median
from time import perf_counter

import numpy as np
import pandas as pd

from lstm_core import Cell, compose
from lstm_core.analysis import keeps_itself
from lstm_core.compose import Layer
from lstm_core.counts import multiply_adds, parameter_count

from ..diagram.pen import is_gate
from ..incoming.own_cell import label
from ..telling.names import spelled, symbol
from ..telling.spans import lastings
from ..text.numbers import amount, count, tally
from ..words import Words
from .compared import Run, brief, cell_of, held, net_named

QUICK, CAREFUL = 5, 101  # runs of which the median is taken
TERMS = {  # a parameter's shape -> how many entries it has, in letters and in numbers; R: those that are not always 0
    "HD": ("D H", "{D}·{H}"), "HH": ("H²", "{H}²"), "R": ("|R|", "{R}"), "H": ("H", "{H}"),
}


@dataclass(frozen=True)
class Cost:
    """Of one net.  Times in microseconds and memory in bytes, a step of one sequence."""

    name: str
    H: int
    gates: tuple[str, ...]  # the equations whose value is a σ
    states: tuple[str, ...]
    parameters: int
    letters: str  # the formula of the parameter count
    numbers: str  # the same with the sizes put in
    multiply_adds: float  # of a net with clocks a mean
    forward: float
    both: float  # forward and backward
    memory: float  # of x and the states, all that a run must keep
    training: float  # of all that a run and its backward pass keep
    state: str | None  # which keeps a share of itself
    half_lives: tuple[float, ...]  # how many steps it takes until half of what is written to each unit is left


def costs(runs: tuple[Run, ...], repeats: int = QUICK) -> tuple[Cost, ...]:
    """Of each net at its size; repeats: how often it is run to be timed."""
    return tuple(_cost(run, repeats) for run in runs)


def _cost(run, repeats):
    T, D = run.ways[0].sequence.x.shape
    state, half_lives = held(run) or (None, np.array([]))
    letters, numbers = formula(run.net, D, run.H)
    return Cost(
        run.name, run.H, gates(run.cell), run.cell.state, parameter_count(run.net, D, run.H), letters, numbers,
        multiply_adds(run.net, D, run.H), *time_per_step(run.name, D, run.H, T, repeats),
        *memory_per_step(run.name, D, run.H, T), state, tuple(half_lives.tolist()),
    )


# --- counted


def gates(cell: Cell) -> tuple[str, ...]:
    """The equations whose value is a σ."""
    return tuple(n.id for n in cell.nodes if n.op == "sigmoid" and "." not in n.id)


def coupled(cell: Cell) -> tuple[str, ...]:
    """The equations whose value is 1 minus a gate."""
    return tuple(n.id for n in cell.nodes if n.op == "sub" and "." not in n.id and is_gate(cell, n.id))


def formula(net: Layer, D: int, H: int) -> tuple[str, str]:
    """How the parameter count of a net comes about, in letters and in numbers, from the shapes of its parameters:
    "4 (D H + H² + H)", "4 · (2·3 + 3² + 3)".  |R| is how many entries of a masked R_ are not always 0."""
    cell = net if isinstance(net, Cell) else net.cell
    found = Counter("R" if name in cell.masked else shape for name, shape in cell.parameters.items())
    groups = [(n, list(shapes)) for n, shapes in groupby((shape for shape in TERMS if found[shape]), found.get)]
    sizes = {"D": D, "H": H, "R": cell.mask(H).sum()}
    letters = " + ".join(_times(n, [TERMS[shape][0] for shape in shapes], " ") for n, shapes in groups)
    numbers = " + ".join(_times(n, [TERMS[shape][1].format(**sizes) for shape in shapes], "·") for n, shapes in groups)
    if net is cell:
        return letters, numbers
    if len(groups) == 1:
        return f"2 · {letters}", f"2 · {numbers}"
    return f"2 ({letters})", f"2 · ({numbers})"


def _times(n, terms, sign):
    text = " + ".join(terms)
    if n == 1:
        return text
    if len(terms) == 1:
        return f"{n}{sign}{text}"
    return f"{n} ({text})" if sign == " " else f"{n} · ({text})"  # a calculator wants the sign


# --- measured


@lru_cache(maxsize=512)
def time_per_step(name: str, D: int, H: int, T: int, repeats: int) -> tuple[float, float]:
    """Microseconds that a step of one sequence takes here, forwards, and forwards and backwards: medians of so many
    runs.  Measured once for each size, so that many visitors cost no more than one."""
    net, x, params = _made(name, D, H, T)
    dh = np.ones((T, 1, compose.width(net, H)))
    there, both = [], []
    for _ in range(repeats + 1):  # the first makes the plan
        start = perf_counter()
        trace = compose.forward(net, params, x)
        middle = perf_counter()
        compose.backward(trace, params, dh, keep=[])
        there.append(middle - start)
        both.append(perf_counter() - start)
    return tuple(1e6 * median(times[1:]) / T for times in (there, both))


@lru_cache(maxsize=512)
def memory_per_step(name: str, D: int, H: int, T: int) -> tuple[float, float]:
    """Bytes that a step of one sequence takes here: of x and the states, and of all that training keeps, which is the
    values of a run and the gradients that flowed in its backward pass."""
    net, x, params = _made(name, D, H, T)
    lean, whole = (compose.forward(net, params, x, keep=keep) for keep in ([], None))
    grads = compose.backward(whole, params, np.ones((T, 1, compose.width(net, H))))
    run = sum(trace.nbytes for trace in _ways(lean))
    return run / T, sum(trace.nbytes + _flowed(way) for trace, way in zip(_ways(whole), _ways(grads), strict=True)) / T


def _flowed(grads):
    """Bytes of what flowed; where a number overflowed that is each gradient over time by itself."""
    if grads.flows is not None:
        return grads.flows.nbytes
    return sum(array.nbytes for name, array in grads.arrays.items() if name not in grads.trace.cell.parameters)


def _made(name, D, H, T):
    net = net_named(name)
    return net, np.random.default_rng(0).normal(size=(T, 1, D)), compose.init_params(net, D, H)


def _ways(result):
    """What forward or backward gives, of each direction."""
    return [result.forward, result.backward.run] if hasattr(result, "backward") else [result]


# --- shown


def table(found: tuple[Cost, ...], D: int, words: Words) -> pd.DataFrame:
    """A row for each thing there is to know, a column for each net; texts."""
    columns = {brief(cost.name, words): _column(cost, D, words) for cost in found}
    return pd.DataFrame(columns).rename_axis(words("cost.what"))


def _column(cost, D, words):
    texts = {
        "size": cost.H,
        "gates": _gates(cost, words),
        "states": _states(cost, words),
        "parameters": f"{cost.letters} = {cost.numbers} = {count(cost.parameters)}",
        "multiply_adds": tally(cost.multiply_adds),
        "forward": amount(cost.forward),
        "both": amount(cost.both),
        "memory": count(int(cost.memory + 0.5)),
        "training": count(int(cost.training + 0.5)),
        "half_life": _half_life(cost, words),
        "used": words(f"used.{label(cost.name)}"),
    }
    return {words(f"cost.{row}"): str(text) for row, text in texts.items()}


def _gates(cost, words):
    cell = cell_of(cost.name)
    parts = [f"{len(cost.gates)}: {', '.join(cost.gates)}" if cost.gates else words("cost.no_gates")]
    parts += [f"{name} = {spelled(cell, name)}" for name in coupled(cell)]
    if "tick" in cell.inputs:
        periods = ", ".join(map(str, dict.fromkeys(cell.unit_periods(cost.H).tolist())))
        parts.append(words("cost.clock", periods=periods))
    return "; ".join(parts)


def _states(cost, words):
    cell = cell_of(cost.name)
    text = f"{len(cost.states)}: {', '.join(symbol(cell, state)[0] for state in cost.states)}"
    return text if net_named(cost.name) is cell else words("cost.each_way", states=text)


def _half_life(cost, words):
    if cost.state is None:
        cell = cell_of(cost.name)
        return words("cost.not_told" if any(keeps_itself(cell, state) for state in cell.state) else "cost.no_loop")
    letter = symbol(cell_of(cost.name), cost.state)[0]
    return words("cost.held", state=letter, steps=lastings(cost.half_lives, words))


def csv_of(found: tuple[Cost, ...], D: int, T: int) -> str:
    """The same at full precision, a row a net."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["net", "D", "H", "T", "gates", "states", "parameters", "formula", "multiply_adds", "forward_us",
                   "forward_backward_us", "bytes", "training_bytes", "half_life_shortest", "half_life_median",
                   "half_life_longest"])
    for cost in found:
        written = [steps for steps in cost.half_lives if not np.isnan(steps)]
        lives = [find(written) for find in (min, median, max)] if written else [""] * 3
        rows.writerow([cost.name, D, cost.H, T, " ".join(cost.gates), " ".join(cost.states), cost.parameters,
                       f"{cost.letters} = {cost.numbers}", cost.multiply_adds, cost.forward, cost.both, cost.memory,
                       cost.training, *lives])
    return out.getvalue()
