import json
import re
from pathlib import Path

import numpy as np
import pytest
from test_depth import nets, values

from lstm_view.diagram.component import ITS_OWN, _source
from lstm_view.diagram.lattice import lattice
from lstm_view.numbers.depth import compute, moment, net_of
from lstm_view.telling.names import symbol, title
from lstm_view.words import LANGUAGES, words

ROOT = Path(__file__).parents[2]
SCRIPT = (ROOT / "assets" / "diagram" / "lattice.js").read_text(encoding="utf-8")
langs = pytest.mark.parametrize("lang", LANGUAGES)


def sent(name, lang="ko", layer=1, t=2, unit=3, **more):
    found = compute(values(name, **more))
    return found, lattice(found, layer, t, unit, words(lang))


@nets
def test_every_number_of_the_lattice_is_the_traces(name):
    found, data = sent(name)
    assert json.loads(json.dumps(data, allow_nan=False))["layers"] == data["layers"]
    assert data["x"] == found.sequence.x.T.tolist()
    for k, layer in enumerate(data["layers"]):
        drawn = {*data["boxed"], *data["time"], *data["depth"], *(data["entry"] if k == 0 else []),
                 *(data["gate"] if k else [])}
        assert set(layer["values"]) == drawn
        for node, row in layer["values"].items():
            assert row == found.trace[found.first + k][node][:, 0, 3].tolist()
    assert (data["T"], data["t"], data["layer"], data["unit"], data["units"]) == (7, 2, 1, 3, 4)


def test_what_stands_in_a_node_and_what_on_the_ways_out_of_it():
    stacked, gated, grid = (sent(name)[1] for name in ("stacked", "depth_gated", "grid"))
    assert stacked["boxed"] == gated["boxed"] == ["c", "h"] and grid["boxed"] == []
    assert (stacked["depth"], gated["depth"], grid["depth"]) == (["h"], ["c", "h"], ["c", "h"])
    assert grid["time"] == ["c_time", "h_time"] and grid["entry"] == ["c_below", "h_below"]
    assert (stacked["gate"], gated["gate"], grid["gate"]) == ([], ["d"], [])
    assert gated["nodes"]["d"]["scale"] == "gate" and grid["nodes"]["c_time"]["scale"] == "state"
    roles = {node: about["role"] for node, about in (gated["nodes"] | grid["nodes"]).items()}
    assert {node: role for node, role in roles.items() if node != "d"} == {
        "c": "c", "h": "h", "c_time": "c", "h_time": "h", "c_below": "c", "h_below": "h"}
    assert roles["d"] not in "ch"
    symbols = [about["symbol"] for node, about in grid["nodes"].items() if node not in grid["entry"]]
    assert len(set(symbols)) == len(symbols) == 4


def test_colours_reach_as_far_as_the_numbers():
    own = tuple((50.0 * (-1) ** t, 3.0) for t in range(9))
    found, data = sent("grid", input="own", own=own, D=2, bias=10.0)
    for node, reach in data["reach"].items():
        largest = [max(1, np.abs(run.values[node][:, data["unit"]]).max()) for run in found.layers]
        assert all(own <= far <= 1.01 * own for own, far in zip(largest, reach, strict=True))
    assert any(far > 1 for reach in data["reach"].values() for far in reach)


@langs
@nets
def test_the_words_are_there(name, lang):
    _, data = sent(name, lang)
    assert all(about["name"] and about["symbol"] for about in data["nodes"].values())
    asked = set(re.findall(r"\bwords\.(\w+)", SCRIPT)) - {"save_"}
    assert asked and asked <= data["words"].keys()
    assert "{" not in data["about"] + "".join(layer["title"] for layer in data["layers"])


def test_the_script_asks_for_what_is_sent():
    _, data = sent("grid")
    asked = set(re.findall(r"\bdata\.(\w+)", SCRIPT))
    for group in re.findall(r"\{([^{}]*)\} = (?:this\.)?data\b", SCRIPT):
        asked |= {word.strip() for word in group.split(",")}
    assert len(asked) > 10 and asked <= data.keys() | {"echo", "listens"}
    whole = _source("numbers.js", "squares.js", "save.js", *ITS_OWN["lattice"], "lattice.js")
    for function in ("fit", "shade", "make", "cut", "messenger", "saveDrawing"):
        assert len(re.findall(rf"^function {function}\(", whole, re.MULTILINE)) == 1


def test_labels_are_sent_as_text():
    text = "<b>열쇠</b> $x$ שלום 👩‍👩‍👧"
    assert sent("stacked", input="sentence", text=text)[1]["labels"] == text.split()


@langs
@nets
def test_every_value_of_a_nodes_step_has_a_name_of_its_own(name, lang):
    for cell in dict.fromkeys(net_of(name, 3)):
        names = [*(f"{s}_prev" for s in cell.state), *cell.inputs, *cell.node]
        titles = [title(cell, node, words(lang)) for node in names]
        assert len(set(titles)) == len(titles) and all("{" not in t for t in titles)
        own = [symbol(cell, node) for node in names if "." not in node]
        assert len(set(own)) == len(own)


@nets
def test_a_nodes_inputs_are_what_its_cell_reads(name):
    here = moment(compute(values(name)), 2, 3)
    assert ("x" in here.inputs) == (name != "grid") and set(here.inputs) <= set(here.env)
