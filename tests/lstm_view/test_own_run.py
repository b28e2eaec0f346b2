"""What follows from a visitor's own cell: its text, its run and gradients, and what befalls it, told in sentences."""
import numpy as np
import pytest

from lstm_core import CELLS, backward, forward
from lstm_core.counts import parameter_count
from lstm_view.incoming.own_cell import cell_named, name_of, read
from lstm_view.numbers import over_time
from lstm_view.numbers.over_time import incoming, parameters
from lstm_view.numbers.own_run import (
    BOUND,
    HUGE,
    LARGEST_CHECKED,
    MOST_CHECKED,
    checked,
    compute,
    counted,
    divisions,
    explosions,
    gradients,
    made_of,
    mistake,
    of_sequence,
    remembers,
    started_from,
    text,
    written,
)
from lstm_view.numbers.variants import DEFAULTS, FIRST, fit
from lstm_view.telling.own_cell import befallen, parts
from lstm_view.words import LANGUAGES, words

LSTM = CELLS["lstm"].equations.strip()
RNN = "h = tanh(W_h @ x + U_h @ h_prev + b_h)"


def of(equations, **more):
    """The page's values for a cell of these equations."""
    return fit(DEFAULTS | {"view": "own", "cell": name_of(equations)} | more)[0]


# --- the text


def test_a_good_text_is_a_cell_and_any_other_a_draft_beside_the_last_good_one():
    now = DEFAULTS
    assert (text(now), mistake(now), cell_named(now["cell"])) == (LSTM, None, read(LSTM, "lstm"))
    good = LSTM.replace("o * tanh(c)", "tanh(c)")
    assert written(now, good) == {"cell": name_of(good, "lstm"), "draft": ""}
    for bad in ("h = tanh(", "\n\nh = tanh(", "x = 1", "h = \ud800", "", "\0", "<b>", "h" * 5000):
        changed = written(now, bad)
        assert changed["cell"] == FIRST and changed["draft"]
        assert mistake(now | changed).values.get("line", 1) >= 1
        assert text(now | changed) == bad[:2000].replace("\ud800", "?")
        assert written(now | changed, good) == {"cell": name_of(good, "lstm"), "draft": ""}


def test_a_draft_of_a_link_that_is_a_cell_has_no_mistake():
    now = DEFAULTS | {"draft": RNN}
    assert (mistake(now), text(now)) == (None, RNN)


@pytest.mark.parametrize("name", CELLS)
def test_every_cell_of_the_zoo_may_be_the_start(name):
    cell = cell_named(started_from(CELLS[name])["cell"])
    assert cell.nodes == CELLS[name].nodes and cell.base is CELLS[name]


# --- numbers


@pytest.mark.parametrize("more", [{}, {"T": 40, "H": 7, "D": 3, "seed": 4, "input": "sine", "scale": 2.0}])
def test_run_and_gradients_are_those_of_the_core(more):
    now = of(LSTM.replace("h_prev", "c_prev"), **more)
    cell = cell_named(now["cell"])
    params, x = parameters(cell, now), incoming(now).x[:, None]
    trace, made = forward(cell, params, x), compute(now)
    for name in trace:
        np.testing.assert_array_equal(made.values[name], trace[name][:, 0])
    dh = np.zeros(trace.shape)
    dh[-1] = 1
    grads = backward(trace, params, dh)
    for name in ("x", "h", "c", *cell.parameters):
        np.testing.assert_array_equal(gradients(now).grads[name], grads[name])
    assert over_time.compute(of_sequence(now)) is made  # the page `sequence` shows the very same


@pytest.mark.parametrize(("T", "H"), [(60, 16), (5, 2)])
def test_the_check_is_of_a_small_run_and_right(T, H):
    now = of("g = relu(W_g @ x + b_g) / (2 + exp(-h_prev))\nh = tanh(U_h @ h_prev) * g - 0.1 * y\ny = I @ x", T=T, H=H)
    steps, units, slopes = checked(now)
    assert (steps, units) == (min(T, MOST_CHECKED), min(H, LARGEST_CHECKED))
    assert slopes.keys() == {*cell_named(now["cell"]).parameters, "x", "h_prev"}
    assert max(slope.error for slope in slopes.values()) < 1e-6
    assert any(slope.analytic for slope in slopes.values())


def test_what_overflows_is_not_checked():
    assert checked(of("h = exp(h_prev + b_h) + 1"))[2] == {}


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize(("D", "H"), [(2, 3), (6, 16), (1, 1)])
def test_every_parameter_is_counted_once(name, D, H):
    cell, count = CELLS[name], parameter_count(CELLS[name], D, H)
    kinds = made_of(cell, D, H)
    assert sum(kind.count for kind in kinds) == count
    assert sorted(name for kind in kinds for name in kind.names) == sorted(cell.parameters)
    assert counted(cell, D, H).endswith(f" = {count:,}")


# --- what befalls it


def test_a_state_that_explodes():
    now = of("h = W_h @ x + b_h\nc = 10 * c_prev + 1")
    (place,) = explosions(compute(now))
    assert (place.name, place.step) == ("c", 6)  # 1, 11, ... 1111111 > HUGE
    assert place.value == compute(now).values["c"][place.step, place.unit] > HUGE
    (place,) = explosions(compute(of("h = exp(h_prev + 1) + 0 * b_h")))
    assert place.name == "h" and place.value >= BOUND
    assert explosions(compute(of(LSTM))) == ()


def test_a_division_by_zero():
    now = of("h = (h_prev - h_prev) / (b_h - b_h) + W_h @ x + 1")
    ((place, both),) = divisions(compute(now))
    assert both and (place.name, place.step, place.unit, place.value) == ("h.0", 0, 0, 0.0)
    found = divisions(compute(of("h = h_prev / 0 + b_h")))
    assert [(place.step, both) for place, both in found] == [(0, True), (1, False)]  # it begins with 0 / 0
    assert abs(found[1][0].value) >= BOUND
    assert divisions(compute(of("h = h_prev / 2 + b_h"))) == ()


@pytest.mark.parametrize(("equations", "kept"), [
    (RNN, "past"), ("h = tanh(W_h @ x)\nc = c_prev + h", "now"), ("h = 0.5 * h_prev + b_h", "nothing"),
    ("h = tanh(W_h @ x + 0 * h_prev)", "now"), ("c = c_prev + W_c @ x\nh = 0 * c + b_h", "nothing"),
])
def test_what_it_remembers(equations, kept):
    done = gradients(of(equations))
    assert remembers(done) == kept
    for lang in LANGUAGES:
        said = befallen(done, words(lang))
        assert len(said) == (kept != "past")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sentences_name_the_state_the_step_and_the_unit(lang):
    say = words(lang)
    done = gradients(of("h = W_h @ x / (b_h - b_h)\nc = 10 * c_prev + 1\ng = g_prev / (b_h - b_h)"))
    said = befallen(done, say)
    assert len(said) == 4
    for start, name in zip(said, ("C", "h", "g", None), strict=True):
        assert name is None or name in start
    for place in explosions(done.run):
        assert any(f"{place.step + 1}" in sentence and f"{place.unit + 1}" in sentence for sentence in said)
    table = parts(CELLS["clockwork"], 2, 4, say)
    assert list(table[say("own.numbers")]) == ["8", "10", "4", "4"] and len(table.columns) == 3
