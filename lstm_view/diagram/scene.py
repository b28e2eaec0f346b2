"""What the picture's component is sent: the drawing, every number, and the words.  Pure; knows no Streamlit."""
import zlib

from lstm_core import Cell

from ..experiment import Experiment, clampable
from ..narrate import stages
from ..style import GATE, PAPER, ROLES, STATE, role
from ..words import Words
from .layout import STAGES, family, is_gate, layout

LETTERS = {"c_tilde": "C̃", "c": "C"}
INNER = {  # what the literature writes for values that have no letter of their own
    "lstm": {"h.1": ("tanh C", "t")},
    "gru": {"h.0.0": ("1−z", "t")},
    "rnn": {},
}
RANGES = {"x": (-5, 5), "h": (-1, 1), "c": (-5, 5)}
SCALES = {"gate": GATE, "state": STATE}


def symbol(cell: Cell, name: str) -> tuple[str, str] | None:
    """A value's letter and subscript, C̃ and t, or None if it has none."""
    if name in INNER[family(cell)]:
        return INNER[family(cell)][name]
    if "." in name:
        return None
    base = name.removesuffix("_prev")
    return LETTERS.get(base, base), "t−1" if name != base else "t"


def title(cell: Cell, name: str, words: Words) -> str:
    """What a value is called in words, for labels and screen readers."""
    kind = family(cell)
    known = words.get(f"node.{kind}.{name}") or words.get(f"node.{name}")
    if known:
        return known
    if name.endswith("_prev"):
        return words("node.prev", name=title(cell, name.removesuffix("_prev"), words))
    if name.endswith(".pre"):
        return words("node.pre", name=title(cell, name.removesuffix(".pre"), words))
    return words("node.part", name=title(cell, name.rpartition(".")[0], words))


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
    shown = {}
    if other:
        run, values = other
        differing = [n for n in names if n in values and (values[n] != experiment.env[n]).any()]
        shown = {"other": {"run": run, "values": {n: values[n].tolist() for n in differing}}}
    order = STAGES[family(cell)]
    drawings = {
        sheet: layout(cell, D, H, narrow=sheet == "narrow", split=bool(other)) for sheet in ("wide", "narrow")
    }
    key = f"{cell.name} {D} {H} {words.lang} {zlib.crc32(repr([other and other[0], *shown.get('other', {}).get('values', ())]).encode())}"
    return drawings | shown | {
        "key": key,
        "name": f"{cell.name}-{D}-{H}",
        "values": {n: experiment.env[n].tolist() for n in names},
        "ranges": {n: value_range(cell, n) for n in experiment.inputs},
        "forced": [f"{n}.{k}" for n, held in experiment.clamp.items() for k in range(H) if held[k] == held[k]],
        "stage": order.index(stage) if stage in order else len(order) - 1,
        "stages": stages(experiment, words, selected),
        "selected": selected,
        "symbols": {n: s for n in names if (s := symbol(cell, n))},
        "names": {n: title(cell, n, words) for n in names},
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
        "selected": selected,
        "ranges": {n: (-10, 10) for n in experiment.params},
        "roles": ROLES,
        "scales": SCALES,
        "words": words.under("picture"),
        "gates": clampable(experiment.cell),
    }
