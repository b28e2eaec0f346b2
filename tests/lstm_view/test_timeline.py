import json

import numpy as np
import pytest

from lstm_core import CELLS
from lstm_view.diagram.timeline import carried, inside, timeline
from lstm_view.numbers.addresses import clampable
from lstm_view.numbers.over_time import DEFAULTS, compute, fit
from lstm_view.words import LANGUAGES, words

KO = words("ko")


def run(**given):
    return compute(fit(DEFAULTS | given)[0])


@pytest.mark.parametrize("cell", CELLS)
def test_every_number_of_the_chain_is_the_traces(cell):
    found = run(cell=cell, weights="random", input="sine", T=11, D=3, H=4)
    sent = timeline({"one": found}, 5, 2, KO)
    assert json.loads(json.dumps(sent, allow_nan=False))["runs"] == sent["runs"]  # what a browser reads
    [chain] = sent["runs"]
    assert set(chain["values"]) == {*inside(CELLS[cell]), *carried(CELLS[cell])}
    for node, values in chain["values"].items():
        assert values == found.trace[node][:, 0, 2].tolist()
        assert all(chain[of][node] for of in ("symbols", "names", "rolesOf", "scalesOf"))
    assert [strip["values"] for strip in sent["inputs"]] == found.sequence.x.T.tolist()
    assert all(strip["other"] is None and strip["reach"] >= np.abs(strip["values"]).max() for strip in sent["inputs"])
    assert (chain["other"], chain["forced"], sent["T"], sent["t"], sent["unit"], sent["units"]) == ({}, {}, 11, 5, 2, 4)
    assert chain["carried"][-1] == "h" and ("c" in chain["carried"]) == ("c" in CELLS[cell].state)


@pytest.mark.parametrize("cell", ["lstm", "gru", "clockwork", "fgr"])
def test_the_what_if_is_sent_where_it_differs_and_what_is_forced_is_marked(cell):
    node = clampable(CELLS[cell])[0]
    found = run(cell=cell, weights="random", T=12, D=2, H=3, what={"x.6.1": 2.5},
                clamp={f"{node}.1@3-5": 0.5, f"{node}.*@9-9": 0.25})
    for unit, forced in ((0, [9]), (1, [3, 4, 5, 9])):
        sent = timeline({cell: found}, 0, unit, KO)
        [chain] = sent["runs"]
        assert chain["forced"] == {node: forced}
        assert chain["other"][node] == found.other[node][:, unit].tolist()
        assert chain["other"][node][9] == 0.25
        differing = {n for n in chain["values"] if (found.other[n][:, unit] != found.values[n][:, unit]).any()}
        assert set(chain["other"]) == differing
        assert [strip["other"] is None for strip in sent["inputs"]] == [True, False]
        assert sent["inputs"][1]["other"][6] == 2.5 and sent["inputs"][1]["reach"] == 2.5


def test_several_chains_have_a_unit_each_has():
    many, few = run(weights="random", H=8), run(cell="gru", H=2)
    sent = timeline({"a": many, "b": few}, 3, 6, KO)
    assert [(chain["key"], chain["unit"]) for chain in sent["runs"]] == [("a", 6), ("b", 1)]
    assert sent["units"] == 8
    assert sent["runs"][1]["values"]["h"] == few.values["h"][:, 1].tolist()


def test_a_strip_reaches_as_far_as_its_numbers():
    own = ((0.5, -3.0, 0.0), (0.25, 1.0, 0.0))
    assert [s["reach"] for s in timeline({"": run(input="own", own=own)}, 0, 0, KO)["inputs"]] == [1, 3, 1]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_labels_and_names_are_sent_as_text(lang):
    text = "<b>열쇠</b> $x$ שלום 👩‍👩‍👧"
    sent = timeline({"": run(input="sentence", text=text)}, 0, 0, words(lang), drawable=True)
    assert sent["labels"] == text.split() and sent["drawable"] and sent["lang"] == lang
    assert all(strip["name"] == "" for strip in sent["inputs"])
    named = run(input="own", own=((1.0,), (2.0,)), columns=(("<i>", 0.0, 1.0),))
    assert [s["name"] for s in timeline({"": named}, 0, 0, words(lang))["inputs"]] == ["<i>"]
    series = timeline({"": run(input="series", T=9, D=3)}, 0, 0, words(lang))
    assert [s["name"] for s in series["inputs"]] == ["GOOG", "AAPL", "AMZN"] and len(series["labels"]) == 9
