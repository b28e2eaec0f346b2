"""What can come in over time: starting points, a sentence, or numbers of the visitor's own -> x (T, D).

impulse   1 at one step, then silence
steps     plateaus: a new level every few steps
sine      a sine with a little noise
series    weekly log returns of real shares, each over its standard deviation
sentence  a vector for each word
own       numbers that were drawn, typed, pasted or read from a file
task      an example of what nets are trained on: see learning.examples

Of the generated ones input 1 is the signal, input 2 is 1 where something new begins (the write signal of the named
weights) and any other is noise.
"""
from dataclasses import dataclass

import numpy as np

from . import starts
from .tokens import tokens, told_apart, vectors

GENERATED = ("impulse", "steps", "sine", "series")  # as long as the visitor likes
KINDS = (*GENERATED, "sentence", "own", "task")
FEWEST, MOST = 2, 128  # steps
MOST_INPUTS, MOST_UNITS = 6, 16  # that a visitor may choose
MOST_SYMBOLS = 64  # the inputs that a task may have, of which one at a time is on
MOST_TEXT = 4000  # characters
PLATEAU = 6  # steps
PERIOD = 12  # of the sine, in steps
NOISE = 0.1


@dataclass(frozen=True)
class Sequence:
    """x (T, D), a label for each step (a word, a date, or nothing), a name for each input (or nothing).

    whole: the labels' text, where they are too short for it.
    """

    x: np.ndarray
    labels: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The whole text of each step, for a file."""
        return self.whole or self.labels


def sequence(kind: str, T: int, D: int, seed: int = 0, text: str = "", own: np.ndarray | None = None,
             names: tuple[str, ...] = ()) -> Sequence:
    """The sequence of a kind, all but "task"; a sentence has as many steps as tokens, at most MOST, and own numbers as
    many as there are.  reader.Refused for a sentence that is too long; KeyError for an unknown kind."""
    if kind == "own":
        return Sequence(own, (), names)
    if kind == "sentence":
        words = tokens(text, MOST)
        return Sequence(vectors(words, D, seed), told_apart(words), whole=words)
    if kind == "series":
        x, dates = starts.returns(T, D)
        return Sequence(x, dates, starts.TICKERS[:D])
    return Sequence({"impulse": _impulse, "steps": _steps, "sine": _sine}[kind](T, D, np.random.default_rng(seed)))


def _with_noise(columns, T, D, rng):
    """The given columns (signal, write signal), and noise for the others; two decimals, as a visitor would type."""
    noise = rng.uniform(-1, 1, (T, max(0, D - 2)))
    return np.column_stack([*columns[:D], noise]).round(2) + 0.0


def _impulse(T, D, rng):
    signal = np.zeros(T)
    signal[min(2, T - 1)] = 1
    return _with_noise([signal, signal], T, D, rng)


def _steps(T, D, rng):
    at = np.arange(T)
    levels = rng.uniform(0.3, 1, T // PLATEAU + 1) * np.resize([1, -1], T // PLATEAU + 1)
    return _with_noise([levels[at // PLATEAU], at % PLATEAU == 0], T, D, rng)


def _sine(T, D, rng):
    at = np.arange(T)
    wave = np.sin(2 * np.pi * at / PERIOD) + NOISE * rng.standard_normal(T)
    return _with_noise([wave, at % PERIOD == 0], T, D, rng)
