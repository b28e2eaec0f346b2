"""Where memory comes from, for one unit of a state: what is left, at each step, of what every step before it wrote.

A step t and a writer k count from 0; k = -1 is the initial state.  Pure; knows no Streamlit.
"""
from collections.abc import Sequence
from hashlib import blake2b
from math import floor, isfinite, log10

import numpy as np
import pandas as pd

from lstm_core import Cell, Trace
from lstm_core.analysis import keeps_by_function, keeps_itself, provenance, self_loop
from lstm_core.ops import held

from ..style import AGE, INK, PAPER, STATE
from ..telling.names import symbol
from ..text.sums import added, percentages
from ..words import Words

NAMED = 3  # as many parts of a state are told one by one
LEAST = 0.01  # of the whole; a smaller part is told with the others
ISOLATE = "\u2068{}\u2069"  # a label that runs from right to left turns nothing around it


def possible(cell: Cell) -> str | None:
    """The state of which it can be told who wrote it: c, else h, else None, where no state keeps a share of itself."""
    for state in ("c", "h"):
        if state in cell.state:
            try:
                self_loop(cell, state)
                return state
            except ValueError:
                pass
    return None


def impossible(cell: Cell, words: Words) -> str:
    """Why there is no such picture of a cell, in Markdown."""
    lines = ", ".join(f"`{state} = {cell.lines[state]}`" for state in cell.state)
    key = "not_told" if any(keeps_itself(cell, state) for state in cell.state) else "none"
    return words(f"provenance.{key}", cell=words(f"cell.{cell.name}"), lines=lines)


def provenance_scene(trace: Trace, state: str, unit: int, t: int, labels: Sequence[str], words: Words) -> dict:
    """Everything the component shows: `left[t][k + 1]`, of what writer k wrote, at step t, and [t][0] of the initial
    state; their sum `state[t]`; sentences, names, colours.

    labels: a token or a date for each step, or none.  A trace of one sequence; ValueError for more, and for a state
    with no linear self-loop.
    """
    parts, values = _parts(trace, state, unit), trace[state][:, 0, unit]
    letter, steps = symbol(trace.cell, state)[0], names(len(values), labels, words)
    about = {"letter": letter, "unit": unit + 1}
    told = repr((words.lang, trace.cell.name, state, unit, steps)).encode(errors="replace") + parts.tobytes()
    return {
        "key": blake2b(told, digest_size=8).hexdigest(),  # draw anew when this changes, else only move the cursor
        "name": f"{trace.cell.name}-{state}-{unit + 1}-provenance",
        "lang": words.lang,
        "about": words("provenance.about", cell=words("cell." + trace.cell.name), steps=len(values), **about),
        "titles": {key: words(f"provenance.{key}", **about) for key in ("stack", "fade", "triangle")},
        "node": state,
        "unit": unit,
        "letter": letter,
        "t": t,
        "start": float(trace.initial[state][0, unit]),
        "rounded": keeps_by_function(trace.cell, state),  # whether a share of 0 or 1 is only next to it
        "left": [row[: at + 2].tolist() for at, row in enumerate(parts)],
        "state": values.tolist(),
        "bound": bound(parts),
        "labels": list(labels),
        "steps": steps,
        "says": [_say(row, float(values[at]), steps[at + 1], steps, words, about) for at, row in enumerate(parts)],
        "scales": {"state": STATE, "age": AGE},
        "paper": {"ink": INK, "edge": PAPER["edge"]},
        "words": words.under("provenance"),
    }


def says(trace: Trace, state: str, unit: int, t: int, labels: Sequence[str], words: Words) -> str:
    """What a unit's state is made of at step t: its largest parts, who wrote them, and the rest."""
    about = {"letter": symbol(trace.cell, state)[0], "unit": unit + 1}
    steps = names(len(trace["x"]), labels, words)
    return _say(_parts(trace, state, unit)[t], float(trace[state][t, 0, unit]), steps[t + 1], steps, words, about)


def table(trace: Trace, state: str, unit: int, labels: Sequence[str], words: Words) -> pd.DataFrame:
    """The triangle: one row a writer, the initial state first, one column a step, nan before it was written; the last
    row is the state, the sum of each column.  A label stands in it as it is, Markdown and all."""
    parts, values = _parts(trace, state, unit), trace[state][:, 0, unit]
    steps, (T, writers) = names(len(values), labels, words, around="{}"), parts.shape
    shown = np.where(np.arange(writers)[:, None] <= np.arange(T) + 1, parts.T, np.nan)
    index = pd.Index([*steps, words("provenance.sum", letter=symbol(trace.cell, state)[0])],
                     name=words("provenance.writer"))
    return pd.DataFrame(np.vstack([shown, values]), index=index, columns=steps[1:])


def names(T: int, labels: Sequence[str], words: Words, around: str = ISOLATE) -> list[str]:
    """What the initial state and each of T steps are called in a sentence: the start, step 1 “The”, ..."""
    if not labels:
        return [words("provenance.start"), *(words("provenance.step", step=k + 1) for k in range(T))]
    return [words("provenance.start"), *(words("provenance.labelled").format(step=k + 1, label=around.format(text))
                                         for k, text in enumerate(labels))]


def bound(parts: np.ndarray) -> float:
    """The least of 1, 2, 5, 10, ... and 0.5, 0.2, ... that no part is beyond: what the colours reach to."""
    largest = float(np.abs(parts).max())
    if largest < 1e-300:
        return 1.0
    below = 10.0 ** floor(log10(largest))
    return next((b for b in (below, 2 * below, 5 * below, 10 * below) if b >= largest and isfinite(b)), largest)


def _parts(trace, state, unit):
    """(T, T + 1) numbers of one unit; the initial state first."""
    if trace.shape[1] != 1:
        raise ValueError(f"trace: given {trace.shape[1]} sequences, wanted one")
    return provenance(trace, state)[:, :, 0, unit]


def _say(parts, value, at, steps, words, about):
    """One step in words.  By format, not by words(), which would choose a particle in a visitor's own 은(는)."""
    largest = np.abs(parts).max()
    if not largest:
        return words("provenance.empty").format(at=at, **about)
    shares = np.abs(parts) / largest  # first, so that their sum is finite
    shares = shares / shares.sum()
    order = [k for k in np.argsort(-shares, kind="stable").tolist() if shares[k]]
    told = [k for place, k in enumerate(order[:NAMED]) if shares[k] >= LEAST or not place]
    others = order[len(told):]
    with np.errstate(over="ignore"):
        amounts = [*map(float, parts[told]), *([float(held(parts[others].sum()))] if others else [])]
    percents, whole = percentages([*map(float, shares[told]), *([float(shares[others].sum())] if others else [])])
    texts, total, exact = added(amounts, value)
    said = [words("provenance.part").format(amount=text, writer=steps[k], percent=percent)
            for k, text, percent in zip(told, texts, percents, strict=False)]
    if others:
        said.append(words("provenance.rest").format(amount=texts[-1], percent=percents[-1]))
    made = "provenance.made" if exact and whole else "provenance.made_rounded"
    text = words(made).format(at=at, value=total, parts=", ".join(said), **about)
    up = shares[parts > 0].sum()
    mixed = LEAST <= up <= 1 - LEAST
    return f"{text} {words('provenance.mixed')}" if mixed else text
