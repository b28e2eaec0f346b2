import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_core.tasks import TASKS

# Of the Reber grammar as Cleeremans et al. draw it: what may come after each node, and the node to which it leads
REBER = {
    "in": {"B": "b"}, "b": {"T": "t", "P": "p"}, "t": {"S": "t", "X": "x"}, "p": {"T": "p", "V": "v"},
    "x": {"X": "p", "S": "e"}, "v": {"P": "x", "V": "e"}, "e": {"E": "out"},
}
FEMININE, ADJECTIVES = {"girl", "queen"}, {"happy", "quiet", "here"}
CLOSING = {"(": ")", "[": "]"}


def strings(task, batch):
    """What is read of each sequence, and its answers by step."""
    for b in range(batch.x.shape[1]):
        read = [task.symbols[k] for k in batch.tokens[:, b] if k >= 0]
        yield b, read, {t: task.answers[batch.target[t, b]] for t in np.flatnonzero(batch.mask[:, b])}


def reads(name, seed, B, length):
    task = TASKS[name]
    batch = task.sample(seed, B, length)
    return batch, strings(task, batch)


def drawn(shortest, longest):
    """Lengths and seeds."""
    return lambda test: settings(max_examples=25, deadline=None)(
        given(length=st.integers(shortest, longest), seed=st.integers(0, 999))(test))


# --- Reber


def legal(read):
    """What may come after the beginning of a string of the embedded grammar, by following it; "" after its end."""
    if not read:
        return {"B"}
    if len(read) == 1:
        return {"T", "P"}
    node = "in"
    for k, letter in enumerate(read[2:], 2):
        node = REBER[node][letter]
        if node == "out":
            return ({read[1]}, {"E"}, set())[len(read) - k - 1]
    return set(REBER[node])


@drawn(9, 50)
def test_reber(length, seed):
    batch, found = reads("reber", seed, 6, length)
    for b, read, answers in found:
        string = "".join([*read, answers[len(read) - 1]])
        assert len(string) <= length and batch.lengths[b] == len(read) and list(answers) == list(range(len(read)))
        assert re.fullmatch(r"B([TP])B.+E\1E", string) and legal(string) == set()
        for t in range(len(read)):
            allowed = {"BTPSXVE"[k] for k in np.flatnonzero(batch.allowed[t, b])}
            assert allowed == legal(string[: t + 1]) and answers[t] == string[t + 1]
            assert batch.properties["legal_count"][t, b] == len(allowed)
        inner = batch.properties["embedded"][: len(read), b]
        assert inner.tolist() == [float(2 <= t < len(string) - 3) for t in range(len(read))]
        first = batch.properties["first_symbol"][: len(read), b]
        assert np.isnan(first[0]) and (first[1:] == (string[1] == "P")).all()


def test_strings_come_as_often_as_if_too_long_ones_were_thrown_away():
    shortest = {"BTBTXSETE": 1 / 16, "BPBTXSEPE": 1 / 16, "BTBPVVETE": 1 / 16, "BPBPVVEPE": 1 / 16,
                "BTBTSXSETE": 1 / 32, "BPBTSXSEPE": 1 / 32, "BTBPTVVETE": 1 / 32, "BPBPTVVEPE": 1 / 32,
                "BTBPVPSETE": 1 / 32, "BPBPVPSEPE": 1 / 32}  # all of up to ten letters, by the coins they need
    _, found = reads("reber", 0, 8000, 10)
    counts = Counter("".join([*read, answers[len(read) - 1]]) for _, read, answers in found)
    assert counts.keys() == shortest.keys()
    total = sum(shortest.values())
    for string, odds in shortest.items():
        assert counts[string] / 8000 == pytest.approx(odds / total, abs=0.015)


# --- brackets


@drawn(4, 60)
def test_brackets(length, seed):
    batch, found = reads("brackets", seed, 6, length)
    deepest = 0
    for b, read, answers in found:
        still_open = []
        for t, sign in enumerate(read):
            if sign in CLOSING:
                still_open.append(sign)
            elif sign != "a":
                assert CLOSING[still_open.pop()] == sign
            assert answers[t] == (CLOSING[still_open[-1]] if still_open else ".")
            assert batch.properties["depth"][t, b] == len(still_open)
            for name, place in (("innermost", -1), ("outermost", 0)):
                kind = batch.properties[name][t, b]
                assert kind == (still_open[place] == "[") if still_open else np.isnan(kind)
            deepest = max(deepest, len(still_open))
        assert still_open == [] and len(read) == length
    assert deepest <= 3


def test_brackets_get_as_deep_as_may_be():
    batch = TASKS["brackets"].sample(0, 200)
    assert set(batch.properties["depth"].ravel()) == {0, 1, 2, 3}
    inner, outer = (batch.properties[name][batch.properties["depth"] == 3] for name in ("innermost", "outermost"))
    assert 0.2 < (inner != outer).mean() < 0.8 and 0.3 < inner.mean() < 0.7


# --- agreement


@drawn(1, 20)
def test_english(length, seed):
    batch, found = reads("agreement_en", seed, 6, length)
    for b, read, answers in found:
        sentence = " ".join(read)
        parts = re.fullmatch(r"the (\w+)((?: (?:near|behind|beside) the \w+)*) (is|are) (\w+)"
                             r"((?: (?:near|behind|beside) the \w+)*) , (isn't|aren't)", sentence)
        subject, before, verb, adjective, after, tag = parts.groups()
        plural, feminine = subject.endswith("s"), subject.rstrip("s") in FEMININE
        nouns = re.findall(r"the (\w+)", before + after)
        assert len(nouns) <= length and {noun.rstrip("s") for noun in nouns} <= {"boy", "girl", "king", "queen"}
        assert adjective in ADJECTIVES and batch.lengths[b] == len(read)
        assert (verb, tag) == (("are", "aren't") if plural else ("is", "isn't"))
        pronoun = "they" if plural else "she" if feminine else "he"
        assert answers == {read.index(verb) - 1: verb, len(read) - 1: pronoun}
        known = batch.properties["plural"][: len(read), b], batch.properties["feminine"][: len(read), b]
        for values, wanted in zip(known, (plural, feminine), strict=True):
            assert np.isnan(values[0]) and (values[1:] == wanted).all()
        latest = subject
        for t, word in enumerate(read[1:], 1):
            latest = word if word in nouns or t == 1 else latest
            assert batch.properties["noun_plural"][t, b] == latest.endswith("s")
            assert batch.properties["noun_feminine"][t, b] == (latest.rstrip("s") in FEMININE)


@drawn(1, 20)
def test_korean(length, seed):
    batch, found = reads("agreement_ko", seed, 6, length)
    respected = {"할머니", "선생님"}
    for b, read, answers in found:
        sentence = " ".join(read)
        place = r"(?: (?:할머니|선생님|아이|동생) (?:옆|앞|뒤)에서)*"
        own_object = "(당신의|자기의) (?:책을|편지를)"
        parts = re.fullmatch(rf"(어제|지금) (\w+?)(께서|이|가)({place}) {own_object}({place})", sentence)
        time, subject, particle, before, own, after = parts.groups()
        honorific, past = particle == "께서", time == "어제"
        assert honorific == (subject in respected) and (particle in "이가") != honorific
        closed = (ord(subject[-1]) - ord("가")) % 28 > 0  # 이 after a consonant, 가 after a vowel
        assert honorific or particle == ("이" if closed else "가")
        assert (before + after).count("에서") <= length
        verb = "읽" + ("으셨" if honorific and past else "으신" if honorific else "었" if past else "는") + "다"
        assert own == ("당신의" if honorific else "자기의")
        assert answers == {read.index(own) - 1: own, len(read) - 1: verb}
        assert (batch.properties["past"][: len(read), b] == past).all()
        values = batch.properties["honorific"][: len(read), b]
        assert np.isnan(values[0]) and (values[1:] == honorific).all()
        latest = subject
        for t, word in enumerate(read[2:], 2):
            latest = word if word in {"할머니", "선생님", "아이", "동생"} else latest
            assert batch.properties["noun_honorific"][t, b] == (latest in respected)


@pytest.mark.parametrize(("name", "subject", "other"), [
    ("agreement_en", "plural", "noun_plural"), ("agreement_en", "feminine", "noun_feminine"),
    ("agreement_ko", "honorific", "noun_honorific")])
def test_the_last_noun_does_not_tell(name, subject, other):
    """The heuristic that a net must not learn: agree with what was named last."""
    batch = TASKS[name].sample(0, 3000)
    last = batch.lengths - 1, np.arange(3000)
    phrases = batch.lengths > batch.lengths.min()
    agree = (batch.properties[subject][last] == batch.properties[other][last])[phrases]
    assert 0.45 < agree.mean() < 0.6
