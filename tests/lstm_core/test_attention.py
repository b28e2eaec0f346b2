import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zoo import difference

from lstm_core import CELLS, Cell, attend, attend_back, backward, decode, decode_back, init_attention, step
from lstm_core.cells import DEPTH_GATED

pytestmark = pytest.mark.filterwarnings("error")
sizes = st.integers(1, 4)
UNREAD = Cell("x unread", "h = tanh(U_h @ c_prev)\nc = tanh(W_c @ x + U_c @ h_prev)")  # by the h of the same step
DECODERS = [*(CELLS[name] for name in ("lstm", "gru", "clockwork", "peephole", "mut1")), UNREAD]
decoders = pytest.mark.parametrize("cell", DECODERS, ids=lambda cell: cell.name)
LENGTHS = [4, 2]


def random_attention(N=3, T=4, B=2, Q=3, M=5, A=4, seed=0, dtype=np.float64):
    """Parameters, queries and memory."""
    rng = np.random.default_rng(seed)
    shapes = {"W_a": (A, Q), "U_a": (A, M), "v_a": (A,)}
    params = {name: rng.normal(size=shape).astype(dtype) for name, shape in shapes.items()}
    return params, rng.normal(size=(N, B, Q)).astype(dtype), rng.normal(size=(T, B, M)).astype(dtype)


def random_decoder(cell, N=3, T=4, B=2, Y=2, M=5, H=4, A=3, seed=0, dtype=np.float64):
    """The cell's parameters, attention's, y, memory and initial states."""
    rng = np.random.default_rng(seed)
    attention, _, memory = random_attention(N, T, B, H, M, A, seed, dtype)
    params = {k: rng.normal(0, 0.7, s).astype(dtype) for k, s in cell.shapes(Y + M, H).items()}
    initial = {s: rng.normal(size=(B, H)).astype(dtype) for s in cell.state}
    return params, attention, rng.normal(size=(N, B, Y)).astype(dtype), memory, initial


def same(ours, theirs, rtol=1e-12):
    np.testing.assert_allclose(ours, theirs, rtol, rtol)


# --- attention


@settings(max_examples=30, deadline=None)
@given(N=sizes, T=sizes, B=sizes, Q=sizes, M=sizes, A=sizes, seed=st.integers(0, 99), data=st.data())
def test_attention_is_bahdanaus_formulas(N, T, B, Q, M, A, seed, data):
    params, query, memory = random_attention(N, T, B, Q, M, A, seed)
    lengths = data.draw(st.none() | st.lists(st.integers(1, T), min_size=B, max_size=B))
    trace = attend(params, query, memory, lengths)
    for t in range(N):
        for b in range(B):
            live = range(T if lengths is None else lengths[b])
            hidden = [np.tanh(params["W_a"] @ query[t, b] + params["U_a"] @ memory[j, b]) for j in live]
            shown = [np.exp(params["v_a"] @ units) for units in hidden]
            same(trace["context"][t, b], sum(e * memory[j, b] for j, e in enumerate(shown)) / sum(shown))
            for j in live:
                same(trace["hidden"][t, j, b], hidden[j])
                same(trace["scores"][t, j, b], np.log(shown[j]))
                same(trace["weights"][t, j, b], shown[j] / sum(shown))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_sum_to_1_and_are_0_past_the_end(dtype):
    weights = attend(*random_attention(dtype=dtype), LENGTHS)["weights"]
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-6)
    assert (weights[:, 2:, 1] == 0).all()
    assert (weights[:, :2] > 0).all()


def test_of_steps_that_are_all_equal_the_context_is_that_step():
    params, query, memory = random_attention()
    memory[:] = memory[0]
    same(attend(params, query, memory, LENGTHS)["context"], np.broadcast_to(memory[0], (3, 2, 5)))


def test_a_huge_score_attends_to_its_step_alone():
    params, query, memory = random_attention()
    memory[..., 0] = -1
    memory[1, :, 0] = 1  # the score is the sign of this
    params = {"W_a": 0 * params["W_a"], "U_a": np.zeros((4, 5)), "v_a": np.array([1e200, 0, 0, 0])}
    params["U_a"][0, 0] = 1
    trace = attend(params, query, memory)
    assert (trace["weights"] == np.array([0, 1, 0, 0])[None, :, None]).all()
    assert (trace["context"] == memory[1]).all()


@pytest.mark.parametrize("lengths", [None, LENGTHS])
def test_gradients_of_attention_match_differences(lengths):
    params, query, memory = random_attention()
    rng = np.random.default_rng(1)
    dcontext = rng.normal(size=(3, 2, 5))
    grads = attend_back(attend(params, query, memory, lengths), params, dcontext)
    at = params | {"query": query, "memory": memory}
    for name in at:
        v = rng.normal(size=at[name].shape)

        def loss(e, name=name, v=v):
            moved = at | {name: at[name] + e * v}
            trace = attend({k: moved[k] for k in params}, moved["query"], moved["memory"], lengths)
            return (trace["context"] * dcontext).sum()

        assert (grads[name] * v).sum() == pytest.approx(difference(loss, 1e-4), rel=1e-7), name


def test_attention_keeps_the_precision_of_its_memory_and_owns_its_numbers():
    params, query, memory = random_attention()
    narrow = attend(params, query, memory.astype(np.float32))
    dcontext = np.ones_like(narrow["context"])
    grads = attend_back(narrow, params, dcontext.astype(np.float64))
    assert {a.dtype for a in (*narrow.values(), *grads.values())} == {np.dtype(np.float32)}
    assert {name: grads[name].shape for name in narrow} == {name: a.shape for name, a in narrow.items()}
    trace = attend(params, query, memory)
    grads = attend_back(trace, params, dcontext := np.ones_like(trace["context"]))
    before = [a.copy() for a in (*trace.values(), *grads.values())]
    for array in (query, memory, dcontext, *params.values()):
        array[:] = 9
    assert all((a == b).all() for a, b in zip((*trace.values(), *grads.values()), before, strict=True))


def test_attention_reads_arrays_in_any_order():
    params, query, memory = random_attention()
    backwards, columns = memory[::-1].copy()[::-1], np.asfortranarray(query)
    same(attend(params, columns, backwards)["context"], attend(params, query, memory)["context"], 1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_number_is_too_large_for_attention(dtype):
    large = np.finfo(dtype).max
    params, query, memory = random_attention(dtype=dtype)
    params = {name: np.sign(p) * large for name, p in params.items()}
    trace = attend(params, np.sign(query) * large, np.sign(memory) * large)
    grads = attend_back(trace, params, np.full_like(trace["context"], large))
    for name, value in [*trace.items(), *grads.items()]:
        assert np.isfinite(value).all(), name
    np.testing.assert_allclose(trace["weights"].sum(axis=1), 1, rtol=1e-6)


def test_init_attention_depends_on_the_seed_alone():
    params, other = init_attention(3, 5, 400, seed=1, dtype=np.float32), init_attention(3, 5, 400, seed=2)
    assert {name: p.shape for name, p in params.items()} == {"W_a": (400, 3), "U_a": (400, 5), "v_a": (400,)}
    assert all((p == q).all() for p, q in zip(params.values(), init_attention(3, 5, 400, 1, np.float32).values(),
                                              strict=True))
    for name, p in params.items():
        assert p.dtype == np.float32
        assert 0.045 < abs(p).max() < 0.05
        assert (p != other[name]).all()


# --- a decoder


@decoders
def test_decoding_is_attending_and_stepping_by_hand(cell):
    params, attention, y, memory, initial = random_decoder(cell)
    trace = decode(cell, params, attention, y, memory, initial, LENGTHS)
    states = initial
    for t in range(len(y)):
        read = attend(attention, states["h"][None], memory, LENGTHS)
        x = np.concatenate([y[t], read["context"][0]], axis=1)
        ticks = {name: (t % cell.unit_periods(4) == 0).astype(float) for name in cell.inputs}
        env = step(cell, params, {"x": x, **ticks} | {f"{s}_prev": v for s, v in states.items()})
        same(trace["weights"][t], read["weights"][0])
        same(trace["context"][t], x[:, 2:])
        same(trace["x"][t], x)
        for node in cell.node:
            same(trace.cell[node][t], env[node])
        states = {s: env[s] for s in cell.state}
    assert (trace["query"] == trace["h_prev"]).all()
    assert (trace["x"][..., 2:] == trace["context"]).all()


def test_a_decoder_begins_at_0_and_keeps_the_precision_of_y():
    cell = CELLS["lstm"]
    params, attention, y, memory, initial = random_decoder(cell)
    trace = decode(cell, params, attention, y.astype(np.float32), memory)
    grads = decode_back(trace, params, attention, np.ones((3, 2, 4)))
    assert not trace["query"][0].any()
    given = [*trace.attention.values(), *(trace.cell[node] for node in trace.cell), trace["x"]]
    back = [*(grads.cell[name] for name in grads.cell), *grads.attention.values(), grads.y, *grads.initial.values()]
    assert {a.dtype for a in (*given, *back)} == {np.dtype(np.float32)}
    before = trace["h"].copy(), trace["x"].copy(), trace["memory"].copy()
    for array in (y, memory, *params.values(), *attention.values(), *initial.values()):
        array[:] = 9
    assert all((a == b).all() for a, b in zip((trace["h"], trace["x"], trace["memory"]), before, strict=True))


def test_a_chaotic_decoder_and_its_attention_stay_together():
    cell = CELLS["rnn"]
    params, attention, y, memory, _ = random_decoder(cell, N=300, H=20)
    trace = decode(cell, params | {"U_h": 5 * params["U_h"]}, attention, y, memory)
    assert (trace["query"] == trace["h_prev"]).all()
    assert (trace["x"][..., 2:] == trace["context"]).all()


@decoders
@pytest.mark.parametrize("lengths", [None, LENGTHS])
def test_gradients_of_a_decoder_match_differences(cell, lengths):
    params, attention, y, memory, initial = random_decoder(cell)
    rng = np.random.default_rng(1)
    dh = rng.normal(size=(3, 2, 4))
    grads = decode_back(decode(cell, params, attention, y, memory, initial, lengths), params, attention, dh)
    groups = {"params": params, "attention": attention, "inputs": {"y": y, "memory": memory}, "initial": initial}
    found = {"params": grads.cell, "attention": grads.attention, "inputs": {"y": grads.y, "memory": grads.memory},
             "initial": grads.initial}
    for group, arrays in groups.items():
        for name in arrays:
            v = rng.normal(size=arrays[name].shape)

            def loss(e, group=group, name=name, v=v):
                at = groups | {group: groups[group] | {name: groups[group][name] + e * v}}
                return (decode(cell, at["params"], at["attention"], **at["inputs"], initial=at["initial"],
                               lengths=lengths)["h"] * dh).sum()

            slope = difference(loss, 1e-3)
            assert (found[group][name] * v).sum() == pytest.approx(slope, rel=1e-7, abs=1e-9), (group, name)


def test_a_decoder_that_reads_one_step_is_a_cell_that_reads_it_too():
    cell = CELLS["gru"]
    params, attention, y, memory, initial = random_decoder(cell, T=1)
    trace = decode(cell, params, attention, y, memory, initial)
    assert (trace["weights"] == 1).all()
    grads, dh = decode_back(trace, params, attention, np.ones((3, 2, 4))), np.ones((3, 2, 4))
    plain = backward(trace.cell, params, dh)
    same(grads.memory, plain["x"][..., 2:].sum(axis=0)[None])
    assert not any(grads.attention[name].any() for name in ("W_a", "U_a", "v_a"))


# --- what is refused


PARAMS, QUERY, MEMORY = random_attention()
CELL_PARAMS, _, Y, _, INITIAL = random_decoder(CELLS["lstm"])
ATTENTION = random_decoder(CELLS["lstm"])[1]


def attending(**change):
    return attend(**{"params": PARAMS, "query": QUERY, "memory": MEMORY} | change)


def attending_back(dcontext=None, params=PARAMS):
    return attend_back(attend(PARAMS, QUERY, MEMORY), params, np.ones((3, 2, 5)) if dcontext is None else dcontext)


def decoding(**change):
    return decode(**{"cell": CELLS["lstm"], "params": CELL_PARAMS, "attention": ATTENTION, "y": Y, "memory": MEMORY,
                     "initial": INITIAL} | change)


def decoding_back(dh=None, params=CELL_PARAMS, attention=ATTENTION):
    return decode_back(decoding(), params, attention, np.ones((3, 2, 4)) if dh is None else dh)


WRONG = [
    (attending, {"query": QUERY[0]}, "query: given float64 of shape (2, 3), wanted float32 or float64 of shape (N"),
    (attending, {"query": QUERY[:, :1]}, "query: given 1 sequences, wanted 2, as many as memory has"),
    (attending, {"query": QUERY * np.nan}, "query: given nan"),
    (attending, {"query": QUERY + 1e300, "memory": MEMORY.astype(np.float32)}, "query: given nan, infinity or more"),
    (attending, {"query": QUERY[..., :2]}, "params['W_a']: given float64 of shape (4, 3), wanted float32 or float64"),
    (attending, {"memory": MEMORY.tolist()}, "memory: given list"),
    (attending, {"memory": MEMORY[:0]}, "memory: given float64 of shape (0, 2, 5)"),
    (attending, {"memory": MEMORY.astype(int)}, "memory: given int64"),
    (attending, {"memory": np.full_like(MEMORY, np.inf)}, "memory: given nan, infinity"),
    (attending, {"params": None}, "params: given NoneType, wanted a dict"),
    (attending, {"params": {"W_a": PARAMS["W_a"]}}, "params: given W_a; wanted W_a, U_a, v_a"),
    (attending, {"params": PARAMS | {"v_a": np.ones((4, 1))}}, "params['v_a']: given float64 of shape (4, 1)"),
    (attending, {"params": PARAMS | {"v_a": "v"}}, "params['W_a']: given float64 of shape (4, 3)"),
    (attending, {"params": {k: p[:0] for k, p in PARAMS.items()}}, "params['W_a']: given float64 of shape (0, 3)"),
    (attending, {"params": PARAMS | {"U_a": PARAMS["U_a"].astype(object)}}, "params['U_a']: given object"),
    (attending, {"params": PARAMS | {"U_a": PARAMS["U_a"] * np.inf}}, "params['U_a']: given nan"),
    (attending, {"lengths": [5, 1]}, "lengths: given [5, 1]; wanted 2 integers from 1 to 4"),
    (attending, {"lengths": [0, 1]}, "lengths: given [0, 1]; wanted 2"),
    (attending, {"lengths": 3}, "lengths: given 3; wanted 2"),
    (attending_back, {"dcontext": np.ones((3, 2, 4))}, "dcontext: given float64 of shape (3, 2, 4)"),
    (attending_back, {"dcontext": np.ones((3, 2, 5), int)}, "dcontext: given int64"),
    (attending_back, {"dcontext": np.full((3, 2, 5), np.nan)}, "dcontext: given nan"),
    (attending_back, {"params": {}}, "params: given nothing; wanted W_a"),
    (attending_back, {"params": init_attention(3, 5, 6)}, "params['W_a']: given float64 of shape (6, 3)"),
    (decoding, {"cell": "lstm"}, "cell: given 'lstm', wanted a Cell"),
    (decoding, {"cell": Cell("typed", "h = W_h @ x")}, "cell: given 'typed', wanted a Cell that has h as a state"),
    (decoding, {"cell": DEPTH_GATED}, "params: given W_f"),
    (decoding, {"params": CELL_PARAMS | {"b_f": np.full(4, np.nan)}}, "params['b_f']: given nan"),
    (decoding, {"params": ATTENTION}, "params: given W_a, U_a, v_a; wanted W_f"),
    (decoding, {"attention": CELL_PARAMS}, "attention: given W_f"),
    (decoding, {"attention": PARAMS}, "attention['W_a']: given float64 of shape (4, 3)"),
    (decoding, {"y": Y[..., :1]}, "params['W_f']: given float64 of shape (4, 7)"),
    (decoding, {"y": Y[:, :1], "initial": None}, "y: given 1 sequences, wanted 2, as many as memory has"),
    (decoding, {"y": Y * np.inf}, "y: given nan, infinity"),
    (decoding, {"y": Y.astype(object)}, "y: given object"),
    (decoding, {"y": Y.astype(np.float32), "memory": MEMORY + 1e300}, "memory: given nan, infinity or more"),
    (decoding, {"initial": {"h": INITIAL["h"]}}, "initial: given h; wanted c, h"),
    (decoding, {"initial": INITIAL | {"h": INITIAL["h"][0]}}, "initial['h']: given float64 of shape (4,)"),
    (decoding, {"lengths": [1, 5]}, "lengths: given [1, 5]; wanted 2 integers from 1 to 4"),
    (decoding_back, {"dh": np.ones((3, 2, 5))}, "dh: given float64 of shape (3, 2, 5)"),
    (decoding_back, {"dh": np.full((3, 2, 4), np.inf)}, "dh: given nan, infinity"),
    (decoding_back, {"attention": None}, "attention: given NoneType"),
    (decoding_back, {"params": {}}, "params: given nothing; wanted W_f"),
    (lambda size: init_attention(3, size, 4), {"size": 0}, "memory_size: given 0, wanted a positive integer"),
    (lambda size: init_attention(3, 4, size), {"size": "4"}, "size: given '4', wanted a positive integer"),
]


@pytest.mark.parametrize(("function", "change", "message"), WRONG, ids=[message[:40] for *_, message in WRONG])
def test_wrong_arguments_are_named_with_what_was_wanted(function, change, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        function(**change)


def test_an_unknown_name_is_refused():
    with pytest.raises(KeyError, match="q: attention computes memory, keys, query"):
        attend(PARAMS, QUERY, MEMORY)["q"]
