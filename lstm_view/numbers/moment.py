"""One time step with every number in it: what the picture of a cell shows."""
from dataclasses import dataclass

import numpy as np

from lstm_core import Cell


@dataclass(frozen=True)
class Experiment:
    """A cell, its parameters and inputs, and every value of the step; forced: the same with the clamps on, or None;
    called: a name for each input, or none."""

    cell: Cell
    D: int
    H: int
    params: dict[str, np.ndarray]
    inputs: dict[str, np.ndarray]
    clamp: dict[str, np.ndarray]
    env: dict[str, np.ndarray]
    forced: dict[str, np.ndarray] | None
    called: tuple[str, ...] = ()
