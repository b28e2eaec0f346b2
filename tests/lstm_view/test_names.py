import re

import numpy as np
import pytest
from formulas import value_of
from random_cells import random_cell

from lstm_core import CELLS, step
from lstm_view.numbers.experiment import DEFAULTS, compute, fit
from lstm_view.telling.names import heading, spelled, worked
from lstm_view.words import words


@pytest.mark.parametrize("cell", CELLS)
def test_the_worked_out_line_comes_to_the_value(cell):
    """The arithmetic shown in a tip, done again from its own text."""
    experiment = compute(fit(DEFAULTS | {"cell": cell, "start": "random", "seed": 4})[0])
    sigmoid = lambda a: 1 / (1 + np.exp(-a))  # noqa: E731
    for name in experiment.cell.node:
        for unit in range(experiment.H):
            line = worked(experiment.cell, experiment.env, name, unit)
            *_, numbers, value = re.split(" [=≈] ", line)
            assert re.fullmatch(r"[-−()·+×/ σtanh0-9.e]*", numbers), numbers
            text = numbers.replace("·", "*").replace("×", "*").replace("−", "-").replace("σ", "sigmoid")
            done = eval(text, {"sigmoid": sigmoid, "tanh": np.tanh, "__builtins__": {}})
            assert done == pytest.approx(experiment.env[name][unit], abs=0.01), (name, text)
            assert float(value.replace("−", "-")) == pytest.approx(experiment.env[name][unit], abs=0.0005 + 1e-9)


def test_an_input_is_not_worked_out():
    experiment = compute(DEFAULTS)
    assert worked(experiment.cell, experiment.env, "x", 0) == ""


def test_the_line_of_a_gate():
    experiment = compute(fit(DEFAULTS | {"start": "hand"})[0])
    assert worked(experiment.cell, experiment.env, "f", 0) == "σ(W_f x + U_f h_prev + b_f) = σ(1.800) = 0.858"
    assert worked(experiment.cell, experiment.env, "c.0", 0) == "f × c_prev = 0.858 × 0.800 ≈ 0.687"
    assert worked(experiment.cell, experiment.env, "o.pre", 0) == (
        "W_o x + U_o h_prev + b_o = (−0.500) + 0.200 + (−0.500) = −0.800")


def test_x_has_components_and_states_have_units():
    say = words("en")
    assert heading(CELLS["lstm"], "x", 1, say).endswith("component 2")
    assert heading(CELLS["lstm"], "f", 1, say).endswith("unit 2")


def test_a_formula_in_plain_text_has_the_value_that_it_tells():
    """Thousands of random formulas, each read again from its text."""
    read = 0
    for seed in range(250):
        rng = np.random.default_rng(seed)
        cell = random_cell(rng)
        params = {name: rng.normal(size=shape) for name, shape in cell.shapes(3, 2).items()}
        params |= {name: np.where(cell.mask(2), params[name], 0) for name in cell.masked}
        states = {f"{s}_prev": rng.normal(size=2) for s in cell.state}
        env = params | step(cell, params, {"x": rng.normal(size=3)} | states)
        for node in cell.node:
            text = spelled(cell, node)
            if not text.endswith("…"):
                with np.errstate(all="ignore"):
                    found = value_of(text, env)
                np.testing.assert_allclose(found * np.ones(2), env[node] * np.ones(2), rtol=1e-9, err_msg=text)
                read += 1
    assert read > 3000
