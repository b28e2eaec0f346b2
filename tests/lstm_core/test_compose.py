import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zoo import assert_same, difference

from lstm_core import CELLS, Bidirectional, Cell, bidirectional, stack
from lstm_core import forward as run
from lstm_core.cells import DEPTH_GATED, GRID, GRID_INPUT, PEEPHOLE
from lstm_core.compose import backward, cells, forward, init_params, width

pytestmark = pytest.mark.filterwarnings("error")
LSTM, GRU, RNN = CELLS["lstm"], CELLS["gru"], CELLS["rnn"]
BOTH, SUM = Bidirectional(LSTM), Bidirectional(GRU, "sum")
NETS = {
    "stack": (LSTM, LSTM, LSTM),
    "mixed": (LSTM, Bidirectional(GRU), RNN),
    "both directions": BOTH,
    "their sum": SUM,
    "depth-gated": (PEEPHOLE, DEPTH_GATED, DEPTH_GATED),
    "grid": (GRID_INPUT, GRID, GRID),
    "stack of both": (BOTH, SUM, BOTH),
    "clocks and mutants": (CELLS["clockwork"], CELLS["mut1"]),
    "h read twice": (RNN, Cell("skip", "h = tanh(W_h @ x + U_h @ h_prev) + h_below")),
}
nets = pytest.mark.parametrize("net", NETS.values(), ids=NETS)
ends = pytest.mark.parametrize("lengths", [None, [5, 2]])
sizes = st.integers(1, 5)


def leaves(net, part):
    """What each cell of a net has of something in the net's shape; of a trace, in the order of computing."""
    if isinstance(net, tuple):
        return [leaf for layer, own in zip(net, part, strict=True) for leaf in leaves(layer, own)]
    if isinstance(net, Cell):
        return [part]
    return list(part) if isinstance(part, tuple) else [part.forward, part.backward.run]


def shaped(net, own):
    """Each cell's own, from an iterator, in the net's shape."""
    if isinstance(net, tuple):
        return tuple(shaped(layer, own) for layer in net)
    return next(own) if isinstance(net, Cell) else (next(own), next(own))


def random(net, T=5, B=2, D=3, H=4, seed=0, dtype=np.float64):
    """Parameters, x and initial states."""
    rng, own = np.random.default_rng(seed), cells(net, D, H)
    params = [{name: rng.normal(0, 0.7, s).astype(dtype) for name, s in cell.shapes(d, H).items()} for cell, d in own]
    initial = [{s: rng.normal(size=(B, H)).astype(dtype) for s in cell.state} for cell, _ in own]
    return shaped(net, iter(params)), rng.normal(size=(T, B, D)).astype(dtype), shaped(net, iter(initial))


def arrays(net, params, x, initial):
    """All that a net's output depends on, by which cell has it, and its name."""
    found = {(k, name): a for k, own in enumerate(leaves(net, params)) for name, a in own.items()}
    found |= {(k, f"{s}_prev"): a for k, own in enumerate(leaves(net, initial)) for s, a in own.items()}
    return found | {("x", "x"): x}


def arguments(net, at):
    """Parameters, x and initial states from what `arrays` gives."""
    own = [cell for cell, _ in cells(net, 1, 1)]
    params = [{name: at[k, name] for name in cell.parameters} for k, cell in enumerate(own)]
    initial = [{s: at[k, f"{s}_prev"] for s in cell.state} for k, cell in enumerate(own)]
    return shaped(net, iter(params)), at["x", "x"], shaped(net, iter(initial))


def gradients(net, grads):
    """dL/d of each of `arrays`."""
    found = {(k, name): own[name] for k, own in enumerate(leaves(net, grads)) for name in own.trace.cell.parameters}
    found |= {(k, f"{s}_prev"): own[f"{s}_prev"][0] for k, own in enumerate(leaves(net, grads))
              for s in own.trace.cell.state}
    return found | {("x", "x"): grads["x"]}


def norm(net, grads):
    return np.sqrt(sum((own[name] ** 2).sum() for own in leaves(net, grads) for name in own.trace.cell.parameters))


def assert_close(ours, theirs, rtol=1e-12):
    np.testing.assert_allclose(ours, theirs, rtol, rtol * max(1, abs(theirs).max()))


def by_hand(net, params, x, initial, lengths):
    """What a stack gives: layer by layer, and in both directions each sequence alone."""
    h, lower = x, {}
    for layer, own, start in zip(net, params, initial, strict=True):
        if isinstance(layer, Cell):
            below = {s: lower[s] for s in ("h", "c") if f"{s}_below" in layer.inputs} or None
            lower = run(layer, own, h, start, lengths, below)
            h = lower["h"]
            continue
        ways = []
        for params_of_way, states, way in zip(own, start, (1, -1), strict=True):
            ways.append(read := np.zeros((*h.shape[:2], states["h"].shape[1]), h.dtype))
            for b in range(h.shape[1]):
                end = lengths[b] if lengths else len(h)
                first = {s: v[b : b + 1] for s, v in states.items()}
                alone = run(layer.cell, params_of_way, h[:end, b : b + 1][::way], first)["h"][:, 0]
                read[:end, b], read[end:, b] = alone[::way], alone[-1] if way == 1 else 0
        h = np.concatenate(ways, axis=2) if layer.merge == "concat" else ways[0] + ways[1]
    return h


# --- right


@nets
@settings(max_examples=15, deadline=None)
@given(T=sizes, B=sizes, D=sizes, H=sizes, dtype=st.sampled_from([np.float32, np.float64]), seed=st.integers(0, 99),
       data=st.data())
def test_a_net_is_its_layers_run_by_hand(net, T, B, D, H, dtype, seed, data):
    net = net if isinstance(net, tuple) else (net,)
    lengths = data.draw(st.none() | st.lists(st.integers(1, T), min_size=B, max_size=B))
    params, x, initial = random(net, T, B, D, H, seed, dtype)
    trace = forward(net, params, x, initial, lengths)
    assert trace["h"].shape == (T, B, width(net, H))
    assert_close(trace["h"], by_hand(net, params, x, initial, lengths), 1e-12 if dtype == np.float64 else 1e-5)
    given = [a for own in leaves(net, trace) for a in (own["x"], *(own[node] for node in own))]
    grads = gradients(net, backward(trace, params, np.ones_like(trace["h"]), clip=0.1))
    assert {a.dtype for a in (trace["h"], *given, *grads.values())} == {np.dtype(dtype)}
    assert {k: g.shape for k, g in grads.items()} == {k: a.shape for k, a in arrays(net, params, x, initial).items()}


@nets
@ends
def test_gradients_match_differences_in_random_directions(net, lengths):
    at, rng = arrays(net, *random(net)), np.random.default_rng(1)
    trace = forward(net, *arguments(net, at), lengths)
    dh = rng.normal(size=trace["h"].shape)
    grads = gradients(net, backward(trace, arguments(net, at)[0], dh))
    assert grads.keys() == at.keys()
    v = {key: rng.normal(size=a.shape) for key, a in at.items()}
    for moving in (None, *dict.fromkeys(owner for owner, _ in at)):  # all together, then one cell's
        own = {key for key in at if moving in (None, key[0])}

        def loss(e, own=own):
            moved = {key: a + e * v[key] if key in own else a for key, a in at.items()}
            return (forward(net, *arguments(net, moved), lengths)["h"] * dh).sum()

        slope = sum((grads[key] * v[key]).sum() for key in own)
        assert slope == pytest.approx(difference(loss, 3e-4), rel=1e-7), moving


# --- what one net is of another


def test_a_palindrome_is_read_alike_in_both_directions():
    params, x, _ = random(LSTM)
    x = np.concatenate([x, x[-2::-1]])
    trace = bidirectional(LSTM, params, params, x)
    assert_close(trace.forward["h"], trace.backward["h"][::-1], 1e-14)
    assert_close(trace["h"][..., :4], trace["h"][::-1, :, 4:], 1e-14)


@nets
def test_each_sequence_is_read_as_it_would_be_alone(net):
    params, x, initial = random(net)
    together = forward(net, params, x, initial, [5, 2])
    states = [{s: v[1:] for s, v in own.items()} for own in leaves(net, initial)]
    alone = forward(net, params, x[:2, 1:], shaped(net, iter(states)))
    assert_close(together["h"][:2, 1], alone["h"][:, 0])
    other = x.copy()
    other[2:, 1] = 9
    assert (forward(net, params, other, initial, [5, 2])["h"] == together["h"]).all()
    dh = np.ones_like(together["h"])
    dh[2:, 1] = 0
    wanted = backward(alone, params, np.ones_like(alone["h"]))["x"]
    assert_close(backward(together, params, dh)["x"][:2, 1], wanted[:, 0])


@ends
def test_a_depth_gate_held_at_0_leaves_a_stack_of_peephole_lstms(lengths):
    net = NETS["depth-gated"]
    params, x, initial = random(net)
    for own in params[1:]:
        own |= {"W_d": 0 * own["W_d"], "p_d": 0 * own["p_d"], "p_l": 0 * own["p_l"], "b_d": np.full(4, -1e3)}
    plain = [{name: own[name] for name in PEEPHOLE.parameters} for own in params]
    wanted = stack((PEEPHOLE,) * 3, plain, x, initial, lengths)
    trace = stack(net, params, x, initial, lengths)
    for layer, other in zip(trace, wanted, strict=True):
        for node in ("f", "i", "c", "o", "h"):
            assert_close(layer[node], other[node])


GRID_LSTM = LSTM.edit("grid_lstm", h="tanh(o * c)", f="sigmoid(U_f @ h_prev + b_f)", i="sigmoid(U_i @ h_prev + b_i)",
                      c_tilde="tanh(U_c @ h_prev + b_c)", o="sigmoid(U_o @ h_prev + b_o)")


def in_depth(row):
    """The weights that one row of a grid has in depth, as a GRID_LSTM's."""
    return {f"{letter}_{gate}": row[f"{letter}_{gate}2{'2' * (letter == 'U')}"] for gate in "fico" for letter in "Ub"}


def test_a_grid_of_one_column_is_an_lstm_along_depth():
    params, x, _ = random((GRID_INPUT, GRID), T=1)
    net = (GRID_INPUT, *[GRID] * 4)
    trace = stack(net, (params[0], *[params[1]] * 4), x)
    first = {s: trace[0][s][0] for s in ("h", "c")}
    along = run(GRID_LSTM, in_depth(params[1]), np.zeros((4, 2, 1)), first)
    for k in range(4):
        for node in GRID_LSTM.lines:
            assert_close(trace[k + 1][node][0], along[node][k])


def test_a_grid_of_one_column_that_keeps_nothing_is_a_stack_of_lstms_run_for_one_step():
    net = NETS["grid"]
    params, x, _ = random(net, T=1)
    for row in params[1:]:
        row |= {"U_f21": 0 * row["U_f21"], "U_f22": 0 * row["U_f22"], "b_f2": np.full(4, -1e3)}
    trace = stack(net, params, x)
    # an LSTM that begins at 0 has nothing to keep: what its h_prev is to it here, its x is there
    one = Cell("one_step", GRID_LSTM.equations.replace("U_", "W_").replace("@ h_prev", "@ x"))
    plain = [{name.replace("U_", "W_"): p for name, p in in_depth(row).items()} for row in params[1:]]
    wanted = stack((one, one), plain, trace[0]["h"])
    for layer, other in zip(trace[1:], wanted, strict=True):
        assert_close(layer["h"], other["h"])
        assert_close(layer["c"], other["c"])


@ends
def test_a_grid_of_one_row_is_an_lstm_along_time(lengths):
    (below, row), x, initial = random((GRID_INPUT, GRID))
    trace = stack((GRID_INPUT, GRID), (below, row), x, initial, lengths)
    along = LSTM.edit("along", h="tanh(o * c)")
    params = {f"{letter}_{gate}": row[f"{source}_{gate}{index}"] for gate in "fico"
              for letter, source, index in (("W", "U", "12"), ("U", "U", "11"), ("b", "b", "1"))}
    states = {s: initial[1][f"{s}_time"] for s in ("h", "c")}
    wanted = run(along, params, trace[0]["h"], states, lengths)
    assert_close(trace["h_time"], wanted["h"])
    assert_close(trace["c_time"], wanted["c"])


@pytest.mark.parametrize("cell", [LSTM, CELLS["fgr"], CELLS["clockwork"], GRID_INPUT], ids=lambda cell: cell.name)
@ends
def test_a_stack_of_one_is_the_cell(cell, lengths):
    params, x, initial = random(cell)
    trace, wanted = stack([cell], [params], x, [initial], lengths), forward(cell, params, x, initial, lengths)
    assert_same(trace[0], wanted, rtol=0)
    dh = np.ones_like(wanted["h"])
    ours, theirs = backward(trace, [params], dh, 2, 0.1), backward(wanted, params, dh, 2, 0.1)
    assert all((ours[0][name] == theirs[name]).all() for name in theirs)


@ends
def test_the_sum_is_the_sum_of_the_halves(lengths):
    params, x, initial = random(BOTH)
    concat, total = (bidirectional(LSTM, *params, x, merge, initial, lengths)["h"] for merge in ("concat", "sum"))
    assert (total == concat[..., :4] + concat[..., 4:]).all()


@ends
def test_what_is_read_backwards_lines_up_with_x(lengths):
    params, x, initial = random(BOTH)
    trace = bidirectional(LSTM, *params, x, initial=initial, lengths=lengths)
    own = trace.backward
    for b, end in enumerate(lengths or [5, 5]):
        assert (own["x"][:end, b] == x[:end, b]).all()
        assert (own["h_prev"][: end - 1, b] == own["h"][1:end, b]).all()
        assert (own["h_prev"][end - 1, b] == initial[1]["h"][b]).all()
        assert not own["h"][end:, b].any()
    assert (trace["h"][..., 4:] == own["h"]).all()
    assert list(own) == list(LSTM.node)
    grads = backward(trace, params, np.ones_like(trace["h"]))
    assert (grads.backward["W_f"] == grads.backward.run["W_f"]).all()
    assert_close(grads["x"], grads.forward["x"] + grads.backward["x"])


# --- of the whole net at once


@nets
def test_clipping_scales_all_of_a_net_by_one_factor(net):
    params, x, initial = random(net)
    trace = forward(net, params, x, initial)
    free, cut, loose = (backward(trace, params, np.ones_like(trace["h"]), clip=clip) for clip in (None, 0.5, 1e6))
    assert norm(net, cut) == pytest.approx(0.5)
    for whole, scaled, same in zip(*(leaves(net, grads) for grads in (free, cut, loose)), strict=True):
        for name in whole.trace.cell.parameters:
            assert_close(scaled[name], whole[name] * 0.5 / norm(net, free))
            assert (same[name] == whole[name]).all()
        assert (scaled["h"] == whole["h"]).all()


def test_no_gradient_crosses_a_cut_in_either_direction():
    net = (BOTH, LSTM)
    params, x, _ = random(net, T=6)
    trace = forward(net, params, x)
    dh = np.zeros_like(trace["h"])
    dh[5] = 1
    grads = backward(trace, params, dh, truncate=2)
    assert not grads[1]["x"][:4].any()
    assert not grads[0].forward["x"][:4].any()
    assert grads[0].backward["x"][4:].all()
    whole, same = (backward(trace, params, dh, truncate) for truncate in (None, 6))
    assert (whole["x"] == same["x"]).all()


@nets
@ends
def test_what_was_not_kept_is_the_same_when_asked_for(net, lengths):
    arguments = random(net)
    whole, few = forward(net, *arguments, lengths), forward(net, *arguments, lengths, keep=[])
    dh = np.ones_like(whole["h"])
    grads, some = backward(whole, arguments[0], dh), backward(few, arguments[0], dh, keep=["h"])
    for own, other in zip(leaves(net, whole), leaves(net, few), strict=True):
        assert_same(other, own)
    for own, other in zip(leaves(net, grads), leaves(net, some), strict=True):
        for name in (*own.trace.cell.parameters, "h"):
            assert_close(other[name], own[name])
    assert_close(some["x"], grads["x"])


def test_a_net_owns_its_numbers_and_reads_arrays_in_any_order():
    net = NETS["mixed"]
    at = arrays(net, *random(net))
    wanted = forward(net, *arguments(net, at))["h"].copy()
    turned = {key: np.asfortranarray(a[::-1])[::-1] for key, a in at.items()}
    params, x, initial = arguments(net, turned)
    trace = forward(net, params, x, initial)
    assert_close(trace["h"], wanted)
    grads = backward(trace, params, dh := np.asfortranarray(np.ones_like(wanted)))
    for array in (dh, *turned.values()):
        array[:] = 9
    assert_close(trace["h"], wanted)
    theirs = backward(forward(net, *arguments(net, at)), arguments(net, at)[0], np.ones_like(wanted))
    for key, g in gradients(net, grads).items():
        assert_close(g, gradients(net, theirs)[key])


def test_each_cell_of_a_net_begins_with_parameters_of_its_own():
    net = (LSTM, Bidirectional(GRU), RNN)
    params = init_params(net, 3, 4, seed=5, forget_bias=1.0, dtype=np.float32)
    assert [[p.shape for p in own.values()] for own in leaves(net, params)] == [
        list(cell.shapes(D, 4).values()) for cell, D in cells(net, 3, 4)]
    assert [D for _, D in cells(net, 3, 4)] == [3, 4, 4, 8]
    assert (params[0]["b_f"] == 1).all()
    assert (params[1][0]["W_r"] != params[1][1]["W_r"]).all()
    lone = init_params(LSTM, 3, 4, seed=5)
    assert (params[0]["U_f"] == lone["U_f"].astype(np.float32)).all()
    assert [len(part) for part in (lone, init_params(BOTH, 3, 4), init_params([LSTM], 3, 4))] == [12, 2, 1]


# --- what is refused

NET = NETS["mixed"]
PARAMS, X, INITIAL = random(NET)
ONE, (TWO, _), THREE = PARAMS


def running(net=NET, params=PARAMS, x=X, **more):
    return forward(net, params, x, **more)


def stacking(net):
    return stack(net, init_params(net, 3, 4), X)


def going_back(trace=None, params=PARAMS, dh=None, **more):
    return backward(running() if trace is None else trace, params, np.ones((5, 2, 4)) if dh is None else dh, **more)


def initial_but(k, value):
    return {"initial": [value if j == k else own for j, own in enumerate(INITIAL)]}


WRONG = [
    (running, {"x": X[0]}, "x: given float64 of shape (2, 3), wanted float32 or float64 of shape (T, B, D)"),
    (running, {"x": X.astype(int)}, "x: given int64"),
    (running, {"x": X * np.nan}, "x: given nan"),
    (running, {"net": BOTH, "params": PARAMS[1], "x": X.astype(object)}, "x: given object"),
    (running, {"x": X[..., :2]}, "params['W_f']: given float64 of shape (4, 3)"),
    (running, {"net": "lstm"}, "net: given str, wanted a Cell, a Bidirectional, or a tuple of these"),
    (running, {"net": ()}, "net: given tuple of nothing"),
    (running, {"net": (LSTM, (GRU, RNN))}, "net: given tuple of Cell, tuple"),
    (running, {"params": ONE}, "params: given dict, wanted a tuple of 3, one for each layer"),
    (running, {"params": PARAMS[:2]}, "params: given tuple of dict, tuple, wanted a tuple of 3"),
    (running, {"params": (ONE, TWO, THREE)}, "params: given dict, wanted a tuple of 2, one for each direction"),
    (running, {"params": (ONE, (TWO, None), THREE)}, "params: given NoneType, wanted a dict"),
    (running, {"params": (ONE, (TWO, THREE), THREE)}, "params: given W_h, U_h, b_h; wanted W_r"),
    (running, {"initial": INITIAL[0]}, "initial: given dict, wanted a tuple of 3, one for each layer"),
    (running, initial_but(1, INITIAL[0]), "initial: given dict, wanted a tuple of 2, one for each direction"),
    (running, initial_but(0, {}), "initial: given nothing; wanted c, h"),
    (running, initial_but(2, INITIAL[0]), "initial: given c, h; wanted h"),
    (running, initial_but(2, {"h": X[0]}), "initial['h']: given float64 of shape (2, 3)"),
    (running, {"lengths": [6, 1]}, "lengths: given [6, 1]; wanted 2 integers from 1 to 5"),
    (running, {"lengths": [0, 1]}, "lengths: given [0, 1]"),
    (running, {"below": {"c": X}}, "below: given dict, wanted none"),
    (running, {"keep": "h"}, "keep: given 'h', wanted several names"),
    (running, {"keep": 5}, "keep: given 5, wanted several names"),
    (Bidirectional, {"cell": LSTM, "merge": "mean"}, "merge: given 'mean', wanted 'concat' or 'sum'"),
    (Bidirectional, {"cell": (LSTM,)}, "cell: given tuple of Cell, wanted a Cell"),
    (Bidirectional, {"cell": DEPTH_GATED}, "cell: given depth_gated, which reads the layer below"),
    (stacking, {"net": (RNN, DEPTH_GATED)}, "layers: depth_gated reads c of the layer below; wanted one with it"),
    (stacking, {"net": (BOTH, GRID)}, "layers: grid reads h, c of the layer below"),
    (stacking, {"net": (DEPTH_GATED,)}, "layers: depth_gated reads c of the layer below"),
    (lambda H: bidirectional(LSTM, ONE, init_params(LSTM, 3, H), X), {"H": 8}, "params: given 4 units forwards and 8"),
    (lambda **sizes: init_params(NET, **sizes), {"input_size": 0, "hidden_size": 4}, "input_size: given 0, wanted"),
    (lambda net: init_params(net, 3, 4, forget_bias=1.0), {"net": (GRU, RNN)}, "forget_bias: given 1.0, but no cell"),
    (going_back, {"trace": {}}, "trace: given dict, wanted what forward gives"),
    (going_back, {"params": PARAMS[:1]}, "params: given tuple of dict, wanted a tuple of 3"),
    (going_back, {"params": (ONE, TWO, THREE)}, "params: given dict, wanted a tuple of 2, one for each direction"),
    (going_back, {"dh": X}, "dh: given float64 of shape (5, 2, 3), wanted float32 or float64 of shape (5, 2, 4)"),
    (going_back, {"dh": np.full((5, 2, 4), np.inf)}, "dh: given nan, infinity"),
    (going_back, {"clip": -1}, "clip: given -1, wanted a positive number"),
    (going_back, {"keep": "h"}, "keep: given 'h', wanted several names"),
]


@pytest.mark.parametrize(("function", "change", "message"), WRONG, ids=[message[:50] for *_, message in WRONG])
def test_wrong_arguments_are_named_with_what_was_wanted(function, change, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        function(**change)


@pytest.mark.parametrize(("ask", "message"), [
    (lambda: running(keep=["f", "q"]), "keep: q: no layer has it; they have f.pre.0"),
    (lambda: going_back(keep=["r", "W_f"]), "keep: W_f: no layer has it"),
    (lambda: running(BOTH, (ONE, ONE), keep=["q"]), "keep: q: the lstm cell computes"),
    (lambda: running()["q"], "q: the rnn cell computes"),
    (lambda: running()[1]["r"], "r: of both directions together there is h and x"),
    (lambda: going_back()["W_f"], "W_f: of all layers together there is x"),
    (lambda: going_back()[1]["h"], "h: of both directions together there is x"),
])
def test_unknown_names_are_refused(ask, message):
    with pytest.raises(KeyError, match=message):
        ask()
