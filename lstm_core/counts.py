"""What a net costs: how many numbers it learns, how much arithmetic a step takes."""
from bisect import bisect_left
from math import lcm, prod

import numpy as np

from . import checks, compose
from .cell import IDENTITY, Cell
from .compose import Net

TICKS, RESTS = frozenset(["ticks"]), frozenset(["rests"])  # steps of a unit with a clock


def parameter_count(net: Net, D: int, H: int) -> int:
    """How many numbers a net of D inputs learns, its cells having H units; entries of an R_ that are always 0 are none.

    ValueError for sizes that are not positive integers.
    """
    _check(D=D, H=H)
    return sum(sum(_entries(cell, size, H).values()) for cell, size in compose.cells(net, D, H))


def multiply_adds(net: Net, D: int, H: int, resting: bool = False) -> int | float:
    """Multiply-adds of one step of one sequence: one for each entry of the matrix of a product `@` that is not always 0
    (of I, the min(D, H) ones), H for each elementwise product or quotient; sums and activations are not counted.

    Of a cell with clocks the mean over the steps: what is multiplied by `tick` alone is wanted only where a unit ticks,
    what by 1 - tick only where it rests, and that product itself is a choice, which multiplies nothing.  (Koutník et
    al. 2014, section 3.1)
    resting: count every unit at every step all the same, as plans compute them.

    ValueError for sizes that are not positive integers.
    """
    _check(D=D, H=H)
    return sum(_multiply_adds(cell, size, H, resting) for cell, size in compose.cells(net, D, H))


def equal_hidden_size(net: Net, other: Net, D: int, H: int) -> int:
    """The hidden size at which a net's parameter_count is nearest to that of the other at (D, H); of two, the smaller.

    The count is to grow with the hidden size, as it does unless two of a cell's periods are the same.
    ValueError for sizes that are not positive integers, and a net without parameters.
    """
    wanted = parameter_count(other, D, H)
    if not parameter_count(net, D, H):
        raise ValueError(f"net: given {getattr(net, 'name', 'a net')}, which has no parameters; wanted one that has")
    bound = 1
    while parameter_count(net, D, bound) < wanted:
        bound *= 2
    above = bisect_left(range(bound + 1), wanted, lo=1, key=lambda size: parameter_count(net, D, size))
    return min((max(above - 1, 1), above), key=lambda size: abs(parameter_count(net, D, size) - wanted))


def attention_parameter_count(Q: int, M: int, A: int) -> int:
    """How many numbers additive attention learns: query (Q,), a step of memory (M,), A units of the score."""
    _check(Q=Q, M=M, A=A)
    return A * (Q + M + 1)


def attention_multiply_adds(Q: int, M: int, A: int, N: int, T: int) -> int:
    """Multiply-adds of N queries over a memory of T steps, whose products with U_a are made once."""
    _check(Q=Q, M=M, A=A, N=N, T=T)
    return N * A * Q + T * A * M + N * T * (A + M)


def has_clock(net: Net) -> bool:
    """Whether some cell of a net has units that rest."""
    return any("tick" in cell.inputs for cell, _ in compose.cells(net, 1, 1))


def _multiply_adds(cell: Cell, D, H, resting):
    periods = cell.unit_periods(H)
    steps = lcm(*map(int, set(periods)))  # after so many all clocks stand as at the first
    times = {TICKS: steps // periods, RESTS: steps - steps // periods, TICKS | RESTS: np.full(H, steps)}
    wanted = {} if resting else _wanted(cell)
    count = 0
    for node in cell.nodes:
        if node.op in ("matmul", "mul", "div") and (resting or not _chooses(cell, node)):
            own = _row_entries(cell, node.inputs[0], D, H) if node.op == "matmul" else np.ones(H, int)
            count += int((own * times[wanted.get(node.id, TICKS | RESTS)]).sum())
    return count // steps if count % steps == 0 else count / steps


def _row_entries(cell, matrix, D, H):
    """How many entries of each row of a matrix are not always 0, (H,)."""
    if matrix == IDENTITY:
        return (np.arange(H) < D).astype(int)
    return cell.mask(H).sum(1) if matrix in cell.masked else np.full(H, cell.shapes(D, H)[matrix][1])


def _wanted(cell):
    """Node -> the steps of a unit at which its value is wanted: TICKS, RESTS or both.  What stands in the vector of a
    matrix product is, as another unit may tick, wanted at both."""
    wanted = {}
    for node in reversed(cell.nodes):
        shown = node.id in cell.state or node.id not in cell.readers
        at = wanted[node.id] = TICKS | RESTS if shown else wanted[node.id]
        for k, name in enumerate(node.inputs):
            chosen = _clock(cell, node.inputs[1 - k]) if node.op == "mul" else None
            own = TICKS | RESTS if node.op == "matmul" else at & chosen if chosen else at
            wanted[name] = wanted.get(name, frozenset()) | own
    return wanted


def _chooses(cell, node):
    """Whether a node is a product with tick, or with 1 - tick."""
    return node.op == "mul" and any(_clock(cell, name) for name in node.inputs)


def _clock(cell, name):
    """The steps at which a value is 1, if it is a unit's clock; it is 0 at the others."""
    node = cell.node.get(name)
    if name == "tick":
        return TICKS
    return RESTS if node and (node.op, *node.inputs) == ("sub", "1.0", "tick") else None


def _entries(cell, D, H):
    """Parameter name -> how many of its entries are not always 0."""
    entries = {name: prod(shape) for name, shape in cell.shapes(int(D), int(H)).items()}
    return entries | {name: int(cell.mask(H).sum()) for name in cell.masked}


def _check(**sizes):
    for name, size in sizes.items():
        checks.size(name, size)
