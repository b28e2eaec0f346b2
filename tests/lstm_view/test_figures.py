import numpy as np
import plotly.graph_objects as go
import pytest

from lstm_core.ops import OPS
from lstm_view.figures.curve import activation_curve, slope
from lstm_view.figures.memory import memory_curves
from lstm_view.incoming.sentence import remains, written
from lstm_view.text.numbers import percent
from lstm_view.words import words

points = pytest.mark.parametrize("before", [0.0, -0.0, 0.3, -1.7, 6.0, -25.0, 4e5])
ops = pytest.mark.parametrize("op", ["sigmoid", "tanh"])


@points
@ops
def test_the_slope_is_the_slope(op, before):
    step = 1e-6
    finite = (OPS[op].fn(before + step) - OPS[op].fn(before - step)) / (2 * step)
    assert slope(op, before) == pytest.approx(finite, abs=1e-9)


@points
@ops
def test_the_point_lies_on_the_curve(op, before):
    figure = activation_curve(op, before, "#123456", "#654321")
    assert isinstance(figure, go.Figure)
    curve, tangent, guide, point = figure.data
    after = OPS[op].fn(np.float64(before))
    assert (list(point.x), list(point.y)) == ([before], [after])
    np.testing.assert_allclose(curve.y, OPS[op].fn(np.asarray(curve.x)))
    assert np.interp(before, curve.x, curve.y) == pytest.approx(after, abs=0.02 if abs(before) < 100 else 1)
    (x0, x1), (y0, y1) = tangent.x, tangent.y
    assert (y1 - y0) / (x1 - x0) == pytest.approx(slope(op, before), abs=1e-12)
    assert ((x0 + x1) / 2, (y0 + y1) / 2) == pytest.approx((before, after))
    assert (guide.x[1], guide.y[1]) == (before, after)


@points
@ops
def test_the_point_is_in_sight(op, before):
    layout = activation_curve(op, before, "#123456", "#654321").layout
    (left, right), (bottom, top) = layout.xaxis.range, layout.yaxis.range
    assert left < before < right and bottom < OPS[op].fn(before) < top


def test_the_curve_is_drawn_in_the_colours_given():
    curve, tangent, _, point = activation_curve("tanh", 0.5, "#123456", "#654321").data
    assert curve.line.color == point.marker.color == "#123456"
    assert tangent.line.color == "#654321"


@pytest.mark.parametrize("recurrent", [0.0, 0.9, 1.5])
def test_memory_curves_show_what_remains(recurrent):
    sentence = written(words("en").prose("sentence"))
    shares = remains(sentence, recurrent, 6.0)
    names, colors = {"rnn": "one", "lstm": "two"}, {"rnn": "#111111", "lstm": "#222222"}
    figure = memory_curves(sentence.split(), shares, names, colors, "axis", "#123456", percent)
    assert isinstance(figure, go.Figure)
    assert [line.name for line in figure.data] == ["one", "two"]
    for line, cell in zip(figure.data, shares, strict=True):
        np.testing.assert_array_equal(line.y, shares[cell])
        assert list(line.x) == list(range(1, 101))
        assert list(line.text) == sentence.split()
        assert line.line.color == colors[cell]
    bottom, top = figure.layout.yaxis.range
    ticks = figure.layout.yaxis.tickvals
    assert ticks[0] == 0 and max(ticks) <= top and 2 <= len(ticks) <= 5
    assert list(figure.layout.yaxis.ticktext) == [percent(share) for share in ticks]
    assert all(bottom < share.min() and share.max() < top for share in shares.values())
    assert len({line.line.dash for line in figure.data}) == 2  # told apart without colour
