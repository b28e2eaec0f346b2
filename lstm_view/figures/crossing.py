"""Every step against every step: matrices (T, T) as bands of coloured squares -> go.Figure."""
from dataclasses import replace

import plotly.graph_objects as go

from .heatmap import MANY, Band, heatmaps, short, shortened

LINES = 40  # steps, up to which each has a label
MARGIN = 96  # pixels, for the words on the left


def crossing(bands: list[Band], labels: tuple[str, ...], axis: str, ink: str) -> go.Figure:
    """Bands of squares, one below the other: a row for each step that asks, a column for each step it asks about.

    bands: values [row, column], (T, T).  labels: a word for each step, or none, on both axes.  `layout.meta["rows"]`
    says that a row is a step: the scrubber marks it.  Where there is exactly nothing, no number is printed.
    """
    T = len(bands[0].values)
    turned = [replace(band, values=band.values.T) for band in bands]
    figure = heatmaps(turned, labels, axis, "t", ink, lambda value: short(value) if value else "",
                      where="<br>t = {row}, k = {column}")
    places = figure.layout.meta["bands"]
    every = -(-T // LINES)
    at = [(top + (k + 0.5) * tall / units, k) for top, tall, units in places for k in range(0, units, every)]
    words = shortened(labels) if labels else [str(k + 1) for k in range(T)]
    figure.update_layout(meta={"bands": places, "rows": "steps"}, margin={"l": MARGIN if labels else 46},
                         yaxis={"tickvals": [y for y, _ in at], "ticktext": [words[k] for _, k in at],
                                "tickfont": {"size": 12 if T <= MANY else 10, "color": ink}},
                         xaxis={"tickfont": {"color": ink}})
    return figure
