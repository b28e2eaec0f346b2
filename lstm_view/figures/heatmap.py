"""Values over time as rows of coloured squares: (T, units) arrays -> go.Figure."""
from dataclasses import dataclass
from unicodedata import east_asian_width

import numpy as np
import plotly.graph_objects as go

from ..style import GATE, STATE

ROW, THIN, LEAST = 20, 11, 3  # pixels of a unit's row, and of one of many; the fewest rows' height that a band takes
FEW, MANY, CROWD = 4, 8, 40  # units; of a crowd the rows are thinner still, and all together as tall as 40
GAP = 30  # pixels between two bands
MARGIN = {"l": 46, "r": 12, "t": 30, "b": 44}
WIDE = 26  # steps, up to which a number fits in a square
ROOM = 12  # letters, under the axis
LARGE = 1e4  # from which on a number is printed as 1e4


@dataclass(frozen=True)
class Band:
    """One band of rows: its title, values (T, units), and scale: a "gate" from 0 to 1, or a "state" from -reach to
    reach."""

    title: str
    values: np.ndarray
    scale: str = "state"
    reach: float = 1.0


def heatmaps(bands: list[Band], labels: tuple[str, ...], axis: str, unit: str, ink: str) -> go.Figure:
    """Bands of coloured squares, one below the other, over one axis of steps from 1 to T; unit 1 is on top.

    All stand on one pair of axes, which is drawn much sooner than a pair for each.  The range of colours is fixed, so
    that a colour means one value; numbers are printed if they fit.
    labels: a word for each step, or none; they stand under the axis where they fit.  axis, unit: what the axis and a
    unit are called; ink: the colour of text.  `layout.meta["bands"]` says where each band lies: [top, rows, units].
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
    fits = T <= WIDE and row == ROW
    named = {"tickmode": "array", "tickvals": np.arange(1, T + 1), "ticktext": shortened(labels),
             "autotickangles": [0, -60]}  # aslant where they would run into one another
    ticks = named if labels and T <= WIDE else {"tick0": 1, "dtick": 1} if T <= MANY else {}
    margin = MARGIN | {"b": MARGIN["b"] + (50 if ticks else 0)}
    marks = [(at + (k + 0.5) * tall / units, str(k + 1)) for at, tall, units in places
             for k in (range(units) if units <= FEW else (0, units - 1))]  # each label takes Plotly a millisecond
    return go.Figure({  # from plain dicts: validated once, in a third of the time of Heatmap(...) and Layout(...)
        "data": [_heatmap(band, place, unit, fits) for band, place in zip(bands, places, strict=True)],
        "layout": {
            "height": round(top * row) + margin["t"] + margin["b"], "margin": margin, "font": {"color": ink},
            "dragmode": False, "meta": {"bands": places},
            "annotations": [
                {"text": band.title, "xref": "paper", "yref": "y", "x": 0, "y": at, "yshift": 11, "xanchor": "left",
                 "showarrow": False, "font": {"size": 13, "color": ink}}
                for band, (at, *_) in zip(bands, places, strict=True)
            ],
            "xaxis": {"range": [0.5, T + 0.5], "fixedrange": True, "title": {"text": "" if labels and ticks else axis},
                      "showgrid": False, "zeroline": False, "automargin": False, "ticklabeloverflow": "allow"} | ticks,
            "yaxis": {"range": [top, 0], "fixedrange": True, "showgrid": False, "zeroline": False, "automargin": False,
                      "tickmode": "array", "tickvals": [at for at, _ in marks],
                      "ticktext": [text for _, text in marks], "ticks": "", "ticklabeloverflow": "allow"},
        },
    })


def _heatmap(band, place, unit, fits):
    (T, units), (top, tall, _) = band.values.shape, place
    low, high, colors = (0, 1, GATE) if band.scale == "gate" else (-band.reach, band.reach, STATE)
    short, exact = (".2f", ".6f") if high < LARGE else (".0e", ".6g")
    return {
        "type": "heatmap", "name": band.title, "x": np.arange(0.5, T + 1),
        "y": top + np.arange(units + 1) * tall / units, "z": band.values.T, "zmin": low, "zmax": high, "xgap": 1,
        "ygap": 1, "showscale": False,
        "colorscale": [[k / (len(colors) - 1), color] for k, color in enumerate(colors)],
        "texttemplate": f"%{{z:{short}}}" if fits else None, "textfont": {"size": 11},
        "customdata": np.broadcast_to(np.arange(1, units + 1, dtype=np.int8)[:, None], (units, T)),
        "hovertemplate": f"{band.title}, {unit} %{{customdata}}<br>t = %{{x}}<br>%{{z:{exact}}}<extra></extra>",
    }


def shortened(labels: tuple[str, ...]) -> list[str]:
    """Words for an axis, with nothing in them that Plotly would read as markup."""
    return [_cut(label.replace("<", "‹").replace(">", "›").replace("&", "＆")) for label in labels]


def _cut(text):
    """As much of a word as has room under the axis, where a Hangul syllable takes twice as much as a letter."""
    wide = np.cumsum([1 + (east_asian_width(sign) in "WF") for sign in text])
    return text if wide[-1] <= ROOM else text[: int(np.searchsorted(wide, ROOM))] + "…"
