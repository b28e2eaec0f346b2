import pickle
import tomllib
from dataclasses import replace
from math import log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_core.letters import letters
from lstm_core.tasks import TASKS, Batch, Task, accuracy, error, right, series_task, solved, text_task

LOCALES = Path(__file__).parents[2] / "assets" / "locales"
RETURNS = np.random.default_rng(0).standard_normal((104, 6))
OWN = "나는 어제 그 책을 읽었다. You read it, too!\n" * 2
ALL = TASKS | {"series": series_task(RETURNS), "own text": text_task(OWN)}
every = pytest.mark.parametrize("task", ALL.values(), ids=ALL)
classes = pytest.mark.parametrize("task", [task for task in ALL.values() if task.loss == "classes"],
                                  ids=[name for name, task in ALL.items() if task.loss == "classes"])


def same(one, other):
    return one.keys() == other.keys() and all(
        np.array_equal(one[k], other[k], equal_nan=one[k].dtype.kind == "f") for k in one)


def arrays(batch):
    found = {name: value for name, value in vars(batch).items() if isinstance(value, np.ndarray)}
    return found | {f"property {name}": value for name, value in batch.properties.items()}


def perfect(task, batch):
    """An answer as it should be, far from any other."""
    if task.loss == "squares":
        return batch.target.copy()
    wanted = batch.target[..., None] == np.arange(task.outputs) if batch.allowed is None else batch.allowed
    return np.where(wanted, 20.0, -20.0)


# --- what all have in common


@every
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32), B=st.integers(1, 9), share=st.floats(0, 1))
def test_a_batch_is_of_one_piece(task, seed, B, share):
    length = task.shortest + round(share * (task.longest - task.shortest))
    batch = task.sample(seed, B, length)
    T = len(batch.x)
    live = np.arange(T)[:, None] < (np.full(B, T) if batch.lengths is None else batch.lengths)
    assert task.steps(length) == T <= 129 and batch.x.shape == (T, B, task.inputs) and batch.x.dtype == np.float64
    assert live.any(1).all() or batch.lengths is not None
    assert batch.mask.shape == (T, B) and batch.mask.dtype == bool and batch.mask.any(0).all()
    assert not (batch.mask & ~live).any() and not batch.x[~live].any()
    assert np.isfinite(batch.x).all() and np.isfinite(batch.target).all()
    assert batch.target.shape == ((T, B) if task.loss == "classes" else (T, B, task.outputs))
    for values in batch.properties.values():
        assert values.shape == (T, B) and values.dtype == np.float64
        assert np.isnan(values[~live]).all() and not np.isinf(values).any()
    if batch.tokens is not None:
        assert ((batch.tokens >= 0) == live).all()
        assert (batch.x == (batch.tokens[..., None] == np.arange(task.inputs))).all()
    if batch.allowed is not None:
        assert batch.allowed.shape == (T, B, task.outputs) and not batch.allowed[~batch.mask].any()
        assert np.take_along_axis(batch.allowed, batch.target[..., None], -1)[batch.mask].all()


@every
def test_a_seed_gives_one_batch(task):
    one, other = (arrays(task.sample([3, 5], 4)) for _ in range(2))
    assert same(one, other) and not same(one, arrays(task.sample([3, 6], 4)))
    unseen = arrays(task.unseen([3, 5], 4))
    assert same(unseen, arrays(task.unseen([3, 5], 4))) and not same(one, unseen)
    assert not same(arrays(task.unseen(3, 4)), arrays(task.unseen(4, 4)))
    assert same(arrays(task.sample(3, 4)), arrays(task.sample([3], 4)))


@every
def test_what_a_task_says_of_itself(task):
    batch = task.sample(0, 64)
    assert 0 < task.inputs <= 24 and 0 < task.outputs <= 24 and task.reference
    assert task.shortest <= task.length <= task.longest and task.steps() <= 128
    assert len(task.symbols) in (0, task.inputs) and (task.symbols == ()) == (batch.tokens is None)
    assert len(task.answers) == (task.outputs if task.loss == "classes" else 0)
    assert "position" in batch.properties and len(batch.properties) >= 3
    copy = pickle.loads(pickle.dumps(task))
    assert same(arrays(copy.sample(1, 2)), arrays(task.sample(1, 2)))


@every
def test_each_symbol_and_answer_comes(task):
    batch = task.sample(0, 500)
    if batch.tokens is not None:
        assert set(batch.tokens.ravel()) - {-1} == set(range(task.inputs))
        assert set(batch.target[batch.mask]) >= set(range(task.outputs)) - ({0} if task.name == "reber" else set())


@every
def test_a_length_that_is_none(task):
    for length in (task.shortest - 1, -1, 2.5, "3", True + 0.5):
        with pytest.raises(ValueError, match="length"):
            task.sample(0, 2, length)


# --- right, solved, chance


@every
def test_a_perfect_answer(task):
    batch = task.unseen(0, 20)
    output = perfect(task, batch)
    assert right(task, output, batch)[batch.mask].all()
    assert accuracy(task, output, batch) == 1 and solved(task, output, batch)
    assert error(task, output, batch) < 1e-12 or task.name == "reber"


@every
def test_a_wrong_answer(task):
    batch = task.unseen(0, 20)
    output = -perfect(task, batch) if task.loss == "classes" else batch.target + task.tolerance + 1
    assert not right(task, output, batch)[batch.mask].any()
    assert accuracy(task, output, batch) == 0 and not solved(task, output, batch) and error(task, output, batch) > 1


@every
def test_what_is_no_number_is_wrong(task):
    batch = task.unseen(0, 20)
    for value in (np.nan, np.inf, -np.inf):
        output = perfect(task, batch)
        output[..., 0] = value
        assert not right(task, output, batch).any()
    assert not solved(task, np.full_like(output, np.nan), batch)


@classes
def test_the_error_is_the_cross_entropy(task):
    batch = task.sample(0, 20)
    output = np.random.default_rng(0).standard_normal((*batch.mask.shape, task.outputs))
    asked = zip(output[batch.mask], batch.target[batch.mask], strict=True)
    losses = [log(np.exp(y).sum()) - y[wanted] for y, wanted in asked]
    assert error(task, output, batch) == pytest.approx(np.mean(losses), rel=1e-12)
    assert error(task, 1e6 * perfect(task, batch), batch) == pytest.approx(0, abs=2e6 * log(2) * 9e9)
    assert error(task, 0 * output, batch) == pytest.approx(log(task.outputs))
    assert accuracy(task, 0 * output, batch) == 0  # what stands beside another is not above it


def test_a_goal_is_reached_or_not():
    task = TASKS["order"]
    batch = task.sample(0, 1000)
    output = perfect(task, batch)
    for wrong, wanted in ((9, True), (10, True), (11, False)):
        mistaken = output.copy()
        mistaken[-1, :wrong] *= -1
        assert solved(task, mistaken, batch) is wanted
    task = TASKS["adding"]
    batch = task.sample(0, 100)
    for off, wanted in ((0.099, True), (0.101, False)):
        assert solved(task, batch.target + off, batch) is wanted
        assert error(task, batch.target + off, batch) == pytest.approx(off**2)
    assert accuracy(task, batch.target + 0.0399, batch) == 1 and accuracy(task, batch.target - 0.0401, batch) == 0


@every
def test_chance_is_that_of_samples(task):
    loss, share = task.chance()
    assert task.chance(task.length) == (loss, share)
    found_loss, found_share = replace(task, known=None).chance()
    if task.name == "series":  # there the answer is 0, not what was the mean before
        assert loss == pytest.approx(found_loss, rel=0.15) and share == pytest.approx(found_share, abs=0.15)
    else:
        assert loss == pytest.approx(found_loss, rel=0.02) and share == pytest.approx(found_share, abs=0.02)


@classes
def test_no_constant_answer_beats_chance(task):
    batch, (loss, share) = task.unseen(7, 400), task.chance()
    answers = np.random.default_rng(0).dirichlet(np.ones(task.outputs), 20)
    for answer in np.log([*answers, np.bincount(batch.target[batch.mask], minlength=task.outputs) + 1e-9]):
        output = np.broadcast_to(answer, (*batch.mask.shape, task.outputs))
        assert error(task, output, batch) > loss * 0.97
        assert accuracy(task, output, batch) < share + 0.03


def test_chance_of_other_lengths():
    assert TASKS["counting"].chance(20)[1] > TASKS["counting"].chance(2)[1]
    assert TASKS["adding"].chance(100)[0] == 1 / 6


def test_the_goals_are_told_as_they_are():
    for lang in ("en", "ko"):
        why = tomllib.loads((LOCALES / lang / "tasks.toml").read_text("utf-8"))["task_why"]
        for name, task in ALL.items():
            if name in why and task.goal < 1:
                told = f"{task.goal:.0%}" if task.loss == "classes" or name == "series" else f"{task.goal:g}"
                assert told in why[name]


def test_every_name_has_its_words():
    properties = {name for task in ALL.values() for name in task.sample(0, 1).properties}
    for lang in ("en", "ko"):
        told = tomllib.loads((LOCALES / lang / "tasks.toml").read_text("utf-8"))
        assert all(told[section].keys() == {*TASKS, "series"} for section in ("task", "task_home", "task_why"))
        assert told["property"].keys() == properties
        for task in ALL.values():
            named = [told["property"][name] for name in task.sample(0, 1).properties]
            assert len(set(named)) == len(named)


# --- each by itself


@given(T=st.integers(2, 60), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_adding(T, seed):
    batch = TASKS["adding"].sample(seed, 5, T)
    values, marks = np.moveaxis(batch.x, -1, 0)
    assert (marks[: T // 2].sum(0) == 1).all() and (marks[T // 2 :].sum(0) == 1).all() and set(marks.ravel()) <= {0, 1}
    assert ((values >= 0) & (values < 1)).all()
    assert np.allclose(batch.target[-1, :, 0], [column[mark == 1].sum() for column, mark in zip(values.T, marks.T,
                                                                                            strict=True)])
    assert batch.mask[-1].all() and batch.mask.sum() == 5
    assert np.allclose(batch.properties["marked_sum"][-1], batch.target[-1, :, 0])
    assert (batch.properties["marked_count"][-1] == 2).all() and (batch.properties["position"][-1] == T - 1).all()


@given(T=st.integers(10, 60), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_order(T, seed):
    task = TASKS["order"]
    batch = task.sample(seed, 5, T)
    for b in range(5):
        read = "".join(task.symbols[k] for k in batch.tokens[:, b])
        told = "".join(letter for letter in read if letter in "XY")
        assert (read[0], read[-1]) == ("E", "B") and set(read[1:-1]) <= set("abcdXY") and len(told) == 2
        assert task.answers[batch.target[-1, b]] == told and batch.mask[:, b].tolist() == [*[False] * (T - 1), True]
        at = [t for t, letter in enumerate(read) if letter in "XY"]
        assert T // 10 <= at[0] <= T // 5 < T // 2 <= at[1] <= 3 * T // 5
        for name, since, letter in zip(("first_symbol", "second_symbol"), at, told, strict=True):
            values = batch.properties[name][:, b]
            assert np.isnan(values[:since]).all() and (values[since:] == "XY".index(letter)).all()


@given(delay=st.integers(1, 30), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_echo(delay, seed):
    batch = TASKS["echo"].sample(seed, 5, delay)
    assert batch.mask[delay:].all() and not batch.mask[:delay].any()
    assert (batch.target[delay:] == batch.tokens[: len(batch.x) - delay]).all()
    assert np.array_equal(batch.properties["bit_due"][delay:], batch.tokens[:-delay])
    assert np.array_equal(batch.properties["bit_before"][1:], batch.tokens[:-1])


@given(gap=st.integers(1, 30), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_copy(gap, seed):
    task = TASKS["copy"]
    batch = task.sample(seed, 5, gap)
    for b in range(5):
        read = "".join(task.symbols[k] for k in batch.tokens[:, b])
        assert read[:5].strip("01") == "" and read[5:] == "_" * gap + "?____"
        assert "".join(task.answers[k] for k in batch.target[batch.mask[:, b], b]) == read[:5]
        assert [batch.properties[f"bit_{k + 1}"][-1, b] for k in range(5)] == [int(bit) for bit in read[:5]]


@given(most=st.integers(1, 30), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_counting(most, seed):
    task = TASKS["counting"]
    batch = task.sample(seed, 5, most)
    for b, end in enumerate(batch.lengths):
        read = "".join(task.symbols[k] for k in batch.tokens[:end, b])
        n = read.count("a")
        asked = "".join(task.answers[k] for k in batch.target[batch.mask[:, b], b])
        assert 1 <= n <= most and read == "a" * n + "X" + "b" * n and asked == "b" * n + "."
        assert np.flatnonzero(batch.mask[:, b]).tolist() == list(range(n, 2 * n + 1))
        assert batch.properties["count"][:end, b].tolist() == [*range(1, n + 1), n, *reversed(range(n))]
        assert batch.properties["after_x"][:end, b].tolist() == [0] * n + [1] * (n + 1)


def test_every_count_comes_as_often():
    counts = np.bincount(TASKS["counting"].sample(0, 5000).lengths // 2, minlength=11)
    assert counts[0] == 0 and counts[1:].min() > 400 and counts[1:].max() < 600


# --- a text, a series


@pytest.mark.parametrize(("text", "read"), [
    ("Hello,  World", "hello,␣world␣"), ("꿰매다\n", "ㄱㄱㅜㅓㅣㅁㅏㅣㄷㅏ␣"), ("닭 값", "ㄷㅏㄹㄱ␣ㄱㅏㅂㅅ␣"),
    ("가힣", "ㄱㅏㅎㅣㅎ␣"), ("ㅠㅠ ㅐ", "ㅠㅠ␣ㅏㅣ␣"), ("\u1100\u1161", "ㄱㅏ␣"), ("", ""), (" \n\t", "")])
def test_letters(text, read):
    assert letters(text) == read


def test_korean_needs_24_letters():
    every_syllable = "".join(chr(code) for code in range(ord("가"), ord("힣") + 1))
    assert sorted(set(letters(every_syllable)) - {"␣"}) == list("ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎㅏㅑㅓㅕㅗㅛㅜㅠㅡㅣ")


def test_a_window_of_a_text():
    text = "abc abd"
    task = text_task(text)
    batch = task.sample(0, 40, 20)
    for b in range(40):
        read = "".join(task.symbols[k] for k in batch.tokens[:, b])
        said = "".join(task.answers[k] for k in batch.target[:, b])
        assert read + said[-1] in "abc␣abd␣" * 5 and read[1:] == said[:-1] and batch.mask.all()
        spaces = [t for t, letter in enumerate(read) if letter == "␣"]
        assert (batch.properties["word_position"][spaces, b] == 0).all()
        assert batch.properties["word_position"][spaces[0] + 1 : spaces[1], b].tolist() == [1, 2, 3]
        assert [letter == "a" for letter in read] == batch.properties["vowel"][:, b].tolist()
    assert len({tuple(column) for column in batch.tokens.T}) == 8


def test_the_rarest_letters_share_a_symbol():
    task = text_task("".join(chr(k) * (k - 0x3041 + 1) for k in range(0x3041, 0x3041 + 40)))
    assert len(task.symbols) == task.inputs == 24 and task.symbols[-1] == "…" and task.symbols[0] == chr(0x3041 + 39)
    assert (task.sample(0, 200).tokens == 23).any()


@given(st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_text_is_a_task(text):
    if not text.strip():
        with pytest.raises(ValueError, match="text"):
            text_task(text)
        return
    task = text_task(text)
    batch = task.sample(0, 3)
    assert 2 <= task.inputs == len(set(task.symbols)) <= 24 and batch.x.shape == (32, 3, task.inputs)
    assert 0 <= task.chance()[0] <= log(24) and 0 < task.chance()[1] <= 1


def test_what_is_unseen_of_a_series_is_never_sampled():
    numbers = np.arange(104 * 6, dtype=float).reshape(104, 6)
    task = series_task(numbers)
    sampled, unseen = task.sample(0, 4000), task.unseen(0, 4000)
    assert max(sampled.x.max(), sampled.target.max()) < 78 * 6 <= min(unseen.x.min(), unseen.target.min())
    assert set(sampled.x.ravel()) | set(sampled.target.ravel()) == set(range(78 * 6))
    assert set(unseen.x.ravel()) | set(unseen.target.ravel()) == set(range(78 * 6, 104 * 6))
    assert (unseen.target[..., 0] - unseen.x[..., 0] == 6).all() and (unseen.x[1:] == unseen.target[:-1]).all()
    assert unseen.properties["level"][-1, 0] == unseen.x[:, 0].sum()


def test_a_series_beside_the_naive_forecast():
    task = ALL["series"]
    batch = task.unseen(0, 400)
    assert not batch.naive.any() and not solved(task, batch.naive, batch)
    assert task.chance()[0] == pytest.approx(error(task, batch.naive, batch), rel=0.1)
    for share, wanted in ((0.948, True), (0.95, False)):  # their squares are 0.8987, 0.9025
        assert solved(task, (1 - share) * batch.target, batch) is wanted


@pytest.mark.parametrize("returns", [np.zeros((20, 6)), np.zeros(104), np.full((104, 6), np.nan)])
def test_a_series_that_is_none(returns):
    with pytest.raises(ValueError, match="returns"):
        series_task(returns)


def test_a_series_has_an_end():
    with pytest.raises(ValueError, match="at most 25"):
        ALL["series"].unseen(0, 2, 26)


def test_the_types():
    assert all(isinstance(task, Task) and name == task.name for name, task in TASKS.items())
    assert isinstance(TASKS["echo"].sample(0, 1), Batch)
