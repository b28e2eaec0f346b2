"""What the picture's component is sent: the drawing, every number, and the words.  Pure; knows no Streamlit."""
from collections.abc import Collection
from hashlib import blake2b

import numpy as np

from lstm_core import Cell

from ..numbers.addresses import clampable, masked
from ..numbers.moment import Experiment
from ..style import GATE, PAPER, ROLES, STATE, role
from ..telling.names import heading, symbol, title, worked
from ..telling.narrate import focus, stages
from ..words import Words
from .layout import layout, stages_of
from .pen import is_gate

FAR, NEAR = (-5, 5), (-1, 1)
SCALES = {"gate": GATE, "state": STATE}


def value_range(cell: Cell, name: str) -> tuple[float, float]:
    """How far a drag may take an input."""
    if is_gate(cell, name):
        return 0, 1
    name = name.removesuffix("_prev").removesuffix("_below")
    return NEAR if name == "h" or (name in cell.node and cell.node[name].op == "tanh") else FAR


MOST_SQUARES = 6  # of a vector of units; of a longer one those around the selected unit are shown


def window(size: int, unit: int) -> range:
    """The units of a vector that the picture shows."""
    first = max(0, min(unit - MOST_SQUARES // 2, size - MOST_SQUARES))
    return range(first, min(size, first + MOST_SQUARES))


def scene(experiment: Experiment, words: Words, stage: str = "", selected: str = "",
          other: tuple[str, dict] | None = None, unit: int | None = None,
          editable: Collection[str] | None = None) -> dict:
    """Everything the picture shows.

    other: a second run beside the true one, (its name in the words' section `run`, its values); unit: the one that
    is spoken of, and around which a vector is shown that is too long; editable: the inputs that may be dragged, by
    default all.
    """
    cell = experiment.cell
    spoken = _spoken(experiment, selected, unit)
    unit = int(spoken.rsplit(".", 1)[1]) if spoken else 0
    inputs, units = range(experiment.D), window(experiment.H, unit)
    D, H = len(inputs), len(units)
    names = [n.id for n in cell.nodes] + list(experiment.inputs)
    run, values = other or ("", {})
    differing = {n: values[n] for n in names if n in values and (values[n] != experiment.env[n]).any()}
    shown = values if run == "forced" else experiment.env  # as in the panel
    order = stages_of(cell)
    drawings = {
        sheet: layout(cell, D, H, narrow=sheet == "narrow", split=bool(other)) for sheet in ("wide", "narrow")
    }
    where = ",".join(f"{n}.{k}" for n, v in differing.items() for k in np.flatnonzero(v != experiment.env[n]))
    return drawings | {
        "beside": run and words(f"run.{run}"),
        "other": {"run": run, "values": {n: v.tolist() for n, v in differing.items()}},
        "first": {n: (inputs if n == "x" else units).start for n in names},  # the unit that a vector begins with
        "editable": list(experiment.inputs if editable is None else editable),
        # draw anew when this changes, else repaint
        "key": f"{cell.name} {_digest(cell)} {D} {H} {inputs.start} {units.start} {words.lang} {run} {where} "
               f"{experiment.called}",
        "name": f"{cell.name}-{experiment.D}-{experiment.H}",
        "about": f"{words('cell.' + cell.name)}, D = {experiment.D}, H = {experiment.H}",
        "values": {n: experiment.env[n].tolist() for n in names},
        "reach": 1.0,  # the value at which colours end
        "ranges": {n: value_range(cell, n) for n in experiment.inputs},
        "switches": [n for n in experiment.inputs if n == "tick"],  # 0 or 1 and nothing between
        "forced": [f"{n}.{k}" for n, held in experiment.clamp.items() for k in np.flatnonzero(~np.isnan(held))],
        "stage": order.index(stage) if stage in order else len(order) - 1,
        "stages": stages(experiment, words, spoken),
        "selected": selected,
        "unit": unit,  # of a box that is pointed at
        "symbols": {n: s for n in names if (s := symbol(cell, n))},
        "names": {n: [_called(experiment, n, k, words) if k in (inputs if n == "x" else units) else ""
                      for k in range(len(experiment.env[n]))] for n in names},
        "inputs": list(experiment.called),
        "how": {n: [worked(cell, shown, n, k) if k in units else "" for k in range(experiment.H)] for n in cell.node},
        "captions": words.under("caption"),
        "roles": ROLES,
        "paper": PAPER,
        "scales": SCALES,
        "words": words.under("picture"),
    }


def _called(experiment, name, unit, words):
    """A value in words; an input with its own name too."""
    said = heading(experiment.cell, name, unit, words)
    return f"{said} ({experiment.called[unit]})" if name == "x" and experiment.called else said


def _digest(cell):
    """Tells cells of one name apart: by their equations, and what they are compared with."""
    told = repr((cell.equations, cell.periods, cell.base and (cell.base.name, cell.base.equations)))
    return blake2b(told.encode(errors="replace"), digest_size=6).hexdigest()


def _spoken(experiment, selected, unit=None):
    """The value that is spoken of at every stage; "": at each stage the one most concerned, if all are drawn."""
    if selected or unit is not None:
        return selected or f"h.{unit}"
    return focus(experiment, "") if experiment.H > MOST_SQUARES else ""


def matrices(experiment: Experiment, words: Words, selected: str = "", rows: Collection[int] | None = None) -> dict:
    """What the weight matrices' component shows: one group a gate, in the order they are computed.

    rows: the units whose weights are shown, by default those of the picture.
    """
    spoken = _spoken(experiment, selected)
    unit = int(spoken.rsplit(".", 1)[1]) if spoken else 0
    groups = {}
    for name in experiment.params:
        reader, _ = experiment.cell.readers[name][0]
        groups.setdefault(reader.id.partition(".")[0], []).append(name)
    return {
        "groups": [
            {"gate": gate, "title": title(experiment.cell, gate, words), "role": role(gate), "names": members}
            for gate, members in groups.items()
        ],
        "values": {n: v.tolist() for n, v in experiment.params.items()},
        "rows": list(window(experiment.H, unit) if rows is None else rows),
        "fixed": masked(experiment.cell, experiment.H),
        "selected": selected,
        "ranges": {n: (-10, 10) for n in experiment.params},
        "roles": ROLES,
        "scales": SCALES,
        "words": words.under("picture"),
        "gates": clampable(experiment.cell),
    }
