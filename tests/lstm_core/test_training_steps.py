"""What one training step is: the loss, its gradients, clipping and the optimisers, against differences and PyTorch."""
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock, patch

import numpy as np
import pytest
from zoo import difference, random

from lstm_core import CELLS, Cell, Trace, backward, forward, optimizers, readout, training
from lstm_core.task import Batch, Task, error
from lstm_core.training import Settings

pytestmark = pytest.mark.filterwarnings("error")
NUMBERS = np.load(Path(__file__).with_name("torch_training.npz"))
CASES = {"lstm_adam": ("lstm", "adam", "classes", 0.05, 0.5), "gru_sgd": ("gru", "sgd", "squares", 0.3, 0.2),
         "rnn_adam": ("rnn", "adam", "squares", 0.05, None)}  # as in make_torch_training.py
GATES = {"rnn": "h", "lstm": "ifco", "gru": "rzn"}  # in PyTorch's order
T, B, D, H, K = 5, 4, 3, 4, 3
LENGTHS = np.array([5, 2, 4, 5])


def task(loss, batches):
    """A task that gives these batches: batch k for the seeds (_, k + 1)."""
    return Task("given", D, K, loss, T, 1, T, 0.5, lambda rng, B, length: next(batches))


def drawn(loss, seed=0, lengths=LENGTHS):
    rng = np.random.default_rng(seed)
    live = np.arange(T)[:, None] < (np.full(B, T) if lengths is None else lengths)
    target = rng.integers(0, K, (T, B)) if loss == "classes" else rng.normal(size=(T, B, K))
    return Batch(rng.normal(size=(T, B, D)) * live[..., None], target, live & (rng.random((T, B)) < 0.6), lengths)


def net(cell, seed=0):
    rng = np.random.default_rng([seed, 1])
    return random(cell, T, B, D, H, seed)[0] | {k: rng.normal(size=s) for k, s in readout.shapes(H, K).items()}


def empty(params):
    return {name: np.full_like(p, np.nan) for name, p in params.items()}


def settings(cell, loss, **more):
    return Settings(cell, task(loss, iter(())), H=H, B=B, **more)


# --- the loss


@pytest.mark.parametrize("loss", ["classes", "squares"])
def test_the_loss_is_that_of_what_is_asked_for(loss):
    chosen, batch, params = settings(CELLS["lstm"], loss), drawn(loss), net(CELLS["lstm"])
    y = training.answer(chosen, params, batch)
    assert y.shape == (T, B, K)
    value = training.gradients(chosen, params, batch, empty(params))
    assert value == pytest.approx(error(chosen.task, y, batch), rel=1e-13)
    other = Batch(batch.x, np.where(batch.mask if loss == "classes" else batch.mask[..., None], batch.target, 0),
                  batch.mask, LENGTHS)
    assert training.gradients(chosen, params, other, empty(params)) == value


def test_the_loss_of_large_numbers_is_right():
    h, params = np.full((1, 1, 1), 1.0), {"W_y": np.array([[1000.0], [0.0]]), "b_y": np.zeros(2)}
    target = np.ones((1, 1), int)
    assert readout.run(params, h, target, target > 0, "classes") == 1000


# --- its gradients


@pytest.mark.parametrize(("name", "loss", "lengths"), [
    ("rnn", "classes", LENGTHS), ("lstm", "squares", LENGTHS), ("gru", "classes", None), ("peephole", "squares", None),
    ("mgu", "classes", LENGTHS), ("mut1", "classes", None), ("clockwork", "squares", LENGTHS)])
def test_gradients_match_differences(name, loss, lengths):
    cell, batch = CELLS[name], drawn(loss, 1, lengths)
    chosen, params, rng = settings(cell, loss), net(cell), np.random.default_rng(2)
    grads = empty(params)
    training.gradients(chosen, params, batch, grads)

    def cost(params):
        return readout.run(params, training._run(chosen, params, batch)["h"], batch.target, batch.mask, loss)

    for key, p in params.items():
        v = rng.normal(size=p.shape) * (cell.mask(H) if key in cell.masked else 1)
        slope = difference(lambda e, key=key, p=p, v=v: cost(params | {key: p + e * v}))
        assert (grads[key] * v).sum() == pytest.approx(slope, rel=1e-6, abs=1e-8), key


def test_what_is_not_asked_for_has_no_gradient():
    batch, params = drawn("classes", lengths=None), net(CELLS["gru"])
    h = np.random.default_rng(0).normal(size=(T, B, H))
    _, dh = readout.back(params, h, batch.target, batch.mask, "classes", empty(params))
    assert (dh[~batch.mask] == 0).all() and (np.abs(dh[batch.mask]).sum(-1) > 0).all()


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_after_a_cut_the_gradient_is_that_of_a_run_begun_there(name):
    cell, params, batch, cut = CELLS[name], net(CELLS[name]), drawn("squares", lengths=None), 3
    batch = replace(batch, mask=batch.mask & (np.arange(T)[:, None] >= cut))
    ours, wanted = empty(params), empty(params)
    training.gradients(settings(cell, "squares", truncate=cut), params, batch, ours)
    own = {key: params[key] for key in cell.parameters}
    before = forward(cell, own, batch.x[:cut])
    after = forward(cell, own, batch.x[cut:], {s: before[s][-1] for s in cell.state})
    _, dh = readout.back(params, after["h"], batch.target[cut:], batch.mask[cut:], "squares", wanted)
    wanted |= {key: backward(after, own, dh)[key] for key in own}
    for key in params:
        np.testing.assert_allclose(ours[key], wanted[key], rtol=1e-10, atol=1e-13, err_msg=key)


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn"])
def test_only_what_back_propagation_reads_is_kept(name):
    cell, batch = CELLS[name], drawn("classes")
    kept = training._read_back(cell)
    chosen, params = settings(cell, "classes"), net(cell)
    adjoint_reads = Mock(wraps=Trace._compute)
    with patch.object(Trace, "_compute", lambda trace, node: adjoint_reads(trace, node)):
        training.gradients(chosen, params, batch, empty(params))
    assert not adjoint_reads.called  # nothing had to be computed again
    assert training._run(chosen, params, batch, kept).nbytes < training._run(chosen, params, batch, None).nbytes


# --- the optimisers


def converted(name, key, cell):
    """PyTorch's weights of one moment under our names."""
    torch = {k.removeprefix(f"{name}/{key}/"): NUMBERS[k] for k in NUMBERS.files if k.startswith(f"{name}/{key}/")}
    own = {"W_y": torch["readout_weight"], "b_y": torch["readout_bias"]}
    for j, gate in enumerate(GATES[cell]):
        rows, apart = slice(j * H, (j + 1) * H), cell == "gru" and gate == "n"
        own |= {f"W_{gate}": torch["weight_ih_l0"][rows], f"U_{gate}": torch["weight_hh_l0"][rows],
                f"b_{gate}": torch["bias_ih_l0"][rows] + (0 if apart else torch["bias_hh_l0"][rows])}
        own |= {"b_m": torch["bias_hh_l0"][rows]} if apart else {}
    return own


@pytest.mark.parametrize("name", CASES)
def test_five_steps_are_pytorchs(name):
    cell, optimizer, loss, rate, clip = CASES[name]
    batches = [Batch(*(NUMBERS[f"{name}/{k}/{key}"] for key in ("x", "target", "mask")), LENGTHS) for k in range(5)]
    given = iter([batches[0], *batches])
    chosen = Settings(CELLS[cell], task(loss, given), H=H, B=B, optimizer=optimizer, rate=rate, clip=clip)
    start = {k: converted(name, "start", cell)[k] for k in (*CELLS[cell].parameters, "W_y", "b_y")}
    moments = optimizers.begin(optimizer, sum(p.size for p in start.values()))
    records = training._train(chosen, 1, None, start, moments, batches[0])
    assert next(records).loss == pytest.approx(NUMBERS[f"{name}/0/loss"], rel=1e-12)
    for k in range(5):
        record = next(records)
        assert record.loss == pytest.approx(NUMBERS[f"{name}/{k}/loss"], rel=1e-10)
        assert record.norm == pytest.approx(NUMBERS[f"{name}/{k}/norm"], rel=1e-9)
        for param, wanted in converted(name, k, cell).items():
            np.testing.assert_allclose(record.params[param], wanted, 1e-8, 1e-10, err_msg=f"{param}, step {k}")


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e200])
def test_clipping_leaves_the_direction_and_bounds_the_norm(scale):
    gradient = np.array([3.0, -4.0]) * scale
    assert optimizers.clip(gradient, 2.0) == pytest.approx(5 * scale)
    np.testing.assert_allclose(gradient, np.array([3, -4]) * min(scale, 0.4))


def test_without_a_bound_nothing_is_clipped():
    gradient = np.array([3e5, 4e5])
    assert optimizers.clip(gradient, None) == 5e5
    assert gradient.tolist() == [3e5, 4e5]


def test_a_cell_of_ones_own_is_trained_as_any_other():
    own = Cell("own", "g = sigmoid(W_g @ x + b_g)\nh = g * h_prev + (1 - g) * tanh(U_h @ h_prev + W_h @ x)")
    params = net(own)
    grads = empty(params)
    training.gradients(settings(own, "classes"), params, drawn("classes"), grads)
    assert all(np.isfinite(g).all() and np.abs(g).max() > 0 for g in grads.values())
