import numpy as np
import pytest

from lstm_view.figures.influence import DEEPEST, LOOKS, SHALLOWEST, influences
from lstm_view.style import INK, ROLES
from lstm_view.text.numbers import percent

CURVES = {"A": np.array([1e-4, 0.0, 0.5, 1.0]), "B": np.array([0.0, 0.0, 0.0, 1.0])}


@pytest.mark.parametrize("dark", [False, True])
def test_a_line_for_each_cell_with_a_look_of_its_own(dark):
    figure = influences({name: np.ones(4) for name in "abcd"}, (0.5,), "step", "share", dark, percent)
    assert [line.name for line in figure.data] == list("abcd")
    looks = [(line.line.color, line.line.dash) for line in figure.data]
    assert looks == [(ROLES[role][dark], dash) for role, dash in LOOKS]
    assert len(set(color for color, _ in looks)) == len(set(dash for _, dash in looks)) == 4
    assert figure.layout.font.color == INK[dark]


def test_what_is_0_has_no_place_on_logarithms():
    figure = influences(CURVES, (0.5, 0.01), "step", "share", False, percent)
    for line, share in zip(figure.data, CURVES.values(), strict=True):
        np.testing.assert_array_equal(np.isnan(line.y), share == 0)
        np.testing.assert_array_equal(line.y[share > 0], share[share > 0])
    assert list(figure.data[0].x) == [1, 2, 3, 4]
    assert figure.layout.yaxis.type == "log" and tuple(figure.layout.xaxis.range) == (0.5, 4.5)
    assert figure.layout.yaxis.title.text == "share" and all("share" in line.hovertemplate for line in figure.data)
    assert figure.data[0].customdata == ("0.01", "0", "50", "100")
    assert [shape.y0 for shape in figure.layout.shapes] == [0.5, 0.01]


@pytest.mark.parametrize(("least", "lowest"), [(0.5, SHALLOWEST), (3e-6, -6), (1e-40, DEEPEST)])
def test_the_axis_reaches_as_far_as_it_has_to(least, lowest):
    figure = influences({"A": np.array([least, 1.0])}, (), "step", "share", False, percent)
    assert figure.layout.yaxis.range[0] == lowest
    ticks = figure.layout.yaxis.tickvals
    assert ticks[0] == 1 and min(ticks) >= 10.0**lowest and 3 <= len(ticks) <= 6
    assert list(figure.layout.yaxis.ticktext) == [percent(share) for share in ticks]


def test_nothing_at_all():
    figure = influences({"A": np.zeros(3)}, (0.5,), "step", "share", False, percent)
    assert np.isnan(figure.data[0].y).all() and figure.layout.yaxis.range[0] == SHALLOWEST
