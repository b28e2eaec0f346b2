"""A net that was trained here, with all it needs to go on, as one safetensors file; such a file, hostile until read.

Tensors, all F64: the parameters by name, the readout's W_y and b_y too; `moments.` and a name, what the optimiser
remembers; `curve.` and a name, a number for each record.  Metadata: the race of the one net, a field's value as JSON
each; and its cell's equations, for whoever opens the file elsewhere.
"""
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from math import isfinite

import numpy as np
from safetensors import SafetensorError, deserialize
from safetensors.numpy import save

from lstm_core.training import LIMIT, Record, begun

from ..fields import MAX_SEED
from ..incoming.own_cell import cell_named, is_own, text_of
from ..incoming.own_cell import read as read_cell
from ..incoming.reader import Refused, shown
from .race import MOST_UNITS, Race, cell_of, hidden_sizes, is_search, lanes, settings, task_of
from .task_named import NAMES

MOST_BYTES = 10_000_000  # an LSTM of MOST_UNITS with Adam's memory takes 7.4 million
MOST_HEADER = 100_000  # bytes, a visitor's text and cell included
MOST_RECORDS = 20_000
WRITER, VERSION = "gatescope", "1"
CURVE = ("step", "loss", "test_loss", "accuracy", "norm", "rate", "solved", "diverged")  # of a record, a number each
INTEGERS = {"H": (1, MOST_UNITS), "B": (1, 4096), "length": (1, 10**6), "seed": (0, MAX_SEED), "truncate": (1, 10**6),
            "steps": (1, 10**7), "every": (1, 10**7)}
NUMBERS = ("rate", "clip", "forget_bias", "chrono")
MAY_BE_NONE = ("length", "truncate", "clip", "forget_bias", "chrono")
MOST_TEXT = 20_000  # characters of a setting


@dataclass(frozen=True, eq=False)
class Saved:
    """A file's content: the race of one lane, and its records, the last with parameters and moments, the others with
    None for both."""

    race: Race
    records: tuple[Record, ...]

    @property
    def lane(self) -> str:
        return lanes(self.race)[0]


def alone(race: Race, lane: str) -> Race:
    """The race of one lane of a race: trained by itself it gives the same numbers."""
    cell = cell_of(lane)
    return replace(race, cells=(cell,), H=hidden_sizes(race)[cell], equal="size",
                   method="search" if is_search(lane) else "bptt")


def write(race: Race, lane: str, records: Sequence[Record]) -> bytes:
    """The file of a lane.  records: in their order, the last with its parameters and moments.

    Refused where that would be more than can be read again.
    """
    race, last = alone(race, lane), records[-1]
    tensors = last.params | {f"moments.{name}": array for name, array in last.moments.items()}
    tensors |= {f"curve.{name}": np.array([getattr(record, name) for record in records], float) for name in CURVE}
    told = {f.name: json.dumps(getattr(race, f.name)) for f in fields(Race)}
    told |= {"writer": WRITER, "version": VERSION, "equations": cell_named(cell_of(lane)).equations}
    data = save({name: np.array(a, np.float64, order="C") for name, a in tensors.items()}, told)
    if len(data) > MOST_BYTES:
        raise Refused("saved_large_net", count=len(data), most=MOST_BYTES)
    return data


def read(data: bytes) -> Saved:
    """What a file holds.  Refused for any that `write` cannot have made."""
    told, tensors = _opened(data)
    if told.get("writer") != WRITER:
        raise Refused("saved_foreign")
    if told.get("version") != VERSION:
        raise Refused("saved_version", version=shown(told.get("version", "")), known=VERSION)
    race = _race(told)
    return Saved(race, _records(tensors, *_begun(race)))


# --- the file


def _opened(data):
    """Its metadata, text by name, and its tensors, (dtype, shape, bytes) by name."""
    if len(data) > MOST_BYTES:
        raise Refused("saved_large", count=len(data), most=MOST_BYTES)
    length = int.from_bytes(data[:8], "little")
    if len(data) < 10 or data[8:9] != b"{":
        raise Refused("saved_other")
    if length > MOST_HEADER:
        raise Refused("saved_header", most=MOST_HEADER)
    try:
        found = deserialize(bytes(data))
        header = json.loads(data[8 : 8 + length])
    except (SafetensorError, ValueError, RecursionError):
        raise Refused("saved_cut") from None
    told = header.get("__metadata__") or {}
    return told, {name: (given["dtype"], tuple(given["shape"]), given["data"]) for name, given in found}


# --- what was trained


def _race(told):
    values = {}
    for f in fields(Race):
        text = told.get(f.name)
        try:
            values[f.name] = _value(f.name, text)
        except (TypeError, ValueError, RecursionError):
            raise Refused("saved_setting", name=f.name, value=shown(str(text))) from None
    if values["task"] not in NAMES:
        raise Refused("saved_task", name=shown(values["task"]), known=", ".join(NAMES))
    [cell] = values["cells"]
    try:
        if is_own(cell):
            read_cell(*text_of(cell))  # whose refusal says the line
        cell_named(cell)
    except ValueError:
        raise Refused("saved_cell", name=shown(cell)) from None
    return Race(**values)


def _value(name, text):
    """A setting's value; ValueError or TypeError for what it cannot be."""
    if len(text) > MOST_TEXT:
        raise ValueError(name)
    value = json.loads(text)
    if value is None and name in MAY_BE_NONE:
        return None
    if name == "cells":
        if not (isinstance(value, list) and len(value) == 1 and isinstance(value[0], str)):
            raise ValueError(name)
        return tuple(value)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if name in INTEGERS:
        low, high = INTEGERS[name]
        sound = number and isinstance(value, int) and low <= value <= high
    elif name in NUMBERS:
        sound = number and abs(value) < 1e300 and isfinite(value)
    else:
        sound = isinstance(value, str)
    if not sound:
        raise ValueError(name)
    return value


def _begun(race):
    """The parameters and the optimiser's memory where the race begins: in the file are others of these shapes."""
    if race.equal != "size" or race.method == "both":
        raise Refused("saved_setting", name="method", value=shown(race.method))
    try:
        task = task_of(race)
        if race.length is not None and not task.shortest <= race.length <= task.longest:
            raise ValueError(f"length: {race.length}")
        return begun(*settings(race).values())
    except (KeyError, ValueError) as error:  # which begins with the setting's name
        name, _, why = str(error.args[0]).partition(":")
        raise Refused("saved_setting", name=shown(name), value=shown(why)) from None


# --- numbers


def _records(tensors, params, moments):
    count = tensors.get("curve.step", ("", (0,), b""))[1]
    if not (len(count) == 1 and 1 <= count[0] <= MOST_RECORDS):
        raise Refused("saved_curve")
    expected = {name: array.shape for name, array in params.items()}
    expected |= {f"moments.{name}": array.shape for name, array in moments.items()}
    expected |= {f"curve.{name}": count for name in CURVE}
    arrays = {name: _array(tensors, name, shape) for name, shape in expected.items()}
    for name in tensors:
        if name not in expected:
            raise Refused("saved_unknown", name=shown(name))
    curve = {name: arrays[f"curve.{name}"] for name in CURVE}
    _check_curve(curve)
    if any((arrays.get(f"moments.{name}", np.zeros(1)) < 0).any() for name in ("square", "count")):
        raise Refused("saved_curve")
    rows = [_record(*row) for row in zip(*(curve[name].tolist() for name in CURVE), strict=True)]
    last = replace(rows[-1], params={name: arrays[name] for name in params},
                   moments={name: arrays[f"moments.{name}"] for name in moments})
    if not last.diverged and max(np.abs(array).max() for array in last.params.values()) >= LIMIT:
        raise Refused("saved_curve")  # a net with such numbers has diverged
    return (*rows[:-1], last)


def _array(tensors, name, shape):
    if name not in tensors:
        raise Refused("saved_missing", name=name)
    dtype, given, data = tensors[name]
    if dtype != "F64":
        raise Refused("saved_dtype", name=name, given=shown(dtype))
    if given != tuple(shape):
        raise Refused("saved_shape", name=name, given=shown(str(given)), wanted=str(tuple(shape)))
    array = np.frombuffer(data, "<f8").reshape(shape).astype(np.float64)
    if not np.isfinite(array).all():
        raise Refused("saved_finite", name=name)
    return array


def _check_curve(curve):
    step, accuracy = curve["step"], curve["accuracy"]
    whole = (step == np.floor(step)).all() and (np.diff(step) > 0).all() and step[0] >= 0 and step[-1] <= 10**9
    flags = all(np.isin(curve[name], (0, 1)).all() for name in ("solved", "diverged"))
    sizes = np.array([curve[name] for name in ("loss", "test_loss", "norm")])
    whole = whole and (sizes >= 0).all() and (sizes <= np.finfo(float).max / 1024).all()  # where the core holds them
    if not (whole and flags and (accuracy >= 0).all() and (accuracy <= 1).all() and (curve["rate"] > 0).all()):
        raise Refused("saved_curve")


def _record(step, loss, test_loss, accuracy, norm, rate, solved, diverged):
    return Record(int(step), loss, test_loss, accuracy, norm, rate, None, None, bool(solved), bool(diverged))
