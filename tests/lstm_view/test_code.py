import ast
import contextlib
import csv
import io
import sys
import types

import numpy as np
import pytest

from lstm_core import CELLS, Cell, init_params, step
from lstm_core.ops import OPS
from lstm_view.code import NUMPY, TORCH, csv_of, numpy_code, torch_code

OWN = Cell("a visitor's\nimport os", """
np = relu(W_a @ x - (U_a @ h_prev - b_a)) / (2 + exp(W_b @ x) * sigmoid(0.5))
tanh = tanh(np - (np_prev - 1)) * (1 / 0)
print = 1 - sigmoid(5)
h = print * tanh(tanh * 1e-300)
tensor = h - print
""")
ZOO = [*CELLS.values(), OWN]
zoo = pytest.mark.parametrize("cell", ZOO, ids=lambda cell: cell.name.split()[0])
WITH_MODULE = ("rnn", "lstm", "gru")


def arguments(cell, D=3, H=4):
    rng = np.random.default_rng(2)
    return init_params(cell, D, H, seed=2), {"x": rng.normal(size=D)} | {
        f"{s}_prev": rng.uniform(-1, 1, H) for s in cell.state} | {name: np.arange(H) % 2.0 for name in cell.inputs}


def named(cell):
    return [node.id for node in cell.nodes if "." not in node.id]


def clamps(cell):
    """The first equation forced at two units, the last at one."""
    first, *_, last = named(cell) * 2
    return {first: np.array([np.nan, 1.0, np.nan, -0.25]), last: np.array([0.1, np.nan, np.nan, np.nan])}


def run(script):
    """What a script prints: name -> text after the sign."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(script, "script", "exec"), {})
    return dict(line.split(" = ") if " = " in line else line.split(": ") for line in printed.getvalue().splitlines())


def assert_same(printed, cell, env):
    assert [name for name in printed if "agrees" not in name] == named(cell)
    for name in named(cell):
        values = ast.literal_eval(printed[name])
        np.testing.assert_allclose(values, np.broadcast_to(env[name], len(values)), rtol=1e-15, atol=1e-15)


class Tensor(np.ndarray):
    """As much of a torch tensor as the scripts use."""

    def copy_(self, values):
        assert self.shape == values.shape
        self[...] = values


def tensor(values, dtype):
    return np.array(values, dtype).view(Tensor)


def cell_of(rows, forward):
    """A stand-in for torch.nn.RNNCell and so on: `rows` gates, and the step in PyTorch's documented formulas."""
    class Module:
        def __init__(self, D, H, dtype):
            shapes = {"weight_ih": (rows * H, D), "weight_hh": (rows * H, H), "bias_ih": rows * H, "bias_hh": rows * H}
            for name, shape in shapes.items():
                setattr(self, name, np.full(shape, np.nan, dtype).view(Tensor))

        def __call__(self, x, state):
            h = state[0] if isinstance(state, tuple) else state
            into = np.split(self.weight_ih @ x + self.bias_ih, rows)
            again = np.split(self.weight_hh @ h + self.bias_hh, rows)
            return forward(into, again, state)
    return Module


def logistic(a):
    return 1 / (1 + np.exp(-a))


def rnn_cell(into, again, h):
    return np.tanh(into[0] + again[0])


def lstm_cell(into, again, state):
    i, f, g, o = (a + b for a, b in zip(into, again, strict=True))
    c = logistic(f) * state[1] + logistic(i) * np.tanh(g)
    return logistic(o) * np.tanh(c), c


def gru_cell(into, again, h):
    r, z = (logistic(a + b) for a, b in zip(into[:2], again[:2], strict=True))
    n = np.tanh(into[2] + r * again[2])
    return (1 - z) * n + z * h


@pytest.fixture
def torch(monkeypatch):
    module = types.SimpleNamespace(
        float64=np.float64, tensor=tensor, no_grad=contextlib.nullcontext, cat=np.concatenate, allclose=np.allclose,
        sigmoid=logistic, tanh=np.tanh, exp=np.exp, relu=lambda a: np.maximum(a, 0), zeros=np.zeros, full=np.full,
        eye=np.eye,
        nn=types.SimpleNamespace(
            RNNCell=cell_of(1, rnn_cell), LSTMCell=cell_of(4, lstm_cell), GRUCell=cell_of(3, gru_cell)),
    )
    monkeypatch.setitem(sys.modules, "torch", module)
    return module


def test_every_function_has_a_definition():
    functions = {name for name, op in OPS.items() if "({0})" in op.tex}
    assert set(NUMPY) == set(TORCH) == functions


@zoo
@pytest.mark.parametrize("clamp", [lambda cell: None, clamps], ids=["free", "clamped"])
def test_numpy_code_computes_the_step(cell, clamp):
    params, inputs = arguments(cell)
    forced = clamp(cell)
    assert_same(run(numpy_code(cell, params, inputs, forced)), cell, step(cell, params, inputs, forced))


@zoo
@pytest.mark.parametrize("clamp", [lambda cell: None, clamps], ids=["free", "clamped"])
def test_torch_code_computes_the_step(cell, clamp, torch):
    params, inputs = arguments(cell)
    forced = clamp(cell)
    printed = run(torch_code(cell, params, inputs, forced))
    assert_same(printed, cell, step(cell, params, inputs, forced))
    agrees = [text for name, text in printed.items() if "agrees" in name]
    assert agrees == (["True"] if cell.name in WITH_MODULE and not forced else [])


@pytest.mark.parametrize(("D", "H"), [(1, 3), (4, 2), (2, 2)])
@pytest.mark.parametrize("name", ["mut1", "mut2"])
def test_x_is_cut_or_filled_up_with_zeros(name, D, H):
    cell = CELLS[name]
    given = arguments(cell, D, H)
    assert f"I = np.eye({H}, {D})\n" in numpy_code(cell, *given)
    assert_same(run(numpy_code(cell, *given)), cell, step(cell, *given))


@pytest.mark.parametrize("write", [numpy_code, torch_code])
def test_what_a_clock_masks_is_written_as_0(write, torch):
    cell = CELLS["clockwork"]
    params, inputs = arguments(cell)
    params = params | {"R_n": np.full((4, 4), 0.5)}
    script = write(cell, params, inputs)
    rows = script.partition("R_n = ")[2].split("]", 4)[:4]
    assert [row.split("[")[-1] for row in rows] == [
        "0.5, 0.5, 0.5, 0.5", "0.0, 0.5, 0.5, 0.5", "0.0, 0.0, 0.5, 0.5", "0.0, 0.0, 0.0, 0.5"]
    assert_same(run(script), cell, step(cell, params, inputs))


@pytest.mark.parametrize("name", WITH_MODULE)
def test_torch_code_notices_a_difference(name, torch):
    """Were a gate in the wrong place, the script would say so."""
    cell = CELLS[name]
    script = torch_code(cell, *arguments(cell))
    swapped = script.replace("bias_ih.copy_(torch.cat([", "bias_ih.copy_(-torch.cat([")
    assert swapped != script
    assert "False" in run(swapped).values()


def test_a_variant_is_not_compared_even_if_it_has_the_name_of_a_cell():
    cell = CELLS["lstm"].edit("lstm", h="o * c")
    assert "torch.nn" not in torch_code(cell, *arguments(cell))


def test_a_clamp_that_leaves_all_free_is_none():
    cell = CELLS["gru"]
    given = arguments(cell)
    assert torch_code(cell, *given, {"z": [np.nan] * 4}) == torch_code(cell, *given)


def test_numpy_code_golden():
    params = {"W_h": np.array([[0.5, -0.25]]), "U_h": np.array([[10.0]]), "b_h": np.array([1 / 3])}
    inputs = {"x": np.array([1.0, -2e-9]), "h_prev": np.array([0.1 + 0.2])}
    assert numpy_code(CELLS["rnn"], params, inputs, {"h": [0.5]}) == """\
# One step of the cell 'rnn'.
import numpy as np

tanh = np.tanh

x = np.array([1.0, -2e-09])
h_prev = np.array([0.30000000000000004])
W_h = np.array([
    [0.5, -0.25],
])
U_h = np.array([
    [10.0],
])
b_h = np.array([0.3333333333333333])

h = tanh(W_h @ x + U_h @ h_prev + b_h)
h[0] = 0.5  # forced

print("h =", h.tolist())
"""


@pytest.mark.parametrize("write", [numpy_code, torch_code])
@zoo
def test_a_script_is_its_own_lines_and_nothing_else(cell, write):
    """Each name is defined once and used; what is foreign to the cell does not enter."""
    params, inputs = arguments(cell)
    tree = ast.parse(write(cell, params | {"os": np.zeros(4)}, inputs | {"sys": np.zeros(4)}))
    assert [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names] == [write.__name__[:5]]
    names = [n for n in ast.walk(tree) if isinstance(n, ast.Name)]
    stored = [n.id for n in names if isinstance(n.ctx, ast.Store)]
    stored += [n.name for n in tree.body if isinstance(n, ast.FunctionDef)]
    assert len(stored) == len(set(stored))
    assert not {"os", "sys"} & set(stored)
    assert set(stored) <= {n.id for n in names if isinstance(n.ctx, ast.Load)}


@pytest.mark.parametrize("write", [numpy_code, torch_code])
@pytest.mark.parametrize("malice", ["__import__('os')", "1]); import os; ([1"])
def test_only_numbers_enter(write, malice):
    cell = CELLS["lstm"]
    params, inputs = arguments(cell)
    hostile = np.array([malice] * 4, object)
    for given in ((params | {"b_f": hostile}, inputs), (params, inputs | {"c_prev": hostile}),
                  (params, inputs, {"f": hostile})):
        with pytest.raises((ValueError, TypeError)):
            write(cell, *given)


def test_a_cell_without_parameters():
    cell = Cell("half", "k = 1 - 0.5\nh = x * k + h_prev")
    printed = run(numpy_code(cell, {}, {"x": np.array([1.0, -2.0]), "h_prev": np.array([0.5, 0.25])}))
    assert printed == {"k": "[0.5, 0.5]", "h": "[1.0, -0.75]"}


def test_values_that_are_not_finite_are_still_python():
    cell = CELLS["rnn"]
    params, inputs = arguments(cell)
    printed = run(numpy_code(cell, params | {"b_h": np.array([np.inf, -np.inf, 0, 0])}, inputs))
    assert ast.literal_eval(printed["h"])[:2] == [1.0, -1.0]


@zoo
def test_csv_holds_every_value(cell):
    params, inputs = arguments(cell)
    env = step(cell, params, inputs)
    rows = list(csv.DictReader(io.StringIO(csv_of(cell, env))))
    assert list(rows[0]) == ["node", "unit", "value", "equation"]
    first = ["x", "h_prev", *sorted(inputs.keys() - {"x", "h_prev"})]  # tick, if any, is the only other
    assert list(dict.fromkeys(row["node"] for row in rows)) == [n for n in first if n in inputs] + list(cell.node)
    for name in (*inputs, *cell.node):
        mine = [row for row in rows if row["node"] == name]
        assert [float(row["value"]) for row in mine] == np.atleast_1d(env[name]).tolist()
        assert [int(row["unit"]) for row in mine] == list(range(1, np.size(env[name]) + 1))
    for row in rows:
        assert row["equation"].startswith(f"{row['node']} = ") == (row["node"] in named(cell))


def test_csv_golden():
    cell = Cell("half", "h = x * h_prev + 0.5")
    env = step(cell, {}, {"x": np.array([1.0, -2.0]), "h_prev": np.array([0.1, 1 / 3])})
    assert csv_of(cell, env) == """\
node,unit,value,equation
x,1,1.0,
x,2,-2.0,
h_prev,1,0.1,
h_prev,2,0.3333333333333333,
h.0,1,0.1,
h.0,2,-0.6666666666666666,
h,1,0.6,h = x * h_prev + 0.5
h,2,-0.16666666666666663,h = x * h_prev + 0.5
"""
