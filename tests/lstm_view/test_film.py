"""The film of a training: every number in it is lstm_core's, and what is sent is bounded."""
import itertools
import json
import re
from base64 import b64decode
from dataclasses import replace

import numpy as np
import pytest

from lstm_core import CELLS, Cell, backward, forward
from lstm_core.analysis import writing_half_life
from lstm_core.tasks import TASKS, right
from lstm_core.training import Settings, answer, train
from lstm_view.diagram.film import STEPS, film_scene, labels, wanted
from lstm_view.fields import from_text, to_text
from lstm_view.numbers.film import (
    BINS,
    FEWEST_FRAMES,
    FIELDS,
    LATEST,
    MOST_FRAMES,
    MOST_NUMBERS,
    MOST_STEPS,
    bands,
    beginning,
    chosen,
    example,
    film,
    filmed,
    holder,
    the_many,
)
from lstm_view.numbers.over_time import main_nodes
from lstm_view.telling.film import frames
from lstm_view.words import ASSETS, LANGUAGES, words


def trained(cell="lstm", task="reber", count=3, **more):
    settings = Settings(**{"cell": CELLS[cell], "task": TASKS[task], "H": 4, "B": 4, "rate": 0.05} | more)
    return settings, list(itertools.islice(train(settings, every=2), count))


@pytest.fixture(scope="module")
def lstm():
    settings, records = trained()
    return film(settings, records)


def test_values_and_answers_are_those_of_the_core(lstm):
    settings, batch = lstm.settings, lstm.example
    assert [frame.record.step for frame in lstm.frames] == [0, 2, 4]
    for frame in lstm.frames:
        own = {name: frame.record.params[name] for name in settings.cell.parameters}
        trace = forward(settings.cell, own, batch.x)
        assert frame.values.keys() == set(main_nodes(settings.cell))
        for node, values in frame.values.items():
            np.testing.assert_array_equal(values, trace[node][:, 0])
        output = answer(settings, frame.record.params, batch)
        np.testing.assert_allclose(frame.output, output[:, 0], rtol=1e-13)
        np.testing.assert_array_equal(frame.right, right(settings.task, output, batch)[:, 0])


@pytest.mark.parametrize(("task", "truncate"), [("reber", None), ("adding", None), ("adding", 7)])
def test_gradient_norms_are_those_of_the_loss(task, truncate):
    settings, records = trained(task=task, count=2, truncate=truncate)
    found = film(settings, records)
    batch, params = found.example, records[1].params
    own = {name: params[name] for name in settings.cell.parameters}
    trace = forward(settings.cell, own, batch.x)
    y, asked = answer(settings, params, batch)[:, 0], batch.mask[:, 0]
    if settings.task.loss == "classes":
        share = np.exp(y) / np.exp(y).sum(1, keepdims=True)
        dy = (share - np.eye(y.shape[1])[batch.target[:, 0]]) / asked.sum()
    else:
        dy = 2 * (y - batch.target[:, 0]) / (asked.sum() * y.shape[1])
    dh = np.where(asked[:, None], dy @ params["W_y"], 0)[:, None]
    grads = backward(trace, own, dh, truncate)
    for state in ("h", "c"):
        np.testing.assert_allclose(found.frames[1].norms[state], np.linalg.norm(grads[state][:, 0], axis=1), rtol=1e-9)
    assert (found.frames[1].norms["h"][:-8] == 0).all() == (truncate == 7)


@pytest.mark.parametrize(("cell", "node"), [("lstm", "f"), ("gru", "z"), ("rnn", "h"), ("mgu", "h.0.0"),
                                            ("lstm1997", "h"), ("clockwork", "h.1.0")])
def test_the_histogram_counts_every_unit_of_every_step(cell, node):
    settings, records = trained(cell, "counting", 2)
    gate = film(settings, records).frames[1].gate
    many = the_many(settings)
    trace = forward(settings.cell, {n: records[1].params[n] for n in settings.cell.parameters}, many.x,
                    lengths=many.lengths)
    live = np.concatenate([np.abs(trace[node][:n, b]).ravel() for b, n in enumerate(many.lengths)])
    assert filmed(settings.cell) == node
    assert gate.counts.sum() == live.size == many.lengths.sum() * settings.H
    np.testing.assert_array_equal(gate.counts, np.histogram(live, BINS, (0, 1))[0])
    assert gate.mean == pytest.approx(live.mean()) and gate.full == pytest.approx((live > 0.9).mean())
    state, _ = holder(settings.cell)
    assert (gate.half_life is None) == (state is None)
    if state:
        np.testing.assert_array_equal(gate.half_life, writing_half_life(trace, state))


def test_a_film_is_made_once():
    settings, records = trained(count=2)
    assert film(settings, records) is film(settings, [*records]) is not film(settings, records[:1])


def test_the_snapshots_that_are_shown():
    settings, records = trained(count=4)
    assert chosen(records, 9) == records
    assert chosen(records, 2) == [records[0], records[-1]]
    many = [replace(records[0], step=k) for k in range(301)]
    steps = [record.step for record in chosen(many, MOST_FRAMES)]
    assert len(steps) == MOST_FRAMES and steps == sorted(set(steps)) and steps[0] == 0 and steps[-1] == 300
    found = film(settings, records)
    assert [found.at(step) for step in (LATEST, 0, 1, 2, 5, 99)] == [3, 0, 0, 1, 2, 3]
    late = film(settings, records[2:])  # what came before was not kept: the beginning is made again
    assert [frame.record.step for frame in late.frames] == [0, 4, 6]
    for name, values in beginning(settings).params.items():
        np.testing.assert_array_equal(values, records[0].params[name])


@pytest.mark.parametrize("task", TASKS)
def test_the_example_has_room_and_stays_the_same(task):
    longest = TASKS[task].longest
    batch, length = example(TASKS[task], longest, 3, 5)
    again, _ = example(TASKS[task], longest, 3, 5)
    other, _ = example(TASKS[task], longest, 3, 6)
    assert 1 <= len(batch.x) <= MOST_STEPS and length <= longest
    assert batch.mask.shape == (len(batch.x), 1) and batch.mask.any()
    np.testing.assert_array_equal(batch.x, again.x)
    assert batch.x.shape != other.x.shape or (batch.x != other.x).any()


def test_what_is_drawn_of_a_cell():
    assert bands(CELLS["lstm"], ()) == ["f", "c"]
    assert bands(CELLS["gru"], ()) == ["z", "h"]
    assert bands(CELLS["rnn"], ()) == ["h"]
    assert bands(CELLS["mgu"], ()) == ["f", "h"]
    assert bands(CELLS["lstm"], ("o", "no", "h", "i", "c")) == ["o", "h", "i"]
    assert bands(CELLS["gru"], ("f", "c")) == ["z", "h"]


# --- what is sent


def decoded(scene, band):
    frames, T = len(scene["steps"]), scene["T"]
    numbers = np.frombuffer(b64decode(scene["bands"][band]["rounded"]), "<i2")
    return numbers.reshape(frames, scene["units"], T) / STEPS * np.array(scene["bands"][band]["reach"])[:, None]


def test_the_scene_has_every_number(lstm):
    scene = film_scene(lstm, ("i", "c"), 1, frames(lstm, words("en")), words("en"))
    for b, node in enumerate(("i", "c")):
        values = np.stack([frame.values[node].T for frame in lstm.frames])
        rounded = np.abs(decoded(scene, b) - values).max((0, 2))
        assert (rounded <= 0.5001 / STEPS * np.array(scene["bands"][b]["reach"])).all()
        assert scene["exact"]["bands"][b] == values[1].tolist()
    assert scene["exact"]["norms"] == [lstm.frames[1].norms[s].tolist() for s in ("c", "h")]
    assert len(scene["says"]) == len(scene["counts"]) == len(scene["answers"]) == len(scene["steps"]) == 3
    for frame, said in zip(lstm.frames, scene["answers"], strict=True):
        assert said["value"] == frame.output.argmax(1).tolist() and said["right"] == frame.right.tolist()
        for text, is_right, can in zip(said["text"], said["right"], wanted(lstm), strict=True):
            assert not is_right or text in can.split("/")
    assert "".join(labels(lstm)) == "".join(TASKS["reber"].symbols[k] for k in lstm.example.tokens[:, 0])
    low, high = scene["norms"]["low"], scene["norms"]["high"]
    sizes = np.concatenate([frame.norms[s] for frame in lstm.frames for s in ("c", "h")])
    assert low <= np.log10(sizes[sizes > 0].min()) and np.log10(sizes.max()) <= high and low < high


@pytest.mark.parametrize("task", TASKS)
def test_a_scene_of_every_task_is_plain_json(task):
    settings, records = trained("gru", task, 2, H=3)
    found = film(settings, records)
    scene = film_scene(found, (), 0, frames(found, words("ko")), words("ko"))
    json.dumps(scene, allow_nan=False)
    assert len(scene["wanted"]) == len(scene["asked"]) == len(scene["answers"][0]["text"]) == found.asked.sum()
    assert bool(scene["inputs"]) != bool(scene["labels"])


def test_a_large_net_is_sent_in_few_frames_and_units():
    settings, records = trained("rnn", "adding", 2, H=40, length=100)
    many = [records[0]] + [replace(records[1], step=2 + k) for k in range(20)]
    scene = film_scene(film(settings, many), ("h",), 0, [""] * 99, words("en"))
    assert FEWEST_FRAMES <= len(scene["steps"]) < 20
    assert scene["T"] * scene["units"] * len(scene["steps"]) < MOST_NUMBERS
    assert len(scene["exact"]["bands"][0]) == scene["units"] == 32 and scene["steps"][-1] == 21


def test_its_place_is_in_the_link():
    values = {f.name: f.default for f in FIELDS} | {"lane": "gru", "shown": ("z", "h"), "snapshot": 40, "example": 3}
    query = to_text(FIELDS, values)
    assert from_text(FIELDS, query) == (values, [])
    assert from_text(FIELDS, {"snapshot": "-2"})[1] and from_text(FIELDS, {"example": "1000"})[1]


# --- what it tells


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_has_its_sentences(cell, lang):
    settings, records = trained(cell, "counting", 2)
    found = film(settings, records)
    first, now = frames(found, words(lang))
    assert first and now and "{" not in first + now and "(는)" not in first + now
    gate = found.frames[1].gate.mean
    assert (f"{gate:.2f}" in now) or filmed(settings.cell) != "f"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_the_gradient_is_largest(lang):
    say, found = words(lang), film(*trained(task="adding", count=1))
    rising = np.linspace(0.25, 1, found.T)
    for sizes, said in ((rising, say("filmed.gradient", share="0.25", at=found.T)),
                        (rising[::-1], say("filmed.gradient_first"))):
        [text] = frames(replace(found, frames=[replace(found.frames[0], norms={"h": sizes})]), say)
        assert text.endswith(said)


def test_sentences_of_nets_that_do_nothing():
    say = words("en")
    settings, records = trained(count=1)
    dead = replace(records[0], params={name: 0 * values for name, values in records[0].params.items()})
    found = film(settings, [dead])
    assert say("filmed.no_gradient") in frames(found, say)[0]
    assert say("filmed.unwritten", state=say("node.c")) in frames(found, say)[0]
    open_ = dead.params | {"b_f": np.full(4, 800.0), "b_c": np.ones(4)}
    found = film(settings, [replace(dead, params=open_)])
    assert say("filmed.in_units", count=4, of=4) in frames(found, say)[0]  # of which none holds longer than the others
    assert say("filmed.for_ever") in frames(found, say)[0] and "100 %" in frames(found, say)[0]
    shut = dead.params | {"b_f": np.full(4, -800.0), "b_c": np.ones(4)}
    found = film(settings, [dead, replace(dead, step=1, params=shut)])
    assert "0.00 on average" in frames(found, say)[1] and "after 1 step " in frames(found, say)[1]


def test_a_cell_that_carries_no_h_has_a_film_too():
    cell = Cell("own", "c = c_prev + W_c @ x + b_c\nh = tanh(c)")
    settings = Settings(cell, TASKS["adding"], H=2, B=2)
    found = film(settings, list(itertools.islice(train(settings, every=1), 2)))
    assert found.frames[1].norms.keys() == {"c"}
    for lang in LANGUAGES:
        assert all(frames(found, words(lang)))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("task", ["reber", "adding"])
@pytest.mark.parametrize("most", [1e12, 1e305, 1e308])
def test_a_net_that_diverged_has_a_film_too(most, task):
    settings, records = trained(task=task, count=1)
    wild = {name: np.where(values > 0, most, -most) for name, values in records[0].params.items()}
    found = film(settings, [*records, replace(records[0], step=1, params=wild, diverged=True)])
    scene = film_scene(found, (), 1, frames(found, words("en")), words("en"))
    json.dumps(scene, allow_nan=False)


def test_what_did_not_move_is_said_to_be_the_same():
    settings, records = trained("clockwork", "counting", 2)
    found = film(settings, records)
    assert "has not changed it" in frames(found, words("en"))[1]
    settings, records = trained("lstm1997", "counting", 2)
    assert "no forget gate" in frames(film(settings, records), words("en"))[1]


def test_the_script_asks_for_what_is_sent_and_for_words_that_are_there(lstm):
    script = (ASSETS / "diagram" / "film.js").read_text(encoding="utf-8")
    scene = film_scene(lstm, (), 0, frames(lstm, words("en")), words("en"))
    asked = set(re.findall(r"\bdata\.(\w+)", script))
    for group in re.findall(r"\{((?:[^{}]|\{[^{}]*\})*)\} = this\.data\b", script):
        asked |= {part.split(":")[0].strip() for part in re.sub(r"\{[^{}]*\}", "", group).split(",")}
    assert len(asked) > 15 and asked <= scene.keys() | {"echo", "listens"}
    for lang in ("en", "ko"):
        assert set(re.findall(r"\bwords\.(\w+)", script)) | {"svg", "png"} == words(lang).under("film").keys()
