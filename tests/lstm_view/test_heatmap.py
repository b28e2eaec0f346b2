import re
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
import pytest
import squares
from test_style import contrast

from lstm_core import CELLS
from lstm_view.diagram.pen import is_gate
from lstm_view.figures.crossing import crossing
from lstm_view.figures.gradients import of_units
from lstm_view.figures.heatmap import MANY, WIDE, Band, heatmaps, short
from lstm_view.figures.meaning import correlations
from lstm_view.numbers.over_time import DEFAULTS, VIEWS, compute, fit, main_nodes, seen
from lstm_view.parts.sequence_sections import _band
from lstm_view.style import GATE, INK, STATE
from lstm_view.telling.scales import reaches, scaled
from lstm_view.text.numbers import MINUS, amount
from lstm_view.words import words

EN, KO = words("en"), words("ko")
PARTED = {"what": {"x.4.0": 3.0}, "clamp": {"f.*@2-5": 0.0}}


def drawn(nodes=None, view="true", labels=(), **given):
    run = compute(fit(DEFAULTS | given)[0])
    bands = [_band(run, name, view, KO) for name in nodes or main_nodes(run.cell)]
    return run, heatmaps(bands, labels or run.sequence.labels, "step", "unit", "#123456")


def bands_of(figure):
    return list(figure.select_traces({"type": "heatmap"}))


def held(trace):
    """The values of one heatmap, (units, T)."""
    return squares.values(trace.to_plotly_json())


@pytest.mark.parametrize("cell", CELLS)
def test_the_squares_are_the_trace(cell):
    run, figure = drawn(cell=cell, weights="random", input="sine", T=17, D=2, H=5)
    assert isinstance(figure, go.Figure)
    for name, band in zip(main_nodes(run.cell), bands_of(figure), strict=True):
        np.testing.assert_array_equal(held(band), run.trace[name][:, 0].T)
        gate = is_gate(run.cell, name)
        assert (band.zmin, band.zmax) == (0 if gate else -1, 1)
        assert np.abs(band.z).max() <= 1
        colors = [color for _, color in band.colorscale]
        assert colors == list(GATE if gate else STATE)
        np.testing.assert_array_equal(band.x, np.arange(18) + 0.5)  # edges: square t lies around t + 1
    assert tuple(figure.layout.xaxis.range) == (0.5, 17.5)
    assert figure.layout.xaxis.fixedrange and figure.layout.yaxis.fixedrange and figure.layout.dragmode is False


@pytest.mark.parametrize("H", [1, 3, 8, 9, 16])
def test_bands_lie_one_below_the_other_and_say_where(H):
    _, figure = drawn(weights="random", H=H, T=9)
    places, end = figure.layout.meta["bands"], -1.0
    for band, (top, tall, units) in zip(bands_of(figure), places, strict=True):
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
    texts = [text for trace in figure.select_traces({"type": "scatter"}) for text in trace.text]
    every = [short(value) for band in bands_of(figure) for value in held(band).ravel()]
    assert sorted(texts) == (sorted(every) if printed else [])


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_shows_its_run_on_the_same_colours(view):
    run, figure = drawn(view=view, **PARTED)
    true = drawn(**PARTED)[1]
    for name, band, before in zip(main_nodes(run.cell), bands_of(figure), bands_of(true), strict=True):
        np.testing.assert_array_equal(held(band), seen(run, name, view).T)
        if view != "difference":
            assert (band.zmin, band.zmax, band.name) == (before.zmin, before.zmax, before.name)
        else:
            assert band.zmin == -band.zmax <= -np.abs(band.z).max()  # also a gate's: it may fall
    assert (drawn(view="what", **PARTED)[1].data[0].z != true.data[0].z).any()


# --- a unit far beyond 1 has a scale of its own


def test_a_unit_far_beyond_one_leaves_the_others_their_colours():
    run, figure = drawn()
    [state] = [band for band in bands_of(figure) if "±" in band.name]
    values = run.values["c"].T
    largest = np.abs(values).max(1)
    assert largest[-1] > 6 and largest[:-1].max() <= 1
    np.testing.assert_array_equal(state.z[:-1], values[:-1])  # as if the last were not there
    assert 0.99 < np.abs(state.z[-1]).max() <= 1
    assert re.search(r"\(유닛 3: ±6\.\d\d\)$", state.name)


@pytest.mark.parametrize("seed", range(5))
def test_each_row_goes_as_far_as_its_own_largest(seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(20, 6)) * 10 ** rng.uniform(-4, 6, 6)
    for least in (0.0, 1.0):
        reach = reaches(values, least=least)
        largest = np.maximum(np.abs(values).max(0), least)
        assert (reach >= largest).all() and (reach <= largest * 1.1).all()
        assert [float(amount(size).replace(MINUS, "-")) for size in reach] == reach.tolist()  # as is said
    np.testing.assert_array_equal(reaches(values, -2 * values), reaches(2 * values))
    assert reaches(np.zeros((3, 2)), least=0).tolist() == [1, 1]


@pytest.mark.parametrize(("reach", "said"), [
    ([1, 1, 1], "C"), ([6.25], "C (±6.25)"), ([2.5, 2.5], "C (±2.50)"), ([1, 6.25, 1], "C (unit 2: ±6.25)"),
    ([3, 1, 6.25], "C (unit 1: ±3.00, 3: ±6.25)"), ([1, 2, 3, 4, 5], "C (by unit, ±1.00–±5.00)")])
def test_a_title_says_how_far_its_rows_go(reach, said):
    assert scaled("C", np.array(reach, float), EN("scale.unit"), EN) == said


# --- numbers over colours


def behind(band, row, column):
    """The colour of a square, mixed from its two stops as Plotly does."""
    share = (band.z[row][column] - band.zmin) / (band.zmax - band.zmin)
    (low, one), (high, other) = next(pair for pair in pairwise(band.colorscale) if share <= pair[1][0])
    part = (share - low) / (high - low)
    return "#" + "".join(f"{round(int(one[k: k + 2], 16) * (1 - part) + int(other[k: k + 2], 16) * part):02x}"
                         for k in (1, 3, 5))


def least_contrast(figure):
    """The least contrast of a number that stands over a square of its figure, and how many there are."""
    found = []
    for trace in figure.select_traces({"type": "scatter"}):
        for x, y, text in zip(trace.x, trace.y, trace.text, strict=True):
            on = [(band, np.searchsorted(band.y, y) - 1) for band in bands_of(figure)
                  if band.xaxis == trace.xaxis and band.y[0] < y < band.y[-1]]
            ((band, row),) = on
            found += [contrast(trace.textfont.color, behind(band, row, round(x) - 1))] if text else []
    return min(found), len(found)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("cell", "given"), [
    ("lstm", {}), ("gru", {"weights": "random", "T": 20, "H": 8, "scale": 4.0}),
    ("fgr", {"weights": "random", "T": 26, "H": 8, "seed": 3}), ("clockwork", {"weights": "random", "T": 12})])
def test_every_number_can_be_read_on_its_square(cell, given, dark):
    run, _ = drawn(cell=cell, **given)
    bands = [_band(run, name, "true", KO) for name in main_nodes(run.cell)]
    least, count = least_contrast(heatmaps(bands, (), "step", "unit", INK[dark]))
    assert least >= 4.5 and count == len(bands) * run.T * run.H


@pytest.mark.parametrize("seed", range(3))
def test_numbers_of_all_other_squares_can_be_read(seed):
    values = np.random.default_rng(seed).normal(size=(8, 8)) * 3
    strengths = np.abs(values)
    shares = Band("a", strengths, "gate", strengths.max(), "share")
    for figure in (crossing([shares, Band("b", values, "state", reaches(values.T))], (), "k", INK[0]),
                   of_units(Band("c", values * 1e-9, "state", reaches(values * 1e-9, least=0)), amount, (), "t", "u",
                            True)):
        least, count = least_contrast(figure)
        assert least >= 4.5 and count == sum(len(band.z) * len(band.z[0]) for band in bands_of(figure))
    r = np.linspace(-1, 1, 40).reshape(8, 5)
    names = [f"u{k}" for k in range(8)]
    figure = correlations(r, -r, names, list("abcde"), ("now", "before"), False)
    read = [(trace, x, y) for trace in figure.select_traces({"type": "scatter"})
            for x, y in zip(trace.x, trace.y, strict=True)]
    panels = {band.xaxis: band for band in bands_of(figure)}
    assert len(read) == 2 * r.size
    assert min(contrast(trace.textfont.color, behind(panels[trace.xaxis], y, x)) for trace, x, y in read) >= 4.5


@pytest.mark.parametrize("scale", ["gate", "state"])
def test_a_number_can_be_read_on_every_colour_of_a_scale(scale):
    low = 0 if scale == "gate" else -1
    sweep = np.linspace(low, 1, 26 * 8).reshape(26, 8)
    for reach in (1.0, np.geomspace(0.01, 1e6, 8)):
        least, count = least_contrast(heatmaps([Band("all", sweep * reach, scale, reach)], (), "t", "u", "#000000"))
        assert least >= 4.5 and count == sweep.size


def test_any_node_and_a_clock_too():
    run, figure = drawn(("f.pre", "c.0", "f"), T=9)
    assert [band.z.shape for band in bands_of(figure)] == [(3, 9)] * 3
    np.testing.assert_array_equal(held(figure.data[0]), run.values["f.pre"].T)
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
    assert not any(label in str(band.hovertemplate) for label in labels for band in bands_of(figure))


def test_a_tip_never_says_0_of_what_is_not():
    for reach in (1e-9, 1.0, 1e6):
        [band] = bands_of(heatmaps([Band("a", np.full((3, 2), 1e-9), "state", reach)], (), "t", "u", "#000000"))
        formats = re.findall(r"%\{(?:z|customdata\[1\]):(.*?)\}", band.hovertemplate)
        assert formats and all(re.fullmatch(r"\.\dg", text) for text in formats)  # significant digits


def test_two_steps_are_two_ticks():
    assert drawn(T=2)[1].layout.xaxis.dtick == 1


def test_a_band_of_ones_own():
    bands = [Band("a", np.zeros((3, 2)), "state", 2.0), Band("b", np.ones((3, 1)), "gate")]
    figure = heatmaps(bands, (), "t", "u", "#000000")
    assert [(band.zmin, band.zmax) for band in bands_of(figure)] == [(-1, 1), (0, 1)]
    assert [note.text for note in figure.layout.annotations] == ["a", "b"]
    assert figure.layout.xaxis.title.text == "t" and "u" in figure.data[0].hovertemplate
