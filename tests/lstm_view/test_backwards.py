"""The numbers of the page `gradients`, against lstm_core, and against the same from other definitions."""
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import squares

from lstm_core import CELLS, backward, forward
from lstm_core.analysis import direct_path, jacobians, norms, writing_half_life
from lstm_core.ops import sigmoid
from lstm_view.diagram.provenance import possible
from lstm_view.fields import from_text, to_text
from lstm_view.figures.gradients import FIT, Curve, before_and_after, of_units, over_steps
from lstm_view.figures.heatmap import Band
from lstm_view.incoming.own_cell import name_of
from lstm_view.numbers.backwards import (
    DEFAULTS,
    EVERY,
    FIELDS,
    LAST,
    PRESETS,
    bias_half_lives,
    change,
    checked,
    clipped,
    compute,
    fade,
    fit,
    half_lives,
    lengths,
    loss_step,
    passes,
    paths,
    preset,
    shown_step,
)
from lstm_view.numbers.over_time import incoming, parameters
from lstm_view.telling import backward_tables as tables
from lstm_view.telling import narrate_back
from lstm_view.text.numbers import MINUS, amount, ratio
from lstm_view.words import LANGUAGES, words

EN = words("en")
zoo = pytest.mark.parametrize("cell", CELLS)


def values_of(cell="lstm", **more):
    values, left_out = fit(DEFAULTS | {"cells": (cell,), "look": cell, "T": 9, "H": 4} | more)
    assert left_out == []
    return values


def read(text):
    return float(text.replace(MINUS, "-"))


def near(text, value):
    """Whether a text is that value, to its last digit."""
    return abs(read(text) - value) <= (0.051 if "e" in text else 0.0051) * abs(value)


# --- the pass


@zoo
@pytest.mark.parametrize(("loss", "weighed", "truncate"), [
    (LAST, [8], 0), (4, [4], 3), (EVERY, range(9), 0), (0, [0], 2)])
def test_the_gradients_are_the_cores(cell, loss, weighed, truncate):
    values = values_of(cell, loss=loss, truncate=truncate, scale=1.5)
    done, here = compute(values), CELLS[cell]
    weights = np.zeros((9, 1, 4))
    weights[list(weighed)] = 1
    params = parameters(here, values)
    trace = forward(here, params, incoming(values).x[:, None])
    grads = backward(trace, params, weights, truncate=truncate or None)
    assert done.last == max(weighed)
    for name in grads:
        np.testing.assert_array_equal(done.grads[name], grads[name])
    found = lengths(done)
    assert found.keys() == {"h", "c", "x"} & {*here.node, "x"}
    for name, norm in found.items():
        np.testing.assert_allclose(norm, np.linalg.norm(grads[name][:, 0], axis=1), rtol=1e-12)
        np.testing.assert_array_equal(norm, norms(grads, name)[:, 0])


@zoo
@pytest.mark.parametrize("truncate", [0, 3])
def test_what_arrives_at_h_is_the_loss_s_and_what_the_next_step_hands_back(cell, truncate):
    for loss in (LAST, EVERY, 5):
        done = compute(values_of(cell, loss=loss, truncate=truncate))
        for t in range(9):
            np.testing.assert_allclose(done.grads["h"][t, 0], done.weights[t, 0] + done.later("h", t), atol=1e-15)
            cut = truncate and (t + 1) % truncate == 0
            assert done.hands_on(t) == (t < done.last and not cut)
            if not done.hands_on(t):
                assert not done.later("h", t).any()


def test_where_the_loss_sits_and_which_step_is_shown():
    assert [loss_step(values_of(loss=loss)) for loss in (LAST, EVERY, 0, 5)] == [8, None, 0, 5]
    assert [shown_step(values_of(loss=loss)) for loss in (LAST, EVERY, 5)] == [8, 8, 5]
    assert shown_step(values_of(loss=5, t=2)) == 2


# --- values that fit one another


@pytest.mark.parametrize(("given", "mended"), [
    ({"loss": 23}, {"loss": LAST}), ({"loss": 60}, {"loss": LAST}), ({"t": 99}, {"t": 23}),
    ({"look": "mgu"}, {"look": "gru"}), ({"select": "f.7"}, {"select": "h.0"}), ({"stage": "gates"}, {"stage": ""}),
    ({"select": "nonsense"}, {"select": "h.0"}), ({"cells": ("rnn", "gru")}, {"look": "gru"}),
    ({"look": "gru", "select": "f.0"}, {"select": "h.0"}),
])
def test_values_are_made_to_fit(given, mended):
    values, left_out = fit(DEFAULTS | given)
    assert values == DEFAULTS | given | mended
    assert fit(values) == (values, [])
    asked = {k for k in given if k in mended} - {"loss" if given.get("loss") == 23 else ""}
    assert left_out == [f"{name}={given[name]}" for name in asked]


def test_fields_survive_the_address():
    values = fit(DEFAULTS | {"cells": ("clockwork", "lstm"), "loss": 3, "t": 7, "select": "f.2", "clip": 0.25,
                             "check": 1, "truncate": 5, "rate": 1.5, "stage": "forget", "scale": 2.5, "bias": -1.0})[0]
    assert from_text(FIELDS, to_text(FIELDS, values)) == (values, [])
    every = values | {"loss": EVERY}
    assert from_text(FIELDS, to_text(FIELDS, every)) == (every, [])
    assert to_text(FIELDS, DEFAULTS) == {}
    for name, text in (("loss", "never"), ("loss", "-1"), ("cells", "lstm,lstm"), ("cells", "a"), ("clip", "0"),
                       ("cells", "rnn,lstm,gru,mgu"), ("check", "2"), ("rate", "nan"), ("truncate", "-1")):
        assert from_text(FIELDS, {name: text}) == (DEFAULTS, [f"{name}={text}"])


def test_a_change_keeps_what_fits():
    assert change(DEFAULTS, cells=())["cells"] == DEFAULTS["cells"]
    assert change(DEFAULTS | {"loss": 20}, T=10)["loss"] == LAST
    assert change(DEFAULTS | {"t": 20}, T=10)["t"] == 9
    assert change(DEFAULTS | {"select": "o.2"}, look="gru")["select"] == "h.0"
    named = change(DEFAULTS | {"cells": ("lstm",)}, weights="named", H=5)
    assert (named["weights"], named["D"], named["H"]) == ("named", 2, 3)
    assert change(named, H=5)["weights"] == "random"


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_shows_what_it_promises(name):
    other = DEFAULTS | {"loss": 3, "truncate": 4, "cells": ("mgu",), "look": "mgu", "input": "sine", "T": 30}
    values = change(other, **preset(name))
    assert fit(values) == (values, [])
    assert values == change(DEFAULTS, **preset(name))
    found = {cell: fade(lengths(done)["h"], done.last) for cell, done in passes(values).items()}
    if name == "vanish":
        assert all(f.first < 1e-6 < f.at and f.factor < 1 for f in found.values())
    if name == "explode":
        assert found["rnn"].first > 1e5 and found["rnn"].factor > 1
        done = clipped(compute(values, "rnn"), values["clip"], values["rate"])
        assert done.reached[1] < done.loss < done.reached[0]  # clipped it learns, unclipped it loses its way
    if name == "forget":
        assert found["lstm"].first > 0.1 and found["rnn"].first < 1e-9 and found["gru"].first < 1e-6
        two = paths(compute(values, "lstm").run, 49, 0)
        assert two.direct[0] > 0.7 and two.full[0] < 0  # the direct path alone would tell another story


# --- how it fades


def test_fade():
    found = fade(np.array([1e-8, 1e-5, 1e-2, 10.0, 0.0]), 3)
    assert (found.at, found.first, found.below, found.zeros) == (10.0, 1e-8, 0, ())
    assert found.factor == pytest.approx((1e-8 / 10) ** (1 / 3))
    found = fade(np.array([0.0, 0.0, 1e-7, 2.0]), 3)
    assert (found.factor, found.below, found.zeros) == (None, 2, (0, 1))
    assert fade(np.array([2.0, 9.0]), 0).factor is None
    assert fade(np.array([8.0, 4.0, 2.0]), 2).factor == pytest.approx(2)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_sentences_about_fading(lang):
    say = words(lang)
    for more in ({}, {"loss": 0}, {"loss": EVERY}, {"truncate": 4}, {"scale": 4.0, "T": 30, "H": 8},
                 {"T": 60, "scale": 0.5}, {"scale": 0.0}):
        values = values_of("rnn", **more)
        done = compute(values)
        text, norm = narrate_back.faded(done, say), lengths(done)["h"]
        assert "{" not in text and "(는)" not in text
        assert str(amount(norm[done.last] if more.get("loss") != EVERY else norm[0])) in text
        assert str(amount(norm[0])) in text
        if done.last and norm[0] and more.get("loss") != EVERY:
            assert str(ratio((norm[0] / norm[done.last]) ** (1 / done.last), 3)) in text
        assert narrate_back.loss(values, say).count("$") == 2
        assert narrate_back.loss(values | {"cells": ("rnn", "gru"), "seed": 7}, say).endswith(
            say("compare.same_seed", seed=7))
        assert narrate_back.loss(values | {"cells": ("rnn", "np"), "weights": "named"}, say).endswith(
            say("compare.same_named"))
    zeros = narrate_back.faded(compute(values_of("rnn", truncate=4)), EN)
    assert zeros.endswith("It is 0, as far as 64-bit numbers tell, at 8 steps: 1–8.") and "1e−6" not in zeros


def test_the_cell_state_is_spoken_of():
    done = compute(values_of("lstm", bias=5.0))
    norm = lengths(done)["c"]
    assert narrate_back.faded(done, EN).endswith(EN(
        "gradients.fade_cell", at=amount(norm[8]), first=amount(norm[0]),
        factor=ratio((norm[0] / norm[8]) ** (1 / 8), 3)))
    assert "∂C" not in narrate_back.faded(compute(values_of("gru")), EN)


def test_at_every_step_the_loss_has_a_part_of_its_own():
    done = compute(values_of("lstm", loss=EVERY))
    text = narrate_back.faded(done, EN)
    assert f"has norm {amount(2)}" in text and f"has norm {amount(np.linalg.norm(done.grads['h_prev'][1, 0]))}" in text


@pytest.mark.parametrize(("value", "text"), [
    (0.0, "0"), (1, "1.00"), (-0.5, "−0.500"), (0.00123456, "0.00123"), (9.99e-4, "1e−3"), (-3.14e-9, "−3.1e−9"),
    (1234.4, "1234"), (12345.0, "1.2e4"), (-1e300, "−1e300"), (0.01999, "0.0200"), (99.96, "100"),
    (5e-324, "5e−324"),
])
def test_amount(value, text):
    assert amount(value) == text


# --- the direct path and the whole


@zoo
def test_the_full_derivative_is_the_jacobian_s_and_what_c_moves_in_h(cell):
    done = compute(values_of(cell, bias=1.0 if "b_f" in CELLS[cell].parameters else None))
    made, here, H = done.run, CELLS[cell], 4
    every = jacobians(made.trace)[:, :, 0]
    row = {s: slice(k * H, (k + 1) * H) for k, s in enumerate(here.state)}
    for t, unit in ((8, 1), (3, 2), (0, 0)):
        found = paths(made, t, unit)
        state = found.state
        assert state == ("c" if "c" in here.state else "h")
        assert found.full[t] == 1 and len(found.full) == len(found.whole) == t + 1
        for k in range(t):
            J = every[t, k + 1]
            # what else of the step's states moves with the unit of C_k, h_k, and what that does to C_t
            others = {s: J[row[state]][unit, row[s]][None, None].copy() for s in here.state if s != state}
            through = backward(made.trace.part(k, k + 1), made.params, others)[state][0, 0, unit] if others else 0
            total = J[row[state], row[state]][unit, unit] + through
            assert found.full[k] == pytest.approx(total, rel=1e-9, abs=1e-18)
            assert found.whole[k] == pytest.approx(np.linalg.norm(J, 2), rel=1e-9)
        if possible(here):
            np.testing.assert_array_equal(found.direct, direct_path(made.trace, state)[t, 1 : t + 2, 0, unit])
        else:
            assert cell == "rnn" and found.direct is None


@pytest.mark.parametrize("lang", LANGUAGES)
@zoo
def test_the_sentence_on_the_paths(cell, lang):
    done, say = compute(values_of(cell)), words(lang)
    found = paths(done.run, 8, 2)
    text = narrate_back.compared_paths(found, CELLS[cell], say)
    told = [found.full[0], found.whole[0]]
    if found.direct is not None:
        told += [found.direct[0], found.full[0] - found.direct[0]]
    assert all(str(amount(value)) in text for value in told) and "{" not in text
    assert narrate_back.compared_paths(paths(done.run, 0, 2), CELLS[cell], say) == say("gradients.paths_none")
    if lang == "en" and "c" in CELLS[cell].state:
        assert ("product of forget gates" in text) == ("f" in CELLS[cell].node) == ("no forget gate" not in text)


def test_a_gradient_that_stays_as_large_is_not_said_to_grow():
    done = compute(values_of(name_of("h = h_prev + W_h @ x + b_h")))
    assert narrate_back.faded(done, EN) == EN("gradients.fade_stays", cell="Your cell", at="2.00", last=9)


def test_half_lives():
    made = compute(values_of("lstm", bias=5.0)).run
    np.testing.assert_allclose(bias_half_lives(made), np.log(0.5) / np.log(sigmoid(np.full(4, 5.0))))
    edited = replace(made, params=made.params | {"b_f": np.array([-800.0, 40.0, 700.0, 1e6])})
    wanted = np.log(2) * np.array([1 / 800, np.exp(40), np.exp(700), np.inf])
    np.testing.assert_allclose(bias_half_lives(edited), wanted)
    z = compute(values_of("gru")).run
    for found, state in ((made, "c"), (z, "h")):
        np.testing.assert_array_equal(half_lives(found), writing_half_life(found.trace, state))
    assert bias_half_lives(z) is None and half_lives(compute(values_of("rnn")).run) is None
    mgu = compute(values_of("mgu", bias=5.0)).run  # its f lets the new in: 1 - σ(b_f) is kept
    np.testing.assert_allclose(bias_half_lives(mgu), np.log(0.5) / np.log(1 - sigmoid(np.full(4, -5.0))))
    np.testing.assert_array_equal(half_lives(mgu), writing_half_life(mgu.trace, "h"))
    assert half_lives(mgu).min() > 10 * half_lives(compute(values_of("mgu", bias=-5.0)).run).max()
    assert (half_lives(compute(values_of("lstm1997")).run) == np.inf).all()


# --- clipping and the check


@zoo
@pytest.mark.parametrize(("clip", "rate"), [(0.25, 0.1), (1e6, 0.5)])
def test_clipping_and_a_step_of_descent(cell, clip, rate):
    done = compute(values_of(cell, loss=EVERY, scale=1.5))
    found, names = clipped(done, clip, rate), CELLS[cell].parameters
    grads = {name: done.grads[name] for name in names}
    norm = np.sqrt(sum((g**2).sum() for g in grads.values()))
    factor = min(1, clip / norm)
    assert found.norm == pytest.approx(norm) and found.shrunk == pytest.approx(min(norm, clip))
    assert found.before == pytest.approx({name: np.linalg.norm(g) for name, g in grads.items()})
    assert found.after == pytest.approx({name: factor * size for name, size in found.before.items()})
    x, params = done.run.sequence.x[:, None], done.run.params
    losses = [forward(CELLS[cell], {k: params[k] - by * grads[k] for k in names}, x)["h"].sum()
              for by in (0, rate, rate * factor)]
    assert (found.loss, *found.reached) == pytest.approx(tuple(losses))
    assert found.promised == pytest.approx((-rate * norm**2, -rate * factor * norm**2))
    for lang in LANGUAGES:
        text = narrate_back.clipping(found, clip, words(lang)) + narrate_back.stepped(found, rate, words(lang))
        assert all(str(amount(v)) in text for v in (found.norm, found.loss, *found.reached, clip, rate))


def test_a_small_step_keeps_its_promise():
    found = clipped(compute(values_of("gru")), 1.0, 1e-4)
    for promised, reached in zip(found.promised, found.reached, strict=True):
        assert reached - found.loss == pytest.approx(promised, rel=1e-3)


@zoo
def test_the_check(cell):
    done = compute(values_of(cell))
    slopes = checked(done)
    here = CELLS[cell]
    assert slopes.keys() == {*here.parameters, "x", *(f"{s}_prev" for s in here.state)}
    assert max(slope.error for slope in slopes.values()) < 1e-6
    text = narrate_back.checked({cell: slopes}, 0, EN)
    assert str(amount(max(slope.error for slope in slopes.values()))) in text and "they agree" in text
    assert narrate_back.checked({cell: slopes}, 20, EN) == text  # nothing was cut in 9 steps


def test_a_cut_pass_fails_the_check_and_says_so():
    slopes = {"lstm": checked(compute(values_of(truncate=3)))}
    assert max(slope.error for slope in slopes["lstm"].values()) > 1e-2
    assert narrate_back.checked(slopes, 3, EN).endswith(EN("gradients.check_cut", steps=3))


@zoo
def test_a_wrong_gradient_fails_the_check(cell):
    done = compute(values_of(cell))
    name = list(CELLS[cell].parameters)[-1]
    wrong = {key: done.grads[key] for key in [*CELLS[cell].parameters, "x", *(f"{s}_prev" for s in CELLS[cell].state)]}
    slopes = {cell: checked(replace(done, grads=wrong | {name: 1.001 * wrong[name]}))}
    assert slopes[cell][name].error > 1e-4
    assert narrate_back.checked(slopes, 0, EN).endswith(EN("gradients.check_apart"))


# --- the tables


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_tables_hold_the_numbers(lang):
    say = words(lang)
    every = passes(fit(DEFAULTS | {"T": 7, "cells": ("lstm", "clockwork", "fgr"), "look": "fgr"})[0])
    frame = tables.norms(every, say)
    assert list(frame.index) == list(range(1, 8)) and frame.shape == (7, 3 + 2 + 3)
    np.testing.assert_array_equal(frame.iloc[:, 0], lengths(every["lstm"])["h"])
    done = every["fgr"]
    np.testing.assert_array_equal(tables.units(done, "f", say).to_numpy(), done.grads["f"][:, 0])
    step = tables.step(done, 4, say)
    for name in ("x", "f_prev", "h", "c.0"):
        row = [v for v in step.loc[name].iloc[1:] if not pd.isna(v)]
        np.testing.assert_array_equal(row, [*done.grads[name][4, 0], *done.run.values[name][4]])
    found = paths(done.run, 6, 0)
    np.testing.assert_array_equal(tables.paths(found, say).iloc[:, 1], found.full)
    cut = clipped(done, 0.1, 0.1)
    assert tables.clipping(cut, say).iloc[:, 1].to_dict() == cut.after
    descent = tables.descent(cut, say)
    assert near(descent.iloc[1, 2], cut.reached[1]) and near(descent.iloc[0, 1], cut.loss + cut.promised[0])
    exact = tables.descent(cut, say, float)
    assert exact.iloc[1, 2] == cut.reached[1] and exact.iloc[0, 0] == cut.norm
    slopes = {"fgr": checked(done)}
    assert list(tables.check(slopes, say, float).iloc[0]) == list(slopes["fgr"]["W_f"])
    memory = tables.memory(every, say)
    assert re.match(r"U_f \d", memory.iloc[0, 0]) and memory.iloc[1, 1] == say("gradients.not_so")
    assert tables.memory(passes(values_of("lstm1997")), say).iloc[0, 2] == say("span.beyond")
    rows = tables.check({"fgr": checked(done)}, say)
    assert (rows.iloc[:, 0] == rows.iloc[:, 1]).mean() > 0.9 and len(rows) == len(checked(done))


# --- the figures


def test_curves_on_an_axis_of_logarithms():
    sizes = np.array([0.0, 1e-9, 0.0, 2e-3, 0.5, 1.0])
    curves = [Curve("one", sizes, ("h", "dot")), Curve("two", np.full(4, 3e4), ("c", "solid"))]
    lower = [Curve("one", np.zeros(6), ("h", "dot"))]
    figure = over_steps({"upper": curves, "lower": lower}, 8, "axis", "nothing", False)
    one, zeros, two, none, all_zeros = figure.data
    np.testing.assert_array_equal(np.isnan(one.y), sizes == 0)
    np.testing.assert_array_equal(one.y[sizes > 0], sizes[sizes > 0])
    assert list(zeros.x) == [1, 3] and list(all_zeros.x) == [1, 2, 3, 4, 5, 6]
    assert list(one.marker.size) == [0, 6, 0, 0, 0, 0]  # between zeros it has no line, so it is a point
    assert (one.line.dash, two.line.dash, two.mode) == ("dot", "solid", "lines")
    assert np.isnan(none.y).all() and [t.showlegend for t in figure.data] == [True, False, True, False, False]
    layout = figure.layout
    assert layout.xaxis.range == (0.5, 8.5) and layout.dragmode is False
    assert layout.yaxis.type == layout.yaxis2.type == "log"
    low, high = layout.yaxis.range
    assert low < np.log10(zeros.y[0]) < -9 and high > np.log10(3e4)
    assert [note.text for note in layout.annotations] == ["upper", "lower"]
    assert layout.yaxis.domain[0] > layout.yaxis2.domain[1] and layout.yaxis2.domain[0] == pytest.approx(0)


def test_negative_derivatives_have_open_points():
    values = np.array([0.1, -0.2, 3.0])
    (line,) = over_steps({"p": [Curve("c", abs(values), ("h", "dash"), values < 0)]}, 3, "axis", "0", True).data
    assert list(line.marker.symbol) == ["circle", "circle-open", "circle"] and list(line.y) == [0.1, 0.2, 3.0]


@pytest.mark.parametrize("T", [FIT, FIT + 1])
def test_the_map_of_units_prints_what_fits(T):
    values = np.random.default_rng(0).normal(size=(T, 2)) * 1e-9
    figure = of_units(Band("title", values, reach=4e-9), amount, (), "axis", "unit", False)
    found, *printed = figure.data
    np.testing.assert_array_equal(squares.values(found.to_plotly_json()), values.T)
    np.testing.assert_array_equal(found.z, values.T / 4e-9)
    texts = {(x, y): text for trace in printed for x, y, text in zip(trace.x, trace.y, trace.text, strict=True)}
    middle = (found.y[1] + found.y[2]) / 2
    assert texts == {} if T > FIT else texts[4, middle] == amount(values[3, 1]) and "e−" in texts[4, middle]


def test_bars_before_and_after():
    before, after = {"W_f": 200.0, "b_f": 0.0}, {"W_f": 2.0, "b_f": 0.0}
    one, two = before_and_after(before, after, ("as it is", "clipped"), False).data
    assert (list(one.x), list(one.y), list(two.y)) == (["W_f", "b_f"], [200, 0], [2, 0])
    assert list(one.text) == ["", "0"] and one.marker.pattern.shape != two.marker.pattern.shape


@pytest.mark.parametrize(("seed", "first"), [  # what PyTorch prints when it runs the page's own script, from step 1 on
    (0, [1.0621549439194011e-30, 5.3170511648655e-30, 1.8419700281485702e-31, 2.56678156707441e-28,
         8.467983461724694e-24, 2.2733904085624914e-19, 8.212456799967422e-15, 3.9918311158864975e-10,
         1.780099044075709e-05, 1.7320508075688772]),
    (3, [3.7447498893009196e-64, 7.834410952616255e-64, 1.6260098203543624e-64, 1.0347335220436879e-64,
         2.1187400689465886e-64, 7.390953728883495e-65, 2.46324082707383e-65, 3.4576388367068713e-46,
         1.4686894877237778e-23, 1.7320508075688772]),
])
def test_unscaled_prices_have_pytorchs_gradients(seed, first):
    query = {"cells": "lstm", "input": "own", "T": "10", "D": "1", "seed": str(seed),
             "own": "10.1.112.eNqzcAvdZhFaU6NcxscAAwA4hwO2"}
    values, ignored = from_text(FIELDS, query)
    done = compute(fit(values)[0])
    assert ignored == [] and done.run.sequence.x[0, 0] == 182
    np.testing.assert_allclose(lengths(done)["h"], first, rtol=1e-6)
    assert fade(lengths(done)["h"], 9).zeros == ()
