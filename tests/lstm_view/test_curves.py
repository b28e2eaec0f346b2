"""The pictures of the page `training`: curves of nets in training, and examples with what nets answer."""
import json
import re

import numpy as np
import pytest

from lstm_core.tasks import right
from lstm_core.training import Record
from lstm_view.diagram.curves import DEEPEST, LOOKS, TALLEST, THICK, THIN, Line, Rule, curves
from lstm_view.diagram.examples import examples
from lstm_view.learning.task_named import NAMES, task_named
from lstm_view.text.numbers import printed
from lstm_view.words import ASSETS, LANGUAGES, words

KO = words("ko")
LINES = [Line("rnn", "RNN", 0), Line("lstm", "LSTM", 1), Line("lstm·search", "LSTM, x", 1, True)]


def record(step, test_loss=0.1, accuracy=0.5, norm=1.0, loss=0.2, rate=0.01, **flags):
    return Record(step, loss, test_loss, accuracy, norm, rate, {}, {}, **{"solved": False, "diverged": False} | flags)


def drawn(records, lines=LINES, rules=(), end=100, say=KO):
    data = curves(lines, records, rules, end, "about", "name", say)
    assert json.loads(json.dumps(data, allow_nan=False)) == json.loads(json.dumps(data))
    return data, {panel["name"]: panel for panel in data["panels"]}


def test_every_record_is_a_point_at_full_precision():
    records = {"rnn": [record(0, 1 / 3, 0.1, 2 / 3, loss=0.7), record(10, 1 / 7, 0.9, 1 / 9, loss=0.3)],
               "lstm": [record(0)]}
    data, panels = drawn(records)
    assert [lane["steps"] for lane in data["lanes"]] == [[0, 10], [0], []]
    assert [line["values"] for line in panels["loss"]["lines"]] == [[1 / 3, 1 / 7], [0.1], []]
    assert panels["loss"]["lines"][0]["also"] == [0.7, 0.3]
    assert panels["accuracy"]["lines"][0]["values"] == [0.1, 0.9] and panels["norm"]["lines"][0]["values"] == [
        2 / 3, 1 / 9]
    assert all(line["also"] is None for line in panels["accuracy"]["lines"])


def test_what_befell_a_net_is_marked_where_it_did():
    data, _ = drawn({"rnn": [record(0), record(3, diverged=True)],
                     "lstm": [record(0), record(5, solved=True), record(10), record(15, solved=True)]})
    assert [(lane["solved"], lane["diverged"]) for lane in data["lanes"]] == [(-1, 1), (1, -1), (-1, -1)]


def test_a_line_is_told_apart_without_colour_and_its_method_by_its_width():
    data, _ = drawn({})
    assert len({lane["dash"] for lane in data["lanes"]}) == 3 == len({lane["label"] for lane in data["lanes"]})
    assert [lane["wide"] for lane in data["lanes"]] == [THICK, THICK, THIN]
    assert data["lanes"][1]["role"] == data["lanes"][2]["role"] != data["lanes"][0]["role"]
    assert len({dash for _, dash in LOOKS}) == len({role for role, _ in LOOKS}) == 4


@pytest.mark.parametrize("losses", [[0.5, 0.4], [1e-30, 1.0], [0.0, 0.3], [3.0, 1e30], [7.0], [], [1e-5, 0.2]])
def test_an_axis_of_logarithms_holds_what_can_be_shown(losses):
    rules = [Rule("loss", 0.167, "chance"), Rule("loss", 0.01, "solved")]
    _, panels = drawn({"rnn": [record(k, value) for k, value in enumerate(losses)]}, rules=rules)
    panel = panels["loss"]
    low, high = panel["low"], panel["high"]
    assert all(f"{end:e}".partition("e")[0] in ("1.000000", "2.000000", "5.000000") for end in (low, high))
    assert low >= DEEPEST and low <= 0.01 and high >= 0.167
    for value in losses:
        assert value > TALLEST or value < DEEPEST or low <= value <= high
    assert panel["lines"][0]["values"] == [value or None for value in losses]  # 0 has no place there
    assert 2 <= len(panel["ticks"]) <= 9 and all(low <= tick["at"] <= high for tick in panel["ticks"])
    assert [tick["text"] for tick in panel["ticks"]] == list(dict.fromkeys(tick["text"] for tick in panel["ticks"]))


def test_a_gradient_next_to_nothing_has_an_axis():
    _, panels = drawn({"rnn": [record(k, norm=1e-300) for k in range(2)]})
    assert panels["norm"]["low"] <= DEEPEST < panels["norm"]["high"]


def test_the_faint_lines_have_room_too():
    _, panels = drawn({"rnn": [record(0, 0.4, loss=1.3), record(1, 0.4, loss=0.03)]})
    assert panels["loss"]["low"] <= 0.03 and panels["loss"]["high"] >= 1.3


def test_the_axis_of_steps_ends_where_training_does():
    assert drawn({"rnn": [record(120)]}, end=100)[0]["end"] == 120 and drawn({}, end=100)[0]["end"] == 100


def test_random_search_alone_has_no_gradient_to_show():
    searched = {"lstm·search": [record(0, norm=0.0), record(1, norm=0.0)]}
    assert list(drawn(searched, LINES[2:])[1]) == ["loss", "accuracy"]
    assert list(drawn({"rnn": [record(0)]} | searched)[1]) == ["loss", "accuracy", "norm"]


def test_another_learning_rate_is_said_once_where_it_began():
    records = {lane: [record(0), record(10), record(20, rate=0.5), record(30, rate=0.5), record(40, rate=1e9)]
               for lane in ("rnn", "lstm")}
    assert [(at["step"], at["text"]) for at in drawn(records)[0]["changes"]] == [(10, "η = 0.5"), (30, "η = 1e9")]
    assert drawn({"rnn": [record(0), record(1)]})[0]["changes"] == []


def test_only_what_the_drawing_is_made_of_makes_it_anew():
    keys = {drawn({"rnn": [record(k, 0.1 / (k + 1)) for k in range(n)]})[0]["key"] for n in range(5)}
    assert len(keys) == 1
    assert drawn({}, LINES[:2])[0]["key"] not in keys and drawn({}, say=words("en"))[0]["key"] not in keys


# --- examples


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_examples_say_what_is_read_asked_and_right(name, lang):
    task, say = task_named(name), words(lang)
    batch = task.unseen(3, 3)
    data = examples(task, batch, {}, LINES, [f"x{d}" for d in range(task.inputs)], say, "key")
    assert json.loads(json.dumps(data, allow_nan=False)) and data["lanes"] == []
    for b, sequence in enumerate(data["sequences"]):
        T = len(batch.x) if batch.lengths is None else int(batch.lengths[b])
        assert sequence["asked"] == np.flatnonzero(batch.mask[:, b]).tolist() and max(sequence["asked"]) < T
        shown = [column["step"] for column in sequence["columns"]]
        assert [column["asked"] for column in sequence["columns"]] == batch.mask[shown, b].tolist()
        assert [cell is not None for cell in sequence["right"]] == batch.mask[shown, b].tolist()
        if task.loss == "squares":
            asked = [cell for cell in sequence["right"] if cell]
            assert [cell["value"] for cell in asked] == batch.target[sequence["asked"], b, 0].tolist()
            assert asked[0]["text"] == printed(asked[0]["value"], "gate")
        seen = sequence["tokens"] or sequence["strips"] or sequence["columns"]
        assert seen and (sequence["strips"] is None or [strip["values"] for strip in sequence["strips"]] == [
            batch.x[:T, b, d].tolist() for d in range(task.inputs)])


@pytest.mark.parametrize("name", NAMES)
def test_the_right_answer_is_right_and_another_is_not(name):
    task = task_named(name)
    batch = task.unseen(3, 2)
    if task.loss == "squares":
        best, worst = batch.target, batch.target + 9
    else:
        one = batch.target[..., None] == np.arange(task.outputs)
        best = (one if batch.allowed is None else batch.allowed).astype(float)
        worst = -best
    answers = {"lstm": (best, right(task, best, batch)), "rnn": (worst, right(task, worst, batch))}
    data = examples(task, batch, answers, LINES, ["a"] * task.inputs, KO, "key")
    assert [lane["name"] for lane in data["lanes"]] == ["rnn", "lstm"]
    for sequence in data["sequences"]:
        wrong, fine = sequence["answers"]
        for there, cell, bad in zip(sequence["right"], fine, wrong, strict=True):
            assert (there is None) == (cell is None) == (bad is None)
            if there:
                assert cell["right"] and cell["text"] == there["text"] and not bad["right"]
                assert bad["text"] != there["text"]


@pytest.mark.parametrize(("name", "sent"), [
    ("curves", drawn({"rnn": [record(0)]})[0]),
    ("examples", examples(task_named("adding"), task_named("adding").unseen(0, 1), {}, [], ["a", "b"], KO, "key"))])
def test_the_script_asks_for_what_is_sent(name, sent):
    script = (ASSETS / "diagram" / f"{name}.js").read_text(encoding="utf-8")
    groups = re.findall(r"\{([^{}]*)\} = this\.data\b", script)
    asked = {word.strip() for group in groups for word in group.split(",")}
    asked |= set(re.findall(r"this\.data\.(\w+)", script))
    assert len(asked) > 3 and asked <= sent.keys()
    assert set(re.findall(r"\bwords\.(\w+)", script)) <= sent["words"].keys()
