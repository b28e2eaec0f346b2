import numpy as np
import pytest

from lstm_core.ops import sigmoid
from lstm_view.incoming.sentence import AFTER, FIRST, QUIET, inputs, later, remains, written
from lstm_view.telling.dependency import price
from lstm_view.text.numbers import number, percent
from lstm_view.words import LANGUAGES, words

each = pytest.mark.parametrize("lang", LANGUAGES)


@each
def test_only_the_first_word_differs(lang):
    x = inputs(written(words(lang).prose("sentence")))
    assert x.shape == (100, 2, 2)
    np.testing.assert_array_equal(x[1:, 0], x[1:, 1])
    assert x[0, :, 0].tolist() == list(FIRST)
    assert x[:, :, 1].sum(axis=0).tolist() == [1, 1] and (x[0, :, 1] == 1).all()  # the mark, at the first word
    assert 0 < np.abs(x[1:, :, 0]).max() <= QUIET


@each
@pytest.mark.parametrize(("recurrent", "bias"), [(0.9, 6.0), (0.0, 0.0), (1.5, 10.0), (0.5, 2.5)])
def test_what_remains_is_what_the_equations_give(lang, recurrent, bias):
    x = inputs(written(words(lang).prose("sentence")))
    h, c = np.zeros(2), np.zeros(2)
    gaps = {"rnn": [], "lstm": []}
    for said, first in zip(x[..., 0], x[..., 1], strict=True):
        h = np.tanh(said + recurrent * h)
        c = sigmoid(bias) * c + sigmoid(10 * first - 6) * np.tanh(2 * said)
        gaps["rnn"].append(abs(h[0] - h[1]))
        gaps["lstm"].append(abs(c[0] - c[1]))
    shares = remains(written(words(lang).prose("sentence")), recurrent, bias)
    assert shares.keys() == gaps.keys()
    for name, gap in gaps.items():
        np.testing.assert_allclose(shares[name], np.array(gap) / gap[0], rtol=1e-9, atol=1e-15)


@each
def test_the_story_the_page_tells_holds(lang):
    sentence = written(words(lang).prose("sentence"))
    shares = remains(sentence, 0.9, 6.0)
    assert shares["rnn"][0] == shares["lstm"][0] == 1
    assert shares["rnn"][-1] < 0.01 < 0.7 < shares["lstm"][-1]
    assert shares["lstm"][-1] == pytest.approx(sigmoid(6.0) ** 99)  # kept at each of the 99 later words
    assert (np.diff(shares["rnn"]) <= 0).all() and (shares["rnn"][1:] <= 0.9 * shares["rnn"][:-1] + 1e-15).all()


def read(words_said, recurrent):
    """h after each word of a sentence that says this, in the RNN, by its equation."""
    h, states = 0.0, []
    for said in words_said:
        h = np.tanh(said + recurrent * h)
        states.append(h)
    return np.array(states)


@each
@pytest.mark.parametrize("recurrent", [0.9, 1.2, 1.45])
def test_what_is_left_of_a_later_word_is_what_two_readings_say(lang, recurrent):
    sentence = written(words(lang).prose("sentence"))
    said = inputs(sentence)[:, 0, 0]
    shares = []
    for k in range(1, 100 - AFTER):
        flipped = said.copy()
        flipped[k] *= -1
        apart = np.abs(read(flipped, recurrent) - read(said, recurrent))
        shares += [apart[k + AFTER] / apart[k]] if said[k] else []
    found = later(sentence, recurrent)
    assert found.share == pytest.approx(max(shares)) and found.h == pytest.approx(abs(read(said, recurrent)[-1]))
    assert later("too few words here", recurrent) is None


@each
def test_an_rnn_that_seems_to_beat_the_lstm_is_said_to_hear_no_later_word(lang):
    say = words(lang)
    sentence = written(say.prose("sentence"))
    for recurrent in (1.2, 1.25, 1.3, 1.35, 1.4, 1.45):
        found, shares = later(sentence, recurrent), remains(sentence, recurrent, 6.0)
        assert shares["rnn"][-1] > shares["lstm"][-1]  # so the curves alone say that the RNN remembers better
        counts, deaf = price(shares["rnn"][-1], recurrent, found, say)
        assert percent(found.share) in counts and found.share < 0.05
        slope = 1 - found.h**2
        assert str(number(slope)) in deaf and str(number(recurrent * slope)) in deaf
    assert price(remains(sentence, 0.9, 6.0)["rnn"][-1], 0.9, later(sentence, 0.9), say) == []


@each
def test_the_sliders_ends_are_finite(lang):
    for recurrent in (0.0, 1.5):
        for bias in (0.0, 10.0):
            shares = remains(written(words(lang).prose("sentence")), recurrent, bias)
            assert all(np.isfinite(share).all() and (share >= 0).all() for share in shares.values())
