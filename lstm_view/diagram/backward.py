"""The picture of a cell run backwards: a square holds dL/d of its value, and wires lead the other way.  Pure."""
from functools import lru_cache

from lstm_core import Cell
from lstm_core.cell import is_number
from lstm_core.ops import OPS

from ..numbers.backwards import Pass, stages
from ..numbers.mix import squashed
from ..numbers.over_time import moment
from ..style import STATE
from ..telling.names import heading, spelled
from ..telling.narrate import number
from ..telling.narrate_back import amount, told
from ..words import Words
from .layout import layout
from .scene import scene, window


def backward_scene(done: Pass, t: int, words: Words, stage: str = "", selected: str = "", unit: int = 0) -> dict:
    """What the picture's component is sent for step t of a backward pass: as `scene`, with gradients for values, and
    `largest` of those shown, at which colours end.  unit: the one that is spoken of."""
    cell, run, order = done.run.cell, done.run, stages(done.run.cell)
    forwards = scene(moment(run, t), words, "", selected, unit=unit, editable=())
    values = {name: done.grads[name][t, 0] for name in forwards["values"]}
    units = {name: window(len(value), forwards["unit"]) for name, value in values.items()}
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


@lru_cache(maxsize=64)
def turned(cell: Cell, D: int, H: int, narrow: bool) -> dict:
    """The drawing of a cell with its wires turned round and its stages walked from the last to the first.  Shared, so
    not to be changed."""
    drawing = layout(cell, D, H, narrow)
    parts, last = [part for part in drawing["parts"] if not part.get("ghost")], len(stages(cell)) - 1
    walked = _walked(cell, parts, last)

    def turn(part):
        match part["kind"]:
            case "wire":
                return {"points": part["points"][::-1], "arrow": True, "stage": last - part["stage"]}
            case "vector":
                known = _known(cell, part["node"], walked, last)
                crowded = part["node"] == "n.pre" and squashed(cell, "n")  # no room beside it for δa
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


# --- how one gradient comes about


def delta(cell: Cell, name: str) -> str:
    """What the gradient of a value is called: δf, δa_f before its function; a sum passes its own on to its terms."""
    readers = [reader for reader, _ in cell.readers.get(name, ())]
    if "." in name and not name.endswith(".pre") and [reader.op for reader in readers] == ["add"]:
        return delta(cell, readers[0].id)
    return _of(_called(cell, name))


def _of(text):
    return f"δ{text}" if text.isidentifier() else f"δ({text})"


def _called(cell, name):
    """A value in formulas: its letter, a_f before a function, or how it is computed."""
    if name.endswith(".pre") and name.count(".") == 1:
        return f"a_{name.removesuffix('.pre')}"
    return spelled(cell, name) if "." in name else name


def worked(done: Pass, t: int, name: str, unit: int) -> str:
    """How the gradient of one number comes about, in one line of plain text: δf = δc × c_prev = 0.31 × 0.8 = 0.248.

    (L) marks what the loss itself asks for, (t+1) what the next step hands back.
    """
    cell = done.run.cell
    parts = [_asked(done, t, node, k, unit) for node, k in cell.readers.get(name, ())]
    if name == "h" and done.weights[t, 0, unit]:
        parts.append(("(L)", f"{amount(done.weights[t, 0, unit])} (L)"))
    if name in cell.state and done.hands_on(t):
        parts.append(("(t+1)", f"{amount(done.later(name, t)[unit])} (t+1)"))
    sums = [" + ".join(part).replace("+ −", "− ") for part in zip(*parts, strict=True)]
    line = [_of(_called(cell, name)), *sums, amount(done.grads[name][t, 0, unit])]
    return " = ".join(text for k, text in enumerate(line) if not k or text != line[k - 1])


def _asked(done, t, node, k, unit):
    """What one reader of a value asks of it, in letters and in numbers; the value is the reader's k-th input."""
    made, cell = done.run, done.run.cell
    asked, g = delta(cell, node.id), done.grads[node.id][t, 0]

    def number_of(name):
        if is_number(name):
            return amount(float(name))
        return amount((made.params[name] if name in made.params else made.values[name][t])[unit])

    def factor(name):
        text = _called(cell, name)
        return f"({text})" if " " in text and not text.endswith(")") else text

    if node.op == "matmul":  # the value may have more units than its reader
        sent = OPS["matmul"].vjp(1, g, None, made.trace.params[node.inputs[0]], None)
        return f"{node.inputs[0]}ᵀ {asked}", amount(sent[unit])
    given, own, y = amount(g[unit]), factor(node.id), number_of(node.id)
    match node.op:
        case "add":
            return asked, given
        case "sub":
            return (f"−{asked}", f"−{given:b}") if k else (asked, given)
        case "mul":
            other = node.inputs[1 - k]
            return f"{asked} × {factor(other)}", f"{given} × {number_of(other):b}"
        case "sigmoid":
            return f"{asked} × {own} × (1 − {own})", f"{given} × {y} × (1 − {y})"
        case "tanh":
            return f"{asked} × (1 − {own}²)", f"{given} × (1 − {y:b}²)"
    raise ValueError(f"no words for the gradient of {node.op}")
