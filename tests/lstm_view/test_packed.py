import re
import zlib
from base64 import urlsafe_b64encode
from urllib.parse import quote_plus

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from lstm_view.packed import LARGEST, pack, pack_numbers, unpack, unpack_numbers
from lstm_view.words import words

texts = some.text(some.characters(exclude_categories=["Cs"]), max_size=300)


def packed(data):
    return "~" + urlsafe_b64encode(data).decode().rstrip("=")


@settings(deadline=None, max_examples=150)
@given(texts)
@example("")
@example("~")
@example("~eNoDAAAAAAE")
@example("a\nb")
@example("가나다" * 99)
def test_text_comes_back(text):
    short = pack(text)
    assert unpack(short, len(text)) == text
    assert re.fullmatch(r"~[\w-]+", short, re.ASCII) or short == text  # nothing to quote, or as it was
    if re.fullmatch(r"[ -}]*", text):  # what could stay as it was is never longer than that
        assert len(quote_plus(short)) <= len(quote_plus(text))
    if text:
        with pytest.raises(ValueError, match="text"):
            unpack(short, len(text) - 1)


def test_short_ascii_stays_readable_and_long_text_becomes_short():
    assert pack("0.5,-1,2") == "0.5,-1,2"
    assert pack("the cat sat") == "the cat sat"
    for lang in "en", "ko":
        sentence = words(lang).prose("sentence")
        assert len(pack(sentence)) < 0.75 * len(quote_plus(sentence))


@pytest.mark.parametrize("text", [
    "~", "~!", "~AAAA", "~eN", "~한글", "한글", "a\nb", "a\x00", "é", "~" + "A" * 10**6, "a" * 101, "~~", "a~",
    packed(zlib.compress(b"a" * 101)), packed(zlib.compress(b"a" * 10**7)), packed(zlib.compress(b"abc")[:-1]),
    packed(zlib.compress(b"abc")[:-5] + b"12345"), packed(zlib.compress(b"abc") + b"d"),
    packed(zlib.compress(b"\xff\xfe")), packed(zlib.compress(zlib.compress(b"a" * 10**7))),
    packed(zlib.compress(b"abc")) + "==", packed(zlib.compress("가".encode() * 101)),
])
def test_what_is_not_packed_text_is_refused(text):
    with pytest.raises(ValueError):
        unpack(text, 100)


def test_half_a_pair_is_not_packed():
    with pytest.raises(ValueError, match="surrogate"):
        pack("\ud800")


@settings(deadline=None, max_examples=150)
@given(some.text(max_size=60) | some.text(some.sampled_from("~eNoAz09_-="), max_size=60), some.integers(0, 50))
def test_any_text_is_unpacked_or_refused(text, most):
    try:
        assert len(unpack(text, most)) <= most
    except ValueError:
        assert len(text) > most or not re.fullmatch(r"[ -}]*", text)


numbers = some.floats(-LARGEST, LARGEST) | some.floats(-3, 3) | some.sampled_from([0.0, -0.0, 1.0, LARGEST, -LARGEST])
tables = some.tuples(some.integers(1, 9), some.integers(1, 4), some.integers(0, 4)).flatmap(lambda shape: some.lists(
    numbers.map(lambda number: round(number, shape[2])), min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]
).map(lambda flat: np.reshape(flat, shape[:2])))


@settings(deadline=None, max_examples=200)
@given(tables)
@example(np.array([[1e6], [-1e6], [1e6 - 0.0001]]))
@example(np.array([[0.1 + 0.2, 123456.7891]]).round(4))
def test_numbers_come_back_exactly(table):
    text = pack_numbers(table)
    assert quote_plus(text) == text
    back = unpack_numbers(text, *table.shape)
    assert back.dtype == np.float64
    np.testing.assert_array_equal(back, table)
    assert pack_numbers(back) == text
    for rows, columns in ((table.shape[0] - 1, table.shape[1]), (table.shape[0], table.shape[1] - 1)):
        with pytest.raises(ValueError, match="wanted up to"):
            unpack_numbers(text, rows, columns)


def test_numbers_are_rounded_to_four_decimals():
    table = np.random.default_rng(0).normal(size=(20, 3))
    np.testing.assert_array_equal(unpack_numbers(pack_numbers(table), 20, 3), table.round(4) + 0.0)
    np.testing.assert_array_equal(unpack_numbers(pack_numbers(np.array([[1, 2], [3, 4]])), 2, 2), [[1, 2], [3, 4]])


@pytest.mark.parametrize("table", [
    np.array([[np.nan]]), np.array([[np.inf]]), np.array([[-1e6 - 1]]), np.array([[1e308]]), np.zeros((0, 2)),
    np.zeros((2, 0)), np.zeros(3), np.zeros((1, 2, 3)),
])
def test_what_is_no_table_of_numbers_is_not_packed(table):
    with pytest.raises(ValueError, match="numbers"):
        pack_numbers(table)


def form(head, data):
    return f"{head}.{packed(data)[1:]}"


@pytest.mark.parametrize("text", [
    "", "a", "2.1.001.", "2.1.001.AAAA", "2.1.001.한글", "2.1.501.eNoDAAAAAAE", "2.1.021.eNoDAAAAAAE",
    "٢.1.001.eNoDAAAAAAE",
    form("2.1.001", zlib.compress(b"abc")), form("2.1.001", zlib.compress(b"a")), form("2.1.001", zlib.compress(b"")),
    form("0.1.001", zlib.compress(b"")), form("2.1.001", zlib.compress(b"ab")[:-1]),
    form("2.1.001", zlib.compress(b"a" * 10**7)), form("999999.9999.005", zlib.compress(b"a" * 10**7)),
    form("2.1.005", zlib.compress(b"\xff" * 10)), form("2.1.015", zlib.compress(b"\xff" * 10)),
    form("2.1.001", zlib.compress(b"ab")) + "\n", form("2.1.001", zlib.compress(b"ab")) + "A" * 10**6,
])
def test_what_is_not_packed_numbers_is_refused(text):
    with pytest.raises(ValueError):
        unpack_numbers(text, 100, 10)


heads = some.from_regex(r"[0-5]\.[0-3]\.[0-4][01][1-5]", fullmatch=True)


@settings(deadline=None, max_examples=150)
@given(some.text(max_size=40) | some.builds(form, heads, some.binary(max_size=60).map(zlib.compress)))
def test_any_text_gives_finite_numbers_or_is_refused(text):
    try:
        table = unpack_numbers(text, 4, 3)
    except ValueError:
        return
    assert (np.abs(table) <= LARGEST).all() and 1 <= len(table) <= 4 and 1 <= table.shape[1] <= 3


@pytest.mark.parametrize(("table", "most"), [
    (np.random.default_rng(0).normal(size=(128, 6)), 2200),  # noise: 15.3 bits a number would be 1960
    (np.random.default_rng(0).uniform(-1, 1, (128, 6)).round(2), 1150),
    (np.sin(np.arange(128)[:, None] / 8 + np.arange(6)), 450),
    (np.repeat(np.eye(6), 21, axis=0), 110),
])
def test_how_long_a_table_of_128_by_6_is(table, most):
    assert len(pack_numbers(table)) < most
