import zlib
from base64 import urlsafe_b64encode
from urllib.parse import quote

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from lstm_core import CELLS, step
from lstm_view.diagram.layout import STAGES, family
from lstm_view.fields import from_text, to_text
from lstm_view.incoming import starts
from lstm_view.numbers import over_time
from lstm_view.numbers.addresses import clampable, masked, place
from lstm_view.numbers.experiment import DEFAULTS, FIELDS, MOST_QUERY, PINNED, change, compute, fit, pinned
from lstm_view.parts.sequence_sections import of_step

EVERY = [(cell, start) for cell in CELLS for start in starts.available(CELLS[cell])]
each = pytest.mark.parametrize(("cell", "start"), EVERY)
zoo = pytest.mark.parametrize("cell", CELLS)


def setup(cell, start, D=2, H=3, **more):
    """Values that fit one another."""
    values, left_out = fit(DEFAULTS | {"cell": cell, "start": start, "D": D, "H": H} | more)
    assert left_out == []
    return values


def arrays(experiment):
    return experiment.params | experiment.inputs


def addresses(shapes):
    """Every address there is -> what `place` should find there."""
    return {".".join([name, *map(str, at)]): (name, at) for name, shape in shapes.items() for at in np.ndindex(shape)}


def same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], name)


SHAPES = {"f": (3,), "f.pre": (3,), "f.pre.0": (3,), "W_f": (3, 2), "x": (2,)}


def test_place_finds_every_place():
    for address, found in addresses(SHAPES).items():
        assert place(address, SHAPES) == found


@pytest.mark.parametrize("address", [
    "", ".", "f", "f.", "f.3", "f.-1", "f.01", "f.1.", "f.1 ", "f. 1", "f.+1", "f.1_", "f.²", "f.٣", "f..1", ".f.1",
    "W_f.1", "W_f.0.2", "W_f.0.0.0", "W_f.0,0", "f.pre.3", "g.0", "f.x", "x.1e0", "f.pre.pre.0", "f." + "9" * 5000,
    "<img src=x onerror=alert(1)>", "f.\u0661",
])
def test_place_knows_no_other(address):
    assert place(address, SHAPES) is None


@settings(deadline=None)
@given(some.from_regex(r"(f|W_f|x|f\.pre)?[.0-9٣²\-+ ]{0,8}", fullmatch=True) | some.text())
def test_place_never_takes_what_is_not_an_address(address):
    assert place(address, SHAPES) == addresses(SHAPES).get(address)


@each
def test_compute_is_one_step_of_the_core(cell, start):
    for D, H in [starts.sizes(start)] if starts.sizes(start) else [(1, 1), (3, 5)]:
        experiment = compute(setup(cell, start, D, H, seed=4, week=30))
        params, inputs = starts.setup(start, CELLS[cell], D, H, 4, 30)
        same(experiment.params, params)
        same(experiment.inputs, inputs)
        same(experiment.env, step(CELLS[cell], params, inputs))
        assert (experiment.cell, experiment.D, experiment.H) == (CELLS[cell], D, H)
        assert (experiment.clamp, experiment.forced) == ({}, None)


def test_the_forget_bias_reaches_the_weights():
    assert (compute(setup("lstm", "random", bias=2.5)).params["b_f"] == 2.5).all()


@each
def test_an_edit_changes_one_number(cell, start):
    values = setup(cell, start, *(starts.sizes(start) or (2, 3)))
    plain = compute(values)
    for address in ("x.0", "h_prev.0", next(f"{n}.0.0" for n in plain.params if n[:2] in ("U_", "R_"))):
        edited = compute(values | {"edit": {address: 0.123}})
        name, at = place(address, {k: v.shape for k, v in arrays(plain).items()})
        assert arrays(edited)[name][at] == 0.123
        differing = {n: np.argwhere(v != arrays(plain)[n]).tolist() for n, v in arrays(edited).items()}
        assert {n: d for n, d in differing.items() if d} == {name: [list(at)]}
        same(edited.env, step(CELLS[cell], edited.params, edited.inputs))


def test_what_is_dragged_goes_over_what_was_edited():
    values = setup("lstm", "named", edit={"x.0": 0.25, "x.1": 0.75})
    experiment = compute(values, {"x.0": -1.5, "W_f.2.1": 3.0})
    assert experiment.inputs["x"].tolist() == [-1.5, 0.75]
    assert experiment.params["W_f"][2, 1] == 3
    assert values["edit"] == {"x.0": 0.25, "x.1": 0.75}
    same(compute(values).env, compute(setup("lstm", "named", edit={"x.1": 0.75, "x.0": 0.25})).env)


@zoo
def test_a_clamp_changes_only_the_other_run(cell):
    values = setup(cell, "random")
    plain = compute(values)
    assert "c" not in clampable(CELLS[cell]) and "h" not in clampable(CELLS[cell])
    for name in clampable(CELLS[cell]):
        experiment = compute(values | {"clamp": {f"{name}.1": 0.25, f"{name}.2": -0.5}})
        same(experiment.env, plain.env)
        same(arrays(experiment), arrays(plain))
        held = np.array([np.nan, 0.25, -0.5])
        same(experiment.clamp, {name: held})
        same(experiment.forced, step(CELLS[cell], plain.params, plain.inputs, {name: held}))
        assert experiment.forced[name].tolist() == [plain.env[name][0], 0.25, -0.5]
        assert (experiment.forced["h"] != plain.env["h"]).any()


def test_what_does_not_fit_is_dropped_and_named():
    asked = DEFAULTS | {
        "edit": {"x.0": 1.0, "x.2": 1.0, "W_z.0.0": 1.0, "W_f.0": 1.0, "f.0": 1.0},
        "clamp": {"f.0": 1.0, "f.3": 1.0, "c.0": 1.0, "x.0": 1.0, "z.0": 0.0}, "select": "z.0", "stage": "gates"}
    values, left_out = fit(asked)
    assert values == DEFAULTS | {"edit": {"x.0": 1.0}, "clamp": {"f.0": 1.0}}
    assert left_out == ["edit=x.2", "edit=W_z.0.0", "edit=W_f.0", "edit=f.0", "clamp=f.3", "clamp=c.0", "clamp=x.0",
                        "clamp=z.0", "select=z.0", "stage=gates"]
    assert fit(values) == (values, [])


@zoo
def test_what_fits_stays(cell):
    here = CELLS[cell]
    stage = STAGES[family(here)][1]
    some_param = next(n for n in here.parameters if n.startswith("W_"))
    asked = DEFAULTS | {"cell": cell, "start": "random", "edit": {f"{some_param}.2.1": 1e6}, "stage": stage}
    for shown in ("x.1", "h_prev.2", "h.0", *(f"{n.id}.2" for n in here.nodes)):
        assert fit(asked | {"select": shown}) == (asked | {"select": shown}, [])
    assert fit(asked | {"select": "b_h.0"})[0]["select"] == ""


def test_the_default_start_gives_way_unsaid():
    for asked in ({"cell": "gru"}, {"H": 5}, {"D": 1, "H": 6}):
        assert fit(DEFAULTS | asked) == (DEFAULTS | asked | {"start": "random"}, [])


def test_a_size_that_the_start_does_not_allow_is_named():
    values, left_out = fit(DEFAULTS | {"start": "hand", "H": 5})
    assert (values["start"], values["D"], values["H"]) == ("hand", 1, 1)
    assert left_out == ["H=5"]


def test_a_start_may_fix_the_sizes():
    assert {k: fit(DEFAULTS | {"start": "hand"})[0][k] for k in "DH"} == {"D": 1, "H": 1}
    assert {k: fit(DEFAULTS | {"start": "stocks", "D": 6, "H": 6})[0][k] for k in "DH"} == {"D": 6, "H": 6}


def test_a_pin_is_made_to_fit_too():
    asked = {"cell": "gru", "start": "random", "edit": {"W_f.0.0": 1.0, "W_z.0.0": 2.0}}
    pin = {k: DEFAULTS[k] for k in PINNED} | asked
    values, left_out = fit(DEFAULTS | {"pin": pin})
    assert values == DEFAULTS | {"pin": pin | {"edit": {"W_z.0.0": 2.0}}}
    assert left_out == ["pin: edit=W_f.0.0"]


BUSY = DEFAULTS | {"start": "random", "edit": {"x.0": 1.0, "U_f.0.0": 2.0}, "clamp": {"f.2": 0.0}, "select": "f.2"}


@pytest.mark.parametrize("changes", [{"start": "named"}, {"seed": 3}, {"start": "stocks"}, {"start": "random"}])
def test_another_start_begins_afresh(changes):
    assert change(BUSY, **changes) == BUSY | {"edit": {}, "clamp": {}} | changes


def test_a_start_may_bring_its_sizes():
    assert change(BUSY, start="hand") == DEFAULTS | {"start": "hand", "D": 1, "H": 1}


@pytest.mark.parametrize("changes", [{"bias": 1.5}, {"bias": None}, {"stage": "forget"}, {"D": 6}, {"H": 4}])
def test_other_changes_keep_what_was_done(changes):
    assert change(BUSY, **changes) == BUSY | changes


def test_fewer_units_drop_what_is_gone():
    assert change(BUSY, H=2) == BUSY | {"H": 2, "clamp": {}, "select": ""}


def test_another_cell_keeps_the_edits_it_can_hold():
    assert change(BUSY, cell="gru") == BUSY | {"cell": "gru", "edit": {"x.0": 1.0}, "clamp": {}, "select": ""}


@pytest.mark.parametrize("start", ["hand", "named"])
def test_another_size_than_the_start_allows_is_random(start):
    before = fit(DEFAULTS | {"start": start, "edit": {"x.0": 1.0}, "clamp": {"f.0": 0.0}})[0]
    for name in "DH":
        after = change(before, **{name: before[name] + 1})
        assert after == before | {"start": "random", "edit": {}, "clamp": {}, name: before[name] + 1}


def test_change_leaves_what_it_was_given():
    before = {k: v.copy() if isinstance(v, dict) else v for k, v in BUSY.items()}
    change(BUSY, seed=9, cell="rnn")
    assert before == BUSY
    assert DEFAULTS["edit"] == {}


@zoo
def test_a_pin_keeps_its_numbers_through_the_url(cell):
    then = setup(cell, "random", 4, 2, seed=7, edit={"x.3": 0.1 + 0.2, "h_prev.1": -1e-7})
    now = setup(cell, "random", 1, 1, pin={k: then[k] for k in PINNED})
    back, ignored = from_text(FIELDS, to_text(FIELDS, now))
    assert ignored == [] and fit(back) == (now, [])
    same(pinned(back).env, compute(then).env)
    assert pinned(then) is None


@settings(deadline=None, max_examples=60)
@given(cell=some.sampled_from(list(CELLS)), start=some.sampled_from(starts.STARTS), D=some.integers(1, 6),
       H=some.integers(1, 6), seed=some.integers(0, 10**6), week=some.integers(1, 103),
       bias=some.none() | some.floats(-10, 10), data=some.data())
def test_whatever_is_asked_for_is_computed_and_finite(cell, start, D, H, seed, week, bias, data):
    values, _ = fit(DEFAULTS | {"cell": cell, "start": start, "D": D, "H": H, "seed": seed, "week": week, "bias": bias})
    here, nodes = compute(values), {n: (values["H"],) for n in clampable(CELLS[cell])}
    huge = some.floats(-1e6, 1e6)
    places = addresses({k: v.shape for k, v in arrays(here).items()}).keys() - masked(CELLS[cell], values["H"])
    edit = data.draw(some.dictionaries(some.sampled_from(sorted(places)), huge, max_size=6))
    edit = {a: float(v > 0) if a.startswith("tick") else v for a, v in edit.items()}
    gates = some.sampled_from(sorted(addresses(nodes))) if nodes else some.just("")
    clamp = data.draw(some.dictionaries(gates, some.floats(0, 1), max_size=3 * bool(nodes)))
    asked = values | {"edit": edit, "clamp": clamp}
    assert fit(asked) == (asked, [])
    experiment = compute(asked)
    for run in (experiment.env, experiment.forced or {}):
        assert all(np.isfinite(value).all() for value in run.values())
    for address, value in edit.items():
        name, at = place(address, {k: v.shape for k, v in arrays(here).items()})
        assert arrays(experiment)[name][at] == value


def test_a_unit_whose_clock_is_switched_off_holds_what_it_has():
    values = setup("clockwork", "random", 2, 4)
    plain = compute(values)
    assert plain.inputs["tick"].tolist() == [1, 1, 0, 0]  # periods 1, 2, 4, 8 at step 2
    off, on = compute(values | {"edit": {"tick.0": 0.0}}), compute(values | {"edit": {"tick.3": 1.0}})
    assert off.env["h"][0] == plain.inputs["h_prev"][0] != plain.env["h"][0]
    assert on.env["h"][3] == on.env["n"][3] != plain.env["h"][3] == plain.inputs["h_prev"][3]
    assert (off.env["h"][1:] == plain.env["h"][1:]).all() and (on.env["h"][:3] == plain.env["h"][:3]).all()


def test_a_tick_is_0_or_1_and_what_is_masked_stays_0():
    asked = {"tick.0": 0.0, "tick.1": 0.5, "tick.2": 1.0, "tick.3": 1.0, "R_n.0.2": 3.0, "R_n.2.0": 3.0, "R_n.1.1": 2.0}
    values, left_out = fit(DEFAULTS | {"cell": "clockwork", "start": "random", "edit": asked})
    assert values["edit"] == {"tick.0": 0.0, "tick.2": 1.0, "R_n.0.2": 3.0, "R_n.1.1": 2.0}
    assert left_out == ["edit=tick.1", "edit=tick.3", "edit=R_n.2.0"]
    assert compute(values).params["R_n"][2, 0] == 0
    assert change(values, H=6)["edit"] == values["edit"] | {}  # units 1 and 3 keep their order


def test_masked():
    assert masked(CELLS["clockwork"], 1) == masked(CELLS["lstm"], 3) == []
    assert masked(CELLS["clockwork"], 2) == ["R_n.1.0"]


@pytest.mark.parametrize("text", ["x.1", "x.1:", "x.1:nan", "x.1:1e7", "x.1:1;", "oops", "<img src=x onerror=alert()>"])
def test_a_broken_edit_is_named_and_the_others_stay(text):
    values, ignored = from_text(FIELDS, {"edit": f"x.0:0.5,{text},W_f.0.1:-2", "clamp": "f.0:inf,i.0:1.5,o.0:0.5"})
    values, left_out = fit(values)
    assert values["edit"] == {"x.0": 0.5, "W_f.0.1": -2.0} and values["clamp"] == {"o.0": 0.5}
    assert not ignored and len(left_out) == 3
    assert left_out[0].removeprefix("edit=") in text and left_out[1:] == ["clamp=f.0", "clamp=i.0"]


def test_the_forget_bias_says_what_all_of_it_is():
    values = change(DEFAULTS | {"start": "random", "edit": {"b_f.0": 5.0, "x.0": 1.0}}, bias=3.0)
    assert compute(values).params["b_f"].tolist() == [3.0, 3.0, 3.0] and values["edit"] == {"x.0": 1.0}


# --- a step of a sequence


WHOLE = [
    {"input": "sine", "T": 12, "D": 6, "H": 16, "weights": "random", "seed": 3}, {"input": "series", "T": 104, "D": 3},
    {"input": "sentence", "text": "R&B = 50% + 1; a~b 👩‍👩‍👧 <b> 열쇠"},
    {"edit": {"W_f.0.0": 0.1 + 0.2, "b_o.2": -1e-7}},
    {"input": "own", "own": ((0.5, -1.25, 1e6), (-1e6, 0.0001, 3.0)), "H": 1, "bias": 2.5, "scale": 0.5},
]


def moment(whole, t, **more):
    """A link to step t of a sequence, followed."""
    link = of_step(over_time.fit(over_time.DEFAULTS | whole | {"t": t} | more)[0])
    values, ignored = from_text(FIELDS, link)
    values, left_out = fit(values)
    assert (ignored, left_out) == ([], []) and to_text(FIELDS, values) == link  # else there were no way back to it
    return values


@zoo
@pytest.mark.parametrize("whole", WHOLE, ids=lambda whole: whole.get("input", "edited"))
def test_a_step_of_a_sequence_opens_with_exactly_its_inputs_states_and_weights(cell, whole):
    run = over_time.compute(over_time.fit(over_time.DEFAULTS | whole | {"cell": cell})[0])
    for t in {0, 1, run.T - 1}:
        values = moment(whole, t, cell=cell)
        assert (values["D"], values["H"], values["at"], values["select"]) == (run.D, run.H, t, "h.0")
        here = compute(values)
        for name in here.inputs:
            np.testing.assert_array_equal(here.inputs[name], run.values[name][t])
        for name in here.params:
            np.testing.assert_array_equal(here.params[name], run.params[name])
        for name in run.cell.node:
            np.testing.assert_allclose(here.env[name], run.trace[name][t, 0], rtol=1e-12, atol=1e-12)


def test_what_the_what_if_changes_and_what_is_looked_at_stay_behind():
    asked = {"what": {"x.3.0": 5.0, "W_f.0.0": 1.0}, "clamp": {"f.*@0-9": 0.0}, "nodes": ("f.pre",), "part": "take"}
    same(compute(moment(asked, 4)).env, compute(moment({}, 4)).env)
    assert moment(asked, 4, unit=2) == moment({}, 4, unit=2) | {"select": "h.2"}
    own = ((1.0, 2.0), (3.0, 4.0))
    assert moment({"own": own, "text": "a b"}, 1) == moment({}, 1)  # what does not come in is not in the link


def test_a_moment_can_be_edited_forced_and_pinned():
    values = moment(WHOLE[0], 7)
    edited = change(values, edit={"x.5": 2.0, "c_prev.15": -1.0, "W_f.15.5": 3.0}, clamp={"f.15": 0.0})
    here, there = compute(edited), compute(values)
    assert (here.inputs["x"][5], here.inputs["c_prev"][15], here.params["W_f"][15, 5]) == (2.0, -1.0, 3.0)
    assert here.forced["f"][15] == 0 != here.env["f"][15]
    pin = {name: values[name] for name in PINNED}
    back, ignored = from_text(FIELDS, to_text(FIELDS, edited | {"pin": pin}))
    assert ignored == [] and fit(back) == (edited | {"pin": pin}, [])
    same(pinned(back).env, there.env)
    assert (compute(change(values, bias=3.0)).params["b_f"] == 3).all()


def test_leaving_a_moment_leaves_its_sequence():
    values = moment(WHOLE[0], 7)
    for changes in ({"cell": "gru"}, {"D": 3}, {"H": 5}, {"start": "random"}):
        now = change(values | {"edit": {"x.0": 1.0}}, **changes)
        assert (now["start"], now["of"], now["at"], now["edit"]) == ("random", "", 0, {}), changes
        assert now["H"] <= starts.LARGEST
        compute(now)


@pytest.mark.parametrize("of", [
    "cell=gru", "T=1e9", "own=128.6.404.", "text=%00", "clamp=f.*@0-500:0", "nonsense", "a=b", "input=own", "H=17",
    "edit=c.0:1", "&", "=", "T=9&T", "x" * 19_000, "&".join(["T=9"] * 5000), "text=" + quote("~" + "A" * 9000),
])
def test_a_sequence_that_makes_no_sense_is_left_out_and_said(of):
    values, left_out = fit(DEFAULTS | {"start": "moment", "of": of})
    assert left_out == ["start=moment"]
    assert (values["start"], values["of"], values["at"]) == ("random", "", 0)


def test_what_a_moment_unpacks_is_bounded():
    bomb = "~" + urlsafe_b64encode(zlib.compress(b"0" * 10**7)).decode()
    for of in (bomb, "x" * (MOST_QUERY + 1), "~" + "A" * 10**5):
        assert from_text(FIELDS, {"start": "moment", "of": of})[1] == [f"of={of}"]
    values, _ = fit(DEFAULTS | {"start": "moment", "of": "T=5", "at": 127})
    assert values["at"] == 4  # its last step


def test_where_there_is_no_moment_there_is_no_sequence():
    values, left_out = fit(DEFAULTS | {"start": "hand", "of": "T=5", "at": 3})
    assert (values["of"], values["at"], left_out) == ("", 0, [])
