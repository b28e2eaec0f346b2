"""Addresses: `f.1` is a value in its second unit, `W_f.0.1` an entry of a matrix; and what may stand there."""
import numpy as np

from lstm_core import Cell

from ..diagram.pen import is_gate

MAX_VALUE = 1e6  # of an edit


def place(address: str, shapes: dict[str, tuple[int, ...]]) -> tuple[str, tuple[int, ...]] | None:
    """`W_f.0.1` -> ("W_f", (0, 1)), or None where there is no such place."""
    for name, shape in shapes.items():
        first, *index = address.rsplit(".", len(shape))
        fits = first == name and len(index) == len(shape)
        if fits and all(i in map(str, range(n)) for i, n in zip(index, shape, strict=True)):
            return name, tuple(map(int, index))
    return None


def masked(cell: Cell, H: int) -> list[str]:
    """The weights that are always 0, as `R_n.1.0`: from a faster unit to a slower one."""
    return [f"{name}.{j}.{k}" for name in cell.masked for j, k in np.argwhere(~cell.mask(H))]


def within(value: float, limits: tuple[float, float]) -> bool:
    """Whether a number lies between two, both allowed."""
    return limits[0] <= value <= limits[1]


def clampable(cell: Cell) -> list[str]:
    """The equations whose value may be forced: gates and candidates, not states."""
    return [n.id for n in cell.nodes if "." not in n.id and n.id not in ("c", "h")]


def clamp_range(cell: Cell, address: str) -> tuple[float, float]:
    """Between what a gate (0, 1) or a candidate (-1, 1) may be forced to lie."""
    return (0.0 if is_gate(cell, address.partition(".")[0]) else -1.0), 1.0
