"""Run a cell along a sequence and keep every value; run it backwards (BPTT)."""
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from . import plan
from .cell import Cell, is_number
from .ops import OPS, apply, number

Arrays = dict[str, np.ndarray]
FLOATS = {np.dtype(np.float32), np.dtype(np.float64)}


@dataclass(frozen=True, eq=False)
class Trace(Mapping):
    """Everything a cell computed: node id -> (T, B, H).  T steps, B sequences, D inputs, H units.

    Also under their names: `x` (T, B, D) and each state as it came in, `h_prev` (T, B, H).
    """

    cell: Cell
    params: Arrays
    x: np.ndarray
    initial: Arrays  # state name -> (B, H)
    values: Arrays  # node id -> (T, B, H): the nodes that were kept; the others are computed when asked for

    def __getitem__(self, name: str) -> np.ndarray:
        if name in self.values:
            return self.values[name]
        if name == "x":
            return self.x
        if name.endswith("_prev") and name[:-5] in self.initial:
            return np.concatenate([self.initial[name[:-5]][None], self[name[:-5]][:-1]])
        if name in self.cell.node:
            node = self.cell.node[name]
            value = apply(node.op, *(self._input(i) for i in node.inputs))
            self.values[name] = _spread(value, self.params, self.x)
            return self.values[name]
        raise KeyError(f"{name}: the {self.cell.name} cell computes {', '.join(self)}")

    def _input(self, name):
        if is_number(name):
            return number(name, self.x.dtype)
        return self.params[name] if name in self.params else self[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.cell.node)

    def __len__(self) -> int:
        return len(self.cell.node)


def init_params(
    cell: Cell, input_size: int, hidden_size: int, seed: int = 0, forget_bias: float | None = None, dtype=np.float64
) -> Arrays:
    """Random parameters: each uniform in (-1/sqrt(H), 1/sqrt(H)), as PyTorch starts its recurrent layers.

    forget_bias sets every entry of b_f (Jozefowicz et al. 2015 advise 1).  ValueError for a size below 1, and for a
    forget_bias where the cell has no b_f.
    """
    for name, size in (("input_size", input_size), ("hidden_size", hidden_size)):
        if size < 1:
            raise ValueError(f"{name}: given {size}, wanted at least 1")
    if forget_bias is not None and "b_f" not in cell.parameters:
        raise ValueError(f"forget_bias: given {forget_bias}, but the {cell.name} cell has no b_f")
    rng, bound = np.random.default_rng(seed), hidden_size**-0.5
    shapes = cell.shapes(input_size, hidden_size)
    params = {name: rng.uniform(-bound, bound, shape).astype(dtype) for name, shape in shapes.items()}
    if forget_bias is not None:
        params["b_f"][:] = forget_bias
    return params


def step(cell: Cell, params: Arrays, env: Arrays, clamp: Arrays | None = None) -> Arrays:
    """One step, reading the equations node by node.

    env holds x (..., D) and each state as h_prev (..., H); it is returned with the parameters and every node added.
    clamp forces nodes: node id -> (H,), nan where a unit is free.  KeyError if it names none of the cell's nodes.
    """
    env, clamp = params | env, clamp or {}
    for unknown in clamp.keys() - cell.node.keys():
        raise KeyError(f"clamp: {unknown}: the {cell.name} cell computes {', '.join(cell.node)}")
    for node in cell.nodes:
        value = apply(node.op, *(env[i] if i in env else number(i, env["x"].dtype) for i in node.inputs))
        value = _spread(value, params, env["x"])
        if node.id in clamp:
            value = np.where(np.isnan(clamp[node.id]), value, clamp[node.id]).astype(value.dtype)
        env[node.id] = value
    return env


def forward(cell: Cell, params: Arrays, x: np.ndarray, initial: Arrays | None = None) -> Trace:
    """Run the cell along x (T, B, D), in x's precision, from the states in initial, each (B, H), or from zeros.

    ValueError, naming the argument with what was given and wanted, for shapes that do not fit, values that are not
    finite, a precision other than float32 and float64, and parameters or states missing or unknown; naming the
    equation, for one that cannot be computed at these sizes.
    """
    with np.errstate(all="ignore"):
        params, initial, H = _checked(cell, params, x, initial)
        values = plan.run(cell, H, params, x, initial)
    if values is None:
        return _read(cell, params, x, initial)
    return Trace(cell, params, values.pop("x"), initial, values)


@np.errstate(all="ignore")
def read(cell: Cell, params: Arrays, x: np.ndarray, initial: Arrays | None = None) -> Trace:
    """What forward returns, by reading the equations node by node, step by step: slow, plain, and what forward is
    tested against."""
    params, initial, _ = _checked(cell, params, x, initial)
    return _read(cell, params, x, initial)


def _read(cell, params, x, initial):
    """The trace whose values that overflow are held at a bound.  ValueError for arguments that are not finite."""
    for argument, array in [("x", x), *((f"params[{name!r}]", array) for name, array in params.items())]:
        _check_finite(argument, array)
    prev, steps = initial, []
    for x_t in x:
        env = step(cell, params, {"x": x_t} | {f"{s}_prev": v for s, v in prev.items()})
        steps.append(env)
        prev = {s: env[s] for s in cell.state}
    return Trace(cell, params, x.copy(), initial, {n.id: np.stack([env[n.id] for env in steps]) for n in cell.nodes})


@np.errstate(all="ignore")
def backward(trace: Trace, params: Arrays, dh: np.ndarray) -> Arrays:
    """Back-propagation through time of dh = dL/dh (T, B, H).

    Returns gradients by name: each parameter, x (T, B, D), every node (T, B, H) and each state as it came in, `h_prev`
    (T, B, H), whose first row is the initial state's.  ValueError if dh's shape is not that of h.
    """
    _check("dh", dh, trace["h"].shape)
    cell, T = trace.cell, len(trace.x)
    inputs = [f"{s}_prev" for s in cell.state] + ["x"]
    values = params | {k: trace[k] for k in (*trace, *inputs)}
    grads = {k: np.zeros_like(v) for k, v in values.items()}
    for t in reversed(range(T)):
        here = {k: v[t] if k not in params else v if v.ndim == 2 else np.broadcast_to(v, dh[t].shape)
                for k, v in values.items()}
        grad = {k: np.zeros_like(v) for k, v in here.items()}
        grad["h"] += dh[t]
        for s in cell.state if t + 1 < T else ():
            grad[s] += grads[f"{s}_prev"][t + 1]
        for node in reversed(cell.nodes):
            args = [here[i] if i in here else number(i, dh.dtype) for i in node.inputs]
            for k, name in enumerate(node.inputs):
                if name in grad:
                    grad[name] += OPS[node.op].vjp(k, grad[node.id], here[node.id], *args)
        for k in grads:
            if k in params:
                grads[k] += grad[k] if grads[k].ndim == 2 else grad[k].sum(0)
            else:
                grads[k][t] = grad[k]
    return grads


def _spread(value, params, x):
    """A node's value for every step and sequence, where it depends on neither x nor a state."""
    shape = (*x.shape[:-1], _hidden(params, x))
    return value if value.shape == shape else np.broadcast_to(value, shape)


def _hidden(params, x):
    """H, which is D if there are no parameters to tell."""
    return next((p.shape[0] for p in params.values()), x.shape[-1])


def _checked(cell, params, x, initial):
    """The params and initial states of forward in x's precision, and H; or a ValueError."""
    _check("x", x, ("T", "B", "D"))
    _check_names("params", params, cell.parameters)
    _, B, D = x.shape
    first = next(iter(cell.parameters), None)
    H = D if first is None else len(np.atleast_1d(params[first]))
    for name, shape in _shapes(cell, D, H).items():
        _check("params", params[name], shape, name)
    if initial is None:
        initial = {s: np.zeros((B, H), x.dtype) for s in cell.state}
    else:
        _check_names("initial", initial, cell.state)
        for s in cell.state:
            _check("initial", initial[s], (B, H), s)
            _check_finite(f"initial[{s!r}]", initial[s])
        initial = {s: v.astype(x.dtype) for s, v in initial.items()}
    return {name: p.astype(x.dtype) for name, p in params.items()}, initial, H


@lru_cache
def _shapes(cell, D, H):
    """Parameter name -> shape.  ValueError, naming the equation, if one of the cell's nodes cannot be a vector of H."""
    shapes = cell.shapes(D, H)
    for node in cell.nodes:
        given = [shapes.get(i, () if is_number(i) else (D,) if i == "x" else (H,)) for i in node.inputs]
        if node.op == "matmul":
            fits = [len(shape) for shape in given] == [2, 1] and given[0][1:] == given[1]
        else:
            fits = all(shape in ((), (H,)) for shape in given)
        if not fits:
            inputs = ", ".join(f"{i} {shape}" for i, shape in zip(node.inputs, given, strict=True))
            raise ValueError(f"{node.id.split('.')[0]}: {node.op} cannot make a vector of {H} from {inputs}")
    return shapes


def _check_names(argument, given, wanted):
    if given.keys() != set(wanted):
        raise ValueError(f"{argument}: given {', '.join(given) or 'nothing'}; wanted {', '.join(wanted) or 'nothing'}")


def _check(argument, array, shape, key=None):
    """ValueError unless array is float32 or float64 of the shape, no size 0; letters in the shape fit any size."""
    given = type(array).__name__
    if isinstance(array, np.ndarray):
        letters = len(array.shape) == len(shape) and isinstance(shape[0], str)
        if (array.shape == shape or letters) and array.dtype in FLOATS and 0 not in array.shape:
            return
        given = f"{array.dtype} of shape {array.shape}"
    name = argument if key is None else f"{argument}[{key!r}]"
    sizes = f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"
    raise ValueError(f"{name}: given {given}, wanted float32 or float64 of shape {sizes}, none of them 0")


def _check_finite(argument, array):
    if not np.isfinite(array).all():
        raise ValueError(f"{argument}: given nan, infinity or more than {array.dtype} can hold; "
                         "wanted finite numbers")
