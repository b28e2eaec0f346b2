import re

import numpy as np
import plotly.graph_objects as go
import pytest

from lstm_core import CELLS
from lstm_view.diagram.pen import is_gate
from lstm_view.figures.heatmap import MANY, WIDE, Band, heatmaps
from lstm_view.numbers.over_time import DEFAULTS, VIEWS, compute, fit, main_nodes, seen
from lstm_view.parts.sequence_sections import _band
from lstm_view.style import GATE, STATE
from lstm_view.words import words

KO = words("ko")
PARTED = {"what": {"x.4.0": 3.0}, "clamp": {"f.*@2-5": 0.0}}


def drawn(nodes=None, view="true", labels=(), **given):
    run = compute(fit(DEFAULTS | given)[0])
    bands = [_band(run, name, view, KO) for name in nodes or main_nodes(run.cell)]
    return run, heatmaps(bands, labels or run.sequence.labels, "step", "unit", "#123456")


@pytest.mark.parametrize("cell", CELLS)
def test_the_squares_are_the_trace(cell):
    run, figure = drawn(cell=cell, weights="random", input="sine", T=17, D=2, H=5)
    assert isinstance(figure, go.Figure)
    for name, band in zip(main_nodes(run.cell), figure.data, strict=True):
        np.testing.assert_array_equal(band.z, run.trace[name][:, 0].T)
        gate = is_gate(run.cell, name)
        assert (band.zmin, band.zmax) == ((0, 1) if gate else (-band.zmax, band.zmax))
        assert band.zmax >= max(1, np.abs(band.z).max()) or gate
        colors = [color for _, color in band.colorscale]
        assert colors == list(GATE if gate else STATE)
        np.testing.assert_array_equal(band.x, np.arange(18) + 0.5)  # edges: square t lies around t + 1
    assert tuple(figure.layout.xaxis.range) == (0.5, 17.5)
    assert figure.layout.xaxis.fixedrange and figure.layout.yaxis.fixedrange and figure.layout.dragmode is False


@pytest.mark.parametrize("H", [1, 3, 8, 9, 16])
def test_bands_lie_one_below_the_other_and_say_where(H):
    _, figure = drawn(weights="random", H=H, T=9)
    places, end = figure.layout.meta["bands"], -1.0
    for band, (top, tall, units) in zip(figure.data, places, strict=True):
        assert units == H and top > end
        edges = np.asarray(band.y)
        np.testing.assert_allclose(edges, top + np.arange(H + 1) * tall / H)  # unit 1 on top
        end = top + tall
    low, high = figure.layout.yaxis.range
    assert (low, high) == (pytest.approx(end), 0)  # the axis points down
    assert len(figure.layout.yaxis.ticktext) >= min(H, 2) * len(places) and figure.layout.yaxis.ticktext[0] == "1"
    per_row = (figure.layout.height - figure.layout.margin.t - figure.layout.margin.b) / low
    assert per_row * places[0][1] / H >= 11  # pixels


@pytest.mark.parametrize(("T", "H", "printed"), [
    (2, 1, True), (WIDE, MANY, True), (WIDE + 1, 3, False), (9, MANY + 1, False), (128, 16, False)])
def test_numbers_are_printed_where_they_fit(T, H, printed):
    _, figure = drawn(weights="random", T=T, H=H, input="sine")
    assert {band.texttemplate for band in figure.data} == {"%{z:.2f}" if printed else None}


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_shows_its_run_on_the_same_colours(view):
    run, figure = drawn(view=view, **PARTED)
    true = drawn(**PARTED)[1]
    for name, band, before in zip(main_nodes(run.cell), figure.data, true.data, strict=True):
        np.testing.assert_array_equal(band.z, seen(run, name, view).T)
        if view != "difference":
            assert (band.zmin, band.zmax, band.name) == (before.zmin, before.zmax, before.name)
        else:
            assert band.zmin == -band.zmax <= -np.abs(band.z).max()  # also a gate's: it may fall
    assert (drawn(view="what", **PARTED)[1].data[0].z != true.data[0].z).any()


def test_a_title_says_how_far_the_colours_reach_if_not_to_one():
    names = {band.name: band for band in drawn()[1].data}
    assert any(re.search(r"±6\.25\)$", name) for name in names)
    for name, band in names.items():
        assert ("±" in name) == (band.zmax != 1)


def test_any_node_and_a_clock_too():
    run, figure = drawn(("f.pre", "c.0", "f"), T=9)
    assert [band.z.shape for band in figure.data] == [(3, 9)] * 3
    np.testing.assert_array_equal(figure.data[0].z, run.values["f.pre"].T)
    run, figure = drawn(("tick", "n"), cell="clockwork", weights="random", T=9, H=4)
    assert set(np.unique(figure.data[0].z)) == {0, 1} and figure.data[0].zmin == 0


def test_words_stand_under_the_axis_and_are_no_markup():
    labels = ("<b>bold</b>", "a&amp;b", "antidisestablishment", "$x$", "שלום", "잃어버렸던것이")
    run, figure = drawn(input="sentence", text=" ".join(labels))
    assert run.sequence.labels == labels
    shown = figure.layout.xaxis.ticktext
    assert len(shown) == 6 and not re.search("[<>&]", "".join(shown))
    assert shown[2:] == ("antidisesta…", "$x$", "שלום", "잃어버렸던…")  # a syllable is twice as wide
    assert figure.layout.xaxis.title.text == "" and drawn()[1].layout.xaxis.title.text == "step"
    assert figure.layout.margin.b > drawn()[1].layout.margin.b
    assert drawn(input="series", T=40)[1].layout.xaxis.ticktext is None  # no room for each
    assert not any(label in str(band.hovertemplate) for label in labels for band in figure.data)


def test_two_steps_are_two_ticks():
    assert drawn(T=2)[1].layout.xaxis.dtick == 1


def test_a_band_of_ones_own():
    bands = [Band("a", np.zeros((3, 2)), "state", 2.0), Band("b", np.ones((3, 1)), "gate")]
    figure = heatmaps(bands, (), "t", "u", "#000000")
    assert [(band.zmin, band.zmax) for band in figure.data] == [(-2, 2), (0, 1)]
    assert [note.text for note in figure.layout.annotations] == ["a", "b"]
    assert figure.layout.xaxis.title.text == "t" and "u" in figure.data[0].hovertemplate
