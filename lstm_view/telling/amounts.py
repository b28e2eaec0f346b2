"""Numbers as text: a minus sign, as many digits as are worth reading."""
from collections.abc import Callable, Iterable
from itertools import groupby
from math import floor, log10

MINUS = "−"
DIGITS = 3  # significant, of a gradient
MOST_TOLD = 8  # numbers of a vector


class Shown(str):
    """A number as text; {name:b} puts it in brackets if it is negative, for use after a sign."""

    def __format__(self, spec):
        return f"({self})" if spec == "b" and self.startswith(MINUS) else str(self)


def number(value: float, digits: int = 2) -> Shown:
    """A value with so many decimals, two as in the picture, and a proper minus sign."""
    text = f"{value:.{digits}f}" if abs(value) < 1e4 else f"{value:.1e}"
    return Shown(text.replace("-", MINUS) if float(text) else text.lstrip("-"))


def percent(value: float) -> str:
    """A gate's value as a percentage, never rounded to 0 or 100 when it is not."""
    if 0 < value < 1e-4:
        return "<0.01"
    if 0.9999 < value < 1:
        return ">99.99"
    return f"{100 * value:.{0 if 0.01 <= value <= 0.99 or value in (0, 1) else 2}f}"


def told_apart(a: float, b: float) -> tuple[Shown, Shown]:
    """Two numbers with as many decimals as it takes to tell them apart."""
    digits = next((d for d in range(2, 9) if number(a, d) != number(b, d)), 9)
    return number(a, digits), number(b, digits)


def amount(value: float) -> Shown:
    """A gradient as text: three digits, or 3.1e−9 where it is very small or large."""
    size = abs(value)
    if not 1e-3 <= size < 1e4:
        mantissa, _, exponent = f"{value:.1e}".partition("e")
        text = f"{mantissa.removesuffix('.0')}e{int(exponent)}" if size else "0"
    else:
        text = f"{value:.{max(0, DIGITS - 1 - floor(log10(size)))}f}"
    return Shown(text.replace("-", MINUS))


def vector(values: Iterable[float], say: Callable[[float], str] = number) -> str:
    """Numbers in brackets; of more than MOST_TOLD equal ones in a row become two, and then most of the rest dots."""
    texts = list(map(say, values))
    if len(texts) > MOST_TOLD:
        runs = [list(run) for _, run in groupby(texts)]
        texts = [text for run in runs for text in (run if len(run) < 3 else [run[0], "…", run[-1]])]
    if len(texts) > MOST_TOLD + 2:
        texts = [*texts[:4], "…", texts[-1]]
    return f"({', '.join(texts)})"
