"""The activations to their last digits, against Python's decimals, which know as many as are asked for."""
import warnings
from decimal import Decimal, localcontext

import numpy as np
import pytest

from lstm_core import Cell, forward, step
from lstm_core.ops import OPS, sigmoid, tanh

SIGMOIDS = {  # every way of reading one: a gate's, a state's, of a value with a name, of a product
    "gate": Cell("gate", "y = sigmoid(W_y @ x + b_y)\nh = y + 0 * h_prev"),
    "state": Cell("state", "h = sigmoid(W_h @ x + 0 * h_prev)"),
    "named": Cell("named", "a = W_a @ x + 0 * h_prev\nh = sigmoid(a) + 0 * a"),
    "product": Cell("product", "a = W_a @ x\nh = sigmoid(1 * a) + 0 * h_prev"),
}
ARGUMENTS = np.concatenate([np.linspace(-700, 700, 1401), np.linspace(-40, 40, 999), [-1e-300, -0.0, 5e-324]])


def exact(a, function):
    """A function of each number, rounded once."""
    with localcontext() as context:
        context.prec, context.Emin = 60, -10_000
        return np.array([float(function(Decimal(float(number)))) for number in a])


def logistic(a):
    return 1 / (1 + (-a).exp())


def hyperbolic(a):
    return 1 - 2 / (1 + (2 * a).exp())


def test_the_sigmoid_has_all_digits_on_both_sides():
    np.testing.assert_allclose(sigmoid(ARGUMENTS), exact(ARGUMENTS, logistic), rtol=1e-15)


@pytest.mark.parametrize("B", [1, 400])  # small arrays are made otherwise than large ones
@pytest.mark.parametrize("cell", SIGMOIDS.values(), ids=SIGMOIDS)
def test_so_it_has_in_a_run_and_in_a_step(cell, B):
    a = ARGUMENTS[:: 1 if B == 1 else 9]
    params = {name: np.ones(shape) * (len(shape) > 1) for name, shape in cell.shapes(1, 1).items()}
    x = np.tile(a[:, None, None], (1, B, 1))
    trace = forward(cell, params, x)
    assert trace.slabs is not None
    wanted = exact(a, logistic)[:, None]
    np.testing.assert_allclose(trace["h"][..., 0], np.tile(wanted, B), rtol=1e-12)
    read = step(cell, params, {"x": a[:, None], "h_prev": np.zeros((len(a), 1))})
    np.testing.assert_allclose(read["h"], wanted, rtol=1e-12)


def test_in_float32_it_has_those_of_float32():
    a = np.linspace(-85, 85, 999, dtype=np.float32)
    wanted = exact(a, logistic)
    np.testing.assert_allclose(sigmoid(a), wanted, rtol=1e-6)
    for B in (1, 400):
        trace = forward(SIGMOIDS["gate"], {"W_y": np.ones((1, 1), np.float32), "b_y": np.zeros(1, np.float32)},
                        np.tile(a[:, None, None], (1, B, 1)))
        np.testing.assert_allclose(trace["h"][..., 0], np.tile(wanted[:, None], B), rtol=1e-6)


def test_where_its_derivative_is_made_of_last_digits_they_are_those_of_its_definition():
    """1 - y is what the float64 expression 1 / (1 + exp(-a)) leaves of it, whatever makes y."""
    a = np.linspace(18, 40, 4001)
    y = 1 / (1 + exact(a, lambda number: (-number).exp()))
    assert (sigmoid(a) == y).all()
    for cell in SIGMOIDS.values():
        params = {name: np.ones(shape) * (len(shape) > 1) for name, shape in cell.shapes(1, 1).items()}
        assert (forward(cell, params, a[:, None, None])["h"][:, 0, 0] == y).all()


def test_a_tanh_next_to_1_is_rounded_correctly():
    a = np.random.default_rng(0).uniform(9.5, 20, 3000) * np.tile([-1, 1], 1500)
    wanted = exact(a, hyperbolic)
    assert (tanh(a) == wanted).mean() > 0.999 and (OPS["tanh"].fn(a) == tanh(a)).all()
    named = Cell("named", "a = W_a @ x + 0 * h_prev\nh = tanh(a) + 0 * a")
    for cell in (Cell("gate", "h = tanh(W_h @ x + 0 * h_prev)"), named):
        params = {name: np.ones((1, 1)) for name in cell.parameters}
        for keep in (None, ["h"]):
            found = forward(cell, params, a[:, None, None], keep=keep)["h"][:, 0, 0]
            assert (found == wanted).mean() > 0.999


def test_a_tanh_elsewhere_is_numpys():
    a = np.linspace(-9, 9, 999)
    assert (tanh(a) == np.tanh(a)).all()
    np.testing.assert_allclose(tanh(a), exact(a, hyperbolic), rtol=1e-15, atol=1e-300)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_nothing_warns_and_nothing_is_lost_at_the_largest_numbers(name, dtype):
    largest = np.finfo(dtype).max
    a = np.array([-largest, -1e30, -800, 0, 800, 1e30, largest], dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y = OPS[name].fn(a)
        assert y.dtype == dtype and y.tolist() == [-1 if name == "tanh" else 0] * 3 + [y[3]] + [1] * 3
        cell = Cell("one", f"h = {name}(W_h @ x + 0 * h_prev)")
        trace = forward(cell, {"W_h": np.ones((1, 1), dtype)}, a[:, None, None])
    assert (trace["h"][:, 0, 0] == y).all()


def test_sums_of_a_sigmoid_show_no_negative_zero():
    cell = SIGMOIDS["gate"]
    trace = forward(cell, {"W_y": np.ones((1, 1)), "b_y": np.zeros(1)}, np.zeros((3, 1, 1)))
    assert not np.signbit(trace["y.pre"]).any()
