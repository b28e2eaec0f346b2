"""Recurrent cells in pure NumPy: written as equations, run forwards and backwards, every value kept.

`backward` takes the trace of a cell or of a net; `forward` runs a cell, `compose.forward` any net.
"""
from .attention import attend, attend_back, decode, decode_back, init_attention
from .cell import Cell, Node
from .cells import CELLS
from .compose import Bidirectional, backward, bidirectional, stack
from .gradients import Gradients
from .reading import step
from .run import forward, init_params
from .trace import Trace

__all__ = [
    "CELLS", "Bidirectional", "Cell", "Gradients", "Node", "Trace", "attend", "attend_back", "backward",
    "bidirectional", "decode", "decode_back", "forward", "init_attention", "init_params", "stack", "step",
]
