"""How a cell with no cell state mixes what it said before with what it proposes, read from its last equation."""
from dataclasses import dataclass
from functools import lru_cache

from lstm_core import Cell


@dataclass(frozen=True)
class Mix:
    """h = kept + written: a share of the old state, and the rest of it of the candidate.  Each field is a node."""

    kept: str
    written: str
    keep: str  # the share of the old state
    new: str  # the share of the candidate

    @property
    def gate(self) -> str:
        """The share that the cell computes, or is given: the GRU's z keeps, that of Jozefowicz et al. lets in."""
        return self.new if "." in self.keep else self.keep

    @property
    def rest(self) -> str:
        """The other: 1 minus the gate."""
        return self.keep if "." in self.keep else self.new


@lru_cache(maxsize=64)
def mix(cell: Cell) -> Mix | None:
    """How a cell mixes h_prev and n, or None if its last equation does not: a share of one, and 1 minus it of the
    other."""
    share = {}  # h_prev or n -> (the product it stands in, what it is multiplied by)
    last = cell.node.get("h")
    for term in last.inputs if last and last.op == "add" and len(last.inputs) == 2 else ():
        node = cell.node.get(term)
        if node and node.op == "mul":
            share |= {of: (term, by) for of, by in (node.inputs, node.inputs[::-1]) if of in ("h_prev", "n")}
    if share.keys() != {"h_prev", "n"}:
        return None
    (kept, keep), (written, new) = share["h_prev"], share["n"]
    rest, gate = (keep, new) if "." in keep else (new, keep)
    node = cell.node.get(rest)
    known = gate in cell.lines or gate in cell.inputs
    if not known or not node or (node.op, *node.inputs) != ("sub", "1.0", gate):
        return None
    return Mix(kept, written, keep, new)


def reset(cell: Cell) -> str | None:
    """The product by which a candidate hears less of the old state, or None."""
    return next((n.id for n in cell.nodes if n.op == "mul" and n.id.startswith("n.")), None)


def squashed(cell: Cell, name: str) -> str | None:
    """The tanh of something inside a node's sum, or None."""
    return next((n.id for n in cell.nodes if n.op == "tanh" and n.id.startswith(f"{name}.")), None)
