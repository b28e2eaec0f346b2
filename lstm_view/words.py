"""Every word a visitor reads, from assets/, in the languages there are."""
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from numbers import Integral, Real
from pathlib import Path

from .text.arithmetic import equated
from .text.numbers import Shown, Whole, mark
from .text.particles import filled

ASSETS = Path(__file__).parent.parent / "assets"
LANGUAGES = tuple(sorted(path.name for path in (ASSETS / "locales").iterdir()))


@dataclass(frozen=True)
class Words:
    """The words of one language.  KeyError for a key that no locale has: a test finds it before a visitor does."""

    lang: str
    entries: dict[str, str]

    def __call__(self, key: str, **values) -> str:
        """The text under a dotted key, with {name} places filled in, and where it has a sign of its own, = or ≈ between
        numbers as these ask: what is filled in may be a visitor's."""
        text = self.entries[key]
        if not values:
            return text
        said = filled(text, {name: _said(value) for name, value in values.items()})
        return equated(said) if "=" in text else said

    def get(self, key: str, default: str = "") -> str:
        """The text under a key, or a default."""
        return self.entries.get(key, default)

    def under(self, section: str) -> dict[str, str]:
        """The entries of one section, by what comes after its name."""
        return {k.removeprefix(section + "."): v for k, v in self.entries.items() if k.startswith(section + ".")}

    def prose(self, name: str) -> str:
        """A longer text, in Markdown."""
        return _text(ASSETS / "prose" / self.lang / f"{name}.md")


def _said(value):
    """A number as text, if nobody has said it in a way of its own; what is text already may be one that is said."""
    if isinstance(value, Integral):
        return Whole(value)
    return mark(value) if isinstance(value, Real) else Shown(value) if isinstance(value, str) else value


MARKDOWN = frozenset("\\`*_{}[]()#+-.!|<>~$:&@=^")  # what may mean something else there


def plain(text: str) -> str:
    """A visitor's own word as Markdown that shows it as it is, and makes no link of it."""
    text = re.sub(r"(?i)(https?:|www(?=\.)|@)", "\\1\u2060", text)  # a joiner of no width, where nothing else helps
    return "".join(f"\\{char}" if char in MARKDOWN else char for char in text)


@cache
def words(lang: str) -> Words:
    """The words of a language in LANGUAGES."""
    entries = {}
    for path in sorted((ASSETS / "locales" / lang).glob("*.toml")):
        entries |= _flat(tomllib.loads(_text(path)))
    return Words(lang, entries)


@cache
def _text(path):
    return path.read_text(encoding="utf-8")


def _flat(table, prefix=""):
    """Nested tables as dotted keys."""
    out = {}
    for key, value in table.items():
        out |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return out
