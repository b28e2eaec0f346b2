"""What the tests of several folders share: small nets, trained a few steps."""
from functools import cache
from itertools import islice

import pytest

from lstm_core.training import train
from lstm_view.learning import nets, saved
from lstm_view.learning.race import Race, settings

RACES = {  # of "reber" each cell has a size of its own, of the others all are as large as one another
    "counting": Race("counting", ("rnn", "lstm", "gru"), H=4, B=4, seed=5),
    "reber": Race("reber", ("rnn", "lstm", "gru"), H=5, equal="count", B=4, seed=5),
    "adding": Race("adding", ("rnn", "gru"), H=4, B=4, seed=5, length=6),
    "agreement_en": Race("agreement_en", ("gru",), H=16, B=4, seed=5),
}


@cache
def _trained(task):
    return {lane: list(islice(train(own, 4), 2)) for lane, own in settings(RACES[task]).items()}


@pytest.fixture(scope="session")
def races():
    """Task -> a race on it."""
    return RACES


@pytest.fixture(scope="session")
def newest():
    """newest(task): lane -> the records of that race, the last in full."""
    return _trained


@pytest.fixture
def trained():
    """trained(task): the name of the set of its nets, which the server has, as if a visitor had trained them."""
    def keep(task):
        return nets.keep([nets.net(RACES[task], lane, records[-1].params) for lane, records in _trained(task).items()])

    return keep


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """The nets of two tasks are those that come with the app."""
    for task in ("counting", "agreement_en"):
        for lane, records in _trained(task).items():
            (tmp_path / f"{task}.{lane}.safetensors").write_bytes(saved.write(RACES[task], lane, records))
    monkeypatch.setattr(nets, "FOLDER", tmp_path)
