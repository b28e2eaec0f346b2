"""What a visitor sets on the page `training`, and the race that it makes; curves and answers of a race as numbers."""
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from lstm_core import CELLS
from lstm_core.initial import INITS
from lstm_core.optimizers import STEPS
from lstm_core.task import part
from lstm_core.tasks import Batch, right
from lstm_core.training import Record, Settings, answer, unseen_count

from ..fields import MAX_SEED, Field, integer, one_of, real
from ..incoming.own_cell import cell_named, label, one_own, several_cells
from ..learning import nets, saved
from ..learning.race import EQUAL, METHODS, MOST_UNITS, Race, cell_of, hidden_sizes, is_search, lanes, task_of, work
from ..learning.task_named import NAMES, task_named
from ..packed import pack, unpack
from ..words import Words
from . import film, odyssey
from .compared import brief

MOST_NETS = 4
MOST_B, MOST_STEPS, MOST_TEXT = 256, 20_480, 4_000  # of steps a number that `every` always divides
MOST_WORK = 3e9  # multiply-adds of one training step of all nets: about a second on one core
MOST_BYTES = 4e8  # of what a training step keeps for its backward pass
RECORDS = 100  # of each curve, to twice as many
LOOKED_AT = 1000  # sequences that are trained on, for test sequences among them
JOB = re.compile(r"[\w-]{0,40}", re.ASCII)
OWN = ("H", "B", "length", "rate", "steps")  # None: as the task has it
USUAL = {"H": 16, "B": 32, "rate": 0.02, "steps": 600}
PRESETS = {"adding": {"steps": 960}, "series": {"rate": 0.005, "steps": 240}}  # where others than USUAL, but length


def _bias(text):
    return None if text == "drawn" else real(-20, 20)[0](text)


def _job(text):
    if not JOB.fullmatch(text):
        raise ValueError(text)
    return text


RACE = (
    Field("task", "adding", one_of(NAMES)),
    Field("cells", ("rnn", "lstm", "gru"), *several_cells(MOST_NETS)),
    Field("equal", "size", one_of(EQUAL)),
    Field("H", None, integer(1, MOST_UNITS)),
    Field("B", None, integer(1, MOST_B)),
    Field("length", None, integer(1, 10**6)),
    Field("seed", 0, integer(0, MAX_SEED)),
    Field("optimizer", "adam", one_of(STEPS)),
    Field("rate", None, *real(1e-9, 1e12)),
    Field("clip", 1.0, *real(0, 1e6)),  # 0: not at all
    Field("truncate", 0, integer(0, 1000)),  # 0: not at all
    Field("init", "uniform", one_of(INITS)),
    Field("forget_bias", 1.0, _bias, lambda bias: "drawn" if bias is None else repr(bias).removesuffix(".0")),
    Field("chrono", 0, integer(0, 1000)),  # 0: not at all
    Field("method", "bptt", one_of(METHODS)),
    Field("text", "", lambda text: unpack(text, MOST_TEXT), pack),
    Field("steps", None, integer(1, MOST_STEPS)),
)
FIELDS = (*RACE, Field("run", "", _job), *film.FIELDS, *odyssey.FIELDS)
MADE_OF = tuple(f.name for f in RACE)
DEFAULTS = {f.name: f.default for f in FIELDS}


# --- values, and the race they make


def chosen(values: Mapping, name: str) -> object:
    """The value of a field, or, where a visitor chose none, what is usual for the task."""
    if values[name] is not None or name not in OWN:
        return values[name]
    usual = USUAL | PRESETS.get(values["task"], {})
    return usual.get(name, task_of(Race(values["task"], text=values["text"])).length)


def race_of(values: Mapping) -> Race:
    """The race that the page's values make."""
    now = {name: chosen(values, name) for name in MADE_OF}
    none = {name: now[name] or None for name in ("clip", "truncate", "chrono")}  # 0 there is: not at all
    every = 1 << max(1, now["steps"] // RECORDS).bit_length() - 1  # a power of 2: twice the steps are a race as well
    return Race(**now | none | {"steps": -(-now["steps"] // every) * every}, every=every)  # whose last one is recorded


def same_start(one: Race, other: Race) -> bool:
    """Whether two races are the same, but for how often something is recorded."""
    return replace(one, every=1) == replace(other, every=1)


def values_of(race: Race) -> dict:
    """The page's values that make a race."""
    given = {name: getattr(race, name) for name in MADE_OF}
    return given | {name: given[name] or 0 for name in ("clip", "truncate", "chrono")}


def fit(values: dict) -> tuple[dict, list[str]]:
    """Values that fit one another, and what had to be left out."""
    left_out, length = [], values["length"]
    try:
        task = task_of(Race(values["task"], text=values["text"]))
    except ValueError:
        left_out.append("text")
        values = values | {"text": ""}
        task = task_named(values["task"])
    if length is not None and not task.shortest <= length <= task.longest:
        left_out.append(f"length={length}")
        values = values | {"length": None}
    if 0 < values["chrono"] <= 2:
        left_out.append(f"chrono={values['chrono']}")
        values = values | {"chrono": 0}
    return values | {"cells": one_own(values["cells"])}, left_out


def change(values: dict, **changes) -> dict:
    """Values after a visitor changed some of them, made to fit: another task has its own usual sizes, at least one cell
    stays, and what is changed in a race makes another, which is not begun yet.

    A page that looks by itself sends along what its widgets hold, which may be of a moment ago and in another language:
    what no field can hold is no change.
    """
    new = values | {name: value for name, value in changes.items() if _sound(name, value)}
    if new["task"] != values["task"]:
        new |= {name: None for name in OWN if name not in changes}
    for name in OWN:
        if new[name] == chosen(new | {name: None}, name):
            new[name] = None
    new = fit(new)[0]
    begun = all(new[name] == values[name] for name in MADE_OF)
    return new if begun or "run" in changes else new | {"run": ""}


def _sound(name, value):
    """Whether a field can hold a value."""
    field = next(f for f in FIELDS if f.name == name)
    try:
        return (value is None and name in OWN) or field.read(field.write(value)) == value
    except (ValueError, TypeError, AttributeError):
        return False


# --- what is too large


def too_large(race: Race) -> dict[str, int] | None:
    """None for a race that this server can begin; else, for each of H, B and length, how much it could be if the others
    stay: those for which there is such a number."""
    if _fits(race):
        return None
    task = task_of(race)
    ranges = {"H": (1, race.H), "B": (1, race.B), "length": (task.shortest, race.length or task.length)}
    most = {name: bisect_left(range(low, high), True, key=lambda n, name=name: not _fits(replace(race, **{name: n})))
            + low - 1 for name, (low, high) in ranges.items()}
    return {name: n for name, n in most.items() if n >= ranges[name][0]}


def _fits(race):
    return work(race) <= MOST_WORK and _bytes(race) <= MOST_BYTES


def _bytes(race):
    """About what the largest net's training step keeps: every value of every sequence, and its gradient."""
    sizes = hidden_sizes(race)
    widest = max(len(cell_named(cell).nodes) * H for cell, H in sizes.items())
    return 16 * widest * task_of(race).steps(race.length) * race.B


# --- a race's curves and answers


@lru_cache(maxsize=16)
def shipped(task: str) -> tuple[Race, dict[str, list[Record]]] | None:
    """The race whose nets come with the app, one file a lane, and their records; None where there is none."""
    found = [saved.read(path.read_bytes()) for path in sorted(nets.FOLDER.glob(f"{task}.*.safetensors"))]
    alike = [one for one in found if replace(one.race, cells=()) == replace(found[0].race, cells=())]
    if not alike:
        return None
    order = [*CELLS, *(one.lane for one in alike)]
    alike.sort(key=lambda one: order.index(one.lane))
    race = replace(alike[0].race, cells=tuple(cell_of(one.lane) for one in alike))
    return race, {one.lane: list(one.records) for one in alike}


def called(lane: str, words: Words) -> str:
    """What a lane is called where there is little room."""
    name = brief(cell_of(lane), words)
    return words("training.searched", cell=name) if is_search(lane) else name


def file_name(lane: str) -> str:
    """A lane's name as part of a file's."""
    return label(cell_of(lane)) + ("_search" if is_search(lane) else "")


def curves_frame(race: Race, records: Mapping[str, Sequence[Record]], words: Words) -> pd.DataFrame:
    """The curves as a table: a row a recorded step, columns for each lane."""
    columns = {}
    for lane in lanes(race):
        own = records.get(lane, ())
        index = [record.step for record in own]
        for kind in ("test_loss", "loss", "accuracy", "norm", "rate"):
            values = [getattr(record, kind) for record in own]
            columns[f"{called(lane, words)}: {words(f'curve.{kind}')}"] = pd.Series(values, index, dtype=float)
    return pd.DataFrame(columns).rename_axis(words("curves.axis"))


def unseen(race: Race) -> Batch:
    """The test sequences: those that loss and accuracy are measured on."""
    return _unseen(task_of(race), race.seed, race.length)


@lru_cache(maxsize=16)  # of up to 8 MB each
def _unseen(task, seed, length):
    return task.unseen(seed, unseen_count(task, length), length)


@dataclass(frozen=True)
class Judged:
    """What a race's nets are judged on: see `Task.judged_on`; how many test sequences there are, how many of them are
    different, and how many are among the first that are trained on."""

    on: str
    count: int
    different: int
    again: int
    first: int


def judged(race: Race) -> Judged:
    """What a race's nets are judged on."""
    return _judged(task_of(race), race.seed, race.length, race.B, min(race.steps, -(-LOOKED_AT // race.B)))


@lru_cache(maxsize=64)
def _judged(task, seed, length, B, steps):
    tests, on = _each(_unseen(task, seed, length)), task.judged_on(length)
    trained = set()
    if on == "again":
        trained.update(*(_each(task.sample([seed, k + 1], B, length)) for k in range(steps)))
    return Judged(on, len(tests), len(set(tests)), sum(map(trained.__contains__, tests)), steps * B)


def _each(batch):
    """What is read in each sequence of a batch, to compare."""
    return [batch.x[:, b].tobytes() for b in range(batch.x.shape[1])]


def some(batch: Batch, count: int) -> Batch:
    """The first few sequences of a batch that are not alike: out of a short text or series some come twice."""
    first = {read: b for b, read in reversed(list(enumerate(_each(batch))))}
    return part(batch, np.array(sorted(first.values())[:count]))


def answered(settings: Settings, record: Record, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """What a net answers at each step of a batch (T, B, K), and where that is right (T, B)."""
    with np.errstate(all="ignore"):
        output = answer(settings, record.params, batch)
        return output, right(settings.task, output, batch)
