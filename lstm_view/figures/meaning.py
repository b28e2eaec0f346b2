"""How units go along with properties: correlations now and before training -> go.Figure."""
from textwrap import wrap

import numpy as np
import plotly.graph_objects as go

from ..style import INK, STATE, is_light
from ..text.numbers import printed
from .axis import written
from .heatmap import over_squares

ROW = 19  # pixels
LINE = 16  # letters of a property's name, or half as many syllables of Hangul
MARGIN = {"l": 62, "r": 8, "t": 34, "b": 70}


def correlations(now: np.ndarray, before: np.ndarray, units: list[str], properties: list[str], titles: tuple[str, str],
                 dark: bool) -> go.Figure:
    """Two panels of squares, (units, properties) each, a row a unit in both, the first on top; colours from -1 to 1."""
    names = ["<br>".join(wrap(name, LINE if name.isascii() else LINE // 2)) for name in properties]
    axis = written(INK[dark]) | {
        "fixedrange": True, "showgrid": False, "zeroline": False, "tickvals": list(range(len(names))),
        "ticktext": names, "autotickangles": [0, -60], "automargin": True, "range": [-0.5, len(names) - 0.5]}
    return go.Figure({
        "data": [
            {"type": "heatmap", "z": values, "xaxis": f"x{n}", "yaxis": "y", "zmin": -1, "zmax": 1,
             "xgap": 2, "ygap": 1, "showscale": False,
             "colorscale": [[k / (len(STATE) - 1), color] for k, color in enumerate(STATE)],
             "name": title,
             "customdata": np.broadcast_to(np.array(units, object)[:, None], values.shape),
             "hovertemplate": f"{title}<br>%{{customdata}}, %{{x}}: r = %{{z:.6g}}<extra></extra>"}
            for values, n, title in zip((now, before), ("", "2"), titles, strict=True)]
        + [trace for values, n in ((now, ""), (before, "2")) for trace in _numbers(values, n)],
        "layout": {
            "height": ROW * len(units) + MARGIN["t"] + MARGIN["b"], "margin": MARGIN, "dragmode": False,
            "showlegend": False, "font": {"color": INK[dark]},
            "annotations": [
                {"text": title, "xref": f"x{n} domain", "yref": "paper", "x": 0, "y": 1, "yshift": 22,
                 "xanchor": "left", "showarrow": False, "font": {"size": 13, "color": INK[dark]}}
                for title, n in zip(titles, ("", "2"), strict=True)],
            "xaxis": axis | {"domain": [0, 0.485]}, "xaxis2": axis | {"domain": [0.515, 1], "anchor": "y"},
            "yaxis": written(INK[dark]) | {
                "fixedrange": True, "showgrid": False, "zeroline": False, "range": [len(units) - 0.5, -0.5],
                "tickvals": list(range(len(units))), "ticktext": units},
        },
    })


def _numbers(values, n):
    """The numbers of one panel."""
    unit, which = np.indices(values.shape)
    return over_squares(np.stack([which, unit], -1).reshape(-1, 2),
                        [printed(r) for r in values.ravel()],
                        is_light((values.ravel() + 1) / 2, STATE), 11, {"xaxis": f"x{n}", "yaxis": "y"})
