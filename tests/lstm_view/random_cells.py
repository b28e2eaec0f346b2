"""Cells as visitors may write them, drawn at random."""
import numpy as np

from lstm_core import Cell
from lstm_view.incoming.own_cell import read
from lstm_view.incoming.reader import Refused

NUMBERS = ("1", "2", "0.5", "3.25", "1e-3", "0")
FUNCTIONS = ("sigmoid", "tanh", "relu", "exp")


def random_cell(rng: np.random.Generator, names: tuple[str, ...] = ("f", "g", "c", "h")) -> Cell:
    """A cell whose equations have these names, h among them: every operation, minus signs and numbers anywhere."""
    while True:
        lines = [f"{name} = {_expression(rng, 3, names, names[:k])}" for k, name in enumerate(names)]
        try:
            return read("\n".join(lines))
        except Refused:  # no state, no parameter, too long
            continue


def _expression(rng, depth, names, known):
    def inner():
        return _expression(rng, depth - 1, names, known)

    kind = rng.integers(0, 14) if depth else rng.integers(0, 4)
    letter, number = rng.choice(list("qrs")), rng.choice(NUMBERS)
    match kind:
        case 0:
            return f"{rng.choice(names)}_prev"
        case 1:
            return str(rng.choice(known)) if known else "b_q"
        case 2:
            return f"{rng.choice(['b', 'p'])}_{letter}"
        case 3:
            return f"(W_{letter} @ x)"
        case 4 | 5:
            return f"(-{inner()})"
        case 6:
            return f"({inner()} + {inner()})"
        case 7:
            return f"({inner()} - {inner()})"
        case 8:
            return f"({inner()} * {inner()})"
        case 9:
            return f"({inner()} / {rng.choice([f'exp({inner()})', '2', '-3'])})"
        case 10:
            return f"({rng.choice(['U', 'R'])}_{letter} @ {inner()})"
        case 11:
            sign = rng.choice(["+", "-", "*"])
            return f"({rng.choice(['', '-'])}{number} {sign} {inner()})"
        case 12:
            return f"({inner()} {rng.choice(['+', '-', '*'])} {rng.choice(['', '-'])}{number})"
    return f"{rng.choice(FUNCTIONS)}({inner()})"
