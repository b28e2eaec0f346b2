"""What a visitor uploads, pastes or types -> columns of numbers.

Everything is bounded before it is looked at and costs time linear in its length.  What cannot be read is refused with a
sentence of the locale that says what, where and how to mend it; what was done on the way is told as notes.  Lines are
counted from 1, as an editor does.
"""
import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

MOST_BYTES = 1_000_000  # of the whole, as UTF-8 if it is text
MOST_LINES = 20_000
MOST_COLUMNS = 64
MOST_IN_LINE = 4_000  # bytes of a file's line, characters of a text's
MOST_SHOWN = 40  # characters of a name, and of what a sentence quotes
SAMPLE = 50  # lines by which the delimiter is chosen

Note = tuple[str, dict]  # a key below `reader.`, whose sentence is Markdown, and the values for its places

SEEMS = {  # first bytes -> what they say a file is
    b"PK\x03\x04": "xlsx", b"PK\x05\x06": "xlsx", b"\xd0\xcf\x11\xe0": "xls", b"%PDF": "pdf",
    b"\x89PNG": "picture", b"\xff\xd8\xff": "picture", b"GIF8": "picture",
    b"\x1f\x8b": "archive", b"7z\xbc\xaf": "archive", b"Rar!": "archive",
}
ENCODINGS = {  # other than UTF-8, as one knows them
    "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp949": "CP949 (EUC-KR)", "cp1252": "Windows-1252 (Latin-1)",
}
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")  # in no text: all below the space but tab, line ends and form feed
INVISIBLE = re.compile(  # controls, directional marks and overrides, fillers of width 0, halves of surrogate pairs
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
KOREAN = re.compile(rb"[\xb0-\xc8][\xa1-\xfe]")  # a syllable of KS X 1001, in CP949

SEPARATORS = ' \t\n\f\v,;"'
BLANK = {"", "na", "n/a", "#n/a", "nan", "null", "none", "-", "–", "—"}
INFINITE = {"inf", "infinity", "∞"}
NUMBER = re.compile(r"[-+]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][-+]?\d+)?", re.ASCII)
GROUPED = re.compile(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?", re.ASCII)  # 1,234,567.8
DATE = re.compile(r"\d{1,4}\s?[-/.년]\s?\d{1,2}(?:\s?[-/.월]\s?\d{1,4}.*)?|\d{1,2}:\d{2}.*", re.ASCII)


class Refused(Exception):
    """What cannot be read: `reader.key` is the sentence that says why and how to mend it, values fill its places."""

    def __init__(self, key: str, **values):
        super().__init__(key, values)
        self.key, self.values = key, values


@dataclass(frozen=True)
class Columns:
    """Named columns of numbers (rows, columns), float64, all finite, and notes on what was done to get them."""

    names: tuple[str, ...]  # distinct, up to MOST_SHOWN characters each
    numbers: np.ndarray
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Scaling:
    """scaled = (numbers - offset) / divisor, each (columns,); a constant column, divisor 1, became 0."""

    offset: np.ndarray
    divisor: np.ndarray
    constant: np.ndarray  # bool


def read_table(data: bytes | str) -> Columns:
    """Columns from a CSV file or from text: `,` `;` tab or white space, with a header line or without.

    A single line of numbers is one input over time.  A cell that is empty or says NA, NaN, null or - takes the last
    value above it, or the first below.  A column that holds anything else that is no number is left out.

    Refused beyond the bounds above, for lines of different lengths, an open quote, an infinite number, what is not
    text, and where there is no number.
    """
    text, encoding = _text(data)
    notes = [("encoding", {"encoding": ENCODINGS[encoding]})] if encoding in ENCODINGS else []
    lines = _lines(text, encoding)
    delimiter = _delimiter(lines)
    found = _full(_records(lines, delimiter), notes)
    comma = _comma([cells for _, cells in found], delimiter)
    if comma:
        example = next(cell for _, cells in found for cell in cells if "," in cell and _value(cell, comma) is not None)
        notes.append((comma, {"cell": shown(example), "value": f"{_value(example, comma):.15g}"}))
    if len(found) == 1 and len(found[0][1]) > 1 and None not in [_value(cell, comma) for cell in found[0][1]]:
        line, cells = found[0]
        notes.append(("one_line", {"count": len(cells)}))
        found = [(line, [cell]) for cell in cells]
    return _columns(found, comma, notes)


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


def clean(text: str, most: int) -> str:
    """One line of text up to so many characters, NFC, without what cannot be seen; what was longer ends in …"""
    text = INVISIBLE.sub("", " ".join(text.split()))
    text = unicodedata.normalize("NFC", text[: 4 * most])  # cut first: its cost grows with the square of a run of marks
    return text if len(text) <= most else text[: most - 1].rstrip(" \u200c\u200d") + "…"


def shown(text: str) -> str:
    """What a sentence may quote of a visitor's text, inside Markdown's `code`: never empty, without backticks."""
    return clean(text.replace("`", ""), MOST_SHOWN) or "…"


# --- bytes -> lines


def _text(data):
    """The text, and by what encoding it was guessed to be one; "" for what was text already."""
    size = len(data)
    if isinstance(data, str) and size <= MOST_BYTES:
        size = len(data.encode(errors="replace"))
    if size > MOST_BYTES:
        raise Refused("too_large", most=MOST_BYTES)
    if isinstance(data, str):
        text, encoding = data, ""
    else:
        for start, kind in SEEMS.items():
            if data.startswith(start):
                raise Refused(kind)
        text, encoding = _decoded(data)
    text = text.removeprefix("\ufeff").removesuffix("\x1a").replace("−", "-")  # \x1a: the end of a file, in DOS
    return text.replace("\r\n", "\n").replace("\r", "\n"), encoding


def _decoded(data):
    """UTF-16 with its mark or with a 0 in half of its characters, UTF-8, CP949 if most of it is Korean, or Latin-1."""
    odd, even = data[1::2].count(0), data[::2].count(0)
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    if marked or (0 in (odd, even) and odd + even >= max(1, len(data) / 4)):
        guesses = ["utf-16-le" if (data[0] == 0xFF if marked else odd) else "utf-16-be"]
    elif odd or even:
        raise Refused("binary", line=_line_of(data.replace(b"\r\n", b"\n").replace(b"\r", b"\n"), b"\0", b"\n"))
    else:
        guesses = ["utf-8", "cp949"]
    for encoding in guesses:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "cp949" or 2 * len(KOREAN.findall(data)) >= sum(character > "\x7f" for character in text):
            return text, encoding
    if "utf-8" not in guesses:
        raise Refused("binary", line=1)
    return data.decode("cp1252", "replace"), "cp1252"  # Latin-1, and letters where that has controls


def _line_of(text, what, end):
    return text.count(end, 0, text.index(what)) + 1


def _lines(text, encoding):
    lines = text.removesuffix("\n").split("\n")
    if len(lines) > MOST_LINES:
        raise Refused("too_many_lines", count=len(lines), most=MOST_LINES)
    for number, line in enumerate(lines, 1):
        if len(line.encode(encoding, "replace") if encoding else line) > MOST_IN_LINE:
            raise Refused("long_line", line=number, most=MOST_IN_LINE)
    if control := CONTROL.search(text):
        raise Refused("binary", line=_line_of(text, control[0], "\n"))
    if not text.strip(SEPARATORS):
        raise Refused("empty")
    return lines


# --- lines -> records: (line, cells), all with as many cells


def _delimiter(lines):
    """The one that gives most numbers in lines of one length; tab before ; before , before white space."""
    sample = [line for line in lines if line.strip(SEPARATORS)][:SAMPLE]

    def score(delimiter):
        rows = []
        try:
            for _, cells in _records(sample, delimiter):
                rows.append(cells)
        except Refused:  # a quote is open at the end of the sample, or this is not the delimiter
            pass
        cells = [cell for row in rows for cell in row if cell]
        if not cells:
            return 0
        numbers = sum(bool(NUMBER.fullmatch(cell) or GROUPED.fullmatch(cell)) for cell in cells) / len(cells)
        even = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
        return (numbers + 0.001) * even * (1 if len(rows[0]) > 1 else 0.5)  # lines of one cell are even by nature

    return max("\t;, ", key=score)


def _records(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    if delimiter == " ":
        lines = (" ".join(line.split()) for line in lines)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise Refused("quote", line=line) from None
        yield line, [cell.strip() for cell in cells]


def _full(records, notes):
    """Those that hold anything; notes the rest, but at the end."""
    found, blank, skipped = [], [], []
    for line, cells in records:
        if not any(cells):
            blank.append(line)
            continue
        if found and len(cells) != len(found[0][1]):
            first, wanted = found[0][0], len(found[0][1])
            raise Refused("ragged", line=line, cells=len(cells), first=first, wanted=wanted)
        skipped += blank
        blank = []
        found.append((line, cells))
    if not found:
        raise Refused("empty")
    if skipped:
        notes.append(("skipped", {"count": len(skipped), "line": skipped[0]}))
    return found


# --- records -> numbers


def _comma(rows, delimiter):
    """What a comma inside a number is: decimal_comma, grouped (1,234,567), or "" where there is none."""
    numbers = [cell for row in rows for cell in row if NUMBER.fullmatch(cell) or GROUPED.fullmatch(cell)]
    with_comma = [cell for cell in numbers if "," in cell]
    if not with_comma:
        return ""
    if not all(GROUPED.fullmatch(cell) for cell in with_comma):
        return "decimal_comma"
    either = all(NUMBER.fullmatch(cell) for cell in with_comma) and not any("." in cell for cell in numbers)
    return "decimal_comma" if either and delimiter == ";" else "grouped"  # 1,234: where lists have ; it is 1.234


def _value(cell, comma):
    """The number in a cell, nan if it is empty, None if it is something else."""
    if cell.lower() in BLANK:
        return np.nan
    if comma == "grouped" and GROUPED.fullmatch(cell):
        return float(cell.replace(",", ""))
    if NUMBER.fullmatch(cell) and not (comma == "decimal_comma" and "." in cell):  # 1.234 could be either there
        return float(cell.replace(",", "."))
    return np.inf if cell.lower().lstrip("+-") in INFINITE else None


def _columns(found, comma, notes):
    lines = [line for line, _ in found]
    table = [cells for cells in zip(*(cells for _, cells in found), strict=True) if any(cells)]  # by column
    values = [[_value(cell, comma) for cell in cells] for cells in table]
    headed = _headed([cells[0] for cells in table], values)
    if len(table) > MOST_COLUMNS:
        raise Refused("too_many_columns", line=lines[0], count=len(table), most=MOST_COLUMNS)
    if headed and len(lines) == 1:
        raise Refused("no_rows", line=lines[0], cell=shown(" ".join(found[0][1])))
    kept, left = {}, {"dates": [], "words": [], "nothing": []}  # left: (row, name, cell), the first that is no number
    for name, cells, column in zip(_names([cells[0] if headed else "" for cells in table]), table, values, strict=True):
        rows = range(headed, len(lines))
        word = next((row for row in rows if column[row] is None), None)
        if word is not None:
            left["dates" if DATE.fullmatch(cells[word]) else "words"].append((word, name, cells[word]))
        elif all(np.isnan(column[row]) for row in rows):
            left["nothing"].append((int(headed), name, cells[headed]))
        else:
            for row in rows:
                if np.isinf(column[row]):
                    raise Refused("infinite", line=lines[row], name=shown(name), cell=shown(cells[row]))
            kept[name] = column[headed:]
    if not kept:
        row, name, cell = min(first for some in left.values() for first in some)
        raise Refused("no_numbers", line=lines[row], name=shown(name), cell=shown(cell))
    for kind, some in left.items():
        if some:
            row, _, cell = some[0]
            where = {"line": lines[row], "cell": shown(cell)} if kind == "words" else {}
            notes.append((kind, {"names": shown(", ".join(name for _, name, _ in some))} | where))
    numbers = np.array(list(kept.values())).T
    empty = np.argwhere(np.isnan(numbers))
    if len(empty):
        row, column = empty[0]
        notes.append(("filled", {"count": len(empty), "line": lines[headed + row], "name": shown([*kept][column])}))
        numbers = np.apply_along_axis(_filled, 0, numbers)
    return Columns(tuple(kept), numbers, tuple(notes))


def _headed(first, values):
    """Whether the first line is a header: a word where all below are numbers, or words and no number, date or NA."""
    for column in values:
        if column[0] is None and None not in column[1:] and not np.isnan(column[1:]).all():
            return True
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
