"""What cannot be read, and why; and what a sentence may quote of a visitor's text."""
import re
import unicodedata

MOST_SHOWN = 40  # characters of a name, and of what a sentence quotes
INVISIBLE = re.compile(  # controls, directional marks and overrides, fillers of width 0, halves of surrogate pairs
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


class Refused(Exception):
    """What cannot be read: `reader.key` is the sentence that says why and how to mend it, values fill its places."""

    def __init__(self, key: str, **values):
        super().__init__(key, values)
        self.key, self.values = key, values


def clean(text: str, most: int) -> str:
    """One line of text up to so many characters, NFC, without what cannot be seen; what was longer ends in …"""
    text = INVISIBLE.sub("", " ".join(text.split()))
    text = unicodedata.normalize("NFC", text[: 4 * most])  # cut first: its cost grows with the square of a run of marks
    return text if len(text) <= most else text[: most - 1].rstrip(" \u200c\u200d") + "…"


def shown(text: str) -> str:
    """What a sentence may quote of a visitor's text, inside Markdown's `code`: never empty, without backticks."""
    return clean(text.replace("`", ""), MOST_SHOWN) or "…"
