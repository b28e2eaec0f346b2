"""What is left of the first word, word by word: shares -> go.Figure."""
from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go

from .axis import of_steps, written


def memory_curves(words: list[str], curves: dict[str, np.ndarray], names: dict[str, str], colors: dict[str, str],
                  axis: str, ink: str, say: Callable[[float], str]) -> go.Figure:
    """One line a cell over the words of a sentence, with the word itself on hover; names and colors by cell; say: how a
    share is written."""
    at = np.arange(1, len(words) + 1)
    dashes = dict(zip(curves, ("dot", "solid"), strict=True))
    highest = max(1.0, *(share.max() for share in curves.values()))
    ticks = np.arange(0, highest + 0.01, 0.5 if highest < 2 else np.ceil(highest / 4))
    return go.Figure(
        [
            go.Scatter(x=at, y=share, mode="lines", name=names[cell], text=words,
                       customdata=[say(left) for left in share],
                       line={"color": colors[cell], "width": 3, "dash": dashes[cell]},
                       hovertemplate="%{x}. %{text}: %{customdata}<extra>" + names[cell] + "</extra>")
            for cell, share in curves.items()
        ],
        go.Layout(height=260, margin={"l": 48, "r": 16, "t": 10, "b": 40}, hovermode="x unified",
                  legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
                  xaxis=of_steps(1, len(words), ink, axis, 0),
                  yaxis=written(ink) | {"tickvals": ticks, "ticktext": [say(share) for share in ticks.tolist()],
                                        "range": [-0.03 * highest, 1.06 * highest]}),
    )
