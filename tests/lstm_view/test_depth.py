import numpy as np
import pytest

from lstm_core import compose, step
from lstm_core.counts import multiply_adds, parameter_count
from lstm_core.reading import step_vjp
from lstm_view.numbers import over_time
from lstm_view.numbers.depth import (
    FEWEST_LAYERS,
    MOST_LAYERS,
    NETS,
    along,
    compute,
    costs,
    from_below,
    influence,
    moment,
    net_of,
    parameters,
    restless,
    shown,
)
from lstm_view.numbers.over_time import DEFAULTS, incoming
from lstm_view.telling import narrate_depth
from lstm_view.text.numbers import percent, ratio
from lstm_view.words import LANGUAGES, words

nets = pytest.mark.parametrize("name", NETS)


def values(name="stacked", layers=3, **more):
    setup = {f.name: DEFAULTS[f.name] for f in over_time.SETUP}
    return setup | {"weights": "random", "net": name, "layers": layers, "T": 7, "H": 4, "D": 3, "seed": 3} | more


@nets
@pytest.mark.parametrize("layers", [FEWEST_LAYERS, MOST_LAYERS])
def test_every_nodes_step_is_the_cores_and_the_traces(name, layers):
    found = compute(values(name, layers))
    assert len(found.layers) == layers and found.net == net_of(name, layers) and (found.T, found.H) == (7, 4)
    for k, run in enumerate(found.layers):
        below = found.trace[found.first + k - 1] if found.first + k else None
        for t in range(found.T):
            here = moment(found, k, t)
            assert here.cell == run.cell == found.net[found.first + k]
            assert set(here.inputs) == {i for i in here.cell.readers if i == "x" or i.endswith(("_prev", "_below"))}
            env = step(here.cell, here.params, {"x": run.sequence.x[t]} | here.inputs)
            for node in (*here.cell.node, *here.inputs):
                np.testing.assert_allclose(here.env[node], env[node], rtol=1e-12, atol=1e-14)
                assert (here.env[node] == found.trace[found.first + k][node][t, 0]).all()
            for s in here.cell.state:
                before = run.values[s][t - 1] if t else np.zeros(4)
                assert (here.inputs[f"{s}_prev"] == before).all()
            for s in here.cell.below:
                assert (here.inputs[f"{s}_below"] == below[s][t, 0]).all()
            if "x" in here.inputs:
                assert (here.inputs["x"] == (found.sequence.x[t] if below is None else below["h"][t, 0])).all()


@nets
def test_parameters_are_drawn_scaled_and_told_to_keep(name):
    net = net_of(name, 3)
    drawn = compose.init_params(net, 3, 4, 3)
    told = parameters(net, values(name, scale=2.0, bias=1.5))
    for cell, ours, theirs, as_drawn in zip(net, told, drawn, parameters(net, values(name)), strict=True):
        assert list(ours) == list(theirs) == list(cell.parameters)
        for key in ours:
            wanted = theirs[key] * 2 if key[0] == "U" else np.full(4, 1.5) if key[:3] == "b_f" else theirs[key]
            assert (ours[key] == wanted).all() and (as_drawn[key] == theirs[key]).all()
    assert all("b_f" in own or {"b_f1", "b_f2"} <= own.keys() for own in told[1:])


@nets
def test_influence_is_how_much_the_end_changes(name):
    found, tiny = compute(values(name)), 1e-6
    of_x, *of_layers = influence(found)
    x, slopes = incoming(values(name)).x, np.zeros((7, 3, 4))
    for at in np.ndindex(7, 3):
        ends = []
        for sign in (1, -1):
            moved = x.copy()
            moved[at] += sign * tiny
            ends.append(compose.stack(found.net, found.params, moved[:, None])["h"][-1, 0])
        slopes[at] = (ends[0] - ends[1]) / (2 * tiny)
    np.testing.assert_allclose(of_x, np.linalg.norm(slopes, axis=(1, 2)), rtol=1e-4, atol=1e-9)
    assert of_layers[-1][-1] == pytest.approx(2)  # the norm of I, for four units
    env = moment(found, 2, 6).env | {"x": found.layers[2].values["x"][6]}
    rows = [step_vjp(found.net[-1], env, {"h": row})["h_below" if name == "grid" else "x"] for row in np.eye(4)]
    assert of_layers[1][-1] == pytest.approx(np.linalg.norm(rows))
    assert len(of_layers) == 3 and all(curve.shape == (7,) and np.isfinite(curve).all() for curve in of_layers)


def test_what_changes_is_told_from_what_rests():
    assert restless(np.ones((5, 2))) == restless(np.zeros((5, 2))) == 0
    assert restless(np.array([[3.0, 4], [-3, -4]] * 4)) == pytest.approx(2)
    found = compute(values("depth_gated"))
    run = found.layers[1]
    f, i, d = (run.values[gate] for gate in "fid")
    parts = [np.abs(part).sum() for part in (
        f * run.values["c_prev"], i * run.values["c_tilde"], d * found.layers[0].values["c"])]
    assert from_below(run) == pytest.approx(parts[2] / sum(parts))


@nets
def test_costs_are_the_nets(name):
    found = compute(values(name))
    rows = costs(found)
    assert [cell for cell, *_ in rows] == list(found.net) and [size for _, size, *_ in rows] == [3, 4, 4, 4][:len(rows)]
    assert sum(row[2] for row in rows) == parameter_count(found.net, 3, 4)
    assert sum(row[3] for row in rows) == multiply_adds(found.net, 3, 4)
    assert [sum(p.size for p in own.values()) for own in found.params] == [row[2] for row in rows]


@nets
def test_what_is_shown_is_there(name):
    found = compute(values(name))
    for k, run in enumerate(found.layers):
        assert {node for nodes in along(name).values() for node in nodes} <= set(shown(name, k)) <= set(run.cell.node)
    assert ("d" in shown(name, 1), "d" in shown(name, 0)) == (name == "depth_gated", False)


def test_the_same_numbers_are_computed_once():
    assert compute(values() | {"t": 1, "layer": 2}) is compute(values() | {"t": 5, "unit": 1})


@nets
def test_what_is_huge_stays_finite(name):
    own = ((1e6, -1e6), (-1e6, 0.0), (1e6, 1e6))
    found = compute(values(name, 4, input="own", own=own, D=2, scale=4.0, bias=10.0))
    assert all(np.isfinite(v).all() for run in found.layers for v in run.values.values())
    assert all(np.isfinite(curve).all() for curve in influence(found))
    for lang in LANGUAGES:
        assert narrate_depth.lattice(found, words(lang)) and narrate_depth.depends(found, words(lang))


# --- the sentences


@pytest.mark.parametrize("lang", LANGUAGES)
@nets
def test_the_sentences_have_the_numbers(name, lang):
    found, say = compute(values(name)), words(lang)
    said = narrate_depth.lattice(found, say)
    assert len(said) == {"stacked": 1, "depth_gated": 3, "grid": 3}[name]
    low, high = (restless(found.layers[k].values["h"]) for k in (0, 2))
    assert percent(low) in said[0] and percent(high) in said[0]
    if name == "depth_gated":
        gates = np.array([run.values["d"] for run in found.layers[1:]])
        assert percent(gates.mean()) in said[1] and percent(gates.max()) in said[1]
        assert percent(from_below(found.layers[2])) in said[2]
    if name == "grid":
        for of, node in ((0, "f_time"), (0, "f")):
            mean = np.mean([run.values[node].mean() for run in found.layers])
            assert percent(mean) in said[1 + of]
    ends = narrate_depth.depends(found, say)
    _, *of_layers = influence(found)
    assert len(ends) == 2 and percent(of_layers[0][-1] / of_layers[-1][-1]) in ends[1]
    assert not any("{" in sentence for sentence in said + ends)


def test_the_pace_is_told_as_it_is():
    say, told = words("en"), set()
    for seed in range(8):
        found = compute(values("grid", 2, seed=seed, scale=4.0, T=24, input="sine"))
        low, high = (restless(run.values["h"]) for run in found.layers)
        times = max(low, high) / min(low, high)
        key = "alike" if times < 1.1 else "slower" if high < low else "faster"
        assert narrate_depth.lattice(found, say)[0].endswith(say(f"depth.{key}", ratio=ratio(times)))
        told.add(key)
    assert told == {"alike", "slower", "faster"}


def test_two_memories_are_told_apart_only_where_they_differ():
    for seed, T, apart in ((1, 24, True), (1, 2, False)):
        found = compute(values("grid", 2, input="sine", T=T, D=1, H=1, seed=seed))
        along, up = (np.mean([restless(run.values[name]) for run in found.layers]) for name in ("c_time", "c"))
        assert (up > along) == apart
        for lang, differ in (("en", "memories differ"), ("ko", "두 기억이 다릅니다")):
            assert (differ in narrate_depth.lattice(found, words(lang))[2]) == apart


def test_an_end_that_depends_on_nothing():
    found = compute(values(input="own", own=((1e6,), (1e6,), (1e6,)), D=1))
    assert not influence(found)[0].any()
    assert narrate_depth.depends(found, words("en")) == [words("en")("depth.nothing", h="h", top=3)]


def test_nothing_at_all_has_a_pace():
    found = compute(values(input="own", own=((1e6,), (1e6,), (1e6,)), D=1, H=1, seed=1))
    assert narrate_depth.lattice(found, words("ko"))
