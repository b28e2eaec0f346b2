"""What a visitor uploads, pastes or types -> columns of numbers.

Everything is bounded before it is looked at and costs time linear in its length.  What cannot be read is refused with a
sentence of the locale that says what, where and how to mend it; what was done on the way is told as notes.  Lines are
counted from 1, as an editor does.
"""
import re
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ..text.numbers import shortest
from . import printed
from .decoding import ENCODINGS, MOST_BYTES, decoded
from .notation import DATE, GROUPED, MEASURED, NUMBER, POINTED, counts, is_joined, is_number, is_pointed, value
from .records import (
    FOOTER,
    MOST_IN_LINE,
    MOST_LINES,
    SEPARATORS,
    SIGNS,
    check,
    check_whole,
    even,
    full,
    lines_of,
    preamble,
    records,
    remarks,
    separator_of,
    trimmed,
    with_index,
    with_names,
    with_semicolons,
    without_bars,
)
from .refusal import MOST_SHOWN, Refused, clean, shown

__all__ = ["MOST_BYTES", "MOST_COLUMNS", "MOST_IN_LINE", "MOST_LINES", "MOST_SHOWN", "SIGNS", "Columns", "Note",
           "Reading", "Refused", "Scaling", "clean", "first_lines", "read_table", "scale", "shown"]

MOST_COLUMNS = 64
MOST_LINE_SHOWN = 120  # characters
HEAD = 6  # lines of a table that are shown, besides its names
COUNTER = {"", "index", "unnamed:0"}  # what pandas calls the column that counts the rows,
COPIED = re.compile(r"unnamed: \d+(?:\.\d+)*", re.IGNORECASE)  # and what it calls that when it reads it again
SENTINEL = re.compile(r"-9{2,6}(?:[.,]0*)?|9{4,6}(?:[.,]0*)?")  # numbers that may say that there is none
Note = tuple[str, dict]  # a key below `reader.`, whose sentence is Markdown, and the values for its places


@dataclass(frozen=True)
class Reading:
    """How a table is read, as the switches beside it say it; None: as it is guessed."""

    header: bool | None = None  # whether the first row holds the columns' names
    separator: str | None = None  # one of SIGNS
    decimal: str | None = None  # `.` or `,`
    skip: int | None = None  # lines before the table
    missing: tuple[str, ...] = ()  # what says that there is no number, besides notation.BLANK


@dataclass(frozen=True)
class Columns:
    """Named columns of numbers (rows, columns), float64, all finite, and notes on what was done to get them.

    reading: how it was read, without a None; None for a list that was printed by a program.  other: a note that tells
    how else it could be meant, and that reading.  head: its first lines' cells, as they stand there, names first.
    """

    names: tuple[str, ...]  # distinct, up to MOST_SHOWN characters each
    numbers: np.ndarray
    notes: tuple[Note, ...]
    reading: Reading | None = None
    other: tuple[Note, Reading] | None = None
    head: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Scaling:
    """scaled = (numbers - offset) / divisor, each (columns,); a constant column, divisor 1, became 0."""

    offset: np.ndarray
    divisor: np.ndarray
    constant: np.ndarray  # bool


def read_table(data: bytes | str, reading: Reading | None = None) -> Columns:
    """Columns from a CSV file or from text: `,` `;` tab or white space, with a header line or without; or from a list
    as Python, NumPy, PyTorch, JSON, MATLAB and R print it.

    A single line of numbers is one input over time.  A cell of notation.BLANK takes the last value above it, or the
    first below.  A column that holds anything else that is no number is left out, and so is one that counts the rows.

    Refused beyond the bounds above, for lines of different lengths, an open quote or bracket, an infinite number, what
    is not text, what was left out where it was printed, and where there is no number.
    """
    text, encoding = decoded(data)
    notes = [("encoding", {"encoding": ENCODINGS[encoding]})] if encoding in ENCODINGS else []
    if reading is None and printed.is_printed(text):
        check(text)
        return _printed(text, notes)
    return _table(lines_of(text, encoding), reading or Reading(), notes)


def first_lines(data: bytes | str) -> list[str]:
    """The first lines of what was given, or none if it is no text; each as far as a line is shown."""
    try:
        text, _ = decoded(data)
    except Refused:
        return []
    return [clean(line, MOST_LINE_SHOWN) for line in text.split("\n", HEAD)[:HEAD]]


def scale(numbers: np.ndarray, how: str) -> tuple[np.ndarray, Scaling]:
    """(rows, columns) scaled column by column, and by what; finite for every finite input.

    none      As it is.
    standard  Minus the mean, over the standard deviation (of the population).
    range     From the smallest, -1, to the largest, 1.

    A constant column becomes 0 (but under none).  ValueError for another name.
    """
    size = np.ldexp(1.0, np.frexp(np.abs(numbers).max(axis=0))[1] - 1)  # a power of 2, so that nothing is rounded
    part = numbers / size  # in [-2, 2], so that no sum overflows
    low, high = part.min(axis=0), part.max(axis=0)
    match how:
        case "none":
            return numbers + 0.0, Scaling(np.zeros(len(size)), np.ones(len(size)), low == high)
        case "standard":
            offset = part.mean(axis=0).clip(low, high)
            divisor = np.minimum(part.std(axis=0), (high - low) / 2)
        case "range":
            offset = low
            divisor = (high - low) / 2
        case _:
            raise ValueError(f"how: given {how}; wanted none, standard or range")
    constant = divisor * size == 0  # or so near to it that their spread is no number
    scaled = (part - offset) / np.where(constant, 1, divisor)
    if how == "range":
        scaled, offset = scaled - 1, offset + divisor
    offset, divisor = np.where(constant, low, offset) * size, np.where(constant, 1, divisor * size)
    return np.where(constant, 0, scaled) + 0.0, Scaling(offset, divisor, constant)  # + 0.0: no -0.0


# --- what a program printed


def _printed(text, notes):
    found = printed.read(text)
    notes += found.notes
    rows = [(line, cells) for line, cells in found.rows if cells]
    if not rows:
        raise Refused("empty")
    if len(rows) == 1 and len(rows[0][1]) > 1 and not found.names:
        rows = _upright(*rows[0], notes)
    if found.names:
        rows = [(rows[0][0], list(found.names)), *rows]
    columns = _columns(rows, bool(found.names), partial(value, decimal="."), notes)
    return Columns(*columns, tuple(notes))


def _upright(line, cells, notes):
    """A single row as one column."""
    notes.append(("one_line", {"count": len(cells)}))
    return [(line, [cell]) for cell in cells]


# --- lines -> records: (line, cells), all with as many cells


def _table(lines, asked, notes):
    skip, last = remarks(lines, asked, notes), len(lines)
    while lines and FOOTER.fullmatch(lines[-1].strip()):  # of what pandas printed
        lines = lines[:-1]
    body = with_semicolons(without_bars(["" if k < skip else line for k, line in enumerate(lines)]))
    separator = asked.separator or separator_of(body, asked.decimal)
    if separator == "," and not asked.separator:
        _check_unparted(body)
    found = full(records(body, SIGNS[separator]))
    found = with_index(trimmed(found), len(lines) < last) if separator == "space" else trimmed(found)
    if asked.skip is None and (more := preamble(found)):
        skip = found[more][0] - 1
        notes.append(("before", {"count": more, "line": found[0][0]}))
        found = found[more:]
    check_whole(found)
    found = even(found)
    _note_skipped(found, lines, skip, notes)
    if asked.header is not False:
        line = found[0][0]
        found, named = with_names(found)
        notes += [("several_names", {"count": named, "line": line})] * (named > 1)
    missing = frozenset(text.strip().lower() for text in asked.missing)
    cells = [cell for _, row in found for cell in row]
    decimal, kind, doubt = _decimal(cells, separator)
    points = asked.decimal == "," or any(map(is_pointed, cells)) or (
        decimal == "," and all(map(POINTED.fullmatch, (cell for cell in cells if is_number(cell) and "." in cell))))
    if asked.decimal and asked.decimal != decimal:
        decimal, kind = asked.decimal, "decimal_comma" if asked.decimal == "," else "grouped"
    read = partial(value, decimal=decimal, points=points, missing=missing)
    if kind:
        example = next((cell for cell in cells if "," in cell and read(cell) is not None), None)
        if example:
            notes.append((kind, {"cell": shown(example), "value": shortest(read(example))}))
    if joined := next((cell for cell in cells if is_joined(cell, decimal) and read(cell) is not None), None):
        notes.append(("thousands", {"cell": shown(joined), "value": shortest(read(joined))}))
    head = tuple(tuple(row) for _, row in found[: HEAD + 1])
    if len(found) == 1 and len(found[0][1]) > 1 and not asked.header:
        line, row = found[0]
        words = [cell for cell in row if read(cell) is None]
        if not words:
            found = _upright(line, row, notes)
        elif len(row) <= MOST_COLUMNS and any(map(is_number, row)) and not all(map(DATE.fullmatch, words)):
            word = next(word for word in words if not DATE.fullmatch(word))
            raise Refused("printed_word", line=line, cell=shown(word))
    table = [[row[k] for _, row in found] for k in range(len(found[0][1]))]
    headed = asked.header
    if headed is None:
        headed = _headed([column[0] for column in table], [list(map(read, column)) for column in table])
    columns = _columns(found, headed, read, notes)
    guessed = Reading(headed, separator, decimal, skip, asked.missing)
    other = None
    if asked.decimal is None and asked.separator is None:
        other = _other(found, body, headed, guessed, doubt, read)
    return Columns(*columns, tuple(notes), guessed, other, head)


def _check_unparted(lines):
    """Refused for numbers with a unit, as $1,234.50 and 1,5 %, one a line, which a comma would part."""
    rows = [(k, line.strip()) for k, line in enumerate(lines, 1) if line.strip(SEPARATORS)]
    rows = rows[len(rows) > 1 and "," not in rows[0][1] :]
    if rows and all(MEASURED.fullmatch(line) for _, line in rows):
        raise Refused("printed_word", line=rows[0][0], cell=shown(rows[0][1]))


def _note_skipped(found, lines, skip, notes):
    """Blank lines between those that hold anything."""
    taken = {line for line, _ in found}
    blank = [k for k in range(skip + 1, found[-1][0]) if k not in taken and not lines[k - 1].strip(SEPARATORS)]
    if blank:
        notes.append(("skipped", {"count": len(blank), "line": blank[0]}))


# --- records -> numbers


def _decimal(cells, separator):
    """The decimal sign, what is said of the commas (a note's key or nothing), and whether they could mean the other."""
    numbers = [cell for cell in cells if is_number(cell)]
    with_comma = [cell for cell in numbers if "," in cell]
    if any(map(is_pointed, numbers)) and not any(GROUPED.fullmatch(cell) and "." in cell for cell in numbers):
        return ",", "decimal_comma" if with_comma else "", False
    if not with_comma:
        return ".", "", False
    if not all(GROUPED.fullmatch(cell) for cell in with_comma):
        return ",", "decimal_comma", False
    either = all(NUMBER.fullmatch(cell) for cell in with_comma) and not any("." in cell for cell in numbers)
    if either and separator == ";":  # 1,234: where lists have ; it is 1.234
        return ",", "decimal_comma", True
    return ".", "grouped", either


def _other(found, body, headed, guessed, doubt, read):
    """A note that tells how else the table could be meant, and that reading; None where only one makes sense."""
    if doubt:
        decimal = "." if guessed.decimal == "," else ","
        cell = next(cell for _, row in found for cell in row if GROUPED.fullmatch(cell))
        said = {"value": shortest(read(cell)), "other": shortest(value(cell, decimal, True))}
        return ("either_sign", {"cell": shown(cell)} | said), replace(guessed, decimal=decimal)
    rows = [line.strip() for line in body if line.strip(SEPARATORS)]
    if guessed.separator == "," and not headed:
        for decimal, commas in ((",", {1}), (".", set(range(1, 9)))):
            if all(row.count(",") in commas and value(row, decimal, True) is not None for row in rows):
                said = {"cell": shown(rows[0]), "parts": shown(rows[0].replace(",", ", "))}
                return ("either_comma", said | {"value": shortest(value(rows[0], decimal, True))}), replace(
                    guessed, separator=";", decimal=decimal)
    labels = found[0][1]
    if not headed and len(labels) > 1 and len(found) > 1 and labels == list(map(str, range(len(labels)))):
        return ("either_names", {"names": shown(", ".join(labels))}), replace(guessed, header=True)
    return _sentinel(found, headed, guessed, read)


def _sentinel(found, headed, guessed, read):
    """The same where a number such as -999 stands far from all others of its column."""
    for column in zip(*(cells for _, cells in found[headed:]), strict=True):
        for cell in dict.fromkeys(filter(SENTINEL.fullmatch, column)):
            others = [abs(number) for number in map(read, column) if number is not None and number != read(cell)]
            if others and max(others) < abs(read(cell)) / 2:
                return ("either_missing", {"cell": shown(cell), "count": column.count(cell)}), replace(
                    guessed, missing=(*guessed.missing, cell))
    return None


def _columns(found, headed, read, notes):
    """(names, numbers) of records; what is left out and filled is noted."""
    lines = [line for line, _ in found]
    table = [cells for cells in zip(*(cells for _, cells in found), strict=True) if any(cells)]  # by column
    if not table:
        raise Refused("empty")
    values = [list(map(read, cells)) for cells in table]
    headed = bool(headed)
    if len(table) > MOST_COLUMNS:
        raise Refused("too_many_columns", line=lines[0], count=len(table), most=MOST_COLUMNS)
    if headed and len(lines) == 1:
        raise Refused("no_rows", line=lines[0], cell=shown(" ".join(found[0][1])))
    kept, left = {}, {"index": [], "dates": [], "words": [], "nothing": []}  # left: (row, column, name, cell)
    names = _names([cells[0] if headed else "" for cells in table])
    for place, (name, cells, column) in enumerate(zip(names, table, values, strict=True), 1):
        rows = range(headed, len(lines))
        word = next((row for row in rows if column[row] is None), None)
        if headed and place == 1 + len(left["index"]) < len(table) and _numbers_rows(cells, len(lines)):
            left["index"].append((1, place, name, cells[1]))
        elif word is not None:
            left["dates" if DATE.fullmatch(cells[word]) else "words"].append((word, place, name, cells[word]))
        elif all(np.isnan(column[row]) for row in rows):
            left["nothing"].append((int(headed), place, name, cells[headed]))
        else:
            for row in rows:
                if np.isinf(column[row]):
                    raise Refused("infinite", line=lines[row], name=shown(name), cell=shown(cells[row]))
            kept[name] = column[headed:]
    if not kept:
        row, place, name, cell = _decisive(left, values, headed)
        raise Refused("no_numbers", line=lines[row], name=shown(name), cell=shown(cell))
    for kind, some in left.items():
        if some:
            row, _, _, cell = some[0]
            where = {"line": lines[row], "cell": shown(cell)} if kind == "words" else {}
            notes.append((kind, {"names": shown(", ".join(name for _, _, name, _ in some))} | where))
    labels = [cells[0] for cells in table if headed and cells[0]]
    if labels and all(map(is_number, labels)):
        notes.append(("labels", {"names": shown(", ".join(labels))}))
    numbers = np.array(list(kept.values())).T
    empty = np.argwhere(np.isnan(numbers))
    if len(empty):
        row, column = empty[0]
        notes.append(("filled", {"count": len(empty), "line": lines[headed + row], "name": shown([*kept][column])}))
        numbers = np.apply_along_axis(_filled, 0, numbers)
    return tuple(kept), numbers


def _numbers_rows(cells, count):
    """Whether a column with its name counts the rows; or, of pandas' index where rows were left out or drawn, numbers
    them: it has no name."""
    if count < 3 or not (cells[0].lower() in COUNTER or COPIED.fullmatch(cells[0])):
        return False
    numbers = cells[1:]
    whole = all(re.fullmatch(r"0|[1-9]\d{0,8}", cell, re.ASCII) for cell in numbers)
    return counts(numbers) or (not cells[0] and whole and len(set(numbers)) == len(numbers))


def _decisive(left, values, headed):
    """The cell that keeps a table from having numbers: in the column that has most of them, its first that is none."""
    rank = {kind: k for k, kind in enumerate(("words", "dates", "nothing", "index"))}

    def order(entry):
        kind, (row, place, *_) = entry
        numbers = sum(v is not None and not np.isnan(v) for v in values[place - 1][headed:])
        return -numbers if kind == "words" else 0, rank[kind], row, place

    return min(((kind, one) for kind, some in left.items() for one in some), key=order)[1]


def _headed(first, values):
    """Whether the first line is a header: a word where all below are numbers, or words and no number, date or NA; or
    what pandas writes over a column that has no name, and numbers that count over the others."""
    for column in values:
        if column[0] is None and None not in column[1:] and not np.isnan(column[1:]).all():
            return True
    if not first[0] and all(first[1:]) and len(first) > 1 and len(values[0]) > 1:
        below = values[0][1:]
        if below == list(range(len(below))) and len(below) > 1:
            return True
        if counts(first[1:]) and int(first[1]) == 0:
            return not any(v is not None and np.isnan(v) for v in below)
    return all(not cell or (column[0] is None and not DATE.fullmatch(cell))
               for cell, column in zip(first, values, strict=True))


def _names(given):
    """Distinct names; x1, x2 ... by place for what has none."""
    names = []
    for place, name in enumerate(given, 1):
        name = again = clean(name.replace("`", ""), MOST_SHOWN) or f"x{place}"
        count = 1
        while again in names:
            count += 1
            ending = f" ({count})"
            again = name[: MOST_SHOWN - len(ending)] + ending
        names.append(again)
    return names


def _filled(column):
    """A column (rows,) with nan replaced by the last number above, or the first below."""
    known = ~np.isnan(column)
    above = np.maximum.accumulate(np.where(known, np.arange(len(column)), -1))
    return column[np.where(above < 0, known.argmax(), above)]
