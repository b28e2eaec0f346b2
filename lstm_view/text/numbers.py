"""Numbers as text, by one set of rules for every sentence, table, tip, axis and file, in every language.

* A number is rounded as by a calculator, half away from zero, from the shortest decimal that is the same float64.
* What is not 0 is never written 0, what is not the whole never 1 or 100 %: it gets more digits, or a power of ten.
* A minus sign is −; a power of ten is written e, 3.1e−9.
* A word beside a count follows the text, not the value: {steps} {steps:step|steps}.

`assets/diagram/numbers.js` says the same in the browser.  Whether = or ≈ stands between numbers: `arithmetic`.
"""
from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

MINUS = "−"
MOST_DIGITS = 17  # significant; these tell any two float64 apart
MOST_TOLD = 8  # numbers of a vector
NEARLY = 1e-9  # what a gate may lack of 1 to be told as ≈100 %
LARGE, SMALL = Decimal(10_000), Decimal("0.001")  # from here on, and below, a power of ten is easier to read


class Shown(str):
    """A number as text.  {name:b} puts it in brackets if it is negative, for use after a sign; {name:step|steps}
    chooses the word that goes with it."""

    def __format__(self, spec):
        if "|" in spec:
            return spec.split("|")[self != "1"]
        return f"({self})" if spec == "b" and self.startswith(MINUS) else str(self)


class Whole(int):
    """A whole number.  {name:step|steps} chooses the word that goes with it; else it is formatted as an int."""

    def __format__(self, spec):
        return spec.split("|")[self != 1] if "|" in spec else super().__format__(spec)


def count(value: int) -> Shown:
    """A whole number, with commas between its thousands."""
    return Shown(f"{value:,}".replace("-", MINUS))


def tally(value: float) -> Shown:
    """A count, or what a count is on average: 1,024 or 7.75."""
    return count(int(value)) if value == int(value) else number(value)


def number(value: float, decimals: int = 2) -> Shown:
    """A value with so many decimals, two as in the picture; where these would say 0 of what is not, 0.004 or 4e−5."""
    exact = _decimal(value)
    if not exact.is_finite():
        return _endless(exact)
    rounded = _rounded(exact, -decimals) if abs(exact) < LARGE else exact
    if exact and not rounded and abs(exact) >= SMALL:
        return _plain(_significant(exact, 1))
    if abs(rounded) >= LARGE or (exact and not rounded):
        return _power(exact, 1 if exact.adjusted() > 0 else max(0, decimals - 2))
    return _shown(f"{rounded if rounded else abs(rounded):f}")


def amount(value: float, digits: int = 3) -> Shown:
    """A value of any size with so many significant digits, 0.0312, or as a power of ten, 3.1e−9, with one fewer."""
    exact = _decimal(value)
    if not exact or not exact.is_finite():
        return _endless(exact)
    rounded = _significant(exact, digits)
    if not SMALL <= abs(rounded) < LARGE:
        return _power(exact, max(0, digits - 2))
    return _shown(f"{_rounded(exact, 0) if rounded.adjusted() >= digits else rounded:f}")


def signed(value: float, digits: int = 3) -> Shown:
    """The same with its sign, + too."""
    return Shown(("+" if value > 0 else "") + amount(value, digits))


def share(value: float, digits: int = 3) -> Shown:
    """A fraction of a whole with so many significant digits: more where these would say 0 or 1 of what is not."""
    return _beside(1, _decimal(value), digits)


def percent(value: float, digits: int = 3) -> Shown:
    """A fraction as a percentage, without the sign: 85.8, 99.975, 0.0012; 0 and 100 only where it is 0 or 1."""
    return _beside(100, _decimal(value) * 100, digits)


def ratio(value: float, digits: int = 2) -> Shown:
    """How many times as large, with so many significant digits: more where these would say 1 of what is not."""
    return _beside(1, _decimal(value), digits)


def printed(value: float, scale: str = "state", decimals: int = 0) -> Shown:
    """A number as it stands in a square: two decimals, fewer of what is large, and a power of ten, 4e−3, where these
    would say 0 of what is not; signed unless it is a gate.  Of a gradient 0 is "0", and what is small always a power.

    decimals: of a power of ten, where there is room.
    """
    exact, gradient = _decimal(value), scale == "gradient"
    if not exact.is_finite() or (gradient and not exact):
        return _endless(exact)
    whole, tenths, rounded = (_rounded(exact, last) if abs(exact) < LARGE else exact for last in (0, -1, -2))
    brief = exact.adjusted() < -2 or whole.adjusted() > 2 if gradient else not rounded and bool(exact)
    if brief or abs(whole) >= LARGE:
        text = _power(exact, decimals)
    else:
        text = number(value, 2 if abs(rounded) < 10 else 1 if abs(tenths) < 100 else 0)
    return Shown(text if scale == "gate" or exact <= 0 else f"+{text}")


def mark(value: float, digits: int = 3) -> Shown:
    """A number on an axis, or one that was set: so many significant digits, without zeros at its end."""
    exact = _decimal(value)
    if not exact or not exact.is_finite():
        return _endless(exact)
    rounded = _significant(exact, digits)
    if not SMALL <= abs(rounded) < LARGE:
        return _power(exact, digits - 1)
    return _plain(_rounded(exact, 0) if rounded.adjusted() >= digits else rounded)


def shortest(value: float) -> Shown:
    """A number with all its digits: the shortest decimal that reads as the same float64."""
    return _shown(str(value).removesuffix(".0").replace("e+", "e").replace("e-0", "e-"))


def opening(value: float) -> Shown:
    """A gate's value as a percentage; ≈0 and ≈100 where float64 can hardly tell it from these; σ reaches neither."""
    if not value:
        return Shown("≈0")
    return Shown("≈100") if abs(1 - value) < NEARLY else percent(value)


def activation(value: float, say: Callable[[float], str] | None = None) -> Shown:
    """What comes out of σ or tanh, by default to three decimals; more where these would say 1 of what is less."""
    text = say(value) if say else number(value, 3)
    if abs(value) > 1 - NEARLY or text.strip(f"{MINUS}0").rstrip(".") != "1":
        return text
    return Shown(f"{MINUS if value < 0 else ''}{share(abs(value))}")


def told_apart(a: float, b: float, digits: int = 2, say: Callable[..., str] = number) -> tuple[Shown, Shown]:
    """Two numbers with as many digits, of `number` decimals, as it takes to tell them apart."""
    said = ((how(a, d), how(b, d)) for how in (say, amount) for d in range(digits, MOST_DIGITS + 2))
    return next((pair for pair in said if pair[0] != pair[1]), (say(a, digits), say(b, digits)))


def span(least: Shown, most: Shown) -> Shown:
    """A range, or one number where both ends read alike."""
    return least if least == most else Shown(f"{least}–{most}" if MINUS not in most else f"{least} … {most}")


def vector(values: Iterable[float], say: Callable[[float], str] = number) -> str:
    """Numbers in brackets; of more than MOST_TOLD equal ones in a row become two, and then most of the rest dots."""
    texts = list(map(say, values))
    if len(texts) > MOST_TOLD:
        runs = [list(run) for _, run in groupby(texts)]
        texts = [text for run in runs for text in (run if len(run) < 3 else [run[0], "…", run[-1]])]
    if len(texts) > MOST_TOLD + 2:
        texts = [*texts[:4], "…", texts[-1]]
    return f"({', '.join(texts)})"


def _decimal(value):
    """The shortest decimal that is the same float."""
    return Decimal(str(value))


def _endless(exact):
    """0, or what is no finite number."""
    return Shown("0" if not exact else "NaN" if exact.is_nan() else "∞" if exact > 0 else f"{MINUS}∞")


def _rounded(exact, exponent):
    return exact.quantize(Decimal(1).scaleb(exponent), ROUND_HALF_UP)


def _significant(exact, digits):
    """Rounded to so many significant digits, which may carry into one more place: 9.996 is 10.0, not 10.00."""
    rounded = _rounded(exact, exact.adjusted() - digits + 1)
    return _rounded(exact, rounded.adjusted() - digits + 1)


def _beside(whole, exact, digits):
    """With so many digits, two of what it lacks of the whole among them: so only the whole reads as the whole."""
    if not exact or not exact.is_finite():
        return _endless(exact)
    if not SMALL <= abs(exact) < LARGE:
        return _power(exact, 1)
    exponent = exact.adjusted() - digits + 1
    if exact != whole:
        exponent = min(exponent, (whole - exact).adjusted() - 1)
    return _plain(_rounded(exact, exponent))


def _power(exact, decimals):
    """One digit before the point and so many after it, times a power of ten."""
    rounded = _significant(exact, decimals + 1)
    return Shown(f"{_plain(rounded.scaleb(-rounded.adjusted()))}e{_plain(Decimal(rounded.adjusted()))}")


def _plain(exact):
    """A decimal without zeros at its end."""
    text = f"{exact:f}"
    return _shown(text.rstrip("0").rstrip(".") if "." in text else text)


def _shown(text):
    return Shown(text.replace("-", MINUS))
