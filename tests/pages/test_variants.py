"""The view `family` of the page `variants`, run as a script: what it computes, sends and survives."""
import re

import numpy as np
import pytest
from printed import read
from test_pages import data, fine, press, send, visible, visit, widget

from lstm_core import CELLS, step
from lstm_core.latex import equation
from lstm_view.diagram.family import family_map
from lstm_view.diagram.layout import layout
from lstm_view.fields import from_text
from lstm_view.numbers import backwards, compared, over_time
from lstm_view.numbers.beside import pair
from lstm_view.numbers.over_time import moment
from lstm_view.numbers.variants import DEFAULTS, FIELDS, fit
from lstm_view.telling.family import RELATIVES, parent
from lstm_view.words import LANGUAGES, words

EN = words("en")
langs = pytest.mark.parametrize("lang", LANGUAGES)
SOME = [{}, {"variant": "rnn"}, {"variant": "lstm1997", "weights": "named", "H": "3"},
        {"variant": "mgu", "beside": "clockwork", "input": "sine", "t": "5", "unit": "2", "H": "4"},
        {"variant": "fgr", "H": "8", "D": "1", "unit": "7"}, {"variant": "np", "beside": "lstm"}]


def open_page(lang="en", **query):
    return visit("variants", lang, **query)


def values_of(at):
    memory = at.session_state["variants"]
    assert {k: v for k, v in at.query_params.items() if k != "lang"} == memory.url
    return memory.values


def assert_shows(at, values, lang="en"):
    """The map, the diagram, the lines and the equations are those of the chosen cell and of the one beside it."""
    name, other = values["variant"], values["beside"] or parent(values["variant"])
    found, cell = pair(name, other, values), CELLS[name]
    sent = data(at, "family")
    assert (sent["chosen"], sent["beside"]) == (name, other)
    assert sent["wide"] == family_map(name, other, words(lang))["wide"] | {"size": [*sent["wide"]["size"]]}
    here = moment(found.chosen, values["t"])
    env, picture = step(cell, found.chosen.params, here.inputs), data(at)
    for node, numbers in picture["values"].items():
        np.testing.assert_allclose(numbers, env[node], atol=1e-12)
    new = {part["id"] for part in picture["wide"]["parts"] if part.get("new")}
    assert bool(new) == bool(other and CELLS[other].lines != cell.lines) and picture["editable"] == []
    drawn = data(at, "lines")
    assert (drawn["unit"], drawn["t"], drawn["T"]) == (values["unit"], values["t"], found.chosen.T)
    for line in (line for panel in drawn["panels"] if not panel["run"] for line in panel["lines"]):
        assert line["values"] == found.chosen.values[line["node"]][:, values["unit"]].tolist()
        has = bool(other) and line["node"] in CELLS[other].lines
        assert line["other"] == (found.other.values[line["node"]][:, values["unit"]].tolist() if has else None)
    text = "\n".join(m.value for m in at.markdown)
    assert words(lang)(f"story.{name}") in text
    for line in cell.lines:
        assert equation(cell, line).partition("=")[0] in text
    assert any(RELATIVES[name].paper.title in c.value for c in at.caption)
    assert widget(at, "selectbox", "variant").value == name


@pytest.mark.parametrize("query", SOME, ids=lambda query: query.get("variant", "default"))
@langs
def test_a_link_shows_its_cell(query, lang):
    at = open_page(lang, **query)
    values = fit(from_text(FIELDS, query)[0])[0]
    assert not at.warning
    assert values_of(at) == values
    assert_shows(at, values, lang)
    texts = [text for text in visible(at) if text not in ("English", "한국어")]
    assert not [text for text in texts if "{" in re.sub(r"\$[^$]*\$", "", text) or "(는)" in text]
    if lang == "en":
        assert not [text for text in texts if re.search("[가-힣]", text)]


@pytest.mark.parametrize("name", CELLS)
def test_every_cell_opens(name):
    lang = LANGUAGES[list(CELLS).index(name) % 2]
    assert_shows(open_page(lang, variant=name, T="4"), DEFAULTS | {"variant": name, "T": 4, "t": 3}, lang)


def test_choosing_on_the_map_goes_back_to_what_it_came_from():
    at = open_page(variant="mgu", beside="rnn")
    send(at, "family", "choose", {"name": "nig"})
    assert_shows(at, DEFAULTS | {"variant": "nig"})
    assert values_of(at) == DEFAULTS | {"variant": "nig"}
    press(at, "undo")
    assert values_of(at) == DEFAULTS | {"variant": "mgu", "beside": "rnn"}
    press(at, "redo")
    assert values_of(at) == DEFAULTS | {"variant": "nig"}


@pytest.mark.parametrize("message", [{}, {"name": "grid"}, {"name": "<b>"}, {"name": 3}, {"what": "else"}])
def test_a_message_that_makes_no_sense(message):
    at = open_page()
    send(at, "family", "choose", message)
    assert values_of(at) == DEFAULTS
    send(at, "timeline", "step", {"t": 10**9, "unit": "x", "id": 3})
    assert values_of(fine(at.run())) == DEFAULTS | {"t": 23}


def test_choosing_from_the_lists():
    at = open_page()
    fine(widget(at, "selectbox", "beside").set_value("gru").run())
    assert_shows(at, DEFAULTS | {"beside": "gru"})
    assert "peephole" not in widget(at, "selectbox", "beside").options
    fine(widget(at, "selectbox", "variant").set_value("gru").run())  # beside itself would say nothing
    assert values_of(at)["variant"] == "gru" and data(at, "family")["beside"] == "lstm"
    fine(widget(at, "selectbox", "beside").set_value("").run())
    assert values_of(at) == DEFAULTS | {"variant": "gru"}


def test_time_moves_the_diagram_and_no_more():
    at = open_page()
    send(at, "timeline", "scrub", {"t": 20, "id": 5})
    found = pair("peephole", "lstm", DEFAULTS)
    assert data(at)["values"]["h"] == found.chosen.values["h"][20].tolist()
    assert data(at, "timeline")["echo"] == 5 and "t" not in at.query_params
    assert "lines" not in [e.key for e in at.get("bidi_component")]  # it follows by itself
    send(at, "timeline", "pick", {"t": 3, "unit": 2, "id": 6})
    assert values_of(at) == DEFAULTS | {"t": 3, "unit": 2}
    assert_shows(fine(at.run()), DEFAULTS | {"t": 3, "unit": 2})


def test_what_is_marked_is_what_differs_from_the_one_beside():
    drawings = []
    for beside in ("", "gru", "lstm1997"):
        at = open_page(variant="lstm", beside=beside) if beside else open_page(variant="lstm")
        picture = data(at)
        drawings.append((picture["key"], {p["id"] for p in picture["wide"]["parts"] if p.get("new")}))
    assert drawings[0][1] == drawings[2][1] != drawings[1][1]  # it came from the LSTM of 1997
    assert drawings[0][0] != drawings[1][0]  # else it would not be drawn anew
    assert not any(p.get("ghost") for p in layout(CELLS["lstm"], 2, 3)["parts"])  # and the cell itself stays as it is


@langs
def test_the_tables(lang):
    at = open_page(lang, variant="cifg", T="5")
    for key in ("family", "changes", "lines"):
        fine(at.toggle(key=f"twin.{key}").set_value(True).run())
    at = fine(at.run())  # the last stands in a fragment, which ran alone
    tree, changed, lines = (table.value for table in at.table)
    assert len(tree) == len(RELATIVES) and changed.loc["i"].iloc[1].replace("\\", "") == "1 - f"
    found = pair("cifg", "lstm", values_of(at))
    columns = [run.values[node][:, 0] for run in (found.chosen, found.other) for node in run.trace.cell.lines]
    assert lines.shape == (5, 12)
    shown = lines.map(read).to_numpy().T
    assert all(np.abs(shown - column).max(1).min() < 1e-6 for column in columns)


def test_the_code_of_each_and_the_way_to_the_other_pages():
    at = open_page(variant="mut1", seed="4", H="5", t="6")
    fine(at.toggle(key="torch").set_value(True).run())
    assert "mut1" in at.code[0].value
    [choice] = [g for g in at.get("button_group") if g.key and g.key.startswith("code.")]
    fine(choice.set_value("gru_v1").run())
    assert "gru_v1" in at.code[0].value
    links = {link.page.rpartition("/")[2]: dict(part.split("=", 1) for part in link.query_string.split("&"))
             for link in (e.proto for e in at.get("page_link")) if "=" in link.query_string.replace("lang=en", "")}
    assert from_text(over_time.SEQUENCE, links["sequence"])[0]["cell"] == "mut1"
    assert links["sequence"]["seed"] == "4" and links["sequence"]["t"] == "6"
    assert links["one_step"]["start"] == "moment" and links["one_step"]["at"] == "6"
    for page, fields in (("compare", compared.FIELDS), ("gradients", backwards.FIELDS)):
        query = {name: text.replace("%2C", ",") for name, text in links[page].items()}
        assert from_text(fields, query)[0]["cells"] == ("mut1", "gru_v1")


def test_the_sequence_page_shows_the_same_run():
    at = open_page(variant="clockwork", seed="2", t="4")
    run = pair("clockwork", "rnn", values_of(at)).chosen
    link = next(e.proto for e in at.get("page_link") if "sequence" in e.proto.page and "cell=" in e.proto.query_string)
    query = dict(part.split("=", 1) for part in link.query_string.split("&") if not part.startswith("lang"))
    there = over_time.compute(over_time.fit(from_text(over_time.SEQUENCE, query)[0])[0])
    np.testing.assert_array_equal(there.values["h"], run.values["h"])


def test_a_link_that_makes_no_sense_says_so():
    at = open_page(variant="elman", beside="grid", view="tree", t="-1")
    [warning] = at.warning
    assert all(f"`{part}`" in warning.value for part in ("variant=elman", "beside=grid", "view=tree", "t=-1"))
    assert values_of(at) == DEFAULTS
