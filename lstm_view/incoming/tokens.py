"""A sentence -> tokens, and a vector for each.

Tokens are what a reader would point at: words (in Korean 어절), punctuation before and after them, emoji.  They are not
a language model's, and neither are the vectors: those are drawn from the word itself, so a word always has the same.
"""
import re
import unicodedata

import numpy as np

from .refusal import INVISIBLE, Refused, clean

MOST_CHARACTERS = 20_000
MOST_IN_TOKEN = 24  # characters that are shown of one
PIECE = 96  # characters that are normalized at once: what it costs grows with the square of a run of marks

_PICTURE = ("[\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff"
            "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]")
_LOOK = "[\ufe0e\ufe0f]?[\U0001f3fb-\U0001f3ff]?\ufe0f?[\U000e0020-\U000e007f]*"  # as text or colour, skin, a region
EMOJI = re.compile(f"([\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_PICTURE}{_LOOK}(?:\u200d{_PICTURE}{_LOOK})*)")

_LOOKS = re.compile("[\ufe0e\ufe0f\U000e0020-\U000e007f]")  # cannot be seen where there is no emoji before
_JOINERS = "\u200c\u200d"  # belong inside words of some scripts, but to nothing at their ends


def tokens(text: str, most: int) -> tuple[str, ...]:
    """The tokens of a text in reading order, NFC, each whole, however long.

    Refused for a text longer than MOST_CHARACTERS and for more than `most` tokens.
    """
    if len(text) > MOST_CHARACTERS:
        raise Refused("text_long", count=len(text), most=MOST_CHARACTERS)
    pieces = [piece for word in text.split() for k, part in enumerate(EMOJI.split(INVISIBLE.sub("", word)))
              for piece in ([part] if k % 2 else _peeled(part))]  # a split by a group: what lies between, group, ...
    found = tuple(token for token in map(_normalized, pieces) if token)
    if len(found) > most:
        raise Refused("tokens_many", count=len(found), most=most)
    return found


def told_apart(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """Tokens as they are shown: up to MOST_IN_TOKEN characters each, … for what was cut, and two that differ never
    alike: of those the ends are shown too, or else their number."""
    said = {}
    for k, token in enumerate(dict.fromkeys(tokens), 1):
        for ending in ("", token[-8:], f" ({k})"):
            label = clean(token, MOST_IN_TOKEN - len(ending)) + ending
            if label not in said.values():
                break
        said[token] = label
    return tuple(said[token] for token in tokens)


def vectors(tokens: tuple[str, ...], D: int, seed: int) -> np.ndarray:
    """A vector for each token (T, D), uniform in (-1, 1) with two decimals, by the seed and the token's own text; drawn
    again where an earlier token has the same, as of one number some have."""
    drawn, taken = {}, set()
    for token in dict.fromkeys(tokens):
        rng = np.random.default_rng([seed, *token.encode()])
        drawn[token] = rng.uniform(-1, 1, D).round(2) + 0.0  # no -0.0
        while drawn[token].tobytes() in taken and len(taken) < 100**D:
            drawn[token] = rng.uniform(-1, 1, D).round(2) + 0.0
        taken.add(drawn[token].tobytes())
    return np.array([drawn[token] for token in tokens]).reshape(len(tokens), D)


def _normalized(piece):
    piece = "".join(unicodedata.normalize("NFC", piece[at : at + PIECE]) for at in range(0, len(piece), PIECE))
    return INVISIBLE.sub("", piece)


def _peeled(word):
    """A word without emoji -> it without the punctuation around it, and that, a run of one sign as one token."""
    word = _LOOKS.sub("", word)
    start, end = 0, len(word)
    while start < end and _is_around(word[start]):
        start += 1
    while start < end and _is_around(word[end - 1]):
        end -= 1
    return [*_runs(word[:start]), *filter(None, [word[start:end]]), *_runs(word[end:])]


def _runs(signs):
    return [found[0] for found in re.finditer(rf"([^{_JOINERS}])\1*", signs)]


def _is_around(character):
    return character in _JOINERS or unicodedata.category(character).startswith("P")
