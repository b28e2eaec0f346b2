"""What a page's URL may say: a declared list of fields, each with its text there and back.  No Streamlit here."""
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

MAX_SEED = 10**6
CLOSING = ".,;:!?)]}>\"'*_”’»。"  # what a sentence around a link may leave at its end
FOREIGN = ("lang", "embed", "embed_options")  # query parameters that belong to the frame or to Streamlit


@dataclass(frozen=True)
class Field:
    """One remembered value: its name in the URL, its default, and its text there and back."""

    name: str
    default: object
    read: Callable[[str], object]  # ValueError for text that makes no sense
    write: Callable[[object], str] = str


def from_text(fields: tuple[Field, ...], query: Mapping[str, str]) -> tuple[dict, list[str]]:
    """Values from a query, and what of it was ignored, as `name=text`.  No value that is written ends in CLOSING, but a
    visitor's own words, so it is left out where the last cannot be read with it."""
    values, ignored = {f.name: f.default for f in fields}, []
    known, last = {f.name: f for f in fields}, next(reversed(dict(query)), None)
    for name, text in query.items():
        try:
            values[name] = _read(known[name], text, name == last)
        except (KeyError, ValueError):
            if name not in FOREIGN:
                ignored.append(f"{name}={text}")
    return values, ignored


def _read(field, text, last):
    try:
        value = field.read(text)
        if not (last and isinstance(value, dict) and any(number != number for number in value.values())):  # nan
            return value
    except ValueError:
        if not last:
            raise
    return field.read(text.rstrip(CLOSING))


def to_text(fields: tuple[Field, ...], values: Mapping) -> dict[str, str]:
    """The query for values: only what is not at its default."""
    return {f.name: f.write(values[f.name]) for f in fields if values[f.name] != f.default}


def is_whole(query: Mapping[str, str]) -> bool:
    """Whether an address ends in a letter or a digit: programs that find links in a text leave other signs out."""
    return urlencode(query)[-1:].isalnum()


def whole(query: Mapping[str, str], lang: str) -> dict[str, str]:
    """The query in a language, which stands first, or last where else the address would end in a sign."""
    first = {"lang": lang} | query
    return first if is_whole(first) else query | {"lang": lang}


# --- what a field reads


def one_of(options: Collection[str]) -> Callable[[str], str]:
    """Reads one of some names."""
    def read(text):
        if text not in options:
            raise ValueError(text)
        return text

    return read


def several_of(options: Collection[str], most: int) -> tuple[Callable, Callable]:
    """Reads and writes up to so many of some names, each once, at least one: `lstm,gru`."""
    def read(text):
        names = tuple(text.split(","))
        if not 1 <= len(names) <= most or len(set(names)) < len(names) or not set(names) <= set(options):
            raise ValueError(text)
        return names

    return read, ",".join


def integer(low: int, high: int) -> Callable[[str], int]:
    """Reads an integer from low to high."""
    def read(text):
        if not low <= int(text) <= high:
            raise ValueError(text)
        return int(text)

    return read


def real(low: float, high: float) -> tuple[Callable, Callable]:
    """Reads and writes a number from low to high."""
    def read(text):
        if not low <= float(text) <= high:
            raise ValueError(text)
        return float(text)

    return read, _short


def numbers(text: str) -> dict[str, float]:
    """"x.0:0.8,W_f.0.1:-1" -> {"x.0": 0.8, "W_f.0.1": -1.0}"""
    out = {}
    for item in filter(None, text.split(",")):
        address, _, number = item.partition(":")
        try:
            out[address] = float(number)
        except ValueError:
            out[item] = math.nan  # no such place: `fit` leaves it out and says so, and the others stay
    return out


def numbers_text(values: Mapping[str, float]) -> str:
    """The reverse of `numbers`."""
    return ",".join(f"{address}:{_short(value)}" for address, value in values.items())


def _short(value):
    return repr(value).removesuffix(".0")
