"""What the picture of one unit over time is sent: its gates and states, and those of a second run.  Pure."""
import numpy as np

from ..numbers.over_time import Unrolled, main_nodes
from ..style import PAPER, ROLES, role
from ..telling.names import symbol, title
from ..words import Words
from .pen import is_gate

DASHES = ("", "7 4", "2 4", "9 3 2 3", "14 3", "4 2")  # one for each of a cell's equations: colour is never alone


def lines(run: Unrolled, unit: int, t: int, about: str, words: Words,
          beside: tuple[str, str, Unrolled] | None = None) -> dict:
    """Panels of lines over the steps, and the step whose numbers are read off: gates from 0 to 1; candidate and states
    as far as they go; with a second run, a second line beside each that it has too, and a panel of the differences.

    The second run is the what-if, of which only what it changes is drawn; or beside: what the run's cell and another
    cell are called, and the other's run over the same input.  about: what the picture shows, for those who do not see
    it.
    """
    second = beside[2].values if beside else run.other or {}
    drawn = [_line(run, node, second.get(node), bool(beside), unit, DASHES[k % len(DASHES)], words)
             for k, node in enumerate(main_nodes(run.cell))]
    gates = [line for line in drawn if is_gate(run.cell, line["node"])]
    states = [line for line in drawn if line not in gates]
    apart = [line | {"values": (np.array(line["other"]) - line["values"]).tolist(), "other": None}
             for line in drawn if line["other"] and line["other"] != line["values"]]
    titles = {name: words(f"lines.{name}") for name in ("gates", "states", "difference")}
    if beside:
        titles["difference"] = words("lines.apart", cell=beside[0], other=beside[1])
    panels = [
        {"title": titles[name], "low": low(members), "high": high(members), "lines": members,
         "run": "difference" if name == "difference" else ""}
        for name, low, high, members in (
            ("gates", lambda _: 0, lambda _: 1, gates), ("states", _low, _high, states),
            ("difference", _low, _high, apart)) if members
    ]
    legend = list(beside[:2]) if beside else []
    return {
        "key": f"{run.cell.name} {run.T} {words.lang} {unit} {legend} "
               f"{[[(line['node'], line['other'] is None) for line in panel['lines']] for panel in panels]}",
        "name": f"{'-'.join([run.cell.name, *([beside[2].cell.name] if beside else [])])}-unit-{unit + 1}",
        "about": f"{words('lines.about', unit=unit + 1, steps=run.T)}. {about}",
        "T": run.T, "t": t, "unit": unit, "panels": panels, "labels": [], "roles": ROLES, "paper": PAPER,
        "second": "beside" if beside else "what", "legend": legend,
        "words": {key: words(f"lines.{key}") for key in ("save_svg", "save_png")},
    }


def of_units(run: Unrolled, units: dict[int, str], t: int, about: str, words: Words) -> dict:
    """The same picture with a panel for each of some units: its candidate and states; units: unit -> its title."""
    every = {unit: lines(run, unit, t, about, words) for unit in units}
    panels = [panel | {"title": units[unit], "unit": unit} for unit, own in every.items() for panel in own["panels"]
              if panel["low"]]
    first, *_ = every.values()
    return first | {"key": " ".join(own["key"] for own in every.values()), "panels": panels, "about": about,
                    "name": f"{run.cell.name}-units"}


def _line(run, node, second, always, unit, dash, words):
    values, other = run.values[node][:, unit], None if second is None else second[:, unit]
    shown = other is not None and (always or (other != values).any())
    return {"node": node, "symbol": symbol(run.cell, node)[0], "name": title(run.cell, node, words),
            "role": role(node), "dash": dash, "values": values.tolist(),
            "other": other.tolist() if shown else None}


def _low(lines):
    return -_high(lines)


def _high(lines):
    """How far a panel reaches: a round number at or above every value, at least as far as tells them apart."""
    largest = max(float(np.abs(line["values"]).max()) for line in lines)
    largest = max(largest, *(float(np.abs(line["other"]).max()) for line in lines if line["other"]), 1e-12)
    step = 10.0 ** np.floor(np.log10(largest))
    return float(next(k * step for k in (1, 2, 5, 10) if k * step >= largest))
