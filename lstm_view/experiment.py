"""One time step as a visitor set it up: from the page's values to the numbers on the screen."""
import math
from dataclasses import dataclass

import numpy as np

from lstm_core import CELLS, Cell, step

from . import starts
from .diagram.layout import STAGES, family
from .diagram.pen import is_gate
from .fields import Field, from_text, to_text

MAX_SEED = 10**6
MAX_VALUE = 1e6  # of an edit


@dataclass(frozen=True)
class Experiment:
    """A cell, its parameters and inputs, and every value of the step; forced: the same with the clamps on, or None."""

    cell: Cell
    D: int
    H: int
    params: dict[str, np.ndarray]
    inputs: dict[str, np.ndarray]
    clamp: dict[str, np.ndarray]
    env: dict[str, np.ndarray]
    forced: dict[str, np.ndarray] | None


def _numbers(text):
    """"x.0:0.8,W_f.0.1:-1" -> {"x.0": 0.8, "W_f.0.1": -1.0}"""
    out = {}
    for item in filter(None, text.split(",")):
        address, _, number = item.partition(":")
        try:
            out[address] = float(number)
        except ValueError:
            out[item] = math.nan  # no such place: `fit` leaves it out and says so, and the others stay
    return out


def _numbers_text(numbers):
    return ",".join(f"{address}:{value!r}".removesuffix(".0") for address, value in numbers.items())


def _one_of(options):
    def read(text):
        if text not in options:
            raise ValueError(text)
        return text

    return read


def _integer(low, high):
    def read(text):
        if not low <= int(text) <= high:
            raise ValueError(text)
        return int(text)

    return read


def _finite(text):
    if not abs(float(text)) <= 10:
        raise ValueError(text)
    return float(text)


FIELDS = (
    Field("cell", "lstm", _one_of(CELLS)),
    Field("start", "named", _one_of(starts.STARTS)),
    Field("D", 2, _integer(starts.SMALLEST, starts.LARGEST)),
    Field("H", 3, _integer(starts.SMALLEST, starts.LARGEST)),
    Field("seed", 0, _integer(0, MAX_SEED)),
    Field("week", 52, _integer(starts.FIRST_WEEK, starts.LAST_WEEK)),
    Field("bias", None, _finite, lambda v: repr(v).removesuffix(".0")),
    Field("edit", {}, _numbers, _numbers_text),
    Field("clamp", {}, _numbers, _numbers_text),
    Field("stage", "", str),
    Field("select", "", str),
    Field("pin", {}, lambda text: _pin(text), lambda values: _pin_text(values)),
)
PINNED = ("cell", "start", "D", "H", "seed", "week", "bias", "edit")  # what makes the numbers
DEFAULTS = {f.name: f.default for f in FIELDS}


def _pin(text):
    """A pinned state: the part of a query that makes the numbers, with ; for & and ~ for =."""
    query = dict(part.split("~", 1) for part in text.split(";"))
    if query.keys() - set(PINNED):
        raise ValueError(text)
    values, ignored = from_text(FIELDS, query)
    if ignored:
        raise ValueError(text)
    return {name: values[name] for name in PINNED}


def _pin_text(values):
    query = to_text(FIELDS, DEFAULTS | values) | {"cell": values["cell"]}
    return ";".join(f"{name}~{text}" for name, text in query.items())


def fit(values: dict) -> tuple[dict, list[str]]:
    """Values that fit one another, and what had to be left out: as addresses, or name=value."""
    cell, left_out = CELLS[values["cell"]], []
    sizes, by_default = (values["D"], values["H"]), values["start"] == DEFAULTS["start"]
    fixed = starts.sizes(values["start"])
    other_sizes = fixed and sizes not in (fixed, (DEFAULTS["D"], DEFAULTS["H"]))
    if values["start"] not in starts.available(cell) or (other_sizes and by_default):
        left_out += [f"start={values['start']}"] * (not by_default)  # a start that nobody asked for is not missed
        values, fixed = values | {"start": "random"}, None
    if fixed:
        left_out += [f"{name}={values[name]}" for name in "DH" if other_sizes and values[name] != DEFAULTS[name]]
        values = values | dict(zip("DH", fixed, strict=True))
    _, inputs = _start(values)
    nodes = {name: (values["H"],) for name in clampable(cell)}
    kept = {
        "edit": {a: v for a, v in values["edit"].items() if may_edit(cell, values["D"], values["H"], a, v)},
        "clamp": {a: v for a, v in values["clamp"].items() if place(a, nodes) and _within(v, clamp_range(cell, a))},
    }
    for name in ("edit", "clamp"):
        left_out += [f"{name}={a}" for a in values[name] if a not in kept[name]]
    shown = {n.id: (values["H"],) for n in cell.nodes} | {k: v.shape for k, v in inputs.items()}
    if values["select"] and not place(values["select"], shown):
        left_out.append(f"select={values['select']}")
        kept["select"] = ""
    if values["stage"] and values["stage"] not in STAGES[family(cell)]:
        left_out.append(f"stage={values['stage']}")
        kept["stage"] = ""
    if values["pin"]:
        kept["pin"], misfits = fit(DEFAULTS | values["pin"])
        kept["pin"] = {k: kept["pin"][k] for k in values["pin"]}
        left_out += [f"pin: {m}" for m in misfits]
    return values | kept, left_out


def place(address: str, shapes: dict[str, tuple[int, ...]]) -> tuple[str, tuple[int, ...]] | None:
    """`W_f.0.1` -> ("W_f", (0, 1)), or None where there is no such place."""
    for name, shape in shapes.items():
        first, *index = address.rsplit(".", len(shape))
        fits = first == name and len(index) == len(shape)
        if fits and all(i in map(str, range(n)) for i, n in zip(index, shape, strict=True)):
            return name, tuple(map(int, index))
    return None


def may_edit(cell: Cell, D: int, H: int, address: str, value: float) -> bool:
    """Whether a visitor may set this number so: a tick is 0 or 1, and a slower unit never hears a faster one."""
    states = {f"{s}_prev": (H,) for s in cell.state} | {name: (H,) for name in cell.inputs}
    found = place(address, cell.shapes(D, H) | {"x": (D,)} | states)
    if not found or address in masked(cell, H):
        return False
    return value in (0, 1) if found[0] == "tick" else _within(value, (-MAX_VALUE, MAX_VALUE))


def masked(cell: Cell, H: int) -> list[str]:
    """The weights that are always 0, as `R_n.1.0`: from a faster unit to a slower one."""
    return [f"{name}.{j}.{k}" for name in cell.masked for j, k in np.argwhere(~cell.mask(H))]


def _within(value, limits):
    return limits[0] <= value <= limits[1]


def clampable(cell: Cell) -> list[str]:
    """The equations whose value may be forced: gates and candidates, not states."""
    return [n.id for n in cell.nodes if "." not in n.id and n.id not in ("c", "h")]


def clamp_range(cell: Cell, address: str) -> tuple[float, float]:
    """Between what a gate (0, 1) or a candidate (-1, 1) may be forced to lie."""
    return (0.0 if is_gate(cell, address.partition(".")[0]) else -1.0), 1.0


def _start(values):
    return starts.setup(values["start"], CELLS[values["cell"]], values["D"], values["H"], values["seed"],
                        values["week"], values["bias"])


def change(values: dict, **changes) -> dict:
    """Values after a visitor changed some of them, made to fit: another start begins afresh, another size is random."""
    new = values | changes
    if changes.keys() & {"start", "seed", "week"}:
        new |= {"edit": {}, "clamp": {}}
    if "bias" in changes:  # it says what all of b_f is
        new["edit"] = {a: v for a, v in new["edit"].items() if not a.startswith("b_f.")}
    fixed = starts.sizes(new["start"])
    if fixed and "start" not in changes and (new["D"], new["H"]) != fixed:
        new |= {"start": "random", "edit": {}, "clamp": {}}
    return fit(new)[0]


def compute(values: dict, live: dict | None = None) -> Experiment:
    """The whole step.  values fit one another; live are edits not yet let go of."""
    cell = CELLS[values["cell"]]
    params, inputs = _start(values)
    arrays = {k: v.copy() for k, v in (params | inputs).items()}
    shapes = {k: v.shape for k, v in arrays.items()}
    for address, value in (values["edit"] | (live or {})).items():
        name, index = place(address, shapes)
        arrays[name][index] = value
    params, inputs = ({k: arrays[k] for k in group} for group in (params, inputs))
    clamp = {}
    for address, value in values["clamp"].items():
        name, (unit,) = place(address, dict.fromkeys(clampable(cell), (values["H"],)))
        clamp.setdefault(name, np.full(values["H"], np.nan))[unit] = value
    env = step(cell, params, inputs)
    return Experiment(cell, values["D"], values["H"], params, inputs, clamp, env,
                      step(cell, params, inputs, clamp) if clamp else None)


def pinned(values: dict) -> Experiment | None:
    """The pinned state's numbers, if one is pinned."""
    return compute(DEFAULTS | values["pin"]) if values["pin"] else None
