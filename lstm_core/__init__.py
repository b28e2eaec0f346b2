"""Recurrent cells in pure NumPy: written as equations, run forwards and backwards, every value kept."""
from .cell import Cell, Node
from .cells import CELLS
from .run import Trace, backward, forward, init_params, step

__all__ = ["CELLS", "Cell", "Node", "Trace", "backward", "forward", "init_params", "step"]
