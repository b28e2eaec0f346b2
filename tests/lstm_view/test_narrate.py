import re

import pytest

from lstm_core import CELLS
from lstm_view.diagram.layout import STAGES, family
from lstm_view.incoming import starts
from lstm_view.numbers.experiment import DEFAULTS, compute, fit, place
from lstm_view.numbers.mix import mix
from lstm_view.telling.narrate import focus, forced, stages
from lstm_view.text.numbers import MINUS, number, percent
from lstm_view.words import LANGUAGES, words

EVERY = [(cell, start) for cell in CELLS for start in starts.available(CELLS[cell])]
each = pytest.mark.parametrize(("cell", "start"), EVERY)
SAYS = {  # sentence -> its numbers -> the nodes they are read from
    "lstm.forget": {"percent": "f", "f": "f", "held": "c_prev", "kept": "c.0"},
    "lstm.no_forget": {"held": "c_prev"},
    "lstm.candidate": {"percent": "i", "i": "i", "candidate": "c_tilde", "written": "c.1"},
    "lstm.no_input": {"candidate": "c_tilde"},
    "lstm.update": {"held": "c_prev", "now": "c"},
    "lstm.output": {"percent": "o", "o": "o", "now": "c", "squashed": "h.1", "h": "h"},
    "lstm.no_output": {"now": "c", "h": "h"},
    "lstm.no_squash": {"percent": "o", "o": "o", "now": "c", "h": "h"},
    "gru.gates": {"keep": "z", "gate": "z", "reset": "r", "r": "r"},
    "gru.gates_before": {"keep": "z", "gate": "z", "reset": "r", "r": "r"},
    "gru.let_in": {"keep": "h.1.0", "new": "z", "gate": "z", "reset": "r", "r": "r"},
    "gru.one_gate": {"keep": "h.0.0", "new": "f", "gate": "f", "reset": "f", "r": "f"},
    "gru.candidate": {"r": "r", "candidate": "n"},
    "gru.candidate_before": {"candidate": "n"},
    "gru.update": {"held": "h_prev", "candidate": "n", "h": "h"},
    "clockwork.sum": {"from_x": "n.pre.0", "from_h": "n.pre.1", "bias": "b_n", "sum": "n.pre"},
    "clockwork.candidate": {"sum": "n.pre", "candidate": "n"},
    "clockwork.ticks": {"held": "h_prev", "h": "h", "candidate": "n"},
    "clockwork.rests": {"held": "h_prev", "h": "h", "candidate": "n"},
    "rnn.sum": {"from_x": "h.pre.0", "from_h": "h.pre.1", "bias": "b_h", "sum": "h.pre"},
    "rnn.output": {"sum": "h.pre", "h": "h"},
}
PERCENT = ("percent", "keep", "new", "reset")


class Heard:
    """Words that remember what they were asked for."""

    def __init__(self):
        self.said = {}

    def __call__(self, key, **values):
        self.said[key] = values
        return key

    def get(self, key):
        return key


def experiment_of(cell, start="random", **more):
    return compute(fit(DEFAULTS | {"cell": cell, "start": start, **more})[0])


def heard(experiment, selected=""):
    ear = Heard()
    stages(experiment, ear, selected)
    return {key.removeprefix("say."): values for key, values in ear.said.items() if key.startswith("say.")}


def read(text):
    return float(text.replace(MINUS, "-").strip("<>"))


@pytest.mark.parametrize("lang", LANGUAGES)
@each
def test_every_stage_has_a_title_and_a_sentence(cell, start, lang):
    experiment = experiment_of(cell, start)
    told = stages(experiment, words(lang))
    assert [stage["name"] for stage in told] == list(STAGES[family(CELLS[cell])])
    for stage in told:
        assert stage["title"].strip()
        assert len(stage["say"]) > 20
        assert not re.search(r"[{}]|\bnan\b|\binf\b|은\(는\)|이\(가\)|을\(를\)|\(으\)로", stage["say"])
    assert len({stage["say"] for stage in told}) == len(told)


@each
def test_the_numbers_said_are_the_numbers_computed(cell, start):
    experiment = experiment_of(cell, start, seed=3)
    for key, values in heard(experiment).items():
        if key.endswith(".in"):
            assert [read(v) for v in values["x"].strip("()").split(", ")] == pytest.approx(
                experiment.env["x"], abs=0.005 + 1e-12)
            continue
        for name, node in SAYS[key].items():
            scale, near = (100, 0.5) if name in PERCENT else (1, 0.005)
            true = scale * experiment.env[node][values["unit"] - 1]
            assert read(values[name]) == pytest.approx(true, abs=near + 1e-12), name


@pytest.mark.parametrize(("cell", "own"), [
    ("lstm", {"forget", "candidate", "output"}), ("lstm1997", {"no_forget", "candidate", "output"}),
    ("nfg", {"no_forget", "candidate", "output"}), ("nig", {"forget", "no_input", "output"}),
    ("nog", {"forget", "candidate", "no_output"}), ("noaf", {"forget", "candidate", "no_squash"}),
])
def test_what_a_variant_lacks_is_said(cell, own):
    assert heard(experiment_of(cell)).keys() == {f"lstm.{name}" for name in {"in", "update"} | own}


@pytest.mark.parametrize(("cell", "gate", "keeps"), [
    ("gru", "z", True), ("gru_v1", "z", True), ("mgu", "f", False), ("mut1", "z", False), ("mut2", "z", False),
    ("mut3", "z", False),
])
def test_what_is_kept_and_what_is_new_is_said_as_each_cell_means_its_gate(cell, gate, keeps):
    """A gate forced up in the weights keeps the old state in a GRU, and lets the candidate in elsewhere."""
    experiment = experiment_of(cell, edit={f"b_{gate}.1": 6.0, "h_prev.1": 0.9})
    said = heard(experiment, "h.1")
    _, gates, _, update = said.values()
    for values in (gates, update):
        assert (read(values["keep"]) > 90) == keeps and (read(values["new"]) > 90) != keeps
        assert read(values["keep"]) + read(values["new"]) == pytest.approx(100, abs=1)
        held, candidate = experiment.env["h_prev"][1], experiment.env["n"][1]
        assert experiment.env["h"][1] == pytest.approx(held if keeps else candidate, abs=0.02)
    assert read(update["keep"]) / 100 * read(update["held"]) == pytest.approx(read(update["kept"]), abs=0.01)
    assert read(update["new"]) / 100 * read(update["candidate"]) == pytest.approx(read(update["written"]), abs=0.01)
    assert read(update["kept"]) + read(update["written"]) == pytest.approx(read(update["h"]), abs=0.0011)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("cell", ["mgu", "mut1", "mut2", "mut3"])
def test_where_a_gate_lets_the_new_in_the_sentence_says_so(cell, lang):
    experiment = experiment_of(cell)
    said = stages(experiment, words(lang), "h.2")[1]["say"]
    parts = mix(experiment.cell)
    new, keep = (percent(experiment.env[share][2]) for share in (parts.new, parts.keep))
    gate = number(experiment.env[parts.gate][2], 3)
    taken, kept = {"en": (f"take {new} % of its candidate ({parts.gate} = {gate})", f"keep {keep} % of its old state"),
                   "ko": (f"후보의 {new}%를 받아들이고({parts.gate} = {gate})", f"상태의 {keep}%를 남깁니다")}[lang]
    assert taken in said and kept in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_clock_that_rests_is_said_to_hold(lang):
    for tick, key in ((1.0, "ticks"), (0.0, "rests")):
        experiment = experiment_of("clockwork", edit={"tick.1": tick})
        assert f"clockwork.{key}" in heard(experiment, "h.1")
        say = stages(experiment, words(lang), "h.1")[-1]["say"]
        assert str(number(experiment.env["h_prev" if tick == 0 else "n"][1], 3)) in say
        assert experiment.env["h"][1] == experiment.env["n" if tick else "h_prev"][1]


def test_the_forget_gate_is_said_to_keep():
    experiment = experiment_of("lstm", edit={"b_f.0": -1.5, "b_f.1": 0.4, "c_prev.0": -3.0})
    said = heard(experiment)["lstm.forget"]
    assert said["unit"] == 1  # it holds the most
    assert read(said["percent"]) == pytest.approx(100 * experiment.env["f"][0], abs=0.5)
    assert read(said["f"]) * read(said["held"]) == pytest.approx(read(said["kept"]), abs=0.02)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("cell", CELLS)
def test_the_chosen_unit_is_spoken_of(cell, lang):
    experiment = experiment_of(cell, H=5)
    for unit in range(5):
        assert {v["unit"] for v in heard(experiment, f"h_prev.{unit}").values() if "unit" in v} == {unit + 1}
        assert all("{" not in stage["say"] for stage in stages(experiment, words(lang), f"h.{unit}"))
    assert heard(experiment, "x.1") == heard(experiment)  # an input is no unit


@each
def test_a_stage_is_about_the_value_its_sentence_is_about(cell, start):
    experiment = experiment_of(cell, start)
    shapes = {n: v.shape for n, v in experiment.env.items() if n not in experiment.params}
    said = list(heard(experiment).values())
    order = STAGES[family(experiment.cell)]
    for stage, values in zip(order, said, strict=True):
        _, (unit,) = place(focus(experiment, stage), shapes)
        assert unit == values.get("unit", 1) - 1
    assert focus(experiment, "") == focus(experiment, "nonsense") == focus(experiment, order[-1])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_force_is_told_as_set_whichever_its_unit(lang):
    """A unit's number beside what it is set to is no arithmetic: unit 2 = 1 would be made 2 ≈ 1."""
    for clamp in {"f.1": 1.0}, {"f.0": 0.0, "o.2": 0.25}:
        told = forced(compute(fit(DEFAULTS | {"clamp": clamp})[0]), words(lang))
        assert "≈" not in told and "=" not in told
        for address, value in clamp.items():
            unit = int(address[-1]) + 1
            assert re.search(rf"(?<![.\d]){unit}(?![.\d]).*(?<![.\d]){value:g}(?!\.?\d)", told), (told, address)
