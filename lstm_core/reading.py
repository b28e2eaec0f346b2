"""A cell read as it is written: node by node, step by step.  Slow and plain: what is fast is tested against it, and
what overflows is left to it, as here each operation holds what it cannot tell at a finite bound.
"""
from collections.abc import Mapping

import numpy as np

from . import checks
from .cell import Cell, is_matrix, is_number
from .ops import OPS, apply, held, number
from .trace import Trace

Arrays = dict[str, np.ndarray]


def step(cell: Cell, params: Arrays, env: Arrays, clamp: Arrays | None = None) -> Arrays:
    """One step, reading the equations node by node.

    env holds x (..., D), each state as h_prev (..., H), and what else the cell reads; where it reads `tick`, all units
    tick unless env says otherwise.  It is returned with the parameters and every node added.
    clamp forces nodes: node id -> (H,), nan where a unit is free.

    ValueError, naming the argument with what was given and wanted, for shapes that do not fit and values that are not
    finite; KeyError for an unknown node in clamp, and for what env lacks.
    """
    H = checks.step_arguments(cell, params, env, clamp)
    x = env["x"]
    ones = {name: np.ones(H, x.dtype) for name in cell.inputs if name == "tick"}
    return unchecked_step(cell, checks.weights(cell, params, x.shape[-1], H, x.dtype), ones | env, clamp or {})


def unchecked_step(cell: Cell, params: Arrays, env: Arrays, clamp: Arrays) -> Arrays:
    """`step` of what has been checked.  params: with the matrices that are no parameters."""
    x, env = env["x"], env | params
    H = next((p.shape[0] for p in params.values()), x.shape[-1])
    for node in cell.nodes:
        value = apply(node.op, *(number(i, x.dtype) if is_number(i) else env[i] for i in node.inputs))
        if value.shape != (*x.shape[:-1], H):  # it depends on neither x nor a state
            value = np.broadcast_to(value, (*x.shape[:-1], H))
        if node.id in clamp:
            value = np.where(np.isnan(clamp[node.id]), value, clamp[node.id]).astype(value.dtype)
        env[node.id] = value
    return env


@np.errstate(all="ignore")
def step_vjp(cell: Cell, env: Arrays, grad: Arrays) -> Arrays:
    """One step backwards: from dL/dnode (..., H) for some nodes, dL/d of every node, parameter and input that they
    depend on, by name, in env's shapes; a parameter's is summed over the leading axes.

    env: what `step` returns.
    """
    grad = dict(grad)
    x = env["x"]
    for node in reversed(cell.nodes):
        if node.id not in grad:
            continue
        lead = grad[node.id].shape[:-1]
        inputs = [number(i, x.dtype) if is_number(i) else env[i] if is_matrix(i) else
                  np.broadcast_to(env[i], (*lead, env[i].shape[-1])) for i in node.inputs]
        for k, name in enumerate(node.inputs):
            if not is_number(name):
                g = OPS[node.op].vjp(k, grad[node.id], env[node.id], *inputs)
                g = held(g) if is_matrix(name) else _summed(held(g), env[name].shape)
                grad[name] = held(grad[name] + g) if name in grad else g
    return grad


def _summed(grad, shape):
    """A gradient summed down to the shape its value was broadcast from."""
    return grad.sum(tuple(range(grad.ndim - len(shape)))) if grad.ndim > len(shape) else np.broadcast_to(grad, shape)


@np.errstate(all="ignore")
def read(cell: Cell, params: Arrays, x: np.ndarray, initial: Arrays | None = None, lengths=None, below=None) -> Trace:
    """What `forward` returns, and raises, by reading the equations step by step."""
    params, initial, lengths, inputs, _ = checks.arguments(cell, params, x, initial, lengths, below)
    return run(cell, params, initial, inputs | {"x": x}, lengths)


def run(cell: Cell, params: Arrays, initial: Arrays, inputs: Arrays, lengths: np.ndarray | None) -> Trace:
    """The trace of a run whose arguments have been checked.  params: with the matrices that are no parameters; inputs:
    x and what else comes in (T, B, .).  ValueError for arguments that are not finite.
    """
    x = inputs["x"]
    for argument, array in [("x", x), *((f"params[{name!r}]", array) for name, array in params.items())]:
        checks.finite(argument, array)
    prev, steps = initial, []
    for t in range(len(x)):
        came = {name: v[t] for name, v in inputs.items()} | {f"{s}_prev": v for s, v in prev.items()}
        env = unchecked_step(cell, params, came, {})
        if lengths is not None:
            live = (t < lengths)[:, None]
            env |= {n.id: np.where(live, env[n.id], prev.get(n.id, 0)) for n in cell.nodes}
        steps.append(env)
        prev = {s: env[s] for s in cell.state}
    values = {n.id: np.stack([env[n.id] for env in steps]) for n in cell.nodes}
    return Trace(cell, params, initial, lengths, None, {}, {name: v.copy() for name, v in inputs.items()} | values)


def read_back(trace: Trace, seeds: Mapping[str, np.ndarray], truncate: int | None = None) -> Arrays:
    """Every gradient of a run, from those of some nodes (T, B, H): of parameters, nodes, inputs, and states as they
    came in; arguments as `backward` has them."""
    cell, (T, _, _) = trace.cell, trace.shape
    inputs = ["x", *cell.inputs, *(f"{s}_prev" for s in cell.state)]
    values = {name: trace[name] for name in (*inputs, *trace)}
    grads = {name: np.zeros_like(v) for name, v in (values | trace.params).items()}
    carried = {}
    for t in reversed(range(T)):
        if truncate and (t + 1) % truncate == 0:
            carried = {}
        grad = {name: np.zeros_like(v[t]) for name, v in values.items() if name in cell.node}
        for given in ({name: v[t] for name, v in seeds.items()}, carried):
            grad |= {name: held(grad[name] + g) for name, g in given.items()}
        if trace.lengths is None:
            through, env = grad, {name: v[t] for name, v in values.items()} | trace.params
        else:
            live = trace.live[t]
            through = {name: g * live for name, g in grad.items()}
            env = {name: v[t] for name, v in values.items()} | trace.params
        below = step_vjp(cell, env, through)
        carried = {s: below.get(f"{s}_prev", np.zeros_like(grad[s])) for s in cell.state}
        if trace.lengths is not None:
            ended = {s: grad[s] * ~live for s in cell.state}
            carried = {s: carried[s] + ended[s] for s in cell.state}
            below |= {s: below[s] + ended[s] for s in cell.state}
        below |= {f"{s}_prev": g for s, g in carried.items()}
        for name, g in below.items():
            if name in trace.params:
                grads[name] = held(grads[name] + g)
            else:
                grads[name][t] = g
    return grads
