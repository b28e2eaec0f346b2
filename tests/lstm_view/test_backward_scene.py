"""The picture of the backward pass: every cell, every stage, against lstm_core."""
import json
import re

import numpy as np
import pytest
from formulas import tokens, value_of
from random_cells import random_cell

from lstm_core import CELLS
from lstm_view.diagram.backward import backward_scene, delta, turned, worked
from lstm_view.diagram.layout import STAGES, family, layout
from lstm_view.diagram.scene import scene
from lstm_view.incoming.sequences import Sequence
from lstm_view.numbers.backwards import DEFAULTS, EVERY, compute, fit, passed, stages
from lstm_view.numbers.mix import mix, reset
from lstm_view.numbers.over_time import moment, run
from lstm_view.telling.names import heading
from lstm_view.telling.narrate_back import numbers, told
from lstm_view.text.numbers import MINUS, activation, amount, number
from lstm_view.words import LANGUAGES, words

EN = words("en")
zoo = pytest.mark.parametrize("cell", CELLS)
T, H = 7, 3


def pass_of(cell, **more):
    values, left_out = fit(DEFAULTS | {"cells": (cell,), "look": cell, "T": T, "H": H, "seed": 2} | more)
    assert left_out == []
    return compute(values)


def drawn(data, sheet, kind):
    return [part for part in data[sheet]["parts"] if part["kind"] == kind]


# --- what is sent


@pytest.mark.parametrize("lang", LANGUAGES)
@zoo
def test_what_is_shown_is_what_the_core_computed(cell, lang):
    for more, t, selected in (({}, 6, "h.1"), ({"loss": EVERY}, 3, ""), ({"loss": 4}, 0, "x.1"),
                              ({"loss": 2}, 5, "h.0"), ({"H": 12, "D": 6}, 2, "x.5"), ({"H": 12}, 3, "h.11")):
        done = pass_of(cell, **more)
        unit = int(selected[2:]) if selected[:1] == "h" else 0
        data = json.loads(json.dumps(backward_scene(done, t, words(lang), "", selected, unit), allow_nan=False))
        forwards = scene(moment(done.run, t), words(lang), "", selected, unit=unit, editable=())
        assert data.keys() - {"largest"} == forwards.keys()
        assert data["values"] == {name: done.grads[name][t, 0].tolist() for name in forwards["values"]}
        shown = [abs(data["values"][name][k]) for name in data["values"] for k in _shown(data, name)]
        assert data["largest"] == max(shown) and data["reach"] == (max(shown) or 1)
        assert (max(shown) == 0) == (t > done.last)
        assert data["key"] != forwards["key"] and data["editable"] == [] and data["forced"] == []
        for sheet in ("wide", "narrow"):
            for part in drawn(data, sheet, "vector"):
                assert (part["scale"], part["edit"]) == ("gradient", False) and "gradient" in data["scales"]
                for k in range(part["n"]):
                    unit = data["first"][part["node"]] + k
                    value = done.run.values[part["node"]][t, unit]
                    name = data["names"][part["node"]][unit]
                    assert heading(CELLS[cell], part["node"], unit, words(lang)) in name
                    assert number(value, 3) in name
                    how = data["how"][part["node"]][unit].replace("≈", "=")
                    assert how.endswith(f"= {amount(data['values'][part['node']][unit])}")


def _shown(data, name):
    part = next((p for p in drawn(data, "wide", "vector") if p["node"] == name), {"n": 0})
    vector = "x" if name == "x" else "h"
    n = part["n"] or next(p["n"] for p in drawn(data, "wide", "vector") if p["node"] == vector)
    return range(data["first"][name], data["first"][name] + n)


def test_the_stage_the_selection_and_the_size_of_the_loss():
    done = pass_of("lstm")
    order = stages(CELLS["lstm"])
    assert order == ("arrive", "output", "update", "candidate", "forget", "in")
    for at, stage in enumerate(order):
        data = backward_scene(done, 3, EN, stage, "f.2", 2)
        assert data["stage"] == at and (data["selected"], data["unit"]) == ("f.2", 2)
        assert [told["name"] for told in data["stages"]] == list(order)
    assert backward_scene(done, 3, EN)["stage"] == backward_scene(done, 3, EN, "nonsense")["stage"] == 5
    twice = compute(fit(DEFAULTS | {"cells": ("lstm",), "T": T, "H": H, "seed": 2, "loss": EVERY})[0])
    assert backward_scene(twice, 3, EN)["key"] == backward_scene(done, 5, EN)["key"]  # only the numbers differ


def test_symbols_say_that_they_are_gradients():
    symbols = backward_scene(pass_of("gru"), 3, EN)["symbols"]
    assert symbols["h_prev"] == ("δh", "t−1") and symbols["n"] == ("δn", "t") and symbols["h.0.0"] == ("δ(1−z)", "t")
    assert backward_scene(pass_of("lstm"), 3, EN)["symbols"]["h.1"] == ("δ(tanh C)", "t")


# --- the drawing


@pytest.mark.parametrize("narrow", [False, True])
@zoo
def test_the_drawing_is_the_forward_one_turned_round(cell, narrow):
    here = CELLS[cell]
    last, parts = len(stages(here)) - 1, {}
    before = {part["id"]: part for part in layout(here, 2, H, narrow)["parts"] if not part.get("ghost")}
    drawing = turned(here, 2, H, narrow)
    assert drawing["size"] == layout(here, 2, H, narrow)["size"]
    assert [part["id"] for part in drawing["parts"]] == list(before)
    for part in drawing["parts"]:
        was = before[part["id"]]
        assert 0 <= part["stage"] <= last and not part.get("new") and not part.get("edit")
        assert all(part.get(k) == was.get(k) for k in ("kind", "x", "y", "node", "role"))
        if part["kind"] == "wire":
            assert part["points"] == was["points"][::-1] and part["arrow"]
        if part["kind"] in ("wire", "box", "op"):
            assert part["stage"] == last - was["stage"]
            parts.setdefault(part.get("node"), part)
    assert last == len(STAGES[family(here)])


@zoo
def test_a_square_lights_up_once_all_that_is_asked_of_it_has_come(cell):
    here = CELLS[cell]
    last = len(stages(here)) - 1
    drawing = turned(here, 2, H, False)["parts"]
    at = {part["node"]: part["stage"] for part in drawing if part["kind"] == "vector"}
    through = {part["node"]: part["stage"] for part in drawing if part["kind"] in ("box", "op")}
    assert at["h"] == 0
    for node, stage in at.items():
        if node not in here.node:
            assert stage == last  # handed to the step before, or to x
            continue
        readers, wanted = [], [reader.id for reader, _ in here.readers.get(node, ())]
        while wanted:  # the drawn operations that ask something of it, past those that are not drawn
            reader = wanted.pop()
            if reader in through:
                readers.append(through[reader])
            elif reader in at:
                readers.append(at[reader])
            else:
                wanted += [further.id for further, _ in here.readers.get(reader, ())]
        assert stage >= max(readers, default=0) and (stage in readers or node == "h")
    nothing = {4} if "c" in here.state and "f" not in here.node else set()  # what a forget gate would do
    assert {part["stage"] for part in drawing if part["kind"] != "body"} == set(range(last + 1)) - nothing


# --- formulas


def computed(formula):
    """The value of a line of arithmetic as it is printed."""
    text = re.sub(r" \((L|t\+1)\)", "", formula).replace(MINUS, "-").replace("×", "*").replace("²", "**2")
    assert re.fullmatch(r"[-+*().\de ]+", text), formula
    return eval(text)  # digits and signs alone


@pytest.mark.parametrize("more", [{}, {"loss": EVERY}, {"truncate": 3}, {"scale": 3.0, "H": 5}])
@zoo
def test_the_arithmetic_of_a_tip_is_right(cell, more):
    done = pass_of(cell, **more)
    here, scale, worked_out = done.run.cell, max(float(np.abs(done.grads[n]).max()) for n in done.run.cell.node), 0
    for name in ("x", *(f"{s}_prev" for s in here.state), *here.inputs, *here.node):
        for t in (0, 2, 6):
            text = worked(done, t, name, 1).replace("≈", "=")
            value = done.grads[name][t, 0, 1]
            assert text.startswith("δ") and text.endswith(f" = {amount(value)}")
            steps = text.split(" = ")
            if "δ" not in steps[-2]:
                worked_out += 1
                assert computed(steps[-2]) == pytest.approx(value, rel=0.06, abs=0.012 * scale)
    assert worked_out > 4


@zoo
def test_x_may_have_more_units_than_the_cell(cell):
    done = pass_of(cell, D=6, H=2)
    assert [len(line) > 3 for line in backward_scene(done, 3, EN)["how"]["x"]] == [True] * 6
    assert worked(done, 3, "x", 5).replace("≈", "=").endswith(f" = {amount(done.grads['x'][3, 0, 5])}")


def test_a_cut_is_not_called_a_missing_path():
    done = pass_of("lstm", loss=4, truncate=3)
    assert [numbers(done, t, 0)["arrive"][0][0] for t in (6, 4, 3, 2)] == [
        "arrive.nothing", "arrive.loss", "arrive.later", "arrive.cut"]


def test_what_comes_along_the_belt_alone():
    for cell, peepholes in (("lstm", False), ("peephole", True), ("np", False), ("fgr", True)):
        [key] = [key for key, _ in numbers(pass_of(cell), 3, 0)["arrive"] if "cell" in key]
        assert key.endswith("peepholes") == peepholes
        done = pass_of(cell)
        straight = done.grads["c"][4, 0, 0] * done.run.values["f"][4, 0]
        assert (done.later("c", 3)[0] == pytest.approx(straight)) == (not peepholes)


@pytest.mark.parametrize(("cell", "name", "begins"), [
    ("lstm", "f", "δf = δc × c_prev = "), ("lstm", "c_prev", "δc_prev = δc × f = "),
    ("lstm", "c.0", "δ(f × c_prev) = δc = "),
    ("lstm", "c", "δc = δ(tanh(c)) × (1 − tanh(c)²) + (t+1) = "), ("lstm", "f.pre", "δa_f = δf × f × (1 − f) = "),
    ("lstm", "h", "δh = (t+1) = "), ("lstm", "o", "δo = δh × tanh(c) = "),
    ("lstm", "h_prev", "δh_prev = U_fᵀ δa_f + U_iᵀ δa_i + U_cᵀ δa_c_tilde + U_oᵀ δa_o = "),
    ("peephole", "c", "δc = δa_o × p_o + δ(tanh(c)) × (1 − tanh(c)²) + (t+1) = "),
    ("cifg", "f", "δf = −δi + δc × c_prev = "),
    ("gru", "z", "δz = −δ(1 − z) + δh × h_prev = "), ("gru", "r", "δr = δa_n × (U_n h_prev + b_m) = "),
    ("gru_v1", "r", "δr = δ(r × h_prev) × h_prev = "), ("gru", "n.pre", "δa_n = δn × (1 − n²) = "),
    ("clockwork", "tick", "δtick = δh × n − δ(1 − tick) = "), ("rnn", "h_prev", "δh_prev = U_hᵀ δa_h = "),
    ("mut1", "x", "δx = I"), ("mut3", "h_prev", "δh_prev = "),
])
def test_formulas(cell, name, begins):
    text = worked(pass_of(cell), 3, name, 0)
    assert text.startswith(begins) or (begins.endswith("I") and "Iᵀ δ(I x)" in text), text


def test_what_the_loss_and_the_next_step_ask_for_is_marked():
    both, loss, none = pass_of("lstm", loss=EVERY), pass_of("lstm"), pass_of("lstm", loss=3)
    assert re.match(r"δh = \(L\) \+ \(t\+1\) = 1.00 \(L\) [+−] [\d.]+ \(t\+1\) = ", worked(both, 3, "h", 0))
    assert worked(loss, 6, "h", 0) == "δh = (L) = 1.00 (L) = 1.00"
    assert worked(none, 5, "h", 0) == "δh = 0"


def test_a_sum_passes_its_gradient_on():
    assert [delta(CELLS["lstm"], name) for name in ("f", "f.pre", "f.pre.1", "c.0", "h.1")] == [
        "δf", "δa_f", "δa_f", "δc", "δ(tanh(c))"]
    assert delta(CELLS["gru"], "n.pre.2.1") == "δ(U_n h_prev + b_m)"


# --- sentences


@pytest.mark.parametrize("lang", LANGUAGES)
@zoo
def test_every_stage_has_a_title_and_sentences(cell, lang):
    for more in ({}, {"loss": EVERY}, {"truncate": 2}, {"loss": 2, "scale": 3.0}):
        done = pass_of(cell, **more)
        for t in range(T):
            said = told(done, t, 2, words(lang))
            assert [stage["name"] for stage in said] == list(stages(CELLS[cell]))
            assert len({stage["title"] for stage in said}) == len(said)
            for stage in said:
                assert stage["title"].strip() and len(stage["say"]) > 20
                assert not re.search(r"[{}]|\bnan\b|\binf\b|은\(는\)|이\(가\)|을\(를\)|와\(과\)", stage["say"])


@pytest.mark.parametrize("lang", LANGUAGES)
@zoo
def test_the_numbers_of_a_stage_stand_in_its_sentences(cell, lang):
    done = pass_of(cell, loss=EVERY)
    said = {stage["name"]: stage["say"] for stage in told(done, 3, 1, words(lang))}
    for stage, pieces in numbers(done, 3, 1).items():
        for key, values in pieces:
            template = words(lang)(f"back.{key}")
            for name, value in values.items():
                if re.search(rf"\{{{name}[:}}]", template):
                    shown = value if isinstance(value, (str, int)) else activation(value, amount)
                    assert str(shown).replace("=", "≈") in said[stage].replace("=", "≈"), (key, name)


@pytest.mark.parametrize("more", [{}, {"loss": EVERY}, {"loss": 4, "truncate": 3}, {"scale": 3.0}])
@zoo
def test_the_numbers_said_are_the_core_s(cell, more):
    """Each number under its name is what the core has for it, and each product is what its sentence says it is."""
    done, here = pass_of(cell, **more), CELLS[cell]
    for t in range(T):
        for unit in range(H):
            said = {f"{key}.{values['gate']}" if key in ("lstm.slope", "lstm.heard_again") else key: values
                    for pieces in numbers(done, t, unit).values() for key, values in pieces}
            expected = _expected(done, here, t, unit)
            for key, values in said.items():
                for name, value in values.items():
                    if isinstance(value, float):
                        wanted = expected[(key, name) if (key, name) in expected else (key.split(".")[0], name)]
                        assert value == pytest.approx(wanted, rel=1e-9, abs=1e-14), (key, name)
            assert said.keys() >= {next(key for key in said if key.startswith("arrive."))}


def _expected(done, cell, t, unit):
    """(sentence or its family, name of a number) -> the number, from values v and gradients d by their definitions."""
    v = {name: array[t, unit] for name, array in done.run.values.items() if unit < array.shape[1]}
    d = {name: done.grads[name][t, 0, unit] for name in v}
    goes_on = t + 1 < T and not (done.truncate and (t + 1) % done.truncate == 0)
    carry = {s: done.grads[f"{s}_prev"][t + 1, 0, unit] if goes_on else 0.0 for s in cell.state}
    out = {("arrive", "own"): done.weights[t, 0, unit], ("arrive", "later"): carry["h"], ("arrive", "h"): d["h"],
           ("arrive", "c"): carry.get("c")}
    match family(cell):
        case "lstm":
            p_o = done.run.params["p_o"][unit] * d["o.pre"] if "p_o" in done.run.params else 0
            f, i = v.get("f", 1.0), v.get("i", 1.0)
            squashed = v.get("h.1", v["h"] if "o" not in v else None)
            slope = 1 - squashed**2 if squashed is not None else 1
            shown = v.get("o", 1.0)
            peeped = sum(done.run.params[f"p_{g}"][unit] * d[f"{g}.pre"] for g in "fi" if f"p_{g}" in done.run.params)
            own = {"h": d["h"], "c": d["c"], "value": v["h"], "cell": v["c"], "o": shown, "squashed": squashed,
                   "to_o": d["h"] * (v["c"] if squashed is None else squashed), "through": d["h"] * shown * slope,
                   "later": carry["c"], "peephole": p_o, "i": i, "candidate": v["c_tilde"],
                   "to_i": d["c"] * v["c_tilde"], "to_candidate": d["c"] * i, "f": f, "held": v["c_prev"],
                   "to_f": d["c"] * v["c_prev"], "p": done.run.params.get("p_o", [0] * H)[unit], "along": d["c"] * f,
                   "c_prev": d["c"] * f + peeped, "rest": peeped, "h_prev": d["h_prev"],
                   "from_i": -d.get("i", 0)}
            assert d["c"] == pytest.approx(own["through"] + carry["c"] + p_o, rel=1e-9, abs=1e-15)
            out |= {("lstm", name): value for name, value in own.items()}
            out["lstm.candidate_slope", "before"] = d.get("c_tilde.pre")
            for key in ("lstm.total_peephole", "lstm.total_peephole_later", "lstm.total_later"):
                out[key, "before"] = d.get("o.pre")
            out["lstm.coupled", "f"] = d.get("f")
            for g in "fio":
                out |= {(f"lstm.slope.{g}", "total"): d.get(g), (f"lstm.slope.{g}", "y"): v.get(g),
                        (f"lstm.slope.{g}", "before"): d.get(f"{g}.pre"), (f"lstm.heard_again.{g}", "total"): d.get(g)}
            for g in "fio" if "f" in cell.state else "":
                out |= {(f"lstm.heard_again.{g}", "later"): carry[g], ("lstm.gates_back", g): d[f"{g}_prev"]}
        case "gru":
            parts, product = mix(cell), reset(cell)
            gate, of = cell.node[product].inputs
            sign = 1 if parts.gate == parts.keep else -1
            out |= {("gru", name): value for name, value in {
                "h": d["h"], "keep": v[parts.keep], "new": v[parts.new], "old": v["h_prev"], "candidate": v["n"],
                "along": d["h"] * v[parts.keep], "to_candidate": d["h"] * v[parts.new], "asked": d[product],
                "of": v[of], "to_gate": sign * d["h"] * (v["h_prev"] - v["n"]), "to_reset": d[product] * v[of],
                "h_prev": d["h_prev"], "rest": d["h_prev"] - d["h"] * v[parts.keep], "y": v[gate],
                "gate": v[gate], "z": v.get("z"), "r": v.get("r"), "to_z": d.get("z"), "to_r": d.get("r"),
                "before_z": d.get("z.pre"), "before_r": d.get("r.pre"), "total": d[gate]}.items()}
            out |= {("gru.candidate", "before"): d["n.pre"], ("gru.one_gate", "before"): d[f"{gate}.pre"]}
        case "clockwork":
            out |= {("clockwork", name): value for name, value in {
                "h": d["h"], "candidate": v["n"], "to_candidate": d["n"], "before": d["n.pre"], "h_prev": d["h_prev"],
                "along": d["h"] * (1 - v["tick"]), "rest": d["h_prev"] - d["h"] * (1 - v["tick"])}.items()}
        case "rnn":
            out |= {("rnn", name): value for name, value in {
                "h": d["h"], "value": v["h"], "slope": 1 - v["h"] ** 2, "before": d["h.pre"],
                "h_prev": d["h_prev"]}.items()}
    return out


def test_a_formula_of_letters_has_the_value_that_it_tells():
    """Of random cells, each read again from its text; where two values are written alike, it says nothing of either."""
    read = 0
    for seed in range(120):
        rng = np.random.default_rng(seed)
        cell = random_cell(rng)
        params = {name: rng.normal(size=shape) for name, shape in cell.shapes(2, 2).items()}
        done = passed(run(cell, params, Sequence(rng.normal(size=(3, 2)), ("a", "b"))), rng.normal(size=(3, 1, 2)))
        read += sum(letters_are_true(done, 1, name) for name in (*(f"{s}_prev" for s in cell.state), *cell.node))
    assert read > 1000


def letters_are_true(done, t, name):
    cell, trace = done.run.cell, done.run.trace
    env = trace.params | {f"a_{n.removesuffix('.pre')}": trace[n][t, 0] for n in cell.node if n.count(".") == 1}
    env |= {n: trace[n][t, 0] for n in ("x", *(f"{s}_prev" for s in cell.state), *cell.node) if "." not in n}
    env |= {"asked": done.weights[t, 0], "later": done.later(name, t) if name in cell.state else 0}
    deltas = {}
    for node in cell.node:
        key = tokens(delta(cell, node).removeprefix("δ"))
        key = key[1:-1] if key[0] == "(" else key
        if key in deltas and not np.allclose(deltas[key], done.grads[node][t, 0], rtol=1e-9):
            deltas[key] = np.nan
        deltas.setdefault(key, done.grads[node][t, 0])
    left, *steps = worked(done, t, name, 0).split(" = ")
    if len(steps) < 2 or "…" in steps[0]:  # nothing reads it, or it is too long to be shown whole
        return False
    with np.errstate(all="ignore"):
        found = value_of(steps[0].replace("(t+1)", "later").replace("(L)", "asked"), env, deltas) * np.ones(2)
    if np.isnan(found).any():
        return False
    np.testing.assert_allclose(found, done.grads[name][t, 0], rtol=1e-9, atol=1e-12, err_msg=f"{left} = {steps[0]}")
    return True
