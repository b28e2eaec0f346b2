"""Run a cell along a sequence and keep every value; run it backwards (BPTT)."""
from collections.abc import Collection, Mapping

import numpy as np

from . import adjoint, checks, plan, reading
from .cell import Cell
from .gates import forget_sign, set_forget_bias
from .gradients import Gradients
from .trace import Trace

Arrays = dict[str, np.ndarray]


def init_params(
    cell: Cell, input_size: int, hidden_size: int, seed: int = 0, forget_bias: float | None = None, dtype=np.float64
) -> Arrays:
    """Random parameters: each uniform in (-1/sqrt(H), 1/sqrt(H)), as PyTorch starts its recurrent layers.

    forget_bias: the more, the more is kept (Jozefowicz et al. 2015 advise 1): it is every entry of b_f, and of -b_f
    where an open f lets the new in, as in the MGU; see `gates.forget_sign`.  ValueError for a size that is no positive
    integer, another dtype than float32 and float64, and a forget_bias where the cell has no such b_f.
    """
    checks.is_cell(cell)
    checks.size("input_size", input_size)
    checks.size("hidden_size", hidden_size)
    if dtype not in (np.float32, np.float64, "float32", "float64"):
        raise ValueError(f"dtype: given {dtype}, wanted float32 or float64")
    if forget_bias is not None and not forget_sign(cell):
        raise ValueError(f"forget_bias: given {forget_bias}, but the {cell.name} cell has no b_f that says what stays")
    if forget_bias is not None and not abs(forget_bias) <= np.finfo(dtype).max:
        raise ValueError(f"forget_bias: given {forget_bias}, wanted a finite number")
    rng, bound = np.random.default_rng(seed), hidden_size**-0.5
    shapes = cell.shapes(input_size, hidden_size)
    params = {name: rng.uniform(-bound, bound, shape).astype(dtype) for name, shape in shapes.items()}
    for name in cell.masked:
        params[name][~cell.mask(hidden_size)] = 0
    set_forget_bias(cell, params, forget_bias)
    return params


@np.errstate(all="ignore")
def forward(
    cell: Cell,
    params: Arrays,
    x: np.ndarray,
    initial: Arrays | None = None,
    lengths: Collection[int] | None = None,
    below: Mapping[str, np.ndarray] | None = None,
    keep: Collection[str] | None = None,
) -> Trace:
    """Run the cell along x (T, B, D), in x's precision, from the states in initial, each (B, H), or from zeros.

    lengths: how many steps each of the B sequences has, from 1 to T.  Past its end its states stay as they are and
        its other nodes are 0.
    below: for a cell that reads nodes of the cell below it as `c_below`: c -> (T, B, H).
    keep: the nodes to hold in memory, beside x and the states; the others are computed again when asked for.  None:
        all that the run computes, of every sum of products only the sum.  Such a run of at most 128 steps is read node
        by node if a tanh is next to 1 or -1: then a gradient may be made of last digits, and these depend on the order
        of every sum; so they are PyTorch's for the same equations.

    ValueError, naming the argument with what was given and wanted, for shapes that do not fit, values that are not
    finite, a precision other than float32 and float64, and parameters or states missing or unknown; naming the
    equation, for one that cannot be computed at these sizes.  KeyError for an unknown node in keep.
    """
    params, initial, lengths, inputs, H = checks.arguments(cell, params, x, initial, lengths, below)
    checks.known("keep", keep, cell)
    inputs["x"] = x
    kept = plan.run(cell, H, params, initial, inputs, lengths, keep)
    if kept is None:
        return reading.run(cell, params, initial, inputs, lengths)
    return Trace(cell, params, initial, lengths, *kept)


@np.errstate(all="ignore")
def backward(
    trace: Trace,
    params: Arrays,
    dh: np.ndarray | Mapping[str, np.ndarray],
    truncate: int | None = None,
    clip: float | None = None,
    keep: Collection[str] | None = None,
) -> Gradients:
    """Back-propagation through time of dh = dL/dh (T, B, H), or of a gradient for each of some nodes, by name.

    params: those of the run.  Gives gradients by name: each parameter, x (T, B, D), every node (T, B, H) and each state
    as it came in, `h_prev` (T, B, H), whose first row is the initial state's.  At a step past the end of its sequence
    what is asked of a state, which stayed as it was, is asked of its last step.

    truncate: the sequence is cut after each so many steps, and no gradient crosses a cut (Williams & Peng 1990).
    clip: if the norm of all parameters' gradients together is larger, they are scaled down to it (Pascanu et al. 2013,
        algorithm 1); those of nodes are not.
    keep: the nodes and inputs whose gradients to hold, beside the parameters'.  None: all, computed when asked for.

    ValueError for shapes that are not those of the trace, values that are not finite, and a truncate or clip that is
    not positive; KeyError for an unknown name in dh or keep.
    """
    cell, shape = trace.cell, trace.shape
    if params is not trace.params:
        checks.names("params", params, cell.parameters)
        checks.all_of("params", params, checks.shapes(cell, trace["x"].shape[2], shape[2]))
    seeds = dh if isinstance(dh, Mapping) else {"h": dh}
    checks.known("dh", seeds.keys(), cell)
    for name, seed in seeds.items():
        checks.array("dh", seed, shape, name if seeds is dh else None)
    if truncate is not None:
        checks.positive("truncate", truncate)
    if clip is not None:
        checks.positive("clip", clip, float)
    if keep is not None:
        checks.known("keep", keep, cell, ["x", *cell.inputs, *(f"{s}_prev" for s in cell.state)])
    seeds = {name: seed.astype(trace["x"].dtype, copy=False) for name, seed in seeds.items()}
    for seed in seeds.values():
        checks.finite("dh", seed)
    return adjoint.run(trace, seeds, truncate, clip, keep)
