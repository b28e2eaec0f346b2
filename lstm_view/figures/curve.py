"""Where a value sits on its activation: trace values -> go.Figure."""
import numpy as np
import plotly.graph_objects as go

from lstm_core.ops import OPS

from ..text.numbers import amount
from .axis import written

REACH = 6.0


def slope(op: str, before: float) -> float:
    """Derivative of an activation at one point, from the operation's own vector-Jacobian product."""
    row = OPS[op]
    return float(row.vjp(0, 1.0, row.fn(np.float64(before)), np.float64(before)))


def activation_curve(op: str, before: float, color: str, ink: str) -> go.Figure:
    """The curve of an activation with the point (before, f(before)) and its tangent; far points widen the axis."""
    reach = max(REACH, 1.15 * abs(before))
    a = np.linspace(-reach, reach, 241)
    function = OPS[op].fn
    after, steepness = float(function(np.float64(before))), slope(op, before)
    near = np.array([-0.18, 0.18]) * reach
    low, high = (float(function(np.float64(end))) for end in (-reach, reach))
    room = 0.12 * (high - low)
    return go.Figure(
        [
            go.Scatter(x=a, y=function(a), mode="lines", line={"color": color, "width": 3}, hoverinfo="skip"),
            go.Scatter(x=before + near, y=after + steepness * near, mode="lines",
                       line={"color": ink, "width": 1.5, "dash": "dot"}, hoverinfo="skip"),
            go.Scatter(x=[before, before, -reach], y=[low - room, after, after], mode="lines",
                       line={"color": ink, "width": 1}, opacity=0.5, hoverinfo="skip"),
            go.Scatter(x=[before], y=[after], mode="markers",
                       marker={"color": color, "size": 13, "line": {"color": ink, "width": 2}},
                       hovertemplate=f"{amount(before, 5)} → {amount(after, 5)}<extra></extra>"),
        ],
        go.Layout(height=210, margin={"l": 34, "r": 8, "t": 8, "b": 28}, showlegend=False,
                  xaxis=written(ink) | {"range": [-reach, reach], "zeroline": True},
                  yaxis=written(ink) | {"range": [low - room, high + room]}),
    )
