"""One time step as a visitor set it up: from the page's values to the numbers on the screen."""
from urllib.parse import parse_qsl, unquote

import numpy as np

from lstm_core import Cell, step
from lstm_core.gates import set_forget_bias

from ..diagram.kinds import stages_of
from ..fields import MAX_SEED, Field, from_text, integer, numbers, numbers_text, one_of, real, to_text
from ..incoming import starts
from ..incoming.own_cell import a_cell, cell_named
from ..incoming.sequences import MOST, MOST_SYMBOLS, MOST_UNITS
from ..learning import nets
from ..packed import pack, unpack
from . import over_time
from .addresses import MAX_VALUE, clamp_range, clampable, masked, place, within
from .moment import Experiment

MOMENT = "moment"  # the start that is a step of a sequence: of, its query on the page `sequence`, and at
MOST_QUERY = 20_000  # characters

FIELDS = (
    Field("cell", "lstm", a_cell),
    Field("start", "named", one_of((*starts.STARTS, MOMENT))),
    Field("D", 2, integer(starts.SMALLEST, MOST_SYMBOLS)),
    Field("H", 3, integer(starts.SMALLEST, MOST_UNITS)),
    Field("seed", 0, integer(0, MAX_SEED)),
    Field("week", 52, integer(starts.FIRST_WEEK, starts.LAST_WEEK)),
    Field("bias", None, *real(-10, 10)),
    Field("of", "", lambda text: unpack(text, MOST_QUERY), pack),
    Field("at", 0, integer(0, MOST - 1)),
    Field("edit", {}, numbers, numbers_text),
    Field("clamp", {}, numbers, numbers_text),
    Field("stage", "", str),
    Field("select", "", str),
    Field("pin", {}, lambda text: _pin(text), lambda values: _pin_text(values)),
)
PINNED = ("cell", "start", "D", "H", "seed", "week", "bias", "of", "at", "edit")  # what makes the numbers
DEFAULTS = {f.name: f.default for f in FIELDS}


def _pin(text):
    """A pinned state: the part of a query that makes the numbers, with ; for & and ~ for =, and %3B for ; itself."""
    query = {name: unquote(value) for name, value in (part.split("~", 1) for part in text.split(";"))}
    if query.keys() - set(PINNED):
        raise ValueError(text)
    values, ignored = from_text(FIELDS, query)
    if ignored:
        raise ValueError(text)
    return {name: values[name] for name in PINNED}


def _pin_text(values):
    query = to_text(FIELDS, DEFAULTS | values) | {"cell": values["cell"]}
    return ";".join(f"{name}~{text.replace('%', '%25').replace(';', '%3B')}" for name, text in query.items())


def fit(values: dict) -> tuple[dict, list[str]]:
    """Values that fit one another, and what had to be left out: as addresses, or name=value."""
    cell, left_out = cell_named(values["cell"]), []
    if values["start"] == MOMENT:
        whole = of_sequence(values["of"])
        if whole is None or whole["cell"] != values["cell"]:
            gone = [name for name in nets.named_in(values["of"]) if not nets.find(name)]
            left_out += [f"start={MOMENT}", *(f"weights={name}" for name in gone)]
            values = values | {"start": "random", "of": "", "at": 0}
        else:
            run = over_time.compute(whole)
            values = values | {"D": run.D, "H": run.H, "at": min(values["at"], run.T - 1)}
    elif values["of"] or values["at"]:
        values = values | {"of": "", "at": 0}
    for name in "DH" if values["start"] != MOMENT else "":
        if values[name] > starts.LARGEST:
            left_out.append(f"{name}={values[name]}")
            values = values | {name: DEFAULTS[name]}
    sizes, by_default = (values["D"], values["H"]), values["start"] == DEFAULTS["start"]
    fixed = starts.sizes(values["start"])
    other_sizes = fixed and sizes not in (fixed, (DEFAULTS["D"], DEFAULTS["H"]))
    if values["start"] not in (*starts.available(cell), MOMENT) or (other_sizes and by_default):
        left_out += [f"start={values['start']}"] * (not by_default)  # a start that nobody asked for is not missed
        values, fixed = values | {"start": "random"}, None
    if fixed:
        left_out += [f"{name}={values[name]}" for name in "DH" if other_sizes and values[name] != DEFAULTS[name]]
        values = values | dict(zip("DH", fixed, strict=True))
    _, inputs = _start(values)
    nodes = {name: (values["H"],) for name in clampable(cell)}
    kept = {
        "edit": {a: v for a, v in values["edit"].items() if may_edit(cell, values["D"], values["H"], a, v)},
        "clamp": {a: v for a, v in values["clamp"].items() if place(a, nodes) and within(v, clamp_range(cell, a))},
    }
    for name in ("edit", "clamp"):
        left_out += [f"{name}={a}" for a in values[name] if a not in kept[name]]
    shown = {n.id: (values["H"],) for n in cell.nodes} | {k: v.shape for k, v in inputs.items()}
    if values["select"] and not place(values["select"], shown):
        left_out.append(f"select={values['select']}")
        kept["select"] = ""
    if values["stage"] and values["stage"] not in stages_of(cell):
        left_out.append(f"stage={values['stage']}")
        kept["stage"] = ""
    if values["pin"]:
        kept["pin"], misfits = fit(DEFAULTS | values["pin"])
        kept["pin"] = {k: kept["pin"][k] for k in values["pin"]}
        left_out += [f"pin: {m}" for m in misfits]
    return values | kept, left_out


def may_edit(cell: Cell, D: int, H: int, address: str, value: float) -> bool:
    """Whether a visitor may set this number so: a tick is 0 or 1, and a slower unit never hears a faster one."""
    states = {f"{s}_prev": (H,) for s in cell.state} | {name: (H,) for name in cell.inputs}
    found = place(address, cell.shapes(D, H) | {"x": (D,)} | states)
    if not found or address in masked(cell, H):
        return False
    return value in (0, 1) if found[0] == "tick" else within(value, (-MAX_VALUE, MAX_VALUE))


def of_sequence(text: str) -> dict | None:
    """The values of the page `sequence` that a query says, or None if it says none that make a sequence."""
    try:
        query = dict(parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=99)) if text else {}
    except ValueError:
        return None
    values, ignored = from_text(over_time.SEQUENCE, query)
    values, left_out = over_time.fit(values)
    return None if ignored or left_out else values


def _start(values):
    if values["start"] == MOMENT:
        run = over_time.compute(of_sequence(values["of"]))
        now = over_time.moment(run, values["at"])
        params = {name: array.copy() for name, array in now.params.items()}
        set_forget_bias(run.cell, params, values["bias"])
        return params, now.inputs
    return starts.setup(values["start"], cell_named(values["cell"]), values["D"], values["H"], values["seed"],
                        values["week"], values["bias"])


def change(values: dict, **changes) -> dict:
    """Values after a visitor changed some of them, made to fit: another start begins afresh, another size is random."""
    new = values | changes
    if new["start"] == MOMENT and changes.keys() & {"cell", "D", "H"}:
        new |= {"start": "random", "edit": {}, "clamp": {}}
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
    cell = cell_named(values["cell"])
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
                      step(cell, params, inputs, clamp) if clamp else None, _called(values))


def _called(values):
    """What the inputs are called, where the step is one of a sequence."""
    return over_time.incoming(of_sequence(values["of"])).names if values["start"] == MOMENT else ()


def pinned(values: dict) -> Experiment | None:
    """The pinned state's numbers, if one is pinned."""
    return compute(DEFAULTS | values["pin"]) if values["pin"] else None
