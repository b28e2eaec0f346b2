"""How one gradient comes about, in formulas made of letters and of the numbers on the screen: δf is dL/df."""
import numpy as np

from lstm_core import Cell
from lstm_core.cell import is_number
from lstm_core.ops import OPS, held

from ..numbers.backwards import Pass
from ..numbers.own_run import BOUND
from ..text.arithmetic import equated
from ..text.numbers import Shown, activation, amount
from .names import spelled


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
    return spelled(cell, name) if "." in name or is_number(name) else name


def _is_apart(text):
    """Whether an expression is more than one word, brackets and all, or has a sign before it."""
    if text.startswith("−"):
        return True
    depth = 0
    for char in text:
        depth += (char == "(") - (char == ")")
        if char == " " and not depth:
            return True
    return False


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
    sums = [_joined(part) for part in zip(*parts, strict=True)]
    line = [_of(_called(cell, name)), *sums, amount(done.grads[name][t, 0, unit])]
    last = line.pop()
    text = " = ".join(text for k, text in enumerate(line) if not k or text != line[k - 1])
    return equated(text if last == line[-1] else f"{text} {'→' if _overflows(done, t, name, unit) else '='} {last}")


def added(*values: float) -> Shown:
    """A sum of gradients as text: 0.31 + 0.2 − 0.104."""
    return Shown(_joined(map(amount, values)))


def _joined(terms):
    return " + ".join(terms).replace("+ −", "− ")


def sent(done: Pass, t: int, name: str, unit: int) -> dict[str, float]:
    """What each reader of a value within the step hands back to one unit of it: reader -> a part of its gradient.

    These, with what the loss asks for and what the next step hands back, add up to the value's gradient.
    """
    cell, made, found = done.run.cell, done.run, {}
    for node, k in cell.readers.get(name, ()):
        g = done.grads[node.id][t, 0]
        with np.errstate(all="ignore"):
            if node.op == "matmul":
                part = OPS["matmul"].vjp(1, g, None, made.trace.params[node.inputs[0]], None)[unit]
            else:
                part = OPS[node.op].vjp(k, g[unit], _value(made, node.id, t, unit),
                                        *(_value(made, i, t, unit) for i in node.inputs))
        found[node.id] = found.get(node.id, 0.0) + float(held(np.float64(part)))
    return found


def _overflows(done, t, name, unit):
    """Whether a gradient is held at a bound, or what asks for it divides by 0."""
    by = [node.inputs[1] for node, _ in done.run.cell.readers.get(name, ()) if node.op == "div"]
    return abs(done.grads[name][t, 0, unit]) >= BOUND or any(not _value(done.run, i, t, unit) for i in by)


def _asked(done, t, node, k, unit):
    """What one reader of a value asks of it, in letters and in numbers; the value is the reader's k-th input."""
    made, cell = done.run, done.run.cell
    asked, g = delta(cell, node.id), done.grads[node.id][t, 0]

    def number_of(name):
        return amount(_value(made, name, t, unit))

    def factor(name):
        text = _called(cell, name)
        return f"({text})" if _is_apart(text) else text

    if node.op == "matmul":  # the value may have more units than its reader
        sent = OPS["matmul"].vjp(1, g, None, made.trace.params[node.inputs[0]], None)
        return f"{node.inputs[0]}ᵀ {asked}", amount(sent[unit])
    given, own, y = amount(g[unit]), factor(node.id), activation(_value(made, node.id, t, unit), amount)
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
        case "exp":
            return f"{asked} × {own}", f"{given} × {y:b}"
        case "relu":
            before = node.inputs[0]
            return f"{asked} × ({factor(before)} > 0)", f"{given} × {int(_value(made, before, t, unit) > 0)}"
        case "div":
            by = node.inputs[1]
            if k:
                return f"−{asked} × {own} / {factor(by)}", f"−{given:b} × {y:b} / {number_of(by):b}"
            return f"{asked} / {factor(by)}", f"{given} / {number_of(by):b}"
    raise ValueError(f"no words for the gradient of {node.op}")


def _value(made, name, t, unit):
    if is_number(name):
        return float(name)
    return (made.params[name] if name in made.params else made.values[name][t])[unit]
