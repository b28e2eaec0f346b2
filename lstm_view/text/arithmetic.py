"""Whether = or ≈ stands between the numbers of a text.

"=" says that what is printed on its left, typed into a calculator and rounded to the printed digits, is what is printed
on its right; where rounded numbers do not give the rounded result, the sign is "≈".  A side with a letter in it, as in
h = 0.25, is no arithmetic, and its sign stays.
"""
import re
from decimal import Context, Decimal, DecimalException, localcontext

PRECISION = Context(prec=50, Emin=-10**6, Emax=10**6)
SHOWN = Decimal("1e-12")  # what a calculator shows, relative
NOTE = re.compile(r"\((?:L|t\+1)\)")  # of the loss, of the next step: they stand behind a number and are none
TOKEN = re.compile(r"""
    (?P<number>(?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e−?\d+)?(?!\d|[.,]\d|[A-Za-z_Α-ω]))
  | (?P<sign>[=≈]) | (?P<symbol>[-+−×·*/÷()²>]) | (?P<function>σ|tanh|exp|ReLU)(?=\() | (?P<other>\w+|\S)
""", re.VERBOSE)
CONTINUED = re.compile(r"\\\\\n&\\quad \{\}")  # a sum goes on in the next line
COLORED = re.compile(r"\\textcolor\{#\w+\}\{((?:[^{}]|\{[^{}]*\})*)\}")
ROW = re.compile(r"\\\\\n(?! &)")  # a line that begins with another value
POWER = re.compile(r"\\times10\^\{(-?\d+)\}")
PLAIN = {"\\\\": " ", r"\to": "→", r"\cdot": "·", r"\sigma": "σ", r"\tanh": "tanh", r"\exp": "exp",
         r"\operatorname{ReLU}": "ReLU", "-": "−"}


def equated(text: str) -> str:
    """The text with each sign between two sides of numbers as these ask: = or ≈."""
    if "=" not in text and "≈" not in text:
        return text
    tokens = list(TOKEN.finditer(NOTE.sub(lambda note: " " * len(note[0]), text)))
    signs = [k for k, token in enumerate(tokens) if token["sign"]]
    out = list(text)
    for k in signs:
        left = _before(tokens, k)
        right = _after(tokens, k) if left is not None else None
        if right is not None:
            out[tokens[k].start()] = "=" if _gives(left, *right) else "≈"
    return "".join(out)


def equated_tex(tex: str) -> str:
    r"""The same for LaTeX, as `lstm_core.latex.with_numbers` gives it: = or \approx."""
    signs = (char for char in equated(_plain(tex)) if char in "=≈")
    return re.sub("=", lambda _: "=" if next(signs) == "=" else r"\approx", tex)


def _plain(tex):
    """LaTeX as the text that `equated` reads, with the same signs in the same order."""
    text = CONTINUED.sub("", tex)
    while (plain := COLORED.sub(r"\1", text)) != text:
        text = plain
    text = POWER.sub(r"e\1", ROW.sub(";", text).replace("&", " "))
    for there, here in PLAIN.items():
        text = text.replace(there, here)
    return text


def _gives(left, right, exponent):
    """Whether the left side, rounded to the last printed digit of the right, is the right; of a right side that is no
    number, whether both give what a calculator shows as the same."""
    with localcontext(PRECISION):
        if exponent is None:
            return abs(left - right) <= SHOWN * max(abs(left), abs(right))
        half = Decimal(5).scaleb(exponent - 1)
        same_side = not right or (left < 0) == (right < 0)
        return left == right or (same_side and abs(right) - half <= abs(left) < abs(right) + half)


def _is_math(token):
    return not token["sign"] and not token["other"]


def _before(tokens, k):
    """The value of the expression that ends before a sign, or None; of a part of one there is none."""
    start = k
    while start and _is_math(tokens[start - 1]):
        start -= 1
    found = _read(tokens[start:k]) if start < k else None
    return found[0] if found and found[1] == k - start else None


def _after(tokens, k):
    """The value of what follows a sign, and the power of ten of its last digit if it is one number; or None."""
    end = k + 1
    while end < len(tokens) and _is_math(tokens[end]):
        end += 1
    found = _read(tokens[k + 1 : end])
    if found is None:
        return None
    value, used = found
    after = tokens[k + 1 + used] if k + 1 + used < len(tokens) else None
    if after is not None and after["symbol"] in tuple("-+−×·*/÷"):  # the rest of it has a letter
        return None
    own = tokens[k + 1 : k + 1 + used]
    alone = [token for token in own if token["number"]]
    return value, _exponent(alone[0]["number"]) if len(alone) == 1 and used <= 2 else None


def _exponent(number):
    return _decimal(number).as_tuple().exponent


def _decimal(number):
    return Decimal(number.replace(",", "").replace("−", "-"))


def _read(tokens):
    """The value of the longest expression that tokens begin with, and how many of them it takes; or None."""
    try:
        with localcontext(PRECISION):
            return _sum(tokens, 0)
    except (ValueError, DecimalException):
        return None


def _symbol(tokens, at):
    return tokens[at]["symbol"] if at < len(tokens) else None


def _sum(tokens, at):
    value, at = _product(tokens, at)
    while _symbol(tokens, at) in ("+", "−", "-", ">"):
        try:
            other, after = _product(tokens, at + 1)
        except ValueError:  # a sign that belongs to what follows
            return value, at
        sign = _symbol(tokens, at)
        value, at = Decimal(value > other) if sign == ">" else value + other if sign == "+" else value - other, after
    return value, at


def _product(tokens, at):
    value, at = _factor(tokens, at)
    while _symbol(tokens, at) in ("×", "·", "*", "/", "÷"):
        try:
            other, after = _factor(tokens, at + 1)
        except ValueError:
            return value, at
        value, at = value / other if _symbol(tokens, at) in "/÷" else value * other, after
    return value, at


def _factor(tokens, at):
    if _symbol(tokens, at) in ("−", "-"):
        value, at = _factor(tokens, at + 1)
        return -value, at
    value, at = _atom(tokens, at)
    while _symbol(tokens, at) == "²":
        value, at = value * value, at + 1
    return value, at


def _atom(tokens, at):
    if at < len(tokens) and tokens[at]["number"]:
        return _decimal(tokens[at]["number"]), at + 1
    name = tokens[at]["function"] if at < len(tokens) else None
    start = at + bool(name)
    if _symbol(tokens, start) != "(":
        raise ValueError("no number")
    value, end = _sum(tokens, start + 1)
    if _symbol(tokens, end) != ")":
        raise ValueError("a bracket stays open")
    return (FUNCTIONS[name](value) if name else value), end + 1


def _sigmoid(a):
    return 1 / (1 + (-a).exp()) if a > -10**5 else Decimal(0)


def _tanh(a):
    return 2 * _sigmoid(2 * a) - 1 if abs(a) > Decimal("1e-20") else a


FUNCTIONS = {"σ": _sigmoid, "tanh": _tanh, "exp": lambda a: a.exp(), "ReLU": lambda a: max(a, Decimal(0))}
