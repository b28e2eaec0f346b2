"""What is kept of a training: its records, fewer the longer it gets, and which learning rate held from which step.

What is kept follows from the race alone, so that a training that was stopped and went on leaves what one without a stop
leaves.
"""
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any

CURVE = 1000  # records of a lane at most: as many as a chart has columns of pixels
FILM = 60  # of them hold the net as it was then: a slider has no use for more
FILM_BYTES = 16_000_000  # of these together: FILM of them up to about 80 units, fewer for larger nets

Record = Any  # lstm_core.training.Record
Rates = tuple[tuple[int, float], ...]  # (a step, the learning rate from there on), the first at step 0


def add(records: list[Record], record: Record, steps: int, every: int) -> None:
    """Append a lane's next record, in full; what was the newest keeps of its arrays, and its place, only what is due.

    A record on the curve alone has neither params nor moments (None), one of the film has params; the newest has both,
    and is where a training goes on from.  One that is not newer than the newest is left out.
    """
    if records:
        last = records[-1]
        if record.step <= last.step:
            return
        if last.step % _gap(steps, every, CURVE):
            records.pop()
        elif last.params is not None:
            filmed = last.step % film_gap(steps, every, size(last.params)) == 0
            records[-1] = replace(last, moments=None, params=last.params if filmed else None)
    records.append(record)


def kept(records: Iterable[Record], steps: int, every: int) -> list[Record]:
    """What stays of a lane's records when they are added one after the other."""
    out = []
    for record in records:
        add(out, record, steps, every)
    return out


def film_gap(steps: int, every: int, nbytes: int) -> int:
    """Training steps from one kept net to the next, where one is so many bytes; of two lanes' gaps each is a multiple
    of the other, or its divisor, so that they meet."""
    gap = _gap(steps, every, FILM)
    while gap < steps and steps // gap * nbytes > FILM_BYTES:
        gap *= 2
    return gap


def _gap(steps, every, most):
    """The smallest multiple of a power of two of `every` that cuts the steps into at most so many pieces."""
    gap = every
    while steps > most * gap:
        gap *= 2
    return gap


def size(arrays: dict | None) -> int:
    """Bytes of arrays by name."""
    return sum(array.nbytes for array in arrays.values()) if arrays else 0


def weight(records: list[Record]) -> int:
    """About how many bytes a lane's records take."""
    films = sum(record.params is not None for record in records)
    return 500 * len(records) + films * size(records[-1].params) + size(records[-1].moments) if records else 0


def rate_at(rates: Rates, step: int) -> float:
    """The learning rate of the training steps that follow a step."""
    return [rate for start, rate in rates if start <= step][-1]


def changed(rates: Rates, step: int, rate: float) -> Rates:
    """The rates with another from a step on."""
    return (*(pair for pair in rates if pair[0] < step), (step, rate))


def held(records: Iterable[Record]) -> Rates:
    """The learning rates that held while records were made: each record tells that of the steps before it."""
    records = list(records)
    found = ((0, records[0].rate),)
    for last, record in pairwise(records):
        if record.rate != found[-1][1]:
            found = changed(found, last.step, record.rate)
    return found
