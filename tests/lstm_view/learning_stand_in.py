"""Races whose lanes do what a test wants of them, for workers that the tests start: a lane's name says what it does."""
import os
import sys
import time
from dataclasses import dataclass, field

import numpy as np

from lstm_view.learning import worker

COMMAND = (sys.executable, "-c", "import sys; sys.path.insert(0, 'tests/lstm_view'); "
           "from learning_stand_in import main; main()")


@dataclass(frozen=True)
class Toy:
    """A race of lanes; each that begins at step 0 does what its name says, if anything, in the step `at`."""

    lanes: tuple[str, ...] = ("plain",)
    steps: int = 40
    every: int = 2
    rate: float = 0.1
    at: int = 20
    pause: float = 0.0  # seconds, at each record
    size: int = 3  # numbers in a net


@dataclass(frozen=True, eq=False)
class Record:
    """Like lstm_core.training.Record, which takes longer to import than all that these workers do."""

    step: int
    loss: float
    test_loss: float
    accuracy: float
    norm: float
    rate: float
    params: dict
    moments: dict
    solved: bool
    diverged: bool


@dataclass(frozen=True)
class Lane:
    race: Toy
    name: str
    rate: float = field(default=0.1)


def settings(race):
    if "unfit" in race.lanes:
        raise ValueError("H: given 0, wanted a positive integer")
    return {name: Lane(race, name, race.rate) for name in race.lanes}


def train(lane, every, resume=None):
    """Numbers that depend on every step and rate before."""
    k, w, m = (resume.step, resume.params["w"], resume.moments["m"]) if resume else (
        0, np.linspace(0, 1, lane.race.size), np.zeros(lane.race.size))
    if resume is None:
        yield made(0, w, m, lane)
    while True:
        k += 1
        m = 0.9 * m + np.sin(w + k)
        w = w - lane.rate * m
        if k == lane.race.at and resume is None:
            act(lane.name)
        if k % every == 0:
            time.sleep(lane.race.pause)
            yield made(k, w, m, lane)


def act(name):
    match name.partition("-")[0]:
        case "hang":
            time.sleep(600)
        case "fail":
            raise ValueError("on purpose")
        case "huge":
            raise MemoryError
        case "die":
            os._exit(3)
        case "chatty":
            print("not a message", flush=True)
            os.write(1, b"nor this")


def made(k, w, m, lane):
    """A record; what it says of the process stands in for the measures."""
    return Record(step=k, loss=float(w.sum()), test_loss=float(w[0]),
                  accuracy=float(os.environ.get("OPENBLAS_NUM_THREADS", 0)), norm=float(os.nice(0)), rate=lane.rate,
                  params={"w": w.copy()}, moments={"m": m.copy()}, solved=False, diverged=False)


def main():
    worker.NICE = 1  # so that tests are not kept waiting by whatever else the machine does
    worker.main(settings, train)
