"""Between what a state lies after any step, as the equations say, whatever comes in and whatever the parameters are."""
from functools import lru_cache
from math import exp, inf, tanh
from sys import float_info

from .cell import Cell, Node

Range = tuple[float, float]
ANY: Range = (-inf, inf)
LARGEST = float_info.max
PATIENCE = 4  # steps after which a bound that still moves is taken to move for ever


@lru_cache(maxsize=256)
def reach(cell: Cell) -> dict[str, Range]:
    """State -> the least and the largest value that a step can give it, which it may only come near; -inf and inf where
    nothing bounds it.  States begin at 0.

    By interval arithmetic, step after step until nothing moves, with one rule more: what is mixed by a share,
    (1 - z) * a + z * b or a + z * (b - a), lies between a and b.  What still moves then is first taken to have no
    bound, and what follows from that may bound it again, as tanh bounds h where C has no bound.
    """
    now = dict.fromkeys(cell.state, (0.0, 0.0))
    for _ in range(2 * len(now) + 1):  # each time one bound at least is given up
        for _ in range(PATIENCE):
            now = _after(cell, now)
        after = _after(cell, now)
        if after == now:
            break
        now = {name: (low if low == after[name][0] else -inf, high if high == after[name][1] else inf)
               for name, (low, high) in now.items()}
    for _ in range(PATIENCE):
        now = _after(cell, now, begin=False)
    return now


def _after(cell, now, begin=True):
    """The ranges a step later, from which all that were before are not left; or, not to begin from, those it makes."""
    found = {f"{name}_prev": range_ for name, range_ in now.items()} | {"tick": (0.0, 1.0)}
    for node in cell.nodes:
        found[node.id] = _of(cell, node, found)
    return {name: _hull(now[name] if begin else (0.0, 0.0), found[name]) for name in now}


def _of(cell: Cell, node: Node, found: dict[str, Range]) -> Range:
    given = [_leaf(name, found) for name in node.inputs]
    match node.op:
        case "sigmoid":
            return _sigmoid(given[0][0]), _sigmoid(given[0][1])
        case "tanh":
            return tanh(given[0][0]), tanh(given[0][1])
        case "relu":
            return max(0.0, given[0][0]), max(0.0, given[0][1])
        case "exp":
            return _exp(given[0][0]), _exp(given[0][1])
        case "add":
            mixed = _mixed(cell, node, found) or _moved(cell, node, found)
            return mixed or (sum(low for low, _ in given), sum(high for _, high in given))
        case "sub":
            moved = _moved(cell, node, found)
            return moved or (given[0][0] - given[1][1], given[0][1] - given[1][0])
        case "mul":
            ends = [_times(a, b) for a in given[0] for b in given[1]]
            return min(ends), max(ends)
    return ANY  # a product with a matrix, and a quotient


def _leaf(name, found):
    if name[0] in "-.0123456789":
        return float(name), float(name)
    return found.get(name, ANY)


def _mixed(cell, node, found):
    """Of a sum that mixes two values by a share: what both lie between; else None."""
    terms = [cell.node[name].inputs for name in node.inputs if name in cell.node and cell.node[name].op == "mul"]
    if len(terms) != 2 or len(node.inputs) != 2:
        return None
    for one in (0, 1):
        for other in (0, 1):
            share, rest = terms[0][one], terms[1][other]
            for a, b in ((share, rest), (rest, share)):
                left = cell.node.get(b)
                if left and left.op == "sub" and left.inputs == ("1.0", a):
                    low, high = _leaf(a, found)
                    if low >= 0 and high <= 1:
                        return _hull(_leaf(terms[0][1 - one], found), _leaf(terms[1][1 - other], found))
    return None


def _moved(cell, node, found):
    """The same of a value that a share of the way is moved to another: a + z * (b - a), or a - z * (a - b)."""
    if len(node.inputs) != 2:
        return None
    for a, term in (node.inputs, node.inputs[::-1]) if node.op == "add" else (node.inputs,):
        product = cell.node.get(term)
        if product is None or product.op != "mul":
            continue
        for share, way in (product.inputs, product.inputs[::-1]):
            low, high = _leaf(share, found)
            way = cell.node.get(way)
            ends = way.inputs if way is not None and way.op == "sub" else ()
            if low >= 0 and high <= 1 and a in ends[node.op == "add":][:1]:
                return _hull(_leaf(ends[0], found), _leaf(ends[1], found))
    return None


def _hull(one, other):
    return min(one[0], other[0]), max(one[1], other[1])


def _times(a, b):
    return a * b if a and b else 0.0  # also 0 times what has no bound


def _sigmoid(a):
    return 1 / (1 + exp(-a)) if a > -700 else 0.0


def _exp(a):
    return exp(a) if a < 700 else inf if a == inf else LARGEST
