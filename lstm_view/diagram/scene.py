"""What the picture's component is sent: the drawing, every number, and the words.  Pure; knows no Streamlit."""
import numpy as np

from lstm_core import Cell

from ..experiment import Experiment, clampable, masked
from ..names import heading, symbol, title, worked
from ..narrate import stages
from ..style import GATE, PAPER, ROLES, STATE, role
from ..words import Words
from .layout import STAGES, family, layout
from .pen import is_gate

RANGES = {"x": (-5, 5), "h": (-1, 1), "c": (-5, 5)}
SCALES = {"gate": GATE, "state": STATE}


def value_range(cell: Cell, name: str) -> tuple[float, float]:
    """How far a drag may take an input."""
    if is_gate(cell, name):
        return 0, 1
    return RANGES.get(name.removesuffix("_prev"), (-1, 1))


def scene(experiment: Experiment, words: Words, stage: str = "", selected: str = "",
          other: tuple[str, dict] | None = None) -> dict:
    """Everything the picture shows.  other: a second run beside the true one, ("forced" or "pinned", its values)."""
    cell, D, H = experiment.cell, experiment.D, experiment.H
    names = [n.id for n in cell.nodes] + list(experiment.inputs)
    run, values = other or ("", {})
    differing = {n: values[n] for n in names if n in values and (values[n] != experiment.env[n]).any()}
    shown = values if run == "forced" else experiment.env  # as in the panel
    order = STAGES[family(cell)]
    drawings = {
        sheet: layout(cell, D, H, narrow=sheet == "narrow", split=bool(other)) for sheet in ("wide", "narrow")
    }
    where = ",".join(f"{n}.{k}" for n, v in differing.items() for k in np.flatnonzero(v != experiment.env[n]))
    return drawings | {
        "beside": run and words(f"run.{run}"),
        "other": {"run": run, "values": {n: v.tolist() for n, v in differing.items()}},
        "key": f"{cell.name} {D} {H} {words.lang} {run} {where}",  # draw anew when this changes, else repaint
        "name": f"{cell.name}-{D}-{H}",
        "lang": words.lang,
        "about": f"{words('cell.' + cell.name)}, D = {D}, H = {H}",
        "values": {n: experiment.env[n].tolist() for n in names},
        "ranges": {n: value_range(cell, n) for n in experiment.inputs},
        "switches": [n for n in experiment.inputs if n == "tick"],  # 0 or 1 and nothing between
        "forced": [f"{n}.{k}" for n, held in experiment.clamp.items() for k in range(H) if held[k] == held[k]],
        "stage": order.index(stage) if stage in order else len(order) - 1,
        "stages": stages(experiment, words, selected),
        "selected": selected,
        "symbols": {n: s for n in names if (s := symbol(cell, n))},
        "names": {n: [heading(cell, n, k, words) for k in range(len(experiment.env[n]))] for n in names},
        "how": {n: [worked(cell, shown, n, k) for k in range(H)] for n in cell.node},
        "captions": words.under("caption"),
        "roles": ROLES,
        "paper": PAPER,
        "scales": SCALES,
        "words": words.under("picture"),
    }


def matrices(experiment: Experiment, words: Words, selected: str = "") -> dict:
    """What the weight matrices' component shows: one group a gate, in the order they are computed."""
    groups = {}
    for name in experiment.params:
        owner = name[2:3] if name[2:3] != "m" else "n"
        groups.setdefault({"c": "c_tilde"}.get(owner, owner), []).append(name)
    return {
        "groups": [
            {"gate": gate, "title": title(experiment.cell, gate, words), "role": role(gate), "names": members}
            for gate, members in groups.items()
        ],
        "values": {n: v.tolist() for n, v in experiment.params.items()},
        "fixed": masked(experiment.cell, experiment.H),
        "selected": selected,
        "ranges": {n: (-10, 10) for n in experiment.params},
        "roles": ROLES,
        "scales": SCALES,
        "words": words.under("picture"),
        "gates": clampable(experiment.cell),
    }
