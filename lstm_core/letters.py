"""Next letter of a text: its letters as tokens, and the task to say what comes next.

Korean syllables are taken apart into the 24 letters of the alphabet, as they are put together from: 꿰 is ㄱㄱㅜㅓㅣ.
"""
import unicodedata
from collections import Counter
from functools import lru_cache, partial

import numpy as np

from .task import Batch, Task, one_hot, position

MOST = 24  # symbols; what is rarest in a text shares the last
SPACE, RARE = "␣", "…"
INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"  # of syllables, in the order of Unicode
MEDIALS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
MADE_OF = str.maketrans({
    "ㄲ": "ㄱㄱ", "ㄸ": "ㄷㄷ", "ㅃ": "ㅂㅂ", "ㅆ": "ㅅㅅ", "ㅉ": "ㅈㅈ", "ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ",
    "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ", "ㄽ": "ㄹㅅ", "ㄾ": "ㄹㅌ", "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ",
    "ㅐ": "ㅏㅣ", "ㅒ": "ㅑㅣ", "ㅔ": "ㅓㅣ", "ㅖ": "ㅕㅣ", "ㅘ": "ㅗㅏ", "ㅙ": "ㅗㅏㅣ", "ㅚ": "ㅗㅣ", "ㅝ": "ㅜㅓ",
    "ㅞ": "ㅜㅓㅣ", "ㅟ": "ㅜㅣ", "ㅢ": "ㅡㅣ",
})
SOUNDING = frozenset("aeiouyㅏㅑㅓㅕㅗㅛㅜㅠㅡㅣ")  # vowels

OWN = """The cell can keep what it was told, until a gate lets the old thing go. What is let in is kept. What is kept
can be let out."""


def letters(text: str) -> str:
    """A text as its letters: small, Korean ones apart, any space between words as one ␣, with one at the end."""
    words = unicodedata.normalize("NFC", text).lower().split()
    return "".join("".join(map(_apart, word)) + SPACE for word in words).translate(MADE_OF)


def _apart(letter):
    syllable = ord(letter) - ord("가")
    if not 0 <= syllable < 19 * 21 * 28:
        return letter
    return INITIALS[syllable // 588] + MEDIALS[syllable % 588 // 28] + FINALS[syllable % 28]


def text_task(text: str) -> Task:
    """To say the next letter of a text, anywhere in it; read in a ring, as its beginning comes after its end.

    There is nothing unseen: what is measured is how well the text is known by heart.  ValueError for an empty text.
    """
    read = letters(text)
    if not read:
        raise ValueError(f"text: given {text!r}; wanted at least a letter")
    often = [letter for letter, _ in Counter(read).most_common()]
    symbols = tuple(often if len(often) <= MOST else [*often[: MOST - 1], RARE])
    index = {letter: k for k, letter in enumerate(symbols)}
    codes = tuple(index.get(letter, len(symbols) - 1) for letter in read)
    K = len(symbols)
    return Task("text", K, K, "classes", 32, 2, 128, 0.9, partial(_windows, codes, symbols),
                "Karpathy, Johnson & Fei-Fei 2015", symbols, symbols, known=partial(_by_frequency, codes))


def _windows(codes, symbols, rng, B, T):
    values, word_position, ring = _read(codes, symbols)
    at = (rng.integers(0, len(codes), B) + np.arange(T + 1)[:, None]) % len(codes)
    read, live = ring[at], np.ones((T, B), bool)
    properties = {"vowel": values[read[:-1]], "word_position": word_position[at[:-1]], "position": position(live)}
    return Batch(one_hot(read[:-1], len(symbols)), read[1:], live, tokens=read[:-1], properties=properties)


@lru_cache
def _read(codes, symbols):
    """Whether each symbol is a vowel; how many letters there were since the last space, at each; the text."""
    since = [0]  # the text ends with a space
    for code in codes:
        since.append(0 if symbols[code] == SPACE else since[-1] + 1)
    return np.array([float(s in SOUNDING) for s in symbols]), np.array(since[1:], float), np.array(codes)


def _by_frequency(codes, T):
    share = np.bincount(codes) / len(codes)
    share = share[share > 0]
    return float(-(share * np.log(share)).sum()), float(share.max())


TEXT = text_task(OWN)
