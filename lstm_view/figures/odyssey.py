"""What many trainings came to, cell by cell: runs, medians and intervals of one task -> go.Figure."""
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from ..style import INK, ROLES
from ..text.numbers import mark
from .axis import written

ROW = 24  # pixels a cell
MARGIN = {"l": 8, "r": 12, "t": 8, "b": 44}
SPREAD = 0.24  # of a row, to which runs are moved apart


@dataclass(frozen=True)
class Runs:
    """Of one cell: its name, the value of each run, inf where there is none, and the median and interval of them; role:
    of its colour in style."""

    name: str
    values: np.ndarray
    median: float
    low: float
    high: float
    role: str


def of_task(cells: list[Runs], band: tuple[float, float] | None, axis: str, log: bool, ends: tuple[float, float],
            never: str, names: tuple[str, str, str], dark: bool) -> go.Figure:
    """A row for each cell, the first on top: a point a run, a bar for the interval, a diamond for the median.

    band: an interval drawn behind all rows, to compare with; ends: of the axis, or of its logarithms; never: what
    stands for inf, at the right end; names: of a run, the median, the interval.
    """
    low, high = ends
    last = high + 0.08 * (high - low)  # where what is inf stands

    def at(value):
        return np.where(np.isinf(value), last, np.minimum(np.log10(np.maximum(value, 1e-12)) if log else value, last))

    traces = []
    for row, cell in enumerate(cells):
        color = ROLES[cell.role][dark]
        apart = SPREAD * (np.arange(len(cell.values)) / max(1, len(cell.values) - 1) * 2 - 1)
        said = [never if np.isinf(v) else mark(v, 4) for v in cell.values]
        traces += [
            {"type": "scatter", "mode": "lines", "x": at(np.array([cell.low, cell.high])), "y": [row, row],
             "line": {"color": color, "width": 4}, "opacity": 0.55, "name": names[2], "hoverinfo": "skip"},
            {"type": "scatter", "mode": "markers", "x": at(cell.values), "y": row + apart, "name": names[0],
             "text": said,
             "marker": {"color": color, "size": 6, "opacity": 0.85, "line": {"width": 1, "color": color},
                        "symbol": ["circle-open" if np.isinf(v) else "circle" for v in cell.values]},
             "hovertemplate": f"{cell.name}<br>%{{text}}<extra>{names[0]}</extra>"},
            {"type": "scatter", "mode": "markers", "x": at(np.array([cell.median])), "y": [row], "name": names[1],
             "text": [never if np.isinf(cell.median) else mark(cell.median, 4)],
             "marker": {"color": color, "size": 13, "symbol": "diamond-tall",
                        "line": {"width": 1.5, "color": INK[dark]}},
             "hovertemplate": f"{cell.name}<br>%{{text}}<extra>{names[1]}</extra>"},
        ]
    some_never = any(np.isinf(cell.values).any() for cell in cells)
    ticks, texts = _ticks(low, high, log)
    shapes = [] if band is None else [
        {"type": "rect", "xref": "x", "yref": "paper", "x0": at(np.array(band[0])).item(),
         "x1": at(np.array(band[1])).item(), "y0": 0, "y1": 1, "layer": "below", "line": {"width": 0},
         "fillcolor": ROLES["h"][dark], "opacity": 0.14}]
    return go.Figure({
        "data": traces,
        "layout": {
            "height": ROW * len(cells) + MARGIN["t"] + MARGIN["b"], "margin": MARGIN, "dragmode": False,
            "showlegend": False, "font": {"color": INK[dark]}, "hovermode": "closest", "shapes": shapes,
            "xaxis": written(INK[dark], axis) | {
                "range": [low - 0.03 * (high - low), last + 0.05 * (high - low)], "fixedrange": True,
                "tickvals": [*ticks, *([last] if some_never else [])],
                "ticktext": [*texts, *([never] if some_never else [])], "zeroline": False},
            "yaxis": written(INK[dark]) | {
                "range": [len(cells) - 0.5, -0.5], "fixedrange": True, "tickvals": list(range(len(cells))),
                "ticktext": [cell.name for cell in cells], "zeroline": False, "showgrid": False, "automargin": True},
        },
    })


def _ticks(low, high, log):
    """Round places on an axis and what stands there."""
    if log:
        powers = range(int(np.ceil(low)), int(np.floor(high)) + 1)
        return list(powers), [mark(10.0**p) for p in powers]
    rough = (high - low) / 4
    step = 10 ** np.floor(np.log10(rough))
    step *= next(k for k in (1, 2, 5, 10) if k * step >= rough)
    places = np.arange(np.ceil(low / step - 1e-9) * step, high + step * 1e-6, step) + 0.0  # no -0
    return places.tolist(), [mark(place) for place in places.round(12)]
