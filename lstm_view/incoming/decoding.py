"""Bytes of a file -> its text, bounded before anything is read."""
import re

from .refusal import Refused

MOST_BYTES = 1_000_000  # of the whole, as UTF-8 if it is text
SEEMS = {  # first bytes -> what they say a file is
    b"PK\x03\x04": "xlsx", b"PK\x05\x06": "xlsx", b"\xd0\xcf\x11\xe0": "xls", b"%PDF": "pdf",
    b"\x89PNG": "picture", b"\xff\xd8\xff": "picture", b"GIF8": "picture",
    b"\x1f\x8b": "archive", b"7z\xbc\xaf": "archive", b"Rar!": "archive",
}
ENCODINGS = {  # other than UTF-8, as one knows them
    "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp949": "CP949 (EUC-KR)", "cp1252": "Windows-1252 (Latin-1)",
}
KOREAN = re.compile(rb"[\xb0-\xc8][\xa1-\xfe]")  # a syllable of KS X 1001, in CP949



def decoded(data: bytes | str) -> tuple[str, str]:
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
        text, encoding = _guessed(data)
    text = text.removeprefix("\ufeff").removesuffix("\x1a").replace("−", "-")  # \x1a: the end of a file, in DOS
    return text.replace("\r\n", "\n").replace("\r", "\n"), encoding


def _guessed(data):
    """UTF-16 with its mark or with a 0 in half of its characters, UTF-8, CP949 if most of it is Korean, or Latin-1."""
    odd, even = data[1::2].count(0), data[::2].count(0)
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    if marked or (0 in (odd, even) and odd + even >= max(1, len(data) / 4)):
        guesses = ["utf-16-le" if (data[0] == 0xFF if marked else odd) else "utf-16-be"]
    elif odd or even:
        raise Refused("binary", line=line_of(data.replace(b"\r\n", b"\n").replace(b"\r", b"\n"), b"\0", b"\n"))
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


def line_of(text, what, end):
    """In which line of a text, or of bytes, something first stands."""
    return text.count(end, 0, text.index(what)) + 1
