"""A sentence of up to 100 words whose first word matters, read by an RNN and by an LSTM of one unit each.

A word enters as x = (what it says, whether it is the first).  The first says +1 or -1; every other word says a little,
by its length.  What is left of the first word after word t is how far apart the two readings are, the one that began
with +1 and the one that began with -1.
"""
from dataclasses import dataclass

import numpy as np

from lstm_core import CELLS, forward

FIRST = (1.0, -1.0)  # what the two possible first words say
QUIET = 0.1  # how much of it the longest other word says
OPEN, SHUT = 4.0, -6.0  # what the LSTM's input gate is the σ of: at the word that bears the mark, at any other
AFTER = 10  # words, after which it is asked what is left of a later one
CLAUSES = 6  # that may stand between the first words and the last


def written(prose: str, clauses: int = CLAUSES) -> str:
    """The sentence of a text with a part a line, with the first so many of its optional clauses, which begin with +."""
    taken, parts = 0, []
    for line in prose.splitlines():
        optional = line.startswith("+ ")
        taken += optional
        if not optional or taken <= clauses:
            parts.append(line.removeprefix("+ "))
    return " ".join(parts)


def inputs(sentence: str) -> np.ndarray:
    """x (T, 2, 2): the sentence with the one first word and with the other, as two sequences of one batch."""
    lengths = np.array([len(word) for word in sentence.split()], float)
    said = QUIET * (lengths - lengths.mean()) / np.abs(lengths - lengths.mean()).max()
    x = np.zeros((len(lengths), 2, 2))
    x[:, :, 0] = said[:, None]
    x[0, :, 0], x[0, :, 1] = FIRST, 1
    return x


def remains(sentence: str, recurrent: float, forget_bias: float) -> dict[str, np.ndarray]:
    """Cell name -> what is left of the first word after each word (T,), as a share of what it was at first.

    rnn   h = tanh(x_1 + recurrent * h_prev)
    lstm  writes where the word is the first (i = σ(10 x_2 - 6)), keeps f = σ(forget_bias) of what it holds; its C
    """
    apart = {}
    for name, state in _read(inputs(sentence), recurrent, forget_bias).items():
        apart[name] = np.abs(state[:, 0] - state[:, 1])
    return {name: gap / gap[0] for name, gap in apart.items()}


def _read(x, recurrent, forget_bias):
    """Cell name -> what it holds while it reads x (T, B, 2): (T, B)."""
    rnn = {"W_h": np.array([[1.0, 0.0]]), "U_h": np.array([[recurrent]], float), "b_h": np.zeros(1)}
    zero = {name: np.zeros(shape) for name, shape in CELLS["lstm"].shapes(2, 1).items()}
    lstm = zero | {"W_i": np.array([[0.0, OPEN - SHUT]]), "b_i": np.array([SHUT]), "W_c": np.array([[2.0, 0.0]]),
                   "b_f": np.array([forget_bias], float)}
    return {name: forward(CELLS[name], params, x)[state][..., 0]
            for name, params, state in (("rnn", rnn, "h"), ("lstm", lstm, "c"))}


@dataclass(frozen=True)
class Later:
    """What becomes of a later word in the RNN: the most that is left, AFTER words on, of what any of them said, as a
    share of what it was when it was read; h, the size of its state at the end."""

    share: float
    h: float


def later(sentence: str, recurrent: float) -> Later | None:
    """What the RNN still holds of later words; None for a sentence with too few of them.

    What is left of a word is how far apart two readings are, one with what it says and one with the opposite.
    """
    x = inputs(sentence)[:, :1]
    T = len(x)
    other = np.repeat(x, T, axis=1)
    other[range(1, T), range(1, T), 0] *= -1  # in reading k, word k says the opposite
    h = _read(other, recurrent, 0.0)["rnn"]
    apart = np.abs(h - h[:, :1])
    said = [(apart[k, k], apart[k + AFTER, k]) for k in range(1, T - AFTER) if apart[k, k]]
    return Later(max(left / at_first for at_first, left in said), float(abs(h[-1, 0]))) if said else None
