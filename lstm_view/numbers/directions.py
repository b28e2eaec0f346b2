"""The page of nets made of cells: what it remembers, and how its values fit one another."""
from dataclasses import replace
from functools import cache

from ..fields import Field, integer, numbers, numbers_text, one_of, real
from ..incoming.sequences import MOST, MOST_UNITS
from ..incoming.tokens import tokens
from .addresses import MAX_VALUE, place
from .depth import FEWEST_LAYERS, MOST_LAYERS, NETS
from .over_time import SETUP, fit_setup, is_trained, steps

VIEWS = ("both", "depth", "attention", "clock")
ENCODERS = ("lstm", "bilstm")
# What a view begins with: a sentence, or an input that shows it better
BEGINS = {view: {"input": "sentence", "T": 24, "D": 3, "H": 4} for view in VIEWS} | {
    "clock": {"input": "sine", "T": 32, "D": 2, "H": 8}}


@cache
def fields(sentence: str = "", word: str = "", view: str = VIEWS[0]) -> tuple[Field, ...]:
    """The page's fields.  What they begin with: sentence and, in it, word are what is read where a visitor has typed
    nothing; view: what is shown, for each has its own BEGINS."""
    at = tokens(sentence, MOST).index(word) if word else 0
    own = BEGINS[view] | {"text": sentence}
    return (
        Field("view", VIEWS[0], one_of(VIEWS)),
        *(replace(field, default=own.get(field.name, field.default)) for field in SETUP),
        Field("t", at, integer(0, MOST - 1)),
        Field("unit", 0, integer(0, MOST_UNITS - 1)),
        Field("heard", at + 1, integer(1, MOST - 1)),  # steps, of a sentence that is still being said
        Field("net", NETS[0], one_of(NETS)),
        Field("layers", 3, integer(FEWEST_LAYERS, MOST_LAYERS)),
        Field("layer", 0, integer(0, MOST_LAYERS - 1)),
        Field("encoder", ENCODERS[0], one_of(ENCODERS)),
        Field("sharp", 16.0, *real(0, 40)),  # what attention's parameters are multiplied by
        Field("query", {}, numbers, numbers_text),  # numbers of queries that were changed: q.4.1, step and component
    )


FIELDS = fields()
DEFAULTS = {f.name: f.default for f in FIELDS}


def width(values: dict) -> int:
    """How many numbers the encoder says at each step: as many a query has."""
    return values["H"] * (2 if values["encoder"] == "bilstm" else 1)


def fit(values: dict) -> tuple[dict, list[str]]:
    """Values that fit one another, and what had to be left out."""
    left_out = [f"weights={values['weights']}"] * is_trained(values) + ["input=task"] * (values["input"] == "task")
    if left_out:  # nobody trains such nets here
        values = values | {"weights": "random", "input": "steps" if values["input"] == "task" else values["input"]}
    values, more = fit_setup(values, ("rnn",))  # which no weights with jobs are made for
    left_out += more
    T = steps(values)
    query = {a: v for a, v in values["query"].items() if _may_change(values, T, a, v)}
    left_out += [f"query={a}" for a in values["query"] if a not in query]
    return values | {
        "t": min(values["t"], T - 1), "unit": min(values["unit"], values["H"] - 1),
        "heard": min(values["heard"], T - 1), "layer": min(values["layer"], values["layers"] - 1), "query": query,
    }, left_out


def _may_change(values, T, address, value):
    return bool(place(address, {"q": (T, width(values))})) and -MAX_VALUE <= value <= MAX_VALUE


def change(values: dict, **changes) -> dict:
    """Values after a visitor changed some of them, made to fit.

    Another view begins with its own input, unless a visitor has chosen another.  Another encoder says other things, so
    a changed query is dropped.
    """
    new = values | changes
    untouched = all(values[name] == value for name, value in BEGINS[values["view"]].items())
    if new["view"] != values["view"] and untouched:
        new |= BEGINS[new["view"]]
    if changes.keys() & {"D", "H", "encoder", "input", "text", "own", "seed"}:
        new["query"] = {}
    return fit(new)[0]
