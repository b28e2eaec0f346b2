from dataclasses import replace

import numpy as np
import pytest

from lstm_core import CELLS
from lstm_view.incoming.own_cell import name_of
from lstm_view.numbers.compared import DEFAULTS, change, compute, explosion, held, influence, reach, shares
from lstm_view.numbers.costs import costs
from lstm_view.telling.contrast import remembers, sizes, verdicts
from lstm_view.telling.spans import lasting, span
from lstm_view.text.numbers import amount, percent
from lstm_view.words import LANGUAGES, words

EN = words("en")
langs = pytest.mark.parametrize("lang", LANGUAGES)


def of(*cells, **changes):
    values = change(DEFAULTS, cells=cells, **changes)
    return values, compute(values)


def said(name, t, lang="en", **changes):
    return remembers(of(name, **changes)[1][0], t, words(lang))


# --- what they have in common


def test_equal_sizes_are_stated():
    values, runs = of("rnn", "lstm", "gru", seed=8)
    text = sizes(runs, values, EN)
    assert "the same seed, 8." in text and "each has 3 units" in text and "RNN 18, LSTM 72, GRU 57" in text


def test_equal_counts_are_stated_with_the_sizes_they_take():
    values, runs = of("lstm", "rnn", equal="count")
    text = sizes(runs, values, EN)
    assert "the first, LSTM, sets it" in text and "LSTM 72 (H = 3), RNN 70 (H = 7)" in text
    values, runs = of("lstm", "rnn", equal="count", H=16)
    assert "show the first 16" in sizes(runs, values, EN)


@langs
def test_one_cell_has_nothing_to_share(lang):
    values, runs = of("lstm")
    assert sizes(runs, values, words(lang)) == words(lang)("compare.sized", cell="LSTM", count=72, H=3)


@langs
def test_what_they_have_in_common_in_every_language(lang):
    for cells, changes in (("lstm", "rnn"), {}), (("rnn", "bilstm"), {"equal": "count", "H": 16}):
        values, runs = of(*cells, **changes)
        text = sizes(runs, values, words(lang))
        assert "{" not in text and "(는)" not in text and text.strip()
    values, runs = of("lstm", "np")
    values = change(values, weights="named")
    assert sizes(compute(values), values, words(lang)).startswith(words(lang)("compare.same_named"))


# --- memory


def test_what_fades_and_from_where_on():
    _, runs = of("lstm", scale=3.0)
    share = shares(influence(runs[0], 23))
    half, hundredth = (max(np.flatnonzero(share[::-1] >= level)) for level in (0.5, 0.01))
    assert remembers(runs[0], 23, EN) == (
        f"**LSTM**: the farthest input that counts at least half as much as the strongest is {span(half, EN)} back. "
        f"From {span(hundredth + 1, EN)} back on, each counts less than 1 %.")


def test_what_lasts():
    text = said("lstm", 23, bias=10.0)
    first = shares(influence(of("lstm", bias=10.0)[1][0], 23))[0]
    assert f"Even the first, 23 steps back, still counts {percent(first)} %." in text


CHAOTIC = {"T": 40, "H": 8, "scale": 4.0}


def test_a_sensitivity_that_grows_going_back_is_an_explosion_and_no_memory():
    times, earlier = explosion(of("rnn", **CHAOTIC)[1][0], 39)
    assert times > 10
    assert said("rnn", 39, **CHAOTIC) == (
        "**RNN**: going back, the sensitivity grows. A small change of its state at step "
        f"{earlier + 1} comes out up to {amount(times)} times as large at step 40: that is explosion, not memory.")
    memory = verdict(("rnn", "lstm", "gru"), 39, **CHAOTIC)[3]
    assert "RNN" not in memory.partition("Not counted")[0] and "LSTM" in memory and "longest" not in memory
    assert memory.endswith("Not counted, as their sensitivity explodes on its way back: RNN.")
    both = verdict(("rnn", name_of(CELLS["rnn"].equations)), 39, **CHAOTIC)  # the same net twice
    assert any(text == EN("folk.all_explode", step=40) for text in both)


def test_without_a_recurrent_weight_only_the_step_s_own_input_counts():
    assert said("rnn", 5, scale=0.0) == (
        "**RNN**: only the input of step 6 itself counts at least half as much as the strongest. "
        "From 1 step back on, each counts less than 1 %.")


def test_at_the_first_step_there_is_nothing_to_remember():
    assert said("gru", 0) == "**GRU**: before step 1 there is nothing to remember."
    assert "away" in said("bilstm", 0)


def test_saturated_throughout():
    own = tuple((1e6, 1e6) for _ in range(4))
    assert said("rnn", 3, input="own", own=own).startswith("**RNN**: at step 4 no input counts at all")


def test_both_directions_look_before_and_after():
    assert "before or after" in said("bilstm", 12, bias=2.0) or "only the input" in said("bilstm", 12, bias=2.0)
    assert "away" in said("bilstm", 12)
    share = shares(influence(of("bilstm", bias=10.0, T=9, seed=3)[1][0], 4))
    assert share[0] != share[8]  # both are the farthest
    assert f"counts {percent(max(share[0], share[8]))} %." in said("bilstm", 4, bias=10.0, T=9, seed=3)
    text = said("bilstm", 4, bias=10.0, T=12)
    far = shares(influence(of("bilstm", bias=10.0, T=12)[1][0], 4))[11]
    assert f"Even the farthest, 7 steps away, still counts {percent(far)} %." in text


@langs
def test_sentences_in_every_language(lang):
    for name, t, changes in (("rnn", 23, {}), ("rnn", 0, {}), ("lstm", 9, {"bias": 9.0}), ("bilstm", 5, {}),
                             ("bilstm", 5, {"bias": 10.0, "T": 8}), ("rnn", 5, {"scale": 0.0})):
        text = said(name, t, lang, **changes)
        assert text.startswith("**") and "{" not in text and "(는)" not in text


# --- the folk table


def verdict(cells, t=23, lang="en", edit=None, **changes):
    values, runs = of(*cells, **changes)
    found = costs(runs, 1)
    if edit:
        found = tuple(replace(cost, **edit[cost.name]) for cost in found)
    return verdicts(runs, found, values, t, words(lang))


def test_arithmetic_is_counted_and_compared():
    first, second, *_ = verdict(("rnn", "lstm", "gru"))
    assert "RNN 15, GRU 54, LSTM 69. LSTM needs 4.6 times as many as RNN; as ratios, 1 : 3.6 : 4.6." in first
    assert "RNN 15 (H = 3), LSTM 15 (H = 1), GRU 12 (H = 1)" in second
    assert "the most multiply-adds are 1.25 times the fewest" in verdict(("rnn", "lstm", "gru"), equal="count")[1]
    assert "size, not of kind" in second


def test_nothing_is_so_many_times_a_cell_that_multiplies_nothing():
    said = verdict(("rnn", name_of("h = h_prev + b_h")))
    assert len(said) == 1 and "24 " in said[0]


def test_costs_are_called_equal_only_where_they_are():
    assert verdict(("rnn", "lstm"), H=1, equal="count")[1].endswith("by a factor of 5. With more units the factor "
                                                                    "comes near 1.")
    text = verdict(("rnn", "lstm"), H=1)[1]  # one unit of an LSTM has more parameters than one of an RNN
    assert "LSTM 15 (H = 1)" in text and "size" not in text
    assert "It is size" in verdict(("rnn", "lstm", "bilstm"), H=16, D=6, equal="count")[1]


@pytest.mark.parametrize(("lstm", "says"), [
    (2.0, "takes 2 times as long as RNN, though its arithmetic is 4.6 times"), (4.6, "about as its arithmetic says"),
    (9.0, "though its arithmetic is 4.6 times")])
def test_time_beside_arithmetic(lstm, says):
    edit = {"rnn": {"forward": 1.0}, "lstm": {"forward": lstm}}
    assert says in verdict(("rnn", "lstm"), edit=edit)[2]


def test_what_is_equal_is_called_equal_and_nothing_else_is():
    alike = {"rnn": {"forward": 1.0, "multiply_adds": 15}, "lstm": {"forward": 1.0, "multiply_adds": 15}}
    told = verdict(("rnn", "lstm"), edit=alike)
    assert "All need as many." in told[0] and "all take equally long" in told[2]
    alike["lstm"] |= {"forward": 1.004}
    assert "takes 1.004 times as long as RNN, about as its arithmetic says, which is just as much." in verdict(
        ("rnn", "lstm"), edit=alike)[2]


def test_a_clockwork_rnn_is_told_what_it_is_for():
    """Of 8 units at D = 2, in pairs of periods 1, 2, 4 and 8: (2 + 8) 2 + (2 + 6) + (2 + 4) / 2 + (2 + 2) / 4."""
    text = verdict(("rnn", "clockwork"), H=8, D=2, weights="random")
    assert "Clockwork RNN 32, RNN 80." in text[0]
    equal = verdict(("rnn", "lstm", "clockwork"), H=8, D=2, weights="random", equal="count")[1]
    assert "It is size" in equal and "as its units rest between their ticks" in equal
    alone = verdict(("rnn", "clockwork"), H=8, D=2, weights="random", equal="count")[1]
    assert "It is size" not in alone and "by a factor" not in alone and "rest between" in alone
    edit = {"rnn": {"forward": 1.0}, "clockwork": {"forward": 2.0}}
    timed = verdict(("rnn", "clockwork"), H=8, D=2, weights="random", edit=edit)[2]
    assert "computes the resting units too" in timed and "resting" not in verdict(("rnn", "lstm"), H=8)[2]


def test_the_cell_without_gates_may_remember_longest():
    _, runs = of("rnn", "lstm", "gru")
    far = [int(max(np.flatnonzero(shares(influence(run, 23))[::-1] >= 0.01))) for run in runs]
    text = verdict(("rnn", "lstm", "gru"))[3]
    assert f"RNN {far[0]}, LSTM {far[1]}, GRU {far[2]}." in text
    assert far[0] == max(far) and "Here RNN, without gates, remembers longest" in text
    assert "without gates" not in verdict(("rnn", "lstm", "gru"), bias=4.0)[3]
    told = {"bias": 2.0, "scale": 2.5, "seed": 2, "T": 60, "H": 16}
    far = [reach(shares(influence(run, 59)), 59, 0.01) for run in of("rnn", "lstm", **told)[1]]
    assert far[0] > far[1] and "told" not in verdict(("rnn", "lstm"), 59, **told)[3]


def test_another_forget_bias_is_tried():
    text = verdict(("gru", "lstm"))[4]
    assert "median unit of LSTM" in text and "forget bias at its drawn values, near 0" in text and "it at 3." in text
    text = verdict(("gru", "lstm"), bias=5.0)[4]
    assert "forget bias at 5," in text and text.endswith("it at 0.")
    assert len(verdict(("rnn", "gru"))) == 4  # neither has one
    for cell in "lstm", "mgu":  # which keeps more, though its f lets the new in
        before, after = (np.median(held(of(cell, bias=bias)[1][0])[1]) for bias in (None, 3.0))
        assert after > 3 * before
        text = verdict((cell,))[-1]
        assert f"{lasting(before, EN)} with its forget bias" in text
        assert f"and after {lasting(after, EN)} with it at 3" in text
    assert len(verdict(("rnn",))) == 0 and len(verdict(("lstm",))) == 1


@langs
def test_verdicts_in_every_language(lang):
    for changes in {}, {"equal": "count"}, {"bias": -2.0}, {"input": "impulse", "T": 2}:
        for text in verdict(("rnn", "bilstm", "mgu", "clockwork"), 1, lang, **changes):
            assert text.startswith("**") and "{" not in text and "(는)" not in text
