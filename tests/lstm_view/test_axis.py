"""An axis of steps has ticks at whole steps, however few there are; every axis is written in the page's ink."""
import numpy as np
import pytest

from lstm_view.figures.axis import of_steps
from lstm_view.figures.crossing import crossing
from lstm_view.figures.curve import activation_curve
from lstm_view.figures.gradients import Curve, before_and_after, over_steps
from lstm_view.figures.heatmap import Band, heatmaps
from lstm_view.figures.influence import influences
from lstm_view.figures.meaning import correlations
from lstm_view.figures.memory import memory_curves
from lstm_view.figures.odyssey import Runs, of_task
from lstm_view.style import INK
from lstm_view.text.numbers import percent

MOST_TICKS = 10  # Plotly divides an axis into no more parts than this by itself


def drawn(T):
    share = np.linspace(1, 0.1, T)
    return {
        "heatmaps": heatmaps([Band("a", share[:, None])], (), "step", "unit", INK[0]),
        "influences": influences({"a": share}, (), "step", "share", False, percent),
        "crossing": crossing([Band("a", np.eye(T))], ("word",) * T, "step", INK[0]),
        "gradients": over_steps({"a": [Curve("a", share, ("h", "solid"))]}, T, "step", "0", False),
        "memory": memory_curves(["word"] * T, {"rnn": share, "lstm": share}, {"rnn": "", "lstm": ""},
                                {"rnn": "#000000", "lstm": "#000000"}, "step", INK[0], percent),
    }


def without_steps(dark):
    runs = [Runs(name, np.array([3.0, 5.0]), 4.0, 3.0, 5.0, "h") for name in ("a", "b")]
    return {
        "clipping": before_and_after({"W_f": 2.0}, {"W_f": 1.0}, ("as it is", "clipped"), dark),
        "meaning": correlations(np.eye(2), np.eye(2), ["a", "b"], ["c", "d"], ("now", "before"), dark),
        "odyssey": of_task(runs, None, "axis", False, (0.0, 6.0), "never", ("run", "median", "interval"), dark),
        "curve": activation_curve("tanh", 0.5, "#123456", INK[dark]),
    }


@pytest.mark.parametrize("T", range(2, 14))
def test_ticks_are_whole_steps(T):
    for figure in drawn(T).values():
        axis = figure.layout.xaxis
        low, high = axis.range
        if axis.dtick is None:  # Plotly chooses 1, 2 or 5 times a power of ten that is at least this
            assert (high - low) / MOST_TICKS > 0.5
        else:
            assert axis.dtick == axis.tick0 == 1


@pytest.mark.parametrize("dark", [False, True])
def test_every_axis_is_written_in_ink(dark):
    figures = without_steps(dark) if dark else without_steps(dark) | drawn(5)
    for figure in figures.values():
        axes = [*figure.select_xaxes(), *figure.select_yaxes()]
        assert axes and {(axis.tickfont.color, axis.title.font.color) for axis in axes} == {(INK[dark], INK[dark])}


def test_an_axis_goes_from_the_first_step_to_the_last():
    assert of_steps(1, 24, "#000000")["range"] == [0.5, 24.5]
    assert of_steps(1, 24, "#000000", room=0)["range"] == [1, 24]


def test_a_large_number_is_written_as_a_power_of_ten():
    everywhere = [*drawn(12).values(), *without_steps(False).values()]
    axes = [axis for figure in everywhere for axis in (*figure.select_xaxes(), *figure.select_yaxes())]
    assert len(axes) >= 2 * len(everywhere)
    assert {axis.exponentformat for axis in axes} == {"power"}  # and not as 1T, or 1e+12
