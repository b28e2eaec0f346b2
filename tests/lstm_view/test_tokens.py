import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from lstm_view.incoming.reader import Refused
from lstm_view.incoming.sequences import sequence
from lstm_view.incoming.tokens import MOST_CHARACTERS, MOST_IN_TOKEN, tokens, told_apart, vectors
from lstm_view.words import LANGUAGES, words

each = pytest.mark.parametrize("lang", LANGUAGES)


@pytest.mark.parametrize(("text", "expected"), [
    ("", []), (" \n\t ", []), ("\x00\u202e\u200b", []),
    ("The cat, which was grey.", ["The", "cat", ",", "which", "was", "grey", "."]),
    ("don't well-known 3.5", ["don't", "well-known", "3.5"]),
    ("“Wait...” (he said)?!", ["“", "Wait", "...", "”", "(", "he", "said", ")", "?", "!"]),
    ("나는 어제, 학교에 갔다.", ["나는", "어제", ",", "학교에", "갔다", "."]),
    (unicodedata.normalize("NFD", "한국어 café"), ["한국어", "café"]),
    ("한국어。日本語、", ["한국어。日本語", "、"]),
    ("hello🙂🙂!", ["hello", "🙂", "🙂", "!"]),
    ("👩🏽‍💻👨‍👩‍👧‍👦 🇰🇷🇫🇷 ❤️ ❤️‍🔥 1️⃣ #️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ‼️",
     ["👩🏽‍💻", "👨‍👩‍👧‍👦", "🇰🇷", "🇫🇷", "❤️", "❤️‍🔥", "1️⃣", "#️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "‼️"]),
    ("مرحبا، بالعالم!", ["مرحبا", "،", "بالعالم", "!"]),
    ("שלום עולם", ["שלום", "עולם"]),
    ("می‌خواهم", ["می‌خواهم"]),  # a joiner inside a word is part of its spelling
    ("a\u202eb\u2066c\u0007d", ["abcd"]),
    ("\ud800a", ["a"]),
    ("<b>bold</b> <script>", ["<b>bold</b>", "<script>"]),
    ("**bold** _it_ `code` [a](b)", ["**", "bold", "**", "_", "it", "_", "`code`", "[", "a](b", ")"]),
    (r"$\sigma(x)$ \frac{a}{b}", [r"$\sigma(x)$", "\\", "frac{a}{b", "}"]),
    ("{key} %s", ["{", "key", "}", "%", "s"]),
    ("a" * 24, ["a" * 24]), ("a" * 25, ["a" * 25]),
    ("\u200d" * 50 + "a\ufe0f", ["a"]), ("\U000e0020" * 50, []),
])
def test_tokens(text, expected):
    assert list(tokens(text, 50)) == expected


@pytest.mark.parametrize("text", [
    "!?" * 10_000, "🙂" * 20_000, "🙂\u200d" * 10_000, "🙂\u200d🙂\u200d" * 5_000, "\U000e0020" * 20_000,
    "🙂\ufe0f" * 10_000, "a" + "\u0323\u0301" * 9_999, "1\ufe0f" * 10_000, "a" * 20_000,
    "\u200c" * 9_999 + "a" + "\u200c" * 9_999 + "a",
])
def test_what_is_hostile_is_read_like_anything_else(text):
    found = tokens(text, MOST_CHARACTERS)
    assert all(0 < len(label) <= MOST_IN_TOKEN for label in told_apart(found))


@pytest.mark.parametrize(("text", "most", "key", "values"), [
    ("a" * 20_001, 9, "text_long", {"count": 20_001, "most": 20_000}),
    ("a b c, d", 4, "tokens_many", {"count": 5, "most": 4}),
])
def test_what_is_too_much_is_refused(text, most, key, values):
    with pytest.raises(Refused) as caught:
        tokens(text, most)
    assert (caught.value.key, caught.value.values) == (key, values)
    for lang in LANGUAGES:
        sentence = words(lang)(f"reader.{key}", **values)
        assert all(f"{value:,}" in sentence for value in values.values())


likely = some.sampled_from("aé가 .!,\u200d\ufe0f🙂🇰🇷👩🏽\u0301\u202e\ud800\n1\u20e3")


@settings(deadline=None, max_examples=200)
@given(some.text(max_size=80) | some.text(likely, max_size=60))
def test_any_text_is_read(text):
    found = tokens(text, 80)
    for token in found:
        assert token and not any(character.isspace() for character in token)
        assert unicodedata.is_normalized("NFC", token)
        assert not {"Cc", "Cs"} & {unicodedata.category(character) for character in token}
        token.encode()
    assert tokens(" ".join(found), 200) == found
    labels = told_apart(found)
    assert all(0 < len(label) <= MOST_IN_TOKEN for label in labels)
    assert len(set(zip(found, labels, strict=True))) == len(set(found)) == len(set(labels))


@each
def test_the_sentence_of_the_home_page_is_read_whole(lang):
    sentence = words(lang).prose("sentence")
    found = tokens(sentence, 300)
    assert "".join(found) == "".join(sentence.split())


def test_a_word_has_the_same_vector_in_any_sentence():
    one, other = tokens("the cat saw the dog", 9), tokens("dog and cat", 9)
    first, second = vectors(one, 4, 7), vectors(other, 4, 7)
    assert first.shape == (5, 4) and second.shape == (3, 4)
    np.testing.assert_array_equal(first[[0, 1, 4]], [first[3], second[2], second[0]])
    assert len(np.unique(np.vstack([first, second]), axis=0)) == 5  # the cat saw dog and


LONG = "Die Rindfleischetikettierungsüberwachung ersetzt das Rindfleischetikettierungsgesetz."


def test_what_is_cut_for_show_is_another_word_all_the_same():
    found = tokens(LONG, 9)
    assert found == (*LONG.removesuffix(".").split(), ".")
    x = vectors(found, 3, 0)
    assert len(np.unique(x, axis=0)) == 6
    made = sequence("sentence", 9, 3, 0, LONG)
    np.testing.assert_array_equal(made.x, x)
    assert len(set(made.labels)) == 6 and max(map(len, made.labels)) <= MOST_IN_TOKEN
    assert made.texts == found
    far = "a" * 3000 + "b" + "a" * 500, "a" * 3000 + "c" + "a" * 500, "a" * 3501
    assert (np.diff(vectors(far, 9, 0), axis=0) != 0).any(axis=1).all() and len(set(told_apart(far))) == 3


@settings(deadline=None, max_examples=60)
@given(some.text(some.characters(exclude_categories=["Cs"]), min_size=1, max_size=9), some.integers(1, 8),
       some.integers(0, 10**6))
def test_a_vector(token, D, seed):
    found = vectors((token,), D, seed)
    assert found.shape == (1, D) and (np.abs(found) <= 1).all()
    np.testing.assert_array_equal(found, found.round(2))
    np.testing.assert_array_equal(found, vectors((token,), 8, seed)[:, :D])  # fewer inputs are the first ones
    assert not np.signbit(found[found == 0]).any()
    assert (vectors((token,), 8, seed) != vectors((token,), 8, seed + 1)).any()
    assert (vectors((token,), 8, seed) != vectors((token + "a",), 8, seed)).any()


@pytest.mark.parametrize("D", [1, 2, 3])
def test_no_two_words_have_the_same_vector(D):
    words = tuple(f"word{k}" for k in range(90))
    assert len(np.unique(vectors(words, D, 0), axis=0)) == len(words)
    np.testing.assert_array_equal(vectors((*words, *words), D, 0), np.tile(vectors(words, D, 0), (2, 1)))


def test_no_token_has_no_vector():
    assert vectors((), 3, 0).shape == (0, 3)
