import ast
import json
import sys

import numpy as np
import pytest
import torch_stand_in
from scripts import WITH_MODULE, arguments, run

from lstm_core import CELLS, Cell, backward, forward
from lstm_view.code import gradients_torch
from lstm_view.incoming.sequences import Sequence
from lstm_view.numbers import over_time
from lstm_view.numbers.backwards import bias_half_lives, half_lives

NAMES = Cell("names of a script", """
params = tanh(W_a @ x + R_a @ norm_prev + b_a)
norm = sigmoid(W_b @ x + U_b @ h_prev) * params
loss = norm + counts
counts = 0.5 * total_prev
total = weights - value * scale
value = relu(W_c @ x) - zip
weights = exp(norm) / (list + 1)
list = 1 - 0.5
zip = sum * max
sum = p_a * h_prev
max = tanh(sum)
scale = loss * loss
h = loss - total
""", periods=(1, 3))
CLIP = 0.05
zoo = pytest.mark.parametrize("cell", [*CELLS.values(), NAMES], ids=lambda cell: cell.name.split()[0])


@pytest.fixture(autouse=True)
def torch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", torch_stand_in.torch())


def on(cell, *names, T=5, H=4, seed=4):
    """A loss of some nodes, at some steps."""
    rng = np.random.default_rng(seed)
    weights = {name: rng.normal(size=(T, H)) for name in names or ("h",)}
    for w in weights.values():
        w[0] = w[2] = 0
    return weights


def printed_by(script):
    """What a script prints: what it says a number is of -> the number."""
    lines = [line for line in run(script)[1] if "dL" in line or line.startswith("loss")]
    assert len({line.partition(" = ")[0] for line in lines}) == len(lines)
    return {of: float(number) for of, _, number in (line.partition(" = ") for line in lines)}


def core(cell, params, x, initial, loss):
    """The same numbers of the core."""
    trace = forward(cell, params, x[:, None], {s: v[None] for s, v in initial.items()})
    dh = {name: w[:, None] for name, w in loss.items()}
    grads, clipped = backward(trace, params, dh), backward(trace, params, dh, clip=CLIP)
    of = {f"before step 1: |dL/d{s}|": grads[f"{s}_prev"][0] for s in cell.state}
    for t in range(len(x)):
        of |= {f"step {t + 1}: |dL/d{name}|": grads[name][t] for name in ("x", "h", *cell.state)}
    of |= {f"|dL/d{name}|": grads[name] for name in cell.parameters}
    of |= {f"clipped: |dL/d{name}|": clipped[name] for name in cell.parameters}
    total = sum(float((w * trace[name][:, 0]).sum()) for name, w in loss.items())
    return {"loss": total} | {name: float(np.linalg.norm(g)) for name, g in of.items()}


def assert_same(printed, wanted):
    assert printed.keys() == wanted.keys()
    for name, number in wanted.items():
        assert printed[name] == pytest.approx(number, rel=1e-10, abs=1e-14), name


@zoo
def test_the_loss_and_the_gradients_of_h_are_those_of_the_core(cell):
    args = *arguments(cell), on(cell)
    params, x, initial, loss = args
    script = gradients_torch(cell, params, x, loss, initial, clip=CLIP)
    assert_same(printed_by(script), core(cell, *args))
    agrees = [line for line in run(script)[1] if "agrees" in line]
    assert agrees == [f"agrees with torch.nn.{cell.name.upper()}: True"] * (cell.name in WITH_MODULE)


@zoo
def test_a_loss_may_be_of_any_node_that_has_a_name(cell):
    params, x, initial = arguments(cell)
    loss = on(cell, *cell.lines)
    script = gradients_torch(cell, params, x, loss, initial, clip=CLIP)
    assert_same(printed_by(script), core(cell, params, x, initial, loss))
    assert ("torch.nn" in script) is (list(loss) == ["h"] and cell.name in WITH_MODULE)


def test_without_a_clip_nothing_is_clipped():
    cell = CELLS["gru"]
    params, x, initial = arguments(cell)
    wanted = core(cell, params, x, initial, on(cell))
    free = {name: number for name, number in wanted.items() if "clipped" not in name}
    assert_same(printed_by(gradients_torch(cell, params, x, on(cell), initial)), free)


def test_what_is_already_short_is_not_clipped():
    cell = CELLS["gru"]
    printed = printed_by(gradients_torch(cell, *arguments(cell)[:2], on(cell), clip=1e9))
    assert all(printed[f"clipped: |dL/d{name}|"] == printed[f"|dL/d{name}|"] > 0 for name in cell.parameters)


@pytest.mark.parametrize("name", WITH_MODULE)
def test_a_difference_to_pytorchs_layer_is_noticed(name):
    cell = CELLS[name]
    params, x, initial = arguments(cell)
    script = gradients_torch(cell, params, x, on(cell), initial)
    swapped = script.replace("weight_hh_l0.copy_(torch.cat([", "weight_hh_l0.copy_(-torch.cat([")
    assert swapped != script
    assert run(swapped)[1][-1] == f"agrees with torch.nn.{name.upper()}: False"


def test_the_gradient_of_what_comes_after_the_loss_is_0():
    cell = CELLS["lstm"]
    loss = {"h": np.zeros((5, 4))}
    loss["h"][2] = 1
    printed = printed_by(gradients_torch(cell, *arguments(cell)[:2], loss))
    for name in ("h", "c", "x"):
        norms = [printed[f"step {t}: |dL/d{name}|"] for t in range(1, 6)]
        assert min(norms[:3]) > 0
        assert norms[3:] == [0, 0]


def test_no_gradient_passes_what_is_forced():
    cell = CELLS["lstm"]
    params, x, initial = arguments(cell)
    clamp = {name: np.full((5, 4), np.nan) for name in ("c", "h")}
    clamp["c"][2] = clamp["h"][2] = 0.5
    script = gradients_torch(cell, params, x, {"h": np.eye(5)[:, 4:] * np.ones(4)}, initial, clamp)
    assert "torch.nn" not in script
    printed = printed_by(script)
    for name in ("x", "h", "c"):
        norms = [printed[f"step {t}: |dL/d{name}|"] for t in range(1, 6)]
        assert norms[:2] == [0, 0]
        assert (norms[2] > 0) is (name != "x")  # what it was forced to counts, and what it would have been does not
        assert min(norms[3:]) > 0
    assert printed["before step 1: |dL/dh|"] == printed["before step 1: |dL/dc|"] == 0


def test_of_a_forced_unit_only_its_own_gradient_is_cut():
    cell = CELLS["lstm"]
    params, x, initial = arguments(cell)
    free, forced = (run(gradients_torch(cell, params, x, on(cell), initial, clamp))[0]["params"]["b_f"].grad.value
                    for clamp in (None, {"f": np.where(np.arange(4) == 1, 1.0, np.nan) * np.ones((5, 1))}))
    assert forced[1] == 0
    assert np.abs(free).min() > 0
    assert np.abs(forced[[0, 2, 3]]).min() > 0


def test_what_a_clock_masks_learns_nothing():
    cell = CELLS["clockwork"]
    params, x, initial = arguments(cell)
    gradient = run(gradients_torch(cell, params, x, on(cell), initial))[0]["R_n"].grad.value
    assert (gradient[~cell.mask(4)] == 0).all()
    assert (gradient[cell.mask(4)] != 0).all()


def test_what_nothing_depends_on_has_a_gradient_of_0():
    cell = Cell("unread", "q = q_prev * b_q + U_q @ x\nh = tanh(W_h @ x)")
    params, x, _ = arguments(cell, D=4)
    printed = printed_by(gradients_torch(cell, params, x, on(cell)))
    assert printed["|dL/db_q|"] == printed["before step 1: |dL/dq|"] == printed["step 3: |dL/dq|"] == 0
    assert printed["|dL/dW_h|"] > 0


def test_a_loss_at_the_last_step_is_one_line():
    cell = CELLS["lstm"]
    params, x, _ = arguments(cell)
    script = gradients_torch(cell, params, x, {"h": np.eye(5)[:, 4:] * np.ones(4)})
    assert [line for line in script.splitlines() if line.startswith('weights["h"]')] == ['weights["h"][4] = 1.0']


@zoo
def test_a_script_holds_nothing_that_is_foreign_to_the_cell(cell):
    params, x, initial = arguments(cell)
    script = gradients_torch(cell, params | {"os": np.zeros(4)}, x, on(cell), initial | {"sys": np.zeros(4)}, clip=1.0)
    tree = ast.parse(script)
    assert [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names] == ["torch"]
    stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    assert stored - {"_"} <= read
    assert not {"os", "sys"} & stored


def test_what_does_not_fit_is_refused():
    cell = CELLS["lstm"]
    params, x, _ = arguments(cell)
    for loss in ({}, None, {"h": np.full((5, 4), np.nan)}):
        with pytest.raises(ValueError, match="loss: given none"):
            gradients_torch(cell, params, x, loss)
    with pytest.raises(KeyError, match=r"loss: f\.pre: the lstm cell's equations are of f, i, c_tilde, c, o, h"):
        gradients_torch(cell, params, x, {"f.pre": np.ones((5, 4))})
    with pytest.raises(ValueError, match=r"loss\['h'\]: given shape \(5, 1, 4\), wanted \(5, 4\)"):
        gradients_torch(cell, params, x, {"h": np.ones((5, 1, 4))})
    for loss in ({"h": np.full((5, 4), "1]; import os", object)}, {"h": np.full((5, 4), None)}):
        with pytest.raises((ValueError, TypeError)):
            gradients_torch(cell, params, x, loss)


def test_a_norm_is_printed_where_its_square_is_no_number():
    cell = CELLS["lstm"]
    params, x, initial = arguments(cell)
    loss = {name: weights * 1e-250 for name, weights in on(cell).items()}
    printed = printed_by(gradients_torch(cell, params, x, loss, initial, clip=1e-260))
    plain = printed_by(gradients_torch(cell, params, x, on(cell), initial))
    told = [name for name in plain if "|dL/d" in name]
    assert len(told) > 20
    for name in told:
        assert printed[name] == pytest.approx(plain[name] * 1e-250, rel=1e-9)
    clipped = [value for name, value in printed.items() if name.startswith("clipped")]
    assert sum((value / 1e-260) ** 2 for value in clipped) == pytest.approx(1)


# --- what decides it


@zoo
@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_pass_may_be_cut(cell, cut):
    params, x, initial = arguments(cell)
    printed = printed_by(gradients_torch(cell, params, x, on(cell), initial, truncate=cut, clip=CLIP))
    trace = forward(cell, params, x[:, None], {s: v[None] for s, v in initial.items()})
    dh = on(cell)["h"][:, None]
    grads, clipped = backward(trace, params, dh, cut), backward(trace, params, dh, cut, clip=CLIP)
    for name in cell.parameters:
        assert printed[f"|dL/d{name}|"] == pytest.approx(np.linalg.norm(grads[name]), rel=1e-10, abs=1e-14)
        assert printed[f"clipped: |dL/d{name}|"] == pytest.approx(np.linalg.norm(clipped[name]), rel=1e-10, abs=1e-14)
    for t in range(5):
        for name in ("x", "h", *cell.state):
            assert printed[f"step {t + 1}: |dL/d{name}|"] == pytest.approx(np.linalg.norm(grads[name][t]), rel=1e-10,
                                                                            abs=1e-14)


@pytest.mark.parametrize("text", ["h = h_prev * 0.5 + q_prev\nq = tanh(W_q @ x)", "h = b_h * h_prev + tick"])
def test_a_cut_leaves_a_gradient_to_what_reads_only_the_past(text):
    cell = Cell("past", text)
    params, x, initial = arguments(cell)
    printed = printed_by(gradients_torch(cell, params, x, {"h": np.ones((5, 4))}, initial, truncate=2))
    trace = forward(cell, params, x[:, None], {s: v[None] for s, v in initial.items()})
    grads = backward(trace, params, np.ones((5, 1, 4)), 2)
    for t in range(5):
        assert printed[f"step {t + 1}: |dL/dh|"] == pytest.approx(np.linalg.norm(grads["h"][t]))


@pytest.mark.parametrize("name", CELLS)
def test_what_decides_how_fast_gradients_fade(name):
    cell = CELLS[name]
    params, x, _ = arguments(cell)
    if "b_f" in params:
        params["b_f"] = np.array([0.5, -3, 40, -40.0])  # σ(40) is 1 in float64
    made = over_time.run(cell, params, Sequence(x, ("",) * 5, ("",) * 3))
    told = dict(line.split(" = ") for line in run(gradients_torch(cell, params, x, on(cell)))[1] if " = " in line)
    radii = {key: float(value) for key, value in told.items() if key.startswith("spectral")}
    assert radii == {f"spectral radius of {key}": pytest.approx(value)
                     for key, value in over_time.radii(cell, params).items()}
    lives = [json.loads(told[key].replace("inf", "Infinity").replace("nan", "NaN")) for key in told
             if key.startswith("half-life of")]
    assert len(lives) == (half_lives(made) is not None)
    for own in lives:
        np.testing.assert_array_equal(own, half_lives(made))
    assert ("half-life by the bias" in told) == (bias_half_lives(made) is not None)
    if bias_half_lives(made) is not None:
        assert json.loads(told["half-life by the bias"]) == pytest.approx(bias_half_lives(made).tolist())
