"""One step of a cell as a script, with its numbers in it."""
import numpy as np

from lstm_core import Cell

from . import lines
from .library import NUMPY, TORCH
from .lines import Arrays
from .torch_own import MODULES, of_step


def numpy_code(cell: Cell, params: Arrays, inputs: Arrays, clamp: Arrays | None = None) -> str:
    """A script that computes the step in NumPy, float64, and prints every named node.

    params as `init_params` makes them; inputs: x (D,), each state as h_prev (H,), and tick (H,) if the cell reads it;
    clamp: equation name -> (H,), nan where a unit is free.  Where the core holds an overflow at a finite bound, the
    script has inf.
    """
    return _script(cell, params, inputs, clamp, NUMPY)


def torch_code(cell: Cell, params: Arrays, inputs: Arrays, clamp: Arrays | None = None) -> str:
    """The same in PyTorch, float64; rnn, lstm and gru with nothing clamped are compared with PyTorch's own cells."""
    free = all(np.isnan(value).all() for value in (clamp or {}).values())
    compared = of_step(cell, len(inputs["x"]), len(inputs["h_prev"])) if free and cell in MODULES else []
    return _script(cell, params, inputs, clamp, TORCH, compared)


def _script(cell, params, inputs, clamp, library, compared=()):
    D = len(inputs["x"])
    called = lines.names(cell)
    computed = []
    for name, line in lines.equations(cell, lines.units(params, D), library, called).items():
        forced = np.asarray((clamp or {}).get(name, []), float)
        computed += [line, *(f"{called[name]}[{k}] = {lines.number(v)}  # forced"
                             for k, v in enumerate(forced) if not np.isnan(v))]
    read = {i for node in cell.nodes for i in node.inputs}
    values = [lines.defined(name, inputs[name], library) for name in lines.incoming(cell) if name in read]
    prints = [f'print("{name} =", {own}.tolist())' for name, own in called.items()]
    return lines.script(
        [f"# One step of the cell {cell.name!a}.", library.imports], lines.definitions(computed, library),
        values + lines.weights(cell, params, D, library), computed, prints, compared)
