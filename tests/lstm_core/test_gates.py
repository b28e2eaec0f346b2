import numpy as np
import pytest

from lstm_core import CELLS, Cell, init_params, step
from lstm_core.cells import DEPTH_GATED
from lstm_core.gates import chrono_gates, forget_biases, forget_sign, set_forget_bias

MGU = "f = sigmoid({0})\nh = {1}"
LSTM = """f = sigmoid({0})
i = sigmoid(W_i @ x + b_i)
c = {1}
h = tanh(c)"""
SUM = "W_f @ x + U_f @ h_prev + b_f"
KEEPING = {  # text -> what b_f is where the forget bias is 1
    LSTM.format(SUM, "f * c_prev + i * tanh(W_c @ x)"): 1,
    LSTM.format(SUM, "i * tanh(W_c @ x) + c_prev * f"): 1,
    LSTM.format(SUM, "(1 - f) * c_prev + f * tanh(W_c @ x + b_i)"): -1,
    LSTM.format("W_f @ x - b_f", "f * c_prev + i * tanh(W_c @ x)"): -1,
    LSTM.format("-(W_f @ x + b_f)", "f * c_prev + i * tanh(W_c @ x)"): -1,
    LSTM.format("-(W_f @ x - b_f) + U_f @ h_prev", "f * c_prev + i * tanh(W_c @ x)"): 1,
    LSTM.format("W_f @ x - (b_i + b_f)", "(1 - f) * c_prev + f * tanh(W_c @ x + b_i)"): 1,
    MGU.format(SUM, "(1 - f) * h_prev + f * tanh(W_n @ x)"): -1,
    MGU.format(SUM, "f * h_prev + (1 - f) * tanh(W_n @ x)"): 1,
    f"f = sigmoid({SUM})\nk = 1 - f\nh = k * h_prev + f * tanh(W_n @ x)": -1,
}
OTHERS = [  # whose b_f does not say what share of a state is kept
    "h = tanh(W_h @ x + U_h @ h_prev + b_f)",
    LSTM.format("W_f @ x", "f * c_prev + i * tanh(W_c @ x + b_f)"),
    LSTM.format("W_f @ x + b_f * b_f", "f * c_prev + i * tanh(W_c @ x)"),
    LSTM.format("W_f @ x + b_f * b_i", "f * c_prev + i * tanh(W_c @ x)"),
    LSTM.format("W_f @ x + b_f - b_f", "f * c_prev + i * tanh(W_c @ x)"),
    LSTM.format(SUM, "i * c_prev + f * tanh(W_c @ x)"),
    LSTM.format(SUM, "c_prev + f * tanh(W_c @ x) * b_i"),
    LSTM.format(SUM, "tanh(f * c_prev) + i * tanh(W_c @ x)"),
    f"f = sigmoid({SUM})\nc = f * c_prev + tanh(W_c @ x)\nh = (1 - f) * h_prev + f * tanh(c)",
]


def left(cell, params):
    """What is left of states of 1 after a step that hears nothing but biases."""
    silent = {name: array if name == "b_f" else np.zeros_like(array) for name, array in params.items()}
    ones = {f"{s}_prev": np.ones(2) for s in cell.state} | {name: np.ones(2) for name in cell.inputs}
    now = step(cell, silent, {"x": np.zeros(3)} | ones)
    return np.array([now["c" if "c" in cell.state else "h"]])


@pytest.mark.parametrize("cell", [*CELLS.values(), *(Cell("own", text) for text in KEEPING)],
                         ids=[*CELLS, *map(str, range(len(KEEPING)))])
def test_more_forget_bias_keeps_more(cell):
    if not forget_sign(cell):
        assert cell.name not in ("lstm", "mgu", "own") and "b_f" not in cell.parameters
        return
    kept = [left(cell, init_params(cell, 3, 2, forget_bias=bias)) for bias in (-4.0, -1.0, 1.0, 4.0)]
    assert (np.diff(kept, axis=0) > 0.1).all() and kept[0].max() < 0.1 and kept[-1].min() > 0.9


@pytest.mark.parametrize(("text", "sign"), KEEPING.items())
def test_the_sign_is_read_from_the_equations(text, sign):
    cell = Cell("own", text)
    assert forget_sign(cell) == sign
    params = init_params(cell, 3, 2)
    set_forget_bias(cell, params, 2.5)
    assert (params["b_f"] == sign * 2.5).all() and (forget_biases(cell, params) == 2.5).all()
    set_forget_bias(cell, params, None)
    assert (forget_biases(cell, params) == 2.5).all()
    set_forget_bias(cell, params, 0.0)
    assert not np.signbit(params["b_f"]).any() and not np.signbit(forget_biases(cell, params)).any()


@pytest.mark.parametrize("text", OTHERS)
def test_where_no_forget_gate_is_there_is_no_forget_bias(text):
    cell = Cell("own", text)
    params = init_params(cell, 3, 2)
    before = params["b_f"].copy()
    set_forget_bias(cell, params, 2.5)
    assert (params["b_f"] == before).all() and forget_sign(cell) == 0 and forget_biases(cell, params) is None
    with pytest.raises(ValueError, match=r"forget_bias: given 2.5, but the own cell has no b_f"):
        init_params(cell, 3, 2, forget_bias=2.5)


def test_which_cells_of_the_zoo_have_one():
    signs = {name: forget_sign(cell) for name, cell in CELLS.items() if forget_sign(cell)}
    assert signs.pop("mgu") == -1 and set(signs.values()) == {1} == {forget_sign(DEPTH_GATED)}
    assert signs.keys() == {"lstm", "peephole", "cifg", "nig", "nog", "niaf", "noaf", "np", "fgr"}


def test_chrono_gates_heed_a_bias_that_is_taken_away():
    cell = Cell("own", LSTM.format("W_f @ x - b_f", "f * c_prev + i * tanh(W_c @ x)"))
    assert chrono_gates(cell) == {"f": -1, "i": -1}


def test_a_sum_that_doubles_is_read_at_once():
    doubled = "\n".join(f"a{k + 1} = a{k} + a{k}" for k in range(60))
    assert forget_sign(Cell("own", f"a0 = 2 * b_f\n{doubled}\nf = sigmoid(a60)\nh = f * h_prev + b_h")) == 0
