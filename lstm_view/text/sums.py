"""Parts and their total as text, with the digits it takes for what is printed to add up."""
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from .arithmetic import equated
from .numbers import MINUS, MOST_DIGITS, Shown, number, percent, share


def added(parts: Sequence[float], total: float) -> tuple[list[Shown], Shown, bool]:
    """Numbers with their signs, and their total, to two decimals, or up to four where two do not add up; and whether
    these do."""
    for decimals in (2, 3, 4, 2):
        said, whole = [number(part, decimals) for part in parts], number(total, decimals)
        exact = "=" in equated(f"{' + '.join(f'{text:b}' for text in said)} = {whole}")
        if exact:
            break
    return [_signed(part, text) for part, text in zip(parts, said, strict=True)], _signed(total, whole), exact


def percentages(shares: Sequence[float]) -> tuple[list[Shown], bool]:
    """Shares of a whole as percentages, without the sign, with as few digits as add up to 100; and whether they do.
    What leaves so little to the others that float64 cannot tell it from the whole is ≈100."""
    alone = sum(map(bool, shares)) == 1
    for decimals in (0, 1, 2):
        said = [Shown("≈100") if share == 1 and not alone else _percent(share, decimals) for share in shares]
        exact = [Decimal(text.replace(MINUS, "-").removeprefix("≈")) for text in said]
        coarsest = max(value.as_tuple().exponent for value in exact)
        if sum(exact).quantize(Decimal(1).scaleb(min(0, coarsest)), ROUND_HALF_UP) == 100:
            return said, True
    return said, False


def _percent(share, decimals):
    """With so many decimals, or more where these would say 0 or 100 of what is not."""
    text = number(100 * Decimal(str(share)), decimals)
    fits = "e" not in text and Decimal(text).as_tuple().exponent == -decimals
    return text if fits and (Decimal(text) != 100 or share == 1) else percent(share, 2)


def kept(each: float, steps: int) -> tuple[Shown, Shown]:
    """A share that is kept at each of so many steps, and the percentage that is left after them, without the sign; with
    digits enough for the first to give the second."""
    left = percent(each**steps)
    for digits in range(4, MOST_DIGITS + 1):
        said = share(each, digits)
        if percent(float(said) ** steps) == left:
            break
    return said, left


def _signed(value, text):
    return Shown(f"+{text}" if value > 0 else text)
