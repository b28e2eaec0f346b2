import re
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zoo import assert_same, below, every, everything, random, zoo

from lstm_core import CELLS, Cell, forward, init_params, plan, step, store
from lstm_core.cells import DEPTH_GATED
from lstm_core.reading import read

pytestmark = pytest.mark.filterwarnings("error")

sizes = st.integers(1, 5)


@every
@settings(max_examples=12, deadline=None)
@given(T=sizes, B=sizes, D=sizes, H=sizes, start=st.booleans(), seed=st.integers(0, 99), wide=st.booleans(),
       data=st.data())
def test_the_plan_gives_what_reading_the_equations_gives(cell, T, B, D, H, start, seed, wide, data):
    dtype = np.float64 if wide else np.float32
    params, x, initial = random(cell, T, B, D, H, seed, dtype=dtype)
    lengths = data.draw(st.none() | st.lists(st.integers(1, T), min_size=B, max_size=B))
    arguments = params, x, initial if start else None, lengths, below(cell, T, B, H, seed, dtype)
    assert_same(*(run(cell, *arguments) for run in (forward, read)), rtol=1e-12 if wide else 1e-4)


@zoo
@pytest.mark.parametrize("T", [1, 2, 3, 4, 6, 7])
def test_a_run_may_be_longer_or_shorter_than_the_plan(cell, T, monkeypatch):
    monkeypatch.setattr(plan, "STEPS", 3)
    monkeypatch.setattr(store, "_plans", {})
    arguments = random(cell, T)
    first = forward(cell, *arguments)
    again = forward(cell, *arguments)
    assert_same(first, read(cell, *arguments))
    assert_same(again, first, rtol=0)


@zoo
def test_float32_stays_float32(cell):
    wide, x, initial = random(cell)
    narrow = forward(cell, wide, x.astype(np.float32), initial)
    assert {v.dtype for v in everything(narrow).values()} == {np.dtype(np.float32)}
    assert_same(narrow, read(cell, wide, x.astype(np.float32), initial), rtol=1e-5)
    for node, value in everything(forward(cell, wide, x, initial)).items():
        np.testing.assert_allclose(narrow[node], value, rtol=1e-4, atol=1e-4, err_msg=node)


@pytest.mark.parametrize("name", ["lstm", "peephole", "gru", "gru_v1"])
def test_a_trace_lets_the_equations_be_checked_by_hand(name):
    cell = CELLS[name]
    params, x, initial = random(cell)
    trace = forward(cell, params, x, initial)
    assert (trace["x"] == x).all()
    assert (trace["h_prev"][0] == initial["h"]).all()
    assert (trace["h_prev"][1:] == trace["h"][:-1]).all()
    assert list(trace) == list(cell.node)
    assert len(trace) == len(cell.node)
    with pytest.raises(KeyError, match=r"q: the .* cell computes .*h"):
        trace["q"]


# --- sequences of different lengths


@zoo
def test_each_sequence_is_read_as_it_would_be_alone_and_then_stays(cell):
    params, x, initial = random(cell, T=7, B=3)
    lengths = [7, 1, 4]
    trace = forward(cell, params, x, initial, lengths)
    for b, length in enumerate(lengths):
        alone = forward(cell, params, x[:length, [b]], {s: v[[b]] for s, v in initial.items()})
        for node in trace:
            np.testing.assert_allclose(trace[node][:length, b], alone[node][:, 0], 1e-12, 1e-14, err_msg=node)
            after = trace[node][length:, b]
            assert (after == (trace[node][length - 1, b] if node in cell.state else 0)).all(), node


def test_lengths_may_be_an_array_and_end_in_different_chunks(monkeypatch):
    monkeypatch.setattr(plan, "STEPS", 3)
    monkeypatch.setattr(store, "_plans", {})
    cell = CELLS["lstm"]
    arguments = random(cell, T=10, B=4)
    lengths = np.array([10, 2, 3, 7], np.int32)
    assert_same(forward(cell, *arguments, lengths), read(cell, *arguments, lengths))
    assert forward(cell, *arguments, lengths).lengths.tolist() == [10, 2, 3, 7]


# --- what is kept


@zoo
@pytest.mark.parametrize("lengths", [None, [6, 2]])
def test_what_is_not_kept_is_computed_again(cell, lengths):
    arguments = random(cell)
    whole = forward(cell, *arguments, lengths)
    for keep in ([], ["h"], ["h", *list(cell.node)[::2]]):
        assert_same(forward(cell, *arguments, lengths, keep=keep), whole)


def test_what_is_not_kept_takes_no_memory():
    cell, H, T = CELLS["lstm"], 16, 200
    params, x, initial = random(cell, T=T, B=1, D=4, H=H)
    sizes = {name: forward(cell, params, x, initial, keep=keep).nbytes
             for name, keep in {"all": None, "f": ["f"], "states": []}.items()}
    assert sizes["states"] == (T + 1) * (2 * H + 4 + 1) * 8  # c, h, x and a 1
    assert sizes["f"] == sizes["states"] + (T + 1) * H * 8
    assert sizes["all"] > 4 * sizes["states"]


def test_ten_thousand_equations_run_and_what_was_not_kept_is_found_again():
    lines = [f"a{k} = tanh(a{k + 1})" for k in range(10_000)]
    cell = Cell("long", "\n".join(["h = a0 + h_prev", *lines, "a10000 = tanh(W_a @ x)"]))
    params, x, _ = random(cell, T=1, B=1, D=1, H=1)
    assert forward(cell, params, x, keep=["h"])["a0"] == forward(cell, params, x)["a0"]


# --- what is too large


LARGEST = {np.float64: 1e308, np.float32: 3e38}


@zoo
@pytest.mark.parametrize("dtype", LARGEST)
@pytest.mark.parametrize("weights", [1.0, "largest"])
def test_no_number_is_too_large(cell, dtype, weights):
    params, x, initial = random(cell, T=4, B=2, dtype=dtype)
    large = LARGEST[dtype]
    x = x.clip(-1, 1)
    x[1], x[2, 0] = x[1] * large, large
    params = {k: p.clip(-1, 1) * (large if weights == "largest" else 1) for k, p in params.items()}
    for run in (forward, read):
        for node, value in everything(run(cell, params, x, initial)).items():
            assert np.isfinite(value).all(), node
            assert value.dtype == dtype


def test_a_state_too_large_at_the_last_step_is_held():
    trace = forward(Cell("grows", "h = exp(x) * h_prev"), {}, np.full((2, 1, 1), 400.0), {"h": np.ones((1, 1))})
    assert np.isfinite(trace["h"]).all() and trace["h"][1] > 1e304


@pytest.mark.parametrize("dtype", LARGEST)
def test_gates_saturate_where_x_is_large(dtype):
    cell = CELLS["lstm"]
    params, x, _ = random(cell, dtype=dtype)
    params |= {"W_f": np.ones_like(params["W_f"]), "W_i": -np.ones_like(params["W_i"])}
    x[3] = LARGEST[dtype]
    trace = forward(cell, params, x)
    assert (trace["f"][3] == 1).all()
    assert (trace["i"][3] == 0).all()
    assert (trace["f.pre"][3] > LARGEST[dtype] / 1e4).all()
    assert (trace["f.pre.0"][3] > LARGEST[dtype] / 1e4).all()
    before = forward(cell, params, x[:3])
    for node in trace:
        np.testing.assert_allclose(trace[node][:3], before[node], rtol=1e-5, atol=1e-5, err_msg=node)


def test_a_small_number_beside_a_large_one_is_not_lost():
    cell = Cell("feed-forward", "h = W_h @ x")
    params = {"W_h": np.array([[3.0, 4.0]])}
    trace = forward(cell, params, np.array([[[1e308, 1e308], [1e-5, 1e-5]]]))
    assert trace["h"][0, 0] > 1e304
    np.testing.assert_allclose(trace["h"][0, 1], 7e-5, rtol=1e-12)


def test_a_sum_whose_terms_are_too_large_keeps_its_sign():
    x = np.full((1, 1, 2), 1.7e308)
    for weights in ([3.0, -2.0], [-2.0, 3.0], [2.0, -3.0]):
        h = forward(Cell("typed", "h = W_h @ x"), {"W_h": np.array([weights])}, x)["h"]
        assert np.isfinite(h).all()
        assert h.item() / sum(weights) > 1e304


def test_division_by_zero_is_held_too():
    h = forward(Cell("typed", "h = 1 / (x - x) + x / (x - x) + (x - x) / (x - x)"), {}, np.ones((1, 1, 2)))["h"]
    assert np.isfinite(h).all()
    assert (h > 1e304).all()


def test_a_number_too_large_for_float32_is_held():
    x = np.array([[[0.5, -0.5]]], np.float32)
    for run in (forward, read):
        h = run(Cell("typed", "h = 1e300 * x"), {}, x)["h"]
        assert np.isfinite(h).all()
        assert (np.sign(h) == np.sign(x)).all()
        assert (abs(h) > 1e34).all()


# --- whose numbers


def test_a_trace_owns_its_numbers():
    cell = CELLS["peephole"]
    arguments = random(cell)
    trace, wanted = forward(cell, *arguments), everything(forward(cell, *random(cell)))
    forward(cell, *random(cell, seed=1))
    params, x, initial = arguments
    for array in (x, *params.values(), *initial.values()):
        array[:] = 9
    for node, value in everything(trace).items():
        assert (value == wanted[node]).all(), node


def test_so_does_one_whose_numbers_were_too_large():
    cell = CELLS["lstm"]
    params, x, initial = random(cell)
    x[0] = 1e308
    trace = forward(cell, params | {"W_f": 9 + params["W_f"]}, x, initial)
    x[:] = 0
    assert (trace["x"][0] == 1e308).all()


def test_two_threads_at_once():
    cell, barrier, interval = CELLS["lstm"], Barrier(2), sys.getswitchinterval()
    runs = [random(cell, T=300, seed=seed) for seed in (0, 1)]
    wanted = [everything(read(cell, *arguments)) for arguments in runs]

    def many(arguments):
        barrier.wait()
        return [everything(forward(cell, *arguments)) for _ in range(10)]

    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(2) as threads:
            for want, traces in zip(wanted, threads.map(many, runs), strict=True):
                for trace in traces:
                    for node in want:
                        np.testing.assert_allclose(trace[node], want[node], rtol=1e-10, atol=1e-12, err_msg=node)
    finally:
        sys.setswitchinterval(interval)


def test_few_plans_are_kept(monkeypatch):
    monkeypatch.setattr(store, "_plans", {})
    cell = CELLS["rnn"]
    for B in range(1, store.PLANS + 3):
        forward(cell, *random(cell, T=1, B=B))
    assert [key[3] for key in store._plans] == list(range(3, store.PLANS + 3))  # the latest
    monkeypatch.setattr(store, "BYTES", sum(p.nbytes for p in store._plans.values()) - 1)
    forward(cell, *random(cell, T=1, B=5))
    assert [key[3] for key in store._plans] == [4, *range(6, store.PLANS + 3), 5]


def test_plans_differ_by_precision_and_equations():
    renamed = Cell("lstm", CELLS["cifg"].equations)  # another cell of the same name
    for cell in (CELLS["lstm"], renamed):
        for dtype in (np.float64, np.float32):
            arguments = random(cell, dtype=dtype)
            assert_same(forward(cell, *arguments), read(cell, *arguments), rtol=1e-5)


# --- what is refused


def wrong(**change):
    """Arguments for the LSTM at T, B, D, H = 6, 2, 3, 4 with one of them changed."""
    params, x, initial = random(CELLS["lstm"])
    groups = {"params": params, "initial": initial}
    for name, value in change.items():
        group, _, key = name.partition("__")
        if key:
            groups[group] = groups[group] | {key: value}
        else:
            groups[group] = value
    return groups["params"], groups.get("x", x), groups["initial"]


def without(group, key):
    return {k: v for k, v in group.items() if k != key}


def shaped(argument, given, wanted):
    return f"{argument}: given float64 of shape {given}, wanted float32 or float64 of shape {wanted}"


PARAMS, X, INITIAL = random(CELLS["lstm"])
WRONG = [
    (wrong(x=X[0]), shaped("x", "(2, 3)", "(T, B, D)")),
    (wrong(x=X[:0]), "x: given float64 of shape (0, 2, 3)"),
    (wrong(x=X[:, :0]), "x: given float64 of shape (6, 0, 3)"),
    (wrong(x=X[:, :, :0]), "x: given float64 of shape (6, 2, 0)"),
    (wrong(x=X.astype(int)), "x: given int64 of shape (6, 2, 3), wanted float32 or float64"),
    (wrong(x=X.astype(object)), "x: given object"),
    (wrong(x=X.tolist()), "x: given list"),
    (wrong(x=X * np.nan), "x: given nan"),
    (wrong(x=np.full_like(X, np.inf)), "x: given nan, infinity"),
    (wrong(params__W_f=np.ones((5, 3))), shaped("params['U_f']", "(4, 4)", "(5, 5)")),
    (wrong(params__W_i=np.ones((4, 2))), shaped("params['W_i']", "(4, 2)", "(4, 3)")),
    (wrong(params__b_o=np.ones((4, 1))), shaped("params['b_o']", "(4, 1)", "(4,)")),
    (wrong(params__b_o=np.ones(4, int)), "params['b_o']: given int64"),
    (wrong(params__b_o=1.0), "params['b_o']: given float"),
    (wrong(params__W_f=1.0), "params['W_f']: given float"),
    (wrong(params__W_f=np.ones((0, 3))), "params['W_f']: given float64 of shape (0, 3)"),
    (wrong(params__U_o=np.full((4, 4), np.nan)), "params['U_o']: given nan"),
    (wrong(params=without(PARAMS, "U_o")), "params: given W_f, U_f"),
    (wrong(params__p_f=np.ones(4)), "b_o, p_f; wanted W_f, U_f"),
    (wrong(x=X.astype(np.float32), params__b_i=np.full(4, 1e300)), "params['b_i']: given nan, infinity or more"),
    (wrong(initial={}), "initial: given nothing; wanted c, h"),
    (wrong(initial=without(INITIAL, "c")), "initial: given h; wanted c, h"),
    (wrong(initial__f=np.zeros((2, 4))), "initial: given c, h, f; wanted c, h"),
    (wrong(initial__h=np.zeros((4, 2))), shaped("initial['h']", "(4, 2)", "(2, 4)")),
    (wrong(initial__c=np.zeros(4)), shaped("initial['c']", "(4,)", "(2, 4)")),
    (wrong(initial__c=np.full((2, 4), np.inf)), "initial['c']: given nan, infinity"),
    (wrong(params=list(PARAMS.values())), "params: given list, wanted a dict of arrays"),
    (wrong(params=None), "params: given NoneType, wanted a dict of arrays"),
    (wrong(initial=np.zeros((2, 4))), "initial: given ndarray, wanted a dict of arrays"),
    (wrong(x=X.astype(np.float32), initial__c=np.full((2, 4), 1e300)), "initial['c']: given nan, infinity or more"),
    ((*wrong(), [6]), "lengths: given [6]; wanted 2 integers from 1 to 6, one for each sequence"),
    ((*wrong(), [6, 7]), "lengths: given [6, 7]; wanted 2 integers from 1 to 6"),
    ((*wrong(), [0, 6]), "lengths: given [0, 6]; wanted 2 integers from 1 to 6"),
    ((*wrong(), [1.5, 6]), "lengths: given [1.5, 6]; wanted 2 integers"),
    ((*wrong(), [[1], 2]), "lengths: given [[1], 2]; wanted 2 integers"),
    ((*wrong(), 6), "lengths: given 6; wanted 2 integers"),
    ((*wrong(), "ab"), "lengths: given 'ab'; wanted 2 integers"),
    ((*wrong(), None, {"c": X}), "below: given c; wanted nothing"),
]


@pytest.mark.parametrize("run", [forward, read])
@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=[message[:50] for _, message in WRONG])
def test_wrong_arguments_are_named_with_what_was_wanted(run, arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        run(CELLS["lstm"], *arguments)


@pytest.mark.parametrize(("below", "message"), [
    (None, "below: given nothing; wanted c"),
    ({"h": np.zeros((6, 2, 4))}, "below: given h; wanted c"),
    ({"c": np.zeros((6, 2, 3))}, shaped("below['c']", "(6, 2, 3)", "(6, 2, 4)")),
    ({"c": np.full((6, 2, 4), np.nan)}, "below['c']: given nan"),
])
def test_what_comes_from_below_is_asked_for(below, message):
    params, x, _ = random(DEPTH_GATED)
    with pytest.raises(ValueError, match=re.escape(message)):
        forward(DEPTH_GATED, params, x, below=below)


@pytest.mark.parametrize(("keep", "error", "message"), [
    (["h", "q"], KeyError, "keep: q: the lstm cell computes"),
    (["W_f"], KeyError, "keep: W_f: the lstm cell computes"),
    ([3], KeyError, "keep: 3"),
    ([["h"]], KeyError, "keep: .*h"),
    ("h", ValueError, "keep: given the text 'h', wanted several names"),
    (5, ValueError, "keep: given 5, wanted several names"),
])
def test_only_nodes_are_kept(keep, error, message):
    params, x, _ = random(CELLS["lstm"])
    with pytest.raises(error, match=message):
        forward(CELLS["lstm"], params, x, keep=keep)


def test_infinity_that_no_value_shows_is_refused():
    with pytest.raises(ValueError, match=re.escape("params['b_h']: given nan, infinity")):
        forward(Cell("typed", "h = exp(b_h)"), {"b_h": np.array([0, -np.inf])}, X)


@pytest.mark.parametrize(("equations", "message"), [
    ("h = tanh(W_h @ x + x)", "h: add cannot make a vector of 4 from h.pre.0 (4,), x (3,)"),
    ("g = tanh(x)\nh = W_h @ g", "g: tanh cannot make a vector of 4 from x (3,)"),
    ("h = W_h @ h_prev", "h: matmul cannot make a vector of 4 from W_h (4, 3), h_prev (4,)"),
    ("h = U_h @ x", "h: matmul cannot make a vector of 4 from U_h (4, 4), x (3,)"),
])
def test_sizes_that_cannot_agree_name_the_equation(equations, message):
    cell = Cell("typed", equations)
    params, x, _ = random(cell)
    with pytest.raises(ValueError, match=re.escape(message)):
        forward(cell, params, x)


# --- one step


STEP = {"x": X[0], "h_prev": INITIAL["h"], "c_prev": INITIAL["c"]}


@pytest.mark.parametrize(("change", "clamp", "error", "message"), [
    ({"x": None}, None, ValueError, "env['x']: given NoneType"),
    ({"x": X[0].astype(int)}, None, ValueError, "env['x']: given int64 of shape (2, 3)"),
    ({"x": X[0] * np.nan}, None, ValueError, "env['x']: given nan"),
    ({"x": np.ones((2, 5))}, None, ValueError, shaped("params['W_f']", "(4, 3)", "(4, 5)")),
    ({"h_prev": np.ones((2, 5))}, None, ValueError, shaped("env['h_prev']", "(2, 5)", "(2, 4)")),
    ({"h_prev": np.ones(4)}, None, ValueError, shaped("env['h_prev']", "(4,)", "(2, 4)")),
    ({"c_prev": np.full((2, 4), np.inf)}, None, ValueError, "env['c_prev']: given nan, infinity"),
    ({}, {"q": np.ones(4)}, KeyError, "clamp: q: the lstm cell computes"),
    ({}, {"f": np.ones(3)}, ValueError, shaped("clamp['f']", "(3,)", "(4,)")),
    ({}, {"f": 1.0}, ValueError, "clamp['f']: given float"),
])
def test_a_step_names_what_it_cannot_take(change, clamp, error, message):
    with pytest.raises(error, match=re.escape(message)):
        step(CELLS["lstm"], PARAMS, STEP | change, clamp)


def test_a_step_names_what_is_missing():
    with pytest.raises(KeyError, match="env: c_prev is missing, which the lstm cell reads; given x, h_prev"):
        step(CELLS["lstm"], PARAMS, without(STEP, "c_prev"))
    with pytest.raises(ValueError, match="params: given W_f"):
        step(CELLS["lstm"], without(PARAMS, "b_o"), STEP)


def test_a_step_takes_its_parameters_not_those_of_the_step_before():
    env = step(CELLS["rnn"], (params := random(CELLS["rnn"])[0]), {"x": X[0], "h_prev": INITIAL["h"]})
    other = {name: 2 * p for name, p in params.items()}
    assert (step(CELLS["rnn"], other, env)["W_h"] == other["W_h"]).all()


def test_clamp_forces_units_and_leaves_the_others():
    cell = CELLS["lstm"]
    params, x, initial = random(cell, dtype=np.float32)
    env = {"x": x[0]} | {f"{s}_prev": v for s, v in initial.items()}
    free, held = step(cell, params, env), step(cell, params, env, clamp={"f": np.array([1, np.nan, 0, np.nan])})
    assert (held["f"][:, [0, 2]] == [1, 0]).all()
    assert (held["f"][:, [1, 3]] == free["f"][:, [1, 3]]).all()
    np.testing.assert_allclose(held["c"][:, 0], initial["c"][:, 0] + free["c.1"][:, 0], rtol=1e-6)
    assert (held["c"][:, [1, 3]] == free["c"][:, [1, 3]]).all()
    assert held["f"].dtype == held["h"].dtype == np.float32


def test_clamp_of_an_unknown_node_is_refused():
    cell = CELLS["cifg"]
    params, x, initial = random(cell)
    with pytest.raises(KeyError, match=r"clamp: q: the cifg cell computes"):
        step(cell, params, {"x": x[0], "h_prev": initial["h"], "c_prev": initial["c"]}, clamp={"q": np.ones(4)})


@zoo
def test_a_step_takes_one_sequence_without_a_batch(cell):
    params, x, initial = random(cell, T=1, B=1)
    env = step(cell, params, {"x": x[0, 0]} | {f"{s}_prev": v[0] for s, v in initial.items()})
    trace = forward(cell, params, x, initial)
    for node in trace:
        assert env[node].shape == (4,)
        np.testing.assert_allclose(env[node], trace[node][0, 0], rtol=1e-12, atol=1e-12, err_msg=node)


# --- parameters


@zoo
def test_init_params_fill_the_range_that_pytorch_does(cell):
    params = init_params(cell, 40, 50)
    assert {k: v.shape for k, v in params.items()} == cell.shapes(40, 50)
    matrices = [v for v in params.values() if v.ndim == 2]
    for matrix in matrices:
        assert 0.95 * 50**-0.5 < abs(matrix).max() < 50**-0.5
        assert abs(matrix.mean()) < 0.1 * 50**-0.5
    assert len({matrix.flat[0] for matrix in matrices}) == len(matrices)


def test_init_params_depend_on_the_seed_alone():
    first, same, other = (init_params(CELLS["gru"], 3, 4, seed) for seed in (0, 0, 1))
    assert all((first[k] == same[k]).all() for k in first)
    assert all((first[k] != other[k]).all() for k in first)


def test_init_params_forget_bias_and_precision():
    plain, params = (init_params(CELLS["lstm"], 3, 4, forget_bias=b, dtype=np.float32) for b in (None, 1.0))
    assert (params["b_f"] == 1).all()
    assert all((params[k] == plain[k]).all() for k in params if k != "b_f")
    assert {v.dtype for v in params.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize(("arguments", "message"), [
    (("lstm", 0, 4), "input_size: given 0, wanted a positive integer"),
    (("lstm", 3, -1), "hidden_size: given -1, wanted a positive integer"),
    (("lstm", 2.5, 4), "input_size: given 2.5, wanted a positive integer"),
    (("lstm", 3, "4"), "hidden_size: given '4', wanted a positive integer"),
    (("lstm", 3, 4, 0, None, int), "dtype: given <class 'int'>, wanted float32 or float64"),
    (("gru", 3, 4, 0, 1.0), "forget_bias: given 1.0, but the gru cell has no b_f"),
])
def test_init_params_refuses(arguments, message):
    name, *rest = arguments
    with pytest.raises(ValueError, match=message):
        init_params(CELLS[name], *rest)
