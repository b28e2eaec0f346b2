"""What the public functions accept; all else is a ValueError or KeyError that names what was given and wanted."""
from collections.abc import Collection, Iterable
from functools import lru_cache
from math import isfinite

import numpy as np

from .cell import Cell, is_matrix, is_number

Arrays = dict[str, np.ndarray]
FLOAT32, FLOAT64 = FLOATS = np.dtype(np.float32), np.dtype(np.float64)


def arguments(cell: Cell, params: Arrays, x: np.ndarray, initial: Arrays | None, lengths, below: Arrays | None):
    """forward's arguments in x's precision: parameters and fixed matrices, initial states, lengths or None, the vectors
    that come in beside x, each (T, B, H); and H."""
    is_cell(cell)
    array("x", x, ("T", "B", "D"))
    names("params", params, cell.parameters)
    T, B, D = x.shape
    H = _hidden(cell, params, D)
    all_of("params", params, shapes(cell, D, H))
    if initial is None:
        initial = {s: np.zeros((B, H), x.dtype) for s in cell.state}
    else:
        names("initial", initial, cell.state)
        for s in cell.state:
            array("initial", initial[s], (B, H), s)
        initial = {s: initial[s].astype(x.dtype) for s in cell.state}
        for s in cell.state:
            finite(f"initial[{s!r}]", initial[s])
    inputs = _inputs(cell, T, B, H, x.dtype, below) if cell.inputs or below else {}
    return weights(cell, params, D, H, x.dtype), initial, lengths_of(lengths, T, B), inputs, H


def step_arguments(cell: Cell, params: Arrays, env: Arrays, clamp: Arrays | None) -> int:
    """step's arguments: H."""
    is_cell(cell)
    if not isinstance(env, dict):
        raise ValueError(f"env: given {type(env).__name__}, wanted a dict of arrays")
    names("params", params, cell.parameters)
    for name in ("x", *(f"{s}_prev" for s in cell.state), *(f"{s}_below" for s in cell.below)):
        if name not in env:
            raise KeyError(f"env: {name} is missing, which the {cell.name} cell reads; given {', '.join(env)}")
    x = env["x"]
    lead = ("...",) * (getattr(x, "ndim", 1) - 1)
    array("env", x, (*lead, "D"), "x")
    H = _hidden(cell, params, x.shape[-1])
    all_of("params", params, shapes(cell, x.shape[-1], H))
    for name, given in env.items():
        if name in cell.inputs or (name.endswith("_prev") and name[:-5] in cell.state):
            alike = name == "tick" and np.ndim(given) == 1  # the same units of every sequence
            array("env", given, (H,) if alike else (*x.shape[:-1], H), name)
    read = ("x", *cell.inputs, *(f"{s}_prev" for s in cell.state))
    for argument, arrays in (("params", params), ("env", {name: env[name] for name in read if name in env})):
        for name, given in arrays.items():
            finite(f"{argument}[{name!r}]", given)
    if clamp is not None and not isinstance(clamp, dict):
        raise ValueError(f"clamp: given {type(clamp).__name__}, wanted a dict of arrays")
    known("clamp", (clamp or {}).keys(), cell)
    for name, given in (clamp or {}).items():
        array("clamp", given, (H,), name)
        finite(f"clamp[{name!r}]", given[~np.isnan(given)])
    return H


def is_cell(given) -> None:
    """ValueError unless given is a Cell."""
    if not isinstance(given, Cell):
        raise ValueError(f"cell: given {type(given).__name__}, wanted a Cell")


def _hidden(cell, params, D):
    first = next(iter(cell.parameters), None)
    return D if first is None else len(np.atleast_1d(params[first]))


def weights(cell: Cell, params: Arrays, D: int, H: int, dtype: np.dtype) -> Arrays:
    """Copies of the parameters in a precision, each R_ masked; and the matrices that are no parameters."""
    own = {name: p.copy() if p.dtype is dtype else p.astype(dtype) for name, p in params.items()}
    for name in cell.masked:
        own[name][~cell.mask(H)] = 0
    for name, matrix in cell.matrices(D, H).items():
        own[name] = matrix.astype(dtype)
    return own


def _inputs(cell, T, B, H, dtype, below):
    wanted = cell.below
    names("below", below or {}, wanted)
    for s in wanted:
        array("below", below[s], (T, B, H), s)
    given = {f"{s}_below": below[s].astype(dtype) for s in wanted}
    for s in wanted:
        finite(f"below[{s!r}]", given[f"{s}_below"])
    if "tick" in cell.inputs:
        ticks = np.arange(T)[:, None] % cell.unit_periods(H) == 0
        given["tick"] = np.broadcast_to(ticks[:, None].astype(dtype), (T, B, H))
    return given


def lengths_of(lengths, T: int, B: int) -> np.ndarray | None:
    """Lengths as an array (B,); ValueError unless they are integers from 1 to T, one for each sequence."""
    if lengths is None:
        return None
    try:
        given = np.asarray(lengths)
    except ValueError:  # lists in lists
        given = np.zeros(0)
    if given.shape != (B,) or given.dtype.kind not in "iu" or given.min() < 1 or given.max() > T:
        raise ValueError(f"lengths: given {lengths!r}; wanted {B} integers from 1 to {T}, one for each sequence")
    return given.astype(np.intp)


@lru_cache(maxsize=256)
def shapes(cell: Cell, D: int, H: int) -> dict[str, tuple[int, ...]]:
    """Parameter name -> shape.  ValueError, naming the equation, if one of the cell's nodes cannot be a vector of H."""
    known = cell.shapes(D, H)
    for node in cell.nodes:
        given = [known.get(i) or ((H, D) if is_matrix(i) else () if is_number(i) else (D,) if i == "x" else (H,))
                 for i in node.inputs]
        fits = given[0][1:] == given[1] if node.op == "matmul" else all(shape in ((), (H,)) for shape in given)
        if not fits:
            inputs = ", ".join(f"{i} {shape}" for i, shape in zip(node.inputs, given, strict=True))
            raise ValueError(f"{node.id.split('.')[0]}: {node.op} cannot make a vector of {H} from {inputs}")
    return known


def names(argument: str, given: Iterable[str], wanted: Iterable[str]) -> None:
    """ValueError unless the same names are given as wanted."""
    if isinstance(given, dict) and isinstance(wanted, dict) and given.keys() == wanted.keys():
        return
    if not hasattr(given, "keys"):
        raise ValueError(f"{argument}: given {type(given).__name__}, wanted a dict of arrays")
    if given.keys() != set(wanted):
        raise ValueError(f"{argument}: given {', '.join(map(str, given)) or 'nothing'}; "
                         f"wanted {', '.join(wanted) or 'nothing'}")


def known(argument: str, given: Iterable[str] | None, cell: Cell, more: Iterable[str] = ()) -> None:
    """KeyError if a name is none of the cell's nodes, nor one of more."""
    if isinstance(given, (str, np.ndarray)) or not isinstance(given, Collection | None):
        raise ValueError(f"{argument}: given {'the text ' * isinstance(given, str)}{given!r}, wanted several names")
    for name in given or ():
        if not isinstance(name, str) or (name not in cell.node and name not in more):
            raise KeyError(f"{argument}: {name}: the {cell.name} cell computes {', '.join(cell.node)}")


def size(argument: str, given: int) -> None:
    """ValueError unless given is a whole number from 1."""
    if isinstance(given, bool) or not isinstance(given, (int, np.integer)) or given < 1:
        raise ValueError(f"{argument}: given {given!r}, wanted a positive integer")


def positive(argument: str, given, kind=int) -> None:
    """ValueError unless given is None or a positive, finite number: a whole one, if kind is int."""
    fits = isinstance(given, (int, np.integer) if kind is int else (int, float, np.integer, np.floating))
    if given is not None and (isinstance(given, bool) or not fits or not 0 < given < np.inf):
        raise ValueError(f"{argument}: given {given!r}, wanted a positive {'integer' if kind is int else 'number'}")


def array(argument: str, given, shape: tuple, key: str | None = None) -> None:
    """ValueError unless given is float32 or float64 of the shape, no size 0; letters in the shape fit any size."""
    kind = type(given).__name__
    if isinstance(given, np.ndarray):
        letters = len(given.shape) == len(shape) and isinstance(shape[0], str)
        if (given.shape == shape or letters) and given.dtype in FLOATS and given.size:
            return
        kind = f"{given.dtype} of shape {given.shape}"
    name = argument if key is None else f"{argument}[{key!r}]"
    sizes = f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"
    raise ValueError(f"{name}: given {kind}, wanted float32 or float64 of shape {sizes}, none of them 0")


def all_of(argument: str, given: Arrays, wanted: dict[str, tuple]) -> None:
    """ValueError unless each array is float32 or float64 of its shape, no size 0."""
    for name, shape in wanted.items():
        own = given[name]
        if not (type(own) is np.ndarray and own.shape == shape and (own.dtype is FLOAT64 or own.dtype is FLOAT32)
                and own.size):
            array(argument, own, shape, name)


def is_finite(a: np.ndarray) -> bool:
    """Whether every number is; the first way says it sooner, unless a square overflows."""
    return isfinite(np.vdot(a, a)) or bool(np.isfinite(a).all())


def finite(argument: str, given: np.ndarray) -> None:
    """ValueError unless every number is finite."""
    if not is_finite(given):
        raise ValueError(f"{argument}: given nan, infinity or more than {given.dtype} can hold; wanted finite numbers")
