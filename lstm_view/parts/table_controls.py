"""A table that a visitor typed, pasted or brought: how it is read, which of its columns come in, and how scaled.

What made the numbers that come in is remembered beside them, so that after undo, and on another page, the choice that
is shown is the one that is in use; or none, where these numbers came from elsewhere.
"""
from dataclasses import dataclass, field, replace
from math import floor, log10

import numpy as np
import pandas as pd
import streamlit as st

from ..incoming.reader import SIGNS, Columns, Note, Reading, Refused, first_lines, read_table, scale, shown
from ..incoming.sequences import FEWEST, MOST, MOST_INPUTS
from ..numbers.addresses import MAX_VALUE
from ..packed import held
from ..text.numbers import amount, count
from ..words import Words, plain
from .widgets import button, holding, memory_here

SCALINGS = ("standard", "range", "none")
OF_TABLE = ("ragged", "no_rows", "no_numbers", "infinite", "quote", "too_many_columns", "printed_bracket",
            "printed_gap", "long_line")  # refusals that a switch may mend
KEPT = 40  # choices that undo may come back to
MOST_KEPT = 8_000_000  # bytes of their tables, but for the newest
SHOWN = 8  # columns of a preview


@dataclass(frozen=True)
class Source:
    """What a visitor gave, and how they want it read; number: which it is of this session."""

    data: bytes | str
    number: int
    asked: Reading | None = None


@dataclass(frozen=True)
class Choice:
    """What of a table comes in, and what was said of it."""

    source: Source
    table: Columns
    names: tuple[str, ...]
    how: str  # one of SCALINGS
    first: int  # row, from 0
    notes: tuple[Note, ...] = field(default=())


def take(data: bytes | str, how: str) -> None:
    """Take what was typed or brought, or say why not; what the visitor had stays.  how: one of SCALINGS."""
    _read(Source(data, _next_number()), how)


def note(*notes: Note) -> None:
    """Say something of what came in, until that changes."""
    st.session_state["notes"] = _now(), notes


def notes(words: Words) -> None:
    """What was done to the visitor's numbers, or why they could not be taken; and how else they could be meant."""
    chosen = _chosen()
    said = _said() or (chosen.notes if chosen else ())
    if said:
        st.warning("\n\n".join(words(key, **values) for key, values in said), icon=":material/info:")
    if chosen and chosen.table.other and not _refused():
        (key, values), otherwise = chosen.table.other
        st.caption(words(f"reader.{key}", **values))
        again = replace(chosen.source, asked=otherwise)
        button("other_reading", lambda: _read(replace(again, number=_next_number()), chosen.how), words,
               icon=":material/swap_horiz:")


def file_not_in_use(file, words: Words) -> None:
    """That the file which stands there is not what comes in, if so, and the way to take it again."""
    chosen = _chosen()
    if file is not None and not _refused() and (chosen is None or chosen.source.data != file.getvalue()):
        st.caption(words("input.file_not_in_use"))
        button("use_file", lambda: take(file.getvalue(), "standard"), words, icon=":material/upload_file:")


def table(words: Words) -> None:
    """How the table that is in use, or the one that was just refused, is read; and what of it comes in."""
    refused, chosen = _refused(), _chosen()
    source = refused or (chosen and chosen.source)
    if source is None:
        return
    reading = (source.asked or Reading()) if refused else chosen.table.reading
    if reading:
        _preview(source, None if refused else chosen.table, words)
        _switches(source, reading, "none" if refused else chosen.how, words)
    if not refused:
        _choose(chosen, words)


# --- what is remembered


def _next_number():
    st.session_state["tables"] = st.session_state.get("tables", 0) + 1
    return st.session_state["tables"]


def _now():
    """What comes in, as a value: another one whenever anything of it changes."""
    values = memory_here().values
    return tuple(values[name] for name in ("input", "text", "own", "columns", "task"))


def _said():
    now, said = st.session_state.get("notes", ((), ()))
    return said if said and now == _now() else ()


def _refused():
    """The source that was refused, until something else comes in."""
    now, source = st.session_state.get("refused", ((), None))
    return source if source and now == _now() else None


def _chosen() -> Choice | None:
    """The choice that made the numbers which come in, if one did."""
    values = memory_here().values
    if values["input"] != "own":
        return None
    return st.session_state.get("chosen", {}).get((values["own"], values["columns"]))


# --- reading


def _read(source, how):
    for name in ("refused", "notes"):
        st.session_state.pop(name, None)
    try:
        table = read_table(source.data, source.asked)
    except Refused as refused:
        note((f"reader.{refused.key}", refused.values))
        if refused.key in OF_TABLE:
            st.session_state["refused"] = _now(), source
        return
    _take(Choice(source, table, table.names[:MOST_INPUTS], how, 0))


def _take(choice):
    """These columns of a table become what comes in: scaled over the whole file, then cut to what fits."""
    table, names = choice.table, choice.names
    scaled, by = scale(table.numbers[:, [table.names.index(name) for name in names]], choice.how)
    rows = scaled[choice.first : choice.first + MOST]
    if np.abs(rows).max() > MAX_VALUE:
        note(("input_note.too_large", {"most": count(int(MAX_VALUE))}))
        return
    said = [(f"reader.{key}", values) for key, values in table.notes]
    if len(table.numbers) > len(rows):
        said.append(("input_note.window",
                     {"first": choice.first + 1, "last": choice.first + len(rows), "count": len(table.numbers)}))
    if len(names) < len(table.names):
        said.append(("input_note.some_columns", {"count": len(table.names), "taken": len(names)}))
    said += _rounded(rows)
    flat = [shown(name) for name, same in zip(names, by.constant, strict=True) if same]
    if flat and choice.how != "none":
        said.append(("input_note.constant", {"names": "`, `".join(flat)}))
    if len(rows) < FEWEST:
        rows = np.concatenate([rows, np.zeros((FEWEST - len(rows), len(names)))])
        said.append(("input_note.one_row", {}))
    own = tuple(map(tuple, held(rows).tolist()))
    columns = tuple(zip(map(shown, names), by.offset.tolist(), by.divisor.tolist(), strict=True))
    chosen = st.session_state.setdefault("chosen", {})
    chosen.pop((own, columns), None)
    chosen[own, columns] = replace(choice, notes=tuple(said))
    while len(chosen) > 1 and (len(chosen) > KEPT or _bytes(chosen.values()) > MOST_KEPT):
        chosen.pop(next(iter(chosen)))
    memory_here().change(input="own", own=own, columns=columns)


def _bytes(choices):
    tables = {choice.source.number: choice for choice in choices}
    return sum(choice.table.numbers.nbytes + len(choice.source.data) for choice in tables.values())


def _rounded(rows):
    """What is said where a link cannot hold all digits of the numbers."""
    gap = np.abs(held(rows) - rows)
    if not gap.any():
        return []
    most = 10.0 ** (floor(log10(gap.max())) + 1)
    return [("input_note.rounded", {"count": int((gap > 0).sum()), "all": gap.size, "most": amount(most, 1)})]


# --- the switches


def _preview(source, table, words):
    """The first lines as they stand there: in cells, where they could be read."""
    if table is None:
        st.code("\n".join(first_lines(source.data)), language=None)
        return
    named, wide = bool(table.reading.header), len(table.head[0])
    lines = [words("reading.names")] * named + [str(k + 1) for k in range(len(table.head) - named)]
    frame = pd.DataFrame([[plain(cell) for cell in row[:SHOWN]] for row in table.head], index=lines)
    st.table(frame.rename(columns=lambda k: f"{words('reading.column')} {k + 1}"))
    if wide > SHOWN:
        st.caption(words("reading.more", shown=SHOWN, count=wide))


def _switches(source, reading, how, words):
    """How the table is read: what was guessed is what they begin with."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="switches"):
        _switch("header", st.toggle, source, how, words, value=bool(reading.header))
        _switch("separator", st.selectbox, source, how, words, options=list(SIGNS), width=150,
                index=list(SIGNS).index(reading.separator) if reading.separator else None,
                format_func=lambda name: words(f"separator.{SIGN_NAMES[name]}"), placeholder=words("reading.guess"))
        _switch("decimal", st.segmented_control, source, how, words, options=[".", ","], default=reading.decimal,
                required=bool(reading.decimal))
        _switch("skip", st.number_input, source, how, words, min_value=0, max_value=1000, value=reading.skip or 0,
                width=130)
        _switch("missing", st.text_input, source, how, words, value=" ".join(reading.missing), width=170,
                placeholder="-999 x")


SIGN_NAMES = {",": "comma", ";": "semicolon", "tab": "tab", "space": "space"}


def _switch(name, widget, source, how, words, **more):
    key = f"table.{name}.{source.number}"
    widget(words(f"reading.{name}"), key=key, on_change=_switched, args=(name, key, source, how), **more)


def _switched(name, key, source, how):
    given = st.session_state.get(key)
    if given is not None:
        value = tuple(dict.fromkeys(given.split())) if name == "missing" else given
        asked = replace(source.asked or Reading(), **{name: value})
        _read(replace(source, asked=asked, number=_next_number()), how)


# --- the columns


def _choose(choice, words):
    """Which columns, from which row on, and how they are scaled; another table's choice is made afresh."""
    table, which = choice.table, choice.source.number
    st.markdown(f"**{words('input.columns')}**")
    names = holding(f"choice.names.{which}", list(choice.names))
    st.multiselect(words("input.columns"), table.names, default=choice.names, max_selections=MOST_INPUTS, key=names,
                   on_change=_rechosen, args=(choice, "names", names), label_visibility="collapsed",
                   placeholder=words("input.columns"))
    how = holding(f"choice.how.{which}.{choice.how}", choice.how)
    st.segmented_control(words("input.scaling"), SCALINGS, default=choice.how, required=True, key=how,
                         on_change=_rechosen, args=(choice, "how", how),
                         format_func=lambda how: words(f"scaling.{how}"))
    if len(table.numbers) > MOST:
        row = holding(f"choice.row.{which}", choice.first + 1)
        st.number_input(words("input.first_row"), 1, len(table.numbers) - FEWEST + 1, choice.first + 1, key=row,
                        on_change=_rechosen, args=(choice, "first", row))


def _rechosen(choice, name, key):
    given = st.session_state.get(key)
    if given:
        value = {"names": lambda: tuple(given), "how": lambda: given, "first": lambda: given - 1}[name]()
        _take(replace(choice, **{name: value}))
