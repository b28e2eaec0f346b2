"""What a picture of rows of numbers is sent: a square for each step, or for each component of a vector.  Pure."""
from dataclasses import dataclass

import numpy as np

from ..style import GATE, PAPER, STATE
from ..words import Words


@dataclass(frozen=True)
class Row:
    """A row of numbers: what they are (`node`, and which unit or module of it), its title, its numbers, nan where there
    is none; scale: colours from 0 to reach ("gate") or from -reach to reach ("state"); tall: in pixels."""

    node: str
    unit: int
    title: str
    values: np.ndarray
    scale: str = "state"
    reach: float = 1.0
    tall: int = 30


def raster(rows: list[Row], t: int | None, labels: tuple[str, ...], about: str, name: str, words: Words,
           steps: bool = True) -> dict:
    """Everything the picture shows.

    t: the present step, which is marked and follows the scrubber, or None: none is; labels: a word for each column, or
    none; about: what it shows, for those who do not see it; name: that of its file; steps: whether a column is a step,
    and no unit.
    """
    return {
        "steps": steps, "t": -1 if t is None else t, "labels": list(labels), "about": about, "name": name,
        "rows": [
            {"node": row.node, "unit": row.unit, "title": row.title, "scale": row.scale, "reach": row.reach,
             "tall": row.tall, "values": [None if np.isnan(v) else v for v in np.asarray(row.values, float).tolist()]}
            for row in rows
        ],
        "paper": PAPER, "scales": {"gate": GATE, "state": STATE}, "words": words.under("raster"),
    }
