"""What happened over time, in sentences made of the numbers on the screen.  Pure."""
import numpy as np

from lstm_core.analysis import keeps_by_function, keeps_itself, kept, step_jacobians, writing_half_life

from ..diagram.provenance import possible
from ..numbers.over_time import Unrolled, seen
from ..text.numbers import amount, opening, percent, told_apart
from ..words import Words
from .names import heading, title
from .scales import largest
from .spans import lasting, ranges

HALF, HOLDS = 0.5, 0.8  # shares of an old value: below the first it is let go of; a unit that keeps the second holds


def bands(run: Unrolled, nodes: tuple[str, ...], words: Words, view: str = "true") -> str:
    """For each value shown as a heatmap, where it is largest; view: of which run, as in `seen`."""
    said = []
    for name in nodes:
        values = seen(run, name, view)
        said.append(largest(values, words, "over_time.largest", "over_time.largest_equal",
                            name=title(run.cell, name, words)))
    return (f"{words(f'what.{view}')}: " if view != "true" else "") + " ".join(said)


def unit(run: Unrolled, k: int, words: Words) -> str:
    """How one unit remembers, in the true run: how long what is written to it lasts, what it keeps from step to step,
    and what becomes of the rest."""
    state = possible(run.cell)
    if state is None:
        key = "not_told" if any(keeps_itself(run.cell, name) for name in run.cell.state) else "overwrites"
        return words(f"over_time.{key}", cell=words(f"cell.{run.cell.name}"), unit=k + 1)
    steps = writing_half_life(run.trace, state)[k]
    key = "unwritten" if np.isnan(steps) else "outlasts" if np.isinf(steps) else "half_life"
    said = [words(f"over_time.{key}", state=title(run.cell, state, words), unit=k + 1, steps=lasting(steps, words))]
    signed = kept(run.trace, state)[:, 0, k]
    keep, turned = np.abs(signed), np.flatnonzero(signed < 0)
    said += _keeping(keep, words, keeps_by_function(run.cell, state))
    if len(turned):
        said.append(words("over_time.turns", count=len(turned), T=run.T, steps=ranges(turned)))
    return " ".join([*said, *_passing(run, state, k, np.flatnonzero(keep == 0), words)])


def _keeping(keep, words, rounded):
    """What share of its old value a unit keeps at each step; at which it lets go of more than half, if it holds at
    others; at which it keeps nothing.  rounded: whether a share of 0 or 1 is only next to it."""
    T, resets, nothing = len(keep), np.flatnonzero(keep < HALF), np.flatnonzero(keep == 0)
    say = opening if rounded else percent
    hardly = [words("over_time.hardly")] * (rounded and len(nothing) > 0)
    if len(nothing) == T:
        return [words("over_time.empties"), *hardly]
    if not len(resets) or keep.max() < HOLDS:
        said = [words("over_time.keeps", share=_percents(keep, say))]
    else:
        key = "wipes" if len(nothing) == len(resets) else "resets"
        said = [words(f"over_time.{key}", count=len(resets), T=T, steps=ranges(resets),
                      share=_percents(keep[keep >= HALF], say))]
    if len(nothing) and len(nothing) < len(resets):
        said.append(words("over_time.keeps_nothing", count=len(nothing), steps=ranges(nothing)))
    return said + hardly


def _percents(values, say):
    """A range of shares, as percentages."""
    low, high = say(values.min()), say(values.max())
    return low if low == high else f"{low}–{high}"


def _passing(run, state, k, at, words):
    """Whether what the unit held still counts after the steps at which it keeps nothing of it: only through what else
    reads the state, the gates and the candidate."""
    if not len(at):
        return []
    own = [place * run.H + k for place, name in enumerate(run.cell.state) if _is_made_of(run.cell, name, state)]
    goes_on = step_jacobians(run.trace)[at, 0][:, :, own].any()
    return [words(f"over_time.{'goes_on' if goes_on else 'is_gone'}")]


def _is_made_of(cell, name, state):
    """Whether a value is a state or is computed from it in the same step, as h is from C."""
    wanted, seen_before = [name], set()
    while wanted:
        node = wanted.pop()
        if node == state:
            return True
        if node in cell.node and node not in seen_before:
            seen_before.add(node)
            wanted += cell.node[node].inputs
    return False


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
                 true=true, with_=with_, last=amount(apart[-1].max()))
