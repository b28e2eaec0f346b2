import re
from dataclasses import replace

import numpy as np
import pytest

from lstm_core import CELLS, Bidirectional, Cell, attend, init_attention, init_params
from lstm_core.cells import DEPTH_GATED, GRID, GRID_INPUT, PEEPHOLE
from lstm_core.compose import init_params as init_net
from lstm_core.counts import (
    attention_multiply_adds,
    attention_parameter_count,
    equal_hidden_size,
    has_clock,
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
    assert multiply_adds(Cell("quotient", "h = x / (1 + exp(h_prev))"), 4, 4) == 4


@pytest.mark.parametrize(("D", "H"), [(1, 1), (2, 3), (3, 8), (2, 13)])
@pytest.mark.parametrize("periods", [(1, 2, 4, 8), (1, 3, 7), (2, 3)])
def test_a_unit_that_rests_multiplies_nothing(periods, D, H):
    """Step by step, unit by unit: W's row, and of R's the units of no shorter period."""
    cell = replace(CELLS["clockwork"], periods=periods)
    own = cell.unit_periods(H)
    steps = 2 * 3 * 4 * 7 * 2
    count = sum(D + sum(other >= period for other in own) for t in range(steps) for period in own if t % period == 0)
    assert multiply_adds(cell, D, H) == pytest.approx(count / steps, rel=1e-15)
    assert multiply_adds(cell, D, H, resting=True) == D * H + cell.mask(H).sum() + 2 * H
    assert multiply_adds(cell, D, H) < multiply_adds(CELLS["rnn"], D, H) or (H == 1 and periods[0] == 1)


def test_what_a_clock_chooses_between_is_counted_where_it_is_wanted():
    def counted(text):
        return multiply_adds(Cell("clocked", text, periods=(4,)), 2, 8)

    assert counted("h = tick * (p_h * h_prev) + (1 - tick) * h_prev") == 8 / 4
    assert counted("h = tick * h_prev + (1 - tick) * (p_h * h_prev)") == 8 * 3 / 4
    assert counted("q = p_q * h_prev\nh = tick * q + (1 - tick) * (p_h * q)") == 8 + 8 * 3 / 4
    assert counted("h = tick * (U_h @ (p_h * h_prev)) + (1 - tick) * h_prev") == 8 * 8 / 4 + 8  # for any that tick
    assert counted("n = tanh(W_n @ x)\nh = tick * n + (1 - tick) * h_prev + 0 * n_prev") == 8 * 2 + 8  # n is a state
    assert counted("h = tick * h_prev + W_h @ x") == 8 * 2


@pytest.mark.parametrize("cell", [cell for cell in CELLS.values() if not has_clock(cell)], ids=lambda cell: cell.name)
def test_without_a_clock_no_unit_rests(cell):
    assert multiply_adds(cell, 3, 4) == multiply_adds(cell, 3, 4, resting=True)
    assert isinstance(multiply_adds(cell, 3, 4), int)


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
