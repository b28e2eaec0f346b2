import json

import numpy as np
import pytest

from lstm_core import CELLS
from lstm_view.diagram.layout import STAGES, family, layout
from lstm_view.diagram.scene import matrices, scene, value_range
from lstm_view.incoming import starts
from lstm_view.numbers.addresses import clampable, masked, place
from lstm_view.numbers.experiment import DEFAULTS, compute, fit
from lstm_view.numbers.mix import mix
from lstm_view.style import ROLES
from lstm_view.telling.names import spelled, symbol, title
from lstm_view.words import LANGUAGES, words

EN = words("en")
zoo = pytest.mark.parametrize("cell", CELLS)
each = pytest.mark.parametrize(
    ("cell", "start"), [(cell, start) for cell in CELLS for start in starts.available(CELLS[cell])])


def experiment_of(cell, start="random", **more):
    return compute(fit(DEFAULTS | {"cell": cell, "start": start, **more})[0])


def sent(data):
    """Data as it arrives in the browser; ValueError for nan and inf, which are no JSON."""
    return json.loads(json.dumps(data, allow_nan=False))


def drawn(data, sheet="wide"):
    return [part for part in data[sheet]["parts"] if not part.get("ghost")]


@pytest.mark.parametrize("lang", LANGUAGES)
@each
def test_what_is_shown_is_what_was_computed(cell, start, lang):
    experiment = experiment_of(cell, start)
    data = sent(scene(experiment, words(lang)))
    shown = {*experiment.inputs, *CELLS[cell].node}
    assert data["values"] == {name: experiment.env[name].tolist() for name in shown}
    assert data["other"]["values"] == {} and data["forced"] == []
    for sheet in ("wide", "narrow"):
        assert data[sheet] == sent(layout(CELLS[cell], experiment.D, experiment.H, sheet == "narrow"))
        for part in drawn(data, sheet):
            if part["kind"] == "vector":
                assert len(data["values"][part["node"]]) == part["n"]
            if caption := part.get("caption"):
                assert data["captions"][caption]
            assert part["role"] in data["roles"]
            assert part.get("scale", "gate") in data["scales"]
    assert data["names"].keys() == shown
    assert all(data["names"].values())


@zoo
def test_the_scene_bears_the_largest_numbers(cell):
    edit = {f"{name}.0.0": 1e6 for name in CELLS[cell].parameters if name[:2] in ("W_", "U_")} | {"x.0": 1e6}
    experiment = experiment_of(cell, edit=edit, clamp={f"{name}.0": -1e6 for name in clampable(CELLS[cell])})
    data = sent(scene(experiment, EN, other=("forced", experiment.forced) if experiment.forced else None))
    assert data["values"]["x"][0] == 1e6


@zoo
def test_stages(cell):
    experiment = experiment_of(cell)
    order = STAGES[family(CELLS[cell])]
    for at, stage in enumerate(order):
        data = scene(experiment, EN, stage)
        assert data["stage"] == at
        assert [told["name"] for told in data["stages"]] == list(order)
        assert all(0 <= part["stage"] < len(order) for part in drawn(data))
    assert scene(experiment, EN, "")["stage"] == scene(experiment, EN, "nonsense")["stage"] == len(order) - 1


@zoo
def test_every_input_may_be_dragged_and_nothing_else(cell):
    experiment = experiment_of(cell)
    data = scene(experiment, EN)
    editable = {part["node"] for part in drawn(data) if part.get("edit")}
    assert data["ranges"].keys() == experiment.inputs.keys() == editable
    for name, (low, high) in data["ranges"].items():
        assert low < high
        for seed in range(20):
            values = experiment_of(cell, seed=seed).inputs[name]
            assert (values >= low).all() and (values <= high).all()


def test_a_gate_as_input_stays_a_fraction():
    assert value_range(CELLS["fgr"], "f_prev") == (0, 1)
    assert value_range(CELLS["lstm"], "h_prev") == (-1, 1)


@zoo
def test_a_second_run_is_sent_where_it_differs(cell):
    gates = clampable(CELLS[cell])
    values = fit(DEFAULTS | {"cell": cell, "start": "random"})[0]
    plain = compute(values)
    if gates:
        experiment = compute(values | {"clamp": {f"{gates[-1]}.1": 0.5}})
        run, other = "forced", experiment.forced
    else:
        experiment, run, other = plain, "pinned", compute(values | {"edit": {"x.0": 3.0}}).env
    data = sent(scene(experiment, EN, other=(run, other)))
    differing = {n for n in data["values"] if not np.array_equal(other[n], experiment.env[n])}
    assert differing
    assert data["other"] == {"run": run, "values": {n: other[n].tolist() for n in differing}}
    assert data["values"] == sent(scene(plain, EN))["values"]
    assert data["forced"] == ([f"{gates[-1]}.1"] if gates else [])


def test_another_run_that_is_the_same_sends_nothing():
    experiment = experiment_of("lstm")
    assert scene(experiment, EN, other=("pinned", experiment.env))["other"] == {"run": "pinned", "values": {}}


def test_the_key_changes_with_the_drawing_and_not_with_the_numbers():
    key = scene(experiment_of("lstm"), EN)["key"]
    assert scene(experiment_of("lstm", seed=5, edit={"x.0": 2.0}), EN, "forget", "f.1")["key"] == key
    pinned = ("pinned", experiment_of("lstm", edit={"x.0": 9.0}).env)
    others = [scene(experiment_of("cifg"), EN), scene(experiment_of("lstm", D=3), EN), scene(experiment_of("lstm", H=4),
              EN), scene(experiment_of("lstm"), words("ko")), scene(experiment_of("lstm"), EN, other=pinned)]
    assert len({key, *(data["key"] for data in others)}) == 6


@zoo
def test_symbols(cell):
    here = CELLS[cell]
    for name in ("x", *(f"{s}_prev" for s in here.state), *here.node):
        letter, when = symbol(here, name) or ("", "")
        node = here.node.get(name)
        own = "." not in name or (name.count(".") == 1 and name.endswith(".pre")) or node.op in ("tanh", "sub")
        assert bool(letter) == own
        before = name.endswith("_prev") or (node and "." in name and node.inputs == ("h_prev",))  # tanh of h as it was
        assert when == ("" if not letter else "t−1" if before else "t")
    assert symbol(here, "h") == ("h", "t") and symbol(here, "h_prev") == ("h", "t−1")


@pytest.mark.parametrize(("cell", "name", "letters"), [
    ("lstm", "h.1", ("tanh C", "t")), ("gru", "h.0.0", ("1−z", "t")), ("mut1", "h.1.0", ("1−z", "t")),
    ("mgu", "h.0.0", ("1−f", "t")), ("clockwork", "h.1.0", ("1−tick", "t")), ("clockwork", "tick", ("tick", "t")),
    ("mut1", "n.pre.1", ("tanh x", "t")), ("mut3", "z.pre.1.1", ("tanh h", "t−1")),
])
def test_symbols_of_what_has_no_letter_of_its_own(cell, name, letters):
    assert symbol(CELLS[cell], name) == letters


@pytest.mark.parametrize(("name", "kept", "written", "rest"), [
    ("gru", "h.1", "h.0", "candidate"), ("mut1", "h.1", "h.0", "old"), ("mgu", "h.0", "h.1", "old"),
    ("clockwork", "h.1", "h.0", "old"),
])
def test_kept_and_written_are_told_apart(name, kept, written, rest):
    cell = CELLS[name]
    assert "kept" in title(cell, kept, EN) and "written" in title(cell, written, EN)
    assert rest in title(cell, mix(cell).rest, EN)
    assert cell.node[kept].inputs[1] == "h_prev" and cell.node[written].inputs[1] == "n"


@pytest.mark.parametrize("lang", LANGUAGES)
@zoo
def test_titles(cell, lang):
    here = CELLS[cell]
    names = ["x", *(f"{s}_prev" for s in here.state), *here.inputs, *here.node]
    titles = [title(here, name, words(lang)) for name in names]
    assert all(text.strip() and "{" not in text for text in titles)
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(("cell", "name", "text"), [
    ("lstm", "f.pre.0", "W_f x"), ("lstm", "f.pre", "W_f x + U_f h_prev + b_f"), ("lstm", "c.0", "f × c_prev"),
    ("lstm", "h.1", "tanh(c)"), ("gru", "n.pre.2", "r × (U_n h_prev + b_m)"), ("gru", "h.0", "(1 − z) × n"),
    ("gru", "h.0.0", "1 − z"), ("gru_v1", "n.pre.1", "U_n (r × h_prev)"), ("cifg", "i", "1 − f"),
    ("gru", "n", "tanh(W_n x + b_n + r × (U_n h_prev + b_m))"), ("mut1", "n.pre.1", "tanh(I x)"),
    ("mut3", "z", "σ(W_z x + U_z tanh(h_prev) + b_z)"), ("clockwork", "h.1", "(1 − tick) × h_prev"),
])
def test_spelled(cell, name, text):
    assert spelled(CELLS[cell], name) == text


@pytest.mark.parametrize("lang", LANGUAGES)
@zoo
def test_matrices(cell, lang):
    experiment = experiment_of(cell, D=2, H=3)
    data = sent(matrices(experiment, words(lang)))
    assert data["values"] == {name: value.tolist() for name, value in experiment.params.items()}
    members = [name for group in data["groups"] for name in group["names"]]
    assert sorted(members) == sorted(experiment.params)
    for group in data["groups"]:
        assert group["gate"] in CELLS[cell].node and group["role"] in ROLES and group["title"].strip()
        for name in group["names"]:  # it is the weight of what that gate computes
            needed, waiting = set(), [group["gate"]]
            while waiting:
                node = CELLS[cell].node.get(waiting.pop())
                own = [i for i in node.inputs if i.startswith(f"{group['gate']}.")] if node else []
                needed |= set(node.inputs) if node else set()
                waiting += own
            assert name in needed
    assert data["ranges"].keys() == experiment.params.keys()
    assert data["fixed"] == masked(CELLS[cell], 3)
    assert all(data["values"]["R_n"][int(j)][int(k)] == 0 for _, j, k in (at.split(".") for at in data["fixed"]))


def test_what_a_clock_masks_is_fixed_and_ticks_are_switches():
    experiment = experiment_of("clockwork", H=4)
    assert matrices(experiment, EN)["fixed"] == [f"R_n.{j}.{k}" for j in range(4) for k in range(j)]
    assert scene(experiment, EN)["switches"] == ["tick"] and scene(experiment_of("gru"), EN)["switches"] == []
    assert value_range(CELLS["clockwork"], "tick") == (0, 1)


@zoo
def test_every_square_of_the_picture_is_an_address(cell):
    experiment = experiment_of(cell)
    shapes = {name: experiment.env[name].shape for name in (*experiment.inputs, *CELLS[cell].node)}
    for part in drawn(scene(experiment, EN)):
        for unit in range(part["n"] if part["kind"] == "vector" else 0):
            assert place(f"{part['node']}.{unit}", shapes) == (part["node"], (unit,))
