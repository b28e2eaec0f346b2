"""Gradients where gates are next to 0 and 1, against numbers that PyTorch computed (make_torch_saturated.py): the same
to six digits, from 1 down to 1e-300.
"""
from pathlib import Path

import numpy as np
import pytest

from lstm_core import CELLS, backward, forward, reading
from lstm_core.analysis import norms

NUMBERS = np.load(Path(__file__).with_name("torch_saturated.npz"))
RUNS = sorted({key.rpartition("/")[0] for key in NUMBERS.files})


def made(run):
    cell = CELLS[run.partition("/")[0]]
    own = {key.rpartition("/")[2]: NUMBERS[key] for key in NUMBERS.files if key.startswith(f"{run}/")}
    return cell, {name: own[name] for name in cell.parameters}, own


def length(g):
    largest = np.abs(g).max(-1, keepdims=True)
    return largest[:, 0] * np.sqrt(np.square(g / np.where(largest, largest, 1)).sum(-1))


def test_every_cell_is_there_with_small_numbers():
    assert {run.partition("/")[0] for run in RUNS} == set(CELLS)
    smallest = [length(NUMBERS[f"{run}/found.h"]) for run in RUNS]
    assert sum(((g > 0) & (g < 1e-100)).sum() for g in smallest) > 50


def by_a_plan(cell, params, x):
    trace = forward(cell, params, x, keep=list(cell.node))
    assert trace.slabs is not None
    return trace


@pytest.mark.parametrize("way", [forward, by_a_plan, reading.read])
@pytest.mark.parametrize("run", RUNS)
def test_gradients_are_pytorchs(run, way):
    cell, params, own = made(run)
    grads = backward(way(cell, params, own["x"][:, None]), params, own["dh"][:, None])
    for name in ("h",) if way is by_a_plan else ("h", "x"):  # a plan's sums are in another order, and its z's then too
        theirs, ours = length(own[f"found.{name}"]), norms(grads, name)[:, 0]
        told = theirs > 1e-300
        np.testing.assert_allclose(ours[told], theirs[told], rtol=1e-6, err_msg=name)
        assert (ours[~told] < 1e-299).all()
