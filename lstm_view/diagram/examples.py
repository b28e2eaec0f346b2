"""What the picture of a task's examples is sent: what is read, what is asked for where, what nets answer.  Pure."""
from collections.abc import Mapping

import numpy as np

from lstm_core.tasks import Batch, Task

from ..style import PAPER, ROLES
from ..text.numbers import printed
from ..words import Words
from .curves import LOOKS, Line

MOSTLY = 0.5  # from this share of asked steps on, every step is a column of the table


def examples(task: Task, batch: Batch, answers: Mapping[str, tuple[np.ndarray, np.ndarray]], lines: list[Line],
             inputs: list[str], words: Words, key: str) -> dict:
    """Everything the picture shows: each sequence of the batch.

    answers: lane -> what its net answers (T, B, K) and where that is right (T, B), or none yet; lines: the nets in
    order, those without answers left out; inputs: what each input is called, where numbers are read.
    """
    lines = [line for line in lines if line.lane in answers]
    ends = [len(batch.x)] * batch.x.shape[1] if batch.lengths is None else batch.lengths.tolist()
    return {
        "key": f"{key} {words.lang}", "roles": ROLES, "paper": PAPER,
        "words": {name: words(f"examples.{name}") for name in ("reads", "right", "asked", "fine", "wrong")},
        "lanes": [{"name": line.lane, "label": line.label, "role": LOOKS[line.look % len(LOOKS)][0]} for line in lines],
        "sequences": [_sequence(task, batch, b, int(T), answers, lines, inputs, words) for b, T in enumerate(ends)],
    }


def _sequence(task, batch, b, T, answers, lines, inputs, words):
    asked = np.flatnonzero(batch.mask[:T, b])
    every = len(asked) > MOSTLY * T
    tokens = _tokens(task, batch, b, T)
    shown = np.arange(T) if every else asked
    wanted = [_wanted(task, batch, t, b) for t in asked]
    return {
        "tokens": None if every else tokens,
        "strips": None if every or tokens else [
            {"name": name, "values": batch.x[:T, b, d].tolist()} for d, name in enumerate(inputs)],
        "asked": asked.tolist(),
        "columns": [{"step": int(t), "head": _head(tokens, batch, t, b, every, words), "asked": bool(batch.mask[t, b])}
                    for t in shown],
        "right": _spread(wanted, asked, shown),
        "answers": [_spread([_answer(task, batch, output[t, b], bool(fine[t, b]), t, b) for t in asked], asked, shown)
                    for line in lines for output, fine in [answers[line.lane]]],
        "about": words("examples.about", steps=T, asked=len(asked)),
    }


def _spread(cells, asked, shown):
    found = dict(zip(asked.tolist(), cells, strict=True))
    return [found.get(int(t)) for t in shown]


def _tokens(task, batch, b, T):
    if batch.tokens is None or not task.symbols:
        return None
    return [symbol(task.symbols[k]) if k >= 0 else "·" for k in batch.tokens[:T, b]]


def _head(tokens, batch, t, b, every, words):
    """What stands over a column: what is read at the step; where only few are shown, its number."""
    if not every:
        return words("examples.at", step=t + 1)
    return tokens[t] if tokens else _numbers([batch.x[t, b, 0]])


def _wanted(task, batch, t, b):
    """The right answer: its text, and its value where it is a number."""
    if task.loss == "squares":
        values = batch.target[t, b]
        return {"text": _numbers(values), "value": float(values[0])}
    if batch.allowed is not None:
        return {"text": _names(task, np.flatnonzero(batch.allowed[t, b]))}
    return {"text": _names(task, [batch.target[t, b]])}


def _answer(task, batch, output, fine, t, b):
    """What a net answers: where several classes are right, as many as are, the likeliest."""
    if task.loss == "squares":
        return {"text": _numbers(output), "value": float(output[0]), "right": fine}
    count = 1 if batch.allowed is None else int(batch.allowed[t, b].sum())
    likeliest = np.argsort(-output, kind="stable")[:count]
    return {"text": _names(task, np.sort(likeliest)), "right": fine}


def _names(task, classes):
    return " / ".join(symbol(task.answers[k]) if task.answers else str(k) for k in classes)


def symbol(text: str) -> str:
    """A symbol as it can be seen."""
    return {" ": "␣", "\n": "↵", "\t": "⇥"}.get(text, text)


def _numbers(values):
    """Numbers that are read or answered, in short."""
    return ", ".join(printed(value, "gate") for value in values)
