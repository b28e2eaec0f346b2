"""Run a cell along a sequence and keep every value; run it backwards (BPTT)."""
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from .cell import Cell, is_number
from .ops import OPS, apply

Arrays = dict[str, np.ndarray]


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
            self.values[name] = apply(node.op, *(self._input(i) for i in node.inputs))
            return self.values[name]
        raise KeyError(f"{name}: the {self.cell.name} cell computes {', '.join(self)}")

    def _input(self, name):
        if is_number(name):
            return np.array(float(name), self.x.dtype)
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
    clamp forces nodes: node id -> (H,), nan where a unit is free.
    """
    env = params | env
    for node in cell.nodes:
        value = apply(node.op, *(env[i] if i in env else np.float64(i).astype(env["x"].dtype) for i in node.inputs))
        if clamp and node.id in clamp:
            value = np.where(np.isnan(clamp[node.id]), value, clamp[node.id])
        env[node.id] = value
    return env


def forward(cell: Cell, params: Arrays, x: np.ndarray, initial: Arrays | None = None) -> Trace:
    """Run the cell along x (T, B, D), in x's precision, from the states in initial, each (B, H), or from zeros.

    ValueError, naming the argument with what was given and wanted, for shapes that do not fit, values that are not
    finite, a precision other than float32 and float64, and parameters or states missing or unknown.
    """
    params, initial = _checked(cell, params, x, initial)
    return Trace(cell, params, x, initial, _read(cell, params, x, initial))


def _read(cell, params, x, initial):
    """Node id -> (T, B, H), node by node, step by step."""
    prev, steps = initial, []
    for x_t in x:
        env = step(cell, params, {"x": x_t} | {f"{s}_prev": v for s, v in prev.items()})
        steps.append(env)
        prev = {s: env[s] for s in cell.state}
    return {n.id: np.stack([env[n.id] for env in steps]) for n in cell.nodes}


def backward(trace: Trace, params: Arrays, dh: np.ndarray) -> Arrays:
    """Back-propagation through time of dh = dL/dh (T, B, H).

    Returns gradients by name: each parameter, x (T, B, D), every node (T, B, H) and each initial state, as `h_prev`
    (T, B, H), whose first row is its gradient.
    """
    cell, T = trace.cell, len(trace.x)
    inputs = [f"{s}_prev" for s in cell.state] + ["x"]
    values = params | {k: trace[k] for k in (*trace, *inputs)}
    grads = {k: np.zeros_like(v) for k, v in values.items()}
    for t in reversed(range(T)):
        here = {k: v if k in params else v[t] for k, v in values.items()}
        grad = {k: 0.0 for k in values}
        grad["h"] = dh[t]
        if t + 1 < T:
            for s in cell.state:
                grad[s] = grad[s] + grads[f"{s}_prev"][t + 1]
        for node in reversed(cell.nodes):
            args = [here[i] if i in here else np.float64(i) for i in node.inputs]
            for k, name in enumerate(node.inputs):
                if name in grad:
                    g = OPS[node.op].vjp(k, grad[node.id], here[node.id], *args) * np.ones(())
                    grad[name] = grad[name] + _unbroadcast(g, here[name])
        for k in grads:
            if k in params:
                grads[k] += grad[k]
            else:
                grads[k][t] = grad[k]
    return grads


def _unbroadcast(gradient, value):
    """Sum a gradient over the axes its value was repeated along."""
    return gradient.sum(tuple(range(gradient.ndim - value.ndim))) if gradient.ndim > value.ndim else gradient


def _checked(cell, params, x, initial):
    """The arguments of forward in x's precision, or a ValueError."""
    _check("x", x, ("T", "B", "D"))
    if 0 in x.shape:
        raise ValueError(f"x: given shape {x.shape}, wanted (T, B, D) with each at least 1")
    _check_names("params", params, cell.parameters)
    T, B, D = x.shape
    H = len(next(iter(params.values())))
    for name, shape in cell.shapes(D, H).items():
        _check(f"params[{name!r}]", params[name], shape)
    if initial is None:
        initial = {s: np.zeros((B, H)) for s in cell.state}
    _check_names("initial", initial, cell.state)
    for s in cell.state:
        _check(f"initial[{s!r}]", initial[s], (B, H))
    return [{k: v.astype(x.dtype) for k, v in group.items()} for group in (params, initial)]


def _check_names(argument, given, wanted):
    if set(given) != set(wanted):
        raise ValueError(f"{argument}: given {', '.join(given) or 'nothing'}; wanted {', '.join(wanted)}")


def _check(argument, array, shape):
    """ValueError unless array is finite float32 or float64 of the shape; letters in the shape fit any size."""
    wanted = f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"
    if not isinstance(array, np.ndarray) or array.dtype not in (np.float32, np.float64):
        raise ValueError(f"{argument}: given {getattr(array, 'dtype', type(array).__name__)}, wanted a float32 or "
                         f"float64 array of shape {wanted}")
    if array.ndim != len(shape) or any(isinstance(s, int) and s != a for s, a in zip(shape, array.shape)):
        raise ValueError(f"{argument}: given shape {array.shape}, wanted {wanted}")
    if not np.isfinite(array).all():
        raise ValueError(f"{argument}: given nan or infinity, wanted finite numbers of shape {wanted}")
