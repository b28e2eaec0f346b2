"""What the timeline is sent: the input over time, and for each run the unrolled chain of one unit.  Pure."""
from collections.abc import Collection, Mapping

import numpy as np

from lstm_core import Cell

from ..numbers.over_time import Unrolled
from ..style import GATE, PAPER, ROLES, STATE, role
from ..telling.names import symbol, title
from ..words import Words
from .pen import is_gate


def inside(cell: Cell) -> list[str]:
    """The equations a chain shows inside each cell: gates and candidates, not the states."""
    return [n.id for n in cell.nodes if "." not in n.id and n.id not in ("c", "h")]


def carried(cell: Cell) -> list[str]:
    """The states that run from cell to cell: the cell state if there is one, then h."""
    return [s for s in ("c", "h") if s in cell.state or s == "h"]


def timeline(runs: Mapping[str, Unrolled], t: int, unit: int, words: Words, drawable: bool = False,
             backwards: Collection[str] = ()) -> dict:
    """Everything the timeline shows: one chain a run, at step t, of one unit; all runs have the same input.

    drawable: whether the visitor may draw the input; backwards: the names of runs that read it from its end.
    """
    first = next(iter(runs.values()))
    sequence, D = first.sequence, first.D
    other_x = first.other["x"] if first.other else sequence.x
    most = max(run.H for run in runs.values())
    return {
        "T": first.T, "t": t, "unit": unit, "units": most,
        "labels": list(sequence.labels),
        "inputs": [
            {"name": sequence.names[k] if sequence.names else "", "values": sequence.x[:, k].tolist(),
             "other": other_x[:, k].tolist() if (other_x[:, k] != sequence.x[:, k]).any() else None,
             "reach": _reach(sequence.x[:, k], other_x[:, k])}
            for k in range(D)
        ],
        "runs": [_chain(run, min(unit, run.H - 1), name, words) | _way(name in backwards, bool(backwards))
                 for name, run in runs.items()],
        "drawable": drawable,
        "lang": words.lang,
        "roles": ROLES, "paper": PAPER, "scales": {"gate": GATE, "state": STATE},
        "words": words.under("timeline"),
    }


def _reach(*columns):
    """How far a strip reaches up and down: 1, or as far as the values go."""
    return max(1.0, *(float(np.abs(column).max()) for column in columns))


def _way(backwards, told):
    """In which direction a run reads; told: whether that is said."""
    return {"backwards": backwards, "way": (" ←" if backwards else " →") if told else ""}


def _chain(run, unit, name, words):
    cell, shown = run.cell, inside(run.cell)
    nodes = [*shown, *carried(cell)]
    other = run.other or {}
    forced = {n: np.flatnonzero(~np.isnan(held[:, unit])).tolist() for n, held in (run.clamp or {}).items()}
    return {
        "key": name, "title": words(f"cell.{cell.name}"), "unit": unit,
        "carried": carried(cell), "inside": shown,
        "values": {n: run.values[n][:, unit].tolist() for n in nodes},
        "other": {n: other[n][:, unit].tolist() for n in nodes
                  if n in other and (other[n][:, unit] != run.values[n][:, unit]).any()},
        "forced": forced,  # node -> steps
        "symbols": {n: symbol(cell, n)[0] for n in nodes},
        "names": {n: title(cell, n, words) for n in nodes},
        "rolesOf": {n: role(n) for n in nodes},
        "scalesOf": {n: "gate" if is_gate(cell, n) else "state" for n in nodes},
    }
