"""What the picture of a unit beside what it may stand for is sent: `lines`, over one example.  Pure."""
import numpy as np

from ..numbers.film import Film
from ..style import PAPER, ROLES, role
from ..telling.names import symbol, title
from ..words import Words
from .film import labels


def unit_beside(film: Film, frame: int, node: str, unit: int, name: str, called: str, about: str, words: Words) -> dict:
    """One unit's value over the example, and below it a property, which has gaps where it is undefined."""
    cell, values = film.settings.cell, film.frames[frame].values[node][:, unit]
    wanted = film.example.properties[name][:, 0]
    lines = {
        words("meaning.one", unit=f"{symbol(cell, node)[0]} {unit + 1}"): (
            node, symbol(cell, node)[0], title(cell, node, words), role(node), values),
        called: ("property", "", called, "x", wanted),
    }
    return {
        "key": f"{cell.name} {film.settings.task.name} {film.T} {words.lang} {node} {unit} {name} {labels(film)}",
        "name": f"{cell.name}-{node}-{unit + 1}", "about": about, "T": film.T, "t": 0, "unit": unit,
        "labels": labels(film),
        "panels": [_panel(heading, *line) for heading, line in lines.items()],
        "roles": ROLES, "paper": PAPER, "second": "", "legend": [],
        "words": {key: words(f"lines.{key}") for key in ("save_svg", "save_png")},
    }


def _panel(heading, node, letter, name, look, values):
    """As far as its values go, and at least from 0 to 1; round numbers."""
    known = values[~np.isnan(values)]
    reach = max(1.0, float(np.abs(known).max(initial=0)))
    return {
        "title": heading, "low": -reach if (known < 0).any() else 0.0, "high": reach, "run": "",
        "lines": [{"node": node, "symbol": letter, "name": name, "role": look, "dash": "",
                   "values": [None if np.isnan(v) else v for v in values.tolist()], "other": None}],
    }
