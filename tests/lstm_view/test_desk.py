"""Trainings begun, waiting, stopped and gone on with, and what is left of them: nothing but their records."""
import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from learning_stand_in import COMMAND, Toy, settings, train

from lstm_view.learning.desk import Desk
from lstm_view.learning.job import ENDED

ROOT = Path(__file__).parents[2]
HANG = Toy(("hang",))  # reports until step 18, then no more


class Clock:
    """Time that a test makes go by."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make():
    """Makes desks of stand-ins; at the end nothing of them may be left."""
    before, desks = left(), []

    def make(**options):
        desks.append(Desk(**{"command": COMMAND, "tick": 0.01, "patience": 5, "seconds": 1000, "away": 1000} | options))
        return desks[-1]

    yield make
    for desk in desks:
        desk.close()
        assert desk.busy() == (0, 0)
    until(lambda: left() == before)


def left():
    """Threads, open files and processes of ours."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    return (sorted(thread.name for thread in threading.enumerate()),
            len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0,
            children.read_text() if children.exists() else "")


def until(condition, within=30):
    """Wait until a condition holds; what it gave."""
    end = time.monotonic() + within
    while not (found := condition()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.002)
    return found


def ended(desk, id):
    """A job once it has neither to wait nor to run."""
    return until(lambda: (job := desk.look(id)).state not in ("waiting", "running") and job)


def at(desk, id, step):
    """A job once all of its lanes are at a step, or beyond."""
    return until(lambda: (job := desk.look(id)).records and min(
        lane[-1].step for lane in job.records.values()) >= step and job)


def process(desk, id):
    return desk._jobs[id].child.process


def assert_whole(job, race=None):
    """All of a race, as a worker gives it that was never stopped: computed here."""
    race = race or job.race
    assert job.state == "done" and job.progress == 1 and list(job.records) == list(race.lanes)
    for lane, kept in job.records.items():
        assert [record.step for record in kept] == list(range(0, race.steps + 1, race.every))
        expected = {record.step: record for record in taken(race, lane, job.rates)}
        for record in kept:
            assert record.loss == expected[record.step].loss and record.rate == expected[record.step].rate
        for name in ("params", "moments"):
            [got], [wanted] = (getattr(r, name).values() for r in (kept[-1], expected[race.steps]))
            assert got.tobytes() == wanted.tobytes()


def taken(race, lane, rates):
    """A lane's records, computed in this process, at each rate from its step on."""
    record, each = None, settings(replace(race, at=-1))[lane]
    for k, (_, rate) in enumerate(rates):
        end = rates[k + 1][0] if k + 1 < len(rates) else race.steps
        for record in train(replace(each, rate=rate), race.every, record):  # noqa: B020
            yield record
            if record.step >= end:
                break


# --- one training


def test_a_training_from_beginning_to_end(make):
    desk = make()
    id = desk.begin(Toy(("a", "b")))
    job = ended(desk, id)
    assert_whole(job)
    assert (job.id, job.reason, job.stopping, job.place, job.left) == (id, "", False, None, None)
    assert job.spent > 0 and job.rates == ((0, 0.1),)


def test_what_is_not_there_is_none(make):
    desk = make()
    for act in (desk.look, desk.stop, desk.go_on, desk.forget):
        assert act("nothing") is None
    assert desk.set_rate("nothing", 1.0) is None


def test_a_stop_keeps_what_was_reported_and_it_goes_on_from_there(make):
    desk, race = make(), Toy(("a", "b"), pause=0.005)
    id = desk.begin(race)
    seen = at(desk, id, 4)
    desk.stop(id)
    stopped = ended(desk, id)
    assert stopped.state == "stopped" and stopped.reason == ""
    for lane, records in stopped.records.items():
        assert records[-1].params and records[-1].moments and records[-1].step >= seen.records[lane][-1].step
    desk.go_on(id)
    assert_whole(ended(desk, id))


def test_it_says_how_far_it_is(make, clock):
    desk = make(clock=clock)
    id = desk.begin(Toy(("hang", "a")))
    at(desk, id, 18)
    clock.now += 10
    job = desk.look(id)
    assert (job.state, job.spent, job.budget) == ("running", 10, 990)
    made = sum(records[-1].step for records in job.records.values())
    assert (job.progress, job.left) == pytest.approx((made / 80, 10 * (80 - made) / made))


def test_going_on_while_it_still_stops(make):
    desk = make()
    id = desk.begin(Toy(pause=0.005))
    at(desk, id, 2)
    desk.stop(id)
    desk.go_on(id)
    assert_whole(ended(desk, id))


def test_a_training_that_is_done_does_not_go_on(make):
    desk = make()
    id = desk.begin(Toy())
    done = ended(desk, id)
    desk.go_on(id)
    desk.stop(id)
    desk.set_rate(id, 0.5)
    assert desk.look(id) == done


def test_another_race_goes_on_from_its_records(make):
    desk = make()
    short = ended(desk, desk.begin(Toy(steps=20)))
    assert_whole(ended(desk, desk.begin(Toy(), resume=short.records)), Toy())


# --- the learning rate


def test_another_rate_without_a_reset(make):
    desk = make()
    id = desk.begin(Toy(("a", "b"), steps=100, pause=0.005))
    at(desk, id, 2)
    for rate in (0.3, 0.2, 0.01):
        desk.set_rate(id, rate)
    job = ended(desk, id)
    assert job.rates[0] == (0, 0.1) and job.rates[-1][1] == 0.01 and job.rates[-1][0] >= 2
    assert_whole(job)


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf")])
def test_a_rate_that_is_none(make, rate):
    with pytest.raises(ValueError, match="rate: given"):
        make().set_rate("any", rate)


def test_another_rate_while_it_rests_or_waits(make):
    desk = make(at_once=1)
    id = desk.begin(HANG)
    at(desk, id, 18)
    waiting = desk.begin(Toy(steps=4))
    desk.set_rate(waiting, 0.5)
    desk.stop(id)
    assert ended(desk, waiting).records["plain"][1].rate == 0.5
    desk.set_rate(id, 0.5)
    assert ended(desk, id).rates == ((0, 0.1), (18, 0.5))


def test_a_rate_that_nobody_took_holds_when_it_goes_on(make):
    desk = make()
    id = desk.begin(HANG)
    at(desk, id, 18)
    desk.set_rate(id, 0.5)
    desk.stop(id)
    assert ended(desk, id).rates == ((0, 0.1), (18, 0.5))


# --- the queue


def test_some_run_and_the_others_wait(make):
    desk = make()
    ids = [desk.begin(HANG) for _ in range(5)]
    seen = [desk.look(id) for id in ids]
    assert [(job.state, job.place) for job in seen] == [
        ("running", None), ("running", None), ("waiting", 1), ("waiting", 2), ("waiting", 3)]
    assert desk.busy() == (2, 3)
    desk.stop(ids[3])
    desk.stop(ids[0])
    assert ended(desk, ids[3]).records == {}
    until(lambda: desk.look(ids[2]).state == "running")
    assert desk.look(ids[4]).place == 1
    assert desk.busy() == (2, 1)


def test_whose_time_is_over_goes_on_behind_the_others(make, clock):
    desk = make(at_once=1, seconds=100, clock=clock)
    first, second = desk.begin(HANG), desk.begin(HANG)
    at(desk, first, 18)
    clock.now += 101
    job = ended(desk, first)
    assert (job.state, job.reason, job.spent) == ("over_budget", "", 101)
    desk.go_on(first)
    assert [desk.look(id).state for id in (first, second)] == ["waiting", "running"]
    at(desk, second, 18)
    assert desk.look(second).budget == 100
    desk.stop(second)
    assert until(lambda: desk.look(first).state == "running" and desk.look(first)).budget == 100
    assert_whole(ended(desk, first))


def test_a_queue_that_is_full(make):
    desk = make(at_once=1, waiting=1)
    running, _, refused = (desk.begin(HANG) for _ in range(3))
    job = desk.look(refused)
    assert (job.state, job.reason) == ("stopped", "full")
    desk.stop(running)
    ended(desk, running)
    desk.go_on(refused)
    assert desk.look(refused).state == "waiting"


def test_nobody_looks(make, clock):
    desk = make(at_once=1, away=60, clock=clock)
    seen, unseen, waiting = desk.begin(HANG), desk.begin(HANG), desk.begin(HANG)
    at(desk, seen, 18)
    clock.now += 59
    assert desk.look(seen).state == "running"
    clock.now += 2
    until(lambda: desk.busy() == (1, 0))
    assert [(desk.look(id).state, desk.look(id).reason) for id in (unseen, waiting)] == [("stopped", "nobody")] * 2
    assert desk.look(seen).state == "running"
    clock.now += 61
    until(lambda: desk.busy() == (0, 0))
    job = desk.look(seen)
    assert (job.state, job.reason) == ("stopped", "nobody") and job.records["hang"][-1].step == 18
    assert desk.busy() == (0, 0)  # a look alone starts nothing
    desk.go_on(seen)
    assert_whole(ended(desk, seen))


def test_a_double_click_begins_one(make):
    desk = make()
    assert desk.begin(HANG, ticket="t", visitor="v") == desk.begin(HANG, ticket="t", visitor="v")
    assert desk.begin(HANG, ticket="t", visitor="another") != desk.begin(HANG, ticket="u", visitor="one more")
    assert desk.busy() == (2, 1)


def test_a_visitor_has_one_at_a_time(make):
    desk = make()
    first, other = desk.begin(HANG, visitor="v"), desk.begin(HANG, visitor="w")
    at(desk, first, 18)
    second = desk.begin(HANG, visitor="v")
    job = ended(desk, first)
    assert (job.state, job.reason) == ("stopped", "replaced") and job.records["hang"][-1].step == 18
    assert desk.look(other).state == "running"
    at(desk, second, 18)
    desk.go_on(first)
    assert_whole(ended(desk, first))
    assert desk.look(second).reason == "replaced"


# --- what may go wrong


def test_a_process_that_dies_leaves_what_it_reported(make):
    desk = make()
    id = desk.begin(HANG)
    at(desk, id, 18)
    process(desk, id).kill()
    job = ended(desk, id)
    assert (job.state, job.reason) == ("failed", "died")
    desk.go_on(id)
    assert_whole(ended(desk, id))


def test_a_process_that_does_not_answer_is_killed(make):
    desk = make(patience=0.05)
    id = desk.begin(HANG)
    at(desk, id, 18)
    process(desk, id).send_signal(signal.SIGSTOP)
    desk.stop(id)
    assert desk.look(id).stopping
    job = ended(desk, id)
    assert (job.state, job.reason) == ("stopped", "") and job.records["hang"][-1].step == 18
    desk.go_on(id)
    assert_whole(ended(desk, id))


@pytest.mark.parametrize(("lane", "reason"), [
    ("fail", "error"), ("unfit", "error"), ("huge", "memory"), ("die", "died")])
def test_a_training_that_fails(make, lane, reason, capfd):
    desk = make()
    job = ended(desk, desk.begin(Toy((lane,))))
    assert (job.state, job.reason) == ("failed", reason)
    assert ("on purpose" in job.detail) == (lane == "fail")


def test_a_process_that_cannot_be_started(make):
    desk = make(at_once=1, command=("/nowhere/python",))
    ids = [desk.begin(HANG) for _ in range(3)]
    assert {(ended(desk, id).state, ended(desk, id).reason) for id in ids} == {("failed", "start")}


def test_no_thread_can_be_started(make, monkeypatch):
    desk, start = make(at_once=1), threading.Thread.start

    def refuse(thread):
        if thread._target == desk._run:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    job = ended(desk, desk.begin(HANG))
    assert (job.state, job.reason) == ("failed", "start") and desk.busy() == (0, 0)
    monkeypatch.undo()
    desk.go_on(job.id)
    at(desk, job.id, 18)


# --- the end


def test_what_is_forgotten_ends(make):
    desk = make()
    ids = [desk.begin(HANG) for _ in range(3)]
    at(desk, ids[0], 18)
    for id in ids:
        desk.forget(id)
    assert [desk.look(id) for id in ids] == [None] * 3
    until(lambda: desk.busy() == (0, 0))


def test_few_are_kept(make, clock):
    desk = make(jobs=3, clock=clock)
    ids = []
    for _ in range(3):
        clock.now += 1
        ids.append(desk.begin(Toy(steps=2)))
        ended(desk, ids[-1])
    clock.now += 1
    desk.look(ids[0])
    clock.now += 1
    running = desk.begin(HANG)
    assert [desk.look(id) is None for id in (*ids, running)] == [False, True, False, False]


def test_little_is_kept(make, clock):
    desk, ids = make(nbytes=100_000, clock=clock), []
    for _ in range(4):
        clock.now += 1
        ids.append(desk.begin(Toy(steps=2, size=2000)))  # two nets, and what the optimiser remembers: 49,000 bytes
        ended(desk, ids[-1])
    assert [desk.look(id) is None for id in ids] == [True, True, False, False]


def test_closing_ends_all(make):
    desk = make()
    ids = [desk.begin(HANG) for _ in range(3)]
    at(desk, ids[0], 18)
    process(desk, ids[0]).send_signal(signal.SIGSTOP)
    desk.close()
    assert desk.busy() == (0, 0)
    assert [desk.look(id).state for id in ids] == ["stopped"] * 3
    assert desk.look(desk.begin(HANG)).state == "waiting"
    desk.forget(next(reversed(desk._jobs)))


SERVER = """
import sys; sys.path.insert(0, 'tests/lstm_view')
from learning_stand_in import COMMAND, Toy
from lstm_view.learning.desk import Desk
desk = Desk(command=COMMAND)
ids = [desk.begin(Toy(("hang",))) for _ in range(3)]
while not all(desk.look(id).records for id in ids[:2]): pass
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def a_server():
    """A process with two trainings; all of them have its stderr open, which ends when the last of them does."""
    server = subprocess.Popen([sys.executable, "-c", SERVER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
    with server:
        assert server.stdout.readline() == "ready\n"
        yield server


@pytest.mark.parametrize(("act", "interrupted"), [
    (lambda server: server.kill(), 0), (lambda server: server.send_signal(signal.SIGINT), 1),
], ids=["kill", "interrupt"])
def test_the_server_ends_and_its_processes_too(act, interrupted):
    with a_server() as server:
        act(server)
        assert server.stderr.read().count("KeyboardInterrupt") == interrupted


def test_many_threads_at_once(make, capfd):
    desk, ids, problems = make(patience=0.5, jobs=12, waiting=5), [], []

    def visitor(k):
        chance = random.Random(k)
        try:
            for _ in range(40):
                act = chance.choice(["begin", "look", "look", "stop", "go_on", "rate", "forget"])
                id = chance.choice(ids or ["none"])
                match act:
                    case "begin":
                        lanes = (chance.choice(["plain", "hang", "fail", "die", "chatty"]),)
                        ids.append(desk.begin(Toy(lanes, steps=chance.choice([2, 40, 400])), visitor=str(k % 4)))
                    case "rate":
                        desk.set_rate(id, chance.random() + 0.1)
                    case _:
                        getattr(desk, act)(id)
                running, waiting = desk.busy()
                assert running <= 2 and waiting <= 5
        except BaseException as error:
            problems.append(error)
            raise

    threads = [threading.Thread(target=visitor, args=(k,)) for k in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert problems == []
    for id in ids:
        desk.stop(id)
    until(lambda: desk.busy() == (0, 0))
    states = {job.state for job in map(desk.look, ids) if job}
    assert states <= {*ENDED, "done"}
    assert "Exception in thread" not in capfd.readouterr().err
    assert_whole(ended(desk, desk.begin(Toy())))
