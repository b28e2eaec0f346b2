import re

import numpy as np
import pytest
from zoo import random, zoo

from lstm_core import CELLS, Bidirectional, Cell, backward, compose, forward, init_params
from lstm_core.cells import DEPTH_GATED, GRID, GRID_INPUT, PEEPHOLE
from lstm_core.differences import Slope, check, slope

pytestmark = pytest.mark.filterwarnings("error")

NETS = {
    "stack": (Bidirectional(CELLS["lstm"]), CELLS["gru"]),
    "both directions": Bidirectional(CELLS["clockwork"], "sum"),
    "depth-gated": (PEEPHOLE, DEPTH_GATED),
    "grid": (GRID_INPUT, GRID),
}


def weights(cell, T=6, B=2, H=4, seed=1):
    """A loss of every value that has a name."""
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=(T, B, H)) for name in cell.lines}


# --- a gradient that is right


@zoo
@pytest.mark.parametrize("lengths", [None, [6, 3]])
def test_every_gradient_of_every_cell_is_what_differences_say(cell, lengths):
    params, x, initial = random(cell)
    slopes = check(cell, params, x, weights(cell), initial, lengths)
    assert list(slopes) == [*params, "x", *(f"{s}_prev" for s in initial)]
    for name, found in slopes.items():
        assert found.error < 1e-8, name


@pytest.mark.parametrize("name", NETS)
def test_every_gradient_of_a_net_is_what_differences_say(name):
    net, rng = NETS[name], np.random.default_rng(3)
    params = compose.init_params(net, 3, 4)
    slopes = check(net, params, rng.normal(size=(5, 2, 3)), rng.normal(size=(5, 2, 4)), lengths=[5, 2])
    assert max(found.error for found in slopes.values()) < 1e-8
    assert min(abs(found.analytic) for found in slopes.values()) > 0


def test_a_slope_has_the_name_of_what_moves():
    net = (Bidirectional(Cell("one", "h = tanh(W_h @ x + b_h * h_prev)")), Cell("two", "h = W_h @ x"))
    params = compose.init_params(net, 3, 4)
    found = check(net, params, np.ones((2, 1, 3)), np.ones((2, 1, 4)))
    assert list(found) == [(0, 0, "W_h"), (0, 0, "b_h"), (0, 1, "W_h"), (0, 1, "b_h"), (1, "W_h"), "x",
                           (0, 0, "h_prev"), (0, 1, "h_prev")]


def test_the_slope_is_that_of_the_loss_along_a_direction_of_length_1():
    params, x, loss = {"b_h": np.array([0.5])}, np.array([[[2.0]]]), np.array([[[3.0]]])
    slopes = check(Cell("sum", "h = b_h * x"), params, x, loss)
    for name, wanted in (("b_h", 6), ("x", 1.5)):
        assert abs(slopes[name].analytic) == wanted
        assert slopes[name].numeric == pytest.approx(slopes[name].analytic, rel=1e-12)


def test_a_loss_on_h_may_be_given_without_its_name():
    cell = CELLS["gru"]
    params, x, initial = random(cell)
    loss = np.random.default_rng(1).normal(size=(6, 2, 4))
    assert check(cell, params, x, loss, initial) == check(cell, params, x, {"h": loss}, initial)


def test_a_seed_is_a_direction():
    cell = CELLS["rnn"]
    params, x, _ = random(cell)
    one, again, other = (check(cell, params, x, weights(cell), seed=seed) for seed in (0, 0, 1))
    assert one == again
    assert all(one[name].analytic != other[name].analytic for name in one)


def test_it_computes_in_float64():
    cell = CELLS["lstm"]
    params, x, initial = random(cell, dtype=np.float32)
    loss = {name: w.astype(np.float32) for name, w in weights(cell).items()}
    slopes = check(cell, params, x, loss, initial)
    assert max(found.error for found in slopes.values()) < 1e-8


# --- a gradient that is wrong


@pytest.mark.parametrize("name", ["W_f", "U_c", "b_o", "x", "c_prev"])
@pytest.mark.parametrize("factor", [-1, 0, 1.001])
def test_one_wrong_number_is_found_where_it_is(name, factor):
    cell = CELLS["lstm"]
    params, x, initial = random(cell)
    grads = dict(backward(forward(cell, params, x, initial), params, weights(cell)))
    wrong = grads[name].copy()
    wrong[(0,) * wrong.ndim] *= factor
    slopes = check(cell, params, x, weights(cell), initial, grads=grads | {name: wrong})
    assert [other for other in slopes if slopes[other].error > 1e-6] == [name]


@pytest.mark.parametrize("change", [{"truncate": 2}, {"clip": 0.1}])
def test_a_gradient_that_was_cut_or_clipped_is_another(change):
    cell = CELLS["lstm"]
    params, x, initial = random(cell)
    grads = backward(forward(cell, params, x, initial), params, weights(cell), **change)
    assert check(cell, params, x, weights(cell), initial, grads=grads)["U_f"].error > 1e-3


def test_a_wrong_gradient_of_one_layer_is_found():
    net, rng = NETS["stack"], np.random.default_rng(3)
    params, x, dh = compose.init_params(net, 3, 4), rng.normal(size=(5, 2, 3)), rng.normal(size=(5, 2, 4))
    grads = backward(compose.forward(net, params, x), params, dh)
    grads[0].backward.run.arrays["W_i"] = -grads[0].backward["W_i"]
    slopes = check(net, params, x, dh, grads=grads)
    assert [name for name in slopes if slopes[name].error > 1e-6] == [(0, 1, "W_i")]
    assert slopes[0, 1, "W_i"].error == pytest.approx(2, rel=1e-6)


# --- a slope of nothing


def test_what_nothing_depends_on_has_a_slope_of_0_and_no_error():
    cell = CELLS["lstm"]
    params, x, _ = random(cell)
    assert set(check(cell, params, x, np.zeros((6, 2, 4))).values()) == {Slope(0.0, 0.0, 0.0)}
    first = np.zeros((6, 2, 4))
    first[0] = 1
    dead = check(cell, params, 0 * x, first)  # without x or h_prev no matrix matters
    assert dead["W_f"] == dead["U_o"] == (0.0, 0.0, 0.0)
    assert dead["b_i"].analytic


def test_where_the_gradient_vanished_rounding_is_no_error():
    cell = CELLS["lstm"]
    params, x, initial = random(cell, T=60, scale=0.1)
    last = np.zeros((60, 2, 4))
    last[-1] = 1
    slopes = check(cell, params | {"b_f": np.full(4, -2.0)}, x, last, initial)
    assert 0 < abs(slopes["c_prev"].analytic) < 1e-40
    assert max(found.error for found in slopes.values()) < 1e-6


def test_where_the_gradient_explodes_the_steps_are_small_enough():
    cell = CELLS["rnn"]
    params = init_params(cell, 3, 16)
    x = np.random.default_rng(0).normal(size=(50, 1, 3))
    slopes = check(cell, params | {"U_h": 8 * params["U_h"]}, x, np.ones((50, 1, 16)))
    assert abs(slopes["h_prev"].analytic) > 1e6
    assert max(found.error for found in slopes.values()) < 1e-6


# --- the difference itself


@pytest.mark.parametrize(("f", "wanted"), [
    (np.exp, 1), (np.sin, 1), (np.cos, 0), (abs, 0), (lambda e: 7.0, 0), (lambda e: 1e-9 * e + e**2, 1e-9),
    (lambda e: np.tanh(1e4 * e), 1e4), (lambda e: 1 / (0.2 - e), 25), (lambda e: max(e - 0.01, 0) + 3 * e, 3),
])
@pytest.mark.parametrize("step", [0.1, 0.01])
def test_the_slope_of_what_is_known(f, wanted, step):
    assert slope(lambda e: f(e) - f(-e), step, size=1.0) == pytest.approx(wanted, rel=1e-9, abs=1e-12)


# --- what it refuses


@pytest.mark.parametrize("step", [0, -1.0, np.inf, "0.1", True])
def test_a_step_that_is_not_positive_is_refused(step):
    cell = CELLS["rnn"]
    params, x, _ = random(cell)
    with pytest.raises(ValueError, match=re.escape(f"step: given {step!r}, wanted a positive number")):
        check(cell, params, x, weights(cell), step=step)


def test_a_loss_that_does_not_fit_is_refused_as_backward_does():
    cell = CELLS["rnn"]
    params, x, _ = random(cell)
    with pytest.raises(ValueError, match=re.escape("dh['h']: given float64 of shape (6, 2, 3)")):
        check(cell, params, x, {"h": np.ones((6, 2, 3))}, grads={})
    with pytest.raises(KeyError, match="dh: q: the rnn cell computes"):
        check(cell, params, x, {"q": np.ones((6, 2, 4))})
