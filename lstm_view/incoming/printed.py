"""Lists of numbers as programs print them -> rows of cells: Python, NumPy, PyTorch, JSON, MATLAB and R.

Brackets, names, commas and line ends are punctuation; what they hold is read exactly, or refused.  Nothing is executed.
"""
import re
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation

from ..text.numbers import count
from .brackets import CLOSES, MISSING, NOTHING, Cell, List, Record, check_even, items
from .notation import DATE, is_number
from .records import REMARK
from .refusal import Refused, shown

PROMPT = re.compile(r"(?:>>?>?(?= |$)|\.\.\.(?= )|In ?\[\d+\]:)")  # of Python, MATLAB and R, before what was typed
ANSWER = re.compile(r"^Out ?\[\d+\]:", re.MULTILINE)
PREFIX = re.compile(r"\s*Parameter containing:|\s*<[\w.]+:[^\[(]*(?:\([^()]*\)[^\[(]*)*numpy=|\s*<[\w.]+:(?=\s*\[)")
BEGINS = re.compile(r"\s*(?:[A-Za-z_][\w.]*\s*(?:=|<-)\s*)?(?:[A-Za-z_][\w.]*)?[\[({]")
OF_MATRIX = re.compile(r"\s*\[,1\](?:\s+\[,\d+\])*\s*")  # R names columns and rows by their numbers
ROW = re.compile(r"\s*\[(\d+),\]")
ENTRY = re.compile(r"\s*\[(\d+)\]\s")  # R says at which entry a line begins
OF_MATLAB = re.compile(r"\s*(?:[A-Za-z_]\w* =|Columns? \d+(?: (?:through|and|to) \d+)?:?|\d+[x×]\d+ .*"
                       r"|[-+\d.]+e[-+]?\d+ +\*)\s*", re.ASCII)
SCALE = re.compile(r"\s*[-+\d.]+e([-+]?\d+) +\*\s*", re.ASCII)


@dataclass(frozen=True)
class Printed:
    """Rows of cells, each with its line, what the columns are called, if anything, and notes."""

    rows: list[tuple[int, list[str]]]
    names: tuple[str, ...] = ()
    notes: list[tuple[str, dict]] = field(default_factory=list)


def is_printed(text: str) -> bool:
    """Whether a text is a list that a program printed: it begins with a bracket, or as MATLAB's numbers do.  Brackets
    in a table's first line alone are parts of names."""
    text = _answered(text)
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        return False
    if len(lines) > 1 and OF_MATLAB.fullmatch(lines[0]):
        return True
    if not PREFIX.match(text) and not BEGINS.match(text):
        return False
    first, rest = lines[0], "".join(lines[1:])
    even = all(first.count(a) == first.count(b) for a, b in CLOSES.items())
    return not (even and rest and not re.search(r"[\[\](){}]", rest) and not re.search(r"\[[-+.\d\s]", first))


def read(text: str) -> Printed:
    """The rows of a printed list.  Refused, with the line, for what is none."""
    text = _answered(text)
    lines = text.split("\n")
    full = [line for line in lines if line.strip()]
    if OF_MATLAB.fullmatch(full[0]):
        return _blocks(lines)
    if OF_MATRIX.fullmatch(full[0]):
        return _matrix(lines)
    if all(map(ENTRY.match, full)) and full[0].split()[0] == "[1]":
        return _entries(lines)
    if before := PREFIX.match(text):
        text = "\n" * before[0].count("\n") + text[before.end() :].rstrip().removesuffix(">" * ("<" in before[0]))
    return _meant(items(text))


def _answered(text):
    """What was printed in a console, without what was typed there, or that where nothing was printed; and without
    remarks before it."""
    lines = ANSWER.sub("", text).split("\n")
    before = next((k for k, line in enumerate(lines) if line.strip() and not REMARK.match(line)), 0)
    lines[:before] = [""] * before
    if not PROMPT.match(next(filter(str.strip, lines), "")):
        return "\n".join(lines)
    printed = ["" if PROMPT.match(line) else line for line in lines]
    return "\n".join(printed if any(map(str.strip, printed)) else [PROMPT.sub("", line, count=1) for line in lines])


# --- what MATLAB and R print


def _blocks(lines):
    """Numbers in blocks of columns, `Columns 1 through 4`, and a factor for all, `1.0e+03 *`."""
    blocks, power, named = [], 0, 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if OF_MATLAB.fullmatch(line):
            scale = SCALE.fullmatch(line)
            power = int(scale[1]) if scale else power
            named += line.rstrip().endswith("=")
            if named > 1:
                raise Refused("printed_several", line=number)
            if "olumn" in line or not blocks:
                blocks.append([])
            continue
        blocks[-1].append((number, line.split()))
        _check_words(line.split(), number)
    blocks = [block for block in blocks if block]
    if not blocks:
        raise Refused("empty")
    for block in blocks:
        if len(block) != len(blocks[0]):
            raise Refused("printed_ragged", line=block[0][0], count=len(block), first=blocks[0][0][0],
                          wanted=len(blocks[0]))
    rows = [(parts[0][0], [_scaled(cell, power) for _, cells in parts for cell in cells])
            for parts in zip(*blocks, strict=True)]
    check_even(rows)
    notes = [("printed_factor", {"power": count(power)})] if power else []
    return Printed(rows, (), notes)


def _scaled(cell, power):
    try:
        return str(Decimal(cell).scaleb(power)) if power else cell
    except InvalidOperation:
        return cell


def _entries(lines):
    cells, full = [], [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    for number, line in full:
        at, *found = line.split()
        if at != f"[{len(cells) + 1}]":
            raise Refused("printed_gap", line=number)
        _check_words(found, number)
        cells += found
    return Printed([(full[0][0], cells)])


def _matrix(lines):
    """A matrix as R prints it, in one piece."""
    full = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    rows = []
    for number, line in full[1:]:
        row = ROW.match(line)
        if not row or int(row[1]) != len(rows) + 1:
            raise Refused("printed_several", line=number)
        rows.append((number, line[row.end() :].split()))
        _check_words(rows[-1][1], number)
        if len(rows[-1][1]) != full[0][1].count("["):
            raise Refused("printed_ragged", line=number, count=len(rows[-1][1]), first=full[0][0],
                          wanted=full[0][1].count("["))
    if not rows:
        raise Refused("empty")
    return Printed(rows)


def _check_words(cells, line):
    for cell in cells:
        if not is_number(cell) and cell.lower() not in MISSING | {"inf", "-inf"}:
            raise Refused("printed_word", line=line, cell=shown(cell))


# --- values -> rows


def _meant(items):
    values = [value for _, value in items]
    if not items:
        raise Refused("empty")
    if all(isinstance(value, Record) for value in values):
        return _records(values)
    if len(items) == 1:
        return _of_value(values[0])
    series = [_series(value) for value in values]
    if any(one is None for one in series):
        raise Refused("printed_several", line=values[1].line)
    names = tuple(name for name, _ in items)
    rows = [(value.line, one) for value, one in zip(values, series, strict=True)]
    if all(names) and len(set(names)) == len(names):
        return _upright(rows, names)
    check_even(rows)
    return Printed([(line, [cell.text for cell in cells]) for line, cells in rows])


def _upright(columns, names):
    """Columns of cells, each with its line, as rows."""
    check_even(columns)
    return Printed([(cells[0].line, [cell.text for cell in cells])
                    for cells in zip(*(cells for _, cells in columns), strict=True)], names)


def _of_value(value):
    if isinstance(value, Cell):
        return Printed([(value.line, [value.text])])
    if len(value.rows) == 1 and all(isinstance(one, Record) for one in value.rows[0]):
        return _records(value.rows[0])
    rows = [(row[0].line, [cell.text for cell in row]) for row in _rows(value) if row]
    if not rows:
        raise Refused("empty")
    check_even(rows)
    return Printed(rows)


def _rows(value):
    """The rows of a list: of numbers one row, of lists of numbers a row each.  What is deeper has to be of one entry at
    all depths but two."""
    if len(value.rows) > 1:
        return value.rows
    entries = value.rows[0] if value.rows else []
    if all(isinstance(entry, Cell) for entry in entries):
        return [entries]
    if other := next((entry for entry in entries if type(entry) is not type(entries[0])), None):
        raise Refused("printed_mixed", line=other.line)
    if not isinstance(entries[0], List):
        raise Refused("printed_mixed", line=value.line)
    rows = [row for row in map(_rows, entries) if row]
    if len(rows) == 1:
        return rows[0]
    if all(len(row) == 1 for row in rows):
        return [row[0] for row in rows]
    if all(len(cells) == 1 for row in rows for cells in row):  # (T, D, 1)
        return [[cells[0] for cells in row] for row in rows]
    raise Refused("printed_deep", line=value.line)


def _series(value):
    """The numbers of a list without lists in it, or None."""
    if not isinstance(value, List) or len(value.rows) != 1:
        return None
    cells = value.rows[0]
    return cells if cells and all(isinstance(cell, Cell) for cell in cells) else None


def _records(values):
    """Records one after the other; or one record that has a list, or a record, for each name."""
    if len(values) > 1 or all(isinstance(entry, Cell) for entry in values[0].entries.values()):
        return _by_name([(value.line, value.entries) for value in values])
    entries = values[0].entries
    inner = list(entries.values())
    if all(isinstance(entry, Record) for entry in inner):  # as pandas writes a table: column by column, or row by row
        if _names_rows(entries) and not all(_names_rows(entry.entries) for entry in inner):
            return _by_name([(entry.line, entry.entries) for entry in inner])
        rows = dict.fromkeys(key for entry in inner for key in entry.entries)
        return _by_name([(values[0].line, {name: entry.entries[key] for name, entry in entries.items()
                                           if key in entry.entries}) for key in rows])
    lists = {name: _series(entry) for name, entry in entries.items()}
    if all(lists.values()):
        return _upright([(entries[name].line, cells) for name, cells in lists.items()], tuple(lists))
    data = entries.get("data", inner[0] if len(inner) == 1 else None)
    if not isinstance(data, List):
        raise Refused("printed_mixed", line=next(entry.line for entry in inner if not isinstance(entry, Cell)))
    found, names = _of_value(data), _series(entries.get("columns"))
    fits = names and not found.names and len(names) == len(found.rows[0][1])
    return replace(found, names=tuple(name.text for name in names)) if fits else found


def _names_rows(keys):
    """Whether keys are what rows are called by: whole numbers or dates."""
    return all(re.fullmatch(r"\d+", key, re.ASCII) or DATE.fullmatch(key) for key in keys)


def _by_name(records):
    """A row for each record, (line, entries), a column for each name that one of them has."""
    names = tuple(dict.fromkeys(name for _, entries in records for name in entries))
    if not names:
        raise Refused("empty")
    for _, entries in records:
        if other := next((entry for entry in entries.values() if not isinstance(entry, Cell)), None):
            raise Refused("printed_mixed", line=other.line)
    return Printed([(line, [entries[name].text if name in entries else NOTHING for name in names])
                    for line, entries in records], names)
