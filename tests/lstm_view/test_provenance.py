import json
import re
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest

from lstm_core import CELLS, Cell, forward, init_params
from lstm_core.analysis import direct_path, provenance
from lstm_view.diagram.provenance import bound, impossible, possible, provenance_scene, says, table
from lstm_view.words import LANGUAGES, words

EN, KO = words("en"), words("ko")
T, H = 9, 4
SHOWN = [name for name in CELLS if name != "rnn"]
zoo = pytest.mark.parametrize("cell", SHOWN)
each = pytest.mark.parametrize("lang", LANGUAGES)
HALVES = Cell("halves", "h = 0.5 * h_prev + W_h @ x")


def run(name, seed=0, D=2, T=T, H=H, **initial):
    cell = CELLS[name]
    initial = {s: np.random.default_rng([seed, 1]).uniform(-1, 1, (1, H)) for s in cell.state} if initial else None
    return forward(cell, init_params(cell, D, H, seed), np.random.default_rng(seed).normal(size=(T, 1, D)), initial)


def halves(*x):
    """A unit that keeps half of what it has and adds x: its parts are known without computing."""
    return forward(HALVES, {"W_h": np.ones((1, 1))}, np.array(x, float).reshape(-1, 1, 1))


def sent(data):
    """Data as it arrives in the browser; ValueError for nan and inf, which are no JSON."""
    return json.loads(json.dumps(data, allow_nan=False))


def scene(trace, unit=0, t=0, labels=(), say=EN):
    return sent(provenance_scene(trace, possible(trace.cell), unit, t, labels, say))


# --- which cells


def test_which_state_can_be_shown():
    assert {name: possible(cell) for name, cell in CELLS.items()} == {
        name: None if name == "rnn" else "c" if "c" in cell.state else "h" for name, cell in CELLS.items()}
    assert possible(Cell("both", "c = tanh(W_c @ x + c_prev)\nh = 0.5 * h_prev + c")) == "h"
    assert possible(Cell("neither", "h = W_h @ x")) is None


@each
def test_why_an_rnn_has_no_picture(lang):
    assert "`h = tanh(W_h @ x + U_h @ h_prev + b_h)`" in impossible(CELLS["rnn"], words(lang))
    with pytest.raises(ValueError, match="wanted h = keep"):
        provenance_scene(run("rnn"), "h", 0, 0, (), words(lang))


def test_one_sequence_at_a_time():
    cell = CELLS["lstm"]
    trace = forward(cell, init_params(cell, 2, 3), np.zeros((4, 2, 2)))
    with pytest.raises(ValueError, match="given 2 sequences, wanted one"):
        provenance_scene(trace, "c", 0, 0, (), EN)


# --- the numbers


@zoo
@pytest.mark.parametrize("begun", [False, True])
def test_every_number_is_the_cores(cell, begun):
    trace = run(cell, **{"initial": 1} if begun else {})
    state = possible(trace.cell)
    whole, kept = provenance(trace, state)[:, :, 0], direct_path(trace, state)[:, :, 0]
    for unit in (0, H - 1):
        data = scene(trace, unit)
        assert data["node"] == state and data["unit"] == unit
        assert data["state"] == trace[state][:, 0, unit].tolist()
        assert data["start"] == trace.initial[state][0, unit]
        for t, row in enumerate(data["left"]):
            assert row == whole[t, : t + 2, unit].tolist()  # full precision, and nothing from the future
            assert sum(row) == pytest.approx(data["state"][t], abs=1e-12)
            for k, part in enumerate(row):  # the share that the script shows, part / written
                written = data["left"][k - 1][k] if k else data["start"]
                if written:
                    assert part / written == pytest.approx(kept[t, k, unit], rel=1e-9, abs=1e-12)


def test_without_a_forget_gate_all_is_kept():
    left = scene(run("lstm1997"), 1)["left"]
    assert all(row == [*left[-1][: len(row)]] for row in left)


def test_a_clockwork_unit_writes_when_it_ticks_and_then_all_is_new():
    trace = run("clockwork", initial=1)
    left = scene(trace, 1)["left"]  # of period 2
    for t, row in enumerate(left):
        assert [k for k, part in enumerate(row) if part] == [t + 1 - t % 2]


def test_a_single_step():
    data = scene(run("gru", T=1))
    assert [len(row) for row in data["left"]] == [2]
    assert len(data["says"]) == len(data["state"]) == 1


def test_no_number_is_too_large():
    large = np.finfo(float).max / 2
    cell = CELLS["niaf"]
    params = {name: np.full_like(p, large) for name, p in init_params(cell, 1, 2).items()}
    data = sent(provenance_scene(forward(cell, params, np.ones((4, 1, 1))), "c", 0, 0, (), EN))
    assert max(map(max, data["left"])) <= data["bound"] and data["bound"] > 1e300
    assert not any("nan" in text or "inf" in text for text in data["says"])


@pytest.mark.parametrize(("largest", "reach"), [
    (0, 1), (1e-310, 1), (0.013, 0.02), (0.2, 0.2), (0.21, 0.5), (0.5, 0.5), (0.7, 1), (1, 1), (1.01, 2), (-3, 5),
    (6, 10), (1.7e308, 1.7e308),
])
def test_the_colours_reach_to_a_round_number(largest, reach):
    assert bound(np.array([[0, largest]])) == pytest.approx(reach)


# --- what is drawn anew


def test_the_key_changes_with_all_but_the_cursor():
    trace = run("lstm")
    key = scene(trace, t=1)["key"]
    assert scene(run("lstm"), t=7)["key"] == key
    others = [scene(trace, unit=1), scene(trace, say=KO), scene(trace, labels=["a"] * T), scene(run("lstm", seed=1)),
              scene(trace, labels=["b"] * T)]
    assert len({key, *(data["key"] for data in others)}) == 6


# --- in words


@pytest.mark.parametrize(("lang", "told"), [
    ("en", "At step 3, h of unit 1 is +1.25, made of +1.00 from step 3 (80 %), +0.25 from step 1 (20 %)."),
    ("ko", "시점 3에 유닛 1의 h 값은 +1.25입니다. 이 값을 이루는 몫: 시점 3에서 온 +1.00(80%), "
           "시점 1에서 온 +0.25(20%)."),
])
def test_the_largest_parts_first(lang, told):
    assert says(halves(1, 0, 1), "h", 0, 2, (), words(lang)) == told


@pytest.mark.parametrize(("lang", "told"), [
    ("en", "At step 3, h of unit 1 is −0.75, made of −1.00 from step 3 (80 %), +0.25 from step 1 (20 %). Some parts"),
    ("ko", "시점 3에 유닛 1의 h 값은 −0.75입니다. 이 값을 이루는 몫: 시점 3에서 온 −1.00(80%), "
           "시점 1에서 온 +0.25(20%). 더하는"),
])
def test_parts_up_and_down(lang, told):
    assert says(halves(1, 0, -1), "h", 0, 2, (), words(lang)).startswith(told)


@pytest.mark.parametrize(("lang", "told"), [
    ("en", "made of +2.00 from step 5 (34 %), +1.50 from step 4 (25 %), "
           "+1.25 from step 3 (21 %), +1.19 from all others (20 %)."),
    ("ko", "시점 3에서 온 +1.25(21%), 그 밖의 모든 시점에서 온 +1.19(20%)."),
])
def test_the_rest_together(lang, told):
    assert says(halves(9, 5, 5, 3, 2), "h", 0, 4, (), words(lang)).endswith(told)


def test_what_is_small_is_told_as_what_it_is():
    told = says(halves(1e-6, -1, 1), "h", 0, 2, (), EN)
    assert ("+0.50, made of +1.00 from step 3 (67 %), −0.50 from step 2 (33 %), "
            "+3e−7 from all others (1.7e−5 %).") in told
    assert says(halves(1e-3, 0, 1), "h", 0, 2, (), EN).endswith("made of +1.00 from step 3 (99.975 %), "
                                                                 "+3e−4 from all others (0.025 %).")
    assert says(halves(-1e-3, 0, 1), "h", 0, 2, (), EN).endswith("(0.025 %).")  # no word of up and down


@pytest.mark.parametrize(("lang", "told"), [
    ("en", "At step 2, h of unit 1 is 0: nothing has been written yet."),
    ("ko", "시점 2에 유닛 1의 h 값은 0입니다. 아직 더한 값이 없습니다."),
])
def test_nothing_written(lang, told):
    assert says(halves(0, 0, 1), "h", 0, 1, (), words(lang)) == told


def test_what_was_there_at_the_start():
    trace = forward(HALVES, {"W_h": np.ones((1, 1))}, np.zeros((2, 1, 1)), {"h": np.array([[-8.0]])})
    assert says(trace, "h", 0, 1, (), EN) == "At step 2, h of unit 1 is −2.00, made of −2.00 from the start (100 %)."
    assert "처음 상태에서 온 −2.00(100%)" in says(trace, "h", 0, 1, (), KO)


def test_it_is_known_whether_a_share_of_0_or_1_is_only_next_to_it():
    """σ reaches neither; where nothing or a clock decides, it is so."""
    assert {cell: scene(run(cell))["rounded"] for cell in ("lstm", "gru", "mgu", "lstm1997", "clockwork")} == {
        "lstm": True, "gru": True, "mgu": True, "lstm1997": False, "clockwork": False}


@each
@pytest.mark.parametrize("label", ["keys", "<b>x</b>", "{at}", "مفاتيح", "👩‍👩‍👧", "$x$", "**it**", "열쇠은(는)", "\\"])
def test_a_label_stands_as_it_is_and_turns_nothing_around_it(label, lang):
    told = says(halves(1, 0), "h", 0, 1, (label, "b"), words(lang))
    one, two = {"en": (" “{}”", "“{}”"), "ko": ("(‘{}’)", "‘{}’")}[lang]
    assert "1" + one.format(f"\u2068{label}\u2069") in told and two.format("\u2068b\u2069") in told
    data = scene(run("lstm", T=2), labels=(label, "b"), say=words(lang))
    assert data["labels"] == [label, "b"] and label in data["steps"][1] and len(data["steps"]) == 3


@each
@pytest.mark.parametrize("cell", ["lstm", "gru", "clockwork", "lstm1997"])
def test_a_sentence_for_every_step(cell, lang):
    trace = run(cell, initial=1)
    data = scene(trace, 2, say=words(lang))
    told = [says(trace, data["node"], 2, t, (), words(lang)) for t in range(T)]
    assert data["says"] == told and len(set(told)) == T
    for text, value, parts in zip(told, data["state"], data["left"], strict=True):
        numbers = [float(n.replace("−", "-")) for n in re.findall(r"[−+]?\d+\.\d+(?!\d*\s?%)", text)]
        assert numbers[0] == pytest.approx(value, abs=0.006)
        assert sum(numbers[1:]) == pytest.approx(value, abs=0.02)  # what is told adds up to the state
        assert numbers[1] == pytest.approx(max(parts, key=abs), abs=0.006)


NUMBER = r"[+−]?\d+(?:\.\d+)?(?:e−?\d+)?"


@each
@pytest.mark.parametrize("scale", [0, 1e-200, 1e-3, 1, 30, 1e154])
@pytest.mark.parametrize("cell", [name for name in SHOWN if possible(CELLS[name])])
def test_the_parts_add_up_to_the_state_and_the_shares_to_100_or_it_says_that_they_are_rounded(cell, scale, lang):
    for T, H, seed in ((1, 1, 0), (7, 2, 1), (7, 2, 2)):
        cell_, rng = CELLS[cell], np.random.default_rng(seed)
        params = {name: scale * p for name, p in init_params(cell_, 2, H, seed).items()}
        data = scene(forward(cell_, params, rng.normal(size=(T, 1, 2))), H - 1, say=words(lang))
        for told in data["says"]:
            value, *_ = re.findall(rf"(?:is|값은) ({NUMBER})", told)
            pairs = re.findall(rf"({NUMBER})(?: from [^()]* |)\(≈?({NUMBER})\s?%\)", told)
            value, parts, percents = read(value), [read(a) for a, _ in pairs], [read(b) for _, b in pairs]
            assert pairs or value == 0
            if "rounded" in told or "반올림" in told or not pairs:
                continue
            assert rounded(sum(parts), value) == value, told
            assert rounded(sum(percents), max(percents, key=lambda n: n.as_tuple().exponent)) == 100, told


def read(text):
    return Decimal(text.replace("−", "-"))


def rounded(total, like):
    """Half away from zero, to the last digit of another number."""
    return total.quantize(Decimal(1).scaleb(like.as_tuple().exponent), ROUND_HALF_UP)


# --- as a table


@each
@pytest.mark.parametrize("labels", [(), tuple("abcdeabcd")])
def test_the_table(labels, lang):
    trace = run("lstm", initial=1)
    frame = table(trace, "c", 1, labels, words(lang))
    assert frame.shape == (T + 2, T)
    assert frame.index.is_unique and frame.columns.is_unique
    assert list(frame.index[1:-1]) == list(frame.columns)
    data = scene(trace, 1)
    for t in range(T):
        column = frame.iloc[:, t]
        assert column[: t + 2].tolist() == data["left"][t]
        assert column[t + 2 : -1].isna().all()
        assert column.iloc[-1] == data["state"][t]
        assert column[:-1].sum() == pytest.approx(column.iloc[-1], abs=1e-12)
