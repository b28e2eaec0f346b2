"""The scripts that tell of a run's memory print what the pages show of it, on a stand-in for PyTorch."""
import json
import re
import sys

import numpy as np
import pytest
import torch_stand_in
from scripts import run as run_script

from lstm_core import CELLS, init_params
from lstm_core.analysis import provenance, writing_half_life
from lstm_view.code import memory_torch
from lstm_view.diagram.provenance import possible
from lstm_view.incoming.own_cell import cell_named, name_of
from lstm_view.incoming.sequences import Sequence
from lstm_view.numbers import backwards, compared
from lstm_view.numbers.over_time import run

OWN = [name_of(text) for text in (
    "keep = sigmoid(W_k @ x - U_k @ h_prev)\nleft = -keep * tanh(-(W_n @ x)) - 0.5\nh = left + keep * h_prev",
    "moves = 1 - tick\nh = tanh(W_h @ x) * moves_prev + b_h * moves",
    "k = tanh(U_k @ k_prev + W_k @ x)\nq = q_prev + b_q\nh = tanh(q) * k - tanh(q_prev)",
    "h = p_h * h_prev - W_h @ x * tanh(q_prev)\nq = sigmoid(b_q)", "h = 0.5 * h_prev + b_h",
    "steps = -h_prev\nx_ = W_q @ x * 0\nh = x_ + tanh(steps)", "h = h_prev * b_h\nc = W_c @ x + c_prev",
)]
cells = pytest.mark.parametrize("name", [*CELLS, *OWN])
T = 6


@pytest.fixture(autouse=True)
def torch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", torch_stand_in.torch())


def made(name, H=3, D=2, scale=1.5):
    cell, rng = cell_named(name), np.random.default_rng(1)
    params = {key: scale * value for key, value in init_params(cell, D, H, 1).items()}
    return run(cell, params, Sequence(rng.normal(size=(T, D)), ("",) * T, ("",) * D))


def printed(of, **asked):
    return run_script(memory_torch(of.cell, of.params, of.sequence.x, **asked))[1]


def after(lines, begin):
    """The numbers of the lines that begin so."""
    text = [line.removeprefix(begin) for line in lines if line.startswith(begin)]
    return [[float(n) for n in re.findall(r"-?\d[\d.e+-]*|inf|nan", line)] for line in text]


@cells
def test_what_is_left_of_each_writing_and_for_how_long(name):
    of, state = made(name), possible(cell_named(name))
    lines = printed(of, unit=1)
    rows = [line.split(" is made of ")[1] for line in lines if " is made of " in line]
    lives = after(lines, f"half-life of {state} = ")
    if state is None:
        assert not rows and not lives
        return
    wanted = provenance(of.trace, state)[:, :, 0, 1]
    for t, row in enumerate(rows):
        np.testing.assert_allclose(json.loads(row), wanted[t, : t + 2], rtol=1e-10, atol=1e-15)
    np.testing.assert_array_equal(lives[0], writing_half_life(of.trace, state))
    assert len(rows) == T


@cells
@pytest.mark.parametrize("t", [0, 4])
def test_what_each_remembers(name, t):
    of = made(name)
    alone = compared.Run(name, of.cell, of.H, of.params, of.trace, (of,))
    lines = printed(of, remembers=t)
    strengths = [numbers[-1] for numbers in after(lines, f"h of step {t + 1} by x of step")]
    np.testing.assert_allclose(strengths, compared.influence(alone, t)[: t + 1], rtol=1e-9, atol=1e-14)
    growths = compared.growths(alone, t)
    told = after(lines, f"h of step {t + 1} by the states of step ")
    assert [row[0] - 1 for row in told] == [k for _, k in growths]
    np.testing.assert_allclose([row[1] for row in told], [size for size, _ in growths], rtol=1e-9, atol=1e-14)


@cells
@pytest.mark.parametrize(("t", "unit"), [(5, 1), (0, 0)])
def test_the_direct_path_and_the_whole(name, t, unit):
    of = made(name)
    wanted = backwards.paths(of, t, unit)
    rows = after([line for line in printed(of, paths=(t, unit)) if "every path" in line], "step ")
    columns = [wanted.full, *([] if wanted.direct is None else [wanted.direct]), wanted.whole]
    np.testing.assert_allclose(np.array(rows)[:, 1:], np.transpose(columns), rtol=1e-9, atol=1e-14)


def test_an_influence_whose_square_is_no_number_is_printed():
    cell, x = CELLS["rnn"], np.ones((70, 2))
    params = init_params(cell, 2, 3, 1)
    params["U_h"] *= 1e-4
    of = run(cell, params, Sequence(x, ("",) * 70))
    strengths = compared.influence(compared.Run("rnn", cell, 3, params, of.trace, (of,)), 69)
    told = [numbers[-1] for numbers in after(printed(of, remembers=69), "h of step 70 by x of step")]
    assert 0 < strengths[0] < 1e-200
    np.testing.assert_allclose(told, strengths, rtol=1e-9)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid")
@pytest.mark.parametrize("text", ["h = h_prev * h_prev + W_h @ x", "h = exp(-h_prev) * (W_h @ x)"])
def test_a_run_that_overflows_has_no_norm_and_does_not_end_the_script(text):
    of = made(name_of(text), scale=1e200)
    printed_ = printed(of, remembers=T - 1, paths=(T - 1, 0))
    grown = [numbers[-1] for numbers in after(printed_, f"h of step {T} by the states of step ")]
    norms = [float(line.rsplit(" ", 1)[1]) for line in printed_ if "every path" in line]
    assert len(grown) == T - 1 and len(norms) == T
    assert np.isnan(norms).any() and norms[-1] == 1


def test_one_step_has_a_memory_too():
    cell = CELLS["lstm"]
    lines = run_script(memory_torch(cell, init_params(cell, 2, 3, 1), np.ones((1, 2)), 0, 0, (0, 0)))[1]
    assert after(lines, "half-life of c = ") == [[np.inf] * 3]


def test_the_loops_of_a_difference_to_pytorchs_layer_are_noticed():
    of = made("gru")
    assert "agrees with torch.nn.GRU: True" in printed(of, unit=0, remembers=3, paths=(3, 0))
