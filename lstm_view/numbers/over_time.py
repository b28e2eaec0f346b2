"""A run over time as a visitor set it up: from a page's values to the numbers on its screen.

The pages that show a sequence share SETUP, so that a link from one to another carries it.
"""
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from lstm_core import Cell, Trace, forward, init_params, step
from lstm_core.analysis import spectral_radius
from lstm_core.gates import set_forget_bias
from lstm_core.reading import read

from ..fields import MAX_SEED, Field, integer, numbers, numbers_text, one_of, real
from ..incoming import starts
from ..incoming.own_cell import a_cell, cell_named
from ..incoming.reader import Refused, shown
from ..incoming.sentence import CLAUSES
from ..incoming.sequences import (
    FEWEST,
    KINDS,
    MOST,
    MOST_INPUTS,
    MOST_SYMBOLS,
    MOST_TEXT,
    MOST_UNITS,
    Sequence,
    sequence,
)
from ..incoming.tokens import tokens
from ..learning import examples, nets
from ..learning.nets import Net
from ..packed import pack, pack_numbers, unpack, unpack_numbers
from .addresses import MAX_VALUE, clamp_range, clampable, masked, place
from .moment import Experiment

WEIGHTS = ("named", "random")  # or the name of a set of trained nets
VIEWS = ("true", "what", "difference")
PARTS = ("what", "dependency", "take")  # of the page, of which one is open
STEP = re.compile("0|[1-9][0-9]{0,2}")  # as a number is written, so that one place has one address
Column = tuple[str, float, float]  # an input's name, and what was taken from it and what it was then divided by


@dataclass(frozen=True)
class Unrolled:
    """A cell, its parameters, what came in, and everything it computed; other: the same run with a what-if, or None.

    values and other: name -> (T, units), of x, each state as it came in, what else came in, and every node.
    """

    cell: Cell
    D: int
    H: int
    params: dict[str, np.ndarray]
    sequence: Sequence
    trace: Trace
    values: dict[str, np.ndarray]
    other: dict[str, np.ndarray] | None = None
    other_params: dict[str, np.ndarray] | None = None
    clamp: dict[str, np.ndarray] | None = None  # node -> (T, H), nan where it is free

    @property
    def T(self) -> int:
        return len(self.sequence.x)


# --- fields


def _read_own(text):
    rows = unpack_numbers(text, MOST, MOST_INPUTS)
    if len(rows) < FEWEST:
        raise ValueError(text)
    return tuple(map(tuple, rows.tolist()))


@lru_cache(maxsize=64)  # every link of a page holds them
def _write_own(rows):
    return pack_numbers(np.array(rows))


def _read_text(text):
    """A text that has words enough, and not too many."""
    text = unpack(text, MOST_TEXT)
    try:
        if len(tokens(text, MOST)) >= FEWEST:
            return text
    except Refused:
        pass
    raise ValueError(text)


def _read_weights(text):
    return text if text in WEIGHTS else nets.a_set(text)


def _read_columns(text):
    parts = [line.split("\t") for line in unpack(text, 1000).split("\n")]
    columns = tuple((shown(name), float(offset), float(divisor)) for name, offset, divisor in parts)
    if len(columns) > MOST_INPUTS or not np.isfinite([c[1:] for c in columns]).all():
        raise ValueError(text)
    return columns


def _write_columns(columns):
    return pack("\n".join(f"{name}\t{offset!r}\t{divisor!r}" for name, offset, divisor in columns))


SETUP = (
    Field("input", "steps", one_of(KINDS)),
    Field("T", 24, integer(FEWEST, MOST)),
    Field("D", 2, integer(1, MOST_SYMBOLS)),
    Field("text", "", _read_text, pack),
    Field("own", (), _read_own, _write_own),
    Field("columns", (), _read_columns, _write_columns),
    Field("task", "", nets.a_set),  # of which an example comes in: its name, or that of the nets trained on it
    Field("weights", "random", _read_weights),
    Field("H", 3, integer(1, MOST_UNITS)),
    Field("seed", 0, integer(0, MAX_SEED)),
    Field("bias", None, *real(-10, 10)),
    Field("scale", 1.0, *real(0, 4)),
)
SEQUENCE = (
    Field("cell", "lstm", a_cell),
    *(replace(f, default="named") if f.name == "weights" else f for f in SETUP),
    Field("edit", {}, numbers, numbers_text),
    Field("what", {}, numbers, numbers_text),
    Field("clamp", {}, numbers, numbers_text),
    Field("t", 0, integer(0, MOST - 1)),
    Field("unit", 0, integer(0, MOST_UNITS - 1)),
    Field("nodes", (), lambda text: tuple(text.split(",")), ",".join),  # (): those that the cell is known by
    Field("view", "true", one_of(VIEWS)),
    Field("part", "what", one_of(PARTS)),
    Field("clauses", CLAUSES, integer(0, CLAUSES)),
    Field("recurrent", 0.9, *real(0, 1.5)),
    Field("forget", 6.0, *real(0, 10)),
)
DEFAULTS = {f.name: f.default for f in SEQUENCE}
NUMBERS = ("cell", *(f.name for f in SETUP), "edit", "what", "clamp")  # the fields that make the numbers
TRUE = tuple(f for f in SEQUENCE if f.name in NUMBERS and f.name not in ("what", "clamp"))  # those of the true run
HELD_BY = {"own": "own", "sentence": "text", "task": "task"}  # a kind of input -> the field without which it is nothing


# --- values that fit one another


def fit_setup(values: dict, cells: tuple[str, ...]) -> tuple[dict, list[str]]:
    """The shared values, made to fit one another and the cells, and what had to be left out."""
    left_out = []
    if values["input"] in HELD_BY and not values[HELD_BY[values["input"]]]:
        left_out.append(f"input={values['input']}")
        values = values | {"input": "steps"}
    if values["input"] == "task" and not nets.task_and_length(values["task"]):
        left_out.append(f"task={values['task']}")
        values = values | {"input": "steps", "task": ""}
    if values["input"] == "own":
        values = values | {"T": len(values["own"])}
        if len(values["columns"]) not in (0, len(values["own"][0])):
            values = values | {"columns": ()}
    if values["input"] == "series":
        values = values | {"T": min(values["T"], starts.LAST_WEEK + 1)}
    D = _inputs(values)
    left_out += [f"D={values['D']}"] * (values["D"] > MOST_INPUTS and values["input"] not in ("own", "task"))
    values = values | {"D": D}
    if is_trained(values):
        found = [trained(cell_named(name), values) for name in cells]
        if found and all(net and net.H <= MOST_UNITS for net in found):
            if values["D"] != found[0].D:
                left_out += [f"input={values['input']}"] * (values["input"] not in ("steps", "task"))
                values = values | {"input": "task", "task": values["weights"], "D": found[0].D}
            values = values | {"H": found[0].H}
        else:
            left_out.append(f"weights={values['weights']}")
            values = values | {"weights": "random"}
    named = all("c" in cell_named(name).state for name in cells)
    if values["weights"] == "named" and not (named and values["D"] == 2 and values["H"] == 3):
        values = values | {"weights": "random"}
    return values, left_out


def is_trained(values: dict) -> bool:
    """Whether the weights are those of trained nets."""
    return values["weights"] not in WEIGHTS


def trained(cell: Cell, values: dict) -> Net | None:
    """A cell's net in the set that the weights are of; None where they are of none, it has none, or it is gone."""
    found = nets.find(values["weights"]) if is_trained(values) else None
    return found and found.of(cell)


def size(cell: Cell, values: dict) -> int:
    """How many units a cell has: as many as its net, or as the visitor chose."""
    net = trained(cell, values)
    return net.H if net else values["H"]


def _inputs(values):
    """How many inputs there are: as many as what comes in has, or as the visitor chose."""
    if values["input"] == "own" and values["own"]:
        return len(values["own"][0])
    found = nets.task_and_length(values["task"]) if values["input"] == "task" else None
    return found[0].inputs if found else values["D"] if values["D"] <= MOST_INPUTS else DEFAULTS["D"]


def change_setup(values: dict, changes: dict) -> dict:
    """The values with changes, and what of the shared ones then has to change: the named weights have sizes of their
    own, and so have trained ones; other sizes have other weights."""
    new = values | changes
    if "weights" not in changes:
        other_input = is_trained(values) and changes.keys() & {"input", "own", "task"} and _inputs(new) != values["D"]
        if changes.keys() & {"D", "H"} or other_input:
            new["weights"] = "random"
    elif is_trained(new):  # as they were trained: what is then done to them is a what-if
        new |= {"input": "task", "task": new["weights"], "bias": None, "scale": 1.0}
    elif new["weights"] == "named":
        new |= {"D": 2, "H": 3}
        if _inputs(new) != 2:
            new["input"] = "steps"
    return new


def fit(values: dict) -> tuple[dict, list[str]]:
    """The values of the page `sequence`, made to fit one another, and what had to be left out."""
    values, left_out = fit_setup(values, (values["cell"],))
    cell, T, kept = cell_named(values["cell"]), steps(values), {}
    kept["edit"] = {a: v for a, v in values["edit"].items() if _may_edit(cell, values, a, v)}
    kept["what"] = {a: v for a, v in values["what"].items() if _may_edit(cell, values, a, v, T)}
    kept["clamp"] = {a: v for a, v in values["clamp"].items() if _may_clamp(cell, values, a, v, T)}
    left_out += [f"{name}={a}" for name in kept for a in values[name] if a not in kept[name]]
    kept["nodes"] = tuple(name for name in dict.fromkeys(values["nodes"]) if name in observable(cell))
    left_out += [f"nodes={name}" for name in values["nodes"] if name not in kept["nodes"]]
    if kept["nodes"] == main_nodes(cell):
        kept["nodes"] = ()
    kept |= {"t": min(values["t"], T - 1), "unit": min(values["unit"], values["H"] - 1)}
    if not (kept["what"] or kept["clamp"]):
        kept["view"] = "true"
    return values | kept, left_out


def change(values: dict, **changes) -> dict:
    """Values after a visitor changed some of them, made to fit: what no longer has a place is left out."""
    new = change_setup(values, changes)
    others = fit_setup(new, (new["cell"],))[0]["weights"] != values["weights"]
    if others or changes.keys() & {"weights", "cell"} or ("seed" in changes and not is_trained(new)):
        new |= {"edit": {}, "what": {}, "clamp": {}}
    if "cell" in changes:
        new["nodes"] = ()
    if "bias" in changes:  # it says what all of b_f is
        new |= {name: {a: v for a, v in new[name].items() if not a.startswith("b_f.")} for name in ("edit", "what")}
    if changes.keys() & {"input", "own", "text", "task", "seed"}:
        new["what"] = {a: v for a, v in new["what"].items() if not a.startswith("x.")}
    return fit(new)[0]


def steps(values: dict) -> int:
    """How many steps the input has."""
    return len(incoming(values).x)


def _may_edit(cell, values, address, value, T=0):
    """Whether a number may be set: a weight, or with T, an input at one of its steps, `x.4.1`."""
    inputs = {"x": (T, values["D"])} if T else {}
    found = place(address, cell.shapes(values["D"], values["H"]) | inputs)
    return bool(found) and address not in masked(cell, values["H"]) and -MAX_VALUE <= value <= MAX_VALUE


def _may_clamp(cell, values, address, value, T):
    """`f.1@3-9`: a gate or candidate, a unit or *, and the steps from one to another."""
    node, units, first, last = clamped(address, values["H"])
    low, high = clamp_range(cell, address) if node in clampable(cell) else (1, 0)
    return bool(units) and 0 <= first <= last < T and low <= value <= high


def clamped(address: str, H: int) -> tuple[str, range, int, int]:
    """What `f.1@3-9` forces: the node, its units, the first and the last step; no units where it makes no sense."""
    place, _, when = address.partition("@")
    node, _, unit = place.rpartition(".")
    first, _, last = when.partition("-")
    if not (STEP.fullmatch(first) and STEP.fullmatch(last) and (unit == "*" or unit in map(str, range(H)))):
        return node, range(0), 0, -1
    return node, range(H) if unit == "*" else range(int(unit), int(unit) + 1), int(first), int(last)


# --- numbers


def main_nodes(cell: Cell) -> tuple[str, ...]:
    """The values that a cell is known by: its equations, in their order."""
    return tuple(n.id for n in cell.nodes if "." not in n.id)


def observable(cell: Cell) -> list[str]:
    """The values that a heatmap can show: what a clock says, and every node."""
    return [*cell.inputs, *cell.node]


def incoming(values: dict) -> Sequence:
    """What comes in over time."""
    return _sequence(values["input"], values["T"], values["D"], values["seed"], values["text"], values["own"],
                     values["columns"], values["task"])


@lru_cache(maxsize=256)
def _sequence(kind, T, D, seed, text, own, columns, task):
    if kind == "task":
        made = examples.sequence(task, seed)
    else:
        made = sequence(kind, T, D, seed, text, np.array(own) if own else None, tuple(name for name, *_ in columns))
    made.x.flags.writeable = False
    return made


def is_seeded(values: dict) -> bool:
    """Whether another seed brings another input."""
    other = incoming(values | {"seed": (values["seed"] + 1) % (MAX_SEED + 1)})
    return not np.array_equal(incoming(values).x, other.x)


def parameters(cell: Cell, values: dict, H: int | None = None) -> dict[str, np.ndarray]:
    """A cell's parameters: as named, trained or drawn, the recurrent ones scaled, then edited.

    H: another size than the cell has on the page, at which it is not trained.
    """
    D, net = values["D"], trained(cell, values)
    H = H or size(cell, values)
    if net and (net.D, net.H) == (D, H):
        params = net.of_cell
        set_forget_bias(cell, params, values["bias"])
    elif values["weights"] == "named":
        params, _ = starts.setup("named", cell, D, H, forget_bias=values["bias"])
    else:
        params = init_params(cell, D, H, values["seed"])
        set_forget_bias(cell, params, values["bias"])
    params = {k: v * values["scale"] if k[:2] in ("U_", "R_") else v.copy() for k, v in params.items()}
    for address, value in values.get("edit", {}).items():
        name, index = place(address, cell.shapes(D, H))
        params[name][index] = value
    return params


def recurrent(cell: Cell, values: dict) -> dict[str, np.ndarray]:
    """A cell's recurrent matrices before they are scaled."""
    params = parameters(cell, values | {"scale": 1.0})
    return {name: param for name, param in params.items() if name[:2] in ("U_", "R_")}


def radii(cell: Cell, params: dict[str, np.ndarray]) -> dict[str, float]:
    """Recurrent matrix -> its spectral radius."""
    return {name: spectral_radius(params[name]) for name in cell.parameters if name[:2] in ("U_", "R_")}


def run(cell: Cell, params: dict[str, np.ndarray], sequence: Sequence, way: Callable = forward) -> Unrolled:
    """A cell over a sequence.  way: by what it is run."""
    trace = way(cell, params, sequence.x[:, None])
    values = {name: trace[name][:, 0] for name in _names(cell)}
    H = trace.shape[2]
    return Unrolled(cell, sequence.x.shape[1], H, params, sequence, trace, values)


def _names(cell):
    return ["x", *(f"{s}_prev" for s in cell.state), *cell.inputs, *cell.node]


def compute(values: dict, live: dict | None = None) -> Unrolled:
    """The run of the page `sequence`, and with what the what-if changes.  live: changes not yet let go of.

    Shared between those who ask for the same, so not to be changed.
    """
    what = values["what"] | (live or {})
    return _compute(tuple((name, _hashable(what if name == "what" else values[name])) for name in NUMBERS))


def _hashable(value):
    return tuple(value.items()) if isinstance(value, dict) else value


@lru_cache(maxsize=64)  # the parts of a page ask one after the other, and a hundred students open the same link
def _compute(given):
    values = dict(given) | {name: dict(value) for name, value in given if isinstance(DEFAULTS[name], dict)}
    cell, made, what = cell_named(values["cell"]), incoming(values), values["what"]
    params = parameters(cell, values)
    true = run(cell, params, made)
    if not what and not values["clamp"]:
        return true
    arrays = {name: array.copy() for name, array in (params | {"x": made.x}).items()}
    shapes = {name: array.shape for name, array in arrays.items()}
    for address, value in what.items():
        name, index = place(address, shapes)
        arrays[name][index] = value
    x = arrays.pop("x")
    clamp = _clamps(values["clamp"], true.T, true.H)
    if clamp:  # read step by step, which rounds otherwise than a run does: what is the same so is the same
        other, plain = _stepped(cell, arrays, x, clamp), _stepped(cell, params, made.x, {})
        other = {name: np.where(other[name] == plain[name], true.values[name], other[name]) for name in other}
    else:
        trace = forward(cell, arrays, x[:, None])
        if (trace.slabs is None) != (true.trace.slabs is None):  # what is the same is to be rounded the same
            true, trace = run(cell, params, made, read), read(cell, arrays, x[:, None])
        other = {name: trace[name][:, 0] for name in _names(cell)}
    return Unrolled(cell, true.D, true.H, params, made, true.trace, true.values, other, arrays, clamp)


def _clamps(given, T, H):
    clamp = {}
    for address, value in given.items():
        node, units, first, last = clamped(address, H)
        clamp.setdefault(node, np.full((T, H), np.nan))[first : last + 1, units.start : units.stop] = value
    return clamp


def _stepped(cell, params, x, clamp):
    """Every value of a run with forced nodes: step by step, each state going on from what was forced."""
    H = len(next(iter(params.values())))
    state = {s: np.zeros(H) for s in cell.state}
    periods = cell.unit_periods(H) if "tick" in cell.inputs else None
    rows = []
    for t, x_t in enumerate(x):
        inputs = {"x": x_t} | {f"{s}_prev": v for s, v in state.items()}
        if periods is not None:
            inputs["tick"] = (t % periods == 0).astype(float)
        env = step(cell, params, inputs, {node: held[t] for node, held in clamp.items() if not np.isnan(held[t]).all()})
        state = {s: env[s] for s in cell.state}
        rows.append(env)
    return {name: np.array([row[name] for row in rows]) for name in _names(cell)}


def seen(run: Unrolled, name: str, view: str) -> np.ndarray:
    """A value (T, units) in one of VIEWS: of the true run, of the what-if, or how far that is from the true one."""
    if view == "true" or run.other is None:
        return run.values[name]
    return run.other[name] - (run.values[name] if view == "difference" else 0)


def moment(unrolled: Unrolled, t: int) -> Experiment:
    """One step of a run, as the page of one step shows it; forced: the same step of the what-if."""
    cell = unrolled.cell
    now = {name: array[t] for name, array in unrolled.values.items()}
    inputs = {name: now[name] for name in ("x", *(f"{s}_prev" for s in cell.state), *cell.inputs)}
    known = unrolled.trace.params  # I too, where the equations read it
    forced = unrolled.other and known | unrolled.other_params | {n: array[t] for n, array in unrolled.other.items()}
    clamp = {node: held[t] for node, held in (unrolled.clamp or {}).items() if not np.isnan(held[t]).all()}
    return Experiment(cell, unrolled.D, unrolled.H, unrolled.params, inputs, clamp, known | now, forced,
                      unrolled.sequence.names)
