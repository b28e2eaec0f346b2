import pickle
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from lstm_core import CELLS
from lstm_core.counts import parameter_count
from lstm_core.training import train
from lstm_view.incoming.own_cell import cell_named, name_of
from lstm_view.learning.race import (
    SEARCH,
    Race,
    cell_of,
    hidden_sizes,
    is_search,
    keeps,
    lanes,
    net_size,
    settings,
    sizes,
    task_of,
    work,
)
from lstm_view.learning.task_named import NAMES
from lstm_view.numbers.training import DEFAULTS, race_of

OWN = name_of("h = tanh(W_h @ x + 0.5 * h_prev)")
SMALL = Race("adding", H=4, B=3, length=6, steps=4, every=2)


def test_each_cell_is_a_lane_of_the_same_settings():
    race = replace(SMALL, cells=("lstm", OWN), seed=5, optimizer="sgd", rate=0.3, clip=None, truncate=2)
    found = settings(race)
    assert list(found) == lanes(race) == ["lstm", OWN]
    for lane, one in found.items():
        assert one.cell is cell_named(lane)
        assert (one.task.name, one.H, one.B, one.length, one.seed) == ("adding", 4, 3, 6, 5)
        assert (one.optimizer, one.rate, one.clip, one.truncate, one.method) == ("sgd", 0.3, None, 2, "bptt")


def test_both_methods_are_two_lanes_of_one_cell():
    race = replace(SMALL, method="both")
    assert lanes(race) == [cell + end for cell in race.cells for end in ("", SEARCH)]
    assert [one.method for one in settings(race).values()] == ["bptt", "search"] * 3
    assert [cell_of(lane) for lane in lanes(race)[::2]] == list(race.cells)
    assert [is_search(lane) for lane in lanes(replace(SMALL, method="search"))] == [True] * 3


def test_a_cell_starts_without_what_it_has_no_bias_for():
    found = settings(replace(SMALL, cells=("rnn", "lstm", "gru", "lstm1997"), forget_bias=2.0, chrono=9))
    assert {lane: (one.forget_bias, one.chrono) for lane, one in found.items()} == {
        "rnn": (None, None), "lstm": (2.0, 9), "gru": (None, 9), "lstm1997": (None, None)}
    assert {name for name, cell in CELLS.items() if keeps(cell)} >= {"lstm", "gru", "peephole", "cifg", "mgu"}


@pytest.mark.parametrize("seed", range(3))
def test_a_forget_bias_makes_the_mgu_hold_too(seed):
    [found] = settings(race_of(DEFAULTS | {"task": "order", "cells": ("mgu",), "seed": seed})).values()
    assert found.forget_bias == 1
    began, after = islice(train(found, every=100), 2)
    assert (began.params["b_f"] == -1).all()  # its f lets the new in
    assert after.solved and after.accuracy == 1


@pytest.mark.parametrize("name", CELLS)
def test_every_cell_can_be_raced(name):
    race = replace(SMALL, cells=(name,), chrono=9, forget_bias=1.0)
    [(lane, one)] = settings(race).items()
    first = next(train(one, every=1))
    assert first.step == 0 and first.params.keys() == {*CELLS[lane].parameters, "W_y", "b_y"}


@pytest.mark.parametrize("task", NAMES)
def test_every_task_can_be_raced_and_its_size_is_what_is_learned(task):
    race = Race(task, cells=("lstm", "rnn"), H=3, B=2, equal="count")
    for lane, one in settings(race).items():
        first = next(train(one, every=1))
        learned = sum(array.size for array in first.params.values())
        assert sizes(race)[lane] == learned == net_size(lane, one.task.inputs, one.task.outputs, one.H)
        assert np.isfinite(first.loss)


@pytest.mark.parametrize("H", [1, 7, 40])
def test_an_equal_count_is_the_nearest_there_is(H):
    race = replace(SMALL, H=H, equal="count", cells=("gru", "rnn", "lstm"))
    of, task = hidden_sizes(race), task_of(race)
    assert of["gru"] == H
    wanted = net_size("gru", task.inputs, task.outputs, H)
    for cell in ("rnn", "lstm"):
        apart = [abs(net_size(cell, task.inputs, task.outputs, size) - wanted) for size in range(1, 200)]
        assert apart[of[cell] - 1] == min(apart)
    assert set(hidden_sizes(replace(race, equal="size")).values()) == {H}


def test_a_net_is_its_cell_and_a_readout():
    assert net_size("lstm", 2, 1, 16) == parameter_count(CELLS["lstm"], 2, 16) + 17


def test_work_grows_with_everything_that_makes_it():
    there = work(SMALL)
    assert work(replace(SMALL, B=6)) == work(replace(SMALL, length=12)) == 2 * there
    assert work(replace(SMALL, method="search")) * 3 == there and work(replace(SMALL, H=5)) > there
    assert work(replace(SMALL, cells=("lstm",))) < there


def test_a_race_crosses_a_pipe():
    race = replace(SMALL, cells=("lstm", OWN), text="ab")
    assert pickle.loads(pickle.dumps(race)) == race
