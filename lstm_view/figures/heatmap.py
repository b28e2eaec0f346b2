"""Values over time as rows of coloured squares: (T, units) arrays -> go.Figure."""
from collections.abc import Callable
from dataclasses import dataclass
from unicodedata import east_asian_width

import numpy as np
import plotly.graph_objects as go

from ..style import GATE, STATE, is_light
from ..text.numbers import printed
from .axis import of_steps, written

ROW, THIN, LEAST = 20, 11, 3  # pixels of a unit's row, and of one of many; the fewest rows' height that a band takes
FEW, MANY, CROWD = 4, 8, 40  # units; of a crowd the rows are thinner still, and all together as tall as 40
GAP = 30  # pixels between two bands
MARGIN = {"l": 46, "r": 12, "t": 30, "b": 52}  # below: the ticks, and under them what the steps are called
WIDE = 26  # steps, up to which a number fits in a square
ROOM = 12  # letters, under the axis
DIGITS = ".6g"  # of a number in a tip: significant, so that what is small is not told as 0


@dataclass(frozen=True)
class Band:
    """One band of rows: its title, values (T, units), and scale: a "gate" from 0 to reach, or a "state" from -reach to
    reach; reach: of all rows, or of each row (units,).

    share: what the value over reach is called, "share of the largest", where that is printed and not the value itself.
    """

    title: str
    values: np.ndarray
    scale: str = "state"
    reach: float | np.ndarray = 1.0
    share: str = ""


def short(value: float) -> str:
    """A number as it has room in a square."""
    return printed(value, "gate")


def heatmaps(bands: list[Band], labels: tuple[str, ...], axis: str, unit: str, ink: str,
             say: Callable[[float], str] = short, wide: int = WIDE, thin: bool = False, where: str = "") -> go.Figure:
    """Bands of coloured squares, one below the other, over one axis of steps from 1 to T; unit 1 is on top.

    All stand on one pair of axes, which is drawn much sooner than a pair for each.  The range of a row's colours is
    fixed, so that a colour means one value there; numbers are printed if they fit.
    labels: a word for each step, or none; they stand under the axis where they fit.  axis, unit: what the axis and a
    unit are called; ink: the colour of text.  say: how a number is printed; wide: steps up to which it is; thin:
    whether also in the thin rows of many units; where: what a tip says of a place, {row} and {column}.
    `layout.meta["bands"]` says where each band lies: [top, rows, units].
    """
    T = len(bands[0].values)
    pixels = [ROW if band.values.shape[1] <= MANY else THIN * min(1, CROWD / band.values.shape[1]) for band in bands]
    row = min(pixels)
    places, top = [], 0.0  # in rows of the smallest height
    for band, height in zip(bands, pixels, strict=True):
        units = band.values.shape[1]
        tall = max(units, LEAST) * height / row
        places.append((top, tall, units))
        top += tall + GAP / row
    top -= GAP / row
    where = where or f", {unit} {{row}}<br>t = {{column}}"
    fits = wide >= T and (thin or row == ROW)
    named = {"tickmode": "array", "tickvals": np.arange(1, T + 1), "ticktext": shortened(labels),
             "autotickangles": [0, -60]}  # aslant where they would run into one another
    ticks = named if labels and T <= WIDE else {}
    margin = MARGIN | {"b": MARGIN["b"] + (50 if ticks else 0)}
    marks = [(at + (k + 0.5) * tall / units, str(k + 1)) for at, tall, units in places
             for k in (range(units) if units <= FEW else (0, units - 1))]  # each label takes Plotly a millisecond
    return go.Figure({  # from plain dicts: validated once, in a third of the time of Heatmap(...) and Layout(...)
        "data": [*(_heatmap(band, place, where) for band, place in zip(bands, places, strict=True)),
                 *(_numbers(bands, places, say, 11 if row == ROW else 10) if fits else [])],
        "layout": {
            "height": round(top * row) + margin["t"] + margin["b"], "margin": margin, "font": {"color": ink},
            "dragmode": False, "meta": {"bands": places}, "showlegend": False,
            "annotations": [
                {"text": band.title, "xref": "paper", "yref": "y", "x": 0, "y": at, "yshift": 11, "xanchor": "left",
                 "showarrow": False, "font": {"size": 13, "color": ink}}
                for band, (at, *_) in zip(bands, places, strict=True)
            ],
            "xaxis": of_steps(1, T, ink, "" if ticks else axis) | ticks | {
                "showgrid": False, "automargin": False, "ticklabeloverflow": "allow"},
            "yaxis": written(ink) | {
                "range": [top, 0], "fixedrange": True, "showgrid": False, "zeroline": False, "automargin": False,
                "tickmode": "array", "tickvals": [at for at, _ in marks], "ticktext": [text for _, text in marks],
                "ticks": "", "ticklabeloverflow": "allow"},
        },
    })


def _heatmap(band, place, where):
    """The squares of a band: z is how far a value goes towards its row's reach, 1 at the end of the colours."""
    (T, units), (top, tall, _) = band.values.shape, place
    low, colors = (0, GATE) if band.scale == "gate" else (-1, STATE)
    rows = np.broadcast_to(np.arange(1, units + 1, dtype=np.int16)[:, None], (units, T))
    scaled = np.any(np.asarray(band.reach) != 1)
    value = f"%{{customdata[1]:{DIGITS}}}" if scaled else f"%{{z:{DIGITS}}}"
    said = f"{band.share}: %{{z:.3g}}<br>{value}" if band.share else value
    where = where.format(row="%{customdata[0]}" if scaled else "%{customdata}", column="%{x}")
    return {
        "type": "heatmap", "name": band.title, "x": np.arange(0.5, T + 1),
        "y": top + np.arange(units + 1) * tall / units, "z": (band.values / band.reach).T, "zmin": low, "zmax": 1,
        "xgap": 1, "ygap": 1, "showscale": False,
        "colorscale": [[k / (len(colors) - 1), color] for k, color in enumerate(colors)],
        "customdata": np.stack([rows, band.values.T], -1) if scaled else rows,
        "hovertemplate": f"{band.title}{where}<br>{said}<extra></extra>",
    }


def _numbers(bands, places, say, size):
    """Every number over its square."""
    at, texts, lights = [], [], []
    for band, (top, tall, units) in zip(bands, places, strict=True):
        shown = band.values / band.reach
        low, colors = (0, GATE) if band.scale == "gate" else (-1, STATE)
        t, k = np.indices(shown.shape)
        at.append(np.stack([t + 1, top + (k + 0.5) * tall / units], -1).reshape(-1, 2))
        texts += [say(value) for value in (shown if band.share else band.values).ravel()]
        lights.append(is_light((shown.ravel() - low) / (1 - low), colors))
    return over_squares(np.concatenate(at), texts, np.concatenate(lights), size)


def over_squares(at: np.ndarray, texts: list[str], light: np.ndarray, size: int, axes: dict[str, str] | None = None
                 ) -> list[dict]:
    """Numbers over coloured squares, in two traces: black over what is light, white over what is dark.

    A heatmap prints all its numbers in one colour, or in the grey or white of Plotly's, which can be as little as
    3.1:1.  at: (n, 2), their middles; light: (n,), see `is_light`; axes: which, where those are not the first.
    """
    texts = np.array(texts, object)
    return [{"type": "scatter", "mode": "text", "x": at[own, 0], "y": at[own, 1], "text": texts[own],
             "textfont": {"color": color, "size": size}, "hoverinfo": "skip", "cliponaxis": False} | (axes or {})
            for own, color in ((light, "#000000"), (~light, "#ffffff")) if own.any()]


def shortened(labels: tuple[str, ...]) -> list[str]:
    """Words for an axis, with nothing in them that Plotly would read as markup."""
    return [_cut(label.replace("<", "‹").replace(">", "›").replace("&", "＆")) for label in labels]


def _cut(text):
    """As much of a word as has room under the axis, where a Hangul syllable takes twice as much as a letter."""
    wide = np.cumsum([1 + (east_asian_width(sign) in "WF") for sign in text])
    return text if wide[-1] <= ROOM else text[: int(np.searchsorted(wide, ROOM))] + "…"
