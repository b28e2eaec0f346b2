"""What training has changed in a net, in sentences made of the numbers of its film.  Pure."""
import numpy as np

from lstm_core.analysis import keeps_itself

from ..numbers.film import Film, Frame, filmed, holder
from ..text.numbers import number, percent, ratio, told_apart
from ..words import Words
from .names import title
from .spans import lasting


def frames(film: Film, words: Words) -> list[str]:
    """Of each frame what it shows, beside the first."""
    return [" ".join(filter(None, (_gate(film, f, words), _memory(film, f, words), _answers(film, f, words),
                                   _gradient(film, f, words)))) for f in film.frames]


def _gate(film, frame, words):
    """What keeps memory, on average."""
    cell, first, now = film.settings.cell, film.frames[0].gate.mean, frame.gate.mean
    node = filmed(cell)
    values = {"name": title(cell, node, words), "value": number(now), "full": percent(frame.gate.full)}
    if frame is film.frames[0]:
        return words("filmed.size" if node == "h" else "filmed.gate", **values)
    if now == first:
        return words("filmed.gate_same", **values)
    before, value = told_apart(first, now)
    moved = "filmed.size_moved" if node == "h" else "filmed.gate_moved"
    return words(moved, **values | {"first": before, "value": value})


def _memory(film, frame, words):
    """For how long what is held lasts."""
    cell = film.settings.cell
    state, keep = holder(cell)
    if state is None:
        told = any(keeps_itself(cell, name) for name in cell.state)
        return words("filmed.not_told" if told else "filmed.nothing_holds")
    if keep is None:
        return words("filmed.all_held", state=title(cell, state, words))
    lives, before = (frame.gate.half_life, film.frames[0].gate.half_life)
    if np.isnan(lives).all():
        return words("filmed.unwritten", state=title(cell, state, words))
    longest = int(np.nanargmax(lives))
    values = {"state": title(cell, state, words), "middle": _steps(np.nanmedian(lives), words),
              "longest": _steps(lives[longest], words), "where": _where(lives == lives[longest], words)}
    if frame is film.frames[0] or np.isnan(before).all():
        return words("filmed.holds", **values)
    return words("filmed.holds_now", before=_steps(np.nanmedian(before), words), **values)


def _where(units, words):
    """Which unit, or how many of them."""
    count = int(units.sum())
    return words("filmed.in_unit", unit=int(np.argmax(units)) + 1) if count == 1 else words(
        "filmed.in_units", count=count, of=len(units))


def _steps(count, words):
    return words("filmed.for_ever") if np.isinf(count) else words("filmed.after", steps=lasting(count, words))


def _answers(film: Film, frame: Frame, words):
    asked = int(film.asked.sum())
    if not asked:
        return words("filmed.nothing_asked")
    right = int(frame.right[film.asked].sum())
    return words("filmed.right_one" if asked == 1 and right else "filmed.wrong_one" if asked == 1 else "filmed.right",
                 right=right, asked=asked)


def _gradient(film, frame, words):
    """How much of the gradient reaches the first step; there is none to speak of where the loss is there too."""
    if "h" not in frame.norms:  # a visitor's own cell may carry other states alone
        return ""
    sizes = frame.norms["h"]
    asked = np.flatnonzero(film.asked)
    if not len(asked) or asked[0] == 0 or not sizes.any():
        return words("filmed.no_gradient") if len(asked) and not sizes.any() else ""
    largest = int(np.argmax(sizes))
    if largest == 0:
        return words("filmed.gradient_first")
    return words("filmed.gradient", share=ratio(sizes[0] / sizes[largest], 3), at=largest + 1)
