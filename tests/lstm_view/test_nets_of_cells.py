"""The numbers of the page `directions`, and what is told and drawn of them."""
import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_core import CELLS, compose, forward
from lstm_core.attention import AttentionTrace, attend_back
from lstm_core.counts import multiply_adds
from lstm_view.diagram.lines import of_units
from lstm_view.diagram.raster import Row, raster
from lstm_view.diagram.timeline import timeline
from lstm_view.fields import from_text, to_text
from lstm_view.figures.crossing import crossing
from lstm_view.figures.heatmap import Band
from lstm_view.numbers import attending, both_ways, clockwork, compared
from lstm_view.numbers.directions import BEGINS, DEFAULTS, FIELDS, VIEWS, change, fields, fit, width
from lstm_view.telling import narrate_directions as tell
from lstm_view.text.numbers import percent, ratio
from lstm_view.words import LANGUAGES, words

langs = pytest.mark.parametrize("lang", LANGUAGES)
EN, KO = words("en"), words("ko")


def own(lang="en", view="both"):
    say = words(lang)
    return fields(say("directions.sentence"), say("directions.word"), view)


def values(lang="en", view="both", **given):
    return fit({f.name: f.default for f in own(lang, view)} | {"view": view} | given)[0]


# --- fields


@langs
def test_a_page_without_a_query_reads_the_languages_own_sentence(lang):
    found, ignored = from_text(own(lang), {})
    assert fit(found) == (found, []) and ignored == []
    assert found["text"].split()[found["t"]] == words(lang)("directions.word")
    assert found["heard"] == found["t"] + 1
    assert to_text(own(lang), found) == {}
    typed = change(found, text="two words")
    assert to_text(own(lang), typed)["text"] == "two words" and (typed["t"], typed["heard"]) == (1, 1)


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_begins_with_its_own_input_unless_another_was_chosen(view):
    begun = values()
    seen = change(begun, view=view)
    assert {name: seen[name] for name in BEGINS[view]} == BEGINS[view]
    assert seen == values(view=view)
    assert change(seen, view="both") == begun
    chosen = change(begun, H=7)
    assert change(chosen, view=view) == chosen | {"view": view}


def test_what_does_not_fit_is_left_out():
    found, left_out = fit(values(H=2) | {"query": {"q.0.1": 0.5, "q.9.0": 1.0, "q.0.2": 1.0, "x": np.nan}, "t": 99,
                                         "unit": 9, "heard": 99, "layers": 2, "layer": 3})
    assert found["query"] == {"q.0.1": 0.5}
    assert left_out == ["query=q.9.0", "query=q.0.2", "query=x"]
    assert (found["t"], found["unit"], found["heard"], found["layer"]) == (7, 1, 7, 1)
    assert fit(DEFAULTS)[0]["input"] == "steps"  # where there is no sentence at all
    assert fit(values(weights="named", D=2, H=3))[0]["weights"] == "random"


@pytest.mark.parametrize("changed", [
    {"H": 5}, {"D": 5}, {"encoder": "bilstm"}, {"seed": 3}, {"text": "other words here"}])
def test_a_changed_query_belongs_to_its_encoder(changed):
    before = change(values(), query={"q.1.0": 0.5})
    assert before["query"] and change(before, t=3)["query"] == before["query"]
    assert change(before, **changed)["query"] == {}
    assert width(values(encoder="bilstm", H=5)) == 10


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from([f.name for f in FIELDS]) | st.text(max_size=5), st.text(max_size=12)))
def test_any_query_gives_a_page(query):
    found, _ = from_text(own(), query)
    found = fit(found)[0]
    assert fit(found) == (found, [])
    assert fit(from_text(own(), to_text(own(), found))[0])[0] == found


# --- both directions


@pytest.mark.parametrize("given", [{}, {"input": "sine", "T": 13, "D": 2, "H": 3, "seed": 4}, {"text": "just two"}])
def test_what_positions_know_is_what_one_backward_pass_each_would_say(given):
    run = both_ways.compute(values(**given))
    found, T = both_ways.knows(run), run.ways[0].T
    for t in range(T):
        np.testing.assert_allclose(found["combined"][t], compared.influence(run, t), rtol=1e-10, atol=1e-15)
    forwards, backwards, combined = (found[way] for way in both_ways.WAYS)
    assert (np.triu(forwards, 1) == 0).all() and (np.tril(backwards, -1) == 0).all()
    off = ~np.eye(T, dtype=bool)
    np.testing.assert_array_equal((forwards + backwards)[off], combined[off])
    assert (forwards[np.tril_indices(T)] > 0).all() and (combined > 0).all()


def test_shares_are_of_the_whole():
    assert both_ways.shares(np.array([[1.0, 1, 2], [4, 3, 1], [0, 0, 0]]), 1) == (0.5, 0.375, 0.125)
    assert both_ways.shares(np.array([[1.0, 1, 2], [4, 3, 1], [0, 0, 0]]), 0) == (0, 0.25, 0.75)
    assert both_ways.shares(np.zeros((2, 2)), 0) == (0, 0, 0)


@pytest.mark.parametrize("given", [{}, {"input": "steps", "T": 40, "D": 6, "H": 16}])
def test_what_was_heard_stays_forwards_and_moves_backwards(given):
    run = both_ways.compute(values(**given))
    x, H = run.ways[0].sequence.x, run.H
    for heard in range(1, run.ways[0].T):
        moves = both_ways.moves(run, heard)
        assert (moves["forwards"] == 0).all()  # to the last digit
        before, after = (compose.forward(run.net, run.params, x[:n, None])["h"][:heard, 0, H:]
                         for n in (heard, heard + 1))
        np.testing.assert_allclose(moves["backwards"], np.linalg.norm(after - before, axis=1), atol=1e-14)
        np.testing.assert_allclose(moves["combined"], moves["backwards"], rtol=1e-15)
        assert (moves["backwards"] > 0).all()


@langs
def test_the_sentences_of_both_directions_hold_the_numbers(lang):
    say, run = words(lang), both_ways.compute(values(lang))
    t = values(lang)["t"]
    told = tell.knows(run, t, say)
    shares = both_ways.shares(both_ways.knows(run)["combined"], t)
    shown = [float(text) for text in re.findall(r"\*\*([\d.]+) ?%", told)]
    assert shown == pytest.approx([100 * share for share in shares], abs=0.5) and sum(shown) == pytest.approx(100)
    assert say("directions.word") in told and "{" not in told
    heard = values(lang)["heard"]
    told = tell.live(run, heard, say)
    assert f"{both_ways.moves(run, heard)['backwards'].max():.4f}" in told and str(run.ways[0].T) in told
    said = tell.triangles(run, say)
    T = run.ways[0].T
    assert str(T * (T - 1) // 2) in said and str(T * T) in said


def test_a_visitors_word_is_no_markdown():
    run = both_ways.compute(values(text="a x*y*z <b>i</b> last"))
    assert r"x\*y\*z" in tell.knows(run, 1, EN) and r"x\*y\*z" in tell.live(run, 1, EN)
    assert "x*y*z" in tell.spoken(tell.knows(run, 1, EN)) and "*" not in tell.spoken(tell.knows(run, 0, EN))


def test_saturated_gates_and_no_recurrence_are_told():
    still = both_ways.compute(values(scale=0.0, bias=-10.0, input="own", own=((1e6,), (1e6,), (-1e6,))))
    assert "{" not in tell.live(still, 1, EN) + tell.knows(still, 0, EN)
    huge = both_ways.compute(values(input="own", own=((1e6, -1e6, 0.0),) * 20))  # its weights are not 0
    assert "saturated" in tell.live(huge, 5, EN) and "no weight" not in tell.live(huge, 5, EN)


@langs
def test_no_influence_is_called_the_strongest_where_all_are_0(lang):
    say, still = words(lang), both_ways.compute(values(input="own", own=((1e6, -1e6, 0.0),) * 20))
    told = tell.triangles(still, say)
    assert told == " ".join(say("both.band_apart", way=say(f"both.{way}"), zeros=400, count=400)
                            for way in both_ways.WAYS)
    assert tell.triangles(both_ways.compute(values(lang)), say) != told


def test_the_chain_that_reads_from_the_end_says_so():
    run = both_ways.compute(values())
    sent = timeline(dict(zip(both_ways.WAYS, run.ways, strict=False)), 4, 1, EN, backwards=["backwards"])
    there, back = sent["runs"]
    assert (there["backwards"], there["way"], back["backwards"], back["way"]) == (False, " →", True, " ←")
    x = run.ways[0].sequence.x
    last_first = forward(CELLS["lstm"], run.params[1], x[::-1][:, None])
    assert back["values"]["h"] == last_first["h"][::-1, 0, 1].tolist()
    assert timeline({"one": run.ways[0]}, 0, 0, EN)["runs"][0]["way"] == ""


# --- attention


@pytest.mark.parametrize("encoder", ["lstm", "bilstm"])
def test_attention_by_the_formula(encoder):
    found = attending.compute(values(encoder=encoder, query={"q.2.1": 0.75}))
    run = compared.run(encoder, values(), 4)
    memory, query = run.trace["h"][:, 0], run.trace["h"][:, 0].copy()
    query[2, 1] = 0.75
    W, U, v = found.params.values()
    scores = np.array([[v @ np.tanh(W @ q + U @ m) for m in memory] for q in query])
    weights = np.exp(scores - scores.max(1, keepdims=True))
    weights /= weights.sum(1, keepdims=True)
    np.testing.assert_array_equal(found.memory, memory)
    for name, by_hand in (("query", query), ("scores", scores), ("weights", weights), ("context", weights @ memory)):
        np.testing.assert_allclose(found[name], by_hand, rtol=1e-12, atol=1e-14)
    assert len(v) == attending.UNITS and attend_back(found.trace, found.params, found.trace["context"])


def test_a_query_moves_only_its_own_row_while_it_is_dragged():
    now = values()
    still, moved = attending.compute(now), attending.compute(now, {"q.3.0": -0.9})
    same = np.arange(8) != 3
    for name in ("scores", "weights", "context"):
        np.testing.assert_array_equal(still[name][same], moved[name][same])
        assert (still[name][3] != moved[name][3]).any()
    assert attending.compute(now) is still


def test_spread_counts_steps():
    assert attending.spread(np.full(5, 0.2)) == pytest.approx(5)
    assert attending.spread(np.array([0.0, 1.0, 0.0])) == 1
    assert attending.spread(np.array([0.5, 0.5, 0.0])) == pytest.approx(2)


@langs
@pytest.mark.parametrize(("sharp", "key"), [(0.1, "even"), (16.0, "some"), (40.0, "some")])
def test_where_a_query_looks_is_told(lang, sharp, key):
    say, found = words(lang), attending.compute(values(sharp=sharp))
    told = tell.looks(found, 4, say)
    weights = found["weights"][4]
    assert ratio(attending.spread(weights), 3) in told and "{" not in told
    assert percent(weights.max()) in told
    assert say(f"attention.{key}", wide="", T=found.T, entropy="")[:5] in told


@langs
def test_no_step_is_called_the_first_where_all_weigh_the_same(lang):
    say, found = words(lang), attending.compute(values(lang, sharp=0.0))
    query = tell.place(found.encoder.ways[0].sequence.labels, 1, say)
    told = say("attention.same", query=query, T=found.T, share=f"1/{found.T}")
    assert tell.looks(found, 1, say) == told


def test_contexts_stay_within_the_memory():
    found = attending.compute(values(sharp=40.0, scale=4.0, bias=10.0, input="impulse", T=30, D=2, H=2))
    memory, context = found.memory, found["context"]
    assert (memory.min(0) - 1e-12 <= context).all() and (context <= memory.max(0) + 1e-12).all()


@langs
def test_a_query_that_looks_at_one_step(lang):
    found = attending.compute(values(lang))
    weights = np.zeros((found.T, found.T, 1))
    weights[:, -1] = 1
    one = attending.Attended(found.encoder, found.params, AttentionTrace(dict(found.trace) | {"weights": weights}))
    say, labels = words(lang), found.encoder.ways[0].sequence.labels
    query, first = (tell.place(labels, t, say) for t in (0, found.T - 1))
    assert tell.looks(one, 0, say) == say("attention.alone", query=query, first=first)
    weights[:, 0], weights[:, -1] = 1e-9, 1 - 1e-9
    told = tell.looks(one, 0, say)
    assert "99.9999999" in told and "1e−7" in told and not re.search(r"\b100 ?%", told)
    weights[:, 0], weights[:, -1] = 1e-30, 1
    assert re.search(r"≈100 ?%", tell.looks(one, 0, say))  # softmax gives no weight of 1


# --- clockwork


@pytest.mark.parametrize("H", [1, 2, 3, 4, 7, 8, 16])
def test_modules_tick_at_their_periods_and_hold_in_between(H):
    run = clockwork.compute(values(view="clock", H=H))
    found = clockwork.modules(run)
    assert [k for module in found for k in module.units] == list(range(H))
    for module in found:
        assert module.ticks.tolist() == [float(t % module.period == 0) for t in range(run.T)]
        assert module.hold == module.period  # 32 steps: a whole number of the longest
        h = run.values["h"][:, list(module.units)]
        for t in range(1, run.T):
            assert (h[t] == h[t - 1]).all() == (t % module.period != 0)
    assert [module.period for module in found] == sorted(set(run.cell.unit_periods(H).tolist()))


@pytest.mark.parametrize(("D", "H"), [(2, 8), (1, 3), (6, 16)])
def test_what_is_spent_is_one_multiply_add_an_entry(D, H):
    run = clockwork.compute(values(view="clock", H=H, D=D))
    own_, plain = clockwork.spent(run)
    counted = 0
    for t in range(run.T):
        for period in run.cell.unit_periods(H):
            if t % period == 0:
                counted += D + sum(other >= period for other in run.cell.unit_periods(H))
    assert own_ == counted
    assert plain == run.T * (H * D + H * H)
    assert clockwork.spent(clockwork.compute(values(view="clock", input="own", own=((0.5,), (1.0,)), H=1)))[0] == 2 * 2
    whole = multiply_adds(run.cell, D, H, resting=True) - 2 * H  # without tick n and (1 - tick) h
    assert run.D * H + run.cell.mask(H).sum() == whole


def test_longest():
    assert clockwork.longest(np.array([], bool)) == 1
    assert clockwork.longest(np.array([True, False, True, True, False])) == 3


@langs
def test_the_clock_is_told(lang):
    run = clockwork.compute(values(lang, "clock"))
    told = tell.ticking(run, words(lang))
    for number in ("32", "16", "8", "4", "1,024", "2,560", "60"):
        assert number in told
    assert "{" not in told and "(는)" not in told


def test_once_is_not_one_times():
    told = tell.ticking(clockwork.compute(values(view="clock", T=5)), EN)
    assert "period 8 works once" in told and "period 4 works 2 times" in told


def test_of_modules_that_hold_as_long_none_is_said_to_hold_longest():
    told = tell.ticking(clockwork.compute(values(view="clock", T=2)), EN)
    assert told.endswith("**2 steps** in a row with the very same h, to the last digit (period 2, 4, 8).")


def test_a_fast_and_a_slow_unit_are_two_panels():
    run = clockwork.compute(values(view="clock"))
    sent = of_units(run, {0: "fast", 6: "slow"}, 3, "about", EN)
    assert [(panel["title"], panel["unit"]) for panel in sent["panels"]] == [("fast", 0), ("slow", 6)]
    for panel, unit in zip(sent["panels"], (0, 6), strict=True):
        assert {line["node"]: line["values"] for line in panel["lines"]} == {
            name: run.values[name][:, unit].tolist() for name in ("n", "h")}
    assert sent["key"] != of_units(run, {0: "fast", 7: "slow"}, 3, "about", EN)["key"]


# --- drawn


def test_a_raster_is_sent_as_numbers():
    rows = [Row("tick", 2, "title", np.array([1.0, np.nan, 0.1 + 0.2]), "gate")]
    sent = raster(rows, None, ("<b>", "나", ""), "about", "name", KO)
    assert json.loads(json.dumps(sent, allow_nan=False)) == json.loads(json.dumps(sent))
    assert sent["rows"][0]["values"] == [1.0, None, 0.1 + 0.2]
    assert (sent["t"], sent["steps"], sent["labels"]) == (-1, True, ["<b>", "나", ""])
    assert raster(rows, 2, (), "", "", EN, steps=False)["t"] == 2


@pytest.mark.parametrize("T", [2, 8, 24, 128])
@pytest.mark.parametrize("labels", [False, True])
def test_every_step_against_every_step(T, labels):
    said = tuple(f"<w{k}>" for k in range(T)) if labels else ()
    values_ = np.tril(np.arange(1.0, T * T + 1).reshape(T, T)) / T**2
    figure = crossing([Band("one", values_, "gate"), Band("two", -values_, "state")], said, "axis", "#000000")
    assert figure.layout.meta["rows"] == "steps"
    drawn = list(figure.select_traces({"type": "heatmap"}))
    for trace, (top, tall, units) in zip(drawn, figure.layout.meta["bands"], strict=True):
        np.testing.assert_array_equal(trace.z, values_ if trace.name == "one" else -values_)  # [row, column]
        assert (units, len(trace.y), trace.y[0]) == (T, T + 1, top) and trace.y[-1] == pytest.approx(top + tall)
        assert trace.customdata[T - 1][0] == T
    assert figure.layout.xaxis.range == (0.5, T + 0.5)
    assert figure.layout.height < 1100
    marked = figure.layout.yaxis.ticktext
    assert len(marked) <= 80 and marked[0] == ("‹w0›" if labels else "1")
    if T == 8:
        printed = [zip(trace.x, trace.y, trace.text, strict=True) for trace in figure.data[2:]]
        texts = {(x, y): text for trace in printed for x, y, text in trace}
        assert texts[2, 0.5] == "" and texts[1, 1.5] == "0.14"
