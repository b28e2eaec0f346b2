"""Numbers as text: cases worked out with fractions, which the browser is held to as well, and what is true of all."""
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_view.text import numbers
from lstm_view.words import ASSETS

CASES = json.loads((ASSETS.parent / "tests" / "numbers.json").read_text())
FINITE = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize("name", CASES)
def test_a_number_is_written_as_the_table_says(name):
    wrong = []
    for value, *settings, text in CASES[name]:
        said = getattr(numbers, name)(float(value) if isinstance(value, str) else value, *settings)
        if said != text:
            wrong.append((value, *settings, text, str(said)))
    assert not wrong


def read(text):
    return Decimal(text.replace("−", "-"))


@given(FINITE, st.sampled_from(["number", "amount", "signed", "share", "percent", "ratio", "printed"]))
def test_a_number_is_written_within_half_of_its_last_digit_and_never_0_or_the_whole_for_what_is_not(value, name):
    text, whole = getattr(numbers, name)(value), Decimal(100 if name == "percent" else 1)
    exact, said = Decimal(str(value)) * (100 if name == "percent" else 1), read(text)
    assert abs(said - exact) <= Decimal(1).scaleb(read(text).as_tuple().exponent) / 2
    assert (said == 0) == (exact == 0) and (said < 0) == (exact < 0)
    if name in ("share", "percent", "ratio"):
        assert (said == whole) == (exact == whole)


@given(FINITE, st.sampled_from(["state", "gate", "gradient"]))
def test_a_number_fits_in_its_square(value, scale):
    assert len(numbers.printed(value, scale)) <= (5 if 1e-9 < abs(value) < 1e10 or not value else 7)
