"""Gradients over time and over parameters on axes of logarithms, where 0 has no place: (T,) arrays -> go.Figure.

What is exactly 0 is marked by an open triangle at the foot of its panel.
"""
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil, floor, log10

import numpy as np
import plotly.graph_objects as go

from ..style import INK, ROLES
from ..text.numbers import amount
from .axis import of_steps, written
from .heatmap import Band, heatmaps

PANEL, GAP, MARGIN = 165, 42, {"l": 64, "r": 12, "t": 58, "b": 44}  # pixels
FIT = 34  # steps, up to which a gradient's number fits in a square
LEGEND = {"orientation": "h", "y": 1, "yanchor": "top", "yref": "container", "x": 0}


@dataclass(frozen=True)
class Curve:
    """Sizes of gradients over steps from 1 on, not negative; where a derivative was negative, its points are open."""

    name: str
    sizes: np.ndarray
    look: tuple[str, str]  # its role in style, its dash
    negative: np.ndarray | None = None


def over_steps(panels: Mapping[str, list[Curve]], T: int, axis: str, zero: str, dark: bool) -> go.Figure:
    """A panel for each title, one below the other over one axis of steps from 1 to T; zero: what 0 is called."""
    count = len(panels)
    inner = count * PANEL + (count - 1) * GAP
    traces, layout, notes, named = [], {}, [], set()
    for k, (title, curves) in enumerate(panels.items(), 1):
        n = "" if k == 1 else str(k)
        top = 1 - (k - 1) * (PANEL + GAP) / inner
        low, high = _decades([curve.sizes for curve in curves])
        layout[f"yaxis{n}"] = written(INK[dark]) | {
            "type": "log", "range": [low, high], "domain": [max(0, top - PANEL / inner), top], "fixedrange": True,
            "anchor": "x", "exponentformat": "power", "dtick": max(1, ceil((high - low) / 6)), "zeroline": False,
        }
        notes.append({"text": title, "xref": "paper", "yref": f"y{n} domain", "x": 0, "y": 1, "yshift": 4,
                      "xanchor": "left", "yanchor": "bottom", "showarrow": False,
                      "font": {"size": 13, "color": INK[dark]}})
        for curve in curves:
            traces += _traces(curve, n, 10**low, zero, dark, curve.name not in named)
            named.add(curve.name)
    return go.Figure(traces, go.Layout(
        height=inner + MARGIN["t"] + MARGIN["b"], margin=MARGIN, annotations=notes, dragmode=False, hovermode="x",
        font={"color": INK[dark]}, showlegend=True, legend=LEGEND,
        xaxis=of_steps(1, T, INK[dark], axis) | {"anchor": f"y{count if count > 1 else ''}"}, **layout,
    ))


def _decades(sizes):
    """From which power of ten to which an axis goes: a decade at least, and room for the zeros at its foot."""
    every = np.concatenate(sizes)
    seen = every[every > 0]
    if not len(seen):
        return -1, 1
    low, high = floor(log10(seen.min())), ceil(log10(seen.max()))
    high = max(high, low + 1)
    return low - max(1, (high - low) / 12) * bool((every == 0).any()) - 0.2, high + 0.2


def _traces(curve, n, floor_, zero, dark, legend):
    """The line, and its zeros if it has any."""
    role, dash = curve.look
    color, at = ROLES[role][dark], np.arange(1, len(curve.sizes) + 1)
    drawn, none = curve.sizes > 0, curve.sizes == 0
    # a point among nothing has no line, so it is marked; of many, the line is enough
    alone = drawn & ~(np.r_[False, drawn[:-1]] | np.r_[drawn[1:], False])
    marker = {"color": color, "size": np.where(alone, 6, 0)}
    if curve.negative is not None:
        marker |= {"size": 6, "symbol": np.where(curve.negative, "circle-open", "circle")}
    traces = [go.Scatter(
        x=at, y=np.where(drawn, curve.sizes, np.nan), yaxis=f"y{n}", name=curve.name,
        mode="lines" if curve.negative is None and not alone.any() else "lines+markers", marker=marker,
        line={"color": color, "width": 2.5, "dash": dash}, legendgroup=curve.name, showlegend=legend,
        customdata=[amount(size) for size in curve.sizes],
        hovertemplate="%{customdata}<extra>" + curve.name + "</extra>")]
    if none.any():
        traces.append(go.Scatter(
            x=at[none], y=np.full(none.sum(), floor_ * 1.6), yaxis=f"y{n}", mode="markers",
            name=f"{curve.name}: {zero}",
            marker={"color": color, "size": 9, "symbol": "triangle-down-open", "line": {"width": 1.5}},
            legendgroup=curve.name, showlegend=False, hovertemplate=f"0<extra>{curve.name}</extra>"))
    return traces


def of_units(band: Band, text: Callable[[float], str], labels: tuple[str, ...], axis: str, unit: str, dark: bool
             ) -> go.Figure:
    """One gradient over time, unit by unit; text: how its numbers are said."""
    return heatmaps([band], labels, axis, unit, INK[dark], text, FIT, thin=True)


def before_and_after(before: Mapping[str, float], after: Mapping[str, float], names: tuple[str, str], dark: bool
                     ) -> go.Figure:
    """Two bars for each parameter: the norm of its gradient as it is and after clipping."""
    low, high = _decades([np.array([*before.values(), *after.values()])])
    return go.Figure(
        [
            go.Bar(x=list(sizes), y=list(sizes.values()), name=name,
                   marker={"color": ROLES[role][dark], "pattern": {"shape": shape}},
                   text=["0" if size == 0 else "" for size in sizes.values()],
                   customdata=[amount(size) for size in sizes.values()],
                   hovertemplate="%{x}: %{customdata}<extra>" + name + "</extra>")
            for sizes, name, role, shape in zip((before, after), names, ("forget", "h"), ("", "/"), strict=True)
        ],
        go.Layout(height=260, margin=MARGIN | {"t": 34, "b": 44}, dragmode=False, font={"color": INK[dark]},
                  legend=LEGEND, barmode="group", xaxis=written(INK[dark]) | {"fixedrange": True, "type": "category"},
                  yaxis=written(INK[dark]) | {
                      "type": "log", "range": [low - 0.4, high], "fixedrange": True, "exponentformat": "power",
                      "dtick": max(1, ceil((high - low) / 5))}),
    )
