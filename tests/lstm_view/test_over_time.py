import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from lstm_core import CELLS, forward, step
from lstm_core.analysis import spectral_radius
from lstm_view.fields import from_text, to_text
from lstm_view.incoming import starts
from lstm_view.incoming.sequences import KINDS, MOST, MOST_INPUTS, MOST_TEXT, MOST_UNITS
from lstm_view.numbers.addresses import MAX_VALUE, clampable, masked
from lstm_view.numbers.over_time import (
    DEFAULTS,
    NUMBERS,
    PARTS,
    SEQUENCE,
    SETUP,
    VIEWS,
    _compute,
    change,
    clamped,
    compute,
    fit,
    fit_setup,
    incoming,
    is_seeded,
    main_nodes,
    moment,
    observable,
    parameters,
    radii,
    run,
    seen,
    steps,
)
from lstm_view.packed import pack, pack_numbers
from lstm_view.telling import narrate_over_time
from lstm_view.words import words

EN = words("en")
every_cell = pytest.mark.parametrize("cell", CELLS)


def at(**given):
    return fit(DEFAULTS | given)[0]


def rows(T, D, size=1.0):
    return tuple(map(tuple, np.random.default_rng(T + D).uniform(-size, size, (T, D)).round(4).tolist()))


def link(**values):
    """Values -> what their link says, and what of it is left out."""
    found, ignored = from_text(SEQUENCE, values)
    found, left_out = fit(found)
    return found, ignored + left_out


# --- fields


tables = some.builds(lambda T, D, size: pack_numbers(np.array(rows(T, D, size))),
                     some.integers(1, MOST), some.integers(1, MOST_INPUTS), some.sampled_from([0.0, 1.0, 1e6]))
addresses = some.sampled_from(
    ["x.0.0", "x.3.1", "x.127.5", "x.0", "W_f.0.0", "U_o.2.1", "b_f.0", "b_f.15", "R_n.2.0", "W_z.1.1", "U_h.0.0",
     "p_f.0", "U_fi.0.2", "c.0", "", "x.00.0", "f.*@0-3", "f.1@2-2", "z.*@0-127", "c_tilde.0@1-9", "n.*@0-1",
     "r.0@3-2", "h.*@0-1", "f.*@0-3.5", "f.*@²-3", "f.-1@0-1", "f.*@" + "9" * 5000 + "-1", "<b>", "tick.0@0-1"])
edits = some.dictionaries(addresses, some.sampled_from([0.0, 1.0, -0.5, 2.0, 1e6, -1e6, 1e7, float("nan")]), max_size=4)
asked = some.fixed_dictionaries({}, optional={
    "cell": some.sampled_from([*CELLS, "elman"]), "input": some.sampled_from([*KINDS, ""]),
    "T": some.sampled_from(["1", "2", "3", "24", "104", "128", "129", "1e3"]),
    "D": some.sampled_from(["0", "1", "2", "6", "7"]), "H": some.sampled_from(["1", "3", "7", "16", "17"]),
    "seed": some.sampled_from(["0", "7", "1000000", "-1", "9" * 5000]),
    "text": some.sampled_from([*map(pack, ["one", "one two", "안녕 😀 <b>$x$</b>", "w " * 300]), "~AAAA", "é"]),
    "own": tables | some.sampled_from(["", "1.1.001.", "2.2.001.eNpj"]),
    "columns": some.sampled_from([*map(pack, ["a\t0\t1", "a\t1.5\t2\nb\t0\t1", "a\tnan\t1", "a\t0\tinf"]), "a", "~"]),
    "weights": some.sampled_from(["named", "random", "<"]), "bias": some.sampled_from(["-10", "0.5", "11", "nan"]),
    "scale": some.sampled_from(["0", "0.5", "4", "4.01", "inf"]),
    "edit": edits.map(lambda e: ",".join(f"{k}:{v}" for k, v in e.items())),
    "what": edits.map(lambda e: ",".join(f"{k}:{v}" for k, v in e.items())),
    "clamp": edits.map(lambda e: ",".join(f"{k}:{v}" for k, v in e.items())),
    "t": some.sampled_from(["0", "23", "127", "128"]), "unit": some.sampled_from(["0", "2", "15", "16"]),
    "nodes": some.sampled_from(["", "f", "h,h", "c,zz", "tick,n", "f.pre.0,h", "," * 99]),
    "view": some.sampled_from([*VIEWS, "both"]), "part": some.sampled_from([*PARTS, "x"]),
})


@settings(deadline=None, max_examples=120)
@given(asked)
def test_any_link_becomes_values_that_stand(query):
    values, _ = link(**query)
    assert fit(values) == (values, [])  # what was mended stays mended
    again, ignored = from_text(SEQUENCE, to_text(SEQUENCE, values))
    assert (again, ignored) == (values, [])
    found = compute(values)
    assert steps(values) == found.T and 2 <= found.T <= MOST
    assert values["D"] == found.D and values["H"] == found.H
    assert values["t"] < found.T and values["unit"] < found.H
    for name in observable(found.cell):
        assert found.values[name].shape == (found.T, found.H) and np.isfinite(found.values[name]).all()
    assert (found.other is not None) == bool(values["what"] or values["clamp"])
    assert narrate_over_time.unit(found, values["unit"], EN)


@settings(deadline=None, max_examples=60)
@given(asked, asked)
def test_whatever_is_changed_stands_too(query, changes):
    before, _ = link(**query)
    new, _ = from_text(SEQUENCE, changes)
    values = change(before, **{name: new[name] for name in changes.keys() & DEFAULTS.keys()})
    assert fit(values) == (values, [])
    compute(values)


def test_own_numbers_and_columns_come_back():
    own, columns = rows(MOST, MOST_INPUTS, 1e6), tuple((f"{k}" * 40, -1e300, 1e-300) for k in range(MOST_INPUTS))
    values = at(input="own", own=own, columns=columns)
    assert (values["T"], values["D"], values["weights"]) == (MOST, MOST_INPUTS, "random")
    query = to_text(SEQUENCE, values)
    assert sum(map(len, query.values())) < 9000
    assert link(**query) == (values, [])
    assert incoming(values).names == tuple(name for name, *_ in columns)
    np.testing.assert_array_equal(incoming(values).x, own)


@pytest.mark.parametrize("text", ["a b", "R&B = 50% + 1 #x", "😀 " * 100, "가 나" * 60, "~ ~", "<b>a</b> $x$ `c`"])
def test_a_text_comes_back(text):
    values = at(input="sentence", text=text)
    assert values["input"] == "sentence" and link(**to_text(SEQUENCE, values)) == (values, [])


@pytest.mark.parametrize("query", [
    {"own": pack_numbers(np.ones((1, 2))), "input": "own"},  # one row
    {"own": pack_numbers(np.ones((MOST, MOST_INPUTS))) + "A" * 60_000, "input": "own"},
    {"text": pack("one"), "input": "sentence"}, {"text": pack("w " * (MOST + 1)), "input": "sentence"},
    {"text": pack("a b" + " " * MOST_TEXT), "input": "sentence"}, {"text": "~" + "A" * 60_000, "input": "sentence"},
])
def test_what_is_no_input_is_left_out_and_named(query):
    values, left_out = link(**query)
    assert values["input"] == "steps" and not values["text"] and not values["own"]
    assert [item.partition("=")[0] for item in left_out] == [next(iter(query)), "input"]


@pytest.mark.parametrize("text", [
    pack("\n".join(["a\t0\t1"] * (MOST_INPUTS + 1))), pack("a\tnan\t1"), pack("a\t0\tinf"), pack("a\t0"),
    "~" + "A" * 9999, pack("a" * 2000 + "\t0\t1"),
])
def test_columns_that_make_no_sense(text):
    own = pack_numbers(np.array(rows(3, 1)))
    values, left_out = link(input="own", own=own, columns=text)
    assert values["columns"] == () and len(left_out) == 1
    assert values["input"] == "own"


def test_columns_of_another_width_are_dropped_and_names_are_harmless():
    own = pack_numbers(np.array(rows(3, 2)))
    assert link(input="own", own=own, columns=pack("a\t0\t1"))[0]["columns"] == ()
    values, _ = link(input="own", own=own, columns=pack("`<b>\u202ex\t0\t1\n" + "y" * 60 + "\t0\t1"))
    assert [name for name, *_ in values["columns"]] == ["<b>x", "y" * 39 + "…"]


def test_the_fields_of_the_other_pages_are_among_these():
    assert {f.name for f in SETUP} < DEFAULTS.keys() and set(NUMBERS) < DEFAULTS.keys()
    ours = {f.name: f.read for f in SEQUENCE}
    assert all(ours[f.name] is f.read for f in SETUP if f.name != "weights")


# --- values that fit one another


def test_named_weights_are_for_a_state_c_two_inputs_and_three_units():
    assert at()["weights"] == "named"
    assert at(H=4)["weights"] == at(D=1)["weights"] == at(cell="gru")["weights"] == "random"
    assert fit_setup(DEFAULTS, ("lstm", "gru"))[0]["weights"] == "random"
    assert change(at(), H=5)["weights"] == "random"
    back = change(at(H=5, D=4), weights="named")
    assert (back["D"], back["H"], back["weights"]) == (2, 3, "named")
    own = change(at(input="own", own=rows(5, 3)), weights="named")
    assert (own["input"], own["weights"], own["D"]) == ("steps", "named", 2)  # three columns have no named weights
    assert change(at(input="own", own=rows(5, 2), weights="random"), weights="named")["input"] == "own"


def test_a_real_series_is_as_long_as_it_is():
    assert steps(at(input="series", T=128)) == at(input="series", T=128)["T"] == starts.LAST_WEEK + 1


def test_edits_go_where_their_weights_go():
    edited = at(edit={"W_f.0.0": 2.0}, what={"b_i.0": 1.0, "x.3.0": 5.0}, clamp={"f.*@0-3": 0.0})
    own = {"input": "own", "own": rows(9, 1)}  # of a width that named weights cannot have
    for changes in ({"seed": 1}, {"weights": "random"}, {"cell": "cifg"}, {"H": 4}, own):
        now = change(edited, **changes)
        assert (now["edit"], now["what"], now["clamp"]) == ({}, {}, {}), changes
    assert change(edited, T=12)["edit"] == edited["edit"]
    assert change(edited, T=3)["clamp"] == {}  # it has no fourth step
    assert change(edited, input="sine")["what"] == {"b_i.0": 1.0}
    assert change(at(edit={"b_f.0": 9.0, "b_i.1": 2.0}, what={"b_f.1": 0.0}), bias=3.0)["edit"] == {"b_i.1": 2.0}
    assert change(edited, cell="gru")["nodes"] == ()


def test_without_a_what_if_there_is_one_view():
    assert at(view="difference")["view"] == "true"
    assert at(view="difference", clamp={"f.*@0-1": 0.0})["view"] == "difference"


@pytest.mark.parametrize(("address", "found"), [
    ("f.*@0-3", ("f", range(3), 0, 3)), ("c_tilde.2@11-11", ("c_tilde", range(2, 3), 11, 11)),
])
def test_what_a_clamp_forces(address, found):
    assert clamped(address, 3) == found


@pytest.mark.parametrize("address", [
    "f", "f.0", "f.0@", "f.0@1", "f.0@1-", "f.3@0-1", "f.-1@0-1", "f.*@-1-2", "f.*@01-2", "f.*@1-1000", "f.*@١-٣",
    "@0-1"])
def test_a_clamp_that_makes_no_sense(address):
    assert not clamped(address, 3)[1]
    assert at(clamp={address: 0.0})["clamp"] == {}


def test_a_clamp_keeps_to_gates_and_candidates_their_range_and_the_steps():
    cell = CELLS["lstm"]
    good = {f"{node}.*@0-23": 0.5 for node in clampable(cell)} | {"c_tilde.0@2-3": -1.0}
    assert at(clamp=good)["clamp"] == good
    for address, value in (
            ("f.0@0-1", -0.1), ("f.0@0-1", 1.1), ("c_tilde.0@0-1", -1.1), ("c.0@0-1", 0.0), ("h.0@0-1", 0.0),
            ("f.0@0-24", 0.0), ("f.0@3-2", 0.0), ("f.0@0-1", float("nan")), ("f.pre.0@0-1", 0.0)):
        assert link(clamp=f"{address}:{value}")[1] == [f"clamp={address}"]


def test_a_what_if_keeps_to_weights_and_inputs():
    good = {"x.23.1": MAX_VALUE, "W_f.2.1": -1.0, "b_o.0": 0.5}
    assert at(what=good)["what"] == good
    for address in ("x.24.0", "x.0.2", "x.0", "W_f.3.0", "h_prev.0", "c.0", "tick.0"):
        assert at(what={address: 1.0})["what"] == {}
    clock = {"cell": "clockwork", "weights": "random"}
    assert at(**clock, what={masked(CELLS["clockwork"], 3)[0]: 1.0})["what"] == {}


# --- numbers


@every_cell
def test_a_run_is_the_cores(cell):
    values, cell = at(cell=cell, weights="random", input="sine", T=9, D=4, H=5, seed=11), CELLS[cell]
    found, params = compute(values), parameters(cell, values)
    trace = forward(cell, params, incoming(values).x[:, None])
    for name, array in found.values.items():
        np.testing.assert_array_equal(array, trace[name][:, 0])
    assert found.values.keys() == {"x", *cell.inputs, *cell.node, *(f"{s}_prev" for s in cell.state)}
    assert found.other is found.clamp is None
    assert all((seen(found, name, view) == found.values[name]).all() for name in found.values for view in VIEWS)


@pytest.mark.parametrize("weights", ["random", "named", "adding"])
def test_a_forget_bias_is_more_of_what_is_kept(weights):
    for cell in ("mgu",) if weights == "random" else ("lstm",):
        told = parameters(CELLS[cell], fit(at(cell=cell, weights=weights, bias=2.5, D=2, H=3))[0])
        assert (told["b_f"] == {"mgu": -2.5, "lstm": 2.5}[cell]).all()


def test_the_parameters_are_scaled_then_edited():
    values = at(weights="random", H=4, seed=5, bias=2.5, scale=0.5, edit={"U_f.0.1": 9.0})
    cell = CELLS["lstm"]
    plain, scaled = parameters(cell, values | {"scale": 1.0, "edit": {}}), parameters(cell, values)
    assert (plain["b_f"] == 2.5).all()
    for name, array in plain.items():
        want = array * (0.5 if name.startswith("U_") else 1)
        if name == "U_f":
            want = want.copy()
            want[0, 1] = 9.0
        np.testing.assert_array_equal(scaled[name], want)
    assert parameters(cell, values | {"edit": {}}, H=7)["U_f"].shape == (7, 7)


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn", "clockwork", "fgr"])
def test_the_radii(cell):
    params = parameters(CELLS[cell], at(cell=cell, weights="random", H=6))
    found = radii(CELLS[cell], params)
    assert found.keys() == {name for name in params if name[:2] in ("U_", "R_")}
    for name, radius in found.items():
        assert radius == spectral_radius(params[name]) == pytest.approx(np.abs(np.linalg.eigvals(params[name])).max())
    scaled = radii(CELLS[cell], parameters(CELLS[cell], at(cell=cell, weights="random", H=6, scale=3.0)))
    assert scaled == pytest.approx({name: 3 * radius for name, radius in found.items()})


@every_cell
def test_a_what_if_is_the_cores_own_run_with_other_arrays(cell):
    values = at(cell=cell, weights="random", input="steps", T=12, D=3, H=4)
    weight = next(name for name in CELLS[cell].parameters if name.startswith("W_"))
    found = compute(values | {"what": {f"{weight}.1.2": 1.5, "x.4.0": -2.0}})
    params, x = parameters(CELLS[cell], values), incoming(values).x.copy()
    params[weight][1, 2], x[4, 0] = 1.5, -2.0
    trace = forward(CELLS[cell], params, x[:, None])
    for name, array in found.other.items():
        np.testing.assert_array_equal(array, trace[name][:, 0])
        np.testing.assert_array_equal(seen(found, name, "what"), array)
        np.testing.assert_array_equal(seen(found, name, "difference"), array - found.values[name])
    np.testing.assert_array_equal(found.other_params[weight], params[weight])
    true = compute(values)
    assert all((found.values[name] == true.values[name]).all() for name in true.values)
    assert compute(values, {"x.4.0": 0.25}).other["x"][4, 0] == 0.25  # and while it is being dragged


def by_hand(cell, params, x, clamp):
    """A run with forced nodes, one step of the core after the other."""
    H = len(next(iter(params.values())))
    env = {s: np.zeros(H) for s in cell.state}
    for t, now in enumerate(x):
        ticks = {"tick": (t % cell.unit_periods(H) == 0) * 1.0} if "tick" in cell.inputs else {}
        env = step(cell, params, {"x": now} | {f"{s}_prev": env[s] for s in cell.state} | ticks,
                   {node: held[t] for node, held in clamp.items()})
        yield env


@pytest.mark.parametrize("cell", [name for name in CELLS if clampable(CELLS[name])])
def test_a_clamp_is_stepping_by_hand(cell):
    nodes = clampable(CELLS[cell])
    first, last = nodes[0], nodes[-1]
    values = at(cell=cell, weights="random", input="sine", T=10, D=2, H=4, what={"x.7.0": 1.0},
                clamp={f"{first}.*@2-4": 0.5, f"{last}.1@4-8": 0.25, f"{last}.1@8-8": 0.75})
    found = compute(values)
    clamp = {node: np.full((10, 4), np.nan) for node in nodes}
    clamp[first][2:5] = 0.5
    clamp[last][4:9, 1] = 0.25
    clamp[last][8, 1] = 0.75
    params, x = parameters(CELLS[cell], values), incoming(values).x.copy()
    x[7, 0] = 1.0
    for t, env in enumerate(by_hand(CELLS[cell], params, x, clamp)):
        for name in (*CELLS[cell].node, *(f"{s}_prev" for s in CELLS[cell].state)):
            np.testing.assert_allclose(found.other[name][t], env[name], rtol=1e-12, atol=1e-14)
    for node, held in found.clamp.items():
        np.testing.assert_array_equal(held, clamp[node])
        assert (found.other[node][~np.isnan(held)] == held[~np.isnan(held)]).all()


@every_cell
def test_what_a_what_if_leaves_alone_is_the_same_to_the_last_digit(cell):
    """Else every number of the page would stand there twice, and the two runs would part where nothing happened."""
    values = at(cell=cell, weights="random", input="sine", T=20, D=5, H=16)
    forced = [{"clamp": {f"{node}.*@9-11": 0.5}} for node in clampable(CELLS[cell])[:1]]
    for what_if in ({"what": {"x.9.0": 3.0}}, {"what": {"x.9.0": 900.0}}, *forced):  # 900: a tanh next to 1 there
        found = compute(at(**values | what_if))
        for name, array in found.other.items():
            np.testing.assert_array_equal(array[:9], found.values[name][:9])
        assert any((found.other[name][9:] != found.values[name][9:]).any() for name in found.other)


@every_cell
def test_a_moment_is_a_step_of_the_run(cell):
    values = at(cell=cell, weights="random", input="steps", T=9, D=3, H=4, what={"x.2.0": 1.0},
                clamp={f"{node}.1@3-5": 0.5 for node in clampable(CELLS[cell])})
    found = compute(values)
    for t in (0, 4, 8):
        here = moment(found, t)
        for name in found.values:
            np.testing.assert_array_equal(here.env[name], found.values[name][t])
            np.testing.assert_array_equal(here.forced[name], found.other[name][t])
        assert here.inputs.keys() == {"x", *(f"{s}_prev" for s in CELLS[cell].state), *CELLS[cell].inputs}
        assert here.clamp.keys() == (set(clampable(CELLS[cell])) if t == 4 else set())
        env = step(CELLS[cell], here.params, here.inputs)
        assert all(np.allclose(env[name], here.env[name], rtol=0, atol=1e-12) for name in CELLS[cell].node)
    assert moment(compute(at(cell=cell)), 0).forced is None


def test_the_longest_and_largest():
    found = compute(at(input="sine", T=MOST, D=MOST_INPUTS, H=MOST_UNITS, weights="random"))
    assert found.values["h"].shape == (MOST, MOST_UNITS) and found.values["x"].shape == (MOST, MOST_INPUTS)
    own = compute(at(input="own", own=rows(MOST, MOST_INPUTS, 1e6), H=MOST_UNITS))
    assert all(np.isfinite(array).all() for array in own.values.values())


def test_what_is_kept_for_others_gives_equal_numbers_and_cannot_be_written_over():
    values = at(input="series", T=30, D=3, H=5, weights="random", what={"W_f.0.0": 2.0}, clamp={"i.0@3-9": 1.0})
    kept = compute(values)
    assert compute(dict(values)) is kept  # asked for again by another part of the page
    assert compute(values | {"t": 7, "unit": 2, "view": "what", "part": "take", "nodes": ("f",)}) is kept
    before = {name: array.copy() for name, array in kept.values.items()}
    with pytest.raises(ValueError, match="read-only"):
        kept.sequence.x[0, 0] = 9
    for changes in ({"what": {}, "clamp": {}}, {"edit": {"W_f.0.0": -3.0}}, {"seed": 4}):
        assert compute(at(**values | changes)) is not kept
    _compute.cache_clear()
    again = compute(values)
    assert again is not kept
    for name, array in again.values.items():
        np.testing.assert_array_equal(array, before[name])
        np.testing.assert_array_equal(array, kept.values[name])
        np.testing.assert_array_equal(again.other[name], kept.other[name])


def test_a_run_needs_no_page():
    found = run(CELLS["gru"], parameters(CELLS["gru"], at(cell="gru", H=2)), incoming(at()))
    assert found.T == 24 and found.H == 2
    assert main_nodes(found.cell) == ("r", "z", "n", "h")
    assert observable(CELLS["clockwork"])[0] == "tick"


@pytest.mark.parametrize(("chosen", "seeded"), [
    ({"input": "steps"}, True), ({"input": "impulse", "D": 2}, False), ({"input": "impulse", "D": 3}, None),
    ({"input": "series"}, False), ({"input": "own", "own": ((1.0,), (2.0,))}, False),
    ({"input": "sentence", "text": "one two three"}, True)])
def test_a_seed_is_offered_where_it_changes_what_comes_in(chosen, seeded):
    values = fit(DEFAULTS | chosen)[0]
    inputs = {incoming(values | {"seed": seed}).x.tobytes() for seed in range(4)}
    assert is_seeded(values) == (len(inputs) > 1) and seeded in (None, is_seeded(values))
