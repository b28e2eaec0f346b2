r"""A pocket calculator for what is printed: each sign between numbers of a text, done again from the text alone.

It shares nothing with the app: expressions are read by Python's own parser, and worked out on intervals, which hold
what a printed number may stand for, half a unit of its last digit to either side.
"""
import ast
import re
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from functools import lru_cache
from typing import NamedTuple

NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e−?\d+)?"
EXACT = re.compile(r"[0-2]")  # as in 1 − f and f²: no rounded numbers
PART = re.compile(rf"(?P<number>(?<![\w.]){NUMBER}(?![\w]|[.,]\d))|(?P<name>σ|tanh|exp|ReLU)(?=\()|(?P<sign>[=≈→])"
                  r"|(?P<symbol>[-+−×·/()²>])|(?P<other>[\w̃]+|\S)")
PYTHON = {"−": "-", "×": "*", "·": "*", "²": "**2", "σ": "sigmoid"}
PRECISION = Context(prec=60, Emax=10**7, Emin=-10**7)


class Range(NamedTuple):
    low: Decimal
    high: Decimal


class Sign(NamedTuple):
    sign: str
    left: str
    right: str
    is_right: bool  # = where a calculator gives the printed result, ≈ where it does not but may by what was rounded


def signs(text: str) -> list[Sign]:
    """Each = and ≈ between two expressions of numbers alone."""
    text = re.sub(r" \((?:L|t\+1)\)", "", text)
    parts = list(PART.finditer(text))
    found = []
    for k, part in enumerate(parts):
        if part["sign"] in ("=", "≈"):
            left, right = _before(parts, k), _after(parts, k)
            if left and right:
                found.append(Sign(part["sign"], left, right, is_right(left, part["sign"], right)))
    return found


def is_right(left: str, sign: str, right: str) -> bool:
    with localcontext(PRECISION):
        exact, given = _value(left, 0), _value(right, 0)
        number = re.fullmatch(f"−?{NUMBER}", right)
        same = abs(exact.low - given.low) <= (0 if number else Decimal("1e-12")) * max(abs(exact.low), abs(given.low))
        if number:
            last = Decimal(right.replace(",", "").replace("−", "-")).as_tuple().exponent
            enough = exact.low.adjusted() - last < PRECISION.prec  # else it is far too large to be rounded to that
            same |= enough and exact.low.quantize(Decimal(1).scaleb(last), ROUND_HALF_UP) == given.low
        near, there = _value(left, Decimal("0.5")), _value(right, Decimal("0.5"))
        slack = max(abs(near.low), abs(near.high), abs(there.low)) * Decimal("1e-12")  # float64's own rounding
        return same if sign == "=" else not same and near.low - slack <= there.high and there.low <= near.high + slack


def _before(parts, k):
    texts = []
    for part in reversed(parts[:k]):
        if part["other"] or part["sign"]:
            break
        texts.insert(0, part[0])
    if any(part["other"] and re.search(r"[\w̃²ᵀ‖|}\]]$", part[0]) for part in parts[k - len(texts) - 1 : k - len(texts)]
           if texts and texts[0] in "+−-×·/²>"):
        return None  # the end of an expression that begins with a letter
    return "".join(texts) if texts and _reads("".join(texts)) else None


def _after(parts, k):
    texts = []
    for part in parts[k + 1 :]:
        if part["other"] or part["sign"]:
            break
        texts.append(part[0])
    rest = len(texts)
    while rest and not _reads("".join(texts[:rest])):
        rest -= 1
    if rest < len(texts) and texts[rest] in "+−-×·/²":
        return None
    return "".join(texts[:rest]) or None


@lru_cache(maxsize=10_000)
def _reads(text):
    try:
        _value(text, 0)
    except (SyntaxError, ValueError, ArithmeticError):
        return False
    return True


def _value(text, units):
    numbers = []

    def keep(found):
        numbers.append(found[0])
        return f"n[{len(numbers) - 1}]"

    code = re.sub(NUMBER, keep, text.replace("²", "@"))
    for there, here in (PYTHON | {"@": "**2"}).items():
        code = code.replace(there, here)
    with localcontext(PRECISION):
        return _of(ast.parse(code.strip(), mode="eval").body, numbers, units)


def _of(node, numbers, units):
    match node:
        case ast.Subscript(slice=ast.Constant(k)):
            value = Decimal(numbers[k].replace(",", "").replace("−", "-"))
            half = 0 if EXACT.fullmatch(numbers[k]) else units * Decimal(1).scaleb(value.as_tuple().exponent)
            return Range(value - half, value + half)
        case ast.UnaryOp(ast.USub(), of):
            inner = _of(of, numbers, units)
            return Range(-inner.high, -inner.low)
        case ast.BinOp(left, ast.Pow(), _):
            inner = _of(left, numbers, units)
            ends = [inner.low**2, inner.high**2]
            return Range(Decimal(0) if inner.low < 0 < inner.high else min(ends), max(ends))
        case ast.BinOp(left, op, right):
            a, b = _of(left, numbers, units), _of(right, numbers, units)
            match op:
                case ast.Add():
                    return Range(a.low + b.low, a.high + b.high)
                case ast.Sub():
                    return Range(a.low - b.high, a.high - b.low)
                case ast.Mult():
                    ends = [x * y for x in a for y in b]
                case ast.Div():
                    if b.low <= 0 <= b.high:
                        if units:
                            return Range(Decimal("-Infinity"), Decimal("Infinity"))
                        raise ValueError("division by 0")
                    ends = [x / y for x in a for y in b]
            return Range(min(ends), max(ends))
        case ast.Compare(left, [ast.Gt()], [right]):
            a, b = _of(left, numbers, units), _of(right, numbers, units)
            return Range(Decimal(int(a.low > b.high)), Decimal(int(a.high > b.low)))
        case ast.Call(ast.Name(name), [of]):
            inner = _of(of, numbers, units)
            return Range(FUNCTIONS[name](inner.low), FUNCTIONS[name](inner.high))
    raise ValueError("no arithmetic")


def _sigmoid(a):
    return 1 / (1 + (-a).exp()) if a > -10**5 else Decimal(0)


def _tanh(a):
    if abs(a) > 10**4:
        return Decimal(1).copy_sign(a)
    if abs(a) < Decimal("1e-15"):
        return a
    up, down = a.exp(), (-a).exp()
    return (up - down) / (up + down)


FUNCTIONS = {"sigmoid": _sigmoid, "tanh": _tanh, "exp": lambda a: a.exp(), "ReLU": lambda a: max(a, Decimal(0))}
