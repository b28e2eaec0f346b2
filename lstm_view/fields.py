"""What a page's URL may say: a declared list of fields, each with its text there and back.  No Streamlit here."""
from collections.abc import Callable, Mapping
from dataclasses import dataclass

FOREIGN = ("lang", "embed", "embed_options")  # query parameters that belong to the frame or to Streamlit


@dataclass(frozen=True)
class Field:
    """One remembered value: its name in the URL, its default, and its text there and back."""

    name: str
    default: object
    read: Callable[[str], object]  # ValueError for text that makes no sense
    write: Callable[[object], str] = str


def from_text(fields: tuple[Field, ...], query: Mapping[str, str]) -> tuple[dict, list[str]]:
    """Values from a query, and what of it was ignored, as `name=text`."""
    values, ignored = {f.name: f.default for f in fields}, []
    known = {f.name: f for f in fields}
    for name, text in query.items():
        try:
            values[name] = known[name].read(text)
        except (KeyError, ValueError):
            if name not in FOREIGN:
                ignored.append(f"{name}={text}")
    return values, ignored


def to_text(fields: tuple[Field, ...], values: Mapping) -> dict[str, str]:
    """The query for values: only what is not at its default."""
    return {f.name: f.write(values[f.name]) for f in fields if values[f.name] != f.default}
