"""Cells whose values are called as what a script itself uses: every script still computes what the core does."""
import ast
import builtins
import keyword
import re
import sys

import numpy as np
import pytest
import torch_stand_in
from random_cells import random_cell
from scripts import arguments, run

from lstm_core import CELLS, Cell, backward, forward, step
from lstm_core.ops import OPS
from lstm_core.training import train
from lstm_view.code import (
    gradients_torch,
    memory_torch,
    numpy_code,
    sequence_numpy,
    sequence_torch,
    torch_code,
    training_torch,
)
from lstm_view.incoming.own_cell import name_of, read
from lstm_view.incoming.reader import Refused
from lstm_view.incoming.sequences import Sequence
from lstm_view.learning.race import Race, settings
from lstm_view.numbers import over_time
from lstm_view.numbers.backwards import paths

T, H = 4, 3
OWN = name_of("own_1 = sigmoid(W_k @ x)\nh = tanh(R_k @ h_prev) * own_1 * tick")
PLAIN = Cell("plain", "own_1 = sigmoid(relu(W_k @ x) + exp(tick))\nh = tanh(U_k @ h_prev) * own_1 + R_k @ h_prev")


@pytest.fixture(autouse=True)
def torch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", torch_stand_in.torch())


def scripts(cell):
    """Every script of a cell."""
    params, x, initial = arguments(cell, 3, H, T)
    inputs = {"x": x[0]} | {f"{s}_prev": v for s, v in initial.items()} | {name: np.ones(H) for name in cell.inputs}
    clamp = {"h": np.full((T, H), np.nan)}
    clamp["h"][1] = 0.5
    yield from (write(cell, params, inputs) for write in (numpy_code, torch_code))
    yield from (write(cell, params, x, initial, clamp) for write in (sequence_numpy, sequence_torch))
    yield gradients_torch(cell, params, x, {"h": np.ones((T, H))}, initial, clamp, clip=1.0)
    yield gradients_torch(cell, params, x, {"h": np.ones((T, H))}, initial, truncate=2)
    yield memory_torch(cell, params, x, 0, 2, (2, 0))


def names_of(script):
    """Every name that a script uses, those inside its functions too."""
    for node in ast.walk(ast.parse(script)):
        match node:
            case ast.Name(name) | ast.arg(name) | ast.FunctionDef(name) | ast.alias(_, name) if name:
                yield name


USED = {name for cell in (PLAIN, *(CELLS[name] for name in ("rnn", "lstm", "gru"))) for script in scripts(cell)
        for name in names_of(script)}
POOL = sorted(USED | set(dir(builtins)) | {"np", "torch", "W", "t_", "np_", "h_", "self", "match", "type", "case"})


def may_be_written(name):
    try:
        read(f"{name} = tanh(W_h @ x)\nh = {name} + h_prev")
    except Refused:
        return False
    return True


POOL = [name for name in POOL if name != "h" and may_be_written(name)]


def test_names_of_scripts_are_among_those_that_are_tried():
    assert {"t", "step", "steps", "xs", "np", "torch", "tensor", "print", "float", "initial", "norm", "loss", "params",
            "weights", "sum", "zip", "forced", "counts", "periods", "own", "type", "match"} <= {*POOL, "own"}
    assert not {*POOL} & {*keyword.kwlist, *OPS, "x", "tick", "I"}


@pytest.mark.parametrize("name", POOL)
def test_each_name_alone(name):
    """Behind a minus sign, in a function, as a state: where a name may stand."""
    before = "h_prev" if len(name) > 7 or name.endswith("_") else f"{name}_prev"  # as a name may be written
    assert_all_right(read(f"{name} = sigmoid(W_a @ x - {before})\nh = tanh(-{name}) * 0.5 - {name} * h_prev + "
                          f"relu({name}) + exp(-{name} / (1 + {name}))"))


@pytest.mark.parametrize("seed", range(60))
def test_random_cells(seed):
    rng = np.random.default_rng(seed)
    assert_all_right(random_cell(rng, (*rng.choice(POOL, 3, replace=False), "h")))


@pytest.mark.parametrize("text", [
    "q = 1 - tick\nh = tanh(W_h @ x + q_prev)", "q = 0.5 * tick\nr = q_prev * 0.5\nh = tanh(W_h @ x) * r + r_prev",
    "h = 0.5 * tick\nc = b_c * c_prev", "h = 1 - tick * h_prev\nc = b_c * c_prev",
    "q = -sigmoid(-h)\nh = -h_prev * b_h", "h = 1 - sigmoid(5)\nc = tanh(W_c @ x + h_prev)",
    "k = -(-2)\nc = k * tick\nh = c_prev + h_prev * -k + W_h @ x",
])
def test_a_state_may_depend_on_nothing_that_is_learned(text):
    assert_all_right(Cell("own", text, periods=(1, 2)))


def assert_all_right(cell):
    """All scripts beside the core, where no number is so large that rounding decides."""
    params, x, initial = arguments(cell, 3, H, T)
    batch = {s: v[None] for s, v in initial.items()}
    trace = forward(cell, params, x[:, None], batch)
    values = {name: trace[name][:, 0] for name in cell.lines}
    if max(np.abs(trace[node]).max() for node in cell.node) > 1e6:
        return
    inputs = {"x": x[0]} | {f"{s}_prev": v for s, v in initial.items()}
    inputs |= {name: np.ones(H) for name in cell.inputs}
    env = step(cell, params, inputs)
    for write in (numpy_code, torch_code):
        told = dict(line.split(" = ") for line in run(write(cell, params, inputs))[1])
        assert told.keys() == cell.lines.keys()
        for name, text in told.items():
            close(ast.literal_eval(text), env[name], name)
    for write in (sequence_numpy, sequence_torch):
        steps = run(write(cell, params, x, initial))[0]["steps"]
        for t in range(T):
            for name in cell.lines:
                close(getattr(steps[t][name], "value", steps[t][name]), values[name][t], name)
    grads = backward(trace, params, np.ones((T, 1, H)))
    printed = run(gradients_torch(cell, params, x, {"h": np.ones((T, H))}, initial))[1]
    told = dict(line.split(" = ") for line in printed if "|" in line)
    path = paths(over_time.run(cell, params, Sequence(x, ("",) * T)), 2, 0)
    printed = run(memory_torch(cell, params, x, 0, 2, (2, 0)))[1]
    rows = [[float(n) for n in re.findall(r"-?\d[\d.e+-]*", line)] for line in printed if "every path" in line]
    close(np.array(rows)[:, 1], path.full, "full")
    close(np.array(rows)[:, -1], path.whole, "whole")
    for name in cell.parameters:
        close(float(told[f"|dL/d{name}|"]), np.linalg.norm(grads[name]), name)
    for t in range(T):
        for name in {"x", "h", *cell.state}:
            close(float(told[f"step {t + 1}: |dL/d{name}|"]), np.linalg.norm(grads[name][t]), name)


SCRIPT = training_torch(Race("brackets", (OWN,), truncate=2), OWN)
ANSWER = sorted({name for name in names_of(SCRIPT) if may_be_written(name)} - {"h"})


@pytest.mark.parametrize("k", range(0, len(ANSWER), 4))
def test_the_script_of_a_training(k):
    """Where equations stand in a function, beside names of the script."""
    lines = [f"{name} = tanh(W_{i} @ x - h_prev) * tick" for i, name in enumerate(ANSWER[k : k + 4])]
    cell = name_of("\n".join([*lines, f"h = tanh(-{' - '.join(ANSWER[k : k + 4])} + R_h @ h_prev)"]))
    assert_trained(cell)


@pytest.mark.parametrize("text", [
    "h = t_prev * b_h\nt = 2 - b_q", "h = t_prev + h_prev * b_h\nt = 0.5 * tick",
    "q = 1 - h_prev * b_q\nh = b_h - q_prev",
])
def test_the_script_of_a_training_in_which_a_state_is_the_same_for_every_sequence(text):
    assert_trained(name_of(text))


def assert_trained(cell):
    race = Race("brackets", (cell,), H=3, B=2, length=6, steps=2, every=2, rate=0.1, truncate=4)
    last = run(training_torch(race, cell))[1][-1]
    *_, record = (record for record, _ in zip(train(settings(race)[cell], every=2), range(2), strict=False))
    told = [float(number) for number in re.findall(r"(?<= )[\d.e-]+(?=,|$)", last)]
    close(told, [record.loss, record.norm, record.test_loss, record.accuracy], last)


def close(found, wanted, name):
    np.testing.assert_allclose(found, np.broadcast_to(wanted, np.shape(found)), rtol=1e-9, atol=1e-9, err_msg=name)
