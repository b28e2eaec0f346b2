"""Trained nets by name, and the pages' values with them: every number is that of the net's own parameters."""
import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch_stand_in
from scripts import run as run_script

from lstm_core import CELLS, forward
from lstm_core.task import right
from lstm_view.code import sequence_torch
from lstm_view.diagram.scene import scene
from lstm_view.fields import from_text, to_text
from lstm_view.incoming.own_cell import cell_named, name_of
from lstm_view.incoming.sequences import FEWEST, MOST, MOST_SYMBOLS, MOST_UNITS
from lstm_view.learning import examples, nets, saved
from lstm_view.learning.nets import Net, find, keep
from lstm_view.learning.task_named import NAMES, task_named
from lstm_view.numbers import backwards, beside, compared, directions, experiment, own_run, variants
from lstm_view.numbers.answers import answered, answered_what
from lstm_view.numbers.over_time import DEFAULTS, SEQUENCE, change, compute, fit, incoming, parameters
from lstm_view.parts.opening import OPENS, opening
from lstm_view.parts.sequence_sections import of_step
from lstm_view.words import words

GONE = "run.0123456789abcdef"
PAGES = {"compare": compared, "gradients": backwards, "variants": variants}


def values_with(name, **more):
    """What a link to these weights gives on the page `sequence`."""
    values, left_out = fit(DEFAULTS | {"weights": name} | more)
    assert left_out == []
    return values


def a_net(H=3, cell="rnn", task="counting", seed=0):
    rng, of = np.random.default_rng(seed), task_named(task)
    shapes = cell_named(cell).shapes(of.inputs, H) | {"W_y": (of.outputs, H), "b_y": (of.outputs,)}
    return Net(cell, task, {name: rng.normal(size=shape) for name, shape in shapes.items()})


# --- by name


def test_the_nets_that_come_with_the_app(tmp_path, monkeypatch, newest, races):
    monkeypatch.setattr(nets, "FOLDER", tmp_path / "missing")
    assert nets.shipped() == [] and find("counting") is None
    monkeypatch.setattr(nets, "FOLDER", tmp_path)
    for task in ("reber", "counting"):
        for lane, records in newest(task).items():
            (tmp_path / f"{task}.{lane}.safetensors").write_bytes(saved.write(races[task], lane, records))
    assert nets.shipped() == [name for name in NAMES if name in ("counting", "reber")]
    for task in ("reber", "counting"):
        found = find(task)
        assert tuple(found) == races[task].cells  # as they are everywhere, the simplest first
        for cell, net in found.items():
            params = newest(task)[cell][-1].params
            assert (net.cell, net.task, net.D) == (cell, task, task_named(task).inputs)
            assert all((net.params[name] == params[name]).all() for name in params)
            assert net.of_cell.keys() == set(CELLS[cell].parameters)


def test_every_file_that_comes_with_the_app_is_one_of_a_net_that_pages_can_show():
    for path in nets.FOLDER.glob("*") if nets.FOLDER.is_dir() else ():
        kept = saved.read(path.read_bytes())
        assert path.name == f"{kept.race.task}.{kept.lane}.safetensors"
        assert kept.race.H <= MOST_UNITS


def test_the_same_nets_have_the_same_name():
    name = keep([a_net()])
    assert keep([a_net()]) == name and find(name) is find(name)
    others = [a_net(seed=1), a_net(H=4), a_net(task="order"), replace(a_net(), length=5), replace(a_net(), text="a")]
    assert len({name, *(keep([net]) for net in others)}) == 6
    assert find(GONE) is None and find("run.x") is None and find("") is None


def test_what_is_not_asked_for_makes_room_but_never_what_someone_has_open(monkeypatch):
    monkeypatch.setattr(nets, "MOST_KEPT", 3 * sum(array.nbytes for array in a_net().params.values()))
    first, second = keep([a_net(seed=1)]), keep([a_net(seed=2)])
    opened = find(first)
    others = [keep([a_net(seed=seed)]) for seed in range(3, 9)]
    gc.collect()
    assert find(second) is None and find(first) is opened
    assert [find(name) is not None for name in others] == [False] * 3 + [True] * 3
    assert find(others[3]) and keep([a_net(seed=20)])  # asked for: so the one after it is the next to go
    gc.collect()
    assert find(others[3]) and find(others[4]) is None


def test_many_at_once(monkeypatch):
    monkeypatch.setattr(nets, "MOST_KEPT", 5000)
    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda seed: keep([a_net(seed=seed % 7)]), range(200)))
        list(pool.map(find, names))
    assert len(set(names)) == 7


# --- examples


@pytest.mark.parametrize("task", NAMES)
def test_an_example_of_every_task_can_come_in(task):
    of, batch = examples.example(task, 3)
    made = examples.sequence(task, 3)
    assert FEWEST <= len(made.x) <= MOST and made.x.shape[1] == of.inputs <= MOST_SYMBOLS
    assert batch.mask.any() and len(batch.mask) == len(made.x)
    unseen = of.unseen(3, 1)
    np.testing.assert_array_equal(made.x, unseen.x[: len(made.x), 0])
    if of.symbols:
        assert made.names == of.symbols
        assert [made.names[k] for k in made.x.argmax(1)] == list(made.labels)
    others = [examples.sequence(task, seed).x for seed in range(4, 8)]
    assert any(other.shape != made.x.shape or (other != made.x).any() for other in others)


def test_an_example_is_as_long_as_those_that_the_nets_were_trained_on():
    name, long = (keep([replace(a_net(task="adding"), length=length)]) for length in (9, 500))
    assert len(examples.sequence(name, 0).x) == 9
    assert len(examples.sequence(long, 0).x) == task_named("adding").length


# --- the page over time


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("task", ["counting", "reber"])
def test_a_run_is_that_of_the_trained_parameters(trained, task, cell, newest):
    name = trained(task)
    values, record = values_with(name, cell=cell, seed=2), newest(task)[cell][-1]
    own = {param: record.params[param] for param in CELLS[cell].parameters}
    H = len(next(iter(own.values())))
    assert (values["input"], values["task"], values["D"], values["H"]) == ("task", name, task_named(task).inputs, H)
    x = task_named(task).unseen(2, 1).x
    made = compute(values)
    trace = forward(CELLS[cell], own, x[: made.T])
    for node in CELLS[cell].node:
        np.testing.assert_array_equal(made.values[node], trace[node][:, 0])
    assert fit(values) == (values, [])
    assert from_text(SEQUENCE, to_text(SEQUENCE, values)) == (values, [])


def test_what_is_done_to_trained_weights_is_a_what_if(trained, newest):
    values = values_with(trained("counting"))
    record = newest("counting")["lstm"][-1].params
    edited = change(change(change(values, bias=3.0), scale=0.5), edit={"W_i.0.1": 2.0})
    params = parameters(CELLS["lstm"], edited)
    assert edited["weights"] == values["weights"] and (params["b_f"] == 3).all() and params["W_i"][0, 1] == 2
    np.testing.assert_array_equal(params["U_f"], 0.5 * record["U_f"])
    np.testing.assert_array_equal(params["b_o"], record["b_o"])
    assert (find(values["weights"])["lstm"].params["b_f"] == record["b_f"]).all()  # nobody else's net is changed
    again = change(edited, weights=values["weights"])
    assert (again["bias"], again["scale"], again["edit"]) == (None, 1.0, {})


def test_another_seed_draws_another_example_and_keeps_the_rest(trained):
    values = change(values_with(trained("counting")), edit={"W_i.0.1": 2.0}, what={"b_f.0": 1.0, "x.0.0": 3.0})
    other = change(values, seed=1)
    assert not np.array_equal(incoming(other).x, incoming(values).x) and other["weights"] == values["weights"]
    assert (other["edit"], other["what"]) == ({"W_i.0.1": 2.0}, {"b_f.0": 1.0})


def test_other_sizes_or_another_input_make_the_weights_random(trained):
    values = values_with(trained("counting"))
    for changes in ({"H": 5}, {"D": 2}, {"input": "own", "own": ((1.0,), (2.0,))}, {"task": "reber"}):
        assert change(values, **changes)["weights"] == "random", changes
    assert change(values, weights="random") == values | {"weights": "random"}  # the same example, untrained
    same = change(values, input="sine")
    assert (same["weights"], same["D"], same["input"]) == (values["weights"], 3, "sine")
    reber = values_with(trained("reber"))
    plain = change(reber, input="steps")
    assert (plain["weights"], plain["D"]) == ("random", DEFAULTS["D"])
    assert change(change(reber, weights="random"), weights="named")["input"] == "steps"


def test_drawn_input_keeps_trained_weights(trained):
    values = values_with(trained("counting"))
    own = tuple(map(tuple, incoming(values).x.tolist()))
    drawn = change(values, input="own", own=own)
    assert drawn["weights"] == values["weights"] and answered(CELLS["lstm"], drawn) is None


def test_another_cell_has_its_own_net_or_random_weights(trained):
    values = values_with(trained("reber"))
    gru = change(values, cell="gru")
    assert gru["weights"] == values["weights"] and gru["H"] == find(values["weights"])["gru"].H != values["H"]
    peephole = change(values, cell="peephole")
    assert peephole["weights"] == "random" and peephole["input"] == "task"
    assert fit(DEFAULTS | {"weights": values["weights"], "cell": "mgu"})[1] == [f"weights={values['weights']}"]


def test_a_cell_of_the_visitors_own_can_be_trained():
    own = name_of("h = tanh(W_h @ x + U_h @ h_prev)")
    net = a_net(cell=own)
    values = values_with(keep([net]), cell=own)
    np.testing.assert_array_equal(compute(values).params["W_h"], net.params["W_h"])
    checked = own_run.checked(variants.fit(variants.DEFAULTS | {"view": "own", "cell": own, "weights": keep([net])})[0])
    assert checked[2].keys() >= {"W_h", "U_h"}  # of a smaller run, for which nothing was trained


def test_what_is_gone_or_too_large_is_left_out():
    values, left_out = fit(DEFAULTS | {"weights": GONE, "input": "task", "task": GONE})
    assert left_out == [f"task={GONE}", f"weights={GONE}"]
    assert (values["weights"], values["input"], values["task"]) == ("random", "steps", "")
    large = keep([a_net(H=MOST_UNITS + 1)])
    assert fit(DEFAULTS | {"weights": large, "cell": "rnn"})[1] == [f"weights={large}"]
    assert fit(DEFAULTS | {"D": 7}) == (DEFAULTS, ["D=7"])
    for text in ("run.", "run.0123456789ABCDEF", "run.0123456789abcdef0", "chess", "../x"):
        assert from_text(SEQUENCE, {"weights": text})[1] == [f"weights={text}"]
    for page in PAGES.values():
        values, left_out = page.fit(page.DEFAULTS | {"weights": GONE})
        assert left_out == [f"weights={GONE}"] and page.fit(values) == (values, [])


# --- the other pages


@pytest.mark.parametrize("task", ["counting", "reber"])
def test_cells_side_by_side_each_with_its_own_net(trained, task, newest):
    name = trained(task)
    values, left_out = compared.fit(compared.DEFAULTS | {"weights": name})
    sizes = [find(name)[cell].H for cell in values["cells"]]
    assert left_out == [] and compared.hidden_sizes(values) == tuple(sizes)
    assert values["equal"] == ("size" if len(set(sizes)) == 1 else "count")
    for run in compared.compute(values):
        np.testing.assert_array_equal(run.params["U_h" if run.name == "rnn" else next(iter(run.params))],
                                      newest(task)[run.name][-1].params["U_h" if run.name == "rnn" else
                                                                        next(iter(run.params))])
    for cells in (("lstm", "peephole"), ("lstm", compared.BILSTM)):
        assert compared.change(values, cells=cells)["weights"] == "random"
        assert compared.fit(values | {"cells": cells})[1] == [f"weights={name}"]
    other = {"size": "count", "count": "size"}[values["equal"]]
    assert compared.change(values, equal=other)["weights"] == "random"


def test_gradients_of_trained_nets(trained, newest):
    name = trained("reber")
    last = f"h.{find(name)['gru'].H - 1}"
    values, left_out = backwards.fit(backwards.DEFAULTS | {"weights": name, "look": "gru", "select": last})
    assert left_out == [] and values["H"] == find(name)["gru"].H and backwards.fit(values) == (values, [])
    for cell, done in backwards.passes(values).items():
        np.testing.assert_array_equal(done.run.params[next(iter(done.run.params))],
                                      newest("reber")[cell][-1].params[next(iter(done.run.params))])
    shown = backwards.change(values, look="lstm")
    assert shown["H"] == find(name)["lstm"].H and shown["weights"] == name


def test_one_of_the_family_beside_another(trained, newest):
    same, apart = trained("counting"), trained("reber")
    for name, both in ((same, True), (apart, False)):
        values, _ = variants.fit(variants.DEFAULTS | {"variant": "lstm", "weights": name})
        pair = beside.pair("lstm", "gru", values)
        own = newest("counting" if both else "reber")["gru"][-1].params
        assert pair.chosen.params["b_f"].tobytes() == find(name)["lstm"].params["b_f"].tobytes()
        assert (pair.other.params["U_z"].shape == own["U_z"].shape
                and (pair.other.params["U_z"] == own["U_z"]).all()) == both
        near = beside.pair("lstm", "peephole", values)
        assert (near.other.params["W_f"] == near.chosen.params["W_f"]).all()


def test_nets_of_cells_refuse_them(trained):
    name = trained("counting")
    values, left_out = directions.fit(directions.DEFAULTS | {"weights": name, "input": "task", "task": name})
    assert left_out == [f"weights={name}", "input=task"]
    assert (values["weights"], values["input"]) == ("random", "steps")


@pytest.mark.parametrize("task", ["reber", "agreement_en"])
def test_a_step_is_the_same_on_its_own_page(trained, task):
    now = values_with(trained(task), cell="gru", t=6)
    values, left_out = experiment.fit(experiment.DEFAULTS | from_text(experiment.FIELDS, of_step(now))[0])
    assert left_out == [] and (values["start"], values["D"]) == ("moment", task_named(task).inputs)
    step, made = experiment.compute(values), compute(now)
    for name in made.cell.node:
        np.testing.assert_allclose(step.env[name], made.values[name][6], rtol=1e-12)
    shown = scene(step, words("en"))
    assert shown["inputs"] == list(task_named(task).symbols)
    [x] = [part for part in shown["wide"]["parts"] if part.get("node") == "x"]
    assert x["n"] == step.D and x["n"] * x["square"] <= 24 * 14  # every input has its square, and they stay short
    away = experiment.change(values, cell="lstm")
    assert away["start"] == "random" and max(away["D"], away["H"]) <= 6


def test_a_step_of_nets_that_are_gone():
    of = f"cell=lstm&weights={GONE}&input=task&task={GONE}"
    values, left_out = experiment.fit(experiment.DEFAULTS | {"start": "moment", "of": of})
    assert left_out == ["start=moment", f"weights={GONE}"] and values["start"] == "random"


# --- what they answer


@pytest.mark.parametrize(("task", "cell"), [("counting", "gru"), ("reber", "lstm"), ("agreement_en", "gru")])
def test_the_answers_are_those_of_the_readout(trained, task, cell):
    values = values_with(trained(task), cell=cell, seed=4)
    net, of, batch = find(values["weights"])[cell], *examples.example(task, 4)
    trace = forward(CELLS[cell], net.of_cell, batch.x)
    output = trace["h"] @ net.params["W_y"].T + net.params["b_y"]
    found = answered(CELLS[cell], values)
    fine = right(of, output, batch)
    assert (found.asked, found.right) == (batch.mask.sum(), (fine & batch.mask).sum())
    assert found.given == of.answers[output[found.step, 0].argmax()]
    assert of.answers[batch.target[found.step, 0]] in found.wanted.split(" / ")
    assert answered(CELLS[cell], values | {"weights": "random"}) is None
    shut = change(values, clamp={f"{'z' if cell == 'gru' else 'o'}.*@0-{len(batch.x) - 1}": 0.0})
    what = answered_what(compute(shut), shut)
    h = compute(shut).other["h"][:, None]
    assert what.right == (right(of, h @ net.params["W_y"].T + net.params["b_y"], batch) & batch.mask).sum()


def test_a_sum_is_answered_in_numbers():
    name = keep([a_net(task="adding")])
    found = answered(CELLS["rnn"], values_with(name, cell="rnn", input="task", task=name))
    assert found.asked == 1 and float(found.wanted.replace("−", "-")) == pytest.approx(
        examples.example("adding", 0)[1].target[-1, 0, 0], abs=0.01)


# --- to take away


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_the_code_on_the_page_reproduces_the_trained_net(trained, monkeypatch, cell):
    monkeypatch.setitem(sys.modules, "torch", torch_stand_in.torch())
    made = compute(values_with(trained("reber"), cell=cell))
    defined, _ = run_script(sequence_torch(made.cell, made.params, made.values["x"]))
    assert len(defined["steps"]) == made.T
    for t, step in enumerate(defined["steps"]):
        np.testing.assert_allclose(getattr(step["h"], "value", step["h"]), made.values["h"][t], rtol=1e-12, atol=1e-14)


# --- the way there


@pytest.mark.parametrize("page", OPENS)
@pytest.mark.parametrize("cell", ["rnn", "gru"])
@pytest.mark.parametrize("task", ["reber", "adding"])  # the latter has as many inputs as pages have by default
def test_a_link_that_opens_a_net(trained, page, cell, task, races):
    name = trained(task)
    query = opening(name, cell, page)
    assert all(isinstance(value, str) for value in query.values())
    module = {"one_step": experiment}.get(page) or PAGES.get(page)
    fields = module.FIELDS if module else SEQUENCE
    values, ignored = from_text(fields, query)
    values, left_out = (module or sys.modules[fit.__module__]).fit(values)
    assert ignored == left_out == [] and to_text(fields, values) == query
    if page == "one_step":
        assert values["cell"] == cell
    whole = experiment.of_sequence(values["of"]) if page == "one_step" else values
    assert (whole["weights"], whole["input"], whole["task"]) == (name, "task", name)
    if page == "one_step":
        return
    assert values["cell" if page == "sequence" else "cells"] == (cell if page == "sequence" else races[task].cells)
    if page == "gradients":
        assert values["look"] == cell


def test_a_net_that_cannot_be_opened_has_no_link():
    assert opening(GONE, "lstm", "sequence") == opening(keep([a_net()]), "lstm", "sequence") == {}
    assert opening(keep([a_net(H=MOST_UNITS + 1)]), "rnn", "compare") == {}
