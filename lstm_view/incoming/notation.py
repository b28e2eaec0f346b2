"""How numbers, missing values and dates are written in tables: text of a cell -> number."""
import re

import numpy as np

BLANK = {  # what says, in small letters, that there is no number
    "", "na", "n/a", "n.a.", "n.a", "#n/a", "#na", "#n/a n/a", "<na>", "nan", "-nan", "nan(ind)", "-nan(ind)",
    "1.#qnan", "-1.#ind", "nat", "null", "(null)", "\\n", "none", "nil", "missing", "(missing)", "?", "??", "*", ".",
    "..", "-", "--", "---", "–", "—", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!", "결측", "결측치",
    "결측값", "누락", "없음", "값없음", "값 없음", "자료없음", "자료 없음", "미측정", "미상",
    "해당없음", "해당 없음", "관측없음", "관측 없음", "미관측", "측정불가", "측정 불가", "n.d.", "n/d", "nd",
    "k.a.", "k. a.", "(blank)", "(none)", "[null]", "undefined", "1.#ind", "???", "**", "#error!", "#spill!", "#calc!",
    "…", "－", "─",
}
INFINITE = {"inf", "infinity", "∞"}
NUMBER = re.compile(r"[-+]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][-+]?\d+)?", re.ASCII)
GROUPED = re.compile(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?", re.ASCII)  # 1,234,567.8
POINTED = re.compile(r"[-+]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d*)?", re.ASCII)  # 1.234.567,8
SPACED = re.compile(r"[-+]?[1-9]\d{0,2}(?:[\u00a0\u2009\u202f '’]\d{3})+(?:[.,]\d*)?", re.ASCII)  # 1 234,5, 1'234.5
UNIT = r"[$€£¥₩%‰℃℉°원엔円元]"
COMMAS = r"[-+]?\d+(?:[.,' ]?\d+)*,\d+(?:[.,]\d+)*"
MEASURED = re.compile(rf"-?{UNIT}\s?{COMMAS}|{COMMAS}\s?{UNIT}[CF]?")  # a number with a comma, and its unit
MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
DATE = re.compile(
    r"\d{1,4}\s?[-/.년]\s?\d{1,2}(?:\s?[-/.월]\s?\d{1,4}.*)?|\d{1,2}:\d{2}.*|\d{4}-?Q[1-4]|\d{4}-?W\d{1,2}.*"
    rf"|(?:\d{{1,2}}[-\s.]+)?(?:{MONTH})[a-z]*\.?[-\s,]+\d{{1,4}}.*|\d{{1,4}}[-\s]+(?:{MONTH})[a-z]*.*",
    re.ASCII | re.IGNORECASE)


def is_number(cell: str) -> bool:
    """Whether a cell holds a number, however its comma and its point are meant."""
    cell = _joined(cell)
    return any(form.fullmatch(cell) for form in (NUMBER, GROUPED, POINTED))


def is_pointed(cell: str) -> bool:
    """Whether the points in a number can only stand between thousands: 1.234,5 and 1.234.567."""
    return bool(POINTED.fullmatch(cell)) and ("," in cell or cell.count(".") > 1)


def is_joined(cell: str, decimal: str) -> bool:
    """Whether something else than a comma stands between a number's thousands."""
    return bool(SPACED.fullmatch(cell)) or (decimal == "," and bool(POINTED.fullmatch(cell)))


def counts(cells: list[str]) -> bool:
    """Whether cells are whole numbers, each the last and 1."""
    if not all(re.fullmatch(r"\d{1,9}", cell, re.ASCII) for cell in cells):
        return False
    return [int(cell) for cell in cells] == list(range(int(cells[0]), int(cells[0]) + len(cells)))


def value(cell: str, decimal: str, points: bool = False, missing: frozenset[str] = frozenset()) -> float | None:
    """The number in a cell, nan if there is none, None if there is something else.

    decimal: the decimal sign, `.` or `,`; the other one may stand between thousands: a comma where three digits follow,
    a point only with `points`.  missing: what else says that there is no number, in small letters.
    """
    if cell.lower() in BLANK or cell.lower() in missing:
        return np.nan
    plain = _joined(cell)
    if decimal == "." and GROUPED.fullmatch(plain):
        return float(plain.replace(",", ""))
    if decimal == "," and POINTED.fullmatch(plain) and (points or is_pointed(plain)):
        return float(plain.replace(".", "").replace(",", "."))
    if NUMBER.fullmatch(plain) and not (decimal == "," and "." in plain) and not (decimal == "." and "," in plain):
        return float(plain.replace(",", "."))
    return np.inf if cell.lower().lstrip("+-") in INFINITE else None


def _joined(cell):
    """A number without what stands between its thousands, where that is no comma and no point."""
    return re.sub(r"[^-+\d.,]", "", cell) if SPACED.fullmatch(cell) else cell
