import ast
import sys

import numpy as np
import pytest
import torch_stand_in
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scripts import WITH_MODULE, arguments, named, run, ticks, zoo

from lstm_core import CELLS, Cell, forward, step
from lstm_core.cells import DEPTH_GATED
from lstm_view.code import sequence_numpy, sequence_torch
from lstm_view.code.library import NUMPY
from lstm_view.code.lines import filled

NAMES = Cell("names of a script", """
xs = tanh(W_a @ x + U_a @ t_prev + b_a)
t = sigmoid(W_b @ x + U_b @ h_prev) * xs
steps = t + forced
forced = 0.5 * step_prev
step = initial - name * enumerate
initial = periods + 1
periods = 1 - 0.5
name = relu(x)
enumerate = I @ x
h = steps - step
""")
writers = pytest.mark.parametrize("write", [sequence_numpy, sequence_torch])


@pytest.fixture(autouse=True)
def torch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", torch_stand_in.torch())


def some(cell, T=5, H=4):
    """Some named nodes forced at some steps and units."""
    rng = np.random.default_rng(3)
    return {name: np.where(rng.random((T, H)) < 0.3, rng.uniform(-1, 1, (T, H)), np.nan) for name in named(cell)[::2]}


def core(cell, params, x, initial, clamp):
    """Every named node of every step, by the core's `step`."""
    H, state, rows = 4, initial, []
    for t, x_t in enumerate(x):
        env = {"x": x_t} | {f"{s}_prev": v for s, v in state.items()} | ticks(cell, t, H)
        rows.append(step(cell, params, env, {name: held[t] for name, held in clamp.items()}))
        state = {s: rows[-1][s] for s in cell.state}
    return rows


def values(defined):
    return [{name: getattr(v, "value", v) for name, v in now.items()} for now in defined["steps"]]


def assert_same(steps, rows, cell):
    assert len(steps) == len(rows)
    for ours, theirs in zip(steps, rows, strict=True):
        assert list(ours) == named(cell)
        for name in ours:
            np.testing.assert_allclose(ours[name], np.broadcast_to(theirs[name], 4), rtol=1e-12, atol=1e-14)


# --- the numbers


@zoo
@writers
def test_a_script_computes_every_node_of_every_step(cell, write):
    params, x, initial = arguments(cell)
    defined, printed = run(write(cell, params, x, initial))
    trace = forward(cell, params, x[:, None], {s: v[None] for s, v in initial.items()})
    assert_same(values(defined), [{name: trace[name][t, 0] for name in named(cell)} for t in range(5)], cell)
    agrees = [line for line in printed if "agrees" in line]
    own = f"agrees with torch.nn.{cell.name.upper()}: True"
    assert agrees == ([own] if cell.name in WITH_MODULE and write is sequence_torch else [])
    assert not [line for line in printed[: len(printed) - len(agrees)] if not line.startswith("step ")]


@zoo
@writers
def test_a_script_forces_what_is_clamped(cell, write):
    params, x, initial = arguments(cell)
    defined, printed = run(write(cell, params, x, initial, some(cell)))
    assert_same(values(defined), core(cell, params, x, initial, some(cell)), cell)
    assert not any("agrees" in line for line in printed)


@writers
def test_a_script_prints_each_steps_states(write):
    cell = CELLS["lstm"]
    defined, printed = run(write(cell, *arguments(cell)))
    lines = [f"step {t + 1}: {name} = {now[name].tolist()}" for t, now in enumerate(values(defined)) for name in "hc"]
    assert printed[: len(lines)] == lines


@zoo
@writers
def test_what_goes_in_reads_back_exactly(cell, write):
    params, x, initial = arguments(cell)
    defined, _ = run(write(cell, params, x, initial))
    found = {name: getattr(defined[name], "value", defined[name]) for name in (*cell.parameters, "xs")}
    for name, value in (params | {"xs": x}).items():
        assert found[name].dtype == np.float64
        assert (found[name] == value).all()
    for s, value in initial.items():
        assert (getattr(defined["initial"][s], "value", defined["initial"][s]) == value).all()


@writers
def test_without_initial_states_it_begins_at_0(write):
    cell = CELLS["lstm"]
    params, x, initial = arguments(cell)
    begun = {s: 0 * v for s, v in initial.items()}
    assert write(cell, params, x) == write(cell, params, x, begun)
    assert_same(values(run(write(cell, params, x))[0]), core(cell, params, x, begun, {}), cell)


@writers
def test_one_step_is_a_sequence_too(write):
    cell = CELLS["gru"]
    params, x, initial = arguments(cell, T=1)
    script = write(cell, params, x, initial)
    assert script.startswith("# The cell 'gru' over 1 step.\n")
    assert_same(values(run(script)[0]), core(cell, params, x, initial, {}), cell)


@writers
@pytest.mark.parametrize("clamp", [{}, {"forced": np.full((5, 4), 0.25)}])
def test_an_equation_may_have_a_name_that_the_script_uses(write, clamp):
    args = *arguments(NAMES, D=4), clamp
    assert_same(values(run(write(NAMES, *args))[0]), core(NAMES, *args), NAMES)


@writers
def test_a_cell_without_states_or_parameters(write):
    cell = Cell("half", "h = x * 0.5")
    defined, printed = run(write(cell, {}, np.array([[1.0, -2.0], [3.0, 4.0]])))
    assert printed == ["step 1: h = [0.5, -1.0]", "step 2: h = [1.5, 2.0]"]
    assert "initial" not in defined


@writers
@pytest.mark.parametrize(("D", "H"), [(1, 3), (4, 2), (2, 2)])
def test_x_is_cut_or_filled_up_with_zeros(write, D, H):
    cell = CELLS["mut1"]
    params, x, initial = arguments(cell, D, H)
    defined, _ = run(write(cell, params, x, initial))
    trace = forward(cell, params, x[:, None], {s: v[None] for s, v in initial.items()})
    for t, now in enumerate(values(defined)):
        np.testing.assert_allclose(now["h"], trace["h"][t, 0], rtol=1e-12)


@writers
def test_a_clock_ticks_by_the_periods_and_what_it_masks_is_0(write):
    cell = CELLS["clockwork"]
    params, x, initial = arguments(cell)
    params = params | {"R_n": np.full((4, 4), 0.5)}
    script = write(cell, params, x, initial)
    rows = script.partition("R_n = ")[2].split("]", 4)[:4]
    assert [row.split("[")[-1] for row in rows] == [
        "0.5, 0.5, 0.5, 0.5", "0.0, 0.5, 0.5, 0.5", "0.0, 0.0, 0.5, 0.5", "0.0, 0.0, 0.0, 0.5"]
    assert "([1, 2, 4, 8])" in script
    assert_same(values(run(script)[0]), core(cell, params, x, initial, {}), cell)


@pytest.mark.parametrize("name", WITH_MODULE)
def test_a_difference_to_pytorchs_layer_is_noticed(name):
    cell = CELLS[name]
    script = sequence_torch(cell, *arguments(cell))
    swapped = script.replace("bias_ih_l0.copy_(torch.cat([", "bias_ih_l0.copy_(-torch.cat([")
    assert swapped != script
    assert run(swapped)[1][-1] == f"agrees with torch.nn.{name.upper()}: False"


def test_golden():
    params = {"W_h": np.array([[0.5, -0.25]]), "U_h": np.array([[10.0]]), "b_h": np.array([1 / 3])}
    clamp = {"h": np.array([[np.nan], [0.5], [0.5]])}
    x = np.array([[1.0, -2e-9], [0, 1], [0, 0]])
    assert sequence_numpy(CELLS["rnn"], params, x, {"h": np.array([0.1 + 0.2])}, clamp) == """\
# The cell 'rnn' over 3 steps.
import numpy as np

tanh = np.tanh

xs = np.array([
    [1.0, -2e-09],
    [0.0,    1.0],
    [0.0,    0.0],
])
W_h = np.array([
    [0.5, -0.25],
])
U_h = np.array([
    [10.0],
])
b_h = np.array([0.3333333333333333])
initial = {
    "h": np.array([0.30000000000000004]),
}
# nan: free; steps and units are counted from 0
forced = {name: np.full((3, 1), float("nan")) for name in ["h"]}
forced["h"][1:3] = 0.5

steps = []
h_prev = initial["h"]
for t, x in enumerate(xs):
    h = tanh(W_h @ x + U_h @ h_prev + b_h)
    h = np.where(np.isnan(forced["h"][t]), h, forced["h"][t])
    steps.append({"h": h})
    h_prev = h

for t, step in enumerate(steps, 1):
    for name in ["h"]:
        print(f"step {t}: {name} =", step[name].tolist())
"""


# --- what is forced, as one would write it

nan = np.nan


@pytest.mark.parametrize(("values", "wanted"), [
    ([[1, 1], [1, 1], [nan, nan]], ["[0:2] = 1.0"]),
    ([[1, 1], [1, 1], [1, 1]], ["[:] = 1.0"]),
    ([[nan, nan], [nan, nan], [0, 0]], ["[2] = 0.0"]),
    ([[nan, 1], [nan, 1], [nan, 1]], ["[:, 1] = 1.0"]),
    ([[nan, 1], [2, 2], [nan, 1]], ["[1] = 2.0", "[0, 1] = 1.0", "[2, 1] = 1.0"]),
    ([[nan, 1], [nan, 1], [-0.5, nan]], ["[2, 0] = -0.5", "[0:2, 1] = 1.0"]),
    ([[1, 2], [nan, 3], [nan, nan]], ["[0, 0] = 1.0", "[0, 1] = 2.0", "[1, 1] = 3.0"]),
    ([[1, 2], [3, 4]], ["[:] = np.array([\n    [1.0, 2.0],\n    [3.0, 4.0],\n])"]),
    ([[1]], ["[0] = 1.0"]),
    ([[nan, nan]], []),
])
def test_what_is_forced_is_written_as_one_would(values, wanted):
    empty, *lines = filled("forced", {"f": np.array(values)}, nan, NUMPY)
    assert empty == f'forced = {{name: np.full({np.shape(values)}, float("nan")) for name in ["f"]}}'
    assert lines == [f'forced["f"]{line}' for line in wanted]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_however_it_is_written_it_is_what_was_forced(data):
    shape = data.draw(st.tuples(st.integers(1, 6), st.integers(1, 4)))
    numbers = st.sampled_from([nan, nan, 0.0, 0.5, 1.0, -0.1, 1 / 3])
    background = data.draw(st.sampled_from([nan, 0.0]))
    forced = {name: data.draw(arrays(float, shape, elements=numbers)) for name in ("f", "i")}
    defined = {"np": np}
    exec("\n".join(filled("forced", forced, background, NUMPY)), defined)
    assert list(defined["forced"]) == ["f", "i"]
    for name in forced:
        np.testing.assert_array_equal(defined["forced"][name], forced[name])


@writers
def test_a_clamp_that_leaves_all_free_is_none(write):
    cell = CELLS["gru"]
    args = arguments(cell)
    assert write(cell, *args, {"z": np.full((5, 4), nan)}) == write(cell, *args)


# --- nothing else


@zoo
@writers
def test_a_script_holds_nothing_that_is_foreign_to_the_cell(cell, write):
    params, x, initial = arguments(cell)
    script = write(cell, params | {"os": np.zeros(4)}, x, initial | {"sys": np.zeros(4)}, some(cell))
    tree = ast.parse(script)
    imported = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
    assert imported == [write.__name__.removeprefix("sequence_")]
    stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    assert stored <= read
    assert not {"os", "sys"} & stored


@writers
@pytest.mark.parametrize("malice", ["__import__('os')", "1]); import os; ([1"])
def test_only_numbers_enter(write, malice):
    cell = CELLS["lstm"]
    params, x, initial = arguments(cell)
    bad = np.full((5, 4), malice, object)
    for args in ((params | {"b_f": bad[0]}, x), (params, np.full((5, 3), malice, object)),
                 (params, x, initial | {"c": bad[0]}), (params, x, initial, {"f": bad})):
        with pytest.raises((ValueError, TypeError)):
            write(cell, *args)


@writers
def test_what_does_not_fit_is_refused(write):
    cell = CELLS["lstm"]
    params, x, initial = arguments(cell)
    for name in ("q", "f.pre", "x", "os"):
        with pytest.raises(KeyError, match=f"clamp: {name}: the lstm cell's equations are of f, i, c_tilde, c, o, h"):
            write(cell, params, x, initial, {name: np.zeros((5, 4))})
    with pytest.raises(ValueError, match=r"clamp\['f'\]: given shape \(4, 4\), wanted \(5, 4\)"):
        write(cell, params, x, initial, {"f": np.zeros((4, 4))})
    with pytest.raises(KeyError, match="c"):
        write(cell, params, x, {"h": initial["h"]})
    params, x, initial = arguments(DEPTH_GATED)
    with pytest.raises(ValueError, match="cell: given depth_gated, which reads the layer below"):
        write(DEPTH_GATED, params, x, initial)
