from math import inf

import numpy as np
import pytest

from lstm_core import CELLS, Cell, forward
from lstm_core.reach import reach

ONE = (-1.0, 1.0)
H = {"noaf": (-inf, inf), "cifg": (-np.tanh(1), np.tanh(1))}  # the rest between -1 and 1
C = {"cifg": ONE}  # a mean of what was written; in the rest it adds up


@pytest.mark.parametrize("name", CELLS)
def test_between_what_the_states_of_each_cell_lie(name):
    found = reach(CELLS[name])
    assert found["h"] == H.get(name, ONE)
    assert "c" not in found or found["c"] == C.get(name, (-inf, inf))
    assert all(found[gate] == (0, 1) for gate in found.keys() - {"h", "c"})


OWN = {
    "h = relu(W_h @ x + U_h @ h_prev)": (0, inf),
    "f = sigmoid(W_f @ x)\nh = f * h_prev + (1 - f) * sigmoid(U_h @ h_prev)": (0, 1),
    "f = sigmoid(W_f @ x)\nh = f * h_prev + (1 - f) * (W_h @ x)": (-inf, inf),
    "f = tanh(W_f @ x)\nh = f * h_prev + (1 - f) * tanh(U_h @ h_prev)": (-inf, inf),  # f is no share
    "f = sigmoid(W_f @ x)\ng = sigmoid(b_g)\nh = f * h_prev + (1 - g) * tanh(U_h @ h_prev)": (-inf, inf),
    "f = sigmoid(W_f @ x)\nn = tanh(U_h @ h_prev)\nh = h_prev + f * (n - h_prev)": ONE,
    "f = sigmoid(W_f @ x)\nn = tanh(U_h @ h_prev)\nh = h_prev - (h_prev - n) * f": ONE,
    "f = sigmoid(W_f @ x)\nn = tanh(U_h @ h_prev)\nh = h_prev + f * (h_prev - n)": (-inf, inf),  # it moves away
    "f = sigmoid(W_f @ x)\nn = tanh(U_h @ h_prev)\nh = n - f * (h_prev - n)": (-inf, inf),
    "h = 0.5 * tanh(U_h @ h_prev) + 0.25": (-0.25, 0.75),
    "h = exp(0 - relu(U_h @ h_prev))": (0, 1),
    "h = 0.5 * h_prev + sigmoid(W_h @ x)": (0, inf),  # below 2, but only in the limit
    "h = tanh(b_h) / (1 + exp(U_h @ h_prev))": (-inf, inf),
    "h = 1 - h_prev": (0, 1), "h = exp(exp(h_prev + 9)) * b_h": (-inf, inf),
}


@pytest.mark.parametrize("equations", OWN)
def test_between_what_the_state_of_a_cell_of_ones_own_lies(equations):
    np.testing.assert_allclose(reach(Cell("own", equations))["h"], OWN[equations], atol=1e-15)


@pytest.mark.parametrize("cell", [*CELLS.values(), *(Cell("own", text) for text in OWN)], ids=lambda cell: cell.name)
def test_no_run_leaves_it(cell):
    rng = np.random.default_rng(0)
    for size in (0.3, 3, 100):
        params = {name: size * rng.standard_normal(shape) for name, shape in cell.shapes(2, 4).items()}
        trace = forward(cell, params, size * rng.standard_normal((60, 8, 2)))
        for name, (low, high) in reach(cell).items():
            assert (low <= trace[name]).all() and (trace[name] <= high).all()
