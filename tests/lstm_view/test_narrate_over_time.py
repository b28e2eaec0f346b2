import re

import numpy as np
import pytest

from lstm_core import CELLS
from lstm_core.analysis import writing_half_life
from lstm_view.diagram.provenance import impossible, possible
from lstm_view.incoming.own_cell import name_of
from lstm_view.numbers import compared
from lstm_view.numbers.costs import costs, table
from lstm_view.numbers.over_time import DEFAULTS, VIEWS, compute, fit, main_nodes, seen
from lstm_view.telling.names import heading, title
from lstm_view.telling.narrate_over_time import bands, unit, what
from lstm_view.telling.spans import lasting
from lstm_view.text.numbers import amount
from lstm_view.words import LANGUAGES, words

EN = words("en")
langs = pytest.mark.parametrize("lang", LANGUAGES)
MINUS = "−"


def run(**given):
    return compute(fit(DEFAULTS | given)[0])


def numbers(text):
    found = re.findall(rf"{MINUS}?[\d,]*\d(?:\.\d+)?(?:e-?\d+)?", text)
    return [float(number.replace(MINUS, "-").replace(",", "")) for number in found]


@langs
@pytest.mark.parametrize("view", VIEWS)
def test_where_each_value_is_largest(lang, view):
    found = run(weights="random", input="sine", H=4, what={"x.6.0": 3.0}, view=view)
    say = words(lang)
    for name in main_nodes(found.cell):
        values = seen(found, name, view)
        t, k = np.unravel_index(np.abs(values).argmax(), values.shape)
        told = bands(found, (name,), say, view)
        assert title(found.cell, name, say) in told
        assert sorted(numbers(told)) == pytest.approx(sorted([k + 1, t + 1, round(values[t, k], 2)]))
        assert told.startswith(say(f"what.{view}") + ": ") == (view != "true")
    every = bands(found, main_nodes(found.cell), say, view)
    assert all(title(found.cell, name, say) in every for name in main_nodes(found.cell))


@langs
def test_no_square_is_called_largest_among_equals(lang):
    found, say = run(weights="random", H=2, what={"b_f.0": 1e6, "b_f.1": 1e6}, view="what"), words(lang)
    assert np.all(seen(found, "f", "what") == 1)
    assert numbers(bands(found, ("f",), say, "what")) == [2 * len(found.trace["f"]), 1.0]


@langs
@pytest.mark.parametrize("cell", CELLS)
def test_how_a_unit_remembers(lang, cell):
    found, say = run(cell=cell, weights="random", H=3), words(lang)
    state = possible(found.cell)
    for k in range(3):
        told = unit(found, k, say)
        if state is None:
            assert say(f"cell.{cell}") in told
            continue
        steps = writing_half_life(found.trace, state)[k]
        assert title(found.cell, state, say) in told and str(k + 1) in told
        key = "outlasts" if np.isinf(steps) else "half_life"
        assert told.startswith(say(f"over_time.{key}", state=title(found.cell, state, say), unit=k + 1,
                                   steps=lasting(steps, say)))


def test_a_unit_that_holds_is_said_to_hold_and_to_be_reset():
    found = run()  # with the weights that give each unit a job
    keep = found.values["f"][:, 0]
    assert [t + 1 for t in np.flatnonzero(keep < 0.5)] == [1, 7, 13, 19] and np.sort(keep)[4] > 0.99
    assert unit(found, 0, EN) == (
        "In unit 1 of cell state C, at least half of what a step writes is gone 6 steps later (the median, each "
        "writing by its size). It keeps less than half of its old value at 4 of 24 steps (1, 7, 13, 19), and 99.75 % "
        "at the others.")
    assert "1 step later" in unit(found, 1, EN) and "keeps 0.247 %" in unit(found, 1, EN)
    assert "as far as this run shows, more than half" in unit(found, 2, EN)


def test_what_is_replaced_goes_on_only_where_something_reads_it():
    clock = run(cell="clockwork", weights="random", H=4)
    assert unit(clock, 1, EN).endswith(
        "It keeps nothing of its old value at 12 of 24 steps (1, 3, 5, 7, 9, …, 23), and 100 % at the others. There "
        "the old value passes on only through what else is computed from it.")
    assert "At every step it keeps nothing of its old value." in unit(clock, 0, EN)
    assert unit(run(cell="clockwork", weights="random", H=4, scale=0.0), 1, EN).endswith(
        "There nothing of the old value passes on.")
    never = {"weights": "random", "H": 1, "bias": -10.0, "edit": {"W_f.0.0": -1e6, "W_f.0.1": 0.0}, "input": "own",
             "own": ((1.0, 0.0), (1.0, 0.0), (1.0, 1.0))}
    assert unit(run(**never), 0, EN).endswith("only through what else is computed from it.")  # its gates hear h
    assert EN("over_time.hardly") not in unit(clock, 1, EN)  # a clock's 0 is 0
    assert unit(run(**never, scale=0.0), 0, EN).endswith("nothing of the old value passes on.")


@langs
@pytest.mark.parametrize("cell", ["lstm", "gru", "mgu", "peephole", "cifg"])
def test_a_gate_that_rounds_to_0_or_1_is_not_said_to_keep_nothing_or_all(cell, lang):
    say, gate = words(lang), "z" if cell == "gru" else "f"
    far = {f"W_{gate}.0.0": 800.0}
    moving = run(cell=cell, weights="random", H=1, edit=far, input="own", own=((1.0,), (-1.0,), (1.0,), (0.1,)))
    told = unit(moving, 0, say)
    assert say("over_time.hardly") in told and "≈100" in told
    assert not re.search(r"(?<![\d≈.])(?:0|100) ?%", told)


@langs
def test_a_share_that_cannot_be_read_from_an_equation_is_not_said_to_be_none(lang):
    say, text = words(lang), "z = sigmoid(W_z @ x)\nh = h_prev + z * (tanh(W_h @ x + U_h @ h_prev) - h_prev)"
    mixed = run(cell=name_of(text), weights="random", H=2)
    assert possible(mixed.cell) is None
    assert unit(mixed, 1, say) == say("over_time.not_told", cell=say("cell.own"), unit=2)
    assert impossible(mixed.cell, say).startswith(say("provenance.not_told", cell=say("cell.own"), lines="")[:8])
    [text] = table(costs(compared.compute(compared.change(compared.DEFAULTS, cells=(name_of(text),))), 1), 2,
                   say).loc[say("cost.half_life")]
    assert text == say("cost.not_told")
    assert unit(run(cell="rnn", weights="random"), 0, say) == say("over_time.overwrites", cell=say("cell.rnn"), unit=1)


@langs
def test_a_share_with_its_sign_turned_is_not_told_as_kept_as_it_is(lang):
    say, text = words(lang), "h = -0.5 * h_prev + W_h @ x + b_h"
    turned = run(cell=name_of(text), weights="random", H=1, T=9)
    assert say("over_time.turns", count=9, T=9, steps="1–9") in unit(turned, 0, say)
    assert say("over_time.keeps", share="50") in unit(turned, 0, say)


@langs
def test_one_without_a_forget_gate_keeps_all_and_one_without_writings_says_so(lang):
    say = words(lang)
    holds = run(weights="random", H=1, cell="nfg")
    assert unit(holds, 0, say) == " ".join([say("over_time.outlasts", state=say("node.c"), unit=1, steps=""),
                                            say("over_time.keeps", share="100")])
    empty = run(weights="random", H=1, edit={f"{name}.0{'.0' * two}": 0.0 for name, two in
                                             (("W_c", 1), ("U_c", 1), ("b_c", 0))} | {"W_c.0.1": 0.0})
    assert unit(empty, 0, say).startswith(say("over_time.unwritten", state=say("node.c"), unit=1))


@langs
@pytest.mark.parametrize(("cell", "state"), [("lstm", "c"), ("gru", "h")])
def test_where_the_two_runs_part(lang, cell, state):
    say = words(lang)
    found = run(cell=cell, weights="random", input="sine", T=20, H=3, what={"x.6.0": 3.0})
    apart = np.abs(found.other[state] - found.values[state])
    t, k = np.unravel_index(apart.argmax(), apart.shape)
    told = what(found, say)
    assert heading(found.cell, state, int(k), say) in told
    want = [7, int(t) + 1, int(k) + 1, found.values[state][t, k], found.other[state][t, k]]
    shown = numbers(told)
    for value in want:
        assert any(abs(value - number) <= max(0.006, 0.006 * abs(value)) for number in shown), (value, shown)
    assert amount(apart[-1].max()) in told


@langs
def test_two_numbers_that_look_alike_are_told_apart(lang):
    before = float(run(weights="random", T=9).values["x"][8, 0])
    told = what(run(weights="random", T=9, what={"x.8.0": before + 1e-6}), words(lang))
    true, other = re.findall(rf"{MINUS}?\d\.\d{{3,}}", told)[:2]
    assert true != other and 0 < abs(float(true.replace(MINUS, "-")) - float(other.replace(MINUS, "-"))) < 1e-5


@langs
def test_a_what_if_that_changes_nothing_says_so(lang):
    found = run(what={"x.3.0": float(run().values["x"][3, 0])})
    assert what(found, words(lang)) == words(lang)("what.nothing")
