"""A figure's twin: the same numbers as a table, and as a CSV file.  Made only when asked for."""
from collections.abc import Callable

import pandas as pd
import streamlit as st

from ..text.numbers import amount
from ..words import Words, plain

DIGITS = 7  # significant, of a number in a table; the file has all
MOST_CELLS = 3000  # of a table on the page, which the browser draws in about a second; the file has all


def twin(key: str, make: Callable[[], pd.DataFrame], words: Words, label: str = "") -> None:
    """The switch that opens a figure's table, and under it the file; label: what it says, if not of numbers."""
    if not st.toggle(label or words("twin.table"), key=f"twin.{key}"):
        return
    frame = make()
    rows = max(1, MOST_CELLS // len(frame.columns))
    shown = frame.head(rows).map(_text).rename(index=_plain, columns=_plain)
    st.table(shown)  # plain HTML, which screen readers read
    if len(frame) > rows:
        st.caption(words("twin.more", shown=rows, count=len(frame)))
    csv_button(key, f"{key}.csv", lambda: frame.to_csv(), words)


def csv_button(key: str, file: str, make: Callable[[], str], words: Words) -> None:
    """A button that makes a file when it is pressed."""
    st.download_button(words("take.save", file=file), make, file, "text/csv", key=f"csv.{key}", on_click="ignore",
                       icon=":material/download:")


def _plain(name):
    return plain(str(name))


def _text(value):
    """As it stands in a table."""
    if isinstance(value, str):
        return plain(value)
    return "" if value != value else amount(value, DIGITS)
