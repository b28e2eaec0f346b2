"""The page `training`, run as a script: what it trains, says and survives, without a browser."""
import time
from dataclasses import replace
from urllib.parse import parse_qs

import numpy as np
import pytest
from test_pages import data, field_of, fine, send, visit, widget

from lstm_core.training import train
from lstm_view.code import training_numpy, training_torch
from lstm_view.incoming.own_cell import name_of
from lstm_view.incoming.sequences import MOST_UNITS
from lstm_view.learning import nets, saved
from lstm_view.learning.desk import Desk
from lstm_view.learning.history import rate_at
from lstm_view.learning.job import Job
from lstm_view.learning.race import settings
from lstm_view.learning.task_named import NAMES, task_named
from lstm_view.numbers.training import DEFAULTS, MOST_STEPS, fit, race_of, shipped
from lstm_view.parts import training_controls
from lstm_view.telling import training as telling
from lstm_view.text.numbers import amount, percent
from lstm_view.words import LANGUAGES, words

langs = pytest.mark.parametrize("lang", LANGUAGES)
KIND = "application/octet-stream"
SMALL = {"H": "3", "B": "2", "length": "6", "steps": "4", "cells": "rnn,lstm", "rate": "0.05"}


def race(**given):
    return race_of(fit(DEFAULTS | given)[0])


RACE = race(H=3, B=2, length=6, steps=4, cells=("rnn", "lstm"), rate=0.05)


def trained(of=RACE, steps=4, every=2):
    out = {}
    for lane, one in settings(of).items():
        out[lane] = []
        for record in train(one, every=every):
            out[lane].append(record)
            if record.step >= steps or record.diverged:
                break
    return out


class Fake(Desk):
    """A desk without processes: it remembers what it was told, and shows what it is given."""

    def __init__(self):
        super().__init__()
        self.told, self.view = [], None

    def show(self, state, of=RACE, records=None, **more):
        self.view = Job(**{"id": "abc", "race": of, "state": state, "reason": "", "detail": "", "stopping": False,
                           "place": None, "records": records or {}, "rates": ((0, of.rate),), "spent": 1.0,
                           "budget": 100.0, "left": None, "progress": 0.0} | more)

    def look(self, id):
        return self.view if self.view and id == self.view.id else None

    def begin(self, race, resume=None, ticket="", visitor="", rates=None):
        self.told.append(("begin", race, resume, ticket))
        self.rates = rates
        self.show("running", race, resume)
        return self.view.id

    def stop(self, id):
        self.told.append(("stop", id))

    def go_on(self, id):
        self.told.append(("go_on", id))

    def set_rate(self, id, rate):
        self.told.append(("rate", id, rate))


@pytest.fixture
def desk(monkeypatch):
    training_controls.desk.clear()
    fake = Fake()
    monkeypatch.setattr(training_controls, "Desk", lambda: fake)
    yield fake
    training_controls.desk.clear()
    fake.close()


def open_page(lang="en", **query):
    return visit("training", lang, **query)


def button(at, name):
    return next((b for b in at.button if b.key == f"button.{name}"), None)


def press(at, name):
    return fine(button(at, name).click().run())


def able(at):
    """The buttons of the race that can be pressed."""
    return {name for name in ("go", "stop", "go_on", "further", "again") if button(at, name)
            and not button(at, name).disabled}


def said(at):
    return [e.value for kind in ("info", "warning", "success", "error", "markdown", "caption")
            for e in getattr(at, kind)] + [e.proto.text for e in at.get("progress")]


@pytest.mark.parametrize(("task", "lang"), [(task, LANGUAGES[k % 2]) for k, task in enumerate(NAMES)])
def test_a_task_is_seen_before_it_is_trained(task, lang, desk):
    at, say = open_page(lang, task=task), words(lang)
    assert len(data(at, "task")["sequences"]) == 3 and able(at) == {"go"}
    loss, right = task_named(task).chance()
    texts = " ".join(said(at))
    assert say(f"task_home.{task}") in texts and say(f"task_why.{task}") in texts
    chance = "chance_later" if task == "series" else "chance"
    assert say(f"training.{chance}", loss=amount(loss), accuracy=percent(right)) in texts
    assert telling.judging(race_of(DEFAULTS | {"task": task}), say) in texts


def test_a_setting_that_would_change_nothing_is_not_there():
    def there(**query):
        at = open_page("en", cells="rnn,lstm", **query)
        return {field_of(w) for w in (*at.number_input, *at.get("button_group"))}

    of_gradients = {"optimizer", "clip", "truncate"}
    assert of_gradients | {"forget_bias"} <= there() and not of_gradients & there(method="search")
    assert of_gradients <= there(method="both") and "forget_bias" not in there(chrono="20")


def test_another_task_takes_its_own_numbers_and_says_so():
    at, say = open_page("en", H="7"), words("en")
    fine(widget(at, "selectbox", "task").set_value("order").run())
    [note] = [info.value for info in at.info if say("along.intro") in info.value]
    assert say("along_name.H") in note
    fine(at.button(key="button.along").click().run())
    assert at.session_state["training"].values["H"] == 7
    assert not [info for info in at.info if say("along.intro") in info.value]


def test_a_setting_is_there_for_cells_that_have_it():
    own = name_of("f = sigmoid(W_f @ x + b_f)\nh = (1 - f) * h_prev + f * tanh(W_n @ x)")
    says = {cells: {field_of(w): w.help for w in open_page("en", cells=cells).number_input} for cells in (
        "rnn", "rnn,gru", "lstm", "mgu,lstm", own)}
    assert not says["rnn"].keys() & {"forget_bias", "chrono"}
    assert "forget_bias" not in says["rnn,gru"] and "chrono" in says["rnn,gru"]
    assert says["lstm"]["forget_bias"].endswith("b_f is this number.")
    for cells, name in (("mgu,lstm", "MGU"), (own, "Your cell")):
        assert f"{name}: there an open f lets the new in" in says[cells]["forget_bias"]


@langs
def test_a_race_from_its_start_to_its_end(lang):
    """With a desk and processes of its own."""
    training_controls.desk.clear()
    at, say = open_page(lang, **SMALL), words(lang)
    press(at, "go")
    run = at.query_params["run"]
    assert "go" not in able(at)
    end = time.monotonic() + 50
    while button(at, "further") is None and time.monotonic() < end:
        send(at, "curves", "look", 1)
    own = training_controls.desk().look(run)
    assert own.state == "done" and own.race == RACE
    wanted = trained(every=RACE.every)
    sent = data(at, "curves")
    for k, lane in enumerate(wanted):
        assert sent["lanes"][k]["steps"] == [record.step for record in wanted[lane]]
        assert sent["panels"][0]["lines"][k]["values"] == [record.test_loss for record in wanted[lane]]
        np.testing.assert_array_equal(own.records[lane][-1].params["W_y"], wanted[lane][-1].params["W_y"])
    assert sent["again"] == 0 and any(say("training.done", steps=4) in text for text in said(at))
    assert able(at) == {"further", "again"}
    labels = [e.proto.label for e in at.get("page_link")]
    assert say("training.open_compare") in labels and say("training.open_gradients") in labels
    training_controls.desk().close()
    training_controls.desk.clear()


STATES = [
    ("waiting", {"place": 7}, {"stop", "again"}),
    ("running", {}, {"stop", "again"}),
    ("running", {"progress": 0.4, "left": 31.0}, {"stop", "again"}),
    ("running", {"stopping": True}, {"go_on", "again"}),
    *(("stopped", {"reason": reason}, {"go_on", "again"}) for reason in ("", "nobody", "replaced", "full")),
    ("over_budget", {}, {"go_on", "again"}),
    *(("failed", {"reason": reason}, {"go_on", "again"}) for reason in ("start", "died", "memory", "error")),
    ("done", {}, {"further", "again"}),
]


def sentence(state, more, say):
    """What is said of a training in a state."""
    given = {"seconds": "120", "budget": "100"}
    if state == "waiting":
        return say("training.waiting", place=7, at_once=2, minutes=8, **given)
    if more.get("stopping"):
        return say("training.stopping")
    if state == "running":
        left = say("training.seconds", count=31)
        return say("training.running", progress="40", left=left, **given) if more else say(
            "training.running_first", **given)
    key = f"training_{state}.{more['reason']}" if more.get("reason") else f"training.{state}"
    return say(key, steps=4, **given)


@langs
def test_every_state_of_a_training_has_its_sentence_and_buttons(lang, desk):
    desk.show("waiting", place=7)
    at, records = open_page(lang, **SMALL, run="abc"), trained()
    for state, more, buttons in STATES:
        desk.show(state, records={} if state == "waiting" else records, **more)
        fine(at.run())
        assert able(at) == buttons
        assert sentence(state, more, words(lang)) in said(at)
        assert (data(at, "curves")["again"] > 0) == (state in ("waiting", "running"))
        assert not any("{" in text for text in said(at))


def test_a_whole_class_presses_go(desk):
    """Those who wait look less often."""
    desk.show("waiting", place=28)
    waits = data(open_page(**SMALL, run="abc"), "curves")["again"]
    desk.show("running", records=trained())
    assert waits >= 1 >= 4 * data(open_page(**SMALL, run="abc"), "curves")["again"] >= 4 / 8


def test_the_buttons_tell_the_desk(desk):
    at = open_page(**SMALL)
    press(at, "go")
    [(_, begun, resume, ticket)] = desk.told
    assert begun == RACE and resume is None and ticket and at.query_params["run"] == "abc"
    desk.show("running", records=trained())
    fine(at.run())
    fine(next(n for n in at.number_input if n.key == "rate.abc").set_value(0.5).run())
    press(at, "stop")
    desk.show("stopped", records=trained())
    fine(at.run())
    press(at, "go_on")
    press(at, "again")
    assert [name for name, *_ in desk.told[1:]] == ["rate", "stop", "go_on", "begin"]
    assert desk.told[1] == ("rate", "abc", 0.5) and desk.told[-1][1:3] == (RACE, None)
    assert desk.told[-1][3] != ticket  # a race of its own, not a second click of the first


def test_done_can_be_trained_further(desk):
    records = trained()
    desk.show("done", records=records)
    at = open_page(**SMALL, run="abc")
    press(at, "further")
    [(_, begun, resume, _)] = desk.told
    assert begun == replace(RACE, steps=8) and resume is records and at.query_params["steps"] == "8"
    desk.show("done", race(steps=MOST_STEPS), trained())
    assert button(open_page(steps=str(MOST_STEPS), run="abc"), "further") is None


def test_another_setting_is_another_race(desk):
    desk.show("stopped", records=trained())
    at = open_page(**SMALL, run="abc")
    fine(widget(at, "number_input", "H").set_value(5).run())
    assert "run" not in at.query_params and able(at) == {"go"}
    at = open_page(**SMALL | {"H": "4"}, run="abc")  # a link whose race is not that of its training
    assert able(at) == {"go"} and words("en")("training.gone") in said(at)


@langs
def test_what_is_too_large_is_a_sentence(lang, desk):
    at, say = open_page(lang, H="256", B="256", length="128"), words(lang)
    begins = say("training.too_large", products="")[:12]
    assert able(at) == set() and any(w.value.startswith(begins) for w in at.warning)
    assert say("training.ready", seconds=f"{desk.seconds:g}") not in said(at)  # there is no "Go" to press
    at = open_page(lang, length="5000", H="1000")
    assert any("length=5000" in w.value and "H=1000" in w.value for w in at.warning) and able(at) == {"go"}


@langs
def test_a_rate_of_a_billion_diverges_and_says_so(lang, desk):
    wild = replace(RACE, rate=1e9)
    desk.show("done", wild, trained(wild))
    at = open_page(lang, **SMALL | {"rate": "1e9"}, run="abc")
    lanes = data(at, "curves")["lanes"]
    assert all(lane["diverged"] >= 0 for lane in lanes) and "further" not in able(at)
    step = lanes[1]["steps"][-1]
    assert any(words(lang)("training.diverged", cell="LSTM", step=step) in text for text in said(at))


@langs
def test_nets_that_come_with_the_app_are_shown_before_any_training(lang, desk, monkeypatch, tmp_path):
    for lane, records in trained().items():
        (tmp_path / f"adding.{lane}.safetensors").write_bytes(saved.write(RACE, lane, records))
    monkeypatch.setattr(nets, "FOLDER", tmp_path)
    shipped.cache_clear()
    at = open_page(lang)
    command = "`python -m benchmarks.weights adding`"
    assert words(lang)("training.before", command=command) in said(at) and able(at) == {"go"}
    sent = data(at, "curves")
    assert [lane["name"] for lane in sent["lanes"]] == ["rnn", "lstm"] and sent["lanes"][0]["steps"] == [0, 2, 4]
    assert len(data(at, "answers")["sequences"][0]["answers"]) == 2
    shipped.cache_clear()


@langs
def test_a_saved_net_comes_back(lang, desk):
    own = replace(RACE, cells=("lstm",))
    records = trained(own)["lstm"]
    at = open_page(lang)
    at.file_uploader[0].upload("net.safetensors", saved.write(RACE, "lstm", records), KIND)
    fine(at.run())
    name, begun, resume, _ = desk.told[0]
    assert name == "begin" and begun == own and [r.step for r in resume["lstm"]] == [r.step for r in records]
    np.testing.assert_array_equal(resume["lstm"][-1].params["W_y"], records[-1].params["W_y"])
    for _ in range(2):  # the page runs again as soon as the training's state is another
        assert words(lang)("training.loaded", cell="LSTM", step=4) in said(at) and at.query_params["H"] == "3"
        fine(at.run())
    at.file_uploader[0].upload("net.safetensors", b"{}", KIND)
    at.run()
    assert len(at.error) == 1 and at.query_params["H"] == "3"


def test_a_saved_net_goes_on_at_its_last_rate(desk):
    own = replace(RACE, cells=("lstm",))
    records = trained(own)["lstm"]
    at = open_page()
    at.file_uploader[0].upload("a.safetensors", saved.write(own, "lstm", [replace(r, rate=0.5) for r in records]), KIND)
    fine(at.run())
    assert desk.told[0][1] == own and rate_at(desk.rates, records[-1].step) == 0.5


@pytest.mark.parametrize(("what", "changes"), [("text", {"task": "text", "text": "ab\ud800"}), ("rate", {})])
def test_a_saved_net_that_the_page_cannot_hold_is_refused(what, changes, desk):
    own = replace(RACE, cells=("rnn",), **changes)
    records = [replace(r, rate=1e100 if what == "rate" else 0.05) for r in trained(own)["rnn"]]
    at = open_page()
    at.file_uploader[0].upload("net.safetensors", saved.write(own, "rnn", records), KIND)
    at.run()
    assert not at.exception and f"`{what}`" in at.error[0].value and not desk.told


def test_a_net_is_given_as_a_script_that_trains_it_again(desk):
    rates = ((0, 0.05), (2, 0.5))
    desk.show("done", records=trained(), rates=rates)
    at = open_page(**SMALL, run="abc")
    assert not at.code
    for lane, kind, write in (("rnn", "numpy", training_numpy), ("lstm", "torch", training_torch)):
        at.segmented_control(key="code.rnn.lstm").set_value(lane)
        fine(at.segmented_control(key="take").set_value(kind).run())
        assert at.code[0].value == write(desk.view.race, lane, rates).strip()


@langs
def test_the_nets_that_come_along_are_given_as_scripts(lang, desk):
    at = open_page(lang)
    fine(at.segmented_control(key="take").set_value("torch").run())
    assert at.code[0].value == training_torch(shipped("adding")[0], "rnn").strip()
    assert words(lang)("training.code_text") in said(at)


def test_the_script_of_a_saved_net_has_all_its_rates(desk):
    own = replace(RACE, cells=("lstm",), steps=6)
    records = [replace(record, rate=rate) for record, rate in zip(trained(own, 6)["lstm"], (0.1, 0.1, 0.2, 0.05),
                                                                  strict=True)]
    at = open_page()
    at.file_uploader[0].upload("a.safetensors", saved.write(own, "lstm", records), KIND)
    fine(at.run())
    assert desk.rates == ((0, 0.1), (2, 0.2), (4, 0.05))


def test_a_net_that_no_other_page_shows_is_not_kept_for_them(desk):
    large = race(H=MOST_UNITS + 1, B=2, length=6, steps=4, cells=("rnn", "lstm"), rate=0.05)
    desk.show("done", large, trained(large))
    at = open_page(**SMALL | {"H": str(MOST_UNITS + 1)}, run="abc")
    assert not at.session_state["nets"]


def test_the_trained_nets_open_on_the_other_pages(desk):
    desk.show("done", records=trained())
    at = open_page(**SMALL, run="abc")
    links = {e.proto.page: parse_qs(e.proto.query_string) for e in at.get("page_link") if "&" in e.proto.query_string}
    assert links.keys() == {"sequence", "one_step", "compare", "gradients"}
    for page, query in links.items():
        there = visit(page, **{name: text for name, [text] in query.items()})
        assert not there.warning and there.query_params["lang"] == "en"
    shown = data(visit("sequence", **{name: text for name, [text] in links["sequence"].items()}), "matrices")["values"]
    np.testing.assert_array_equal(shown["W_f"], desk.view.records["lstm"][-1].params["W_f"])
