import re
import sys
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zoo import assert_same, below, difference, every, everything, inputs, random, typed_cells, zoo

from lstm_core import CELLS, Cell, adjoint, backward, forward, plan, step, store
from lstm_core.cells import DEPTH_GATED
from lstm_core.reading import read, read_back

pytestmark = pytest.mark.filterwarnings("error")
sizes = st.integers(1, 5)


def seeded(trace, names=("h",), seed=5):
    """A random gradient for each of some nodes that the trace's cell has."""
    rng, (T, B, H) = np.random.default_rng(seed), trace.shape
    return {name: rng.normal(size=(T, B, H)).astype(trace["x"].dtype) for name in names if name in trace.cell.node}


def assert_same_gradients(ours, theirs, rtol=1e-11):
    for name in ours:
        scale = max(1, abs(theirs[name]).max())
        np.testing.assert_allclose(ours[name], theirs[name], rtol, rtol * scale, err_msg=name)
        assert ours[name].dtype == theirs[name].dtype, name


# --- right


@every
@settings(max_examples=12, deadline=None)
@given(T=sizes, B=sizes, D=sizes, H=sizes, seed=st.integers(0, 99), small=st.sampled_from([0, 256]), data=st.data())
def test_the_plan_gives_what_reading_the_equations_backwards_gives(cell, T, B, D, H, seed, small, data):
    dtype = data.draw(st.sampled_from([np.float64, np.float32]))
    params, x, initial = random(cell, T, B, D, H, seed, dtype=dtype)
    lengths = data.draw(st.none() | st.lists(st.integers(1, T), min_size=B, max_size=B))
    truncate = data.draw(st.none() | st.integers(1, T + 1))
    trace = forward(cell, params, x, initial, lengths, below(cell, T, B, H, seed, dtype))
    seeds = seeded(trace, data.draw(st.sampled_from([("h",), ("h", "c"), ("f", "z", "h"), tuple(trace)])))
    theirs = read_back(trace, seeds, truncate)
    theirs |= {name: theirs[name] * cell.mask(H) for name in cell.masked}
    with patch.object(adjoint, "SMALL", small), patch.object(store, "_plans", {}):
        ours = backward(trace, params, seeds, truncate)
        assert_same_gradients(ours, theirs, rtol=1e-11 if dtype == np.float64 else 1e-3)


@settings(max_examples=100, deadline=None)
@given(cell=typed_cells(), B=st.integers(1, 2), small=st.sampled_from([0, 256]), data=st.data())
def test_plans_of_cells_nobody_thought_of_give_what_reading_gives(cell, B, small, data):
    T = 4
    params, x, initial = random(cell, T, B, D=2, H=2, scale=0.4)
    lengths = data.draw(st.none() | st.lists(st.integers(1, T), min_size=B, max_size=B))
    keep = data.draw(st.none() | st.lists(st.sampled_from(list(cell.node))))
    seeds = data.draw(st.sampled_from([("h",), ("h", "c"), tuple(cell.node)]))
    theirs = read(cell, params, x, initial, lengths)
    with patch.object(adjoint, "SMALL", small), patch.object(store, "_plans", {}):
        ours = forward(cell, params, x, initial, lengths, keep=keep)
        assert_same(ours, theirs, rtol=1e-10)
        given = seeded(ours, seeds)
        wanted = read_back(theirs, given)
        wanted |= {name: wanted[name] * cell.mask(2) for name in cell.masked}
        assert_same_gradients(backward(ours, params, given), wanted, rtol=1e-9)


@every
@pytest.mark.parametrize("lengths", [None, [5, 2]])
def test_gradients_match_differences_in_random_directions(cell, lengths):
    params, x, initial = random(cell, T=5)
    lower = below(cell, T=5) or {}
    rng = np.random.default_rng(1)
    trace = forward(cell, params, x, initial, lengths, lower)
    dh = rng.normal(size=trace["h"].shape)
    grads = backward(trace, params, dh)
    wanted = params | {"x": x} | {f"{s}_prev": v for s, v in initial.items()}
    wanted |= {f"{s}_below": v for s, v in lower.items()}
    for name, value in wanted.items():
        v = rng.normal(size=value.shape) * (cell.mask(4) if name in cell.masked else 1)

        def loss(e, name=name, moved=v):
            at = wanted | {name: wanted[name] + e * moved}
            states, under = ({s: at[f"{s}_{place}"] for s in names} for place, names in
                             (("prev", initial), ("below", lower)))
            run = forward(cell, {k: at[k] for k in params}, at["x"], states, lengths, under)
            return (run["h"] * dh).sum()

        gradient = grads[name][0] if name.endswith("_prev") else grads[name]
        slope = difference(loss)
        assert abs((gradient * v).sum() - slope) <= 1e-7 * abs(slope) + 1e-8, name


@zoo
def test_gradients_at_every_node_are_what_forcing_it_changes(cell):
    params, x, initial = random(cell, T=3, B=1)
    rng = np.random.default_rng(1)
    trace = forward(cell, params, x, initial)
    dh, t = rng.normal(size=trace["h"].shape), 1
    grads = backward(trace, params, dh)

    def loss(node, value):
        states, total = initial, 0.0
        for k in range(len(x)):
            env = {"x": x[k]} | {f"{s}_prev": v for s, v in states.items()}
            env |= {name: trace[name][k] for name in cell.inputs}
            env = step(cell, params, env, {node: value} if k == t else None)
            states = {s: env[s] for s in cell.state}
            total += (env["h"] * dh[k]).sum()
        return total

    for node in cell.node:
        v = rng.normal(size=4)
        slope = difference(lambda e, node=node, v=v: loss(node, trace[node][t, 0] + e * v))
        assert (grads[node][t, 0] * v).sum() == pytest.approx(slope, rel=1e-6, abs=1e-8), node


@zoo
@pytest.mark.parametrize("T", [1, 2, 3, 4, 7])
def test_a_run_may_be_longer_or_shorter_than_the_plan(cell, T, monkeypatch):
    monkeypatch.setattr(plan, "STEPS", 3)
    monkeypatch.setattr(store, "_plans", {})
    params, x, initial = random(cell, T)
    trace = forward(cell, params, x, initial)
    first, again = (backward(trace, params, seeded(trace)["h"]) for _ in range(2))
    assert_same_gradients(first, {k: v for k, v in read_back(trace, seeded(trace)).items()} | {
        name: first[name] for name in cell.masked})
    assert_same_gradients(again, first, rtol=0)


@every
def test_gradients_have_the_shapes_and_the_precision_of_what_they_are_of(cell):
    params, x, initial = random(cell, dtype=np.float32)
    trace = forward(cell, params, x, initial, below=below(cell, dtype=np.float32))
    grads = backward(trace, params, np.ones_like(trace["h"]))
    wanted = params | everything(trace)
    assert {k: (g.shape, g.dtype) for k, g in grads.items()} == {k: (v.shape, v.dtype) for k, v in wanted.items()}
    assert len(grads) == len(wanted)


def test_float32_gradients_are_near_those_of_float64():
    cell = CELLS["peephole"]
    params, x, initial = random(cell)
    wide = forward(cell, params, x, initial)
    narrow = forward(cell, params, x.astype(np.float32), initial)
    dh = seeded(wide)["h"]
    for name, grad in backward(narrow, params, dh.astype(np.float32)).items():
        np.testing.assert_allclose(grad, backward(wide, params, dh)[name], 1e-3, 1e-4, err_msg=name)


def test_the_gradient_past_the_end_goes_to_the_last_step():
    cell = CELLS["lstm"]
    params, x, initial = random(cell)
    trace = forward(cell, params, x, initial, [6, 3])
    dh = np.zeros((6, 2, 4))
    dh[5, 1] = 1  # asked of a state that stayed as it was after step 2
    moved = np.zeros_like(dh)
    moved[2, 1] = 1
    late, early = backward(trace, params, dh), backward(trace, params, moved)
    for name in (*params, "x", "f.pre"):
        np.testing.assert_allclose(late[name], early[name], 1e-12, 1e-14, err_msg=name)
    assert (late["x"][3:, 1] == 0).all() and (late["f"][3:, 1] == 0).all()
    assert (late["h"][3:, 1] == 1).all()


# --- options


def test_truncation_cuts_the_sequence_into_pieces_whose_initial_states_are_given():
    cell = CELLS["gru"]
    params, x, initial = random(cell, T=8)
    trace = forward(cell, params, x, initial)
    dh = seeded(trace)["h"]
    cut = backward(trace, params, dh, truncate=3)
    pieces, states = [], initial
    for start in (0, 3, 6):
        piece = forward(cell, params, x[start : start + 3], states)
        pieces.append(backward(piece, params, dh[start : start + 3]))
        states = {"h": piece["h"][-1]}
    for name in params:
        np.testing.assert_allclose(cut[name], sum(piece[name] for piece in pieces), 1e-11, 1e-13, err_msg=name)
    for name in ("x", "h", "z.pre", "h_prev"):
        np.testing.assert_allclose(cut[name], np.concatenate([piece[name] for piece in pieces]), 1e-11, 1e-13)
    assert_same_gradients(backward(trace, params, dh, truncate=8), backward(trace, params, dh), rtol=0)


def norm(grads, params):
    return np.sqrt(sum((grads[name] ** 2).sum() for name in params))


def test_clipping_scales_all_parameters_together_and_no_node():
    cell = CELLS["lstm"]
    params, x, _ = random(cell)
    trace = forward(cell, params, x)
    free = backward(trace, params, np.ones_like(trace["h"]))
    clipped = backward(trace, params, np.ones_like(trace["h"]), clip=0.5)
    assert norm(free, params) > 0.5
    assert norm(clipped, params) == pytest.approx(0.5)
    for name in params:
        np.testing.assert_allclose(clipped[name], free[name] * 0.5 / norm(free, params), 1e-12)
    for name in trace:
        assert (clipped[name] == free[name]).all()
    loose = backward(trace, params, np.ones_like(trace["h"]), clip=1e6)
    assert all((loose[name] == free[name]).all() for name in params)


def test_an_exploding_gradient_is_finite_and_can_be_clipped():
    cell = Cell("explodes", "h = p_h * h_prev + W_h @ x")
    params = {"p_h": np.full(2, 30.0), "W_h": np.ones((2, 1))}
    trace = forward(cell, params, np.full((210, 1, 1), 1e-5))
    dh = np.zeros((210, 1, 2))
    dh[-1] = 1e3
    grads = backward(trace, params, dh)
    assert all(np.isfinite(grads[name]).all() for name in grads)
    assert grads["x"][0, 0, 0] > 1e300
    assert norm(backward(trace, params, dh, clip=1.0), params) == pytest.approx(1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_gradient_whose_norm_is_too_large_for_a_number_is_clipped_too(dtype):
    largest = np.finfo(dtype).max / 4
    cell, params = Cell("linear", "h = W_h @ x"), {"W_h": np.ones((2, 2), dtype)}
    trace = forward(cell, params, np.full((1, 1, 2), largest, dtype) / 1024)
    grads = backward(trace, params, np.full((1, 1, 2), 1024, dtype), clip=np.float64(1))
    np.testing.assert_allclose(grads["W_h"], np.full((2, 2), 0.5), 1e-5)
    assert grads["W_h"].dtype == dtype


@zoo
def test_gradients_of_the_largest_numbers_are_finite(cell):
    params, x, initial = random(cell, T=3)
    for value in (x, x.clip(-1, 1) * 1e308):
        trace = forward(cell, params, value, initial)
        grads = backward(trace, params, np.full(trace["h"].shape, 1e308))
        for name in grads:
            assert np.isfinite(grads[name]).all(), name


@zoo
def test_what_is_kept_is_what_is_asked_for(cell):
    params, x, initial = random(cell, T=9)
    trace = forward(cell, params, x, initial)
    dh, wanted = seeded(trace)["h"], ["x", next(iter(cell.node))]
    whole = backward(trace, params, dh)
    for keep in ([], wanted):
        grads = backward(trace, params, dh, keep=keep)
        for name in (*params, *keep):
            np.testing.assert_allclose(grads[name], whole[name], 1e-11, 1e-13, err_msg=name)
        if "h" not in keep:
            with pytest.raises(KeyError, match="h: the gradients kept are"):
                grads["h"]


@zoo
@pytest.mark.parametrize("keep", [[], ["h"]])
def test_what_forward_did_not_keep_is_computed_again(cell, keep, monkeypatch):
    monkeypatch.setattr(plan, "STEPS", 4)
    monkeypatch.setattr(store, "_plans", {})
    params, x, initial = random(cell, T=9)
    whole, part = (forward(cell, params, x, initial, keep=k) for k in (None, keep))
    dh = seeded(whole)["h"]
    assert_same_gradients(backward(part, params, dh), backward(whole, params, dh))


def test_windows_add_up_where_nothing_is_kept(monkeypatch):
    monkeypatch.setattr("lstm_core.adjoint.WINDOW", 10)
    monkeypatch.setattr(plan, "STEPS", 4)
    monkeypatch.setattr(store, "_plans", {})
    for name in ("lstm", "gru_v1", "peephole"):
        params, x, initial = random(CELLS[name], T=30)
        trace = forward(CELLS[name], params, x, initial)
        dh = seeded(trace)["h"]
        for truncate in (None, 7):
            whole = backward(trace, params, dh, truncate)
            few = backward(trace, params, dh, truncate, keep=[])
            for param in params:
                np.testing.assert_allclose(few[param], whole[param], 1e-11, 1e-13, err_msg=param)


# --- whose numbers


def test_gradients_own_their_numbers():
    cell = CELLS["lstm"]
    params, x, initial = random(cell)
    trace = forward(cell, params, x, initial)
    dh = seeded(trace)["h"]
    grads, wanted = backward(trace, params, dh), dict(backward(trace, params, dh))
    backward(trace, params, -dh)
    dh[:] = 9
    for name in grads:
        assert (grads[name] == wanted[name]).all(), name


def test_what_a_trace_and_its_gradients_show_cannot_be_written_into():
    params, x, _ = random(CELLS["lstm"])
    trace = forward(CELLS["lstm"], params, x)
    grads = backward(trace, params, np.ones_like(trace["h"]))
    for shown in (trace["h"], trace["f"], grads["f.pre"], grads["h"]):
        with pytest.raises(ValueError, match="read-only"):
            shown[...] = 0
    grads["W_f"][...] = 0  # a parameter's is its own, as who trains scales it


def test_no_two_parameters_share_their_gradients_memory():
    cell = Cell("shared places", "h = tanh(U_a @ h_prev + U_b @ h_prev + W_a @ x + W_b @ x + b_a + b_b)")
    params, x, initial = random(cell)
    trace = forward(cell, params, x, initial)
    grads = backward(trace, params, seeded(trace)["h"])
    for one, other in (("U_a", "U_b"), ("W_a", "W_b"), ("b_a", "b_b")):
        assert (grads[one] == grads[other]).all() and not np.shares_memory(grads[one], grads[other])


def test_two_threads_at_once():
    cell, interval = CELLS["lstm"], sys.getswitchinterval()
    runs = []
    for seed in (0, 1):
        params, x, initial = random(cell, T=200, seed=seed)
        trace = forward(cell, params, x, initial)
        runs.append((trace, params, seeded(trace)["h"]))
    wanted = [dict(read_back(trace, {"h": dh})) for trace, _, dh in runs]
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(2) as threads:
            many = threads.map(lambda arguments: [dict(backward(*arguments)) for _ in range(5)], runs)
            for want, found in zip(wanted, many, strict=True):
                for grads in found:
                    assert_same_gradients(grads, want, rtol=1e-9)
    finally:
        sys.setswitchinterval(interval)


# --- large


def test_ten_thousand_equations_are_read_backwards():
    lines = [f"a{k} = tanh(a{k + 1})" for k in range(10_000)]
    cell = Cell("long", "\n".join(["h = a0 + 0.5 * h_prev", *lines, "a10000 = 0.001 * (W_a @ x)"]))
    params, x, _ = random(cell, T=1, B=1, D=1, H=1)
    trace = forward(cell, params, x)
    grads = backward(trace, params, np.ones((1, 1, 1)))
    assert grads["W_a"].item() == pytest.approx(grads["a10000"].item() * 0.001 * x.item())
    assert grads["a5000"].item() == pytest.approx(np.prod([1 - trace[f"a{k}"] ** 2 for k in range(5000)]))


def test_two_thousand_gates_are_read_backwards_in_time():
    lines = [f"a{k} = sigmoid(W_{k} @ x + U_{k} @ h_prev)" for k in range(2000)]
    cell = Cell("wide", "\n".join([*lines, "h = " + " + ".join(f"a{k}" for k in range(500))]))
    params, x, _ = random(cell, T=2, B=1, D=1, H=1)
    trace = forward(cell, params, x)
    grads = backward(trace, params, np.ones((2, 1, 1)))
    assert grads["W_0"].item() != 0 and grads["W_1999"].item() == 0


# --- what is refused


def wrong(dh=None, **options):
    """A trace of the LSTM, params, dh and options."""
    params, x, _ = random(CELLS["lstm"])
    trace = forward(CELLS["lstm"], params, x)
    return trace, options.pop("params", params), np.ones((6, 2, 4)) if dh is None else dh, options


FLOAT = "wanted float32 or float64 of shape (6, 2, 4)"
WRONG = [
    (wrong(np.ones((6, 2, 3))), ValueError, f"dh: given float64 of shape (6, 2, 3), {FLOAT}"),
    (wrong(np.ones((2, 4))), ValueError, f"dh: given float64 of shape (2, 4), {FLOAT}"),
    (wrong(np.ones((6, 2, 4), int)), ValueError, "dh: given int64"),
    (wrong(np.ones((6, 2, 4), object)), ValueError, "dh: given object"),
    (wrong([1.0]), ValueError, "dh: given list"),
    (wrong(np.full((6, 2, 4), np.nan)), ValueError, "dh: given nan, infinity"),
    (wrong({"c": np.ones((6, 2, 3))}), ValueError, f"dh['c']: given float64 of shape (6, 2, 3), {FLOAT}"),
    (wrong({"q": np.ones((6, 2, 4))}), KeyError, "dh: q: the lstm cell computes"),
    (wrong(params={}), ValueError, "params: given nothing; wanted W_f"),
    (wrong(params=None), ValueError, "params: given NoneType, wanted a dict"),
    (wrong(params=random(CELLS["lstm"], H=5)[0]), ValueError, "params['W_f']: given float64 of shape (5, 3)"),
    (wrong(truncate=0), ValueError, "truncate: given 0, wanted a positive integer"),
    (wrong(truncate=1.5), ValueError, "truncate: given 1.5, wanted a positive integer"),
    (wrong(truncate=True), ValueError, "truncate: given True"),
    (wrong(clip=0), ValueError, "clip: given 0, wanted a positive number"),
    (wrong(clip=-1.0), ValueError, "clip: given -1.0, wanted a positive number"),
    (wrong(clip=np.inf), ValueError, "clip: given inf, wanted a positive number"),
    (wrong(clip=np.nan), ValueError, "clip: given nan, wanted a positive number"),
    (wrong(clip="1"), ValueError, "clip: given '1', wanted a positive number"),
    (wrong(keep=["q"]), KeyError, "keep: q: the lstm cell computes"),
    (wrong(keep="h"), ValueError, "keep: given the text 'h'"),
]


@pytest.mark.parametrize(("arguments", "error", "message"), WRONG, ids=[message[:40] for *_, message in WRONG])
def test_wrong_arguments_are_named_with_what_was_wanted(arguments, error, message):
    trace, params, dh, options = arguments
    with pytest.raises(error, match=re.escape(message)):
        backward(trace, params, dh, **options)


def test_an_unknown_gradient_is_refused_by_name():
    params, x, _ = random(CELLS["rnn"])
    grads = backward(forward(CELLS["rnn"], params, x), params, np.ones((6, 2, 4)))
    with pytest.raises(KeyError, match=r"q: the rnn cell's gradients are W_h, U_h, b_h, .*h_prev"):
        grads["q"]


def test_what_comes_from_below_gets_its_gradient():
    params, x, initial = random(DEPTH_GATED)
    trace = forward(DEPTH_GATED, params, x, initial, below=below(DEPTH_GATED))
    grads = backward(trace, params, seeded(trace)["h"])
    assert set(inputs(DEPTH_GATED)) <= set(grads)
    wanted = read(DEPTH_GATED, params, x, initial, below=below(DEPTH_GATED))
    assert_same_gradients(grads, read_back(wanted, seeded(trace)))
