"""The zoo that tests run over, and random arguments for it."""
import numpy as np
import pytest
from hypothesis import strategies as st

from lstm_core import CELLS, Cell
from lstm_core.cells import DEPTH_GATED, GRID, GRID_INPUT

# what a visitor may type: every operation, and every way of reading a bias, a state or a sum
TYPED = [
    Cell("leaky", "k = sigmoid(b_k)\nh = k * h_prev + (1 - k) * relu(W_h @ x + b_h + b_m)"),
    Cell("named sums", "a = W_a @ x + U_a @ h_prev + b_a\n"
                       "h = tanh(a) * (p_h * h_prev) + exp(b_q) / (1 + exp(a)) + U_k @ a"),
    Cell("shared places", "h = tanh(p_a * h_prev + U_a @ h_prev + h_prev * p_b + W_a @ x + W_b @ x + (b_a + b_b))"),
    Cell("linear", "h = W_h @ x + p_h * h_prev + b_h"),
    Cell("feed-forward", "h = W_h @ x"),
    Cell("only biases", "g = 1 - 0.5\nh = U_h @ b_h - g + b_h"),
    Cell("gates that are states", "f = sigmoid(W_f @ x + U_f @ f_prev)\nh = tanh(W_h @ x + U_h @ (f * f_prev) + f)"),
    Cell("a term of its own", "h = tanh(W_h @ x + U_h @ h_prev) + p_h * h_prev + b_h"),
    Cell("matrices and vectors on states", "q = W_q @ x + U_q @ q_prev\nr = W_r @ x + 0.5 * r_prev\n"
         "s = W_s @ x + U_s @ s_prev\nh = p_q * q_prev + p_r * r_prev + s"),
    Cell("x itself", "g = W_g @ x + 0.5 * g_prev\nh = I @ x + g * h_prev"),
    Cell("a quotient", "k = 1 + exp(U_k @ h_prev)\nh = tanh(W_h @ x) + b_h / k"),
    Cell("late state", "h = tanh(W_h @ x + U_h @ c_prev)\nc = W_c @ x"),
]
ZOO = [*CELLS.values(), *TYPED]
IN_STACKS = [DEPTH_GATED, GRID, GRID_INPUT]
zoo = pytest.mark.parametrize("cell", ZOO, ids=lambda cell: cell.name)
every = pytest.mark.parametrize("cell", [*ZOO, *IN_STACKS], ids=lambda cell: cell.name)


def random(cell, T=6, B=2, D=3, H=4, seed=0, scale=0.7, dtype=np.float64):
    """Parameters, x and initial states."""
    rng = np.random.default_rng(seed)
    params = {k: rng.normal(0, scale, s).astype(dtype) for k, s in cell.shapes(D, H).items()}
    initial = {s: rng.normal(size=(B, H)).astype(dtype) for s in cell.state}
    return params, rng.normal(size=(T, B, D)).astype(dtype), initial


@st.composite
def typed_cells(draw):
    """Cells as nobody would think of them: sums, products, activations and matrices in any order, D = H."""
    names = ["f", "g", "c", "h"][-draw(st.integers(1, 4)) :]
    numbers = iter(range(1000))

    def vector(depth, known):
        kind = draw(st.integers(0, 11)) if depth else draw(st.integers(0, 2))
        if kind <= 1:
            return draw(st.sampled_from(["x", *(f"{name}_prev" for name in names), *known]))
        if kind == 2:
            return f"b_{next(numbers)}"
        if kind == 3:
            return f"{draw(st.sampled_from(['sigmoid', 'tanh', 'relu']))}({vector(depth - 1, known)})"
        if kind == 4:
            return f"({vector(depth - 1, known)} * {vector(depth - 1, known)})"
        if kind == 5:
            return f"({draw(st.sampled_from(['1', '0.5', vector(depth - 1, known)]))} - {vector(depth - 1, known)})"
        if kind == 6:
            return f"(p_{draw(st.sampled_from('ab'))} * {vector(depth - 1, known)})"
        if kind == 7:
            return f"(U_{draw(st.sampled_from('ab'))} @ {vector(depth - 1, known)})"
        if kind == 8:
            return f"(tick * {vector(depth - 1, known)} + I @ x)"
        if kind == 9:
            return f"(p_c * {draw(st.sampled_from(names))}_prev + R_a @ {draw(st.sampled_from(names))}_prev)"
        return f"({vector(depth - 1, known)} + {vector(depth - 1, known)} + W_{next(numbers)} @ x)"

    lines = [f"{name} = tanh({vector(3, names[:k])})" if draw(st.booleans()) else
             f"{name} = {vector(2, names[:k])} + {vector(2, names[:k])}" for k, name in enumerate(names)]
    return Cell("typed", "\n".join(lines), periods=draw(st.sampled_from([(1,), (1, 3)])))


def below(cell, T=6, B=2, H=4, seed=0, dtype=np.float64):
    """What the cell reads of the cell below it, or None."""
    rng = np.random.default_rng([seed, 1])
    return {name: rng.normal(size=(T, B, H)).astype(dtype) for name in cell.below} or None


def inputs(cell):
    """The names of all that comes into a step."""
    return ("x", *cell.inputs, *(f"{s}_prev" for s in cell.state))


def everything(trace):
    """Every value a trace gives, the inputs too."""
    return {k: trace[k] for k in (*trace, *inputs(trace.cell))}


def assert_same(ours, theirs, rtol=1e-12):
    """Every value of two traces, up to rounding."""
    theirs = everything(theirs)
    assert everything(ours).keys() == theirs.keys()
    for node, value in everything(ours).items():
        assert value.dtype == theirs[node].dtype, node
        np.testing.assert_allclose(value, theirs[node], rtol, rtol * max(1, abs(theirs[node]).max()), err_msg=node)


def difference(f, eps=1e-5):
    """Central difference of f at 0, fourth order."""
    return (8 * (f(eps) - f(-eps)) - (f(2 * eps) - f(-2 * eps))) / (12 * eps)
