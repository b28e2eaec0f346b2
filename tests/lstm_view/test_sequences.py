import numpy as np
import pytest

from lstm_view.incoming import starts
from lstm_view.incoming.reader import Refused
from lstm_view.incoming.sequences import GENERATED, KINDS, MOST, MOST_INPUTS, PERIOD, PLATEAU, Sequence, sequence
from lstm_view.incoming.tokens import vectors


def made(kind, T=30, D=3, seed=0):
    return sequence(kind, T, D, seed).x


@pytest.mark.parametrize("kind", GENERATED)
def test_a_generated_one_is_as_long_and_wide_as_asked_and_always_the_same(kind):
    for T, D in ((2, 1), (30, 2), (MOST, MOST_INPUTS)):
        found = sequence(kind, T, D, 5)
        assert found.x.shape == (min(T, starts.LAST_WEEK + 1) if kind == "series" else T, D)
        assert np.isfinite(found.x).all() and (found.x == sequence(kind, T, D, 5).x).all()
        assert not (np.signbit(found.x) & (found.x == 0)).any()  # -0.0 reads badly


@pytest.mark.parametrize("kind", [kind for kind in GENERATED if kind != "series"])
def test_as_a_visitor_would_type_it(kind):
    x = made(kind, 40, 6, 3)
    assert (x == x.round(2)).all()
    assert (x[:, 2:] != made(kind, 40, 6, 4)[:, 2:]).any()  # other noise from another seed
    assert np.abs(x[:, 2:]).max() <= 1 and len(np.unique(x[:, 2:])) > 40


def test_an_impulse_is_one_step_of_one():
    x = made("impulse")
    assert x[:, 0].sum() == 1 and x[2, 0] == 1
    assert (x[:, 1] == x[:, 0]).all()
    assert made("impulse", 2)[1, 0] == 1  # the last, where there are only two


def test_steps_stay_and_are_marked_where_they_begin():
    x = made("steps", 4 * PLATEAU)
    levels = x[:, 0].reshape(4, PLATEAU)
    assert (levels == levels[:, :1]).all() and len(set(levels[:, 0])) == 4
    assert (np.sign(levels[:, 0]) == [1, -1, 1, -1]).all()
    assert np.flatnonzero(x[:, 1]).tolist() == [0, PLATEAU, 2 * PLATEAU, 3 * PLATEAU]


def test_a_sine_has_its_period_and_a_little_noise():
    x = made("sine", 5 * PERIOD)
    apart = x[:, 0] - np.sin(2 * np.pi * np.arange(5 * PERIOD) / PERIOD)
    assert 0.03 < apart.std() < 0.2
    assert np.flatnonzero(x[:, 1]).tolist() == [k * PERIOD for k in range(5)]


def test_a_real_series_names_its_inputs_and_its_weeks():
    found = sequence("series", 20, 2)
    np.testing.assert_array_equal(found.x, starts.returns(20, 2)[0])
    assert found.names == starts.TICKERS[:2]
    assert len(found.labels) == 20 and found.labels[0] == starts.returns(1, 1)[1][0]


@pytest.mark.parametrize("text", [
    "one two, one", "열쇠는 어디에 👩‍👩‍👧 있을까요?", "שלום עולם", "<b>x</b> $y$ *z* {at}"])
def test_a_sentence_is_a_vector_for_each_token(text):
    found = sequence("sentence", 99, 3, 7, text)
    np.testing.assert_array_equal(found.x, vectors(found.labels, 3, 7))
    assert "".join(found.labels) == "".join(text.split())
    assert found.x.shape == (len(found.labels), 3)


def test_a_sentence_of_too_many_words_is_refused():
    with pytest.raises(Refused) as refused:
        sequence("sentence", 2, 2, 0, "w " * (MOST + 1))
    assert refused.value.values == {"count": MOST + 1, "most": MOST}


def test_own_numbers_are_what_they_are():
    x = np.arange(6.0).reshape(3, 2)
    found = sequence("own", 9, 9, 0, "", x, ("a", "b"))
    assert found == Sequence(x, (), ("a", "b"))


def test_an_unknown_kind():
    assert "noise" not in KINDS
    with pytest.raises(KeyError):
        sequence("noise", 3, 2)
