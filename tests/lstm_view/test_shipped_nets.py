"""The trained nets that come with the app are those that their command makes."""
import itertools

import pytest

from lstm_core.training import measure, train
from lstm_view.learning import nets, saved
from lstm_view.learning.race import settings
from lstm_view.learning.task_named import NAMES
from lstm_view.numbers.training import DEFAULTS, race_of, unseen

CELLS = ("rnn", "lstm", "gru")


def read(task, cell):
    return saved.read((nets.FOLDER / f"{task}.{cell}.safetensors").read_bytes())


@pytest.mark.parametrize("task", NAMES)
def test_each_task_has_the_race_that_a_visitor_begins_with(task):
    for cell in CELLS:
        found = read(task, cell)
        assert found.race == saved.alone(race_of(DEFAULTS | {"task": task}), cell)
        assert found.records[-1].step == found.race.steps


@pytest.mark.parametrize("task", NAMES)
@pytest.mark.parametrize("cell", CELLS)
def test_its_curve_begins_as_training_does(task, cell):
    found = read(task, cell)
    [chosen] = settings(found.race).values()
    for now, then in zip(itertools.islice(train(chosen, found.race.every), 2), found.records, strict=False):
        assert (now.step, now.rate) == (then.step, then.rate)
        assert now.test_loss == pytest.approx(then.test_loss, rel=1e-6)
        assert now.norm == pytest.approx(then.norm, rel=1e-6)


@pytest.mark.parametrize("task", NAMES)
def test_its_weights_measure_as_its_curve_ends(task):
    for cell in CELLS:
        found = read(task, cell)
        [chosen] = settings(found.race).values()
        last = found.records[-1]
        loss, accuracy, solved = measure(chosen, last.params, unseen(found.race))
        assert loss == pytest.approx(last.test_loss, rel=1e-6)
        assert (accuracy, solved) == (pytest.approx(last.accuracy, abs=0.005), last.solved)


def test_the_gated_cells_learn_what_the_plain_one_forgets():
    for task in ("adding", "order"):
        assert not read(task, "rnn").records[-1].solved
        assert read(task, "lstm").records[-1].solved and read(task, "gru").records[-1].solved
