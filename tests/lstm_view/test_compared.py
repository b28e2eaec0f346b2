from dataclasses import replace

import numpy as np
import pytest

from lstm_core import CELLS, compose, forward, init_params, step
from lstm_core.counts import parameter_count
from lstm_view.fields import from_text, to_text
from lstm_view.incoming.own_cell import name_of
from lstm_view.incoming.sequences import MOST_UNITS
from lstm_view.numbers.compared import (
    BANDS,
    DEFAULTS,
    FIELDS,
    MOST_NETS,
    NETS,
    bands,
    brief,
    cell_of,
    change,
    compute,
    explosion,
    fit,
    growths,
    headings,
    held,
    hidden_sizes,
    influence,
    influence_frame,
    reach,
    run,
    shares,
    shown,
    states_frame,
)
from lstm_view.numbers.over_time import incoming, moment
from lstm_view.numbers.over_time import run as run_cell
from lstm_view.words import LANGUAGES, words

EN = words("en")
each = pytest.mark.parametrize("name", NETS)


def of(**changes):
    return change(DEFAULTS, **changes)


def one(name, **changes):
    values = of(cells=(name,), **changes)
    return compute(values)[0]


# --- fields


def test_the_defaults_fit_and_are_no_query():
    assert fit(DEFAULTS) == (DEFAULTS, [])
    assert to_text(FIELDS, DEFAULTS) == {}


def test_a_link_holds_the_whole_page():
    values = of(cells=("bilstm", "mgu"), equal="count", H=5, seed=3, t=4, unit=2, bands="all", of="now", bias=-1.5)
    text = to_text(FIELDS, values)
    assert text["cells"] == "bilstm,mgu"
    assert from_text(FIELDS, text) == (values, [])


@pytest.mark.parametrize("text", ["", "lstm,lstm", "lstm,elman", "rnn,lstm,gru,mgu,mut1", "LSTM", "grid"])
def test_a_link_to_other_cells_is_left_out(text):
    values, ignored = from_text(FIELDS, {"cells": text})
    assert (values, ignored) == (DEFAULTS, [f"cells={text}"])


def test_every_net_may_be_compared_and_up_to_four():
    assert NETS.keys() == CELLS.keys() | {"bilstm"}
    assert MOST_NETS == 4
    for name in NETS:
        assert from_text(FIELDS, {"cells": name})[0]["cells"] == (name,)


def test_the_last_cell_stays():
    assert of(cells=())["cells"] == DEFAULTS["cells"]
    assert of(cells=("gru",))["cells"] == ("gru",)


def test_the_step_and_the_unit_are_those_there_are():
    values, _ = fit(DEFAULTS | {"t": 100, "unit": 9})
    assert (values["t"], values["unit"]) == (23, 2)
    assert of(T=5)["t"] == 4
    assert of(cells=("lstm", "rnn"), equal="count", unit=6)["unit"] == 6  # the RNN has more units than the LSTM
    assert hidden_sizes(of(cells=("lstm", "rnn"), equal="count")) == (3, 7)


def test_named_weights_are_for_the_lstm_family_at_one_size():
    named = change(of(cells=("lstm", "bilstm", "cifg"), H=5, equal="count"), weights="named")
    assert (named["weights"], named["H"], named["D"], named["equal"]) == ("named", 3, 2, "size")
    assert change(named, cells=("lstm", "gru"))["weights"] == "random"
    assert change(named, H=4)["weights"] == "random"
    assert change(named, equal="count") == named | {"weights": "random", "equal": "count"}
    assert fit(named | {"equal": "count"})[0] == named
    there, back = compute(named)[1].params
    assert all((there[k] == back[k]).all() for k in there)


# --- sizes


def test_equal_hidden_size():
    assert hidden_sizes(of(cells=("rnn", "bilstm", "fgr"), H=7)) == (7, 7, 7)


@each
@pytest.mark.parametrize(("first", "D", "H"), [("lstm", 2, 3), ("rnn", 6, 16), ("bilstm", 1, 16)])
def test_equal_parameter_count_is_as_near_as_can_be(name, first, D, H):
    if name == first:
        return
    kept, size = hidden_sizes(of(cells=(first, name), equal="count", D=D, H=H))
    assert kept == H
    wanted = parameter_count(NETS[first], D, H)
    apart = [abs(parameter_count(NETS[name], D, n) - wanted) for n in (max(1, size - 1), size, size + 1)]
    assert apart[1] == min(apart)


# --- numbers


@each
def test_a_run_is_the_core_s(name):
    values = of(cells=(name,), T=9, D=3, H=4, seed=5)
    found, x = compute(values)[0], incoming(values).x[:, None]
    trace = compose.forward(NETS[name], compose.init_params(NETS[name], 3, 4, 5), x)
    assert found.H == 4
    assert len(found.ways) == (2 if name == "bilstm" else 1)
    directions = [trace.forward, trace.backward] if name == "bilstm" else [trace]
    for way, true in zip(found.ways, directions, strict=True):
        assert {"x", "h", "h_prev"} <= way.values.keys()
        for node, array in way.values.items():
            np.testing.assert_array_equal(array, true[node][:, 0])
    np.testing.assert_array_equal(found.trace["h"], trace["h"])


def test_forget_bias_and_scale_are_those_of_every_cell():
    runs = compute(of(cells=("lstm", "gru", "bilstm"), bias=2.0, scale=0.5))
    for found in runs:
        for k, way in enumerate(found.ways):
            drawn = init_params(way.cell, 2, 3, [0, k] if k else 0)
            for name, array in way.params.items():
                true = drawn[name] * 0.5 if name[0] == "U" else np.full(3, 2.0) if name == "b_f" else drawn[name]
                np.testing.assert_array_equal(array, true)


@each
@pytest.mark.parametrize("t", [0, 4])
def test_a_moment_of_each_direction_is_a_step_of_the_cell(name, t):
    for way in one(name, T=6, H=3).ways:
        now = moment(way, t)
        env = step(way.cell, way.params, now.inputs)
        for node in way.cell.node:
            np.testing.assert_allclose(now.env[node], env[node], atol=1e-12)
        np.testing.assert_array_equal(now.inputs["x"], way.sequence.x[t])


def test_the_backward_direction_comes_from_the_end():
    way = one("bilstm").ways[1]
    assert (way.values["h_prev"][-1] == 0).all()
    np.testing.assert_array_equal(way.values["h_prev"][:-1], way.values["h"][1:])


def test_the_runs_are_kept_while_nothing_that_makes_them_changes():
    values = of(seed=77)
    assert compute(values) is compute(values | {"t": 3, "unit": 1, "bands": "all", "of": "now"})
    assert compute(values) is not compute(values | {"seed": 78})


# --- memory


@pytest.mark.parametrize(("name", "t"), [("rnn", 5), ("lstm", 3), ("clockwork", 5), ("bilstm", 2), ("mut1", 0)])
def test_influence_is_the_derivative_of_every_unit(name, t):
    found, D, nudge = one(name, T=6, D=2, H=3, seed=2), 2, 1e-6
    x = found.ways[0].sequence.x[:, None]
    slopes = np.zeros((6, D, compose.width(found.net, 3)))
    for k in range(6):
        for d in range(D):
            ends = []
            for sign in (1, -1):
                moved = x.copy()
                moved[k, 0, d] += sign * nudge
                ends.append(compose.forward(found.net, found.params, moved)["h"][t, 0])
            slopes[k, d] = (ends[0] - ends[1]) / (2 * nudge)
    ours = influence(found, t)
    np.testing.assert_allclose(ours, np.linalg.norm(slopes.reshape(6, -1), axis=1), atol=1e-8)
    assert (ours[t + 1 :] == 0).all() == (name != "bilstm" or t == 5)


def test_units_that_move_against_each_other_do_not_cancel():
    text = "h = tanh(0.5 * h_prev + W_h @ x + b_h)"
    values = of(cells=(name_of(text),), D=1, H=2)
    found = compute(values)[0]
    found.params["W_h"][:], found.params["b_h"][:] = [[1.0], [-1.0]], 0
    again = replace(found, ways=(run_cell(found.cell, found.params, incoming(values)),))
    np.testing.assert_allclose(again.ways[0].values["h"].sum(1), 0, atol=1e-12)  # so the sum says that nothing comes in
    assert influence(again, 5)[5] > 0.1


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru_v1", "bilstm"])
def test_the_growth_of_a_small_change_is_that_of_a_run_from_another_state(name):
    found = one(name, T=8, H=3, scale=4.0, seed=1)
    times, k = max(growths(found, 5))
    largest = 0.0
    for way, order in zip(found.ways, (range(8), range(8)[::-1]), strict=False):
        x, at = way.sequence.x[list(order)], list(order).index(5)
        states = {s: way.values[s][list(order)] for s in way.cell.state}
        for start in range(at):
            columns = []
            for state in way.cell.state:
                for unit in range(3):
                    ends = []
                    for sign in (1, -1):
                        begun = {s: values[start].copy() for s, values in states.items()}
                        begun[state][unit] += sign * 1e-6
                        trace = forward(way.cell, way.params, x[start + 1 : at + 1, None],
                                        {s: value[None] for s, value in begun.items()})
                        ends.append(trace["h"][-1, 0])
                    columns.append((ends[0] - ends[1]) / 2e-6)
            largest = max(largest, np.linalg.norm(np.transpose(columns), 2))
    assert times == pytest.approx(largest, rel=1e-6) and k != 5


def test_a_chaotic_net_explodes_and_a_memory_does_not():
    chaotic = of(cells=("rnn", "lstm", "gru"), T=40, H=8, scale=4.0)
    assert [bool(explosion(run, 39)) for run in compute(chaotic)] == [True, False, False]
    assert not any(explosion(run, 99) for run in compute(of(cells=("lstm", "lstm1997"), T=100, H=8, bias=6.0)))
    assert growths(compute(chaotic)[0], 0) == () and explosion(compute(chaotic)[0], 0) is None


@pytest.mark.parametrize(("T", "H", "scale", "seed"), [(24, 3, 3.5, 2), (24, 16, 4.0, 2), (40, 8, 3.5, 0)])
def test_where_matrices_alone_are_multiplied_a_smaller_growth_is_an_explosion_too(T, H, scale, seed):
    [net] = compute(of(cells=("rnn",), T=T, H=H, scale=scale, seed=seed))
    strengths = influence(net, T - 1)
    assert strengths[: T // 2].max() > 2 * strengths[-3:].max()  # the curve itself grows going back
    assert 2 < max(growths(net, T - 1))[0] < 10 and explosion(net, T - 1)


def test_shares_and_how_far_they_reach():
    share = shares(np.array([0.001, 0.2, 4.0, 3.0, 1.0]))
    np.testing.assert_allclose(share, [0.00025, 0.05, 1, 0.75, 0.25])
    assert [reach(share, 4, level) for level in (0.5, 0.01, 1e-9, 2)] == [2, 3, 4, -1]
    assert reach(share, 0, 0.5) == 3
    assert (shares(np.zeros(3)) == 0).all() and reach(np.zeros(3), 2, 0.5) == -1


def test_which_state_is_held():
    assert held(one("rnn")) is None
    assert held(one("gru"))[0] == "h" and held(one("lstm"))[0] == "c"
    state, lives = held(one("bilstm", H=4))
    assert state == "c" and lives.shape == (8,) and (lives > 0).all()
    assert np.isinf(held(one("lstm1997"))[1]).all()
    assert (held(one("clockwork", H=4))[1] == [1, 2, 4, 8]).all()


# --- what is shown


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_net_has_a_short_name_of_its_own(lang):
    say = words(lang)
    names = [brief(name, say) for name in NETS]
    assert len(set(names)) == len(names) and max(map(len, names)) <= 20
    assert headings(one("bilstm"), say) == [f"{brief('bilstm', say)} →", f"{brief('bilstm', say)} ←"]
    assert headings(one("gru"), say) == ["GRU"]


@each
def test_what_has_a_heatmap(name):
    cell = cell_of(name)
    assert shown(cell, "states") == (["c", "h"] if "c" in cell.node else ["h"])
    assert set(shown(cell, "all")) == set(cell.lines) | set(cell.inputs)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_band_for_each_value_of_each_direction(lang):
    runs = compute(of(cells=("lstm", "bilstm", "lstm1997"), T=40, equal="count", H=5))
    found = bands(runs, "all", words(lang))
    assert len(found) == 6 + 12 + 5
    assert len({band.title for band in found}) == len(found)
    lstm = dict(zip(shown(CELLS["lstm"], "all"), found[:6], strict=True))
    for node, band in lstm.items():
        np.testing.assert_array_equal(band.values, runs[0].ways[0].values[node])
        assert band.scale == ("gate" if node in "fio" else "state")
    assert max(np.abs(band.values).max() for band in found) > 1
    for band in found:  # a unit beyond 1 has a scale of its own, and its title says so
        largest = np.maximum(1, np.abs(band.values).max(0))
        assert (band.reach >= largest).all() and (band.reach <= 1.01 * largest).all()
        assert ("±" in band.title) == (largest > 1).any()
    assert {len(bands(runs, which, words(lang))) for which in BANDS} == {8, 23}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_of_many_units_the_first_are_shown_and_that_is_said(lang):
    runs = compute(of(cells=("fgr", "rnn"), H=16, equal="count"))
    *_, last = bands(runs, "states", words(lang))
    assert runs[1].H > MOST_UNITS and last.values.shape == (24, MOST_UNITS)
    assert str(runs[1].H) in last.title and str(MOST_UNITS) in last.title


def test_the_tables_behind_the_figures():
    values = of(cells=("lstm", "bilstm"), input="sentence", text="no dog | barks", H=2)
    runs = compute(values)
    frame = states_frame(runs, "states", EN)
    assert list(frame.index) == ["1 no", "2 dog", "3 |", "4 barks"]
    assert frame.shape == (4, 4 + 8)
    np.testing.assert_array_equal(frame["LSTM C 2"], runs[0].ways[0].values["c"][:, 1])
    np.testing.assert_array_equal(frame["Bidirectional LSTM ← h 1"], runs[1].ways[1].values["h"][:, 0])
    frame = influence_frame(runs, 3, EN)
    np.testing.assert_array_equal(frame["LSTM: norm"], influence(runs[0], 3))
    assert frame["Bidirectional LSTM: share"].max() == 1


def test_one_net_alone():
    alone = run("gru", DEFAULTS, 5)
    trace = forward(CELLS["gru"], init_params(CELLS["gru"], 2, 5), incoming(DEFAULTS).x[:, None])
    np.testing.assert_array_equal(alone.trace["h"], trace["h"])
