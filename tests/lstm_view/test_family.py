import json
import re
from itertools import combinations

import numpy as np
import pytest

from lstm_core import CELLS, forward, init_params
from lstm_core.tasks import TASKS
from lstm_view.diagram.family import BOX_OF, BOXES, family_map
from lstm_view.incoming.sequences import Sequence
from lstm_view.numbers.beside import Pair, apart, common, explosion, pair, remembered
from lstm_view.numbers.compared import influence
from lstm_view.numbers.compared import run as net_run
from lstm_view.numbers.over_time import SETUP, incoming, parameters
from lstm_view.numbers.over_time import run as run_cell
from lstm_view.telling.contrast import span
from lstm_view.telling.family import KINDS, RELATIVES, called, cited, parent, reference, says, table
from lstm_view.telling.narrate_pair import alone, parted, shared
from lstm_view.text.numbers import amount
from lstm_view.words import LANGUAGES, plain, words

EN = words("en")
VALUES = {f.name: f.default for f in SETUP}
each = pytest.mark.parametrize("name", CELLS)
langs = pytest.mark.parametrize("lang", LANGUAGES)


def box_of(node):
    return node["x"], node["y"], node["x"] + node["width"], node["y"] + node["height"]


# --- the data


def test_every_cell_of_the_zoo_is_a_relative():
    assert {name for name, relative in RELATIVES.items() if relative.is_cell} == CELLS.keys()
    assert RELATIVES.keys() - CELLS.keys() == {"bidirectional", "grid", "depth_gated"}


@pytest.mark.parametrize("name", RELATIVES)
def test_each_comes_from_one_that_was_there(name):
    relative = RELATIVES[name]
    assert relative.kind in KINDS and relative.how in ("change", "idea", "")
    assert bool(relative.parent) == bool(relative.how) == (name != "rnn")
    if relative.parent:
        assert RELATIVES[relative.parent].is_cell and RELATIVES[relative.parent].year <= relative.year
    assert str(relative.year) in relative.paper.venue


def test_what_is_said_to_be_a_change_is_an_edit():
    for name, relative in RELATIVES.items():
        base = name in CELLS and CELLS[name].base
        if base and relative.how == "change" and relative.parent != "lstm1997":
            assert base.name == relative.parent or {name, relative.parent} == {"gru_v1", "gru"}


def test_years_that_are_known():
    years = {"rnn": 1990, "lstm1997": 1997, "bidirectional": 1997, "lstm": 1999, "peephole": 2000, "gru": 2014,
             "gru_v1": 2014, "clockwork": 2014, "nig": 2015, "cifg": 2015, "mut1": 2015, "grid": 2015, "mgu": 2016}
    assert {name: RELATIVES[name].year for name in years} == years
    assert RELATIVES["lstm"].paper.doi == "10.1049/cp:19991218"  # ICANN '99, a year before Neural Computation 12(10)


def test_what_is_cited_is_in_the_language_of_the_page():
    text = "Gers et al. 2000, section 3.2"
    assert cited(text, EN) == text and cited(text, words("ko")) == "Gers 등 2000, 3.2절"
    for task in TASKS.values():
        assert not re.search("section|et al", cited(task.reference, words("ko")))


def test_no_year_is_later_than_what_is_known_of_its_paper():
    for relative in RELATIVES.values():
        printed = [int(year) for year in re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", relative.paper.venue)]
        on_arxiv = [2000 + int(relative.paper.arxiv[:2])] if relative.paper.arxiv else []
        assert relative.year == min(printed + on_arxiv), relative.name


def test_a_reference_links_to_where_it_can_be_read():
    text = reference(RELATIVES["nfg"].paper)
    assert "(https://arxiv.org/abs/1503.04069)" in text and "(https://doi.org/10.1109/TNNLS.2016.2582924)" in text
    assert "http" not in reference(RELATIVES["mut1"].paper)
    assert not any(".." in reference(relative.paper) for relative in RELATIVES.values())


@langs
def test_each_is_told_of(lang):
    say = words(lang)
    for name, relative in RELATIVES.items():
        text = says(relative, say)
        assert cited(relative.paper.cite, words(lang)) in text and str(relative.year) in text and "{" not in text
        if relative.parent:
            assert called(relative.parent, say) in text
        if relative.is_cell:
            assert len(say(f"story.{name}")) > 60
    assert len(table(say)) == len(RELATIVES)


# --- the map


@pytest.mark.parametrize("form", ["wide", "narrow"])
def test_nothing_stands_on_anything_else(form):
    drawing = family_map("lstm", "lstm1997", EN)[form]
    width, height = drawing["size"]
    assert drawing["nodes"].keys() == RELATIVES.keys() and drawing["boxes"].keys() == BOXES.keys()
    for node in (*drawing["nodes"].values(), *drawing["boxes"].values()):
        left, top, right, bottom = box_of(node)
        assert 0 <= left < right <= width and 0 <= top < bottom <= height
    for (one, a), (other, b) in combinations(drawing["nodes"].items(), 2):
        (la, ta, ra, ba), (lb, tb, rb, bb) = box_of(a), box_of(b)
        assert ra <= lb or rb <= la or ba <= tb or bb <= ta, (one, other)
    for name, box in BOX_OF.items():
        (la, ta, ra, ba), (lb, tb, rb, bb) = box_of(drawing["nodes"][name]), box_of(drawing["boxes"][box])
        assert lb <= la and ra <= rb and tb <= ta and ba <= bb


def test_years_are_where_their_nodes_are():
    data = family_map("lstm", "", EN)
    for band in data["wide"]["years"]:
        inside = [name for name, node in data["wide"]["nodes"].items()
                  if band["x"] <= node["x"] and node["x"] + node["width"] <= band["x"] + band["width"]]
        assert {RELATIVES[name].year for name in inside} == {band["year"]}
    down = sorted(data["narrow"]["nodes"], key=lambda name: data["narrow"]["nodes"][name]["y"])
    years = [RELATIVES[name].year for name in down]
    assert years == sorted(years)


@pytest.mark.parametrize("form", ["wide", "narrow"])
def test_a_line_leads_to_every_relative_from_what_it_came_from(form):
    drawing = family_map("lstm", "", EN)[form]
    led = {}
    for edge in drawing["edges"]:
        for name in BOXES.get(edge["to"], (edge["to"],)):
            if RELATIVES[name].parent == edge["from"]:
                led[name] = led.get(name, 0) + 1
                assert edge["how"] == RELATIVES[name].how
    assert led == {name: 1 for name in RELATIVES if name != "rnn"}
    assert all(edge["path"].startswith("M") and "nan" not in edge["path"] for edge in drawing["edges"])


@langs
def test_what_the_map_is_sent(lang):
    data = family_map("mgu", "gru_v1", words(lang))
    assert json.loads(json.dumps(data, allow_nan=False))["nodes"] == data["nodes"]
    assert (data["chosen"], data["beside"]) == ("mgu", "gru_v1")
    assert len({node["label"] for node in data["nodes"].values()}) == len(RELATIVES)
    assert {kind["kind"] for kind in data["kinds"]} == {node["kind"] for node in data["nodes"].values()} == set(KINDS)
    assert [name for name, node in data["nodes"].items() if node["link"]] == [
        name for name, relative in RELATIVES.items() if not relative.is_cell]


# --- two cells on the same input


@each
@pytest.mark.parametrize("given", [{}, {"weights": "named"}, {"H": 4, "D": 1, "T": 9, "bias": 2.0, "scale": 0.5}])
def test_what_both_have_has_the_same_values(name, given):
    values, other = VALUES | given, parent(name) or "gru"
    if values["weights"] == "named" and "c" not in CELLS[name].state:
        values["weights"] = "random"
    found = pair(name, other, values)
    x = incoming(values).x[:, None]
    own = forward(CELLS[name], parameters(CELLS[name], values), x)
    for node in CELLS[name].lines:  # the chosen cell's run is that of the other pages
        np.testing.assert_array_equal(found.chosen.values[node], own[node][:, 0])
    both = common(CELLS[name], CELLS[other])
    for param in both:
        np.testing.assert_array_equal(found.other.params[param], found.chosen.params[param])
    again = forward(CELLS[other], found.other.params, x)
    np.testing.assert_array_equal(found.other.values["h"], again["h"][:, 0])
    if values["weights"] == "random" and not given:
        own = init_params(CELLS[other], values["D"], values["H"], values["seed"])
        assert found.took == any((own[param] != found.other.params[param]).any() for param in own)
        drawn = init_params(CELLS[other], values["D"], values["H"], values["seed"])
        for param in drawn.keys() - set(both):
            np.testing.assert_array_equal(found.other.params[param], drawn[param])


def test_what_is_drawn_first_would_differ_between_cells():
    lstm, older = (init_params(CELLS[name], 2, 3) for name in ("lstm", "lstm1997"))
    assert (lstm["W_i"] != older["W_i"]).any()  # which is why the second takes the first's


def test_the_first_of_all_stands_alone():
    assert pair("rnn", "", VALUES).other is None and parent("rnn") == ""


def test_how_far_apart_is_the_norm_of_the_difference():
    found = pair("lstm", "gru", VALUES)
    gap = found.chosen.values["h"] - found.other.values["h"]
    np.testing.assert_allclose(apart(found), np.sqrt((gap**2).sum(1)))
    assert apart(pair("np", "lstm", VALUES)).max() == 0


@each
def test_what_is_remembered_is_that_of_the_page_compare(name):
    values = VALUES | {"T": 10}
    strengths = influence(net_run(name, values, 3), 9)
    far = [9 - k for k in range(10) if strengths[k] >= 0.01 * strengths.max()]
    assert remembered(pair(name, "", values).chosen) == max(far)


@langs
def test_the_two_in_sentences(lang):
    say = words(lang)
    found = pair("lstm1997", "rnn", VALUES)
    gap, text = apart(found), parted(found, "AA", "BB", say)
    assert f"{gap[-1]:.3g}" in text and f"{gap.max():.3g}" in text and str(gap.argmax() + 1) in text
    far = {"AA": remembered(found.chosen), "BB": remembered(found.other)}
    assert far["AA"] != far["BB"]
    first, second = sorted(far, key=far.get, reverse=True)
    assert text.endswith(say("pair.longer", cell=first, other=second, far=span(far[first], say),
                             near=span(far[second], say)))
    assert parted(pair("np", "lstm", VALUES), "AA", "BB", say) == say("pair.alike")
    drawn = {"weights": "random", "seed": 3}
    assert "W" in shared(found, ["W_h"], "AA", "BB", drawn, say) and "3" in shared(found, [], "AA", "BB", drawn, say)
    only = alone(pair("lstm", "cifg", VALUES), "AA", "BB", say)
    assert only == ""
    only = alone(pair("mgu", "gru_v1", VALUES), "AA", "BB", say)
    assert "f" in only and "z" in only and "AA" in only and "BB" in only


@langs
def test_which_remembers_longer_is_not_asked_where_a_sensitivity_explodes(lang):
    say, found = words(lang), pair("lstm", "rnn", VALUES | {"T": 40, "H": 8, "scale": 4.0})
    times, earlier = explosion(found.other)
    assert explosion(found.chosen) is None and times > 10
    text = parted(found, "AA", "BB", say)
    assert text.endswith(say("pair.explodes", cell="BB", times=amount(times), earlier=earlier + 1))
    assert say("pair.longer", cell="AA", other="BB", far="", near="")[:12] not in text


@langs
def test_weights_that_were_chosen_are_not_said_to_be_drawn_from_a_seed(lang):
    say, now = words(lang), VALUES | {"weights": "named", "D": 2, "H": 3, "seed": 7}
    for name, other, drawn in (("peephole", "lstm", False), ("lstm1997", "rnn", True), ("lstm", "mgu", True)):
        found = pair(name, other, now)
        names = common(found.chosen.cell, found.other.cell)
        text = shared(found, names, "AA", "BB", now, say)
        assert ("7" in text.replace("1997", "")) == drawn
        assert all(plain(param) in text for param in names)


def test_of_runs_that_part_late_the_step_is_told():
    x = np.zeros((6, 2))
    x[3] = 1  # until then both are at rest: nothing in, no bias
    params = {name: np.zeros_like(v) if name.startswith("b") else v
              for name, v in init_params(CELLS["rnn"], 2, 3).items()}
    twice = params | {"W_h": 2 * params["W_h"]}
    runs = [run_cell(CELLS["rnn"], own, Sequence(x)) for own in (params, twice)]
    assert "part at step 4" in parted(Pair(*runs), "a", "b", EN)
