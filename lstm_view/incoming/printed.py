"""Lists of numbers as programs print them -> rows of cells: Python, NumPy, PyTorch, JSON, MATLAB and R.

Brackets, names, commas and line ends are punctuation; what they hold is read exactly, or refused.  Nothing is executed.
"""
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import NamedTuple

from .notation import is_number
from .refusal import Refused, shown

DEEPEST = 8  # brackets inside one another
LINE = 75  # characters, after which NumPy breaks a line
NOTHING = "NA"  # a cell for what says that there is no number

TOKEN = re.compile(r"""
    (?P<space>[^\S\n]+) | (?P<end>\n)
  | (?P<number>[-+]?(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][-+]?\d+)?(?![\w.]))
  | (?P<name>[-+]?[A-Za-z_\u0080-\uffff][\w.]*)
  | (?P<text>"(?:[^"\\\n]|\\.)*"|(?<![\])}])'(?:[^'\\\n]|\\.)*')
  | (?P<gap>\.\.\.|…) | (?P<masked>--) | (?P<angle><[^<>\n]*>) | (?P<remark>(?:\#|%|//)[^\n]*)
  | (?P<open>[\[({]) | (?P<close>[\])}]) | (?P<sign><-|[,;:=])
  | (?P<other>.)
""", re.VERBOSE | re.ASCII)
PROMPT = re.compile(r"(?:>>>|\.\.\.(?= )|In ?\[\d+\]:)")  # of Python, before what was typed
ANSWER = re.compile(r"^Out ?\[\d+\]:", re.MULTILINE)
PREFIX = re.compile(r"\s*Parameter containing:|\s*<[\w.]+:[^\[(]*(?:\([^()]*\)[^\[(]*)*numpy=|\s*<[\w.]+:(?=\s*\[)")
BEGINS = re.compile(r"\s*(?:[A-Za-z_][\w.]*\s*(?:=|<-)\s*)?(?:[A-Za-z_][\w.]*)?[\[({]")
ENTRY = re.compile(r"\s*\[(\d+)\]\s")  # R says at which entry a line begins
OF_MATLAB = re.compile(r"\s*(?:[A-Za-z_]\w* =|Columns? \d+(?: (?:through|and|to) \d+)?:?|\d+[x×]\d+ .*"
                       r"|[-+\d.]+e[-+]?\d+ +\*)\s*", re.ASCII)
SCALE = re.compile(r"\s*[-+\d.]+e([-+]?\d+) +\*\s*", re.ASCII)
MISSING = {"none", "null", "nan", "nat", "na", "undefined"}
CLOSES = {"[": "]", "(": ")", "{": "}"}


@dataclass(frozen=True)
class Printed:
    """Rows of cells, each with its line, what the columns are called, if anything, and notes."""

    rows: list[tuple[int, list[str]]]
    names: tuple[str, ...] = ()
    notes: list[tuple[str, dict]] = field(default_factory=list)


class _Token(NamedTuple):
    kind: str
    text: str
    line: int
    near: bool  # whether nothing stands between it and the one before


class _Cell(NamedTuple):
    """A number, or what is none, as it stands there."""

    text: str
    line: int


class _List(NamedTuple):
    """What stands between brackets: rows of entries, one row but where `;` or line ends part them."""

    rows: list[list]
    line: int


class _Record(NamedTuple):
    """What stands between braces: entries by name."""

    entries: dict[str, object]
    line: int


def is_printed(text: str) -> bool:
    """Whether a text is a list that a program printed: it begins with a bracket, or as MATLAB's numbers do.  Brackets
    in a table's first line alone are parts of names."""
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        return False
    if len(lines) > 1 and OF_MATLAB.fullmatch(lines[0]):
        return True
    text = _answered(text)
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
    if all(map(ENTRY.match, full)) and full[0].split()[0] == "[1]":
        return _entries(lines)
    if before := PREFIX.match(text):
        text = "\n" * before[0].count("\n") + text[before.end() :].rstrip().removesuffix(">" * ("<" in before[0]))
    return _meant(_items(_Tokens(text)))


def _answered(text):
    """What was printed in a console, without what was typed there, or that where nothing was printed."""
    lines = ANSWER.sub("", text).split("\n")
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
    _check_even(rows)
    notes = [("printed_factor", {"power": power})] if power else []
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


def _check_words(cells, line):
    for cell in cells:
        if not is_number(cell) and cell.lower() not in MISSING | {"inf", "-inf"}:
            raise Refused("printed_word", line=line, cell=shown(cell))


# --- text -> values


class _Tokens:
    """The tokens of a text, one after the other."""

    def __init__(self, text):
        self.lines, self.rest, self.ahead = text.split("\n"), _tokens(text), deque()
        self.last = None  # that was taken

    def peek(self, further: int = 0) -> _Token:
        """The next, or one behind it; at the end a `stop` for ever."""
        while len(self.ahead) <= further:
            self.ahead.append(next(self.rest, None) or _Token("stop", "", len(self.lines), False))
        return self.ahead[further]

    def next(self) -> _Token:
        self.peek()
        self.last = self.ahead.popleft()
        return self.last

    def skip_lines(self):
        while self.peek().kind == "end":
            self.next()


def _tokens(text) -> Iterator[_Token]:
    line, near = 1, False
    for found in TOKEN.finditer(text):
        kind = found.lastgroup
        if kind not in ("space", "remark"):
            yield _Token(kind, found[0], line, near)
        line += kind == "end"
        near = kind not in ("space", "end", "remark")


def _items(tokens):
    """What stands in a text, one after the other: (name or nothing, value)."""
    items = []
    while True:
        while tokens.peek().kind == "end" or tokens.peek().text in (",", ";"):
            tokens.next()
        if tokens.peek().kind == "stop":
            return items
        name = ""
        if tokens.peek().kind == "name" and tokens.peek(1).text in ("=", "<-"):
            name = tokens.next().text
            tokens.next()
            tokens.skip_lines()
        value = _value(tokens, 0)
        if tokens.peek().text == "'" and tokens.peek().near and isinstance(value, _List):
            value = _turned(value, tokens.next())
        items.append((name, value))
        if tokens.peek().kind not in ("end", "stop") and tokens.peek().text not in (",", ";"):
            _refuse(tokens.peek())


def _turned(value, token):
    """The transpose of a matrix, `[1 2; 3 4]'`."""
    if not all(isinstance(cell, _Cell) for row in value.rows for cell in row):
        _refuse(token)
    _check_even([(value.line, row) for row in value.rows])
    return _List([list(column) for column in zip(*value.rows, strict=True)], value.line)


def _value(tokens, depth):
    token = tokens.next()
    if depth > DEEPEST:
        raise Refused("printed_deep", line=token.line)
    if token.kind == "open":
        return _bracket(tokens, token, depth + 1)
    if token.kind == "number":
        return _Cell(token.text.replace("_", ""), token.line)
    if token.kind == "masked":
        return _Cell(NOTHING, token.line)
    if token.kind == "text":
        return _Cell(token.text[1:-1], token.line)
    if token.kind == "angle" and token.text.lower() == "<na>":
        return _Cell(NOTHING, token.line)
    if token.kind == "name":
        if tokens.peek().text == "(":
            opened = tokens.next()
            return _bracket(tokens, opened, depth + 1) if token.text == "c" else _call(tokens, opened, depth + 1)
        last = token.text.rpartition(".")[2]
        if last.lower().lstrip("+-") in MISSING:
            return _Cell(NOTHING, token.line)
        if last.lower().lstrip("+-") in ("inf", "infinity"):
            return _Cell("inf", token.line)
    if token.kind == "gap":
        raise Refused("printed_gap", line=token.line)
    if token.kind in ("stop", "close"):
        raise Refused("printed_open", line=token.line)
    _refuse(token)


def _refuse(token):
    if token.kind == "gap":
        raise Refused("printed_gap", line=token.line)
    if token.kind in ("stop", "close"):
        raise Refused("printed_open", line=token.line)
    raise Refused("printed_word", line=token.line, cell=shown(token.text))


def _call(tokens, opened, depth):
    """`array(list, dtype=...)`: its first value, or that of data=; what else it names is no number."""
    found = None
    while True:
        tokens.skip_lines()
        token = tokens.peek()
        if token.text == ")":
            tokens.next()
            break
        if token.text == ",":
            tokens.next()
            continue
        if token.kind == "name" and tokens.peek(1).text == "=":
            name = tokens.next().text
            tokens.next()
            if name == "data":
                found = _value(tokens, depth)
            else:
                _pass_over(tokens)
            continue
        if found is not None:
            _refuse(token)
        found = _value(tokens, depth)
    if found is None:
        raise Refused("printed_open", line=opened.line)
    return found


def _pass_over(tokens):
    """What a keyword is set to, up to the comma or the bracket after it."""
    depth = 0
    while depth or tokens.peek().text not in (",", ")"):
        token = tokens.next()
        if token.kind == "stop":
            raise Refused("printed_open", line=token.line)
        depth += (token.kind == "open") - (token.kind == "close")


def _bracket(tokens, opened, depth):
    """What stands up to the bracket that closes: parts, each ended by a line or by `;`."""
    closing, parts, after, apart = CLOSES[opened.text], [[]], None, False  # after: the last that is no line end
    while True:
        token = tokens.peek()
        if token.kind == "stop" or (token.kind == "close" and token.text != closing):
            raise Refused("printed_open", line=opened.line)
        if token.text == ":" and opened.text == "{" and len(parts) == 1:
            return _record(tokens, parts[0], opened, depth)
        if token.kind == "gap":
            _check_goes_on(tokens, parts[-1])
            continue
        if token.kind in ("close", "end", "sign"):
            tokens.next()
        if token.kind == "close":
            break
        if token.kind == "end":
            if parts[-1] and after.text not in (",", ";"):
                parts.append([])
        elif token.text == ",":
            if not parts[-1] and len(parts) > 1 and not apart:
                parts.pop()
        elif token.text == ";":
            apart = True
            parts.append([])
        else:
            if token.near and after and after.text not in (",", ";", *CLOSES.values()):
                _refuse(token)
            parts[-1].append(_value(tokens, depth))
        if token.kind != "end":
            after = tokens.last
    parts = [part for part in parts if part]
    cells = all(isinstance(cell, _Cell) for part in parts for cell in part)
    if len(parts) > 1 and not (cells and (apart or not _is_broken(parts, tokens.lines))):
        parts = [[entry for part in parts for entry in part]]
    return _List(parts, opened.line)


def _check_goes_on(tokens, part):
    """Refused but for dots that say that a line goes on, as in MATLAB: they are its last sign, after a number.

    NumPy prints three entries, dots and three more for what is long; of wide numbers alone the dots can end a line.
    """
    gap = tokens.next()
    wide = len(part) == 3 and sum(len(cell[0]) for cell in part) > LINE - 20
    if gap.text != "..." or tokens.peek().kind != "end" or not part or not isinstance(part[-1], _Cell) or wide:
        raise Refused("printed_gap", line=gap.line)
    tokens.next()


def _is_broken(parts, lines):
    """Whether a single row was broken, as NumPy does where the next number has no room, all being equally wide: and not
    one row a line."""
    widest, gaps = max(len(cell.text) for part in parts for cell in part), set()
    for part in parts[:-1]:
        line = lines[part[-1].line - 1].rstrip()
        points = [found.end("whole") for found in re.finditer(r"(?P<whole>[^\s\[.]+)\S*", line)][-len(part) :]
        gaps |= {b - a for a, b in pairwise(points)}
        if not LINE - 6 - 2 * widest < len(line) <= LINE:
            return False
    return len(gaps) <= 1


def _record(tokens, first, opened, depth):
    """`{"a": 1, "b": 2}`, its first name being read already."""
    entries, key = {}, first
    while True:
        if len(key) != 1 or not isinstance(key[0], _Cell):
            raise Refused("printed_open", line=opened.line)
        tokens.next()  # the colon
        tokens.skip_lines()
        entries[key[0].text] = _value(tokens, depth)
        tokens.skip_lines()
        if tokens.peek().text == ",":
            tokens.next()
            tokens.skip_lines()
        elif tokens.peek().text != "}":
            _refuse(tokens.peek())
        if tokens.peek().text == "}":
            tokens.next()
            return _Record(entries, opened.line)
        token = tokens.next()
        if token.kind not in ("text", "name", "number") or tokens.peek().text != ":":
            _refuse(token)
        key = [_Cell(token.text.strip("\"'") if token.kind == "text" else token.text, token.line)]


# --- values -> rows


def _meant(items):
    values = [value for _, value in items]
    if not items:
        raise Refused("empty")
    if all(isinstance(value, _Record) for value in values):
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
    _check_even(rows)
    return Printed([(line, [cell.text for cell in cells]) for line, cells in rows])


def _upright(columns, names):
    """Columns of cells, each with its line, as rows."""
    _check_even(columns)
    return Printed([(cells[0].line, [cell.text for cell in cells])
                    for cells in zip(*(cells for _, cells in columns), strict=True)], names)


def _of_value(value):
    if isinstance(value, _Cell):
        return Printed([(value.line, [value.text])])
    if len(value.rows) == 1 and all(isinstance(one, _Record) for one in value.rows[0]):
        return _records(value.rows[0])
    rows = [(row[0].line, [cell.text for cell in row]) for row in _rows(value) if row]
    if not rows:
        raise Refused("empty")
    _check_even(rows)
    return Printed(rows)


def _rows(value):
    """The rows of a list: of numbers one row, of lists of numbers a row each.  What is deeper has to be of one entry at
    all depths but two."""
    if len(value.rows) > 1:
        return value.rows
    entries = value.rows[0] if value.rows else []
    if all(isinstance(entry, _Cell) for entry in entries):
        return [entries]
    if other := next((entry for entry in entries if type(entry) is not type(entries[0])), None):
        raise Refused("printed_mixed", line=other.line)
    if not isinstance(entries[0], _List):
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
    if not isinstance(value, _List) or len(value.rows) != 1:
        return None
    cells = value.rows[0]
    return cells if cells and all(isinstance(cell, _Cell) for cell in cells) else None


def _records(values):
    """Records one after the other, or one that has a list, or a record, for each name."""
    if len(values) == 1:
        entries = values[0].entries
        if {"columns", "data"} <= entries.keys() and isinstance(entries["data"], _List):
            found, names = _of_value(entries["data"]), _series(entries["columns"])
            if names and len(names) == len(found.rows[0][1]):
                return Printed(found.rows, tuple(name.text for name in names))
        lists = {name: _entries_of(value) for name, value in entries.items()}
        if lists and all(lists.values()):
            return _upright([(entries[name].line, cells) for name, cells in lists.items()], tuple(lists))
        if len(entries) == 1 and isinstance(only := next(iter(entries.values())), _List):
            return _of_value(only)
    names = tuple(dict.fromkeys(name for value in values for name in value.entries))
    rows = []
    for value in values:
        for entry in value.entries.values():
            if not isinstance(entry, _Cell):
                raise Refused("printed_mixed", line=entry.line)
        rows.append((value.line, [value.entries[name].text if name in value.entries else NOTHING for name in names]))
    if not names:
        raise Refused("empty")
    return Printed(rows, names)


def _entries_of(value):
    """The numbers of a list, or of a record, or None."""
    if isinstance(value, _Record):
        cells = list(value.entries.values())
        return cells if cells and all(isinstance(cell, _Cell) for cell in cells) else None
    return _series(value)


def _check_even(rows):
    if not rows:
        return
    first, wanted = rows[0][0], len(rows[0][1])
    for line, cells in rows:
        if len(cells) != wanted:
            raise Refused("printed_ragged", line=line, count=len(cells), first=first, wanted=wanted)
