"""The view `own` of the page `variants`, run as a script: what is written, shown, refused and taken along."""
import json
from urllib.parse import parse_qsl

import numpy as np
import pytest
from squares import heatmaps, unpacked
from test_pages import data, fine, press, send, visible, visit, widget

from lstm_core import CELLS, backward, differences, forward, latex
from lstm_core.counts import parameter_count
from lstm_view.incoming.own_cell import cell_named, name_of, one_own, text_of
from lstm_view.numbers import compared, over_time
from lstm_view.numbers.over_time import incoming, main_nodes, parameters
from lstm_view.numbers.variants import DEFAULTS, FIRST, fit
from lstm_view.packed import pack
from lstm_view.style import formula_colors
from lstm_view.text.numbers import amount
from lstm_view.words import LANGUAGES, words

langs = pytest.mark.parametrize("lang", LANGUAGES)
LSTM = CELLS["lstm"].equations.strip()
LEAKY = LSTM.replace("h = o * tanh(c)", "h = o * c  # no tanh")
EN = words("en")


def open_page(lang="en", **query):
    return visit("variants", lang, view="own", **query)


def values_of(at):
    memory = at.session_state["variants"]
    assert {k: v for k, v in at.query_params.items() if k != "lang"} == memory.url
    assert fit(memory.values) == (memory.values, [])
    return memory.values


def whole(at):
    """The whole page, after fragments alone have run, of which alone the harness then knows."""
    return fine(at.run())


def write(at, text, number=1):
    """A text as the editor sends it: while it is being written, and when the hand has left."""
    send(at, "editor", "text", {"text": text, "id": number})
    whole(at)
    return send(at, "editor", "rest", {"text": text, "id": number + 1})


def squares(at):
    """What each band of the heatmaps shows: (T, units)."""
    [chart] = [e.proto for e in at.get("plotly_chart") if "chart-heatmaps" in e.proto.id]
    return [band.T for band in heatmaps(json.loads(chart.spec)["data"])]


def assert_shows(at, values, lang="en"):
    """Editor, formulas, counts, diagram, heatmaps, lines, gradients and check are those of the core."""
    say, cell, t, unit = words(lang), cell_named(values["cell"]), values["t"], values["unit"]
    assert data(at, "editor")["text"] == (values["draft"] or text_of(values["cell"])[0])
    params, x = parameters(cell, values), incoming(values).x[:, None]
    trace = forward(cell, params, x)
    shown = " ".join(m.value for m in at.markdown)
    assert all(f"${line}$" in shown for line in latex.equations(cell, formula_colors(False, cell.lines)).values())
    assert f" = {parameter_count(cell, values['D'], values['H'])}" in shown
    for name, numbers in data(at, "picture")["values"].items():
        assert numbers == trace[name][t, 0].tolist()
    assert data(at, "picture")["editable"] == []
    for name, band in zip(main_nodes(cell), squares(at), strict=True):
        np.testing.assert_array_equal(band, trace[name][:, 0])
    for line in [line for panel in data(at, "lines")["panels"] for line in panel["lines"]]:
        assert line["values"] == trace[line["node"]][:, 0, unit].tolist()
    weights = np.zeros(trace.shape)
    weights[-1] = 1
    grads = backward(trace, params, weights)
    [norms] = [json.loads(e.proto.spec)["data"] for e in at.get("plotly_chart") if "chart-norms" in e.proto.id]
    first = unpacked(norms[0]["y"])
    np.testing.assert_allclose(first, np.linalg.norm(grads["h"][:, 0], axis=1), rtol=1e-12)
    small = parameters(cell, values, min(values["H"], 4))
    T, H = min(12, len(x)), min(values["H"], 4)
    loss = np.zeros((T, 1, H))
    loss[-1] = 1
    slopes = differences.check(cell, small, x[:T], loss)
    table = at.table[-1].value
    assert list(table.index) == list(slopes)
    for name, slope in slopes.items():
        assert list(table.loc[name])[:2] == [amount(slope.analytic), amount(slope.numeric)]
    assert say("own.check_small", steps=T, units=H) in shown


@langs
def test_it_begins_with_the_lstm(lang):
    at = open_page(lang)
    assert values_of(at) == DEFAULTS | {"view": "own"}
    assert_shows(at, values_of(at), lang)
    assert not at.warning and data(at, "editor")["mistake"] is None
    assert not [text for text in visible(at) if "{" in text and "$" not in text and "{most}" not in text]


@langs
def test_what_is_written_is_shown_everywhere_and_kept_in_the_link(lang):
    at = open_page(lang, T="30", H="5", D="3", seed="7", t="11", unit="2")
    write(at, LEAKY)
    whole(at)
    now = values_of(at)
    assert now["cell"] == name_of(LEAKY, "lstm") and now["draft"] == ""
    assert_shows(at, now, lang)
    assert_shows(visit("variants", **at.query_params), now, lang)


def test_while_it_is_being_written_only_the_page_changes():
    at = open_page()
    send(at, "editor", "text", {"text": LEAKY, "id": 1})
    assert data(at, "editor")["echo"] == 1 and data(at, "editor")["typed"]
    assert data(at, "picture")["values"]["h"] != forward_h(FIRST)
    memory = at.session_state["variants"]
    assert memory.values["cell"] == FIRST and memory.live["cell"] == name_of(LEAKY, "lstm") and not memory.past
    send(whole(at), "editor", "text", {"text": "h = ", "id": 2})
    assert [e.key for e in at.get("bidi_component")] == ["editor"]  # nothing else has changed
    assert data(at, "editor")["mistake"]["line"] == 1
    send(whole(at), "editor", "rest", {"text": "h = (", "id": 3})
    assert values_of(whole(at))["cell"] == name_of(LEAKY, "lstm")  # the last good one


def forward_h(name):
    return over_time.compute(over_time.DEFAULTS | {"cell": name, "weights": "random"}).values["h"][7].tolist()


@langs
def test_a_mistake_is_told_at_its_line_and_the_last_good_cell_stays(lang):
    at = open_page(lang)
    write(at, LEAKY)
    write(whole(at), f"{LEAKY}\ng = foo * 2", 3)
    whole(at)
    now = values_of(at)
    assert (now["cell"], now["draft"]) == (name_of(LEAKY, "lstm"), f"{LEAKY}\ng = foo * 2")
    mistake = data(at, "editor")["mistake"]
    assert mistake["line"] == 7 and "`foo`" in mistake["says"] and mistake["says"] in words(lang)(
        "reader.own_undefined", line=7, name="foo", known="f, i, c_tilde, c, o, h, g")
    assert_shows(at, now, lang)
    again = visit("variants", **at.query_params)
    assert data(again, "editor")["mistake"] == mistake and data(again, "editor")["typed"] is False


def test_undo_goes_from_good_cell_to_good_cell():
    at = open_page()
    texts = [LEAKY, LSTM.replace("tanh(c)", "relu(c)"), LSTM.replace("tanh(c)", "exp(c)")]
    for number, text in enumerate(texts):
        write(at, text, 10 * number + 1)
        whole(at)
    for number, text in enumerate(["h = (", "h = (1", ""]):
        write(at, text, 100 + 10 * number)
        whole(at)
    assert values_of(at)["draft"] == "\n" and data(at, "editor")["text"] == ""
    for text in (texts[2], texts[1], texts[0], LSTM):
        press(at, "undo")
        assert (values_of(at)["draft"], text_of(values_of(at)["cell"])[0]) == ("", text)
        assert data(at, "editor")["text"] == text and not data(at, "editor")["typed"]
    for text in texts:
        press(at, "redo")
        assert data(at, "editor")["text"] == text


def test_a_draft_that_is_mended_is_one_step():
    at = open_page()
    for number, text in enumerate(["h = (", LEAKY]):
        write(at, text, 10 * number + 1)
        whole(at)
    press(at, "undo")
    assert values_of(at)["cell"] == FIRST and not values_of(at)["draft"]
    for number, text in enumerate(["h = (", LSTM]):  # there and back is none
        write(at, text, 10 * number + 51)
        whole(at)
    assert not at.session_state["variants"].past


def test_weights_with_jobs_stay_only_with_a_cell_state():
    at = open_page(weights="named")
    assert values_of(at)["weights"] == "named"
    send(at, "editor", "text", {"text": CELLS["gru"].equations, "id": 1})
    assert data(at, "picture")["values"]["h"]
    send(whole(at), "editor", "rest", {"text": CELLS["gru"].equations, "id": 2})
    assert values_of(whole(at))["weights"] == "random"
    assert_shows(at, values_of(at))


def test_start_from_any_cell():
    at = open_page()
    for name in CELLS:
        fine(at.selectbox(key="own.start").set_value(name).run())
        now = values_of(at)
        assert cell_named(now["cell"]).nodes == CELLS[name].nodes and not at.session_state["own.start"]
        assert data(at, "editor")["text"] == CELLS[name].equations.strip()
        assert data(at, "picture")["values"].keys() >= CELLS[name].node.keys()
    assert text_of(now["cell"])[1] == "clockwork" and cell_named(now["cell"]).periods == CELLS["clockwork"].periods


@langs
def test_what_befalls_it_is_said(lang):
    at = open_page(lang, cell=name_of(LSTM.replace("f * c_prev", "9 * c_prev"), "lstm"))
    say = words(lang)
    assert say("own.explodes", name="C", huge="1,000,000", step=9, unit=1, value="0")[:8] in at.warning[0].value
    assert len(at.warning) == 1
    at = open_page(lang, cell=name_of("h = exp(h_prev + b_h) + 1"))
    assert len(at.warning) == 2 and say("own.check_none") in [m.value for m in at.markdown]


def test_a_link_races_it():
    name = name_of(LEAKY, "lstm")
    [link] = [e.proto for e in open_page(cell=name).get("page_link") if "own." in e.proto.query_string
              and e.proto.page == "training"]
    query = dict(parse_qsl(link.query_string))
    there = visit("training", **query)
    assert not there.warning and dict(there.query_params) == query
    assert there.session_state["training"].values["cells"] == ("lstm", name)


@pytest.mark.parametrize("page", ["one_step", "sequence", "compare", "gradients"])
def test_a_link_opens_it_on_every_other_page(page):
    at = open_page(cell=name_of(LEAKY, "lstm"), T="20", H="4", seed="3", t="6", unit="1")
    now = values_of(at)
    cell = cell_named(now["cell"])
    [link] = [e.proto for e in at.get("page_link") if e.proto.page.endswith(page) and "own." in e.proto.query_string]
    query = dict(parse_qsl(link.query_string, keep_blank_values=True))
    there = visit(page, **query)
    assert not there.warning
    assert dict(there.query_params) == query  # as that page writes it, so that the way back leads here
    trace = forward(cell, parameters(cell, now), incoming(now).x[:, None])
    if page in ("one_step", "sequence"):
        for name, numbers in data(there)["values"].items():
            np.testing.assert_allclose(numbers, trace[name][6, 0], rtol=1e-12)
    elif page == "compare":
        [key] = [e.key for e in there.get("bidi_component") if e.key.startswith("picture-own.")]
        assert data(there, key)["values"].keys() >= cell.node.keys()
        assert there.session_state["compare"].values["cells"] == ("lstm", now["cell"])
    else:
        assert there.session_state["gradients"].values["look"] == now["cell"]
        sent = data(there)["values"]
        dh = np.zeros(trace.shape)
        dh[-1] = 1
        grads = backward(trace, parameters(cell, now), dh)
        assert all(value == grads[name][19, 0].tolist() for name, value in sent.items() if name in cell.node)


def test_a_name_that_holds_what_streamlit_keeps_for_itself_is_compared_too():
    name = name_of("h = tanh(W_h @ x + U_h @ h_prev + b_h) # SDNOvP", "rnn")
    assert "__" in name
    there = visit("compare", cells=f"lstm,{name}")
    assert len([e for e in there.get("bidi_component") if e.key.startswith("picture-")]) == 2


@pytest.mark.parametrize("query", [
    {"cell": "lstm"}, {"cell": "own.lstm.~x"}, {"cell": name_of("h = x")}, {"cell": "own..<b>"}, {"draft": "~AAAA"},
    {"cell": name_of("h = h_prev + __class__")}, {"draft": "h" * 5000}, {"cell": "own.lstm." + "A" * 9000},
])
def test_a_broken_link_opens_the_lstm_and_says_so(query):
    at = open_page(**query)
    assert values_of(at)["cell"] == FIRST and not values_of(at)["draft"]
    assert len(at.warning) == 1 and next(iter(query)) in at.warning[0].value
    assert_shows(at, values_of(at))


HOSTILE = ["<img src=x onerror=alert(1)>", "h = h_prev + \x00\u202e", "h" * 1_000_000, "h = \ud800", "(" * 1900,
           "h = h_prev" + "+h" * 900, "h = __import__(h)", "# " + "`" * 50 + "](javascript:alert(1))"]


def test_hostile_text_is_a_draft_and_no_more():
    at = open_page()
    for number, text in enumerate(HOSTILE):
        write(at, text, 10 * number + 1)
        whole(at)
        now = values_of(at)
        assert now["cell"] == FIRST and len(now["draft"]) <= 2000 and data(at, "editor")["mistake"]["says"]
        assert pack(now["draft"]) == at.query_params["draft"]
    for message in ({}, {"text": 5}, {"text": None, "id": 1}, {"id": 7}):
        for event in ("text", "rest"):
            send(whole(at), "editor", event, message)
    assert values_of(whole(at)) == now


def test_moving_through_time():
    at = open_page()
    send(at, "timeline", "step", {"t": 3, "id": 1})
    assert at.session_state["variants"].values["t"] == 3 and at.query_params["t"] == "3"
    assert {e.key for e in at.get("bidi_component")} == {"timeline", "picture"}
    send(whole(at), "timeline", "pick", {"t": 5, "unit": 2, "id": 2})
    assert_shows(whole(at), values_of(at))
    for message in ({"t": 10**9}, {"t": -4, "unit": -1}, {"t": "5"}, {}):
        send(whole(at), "timeline", "scrub", message | {"id": 3})
    assert values_of(whole(at))["t"] == 0


@pytest.mark.parametrize("kind", ["numpy", "torch"])
def test_code_to_take_away(kind):
    at = open_page(cell=name_of(LEAKY, "lstm"), T="4", H="2")
    assert not at.code
    fine(at.button_group(key="take").set_value(kind).run())
    script = at.code[0].value
    assert "h = o * c" in script
    if kind == "numpy":
        made = {"print": lambda *_: None}
        exec(script, made)
        now = values_of(whole(at))
        trace = forward(cell_named(now["cell"]), parameters(cell_named(now["cell"]), now), incoming(now).x[:, None])
        np.testing.assert_allclose([step["h"] for step in made["steps"]], trace["h"][:, 0], rtol=1e-12)


def test_side_by_side_the_own_cell_chosen_last_counts():
    old, new = name_of(LEAKY, "lstm"), name_of(LSTM, "lstm")
    assert one_own(("rnn", old, new)) == ("rnn", new) and one_own((old, "rnn", old)) == (old, "rnn")
    chosen = compared.change(compared.DEFAULTS | {"cells": (old, "gru")}, cells=(old, "gru", new))
    assert chosen["cells"] == ("gru", new)
    at = visit("compare", cells=f"{old},{new}")  # no page wrote this link
    assert at.warning and at.session_state["compare"].values["cells"] == compared.DEFAULTS["cells"]


@langs
def test_the_other_pages_offer_what_was_written_last_beside_what_they_show(lang):
    say, old, new = words(lang), name_of(LEAKY, "lstm"), name_of(LSTM, "lstm")
    for page, kind, field in (("sequence", "selectbox", "cell"), ("compare", "multiselect", "cells")):
        at = visit(page, lang, **{field: old})
        at.session_state["own_cell"] = new
        fine(at.run())
        box = widget(at, kind, field)
        own = say("cell.own" if kind == "selectbox" else "brief.own")
        assert box.options[-2:] == [say("cell.own_earlier"), own]


def test_the_marks_are_explained_where_there_are_any():
    apart = name_of("s = 0.9 * s_prev + W_s @ x\nh = relu(s)", "lstm")  # nothing that the LSTM does too
    for cell, marked in (("lstm", False), ("cifg", True), (apart, False), (name_of(LEAKY, "lstm"), True)):
        captions = [c.value for c in visit("one_step", cell=cell, start="random").caption]
        legend = EN("changed.legend", cell="~").split("~")
        assert any(all(part in caption for part in legend) for caption in captions) == marked, cell
