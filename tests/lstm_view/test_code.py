import ast
import sys
import warnings
from math import exp

import numpy as np
import pytest
import torch_stand_in
from scripts import WITH_MODULE, named, one_step, run, zoo

from lstm_core import CELLS, Cell, step
from lstm_core.ops import OPS
from lstm_view.code import numpy_code, torch_code
from lstm_view.code.library import NUMPY, TORCH


def clamps(cell):
    """The first equation forced at two units, the last at one."""
    first, *_, last = named(cell) * 2
    return {first: np.array([np.nan, 1.0, np.nan, -0.25]), last: np.array([0.1, np.nan, np.nan, np.nan])}


def printed_by(script):
    """What a script prints: name -> text after the sign."""
    return dict(line.split(" = ") if " = " in line else line.split(": ") for line in run(script)[1])


def assert_same(printed, cell, env):
    assert [name for name in printed if "agrees" not in name] == named(cell)
    for name in named(cell):
        values = ast.literal_eval(printed[name])
        np.testing.assert_allclose(values, np.broadcast_to(env[name], len(values)), rtol=1e-15, atol=1e-15)


@pytest.fixture
def torch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", torch_stand_in.torch())


def test_every_function_has_a_definition():
    functions = {name for name, op in OPS.items() if "({0})" in op.tex}
    assert set(NUMPY.functions) == set(TORCH.functions) == functions


@zoo
@pytest.mark.parametrize("clamp", [lambda cell: None, clamps], ids=["free", "clamped"])
def test_numpy_code_computes_the_step(cell, clamp):
    params, inputs = one_step(cell)
    forced = clamp(cell)
    assert_same(printed_by(numpy_code(cell, params, inputs, forced)), cell, step(cell, params, inputs, forced))


def test_numpy_code_has_all_digits_of_a_sigmoid_and_does_not_warn():
    cell = Cell("gate", "h = sigmoid(W_h @ x + 0 * h_prev)")
    a = [-1e308, -700.0, -40.0, -36.5, 0.0, 40.0, 700.0, 1e308]
    params = {"W_h": np.array(a)[:, None]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        printed = printed_by(numpy_code(cell, params, {"x": np.ones(1), "h_prev": np.zeros(8)}))
    wanted = [0, *(exp(v) / (1 + exp(v)) for v in a[1:4]), 0.5, 1, 1, 1]
    np.testing.assert_allclose(ast.literal_eval(printed["h"]), wanted, rtol=1e-13)


@zoo
@pytest.mark.parametrize("clamp", [lambda cell: None, clamps], ids=["free", "clamped"])
def test_torch_code_computes_the_step(cell, clamp, torch):
    params, inputs = one_step(cell)
    forced = clamp(cell)
    printed = printed_by(torch_code(cell, params, inputs, forced))
    assert_same(printed, cell, step(cell, params, inputs, forced))
    agrees = [text for name, text in printed.items() if "agrees" in name]
    assert agrees == (["True"] if cell.name in WITH_MODULE and not forced else [])


@pytest.mark.parametrize(("D", "H"), [(1, 3), (4, 2), (2, 2)])
@pytest.mark.parametrize("name", ["mut1", "mut2"])
def test_x_is_cut_or_filled_up_with_zeros(name, D, H):
    cell = CELLS[name]
    given = one_step(cell, D, H)
    assert f"I = np.eye({H}, {D})\n" in numpy_code(cell, *given)
    assert_same(printed_by(numpy_code(cell, *given)), cell, step(cell, *given))


@pytest.mark.parametrize("write", [numpy_code, torch_code])
def test_what_a_clock_masks_is_written_as_0(write, torch):
    cell = CELLS["clockwork"]
    params, inputs = one_step(cell)
    params = params | {"R_n": np.full((4, 4), 0.5)}
    script = write(cell, params, inputs)
    rows = script.partition("R_n = ")[2].split("]", 4)[:4]
    assert [row.split("[")[-1] for row in rows] == [
        "0.5, 0.5, 0.5, 0.5", "0.0, 0.5, 0.5, 0.5", "0.0, 0.0, 0.5, 0.5", "0.0, 0.0, 0.0, 0.5"]
    assert_same(printed_by(script), cell, step(cell, params, inputs))


@pytest.mark.parametrize("name", WITH_MODULE)
def test_torch_code_notices_a_difference(name, torch):
    """Were a gate in the wrong place, the script would say so."""
    cell = CELLS[name]
    script = torch_code(cell, *one_step(cell))
    swapped = script.replace("bias_ih.copy_(torch.cat([", "bias_ih.copy_(-torch.cat([")
    assert swapped != script
    assert "False" in printed_by(swapped).values()


def test_a_variant_is_not_compared_even_if_it_has_the_name_of_a_cell():
    cell = CELLS["lstm"].edit("lstm", h="o * c")
    assert "torch.nn" not in torch_code(cell, *one_step(cell))


def test_a_clamp_that_leaves_all_free_is_none():
    cell = CELLS["gru"]
    given = one_step(cell)
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
    params, inputs = one_step(cell)
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
    params, inputs = one_step(cell)
    hostile = np.array([malice] * 4, object)
    for given in ((params | {"b_f": hostile}, inputs), (params, inputs | {"c_prev": hostile}),
                  (params, inputs, {"f": hostile})):
        with pytest.raises((ValueError, TypeError)):
            write(cell, *given)


def test_a_cell_without_parameters():
    cell = Cell("half", "k = 1 - 0.5\nh = x * k + h_prev")
    printed = printed_by(numpy_code(cell, {}, {"x": np.array([1.0, -2.0]), "h_prev": np.array([0.5, 0.25])}))
    assert printed == {"k": "[0.5, 0.5]", "h": "[1.0, -0.75]"}


def test_values_that_are_not_finite_are_still_python():
    cell = CELLS["rnn"]
    params, inputs = one_step(cell)
    printed = printed_by(numpy_code(cell, params | {"b_h": np.array([np.inf, -np.inf, 0, 0])}, inputs))
    assert ast.literal_eval(printed["h"])[:2] == [1.0, -1.0]
