"""Trained nets on the pages, run as scripts: what is shown are the net's own numbers, and what cannot be is said."""
import re

import numpy as np
import pytest
from test_pages import buttons, data, fine, press, visit, widget

from lstm_core import CELLS, forward
from lstm_view.incoming.sequences import MOST_UNITS
from lstm_view.learning import nets
from lstm_view.learning.nets import find, keep
from lstm_view.learning.task_named import task_named
from lstm_view.numbers import backwards
from lstm_view.numbers.answers import answered_what
from lstm_view.numbers.over_time import compute
from lstm_view.parts.opening import OPENS, opening
from lstm_view.words import LANGUAGES, words

GONE = "run.0123456789abcdef"
langs = pytest.mark.parametrize("lang", LANGUAGES)


def values_of(at, page):
    memory = at.session_state[page]
    assert {k: v for k, v in at.query_params.items() if k != "lang"} == memory.url
    return memory.values


def unseen(task, seed):
    batch = task_named(task).unseen(seed, 1)
    return batch.x if batch.lengths is None else batch.x[: batch.lengths[0]]


@pytest.fixture
def trace_of(newest):
    """trace_of(task, cell, seed): a net's run over an example, by the core alone."""
    def run(task, cell, seed=0):
        params = newest(task)[cell][-1].params
        return forward(CELLS[cell], {name: params[name] for name in CELLS[cell].parameters}, unseen(task, seed))

    return run


def heard(at):
    return "\n".join(e.value for kind in ("caption", "info", "warning") for e in getattr(at, kind))


# --- a link opens a net


@langs
@pytest.mark.parametrize("task", ["reber", "agreement_en"])
def test_over_time_the_numbers_are_those_of_the_net(trained, task, lang, newest, trace_of):
    name = trained(task)
    at = visit("sequence", lang, **opening(name, "gru", "sequence"))
    values, trace = values_of(at, "sequence"), trace_of(task, "gru")
    assert not at.warning and values["t"] == len(trace["h"]) - 1
    chain, step, unit = data(at, "timeline"), data(at), values["unit"]
    assert chain["runs"][0]["values"]["h"] == trace["h"][:, 0, unit].tolist()
    assert step["values"]["z"] == trace["z"][values["t"], 0].tolist()
    assert step["values"]["x"] == unseen(task, 0)[values["t"], 0].tolist()
    assert [strip["name"] for strip in chain["inputs"]] == list(task_named(task).symbols) == step["inputs"]
    assert chain["labels"] == [task_named(task).symbols[k] for k in unseen(task, 0)[:, 0].argmax(-1)]
    assert data(at, "matrices")["values"]["W_n"] == newest(task)["gru"][-1].params["W_n"].tolist()
    assert chain["drawable"] == (task_named(task).inputs <= 6)
    assert words(lang)(f"task.{task}") in heard(at)
    assert widget(at, "segmented_control", "weights").value == "trained"


@pytest.mark.parametrize("page", OPENS)
@langs
def test_every_page_opens_the_net_and_writes_no_other_link(trained, page, lang, trace_of):
    name = trained("reber")
    query = opening(name, "lstm", page)
    at = visit(page, lang, **query)
    assert not at.warning and {k: v for k, v in at.query_params.items() if k != "lang"} == query
    trace = trace_of("reber", "lstm")
    picture = next(e.key for e in at.get("bidi_component") if e.key.startswith("picture") and (
        page != "compare" or "lstm" in e.key))
    shown = data(at, picture)["values"]["h"]
    if page == "gradients":
        values = values_of(at, page)
        assert shown == backwards.compute(values).grads["h"][len(trace["h"]) - 1, 0].tolist()
    else:
        t = values_of(at, page)["at" if page == "one_step" else "t"]
        np.testing.assert_allclose(shown, trace["h"][t, 0], rtol=1e-12)


@langs
def test_cells_side_by_side_say_where_their_weights_are_from(trained, lang, races):
    for task in ("counting", "reber"):
        at = visit("compare", lang, **opening(trained(task), "lstm", "compare"))
        said = "\n".join(m.value for m in at.markdown)
        assert words(lang)(f"task.{task}") in said
        assert words(lang)("compare.same_seed", seed=0) not in said
        sizes = {cell: find(trained(task))[cell].H for cell in races[task].cells}
        assert all(f"H = {H}" in "\n".join(e.value for e in at.subheader) for H in sizes.values())


# --- the control


@langs
def test_trained_nets_are_chosen_by_task(shipped, lang, trace_of):
    at = visit("sequence", lang)
    assert widget(at, "segmented_control", "weights").options == [
        words(lang)(f"weights.{kind}") for kind in ("named", "random", "trained")]
    fine(widget(at, "segmented_control", "weights").set_value("trained").run())
    values = values_of(at, "sequence")
    assert (values["weights"], values["input"], values["task"]) == ("counting", "task", "counting")
    choice = widget(at, "selectbox", "nets")
    assert choice.options == [words(lang)("task.counting")]  # of the other task only the GRU was trained
    fine(widget(at, "selectbox", "cell").set_value("gru").run())
    assert values_of(at, "sequence")["weights"] == "counting" and not at.info
    fine(widget(at, "selectbox", "nets").set_value("agreement_en").run())
    values = values_of(at, "sequence")
    assert (values["weights"], values["task"], values["D"]) == ("agreement_en", "agreement_en", 20)
    np.testing.assert_array_equal(compute(values).values["h"], trace_of("agreement_en", "gru")["h"][:, 0])
    fine(widget(at, "selectbox", "cell").set_value("lstm").run())
    values = values_of(at, "sequence")
    assert values["weights"] == "random" and values["input"] == "task"
    assert words(lang)("task.agreement_en") in at.info[0].value
    press(at, "undo")
    assert values_of(at, "sequence")["weights"] == "agreement_en" and not at.info


def test_another_example(shipped, trace_of):
    at = visit("sequence", weights="counting")
    assert "reseed" not in buttons(at)
    before = data(at, "timeline")["labels"]
    for _ in range(3):  # two examples may have as many letters
        press(at, "another")
    values = values_of(at, "sequence")
    assert (values["seed"], values["weights"]) == (3, "counting")
    assert data(at, "timeline")["labels"] != before or unseen("counting", 3).shape == unseen("counting", 0).shape
    np.testing.assert_array_equal(compute(values).values["h"], trace_of("counting", "lstm", 3)["h"][:, 0])


@langs
def test_the_example_of_another_task_comes_in(shipped, lang):
    at = visit("sequence", lang)
    fine(widget(at, "radio", "input").set_value("task").run())
    values = values_of(at, "sequence")
    assert (values["input"], values["task"], values["weights"]) == ("task", "counting", "random")
    fine(widget(at, "selectbox", "task").set_value("reber").run())
    values = values_of(at, "sequence")
    assert (values["task"], values["D"], values["weights"]) == ("reber", 7, "random")
    assert words(lang)("task.reber") in heard(at)
    fine(widget(at, "radio", "input").set_value("steps").run())
    assert values_of(at, "sequence")["D"] == 2


def test_what_is_done_to_the_weights_changes_the_answers(shipped):
    seed = next(seed for seed in range(9) if task_named("counting").unseen(seed, 1).mask.sum() > 2)
    T, asked = len(unseen("counting", seed)), int(task_named("counting").unseen(seed, 1).mask.sum())
    for what in ({"clamp": f"o.*@0-{T - 1}:0"}, {"what": "b_f.0:-9"}):
        at = visit("sequence", weights="counting", seed=str(seed), **what)
        [right] = re.findall(rf"In the what-if (\d+) of {asked} answers are right", at.info[0].value)
        assert int(right) == answered_what(compute(values_of(at, "sequence")), values_of(at, "sequence")).right
        assert f"of {asked} answers right" in heard(at)  # of the true run


# --- what cannot be


@langs
@pytest.mark.parametrize("page", ["sequence", "compare", "gradients", "variants"])
def test_nets_that_are_gone(page, lang):
    at = visit(page, lang, weights=GONE, input="task", task=GONE)
    assert [w.value for w in at.warning] == [words(lang)("trained.gone")]
    assert values_of(at, page)["weights"] in ("random", "named") and values_of(at, page)["input"] == "steps"


@langs
def test_a_step_of_nets_that_are_gone(lang):
    at = visit("one_step", lang, start="moment", of=f"weights={GONE}&input=task&task={GONE}")
    assert at.warning[0].value == words(lang)("trained.gone")


@langs
def test_nets_that_do_not_come_or_are_too_large(tmp_path, monkeypatch, lang, trained):
    monkeypatch.setattr(nets, "FOLDER", tmp_path)
    at = visit("sequence", lang, weights="reber")
    assert at.warning[0].value == words(lang)("trained.none", task=words(lang)("task.reber"))
    one = find(trained("counting"))["rnn"]
    H = MOST_UNITS + 1
    params = {k: np.zeros([H if size == 4 else size for size in v.shape]) for k, v in one.params.items()}
    at = visit("sequence", lang, cell="rnn", weights=keep([nets.Net("rnn", "counting", params)]))
    assert at.warning[0].value == words(lang)("trained.large", H=H, most=MOST_UNITS)


@langs
def test_a_page_that_has_no_use_for_them_says_so(trained, lang):
    name = trained("counting")
    at = visit("directions", lang, weights=name, input="task", task=name)
    assert f"weights={name}" in at.warning[0].value
    assert "task" not in widget(at, "radio", "input").options
    assert not [e for e in at.segmented_control if e.key.startswith("widget.weights")]


def test_a_visitor_keeps_what_they_have_open(trained, monkeypatch, newest, trace_of):
    name = trained("counting")
    at = visit("sequence", **opening(name, "lstm", "sequence"))
    monkeypatch.setattr(nets, "MOST_KEPT", 0)
    keep([nets.Net("rnn", "order", newest("counting")["rnn"][-1].params)])  # which makes room
    assert name not in nets._kept
    press(at, "another")
    values = values_of(at, "sequence")
    np.testing.assert_array_equal(compute(values).values["h"], trace_of("counting", "lstm", 1)["h"][:, 0])
    assert not at.warning
