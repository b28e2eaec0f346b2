"""A sentence of up to 100 words whose first word matters, read by an RNN and by an LSTM of one unit each.

A word enters as x = (what it says, whether it is the first).  The first says +1 or -1; every other word says a little,
by its length.  What is left of the first word after word t is how far apart the two readings are, the one that began
with +1 and the one that began with -1.
"""
import numpy as np

from lstm_core import CELLS, forward

FIRST = (1.0, -1.0)  # what the two possible first words say
QUIET = 0.1  # how much of it the longest other word says


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
    x = inputs(sentence)
    rnn = {"W_h": np.array([[1.0, 0.0]]), "U_h": np.array([[recurrent]]), "b_h": np.zeros(1)}
    zero = {name: np.zeros(shape) for name, shape in CELLS["lstm"].shapes(2, 1).items()}
    lstm = zero | {"W_i": np.array([[0.0, 10.0]]), "b_i": np.array([-6.0]), "W_c": np.array([[2.0, 0.0]]),
                   "b_f": np.array([forget_bias])}
    apart = {}
    for name, params, state in (("rnn", rnn, "h"), ("lstm", lstm, "c")):
        one, other = np.moveaxis(forward(CELLS[name], params, x)[state][..., 0], 1, 0)
        apart[name] = np.abs(one - other)
    return {name: gap / gap[0] for name, gap in apart.items()}
