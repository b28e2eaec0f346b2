"""Every sum and product that is told, worked out again from its own printed numbers: all cells, hostile values."""
import re

import numpy as np
import pytest
from calculator import is_right, signs
from random_cells import random_cell

from lstm_core import CELLS, Cell, init_params, latex
from lstm_view.diagram.backward import worked as worked_back
from lstm_view.incoming import starts
from lstm_view.incoming.sequences import Sequence
from lstm_view.numbers import depth, over_time
from lstm_view.numbers.backwards import clipped, passed, paths
from lstm_view.numbers.experiment import DEFAULTS, compute, fit
from lstm_view.numbers.over_time import moment, run
from lstm_view.telling import narrate_back
from lstm_view.telling.names import worked
from lstm_view.telling.narrate import curve, stages
from lstm_view.telling.worked_back import sent
from lstm_view.text.arithmetic import equated_tex
from lstm_view.words import LANGUAGES, words

OWN = [Cell("own", text) for text in (
    "h = relu(W_h @ x + U_h @ h_prev + b_h)", "h = exp(W_h @ x + U_h @ h_prev)", "h = x / h_prev",
    "f = sigmoid(W_f @ x)\ng = 1 - f\nh = g * tanh(-h_prev) + 0.5 * h_prev - f",
    "a = exp(b_a - h_prev)\nh = a / (1 + a) * tanh(W_h @ x) + h_prev * a",
    "c = c_prev * c_prev + W_c @ x\nh = tanh(c) + h_prev\nk = h * h_prev",
)]
EVERY = [*CELLS.values(), *OWN, *(random_cell(np.random.default_rng(seed)) for seed in range(3))]
KINDS = ("ordinary", "one", "zeros", "ties", "saturated", "saturated far", "huge", "diverged")
TOO_SURE = r"(?<![\d.≈−])(?:0|100) ?%|exactly|정확히|(?<![\d.])1 (?:steps|units|inputs|numbers)\b"
every = pytest.mark.parametrize("cell", EVERY, ids=lambda cell: f"{cell.name}{EVERY.index(cell)}")
kinds = pytest.mark.parametrize("kind", KINDS)


def made(cell, kind):
    """A run of a cell with numbers of a kind."""
    D, H, T = (1, 1, 1) if kind == "one" else (2, 2, 3)
    rng = np.random.default_rng([*kind.encode()])
    params, x = init_params(cell, D, H, 1, forget_bias=None), rng.normal(size=(T, D))
    match kind:
        case "zeros":
            params, x = {k: 0 * v for k, v in params.items()}, 0 * x
        case "ties":
            params, x = ({k: np.round(8 * v) / 16 for k, v in params.items()}, np.round(8 * x) / 16)
        case "saturated" | "saturated far":
            by = 40 if kind == "saturated" else 800
            params = {k: np.where(rng.random(v.shape) < 0.5, by, -by) / (v.shape[-1] if v.ndim > 1 else 1) + v
                      for k, v in params.items()}
        case "huge":
            x = np.where(rng.random(x.shape) < 0.5, 1e308, -1e154)
        case "diverged":
            params = {k: 1e3 * v for k, v in params.items()}
    return run(cell, params, Sequence(x, tuple("abc"[:T])))


def passes(now):
    """The loss at the last step; at every step; the same, cut."""
    every, last = np.ones((now.T, 1, now.H)), np.zeros((now.T, 1, now.H))
    last[-1] = 1
    return [passed(now, last), passed(now, every), passed(now, 0.3 * every, 2)]


def forwards(now):
    """All that the page of one step tells of a run's steps."""
    for t in {0, now.T - 1}:
        yield from of_step(moment(now, t))


def of_step(experiment):
    cell, env = experiment.cell, experiment.env
    for unit in {0, experiment.H - 1}:
        yield from (stage["say"] for lang in LANGUAGES for stage in stages(experiment, words(lang), f"h.{unit}"))
        yield from (worked(cell, env, name, unit) for name in cell.node)
        yield from (plain(equated_tex(latex.with_numbers(cell, env, name, unit))) for name in cell.node)
    for node in cell.nodes:
        if node.op in ("sigmoid", "tanh"):
            yield from (curve(node.op, float(env[node.inputs[0]][0]), words(lang)) for lang in LANGUAGES)


def backwards(now):
    """All that the page of gradients tells of a run."""
    for done in passes(now):
        cell = now.cell
        for t in {0, now.T - 1}:
            for unit in {0, now.H - 1}:
                yield from (stage["say"] for lang in LANGUAGES
                            for stage in narrate_back.told(done, t, unit, words(lang)))
                yield from (worked_back(done, t, name, unit)
                            for name in (*(f"{s}_prev" for s in cell.state), *cell.inputs, *cell.node))
        for lang in LANGUAGES:
            yield narrate_back.faded(done, words(lang))
            yield narrate_back.compared_paths(paths(now, now.T - 1, 0), cell, words(lang))
            for clip in (0.001, 1e6):
                found = clipped(done, clip, 0.1)
                yield narrate_back.clipping(found, clip, words(lang))
                yield narrate_back.stepped(found, 0.1, words(lang))


def plain(tex):
    """The panel's LaTeX as a line of text."""
    tex = re.sub(r"\\\\\n&\\quad \{\}|&", "", tex).replace("\\\\\n", "; ")
    tex = re.sub(r"; (?= *(?:=|\\approx|\\to))", " ", tex)  # a line that goes on from the one above
    tex = re.sub(r"\\times10\^\{(-?\d+)\}", r"e\1", tex).replace("-", "−").replace(r"\operatorname{ReLU}", "ReLU")
    for there, here in ((r"\approx", "≈"), (r"\to", "→"), (r"\cdot", "·"), (r"\sigma", "σ")):
        tex = tex.replace(there, here)
    return re.sub(r"\\(?=tanh|exp)", "", tex)


def checked(texts):
    """How many signs there are; each is right, and no word takes a rounded value for an exact one."""
    count = 0
    for text in dict.fromkeys(texts):
        assert not re.search(r"(?i)\bnan\b|\binf\b|--|\+ −|\+ \(−0\.0*\)", text), text
        assert not re.search(TOO_SURE, text), text
        found = signs(text)
        count += len(found)
        for sign in found:
            assert sign.is_right, f"{sign.left} {sign.sign} {sign.right} in: {text}"
    return count


@kinds
@every
def test_what_is_told_of_a_step_can_be_checked_with_a_calculator(cell, kind):
    assert checked(forwards(made(cell, kind))) > len(cell.nodes) or cell.name not in CELLS


@kinds
@every
def test_what_is_told_backwards_can_be_checked_with_a_calculator(cell, kind):
    assert checked(backwards(made(cell, kind))) > 0 or cell.name not in CELLS


@pytest.mark.parametrize("name", depth.NETS)
def test_what_is_told_of_a_node_of_a_lattice_can_be_checked_with_a_calculator(name):
    setup = {f.name: over_time.DEFAULTS[f.name] for f in over_time.SETUP}
    found = depth.compute(setup | {"weights": "random", "net": name, "layers": 2, "T": 3, "H": 2, "D": 2})
    assert checked(text for layer in range(len(found.layers)) for t in (0, found.T - 1)
                   for text in of_step(depth.moment(found, layer, t))) > 100


@pytest.mark.parametrize("start", starts.STARTS)
@pytest.mark.parametrize("cell", CELLS)
def test_what_is_told_of_each_start_can_be_checked_with_a_calculator(cell, start):
    if start in starts.available(CELLS[cell]):
        experiment = compute(fit(DEFAULTS | {"cell": cell, "start": start})[0])
        units = range(experiment.H)
        assert checked(stage["say"] for lang in LANGUAGES for unit in units
                       for stage in stages(experiment, words(lang), f"h.{unit}"))


@kinds
@every
def test_what_the_readers_of_a_value_hand_back_adds_up_to_its_gradient(cell, kind):
    now = made(cell, kind)
    for done in passes(now):
        for t in range(now.T):
            for name in cell.node:
                for unit in range(now.H):
                    parts = [*sent(done, t, name, unit).values()]
                    parts += [float(done.weights[t, 0, unit])] if name == "h" else []
                    parts += [float(done.later(name, t)[unit])] if name in cell.state and done.hands_on(t) else []
                    whole = float(done.grads[name][t, 0, unit])
                    assert abs(sum(parts) - whole) <= 1e-12 * max(map(abs, [*parts, whole])) or abs(whole) > 1e300


@pytest.mark.parametrize(("left", "sign", "right", "right_so"), [
    ("0.858 × 0.800", "=", "0.687", False), ("0.858 × 0.800", "≈", "0.687", True),
    ("0.858 × 0.800", "≈", "0.686", False), ("0.858 × 0.800", "=", "0.686", True),
    ("0.858 × 0.800", "≈", "0.689", False), ("0.3 + 0.2", "=", "0.50", True), ("0.0203", "≈", "0.0166", False),
    ("0.31 × (1 − 0.8²)", "=", "0.112", True), ("σ(1.8)", "=", "0.858", True), ("1 − 0.99995", "=", "5e−5", True),
    ("0.125 × 1", "=", "0.13", True), ("0.125 × 1", "=", "0.12", False),
])
def test_the_calculator_itself(left, sign, right, right_so):
    assert is_right(left, sign, right) == right_so
