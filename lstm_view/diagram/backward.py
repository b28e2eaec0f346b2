"""The picture of a cell run backwards: a square holds dL/d of its value, and wires lead the other way.  Pure."""
from dataclasses import replace
from functools import lru_cache

from lstm_core import Cell

from ..numbers.backwards import Pass, stages
from ..numbers.mix import squashed
from ..numbers.over_time import moment
from ..style import STATE
from ..telling.names import heading
from ..telling.narrate_back import told
from ..telling.worked_back import delta, worked
from ..text.numbers import amount, number
from ..words import Words
from .layout import family, layout
from .scene import scene, window

__all__ = ["backward_scene", "delta", "turned", "worked"]


def backward_scene(done: Pass, t: int, words: Words, stage: str = "", selected: str = "", unit: int = 0) -> dict:
    """What the picture's component is sent for step t of a backward pass: as `scene`, with gradients for values, and
    `largest` of those shown, at which colours end.  unit: the one that is spoken of."""
    cell, run, order = done.run.cell, done.run, stages(done.run.cell)
    forwards = scene(moment(run, t), words, "", selected, unit=unit, editable=())
    values = {name: done.grads[name][t, 0] for name in forwards["values"]}
    units = {name: range(len(value)) if name == "x" else window(len(value), forwards["unit"])
             for name, value in values.items()}
    reach = max(float(abs(values[name][list(units[name])]).max()) for name in values)
    sheets = {sheet: turned(cell, len(units["x"]), len(units["h"]), sheet == "narrow") for sheet in ("wide", "narrow")}
    return forwards | sheets | {
        "key": f"backward {forwards['key']}",
        "name": f"{forwards['name']}-backward-{t + 1}",
        "about": words("back.about", cell=words(f"cell.{cell.name}"), step=t + 1, reach=amount(reach)),
        "values": {name: value.tolist() for name, value in values.items()},
        "largest": reach,
        "reach": reach or 1.0,
        "stage": order.index(stage) if stage in order else len(order) - 1,
        "stages": told(done, t, unit, words),
        "symbols": {name: (f"δ({letter})" if {" ", "−"} & {*letter} else f"δ{letter}", when)
                    for name, (letter, when) in forwards["symbols"].items()},
        "names": {
            name: [words("back.of", name=heading(cell, name, k, words), value=number(run.values[name][t, k], 3))
                   if k in units[name] else "" for k in range(len(value))] for name, value in values.items()
        },
        "how": {name: [worked(done, t, name, k) if k in units[name] else "" for k in range(len(value))]
                for name, value in values.items()},
        "scales": forwards["scales"] | {"gradient": STATE},
        "words": forwards["words"] | {"picture": words("back.picture"), "stages": words("back.stages")},
    }


# --- the drawing


def turned(cell: Cell, D: int, H: int, narrow: bool) -> dict:
    """The drawing of a cell with its wires turned round and its stages walked from the last to the first.  Shared, so
    not to be changed."""
    return _turned(cell, cell.base, D, H, narrow)


@lru_cache(maxsize=64)
def _turned(cell, base, D, H, narrow):  # base: it may take room in the drawing
    drawing = layout(replace(cell, base=base), D, H, narrow)
    parts, last = [part for part in drawing["parts"] if not part.get("ghost")], len(stages(cell)) - 1
    walked = _walked(cell, parts, last)

    def turn(part):
        match part["kind"]:
            case "wire":
                return {"points": part["points"][::-1], "arrow": True, "stage": last - part["stage"]}
            case "vector":
                known = _known(cell, part["node"], walked, last)
                crowded = part["node"] == "n.pre" and family(cell) == "gru" and squashed(cell, "n")  # no room for δa
                return {"scale": "gradient", "edit": False, "stage": known} | ({"label": "bare"} if crowded else {})
            case "body":
                return {}
        return {"stage": last - part["stage"]}

    return {"size": drawing["size"], "parts": [part | {"new": False} | turn(part) for part in parts]}


def _walked(cell, parts, last):
    """Node -> the stage in which the gradient passes back through it."""
    drawn = {part["node"]: last - part["stage"] for kind in ("vector", "box", "op")  # the last says when
             for part in parts if part["kind"] == kind}
    walked = {}
    for node in reversed(cell.nodes):  # one that is not drawn is walked with those that read it
        readers = [walked[reader.id] for reader, _ in cell.readers.get(node.id, ())]
        walked[node.id] = drawn[node.id] if node.id in drawn else max(readers, default=0)
    return walked


def _known(cell, name, walked, last):
    """The stage after which all that is asked of a value has come; what goes to another step or to x is the last."""
    if name not in cell.node:
        return last
    return max((walked[reader.id] for reader, _ in cell.readers.get(name, ())), default=0)
