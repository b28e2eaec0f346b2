"""The page `training`: its values, what is too large, what is said of the records."""
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_core.readout import output as readout
from lstm_core.run import forward
from lstm_core.tasks import right
from lstm_core.training import Record, train
from lstm_view.fields import from_text, to_text
from lstm_view.learning import nets, saved
from lstm_view.learning.examples import example
from lstm_view.learning.race import SEARCH, Race, lanes, settings, sizes, task_of, work
from lstm_view.learning.task_named import NAMES, task_named
from lstm_view.numbers import answers, over_time, training
from lstm_view.numbers.training import (
    DEFAULTS,
    FIELDS,
    OWN,
    RECORDS,
    answered,
    change,
    chosen,
    curves_frame,
    fit,
    race_of,
    same_start,
    shipped,
    some,
    too_large,
    unseen,
    values_of,
)
from lstm_view.parts.opening import OPENS, opening
from lstm_view.telling import training as telling
from lstm_view.text.numbers import amount, percent
from lstm_view.words import LANGUAGES, words

each = pytest.mark.parametrize("lang", LANGUAGES)
RACE = Race("adding", cells=("rnn", "lstm"), H=3, B=2, length=5, steps=6, every=2)


def values(**given):
    return fit(DEFAULTS | given)[0]


def record(step, test_loss=0.1, accuracy=0.5, solved=False, diverged=False, **more):
    return Record(step, test_loss, test_loss, accuracy, 1.0, 0.01, {}, {}, solved, diverged, **more)


# --- values


@pytest.mark.parametrize("task", NAMES)
def test_a_task_alone_is_a_race_that_can_begin(task):
    now, ignored = fit(from_text(FIELDS, {"task": task})[0])
    race = race_of(now)
    assert not ignored and too_large(race) is None and race.length == task_named(task).length
    assert race.steps % race.every == 0 and race.steps / race.every <= 2 * RECORDS
    assert to_text(FIELDS, now) == ({} if task == DEFAULTS["task"] else {"task": task})


def test_zero_is_not_at_all():
    race = race_of(values(clip=0.0, truncate=0, chrono=0, forget_bias=None))
    assert race.clip is race.truncate is race.chrono is race.forget_bias is None
    assert race_of(values(clip=2.0, truncate=3, chrono=9)).chrono == 9


def test_another_task_has_its_own_sizes_and_a_changed_race_is_not_begun():
    begun = values(H=9, rate=0.5, run="abc", seed=4)
    other = change(begun, task="copy")
    assert [other[name] for name in OWN] == [None] * len(OWN) and other["seed"] == 4 and other["run"] == ""
    assert change(begun, seed=5)["run"] == "" and change(begun, H=9)["run"] == "abc"
    assert change(begun, run="b")["run"] == "b"
    assert change(begun, H=chosen(DEFAULTS, "H"))["H"] is None  # the usual is what no link need say


@pytest.mark.parametrize("changes", [
    {"cells": ()}, {"cells": ("LSTM",)}, {"task": "Adding problem"}, {"optimizer": "Adam"}, {"H": 10**6}, {"H": "16"},
    {"rate": float("nan")}, {"rate": -1.0}, {"seed": None}, {"text": "a" * 10**5}])
def test_what_no_field_can_hold_is_no_change(changes):
    assert change(values(), **changes) == values()


def test_a_link_that_does_not_fit_says_so():
    now, ignored = fit(from_text(FIELDS, {"length": "5000", "chrono": "2", "task": "reber"})[0])
    assert ignored == ["length=5000", "chrono=2"] and now["length"] is None
    _, ignored = from_text(FIELDS, {"rate": "inf", "run": "a b", "H": "0", "task": "x", "cells": "lstm,lstm"})
    assert len(ignored) == 5


@given(st.fixed_dictionaries({}, optional={
    "H": st.integers(1, 256), "B": st.integers(1, 256), "rate": st.floats(1e-9, 1e12), "steps": st.integers(1, 20_000),
    "clip": st.floats(0, 1e6), "forget_bias": st.none() | st.floats(-20, 20), "seed": st.integers(0, 10**6),
    "equal": st.sampled_from(["size", "count"]), "task": st.sampled_from(NAMES)}))
def test_a_link_is_the_race(given_values):
    now = values(**given_values)
    back, ignored = from_text(FIELDS, to_text(FIELDS, now))
    race = race_of(now)
    assert not ignored and fit(back) == (now, []) and race.steps % race.every == 0
    assert same_start(race_of(values(**values_of(race))), race)


# --- what is too large


@pytest.mark.parametrize("given_values", [
    {"H": 256, "B": 256}, {"H": 256, "length": 128}, {"B": 256, "H": 64, "length": 128, "cells": ("peephole",)}])
def test_what_would_fit_does_and_no_more(given_values):
    race = race_of(values(**given_values))
    found = too_large(race)
    assert found
    for name, most in found.items():
        assert too_large(replace(race, **{name: most})) is None
        assert too_large(replace(race, **{name: most + 1})) is not None
    said = telling.too_large(found, work(race), words("en"))
    assert all(str(most) in said for most in found.values())


def test_where_nothing_fits_it_is_said(monkeypatch):
    monkeypatch.setattr(training, "MOST_WORK", 1)
    assert too_large(RACE) == {}
    assert words("en")("training.fits_nothing") in telling.too_large({}, work(RACE), words("en"))


# --- answers


def test_what_is_unseen_is_kept_once_for_all_races_on_it():
    race = race_of(values())
    assert unseen(race) is unseen(replace(race, cells=("gru",), H=5, rate=0.5)) is not unseen(replace(race, seed=1))


@given(st.integers(1, training.MOST_STEPS))
def test_a_race_has_no_more_steps_than_a_link_can_hold(steps):
    race = race_of(values(steps=steps))
    assert steps <= race.steps <= training.MOST_STEPS and race.steps % race.every == 0


def test_answers_are_the_cores():
    race = replace(RACE, task="reber", length=9)
    batch = some(unseen(race), 3)
    assert batch.x.shape[1] == 3 and batch.mask.shape == batch.x.shape[:2]
    for one in settings(race).values():
        last = next(train(one, every=1))
        found, fine = answered(one, last, batch)
        h = forward(one.cell, {name: last.params[name] for name in one.cell.parameters}, batch.x, lengths=batch.lengths)
        np.testing.assert_allclose(found, readout(last.params, h["h"]), atol=1e-12)
        np.testing.assert_array_equal(fine, right(one.task, found, batch))


def test_examples_that_are_shown_are_not_alike():
    batch = unseen(replace(RACE, task="series", length=16))
    assert len({one.tobytes() for one in batch.x[:, :3].transpose(1, 0, 2)}) < 3  # as drawn, two are
    assert len({one.tobytes() for one in some(batch, 3).x.transpose(1, 0, 2)}) == 3


def test_the_table_holds_every_record():
    records = {lane: [r for r, _ in zip(train(one, every=2), range(3), strict=False)]
               for lane, one in settings(RACE).items()}
    frame = curves_frame(RACE, records, words("en"))
    assert list(frame.index) == [0, 2, 4]
    for k, lane in enumerate(lanes(RACE)):
        columns = frame.iloc[:, 5 * k:5 * k + 5].to_numpy()
        wanted = [[r.test_loss, r.loss, r.accuracy, r.norm, r.rate] for r in records[lane]]
        np.testing.assert_array_equal(columns, wanted)


def test_nets_that_come_with_the_app_are_found(monkeypatch, tmp_path):
    monkeypatch.setattr("lstm_view.learning.nets.FOLDER", tmp_path)
    shipped.cache_clear()
    assert shipped("adding") is None
    shipped.cache_clear()
    made = {lane: [next(train(one, every=1))] for lane, one in settings(RACE).items()}
    for lane, records in made.items():
        (tmp_path / f"adding.{lane}.safetensors").write_bytes(saved.write(RACE, lane, records))
    race, records = shipped("adding")
    assert race == replace(RACE, equal="size") and list(records) == ["rnn", "lstm"]
    np.testing.assert_array_equal(records["lstm"][-1].params["W_y"], made["lstm"][0].params["W_y"])
    shipped.cache_clear()


# --- what is said


@each
def test_each_net_has_its_sentence(lang):
    say, race = words(lang), replace(RACE, cells=("rnn", "lstm", "gru", "mgu"), task="adding")
    chance, by_chance = task_of(race).chance(race.length)
    said = telling.outcomes(race, {
        "rnn": [record(0), record(10, chance, by_chance)],
        "lstm": [record(0), record(5), record(10, 0.001, 1.0, solved=True)],
        "gru": [record(0), record(5, 0.001, 1.0, solved=True), record(10, 0.05, 0.4)],
        "mgu": [record(0), record(7, 1e30, 0.0, diverged=True)],
    }, say)
    assert said == [
        f"{say('training.solved_first', cell='GRU', step=5)} {say('training.no_more', step=10)}",
        say("training.solved", cell="LSTM", step=10),
        say("training.at_chance", cell="RNN", step=10, loss=amount(chance), chance=amount(chance),
            accuracy=percent(by_chance), by_chance=percent(by_chance)),
        say("training.diverged", cell="MGU", step=7),
    ]


def test_who_is_between_chance_and_the_goal():
    say = words("en")
    chance, by_chance = task_of(RACE).chance(RACE.length)
    [better] = telling.outcomes(RACE, {"lstm": [record(4, chance / 2, by_chance + 0.01)]}, say)
    assert "better than chance" in better
    for accuracy in (by_chance, by_chance / 2):
        [lower] = telling.outcomes(RACE, {"lstm": [record(4, chance / 2, accuracy)]}, say)
        assert "no more right answers" in lower and "better" not in lower
    [unsure] = telling.outcomes(RACE, {"lstm": [record(4, 2 * chance, by_chance + 0.3)]}, say)
    assert "more right answers than chance" in unsure
    assert telling.outcomes(RACE, {}, say) == telling.outcomes(RACE, {"lstm": []}, say) == []
    both = {name: [record(3, solved=True, accuracy=1.0)] for name in RACE.cells}
    assert all("first" not in text for text in telling.outcomes(RACE, both, say))  # none was


def test_both_methods_are_compared_at_the_last_step_that_both_made():
    race = replace(RACE, cells=("lstm",), method="both")
    records = {"lstm": [record(0, 3.0), record(2, 0.25), record(4, 0.125)],
               "lstm" + SEARCH: [record(0, 3.0), record(2, 0.75)]}
    assert telling.outcomes(race, records, words("en"))[-1] == words("en")(
        "training.methods", cell="LSTM", step=2, by_gradient="0.250", by_search="0.750")


@each
def test_every_sentence_of_the_set_up_is_there(lang):
    say = words(lang)
    for race in (RACE, replace(RACE, equal="count"), replace(RACE, cells=("gru",))):
        text = telling.in_common(race, say)
        assert all(f"{count:,}" in text for count in sizes(race).values())
    for seconds in (0.2, 30, 500):
        assert re.search(r"\d", telling.time(seconds, say))


@pytest.mark.parametrize(("place", "minutes"), [(1, 2), (2, 2), (3, 4), (28, 28)])
def test_the_longest_wait_is_a_bound(place, minutes):
    assert telling.longest_wait(place, 2, 120) == minutes



# --- what is judged on, and what of a text is read


@each
@pytest.mark.parametrize("task", NAMES)
def test_what_is_said_of_the_test_sequences_is_counted(task, lang):
    race, say = race_of(values(task=task)), words(lang)
    text = telling.judging(race, say)
    tests = [column.tobytes() for column in np.moveaxis(unseen(race).x, 1, 0)]
    first = [column.tobytes() for k in range(32)
             for column in np.moveaxis(task_of(race).sample([race.seed, k + 1], race.B, race.length).x, 1, 0)]
    again = sum(one in first for one in tests)
    on = task_of(race).judged_on(race.length)
    key = {"again": "again_all" if again == 256 else "again"}.get(on, on)
    assert len(tests) == 256 and (again > 0) == (on in ("again", "by_heart"))
    assert text == say(f"training_judged.{key}", count="256", different=str(len(set(tests))), again=str(again),
                       first="1,024")


def test_copying_is_judged_on_all_there_is():
    text = telling.judging(race_of(values(task="copy")), words("en"))
    assert "all 256 test sequences" in text and text.endswith("Different ones among the 256: 32.")


def test_a_short_race_has_fewer_to_meet_again():
    race = replace(race_of(values(task="copy")), steps=2, B=4)
    assert training.judged(race).first == 8 and training.judged(race).again < 256


@each
@pytest.mark.parametrize(("text", "letters", "kinds", "own", "rest", "times"), [
    ("ab ba", 6, 3, 3, 0, 0), ("a", 2, 2, 2, 0, 0), ("가각", 6, 3, 3, 0, 0), ("👍🏽 👍", 5, 3, 3, 0, 0),
    ("".join(chr(0x4E00 + k % 90) for k in range(135)), 136, 91, 63, 28, 28)])
def test_how_a_text_is_read_is_counted(text, letters, kinds, own, rest, times, lang):
    race, say = race_of(values(task="text", text=text)), words(lang)
    said = telling.spelling(race, say)
    assert said.startswith(say("training_text.read", letters=letters, kinds=kinds))
    assert task_of(race).inputs == min(64, kinds) == own + (rest > 0)
    assert (say("training_text.rare", own=own, kinds=rest, count=times, percent="20.6", sign="…") in said) == (rest > 0)
    assert telling.spelling(replace(race, task="copy"), say) == ""


@pytest.mark.parametrize("text", ["", "   ", "\u200b\n"])
def test_a_text_without_a_letter_is_our_own(text):
    assert task_named("text", text) is task_named("text")
    assert telling.spelling(race_of(values(task="text", text=text)), words("en")).startswith("The text has 125 letters")


def test_a_text_of_rare_letters_is_raced_through():
    race = replace(race_of(values(task="text", text="".join(chr(0x4E00 + k) for k in range(2000)))), B=1, length=2,
                   steps=4, every=2, H=3, cells=("lstm", "rnn"))
    for one in settings(race).values():
        for found, _ in zip(train(one, race.every), range(3), strict=False):
            assert np.isfinite([found.loss, found.test_loss, found.norm]).all() and not found.diverged


def test_an_example_in_which_nothing_is_asked_opens():
    race = replace(race_of(values(task="text", text="".join(chr(0x4E00 + k) for k in range(2000)))), length=2, H=3,
                   cells=("rnn",))
    [one] = settings(race).values()
    name = nets.keep([nets.net(race, "rnn", next(train(one)).params)])
    seed = next(seed for seed in range(99) if not example(name, seed)[1].mask.any())
    for page in OPENS:
        assert opening(name, "rnn", page)
    now = over_time.fit(over_time.DEFAULTS | {"cell": "rnn", "weights": name, "input": "task", "task": name,
                                              "seed": seed})[0]
    assert answers.asked(one.cell, now) and answers.answered(one.cell, now) is None
