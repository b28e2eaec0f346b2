"""Is a gradient right?  Back-propagation beside finite differences: the loss computed again, a little to either side of
where it was, along a random direction (Goodfellow et al. 2016, section 11.5)."""
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from . import checks, compose
from .cell import Cell
from .compose import BidirectionalTrace, Net, StackGradients
from .trace import Trace

Array = np.ndarray
SHRINK, MOST = 3, 18  # each difference is over a third of the last one's step, and there are at most so many
EPS = float(np.finfo(np.float64).eps)
SEEN = 1e-7  # of the loss's size: rounding leaves about seven digits to the difference of a slope as small as this


class Slope(NamedTuple):
    """The slope of a loss along one direction, by back-propagation and by differences, and their relative error: how
    far apart they are over the larger of them; 0 where they are equal.  Where both are below 1e-7 of the sum of
    |weight * value|, over that: differences of numbers of this size cannot tell more."""

    analytic: float
    numeric: float
    error: float


@np.errstate(all="ignore")
def check(
    net: Net, params, x: Array, loss: Array | Mapping[str, Array], initial=None,
    lengths: Collection[int] | None = None, grads=None, seed: int = 0, step: float = 0.1,
) -> dict[str | tuple, Slope]:
    """Compare gradients with differences, in float64: for each parameter, x, and each state that came into the first
    step, the slope of the loss along a random direction of length 1.  Named as `backward` names them: "W_f", "x",
    "c_prev"; in a net by the path into its params or initial states, (1, 0, "W_f").

    net, params, x, initial, lengths: as `compose.forward` has them.
    loss: what `backward` takes as dh, (T, B, H), or one for each of some nodes by name: the weights with which all
        values are summed to a loss.
    grads: the gradients to check, of the shape that `backward` gives; None: its own.
    step: the largest step to either side; see `slope`.

    ValueError and KeyError as forward and backward, and for a step that is not positive.
    """
    checks.positive("step", step, float)
    params, x, loss, initial = map(_exact, (params, x, loss, initial))
    weights = loss if isinstance(loss, Mapping) else {"h": loss}
    trace = compose.forward(net, params, x, initial, lengths)
    own = compose.backward(trace, params, loss)  # in any case, as it says what is wrong with a loss
    size = sum(float(np.abs(w * trace[node]).sum()) for node, w in weights.items())
    at = {"params": params, "x": x, "initial": _initial(trace)}
    keep = list(weights) if isinstance(net, Cell) else []
    rng, slopes = np.random.default_rng(seed), {}
    for path, value in _leaves(at):
        direction = rng.normal(size=value.shape)
        direction /= np.linalg.norm(direction)

        def difference(e, path=path, value=value, moved=direction):
            there, back = (compose.forward(net, **_with(at, path, value + sign * e * moved), lengths=lengths, keep=keep)
                           for sign in (1, -1))
            # each value's difference first, their sum then: what did not change adds no rounding
            return sum(float((w * (there[node] - back[node])).sum()) for node, w in weights.items())

        analytic = float((_gradient(own if grads is None else grads, path) * direction).sum())
        numeric = slope(difference, step, size)
        slopes[_name(path)] = Slope(analytic, numeric, _relative(analytic, numeric, size))
    return slopes


def slope(difference: Callable[[float], float], step: float, size: float) -> float:
    """f'(0) of difference(e) = f(e) - f(-e), where numbers of this size were subtracted: central differences over ever
    smaller steps, extrapolated to a step of 0 (Richardson); that one is taken which moved least and is rounded least.
    (Ridders 1982, "Accurate computation of F'(x) and F'(x)F''(x)")
    """
    best, least, row = 0.0, np.inf, []
    for k in range(MOST):
        e = step / SHRINK**k
        before, row = row, [difference(e) / (2 * e)]
        for order, wider in enumerate(before, 1):
            weight = SHRINK ** (2 * order)  # an error of the step's power 2 * order falls by so much
            row.append((weight * row[-1] - wider) / (weight - 1))
            moved = max(_relative(row[-1], other, size) for other in (row[-2], wider))
            rounded = _relative(row[-1] + EPS * size / e, row[-1], size)
            if moved + rounded < least:
                best, least = row[-1], moved + rounded
        if before and least <= rounded:  # a smaller step is rounded more than all that is still to be gained
            break
    return best


def _relative(one, other, size):
    """How far apart two numbers are, over the larger of them; over a small part of a size, if both are below that."""
    apart = abs(one - other)
    return apart / max(abs(one), abs(other), SEEN * size) if apart else 0.0


def _exact(tree):
    """A tree of arrays in float64."""
    match tree:
        case Mapping():
            return {name: _exact(own) for name, own in tree.items()}
        case tuple() | list():
            return tuple(map(_exact, tree))
        case np.ndarray(dtype=np.float32):
            return tree.astype(np.float64)
    return tree


def _initial(trace):
    """The states that came into the first step, of the net's shape."""
    if isinstance(trace, Trace):
        return trace.initial
    both = isinstance(trace, BidirectionalTrace)
    return tuple(map(_initial, (trace.forward, trace.backward.run) if both else trace.layers))


def _leaves(tree, path=()) -> Iterator[tuple[tuple, Array]]:
    """Every array of a tree, with its path."""
    if isinstance(tree, np.ndarray):
        yield path, tree
    else:
        for key, own in tree.items() if isinstance(tree, Mapping) else enumerate(tree):
            yield from _leaves(own, (*path, key))


def _with(tree, path, value):
    """The tree with another array at a path."""
    if not path:
        return value
    key, *rest = path
    if isinstance(tree, Mapping):
        return tree | {key: _with(tree[key], rest, value)}
    return tuple(_with(own, rest, value) if k == key else own for k, own in enumerate(tree))


def _gradient(grads, path):
    kind, *where = path
    *where, name = where or [kind]
    for k in where:
        grads = grads[k] if isinstance(grads, StackGradients) else (grads.forward, grads.backward.run)[k]
    return grads[f"{name}_prev"][0] if kind == "initial" else grads[name]


def _name(path):
    kind, *where = path
    *where, name = where or [kind]
    name = f"{name}_prev" if kind == "initial" else name
    return (*where, name) if where else name
