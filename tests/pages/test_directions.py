"""The page `directions`, run as a script: what it computes, sends and survives, without a browser."""
import re
from urllib.parse import parse_qsl

import numpy as np
import pytest
from squares import heatmaps, unpacked
from test_compare import charts
from test_pages import data, field_of, fine, press, send, visible, visit, widget

from lstm_core import step
from lstm_view.fields import from_text
from lstm_view.numbers import attending, both_ways, clockwork
from lstm_view.numbers.directions import BEGINS, VIEWS, change, fields, fit
from lstm_view.numbers.over_time import incoming
from lstm_view.telling import narrate_directions as tell
from lstm_view.text.numbers import amount, number
from lstm_view.words import LANGUAGES, words

langs = pytest.mark.parametrize("lang", LANGUAGES)
OWN = [view for view in VIEWS if view != "depth"]
HOSTILE = {"text": "~eJxLSk4BAAJNASc", "t": "-1", "unit": "1e9", "heard": "0", "query": "q.0.0:nan,__class__:1",
           "view": "both<script>", "encoder": "__import__('os')", "sharp": "1e400"}


def open_page(lang="en", **query):
    return visit("directions", lang, **query)


def values_of(at):
    memory = at.session_state["directions"]
    assert {k: v for k, v in at.query_params.items() if k != "lang"} == memory.url
    assert fit(memory.values) == (memory.values, [])
    return memory.values


def of_link(lang, **query):
    say = words(lang)
    own = fields(say("directions.sentence"), say("directions.word"), query.get("view", "both"))
    return fit(from_text(own, query)[0])[0]


def squares(at, key):
    """(node, unit or step) -> value, of a raster."""
    return {row["node"]: row["values"] for row in data(at, key)["rows"]}


def assert_shows(at, values, lang="en"):
    """The numbers that a view is sent are the core's, and its sentences hold them."""
    said = " ".join(m.value for m in at.markdown)
    now = {"both": assert_shows_both, "attention": assert_shows_attention, "clock": assert_shows_clock}
    now[values["view"]](at, values, said, words(lang))
    if "timeline" in {e.key for e in at.get("bidi_component")}:
        sent = data(at, "timeline")
        assert (sent["t"], sent["unit"]) == (values["t"], values["unit"])


def assert_shows_both(at, values, said, say):
    run = both_ways.compute(values)
    for way, chain in zip(run.ways, data(at, "timeline")["runs"], strict=True):
        x = way.sequence.x if chain["way"] == " →" else way.sequence.x[::-1]
        state, h = {"h_prev": np.zeros(run.H), "c_prev": np.zeros(run.H)}, []
        for x_t in x:
            env = step(way.cell, way.params, {"x": x_t} | state)
            state = {"h_prev": env["h"], "c_prev": env["c"]}
            h.append(env["h"][values["unit"]])
        np.testing.assert_allclose(chain["values"]["h"], h if chain["way"] == " →" else h[::-1], atol=1e-12)
    moves, shown = both_ways.moves(run, values["heard"]), squares(at, "live")
    for way, numbers in moves.items():
        assert shown[f"moves.{way}"] == [*numbers.tolist(), *[None] * (way and run.ways[0].T - values["heard"])]
    assert tell.knows(run, values["t"], say) in said and tell.live(run, values["heard"], say) in said


def assert_shows_attention(at, values, said, say):
    found, t = attending.compute(values), values["t"]
    assert data(at, "matrices")["values"] == {f"q_{t + 1}": [found["query"][t].tolist()]}
    assert squares(at, "looks") == {name: found[name][t].tolist() for name in ("scores", "weights")}
    assert squares(at, "context") == {"context": found["context"][t].tolist()}
    assert tell.looks(found, t, say) in said


def assert_shows_clock(at, values, said, say):
    run = clockwork.compute(values)
    rows = data(at, "ticks")["rows"]
    assert [row["values"] for row in rows] == [run.values["tick"][:, row["unit"]].tolist() for row in rows]
    assert {row["node"] for row in rows} == {"tick"}
    panels = data(at, "lines")["panels"]
    assert [panel["unit"] for panel in panels] == sorted({0, clockwork.modules(run)[-1].units.start})
    assert tell.ticking(run, say) in said


@pytest.mark.parametrize("query", [
    {}, {"T": "2", "D": "1", "H": "1", "input": "steps"}, {"view": "attention"}, {"view": "clock"},
    {"text": "to be or not to be", "t": "3", "heard": "2", "unit": "1", "seed": "8", "bias": "2"},
    {"view": "attention", "encoder": "bilstm", "query": "q.1.0:0.75,q.0.7:-1", "t": "1", "sharp": "40"},
    {"view": "clock", "input": "series", "T": "20", "H": "3", "t": "9", "unit": "2"}, {"view": "clock", "H": "1"},
    {"input": "sine", "T": "60", "H": "16", "D": "6", "heard": "59", "scale": "3"},
])
@langs
def test_a_link_shows_its_net(query, lang):
    at = open_page(lang, **query)
    assert not at.warning
    assert values_of(at) == of_link(lang, **query)
    assert_shows(at, values_of(at), lang)
    view = values_of(at)["view"]
    drawn = charts(at)
    assert drawn.keys() == {"both": {"chart-knows", "chart-states"}, "attention": {"chart-attention", "chart-memory"},
                            "clock": {"chart-states"}}[view]
    assert all(alt and "*" not in alt and "\\" not in alt for _, alt in drawn.values())


@langs
@pytest.mark.parametrize("view", OWN)
def test_everything_is_in_one_language(view, lang):
    at = open_page(lang, view=view)
    texts = [text for text in visible(at) if text not in ("English", "한국어")]
    assert not [text for text in texts if "{" in re.sub(r"\$.*?\$", "", text) or "(는)" in text]
    if lang == "en":
        assert not [text for text in texts if re.search("[가-힣]", text)]
    else:
        plain = (re.sub(r"\$[^$]*\$|`[^`]*`|\([^)]*\)", "", text) for text in texts)
        assert not [text for text in plain if re.search(r"\b[A-Za-z]{2,}(?: [A-Za-z]{2,}){2,}", text)]
        assert not [text for text in texts if re.search(r"%\*\*[가-힣]", text)]  # no bold to Markdown


def test_what_positions_know_is_what_the_chart_holds():
    at = open_page()
    traces, alt = charts(at)["chart-knows"]
    found = both_ways.knows(both_ways.compute(values_of(at)))
    for drawn, strengths in zip(heatmaps(traces), found.values(), strict=True):
        np.testing.assert_array_equal(drawn, strengths)
    assert "28 of 64" in alt


@langs
def test_squares_of_shares_say_so(lang):
    at, say = open_page(lang), words(lang)
    traces, _ = charts(at)["chart-knows"]
    strengths = both_ways.knows(both_ways.compute(values_of(at)))
    largest = max(found.max() for found in strengths.values())
    squares = [trace for trace in traces if trace["type"] == "heatmap"]
    assert all(say("scale.share") in trace["name"] for trace in squares)
    assert all(f"{say('scale.share')}: %{{z:.3g}}<br>%{{customdata[1]" in trace["hovertemplate"] for trace in squares)
    for trace, found in zip(squares, strengths.values(), strict=True):
        np.testing.assert_array_equal(unpacked(trace["z"]), found / largest)
    printed = {text for trace in traces if trace["type"] == "scatter" for text in trace["text"]}
    shares = [share for found in strengths.values() for share in (found / largest).flat]
    assert printed == {number(share) if share else "" for share in shares}
    [caption] = [c.value for c in at.caption if "partial h_t" in c.value]
    assert str(amount(largest)) in caption and "1.00" in caption


# --- languages, views, undo


def test_the_own_sentence_is_that_of_the_language():
    at = open_page("en", t="5")
    [switch] = [g for g in at.get("button_group") if g.key == "lang_en"]
    fine(switch.set_value("ko").run())
    assert dict(at.query_params) == {"lang": "ko", "t": "5"}
    assert values_of(at)["text"] == words("ko")("directions.sentence")
    assert data(at, "timeline")["labels"] == values_of(at)["text"].split()
    [switch] = [g for g in at.get("button_group") if g.key == "lang_ko"]
    fine(switch.set_value("en").run())
    assert values_of(at)["text"] == words("en")("directions.sentence")


def test_a_typed_sentence_stays_in_either_language():
    at = open_page("en", text="all of these are mine")
    [switch] = [g for g in at.get("button_group") if g.key == "lang_en"]
    fine(switch.set_value("ko").run())
    assert values_of(at)["text"] == "all of these are mine"
    assert at.query_params["text"] == "all of these are mine"


def test_another_view_and_back():
    at = open_page()
    begun = values_of(at)
    for view in ("clock", "attention", "both"):
        fine(group(at, "view").set_value(view).run())
        assert values_of(at) == change(begun, view=view)
        assert {k for k in at.query_params if k != "lang"} == ({"view"} if view != "both" else set())
        assert_shows(at, values_of(at))
    press(at, "undo")
    press(at, "undo")
    assert values_of(at) == change(begun, view="clock") and dict(at.query_params) == {"lang": "en", "view": "clock"}
    fine(widget(at, "number_input", "H").set_value(5).run())
    fine(group(at, "view").set_value("both").run())
    assert {name: values_of(at)[name] for name in BEGINS["clock"]} == BEGINS["clock"] | {"H": 5}
    assert_shows(at, values_of(at))


def group(at, name):
    return widget(at, "button_group", name)


# --- what is moved


@pytest.mark.parametrize(("view", "kept"), [("both", {"live"}), ("attention", set()), ("clock", set())])
def test_scrubbing_moves_what_tells_of_the_step_and_no_chart(view, kept):
    at = open_page(view=view)
    now = values_of(at)
    send(at, "timeline", "scrub", {"t": 2, "id": 5})
    assert data(at, "timeline")["echo"] == 5 and data(at, "timeline")["t"] == 2
    assert charts(at) == {} and "t" not in at.query_params
    said = " ".join(m.value for m in at.markdown)
    if view == "both":
        assert tell.knows(both_ways.compute(now), 2, words("en")) in said
    if view == "attention":
        assert tell.looks(attending.compute(now), 2, words("en")) in said
    send(at, "timeline", "pick", {"t": 3, "unit": 1, "id": 6})
    assert values_of(at) == now | {"t": 3, "unit": 1}
    assert_shows(fine(at.run()), now | {"t": 3, "unit": 1})


@pytest.mark.parametrize("message", [
    {}, {"t": "3"}, {"t": None, "unit": 1.5}, {"t": -4}, {"t": 10**9, "unit": 10**9}, {"id": 1, "what": "else"}])
@pytest.mark.parametrize("view", OWN)
def test_a_message_that_makes_no_sense(view, message):
    at = open_page(view=view)
    send(at, "timeline", "step", message)
    assert_shows(fine(at.run()), values_of(at))


def test_hearing_more_words():
    at = open_page()
    assert tell.live(both_ways.compute(values_of(at)), 5, words("en")) in " ".join(m.value for m in at.markdown)
    fine(widget(at, "slider", "heard").set_value(2).run())
    assert squares(at, "live")["moves.forwards"][:3] == [0, 0, None]
    assert at.query_params["heard"] == "2"
    press(at, "undo")
    assert_shows(at, of_link("en"))


def test_a_sentence_of_two_words_has_nothing_to_slide():
    at = open_page(text="two words")
    assert_shows(at, values_of(at))
    assert "heard" not in map(field_of, at.slider)


# --- the query


def test_dragging_a_query_and_letting_go():
    at = open_page(view="attention")
    now = values_of(at)
    send(at, "matrices", "drag", {"address": "q_5.0.2", "value": -0.5, "id": 3})
    assert data(at, "matrices")["echo"] == 3
    found = attending.compute(now, {"q.4.2": -0.5})
    assert squares(at, "looks")["weights"] == found["weights"][4].tolist()
    assert squares(at, "context")["context"] == found["context"][4].tolist()
    assert charts(at) == {} and "query" not in at.query_params  # not yet let go
    send(at, "matrices", "commit", {"address": "q_5.0.2", "value": -0.4, "id": 4})
    assert at.query_params["query"] == "q.4.2:-0.4"
    assert_shows(at, now | {"query": {"q.4.2": -0.4}})
    send(at, "timeline", "step", {"t": 1, "id": 7})
    assert not [b for b in at.button if b.key == "button.back"]  # it is of another step
    send(at, "timeline", "step", {"t": 4, "id": 8})
    press(at, "back")
    assert values_of(at) == now
    press(at, "undo")
    assert values_of(at)["query"] == {"q.4.2": -0.4}
    press(at, "reset")
    assert values_of(at) == now


@pytest.mark.parametrize("message", [
    {}, {"address": "q_5.0.9", "value": 1}, {"address": "q_99.0.0", "value": 1}, {"address": "W_f.0.0", "value": 1},
    {"address": "q_5.0.0", "value": "x"}, {"address": None, "value": 1}, {"address": "q_5.0.0", "value": 1e9},
    {"address": "q_5.0.0", "value": float("nan")}, {"address": "q_x.0.0", "value": 1}, {"address": "q_5", "value": 1}])
@pytest.mark.parametrize("event", ["drag", "commit"])
def test_a_number_that_makes_no_sense(event, message):
    at = open_page(view="attention")
    now = values_of(at)
    send(at, "matrices", event, message)
    assert values_of(at) == now and not at.session_state["directions"].live
    assert_shows(fine(at.run()), now)


@langs
@pytest.mark.parametrize("view", OWN)
def test_a_hostile_link_says_what_it_left_out(view, lang):
    at = open_page(lang, **(HOSTILE | ({"view": view} if view != "both" else {})))
    [warning] = at.warning
    left = {name for name in HOSTILE if f"`{name}=" in warning.value}
    assert left == set(HOSTILE) - ({"view"} if view != "both" else set())
    assert_shows(at, values_of(at), lang)
    at = open_page(lang, view=view, text="<img src=x onerror=alert(1)> **$x$** [a](javascript:b) " + "w " * 100)
    assert_shows(at, values_of(at), lang)


# --- tables, files, code


@pytest.mark.parametrize(("view", "twins"), [
    ("both", ("knows", "states", "live")), ("attention", ("looks", "attention", "memory")),
    ("clock", ("ticks", "states", "lines"))])
@langs
def test_every_figure_has_its_table(view, twins, lang):
    at = open_page(lang, view=view)
    for key in twins:
        fine(at.toggle(key=f"twin.{key}").set_value(True).run())
        assert f"csv.{key}" in {e.key for e in at.get("download_button")}
    fine(at.run())
    tables = [table.value for table in at.table][-3:]
    assert all(table.shape[0] > 1 for table in tables)
    if view == "both":
        run = both_ways.compute(values_of(at))
        shown = np.array([[float(v) for v in row] for row in tables[0].to_numpy()])
        np.testing.assert_allclose(shown, np.concatenate(list(both_ways.knows(run).values())), atol=1e-6)


@pytest.mark.parametrize(("query", "named"), [
    ({}, "torch.nn.LSTM"), ({"view": "attention", "query": "q.1.0:0.75"}, "query[1, 0] = 0.75"),
    ({"view": "attention", "encoder": "bilstm"}, "both(xs)"), ({"view": "clock"}, "periods")])
def test_the_code(query, named):
    at = open_page(**query)
    assert not at.code
    fine(at.toggle(key="torch").set_value(True).run())
    assert named in at.code[0].value and "import torch" in at.code[0].value


@langs
def test_a_changed_query_is_not_called_the_encoders(lang):
    say = words(lang)
    for t, told in (("0", say("attention.dragged", count=1, M=4)), ("1", say("attention.drag"))):
        at = open_page(lang, view="attention", query="q.0.2:1", t=t)
        assert told in [m.value for m in at.markdown]


@langs
def test_how_many_numbers_of_the_memory_are_shown_is_told(lang):
    told = words(lang)("attention.first", M=32, shown=16)
    at = open_page(lang, view="attention", encoder="bilstm", H="16")
    assert told in [c.value for c in at.caption]
    at = open_page(lang, view="attention", H="16")
    assert told not in [c.value for c in at.caption]


@pytest.mark.parametrize("view", OWN)
def test_the_way_onward_holds_the_input(view):
    at = open_page(view=view, seed="7", text="one two three")
    links = {e.proto.page: e.proto.query_string for e in at.get("page_link") if "lang=en&" in e.proto.query_string}
    assert links.keys() == {"sequence", "compare", "gradients"}
    assert all("seed=7" in query for query in links.values())
    for page, query in links.items():
        query = dict(parse_qsl(query))
        there = visit(page, **query)
        assert not there.warning
        assert dict(there.query_params) == query
        x = data(there, "timeline")["inputs"]
        assert [strip["values"] for strip in x] == incoming(values_of(at)).x.T.tolist()
