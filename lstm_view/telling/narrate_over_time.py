"""What happened over time, in sentences made of the numbers on the screen.  Pure."""
import numpy as np

from lstm_core.analysis import half_life

from ..diagram.provenance import possible
from ..numbers.over_time import Unrolled, seen
from ..words import Words
from .names import heading, title
from .narrate import MINUS, number, told_apart


def bands(run: Unrolled, nodes: tuple[str, ...], words: Words, view: str = "true") -> str:
    """For each value shown as a heatmap, where it is largest; view: of which run, as in `seen`."""
    said = []
    for name in nodes:
        values = seen(run, name, view)
        t, k = np.unravel_index(np.argmax(np.abs(values)), values.shape)
        said.append(words("over_time.largest", name=title(run.cell, name, words), value=number(values[t, k]),
                          unit=int(k) + 1, step=int(t) + 1))
    return (f"{words(f'what.{view}')}: " if view != "true" else "") + " ".join(said)


def unit(run: Unrolled, k: int, words: Words) -> str:
    """How one unit remembers, in the true run: how much its gate keeps on the whole, and for how long that lasts."""
    state = possible(run.cell)
    if state is None:
        return words("over_time.overwrites", cell=words(f"cell.{run.cell.name}"), unit=k + 1)
    steps = half_life(run.trace, state)[k]
    key = "holds" if np.isinf(steps) else "at_once" if steps == 0 else "half_life"
    return words(f"over_time.{key}", state=title(run.cell, state, words), unit=k + 1,
                 steps=f"{steps:,.1f}" if steps >= 0.1 else f"{steps:.1g}")


def what(run: Unrolled, words: Words) -> str:
    """Where the two runs part, where their state is furthest apart, and what of that is left at the end."""
    state = "c" if "c" in run.cell.state else "h"
    apart = np.abs(run.other[state] - run.values[state])
    if not apart.any():
        return words("what.nothing")
    t, k = np.unravel_index(np.argmax(apart), apart.shape)
    first = int(np.argmax((apart > 0).any(1)))
    true, with_ = told_apart(run.values[state][t, k], run.other[state][t, k])
    return words("what.says", first=first + 1, value=heading(run.cell, state, int(k), words), step=int(t) + 1,
                 true=true, with_=with_, last=f"{apart[-1].max():.3g}".replace("-", MINUS))
