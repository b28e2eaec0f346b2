"""The file of a trained net: what is written is read again to the last bit, and nothing else is."""
import json
from dataclasses import asdict, replace
from itertools import islice

import numpy as np
import pytest
import safetensors.numpy

from lstm_core import CELLS
from lstm_core.training import train
from lstm_view.incoming.own_cell import name_of
from lstm_view.incoming.reader import Refused
from lstm_view.learning import saved
from lstm_view.learning.race import SEARCH, Race, settings
from lstm_view.learning.saved import MOST_BYTES, MOST_HEADER, alone, read, write
from lstm_view.words import LANGUAGES, words

OWN = name_of("g = sigmoid(W_g @ x + U_g @ h_prev)\nh = g * tanh(W_h @ x + b_h) + (1 - g) * h_prev")
RACE = Race("counting", ("lstm", "gru"), H=3, equal="count", B=4, seed=5, steps=40, every=2, forget_bias=1.0, clip=None)


def trained(race, lane, records=3, every=2):
    return list(islice(train(settings(race)[lane], every), records))


def same(one, other):
    return one.keys() == other.keys() and all(one[k].tobytes() == other[k].tobytes() for k in one)


@pytest.fixture(scope="module")
def data():
    return write(RACE, "lstm", trained(RACE, "lstm"))


# --- there and back


@pytest.mark.parametrize(("race", "lane"), [
    (RACE, "lstm"), (RACE, "gru"), (replace(RACE, optimizer="sgd"), "gru"),
    (replace(RACE, method="both"), f"gru{SEARCH}"), (replace(RACE, cells=(OWN,), equal="size"), OWN),
    (Race("text", ("rnn",), H=2, B=2, text="하늘과 바람과 별과 시"), "rnn"),
    (Race("series", ("rnn",), H=2, B=2), "rnn"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_written_is_read_to_the_last_bit(race, lane):
    records = trained(race, lane)
    found = read(write(race, lane, records))
    assert (found.race, found.lane) == (alone(race, lane), lane)
    assert len(found.records) == len(records)
    for ours, theirs in zip(found.records, records, strict=True):
        plain = {name: value for name, value in asdict(ours).items() if name not in ("params", "moments")}
        assert plain == {name: getattr(theirs, name) for name in plain}
    last, newest = found.records[-1], records[-1]
    assert same(last.params, newest.params) and same(last.moments, newest.moments)
    assert found.records[0].params is None


@pytest.mark.parametrize("lane", ["gru", f"gru{SEARCH}"])
def test_training_goes_on_from_a_file_as_if_it_had_never_stopped(lane):
    race = replace(RACE, method="both")
    records = trained(race, lane, 5)
    found = read(write(race, lane, records[:3]))
    onward = train(settings(found.race)[found.lane], 2, found.records[-1])
    for record in records[3:]:
        ours = next(onward)
        assert (ours.step, ours.loss, ours.test_loss) == (record.step, record.loss, record.test_loss)
        assert same(ours.params, record.params)


def test_a_lane_alone_is_trained_as_in_its_race():
    race = replace(RACE, method="both", cells=("lstm", "gru", "rnn"))
    for lane, wanted in settings(race).items():
        assert settings(alone(race, lane)) == {lane: wanted}


def test_the_file_is_one_that_others_read(data):
    arrays = safetensors.numpy.load(data)
    assert arrays["W_f"].shape == (3, 3) and arrays["W_y"].shape == (2, 3) and arrays["b_y"].shape == (2,)
    assert arrays["curve.step"].tolist() == [0, 2, 4]
    told = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]
    assert told["equations"] == CELLS["lstm"].equations
    assert json.loads(told["cells"]) == ["lstm"] and json.loads(told["task"]) == "counting"


def test_a_net_that_could_not_be_read_again_is_not_written(monkeypatch):
    monkeypatch.setattr(saved, "MOST_BYTES", 1000)
    assert refused(lambda: write(RACE, "lstm", trained(RACE, "lstm"))) == "saved_large_net"


# --- hostile files


def refused(act):
    """The key of the sentence by which something is refused; in both languages the sentence has what it needs."""
    with pytest.raises(Refused) as caught:
        act()
    for lang in LANGUAGES:
        assert "{" not in words(lang)(f"reader.{caught.value.key}", **caught.value.values)
    return caught.value.key


def rewritten(data, tensors=None, **told):
    """The file with some of its tensors (None: taken out) and of its metadata changed."""
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]
    arrays = safetensors.numpy.load(data) | (tensors or {})
    return safetensors.numpy.save({k: v for k, v in arrays.items() if v is not None}, header | told)


FILES = [
    ("saved_other", b""), ("saved_other", b"\0" * 8), ("saved_other", b"PK\x03\x04" + b"x" * 99),
    ("saved_other", b"a,b\n1,2"),
    ("saved_large", bytes(MOST_BYTES + 1)),
    ("saved_header", (MOST_HEADER + 1).to_bytes(8, "little") + b"{" * 200_000),
    ("saved_header", b"\xff" * 8 + b"{}"),
    ("saved_cut", (2).to_bytes(8, "little") + b"{x"), ("saved_cut", (90).to_bytes(8, "little") + b"{}"),
    ("saved_cut", (50_000).to_bytes(8, "little") + b'{"a":' * 10_000),
    ("saved_foreign", safetensors.numpy.save({"a": np.zeros(3)})),
    ("saved_foreign", safetensors.numpy.save({"a": np.zeros(3)}, {"writer": "another"})),
]


@pytest.mark.parametrize(("key", "content"), FILES)
def test_what_is_no_such_file_is_refused(key, content):
    assert refused(lambda: read(content)) == key


SETTINGS = [
    ("saved_version", {"version": "2"}), ("saved_version", {"version": ""}),
    ("saved_task", {"task": '"chess"'}), ("saved_task", {"task": '"../../etc"'}),
    ("saved_setting", {"task": "7"}), ("saved_setting", {"task": "not json"}), ("saved_setting", {"H": "0"}),
    ("saved_setting", {"H": "1e9"}), ("saved_setting", {"H": "true"}), ("saved_setting", {"H": "9" * 5000}),
    ("saved_setting", {"rate": "NaN"}), ("saved_setting", {"rate": "Infinity"}), ("saved_setting", {"rate": "-1"}),
    ("saved_setting", {"rate": "null"}), ("saved_setting", {"clip": "0"}), ("saved_setting", {"B": "10000"}),
    ("saved_setting", {"length": "1000000"}), ("saved_setting", {"optimizer": '"magic"'}),
    ("saved_setting", {"init": '"zeros"'}), ("saved_setting", {"method": '"both"'}),
    ("saved_setting", {"equal": '"count"'}), ("saved_setting", {"chrono": "1"}),
    ("saved_setting", {"cells": '["lstm", "gru"]'}), ("saved_setting", {"cells": "[]"}),
    ("saved_setting", {"cells": '"lstm"'}), ("saved_setting", {"text": "[" * 15_000}),
    ("saved_cell", {"cells": '["elman"]'}), ("saved_cell", {"cells": '["own.lstm.~garbage"]'}),
    ("own_function", {"cells": json.dumps([name_of("h = system(h_prev)")])}),
    ("own_character", {"cells": json.dumps([name_of("h = h_prev; import os")])}),
    ("saved_missing", {"cells": '["gru"]'}), ("saved_shape", {"H": "4"}), ("saved_shape", {"task": '"reber"'}),
    ("saved_unknown", {"optimizer": '"sgd"'}),
]


@pytest.mark.parametrize(("key", "told"), SETTINGS)
def test_settings_that_are_none_are_refused(data, key, told):
    assert refused(lambda: read(rewritten(data, **told))) == key


NUMBERS = [
    ("saved_missing", {"W_f": None}), ("saved_missing", {"W_y": None}), ("saved_missing", {"moments.mean": None}),
    ("saved_missing", {"curve.loss": None}), ("saved_curve", {"curve.step": None}),
    ("saved_unknown", {"W_extra": np.zeros(1)}), ("saved_unknown", {"`*<b>": np.zeros(1)}),
    ("saved_dtype", {"W_f": np.zeros((3, 3), np.float32)}), ("saved_dtype", {"b_y": np.zeros(2, np.int64)}),
    ("saved_shape", {"W_f": np.zeros((3, 2))}), ("saved_shape", {"W_f": np.zeros(9)}),
    ("saved_shape", {"moments.mean": np.zeros(5)}), ("saved_shape", {"curve.loss": np.zeros(2)}),
    ("saved_finite", {"W_f": np.full((3, 3), np.nan)}), ("saved_finite", {"curve.loss": np.array([0, 1, np.inf])}),
    ("saved_curve", {"curve.step": np.array([0.0, 4, 2])}), ("saved_curve", {"curve.step": np.array([0, 0.5, 2])}),
    ("saved_curve", {"curve.step": np.array([-1.0, 2, 4])}), ("saved_curve", {"curve.step": np.zeros((3, 1))}),
    ("saved_curve", {"curve.accuracy": np.array([0, 0.5, 1.5])}), ("saved_curve", {"curve.rate": np.zeros(3)}),
    *(("saved_curve", {f"curve.{name}": np.array([0.5, 1, bad])})
      for name in ("loss", "test_loss", "norm") for bad in (-1.0, 1e307)),
    ("saved_curve", {"b_y": np.array([0, 1e6])}),  # and yet not said to have diverged
    ("saved_curve", {"curve.solved": np.full(3, 0.5)}), ("saved_curve", {"moments.count": np.array(-1.0)}),
]


@pytest.mark.parametrize(("key", "tensors"), NUMBERS)
def test_numbers_that_are_none_of_such_a_net_are_refused(data, key, tensors):
    assert refused(lambda: read(rewritten(data, tensors))) == key


def test_every_sentence_is_held_by_a_case():
    held = {key for key, _ in [*FILES, *SETTINGS, *NUMBERS]} | {"saved_large_net"}
    assert {key for key in held if key.startswith("saved_")} == {
        key for key in words("en").under("reader") if key.startswith("saved_")}


def test_a_file_that_was_cut_off_anywhere_is_refused(data):
    for end in [*range(0, 3000, 37), len(data) - 8, len(data) - 1]:
        refused(lambda end=end: read(data[:end]))


def test_whatever_becomes_of_a_file_nothing_worse_than_a_sentence_comes_of_it(data):
    rng, read_again = np.random.default_rng(0), 0
    header = int.from_bytes(data[:8], "little")
    for k in range(400):
        broken = bytearray(data)
        where = rng.integers(0, 8 + header if k % 4 else len(data), rng.integers(1, 4))
        for at in where:
            broken[at] ^= 1 << rng.integers(0, 8)
        try:
            found = read(bytes(broken))
        except Refused as error:
            assert all(words(lang)(f"reader.{error.key}", **error.values) for lang in LANGUAGES)
        else:  # a number, or what nobody reads, is another
            read_again += 1
            assert all(np.isfinite(array).all() for array in found.records[-1].params.values())
    assert 0 < read_again < 400
