"""How strongly a step depends on what came in at each step: shares (T,) by cell -> go.Figure."""
from collections.abc import Callable
from math import floor, log10

import numpy as np
import plotly.graph_objects as go

from ..style import INK, ROLES
from .axis import of_steps, written

LOOKS = (("h", "dot"), ("c", "solid"), ("candidate", "dash"), ("input", "dashdot"))  # a line's role in style, its dash
HEIGHT = 320  # pixels
SHALLOWEST, DEEPEST = -3, -9  # powers of ten at which the axis may end


def influences(curves: dict[str, np.ndarray], levels: tuple[float, ...], axis: str, scale: str, dark: bool,
               say: Callable[[float], str], looks: tuple[tuple[str, str], ...] = LOOKS) -> go.Figure:
    """A line for each name, each with its own colour and dash, over steps from 1 to T, on an axis of logarithms.

    A share of 0 has no place there, and one below the axis's end is not drawn.  levels: shares marked across; axis,
    scale: what a step and a share are called; say: how a share is written.
    """
    lowest = _lowest(curves)
    ticks = [float(f"1e{k}") for k in range(0, lowest - 1, -1 if lowest > -6 else -2)]
    T = len(next(iter(curves.values())))
    at = np.arange(1, T + 1)
    return go.Figure(
        [
            go.Scatter(x=at, y=np.where(share > 0, share, np.nan), mode="lines+markers", name=name,
                       line={"color": ROLES[role][dark], "width": 2.5, "dash": dash},
                       marker={"size": 5, "color": ROLES[role][dark]},
                       customdata=[say(part) for part in share],
                       hovertemplate=scale + ": %{customdata}<extra>" + name + "</extra>")
            for (name, share), (role, dash) in zip(curves.items(), looks, strict=False)
        ],
        go.Layout(
            height=HEIGHT, margin={"l": 82, "r": 34, "t": 40, "b": 44}, dragmode=False, hovermode="x", showlegend=True,
            legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}, font={"color": INK[dark]},
            shapes=[{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": level, "y1": level, "opacity": 0.45,
                     "line": {"color": INK[dark], "width": 1}} for level in levels],
            xaxis=of_steps(1, T, INK[dark], axis),
            annotations=[{"text": say(level), "xref": "paper", "x": 1, "xanchor": "left", "y": log10(level),
                          "showarrow": False, "font": {"size": 11}} for level in levels],
            yaxis=written(INK[dark], scale) | {
                "type": "log", "range": [lowest, 0.12], "fixedrange": True,
                "tickvals": ticks, "ticktext": [say(share) for share in ticks]},
        ),
    )


def _lowest(curves):
    """The power of ten at which the axis ends."""
    least = min((share[share > 0].min() for share in curves.values() if share.any()), default=1.0)
    return max(DEEPEST, min(SHALLOWEST, floor(log10(least))))
