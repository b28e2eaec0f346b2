"""The page `gradients`, run as a script: what it computes, says, sends and survives, without a browser."""
import json
import re

import numpy as np
import pytest
import squares
from test_pages import component, data, field_of, fine, press, send, visible, visit, widget

from lstm_core import CELLS, backward, forward
from lstm_core.analysis import direct_path, norms
from lstm_view.fields import from_text
from lstm_view.numbers.backwards import (
    DEFAULTS,
    EVERY,
    FIELDS,
    LAST,
    PRESETS,
    change,
    compute,
    fit,
    lengths,
    paths,
    preset,
    shown_step,
    stages,
)
from lstm_view.numbers.over_time import incoming, parameters
from lstm_view.packed import pack
from lstm_view.text.numbers import amount
from lstm_view.words import LANGUAGES, words

langs = pytest.mark.parametrize("lang", LANGUAGES)
CHARTS = {"step": "chart-units", "paths": "chart-paths", "clip": "clipping", "check": None}  # view -> its own


def open_page(lang="en", **query):
    return visit("gradients", lang, **query)


def values_of(at):
    memory = at.session_state["gradients"]
    assert {k: v for k, v in at.query_params.items() if k != "lang"} == memory.url
    return memory.values


def charts(at):
    """Key -> the chart's traces, each with its numbers read."""
    found = {}
    for chart in at.get("plotly_chart"):
        key = next(key for key in ("chart-norms", *filter(None, CHARTS.values())) if chart.proto.id.endswith(key))
        traces = json.loads(chart.proto.spec)["data"]
        found[key] = [{k: squares.unpacked(v) if k in "xyz" and isinstance(v, dict) else v for k, v in trace.items()}
                      for trace in traces]
    return found


def assert_shows(at, values):
    """Every number that is drawn is the core's."""
    found, T, H = charts(at), len(incoming(values).x), values["H"]
    weights = np.zeros((T, 1, H))
    weights[{EVERY: slice(None), LAST: T - 1}.get(values["loss"], values["loss"])] = 1
    last = T - 1 if values["loss"] in (LAST, EVERY) else values["loss"]
    lines = [trace for trace in found["chart-norms"] if "lines" in trace["mode"]]
    expected = []
    for name in ("h", "c", "x"):
        for cell in values["cells"]:
            if name == "x" or name in CELLS[cell].node:
                params = parameters(CELLS[cell], values)
                trace = forward(CELLS[cell], params, incoming(values).x[:, None])
                grads = backward(trace, params, weights, values["truncate"] or None)
                expected.append(norms(grads, name)[: last + 1, 0])
                if cell == values["look"]:
                    looked = trace, grads
    assert len(lines) == len(expected)
    for line, norm in zip(lines, expected, strict=True):
        np.testing.assert_allclose(np.nan_to_num(line["y"]), norm, rtol=1e-12)
        assert list(line["x"]) == list(range(1, last + 2))
    zeros = sum(len(trace["x"]) for trace in found["chart-norms"] if trace["mode"] == "markers")
    assert zeros == sum((norm == 0).sum() for norm in expected)
    assert found.keys() == {"chart-norms", CHARTS[values["view"]]} - {None}
    {"step": assert_step, "paths": assert_paths, "clip": assert_clipped, "check": assert_checked}[values["view"]](
        at, found, values, last, *looked)


def assert_step(at, found, values, last, trace, grads):
    name, _, _ = values["select"].rpartition(".")
    np.testing.assert_array_equal(squares.values(found["chart-units"][0]), grads[name][:, 0].T)
    t = shown_step(values)
    assert data(at)["values"] == {n: grads[n][t, 0].tolist() for n in data(at)["values"]}
    assert data(at, "timeline")["t"] == t


def assert_paths(at, found, values, last, trace, grads):
    name, _, unit = values["select"].rpartition(".")
    unit = 0 if name == "x" else int(unit)
    two = paths(compute(values).run, last, unit)
    drawn = {trace["name"]: np.nan_to_num(trace["y"]) for trace in found["chart-paths"] if "lines" in trace["mode"]}
    say = words(at.query_params["lang"])
    np.testing.assert_allclose(drawn[say("gradients.full")], abs(two.full))
    assert (two.direct is None) == (values["look"] == "rnn")
    if two.direct is not None:
        direct = direct_path(trace, two.state)[last, 1 : last + 2, 0, unit]
        np.testing.assert_allclose(drawn[say("gradients.direct")], direct)


def assert_clipped(at, found, values, last, trace, grads):
    sizes = {name: np.linalg.norm(grads[name]) for name in CELLS[values["look"]].parameters}
    before, after = found["clipping"]
    assert before["x"] == list(sizes) and before["y"] == pytest.approx(list(sizes.values()))
    factor = min(1, values["clip"] / np.sqrt(sum(s**2 for s in sizes.values())))
    assert after["y"] == pytest.approx([factor * s for s in sizes.values()])


def assert_checked(at, found, values, last, trace, grads):
    cells = [CELLS[cell] for cell in values["cells"]]
    rows = sum(len(cell.parameters) + len(cell.state) + 1 for cell in cells)
    assert [len(table.value) for table in at.table][1:] == [rows] * values["check"]


@langs
def test_the_page_as_it_opens(lang):
    at, say = open_page(lang), words(lang)
    assert at.query_params == {"lang": lang} and not at.warning
    assert_shows(at, DEFAULTS)
    assert at.title[0].value == say("page.gradients")
    assert any("h_{24,u}" in m.value for m in at.markdown)
    done = compute(DEFAULTS, "rnn")
    assert any(str(amount(lengths(done)["h"][0])) in m.value for m in at.markdown)
    assert [c.proto.theme for c in at.get("plotly_chart")] and all(c.proto.alt for c in at.get("plotly_chart"))


@pytest.mark.parametrize("query", [
    {"loss": "5"}, {"loss": "every"}, {"loss": "0"}, {"truncate": "4"}, {"scale": "0"},
    *({"view": view, "loss": "5", "scale": "2.5"} for view in ("paths", "clip", "check")),
    {"view": "paths", "look": "rnn", "loss": "every", "select": "h.2"}, {"view": "paths", "loss": "0"},
    {"view": "clip", "clip": "1000", "look": "gru"}, {"view": "check", "check": "1"}, {"view": "clip", "scale": "0"},
    {"view": "paths", "cells": "clockwork", "look": "clockwork"},
    {"cells": "clockwork,fgr,mut1", "look": "fgr", "select": "f_prev.1", "t": "3"}, {"cells": "mgu", "look": "mgu"},
    {"input": "sentence", "text": pack("the cat sat on the mat"), "H": "7", "select": "h.6"},
    {"input": "series", "T": "40", "D": "3", "seed": "4"}, {"scale": "4", "T": "30", "H": "16"},
    {"cells": "lstm1997,nog", "look": "nog", "weights": "named", "select": "x.1"},
])
def test_a_link_shows_its_gradients(query):
    at = open_page(LANGUAGES[len(query) % 2], **query)
    assert not at.warning and at.query_params == query | {"lang": at.query_params["lang"]}
    assert_shows(at, values_of(at))


BROKEN = [{"loss": "99"}, {"cells": "elman"}, {"look": "mgu"}, {"t": "24"}, {"select": "h.3"}, {"stage": "gates"},
          {"clip": "0"}, {"view": "all"}, {"cell": "lstm"}, {"select": "<b>"}]


@pytest.mark.parametrize("query", BROKEN, ids=str)
def test_a_broken_link_warns_and_works(query):
    at = open_page("ko", **query)
    assert len(at.warning) == 1
    values = values_of(at)
    assert fit(values) == (values, []) and from_text(FIELDS, at.query_params) == (values, [])
    assert_shows(at, values)


def test_every_control_does_what_it_says():
    at, expected = open_page("ko"), dict(DEFAULTS)
    for kind, name, value, becomes in [
        ("slider", "loss", 9, 8), ("number_input", "truncate", 5, 5), ("number_input", "T", 30, 30),
        ("multiselect", "cells", ["gru", "lstm1997"], ("gru", "lstm1997")), ("number_input", "H", 5, 5),
        ("slider", "scale", 2.5, 2.5), ("button_group", "look", "gru", "gru"),
        ("button_group", "view", "paths", "paths"), ("button_group", "view", "clip", "clip"),
        ("number_input", "clip", 0.01, 0.01),
        ("number_input", "rate", 2.0, 2.0), ("button_group", "view", "check", "check"),
    ]:
        found = widget(at, kind, name)
        fine(found.set_value(value).run())
        expected = change(expected, **{name: becomes})
        assert values_of(at) == expected and expected[name] == becomes
        assert_shows(at, expected)
    for _ in range(12):
        press(at, "undo")
    assert values_of(at) == DEFAULTS
    assert_shows(at, DEFAULTS)
    press(at, "redo")
    assert at.query_params == {"lang": "ko", "loss": "8"}
    press(at, "reset")
    assert at.query_params == {"lang": "ko"}


def test_the_loss_sits_at_every_step_and_comes_back():
    at = open_page(loss="5")
    fine(at.toggle(key="every.False").set_value(True).run())
    assert values_of(at)["loss"] == EVERY
    assert_shows(at, values_of(at))
    assert "loss" not in map(field_of, at.slider)
    fine(at.toggle(key="every.True").set_value(False).run())
    assert values_of(at)["loss"] == LAST
    fine(widget(at, "slider", "loss").set_value(24).run())
    assert at.query_params == {"lang": "en"}  # the last step stays the last, however many there are
    fine(widget(at, "multiselect", "cells").set_value([]).run())
    assert values_of(at) == DEFAULTS  # one cell at least


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset(name):
    at = press(open_page(loss="3", truncate="2", cells="mgu", look="mgu", select="f.1"), name)
    values = values_of(at)
    assert values == change(DEFAULTS, **preset(name))
    assert_shows(at, values)
    press(at, "undo")
    assert values_of(at)["cells"] == ("mgu",)


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn", "clockwork"])
def test_the_stages_are_walked_backwards(cell):
    at = open_page(LANGUAGES[len(cell) % 2], cells=cell, look=cell, t="10")
    order = stages(CELLS[cell])
    for stage in (0, 1, len(order) - 1):
        send(at, "picture", "stage", stage)
        assert data(at)["stage"] == stage
        assert at.query_params.get("stage", "in") == order[stage]
    assert len({stage["say"] for stage in data(at)["stages"]}) == len(order)


def test_time_is_walked_and_a_square_chosen():
    at = open_page()
    send(at, "timeline", "scrub", {"t": 7, "id": 1})
    assert (data(at, "timeline")["echo"], data(at, "timeline")["t"]) == (1, 7)
    assert data(at)["values"]["h"] == compute(DEFAULTS).grads["h"][7, 0].tolist()
    assert "t" not in at.query_params and not at.get("plotly_chart")  # nothing but the timeline and the picture ran
    send(at, "timeline", "step", {"t": 8, "id": 2})
    assert at.query_params["t"] == "8"
    send(at, "picture", "select", "f.2")
    assert (at.query_params["select"], data(at)["selected"]) == ("f.2", "f.2")
    np.testing.assert_array_equal(squares.values(charts(at)["chart-units"][0]), compute(DEFAULTS).grads["f"][:, 0].T)
    assert charts(at).keys() == {"chart-units"}
    send(at, "picture", "select", "")
    send(at, "timeline", "pick", {"t": 2, "unit": 1, "id": 3})
    assert (at.query_params["select"], at.query_params["t"]) == ("f.1", "2")
    send(at, "picture", "select", "x.1")
    send(at, "timeline", "pick", {"t": 2, "unit": 2, "id": 4})
    assert at.query_params["select"] == "h.2"
    assert_shows(fine(at.run()), values_of(at))
    for nonsense in ({"t": 10**9, "id": 5}, {"t": -4, "unit": 99, "id": 6}, {"t": "x", "id": 7}, {}):
        send(at, "timeline", "pick", nonsense)
        assert fit(values_of(at)) == (values_of(at), [])
    send(at, "picture", "select", "f.99")
    assert at.query_params.get("select", "h.0") == "h.0"


@langs
def test_the_check(lang):
    at, say = open_page(lang, cells="rnn,clockwork", look="rnn", view="check"), words(lang)
    tables = len(at.table)
    press(at, "check")
    assert at.query_params["check"] == "1" and len(at.table) == tables + 1
    rows = at.table[-1].value
    assert [*rows.columns] == [say(f"gradients.check_{name}") for name in ("backward", "differences", "error")]
    assert len(rows) == len(CELLS["rnn"].parameters) + len(CELLS["clockwork"].parameters) + 2 * 2
    assert all(float(error.replace("−", "-")) < 1e-6 for error in rows.iloc[:, 2])
    fine(widget(at, "number_input", "truncate").set_value(3).run())  # live: the table follows
    assert max(float(error.replace("−", "-")) for error in at.table[-1].value.iloc[:, 2]) > 1e-3
    assert any(m.value.endswith(say("gradients.check_cut", steps=3)) for m in at.markdown)
    press(at, "check")
    assert "check" not in at.query_params and len(at.table) == tables


def test_the_forget_bias_has_a_half_life():
    at = open_page(bias="5")
    row = at.table[0].value.loc["LSTM"]
    assert row.iloc[1] == amount(np.log(0.5) / np.log(1 / (1 + np.exp(-5)))) == "103"
    assert row.iloc[0].startswith("U_f 0.")
    assert at.table[0].value.loc["RNN"].iloc[2] == "none"


def test_the_tables_and_the_code_are_taken_along():
    at = open_page(loss="6", clip="0.5")
    before = len(at.table)
    for name in ("norms", "step", "units"):
        fine(at.toggle(key=f"twin.{name}").set_value(True).run())
    assert len(at.table) == before + 3
    for view, name in (("paths", "paths"), ("clip", "clipping")):
        there = open_page(view=view)
        before = len(there.table)
        fine(there.toggle(key=f"twin.{name}").set_value(True).run())
        assert len(there.table) == before + 1
        assert [chart["key"] for chart in data(there, "saving")["charts"]] == ["chart-norms", CHARTS[view]]
    fine(at.toggle(key="torch").set_value(True).run())
    code, done = at.code[0].value, compute(values_of(at))
    assert "import torch" in code and "backward()" in code and repr(float(done.run.params["W_f"][0, 0])) in code
    assert [chart["key"] for chart in data(at, "saving")["charts"]] == ["chart-norms", "chart-units"]
    links = [link.proto.query_string for link in at.get("page_link")]
    assert "lang=en&cell=lstm&weights=random" in links


def test_the_code_is_of_what_is_shown():
    """The paths where they are shown, else the pass, cut where it is cut."""
    at = open_page(view="paths", loss="6", select="c.1", truncate="3")
    fine(at.toggle(key="torch").set_value(True).run())
    assert "every path" in at.code[0].value and "How c of unit 2 at step 7" in at.code[0].value
    fine(widget(at, "button_group", "view").set_value("step").run())
    assert "backward()" in at.code[0].value and "t % 3 == 0" in at.code[0].value


@langs
def test_the_words_are_of_one_language(lang):
    for query in ({"view": "check", "check": "1", "truncate": "3"}, {"view": "clip"}, {"view": "paths", "look": "rnn"},
                  {"cells": "clockwork,fgr", "look": "fgr", "loss": "every"}):
        texts = [text for text in visible(open_page(lang, **query)) if text]
        assert len(texts) > 40
        for text in texts:
            text = re.sub(r"`[^`]*`|\$[^$]*\$|\([^)]*\)|\*\*", "", text)
            if lang == "en":
                assert not re.search("[가-힣]", text)
            else:
                assert not re.search(r"\b[A-Za-z]{2,}(?: [A-Za-z]{2,}){2,}", text), text
            assert "{" not in text and "(는)" not in text


def test_what_comes_late_from_a_view_that_was_left_does_no_harm():
    for view in ("paths", "clip", "check"):
        at = open_page()
        states = at._tree.get_widget_states()
        message = states.widgets.add()
        message.id = f"$$STREAMLIT_INTERNAL_KEY_{component(at, 'picture').id}__events"
        message.json_trigger_value = json.dumps([{"event": "select", "value": "f.1"}])
        at.session_state["gradients"].note(view=view)
        assert at.session_state["gradients"].values["view"] == view
        fine(at._run(states))
        assert at.session_state["gradients"].values["select"] == "f.1"


def test_the_components_hear_what_the_page_answers():
    at = open_page()
    assert set(data(at)["listens"]) == {"stage", "select"}
    assert set(data(at, "timeline")["listens"]) == {"scrub", "step", "pick"}
    assert component(at, "picture") and data(at, "timeline")["runs"] == []
