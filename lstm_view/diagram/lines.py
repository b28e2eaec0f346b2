"""What the picture of one unit over time is sent: its gates, its states, and what a what-if changes.  Pure."""
import numpy as np

from ..numbers.over_time import Unrolled, main_nodes
from ..style import PAPER, ROLES, role
from ..telling.names import symbol, title
from ..words import Words
from .pen import is_gate

DASHES = ("", "7 4", "2 4", "9 3 2 3", "14 3", "4 2")  # one for each of a cell's equations: colour is never alone


def lines(run: Unrolled, unit: int, t: int, about: str, words: Words) -> dict:
    """Panels of lines over the steps, and the step whose numbers are read off: gates from 0 to 1; candidate and states
    as far as they go; with a what-if, a second line beside each that it changes, and a panel of the differences.

    about: what the picture shows, for those who do not see it.
    """
    drawn = [_line(run, node, unit, DASHES[k % len(DASHES)], words) for k, node in enumerate(main_nodes(run.cell))]
    gates = [line for line in drawn if is_gate(run.cell, line["node"])]
    states = [line for line in drawn if line not in gates]
    apart = [line | {"values": (np.array(line["other"]) - line["values"]).tolist(), "other": None}
             for line in drawn if line["other"]]
    panels = [
        {"title": words(f"lines.{name}"), "low": low(members), "high": high(members), "lines": members,
         "run": "difference" if name == "difference" else ""}
        for name, low, high, members in (
            ("gates", lambda _: 0, lambda _: 1, gates), ("states", _low, _high, states),
            ("difference", _low, _high, apart)) if members
    ]
    return {
        "key": f"{run.cell.name} {run.T} {words.lang} {unit} "
               f"{[[(line['node'], line['other'] is None) for line in panel['lines']] for panel in panels]}",
        "name": f"{run.cell.name}-unit-{unit + 1}",
        "about": f"{words('lines.about', unit=unit + 1, steps=run.T)}. {about}",
        "T": run.T, "t": t, "unit": unit, "panels": panels, "roles": ROLES, "paper": PAPER,
        "words": {key: words(f"lines.{key}") for key in ("save_svg", "save_png")},
    }


def _line(run, node, unit, dash, words):
    values, other = run.values[node][:, unit], run.other and run.other[node][:, unit]
    changed = other is not None and (other != values).any()
    return {"node": node, "symbol": symbol(run.cell, node)[0], "name": title(run.cell, node, words),
            "role": role(node), "dash": dash, "values": values.tolist(),
            "other": other.tolist() if changed else None}


def _low(lines):
    return -_high(lines)


def _high(lines):
    """How far a panel reaches: a round number at or above every value, at least as far as tells them apart."""
    largest = max(float(np.abs(line["values"]).max()) for line in lines)
    largest = max(largest, *(float(np.abs(line["other"]).max()) for line in lines if line["other"]), 1e-12)
    step = 10.0 ** np.floor(np.log10(largest))
    return float(next(k * step for k in (1, 2, 5, 10) if k * step >= largest))
