"""A process that trains, and what is kept of what it reports."""
import io
import os
import time
from contextlib import closing
from dataclasses import replace
from itertools import islice, pairwise

import learning_stand_in as stand_in
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from learning_stand_in import COMMAND, Toy

from lstm_core.training import Record, train
from lstm_view.learning import child, frames, history, race, worker


def heard(given, orders=(), resume=None, rates=None, command=COMMAND):
    """Every message of a worker."""
    process = child.Child(command)
    for order in orders:
        process.tell(*order)
    with closing(process.messages((given, resume or {}, rates or ((0, given.rate),)))) as messages:
        return list(messages)


def records(messages):
    """Each lane's records, as a desk keeps them for a race of few steps."""
    lanes = {}
    for message in messages:
        if message[0] == "records":
            for lane, new in message[1].items():
                lanes.setdefault(lane, []).extend(new)
    return lanes


def numbers(record):
    return {name: value for name, value in vars(record).items() if name not in ("params", "moments")}


def assert_same(one, other):
    """Bit for bit, arrays where both have them."""
    assert numbers(one) == numbers(other)
    for arrays, others in ((one.params, other.params), (one.moments, other.moments)):
        for name in arrays.keys() & others.keys() if arrays and others else ():
            assert arrays[name].tobytes() == others[name].tobytes()


def a_record(step, size=3):
    return Record(step, 0.5, 0.5, 0.5, 0.5, 0.1, {"w": np.zeros(size)}, {"m": np.zeros(size)}, False, False)


# --- messages


def test_messages_come_as_they_went():
    pipe = io.BytesIO()
    frames.write(pipe, ("stop",))
    frames.write(pipe, {"a": np.arange(3.0)})
    pipe.seek(0)
    assert frames.read(pipe) == ("stop",)
    assert frames.read(pipe)["a"].tolist() == [0, 1, 2]
    assert frames.read(pipe) is None


def test_a_message_cut_off_is_none():
    pipe = io.BytesIO()
    frames.write(pipe, "whole")
    for end in range(len(pipe.getvalue())):
        assert frames.read(io.BytesIO(pipe.getvalue()[:end])) is None


# --- what is kept


@settings(max_examples=60, deadline=None)
@given(some.integers(1, 6000), some.integers(1, 40), some.sampled_from([3, 400_000]), some.data())
def test_what_is_kept_is_bounded_and_the_same_however_it_came(count, every, size, data):
    steps, arrays = count * every, {"w": np.zeros(size)}
    all = [Record(k, 0.0, 0.0, 0.0, 0.0, 0.1, arrays, arrays, False, False) for k in range(0, steps + 1, every)]
    at_once = history.kept(all, steps, every)
    in_parts = []
    cuts = sorted(data.draw(some.lists(some.integers(0, len(all)), max_size=8)))
    for start, end in zip([0, *cuts], [*cuts, len(all)], strict=True):
        for record in history.kept(all[start:end], steps, every):
            history.add(in_parts, record, steps, every)
    for kept in (at_once, in_parts):
        films = [record for record in kept if record.params is not None]
        assert len(kept) <= history.CURVE + 2 and len(films) <= history.FILM + 2
        assert kept[0].step == 0 and kept[-1] is all[-1]
        assert history.weight(kept) <= 2 * history.FILM_BYTES + 2 * history.size(arrays)
        assert all_even([record.step for record in kept[:-1]]) and all_even([record.step for record in films[:-1]])
        assert [record.moments for record in kept[:-1]] == [None] * (len(kept) - 1)
    assert [(r.step, r.params is None) for r in at_once] == [(r.step, r.params is None) for r in in_parts]


def all_even(steps):
    return len({b - a for a, b in pairwise(steps)}) <= 1


def test_enough_is_kept_of_a_training_of_usual_length():
    kept = history.kept(map(a_record, range(0, 3001, 25)), 3000, 25)
    assert [record.step for record in kept] == list(range(0, 3001, 25))
    assert [record.step for record in kept if record.params is not None] == list(range(0, 3001, 50))


def test_nets_of_different_sizes_are_filmed_at_steps_that_meet():
    gaps = [history.film_gap(6000, 10, nbytes) for nbytes in (1000, 600_000, 2_000_000, 50_000_000)]
    assert gaps == sorted(set(gaps)) and all(b % a == 0 for a, b in pairwise(gaps))


def test_a_record_that_is_not_newer_is_left_out():
    kept = history.kept(map(a_record, [0, 2, 4, 4, 2, 6]), 6, 2)
    assert [record.step for record in kept] == [0, 2, 4, 6]


def test_rates_by_step():
    rates = history.changed(history.changed(((0, 0.1),), 20, 0.2), 40, 0.4)
    assert [history.rate_at(rates, step) for step in (0, 18, 20, 38, 40, 99)] == [0.1, 0.1, 0.2, 0.2, 0.4, 0.4]
    assert history.changed(rates, 20, 0.3) == ((0, 0.1), (20, 0.3))


# --- the process


def test_a_race_of_nets_is_what_training_gives_bit_for_bit():
    chosen = race.Race("adding", ("rnn", "lstm"), H=4, B=4, length=8, steps=12, every=4)
    first = records(heard(replace(chosen, steps=8), command=child.COMMAND))
    messages = heard(chosen, resume={lane: each[-1] for lane, each in first.items()}, command=child.COMMAND)
    assert messages[-1] == ("done",)
    assert list(first) == ["rnn", "lstm"]
    for lane, each in race.settings(chosen).items():
        found = [*first[lane], *records(messages)[lane]]
        assert [record.step for record in found] == [0, 4, 8, 12]
        for one, other in zip(found, islice(train(each, every=4), 4), strict=True):
            assert_same(one, other)
        assert found[-1].params.keys() > {"W_y"} and found[-1].moments


def test_a_run_that_goes_on_is_the_run_without_a_stop():
    chosen = Toy(("a", "b"))
    whole = records(heard(chosen))
    first = records(heard(replace(chosen, steps=14)))
    then = records(heard(chosen, resume={lane: each[-1] for lane, each in first.items()}))
    for lane in whole:
        assert then[lane][0].step == 16
        assert_same(whole[lane][-1], then[lane][-1])


def test_another_rate_holds_from_one_step_on_in_all_lanes():
    chosen = Toy(("a", "b", "c"), pause=0.002)
    messages = heard(chosen, [("rate", 0.01), ("rate", 0.02)])
    [_, (_, rates)] = [message for message in messages if message[0] == "rates"]
    assert rates[-1][1] == 0.02 and rates[0][0] == 0
    again = records(heard(chosen, rates=rates))
    for lane, each in records(messages).items():
        assert {record.step: record.rate for record in each if record.step} == {
            step: history.rate_at(rates, step - 1) for step in range(2, 41, 2)}
        assert_same(each[-1], again[lane][-1])


def test_a_race_is_of_equal_steps(monkeypatch):
    chosen, seen = Toy(("a", "b", "c")), []

    class Outbox:
        def put(self, lane, record):
            seen.append((record.step, lane))

    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    lanes = {name: worker.Lane(each) for name, each in stand_in.settings(chosen).items()}
    worker.follow(lanes, chosen, stand_in.train, ((0, 0.1),), worker.SimpleQueue(), Outbox())
    assert seen == [(step, lane) for step in range(0, 41, 2) for lane in "abc"]


@pytest.mark.parametrize("steps", [1, 13])
def test_the_last_record_is_of_the_last_step(steps):
    [lane] = records(heard(Toy(steps=steps, every=4))).values()
    assert [record.step for record in lane] == [*range(0, steps, 4), steps]
    assert_same(lane[-1], records(heard(Toy(steps=steps, every=1)))["plain"][-1])


def test_it_is_nice_and_has_one_thread_for_products():
    [lane] = records(heard(Toy(steps=2))).values()
    assert lane[-1].accuracy == 1
    assert lane[-1].norm > os.nice(0)


def test_a_stop_loses_nothing_that_was_reported():
    process = child.Child(COMMAND)
    messages = []
    with closing(process.messages((Toy(("hang",)), {}, ((0, 0.1),)))) as coming:
        for message in coming:
            messages.append(message)
            if records(messages)["hang"][-1].step == 18:  # all there is before it hangs
                process.tell("stop")
                messages += coming
    assert messages[-1] == ("stopped",)
    last = records(messages)["hang"][-1]
    assert last.step == 18 and last.params and last.moments


def test_the_end_of_its_orders_ends_it_in_the_middle_of_a_step():
    process = child.Child(COMMAND)
    for message in (coming := process.messages((Toy(("hang",)), {}, ((0, 0.1),)))):
        if message[1]["hang"][-1].step == 18:
            process.process.stdin.close()
    assert process.process.returncode is not None and list(coming) == []


@pytest.mark.parametrize(("lane", "last"), [
    ("fail", ("failed", "error", "ValueError: on purpose")),
    ("unfit", ("failed", "error", "ValueError: H: given 0, wanted a positive integer")),
    ("huge", ("failed", "memory", "")),
    ("chatty", ("done",)),
])
def test_its_last_word(lane, last, capfd):
    messages = heard(Toy((lane,)))
    assert messages[-1] == last
    assert ("not a message" in capfd.readouterr().err) == (lane == "chatty")


def test_what_was_reported_before_a_failure_is_sent():
    assert records(heard(Toy(("fail",))))["fail"][-1].step == 18


def test_it_reports_at_most_so_many_times_a_second():
    start = time.monotonic()
    messages = heard(Toy(("a", "b"), steps=200, every=1, pause=0.001))
    assert len(messages) <= (time.monotonic() - start) * worker.ROUNDS + 3
    assert [record.step for record in records(messages)["b"]] == list(range(201))
