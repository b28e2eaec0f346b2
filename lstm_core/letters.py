"""Next letter of a text: its letters as tokens, and the task to say what comes next.

Korean syllables are taken apart into the 24 letters of the alphabet, as they are put together from: 꿰 is ㄱㄱㅜㅓㅣ.
"""
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from .task import Batch, Task, one_hot, position

MOST = 64  # symbols; what is rarest in a text shares the last
SPACE = "␣"
RARE = "…⋯⁝"  # signs that stand for what is rare: the first that the text does not have
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
    words = unicodedata.normalize("NFC", text).lower().replace(SPACE, " ").split()
    return "".join("".join(map(_apart, word)) + SPACE for word in words).translate(MADE_OF)


def _apart(letter):
    syllable = ord(letter) - ord("가")
    if not 0 <= syllable < 19 * 21 * 28:
        return letter
    return INITIALS[syllable // 588] + MEDIALS[syllable % 588 // 28] + FINALS[syllable % 28]


@dataclass(frozen=True)
class Spelled:
    """A text as a net reads it: its letters as numbers of symbols; which of these stands for all that are rare, if any
    does, and for how many different ones."""

    codes: tuple[int, ...]
    symbols: tuple[str, ...]
    rare: int | None
    kinds: int


@lru_cache(maxsize=16)
def spelled(text: str) -> Spelled:
    """A text as its letters, of which the MOST - 1 that are most common have symbols of their own where there are more
    than MOST.  ValueError for an empty text."""
    read = letters(text)
    if not read:
        raise ValueError(f"text: given {text!r}; wanted at least a letter")
    often = [letter for letter, _ in Counter(read).most_common()]
    own = often if len(often) <= MOST else often[: MOST - 1]
    index = {letter: k for k, letter in enumerate(own)}
    codes = tuple(index.get(letter, len(own)) for letter in read)
    if own is often:
        return Spelled(codes, tuple(own), None, 0)
    sign = next(sign for sign in (*RARE, RARE[:2]) if sign not in own)  # two are no letter
    return Spelled(codes, (*own, sign), len(own), len(often) - len(own))


def text_task(text: str) -> Task:
    """To say the next letter of a text, anywhere in it; read in a ring, as its beginning comes after its end.

    Where the next letter is one of those that share a symbol, nothing is asked.  There is nothing unseen: what is
    measured is how well the text is known by heart.  ValueError for an empty text.
    """
    found = spelled(text)
    codes, symbols = found.codes, found.symbols
    K = len(symbols)
    return Task("text", K, K, "classes", 32, 2, 128, 0.9, partial(_windows, codes, symbols, found.rare),
                "Karpathy, Johnson & Fei-Fei 2015", symbols, symbols, by_heart=True,
                known=partial(_by_frequency, codes, found.rare))


def _windows(codes, symbols, rare, rng, B, T):
    values, word_position, ring = _read(codes, symbols)
    at = (rng.integers(0, len(codes), B) + np.arange(T + 1)[:, None]) % len(codes)
    read, live = ring[at], np.ones((T, B), bool)
    asked = live if rare is None else read[1:] != rare
    properties = {"vowel": values[read[:-1]], "word_position": word_position[at[:-1]], "position": position(live)}
    return Batch(one_hot(read[:-1], len(symbols)), np.where(asked, read[1:], 0), asked, tokens=read[:-1],
                 properties=properties)


@lru_cache
def _read(codes, symbols):
    """Whether each symbol is a vowel; how many letters there were since the last space, at each; the text."""
    since = [0]  # the text ends with a space
    for code in codes:
        since.append(0 if symbols[code] == SPACE else since[-1] + 1)
    return np.array([float(s in SOUNDING) for s in symbols]), np.array(since[1:], float), np.array(codes)


def _by_frequency(codes, rare, T):
    counts = np.bincount(codes)[:rare]  # the rare ones are the last
    share = counts / counts.sum()
    share = share[share > 0]
    return float(-(share * np.log(share)).sum()), float(share.max())


TEXT = text_task(OWN)
