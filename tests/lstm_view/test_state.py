from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from lstm_core import CELLS
from lstm_view.fields import FOREIGN, Field, from_text, to_text
from lstm_view.incoming import starts
from lstm_view.incoming.sequences import MOST
from lstm_view.numbers.experiment import DEFAULTS, FIELDS, PINNED
from lstm_view.numbers.over_time import SEQUENCE
from lstm_view.state import Memory

sizes = some.integers(starts.SMALLEST, starts.LARGEST)
numbers = some.dictionaries(
    some.from_regex(r"[a-zA-Z_]{1,8}(\.[0-9]){1,3}", fullmatch=True), some.floats(-1e6, 1e6), max_size=5)
MAKERS = {
    "cell": some.sampled_from(list(CELLS)), "start": some.sampled_from(starts.STARTS), "D": sizes, "H": sizes,
    "seed": some.integers(0, 10**6), "week": some.integers(starts.FIRST_WEEK, starts.LAST_WEEK),
    "bias": some.none() | some.floats(-10, 10), "edit": numbers,
    "of": some.text(some.characters(exclude_categories=["Cs"])), "at": some.integers(0, MOST - 1),
}
every_value = some.fixed_dictionaries(MAKERS | {
    "clamp": numbers, "stage": some.text(), "select": some.text(),
    "pin": some.just({}) | some.fixed_dictionaries({name: MAKERS[name] for name in PINNED})})


def through_a_url(query):
    """A query as it comes back from an address."""
    return dict(parse_qsl(urlencode(query), keep_blank_values=True))


@settings(deadline=None)
@given(every_value)
def test_values_come_back_from_the_url_exactly(values):
    back, ignored = from_text(FIELDS, through_a_url(to_text(FIELDS, values)))
    assert ignored == []
    assert back["pin"].keys() == values["pin"].keys()
    for one, other in ((back, values), (back["pin"], values["pin"])):
        assert all(repr(one[k]) == repr(other[k]) for k in other if k != "pin")  # repr: -0.0 is not 0.0


def test_every_field_is_held_by_the_round_trip():
    assert {f.name for f in FIELDS} == MAKERS.keys() | {"clamp", "stage", "select", "pin"}


def test_only_what_is_not_at_its_default_is_written():
    assert to_text(FIELDS, DEFAULTS) == {}
    assert to_text(FIELDS, DEFAULTS | {"H": 5, "edit": {"x.0": 1.0, "W_f.0.1": -0.5}}) == {
        "H": "5", "edit": "x.0:1,W_f.0.1:-0.5"}
    assert from_text(FIELDS, {}) == (DEFAULTS, [])


@pytest.mark.parametrize(("name", "text"), [
    ("cell", "elman"), ("start", ""), ("D", "0"), ("D", "65"), ("H", "2.5"), ("H", ""), ("seed", "-1"),
    ("seed", "1000001"), ("seed", "9" * 5000), ("week", "0"), ("week", "104"), ("bias", "nan"), ("bias", "-inf"),
    ("bias", "1e9"), ("pin", "lstm"),
    ("pin", "cell~elman"), ("pin", "cell~lstm;"), ("pin", "clamp~f.0:1"), ("pin", "pin~cell~lstm"),
    ("pin", "pin~" * 1000 + "cell~lstm"), ("utm_source", "paper"), ("", ""),
])
def test_what_makes_no_sense_is_ignored_and_named(name, text):
    good = {"cell": "gru", "start": "random"} if name != "cell" else {"start": "random"}
    values, ignored = from_text(FIELDS, {name: text} | {k: v for k, v in good.items() if k != name})
    assert ignored == [f"{name}={text}"]
    assert values == DEFAULTS | {k: v for k, v in good.items() if k != name}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_not_ours_is_left_alone(name):
    assert from_text(FIELDS, {name: "anything"}) == (DEFAULTS, [])


@pytest.mark.parametrize("ending", [".", ")", ").", ">", "*", "_", '",', "’"])
def test_what_a_sentence_leaves_at_a_links_end_is_left_out(ending):
    for page, values in ((FIELDS, {"H": 5}), (FIELDS, {"edit": {"x.0": 0.5}}), (FIELDS, {"bias": 1.5}),
                         (SEQUENCE, {"own": ((0.1, 2.0), (0.3, -4.0))}), (SEQUENCE, {"clamp": {"f.*@2-9": 0.0}})):
        values = {field.name: field.default for field in page} | values
        query = parse_qsl(urlencode(to_text(page, values)) + ending)
        assert from_text(page, dict(query)) == (values, [])


def test_a_field_of_ones_own():
    fields = (Field("n", 1, int, hex), Field("word", "", str))
    assert to_text(fields, {"n": 1, "word": ""}) == {}
    assert to_text(fields, {"n": 255, "word": "a"}) == {"n": "0xff", "word": "a"}
    assert from_text(fields, {"n": "ten", "word": "b"}) == ({"n": 1, "word": "b"}, ["n=ten"])


def test_undo_and_redo_walk_the_commits():
    memory = Memory({"n": 0, "m": 0})
    memory.commit(n=1)
    memory.commit(n=2, m=1)
    memory.undo()
    assert memory.values == {"n": 1, "m": 0}
    memory.undo()
    memory.undo()  # nothing is left to undo
    assert memory.values == {"n": 0, "m": 0}
    memory.redo()
    memory.redo()
    memory.redo()
    assert memory.values == {"n": 2, "m": 1}


def test_a_commit_forgets_what_could_be_redone():
    memory = Memory({"n": 0})
    memory.commit(n=1)
    memory.undo()
    memory.commit(n=2)
    memory.redo()
    assert memory.values == {"n": 2}
    memory.undo()
    assert memory.values == {"n": 0}


def test_a_commit_that_changes_nothing_is_not_remembered():
    memory = Memory({"n": 0}, live={"x.0": 1.0}, ignored=["a=b"])
    memory.commit(n=0)
    assert (memory.past, memory.live, memory.ignored) == ([], {}, ["a=b"])


def test_a_commit_ends_the_drag_and_the_notice():
    memory = Memory({"edit": {}}, live={"x.0": 1.0}, ignored=["a=b"])
    memory.commit(edit={"x.0": 1.5})
    assert (memory.values, memory.live, memory.ignored) == ({"edit": {"x.0": 1.5}}, {}, [])


@pytest.mark.parametrize("turn", ["undo", "redo"])
def test_undo_and_redo_end_a_drag(turn):
    memory = Memory({"n": 0})
    memory.commit(n=1)
    if turn == "redo":
        memory.undo()
    memory.live = {"x.0": 1.0}
    getattr(memory, turn)()
    assert memory.live == {}


def test_a_note_is_no_step_of_its_own():
    memory = Memory({"n": 0, "stage": ""})
    memory.commit(n=1)
    memory.note(stage="forget")
    memory.note(stage="update")
    assert memory.values == {"n": 1, "stage": "update"}
    memory.undo()
    assert memory.values["n"] == 0
    assert memory.past == []
    memory.redo()
    assert memory.values["n"] == 1


def test_a_note_keeps_what_could_be_redone():
    memory = Memory({"n": 0, "stage": ""})
    memory.commit(n=1)
    memory.undo()
    memory.note(stage="forget")
    memory.redo()
    assert memory.values["n"] == 1


def test_old_values_are_not_changed_by_new_ones():
    first = {"n": 0}
    memory = Memory(first)
    memory.commit(n=1)
    memory.note(n=2)
    assert first == {"n": 0}
    assert memory.past == [first]


def test_the_past_has_an_end():
    memory = Memory({"n": 0})
    for n in range(1, 301):
        memory.commit(n=n)
    assert 50 <= len(memory.past) <= 200
    memory.undo()
    assert memory.values == {"n": 299}
