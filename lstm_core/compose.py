"""Nets made of cells: layers one above the other, and both directions of reading.

A net is data: a Cell; Bidirectional(cell); or a tuple of these, the lowest layer first.  Parameters, initial states and
traces have the net's shape: a dict for a cell, (forward, backward) for both directions, a tuple for a stack.

depth-gated LSTM   (PEEPHOLE, DEPTH_GATED, ...)      Yao et al. 2015
Grid LSTM          (GRID_INPUT, GRID, GRID, ...)     Kalchbrenner et al. 2015; along time and depth
"""
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from . import checks, run
from .adjoint import clipped
from .cell import Cell
from .gates import forget_sign
from .gradients import Gradients
from .ops import held
from .trace import Trace

Array = np.ndarray


@dataclass(frozen=True)
class Bidirectional:
    """One cell that reads forwards and one that reads backwards (Schuster & Paliwal 1997), each with its parameters.

    merge: what is made of the two h of a position: "concat" (T, B, 2 H), forward first, or "sum" (T, B, H).
    ValueError for another merge, for what is no Cell, and for a cell that reads the layer below.
    """

    cell: Cell
    merge: str = "concat"

    def __post_init__(self):
        if self.merge not in ("concat", "sum"):
            raise ValueError(f"merge: given {self.merge!r}, wanted 'concat' or 'sum'")
        if not isinstance(self.cell, Cell):
            raise ValueError(f"cell: given {_kind(self.cell)}, wanted a Cell")
        if self.cell.below:
            raise ValueError(f"cell: given {self.cell.name}, which reads the layer below; wanted one that reads only x")


DIRECTIONS = "one for each direction"
Layer = Cell | Bidirectional
Net = Layer | tuple[Layer, ...]


@dataclass(frozen=True, eq=False)
class Reversed(Mapping):
    """What a cell computed reading backwards, or its gradients, in reading order: position t is that of x[t].

    `h_prev` at t is the state that came from t + 1; at a sequence's last step, the initial one.  Past the end of a
    shorter sequence, where this cell has not begun, all is 0.
    """

    run: Trace | Gradients  # in the order of computing
    cell: Cell
    lengths: Array | None

    def __getitem__(self, name: str) -> Array:
        value = self.run[name]
        return value if name in self.cell.parameters else reverse(value, self.lengths)

    def __iter__(self) -> Iterator[str]:
        return iter(self.run)

    def __len__(self) -> int:
        return len(self.run)


def reverse(a: Array, lengths: Array | None = None) -> Array:
    """Each sequence of a (T, B, .), of these lengths (B,), from its own last step to its first; 0 past its end."""
    if lengths is None:
        return a[::-1]
    steps = np.arange(len(a))[:, None]
    live = steps < lengths
    return np.where(live[..., None], a[np.where(live, lengths - 1 - steps, 0), np.arange(len(lengths))], 0)


@dataclass(frozen=True, eq=False)
class BidirectionalTrace:
    """What both directions computed, position by position; ["h"] merged, ["x"] as given."""

    net: Bidirectional
    forward: Trace
    backward: Reversed

    def __getitem__(self, name: str) -> Array:
        if name == "x":
            return self.forward["x"]
        if name != "h":
            raise KeyError(f"{name}: of both directions together there is h and x; wanted .forward or .backward")
        both = self.forward["h"], self.backward["h"]
        return np.concatenate(both, axis=-1) if self.net.merge == "concat" else held(both[0] + both[1])


@dataclass(frozen=True, eq=False)
class StackTrace:
    """What each layer computed, the lowest first: stack[1]["f"]; ["x"] is the lowest's, ["h"] the highest's."""

    net: tuple[Layer, ...]
    layers: tuple[Trace | BidirectionalTrace, ...]

    def __getitem__(self, key):
        return self.layers[key] if isinstance(key, (int, slice)) else self.layers[0 if key == "x" else -1][key]

    def __len__(self) -> int:
        return len(self.layers)


@dataclass(frozen=True, eq=False)
class BidirectionalGradients:
    """The gradients of both directions, position by position; ["x"] of both together."""

    forward: Gradients
    backward: Reversed

    def __getitem__(self, name: str) -> Array:
        if name != "x":
            raise KeyError(f"{name}: of both directions together there is x; wanted .forward or .backward")
        return held(self.forward["x"] + self.backward["x"])


@dataclass(frozen=True, eq=False)
class StackGradients:
    """Each layer's gradients, the lowest first; ["x"] is that of the lowest's x."""

    layers: tuple[Gradients | BidirectionalGradients, ...]

    def __getitem__(self, key):
        if not isinstance(key, (int, slice)) and key != "x":
            raise KeyError(f"{key}: of all layers together there is x; wanted a layer's, [0] to [{len(self) - 1}]")
        return self.layers[0]["x"] if key == "x" else self.layers[key]

    def __len__(self) -> int:
        return len(self.layers)


def cells(net: Net, D: int, H: int) -> list[tuple[Cell, int]]:
    """Each cell of a net whose cells have H units, and the size of its x.  ValueError for what is no net."""
    found = []
    for layer in _layers("net", net):
        found += [(layer, D)] if isinstance(layer, Cell) else [(layer.cell, D)] * 2
        D = width(layer, H)
    return found


def width(net: Net, H: int) -> int:
    """The size of a net's h.  ValueError for what is no net."""
    highest = _layers("net", net)[-1]
    return 2 * H if isinstance(highest, Bidirectional) and highest.merge == "concat" else H


def init_params(net: Net, input_size: int, hidden_size: int, seed: int = 0, forget_bias: float | None = None,
                dtype=np.float64):
    """Random parameters of the net's shape, each cell's from a seed of its own, as `init_params` of a cell has them.

    forget_bias: for each cell that has a forget gate's b_f.  ValueError as there, and for what is no net.
    """
    own = cells(net, input_size, hidden_size)
    biased = [forget_bias if forget_sign(cell) else None for cell, _ in own]
    if forget_bias is not None and biased.count(None) == len(biased):
        raise ValueError(f"forget_bias: given {forget_bias}, but no cell has a b_f that says what stays")
    made = iter([run.init_params(cell, D, hidden_size, [seed, k] if k else seed, bias, dtype)
                 for k, ((cell, D), bias) in enumerate(zip(own, biased, strict=True))])
    params = tuple(next(made) if isinstance(layer, Cell) else (next(made), next(made)) for layer in _layers("net", net))
    return params[0] if isinstance(net, Layer) else params


def forward(net: Net, params, x: Array, initial=None, lengths: Collection[int] | None = None,
            below: Mapping[str, Array] | None = None, keep: Collection[str] | None = None):
    """Run a net along x (T, B, D); arguments and errors as of a cell's `forward`, in the net's shape.

    below: for a net that is one cell.
    """
    if isinstance(net, Cell):
        return run.forward(net, params, x, initial, lengths, below, keep)
    if below:
        raise ValueError(f"below: given {_kind(below)}, wanted none, as this net is more than one cell")
    if isinstance(net, Bidirectional):
        one, other = _as_many("params", params, 2, DIRECTIONS)
        return bidirectional(net.cell, one, other, x, net.merge, initial, lengths, keep)
    return stack(_layers("net", net), params, x, initial, lengths, keep)


def bidirectional(
    cell: Cell, params_forward, params_backward, x: Array, merge: str = "concat", initial=None,
    lengths: Collection[int] | None = None, keep: Collection[str] | None = None,
) -> BidirectionalTrace:
    """Read x (T, B, D) in both directions, backwards from each sequence's own end.  initial: a pair of dicts, or None.

    ValueError and KeyError as `forward` and `Bidirectional`.
    """
    net = Bidirectional(cell, merge)
    one, other = (None, None) if initial is None else _as_many("initial", initial, 2, DIRECTIONS)
    there = run.forward(cell, params_forward, x, one, lengths, keep=keep)
    back = run.forward(cell, params_backward, reverse(x, there.lengths), other, lengths, keep=keep)
    if there.shape != back.shape:
        raise ValueError(f"params: given {there.shape[2]} units forwards and {back.shape[2]} backwards, wanted as many")
    return BidirectionalTrace(net, there, Reversed(back, cell, back.lengths))


def stack(
    layers: Collection[Layer], params, x: Array, initial=None,
    lengths: Collection[int] | None = None, keep: Collection[str] | None = None,
) -> StackTrace:
    """Run layers one above the other: each reads as its x the h of the one below, and as `s_below` its node s.

    layers, params, initial: as many, the lowest first; initial may be None, or None for a layer.  keep: for each layer
    those of these nodes that it has.  ValueError and KeyError as `forward`.
    """
    layers = _layers("layers", layers)
    params = _as_many("params", params, len(layers))
    initial = [None] * len(layers) if initial is None else _as_many("initial", initial, len(layers))
    read = {"h", *(s for layer in layers for s in _cell(layer).below)}
    kept = _shared_out(keep, read, [_cell(layer).node for layer in layers])
    traces = []
    for k, layer in enumerate(layers):
        wanted, known = _cell(layer).below, layers[k - 1].node if k and isinstance(layers[k - 1], Cell) else ()
        if any(s not in known for s in wanted):
            raise ValueError(f"layers: {layer.name} reads {', '.join(wanted)} of the layer below; wanted one with it")
        below = {s: traces[-1][s] for s in wanted} or None
        traces.append(forward(layer, params[k], traces[-1]["h"] if k else x, initial[k], lengths, below, kept[k]))
    return StackTrace(layers, tuple(traces))


def backward(trace, params, dh, truncate: int | None = None, clip: float | None = None,
             keep: Collection[str] | None = None):
    """Back-propagation through a net, from dL/dh of what it gives; arguments and errors as of a cell's `backward`.

    Gives `Gradients` in the net's shape.  truncate: counted in the order in which a cell reads.  clip: the norm of the
    gradients of all the net's parameters together.  keep: for each layer those of these names that it has.
    """
    if isinstance(trace, Trace):
        return run.backward(trace, params, dh, truncate, clip, keep)
    checks.positive("clip", clip, float)
    if isinstance(trace, BidirectionalTrace):
        grads = _both_back(trace, params, dh, truncate, keep)
    elif isinstance(trace, StackTrace):
        grads = _stack_back(trace, params, dh, truncate, keep)
    else:
        raise ValueError(f"trace: given {_kind(trace)}, wanted what forward gives")
    if clip is not None:
        _clip(grads, clip)
    return grads


def _both_back(trace, params, dh, truncate, keep):
    T, B, H = trace.forward.shape
    checks.array("dh", dh, (T, B, width(trace.net, H)))
    one, other = _as_many("params", params, 2, DIRECTIONS)
    there, back = (dh[..., :H], dh[..., H:]) if trace.net.merge == "concat" else (dh, dh)
    run_back, cell, lengths = trace.backward.run, trace.net.cell, trace.backward.lengths
    [kept] = _shared_out(keep, ["x"], [_names(cell)])
    return BidirectionalGradients(
        run.backward(trace.forward, one, there, truncate, keep=kept),
        Reversed(run.backward(run_back, other, reverse(back, lengths), truncate, keep=kept), cell, lengths),
    )


def _stack_back(trace, params, dh, truncate, keep):
    params, grads = _as_many("params", params, len(trace)), []
    read = ["x", *(name for layer in trace.net for name in _cell(layer).inputs)]
    kept = _shared_out(keep, read, [_names(_cell(layer)) for layer in trace.net])
    for k in reversed(range(len(trace))):
        own = backward(trace.layers[k], params[k], dh, truncate, keep=kept[k])
        grads.append(own)
        dh, wanted = own["x"], _cell(trace.net[k]).below
        if wanted:
            dh = {"h": dh, **{s: held(own[f"{s}_below"] + (dh if s == "h" else 0)) for s in wanted}}
    return StackGradients(tuple(reversed(grads)))


def _clip(grads, norm):
    layers = grads.layers if isinstance(grads, StackGradients) else [grads]
    runs = [one for own in layers for one in ([own] if isinstance(own, Gradients) else [own.forward, own.backward.run])]
    scaled = {}
    clipped(scaled, {(k, name): own[name] for k, own in enumerate(runs) for name in own.trace.cell.parameters}, norm)
    for (k, name), value in scaled.items():
        runs[k].arrays[name] = value


def _cell(layer):
    return layer.cell if isinstance(layer, Bidirectional) else layer


def _names(cell):
    """Whose gradients a cell's `backward` can keep."""
    return [*cell.node, "x", *cell.inputs, *(f"{s}_prev" for s in cell.state)]


def _shared_out(keep, always, names):
    """What each layer is to keep of these and of what is needed in any case; names: those that each layer has."""
    if keep is None:
        return [None] * len(names)
    if isinstance(keep, str) or not isinstance(keep, Collection):
        raise ValueError(f"keep: given {keep!r}, wanted several names")
    known = dict.fromkeys(name for own in names for name in own)
    for name in keep:
        if name not in known:
            raise KeyError(f"keep: {name}: no layer has it; they have {', '.join(known)}")
    return [[name for name in (*keep, *always) if name in own] for own in names]


def _layers(argument, net):
    layers = (net,) if isinstance(net, Layer) else net
    if not isinstance(layers, (tuple, list)) or not layers or not all(isinstance(layer, Layer) for layer in layers):
        raise ValueError(f"{argument}: given {_kind(net)}, wanted a Cell, a Bidirectional, or a tuple of these")
    return tuple(layers)


def _as_many(argument, given, count, what="one for each layer"):
    if not isinstance(given, (tuple, list)) or len(given) != count:
        raise ValueError(f"{argument}: given {_kind(given)}, wanted a tuple of {count}, {what}")
    return given


def _kind(given):
    if isinstance(given, (tuple, list)):
        return f"{type(given).__name__} of {', '.join(type(one).__name__ for one in given) or 'nothing'}"
    return type(given).__name__
