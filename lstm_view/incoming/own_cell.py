"""A cell that a visitor wrote: its text, hostile until read, and the name by which pages and links know it.

A cell's name is a zoo name, or `own.lstm.~eJ...`: the cell it was started from, and its text, packed.  Its text is a
line an equation; what follows a # is a remark.  It is read and never executed, and each mistake is refused with its
line and what was expected there.
"""
import ast
import keyword
import re
import unicodedata
from collections.abc import Callable, Collection
from functools import lru_cache

from lstm_core import CELLS, Cell, readout
from lstm_core.cell import BINARY, IDENTITY, PARAMETERS
from lstm_core.ops import OPS
from lstm_core.syntax import parse

from ..packed import squeeze, unpack
from .reader import Refused

OWN = "own"
MOST_CHARACTERS = 2_000
MOST_EQUATIONS = 24
MOST_NODES = 60  # so that a run of MOST steps of a cell that overflows, read node by node, stays within 0.2 s
MOST_PARAMETERS = 30
MOST_STATES = 6
MOST_IN_NAME = 12
EVERY_OBJECT_HAS = ("constructor", "toString", "valueOf")  # in JavaScript, so that a drawing would find it for a value
DEEPEST = 12  # brackets in brackets
READOUT = tuple(readout.shapes(1, 1))  # parameters that a net has beside its cell's
LARGEST = 1e6  # of a number in an equation
FUNCTIONS = tuple(name for name in OPS if name not in BINARY.values())
SIGNS = str.maketrans({"−": "-", "–": "-", "×": "*", "⊙": "*", "∘": "*", "·": "*", "⋅": "*", "σ": "sigmoid", "\t": " ",
                       "\xa0": " "})  # what papers write, and what may be written for it
ALLOWED = re.compile(r"[\w =+\-*/@().]", re.ASCII)
LINE = re.compile(r"([A-Za-z]\w*) *=(?!=)(.*)", re.ASCII)
WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
A_NUMBER = re.compile(r"(?<![\w.])(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?(?![\w.])", re.ASCII)


# --- names


def label(name: str) -> str:
    """What a cell is called in the locales: its name in the zoo, or own."""
    return OWN if is_own(name) else name


def is_own(name: str) -> bool:
    """Whether a name is that of a visitor's own cell."""
    return name.startswith(f"{OWN}.")


def name_of(text: str, base: str = "") -> str:
    """The name of the cell of a text that was started from a zoo cell, or from none."""
    return f"{OWN}.{base}.{squeeze(text)}"


def text_of(name: str) -> tuple[str, str]:
    """The text and the base of an own cell's name.  ValueError for what name_of does not make."""
    own, base, packed = name.split(".", 2)
    if own != OWN or (base and base not in CELLS):
        raise ValueError(name)
    return unpack(packed, MOST_CHARACTERS), base


@lru_cache(maxsize=256)
def cell_named(name: str) -> Cell:
    """The cell of a name.  ValueError for what is none."""
    if name in CELLS:
        return CELLS[name]
    try:
        return read(*text_of(name))
    except Refused as refused:
        raise ValueError(name) from refused


def a_cell(text: str) -> str:
    """Reads a cell's name, for a field."""
    cell_named(text)
    return text


def one_own(names: tuple[str, ...]) -> tuple[str, ...]:
    """Of cells that stand side by side one at most is the visitor's own: the one chosen last."""
    own = [name for name in names if is_own(name)]
    return tuple(name for name in dict.fromkeys(names) if not is_own(name) or name == own[-1])


def several_cells(most: int, more: Collection[str] = ()) -> tuple[Callable, Callable]:
    """Reads and writes up to so many cells' names, each once, at least one; more: names of what is no cell."""
    def read_several(text):
        names = tuple(text.split(","))
        if not 1 <= len(names) <= most or len(set(names)) < len(names) or one_own(names) != names:
            raise ValueError(text)
        return tuple(name if name in more else a_cell(name) for name in names)

    return read_several, ",".join


# --- reading


def read(text: str, base: str = "") -> Cell:
    """The cell of a text, as an edit of a zoo cell if base names one.  Refused, with the line, for what is none.

    It gives h, carries a state, reads no cell below, and multiplies x by a W_ or I alone, all else by a U_ or R_.
    """
    if len(text) > MOST_CHARACTERS:
        raise Refused("own_long", count=len(text), most=MOST_CHARACTERS)
    lines = {}  # name -> (line number, expression)
    for at, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        line = _clean(line.partition("#")[0].translate(SIGNS).strip(), at)
        if line:
            name, expression = _equation(line, at)
            if name in lines:
                raise Refused("own_twice", line=at, name=name, first=lines[name][0])
            lines[name] = at, expression
        if len(lines) > MOST_EQUATIONS:
            raise Refused("own_equations", line=at, most=MOST_EQUATIONS)
    if not lines:
        raise Refused("own_empty", line=1)
    for name, (at, expression) in lines.items():
        _check(expression, at, lines.keys())
        if isinstance(expression, ast.Name) or _is_number(expression):
            raise Refused("own_rename", line=at, name=name)
    return _checked(_cell(lines, base), lines)


def _cell(lines, base):
    text = "\n".join(f"{name} = {ast.unparse(expression)}" for name, (_, expression) in lines.items())
    ticks = re.search(r"\b(tick|R_\w+)\b", text)
    return Cell(OWN, text, CELLS.get(base), CELLS["clockwork"].periods if ticks else (1,))


def _clean(line, at):
    """The line, if every character may stand in an equation."""
    for char in line:
        if not ALLOWED.match(char):
            seen = char if char.isprintable() else f"U+{ord(char):04X}"
            raise Refused("own_character", line=at, char=seen, name=unicodedata.name(char, f"U+{ord(char):04X}"))
    depth = 0
    for char in line:
        depth += {"(": 1, ")": -1}.get(char, 0)
        if depth > DEEPEST:
            raise Refused("own_deep", line=at, most=DEEPEST)
        if depth < 0:
            raise Refused("own_bracket_open", line=at)
    if depth:
        raise Refused("own_bracket_close", line=at)
    return line


def _equation(line, at):
    """(name, expression) of a line `name = expression`."""
    match = LINE.fullmatch(line)
    if not match or "=" in match[2]:
        raise Refused("own_equals", line=at)
    name, right = match[1], match[2].strip()
    if not right:
        raise Refused("own_nothing", line=at, name=name)
    for word in WORD.findall(line):
        taken = keyword.iskeyword(word) or word in EVERY_OBJECT_HAS
        if taken or "__" in word or word.startswith("_") or len(word) > MOST_IN_NAME:
            raise Refused("own_name", line=at, name=word[:40], most=MOST_IN_NAME)
    if name in OPS or name in ("x", "tick", IDENTITY) or name.endswith(("_prev", "_below")):
        raise Refused("own_comes_in", line=at, name=name)
    if name[:2] in PARAMETERS or name in "WURbp":
        raise Refused("own_parameter", line=at, name=name)
    for number, exponent in A_NUMBER.findall(right):
        if len(number) > 20 or len(exponent) > 5 or not float(number + exponent) <= LARGEST:
            raise Refused("own_number", line=at, number=(number + exponent)[:20], most=LARGEST)
    try:
        expression = parse(right, "eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        where = max(0, (getattr(error, "offset", 1) or 1) - 1)
        raise Refused("own_syntax", line=at, near=right[max(0, where - 8):where + 8].strip() or right[-16:]) from None
    parts = [part for part in ast.walk(expression) if isinstance(part, ast.expr)]
    count = sum(not isinstance(part, ast.Name | ast.Constant) for part in parts)
    if count > MOST_NODES:  # before anything follows it by recursion
        raise Refused("own_nodes", line=at, count=count, most=MOST_NODES)
    return name, expression


def _check(expression, at, names):
    """Refused unless an expression is made of what a cell may use, and each shape fits."""
    match expression:
        case ast.Name(name):
            _check_vector(name, at, names)
        case ast.Constant(int() | float() as number) if number <= LARGEST:  # 0xffffff was not looked at yet
            pass
        case ast.UnaryOp(ast.USub(), operand):
            _check(operand, at, names)
        case ast.BinOp(left, ast.MatMult(), right):
            _check_product(left, right, at, names)
        case ast.BinOp(left, sign, right) if type(sign) in BINARY:
            if all(_is_number(side) for side in (left, right)):
                raise Refused("own_constant", line=at, what=ast.unparse(expression)[:40])
            _check(left, at, names)
            _check(right, at, names)
        case ast.Call(ast.Name(function), [argument], []) if function in FUNCTIONS:
            if _is_number(argument):
                raise Refused("own_constant", line=at, what=ast.unparse(expression)[:40])
            _check(argument, at, names)
        case ast.Call(ast.Name(function)) if function not in FUNCTIONS:
            raise Refused("own_function", line=at, name=function, known=", ".join(FUNCTIONS))
        case ast.Call(ast.Name(function)):
            raise Refused("own_arguments", line=at, name=function)
        case _:
            raise Refused("own_not_allowed", line=at, what=ast.unparse(expression)[:40])


def _check_product(left, right, at, names):
    """A matrix times a vector: W_ or I times x, U_ or R_ times anything else."""
    matrix = left.id if isinstance(left, ast.Name) else ""
    if not (matrix == IDENTITY or len(PARAMETERS.get(matrix[:2], "")) == 2):
        raise Refused("own_at", line=at, what=ast.unparse(left)[:40])
    _check_free(matrix, at)
    of_x = isinstance(right, ast.Name) and right.id == "x"
    if of_x != (matrix == IDENTITY or matrix.startswith("W_")):
        raise Refused("own_input_matrix" if of_x else "own_state_matrix", line=at, name=matrix)
    if not of_x:
        if _is_number(right):
            raise Refused("own_constant", line=at, what=ast.unparse(right)[:40])
        _check(right, at, names)


def _check_vector(name, at, names):
    """A name that stands for a vector of H."""
    if name == "x":
        raise Refused("own_x", line=at)
    if name == IDENTITY or len(PARAMETERS.get(name[:2], "")) == 2:
        raise Refused("own_matrix", line=at, name=name)
    if name in OPS:
        raise Refused("own_call", line=at, name=name)
    if name in "WURbp":
        raise Refused("own_parameter", line=at, name=name)
    _check_free(name, at)
    if name.endswith("_below"):
        raise Refused("own_below", line=at, name=name)
    if not (name == "tick" or name[:2] in PARAMETERS or name.removesuffix("_prev") in names):
        raise Refused("own_undefined", line=at, name=name, known=", ".join(names))


def _check_free(parameter, at):
    """A parameter that is not one of the readout, which is trained together with the cell."""
    if parameter in READOUT:
        raise Refused("own_readout", line=at, name=parameter)


def _is_number(expression):
    while isinstance(expression, ast.UnaryOp):
        expression = expression.operand
    return isinstance(expression, ast.Constant)


def _checked(cell, lines):
    """The cell, if as a whole it is one that every page can show."""
    last = max(at for at, _ in lines.values())
    try:
        nodes = len(cell.nodes)
    except SyntaxError as error:  # all else has been looked at above
        waiting = [name for name in lines if re.search(rf"\b{name}\b", str(error))]
        raise Refused("own_circle", line=lines[waiting[0]][0] if waiting else last, names=", ".join(waiting)) from None
    if "h" not in lines:
        raise Refused("own_no_h", line=last)
    if not cell.state:
        raise Refused("own_no_state", line=lines["h"][0])
    if not cell.parameters:  # by which it would know how many units it has
        raise Refused("own_no_parameter", line=lines["h"][0])
    for key, count, most in (("own_nodes", nodes, MOST_NODES), ("own_states", len(cell.state), MOST_STATES),
                             ("own_parameters", len(cell.parameters), MOST_PARAMETERS)):
        if count > most:
            raise Refused(key, line=last, count=count, most=most)
    return cell
