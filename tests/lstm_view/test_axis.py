"""An axis of steps has ticks at whole steps, however few there are."""
import numpy as np
import pytest

from lstm_view.figures.axis import of_steps
from lstm_view.figures.gradients import Curve, over_steps
from lstm_view.figures.heatmap import Band, heatmaps
from lstm_view.figures.influence import influences
from lstm_view.figures.memory import memory_curves

MOST_TICKS = 10  # Plotly divides an axis into no more parts than this by itself


def drawn(T):
    share = np.linspace(1, 0.1, T)
    return {
        "heatmaps": heatmaps([Band("a", share[:, None])], (), "step", "unit", "#000000"),
        "influences": influences({"a": share}, (), "step", "share", False),
        "gradients": over_steps({"a": [Curve("a", share, ("h", "solid"))]}, T, "step", "0", False),
        "memory": memory_curves(["word"] * T, {"rnn": share, "lstm": share}, {"rnn": "", "lstm": ""},
                                {"rnn": "#000000", "lstm": "#000000"}, "step"),
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


def test_an_axis_goes_from_the_first_step_to_the_last():
    assert of_steps(1, 24)["range"] == [0.5, 24.5] and of_steps(1, 24, 0)["range"] == [1, 24]
