"""A cell's equations and arrays as lines of Python."""
import ast
import builtins
import json
import math
import re
from collections.abc import Iterable, Mapping
from functools import reduce
from itertools import groupby

import numpy as np

from lstm_core import Cell
from lstm_core.cell import BINARY, IDENTITY, is_number
from lstm_core.ops import apply

from .library import Library

Arrays = Mapping[str, np.ndarray]
SCRIPT_NAMES = {"np", "torch", "tensor", "sigmoid", "tanh", "relu", "exp", *dir(builtins)}  # an equation may not hide
SIGNS = {op: sign for sign, op in BINARY.items()}
CALL = re.compile(r"(?<![\w.])(\w+)\(")  # of a plain name: not np.tanh(...)


def script(*parts: Iterable[str]) -> str:
    """Parts of a script, each some lines, with an empty line between them."""
    return "\n\n".join("\n".join(part) for part in map(list, parts) if part) + "\n"


# --- equations


def expressions(cell: Cell) -> dict[str, ast.expr]:
    """Equation name -> expression, in the order of computing."""
    return {node.id: cell.expressions[node.id] for node in cell.nodes if "." not in node.id}


def incoming(cell: Cell) -> list[str]:
    """x, h_prev, the other states as they come in, and what else the cell reads."""
    return ["x", *(f"{s}_prev" for s in states(cell)), *cell.inputs]


def states(cell: Cell) -> list[str]:
    """The cell's states, h first."""
    return sorted(cell.state, key=lambda s: (s != "h", s))


def varying(cell: Cell) -> set[str]:
    """The nodes that x or a state from before goes into."""
    found = {"x", *(f"{state}_prev" for state in cell.state)}
    for node in cell.nodes:
        if not found.isdisjoint(node.inputs):
            found.add(node.id)
    return found


def names(cell: Cell, more: Iterable[str] = ()) -> dict[str, str]:
    """Equation name -> the name it has in a script, where `tanh = ...` would hide the function; more: names that this
    script needs for itself, too."""
    reserved, taken = {*SCRIPT_NAMES, *more}, {i for node in cell.nodes for i in (node.id, *node.inputs)}
    found = {}
    for name in expressions(cell):
        found[name] = name
        while found[name] in reserved or (found[name] != name and found[name] in taken):
            found[name] += "_"
    return found


def equations(cell: Cell, H: int, library: Library, called: Mapping[str, str]) -> dict[str, str]:
    """Equation name -> its line, all names as `names` has them."""
    lines = {}
    for name, right in expressions(cell).items():
        right = _portable(right, called)
        constant = isinstance(right, ast.Constant)  # a vector of equal numbers
        text = library.full.format(f"({H},)", number(right.value)) if constant else ast.unparse(right)
        lines[name] = f"{called[name]} = {text}"
    return lines


def value(cell: Cell, terms: Iterable[str], H: int, library: Library, called: Mapping[str, str]) -> str:
    """The sum of some values of a cell, each a node's input, as an expression of a script: a vector (H,)."""
    parts = [_of_node(cell, term, called) for term in terms] or [ast.Constant(0.0)]
    whole = _portable(reduce(lambda a, b: ast.BinOp(a, ast.Add(), b), parts), {})
    constant = isinstance(whole, ast.Constant)
    return library.full.format(f"({H},)", number(whole.value)) if constant else ast.unparse(whole)


def _of_node(cell, name, called):
    if is_number(name):
        return ast.Constant(float(name))
    if "." not in name:
        return ast.Name(called.get(name, name))
    node = cell.node[name]
    parts = [_of_node(cell, i, called) for i in node.inputs]
    if node.op not in SIGNS:
        return ast.Call(ast.Name(node.op), parts, [])
    return reduce(lambda a, b: ast.BinOp(a, SIGNS[node.op](), b), parts)


def definitions(lines: Iterable[str], library: Library) -> list[str]:
    """What lines of Python call: the library's helper, and the functions of the equations."""
    used = {name for line in lines for name in CALL.findall(line)}
    helper = [library.helper] if library.helper else []
    return helper + [text for name, text in library.functions.items() if name in used]


def _portable(expression, called):
    """An expression with names replaced, and with what reads no vector computed: torch.tanh(1.0) is an error."""
    match expression:
        case ast.Name(name):
            return ast.Name(called.get(name, name))
        case ast.BinOp(left, sign, right):
            op, parts = BINARY[type(sign)], [_portable(left, called), _portable(right, called)]
            whole = ast.BinOp(parts[0], sign, parts[1])
        case ast.UnaryOp(sign, operand):
            operand = _portable(operand, called)
            constant = isinstance(operand, ast.Constant)
            return ast.Constant(-operand.value) if constant else ast.UnaryOp(sign, operand)
        case ast.Call(function, [argument]):
            op, parts = function.id, [_portable(argument, called)]
            whole = ast.Call(function, parts, [])
        case _:
            return expression
    if all(isinstance(part, ast.Constant) for part in parts):
        return ast.Constant(float(apply(op, *(np.float64(part.value) for part in parts))))
    return whole


# --- arrays


def weights(cell: Cell, params: Arrays, D: int, library: Library) -> list[str]:
    """Lines that define the parameters, what does not count of them as 0, and the identity if the cell reads it."""
    H = units(params, D)
    counted = {name: np.where(cell.mask(H), params[name], 0) if name in cell.masked else params[name]
               for name in cell.parameters}
    lines = [defined(name, value, library) for name, value in counted.items()]
    return lines + [f"{IDENTITY} = {library.eye.format(H, D)}" for _ in cell.matrices(D, H)]


def units(params: Arrays, D: int) -> int:
    """H: that of the parameters; a cell without any has D."""
    return next((len(value) for value in params.values()), D)


def defined(name: str, value: np.ndarray, library: Library) -> str:
    """A line that gives an array a name."""
    return f"{name} = {library.array.format(literal(value))}"


def literal(value: np.ndarray) -> str:
    """A vector or a matrix as text that reads back as the very same float64; a matrix one row a line, in columns.

    ValueError or TypeError for what is no number.
    """
    value = np.asarray(value, float)
    if value.ndim == 1:
        return f"[{', '.join(map(number, value.tolist()))}]"
    texts = [list(map(number, row)) for row in value.tolist()]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    rows = [", ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in texts]
    return "[\n" + "".join(f"    [{row}],\n" for row in rows) + "]"


def number(value: float) -> str:
    """A number as Python reads it back."""
    return repr(float(value)) if math.isfinite(value) else f'float("{float(value)}")'


def filled(name: str, arrays: Arrays, background: float, library: Library) -> list[str]:
    """Lines that make a dict of arrays (T, H) on a background, 0.0 or nan, and set the numbers that are none of it: of
    steps whose units are all alike, then of each unit the steps in a row that are; all as they are, if that is shorter.
    """
    if not arrays:
        return []
    shape = np.shape(next(iter(arrays.values())))
    empty = library.zeros.format(shape) if background == 0 else library.full.format(shape, number(background))
    lines = [f"{name} = {{name: {empty} for name in {list_of(arrays)}}}"]
    for key, values in arrays.items():
        lines += _set(f'{name}["{key}"]', np.asarray(values, float), background, library)
    return lines


def list_of(names: Iterable[str]) -> str:
    """A list of names."""
    return json.dumps(list(names), ensure_ascii=False)


def dict_of(values: Mapping[str, str]) -> str:
    """A dict of names; the values: as they are to be written."""
    return "{" + ", ".join(f'"{name}": {value}' for name, value in values.items()) + "}"


def _set(target, values, background, library):
    kept = np.equal(values, background) | (np.isnan(values) & np.isnan(background))
    given = np.where(kept, None, values).tolist()
    whole = [row[0] if len(set(row)) == 1 else None for row in given]
    lines = [f"{target}[{at}] = {number(v)}" for at, v in _runs(whole)]
    for unit, column in enumerate(zip(*given, strict=True)):
        rest = [None if alike is not None else v for alike, v in zip(whole, column, strict=True)]
        lines += [f"{target}[{at}, {unit}] = {number(v)}" for at, v in _runs(rest)]
    return lines if len(lines) <= len(values) else [f"{target}[:] = {library.array.format(literal(values))}"]


def _runs(values):
    """Where equal numbers stand in a row, as an index is written, and the number; None is none."""
    first = 0
    for value, run in groupby(values):
        stop = first + len(list(run))
        if value is not None:
            whole = stop - first == len(values) > 1
            yield ":" if whole else f"{first}:{stop}" if stop - first > 1 else str(first), value
        first = stop
