import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_core import CELLS, Cell, backward, forward
from lstm_core.analysis import (
    direct_path,
    euclidean,
    half_life,
    input_jacobians,
    input_jacobians_to,
    jacobian,
    jacobians,
    jacobians_to,
    keeps_itself,
    norms,
    provenance,
    saturation,
    self_loop,
    spectral_radius,
    step_jacobians,
    writing_half_life,
)
from lstm_core.cells import DEPTH_GATED, GRID

pytestmark = pytest.mark.filterwarnings("error")

LOOPS = {  # cell -> its state with a self-loop, what keeps, what is written
    **dict.fromkeys(["lstm", "peephole", "cifg", "nog", "niaf", "noaf", "np", "fgr"], ("c", "f", ("c.1",))),
    **dict.fromkeys(["lstm1997", "nfg"], ("c", "1.0", ("c.1",))),
    "nig": ("c", "f", ("c_tilde",)),
    **dict.fromkeys(["gru", "gru_v1"], ("h", "z", ("h.0",))),
    **dict.fromkeys(["mut1", "mut2", "mut3", "clockwork"], ("h", "h.1.0", ("h.0",))),
    "mgu": ("h", "h.0.0", ("h.1",)),
}
TYPED = {
    Cell("halved", "h = 0.5 * h_prev + W_h @ x + b_h"): ("h", "0.5", ("h.1", "b_h")),
    Cell("own rate", "h = tanh(U_h @ h_prev) * x + p_h * h_prev + x"): ("h", "p_h", ("h.0", "x")),
    Cell("only keeps", "k = sigmoid(W_k @ x + U_k @ h_prev)\nh = h_prev * k"): ("h", "k", ()),
    Cell("in two lines", "k = relu(W_k @ x) * h_prev\nh = 1 + k"): ("h", "k.0", ("1.0",)),
}
ALL = {CELLS[name]: loop for name, loop in LOOPS.items()} | TYPED
looped = pytest.mark.parametrize(("cell", "state"), [(cell, loop[0]) for cell, loop in ALL.items()],
                                 ids=[cell.name for cell in ALL])
BY_HAND = {  # keep and written, as the papers have them
    "lstm": lambda v: (v["f"], v["i"] * v["c_tilde"]),
    "cifg": lambda v: (v["f"], (1 - v["f"]) * v["c_tilde"]),
    "lstm1997": lambda v: (np.ones_like(v["i"]), v["i"] * v["c_tilde"]),
    "nig": lambda v: (v["f"], v["c_tilde"]),
    "gru": lambda v: (v["z"], (1 - v["z"]) * v["n"]),
    "mgu": lambda v: (1 - v["f"], v["f"] * v["n"]),
    "mut2": lambda v: (1 - v["z"], v["z"] * v["n"]),
    "clockwork": lambda v: (1 - v["tick"], v["tick"] * v["n"]),
}
by_hand = pytest.mark.parametrize("name", BY_HAND)
differentiated = pytest.mark.parametrize(
    "cell", [*(CELLS[name] for name in ("lstm", "gru", "rnn", "peephole", "fgr", "clockwork")), list(TYPED)[1]],
    ids=lambda cell: cell.name,
)
sizes = st.integers(1, 5)


def run(cell, T=6, B=2, D=3, H=4, seed=0, lengths=None, dtype=np.float64, **change):
    """A trace with random parameters, x and initial states, some parameters changed: a number fills an array."""
    rng = np.random.default_rng(seed)
    D = H if "x" in cell.node[cell.state[0]].inputs else D  # the typed cell that adds x itself to a state
    params = {k: rng.normal(0, 0.7, s).astype(dtype) for k, s in cell.shapes(D, H).items()}
    params |= {k: np.broadcast_to(np.array(v, dtype), params[k].shape) for k, v in change.items()}
    initial = {s: rng.normal(size=(B, H)).astype(dtype) for s in cell.state}
    return forward(cell, params, rng.normal(size=(T, B, D)).astype(dtype), initial, lengths)


def again(trace, x=None, initial=None, lengths=None):
    """The same run with other inputs or other initial states."""
    params = {name: trace.params[name] for name in trace.cell.parameters}
    return forward(trace.cell, params, trace["x"] if x is None else x, initial or trace.initial, lengths)


def alone(trace, b):
    """One sequence run on its own, to its end."""
    x = trace["x"][: trace.lengths[b], b : b + 1]
    return again(trace, x.copy(), {s: v[b : b + 1] for s, v in trace.initial.items()})


def states(trace):
    """All states side by side, in the cell's order: (T, B, S H)."""
    return np.concatenate([trace[s] for s in trace.cell.state], axis=-1)


def assert_near(ours, theirs, rtol=1e-12):
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol, rtol * max(1, abs(theirs).max(initial=0)))


# --- the self-loop


@pytest.mark.parametrize(("cell", "loop"), ALL.items(), ids=[cell.name for cell in ALL])
def test_the_self_loop_is_found_in_the_equations(cell, loop):
    state, keep, written = loop
    assert self_loop(cell, state) == (keep, written)


def test_the_self_loop_of_a_cell_in_a_stack_may_write_several_terms():
    assert self_loop(DEPTH_GATED) == ("f", ("c.1", "c.2"))
    assert self_loop(GRID, "c_time") == ("f_time", ("c_time.1",))


def test_every_cell_but_the_rnn_has_a_self_loop():
    assert set(CELLS) - set(LOOPS) == {"rnn"}


def test_the_self_loop_is_found_at_once_however_often_a_value_is_read():
    doubled = "\n".join(f"a{k} = a{k - 1} + a{k - 1}" for k in range(1, 60))
    assert self_loop(Cell("doubled", f"a0 = 2 * b_a\n{doubled}\nh = 0.5 * h_prev + a59"), "h") == ("0.5", ("a59",))


@pytest.mark.parametrize("function", [self_loop, provenance, direct_path, half_life, writing_half_life])
@pytest.mark.parametrize(("cell", "state", "wanted"), [
    (CELLS["rnn"], "h", "the rnn cell computes as h = tanh(W_h @ x + U_h @ h_prev + b_h); wanted h = keep * h_prev"),
    (CELLS["lstm"], "h", "the lstm cell computes as h = o * tanh(c); wanted h = keep * h_prev + written"),
    (CELLS["fgr"], "i", "the fgr cell computes as i = sigmoid("),
    (Cell("moved", "z = sigmoid(W_z @ x)\nh = h_prev + z * (tanh(b_h) - h_prev)"), "h", "the moved cell computes as"),
    (Cell("twice", "h = 0.5 * h_prev + b_h * h_prev"), "h", "the twice cell computes as"),
    (Cell("squared", "h = h_prev * h_prev + b_h"), "h", "the squared cell computes as"),
    (Cell("late", "a = 2 * h_prev\nh = a * h_prev + b_h"), "h", "the late cell computes as"),
    (Cell("less", "h = b_h - h_prev + b_k"), "h", "the less cell computes as h = b_h - h_prev + b_k; wanted"),
    (Cell("inside", "h = 2 * (b_h + h_prev)"), "h", "the inside cell computes as"),
])
def test_a_state_without_a_self_loop_is_refused(function, cell, state, wanted):
    with pytest.raises(ValueError, match=re.escape(wanted)):
        function(cell if function is self_loop else run(cell, D=4), state)


@pytest.mark.parametrize("function", [self_loop, provenance, direct_path, half_life, writing_half_life])
def test_an_unknown_state_is_refused(function):
    for name, state, wanted in (("gru", "c", "h"), ("lstm", "f", "c, h"), ("lstm", "q", "c, h")):
        with pytest.raises(KeyError, match=f"state: {state}: the states of the {name} cell are {wanted}"):
            function(CELLS[name] if function is self_loop else run(CELLS[name]), state)


def test_a_state_that_keeps_some_of_itself_is_known_however_it_is_written():
    assert not keeps_itself(CELLS["rnn"], "h") and not keeps_itself(CELLS["lstm"], "h")
    assert keeps_itself(CELLS["lstm"], "c") and keeps_itself(CELLS["gru"], "h") and not keeps_itself(CELLS["gru"], "c")
    assert keeps_itself(Cell("moved", "z = sigmoid(W_z @ x)\nh = h_prev + z * (tanh(b_h) - h_prev)"), "h")


# --- provenance and the direct path


@looped
@settings(max_examples=15, deadline=None)
@given(T=sizes, B=sizes, D=sizes, H=sizes, seed=st.integers(0, 99), data=st.data())
def test_what_was_written_at_each_step_sums_to_the_state(cell, state, T, B, D, H, seed, data):
    lengths = data.draw(st.none() | st.lists(st.integers(1, T), min_size=B, max_size=B))
    trace = run(cell, T, B, D, H, seed, lengths)
    shares, path = provenance(trace, state), direct_path(trace, state)
    assert shares.shape == path.shape == (T, T + 1, B, H)
    assert_near(shares.sum(1), trace[state])
    later = np.arange(T + 1) > np.arange(T)[:, None] + 1
    assert (shares[later] == 0).all()
    assert (path[later] == 0).all()
    assert (path[np.arange(T), np.arange(T) + 1] == 1).all()


@by_hand
def test_what_a_step_wrote_is_what_is_missing_without_it(name):
    trace, state = run(CELLS[name]), LOOPS[name][0]
    keep, written = BY_HAND[name](trace)

    def recurrence(start, written):
        now, rows = start, []
        for t in range(6):
            now = keep[t] * now + written[t]
            rows.append(now)
        return np.array(rows)

    whole, shares = recurrence(trace.initial[state], written), provenance(trace, state)
    assert_near(whole, trace[state])
    assert_near(shares[:, 0], whole - recurrence(0 * trace.initial[state], written))
    for k in range(6):
        without = written.copy()
        without[k] = 0
        assert_near(shares[:, k + 1], whole - recurrence(trace.initial[state], without))


@by_hand
def test_the_direct_path_is_what_is_left_over_what_was_written(name):
    trace, state = run(CELLS[name]), LOOPS[name][0]
    _, written = BY_HAND[name](trace)
    began = np.concatenate([trace.initial[state][None], written])
    path, shares = direct_path(trace, state), provenance(trace, state)
    wrote = np.broadcast_to(began != 0, shares.shape)
    assert_near(path[wrote], np.divide(shares, began, where=wrote, out=np.zeros_like(shares))[wrote])


def test_a_gate_at_0_leaves_only_what_was_just_written():
    trace = run(CELLS["lstm"], b_f=-1e4)
    assert (trace["f"] == 0).all()
    shares, path = provenance(trace), direct_path(trace)
    for t in range(6):
        assert (shares[t, t + 1] == trace["c.1"][t]).all()
        assert (path[t, t + 1] == 1).all()
        assert (shares[t, : t + 1] == 0).all()
        assert (path[t, : t + 1] == 0).all()


@pytest.mark.parametrize(("name", "change"), [("lstm", {"b_f": 1e4}), ("lstm1997", {})])
def test_a_gate_at_1_leaves_all_as_it_was_written(name, change):
    trace = run(CELLS[name], **change)
    shares, path = provenance(trace), direct_path(trace)
    for t in range(6):
        assert (shares[t, 0] == trace.initial["c"]).all()
        assert (shares[t, 1 : t + 2] == trace["c.1"][: t + 1]).all()
        assert (path[t, : t + 2] == 1).all()


@looped
def test_a_short_sequence_is_as_it_is_alone_and_then_stays(cell, state):
    trace = run(cell, B=3, lengths=[6, 1, 4])
    for function in (provenance, direct_path):
        ours = function(trace, state)
        for b, n in enumerate(trace.lengths):
            assert_near(ours[:n, : n + 1, b], function(alone(trace, b), state)[:, :, 0])
            assert (ours[n:, : n + 1, b] == ours[n - 1, : n + 1, b]).all()
    written_after_the_end = provenance(trace, state)[:, 5:, 2]
    assert (written_after_the_end == 0).all()


def test_what_the_cell_below_adds_is_written_too():
    rng, cell = np.random.default_rng(0), DEPTH_GATED
    params = {k: rng.normal(size=s) for k, s in cell.shapes(3, 4).items()}
    trace = forward(cell, params, rng.normal(size=(5, 2, 3)), below={"c": rng.normal(size=(5, 2, 4))})
    shares = provenance(trace)
    assert_near(shares.sum(1), trace["c"])
    assert_near(shares[3, 4], trace["i"][3] * trace["c_tilde"][3] + trace["d"][3] * trace["c_below"][3])


# --- half-life


@pytest.mark.parametrize(("keep", "steps"), [(0.5, 1), (0.9, 6.5788), (0.99, 68.9676), (0.25, 0.5)])
def test_the_half_life_of_a_constant_gate_is_that_of_exponential_decay(keep, steps):
    trace = run(CELLS["lstm"], W_f=0, U_f=0, b_f=np.log(keep / (1 - keep)))
    assert_near(half_life(trace), np.full(4, steps), rtol=1e-5)


def test_after_its_half_life_half_is_left_of_what_a_unit_held():
    trace = run(CELLS["gru"], T=9, B=1)
    left = direct_path(trace, "h")[-1, 0, 0]
    assert_near(0.5 ** (9 / half_life(trace, "h")), left)


def test_what_is_kept_whole_has_no_half_life_and_what_is_lost_once_has_0():
    assert (half_life(run(CELLS["lstm1997"])) == np.inf).all()
    assert (half_life(run(CELLS["lstm"], b_f=1e4)) == np.inf).all()
    assert (half_life(run(CELLS["lstm"], b_f=-1e4)) == 0).all()
    assert (half_life(run(CELLS["clockwork"]), "h") == 0).all()  # every unit ticks at step 0
    assert (half_life(run(list(TYPED)[1], p_h=[0.5, 1, 2, -0.5]), "h") == [1, np.inf, np.inf, 1]).all()


def test_the_half_life_knows_no_step_past_the_end():
    trace = run(CELLS["lstm"], B=2, lengths=[6, 3])
    kept = np.concatenate([trace["f"][:, 0], trace["f"][:3, 1]])
    assert_near(half_life(trace), np.log(0.5) / np.log(kept).mean(0))


@pytest.mark.parametrize(("keep", "steps"), [(0.5, 1), (0.25, 1), (0.6, 2), (0.9, 7), (0.95, 14), (0.99, np.inf)])
def test_a_writing_at_a_constant_gate_is_half_gone_after_the_first_whole_step_that_leaves_no_more(keep, steps):
    trace = run(CELLS["lstm"], T=20, W_f=0, U_f=0, b_f=np.log(keep / (1 - keep)))
    assert (writing_half_life(trace) == steps).all()


def median_by_hand(trace, state, unit):
    """Of the steps after which half of a writing is left, each writing counted by its size: the product-limit estimate
    in its textbook form, over a list of (steps, weight, whether half was gone then)."""
    shares, T = provenance(trace, state), len(trace["x"])
    lengths = [T] * trace.shape[1] if trace.lengths is None else trace.lengths
    seen = []
    for b, end in enumerate(lengths):
        for k in range(end):
            wrote = abs(shares[k, k + 1, b, unit])
            lasted = next((n for n in range(1, end - k) if abs(shares[k + n, k + 1, b, unit]) <= wrote / 2), None)
            seen += [(end - 1 - k if lasted is None else lasted, wrote, lasted is not None)] if wrote else []
    if not seen:
        return np.nan
    surviving = 1.0
    for n in sorted({steps for steps, _, gone in seen if gone}):
        surviving *= 1 - (sum(w for steps, w, gone in seen if gone and steps == n)
                          / sum(w for steps, w, _ in seen if steps >= n))
        if surviving <= 0.5 + 1e-12:
            return n
    return np.inf


@looped
@pytest.mark.parametrize("lengths", [None, [12, 5, 1]])
def test_the_half_life_of_a_writing_is_the_median_of_what_provenance_says(cell, state, lengths):
    for seed in range(4):
        trace = run(cell, T=12, B=3, seed=seed, lengths=lengths)
        by_hand = [median_by_hand(trace, state, unit) for unit in range(4)]
        np.testing.assert_array_equal(writing_half_life(trace, state), by_hand)


def test_a_unit_that_holds_and_is_reset_has_the_half_life_of_what_it_holds():
    signal = [4, -4, -4, -4, -4, -4] * 4  # writes and lets go at every sixth step, and holds at the others
    cell = Cell("held", "g = sigmoid(W_g @ x)\nh = (1 - g) * h_prev + g * 0.5 + 0 * b_h")
    trace = forward(cell, {"W_g": np.array([[1.5]]), "b_h": np.zeros(1)}, np.array(signal, float)[:, None, None])
    keep = 1 - trace["g"][:, 0, 0]
    assert (keep[[0, 6, 12, 18]] < 0.003).all() and (np.delete(keep, [0, 6, 12, 18]) > 0.99).all()
    assert half_life(trace, "h") < 1  # four resets decide a mean over all steps
    assert writing_half_life(trace, "h") == 6


def test_where_nothing_is_written_nothing_has_a_half_life():
    assert np.isnan(writing_half_life(run(CELLS["lstm"], W_c=0, U_c=0, b_c=0))).all()
    assert (writing_half_life(run(CELLS["lstm1997"])) == np.inf).all()


# --- Jacobians


def difference(f, eps=1e-3):
    """Central difference of f at 0, fourth order."""
    return (8 * (f(eps) - f(-eps)) - (f(2 * eps) - f(-2 * eps))) / (12 * eps)


@differentiated
@pytest.mark.parametrize("lengths", [None, [5, 3]])
def test_the_jacobian_is_what_moving_the_initial_state_changes(cell, lengths):
    trace = run(cell, T=5, lengths=lengths)
    ours = jacobians(trace)
    for place, (state, unit) in enumerate((s, unit) for s in cell.state for unit in range(4)):

        def moved(e, state=state, unit=unit):
            start = {s: v.copy() for s, v in trace.initial.items()}
            start[state][:, unit] += e
            return states(again(trace, initial=start, lengths=lengths))

        assert_near(ours[:, 0, ..., place], difference(moved), rtol=1e-8)


@differentiated
@pytest.mark.parametrize("lengths", [None, [4, 2]])
def test_the_jacobian_is_what_backward_sends_to_every_earlier_state(cell, lengths):
    trace = run(cell, T=4, lengths=lengths)
    params = {name: trace.params[name] for name in cell.parameters}
    rng, ours, t = np.random.default_rng(1), jacobians(trace), 3
    seeds = {s: np.zeros(trace.shape) for s in cell.state}
    for seed in seeds.values():
        seed[t] = rng.normal(size=(2, 4))
    grads = backward(trace, params, seeds)
    asked = np.concatenate([seeds[s][t] for s in cell.state], axis=-1)
    for k in range(-1, t):
        given = np.concatenate([grads[f"{s}_prev"][k + 1] for s in cell.state], axis=-1)
        assert_near((asked[:, None] @ ours[t, k + 1])[:, 0], given)


@differentiated
@settings(max_examples=15, deadline=None)
@given(T=sizes, B=sizes, D=sizes, H=sizes, seed=st.integers(0, 99), data=st.data())
def test_every_jacobian_is_a_product_of_those_of_steps(cell, T, B, D, H, seed, data):
    lengths = data.draw(st.none() | st.lists(st.integers(1, T), min_size=B, max_size=B))
    trace, size = run(cell, T, B, D, H, seed, lengths), len(cell.state) * H
    steps, ours = step_jacobians(trace), jacobians(trace)
    assert steps.shape == (T, B, size, size)
    assert ours.shape == (T, T + 1, B, size, size)
    assert_near(ours[np.arange(T), np.arange(T)], steps)
    assert (ours[np.arange(T), np.arange(T) + 1] == np.eye(size)).all()
    assert (ours[np.arange(T + 1) > np.arange(T)[:, None] + 1] == 0).all()
    t = data.draw(st.integers(0, T - 1))
    k = data.draw(st.integers(-1, t - 1))
    product = np.broadcast_to(np.eye(size), (B, size, size))
    for step in range(k + 1, t + 1):
        product = steps[step] @ product
    assert_near(jacobian(trace, t, k), product)
    assert_near(ours[t, k + 1], product)


@differentiated
@pytest.mark.parametrize("lengths", [None, [5, 2]])
@pytest.mark.parametrize("t", [0, 3, 4])
def test_the_jacobians_to_one_step_are_a_row_of_all(cell, lengths, t):
    trace = run(cell, T=5, lengths=lengths)
    ours = jacobians_to(trace, t)
    assert_near(ours, jacobians(trace)[t, : t + 2])
    assert (ours[t + 1] == np.eye(ours.shape[-1])).all()


UNCARRIED = Cell("uncarried", "a = tanh(W_a @ x + U_a @ a_prev)\nh = a * sigmoid(W_h @ x)")  # whose h no step reads
BESIDE = [*differentiated.args[1], UNCARRIED, Cell("forgetful", "h = tanh(W_h @ x + b_h)")]


@pytest.mark.parametrize("cell", BESIDE, ids=lambda cell: cell.name)
@pytest.mark.parametrize("lengths", [None, [5, 2]])
def test_what_h_depends_on_is_what_backward_sends_to_x(cell, lengths):
    rng = np.random.default_rng(0)
    D = 4 if "x" in cell.node["h"].inputs else 3
    params = {name: rng.normal(0, 0.7, shape) for name, shape in cell.shapes(D, 4).items()}
    trace = forward(cell, params, rng.normal(size=(5, 2, D)), lengths=lengths)
    ours = input_jacobians(trace)
    assert ours.shape == (5, 5, 2, 4, D)
    assert (ours[np.arange(5)[:, None] < np.arange(5)] == 0).all()
    for t in range(5):
        assert_near(input_jacobians_to(trace, t), ours[t, : t + 1])
        for unit in range(4):
            dh = np.zeros(trace.shape)
            dh[t, :, unit] = 1
            assert_near(ours[t, :, :, unit], backward(trace, params, dh)["x"])


def test_past_the_end_of_a_sequence_the_jacobian_is_the_identity():
    trace = run(CELLS["peephole"], T=5, B=2, lengths=[5, 3])
    steps = step_jacobians(trace)
    assert (steps[3:, 1] == np.eye(8)).all()
    assert_near(steps[:3, 1], step_jacobians(alone(trace, 1))[:, 0])
    assert_near(jacobian(trace, 4, 0)[1], jacobian(trace, 2, 0)[1])
    assert (jacobian(trace, 4, 2)[1] == np.eye(8)).all()


def test_the_jacobian_of_the_rnn_is_its_weights_times_the_slope_of_tanh():
    trace = run(CELLS["rnn"])
    assert_near(step_jacobians(trace), (1 - trace["h"] ** 2)[..., None] * trace.params["U_h"])


@pytest.mark.parametrize("name", ["lstm", "peephole", "cifg", "lstm1997"])
def test_the_direct_path_is_the_whole_jacobian_only_where_nothing_else_recurs(name):
    cell = CELLS[name]
    loops = {p: 0 for p in cell.parameters if p[:2] in ("U_", "p_")}
    for change, same in ((loops, True), ({}, False)):
        trace = run(cell, **change)
        path, within = direct_path(trace), jacobians(trace)[..., :4, :4]  # d c_t / d c_k
        assert np.allclose(within, path[..., None] * np.eye(4), rtol=1e-12, atol=1e-12) is same
    assert abs(np.diagonal(within, 0, -2, -1) - path)[-1, 0].max() > 1e-3


def test_a_state_that_no_state_depends_on_has_columns_of_0():
    trace = run(Cell("unread", "q = tanh(W_q @ x)\na = q_prev + b_a\nh = tanh(U_h @ h_prev + W_h @ x)"))
    steps = step_jacobians(trace)
    assert trace.cell.state == ("h", "q")
    assert (steps[..., 4:] == 0).all()
    assert abs(steps[..., :4, :4]).min() > 0


def test_a_cell_without_states_has_no_jacobian():
    trace = forward(Cell("feed-forward", "h = W_h @ x"), {"W_h": np.ones((2, 3))}, np.ones((4, 1, 3)))
    for function in (step_jacobians, jacobians, lambda trace: jacobians_to(trace, 3)):
        with pytest.raises(ValueError, match="the feed-forward cell, which has no states"):
            function(trace)


@pytest.mark.parametrize(("t", "k"), [(6, 0), (2, 2), (2, 3), (0, -2), (-1, -1), (1.0, 0), (1, None)])
def test_steps_out_of_range_are_refused(t, k):
    with pytest.raises(ValueError, match=re.escape(f"t, k: given {t!r}, {k!r}; wanted integers, -1 <= k < t < 6")):
        jacobian(run(CELLS["rnn"]), t, k)


@pytest.mark.parametrize("t", [6, -1, 1.0, None])
def test_a_step_out_of_range_is_refused(t):
    with pytest.raises(ValueError, match=re.escape(f"t: given {t!r}; wanted an integer, 0 <= t < 6")):
        jacobians_to(run(CELLS["rnn"]), t)
    with pytest.raises(ValueError, match=re.escape(f"t: given {t!r}; wanted an integer, 0 <= t < 6")):
        input_jacobians_to(run(CELLS["rnn"]), t)


def test_a_jacobian_that_explodes_stays_finite():
    trace = run(Cell("linear", "h = U_h @ h_prev + W_h @ x"), U_h=1e60)
    for value in (jacobians(trace), jacobian(trace, 5, -1), jacobians_to(trace, 5), step_jacobians(trace),
                  input_jacobians(trace), input_jacobians_to(trace, 5)):
        assert np.isfinite(value).all()
        assert value.max() > 1e59


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_number_is_too_large(dtype):
    large = np.finfo(dtype).max / 2
    trace = run(Cell("large", "h = p_h * h_prev + W_h @ x + b_h"), dtype=dtype, p_h=large, W_h=large, b_h=large)
    for value in (provenance(trace, "h"), direct_path(trace, "h"), jacobians(trace), jacobian(trace, 3, 0),
                  jacobians_to(trace, 5), input_jacobians(trace)):
        assert np.isfinite(value).all()
    assert np.isfinite(spectral_radius(np.full((3, 3), large, dtype)))
    assert spectral_radius(np.full((3, 3), np.float32(3e38))) == pytest.approx(9e38)


# --- norms


def test_norms_are_those_of_the_gradient_at_each_step():
    trace = run(CELLS["lstm"])
    params = {name: trace.params[name] for name in trace.cell.parameters}
    grads = backward(trace, params, np.ones_like(trace["h"]))
    for name in ("x", "h", "f.pre", "c_prev"):
        ours = norms(grads, name)
        assert ours.shape == (6, 2)
        assert ours[3, 1] == pytest.approx(sum(g * g for g in grads[name][3, 1]) ** 0.5, rel=1e-12)
    assert (norms(grads) == norms(grads, "x")).all()
    with pytest.raises(ValueError, match="name: given W_f, a parameter; wanted a node"):
        norms(grads, "W_f")
    with pytest.raises(KeyError, match="q: the lstm cell's gradients are"):
        norms(grads, "q")


def test_the_norm_of_an_exploded_gradient_is_a_number_and_that_of_none_is_0():
    trace = run(Cell("linear", "h = U_h @ h_prev + W_h @ x"), T=4, U_h=1e80)
    seed = np.zeros(trace.shape)
    seed[2] = 1
    ours = norms(backward(trace, {name: trace.params[name] for name in ("U_h", "W_h")}, seed), "h")
    assert ours[0] == pytest.approx([32e160, 32e160])
    assert ours[2] == pytest.approx([2, 2])
    assert (ours[3] == 0).all()


# --- spectral radius


def test_the_spectral_radius_is_the_largest_eigenvalue():
    turn = np.array([[0.0, -2.0], [2.0, 0.0]])  # a pair of complex eigenvalues, 2i and -2i
    assert spectral_radius(turn) == pytest.approx(2)
    assert spectral_radius(np.diag([0.5, -3, 1])) == pytest.approx(3)
    assert spectral_radius(np.triu(np.full((4, 4), 7.0), 1)) == 0
    assert spectral_radius(np.eye(3, dtype=np.float32)) == 1


@pytest.mark.parametrize(("U", "wanted"), [
    (np.ones((2, 3)), "U: given float64 of shape (2, 3), wanted float32 or float64 of shape (2, 2)"),
    (np.ones(3), "U: given float64 of shape (3,)"),
    (np.ones((1, 2, 2)), "U: given float64 of shape (1, 2, 2)"),
    (np.ones((0, 0)), "U: given float64 of shape (0, 0)"),
    (np.ones((2, 2), int), "U: given int64"),
    ([[1.0]], "U: given list"),
    (np.array([[np.nan]]), "U: given nan"),
    (np.array([[np.inf]]), "U: given nan, infinity"),
])
def test_what_has_no_spectral_radius_is_refused(U, wanted):
    with pytest.raises(ValueError, match=re.escape(wanted)):
        spectral_radius(U)


# --- saturation


def test_saturation_counts_the_steps_near_0_and_near_1():
    trace = run(CELLS["lstm"], T=40, b_f=[-1e4, 0, 1e4, 2], W_f=3)
    left, right = saturation(trace, "f")
    assert left.shape == right.shape == (4,)
    assert left.tolist()[::2] == [1, 0]
    assert right.tolist()[::2] == [0, 1]
    for unit in (1, 3):
        values = trace["f"][:, :, unit].ravel().tolist()
        assert left[unit] == sum(v < 0.1 for v in values) / 80
        assert right[unit] == sum(v > 0.9 for v in values) / 80
    assert 0 < right[1] < right[3]


def test_saturation_of_tanh_is_near_its_two_ends():
    trace = run(CELLS["lstm"], T=40, W_c=2, b_c=[0, -1e4, 1e4, 1])
    values = trace["c_tilde"]
    for low in (0, 0.1):
        left, right = saturation(trace, "c_tilde", low, 0.8)
        assert (left == (values < -0.8).mean((0, 1))).all()
        assert (right == (values > 0.8).mean((0, 1))).all()
    assert left[1] == right[2] == 1
    assert 0 < left[0] < 1


def test_a_gate_at_its_bound_is_not_beyond_it():
    trace = run(CELLS["lstm"], b_f=[-1e4, 1e4, -1e4, 1e4])
    for fractions in saturation(trace, "f", low=0, high=1):
        assert (fractions == 0).all()


def test_saturation_knows_no_step_past_the_end():
    trace = run(CELLS["gru"], B=2, lengths=[6, 1], b_z=1e4)
    left, right = saturation(trace, "z")
    assert (left == 0).all()
    assert (right == 1).all()


def test_saturation_refuses_what_is_no_node_and_no_range():
    trace = run(CELLS["gru"])
    for node in ("f", "x", "h_prev", "W_z"):
        with pytest.raises(KeyError, match=f"node: {node}: the gru cell computes r.pre.0"):
            saturation(trace, node)
    for low, high in ((0.9, 0.1), (0.5, 0.5), (-0.1, 0.9), (0.1, 1.1), (np.nan, 0.9), ("0", 1), (None, 0.9)):
        with pytest.raises(ValueError, match=re.escape(f"low, high: given {low!r}, {high!r}; wanted numbers, 0 <=")):
            saturation(trace, "z", low, high)


# --- precision


@pytest.mark.parametrize("lengths", [None, [6, 3]])
def test_float32_stays_float32(lengths):
    trace = run(CELLS["lstm"], lengths=lengths, dtype=np.float32)
    params = {name: trace.params[name] for name in trace.cell.parameters}
    for value in (provenance(trace), direct_path(trace), step_jacobians(trace), jacobians(trace), half_life(trace),
                  writing_half_life(trace), jacobian(trace, 3, 0), jacobians_to(trace, 3),
                  input_jacobians(trace), input_jacobians_to(trace, 3),
                  norms(backward(trace, params, np.ones_like(trace["h"])))):
        assert value.dtype == np.float32


def test_a_norm_is_told_where_its_squares_are_no_numbers():
    values = np.array([[3e-200, 4e-200], [3e200, -4e200], [0, 0], [3, 4], [5e-324, 0]])
    np.testing.assert_allclose(euclidean(values), [5e-200, 5e200, 0, 5, 5e-324])
    np.testing.assert_allclose(euclidean(values[:1, None], (-2, -1)), [5e-200])
    assert euclidean(values[0], None) == pytest.approx(5e-200) and euclidean(np.zeros((0, 2)), None) == 0
