"""Lines of a table -> records, (line, cells), all with as many cells.  Lines are counted from 1."""
import csv
import re
from collections.abc import Iterable, Iterator

from .decoding import line_of
from .notation import BLANK, DATE, counts, is_number
from .refusal import Refused, shown

MOST_LINES = 20_000
MOST_IN_LINE = 4_000  # bytes of a file's line, characters of a text's
MOST_BEFORE = 20  # lines that may stand before a table without a mark that they are no part of it
SAMPLE = 50  # lines by which the separator is chosen
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")  # in no text: all below the space but tab, line ends and form feed
SEPARATORS = ' \t\n\f\v,;"'
SIGNS = {",": ",", ";": ";", "tab": "\t", "space": " "}  # between cells: as a switch says it -> as it stands
REMARK = re.compile(r"\s*(?:#(?!n/?a|div|ref|val|nam|num|nul)|%|//)\s*", re.IGNORECASE)  # before a table
RULE = re.compile(r"\s*[|+]?(?:\s*:?(?:-{2,}|={2,}):?\s*[|+]?)+\s*")  # a line that is drawn between rows
FOOTER = re.compile(r"(?:Name|Freq|Length|dtype): .*|\[\d+ rows x \d+ columns\]", re.ASCII)  # as pandas prints


Records = list[tuple[int, list[str]]]


def lines_of(text: str, encoding: str) -> list[str]:
    """The lines of a text, within the bounds; encoding: of the file, by whose bytes a line is measured."""
    lines = text.removesuffix("\n").split("\n")
    if len(lines) > MOST_LINES:
        raise Refused("too_many_lines", count=len(lines), most=MOST_LINES)
    for number, line in enumerate(lines, 1):
        if len(line.encode(encoding, "replace") if encoding else line) > MOST_IN_LINE:
            raise Refused("long_line", line=number, most=MOST_IN_LINE)
    check(text)
    return lines


def check(text: str) -> None:
    """Refused for what no text has, and where there is nothing."""
    if control := CONTROL.search(text):
        raise Refused("binary", line=line_of(text, control[0], "\n"))
    if not text.strip(SEPARATORS):
        raise Refused("empty")


def remarks(lines: list[str], asked, notes: list) -> int:
    """How many lines to skip: as many as asked, or remarks before the table, but for the names in the last of them."""
    if asked.skip is not None:
        return min(asked.skip, len(lines))
    count = next((k for k, line in enumerate(lines) if line.strip() and not REMARK.match(line)), 0)
    if not count or not any(REMARK.match(line) for line in lines[:count]):
        return 0
    first = next(k for k, line in enumerate(lines) if REMARK.match(line))
    last = max(k for k in range(count) if REMARK.match(lines[k]))
    names, body = REMARK.sub("", lines[last], count=1), SIGNS[separator_of(lines[count:], asked.decimal)]
    cells = [row for _, row in records([names, lines[count]], body)]
    if len(cells) == 2 and len(cells[0]) == len(cells[1]) and not any(map(is_number, cells[0])):
        lines[last], count = names, last
    if count > first:
        notes.append(("before", {"count": count - first, "line": first + 1}))
    return count


def separator_of(lines: list[str], decimal: str | None) -> str:
    """The one that gives most numbers in lines of one length; tab before ; before , before white space."""
    sample = [line for line in lines if line.strip(SEPARATORS)][:SAMPLE]
    tabs = len({line.count("\t") for line in sample}) == 1 and "\t" in sample[0]

    def score(name):
        rows = []
        try:
            for _, cells in records(sample, SIGNS[name]):
                rows.append(cells)
        except Refused:  # a quote is open at the end of the sample, or this is not the separator
            pass
        cells = [cell for row in rows for cell in row if cell]
        if not cells or (name == decimal == "," and any(len(row) > 1 for row in rows)):
            return 0
        listed = "," in sample[0] and not sample[0].lstrip().startswith('"')  # names with commas between them
        if name != "," and listed and len(rows[0]) == 1 and not is_number(rows[0][0]):
            return 0
        numbers = sum(map(is_number, cells)) / len(cells)
        rows = [cells for _, cells in trimmed(list(enumerate(rows)))]
        even = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
        likely = 0.4 if name in (",", "space") and _splits(rows) else 0.9 if name == "space" and tabs else 1
        size = 1 if len(rows[0]) > 1 else 0.5  # lines of one cell are even by nature
        return (numbers + 0.001) * even * likely * size

    return max(("tab", ";", ",", "space"), key=score)


def _splits(rows):
    """Whether what parts two cells stands inside of numbers: it is followed by 05 or 000, which nobody counts."""
    return all(len(row) == 2 for row in rows) and any(re.fullmatch(r"0\d+", row[1], re.ASCII) for row in rows)


def records(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line, and where it begins: a cell between quotes may hold lines."""
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


def full(records: Iterable[tuple[int, list[str]]]) -> Records:
    """Those that hold anything."""
    found = [(line, cells) for line, cells in records if any(cells)]
    if not found:
        raise Refused("empty")
    return found


def trimmed(found: Records) -> Records:
    """Records without the empty cells that a separator at the end of a line makes, where not all lines have it."""
    fewest = min(len(cells) for _, cells in found)
    return [(line, cells if any(cells[fewest:]) else cells[:fewest]) for line, cells in found]


def even(found: Records) -> Records:
    """Records, all of one length."""
    first, wanted = found[0][0], len(found[0][1])
    if len(found) == 1:
        cells = found[0][1]
        return [(first, cells[: max(k for k, cell in enumerate(cells, 1) if cell)])]
    for line, cells in found:
        if len(cells) != wanted:
            raise Refused("ragged", line=line, cells=len(cells), first=first, wanted=wanted)
    return found


def preamble(found: Records) -> int:
    """How many lines stand before the table: each shorter than it, and without a number."""
    wide = len(found[-1][1])
    start = next(k for k in range(len(found), -1, -1) if not k or len(found[k - 1][1]) != wide)
    plain = all(len(cells) < wide and not any(map(is_number, cells)) for _, cells in found[:start])
    return start if 0 < start <= MOST_BEFORE and len(found) - start > 1 and wide > 1 and plain else 0


def with_names(found: Records) -> tuple[Records, int]:
    """Records whose names stand on several lines, as units do, or as pandas writes columns of several levels, with
    these on one; and on how many they stood."""
    for count in (2, 3):
        head, body = found[:count], found[count:]
        columns = list(zip(*(cells for _, cells in body), strict=True))
        numbers = [k for k, cells in enumerate(columns)
                   if any(cells) and all(cell.lower() in BLANK or is_number(cell) for cell in cells)]
        words = [k for k in numbers if all(_is_word(cells[k]) for _, cells in head)]
        plain = all(not cell or _is_word(cell) for _, cells in head for cell in cells)
        if len(body) > 1 and plain and len(words) > 1 and set(numbers) - set(words) <= {0}:
            names = [" ".join(filter(None, column)) for column in zip(*(cells for _, cells in head), strict=True)]
            return [(head[0][0], names), *body], count
    return found, 1


def _is_word(cell):
    return bool(cell) and not is_number(cell) and cell.lower() not in BLANK and not DATE.fullmatch(cell)


def with_index(found: Records, footed: bool) -> Records:
    """What pandas prints: names over all columns but the first, which counts or names the rows; of a series, which ends
    in a line of words, no names."""
    if footed and all(len(cells) == 2 for _, cells in found):
        return [(line, cells[1:]) for line, cells in found]
    wide = len(found[0][1]) + 1
    if len(found) < 2 or any(len(cells) != wide for _, cells in found[1:]):
        return found
    line, names = found[0]
    named = not any(map(is_number, names)) or counts(names)
    index = [cells[0] for _, cells in found[1:]]
    return [(line, ["", *names]), *found[1:]] if named and (counts(index) or not any(map(is_number, index))) else found


def with_semicolons(lines: list[str]) -> list[str]:
    """Lines of numbers with decimal commas, a comma and a space between them, with semicolons instead of these."""
    full = [line.strip().removesuffix(",") for line in lines if line.strip(SEPARATORS)]
    mixed = all(re.fullmatch(r"-?\d+,\d+", part, re.ASCII) for line in full for part in line.split(", "))
    return [line.replace(", ", "; ") for line in lines] if mixed and any(", " in line for line in full) else lines


def check_whole(found: Records) -> None:
    """Refused for dots that stand for what a program did not print, and for brackets around numbers in lines."""
    for line, cells in found:
        if "..." in cells or (len(cells) > 1 and set(cells) <= {"..", "..."}):
            raise Refused("printed_gap", line=line)
        for column, cell in enumerate(cells, 1):
            uneven = any(cell.count(a) != cell.count(b) for a, b in ("[]", "()", "{}"))
            if uneven and re.search(r"[\[({][-+.]?\d|\d\.?[\])}]", cell):
                raise Refused("printed_bracket", line=line, column=column, cell=shown(cell))


def without_bars(lines: list[str]) -> list[str]:
    """Lines of a table whose cells are parted by `|`, as in Markdown, with tabs instead, and without what is drawn
    between rows.  A line's number stays what it was."""
    rows = [line.strip() for line in lines if line.strip() and not RULE.fullmatch(line)]
    bars = {row.count("|") for row in rows}
    if len(bars) != 1 or bars == {0} or any("\t" in row for row in rows):
        return lines
    framed = all(row[0] == row[-1] == "|" and len(row) > 1 for row in rows)
    part = slice(1, -1) if framed else slice(None)
    return ["" if RULE.fullmatch(line) else line.strip()[part].replace("|", "\t") for line in lines]
