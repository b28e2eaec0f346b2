"""Parts and their total as text: what is printed, added with a calculator, is what is said of it."""
import re
from decimal import ROUND_HALF_UP, Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from lstm_core.ops import sigmoid
from lstm_view.text.numbers import mark
from lstm_view.text.sums import added, kept, percentages
from lstm_view.words import LANGUAGES, words

PARTS = some.lists(some.floats(-1e6, 1e6).filter(lambda part: not 0 < abs(part) < 1e-30), min_size=1, max_size=4)
WEIGHTS = some.lists(some.floats(0, 1e6), min_size=1, max_size=4).filter(lambda parts: sum(parts) > 1e-9)


def read(text):
    return Decimal(text.replace("−", "-"))


def last(number):
    """The place of a number's last digit."""
    return Decimal(1).scaleb(number.as_tuple().exponent)


@given(PARTS)
def test_parts_add_up_to_their_total_or_it_is_said_that_they_do_not(parts):
    said, total, exact = added(parts, sum(parts))
    numbers, whole = [read(text) for text in said], read(total)
    with localcontext(prec=400):
        assert (sum(numbers).quantize(last(whole), ROUND_HALF_UP) == whole) == exact
    for value, number, text in zip([*parts, sum(parts)], [*numbers, whole], [*said, total], strict=True):
        assert abs(number - Decimal(str(value))) <= last(number) / 2 and (number == 0) == (value == 0)
        assert text.startswith("+") == (value > 0) and text.startswith("−") == (value < 0)


@given(WEIGHTS)
def test_percentages_add_up_to_100_or_it_is_said_that_they_do_not(weights):
    shares = [weight / sum(weights) for weight in weights]
    said, exact = percentages(shares)
    numbers = [read(text.removeprefix("≈")) for text in said]
    coarsest = max(map(last, numbers))
    assert (sum(numbers).quantize(min(coarsest, Decimal(1)), ROUND_HALF_UP) == 100) == exact
    for share, number, text in zip(shares, numbers, said, strict=True):
        assert abs(number - 100 * Decimal(str(share))) <= last(number) / 2
        assert (number == 0) == (share == 0) and (number == 100) == (share == 1)
        assert text.startswith("≈") == (share == 1 and sum(other > 0 for other in shares) > 1)


@pytest.mark.parametrize(("shares", "said"), [
    ([2 / 3, 1 / 3], (["67", "33"], True)), ([1 / 3, 1 / 3, 1 / 3], (["33.33", "33.33", "33.33"], False)),
    ([0.125, 0.875], (["12.5", "87.5"], True)), ([1.0], (["100"], True)), ([1.0, 0.0], (["100", "0"], True)),
    ([0.5, 0.25, 0.25], (["50", "25", "25"], True)), ([1 - 2e-9, 2e-9], (["99.9999998", "2e−7"], True)),
    ([1.0, 4e-31], (["≈100", "4e−29"], True)),
])
def test_as_few_digits_as_add_up(shares, said):
    assert percentages(shares) == said


@pytest.mark.parametrize("steps", [0, 1, 5, 12, 99])
@pytest.mark.parametrize("bias", np.arange(0, 10.5, 0.5))
def test_what_is_kept_at_each_step_gives_what_is_left(bias, steps):
    each, left = kept(float(sigmoid(bias)), steps)
    exact = Decimal(str(float(sigmoid(bias)))) ** steps * 100
    assert abs(read(left) - exact) <= last(read(left)) / 2
    assert abs(read(each) ** steps * 100 - read(left)) <= last(read(left)) * Decimal("0.5000001")
    assert read(each) < 1 and (steps == 0 or read(left) < 100)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("bias", [0.0, 0.5, 3.0, 6.5, 10.0])
def test_the_gate_of_the_sentence_is_what_its_bias_gives(bias, lang):
    each, left = kept(float(sigmoid(bias)), 12)
    told = words(lang)("dependency.left", rnn="0", lstm=left, bias=mark(bias), f=each, count=12)
    given, sign, shown = re.search(r"σ\(([\d.]+)\) (=|≈) ([\d.]+\d)", told).groups()
    exact = 1 / (1 + (-Decimal(given)).exp())
    assert (exact.quantize(last(Decimal(shown)), ROUND_HALF_UP) == Decimal(shown)) == (sign == "=")
