import json

import numpy as np
import pytest

from lstm_core import CELLS
from lstm_view.diagram.lines import lines
from lstm_view.diagram.pen import is_gate
from lstm_view.numbers.over_time import DEFAULTS, compute, fit, main_nodes
from lstm_view.words import LANGUAGES, words

KO = words("ko")


def run(**given):
    return compute(fit(DEFAULTS | given)[0])


def panels(found, unit=0, t=0):
    return {panel["title"]: panel for panel in lines(found, unit, t, "", KO)["panels"]}


@pytest.mark.parametrize("cell", CELLS)
def test_each_equation_is_a_line_of_the_traces_numbers(cell):
    found = run(cell=cell, weights="random", input="sine", T=13, H=4)
    sent = lines(found, 3, 7, "about", KO)
    assert json.loads(json.dumps(sent, allow_nan=False))["panels"] == sent["panels"]
    drawn = [line for panel in sent["panels"] for line in panel["lines"]]
    assert sorted(line["node"] for line in drawn) == sorted(main_nodes(found.cell))
    for panel in sent["panels"]:
        for line in panel["lines"]:
            assert line["values"] == found.trace[line["node"]][:, 0, 3].tolist() and line["other"] is None
            assert panel["low"] <= min(line["values"]) and max(line["values"]) <= panel["high"]
            assert (panel["low"] == 0) == is_gate(found.cell, line["node"])
    assert (sent["T"], sent["t"], sent["unit"]) == (13, 7, 3)
    assert len({line["dash"] for line in drawn}) == len(drawn)  # told apart without colour


def test_a_what_if_is_a_second_line_and_a_panel_of_differences():
    found = run(clamp={"f.0@2-5": 0.0}, what={"x.9.1": 1.0})
    shown = panels(found)
    assert list(shown) == [KO(f"lines.{name}") for name in ("gates", "states", "difference")]
    *both, apart = shown.values()
    moved = {n for n in main_nodes(found.cell) if (found.other[n][:, 0] != found.values[n][:, 0]).any()}
    assert moved and {line["node"] for panel in both for line in panel["lines"] if line["other"]} == moved
    assert {line["node"] for line in apart["lines"]} == moved
    for line in apart["lines"]:
        np.testing.assert_array_equal(
            line["values"], found.other[line["node"]][:, 0] - found.values[line["node"]][:, 0])
        assert apart["low"] <= min(line["values"]) and max(line["values"]) <= apart["high"] == -apart["low"]
    for panel in both:
        for line in panel["lines"]:
            if line["other"]:
                assert line["other"] == found.other[line["node"]][:, 0].tolist()
                assert panel["low"] <= min(line["other"]) and max(line["other"]) <= panel["high"]
    untouched = run(clamp={"f.0@2-5": 0.0})
    assert len(panels(untouched, unit=1)) == 2  # of a unit that the what-if leaves alone


@pytest.mark.parametrize(("cell", "other"), [("peephole", "lstm"), ("mgu", "gru_v1"), ("cifg", "nig"), ("rnn", "gru")])
def test_a_second_cell_stands_beside_the_first_where_both_have_a_value(cell, other):
    first, second = (run(cell=name, weights="random", T=9) for name in (cell, other))
    sent = lines(first, 1, 0, "", KO, ("AA", "BB", second))
    assert (sent["second"], sent["legend"]) == ("beside", ["AA", "BB"])
    *both, apart = sent["panels"]
    for line in (line for panel in both for line in panel["lines"]):
        has = line["node"] in second.cell.lines
        assert line["other"] == (second.values[line["node"]][:, 1].tolist() if has else None)
    assert apart["title"] == KO("lines.apart", cell="AA", other="BB") and apart["run"] == "difference"
    for line in apart["lines"]:
        values, others = (one.values[line["node"]][:, 1] for one in (first, second))
        np.testing.assert_array_equal(line["values"], others - values)
    assert {line["node"] for line in apart["lines"]} <= set(main_nodes(second.cell))
    assert sent["key"] != lines(first, 1, 0, "", KO)["key"]


def test_a_second_run_that_is_the_same_is_drawn_without_a_difference():
    first = run(cell="np", weights="random")
    sent = lines(first, 0, 0, "", KO, ("a", "b", run(cell="lstm", weights="random")))
    assert [panel["run"] for panel in sent["panels"]] == ["", ""]
    assert all(line["other"] == line["values"] for panel in sent["panels"] for line in panel["lines"])


@pytest.mark.parametrize("size", [1e-12, 1e-3, 0.999, 1.0, 2.0, 7.3, 1e6])
def test_a_panel_reaches_a_round_number_beyond_every_value(size):
    found = run(cell="nog", weights="random", scale=0.0, input="own", own=((0.0,), (1.0,)), H=1,
                edit={"W_c.0.0": size, "b_c.0": 0.0})
    [states] = [panel for panel in panels(found).values() if panel["low"] < 0]
    largest = max(abs(value) for line in states["lines"] for value in line["values"])
    digits = f"{states['high']:e}".partition("e")[0]
    assert float(digits) in (1, 2, 5) and largest <= states["high"] <= 2.5 * max(largest, 1e-12)
    assert states["low"] == -states["high"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_it_shows_is_said(lang):
    say = words(lang)
    sent = lines(run(T=30), 1, 0, "<b>", say)
    assert sent["about"] == f"{say('lines.about', unit=2, steps=30)}. <b>"
    assert sent["key"] != lines(run(T=30), 2, 0, "<b>", say)["key"]
    assert sent["key"] == lines(run(T=30, seed=3), 1, 4, "<b>", say)["key"]  # other numbers are no other drawing
