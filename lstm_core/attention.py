"""Additive attention over the steps of an encoder, and a cell that reads with it (Bahdanau et al. 2015).

A score e_tj = v . tanh(W q_t + U m_j) for each query t and each step j of the memory; a_t = softmax of these over j; a
context, the sum of a_tj m_j (appendix A.1.2).  Xu et al. 2015 do the same with the regions of an image for steps.
"""
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from . import checks, reading, run
from .cell import Cell
from .gradients import Gradients
from .ops import apply, held
from .trace import Trace

Array = np.ndarray
Arrays = dict[str, Array]
WEIGHTS = ("W_a", "U_a", "v_a")
OF_QUERIES = ("query", "hidden", "scores", "weights", "context")  # each a query's own; the others are the memory's


def init_attention(query_size: int, memory_size: int, size: int, seed: int = 0, dtype=np.float64) -> Arrays:
    """Random parameters W_a (A, Q), U_a (A, M), v_a (A,): uniform in (-1/sqrt(A), 1/sqrt(A)).  A: size.

    ValueError for a size that is not a positive integer.
    """
    for name, given in (("query_size", query_size), ("memory_size", memory_size), ("size", size)):
        checks.size(name, given)
    rng, bound = np.random.default_rng(seed), size**-0.5
    return {name: rng.uniform(-bound, bound, shape).astype(dtype)
            for name, shape in _shapes(query_size, memory_size, size).items()}


@dataclass(frozen=True, eq=False)
class AttentionTrace(Mapping):
    """Everything that attention computed.  N queries, T steps, B sequences, A units of the score.

    query (N, B, Q), memory (T, B, M), keys (T, B, A) = U m, hidden (N, T, B, A) = tanh(...), scores (N, T, B), weights
    (N, T, B), which sum to 1 over T, context (N, B, M).
    """

    arrays: Arrays

    def __getitem__(self, name: str) -> Array:
        if name not in self.arrays:
            raise KeyError(f"{name}: attention computes {', '.join(self)}")
        return self.arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)


@np.errstate(all="ignore")
def attend(params: Arrays, query: Array, memory: Array, lengths: Collection[int] | None = None) -> AttentionTrace:
    """Each query (N, B, Q) attends to the steps of memory (T, B, M), in memory's precision.

    lengths: how many steps each of the B sequences has, from 1 to T; past its end the weights are 0.
    ValueError, naming the argument with what was given and wanted, for shapes that do not fit, values that are not
    finite, a precision other than float32 and float64, and parameters missing or unknown.
    """
    checks.array("query", query, ("N", "B", "Q"))
    memory, lengths = _memory(memory, lengths, "query", query)
    query = query.astype(memory.dtype)
    checks.finite("query", query)
    params = _weights("params", params, query.shape[2], memory.shape[2], memory.dtype)
    keys = apply("matmul", params["U_a"], memory)
    return AttentionTrace({"memory": memory, "keys": keys, **_read(params, query, memory, keys, lengths)})


def _read(params, query, memory, keys, lengths):
    """What there is of each query, by name: see OF_QUERIES."""
    hidden = apply("tanh", apply("add", apply("matmul", params["W_a"], query)[:, None], keys))
    scores = apply("matmul", params["v_a"][None], hidden)[..., 0]
    weights = _softmax(scores, lengths)
    context = held(np.einsum("ntb,tbm->nbm", weights, memory))
    return dict(zip(OF_QUERIES, (query, hidden, scores, weights, context), strict=True))


def _softmax(scores, lengths):
    if lengths is not None:
        live = np.arange(scores.shape[1])[:, None] < lengths
        scores = np.where(live, scores, -np.inf)
    shown = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shown / shown.sum(axis=1, keepdims=True)


@np.errstate(all="ignore")
def attend_back(trace: AttentionTrace, params: Arrays, dcontext: Array) -> Arrays:
    """From dL/dcontext (N, B, M), dL/d of each parameter and of all that `attend` computed, by name, in its shape.

    params: those of `attend`.  ValueError for shapes that are not the trace's and values that are not finite.
    """
    query, memory, hidden, weights = (trace[name] for name in ("query", "memory", "hidden", "weights"))
    checks.array("dcontext", dcontext, trace["context"].shape)
    dcontext = dcontext.astype(memory.dtype)
    checks.finite("dcontext", dcontext)
    W, U, v = _weights("params", params, query.shape[2], memory.shape[2], memory.dtype, hidden.shape[3]).values()
    dweights = held(np.einsum("nbm,tbm->ntb", dcontext, memory))
    dscores = held(weights * (dweights - held((weights * dweights).sum(axis=1, keepdims=True))))
    dhidden = held(dscores[..., None] * v)
    dsum = dhidden * (1 - hidden * hidden)
    dkeys, dquery = held(dsum.sum(0)), held(dsum.sum(1))
    return {name: held(value) for name, value in {
        "W_a": np.einsum("nba,nbq->aq", dquery, query),
        "U_a": np.einsum("tba,tbm->am", dkeys, memory),
        "v_a": np.einsum("ntb,ntba->a", dscores, hidden),
        "query": dquery @ W,
        "memory": dkeys @ U + np.einsum("ntb,nbm->tbm", weights, dcontext),
        "keys": dkeys, "hidden": dhidden, "scores": dscores, "weights": dweights, "context": dcontext,
    }.items()}


@dataclass(frozen=True, eq=False)
class DecoderTrace:
    """A cell's trace, whose x is [y, context], and the attention it read with; ["f"], ["h"] ... are the cell's."""

    cell: Trace
    attention: AttentionTrace

    def __getitem__(self, name: str) -> Array:
        return self.attention[name] if name in self.attention else self.cell[name]


@dataclass(frozen=True, eq=False)
class DecoderGradients:
    """The gradients of the cell, of attention, of y (N, B, Y) and of memory (T, B, M)."""

    cell: Gradients
    attention: Arrays
    y: Array

    @property
    def memory(self) -> Array:
        """dL/dmemory (T, B, M)."""
        return self.attention["memory"]

    @property
    def initial(self) -> Arrays:
        """dL/d of each initial state (B, H); h is also the first query."""
        states = self.cell.trace.cell.state
        return {s: self.cell[f"{s}_prev"][0] + (self.attention["query"][0] if s == "h" else 0) for s in states}


@np.errstate(all="ignore")
def decode(
    cell: Cell, params: Arrays, attention: Arrays, y: Array, memory: Array, initial: Arrays | None = None,
    lengths: Collection[int] | None = None,
) -> DecoderTrace:
    """Run a cell along [y_t, context_t], y (N, B, Y), in y's precision; its query is its own h of the step before.

    params: of a cell whose x has Y + M entries.  memory: the encoder's h (T, B, M), of these lengths.
    ValueError as `forward` and `attend`, and for a cell whose h is no state.
    """
    if not isinstance(cell, Cell) or "h" not in cell.state:
        raise ValueError(f"cell: given {getattr(cell, 'name', cell)!r}, wanted a Cell that has h as a state, the query")
    checks.array("y", y, ("N", "B", "Y"))
    checks.finite("y", y)
    memory, lengths = _memory(memory, lengths, "y", y, y.dtype)
    x = np.concatenate([y, np.zeros((*y.shape[:2], memory.shape[2]), y.dtype)], axis=-1)
    params, states, _, inputs, H = checks.arguments(cell, params, x, initial, None, None)
    for name, param in params.items():
        checks.finite(f"params[{name!r}]", param)
    attention = _weights("attention", attention, H, memory.shape[2], y.dtype)

    keys, initial, reads, steps = apply("matmul", attention["U_a"], memory), states, [], []
    for t in range(len(y)):
        reads.append(_read(attention, states["h"][None], memory, keys, lengths))
        x[t, :, y.shape[2] :] = reads[t]["context"][0]
        came_in = {name: v[t] for name, v in (inputs | {"x": x}).items()} | {f"{s}_prev": v for s, v in states.items()}
        steps.append(reading.unchecked_step(cell, params, came_in, {}))
        states = {s: steps[t][s] for s in cell.state}
    # not run again by the faster `forward`: were its last digit another, a chaotic cell would part from its attention
    values = {"x": x, **inputs} | {name: np.stack([step[name] for step in steps]) for name in cell.node}
    read = {name: np.concatenate([one[name] for one in reads]) for name in OF_QUERIES}
    return DecoderTrace(Trace(cell, params, initial, None, None, {}, values),
                        AttentionTrace({"memory": memory, "keys": keys, **read}))


@np.errstate(all="ignore")
def decode_back(trace: DecoderTrace, params: Arrays, attention: Arrays, dh: Array) -> DecoderGradients:
    """Back-propagation through a decoder, from dL/dh (N, B, H); what a step asks of its query goes to the h before.

    params, attention: those of `decode`.  ValueError as `backward` and `attend_back`.
    """
    own, (N, B, H), dtype = trace.cell, trace.cell.shape, trace["x"].dtype
    M, A = trace["memory"].shape[2], trace["keys"].shape[2]
    checks.names("params", params, own.cell.parameters)
    attention = _weights("attention", attention, H, M, dtype, A)
    checks.array("dh", dh, (N, B, H))
    dh, Y = dh.astype(dtype), trace["x"].shape[2] - M
    checks.finite("dh", dh)
    inputs = ("x", *own.cell.inputs, *(f"{s}_prev" for s in own.cell.state))
    asked, carried = np.zeros((N + 1, B, H), dtype), {}  # of each query; of each state, by the step after
    for t in reversed(range(N)):
        env = own.params | {name: own[name][t] for name in (*own, *inputs)}
        grad = reading.step_vjp(own.cell, env, carried | {"h": held(carried.get("h", 0) + dh[t] + asked[t + 1])})
        carried = {s: grad[f"{s}_prev"] for s in own.cell.state if f"{s}_prev" in grad}
        if "x" in grad:  # else what is asked of this step does not depend on its x
            one = {name: v[t : t + 1] if name in OF_QUERIES else v for name, v in trace.attention.items()}
            asked[t] = attend_back(AttentionTrace(one), attention, grad["x"][None, :, Y:])["query"][0]
    grads = run.backward(own, params, held(dh + asked[1:]))
    return DecoderGradients(grads, attend_back(trace.attention, attention, grads["x"][..., Y:]), grads["x"][..., :Y])


def _memory(memory, lengths, argument, other, dtype=None):
    """Memory, a copy in a precision or its own, and lengths as an array; other: what is to have as many sequences."""
    checks.array("memory", memory, ("T", "B", "M"))
    memory = memory.astype(dtype or memory.dtype)
    checks.finite("memory", memory)
    T, B, _ = memory.shape
    if other.shape[1] != B:
        raise ValueError(f"{argument}: given {other.shape[1]} sequences, wanted {B}, as many as memory has")
    return memory, checks.lengths_of(lengths, T, B)


def _weights(argument, given, Q, M, dtype, A=None):
    """Copies of attention's parameters in a precision; A: how many units the score has, if that is known."""
    checks.names(argument, given, WEIGHTS)
    own = {}
    for name, shape in _shapes(Q, M, len(np.atleast_1d(given["v_a"])) if A is None else A).items():
        checks.array(argument, given[name], shape, name)
        own[name] = given[name].astype(dtype)
        checks.finite(f"{argument}[{name!r}]", own[name])
    return own


def _shapes(Q, M, A):
    return dict(zip(WEIGHTS, ((A, Q), (A, M), (A,)), strict=True))
