"""Recurrent cells in pure NumPy: written as equations, run forwards and backwards, every value kept."""
from .cell import Cell, Node
from .cells import CELLS
from .gradients import Gradients
from .reading import step
from .run import backward, forward, init_params
from .trace import Trace

__all__ = ["CELLS", "Cell", "Gradients", "Node", "Trace", "backward", "forward", "init_params", "step"]
