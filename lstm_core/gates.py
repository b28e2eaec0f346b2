"""What the gates of a cell are for, as its equations say: which keep a state, which let something new in."""
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from .analysis import self_loop
from .cell import Cell

FORGET = "f"  # the gate that papers call the forget gate, also where it says what share is new, as in the MGU


def chrono_gates(cell: Cell) -> dict[str, int] | None:
    """The gates of a state's self-loop that have a bias: 1 for one that a larger bias makes keep, -1 for one that it
    makes write.  None if nothing is kept by such.

    In the zoo: f and i of the LSTM family, f alone where there is no i or i = 1 - f; z of the GRUs, which keeps, and of
    the MUTs, where it writes; f of the MGU, which writes.  Not in rnn, clockwork, lstm1997 and nfg.
    """
    return next(_loops(cell), None)


@lru_cache(maxsize=256)
def forget_sign(cell: Cell) -> int:
    """What a forget bias, of which more means to keep more, is multiplied by to be b_f: 1 where an open f keeps, -1
    where it lets the new in, as in the MGU's h = (1 - f) * h_prev + f * n.

    0 for a cell without a b_f that says this: no forget bias can be set there.
    """
    signs = {gates[FORGET] for gates in _loops(cell) if next(iter(gates)) == FORGET}
    return signs.pop() if len(signs) == 1 else 0


def forget_biases(cell: Cell, params: dict[str, np.ndarray]) -> np.ndarray | None:
    """Each unit's forget bias (H,), more of which keeps more; None for a cell without."""
    sign = forget_sign(cell)
    return sign * params["b_f"] + 0.0 if sign else None  # and no -0


def set_forget_bias(cell: Cell, params: dict[str, np.ndarray], bias: float | None) -> None:
    """Give every unit this forget bias, in place; nothing is done where it is None and to a cell without."""
    if bias is not None and forget_sign(cell):
        params["b_f"] = np.full_like(params["b_f"], forget_sign(cell) * bias + 0.0)


def _loops(cell: Cell) -> Iterator[dict[str, int]]:
    """`chrono_gates` of each state that has them; the first is the gate in what is kept."""
    for state in cell.state:
        try:
            keep, written = self_loop(cell, state)
        except ValueError:
            continue
        node = cell.node.get(keep)
        if node is not None and node.op == "sub" and node.inputs[0] == "1.0":
            gate, sign = node.inputs[1], -1
        else:
            gate, sign = keep, 1
        if way := _way(cell, gate):
            factors = [i for term in written if term in cell.node and cell.node[term].op == "mul"
                       for i in cell.node[term].inputs] if sign == 1 else []
            yield {gate: sign * way} | {i: -_way(cell, i) for i in factors if i != gate and _way(cell, i)}


def _way(cell, name):
    """Whether a larger bias opens a gate, 1, or closes it, -1, as in sigmoid(W_f @ x - b_f); 0 for what is no gate with
    a bias of its name in the sum that its σ is applied to."""
    node, bias = cell.node.get(name), f"b_{name}"
    if node is None or node.op != "sigmoid" or bias not in cell.parameters:
        return 0
    times = {bias: 1}  # how often it is in each value; None where not in a sum
    for one in cell.nodes:
        inside = [times.get(i, 0) for i in one.inputs]
        linear = one.op in ("add", "sub") and None not in inside
        times[one.id] = (sum(inside) if one.op == "add" else inside[0] - inside[1]) if linear else \
            None if any(inside) or None in inside else 0
    found = times.get(node.inputs[0], 0)
    return found if found in (1, -1) else 0
