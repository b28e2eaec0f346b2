"""Tasks from formal languages: the embedded Reber grammar and nested brackets.

A string is a walk through the states of an automaton, a symbol each step.
"""
from functools import lru_cache

import numpy as np

from . import chance
from .task import Batch, Task, latest, one_hot, position


@lru_cache
def _cuts(odds, after, final, T):
    """For walks that are in a final state after T steps: how likely choices are, cumulated, [step][choice][state].

    odds, after: of each state's choices, how likely it is in an endless walk, and where it goes.  Each is weighed by
    the chance to arrive in time after it: so a walk is drawn as if those that do not arrive were thrown away.
    """
    odds, after = np.array(odds), np.array(after)
    arrives, cuts = np.isin(np.arange(len(odds)), final).astype(float), []
    for _ in range(T):
        likely = odds * arrives[after]
        arrives = likely.sum(-1)
        cuts.append(list(np.cumsum(likely, -1).T[:-1] / np.where(arrives, arrives, 1)))
    return cuts[::-1]


def walk(rng, B: int, T: int, odds: tuple, after: tuple, final: tuple) -> tuple[np.ndarray, np.ndarray]:
    """The choices (T, B) and states (T + 1, B) of B random walks from state 0 to a final one, as _cuts has them."""
    moves, drawn = np.ravel(after), rng.random((T, B))
    choices, states = np.zeros((T, B), int), np.zeros((T + 1, B), int)
    for t, cuts in enumerate(_cuts(odds, after, final, T)):
        state, choice = states[t], choices[t]
        for cut in cuts:
            choice += drawn[t] >= cut.take(state)
        moves.take(state * len(after[0]) + choice, out=states[t + 1])
    return choices, states


def likely(T: int, odds: tuple, after: tuple, final: tuple) -> np.ndarray:
    """How often a walk that `walk` draws is in each state before each step, and then takes each choice: (T, states,
    choices)."""
    found, at = [], np.eye(len(odds))[0]
    for cuts in _cuts(odds, after, final, T):
        shares = np.diff([np.zeros(len(odds)), *cuts, np.ones(len(odds))], axis=0).T
        found.append(at[:, None] * shares)
        at = np.bincount(np.ravel(after), found[-1].ravel(), len(odds))
    return np.array(found)


# --- the embedded Reber grammar

SYMBOLS = ("B", "T", "P", "S", "X", "V", "E")
INNER = (("T1", "P2"), ("S1", "X3"), ("T2", "V4"), ("X2", "S5"), ("P3", "V5"), ("E6",))  # of each state: symbol, next


def _reber_table():
    """Of each state its (symbol, next state) pairs.  0: at the beginning, 1: after B; nine each for T and for P; 20."""
    table = [[("B", 1)], [("T", 2), ("P", 11)]]
    for symbol, base in (("T", 2), ("P", 11)):
        table.append([("B", base + 1)])
        table += [[(edge[0], base + 1 + int(edge[1])) for edge in edges] for edges in INNER]
        table += [[(symbol, base + 8)], [("E", 20)]]
    return [*table, [("E", 20)]]


TABLE = _reber_table()
END = len(TABLE) - 1
AFTER = tuple((edges[0][1], edges[-1][1]) for edges in TABLE)
ODDS = ((0.5, 0.5),) * len(TABLE)
SAYS = np.array([SYMBOLS.index(edge[0]) for edges in TABLE for edge in (edges[0], edges[-1])])
LEGAL = np.array([[any(symbol == edge[0] for edge in edges) for symbol in SYMBOLS] for edges in TABLE])
LEGAL[END] = False  # nothing is asked for any more
STATES = np.arange(END)
MEANS = {  # what is known in each state
    "first_symbol": np.where(STATES > 1, STATES > 10, np.nan),
    "embedded": (STATES > 2) & ((STATES - 2) % 9 > 0) & ((STATES - 2) % 9 < 7),
    "legal_count": LEGAL[:END].sum(-1),
}
MEANS = {name: np.append(values, np.nan) for name, values in MEANS.items()}


def _reber(rng, B, longest):
    choices, states = walk(rng, B, longest, ODDS, AFTER, (END,))
    said, state = SAYS.take(2 * states[:-1] + choices), states[1:-1]  # after each symbol but the last, an answer only
    live = state != END
    properties = {name: values.take(state) for name, values in MEANS.items()} | {"position": position(live)}
    return Batch(one_hot(tokens := np.where(live, said[:-1], -1), len(SYMBOLS)), np.where(live, said[1:], 0), live,
                 live.sum(0), LEGAL.take(state, 0), tokens, properties)


def _reber_chance(longest):
    asked = likely(longest, ODDS, AFTER, (END,))[1:]  # before the first symbol there is nothing to read
    asked[:, END] = 0
    return chance.of_classes(np.repeat(LEGAL, 2, axis=0), SAYS, asked.reshape(len(asked), -1))


REBER = Task("reber", 7, 7, "classes", 24, 9, 129, 1.0, _reber, "Hochreiter & Schmidhuber 1997, section 5.1",
             symbols=SYMBOLS, answers=SYMBOLS, known=_reber_chance)


# --- nested brackets of two kinds, with a letter between

DEEPEST = 3
BRACKETS = ("(", "[", ")", "]", "a")
OPENS, CLOSES, STAYS = range(3)
NEXT_DEPTH = tuple((min(d + 1, DEEPEST), max(d - 1, 0), d) for d in range(DEEPEST + 1))
MOVES = tuple((float(d < DEEPEST), float(d > 0), 1.0) for d in range(DEEPEST + 1))


def _brackets(rng, B, T):
    choices, depth = walk(rng, B, T, MOVES, NEXT_DEPTH, (0,))
    depth, t, b = depth[1:], np.arange(T)[:, None], np.arange(B)
    drawn = np.where(choices == OPENS, rng.integers(0, 2, (T, B)), np.nan)[:, None]
    to_depth = np.where(depth[:, None] == np.arange(DEEPEST + 1)[:, None], drawn, np.nan)  # (T, depths, B)
    opened = latest(to_depth.reshape(T, -1)).reshape(to_depth.shape)
    kind = opened[t, depth + (choices == CLOSES), b]  # of what opens or closes
    tokens = np.where(choices == STAYS, 4, 2 * choices + np.nan_to_num(kind)).astype(int)
    inside, inner = depth > 0, opened[t, depth, b]
    properties = {"depth": depth.astype(float), "innermost": inner, "outermost": np.where(inside, opened[:, 1], np.nan),
                  "position": position(np.ones((T, B), bool))}
    return Batch(one_hot(tokens, len(BRACKETS)), np.where(inside, inner, 2).astype(int), np.ones((T, B), bool),
                 tokens=tokens, properties=properties)


def _brackets_chance(T):
    before = likely(T, MOVES, NEXT_DEPTH, (0,)).sum(-1)  # how deep it is before each step
    closed = np.append(before[1:, 0], 1)
    return chance.of_classes(np.eye(3, dtype=bool), np.arange(3), np.stack([(1 - closed) / 2] * 2 + [closed], 1))


NESTED = Task("brackets", 5, 3, "classes", 20, 4, 128, 0.99, _brackets, "Hewitt et al. 2020", symbols=BRACKETS,
              answers=(")", "]", "."), known=_brackets_chance)
