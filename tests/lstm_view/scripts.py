"""What the tests of generated scripts share: cells, arguments, and running a script."""
import contextlib
import io

import numpy as np
import pytest

from lstm_core import CELLS, Cell, init_params

OWN = Cell("a visitor's\nimport os", """
np = relu(W_a @ x - (U_a @ h_prev - b_a)) / (2 + exp(W_b @ x) * sigmoid(0.5))
tanh = tanh(np - (np_prev - 1)) * (1 / 0)
print = 1 - sigmoid(5)
h = print * tanh(tanh * 1e-300)
tensor = h - print
""")
ZOO = [*CELLS.values(), OWN]
zoo = pytest.mark.parametrize("cell", ZOO, ids=lambda cell: cell.name.split()[0])
WITH_MODULE = ("rnn", "lstm", "gru")


def named(cell):
    return [node.id for node in cell.nodes if "." not in node.id]


def run(script):
    """What a script defines, and the lines it prints."""
    defined, printed = {}, io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(script, "script", "exec"), defined)
    return defined, printed.getvalue().splitlines()


def arguments(cell, D=3, H=4, T=5):
    """Parameters, x (T, D), and the states before the first step."""
    rng = np.random.default_rng(2)
    return init_params(cell, D, H, seed=2), rng.normal(size=(T, D)), {s: rng.uniform(-1, 1, H) for s in cell.state}


def one_step(cell, D=3, H=4):
    """Parameters, and what comes into a step."""
    params, x, states = arguments(cell, D, H)
    inputs = {"x": x[0]} | {f"{s}_prev": v for s, v in states.items()}
    return params, inputs | {name: np.arange(H) % 2.0 for name in cell.inputs}


def ticks(cell, t, H):
    return {"tick": (t % cell.unit_periods(H) == 0).astype(float)} if "tick" in cell.inputs else {}
