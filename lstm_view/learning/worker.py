"""A process of its own that trains the nets of one race: `python -m lstm_view.learning.worker`, started by the desk.

It reads a race, records to go on from and learning rates on stdin, then orders: ("rate", value) and ("stop",).  The end
of stdin, as when the server died, ends it, in the middle of a step too.  It writes ("records", {lane: records}) at most
ROUNDS times a second, ("rates", rates) when another rate holds, and last ("done",), ("stopped",) or
("failed", reason, detail).
"""
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from typing import Any

from . import frames
from .history import Rates, add, changed, rate_at, size

NICE = 19  # all others first: a page that a visitor waits for is a matter of milliseconds, a training one of minutes
ROUNDS = 8  # a second: more than that nobody sees
BYTES = 40_000_000  # a second at most, so that large nets do not keep the server unpacking


@dataclass
class Lane:
    """One net of the race, and how far it is."""

    settings: Any  # lstm_core.training.Settings
    newest: Any = None  # its lstm_core.training.Record
    coming: Iterator | None = None  # its records from there on
    made: tuple | None = None  # with this learning rate, at each so many steps

    @property
    def step(self) -> int:
        return self.newest.step if self.newest else -1


def main(settings: Callable, train: Callable) -> None:
    """Train what stdin says, then end the process; settings and train are those of race.py and lstm_core.training."""
    inbox, mine = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what anything else prints is not a message
    with suppress(AttributeError, OSError):
        os.nice(NICE)
    order = frames.read(inbox)
    if order is None:
        return
    race, resume, rates = order
    outbox, wanted = Outbox(mine, race), SimpleQueue()
    threading.Thread(target=obey, args=(inbox, wanted, outbox), daemon=True).start()
    try:
        lanes = {name: Lane(each, resume.get(name)) for name, each in settings(race).items()}
        follow(lanes, race, train, rates, wanted, outbox)
    except MemoryError:
        outbox.end("failed", "memory", "")
    except Exception as error:
        traceback.print_exc()
        outbox.end("failed", "error", f"{type(error).__name__}: {error}")
    outbox.end("done")


def obey(inbox, wanted: SimpleQueue, outbox: "Outbox") -> None:
    """Take orders; the end of them is the end of the process."""
    with suppress(OSError):
        while order := frames.read(inbox):
            if order[0] == "stop":
                outbox.end("stopped")
            wanted.put(order[1])
    os._exit(1)


def follow(lanes: dict[str, Lane], race, train: Callable, rates: Rates, wanted: SimpleQueue, outbox: "Outbox") -> None:
    """Train all lanes to the race's end: always the one that is behind, so that a race is one of equal steps.

    Another rate holds for all lanes from the same step on: the first that none of them has passed.
    """
    running = {name: lane for name, lane in lanes.items() if not _over(lane, race)}
    while running:
        with suppress(Empty):
            rate = wanted.get_nowait()
            rates = changed(rates, max(0, *(lane.step for lane in running.values())), rate)
            outbox.tell("rates", rates)
        name, lane = min(running.items(), key=lambda item: item[1].step)
        every = race.every if lane.step + race.every <= race.steps else race.steps  # the last at the race's very end
        record = _next(lane, rate_at(rates, max(0, lane.step)), every, train)
        if record is not None:
            lane.newest = record
            outbox.put(name, record)
        if record is None or _over(lane, race):
            del running[name]


def _next(lane, rate, every, train):
    if lane.made != (rate, every):
        lane.made = rate, every
        lane.coming = iter(train(replace(lane.settings, rate=rate), every=every, resume=lane.newest))
    return next(lane.coming, None)


def _over(lane, race):
    return lane.newest is not None and (lane.newest.diverged or lane.newest.step >= race.steps)


class Outbox:
    """What was reported and is not sent yet: a thread of its own sends it, so that no record waits for a slow step."""

    def __init__(self, stream, race):
        self._stream, self._race = stream, race
        self._waiting: dict[str, list] = {}
        self._changed = threading.Condition()
        threading.Thread(target=self._send, daemon=True).start()

    def put(self, lane: str, record) -> None:
        with self._changed:
            add(self._waiting.setdefault(lane, []), record, self._race.steps, self._race.every)
            self._changed.notify()

    def tell(self, *message) -> None:
        with self._changed:
            self._flush()
            frames.write(self._stream, message)

    def end(self, *message) -> None:
        """Send all there is and a last message, and end the process, whatever its other threads are doing."""
        with self._changed:
            with suppress(OSError):
                self.tell(*message)
            sys.stderr.flush()
            os._exit(0)

    def _send(self):
        with suppress(OSError):
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._waiting)
                    sent = self._flush()
                time.sleep(max(1 / ROUNDS, sent / BYTES))
        os._exit(1)

    def _flush(self):
        """Send the records; about how many bytes that was.  Its caller holds the lock."""
        records, self._waiting = self._waiting, {}
        if records:
            frames.write(self._stream, ("records", records))
        return sum(size(lane[-1].params) + size(lane[-1].moments) for lane in records.values())


if __name__ == "__main__":
    from lstm_core.training import train

    from .race import settings

    main(settings, train)
