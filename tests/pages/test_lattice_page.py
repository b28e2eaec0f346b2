"""The view "depth" of the page `directions`, run as a script: what it computes, sends and survives."""
import numpy as np
import pytest
from printed import read
from test_directions import of_link, open_page, values_of
from test_pages import data, fine, send, visible, widget

from lstm_view.numbers.depth import NETS, compute, moment
from lstm_view.packed import pack
from lstm_view.telling import narrate_depth
from lstm_view.words import LANGUAGES, words

langs = pytest.mark.parametrize("lang", LANGUAGES)


def open_depth(lang="en", **query):
    return open_page(lang, view="depth", **query)


def assert_shows(at, values, lang="en", parts=False):
    """The lattice, the chosen node's step, the sentences and the costs are those of the values; parts: after a run of
    some fragments alone."""
    found, sent, step = compute(values), data(at, "lattice"), data(at)
    assert (sent["layer"], sent["t"], sent["unit"]) == (values["layer"], values["t"], values["unit"])
    for k, layer in enumerate(sent["layers"]):
        for node, row in layer["values"].items():
            assert row == found.layers[k].values[node][:, values["unit"]].tolist()
    here = moment(found, values["layer"], values["t"])
    assert step["values"].keys() == {*here.inputs, *here.cell.node}
    assert all(numbers == here.env[name].tolist() for name, numbers in step["values"].items())
    said = " ".join(visible(at))
    assert all(sentence in said for sentence in narrate_depth.lattice(found, words(lang)))
    if parts:
        return
    assert all(sentence in said for sentence in narrate_depth.depends(found, words(lang)))
    total = at.table[-1].value.iloc[-1]
    assert total.iloc[2] == f"**{sum(array.size for own in found.params for array in own.values()):,}**"


@langs
@pytest.mark.parametrize("net", NETS)
def test_every_number_is_the_cores(net, lang):
    at = open_depth(lang, net=net, layer="1", unit="2", bias="1")
    assert_shows(at, of_link(lang, view="depth", net=net, layer="1", unit="2", bias="1"), lang)


def test_another_node_another_unit_another_net():
    at = open_depth(net="grid", input="sine", T="9", D="2", H="3")
    values = values_of(at)
    send(at, "lattice", "choose", {"layer": 2, "t": 7, "id": 5})
    assert values_of(at) == values | {"layer": 2, "t": 7}
    assert_shows(at, values_of(at), parts=True)
    send(at, "lattice", "pick", {"t": 3, "unit": 1, "id": 6})
    assert values_of(at) == values | {"layer": 2, "t": 3, "unit": 1} and data(at, "lattice")["echo"] == 6
    fine(at.run())
    fine(widget(at, "segmented_control", "net").set_value("stacked").run())
    fine(widget(at, "number_input", "layers").set_value(2).run())
    assert values_of(at) == values | {"net": "stacked", "layers": 2, "layer": 1, "t": 3, "unit": 1}
    assert_shows(at, values_of(at))
    fine(at.button(key="button.undo").click().run())
    assert values_of(at)["layers"] == 3


@pytest.mark.parametrize("message", [
    None, {}, {"layer": "1"}, {"layer": -5, "t": -1, "id": 1}, {"layer": 10**30, "t": 10**30, "unit": 99, "id": 1},
    {"layer": 1.5, "t": None, "id": 1}])
def test_what_makes_no_sense_changes_nothing_else(message):
    at = open_depth(net="depth_gated")
    send(at, "lattice", "choose", message)
    now = values_of(at)
    assert 0 <= now["layer"] < now["layers"] and 0 <= now["t"] < compute(now).T and 0 <= now["unit"] < now["H"]
    assert_shows(at, now, parts=True)


@langs
def test_everything_that_opens_opens(lang):
    at = open_depth(lang, net="grid", layers="2", input="sentence", text=pack("<b>=1+1</b> $x$ [a](http://b.c)"))
    for toggle in at.toggle:
        toggle.set_value(True)
    fine(at.run())
    found = compute(values_of(at))
    assert len(at.table) == 5 and "import torch" in at.code[0].value
    frame = at.table[0].value
    assert frame.shape == (found.T, 8)
    np.testing.assert_allclose(frame.iloc[:, 0].map(read), found.layers[1].values["c_time"][:, 0], atol=1e-6)
    assert all("<b>" not in text for text in (m.value for m in at.markdown))


def test_a_long_and_wild_net_stays():
    at = open_depth(net="grid", layers="4", input="sine", T="128", D="6", H="16", scale="4", bias="-10", seed="7")
    assert_shows(at, values_of(at))
