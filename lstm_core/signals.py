"""Tasks about what has to be held or counted: one thing, or several, over a long time in which nothing helps.

adding    two of T random numbers are marked; at the end their sum is asked for
order     two of T letters are X or Y, the others mean nothing; at the end which, in which order?
echo      bits; at each step the one that was read some steps ago
copy      a few bits, then a gap; then all of them, in order
counting  n times a, an X, b: is the next another b, or was that the n-th?
"""
from functools import lru_cache
from math import log

import numpy as np

from . import chance
from .task import Batch, Task, one_hot, position

# --- the adding problem


def _adding(rng, B, T):
    values, half, b = rng.random((T, B)), T // 2, np.arange(B)
    first, second = rng.integers(0, half, B), rng.integers(half, T, B)
    marks = np.zeros((T, B))
    marks[first, b] = marks[second, b] = 1
    total = values[first, b] + values[second, b]
    target, mask = np.zeros((T, B, 1)), np.zeros((T, B), bool)
    target[-1, :, 0], mask[-1] = total, True
    properties = {"marked_sum": np.cumsum(values * marks, 0), "marked_count": np.cumsum(marks, 0),
                  "position": position(np.ones((T, B), bool))}
    return Batch(np.stack([values, marks], -1), target, mask, properties=properties)


TOLERANCE = 0.04  # an error below this counts as right in the paper


def _adding_chance(T):
    """Of always 1: the variance of a sum of two of U(0, 1); P(|sum - 1| <= tolerance), its density 1 - |sum - 1|."""
    return 1 / 6, 2 * TOLERANCE - TOLERANCE**2


ADDING = Task("adding", 2, 1, "squares", 40, 2, 128, 0.01, _adding, "Hochreiter & Schmidhuber 1997, section 5.4",
              tolerance=TOLERANCE, known=_adding_chance)


# --- temporal order

ORDER = ("E", "X", "Y", "a", "b", "c", "d", "B")  # begins, the two that matter, what means nothing, ends


def _order(rng, B, T):
    b, t = np.arange(B), np.arange(T)[:, None]
    tokens = rng.integers(3, 7, (T, B))
    tokens[0], tokens[-1] = 0, 7
    first = rng.integers(T // 10, T // 5, B, endpoint=True)
    second = rng.integers(T // 2, 3 * T // 5, B, endpoint=True)
    one, other = rng.integers(0, 2, (2, B))
    tokens[first, b], tokens[second, b] = 1 + one, 1 + other
    target, mask = np.zeros((T, B), int), np.zeros((T, B), bool)
    target[-1], mask[-1] = 2 * one + other, True
    properties = {"first_symbol": np.where(t >= first, one, np.nan),
                  "second_symbol": np.where(t >= second, other, np.nan), "position": position(np.ones((T, B), bool))}
    return Batch(one_hot(tokens, len(ORDER)), target, mask, tokens=tokens, properties=properties)


def _order_chance(T):
    return log(4), 1 / 4


TEMPORAL_ORDER = Task("order", 8, 4, "classes", 40, 10, 128, 0.99, _order,
                      "Hochreiter & Schmidhuber 1997, section 5.6", symbols=ORDER, answers=("XX", "XY", "YX", "YY"),
                      known=_order_chance)


# --- bits to be said later

AFTER_DELAY = 20  # bits that are asked for
BITS = ("bit_1", "bit_2", "bit_3", "bit_4", "bit_5")  # to be copied
WORD = len(BITS)


def _coin(length):
    return log(2), 1 / 2


def _echo(rng, B, delay):
    T = delay + AFTER_DELAY
    tokens, live = rng.integers(0, 2, (T, B)), np.ones((T, B), bool)
    target, mask = np.zeros((T, B), int), np.arange(T)[:, None] >= delay * live
    target[delay:] = tokens[:-delay]
    properties = {"bit_now": tokens.astype(float), "bit_due": np.where(mask, target, np.nan),
                  "bit_before": np.vstack([np.full((1, B), np.nan), tokens[:-1]]), "position": position(live)}
    return Batch(one_hot(tokens, 2), target, mask, tokens=tokens, properties=properties)


ECHO = Task("echo", 2, 2, "classes", 5, 1, 64, 0.99, _echo, "Jaeger 2001", symbols=("0", "1"), answers=("0", "1"),
            known=_coin)


def _copy(rng, B, gap):
    T, live = 2 * WORD + gap, np.ones((2 * WORD + gap, B), bool)
    bits = rng.integers(0, 2, (WORD, B))
    tokens, target, mask = np.full((T, B), 2), np.zeros((T, B), int), np.zeros((T, B), bool)
    tokens[:WORD], tokens[-WORD] = bits, 3
    target[-WORD:], mask[-WORD:] = bits, True
    named = {name: np.where(np.arange(T)[:, None] >= k, bits[k], np.nan) for k, name in enumerate(BITS)}
    return Batch(one_hot(tokens, 4), target, mask, tokens=tokens,
                 properties=named | {"answering": mask.astype(float), "position": position(live)})


COPY = Task("copy", 4, 2, "classes", 10, 1, 118, 0.99, _copy, "Arjovsky, Shah & Bengio 2016",
            symbols=("0", "1", "_", "?"), answers=("0", "1"), known=_coin)


# --- counting


def _counting(rng, B, most):
    at = rng.integers(0, most, B)  # n - 1
    x, target, mask, lengths, tokens, properties = _every_count(most)
    return Batch(x[:, at], target[:, at], mask[:, at], lengths[at], tokens=tokens[:, at],
                 properties={name: values[:, at] for name, values in properties.items()})


@lru_cache
def _every_count(most):
    """The fields of the batch that has each n once."""
    t, n = np.arange(2 * most + 1)[:, None], np.arange(1, most + 1)
    live, since = t <= 2 * n, t - n
    tokens = np.where(live, np.sign(since) + 1, -1)
    properties = {"count": n - np.abs(since) + (t < n), "after_x": t >= n}  # of a; then of b that are still to come
    properties = {name: np.where(live, values, np.nan) for name, values in properties.items()}
    return (one_hot(tokens, 3), (t == 2 * n).astype(int), live & (t >= n), 2 * n + 1, tokens,
            properties | {"position": position(live)})


def _counting_chance(most):
    return chance.of_batch(Batch(*_every_count(most)[:3]), "classes", 2, 0)


COUNTING = Task("counting", 3, 2, "classes", 10, 1, 63, 1.0, _counting, "Gers & Schmidhuber 2001",
                symbols=("a", "X", "b"), answers=("b", "."), known=_counting_chance)
