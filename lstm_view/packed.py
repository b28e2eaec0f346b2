"""Long values in an address: text and tables of numbers, short, and bounded when they are read again.

What cannot be read is a ValueError before it costs anything: nothing is unpacked beyond what the caller allows.  What
is packed ends in a letter or a digit: mail programs and messengers cut other signs off a link.
"""
import re
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from decimal import Decimal
from urllib.parse import quote_plus

import numpy as np

MARK = "~"  # before what is compressed; it needs no % in an address
DECIMALS = 4  # up to which a table of numbers is one of integers
LARGEST = 1e6  # |number|
LONGEST = 7_000  # characters of packed numbers: every program takes addresses of 8000 (RFC 9110, 4.1), with all else
DIGITS = 17  # that the shortest decimal of a float64 has at most
NUMBERS = re.compile(r"(\d{1,6})\.(\d{1,4})\.(?:([0-4])([01])([1-5])|e([1-8]))\.([\w-]+)", re.ASCII)
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
    """(rows, columns), exactly, as `rows.columns.form.base64`; beyond LONGEST characters, as `held` gives them.

    Where DECIMALS are enough each number is an integer, of as few decimals as all need, or its difference from the one
    above, whichever is shorter.  Else it is the shortest decimal that reads as the same float64: an integer and a power
    of 10.  With its sign as the last bit; one plane of bytes after the other, column by column; compressed.
    ValueError for what is not finite or beyond LARGEST, and for a table without numbers.
    """
    if numbers.ndim != 2 or not numbers.size:
        raise ValueError(f"numbers: given shape {numbers.shape}; wanted (rows, columns)")
    if not (np.abs(numbers) <= LARGEST).all():  # nan is not <=
        raise ValueError(f"numbers: wanted finite ones up to {LARGEST:g}")
    numbers = np.asarray(numbers, float)
    for decimals in range(DECIMALS + 1):
        whole = _scaled(numbers, decimals)
        if (whole / 10**decimals == numbers).all():
            return _of_integers(whole, decimals)
    digits, text = DIGITS, _of_decimals(numbers)
    while len(text) > LONGEST:
        digits -= 1
        text = _of_decimals(_rounded(numbers, digits))
    return text


def held(numbers: np.ndarray) -> np.ndarray:
    """The numbers (rows, columns) as an address holds them: the same, or where it would be longer than LONGEST, all
    rounded to as many significant digits as fit, 14 or more for 128 rows of 6."""
    return unpack_numbers(pack_numbers(numbers), *numbers.shape)


def unpack_numbers(text: str, rows: int, columns: int) -> np.ndarray:
    """The reverse of pack_numbers, float64, of up to rows and columns; ValueError for more and for anything else."""
    match = NUMBERS.fullmatch(text)
    if not match:
        raise ValueError("text: wanted rows.columns.form.base64")
    T, D = map(int, match.groups()[:2])
    if not (1 <= T <= rows and 1 <= D <= columns):
        raise ValueError(f"text: {T} rows, {D} columns; wanted up to {rows}, {columns}")
    decimals, difference, width = (int(digit or 0) for digit in match.groups()[2:5])
    width = width or int(match[6])
    shape, planes = (T, D), width + 2 * bool(match[6])
    data = _inflated(match[7], T * D * planes)
    if len(data) != T * D * planes:
        raise ValueError(f"text: {len(data)} bytes once unpacked; wanted {T * D * planes}")
    whole = _integers(data[: T * D * width], shape)
    if match[6]:
        powers = _integers(data[T * D * width :], shape)
        found = [float(f"{digits}e{power}") for digits, power in zip(whole.flat, powers.flat, strict=True)]
        numbers = np.reshape(found, shape) + 0.0  # no -0.0
    else:
        numbers = (whole.cumsum(axis=0) if difference else whole) / 10**decimals
    if not (np.abs(numbers) <= LARGEST).all():
        raise ValueError(f"text: a number beyond {LARGEST:g}")
    return numbers


def _scaled(numbers, decimals):
    return np.rint(numbers * 10**decimals).astype(np.int64)


def _rounded(numbers, digits):
    return np.reshape([float(f"{number:.{digits - 1}e}") for number in numbers.flat], numbers.shape)


def _of_integers(whole, decimals):
    forms = [(width, _base64(zlib.compress(planes, 9)))
             for width, planes in map(_planes, (whole, np.diff(whole, axis=0, prepend=0)))]
    difference = len(forms[1][1]) < len(forms[0][1])
    width, packed = forms[difference]
    return f"{whole.shape[0]}.{whole.shape[1]}.{decimals}{difference:d}{width}.{packed}"


def _of_decimals(numbers):
    parts = [Decimal(repr(number)).normalize().as_tuple() for number in numbers.ravel().tolist()]
    whole = [(-1 if sign else 1) * int("".join(map(str, digits))) for sign, digits, _ in parts]
    width, planes = _planes(np.reshape(whole, numbers.shape))
    powers = _planes(np.reshape([power for *_, power in parts], numbers.shape), 2)[1]
    return f"{numbers.shape[0]}.{numbers.shape[1]}.e{width}.{_base64(zlib.compress(planes + powers, 9))}"


def _planes(whole, width=0):
    """(bytes a number, all bytes) of integers (rows, columns)."""
    with_sign = (whole << 1 ^ whole >> 63).T.astype("<i8", order="C")  # 0, -1, 1, -2 ... -> 0, 1, 2, 3 ...
    width = width or max(1, -(-int(with_sign.max()).bit_length() // 8))
    return width, with_sign[..., None].view(np.uint8)[..., :width].transpose(2, 0, 1).tobytes()


def _integers(planes, shape):
    """The reverse of _planes: integers (rows, columns)."""
    T, D = shape
    width = len(planes) // (T * D)
    bits = np.zeros((D, T, 8), np.uint8)  # the planes back as little-endian integers
    bits[:, :, :width] = np.frombuffer(planes, np.uint8).reshape(width, D, T).transpose(1, 2, 0)
    whole = bits.view("<u8")[:, :, 0].T
    return (whole >> 1).astype(np.int64) ^ -(whole & 1).astype(np.int64)


def _base64(data):
    """As text; where that ends in - or _ an A follows, which is known again: no bytes have so many characters."""
    text = urlsafe_b64encode(data).decode().rstrip("=")
    return text + "A" if text.endswith(("-", "_")) else text


def _inflated(text, most):
    """The bytes of packed text, up to so many: zlib's longest form of them is little longer than they are."""
    if len(text) > 2 * most + 100 or not re.fullmatch(r"[\w-]*", text, re.ASCII):
        raise ValueError(f"text: given {len(text)} characters; wanted base64 of up to {most} bytes")
    if len(text) % 4 == 1:
        text = text.removesuffix("A")
    inflate = zlib.decompressobj()
    try:
        found = inflate.decompress(urlsafe_b64decode(text + "=" * (-len(text) % 4)), most + 1)
    except zlib.error as error:
        raise ValueError(f"text: {error}") from None
    if not inflate.eof or inflate.unused_data:
        raise ValueError(f"text: cut off, or more than {most} bytes once unpacked")
    return found
