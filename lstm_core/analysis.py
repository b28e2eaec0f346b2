"""What a run tells of its memory: what is left of each step's writing, how gradients pass through time, how long units
hold, and how often gates saturate.

Where an array has [t, k + 1] it is about step t and an earlier step k, and [t, 0] is about the initial state; all later
than t is 0.  Past the end of a sequence a state stays what it was: keep is 1, nothing is written, its Jacobian is I.
What overflows is held at a finite bound, as everywhere in the core.
"""
from functools import reduce
from math import log
from numbers import Real

import numpy as np

from . import checks
from .cell import Cell, is_number
from .gradients import Gradients
from .ops import held, number
from .reading import step_vjp
from .trace import Trace

Array = np.ndarray
ARITHMETIC = {"add", "sub", "mul", "div"}
HALF = 0.5 * (1 + 1e-12)  # what a product of roundings may still be, and be a half


# --- the linear self-loop of a state


def self_loop(cell: Cell, state: str = "c") -> tuple[str, tuple[str, ...]]:
    """What the linear self-loop `state = keep * state_prev + written` of a state keeps by, and the terms it writes, as
    a node's inputs: ids or numbers; keep is "1.0" where state_prev is added as it is.

    KeyError if it is none of the cell's states, ValueError if its line is not of that form: state_prev is to come in
    once, in a keep or a term only through a matrix or an activation.  (Goodfellow et al. 2016, section 10.10.1)
    """
    if state not in cell.state:
        raise KeyError(f"state: {state}: the states of the {cell.name} cell are {', '.join(cell.state)}")
    prev, line = f"{state}_prev", cell.node[state]
    terms = line.inputs if line.op == "add" else (state,)
    for k, term in enumerate(terms):
        keep, written = _factor(cell, term, prev), terms[:k] + terms[k + 1 :]
        if keep and not _reads_linearly(cell, (keep, *written), prev):
            return keep, written
    raise ValueError(f"state: given {state}, which the {cell.name} cell computes as {state} = {cell.lines[state]}; "
                     f"wanted {state} = keep * {prev} + written")


def keeps_by_function(cell: Cell, state: str = "c") -> bool:
    """Whether σ, tanh or exp made the share of a state that is kept, at the step itself: what is 0 or 1 in float64 is
    then only next to it.  Errors as of self_loop."""
    wanted = [self_loop(cell, state)[0]]
    while wanted:
        node = cell.node.get(wanted.pop())
        if node and node.op in ("sigmoid", "tanh", "exp"):
            return True
        wanted += node.inputs if node else ()
    return False


def keeps_itself(cell: Cell, state: str) -> bool:
    """Whether something of a state comes from itself one step before by arithmetic alone, with no matrix or activation
    between, so that a share of it may be kept, whether or not self_loop can tell it from what is written."""
    return state in cell.state and _reads_linearly(cell, (state,), f"{state}_prev")


def _factor(cell, term, prev):
    """What a term multiplies prev by; None if it is no such product."""
    if term == prev:
        return "1.0"
    node = cell.node.get(term)
    if node and node.op == "mul" and prev in node.inputs:
        return node.inputs[1 - node.inputs.index(prev)]
    return None


def _reads_linearly(cell, names, prev):
    """Whether any of the values comes from prev by arithmetic alone, with no matrix or activation between."""
    wanted, seen = list(names), set()
    while wanted:
        name = wanted.pop()
        if name == prev:
            return True
        if name not in seen and name in cell.node and cell.node[name].op in ARITHMETIC:
            wanted += cell.node[name].inputs
        seen.add(name)
    return False


@np.errstate(over="ignore")
def _keep_and_written(trace, state):
    """The values of a state's self-loop, each (T, B, H)."""
    keep, terms = self_loop(trace.cell, state)
    keep = np.broadcast_to(_value(trace, keep), trace.shape)
    written = np.zeros(trace.shape, trace["x"].dtype)
    for term in terms:
        written = held(written + _value(trace, term))
    if trace.lengths is None:
        return keep, written
    return np.where(trace.live, keep, 1), np.where(trace.live, written, 0)


def _value(trace, name):
    if is_number(name):
        return number(name, trace["x"].dtype)
    return trace.params[name] if name in trace.params else trace[name]


@np.errstate(all="ignore")
def _unrolled(product, factors, initial, added):
    """The recurrence y_t = factor_t y_{t-1} + added_t as the terms of its sum: (T, T + 1, ...), added: (T, ...)."""
    terms = np.zeros((len(added), len(added) + 1, *added.shape[1:]), added.dtype)
    before = initial[None]
    for t, row in enumerate(terms):
        row[: t + 1] = held(product(factors[t], before))
        row[t + 1] = added[t]
        before = row[: t + 2]
    return terms


def provenance(trace: Trace, state: str = "c") -> Array:
    """How much of a state at step t was written at each step k, prod_{j=k+1..t} keep_j * written_k, at [t, k + 1], and
    what is left of the initial state, at [t, 0]: (T, T + 1, B, H), T² B H numbers in memory.

    Its sum over axis 1 is the state.  Errors as of self_loop.  (Levy et al. 2018, "Long Short-Term Memory as a
    Dynamically Computed Element-wise Weighted Sum")
    """
    keep, written = _keep_and_written(trace, state)
    return _unrolled(np.multiply, keep, trace.initial[state], written)


def direct_path(trace: Trace, state: str = "c") -> Array:
    """d state_t / d state_k along the self-loop alone, prod_{j=k+1..t} keep_j, at [t, k + 1]; [t, 0]: of the initial
    state; [t, t + 1]: 1.  (T, T + 1, B, H), T² B H numbers in memory.

    The constant error carousel with the forget gates as it turns (Hochreiter & Schmidhuber 1997, section 3.2; Gers et
    al. 2000).  It is often shown as the gradient, but leaves out every path through h and the gates: see jacobians.
    Errors as of self_loop.
    """
    keep, written = _keep_and_written(trace, state)
    return _unrolled(np.multiply, keep, np.ones_like(trace.initial[state]), np.ones_like(written))


def kept(trace: Trace, state: str = "c") -> Array:
    """The share of a state that each step keeps, keep in `state = keep * state_prev + written`: (T, B, H); past the end
    of a sequence 1.  Errors as of self_loop."""
    return _keep_and_written(trace, state)[0]


def half_life(trace: Trace, state: str = "c") -> Array:
    """Steps until half would be left of what a unit holds if every step kept as much as the geometric mean of all do:
    ln(1/2) / mean ln |keep|, the mean over all steps of all sequences before their end, (H,).  inf where keep is 1
    throughout, or what is held grows; 0 where keep is ever 0.

    True of a gate that hardly moves.  Of one that holds and sometimes resets, the few resets decide it, however long
    the unit holds between them: see writing_half_life.  Errors as of self_loop.
    """
    keep, _ = _keep_and_written(trace, state)
    with np.errstate(divide="ignore"):
        mean = np.log(np.abs(keep)).sum((0, 1)) / _live_steps(trace)
        return np.where(mean < 0, log(0.5) / mean, np.inf)


def writing_half_life(trace: Trace, state: str = "c") -> Array:
    """Steps until half or less is left of what a step wrote to a unit, the median over all that was written to it:
    (H,) whole numbers, as floats.  inf where the median is not reached within the run; nan where nothing is written.

    What is left of a writing is that of `provenance`.  Each writing counts by its size, and as far as it can be
    followed: one that is not half gone when its sequence ends has lasted longer than that, and the median is that of
    the product-limit estimate (Kaplan & Meier 1958, "Nonparametric Estimation from Incomplete Observations").  T² B H
    products, T B H numbers in memory.  Errors as of self_loop.
    """
    keep, written = (np.abs(values) for values in _keep_and_written(trace, state))
    T, B, H = trace.shape
    most = written.max((0, 1))
    weight = written / np.where(most, most, 1)  # whose sum is finite
    ends = np.full(B, T) if trace.lengths is None else trace.lengths
    left, surviving = np.ones_like(keep), np.ones(H)
    lives = np.where(most, np.inf, np.nan).astype(keep.dtype)
    for lag in range(1, T):
        if not np.isinf(lives).any():
            break
        followed = (np.arange(T - lag)[:, None] + lag < ends)[..., None]
        left, weight = left[: T - lag], weight[: T - lag] * followed  # of the steps k whose k + lag there is
        with np.errstate(over="ignore"):
            left = held(left * keep[lag:])
        gone = left <= HALF
        at_risk, ended = weight.sum((0, 1)), (weight * gone).sum((0, 1))
        surviving *= 1 - np.divide(ended, at_risk, out=np.zeros(H), where=at_risk > 0)
        lives = np.where(np.isinf(lives) & (surviving <= HALF), lag, lives)
        weight = weight * ~gone
    return lives


# --- gradients through time


def step_jacobians(trace: Trace) -> Array:
    """The Jacobian d s_t / d s_{t-1} of each step, along every path; s: all states one after another, in the order of
    cell.state, H units each.  (T, B, S H, S H), row: of s_t, column: of s_{t-1}; needs S H times the trace's memory.

    ValueError for a cell without states.
    """
    if not trace.cell.state:
        raise ValueError(f"trace: given one of the {trace.cell.name} cell, which has no states; "
                         "wanted a recurrent cell")
    return _derivatives(trace, trace.cell.state)[0]


def _derivatives(trace, names):
    """d y_t / d s_{t-1} and d y_t / d x_t of each step, y: the named values one after another, the states first; s: the
    states alone.  Two arrays (T, B, len(names) H, S H or D); past the end of a sequence a state is what it was."""
    cell, (T, B, H) = trace.cell, trace.shape
    prevs, lead = [f"{s}_prev" for s in cell.state], (len(names) * H, T, B)
    values = {name: trace[name] for name in (*trace, "x", *cell.inputs, *prevs)}
    env = trace.params | {name: np.broadcast_to(v, (lead[0], *v.shape)) for name, v in values.items()}
    identity = np.eye(lead[0], dtype=trace["x"].dtype)
    rows = np.split(identity[:, None, None], len(names), axis=-1)  # each row of s_t is a gradient sent back
    grad = step_vjp(cell, env, {s: np.broadcast_to(row, (*lead, H)) for s, row in zip(names, rows, strict=True)})
    unread = np.zeros((*lead, H), identity.dtype)  # a state that no state depends on
    by_state = np.concatenate([grad.get(prev, unread) for prev in prevs], axis=-1) if prevs else unread[..., :0]
    by_x = grad.get("x", np.zeros((*lead, trace["x"].shape[-1]), identity.dtype))
    by_state, by_x = np.moveaxis(by_state, 0, 2), np.moveaxis(by_x, 0, 2)
    if trace.lengths is None:
        return by_state, by_x
    live, kept = trace.live[..., None], np.eye(*by_state.shape[-2:], dtype=identity.dtype)
    return np.where(live, by_state, kept), np.where(live, by_x, 0)


def jacobian(trace: Trace, t: int, k: int) -> Array:
    """d s_t / d s_k for -1 <= k < t, k = -1 for the initial states, along every path: (B, S H, S H), states in the
    order of cell.state.  (Pascanu et al. 2013, equation 5)

    ValueError for steps out of range, and a cell without states.
    """
    T = len(trace["x"])
    if not all(isinstance(step, (int, np.integer)) for step in (t, k)) or not -1 <= k < t < T:
        raise ValueError(f"t, k: given {t!r}, {k!r}; wanted integers, -1 <= k < t < {T}")
    with np.errstate(all="ignore"):
        return reduce(lambda product, step: held(step @ product), step_jacobians(trace.part(k + 1, t + 1)))


def jacobians(trace: Trace) -> Array:
    """Every `jacobian` of a run, d s_t / d s_k at [t, k + 1], in the layout of `direct_path`; [t, t + 1]: I.
    (T, T + 1, B, S H, S H), T² B (S H)² numbers in memory.  ValueError for a cell without states.
    """
    steps = step_jacobians(trace)
    identity = np.broadcast_to(np.eye(steps.shape[-1], dtype=steps.dtype), steps.shape)
    return _unrolled(np.matmul, steps, identity[0], identity)


def jacobians_to(trace: Trace, t: int) -> Array:
    """d s_t / d s_k of one step t and every k, along every path, at [k + 1]: what `jacobians` has at [t] up to
    [t + 1], I.  (t + 2, B, S H, S H), t B (S H)² numbers in memory.

    ValueError for a step out of range, and a cell without states.
    """
    _checked_step(trace, t)
    steps = step_jacobians(trace.part(0, t + 1))
    rows = np.empty((t + 2, *steps.shape[1:]), steps.dtype)
    rows[-1] = np.eye(steps.shape[-1])
    with np.errstate(all="ignore"):
        for k in reversed(range(t + 1)):  # from the last factor on, so that each row needs one product
            rows[k] = held(rows[k + 1] @ steps[k])
    return rows


def input_jacobians(trace: Trace) -> Array:
    """d h_t / d x_k of every step t and every k <= t, along every path, at [t, k]; 0 for a later k.  (T, T, B, H, D),
    T² B H D numbers in memory.  (Pascanu et al. 2013, section 2)
    """
    states, by_state, by_x, rows, own = _of_steps(trace)
    T = len(own)
    found = np.zeros((T, *own.shape), own.dtype)
    found[np.arange(T), np.arange(T)] = own
    with np.errstate(all="ignore"):
        for lag in range(1, T if states else 1):
            earlier = slice(0, T - lag)  # the steps k = t - lag, of which rows has d h_t / d s_k
            found[np.arange(lag, T), np.arange(T - lag)] = held(rows[lag:] @ by_x[earlier])
            rows[lag:] = held(rows[lag:] @ by_state[earlier])
    return found


def input_jacobians_to(trace: Trace, t: int) -> Array:
    """d h_t / d x_k of one step t and every k <= t, along every path: what `input_jacobians` has at [t] up to [t].
    (t + 1, B, H, D).  ValueError for a step out of range.
    """
    _checked_step(trace, t)
    states, by_state, by_x, rows, own = _of_steps(trace.part(0, t + 1))
    found = np.zeros_like(own)
    found[t], row = own[t], rows[t]
    with np.errstate(all="ignore"):
        for k in reversed(range(t if states else 0)):
            found[k], row = held(row @ by_x[k]), held(row @ by_state[k])
    return found


def _of_steps(trace):
    """The cell's states, then of each step d s_t / d s_{t-1}, d s_t / d x_t, d h_t / d s_{t-1} and d h_t / d x_t."""
    states, H = trace.cell.state, trace.shape[2]
    names = states if "h" in states else (*states, "h")
    by_state, by_x = _derivatives(trace, names)
    of_states, of_h = slice(0, len(states) * H), slice(names.index("h") * H, (names.index("h") + 1) * H)
    return states, by_state[:, :, of_states], by_x[:, :, of_states], by_state[:, :, of_h].copy(), by_x[:, :, of_h]


def _checked_step(trace, t):
    T = len(trace["x"])
    if not isinstance(t, (int, np.integer)) or not 0 <= t < T:
        raise ValueError(f"t: given {t!r}; wanted an integer, 0 <= t < {T}")


def norms(grads: Gradients, name: str = "x") -> Array:
    """The Euclidean norm over units of dL/d name at each step of each sequence: (T, B).

    ValueError for a parameter, which has no steps; KeyError for any other unknown name.
    """
    if name in grads.trace.cell.parameters:
        raise ValueError(f"name: given {name}, a parameter; wanted a node, a state as it came in, or x")
    return euclidean(grads[name])


def euclidean(values: Array, axis: int | tuple[int, ...] | None = -1) -> Array:
    """The Euclidean norm along some axes, None: of all numbers; scaled first, so that no square overflows or vanishes,
    as those of exploded and vanished gradients would."""
    largest = np.abs(values).max(axis, keepdims=True, initial=0)
    scale = np.where(largest, largest, 1)
    with np.errstate(over="ignore"):
        return held(np.squeeze(scale, axis) * np.sqrt(np.square(values / scale).sum(axis)))


def spectral_radius(U: Array) -> float:
    """The largest absolute value of the eigenvalues of a matrix (H, H): gradients of a linear recurrence h = U h_prev
    vanish where it is below 1, and only above 1 may they explode (Pascanu et al. 2013, section 2.1).

    ValueError unless it is square and finite.
    """
    checks.array("U", U, ("H", "H"))
    checks.array("U", U, (len(U), len(U)))
    checks.finite("U", U)
    with np.errstate(over="ignore"):
        return float(held(np.abs(np.linalg.eigvals(U.astype(np.float64)))).max())


def spectral_norm(matrix: Array) -> float:
    """The largest singular value of a matrix (m, n): how many times as long, at most, it makes a vector.

    It is scaled first, so that no square overflows or vanishes.
    """
    largest = np.abs(matrix).max(initial=0)
    return float(largest * np.linalg.norm(matrix / largest, 2)) if largest else 0.0


# --- gates


def saturation(trace: Trace, node: str, low: float = 0.1, high: float = 0.9) -> tuple[Array, Array]:
    """The fraction of steps, over all sequences, that each unit of a gate is left-saturated, below low, and
    right-saturated, above high: two arrays (H,).  A tanh, whose range is (-1, 1), is so below -high and above high.

    KeyError for an unknown node, ValueError unless 0 <= low < high <= 1.  (Karpathy et al. 2015, section 4.2)
    """
    checks.known("node", [node], trace.cell)
    if not (isinstance(low, Real) and isinstance(high, Real) and 0 <= low < high <= 1):
        raise ValueError(f"low, high: given {low!r}, {high!r}; wanted numbers, 0 <= low < high <= 1")
    below = -high if trace.cell.node[node].op == "tanh" else low
    value, live = trace[node], True if trace.lengths is None else trace.live
    left, right = (np.sum(beyond & live, (0, 1)) / _live_steps(trace) for beyond in (value < below, value > high))
    return left, right


def _live_steps(trace):
    T, B, _ = trace.shape
    return T * B if trace.lengths is None else int(trace.lengths.sum())
