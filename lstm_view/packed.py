"""Long values in an address: text and tables of numbers, short, and bounded when they are read again.

What cannot be read is a ValueError before it costs anything: nothing is unpacked beyond what the caller allows.
"""
import re
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import quote_plus

import numpy as np

MARK = "~"  # before what is compressed; it needs no % in an address
DECIMALS = 4
LARGEST = 1e6  # |number|
WIDEST = 5  # bytes of a number: 4 LARGEST 10^DECIMALS, a difference and its sign, fits
NUMBERS = re.compile(r"(\d{1,6})\.(\d{1,4})\.([0-4])([01])([1-5])\.([\w-]+)", re.ASCII)
PLAIN = re.compile(r"[ -}]*")  # ASCII that can be seen, without the mark


def pack(text: str) -> str:
    """Text as it is if it is ASCII and no longer so in an address, else compressed.

    ValueError for half a surrogate pair.
    """
    packed = squeeze(text)
    return text if PLAIN.fullmatch(text) and len(quote_plus(text)) <= len(packed) else packed


def squeeze(text: str) -> str:
    """Any text compressed: letters, digits, - and _ after the mark.  ValueError for half a surrogate pair."""
    return MARK + _base64(zlib.compress(text.encode(), 9))


def unpack(text: str, most: int) -> str:
    """The reverse of pack, of up to `most` characters; ValueError for more and for what pack does not write."""
    if not text.startswith(MARK):
        if len(text) > most or not PLAIN.fullmatch(text):
            raise ValueError(f"text: given {len(text)} characters; wanted up to {most} of ASCII, or {MARK}...")
        return text
    found = _inflated(text[1:], 4 * most).decode()
    if len(found) > most:
        raise ValueError(f"text: {len(found)} characters once unpacked; wanted up to {most}")
    return found


def pack_numbers(numbers: np.ndarray) -> str:
    """(rows, columns), rounded to DECIMALS, as `rows.columns.form.base64`.

    Each number is an integer, of as few decimals as all need, or its difference from the one above, whichever is
    shorter; with its sign as the last bit; one plane of bytes after the other, column by column; compressed.
    ValueError for what is not finite or beyond LARGEST, and for a table without numbers.
    """
    if numbers.ndim != 2 or not numbers.size:
        raise ValueError(f"numbers: given shape {numbers.shape}; wanted (rows, columns)")
    if not (np.abs(numbers) <= LARGEST).all():  # nan is not <=
        raise ValueError(f"numbers: wanted finite ones up to {LARGEST:g}")
    rows, columns = numbers.shape
    rounded = _scaled(numbers, DECIMALS) / 10**DECIMALS
    decimals = next(d for d in range(DECIMALS + 1) if (_scaled(rounded, d) / 10**d == rounded).all())
    whole = _scaled(rounded, decimals)
    forms = [_planes(whole), _planes(np.diff(whole, axis=0, prepend=0))]
    difference = len(forms[1][1]) < len(forms[0][1])
    width, packed = forms[difference]
    return f"{rows}.{columns}.{decimals}{difference:d}{width}.{packed}"


def unpack_numbers(text: str, rows: int, columns: int) -> np.ndarray:
    """The reverse of pack_numbers, float64, of up to rows and columns; ValueError for more and for anything else."""
    match = NUMBERS.fullmatch(text)
    if not match:
        raise ValueError("text: wanted rows.columns.form.base64")
    T, D, decimals, difference, width = map(int, match.groups()[:5])
    if not (1 <= T <= rows and 1 <= D <= columns):
        raise ValueError(f"text: {T} rows, {D} columns; wanted up to {rows}, {columns}")
    planes = _inflated(match[6], T * D * width)
    if len(planes) != T * D * width:
        raise ValueError(f"text: {len(planes)} bytes once unpacked; wanted {T * D * width}")
    bits = np.zeros((D, T, 8), np.uint8)  # the planes back as little-endian integers
    bits[:, :, :width] = np.frombuffer(planes, np.uint8).reshape(width, D, T).transpose(1, 2, 0)
    whole = bits.view("<i8")[:, :, 0].T
    whole = whole >> 1 ^ -(whole & 1)
    if difference:
        whole = whole.cumsum(axis=0)
    if np.abs(whole).max() > LARGEST * 10**decimals:
        raise ValueError(f"text: a number beyond {LARGEST:g}")
    return whole / 10**decimals


def _scaled(numbers, decimals):
    return np.rint(numbers * 10**decimals).astype(np.int64)


def _planes(whole):
    """(bytes a number, packed) of integers (rows, columns)."""
    with_sign = (whole << 1 ^ whole >> 63).T.astype("<i8", order="C")  # 0, -1, 1, -2 ... -> 0, 1, 2, 3 ...
    width = max(1, -(-int(with_sign.max()).bit_length() // 8))
    planes = with_sign[..., None].view(np.uint8)[..., :width].transpose(2, 0, 1)
    return width, _base64(zlib.compress(planes.tobytes(), 9))


def _base64(data):
    return urlsafe_b64encode(data).decode().rstrip("=")


def _inflated(text, most):
    """The bytes of packed text, up to so many: zlib's longest form of them is little longer than they are."""
    if len(text) > 2 * most + 100 or not re.fullmatch(r"[\w-]*", text, re.ASCII):
        raise ValueError(f"text: given {len(text)} characters; wanted base64 of up to {most} bytes")
    inflate = zlib.decompressobj()
    try:
        found = inflate.decompress(urlsafe_b64decode(text + "=" * (-len(text) % 4)), most + 1)
    except zlib.error as error:
        raise ValueError(f"text: {error}") from None
    if not inflate.eof or inflate.unused_data:
        raise ValueError(f"text: cut off, or more than {most} bytes once unpacked")
    return found
