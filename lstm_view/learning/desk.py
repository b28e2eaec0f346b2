"""The desk where trainings are begun: a few run, each in a process of its own, the others wait their turn.

What was reported of a training stays when it stops, however it stops: its records are kept here, the newest with all
that is needed to go on exactly from there.  Nothing of Streamlit; any thread may call anything at any time.
"""
import atexit
import math
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress

from . import history
from .child import COMMAND, Child
from .job import ENDED, Job, Training

AT_ONCE = 2  # as many as the machine has cores: more would only make all of them slower
SECONDS = 120  # of running, then it is the others' turn: the last of a class of ten waits eight minutes
AWAY = 75  # seconds in which nobody looked, after which nobody does: a hidden tab's browser lets it ask once a minute
PATIENCE = 2  # seconds for a process to answer before it is killed
WAITING = 50  # in the queue: the last would have to wait most of an hour
JOBS, BYTES = 64, 256_000_000  # kept; what nobody has looked at for longest goes first
TICK = 0.25  # seconds between two looks at the clock


class Desk:
    """Trainings by their ids; seconds: of running for each go."""

    def __init__(self, at_once: int = AT_ONCE, seconds: float = SECONDS, away: float = AWAY, patience: float = PATIENCE,
                 waiting: int = WAITING, jobs: int = JOBS, nbytes: int = BYTES, tick: float = TICK,
                 command: tuple[str, ...] = COMMAND, clock: Callable[[], float] = time.monotonic):
        self.at_once, self.seconds, self.away, self.patience, self.tick = at_once, seconds, away, patience, tick
        self.waiting, self.jobs, self.nbytes, self.command, self.clock = waiting, jobs, nbytes, command, clock
        self._jobs: dict[str, Training] = {}
        self._queue: list[Training] = []
        self._running: list[Training] = []  # also what is told to stop, or forgotten, until its process is gone
        self._minder: threading.Thread | None = None
        self._closed = False
        self._changed = threading.Condition()
        atexit.register(self.close)

    # --- what visitors do

    def begin(self, race, resume: dict[str, list] | None = None, ticket: str = "", visitor: str = "",
              rates: history.Rates | None = None) -> str:
        """The id of a new training, or of the one that was begun with the same ticket.

        resume: each lane's records, the last in full.  A visitor's other training stops.
        """
        with self._changed:
            for job in self._jobs.values():
                if ticket and (job.ticket, job.visitor) == (ticket, visitor):
                    return job.id
            job = Training(secrets.token_urlsafe(9), race, ticket, visitor, self.clock(), rates or ((0, race.rate),))
            job.hear(resume or {})
            self._jobs[job.id] = job
            self._enqueue(job)
            self._trim()
            return job.id

    def look(self, id: str) -> Job | None:
        """The training as it is now, None if there is none; that someone looks keeps it going."""
        with self._changed:
            job = self._jobs.get(id)
            if job is None:
                return None
            job.looked = self.clock()
            place = self._queue.index(job) + 1 if job.state == "waiting" else None
            return job.seen(self.clock(), self.seconds, place)

    def stop(self, id: str) -> None:
        """Stop it; what was reported stays."""
        with self._changed:
            if id in self._jobs:
                self._stop(self._jobs[id], "stopped", "")

    def go_on(self, id: str) -> None:
        """Let one that ended before its end go on from its last records, with a new budget, from the queue's end."""
        with self._changed:
            job = self._jobs.get(id)
            if job is None:
                return
            job.looked = self.clock()
            job.again = job.ending is not None
            if job.state in ENDED:
                self._enqueue(job)

    def set_rate(self, id: str, rate: float) -> None:
        """Another learning rate, of all lanes from the same step on.  ValueError for one that is not positive."""
        if not 0 < rate < math.inf:
            raise ValueError(f"rate: given {rate!r}, wanted a positive number")
        with self._changed:
            job = self._jobs.get(id)
            if job is None or job.state == "done":
                return
            told, job.wanted = job.wanted is not None, rate
            if job.state != "running":
                job.settle_rate()
            elif not told and job.child:
                job.child.tell("rate", rate)

    def forget(self, id: str) -> None:
        """Stop it and keep nothing of it."""
        with self._changed:
            job = self._jobs.pop(id, None)
            if job is not None:
                self._stop(job, "stopped", "")

    def busy(self) -> tuple[int, int]:
        """How many processes there are, and how many trainings wait."""
        with self._changed:
            return len(self._running), len(self._queue)

    def close(self) -> None:
        """End all processes and threads; what is begun after that waits for ever."""
        atexit.unregister(self.close)
        with self._changed:
            self._closed = True
            threads = [self._minder, *(job.thread for job in self._running)]
            for job in [*self._queue, *self._running]:
                self._stop(job, "stopped", "")
                if job.child:
                    job.child.kill()
            self._changed.notify_all()
        for thread in filter(None, threads):
            thread.join(self.patience)

    # --- the queue; the lock is held

    def _enqueue(self, job):
        for other in [*self._queue, *self._running]:
            if job.visitor and other.visitor == job.visitor and other is not job:
                self._stop(other, "stopped", "replaced")
        job.again = False
        if len(self._queue) >= self.waiting:
            job.state, job.reason, job.detail = "stopped", "full", ""
        else:
            job.state, job.reason, job.detail = "waiting", "", ""
            self._queue.append(job)
            self._fill()

    def _fill(self):
        """Start what waits, as far as there is room."""
        self._leave_out()
        while self._queue and len(self._running) < self.at_once and not self._closed:
            job = self._queue.pop(0)
            job.state, job.started, job.steps = "running", self.clock(), job.made()
            job.child, job.ending, job.kill_at = None, None, math.inf
            self._running.append(job)
            job.thread = threading.Thread(target=self._run, args=(job,), daemon=True)
            try:
                job.thread.start()
            except RuntimeError as error:  # the system gives no more threads
                self._end(job, ("failed", "start", str(error)))
        if self._running and self._minder is None:
            minder = threading.Thread(target=self._mind, daemon=True)
            with suppress(RuntimeError):  # when the next one starts it is tried again
                minder.start()
                self._minder = minder

    def _leave_out(self):
        """Take out of the queue what nobody looks at."""
        for job in [*self._queue]:
            if self.clock() - job.looked > self.away:
                self._stop(job, "stopped", "nobody")

    def _stop(self, job, state, reason):
        job.again = False
        if job.state == "waiting":
            self._queue.remove(job)
            job.state, job.reason = state, reason
        elif job.state == "running" and job.ending is None:
            job.ending, job.kill_at = (state, reason), self.clock() + self.patience
            if job.child:
                job.child.tell("stop")

    def _trim(self):
        """Drop what was looked at longest ago, until the rest is few and small enough."""
        idle = sorted((job for job in self._jobs.values() if job.state not in ("waiting", "running")),
                      key=lambda job: job.looked, reverse=True)
        weights = {id: job.weight() for id, job in self._jobs.items()}
        while idle and (len(self._jobs) > self.jobs or sum(weights[id] for id in self._jobs) > self.nbytes):
            del self._jobs[idle.pop().id]

    # --- the desk's own threads: one for each process, and while there are any, one that minds the clock

    def _run(self, job):
        """From the start of a job's process to its end."""
        outcome = ("failed", "died", "")
        try:
            with self._changed:
                start = job.race, job.newest(), job.rates
            child = Child(self.command)
            with self._changed:
                job.child = child
                if job.wanted is not None:
                    child.tell("rate", job.wanted)
                if job.ending:
                    child.tell("stop")
                if self._closed:
                    child.kill()
            with closing(child.messages(start)) as messages:
                for message in messages:
                    with self._changed:
                        outcome = self._hear(job, message) or outcome
                        self._changed.notify_all()
        except OSError as error:
            outcome = ("failed", "start", str(error))
        finally:
            with self._changed:
                self._end(job, outcome)
                self._changed.notify_all()

    def _hear(self, job, message):
        """Take in what a process says; the job's state, reason and detail if that was its last word."""
        match message:
            case ("records", lanes):
                job.hear(lanes)
            case ("rates", rates):
                if job.wanted == rates[-1][1]:
                    job.wanted = None
                elif job.wanted is not None:
                    job.child.tell("rate", job.wanted)
                job.rates = rates
            case ("done",):
                return "done", "", ""
            case ("stopped",):
                return "stopped", "", ""
            case ("failed", reason, detail):
                return "failed", reason, detail

    def _end(self, job, outcome):
        job.spent += self.clock() - job.started
        if job.ending and outcome[:2] in (("stopped", ""), ("failed", "died")):  # it was told to, or killed by us
            outcome = (*job.ending, "")
        job.state, job.reason, job.detail = outcome
        again, job.child, job.ending, job.thread = job.again, None, None, None
        self._running.remove(job)
        job.settle_rate()
        if again and job.state in ENDED and job.id in self._jobs and not self._closed:
            self._enqueue(job)
        self._trim()
        self._fill()

    def _mind(self):
        """End what has run for its time, what nobody looks at, and what does not answer."""
        with self._changed:
            while self._running:
                self._leave_out()
                for job in self._running:
                    now = self.clock()
                    if now - job.looked > self.away:
                        self._stop(job, "stopped", "nobody")
                    if now - job.started > self.seconds:
                        self._stop(job, "over_budget", "")
                    if now > job.kill_at and job.child:
                        job.child.kill()
                self._changed.wait(self.tick)
            self._minder = None
