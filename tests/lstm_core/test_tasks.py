import pickle
import tomllib
from collections import Counter
from dataclasses import replace
from itertools import permutations, product
from math import log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_core.letters import letters, spelled
from lstm_core.task import is_kept
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
    assert 0 < task.inputs <= 64 and 0 < task.outputs <= 64 and task.reference
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


# --- what is judged on


def read(batch):
    return {column.tobytes() for column in np.moveaxis(batch.x, 1, 0)}


@every
@pytest.mark.parametrize("longer", [0, 0.1, 1])
def test_what_is_judged_on_is_never_trained_on_or_said_to_be(task, longer):
    length = round(task.shortest + longer * (task.longest - task.shortest))
    trained = set().union(*(read(task.sample([seed, k], 100, length)) for seed in range(3) for k in range(40)))
    for seed in range(3):
        batch = task.unseen(seed, 200, length)
        assert batch.x.shape[1] == 200
        again = len(read(batch) & trained) / len(read(batch))
        match task.judged_on(length):
            case "new" | "later":
                assert again == 0
            case "again":
                assert again > 0.5
            case told:
                assert told == "by_heart" and task.name == "text"


def test_how_every_task_is_judged():
    told = {name: task.judged_on() for name, task in ALL.items()}
    assert {name for name in told if told[name] == "new"} == {
        "adding", "order", "echo", "brackets", "agreement_en", "agreement_ko"}
    assert {name for name in told if told[name] == "again"} == {"copy", "reber", "counting"}
    assert (told["series"], told["text"]) == ("later", "by_heart")
    assert TASKS["brackets"].judged_on(4) == TASKS["agreement_en"].judged_on(1) == "again"


@pytest.mark.parametrize("name", ["order", "echo", "brackets", "agreement_en", "agreement_ko"])
def test_a_quarter_is_kept_whatever_is_asked_of_it(name):
    task = TASKS[name]
    batch = task.draw(np.random.default_rng(0), 8000, task.length)
    kept = is_kept(batch.tokens)
    assert 0.2 < kept.mean() < 0.3
    for values in (batch.target.astype(float), *batch.properties.values()):  # no property goes along with it
        for row in values[(~np.isnan(values)).sum(1) > 1000]:
            one, other = np.nanmean(row[kept]), np.nanmean(row[~kept])
            assert abs(one - other) < 0.15 * max(1, np.nanstd(row))
    padded = np.vstack([batch.tokens, np.full((9, 8000), -1)])
    assert (is_kept(padded) == kept).all()  # by what is read alone


def test_few_sequences_of_a_part_are_as_many_as_asked_for():
    for B in (1, 2, 3, 50):
        for draw in (TASKS["order"].sample, TASKS["order"].unseen):
            batch = draw(0, B)
            assert batch.x.shape[1] == B and all(len(p.T) == B for p in batch.properties.values())


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


def best_constant(task, batch, weights=None):
    """The least loss and the largest share of right answers of any constant answer at each step, every one tried;
    weights: how likely each sequence is."""
    weights = np.ones(batch.mask.shape[1]) if weights is None else np.asarray(weights)
    K, losses, shares, asked = task.outputs, 0, 0, (weights * batch.mask).sum()
    allowed = batch.target[..., None] == np.arange(K) if batch.allowed is None else batch.allowed
    if batch.allowed is None:  # only what stands on top counts
        rankings = K - 1 - (np.arange(K) - np.arange(K)[:, None]) % K
    else:
        rankings = np.array(list(permutations(range(K))))
    for t in np.flatnonzero(batch.mask.any(1)):
        here = batch.mask[t]
        share = np.bincount(batch.target[t, here], weights[here], K) / weights[here].sum()
        losses += weights[here].sum() * sum(-p * log(p) for p in share if p)
        sets, of = np.unique(allowed[t, here], axis=0, return_inverse=True)
        heavy = np.bincount(of.ravel(), weights[here])
        fine = [np.where(one, rankings, K).min(1) > np.where(one, -1, rankings).max(1) for one in sets]
        shares += (heavy @ fine).max()
    return losses / asked, shares / asked


@classes
@pytest.mark.parametrize("longer", [0, 0.1, 0.3])
def test_chance_is_the_best_that_any_constant_answer_reaches(task, longer):
    length = round(task.shortest + longer * (task.longest - task.shortest))
    B = (60_000 if task.by_heart else 400_000) // task.steps(length)
    batch = task.draw(np.random.default_rng(5), B, length)
    loss, share = best_constant(task, batch)
    assert task.chance(length)[0] == pytest.approx(loss, rel=0.03, abs=1e-3)
    assert task.chance(length)[1] == pytest.approx(share, abs=0.02)
    assert replace(task, known=None).chance(length) == pytest.approx(task.chance(length), abs=0.05)
    judged = best_constant(task, task.unseen(5, B // 2, length))
    assert task.chance(length) == pytest.approx(judged, abs=0.04)


@pytest.mark.parametrize("name", ["adding", "series"])
def test_chance_of_numbers_is_the_best_that_any_number_reaches(name):
    task = ALL[name]
    batch = task.unseen(5, 4000)
    asked = batch.target[batch.mask][::4, 0]
    tried = np.arange(-2, 2, 0.02)[:, None]
    loss = ((asked - tried) ** 2).mean(1).min()
    share = (np.abs(asked - tried) <= task.tolerance).mean(1).max()
    assert task.chance() == (pytest.approx(loss, rel=0.03), pytest.approx(share, abs=0.02))


def reber_strings(longest):
    """Every string of the embedded Reber grammar of up to so many symbols, by its states, and how likely it is."""
    inner = {0: {"T": 1, "P": 2}, 1: {"S": 1, "X": 3}, 2: {"T": 2, "V": 4}, 3: {"X": 2, "S": 5}, 4: {"P": 3, "V": 5}}
    found, walks = [], [("B", 0, [{"B"}], 1.0)]
    while walks:
        text, state, may, likely = walks.pop()
        if state == 5:
            found += [(f"B{outer}{text}E{outer}E", [{"T", "P"}, {"B"}, *may[1:], {"E"}, {outer}, {"E"}], likely)
                      for outer in "TP" if len(text) + 5 <= longest]
        elif len(text) + 5 < longest:
            walks += [(text + symbol, after, [*may, set(inner[state])], likely / 2)
                      for symbol, after in inner[state].items()]
    return found


@pytest.mark.parametrize("longest", [9, 12, 16])
def test_chance_of_every_reber_string(longest):
    task, strings = TASKS["reber"], reber_strings(longest)
    T, B, index = longest - 1, len(strings), "BTPSXVE".index
    target, allowed = np.zeros((T, B), int), np.zeros((T, B, 7), bool)
    for b, (text, may, _) in enumerate(strings):
        assert len(text) == len(may) + 1
        for t, (symbol, here) in enumerate(zip(text[1:], may, strict=True)):
            target[t, b], allowed[t, b, [index(s) for s in here]] = index(symbol), True
    batch = Batch(None, target, allowed.any(-1), allowed=allowed)
    assert task.chance(longest) == pytest.approx(best_constant(task, batch, [s[2] for s in strings]), rel=1e-9)
    assert {text for text, *_ in strings} >= {"".join(task.symbols[k] for k in column if k >= 0) + "E"
                                              for column in task.sample(0, 500, longest).tokens.T}


def test_chance_of_the_reber_strings_of_up_to_24():
    assert TASKS["reber"].chance()[1] == pytest.approx(0.580, abs=0.001)


@pytest.mark.parametrize("T", [4, 5, 6])
def test_chance_of_every_string_of_brackets(T):
    targets, weights = [], []
    for text in product("([)]a", repeat=T):
        open_, asked = [], []
        for sign in text:
            if sign in "([":
                open_.append(")]"["([".index(sign)])
            elif sign != "a" and (not open_ or open_.pop() != sign):
                break
            if len(open_) > 3:
                break
            asked.append(")].".index(open_[-1]) if open_ else 2)
        if len(asked) == T and not open_:
            targets.append(asked)
            weights.append(0.5 ** sum(sign in "([" for sign in text))
    batch = Batch(None, np.array(targets).T, np.ones((T, len(targets)), bool))
    assert TASKS["brackets"].chance(T) == pytest.approx(best_constant(TASKS["brackets"], batch, weights), rel=1e-9)


@pytest.mark.parametrize("name", ["copy", "counting", "echo"])
def test_chance_of_every_sequence(name):
    task = TASKS[name]
    if name == "counting":
        ends = [(t, n) for t in range(17) for n in range(1, 9) if n <= t <= 2 * n]
        target, mask = np.zeros((17, 8), int), np.zeros((17, 8), bool)
        for t, n in ends:
            target[t, n - 1], mask[t, n - 1] = t == 2 * n, True
        batch = Batch(None, target, mask)
    else:
        bits = np.array(list(product((0, 1), repeat=5))).T
        batch = Batch(None, bits, np.ones(bits.shape, bool))
    assert task.chance(8) == pytest.approx(best_constant(task, batch), rel=1e-9)


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
                assert told in why[name].replace(" %", "%")  # English has a space there, Korean none


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
    text = "".join(chr(k) * (k - 0x4E00 + 1) for k in range(0x4E00, 0x4E00 + 80))
    task = text_task(text)
    assert len(task.symbols) == task.inputs == 64 and task.symbols[-1] == "…" and task.symbols[0] == chr(0x4E00 + 79)
    batch = task.sample(0, 200)
    assert (batch.tokens == 63).any() and (spelled(text).rare, spelled(text).kinds) == (63, 18)
    assert Counter(spelled(text).codes)[63] == 1 + sum(range(1, 18))  # the space after it, and the rarest


def test_what_is_rare_is_neither_asked_nor_right():
    text = "".join(chr(0x4E00 + k % 300) for k in range(450))  # 150 letters twice, 150 and the space once
    task = text_task(text)
    batch = task.sample(0, 400, 20)
    after = np.vstack([batch.tokens[1:], np.full((1, 400), -1)])
    assert (batch.mask[:-1] == (after[:-1] != 63)).all() and 0.15 < batch.mask.mean() < 0.4
    rare = np.zeros((20, 400, 64))
    rare[..., 63] = 1
    assert not right(task, rare, batch)[batch.mask].any() and accuracy(task, rare, batch) == 0
    assert task.chance() == (pytest.approx(log(63)), pytest.approx(1 / 63))
    silent = replace(batch, mask=np.zeros_like(batch.mask))
    assert (accuracy(task, rare, silent), error(task, rare, silent)) == (0, 0)


def test_all_letters_have_a_symbol_up_to_64():
    for kinds in (1, 2, 23, 24, 25, 63):  # and the space
        found = spelled("".join(chr(0x4E00 + k) for k in range(kinds)))
        assert len(found.symbols) == kinds + 1 and found.rare is None and found.kinds == 0
    found = spelled("".join(chr(0x4E00 + k) for k in range(64)))
    assert len(found.symbols) == 64 and found.kinds == 2


def test_a_sign_that_the_text_has_is_its_own():
    text = "…" * 9 + "⋯" * 9 + "".join(chr(0x4E00 + k) for k in range(200))
    found = spelled(text)
    assert found.symbols[-1] == "⁝" and len(set(found.symbols)) == 64 and {"…", "⋯"} <= set(found.symbols)
    assert letters("a␣b") == letters("a b")


@given(st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_text_is_a_task(text):
    if not text.strip():
        with pytest.raises(ValueError, match="text"):
            text_task(text)
        return
    task = text_task(text)
    batch = task.sample(0, 3)
    assert 2 <= task.inputs == len(set(task.symbols)) <= 64 and batch.x.shape == (32, 3, task.inputs)
    assert 0 <= task.chance()[0] <= log(64) and 0 < task.chance()[1] <= 1


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


def test_the_sign_for_rare_letters_is_none_of_the_text():
    text = "…⋯⁝" * 5 + "".join(chr(0x4E00 + k) for k in range(80))
    found = spelled(text)
    assert found.rare == 63 and found.symbols[63] not in found.symbols[:63] and len(set(found.symbols)) == 64
