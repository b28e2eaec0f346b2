"""Every word a visitor reads, from assets/, in the languages there are."""
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ASSETS = Path(__file__).parent.parent / "assets"
LANGUAGES = tuple(sorted(path.name for path in (ASSETS / "locales").iterdir()))


@dataclass(frozen=True)
class Words:
    """The words of one language.  KeyError for a key that no locale has: a test finds it before a visitor does."""

    lang: str
    entries: dict[str, str]

    def __call__(self, key: str, **values) -> str:
        """The text under a dotted key, with {name} places filled in."""
        text = self.entries[key]
        return particles(text.format(**values)) if values else text

    def get(self, key: str, default: str = "") -> str:
        """The text under a key, or a default."""
        return self.entries.get(key, default)

    def under(self, section: str) -> dict[str, str]:
        """The entries of one section, by what comes after its name."""
        return {k.removeprefix(section + "."): v for k, v in self.entries.items() if k.startswith(section + ".")}

    def prose(self, name: str) -> str:
        """A longer text, in Markdown."""
        return _text(ASSETS / "prose" / self.lang / f"{name}.md")


MARKDOWN = frozenset("\\`*_{}[]()#+-.!|<>~$:&@=^")  # what may mean something else there

PAIRS = {"은(는)": "은는", "이(가)": "이가", "을(를)": "을를", "와(과)": "과와", "(으)로": ("으로", "로")}
SOUNDS = {"0": "영", "1": "일", "2": "이", "3": "삼", "4": "사", "5": "오", "6": "육", "7": "칠", "8": "팔", "9": "구",
          "r": "알", "n": "엔", "l": "엘", "m": "엠", "%": "트"}  # how a last letter or digit is read aloud


def particles(text: str) -> str:
    """Korean particles written for both cases, 은(는), as the word before them asks: 3은, 2는."""
    def choose(found):
        last, pair = found[1], found[3]
        sound = SOUNDS.get(last.lower(), last)
        final = (ord(sound) - 0xAC00) % 28 if "가" <= sound <= "힣" else 0
        closed = final != 0 and not (pair == "(으)로" and final == 8)  # 8: ㄹ, which takes 로
        return last + found[2] + PAIRS[pair][not closed]

    return re.sub(r"(\S)([)\]]?)(은\(는\)|이\(가\)|을\(를\)|와\(과\)|\(으\)로)", choose, text)


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
