"""Numbers as text, beside decimal's own rounding and cases written by hand."""
import math
import re
from decimal import ROUND_HALF_UP, Context, Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from lstm_view.text.numbers import (
    MINUS,
    Shown,
    Whole,
    activation,
    amount,
    count,
    number,
    opening,
    percent,
    ratio,
    share,
    shortest,
    span,
    tally,
    told_apart,
    vector,
)

EVERY = some.floats(allow_nan=False, allow_infinity=False)
SAYS = {"number": number, "number3": lambda v: number(v, 3), "amount": amount, "share": share, "percent": percent,
        "ratio": ratio}
every = pytest.mark.parametrize("say", SAYS.values(), ids=SAYS)


def read(text):
    assert re.fullmatch(rf"{MINUS}?\d+(\.\d+)?(e{MINUS}?\d+)?", text), text
    return Decimal(text.replace(MINUS, "-"))


def digits(text):
    return len(text.partition("e")[0].replace(MINUS, "").replace(".", "").lstrip("0"))


@every
@settings(deadline=None)
@given(EVERY)
def test_only_nothing_is_said_as_nothing(say, value):
    assert (read(say(value)) == 0) == (value == 0)


@settings(deadline=None)
@given(EVERY)
def test_only_the_whole_is_said_as_the_whole(value):
    for near in (value, 1 + value, math.nextafter(1, 0), math.nextafter(1, 2), 1 - 1e-9):
        for say, whole in ((share, 1), (percent, 100), (ratio, 1)):
            assert (read(say(near)) == whole) == (near == 1)


@every
@settings(deadline=None)
@given(EVERY)
def test_a_sign_only_where_there_is_one(say, value):
    assert say(value).startswith(MINUS) == (value < 0)
    assert say(-value) == (say(value)[1:] if value < 0 else MINUS + say(value) if value else say(0)) or say in (
        SAYS["share"], SAYS["percent"], SAYS["ratio"])  # these say more next to 1


@every
@settings(deadline=None)
@given(EVERY, EVERY)
def test_of_two_the_larger_is_not_said_as_the_smaller(say, a, b):
    if a <= b:
        assert read(say(a)) <= read(say(b))


@settings(deadline=None)
@given(some.decimals(-9999, 9999, places=6), some.integers(1, 5))
def test_decimals_are_rounded_half_up_as_by_a_calculator(value, decimals):
    right = Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    if right:
        assert read(number(float(value), decimals)) == right
        assert len(number(float(value), decimals).partition(".")[2]) == decimals


@settings(deadline=None)
@given(EVERY.filter(bool), some.integers(2, 6))
def test_an_amount_has_its_digits_rounded_half_up(value, wanted):
    text, exact = amount(value, wanted), Decimal(repr(value))
    used = max(1, wanted - 1) if "e" in text else wanted
    assert read(text) == Context(prec=used, rounding=ROUND_HALF_UP).create_decimal(exact) or (
        abs(exact) >= 10 ** wanted and read(text) == exact.quantize(Decimal(1), ROUND_HALF_UP))
    assert digits(text) <= max(used, len(str(int(abs(exact)))) if "e" not in text else 0)


@settings(deadline=None)
@given(some.floats(0, 1))
def test_shares_are_near_what_they_say(value):
    assert abs(read(percent(value)) - 100 * Decimal(repr(value))) <= max(Decimal("0.0005"), Decimal(value))
    assert abs(read(share(value)) - Decimal(repr(value))) <= Decimal("0.0006")


@settings(deadline=None)
@given(EVERY, EVERY)
def test_two_numbers_are_told_apart(a, b):
    for say in (number, amount):
        assert (told_apart(a, b, 3, say)[0] == told_apart(a, b, 3, say)[1]) == (a == b)
    assert told_apart(a, a) == (number(a), number(a))


@every
@pytest.mark.parametrize(("value", "text"), [
    (math.inf, "∞"), (-math.inf, "−∞"), (math.nan, "NaN"), (np.float64("inf"), "∞"), (np.float64("nan"), "NaN"),
])
def test_what_is_no_finite_number(say, value, text):
    assert say(value) == text


@pytest.mark.parametrize(("say", "value", "text"), [
    (number, 0.0, "0.00"), (number, -0.0, "0.00"), (number, 0.125, "0.13"), (number, -0.125, "−0.13"),
    (number, 2.675, "2.68"), (number, -0.004, "−0.004"), (number, 0.005, "0.01"), (number, 0.00096, "1e−3"),
    (number, -1e-9, "−1e−9"), (number, 9999.994, "9999.99"), (number, 9999.996, "1e4"), (number, 12345.0, "1.2e4"),
    (number, -1e308, "−1e308"), (number, 5e-324, "5e−324"), (number, 3, "3.00"), (number, np.float64(0.86), "0.86"),
    (number, np.float32(0.1), "0.10"),
    (amount, 0.0, "0"), (amount, 1, "1.00"), (amount, -0.5, "−0.500"), (amount, 0.00123456, "0.00123"),
    (amount, 9.99e-4, "1e−3"), (amount, -3.14e-9, "−3.1e−9"), (amount, 1234.4, "1234"), (amount, 1234.5, "1235"),
    (amount, 12345.0, "1.2e4"), (amount, 9999.6, "1e4"), (amount, 99.96, "100"), (amount, 0.01999, "0.0200"),
    (amount, 1.7976931348623157e308, "1.8e308"), (amount, 5e-324, "5e−324"),
    (percent, 0.858, "85.8"), (percent, 0.125, "12.5"), (percent, 1.0, "100"), (percent, 0.0, "0"),
    (percent, 0.78, "78"),
    (percent, 0.9975, "99.75"), (percent, 1.1007, "110"), (percent, 0.99999, "99.999"), (percent, 4e-18, "4e−16"),
    (percent, 0.9999999999999999, "99.99999999999999"), (percent, 1.0000000000000002, "100.00000000000002"),
    (percent, 1.0004, "100.04"), (percent, 0.00005, "0.005"), (percent, 0.004, "0.4"), (percent, -0.5, "−50"),
    (share, 0.9955, "0.9955"), (share, 0.858, "0.858"), (share, 0.99996, "0.99996"), (share, 1.0, "1"),
    (ratio, 1.0, "1"), (ratio, 1.004, "1.004"), (ratio, 0.9999, "0.9999"), (ratio, 3.46, "3.5"), (ratio, 20.4, "20"),
    (ratio, 1.96, "1.96"), (ratio, 2.04, "2"), (ratio, 123456.0, "1.2e5"),
    (count, 1234567, "1,234,567"), (count, -1234, "−1,234"), (count, 7, "7"),
    (tally, 1024, "1,024"), (tally, 32.0, "32"), (tally, 7.75, "7.75"), (tally, 9.125, "9.13"),
])
def test_as_it_is_printed(say, value, text):
    assert say(value) == text


@pytest.mark.parametrize(("value", "text"), [
    (Shown("1"), "1 step"), (Shown("1.0"), "1.0 steps"), (Shown("0"), "0 steps"), (Shown("2"), "2 steps"),
    (ratio(1.0), "1 step"), (amount(1.0), "1.00 steps"), (Whole(1), "1 step"), (Whole(2), "2 steps"),
    (Whole(0), "0 steps"),    (count(1), "1 step"), (count(1001), "1,001 steps"),
])
def test_the_word_beside_a_number_follows_its_text(value, text):
    assert f"{value} {value:step|steps}" == text


@pytest.mark.parametrize(("value", "text"), [(-0.5, "1 − (−0.50)"), (0.5, "1 − 0.50"), (0.0, "1 − 0.00")])
def test_what_is_negative_stands_in_brackets_after_a_sign(value, text):
    assert f"1 − {number(value):b}" == text


@pytest.mark.parametrize(("value", "text"), [
    (0.858, "85.8"), (0.99995, "99.995"), (1.0, "≈100"), (1 - 1e-16, "≈100"), (0.0, "≈0"), (4e-18, "4e−16"),
])
def test_how_far_a_gate_is_open(value, text):
    assert opening(value) == text


@pytest.mark.parametrize(("value", "say", "text"), [
    (0.8, None, "0.800"), (0.9998, None, "0.9998"), (-0.99995, None, "−0.99995"), (1.0, None, "1.000"),
    (-1.0, None, "−1.000"), (1.0004, None, "1.000"), (0.99951, None, "0.99951"), (0.9994, None, "0.999"),
    (0.9998, amount, "0.9998"), (1.0, amount, "1.00"), (0.0, None, "0.000"), (2.0, amount, "2.00"),
])
def test_what_comes_out_of_an_activation(value, say, text):
    assert activation(value, say) == text


@pytest.mark.parametrize(("least", "most", "text"), [
    ("0.1", "0.2", "0.1–0.2"), ("0.1", "0.1", "0.1"), ("−0.1", "0.2", "−0.1–0.2"), ("−0.2", "−0.1", "−0.2 … −0.1"),
])
def test_a_range(least, most, text):
    assert span(Shown(least), Shown(most)) == text


@pytest.mark.parametrize(("values", "text"), [
    ([0.5], "(0.50)"), ([1, 0, 0, 0, -2], "(1.00, 0.00, 0.00, 0.00, −2.00)"),
    (np.eye(20)[9], "(0.00, …, 0.00, 1.00, 0.00, …, 0.00)"),
    (np.arange(12), "(0.00, 1.00, 2.00, 3.00, …, 11.00)"),
])
def test_a_vector_of_many_numbers_is_said_in_short(values, text):
    assert vector(values) == text


@pytest.mark.parametrize(("value", "said"), [
    (1.25, "1.25"), (-3.0, "−3"), (6e-5, "6e−5"), (1e22, "1e22"), (123456.789012345, "123456.789012345"),
    (0.1 + 0.2, "0.30000000000000004"),
])
def test_the_shortest_decimal_that_is_the_same_number(value, said):
    assert shortest(value) == said and float(said.replace("−", "-")) == value
