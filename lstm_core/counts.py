"""What a net costs: how many numbers it learns, how much arithmetic a step takes."""
from bisect import bisect_left
from math import prod

from . import checks, compose
from .cell import IDENTITY, Cell
from .compose import Net


def parameter_count(net: Net, D: int, H: int) -> int:
    """How many numbers a net of D inputs learns, its cells having H units; entries of an R_ that are always 0 are none.

    ValueError for sizes that are not positive integers.
    """
    _check(D=D, H=H)
    return sum(sum(_entries(cell, size, H).values()) for cell, size in compose.cells(net, D, H))


def multiply_adds(net: Net, D: int, H: int) -> int:
    """Multiply-adds of one step of one sequence: one for each entry of the matrix of a product `@` that is not always 0
    (of I, the min(D, H) ones), H for each elementwise product or quotient; sums and activations are not counted.

    ValueError for sizes that are not positive integers.
    """
    _check(D=D, H=H)
    return sum(_multiply_adds(cell, size, H) for cell, size in compose.cells(net, D, H))


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


def _multiply_adds(cell: Cell, D, H):
    entries = _entries(cell, D, H) | {IDENTITY: min(D, H)}
    cost = {"mul": lambda node: H, "div": lambda node: H, "matmul": lambda node: entries[node.inputs[0]]}
    return sum(cost[node.op](node) for node in cell.nodes if node.op in cost)


def _entries(cell, D, H):
    """Parameter name -> how many of its entries are not always 0."""
    entries = {name: prod(shape) for name, shape in cell.shapes(int(D), int(H)).items()}
    return entries | {name: int(cell.mask(H).sum()) for name in cell.masked}


def _check(**sizes):
    for name, size in sizes.items():
        checks.size(name, size)
