import re
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from lstm_view.incoming.sequences import KINDS
from lstm_view.incoming.starts import STARTS
from lstm_view.numbers import backwards, compared, directions, experiment, over_time, training, variants
from lstm_view.state import Memory
from lstm_view.telling.consequences import LOOKS, TOLD, consequences
from lstm_view.words import LANGUAGES, words

EN = words("en")
OWN = tuple((float(k), -1.0, 0.5) for k in range(5))
SIZES = {"D": some.integers(1, 6), "H": some.integers(1, 8), "T": some.integers(2, 40)}
CELL = some.sampled_from(("lstm", "gru", "rnn", "np", "mgu", "clockwork"))
CELLS = some.lists(CELL, min_size=1, max_size=3, unique=True).map(tuple)
SETUP = SIZES | {
    "input": some.sampled_from([kind for kind in KINDS if kind != "task"]), "own": some.sampled_from([(), OWN]),
    "weights": some.sampled_from(("named", "random")), "seed": some.integers(0, 3),
    "bias": some.none() | some.floats(-3, 3), "text": some.sampled_from(["", "one two three"])}
SEQUENCE = SETUP | {"cell": CELL, "edit": some.just({"b_f.0": 0.5, "W_f.1.0": 1.0}),
                    "what": some.just({"x.3.0": 2.0, "U_f.0.0": 1.0}), "clamp": some.just({"f.*@2-9": 0.0}),
                    "nodes": some.sampled_from([(), ("c", "f"), ("h",)]), "t": some.integers(0, 39)}
PAGES = {  # a page's numbers -> what its visitors change
    experiment: {"D": SIZES["D"], "H": some.integers(1, 6), "cell": CELL, "start": some.sampled_from(STARTS),
                 "seed": SETUP["seed"], "week": some.integers(1, 50), "bias": SETUP["bias"],
                 "edit": some.just({"x.1": 0.5, "W_f.1.0": 1.0}), "clamp": some.just({"f.1": 0.0})},
    over_time: SEQUENCE,
    compared: SETUP | {"cells": CELLS, "equal": some.sampled_from(compared.EQUAL)},
    backwards: SETUP | {"cells": CELLS, "loss": some.sampled_from(["last", "every", 7])},
    variants: SETUP | {"view": some.sampled_from(variants.VIEWS), "variant": CELL, "beside": CELL},
    directions: SETUP | {"view": some.sampled_from(directions.VIEWS), "encoder": some.sampled_from(directions.ENCODERS),
                         "query": some.just({"q.1.0": 1.0}), "layers": some.integers(2, 4)},
    training: {"task": some.sampled_from(("adding", "order", "reber")), "cells": CELLS, "H": some.integers(2, 9),
               "steps": some.integers(10, 90), "rate": some.floats(1e-3, 0.5), "run": some.just("job"),
               "length": some.integers(5, 30)},
}


def memory(page):
    return Memory(page.fit(page.DEFAULTS)[0], page.change)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__.rpartition(".")[2])
@settings(deadline=None, max_examples=60, derandomize=True)
@given(some.data())
def test_what_a_change_takes_along_is_told(page, data):
    one = some.sampled_from(sorted(PAGES[page]))
    now = memory(page)
    for name in data.draw(some.lists(one, min_size=2, max_size=6)):
        before = now.values
        now.change(**{name: data.draw(PAGES[page][name])})
        if now.values is before:
            continue
        others = {k for k in before if k != name and now.values[k] != before[k]}
        assert set(now.along) == others and others <= {*TOLD, *LOOKS}
        for lang in LANGUAGES:
            told = consequences(now.along, words(lang))
            of = {k for k in others & {*TOLD} if isinstance(before[k], dict)}
            lost = {k for k in of if any(now.values[k].get(a) != v for a, v in before[k].items())}
            assert len(told) == len((others & {*TOLD}) - of | lost)
            assert not re.search(r"[{}]|\(는\)|None|nan", " ".join(told))


def test_sizes_that_replace_weights_with_jobs():
    now = memory(over_time)
    now.change(edit={"b_f.0": 3.0})
    now.change(H=4)
    told = consequences(now.along, EN)
    assert EN("along.no_jobs") in told and EN("along.edit", count=1) in told and len(told) == 2
    now.undo()
    assert (now.values["weights"], now.values["H"], now.along) == ("named", 3, {})
    assert now.values["edit"] == {"b_f.0": 3.0}


def test_trained_weights_bring_sizes_and_inputs(trained):
    now = memory(over_time)
    now.change(cell="gru")
    now.change(weights=trained("counting"))
    told = " ".join(consequences(now.along, EN))
    assert f"{EN('along_name.H')}: 4, before 3" in told and EN("along_name.input") in told
    now.change(D=5)
    assert any("random now: the nets trained on" in said for said in consequences(now.along, EN))


def test_a_bundle_tells_what_its_name_does_not():
    now = memory(backwards)
    now.change(cells=("gru",), D=5)
    made = backwards.preset("explode")
    now.change(tuple(made.keys() - backwards.PRESETS["explode"].keys()), **made)
    told = " ".join(consequences(now.along, EN))
    assert f"{EN('along_name.D')}: 2, before 5" in told
    assert f"{EN('along_name.cells')}: RNN, LSTM, GRU, before GRU" in told


@pytest.mark.parametrize("act", [
    partial(Memory.undo), partial(Memory.commit, seed=4), lambda now: now.change(seed=4)])
def test_it_is_told_until_the_next_change(act):
    now = memory(over_time)
    now.change(H=4)
    now.note(t=3)
    assert consequences(now.along, EN)
    now.change(H=4)  # nothing
    assert consequences(now.along, EN)
    act(now)
    assert not consequences(now.along, EN)
