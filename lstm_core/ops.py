"""The whole vocabulary of a cell: every operation its equations may use, one row each.

A row says how to compute the operation, how to send a gradient back through it, how to typeset it and
what a diagram draws for it.  No other module knows any of these.
"""
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Array = np.ndarray
SMALL = 256  # numbers: below, NumPy is quickest at arrays of one shape, from there at one number for all
NEAR_ONE = float(np.log(2 / np.finfo(np.float64).eps ** 0.5) / 2)  # where |a| is larger, 1 - tanh(a)² has lost more
# than half of its digits


@dataclass(frozen=True)
class Op:
    """One operation on arrays of one shape (matmul: on a matrix and a batch of vectors)."""

    fn: Callable  # (*inputs) -> output
    vjp: Callable  # (k, grad, output, *inputs) -> gradient of input k, before broadcasting is summed away
    tex: str  # template over the inputs' LaTeX
    rank: int = 9  # how strongly it binds, for brackets; 9: a function call, brings its own
    glyph: str = ""  # what the diagram draws; "": nothing, the wire says it
    calls: Callable | None = None  # (output, *inputs) -> in-place calls (f, *arguments); None: fn is a ufunc


@np.errstate(over="ignore")
def sigmoid(a: Array) -> Array:
    """Logistic function 1 / (1 + exp(-a)), with all digits on both sides: where exp(-a) overflows, it is 0.

    1/2 + 1/2 tanh(a/2), which is the same and never overflows, has no digits left below a = -37.  PyTorch computes it
    as here too, so that 1 - y, of which next to 1 only the last digits are left, is the same there.
    """
    return 1 / (1 + np.exp(-a))


def sigmoid_calls(out: Array, negated: Array) -> list[tuple]:
    """In-place calls, for steps in turn, that make the sigmoid of a from -a, each (steps, rows, B)."""
    if out[0].size < SMALL:
        return [(np.exp, negated, out), (np.add, out, np.ones_like(out), out), (np.reciprocal, out, out)]
    one, two = np.array(1, out.dtype), np.array(2, out.dtype)
    first = [(np.exp, negated, out), (np.add, out, one, out)]
    if out.dtype == np.float32:  # whose exp takes longer than its expm1
        first = [(np.expm1, negated, out), (np.add, out, two, out)]
    return [*first, (np.divide, one, out, out)]


def tanh(a: Array) -> Array:
    """Hyperbolic tangent."""
    return settled(a, np.tanh(a))


@np.errstate(over="ignore")
def settled(a: Array, y: Array) -> Array:
    """y = np.tanh(a), rounded correctly where it is next to 1 or -1.

    There NumPy's is one unit in the last place off at every third to tenth number (2.4, AVX-512), and the derivative
    1 - y² has no digits but these: at a = 17 one unit is a twentieth of it.  As PyTorch rounds correctly there, it
    would have other gradients.  In float32 they stay as they are, as there nothing is told by so small a number.
    """
    near = np.abs(a) > NEAR_ONE
    if y.dtype != np.float64 or not near.any():
        return y
    return np.where(near, np.copysign(1 - 2 / (1 + np.exp(2 * np.abs(a))), a), y)[()]


def _sum(first, *more):
    for term in more:
        first = first + term
    return first


def _sum_calls(out, first, second, *more):
    return [(np.add, first, second, out)] + [(np.add, out, term, out) for term in more]


def _flat(a):
    return np.reshape(a, (-1, np.shape(a)[-1]))  # all leading axes as one


OPS = {
    "sigmoid": Op(sigmoid, lambda k, g, y, a: g * y * (1 - y), r"\sigma({0})", glyph="σ",
                  calls=lambda out, a: [(np.negative, a, out), *sigmoid_calls(out, out)]),
    "tanh": Op(tanh, lambda k, g, y, a: g * (1 - y * y), r"\tanh({0})", glyph="tanh",
               calls=lambda out, a: [(np.tanh, a, out)]),  # and `settled` later, for many steps at once
    "relu": Op(lambda a: np.maximum(a, 0), lambda k, g, y, a: g * (a > 0), r"\operatorname{{ReLU}}({0})",
               glyph="ReLU", calls=lambda out, a: [(lambda a, out: np.maximum(a, 0, out=out), a, out)]),
    "exp": Op(np.exp, lambda k, g, y, a: g * y, r"\exp({0})", glyph="exp"),
    "add": Op(_sum, lambda k, g, y, *v: g, "{0} + {1}", 1, "+", calls=_sum_calls),
    "sub": Op(np.subtract, lambda k, g, y, a, b: -g if k else g, "{0} - {1}", 1, "−"),
    "mul": Op(np.multiply, lambda k, g, y, a, b: g * (a if k else b), r"{0} \odot {1}", 2, "×"),
    "div": Op(np.divide, lambda k, g, y, a, b: -g * y / b if k else g / b, "{0} / {1}", 2, "÷"),
    "matmul": Op(lambda W, v: v @ W.T, lambda k, g, y, W, v: g @ W if k else _flat(g).T @ _flat(v), "{0} {1}", 3,
                 calls=lambda out, W, v: [(W.dot, v, out)]),  # in place, vectors are columns: (rows, B)
}


def number(text: str, dtype: np.dtype) -> Array:
    """A number written in an equation, as an array () of a precision; held at its bound if it is too large for it."""
    largest = np.finfo(dtype).max
    return np.array(np.clip(float(text), -largest, largest), dtype)


def apply(name: str, *inputs: Array) -> Array:
    """The operation's value.  What overflows is held at a finite bound of the same sign, never inf; 0 / 0 is 0."""
    with np.errstate(all="ignore"):
        value = OPS[name].fn(*inputs)
        if np.isfinite(value).all():
            return value
        if name == "matmul":
            value = np.where(np.isfinite(value), value, _scaled_matmul(*inputs))
    return held(value)


def overflows(name: str, *inputs: Array) -> Array:
    """Where the operation has no finite value, so that `apply` gives another."""
    with np.errstate(all="ignore"):
        return ~np.isfinite(OPS[name].fn(*inputs))


def held(value: Array) -> Array:
    """What overflowed, at a finite bound of its sign; nan as 0."""
    if np.isfinite(value).all():
        return value
    bound = np.finfo(value.dtype).max / 1024  # so that a sum of such values is finite too
    return np.clip(np.nan_to_num(value, nan=0.0), -bound, bound)


def _scaled_matmul(W, v):
    """W v when a term or a partial sum of it overflows: multiplied at unit scale, so that signs come out right."""
    small, large = sorted((np.abs(W).max(), np.abs(v).max()))
    unit = (v / np.abs(v).max()) @ (W / np.abs(W).max()).T
    return unit * small * large
