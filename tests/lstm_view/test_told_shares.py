"""Shares that are told, over extremes: what is printed adds up, and follows from what stands beside it."""
import re
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from test_nets_of_cells import values

from lstm_view.numbers import attending, both_ways, clockwork
from lstm_view.telling import narrate_directions as tell
from lstm_view.words import LANGUAGES, words

langs = pytest.mark.parametrize("lang", LANGUAGES)
NUMBER = r"(\d[\d,]*(?:\.\d+)?(?:e−?\d+)?)"
EXTREMES = [{}, {"H": 1, "T": 2, "D": 1}, {"scale": 0.0}, {"scale": 4.0, "bias": 10.0}, {"bias": -10.0},
            {"input": "impulse", "T": 128}, {"input": "own", "own": ((0.0,), (0.0,), (0.0,))},
            {"input": "own", "own": ((1e6,), (-1e6,), (1e6,))}]
extremes = pytest.mark.parametrize("given", EXTREMES)


def read(text):
    return Decimal(text.replace("−", "-").replace(",", ""))


def to_the_digits_of(number, exact):
    """A number rounded to the digits of one that is printed."""
    return exact.quantize(Decimal(1).scaleb(number.as_tuple().exponent), ROUND_HALF_UP)


@langs
@extremes
def test_before_with_and_after_are_all_there_is(given, lang):
    say = words(lang)
    run = both_ways.compute(values(weights="random", **given))
    for t in range(run.ways[0].T):
        told = tell.knows(run, t, say)
        shares = [read(text) for text in re.findall(rf"\*\*{NUMBER} ?%", told)]
        if not shares:
            assert told == say("both.nothing", place=tell.place(run.ways[0].sequence.labels, t, say))
        elif say("both.rounded") in told:
            assert abs(sum(shares) - 100) <= Decimal("0.02")
        else:
            assert to_the_digits_of(max(shares, key=lambda n: n.as_tuple().exponent), sum(shares)) == 100, told
        exact = both_ways.shares(both_ways.knows(run)["combined"], t)
        assert [share == 0 for share in shares] == [share == 0 for share in exact][: len(shares)]
        assert [share == 100 for share in shares] == [share == 1 for share in exact][: len(shares)]


@langs
@pytest.mark.parametrize(("H", "T"), [(1, 2), (1, 128), (2, 2), (8, 2), (8, 128), (16, 127)])
def test_what_a_clock_saves_follows_from_the_two_counts(H, T, lang):
    told = tell.ticking(clockwork.compute(values(view="clock", H=H, T=T)), words(lang))
    own, plain, share = (re.search(pattern, told) for pattern in (
        rf"(?:take|모두) \*\*{NUMBER}", rf"(?:takes|RNN[은도]) {NUMBER}", rf"\*\*{NUMBER} ?%"))
    own, plain = read(own[1]), read(plain[1])
    assert (share is None) == (own == plain)
    if share:
        assert to_the_digits_of(read(share[1]), 100 * (plain - own) / plain) == read(share[1])


@langs
@pytest.mark.parametrize("sharp", [0.0, 1e-6, 1.0, 16.0, 1e3])
@extremes
def test_no_weight_is_told_as_all_or_nothing_that_is_not(given, sharp, lang):
    found = attending.compute(values(view="attention", sharp=sharp, **given))
    for t in range(found.T):
        weights = np.sort(found["weights"][t])[::-1]
        told = tell.looks(found, t, words(lang))
        shares = [read(text) for text in re.findall(rf"{NUMBER} ?%", told)]
        assert "NaN" not in told and len(shares) in (0, 2)
        for share, weight in zip(shares, weights[:2], strict=False):
            exact = 100 * Decimal(str(float(weight)))
            assert to_the_digits_of(share, exact) == share and (share == 100) == (weight == 1) and share
