import csv
import io
import re

import numpy as np
import pytest

from lstm_core import CELLS
from lstm_core.counts import multiply_adds, parameter_count
from lstm_view.incoming.own_cell import name_of
from lstm_view.numbers.compared import DEFAULTS, NETS, brief, cell_of, change, compute
from lstm_view.numbers.costs import (
    QUICK,
    costs,
    coupled,
    csv_of,
    formula,
    gates,
    memory_per_step,
    table,
    time_per_step,
)
from lstm_view.words import LANGUAGES, words

each = pytest.mark.parametrize("name", NETS)
langs = pytest.mark.parametrize("lang", LANGUAGES)


def of(*names, **changes):
    return costs(compute(change(DEFAULTS, cells=names, **changes)), 1)


def worked_out(text, **sizes):
    """A formula as a visitor reads it, worked out."""
    for sign, spelled in (("²", "**2"), ("|R|", "R"), (" · ", "*"), ("·", "*")):
        text = text.replace(sign, spelled)
    return eval(re.sub(r"(?<=\w) (?=[\w(])", "*", text), {"__builtins__": {}}, sizes)


@each
@pytest.mark.parametrize(("D", "H"), [(2, 3), (5, 16), (1, 1)])
def test_the_formula_is_worth_the_count(name, D, H):
    letters, numbers = formula(NETS[name], D, H)
    count, cell = parameter_count(NETS[name], D, H), cell_of(name)
    assert worked_out(numbers) == count
    assert worked_out(letters, D=D, H=H, R=int(cell.mask(H).sum())) == count


def test_formulas_as_one_writes_them():
    written = {
        "rnn": ("D H + H² + H", "2·3 + 3² + 3"),
        "lstm": ("4 (D H + H² + H)", "4 · (2·3 + 3² + 3)"),
        "gru": ("3 (D H + H²) + 4 H", "3 · (2·3 + 3²) + 4·3"),
        "fgr": ("4 D H + 13 H² + 7 H", "4·2·3 + 13·3² + 7·3"),
        "clockwork": ("D H + |R| + H", "2·3 + 6 + 3"),
        "bilstm": ("2 · 4 (D H + H² + H)", "2 · 4 · (2·3 + 3² + 3)"),
    }
    assert {name: formula(NETS[name], 2, 3) for name in written} == written


def test_gates_are_read_from_the_equations():
    found = {name: "".join(gates(CELLS[name])) for name in CELLS}
    assert found["lstm"] == found["peephole"] == "fio" and found["gru"] == found["mut2"] == "rz"
    assert found["rnn"] == found["clockwork"] == "" and found["mgu"] == "f"
    assert (found["nig"], found["nfg"], found["nog"], found["cifg"]) == ("fo", "io", "fi", "fo")
    assert {name: coupled(CELLS[name]) for name in CELLS if coupled(CELLS[name])} == {"cifg": ("i",)}


@each
def test_what_is_counted(name):
    [cost] = of(name, D=3, H=5)
    assert (cost.name, cost.H) == (name, 5)
    assert cost.parameters == parameter_count(NETS[name], 3, 5)
    assert cost.multiply_adds == multiply_adds(NETS[name], 3, 5)
    assert (cost.gates, cost.states) == (gates(cell_of(name)), cell_of(name).state)
    assert len(cost.half_lives) == (0 if cost.state is None else 10 if name == "bilstm" else 5)


@each
def test_time_is_measured_once_for_each_size(name):
    before = time_per_step.cache_info()
    forward, both = time_per_step(name, 1, 2, 3, 1)
    assert 0 < forward < both < np.inf
    assert time_per_step(name, 1, 2, 3, 1) == (forward, both)
    after = time_per_step.cache_info()
    assert after.misses - before.misses <= 1 and after.hits > before.hits


def test_a_hundred_visitors_cost_no_more_than_one():
    runs = compute(change(DEFAULTS, T=5, seed=4))
    first = costs(runs, QUICK)
    misses = time_per_step.cache_info().misses
    assert all(costs(runs, QUICK) == first for _ in range(100))
    assert time_per_step.cache_info().misses == misses
    assert time_per_step.cache_info().maxsize is not None


@each
def test_training_keeps_more_than_a_run(name):
    run, training = memory_per_step(name, 2, 4, 10)
    states = len(cell_of(name).state) * (2 if name == "bilstm" else 1)
    assert run >= 8 * (2 + 4 * states)  # x and each state, 8 bytes a number
    assert training > 2 * run
    assert memory_per_step(name, 2, 8, 10)[0] > run


@pytest.mark.parametrize("text", ["h = exp(W_h @ x + U_h @ h_prev + b_h)", "h = b_h / h_prev"])
def test_an_own_cell_that_overflows_has_its_memory_measured_too(text):
    run, training = memory_per_step(name_of(text), 2, 3, 24)
    assert training > 2 * run >= 8 * (2 + 3)


# --- shown


@langs
@each
def test_the_table_says_everything_of_every_net(name, lang):
    say = words(lang)
    found = of(name)
    frame = table(found, 2, say)
    assert list(frame.columns) == [brief(name, say)]
    assert all(text.strip() and "{" not in text for text in [*frame.index, *frame.iloc[:, 0]])
    texts = frame.iloc[:, 0]
    assert texts[say("cost.parameters")].endswith(f" = {parameter_count(NETS[name], 2, 3)}")
    assert texts[say("cost.multiply_adds")] == str(multiply_adds(NETS[name], 2, 3))
    assert "19" in texts[say("cost.used")] or "20" in texts[say("cost.used")]  # the year of what it refers to
    if found[0].gates:
        assert texts[say("cost.gates")].startswith(f"{len(found[0].gates)}: {', '.join(found[0].gates)}")


def test_what_the_table_says_of_a_few():
    say = words("en")
    frame = table(of("rnn", "cifg", "clockwork", "bilstm", H=4), 2, say)
    assert list(frame.columns) == ["RNN", "Coupled LSTM", "Clockwork RNN", "Bidirectional LSTM"]
    assert list(frame.loc["Gates (σ)"]) == [
        "none", "2: f, o; i = 1 − f", "none; a clock for each unit: its period is 1, 2, 4, 8", "3: f, i, o"]
    assert list(frame.loc["States carried"]) == ["1: h", "2: C, h", "1: h", "2: C, h, in each direction"]
    lives = list(frame.loc["Half of a writing is left after"])
    assert lives[0] == say("cost.no_loop")
    assert lives[2] == "of h: shortest 1 step, median 3 steps, longest 8 steps"
    assert lives[1].startswith("of C: ")


def test_a_writing_that_outlasts_the_run():
    [text] = table(of("lstm1997"), 2, words("en")).loc["Half of a writing is left after"]
    assert text == "of C: longer than this run"
    [text] = table(of("lstm", H=1), 2, words("en")).loc["Half of a writing is left after"]
    assert re.fullmatch(r"of C: [0-9]+ steps?", text)


def test_the_file_holds_every_number():
    found = of("rnn", "lstm", "bilstm", D=3, H=4, T=6)
    rows = list(csv.DictReader(io.StringIO(csv_of(found, 3, 6))))
    assert [row["net"] for row in rows] == ["rnn", "lstm", "bilstm"]
    for row, cost in zip(rows, found, strict=True):
        assert (int(row["D"]), int(row["H"]), int(row["T"])) == (3, cost.H, 6)
        assert int(row["parameters"]) == cost.parameters == worked_out(row["formula"].rpartition(" = ")[2])
        assert float(row["forward_us"]) == cost.forward and float(row["forward_backward_us"]) == cost.both
        assert float(row["bytes"]) == cost.memory and float(row["training_bytes"]) == cost.training
        assert row["half_life_median"] == "" if cost.name == "rnn" else float(row["half_life_longest"]) == max(
            cost.half_lives)
