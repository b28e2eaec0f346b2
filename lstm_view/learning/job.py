"""A training at the desk: what the desk keeps of it, and what someone who looks at it sees."""
import math
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

from . import history
from .child import Child

ENDED = ("stopped", "over_budget", "failed")  # states from which a training can go on


@dataclass(frozen=True)
class Job:
    """A training as someone who looks at it sees it.

    state: "waiting", "running", "stopped", "done", "over_budget" or "failed"; stopping: it runs, and was told to stop.
    reason of a stop: "" (asked for), "nobody" (looked at it), "replaced" (by the same visitor's next), "full" (was the
    queue); of a failure: "start" (no process), "died" (the process), "memory", "error"; detail is for logs.
    place: in the queue, from 1.  records: each lane's, see `history.add`.  spent: seconds of running; budget: seconds
    still to run; left: seconds to the end, as fast as until now, where that is known; progress: from 0 to 1.
    """

    id: str
    race: Any
    state: str
    reason: str
    detail: str
    stopping: bool
    place: int | None
    records: dict[str, list]
    rates: history.Rates
    spent: float
    budget: float
    left: float | None
    progress: float


@dataclass(eq=False)
class Training:
    """The same as the desk has it."""

    id: str
    race: Any
    ticket: str
    visitor: str
    looked: float  # when someone last did
    rates: history.Rates
    records: dict[str, list] = field(default_factory=dict)
    state: str = "stopped"
    reason: str = ""
    detail: str = ""
    wanted: float | None = None  # a learning rate that was asked for and does not hold yet
    spent: float = 0.0  # in runs that are over
    # of the run that is going on
    child: Child | None = None
    thread: Thread | None = field(default=None, repr=False)
    started: float = 0.0
    steps: int = 0  # of all lanes when it started
    ending: tuple[str, str] | None = None  # the state and reason it was told to end in
    kill_at: float = math.inf
    again: bool = False  # to go on when it has ended

    def made(self) -> int:
        """Training steps of all lanes."""
        return sum(lane[-1].step for lane in self.records.values())

    def newest(self) -> dict:
        """Each lane's last record, from which it goes on."""
        return {lane: records[-1] for lane, records in self.records.items()}

    def weight(self) -> int:
        """About how many bytes it takes."""
        return sum(map(history.weight, self.records.values()))

    def hear(self, lanes: dict[str, list]) -> None:
        """Keep what was reported of some lanes."""
        for lane, records in lanes.items():
            for record in records:
                history.add(self.records.setdefault(lane, []), record, self.race.steps, self.race.every)

    def settle_rate(self) -> None:
        """Let a rate that was asked for hold from the records' end on."""
        if self.wanted is not None:
            end = max((record.step for record in self.newest().values()), default=0)
            self.rates, self.wanted = history.changed(self.rates, end, self.wanted), None

    def seen(self, now: float, seconds: float, place: int | None) -> Job:
        """It as it is now, if a run may take so many seconds."""
        going = self.state == "running"
        run = now - self.started if going else 0.0
        newest = self.newest().values()
        behind = sum(max(0, self.race.steps - record.step) for record in newest if not record.diverged)
        made = self.made() - self.steps
        return Job(
            id=self.id, race=self.race, state=self.state, reason=self.reason, detail=self.detail,
            stopping=going and self.ending is not None, place=place,
            records={lane: [*records] for lane, records in self.records.items()}, rates=self.rates,
            spent=self.spent + run, budget=max(0.0, seconds - run),
            left=run * behind / made if going and made else None,
            progress=1 - behind / (self.race.steps * len(newest)) if newest and self.race.steps else 0.0)
