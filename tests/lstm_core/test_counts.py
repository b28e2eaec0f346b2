import re

import numpy as np
import pytest

from lstm_core import CELLS, Bidirectional, Cell, attend, init_attention, init_params
from lstm_core.cells import DEPTH_GATED, GRID, GRID_INPUT, PEEPHOLE
from lstm_core.compose import init_params as init_net
from lstm_core.counts import (
    attention_multiply_adds,
    attention_parameter_count,
    equal_hidden_size,
    multiply_adds,
    parameter_count,
)


@pytest.mark.parametrize("cell", [*CELLS.values(), DEPTH_GATED, GRID], ids=lambda cell: cell.name)
def test_the_parameter_count_is_how_many_numbers_init_params_draws(cell):
    for D, H in ((1, 1), (3, 4), (4, 3), (2, 9)):
        assert parameter_count(cell, D, H) == sum(np.count_nonzero(p) for p in init_params(cell, D, H).values())


def test_parameter_counts_are_those_of_the_formulas():
    for D, H in ((1, 1), (3, 4), (28, 128)):
        assert parameter_count(CELLS["lstm"], D, H) == 4 * H * (D + H + 1)
        assert parameter_count(CELLS["peephole"], D, H) == 4 * H * (D + H + 1) + 3 * H
        assert parameter_count(CELLS["gru"], D, H) == 3 * H * (D + H + 1) + H
        assert parameter_count(CELLS["rnn"], D, H) == H * (D + H + 1)
    assert parameter_count(CELLS["clockwork"], 3, 8) == 8 * (3 + 1) + 2 * 2 * (4 + 3 + 2 + 1)


def test_multiply_adds_are_the_entries_of_matrices_and_the_units_of_products():
    for D, H in ((1, 1), (3, 4), (5, 2)):
        assert multiply_adds(CELLS["rnn"], D, H) == H * (D + H)
        assert multiply_adds(CELLS["lstm"], D, H) == 4 * H * (D + H) + 3 * H  # f c, i c~, o tanh(c)
        assert multiply_adds(CELLS["peephole"], D, H) == 4 * H * (D + H) + 6 * H
        assert multiply_adds(CELLS["gru"], D, H) == 3 * H * (D + H) + 3 * H
        assert multiply_adds(CELLS["mut1"], D, H) == 2 * H * D + 2 * H * H + min(D, H) + 3 * H
    assert multiply_adds(CELLS["clockwork"], 3, 8) == 8 * 3 + 40 + 2 * 8
    assert multiply_adds(Cell("quotient", "h = x / (1 + exp(h_prev))"), 4, 4) == 4


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru", "peephole", "mut1", "fgr", "clockwork"])
@pytest.mark.parametrize("other", ["rnn", "lstm", "clockwork"])
def test_the_equal_hidden_size_is_the_nearest_of_all(name, other):
    cell = CELLS[name]
    for D in (1, 5):
        counts = [parameter_count(cell, D, H) for H in range(1, 201)]
        for H in (1, 2, 3, 7, 16, 40):
            wanted = parameter_count(CELLS[other], D, H)
            nearest = 1 + min(range(200), key=lambda k: abs(counts[k] - wanted))
            assert equal_hidden_size(cell, CELLS[other], D, H) == nearest
    assert equal_hidden_size(cell, cell, 4, 150) == 150


def test_of_two_hidden_sizes_as_near_the_smaller_is_taken():
    units, pairs = Cell("units", "h = 2 * p_h * h_prev + p_k * x"), Cell("three", "h = p_a * h_prev + p_b * x + p_c")
    assert [parameter_count(units, 1, H) for H in (1, 2)] == [2, 4]
    assert parameter_count(pairs, 1, 1) == 3
    assert equal_hidden_size(units, pairs, 1, 1) == 1


def test_a_cell_without_parameters_has_no_equal_hidden_size():
    nothing = Cell("nothing", "h = 0.5 * h_prev + x")
    with pytest.raises(ValueError, match="net: given nothing, which has no parameters"):
        equal_hidden_size(nothing, CELLS["lstm"], 3, 4)
    assert equal_hidden_size(CELLS["lstm"], nothing, 3, 4) == 1


@pytest.mark.parametrize("count", [parameter_count, multiply_adds, lambda *a: equal_hidden_size(CELLS["rnn"], *a)])
@pytest.mark.parametrize(("D", "H", "wanted"), [
    (0, 4, "D: given 0, wanted a positive integer"),
    (3, -1, "H: given -1, wanted a positive integer"),
    (3, 4.0, "H: given 4.0, wanted a positive integer"),
    (None, 4, "D: given None, wanted a positive integer"),
    (3, True, "H: given True, wanted a positive integer"),
])
def test_sizes_that_are_none_are_refused(count, D, H, wanted):
    with pytest.raises(ValueError, match=re.escape(wanted)):
        count(CELLS["lstm"], D, H)


# --- arrangements

LSTM, GRU = CELLS["lstm"], CELLS["gru"]
NETS = [
    (LSTM, LSTM), Bidirectional(GRU), Bidirectional(GRU, "sum"), (Bidirectional(LSTM), GRU),
    (Bidirectional(LSTM, "sum"), GRU), (PEEPHOLE, DEPTH_GATED), (GRID_INPUT, GRID, GRID),
]


def leaves(params):
    return [params] if isinstance(params, dict) else [leaf for part in params for leaf in leaves(part)]


@pytest.mark.parametrize("net", NETS)
def test_the_parameter_count_of_a_net_is_how_many_numbers_it_draws(net):
    drawn = sum(p.size for cell in leaves(init_net(net, 3, 4)) for p in cell.values())
    assert parameter_count(net, 3, 4) == drawn


def test_a_net_costs_what_its_cells_cost_each_at_the_size_of_its_input():
    assert multiply_adds((LSTM, LSTM), 3, 4) == multiply_adds(LSTM, 3, 4) + multiply_adds(LSTM, 4, 4)
    assert multiply_adds(Bidirectional(GRU), 3, 4) == 2 * multiply_adds(GRU, 3, 4)
    assert multiply_adds((Bidirectional(LSTM), GRU), 3, 4) == 2 * multiply_adds(LSTM, 3, 4) + multiply_adds(GRU, 8, 4)
    assert multiply_adds((Bidirectional(LSTM, "sum"), GRU), 3, 4) == (
        2 * multiply_adds(LSTM, 3, 4) + multiply_adds(GRU, 4, 4))


def test_nets_of_equal_size():
    H = equal_hidden_size(Bidirectional(LSTM), LSTM, 5, 40)
    wanted = parameter_count(LSTM, 5, 40)
    below, here, above = (abs(parameter_count(Bidirectional(LSTM), 5, H + d) - wanted) for d in (-1, 0, 1))
    assert here <= above and here < below and H < 40


def test_the_cost_of_attention_is_that_of_its_arrays():
    N, T, B, Q, M, A = 2, 3, 1, 4, 5, 6
    params = init_attention(Q, M, A)
    assert attention_parameter_count(Q, M, A) == sum(p.size for p in params.values())
    trace = attend(params, np.ones((N, B, Q)), np.ones((T, B, M)))
    products = N * params["W_a"].size + T * params["U_a"].size  # of queries, of steps
    products += trace["hidden"].size + trace["weights"].size * M  # scores; contexts
    assert attention_multiply_adds(Q, M, A, N, T) == products
    with pytest.raises(ValueError, match="A: given 0"):
        attention_parameter_count(Q, M, 0)
