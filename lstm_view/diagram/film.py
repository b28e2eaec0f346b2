"""What the film of the gates is sent: every snapshot at once, so that moving through them asks nobody.  Pure.

A frame's values are sent rounded, as they are painted; those of the frame that is looked at also exactly.
"""
from base64 import b64encode

import numpy as np

from ..numbers.film import BINS, MOST_UNITS, Film, bands, filmed
from ..style import GATE, PAPER, ROLES, STATE, role
from ..telling.names import symbol, title
from ..telling.scales import reaches, scaled
from ..text.numbers import number
from ..words import Words
from .pen import is_gate

STEPS = 32767  # to which a value is rounded, from 0 to as far as the colours of its row reach
DIGITS = 4  # of a gradient's norm
SPACES = {" ": "␣", "\n": "⏎", "\t": "⇥"}
DASHES = ("", "7 4")


def film_scene(film: Film, shown: tuple[str, ...], frame: int, says: list[str], words: Words) -> dict:
    """Everything that the drawing shows.

    shown: nodes, or () for the usual; frame: which is looked at; says: of each frame, what it tells.
    """
    cell, now = film.settings.cell, film.frames[frame]
    nodes = bands(cell, shown)
    units = min(film.settings.H, MOST_UNITS)
    return {
        "key": f"{cell.name} {film.settings.task.name} {film.T} {units} {words.lang} {nodes}",
        "name": f"{cell.name}-{film.settings.task.name}-film",
        "about": words("filmed.about", cell=words.get(f"cell.{cell.name}", cell.name), frames=len(film.frames)),
        "T": film.T, "units": units, "frame": frame, "steps": [f.record.step for f in film.frames],
        "accuracy": [f.record.accuracy for f in film.frames],
        "bands": [_band(film, node, units, words) for node in nodes],
        "exact": {
            "frame": frame, "bands": [now.values[node][:, :units].T.tolist() for node in nodes],
            "norms": [now.norms[state].tolist() for state in cell.state],
        },
        "labels": labels(film), "inputs": _inputs(film),
        "asked": np.flatnonzero(film.asked).tolist(), "wanted": wanted(film),
        "answers": [_answers(film, f) for f in film.frames],
        "norms": _norms(film, words), "bins": BINS,
        "counted_role": role(filmed(cell)), "counts": [f.gate.counts.tolist() for f in film.frames],
        "counted": words("filmed.counted", name=title(cell, filmed(cell), words)) if filmed(cell) != "h" else
        words("filmed.counted_size"),
        "says": says, "lang": words.lang, "roles": ROLES, "paper": PAPER, "scales": {"gate": GATE, "state": STATE},
        "words": words.under("film"),
    }


def _band(film, node, units, words):
    cell = film.settings.cell
    values = np.stack([frame.values[node][:, :units].T for frame in film.frames])
    gate = is_gate(cell, node)
    reach = np.ones(values.shape[1]) if gate else reaches(values.swapaxes(1, 2))  # the same in every frame
    rounded = np.rint(values / reach[:, None] * STEPS).astype("<i2")
    return {"node": node, "title": scaled(title(cell, node, words), reach, words("scale.unit"), words),
            "scale": "gate" if gate else "state", "reach": reach.tolist(),
            "rounded": b64encode(rounded.tobytes()).decode()}


def labels(film: Film) -> list[str]:
    """What is read at each step, where that is a symbol; else none."""
    tokens, symbols = film.example.tokens, film.settings.task.symbols
    if tokens is None or not symbols:
        return []
    return [visible(symbols[k]) if k >= 0 else "" for k in tokens[:, 0]]


def visible(symbol: str) -> str:
    """A symbol, also one that leaves only a gap."""
    return SPACES.get(symbol, symbol)


def _inputs(film):
    """What is read where that is no symbol: each input over time, and how far it reaches."""
    if labels(film):
        return []
    return [{"values": column.tolist(), "reach": max(1.0, float(np.abs(column).max()))}
            for column in film.example.x[:, 0].T[:4]]


def wanted(film: Film) -> list[str]:
    """What is right at each step that is asked for; several answers, where several are: T/P."""
    task, batch = film.settings.task, film.example
    if task.loss == "squares":
        return [_numbers(row) for row in batch.target[:, 0][film.asked]]
    if batch.allowed is not None:
        return ["/".join(_answer(task, k) for k in np.flatnonzero(row)) for row in batch.allowed[:, 0][film.asked]]
    return [_answer(task, k) for k in batch.target[:, 0][film.asked]]


def _answers(film, frame):
    """What one frame answers at the steps that are asked for: how it reads, its number, whether it is right."""
    task, y = film.settings.task, frame.output[film.asked]
    right = frame.right[film.asked].tolist()
    if task.loss == "squares":
        return {"text": [_numbers(row) for row in y], "value": y[:, 0].tolist(), "right": right}
    best = y.argmax(-1).tolist()
    return {"text": [_answer(task, k) for k in best], "value": best, "right": right}


def _answer(task, k):
    return visible(task.answers[k] if task.answers else str(k))


def _numbers(row):
    return " ".join(number(value) for value in row)


def _norms(film, words):
    """The gradients' norms: of each frame and state, over the steps; and between which powers of ten they lie."""
    cell, states = film.settings.cell, film.settings.cell.state
    every = np.array([[frame.norms[state] for state in states] for frame in film.frames])
    some = every[every > 0]
    low, high = (np.floor(np.log10(some.min())), np.ceil(np.log10(some.max()))) if some.size else (-1, 0)
    return {
        "low": float(max(low, high - 12)), "high": float(max(high, low + 1)),
        "curves": [{"node": state, "symbol": symbol(cell, state)[0], "role": role(state), "dash": DASHES[k % 2],
                    "name": words("filmed.norm", name=title(cell, state, words)),
                    "values": [[float(f"{v:.{DIGITS}g}") for v in row] for row in every[:, k]]}
                   for k, state in enumerate(states)],
    }
