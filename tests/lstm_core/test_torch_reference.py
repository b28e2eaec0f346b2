"""The core against numbers that PyTorch computed (make_torch_reference.py): outputs, last states and all gradients of
one layer, of stacks, of both directions, and of sequences of different lengths, float64.
"""
from pathlib import Path

import numpy as np
import pytest

from lstm_core import CELLS, Bidirectional, backward
from lstm_core.compose import forward

NUMBERS = np.load(Path(__file__).with_name("torch_reference.npz"))
NAMES = sorted({key.partition("/")[0] for key in NUMBERS.files})
LENGTHS = [6, 2, 4]
GATES = {"rnn": "h", "lstm": "ifco", "gru": "rzn"}  # in PyTorch's order
H = 4


def of(name):
    """PyTorch's arrays of one net, by its own names."""
    return {key.partition("/")[2]: NUMBERS[key] for key in NUMBERS.files if key.startswith(f"{name}/")}


def converted(cell, torch, k, way=""):
    """Parameters, or with d before the names gradients, of one layer and direction; PyTorch has two biases a gate."""
    own, d = {}, "d" if way.startswith("d") else ""
    blocks = {letter: torch[f"{d}{key}_l{k}{way.removeprefix('d')}"]
              for letter, key in {"W": "weight_ih", "U": "weight_hh", "b": "bias_ih", "m": "bias_hh"}.items()}
    for j, gate in enumerate(GATES[cell]):
        rows = slice(j * H, (j + 1) * H)
        own |= {f"W_{gate}": blocks["W"][rows], f"U_{gate}": blocks["U"][rows]}
        apart = cell == "gru" and gate == "n"
        own[f"b_{gate}"] = blocks["b"][rows] + (0 if d or apart else blocks["m"][rows])
        if apart:
            own["b_m"] = blocks["m"][rows]
    return own


def states(cell, torch, key, k):
    names = ("h", "c") if cell == "lstm" else ("h",)
    return {name: torch[f"{key}_{j}"][k] for j, name in enumerate(names)}


def run(name):
    """Our trace and gradients, and PyTorch's numbers."""
    kind, _, arrangement = name.partition("_")
    torch, cell = of(name), CELLS[kind]
    both = arrangement in ("bidirectional", "both", "lengths")
    depth = {"": 1, "stacked": 3, "bidirectional": 1, "both": 2, "lengths": 2}[arrangement]
    net = (Bidirectional(cell) if both else cell,) * depth
    if both:
        params = [tuple(converted(kind, torch, k, way) for way in ("", "_reverse")) for k in range(depth)]
        initial = [tuple(states(kind, torch, "initial", 2 * k + j) for j in (0, 1)) for k in range(depth)]
    else:
        params = [converted(kind, torch, k) for k in range(depth)]
        initial = [states(kind, torch, "initial", k) for k in range(depth)]
    trace = forward(net, params, torch["x"], initial, LENGTHS if arrangement == "lengths" else None)
    return trace, backward(trace, params, live(name, torch["dh"])), torch


def live(name, a):
    """PyTorch's output past the end of a sequence is 0 and asks nothing; ours goes on with the last state."""
    return a * (np.arange(len(a))[:, None] < LENGTHS)[..., None] if name.endswith("lengths") else a


def same(ours, theirs, what):
    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12, err_msg=what)


def directions(layer):
    return [layer.forward, layer.backward] if hasattr(layer, "backward") else [layer]


@pytest.mark.parametrize("name", NAMES)
def test_outputs_and_last_states_are_pytorchs(name):
    trace, _, torch = run(name)
    same(live(name, trace["h"]), torch["output"], "output")
    parts = [part for layer in trace.layers for part in directions(layer)]
    for k, part in enumerate(parts):
        for s, last in states(name.partition("_")[0], torch, "last", k).items():
            own = part[s] if not hasattr(part, "run") else part.run[s]  # in the order of computing
            same(own[-1], last, f"{s} of {k}")


@pytest.mark.parametrize("name", NAMES)
def test_gradients_are_pytorchs(name):
    _, grads, torch = run(name)
    kind = name.partition("_")[0]
    same(grads["x"], torch["dx"], "x")
    k = 0
    for depth, layer in enumerate(grads.layers):
        for part, way in zip(directions(layer), ("d", "d_reverse"), strict=False):
            for param, wanted in converted(kind, torch, depth, way).items():
                same(part[param], wanted, f"{param} of {depth}{way}")
            for s, wanted in states(kind, torch, "dinitial", k).items():
                own = part if not hasattr(part, "run") else part.run
                same(own[f"{s}_prev"][0], wanted, f"initial {s} of {k}")
            k += 1
