"""The scripts of the page `training`: what they print is what lstm_core records, by lstm_core itself and on a stand-in
for PyTorch.  `python -m benchmarks.check_torch_code` runs them with PyTorch."""
import ast
import re
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch_stand_in
from scripts import run

from lstm_core import CELLS
from lstm_core.training import train
from lstm_view.code import training_numpy, training_torch
from lstm_view.incoming.own_cell import name_of
from lstm_view.learning.race import SEARCH, Race, settings
from lstm_view.learning.task_named import NAMES, task_named

LINE = re.compile(r"step (\d+): loss (\S+), norm (\S+), test loss (\S+), accuracy (\S+)")
SMALL = {"H": 3, "B": 4, "steps": 4, "every": 2, "rate": 0.05}
OWN = name_of("t = sigmoid(W_a @ x - U_a @ h_prev)\nxs = tick * t + b_q\nH = -xs * p_h\n"
              "h = H + tanh(-t + R_h @ h_prev) - xs_prev")
UNREAD = name_of("q = b_q * q_prev + W_q @ x\nk = b_k * k_prev\nh = tanh(q_prev + U_h @ h_prev)")
CONSTANT = name_of("q = q_prev * b_q\nh = tanh(b_h)")
TEXT = "말 \"quoted\" and\\back\nwords, " * 12
writers = pytest.mark.parametrize("write", [training_numpy, training_torch])


@pytest.fixture(autouse=True)
def torch(monkeypatch):
    stand_in = torch_stand_in.torch()
    monkeypatch.setitem(sys.modules, "torch", stand_in)
    for name, module in (("torch.nn", stand_in.nn), ("torch.nn.utils", stand_in.nn.utils)):
        monkeypatch.setitem(sys.modules, name, module)


def printed(script):
    """Step -> loss, norm, test loss, accuracy."""
    lines = [LINE.fullmatch(line) for line in run(script)[1]]
    return {int(line[1]): [float(number) for number in line.groups()[1:]] for line in lines}


def recorded(race, lane, rates=()):
    """The same of the core, its learning rate changed on the way."""
    found, last, own = {}, None, settings(race)[lane]
    ends = [at for at, _ in rates[1:]] + [race.steps]
    for (_, rate), end in zip(rates or ((0, race.rate),), ends, strict=True):
        for record in train(replace(own, rate=rate), every=race.every, resume=last):
            found[record.step] = [record.loss, record.norm, record.test_loss, record.accuracy]
            if record.step == end:
                break
        last = record
    return found


def assert_same(race, write, rates=()):
    for lane in settings(race):
        ours, core = printed(write(race, lane, rates)), recorded(race, lane, rates)
        assert list(ours) == list(core) == list(range(0, race.steps + 1, race.every))
        for step, numbers in core.items():
            np.testing.assert_allclose(ours[step], numbers, rtol=1e-9, atol=1e-9, err_msg=f"{lane} {step}")


@writers
@pytest.mark.parametrize("task", NAMES)
def test_every_task(task, write):
    shortest = task_named(task).shortest
    assert_same(Race(task, ("lstm",), length=max(shortest, min(12, task_named(task).length)), **SMALL), write)


@writers
@pytest.mark.parametrize("cell", [*CELLS, OWN, UNREAD, CONSTANT])
def test_every_cell(cell, write):
    assert_same(Race("brackets", (cell,), length=8, forget_bias=1.0, **SMALL), write)


@writers
@pytest.mark.parametrize("more", [
    {"truncate": 3}, {"truncate": 1}, {"init": "orthogonal"}, {"optimizer": "sgd", "rate": 0.5}, {"clip": None},
    {"clip": 0.05}, {"clip": 0.05, "optimizer": "sgd"}, {"chrono": 20}, {"forget_bias": 1.0}, {"seed": 5, "length": 4},
    {"method": "both"}, {"equal": "count"},
], ids=str)
def test_every_setting(more, write):
    assert_same(Race("brackets", ("lstm", "clockwork", OWN), **{"length": 8} | SMALL | more), write)


@writers
def test_a_learning_rate_that_was_changed_on_the_way(write):
    race = Race("brackets", ("gru",), length=8, method="both", **SMALL | {"steps": 8})
    assert_same(race, write, ((0, 0.05), (2, 0.3), (6, 0.001)))


@writers
def test_a_text_and_a_series_go_along(write):
    assert_same(Race("text", ("rnn",), text=TEXT, length=6, **SMALL), write)
    assert run(write(Race("series", ("rnn",), **SMALL), "rnn"))[0]["task"].longest == task_named("series").longest


@writers
def test_of_a_batch_in_which_nothing_is_asked_nothing_is_learned(write):
    """Of a text with more letters than there are symbols the rare ones are asked for nowhere."""
    text = "".join(chr(0x4E00 + k) for k in range(200))
    race = Race("text", ("rnn",), text=text, length=2, **SMALL | {"B": 1, "steps": 16})
    asked = [task_named("text", text).sample([0, k + 1], 1, 2).mask.sum() for k in range(16)]
    assert min(asked) == 0 < max(asked)
    assert_same(race, write)


@writers
def test_the_settings_of_a_race_are_all_there(write):
    """What the page can set, changed alone, is another script: nothing is left out."""
    race = Race("brackets", ("lstm",), length=8, **SMALL)
    changed = {"task": "order", "cells": ("nog",), "H": 5, "B": 6, "length": 10, "seed": 1, "optimizer": "sgd",
               "rate": 0.1, "clip": 0.5, "truncate": 2, "init": "orthogonal", "forget_bias": 1.0, "chrono": 9,
               "method": "search", "steps": 8, "every": 1}
    scripts = {name: write(now, next(iter(settings(now)))) for name, value in changed.items()
               for now in [replace(race, **{name: value, **({"length": None} if name == "task" else {})})]}
    assert len({*scripts.values(), write(race, "lstm")}) == len(changed) + 1


@writers
@pytest.mark.parametrize("cell", ["lstm", "clockwork", OWN])
def test_a_script_holds_nothing_that_is_not_used(cell, write):
    for lane, more in ((cell, {"truncate": 2}), (cell + SEARCH, {"method": "search"})):
        tree = ast.parse(write(Race("brackets", (cell,), length=8, **SMALL | more), lane))
        modules = {n.module if isinstance(n, ast.ImportFrom) else n.names[0].name for n in ast.walk(tree)
                   if isinstance(n, ast.Import | ast.ImportFrom)}
        assert {name.partition(".")[0] for name in modules} <= {"numpy", "torch", "lstm_core"}
        names = [n for n in ast.walk(tree) if isinstance(n, ast.Name)]
        imports = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
        stored = {n.id for n in names if isinstance(n.ctx, ast.Store)} | {a.name for n in imports for a in n.names}
        assert stored - {"name"} <= {n.id for n in names if isinstance(n.ctx, ast.Load)}


@writers
def test_a_net_that_the_race_has_not(write):
    with pytest.raises(KeyError, match="gru"):
        write(Race("brackets", ("lstm",), **SMALL), "gru")


def test_golden():
    race = Race("adding", ("lstm",), H=8, rate=0.02, steps=480, every=4, forget_bias=1.0)
    assert training_numpy(race, "lstm") == """\
# A net of the cell 'lstm' learns the task 'adding': the numbers of the curves.
# Where gradients explode, so does rounding: there two right runs part.
from lstm_core import CELLS
from lstm_core.tasks import TASKS
from lstm_core.training import Settings, train

cell = CELLS["lstm"]
task = TASKS["adding"]
settings = Settings(cell, task, H=8, B=32, seed=0, rate=0.02, forget_bias=1.0)

for record in train(settings, every=4):
    print(f"step {record.step}: loss {record.loss}, norm {record.norm}, "
          f"test loss {record.test_loss}, accuracy {record.accuracy}")
    if record.step == 480:
        break
"""
