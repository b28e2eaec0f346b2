import math
import socket

import numpy as np
import pandas as pd
import plotly.data
import pytest

from lstm_core import CELLS, Cell, forward, init_params, step
from lstm_view.incoming import starts
from lstm_view.incoming.starts import FIRST_WEEK, LAST_WEEK, STARTS, TICKERS, available, setup, sizes, week_of

LSTM = CELLS["lstm"]
EVERY = [(cell, name) for cell in CELLS.values() for name in available(cell)]
each = pytest.mark.parametrize(("cell", "name"), EVERY, ids=[f"{c.name}-{n}" for c, n in EVERY])


def test_available():
    assert available(LSTM) == available(CELLS["fgr"]) == list(STARTS)
    assert available(CELLS["gru"]) == available(CELLS["rnn"]) == ["hand", "stocks", "random"]


def test_sizes():
    assert [sizes(name) for name in STARTS] == [(1, 1), (2, 3), None, None]


@each
def test_every_cell_steps_from_every_start(cell, name):
    for D, H in [sizes(name)] if sizes(name) else [(1, 1), (2, 5), (6, 6)]:
        params, inputs = setup(name, cell, D, H)
        assert {k: v.shape for k, v in params.items()} == cell.shapes(D, H)
        states = {f"{s}_prev": (H,) for s in cell.state}
        assert {k: v.shape for k, v in inputs.items()} == {"x": (D,)} | states | {name: (H,) for name in cell.inputs}
        assert {v.dtype for v in (params | inputs).values()} == {np.dtype(np.float64)}
        env = step(cell, params, inputs)
        assert all(np.isfinite(env[node.id]).all() and env[node.id].shape == (H,) for node in cell.nodes)


@each
def test_the_same_again_even_after_the_first_was_changed(cell, name):
    D, H = sizes(name) or (3, 2)
    first = setup(name, cell, D, H, seed=3, week=20)
    kept = [{k: v.copy() for k, v in group.items()} for group in first]
    for group in first:
        for value in group.values():
            value += 1
    for was, now in zip(kept, setup(name, cell, D, H, seed=3, week=20), strict=True):
        assert all(np.array_equal(was[k], now[k]) for k in was)


@pytest.mark.parametrize(("arguments", "says"), [
    (("hand", LSTM, 1, 2), "hand wants 1, 1"),
    (("named", LSTM, 3, 3), "named wants 2, 3"),
    (("named", CELLS["gru"], 2, 3), "gru cell has hand, stocks, random"),
    (("nothing", LSTM, 2, 3), "hand, named, stocks, random"),
    (("stocks", LSTM, 7, 3), "from 1 to 6"),
    (("random", LSTM, 2, 0), "from 1 to 6"),
    (("random", LSTM, 2, 7), "from 1 to 6"),
    (("stocks", LSTM, 2, 3, 0, 0), "week: given 0, wanted 1 to 103"),
    (("stocks", LSTM, 2, 3, 0, 104), "week: given 104, wanted 1 to 103"),
])
def test_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        setup(*arguments)


@each
def test_forget_bias(cell, name):
    D, H = sizes(name) or (3, 2)
    plain, given = (setup(name, cell, D, H, forget_bias=b)[0] for b in (None, 2.5))
    assert {k for k in plain if not np.array_equal(plain[k], given[k])} == {"b_f"} & set(plain)
    assert all((given[k] == (-2.5 if cell.name == "mgu" else 2.5)).all() for k in {"b_f"} & set(given))


# hand


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_hand_is_short_and_telling(cell):
    params, inputs = setup("hand", cell, 1, 1)
    assert all(v.item() and (v.item() * 2).is_integer() for v in params.values())
    assert all(v.item() == round(v.item(), 1) != 0 for v in inputs.values())
    env, lstm = step(cell, params, inputs), setup("hand", LSTM, 1, 1)[0]
    assert all(params[k] == lstm[k] for k in params.keys() & lstm.keys())
    for node in cell.nodes:
        if node.op == "sigmoid":
            assert 0.05 < env[node.id] < 0.95 and abs(env[node.id] - 0.5) > 0.1
        if node.op == "tanh":
            assert 0.3 < abs(env[node.id]) < 0.95


def test_hand_by_hand():
    env = step(LSTM, *setup("hand", LSTM, 1, 1))
    f, i, o = (1 / (1 + math.exp(-a)) for a in (
        1.0 * 0.5 - 0.5 * 0.4 + 1.5, 1.5 * 0.5 + 0.5 * 0.4 - 0.5, -1.0 * 0.5 + 0.5 * 0.4 - 0.5,
    ))
    c = f * 0.8 + i * math.tanh(2 * 0.5 - 1.5 * 0.4 + 0.5)
    for name, value in {"f": f, "i": i, "o": o, "c": c, "h": o * math.tanh(c)}.items():
        assert env[name].item() == pytest.approx(value)
    assert f > 0.8 and f - i > 0.2 and i - o > 0.2


def test_hand_knows_a_number_for_parameters_it_has_never_seen():
    cell = Cell("own", "k = sigmoid(W_k @ x + U_k @ h_prev + p_k * h_prev + b_k)\nh = k * tanh(W_h @ x)")
    params, _ = setup("hand", cell, 1, 1)
    assert all(params.values()) and params["W_h"] == setup("hand", CELLS["rnn"], 1, 1)[0]["W_h"]


# clocks


def test_clocks_tick_when_their_period_divides_the_step():
    cell = CELLS["clockwork"]
    assert cell.unit_periods(4).tolist() == [1, 2, 4, 8]
    ticks = {t: setup("stocks", cell, 2, 4, week=t)[1]["tick"].tolist() for t in (1, 6, 52, 56)}
    assert ticks == {1: [1, 0, 0, 0], 6: [1, 1, 0, 0], 52: [1, 1, 1, 0], 56: [1, 1, 1, 1]}
    assert setup("random", cell, 2, 4, seed=5)[1]["tick"].tolist() == [1, 1, 0, 0]
    assert setup("hand", cell, 1, 1)[1]["tick"].tolist() == [1]
    assert [starts.time(name, 17) for name in STARTS] == [0, 0, 17, 2]


def test_a_week_is_the_step_that_the_whole_series_takes_there():
    cell = CELLS["clockwork"]
    params, inputs = setup("stocks", cell, 2, 4, seed=3, week=22)
    trace = forward(cell, params, scaled().to_numpy()[:, None, :2].copy())
    assert np.allclose(step(cell, params, inputs)["h"], trace["h"][22, 0])


# named


def named(cell, x, c=None):
    """Cell state (T, 3) along the readings and write signals x (T, 2), from c or as the start has it."""
    params, inputs = setup("named", cell, 2, 3)
    initial = {s: inputs[f"{s}_prev"][None] for s in cell.state}
    if c is not None:
        initial["c"] = np.full((1, 3), float(c))
    return forward(cell, params, np.asarray(x, float)[:, None], initial)["c"][:, 0]


def readings(*x_1, write=0):
    return np.column_stack([x_1, np.full(len(x_1), write)])


def test_named_is_round():
    params, inputs = setup("named", LSTM, 2, 3)
    assert all((v * 2 == np.round(v * 2)).all() for v in params.values())
    assert all((v == v.round(2)).all() for v in inputs.values())
    env = step(LSTM, params, inputs)
    assert np.allclose(env["h_prev"], env["o"] * np.tanh(env["c_prev"]), atol=0.01)  # a state it could have reached


@pytest.mark.parametrize("cell", [c for c in CELLS.values() if "c" in c.state], ids=lambda c: c.name)
def test_named_variants_are_that_lstm_with_zeros_added_and_losses_left_out(cell):
    (params, inputs), (lstm, lstm_inputs) = setup("named", cell, 2, 3), setup("named", LSTM, 2, 3)
    assert all(np.array_equal(params[k], lstm[k]) if k in lstm else not params[k].any() for k in params)
    assert all(np.array_equal(inputs[k], lstm_inputs[k]) for k in lstm_inputs)


def test_named_shows_all_three_in_one_step():
    _, inputs = setup("named", LSTM, 2, 3)
    env = step(LSTM, *setup("named", LSTM, 2, 3))
    assert np.allclose(env["c"], [0.8, np.tanh(1), 3], atol=0.01)
    assert inputs["c_prev"][0] == 0.8 and inputs["c_prev"][2] == 2 and abs(env["c"][1] - inputs["c_prev"][1]) > 1
    assert np.allclose(env["f"].round(3), [0.998, 0.002, 1]) and np.allclose(env["i"].round(2), [0, 1, 1])


@pytest.mark.parametrize("before", [-3, 0, 3])
@pytest.mark.parametrize("given", [1.0, 0.5, -0.5])
@pytest.mark.parametrize("since", ["noise", "ones", "minus ones"])
def test_unit_1_holds(before, given, since):
    x_1 = {"noise": np.random.default_rng(0).uniform(-1, 1, 30), "ones": np.ones(30), "minus ones": -np.ones(30)}[since]
    c = named(LSTM, np.concatenate([readings(given, write=1), readings(*x_1)]), before)[:, 0]
    assert c[0] == pytest.approx(np.tanh(given), abs=0.02)
    assert 0.9 <= c[20] / c[0] <= 1 and 0.9 <= c[30] / c[0] <= 1


@pytest.mark.parametrize("before", [-5, 0, 5])
def test_unit_2_forgets(before):
    x_1 = np.random.default_rng(1).uniform(-2, 2, 40)
    assert np.allclose(named(LSTM, readings(*x_1), before)[:, 1], np.tanh(x_1), atol=0.1)


@pytest.mark.parametrize("jitter", [0, 0.1])
@pytest.mark.parametrize("when", ["first", "last", "mixed"])
def test_unit_3_counts(jitter, when):
    rng = np.random.default_rng(2)
    events = np.repeat([1.0, 0.0], [10, 20])
    events = {"first": events, "last": events[::-1], "mixed": rng.permutation(events)}[when]
    count = named(LSTM, readings(*events + rng.uniform(-jitter, jitter, 30)), 0)[:, 2]
    assert np.abs(count - events.cumsum()).max() <= 0.1


@pytest.mark.parametrize(("name", "unit", "wanted"), [
    ("nig", 0, 0.8), ("lstm1997", 1, np.tanh(1)), ("nfg", 1, np.tanh(1)), ("cifg", 2, 3), ("niaf", 2, 3),
])
def test_what_a_change_breaks(name, unit, wanted):
    assert abs(named(CELLS[name], readings(1))[0, unit] - wanted) > 0.5 > abs(
        named(LSTM, readings(1))[0, unit] - wanted
    )


# stocks


def scaled():
    prices = plotly.data.stocks(indexed=True)
    returns = np.log(prices / prices.shift(1)).dropna()
    return returns / returns.std(ddof=0)


@pytest.mark.parametrize("week", [FIRST_WEEK, 52, LAST_WEEK])
def test_stocks_x_is_the_scaled_return_of_that_week(week):
    assert tuple(scaled().columns) == TICKERS and len(scaled()) == LAST_WEEK + 1
    for D in (1, 4, 6):
        assert np.allclose(setup("stocks", LSTM, D, 2, week=week)[1]["x"], scaled().iloc[week, :D])


@pytest.mark.parametrize("week", [FIRST_WEEK, 52, LAST_WEEK])
def test_week_of(week):
    frame = plotly.data.stocks()
    date, prices = week_of(week)
    assert date == frame["date"][week + 1] == scaled().index[week]
    assert pd.Timestamp(date) == pd.Timestamp("2018-01-01") + pd.Timedelta(weeks=week + 1)
    assert prices == {k: (frame[k][week + 1], frame[k][week]) for k in TICKERS}


@pytest.mark.parametrize("week", [FIRST_WEEK - 1, LAST_WEEK + 1])
def test_week_of_is_bounded(week):
    with pytest.raises(ValueError, match="wanted 1 to 103"):
        week_of(week)


@pytest.mark.parametrize("week", [FIRST_WEEK, 30])
def test_stocks_lstm_states_by_hand(week):
    p, inputs = setup("stocks", LSTM, 3, 4, seed=5, week=week, forget_bias=1.0)
    h = c = np.zeros(4)
    for x in scaled().iloc[:week, :3].to_numpy():
        f, i, o = (1 / (1 + np.exp(-(p[f"W_{g}"] @ x + p[f"U_{g}"] @ h + p[f"b_{g}"]))) for g in "fio")
        c = f * c + i * np.tanh(p["W_c"] @ x + p["U_c"] @ h + p["b_c"])
        h = o * np.tanh(c)
    assert np.allclose(inputs["h_prev"], h) and np.allclose(inputs["c_prev"], c)


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_stocks_states_are_those_carried_along_the_series(cell):
    params, inputs = setup("stocks", cell, 2, 3, seed=1, week=40)
    drawn = init_params(cell, 2, 3, 1)
    assert all(np.array_equal(params[k], drawn[k]) for k in drawn)
    trace = forward(cell, params, scaled().to_numpy()[:, None, :2].copy())
    assert all(np.allclose(inputs[f"{s}_prev"], trace[s][39, 0]) and inputs[f"{s}_prev"].any() for s in cell.state)


def test_stocks_needs_no_network(monkeypatch):
    def refuse(*_):
        raise OSError("the network was asked for")

    starts._stocks.cache_clear()
    starts._returns.cache_clear()
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert setup("stocks", LSTM, 6, 2)[1]["x"].any()


# random


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_random(cell):
    negative = set()
    for seed in range(20):
        params, inputs = setup("random", cell, 6, 6, seed)
        drawn = init_params(cell, 6, 6, seed)
        assert all(np.array_equal(params[k], drawn[k]) for k in drawn)
        values = np.concatenate(list(inputs.values()))
        assert (values == values.round(2)).all() and np.abs(values).max() <= 1
        assert not np.signbit(values[values == 0]).any()
        negative |= {s for s in cell.state if (inputs[f"{s}_prev"] < 0).any()}
        for name in ("x", "h_prev"):
            assert np.array_equal(inputs[name], setup("random", LSTM, 6, 6, seed)[1][name])
    assert negative == {s for s in cell.state if cell.node[s].op != "sigmoid"}


def test_random_seeds_and_streams_differ():
    drawn = [tuple(v) for seed in range(20) for v in setup("random", LSTM, 6, 6, seed)[1].values()]
    assert len(set(drawn)) == 60
    params, inputs = setup("random", LSTM, 6, 1)  # at H = 1 parameters too are uniform in (-1, 1)
    assert not np.allclose(params["W_f"][0], inputs["x"], atol=0.01)
