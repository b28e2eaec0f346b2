"""The page `compare`, run as a script: what it computes, sends and survives, without a browser."""
import json
import re
from urllib.parse import unquote

import numpy as np
import pytest
from printed import read
from test_pages import component, data, fine, press, send, visible, visit, widget

from lstm_core import CELLS, step
from lstm_core.counts import parameter_count
from lstm_view.fields import from_text
from lstm_view.numbers.compared import DEFAULTS, FIELDS, NETS, brief, compute, fit, hidden_sizes, influence
from lstm_view.numbers.costs import CAREFUL, QUICK
from lstm_view.numbers.over_time import moment
from lstm_view.text.numbers import count
from lstm_view.words import LANGUAGES, words

langs = pytest.mark.parametrize("lang", LANGUAGES)


def open_page(lang="en", **query):
    return visit("compare", lang, **query)


def values_of(at):
    memory = at.session_state["compare"]
    assert {k: v for k, v in at.query_params.items() if k != "lang"} == memory.url
    return memory.values


def pictures(at):
    """Key -> what each picture is sent."""
    keys = [e.key for e in at.get("bidi_component") if e.key.startswith("picture-")]
    return {key.removeprefix("picture-"): data(at, key) for key in keys}


def assert_shows(at, values):
    """Every picture stands at the page's step with the core's numbers, cell for cell."""
    runs, found = compute(values), pictures(at)
    ways = {f"{run.name}-{k}": way for run in runs for k, way in enumerate(run.ways)}
    assert list(found) == list(ways)
    for key, way in ways.items():
        now = moment(way, values["t"])
        env = step(way.cell, way.params, now.inputs)
        sent = found[key]["values"]
        assert sent.keys() == {*now.inputs, *way.cell.node}
        for name, numbers in sent.items():
            np.testing.assert_allclose(numbers, env[name], atol=1e-12)
        assert found[key]["editable"] == []
    timeline = data(at, "timeline")
    assert (timeline["t"], timeline["unit"], timeline["T"]) == (values["t"], values["unit"], ways[key].T)


def charts(at):
    """Key -> (traces, the sentence that describes them)."""
    return {re.search(r"chart-\w+$", e.proto.id)[0]: (json.loads(e.proto.spec)["data"], e.proto.alt)
            for e in at.get("plotly_chart")}


@pytest.mark.parametrize("query", [
    {}, {"cells": "lstm,bilstm,clockwork,fgr", "equal": "count", "H": "5", "bands": "all", "t": "3"},
    {"cells": "gru", "T": "2", "D": "1", "H": "1"}, {"cells": "np,bilstm", "weights": "named", "input": "impulse"},
    {"cells": "mut1,mut2,mut3,mgu", "input": "series", "of": "now", "t": "50", "T": "128", "D": "6", "H": "16"},
    {"cells": "fgr,rnn", "equal": "count", "H": "16", "unit": "15", "scale": "3", "seed": "7"},
])
@langs
def test_a_link_shows_its_cells(query, lang):
    at = open_page(lang, **query)
    values = fit(from_text(FIELDS, query)[0])[0]
    assert not at.warning
    assert values_of(at) == values
    assert_shows(at, values)
    say = words(lang)
    table = at.table[0].value
    assert list(table.columns) == [brief(name, say) for name in values["cells"]]
    counts = [parameter_count(NETS[name], values["D"], H)
              for name, H in zip(values["cells"], hidden_sizes(values), strict=True)]
    assert [read(text.rpartition(" = ")[2]) for text in table.loc[say("cost.parameters")]] == counts
    alone = say("compare.sized", cell=brief(values["cells"][0], say), count=count(counts[0]), H=values["H"])
    begins = say("compare.same_named")[:10] if len(counts) > 1 else alone
    stated = next(m.value for m in at.markdown if m.value.startswith(begins))
    assert all(str(count(learned)) in stated for learned in counts)
    drawn = charts(at)
    assert drawn.keys() == {"chart-states", "chart-influence"}
    partly = [way for run in compute(values) for way in run.ways if way.H > 6]
    assert [c.value for c in at.caption if c.value in {say("gradients.window", units=way.H) for way in partly}] == [
        say("gradients.window", units=way.H) for way in partly]
    assert len(drawn["chart-influence"][0]) == len(values["cells"])
    assert all(alt and "**" not in alt for _, alt in drawn.values())


@langs
def test_everything_is_in_one_language(lang):
    at = open_page(lang, cells="rnn,bilstm,peephole", input="sine")
    texts = [*visible(at), *at.table[0].value.to_numpy().ravel(), *at.table[0].value.index]
    texts = [text for text in texts if text not in ("English", "한국어")]
    assert not [text for text in texts if "{" in re.sub(r"\$.*?\$", "", text) or "(는)" in text]
    if lang == "en":
        assert not [text for text in texts if re.search("[가-힣]", text)]
    else:
        plain = (re.sub(r"\$[^$]*\$|`[^`]*`|\([^)]*\)", "", text) for text in texts)
        assert not [text for text in plain if re.search(r"\b[A-Za-z]{2,}(?: [A-Za-z]{2,}){2,}", text)]


# --- moving through time


def test_scrubbing_moves_every_picture_and_no_chart():
    at = open_page()
    send(at, "timeline", "scrub", {"t": 20, "id": 5})
    assert_shows(at, DEFAULTS | {"t": 20})
    assert data(at, "timeline")["echo"] == 5
    assert charts(at) == {}  # none was sent again
    assert "t" not in at.query_params  # still moving
    send(at, "timeline", "step", {"t": 20, "id": 6})
    assert data(at, "timeline")["echo"] == 6
    assert pictures(at) == {}  # they stand there already
    assert values_of(at) == DEFAULTS | {"t": 20}
    fine(at.run())
    assert_shows(at, DEFAULTS | {"t": 20})
    assert not buttons(at)["undo"]  # where one looks is no step of its own


def buttons(at):
    return {b.key.removeprefix("button."): not b.disabled for b in at.button}


def test_a_step_that_was_not_shown_before():
    at = open_page(of="now")
    before = charts(at)
    send(at, "timeline", "step", {"t": 15, "id": 9})
    assert_shows(at, DEFAULTS | {"t": 15, "of": "now"})
    after = charts(at)
    assert after.keys() == {"chart-influence"} and after["chart-influence"] != before["chart-influence"]
    assert "step 16" in " ".join(m.value for m in at.markdown)


def test_a_square_picks_a_step_and_a_unit():
    at = open_page(H="9")
    send(at, "timeline", "pick", {"t": 3, "unit": 8, "id": 2})
    assert values_of(at) == DEFAULTS | {"H": 9, "t": 3, "unit": 8}
    assert all(sent["unit"] == 8 and sent["first"]["h"] == 3 for sent in pictures(at).values())


@pytest.mark.parametrize("message", [
    {}, {"t": "3"}, {"t": None, "unit": 1.5}, {"t": -4}, {"t": 10**9, "unit": 10**9}, {"id": 1, "what": "else"}])
def test_a_message_that_makes_no_sense(message):
    at = open_page()
    send(at, "timeline", "step", message)
    values = at.session_state["compare"].values
    assert fit(values) == (values, [])
    assert_shows(fine(at.run()), values)


# --- controls


def test_choosing_cells():
    at = open_page()
    fine(widget(at, "multiselect", "cells").set_value(["mgu", "bilstm"]).run())
    assert values_of(at)["cells"] == ("mgu", "bilstm")
    assert list(pictures(at)) == ["mgu-0", "bilstm-0", "bilstm-1"]
    fine(widget(at, "multiselect", "cells").set_value([]).run())
    assert values_of(at)["cells"] == ("mgu", "bilstm")
    assert widget(at, "multiselect", "cells").value == ["mgu", "bilstm"]
    press(at, "undo")
    assert values_of(at) == DEFAULTS
    press(at, "redo")
    assert values_of(at)["cells"] == ("mgu", "bilstm")


def test_equal_parameters_and_back():
    at = open_page(cells="lstm,rnn")
    equal = widget(at, "button_group", "equal")
    fine(equal.set_value("count").run())
    assert values_of(at)["equal"] == "count"
    assert [len(sent["values"]["h"]) for sent in pictures(at).values()] == [3, 7]
    press(at, "reseed")
    values = values_of(at)
    assert values["seed"] == 1 and values["equal"] == "count"
    assert_shows(at, values)


def test_a_link_that_makes_no_sense_says_so():
    at = open_page(cells="lstm,elman", equal="both", t="-1", weights="named")
    [warning] = at.warning
    assert all(f"`{part}`" in warning.value for part in ("cells=lstm,elman", "equal=both", "t=-1"))
    assert values_of(at) == DEFAULTS  # and an RNN knows no named weights


# --- tables, files, code


def test_the_tables_behind_the_charts():
    at = open_page(cells="lstm,bilstm", T="5", H="2")
    for key in ("states", "influence"):
        fine(at.toggle(key=f"twin.{key}").set_value(True).run())
    states, strengths, _ = (table.value for table in at.table)
    runs = compute(values_of(at))
    assert states.shape == (5, 4 + 8)
    assert [read(v) for v in states["LSTM C 1"]] == pytest.approx(runs[0].ways[0].values["c"][:, 0], abs=1e-6)
    assert [read(v) for v in strengths.iloc[:, 1]] == pytest.approx(influence(runs[1], 4), abs=1e-6)
    files = {e.key for e in at.get("download_button")}
    assert {"csv.states", "csv.influence", "csv.costs"} <= files


def test_measuring_longer():
    at = open_page(cells="rnn", T="4")
    assert f"{QUICK} runs" in caption(at)
    press(at, "measure")
    assert f"{CAREFUL} runs" in caption(at) and not buttons(at)["measure"]
    assert [h.value for h in at.header] == [words("en")("cost.heading"), words("en")("folk.heading")]
    fine(at.run())
    assert f"{CAREFUL} runs" in caption(at)
    fine(widget(at, "number_input", "H").set_value(4).run())
    assert f"{QUICK} runs" in caption(at) and buttons(at)["measure"]


def caption(at):
    return next(c.value for c in at.caption if "microseconds" in c.value or " runs over " in c.value)


@pytest.mark.parametrize("cells", ["gru", "bilstm"])
def test_the_code_of_each_direction(cells):
    at = open_page(cells=cells, T="4")
    assert not at.code
    fine(at.toggle(key="torch").set_value(True).run())
    [code] = at.code
    assert "import torch" in code.value and f"{brief(cells, words('en'))} ←" not in code.value
    x = compute(values_of(at))[0].ways[0].sequence.x
    assert xs_of(code.value) == x.tolist() and "h of step 4 by x" in code.value
    if cells == "bilstm":
        [choice] = [g for g in at.get("button_group") if g.key and g.key.startswith("code.")]
        fine(choice.set_value("bilstm-1").run())
        assert xs_of(at.code[0].value) == x[::-1].tolist() and "h of step 1 by x" in at.code[0].value


def xs_of(text):
    rows = re.search(r"xs = tensor\(\[\n(.*?)\n\]\)", text, re.DOTALL)[1]
    return [json.loads(row.strip().rstrip(",")) for row in rows.splitlines()]


def test_the_way_to_each_cell_alone():
    at = open_page(cells="lstm,rnn,bilstm", equal="count", H="4", seed="5")
    links = [e.proto for e in at.get("page_link")]
    alone = [link for link in links if "sequence" in link.page and "cell=" in link.query_string]
    assert len(alone) == 2  # the bidirectional one has no page of its own
    assert "cell=lstm" in alone[0].query_string and "H=4" in alone[0].query_string
    assert "cell=rnn" in alone[1].query_string and "H=9" in alone[1].query_string
    assert any("gradients" in link.page and "cells=lstm,rnn&" in unquote(link.query_string + "&") for link in links)
    assert all("weights=random" in link.query_string and "seed=5" in link.query_string for link in alone)


def test_every_cell_has_a_page():
    for k in range(0, len(CELLS), 4):
        names = list(CELLS)[k : k + 4]
        assert_shows(open_page(cells=",".join(names)), fit(DEFAULTS | {"cells": tuple(names)})[0])
    assert component(open_page(cells="bilstm"), "picture-bilstm-1")
