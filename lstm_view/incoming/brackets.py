"""Numbers between brackets, as languages write and print them: text -> values, line by line.  Nothing is executed."""
import re
from collections import deque
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from .refusal import Refused, shown

DEEPEST = 8  # brackets inside one another
LINE = 75  # characters, after which NumPy breaks a line
NOTHING = "NA"  # a cell for what says that there is no number
MISSING = {"none", "null", "nan", "nat", "na", "undefined"}
CLOSES = {"[": "]", "(": ")", "{": "}"}
HOLDS = re.compile(  # what is called with numbers and has just these; np.arange(5) or np.exp([1, 2]) has others
    r"(?:\w+[._])*(?:(?:as|asany|device|floating|integer)?array|(?:as)?mat(?:rix)?"
    r"|(?:float|double|half|long|int|eager)?tensor|constant|parameter|variable|list(?:wrapper)?|tuple|set|frozenset|deque"
    r"|series|dataframe|(?:float|u?int)?\d*index|vector|numpy|numeric|number|decimal|mpf|(?:long)?double|single|half"
    r"|b?float|u?int|dict_values|dict_keys|print)(?:\d+_?)?",
    re.ASCII | re.IGNORECASE)
OF_KIND = re.compile(r"(?:\w+\.)*(?:b?float|u?int|double|single|half|long)\d*", re.ASCII)  # of an array
SHAPES = {"nrow", "ncol", "byrow", "order", "ndmin"}  # by these a call has its numbers otherwise

TOKEN = re.compile(r"""
    (?P<space>(?:[^\S\n]|[\u00a0\u2000-\u200a\u202f\u3000])+) | (?P<end>\n) | (?P<gap>\.\.\.|…)
  | (?P<number>[-+]?(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][-+]?\d+)?(?![\w.]))
  | (?P<name>[-+]?[A-Za-z_\u0080-\uffff][\w.]*)
  | (?P<text>"(?:[^"\\\n]|\\.)*"|(?<![\])}])'(?:[^'\\\n]|\\.)*')
  | (?P<masked>--) | (?P<angle><[^<>\n]*>) | (?P<remark>(?:\#|%|//)[^\n]*)
  | (?P<open>[\[({]) | (?P<close>[\])}]) | (?P<sign><-|[,;:=])
  | (?P<word>[\w.+*/^-]+) | (?P<other>.)
""", re.VERBOSE | re.ASCII)


class Token(NamedTuple):
    kind: str
    text: str
    line: int
    near: bool  # whether nothing stands between it and the one before


class Cell(NamedTuple):
    """A number, or what is none, as it stands there."""

    text: str
    line: int


class List(NamedTuple):
    """What stands between brackets: rows of entries, one row but where `;` or line ends part them."""

    rows: list[list]
    line: int


class Record(NamedTuple):
    """What stands between braces: entries by name."""

    entries: dict[str, object]
    line: int


class Tokens:
    """The tokens of a text, one after the other."""

    def __init__(self, text):
        self.lines, self.rest, self.ahead = text.split("\n"), _tokens(text), deque()
        self.last = None  # that was taken

    def peek(self, further: int = 0) -> Token:
        """The next, or one behind it; at the end a `stop` for ever."""
        while len(self.ahead) <= further:
            self.ahead.append(next(self.rest, None) or Token("stop", "", len(self.lines), False))
        return self.ahead[further]

    def next(self) -> Token:
        self.peek()
        self.last = self.ahead.popleft()
        return self.last

    def skip_lines(self):
        while self.peek().kind == "end":
            self.next()


def _tokens(text) -> Iterator[Token]:
    line, near = 1, False
    for found in TOKEN.finditer(text):
        kind = found.lastgroup
        if kind not in ("space", "remark"):
            yield Token(kind, found[0], line, near)
        line += kind == "end"
        near = kind not in ("space", "end", "remark")


def items(text: str) -> list[tuple[str, Cell | List | Record]]:
    """What stands in a text, one after the other: (name or nothing, value).  Refused, with the line, for all else."""
    tokens, found = Tokens(text), []
    while True:
        while tokens.peek().kind == "end" or tokens.peek().text in (",", ";"):
            tokens.next()
        if tokens.peek().kind == "stop":
            return found
        name = ""
        if tokens.peek().kind == "name" and tokens.peek(1).text in ("=", "<-"):
            name = tokens.next().text
            tokens.next()
            tokens.skip_lines()
        value = _value(tokens, 0)
        if tokens.peek().text == "'" and tokens.peek().near and isinstance(value, List):
            value = _turned(value, tokens.next())
        found.append((name, value))
        if tokens.peek().kind not in ("end", "stop") and tokens.peek().text not in (",", ";"):
            _refuse(tokens.peek())


def _turned(value, token):
    """The transpose of a matrix, `[1 2; 3 4]'`."""
    if not all(isinstance(cell, Cell) for row in value.rows for cell in row):
        _refuse(token)
    check_even([(value.line, row) for row in value.rows])
    return List([list(column) for column in zip(*value.rows, strict=True)], value.line)


def _value(tokens, depth, inside=False):
    token = tokens.next()
    if depth > DEEPEST:
        raise Refused("printed_deep", line=token.line)
    if token.kind == "open":
        return _bracket(tokens, token, depth + 1, inside)
    if token.kind == "number":
        return Cell(token.text.replace("_", ""), token.line)
    if token.kind == "masked":
        return Cell(NOTHING, token.line)
    if token.kind == "text":
        return Cell(token.text[1:-1], token.line)
    if token.kind == "angle" and token.text.lower() == "<na>":
        return Cell(NOTHING, token.line)
    if token.kind == "name":
        if tokens.peek().text == "(":
            opened = tokens.next()
            return _bracket(tokens, opened, depth + 1) if token.text == "c" else _call(tokens, token, depth + 1)
        last = token.text.rpartition(".")[2]
        if last.lower().lstrip("+-") in MISSING:
            return Cell(NOTHING, token.line)
        if last.lower().lstrip("+-") in ("inf", "infinity"):
            return Cell("inf", token.line)
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


def _call(tokens, called, depth):
    """`array(list, dtype=...)`: its first value, or that of data=; what else it names is no number."""
    if not HOLDS.fullmatch(called.text):
        _refuse(called)
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
            if name in SHAPES:
                _refuse(token)
            if name == "data":
                found = _value(tokens, depth)
            else:
                _pass_over(tokens)
            continue
        if found is not None and OF_KIND.fullmatch(token.text):
            tokens.next()
            continue
        if found is not None:
            _refuse(token)
        found = _value(tokens, depth)
    if found is None:
        raise Refused("printed_open", line=called.line)
    return found


def _pass_over(tokens):
    """What a keyword is set to, up to the comma or the bracket after it."""
    depth = 0
    while depth or tokens.peek().text not in (",", ")"):
        token = tokens.next()
        if token.kind == "stop":
            raise Refused("printed_open", line=token.line)
        depth += (token.kind == "open") - (token.kind == "close")


def _bracket(tokens, opened, depth, inside=False):
    """What stands up to the bracket that closes: parts, each ended by a line or by `;`; inside another list by `;`
    alone, as there a line is broken only where it was too long."""
    closing, parts, after, apart = CLOSES[opened.text], [[]], None, False  # after: the last that is no line end
    between = set()  # what stands between the numbers of the last part
    while True:
        token = tokens.peek()
        if token.kind == "stop" or (token.kind == "close" and token.text != closing):
            raise Refused("printed_open", line=opened.line)
        if token.text == ":" and opened.text == "{" and len(parts) == 1:
            return _record(tokens, parts[0], opened, depth)
        if token.kind == "gap":
            _check_goes_on(tokens, parts[-1])
            continue
        if token.kind == "sign" and token.text not in (",", ";"):
            _refuse(token)
        if token.kind in ("close", "end", "sign"):
            tokens.next()
        if token.kind == "close":
            break
        if token.kind == "end":
            if parts[-1] and after.text not in (",", ";"):
                parts.append([])
                between = set()
        elif token.text == ",":
            if not parts[-1] and len(parts) > 1 and not apart:
                parts.pop()
        elif token.text == ";":
            apart, between = True, set()
            parts.append([])
        else:
            if token.near and after and after.text not in (",", ";", *CLOSES.values()):
                _refuse(token)
            if parts[-1] and (token.kind == "number" or after.text != ","):
                between.add(after.text if after.text == "," else " ")
                if len(between) > 1:
                    raise Refused("printed_parted", line=token.line, cell=shown(tokens.lines[token.line - 1].strip()))
            parts[-1].append(_value(tokens, depth, True))
        if token.kind != "end":
            after = tokens.last
    parts = [part for part in parts if part]
    cells = all(isinstance(cell, Cell) for part in parts for cell in part)
    if len(parts) > 1 and not (cells and (apart or not (inside or _is_broken(parts, tokens.lines)))):
        parts = [[entry for part in parts for entry in part]]
    return List(parts, opened.line)


def _check_goes_on(tokens, part):
    """Refused but for dots that say that a line goes on, as in MATLAB: they are its last sign, after a number.

    NumPy prints three entries, dots and three more for what is long; of wide numbers alone the dots can end a line.
    """
    gap = tokens.next()
    wide = len(part) == 3 and sum(len(cell[0]) for cell in part) > LINE - 20
    if gap.text != "..." or tokens.peek().kind != "end" or not part or not isinstance(part[-1], Cell) or wide:
        raise Refused("printed_gap", line=gap.line)
    tokens.next()


def _is_broken(parts, lines):
    """Whether a single row was broken, as NumPy does where the next number has no room, all being equally wide: and not
    one row a line.  Lines longer than its own were asked for; they are such where the last is shorter."""
    widest, gaps = max(len(cell.text) for part in parts for cell in part), set()
    longest = max(len(lines[part[-1].line - 1].rstrip()) for part in parts[:-1])
    most = longest if longest > LINE and len(parts[-1]) < len(parts[0]) else LINE
    for part in parts[:-1]:
        line = lines[part[-1].line - 1].rstrip()
        points = [found.end("whole") for found in re.finditer(r"(?P<whole>[^\s\[.]+)\S*", line)][-len(part) :]
        gaps |= {b - a for a, b in pairwise(points)}
        if not most - 6 - 2 * widest < len(line) <= most:
            return False
    return len(gaps) <= 1


def _record(tokens, first, opened, depth):
    """`{"a": 1, "b": 2}`, its first name being read already."""
    entries, key = {}, first
    while True:
        if len(key) != 1 or not isinstance(key[0], Cell):
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
            return Record(entries, opened.line)
        token = tokens.next()
        if token.kind not in ("text", "name", "number") or tokens.peek().text != ":":
            _refuse(token)
        key = [Cell(token.text.strip("\"'") if token.kind == "text" else token.text, token.line)]


def check_even(rows):
    if not rows:
        return
    first, wanted = rows[0][0], len(rows[0][1])
    for line, cells in rows:
        if len(cells) != wanted:
            raise Refused("printed_ragged", line=line, count=len(cells), first=first, wanted=wanted)
