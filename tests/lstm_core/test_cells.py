"""The zoo is what the papers say: against their formulas written out, and where one cell is another's special case."""
from dataclasses import replace

import numpy as np
import pytest

from lstm_core import CELLS, forward, init_params, step

T, B, D, H = 7, 3, 3, 4
ALWAYS = np.full(H, 1e3)  # a bias that holds a sigmoid at 1


def sigma(a):
    return 1 / (1 + np.exp(-a))


def rnn(p, x, h):
    return {"h": np.tanh(p["W_h"] @ x + p["U_h"] @ h + p["b_h"])}


def lstm(p, x, h, c, first=False, coupled=False):
    """Gers et al. 2000; first: Hochreiter & Schmidhuber 1997, whose cell state is only added to."""
    a = {g: p[f"W_{g}"] @ x + p[f"U_{g}"] @ h + p[f"b_{g}"] for g in "fico" if f"W_{g}" in p}
    keep = 1 if first else sigma(a["f"])
    write = 1 - keep if coupled else sigma(a["i"])
    c = keep * c + write * np.tanh(a["c"])
    return {"c": c, "h": sigma(a["o"]) * np.tanh(c)}


def gru(p, x, h, v1=False):
    """Cho et al. 2014; v1: the reset gate is applied before the product."""
    r = sigma(p["W_r"] @ x + p["U_r"] @ h + p["b_r"])
    z = sigma(p["W_z"] @ x + p["U_z"] @ h + p["b_z"])
    recurrent = p["U_n"] @ (r * h) if v1 else r * (p["U_n"] @ h + p["b_m"])
    n = np.tanh(p["W_n"] @ x + recurrent + p["b_n"])
    return {"h": (1 - z) * n + z * h}


def vanilla(p, x, h, c, without=""):
    """Greff et al. 2017, section 2 (their z, y are c_tilde, h), and what section 4 leaves out of it or adds to it."""
    def a(gate):
        return p[f"W_{gate}"] @ x + p[f"U_{gate}"] @ h + p[f"b_{gate}"]

    peep = 0 if without == "np" else 1
    z = a("c") if without == "niaf" else np.tanh(a("c"))
    i = 1 if without == "nig" else sigma(a("i") + peep * p.get("p_i", 0) * c)
    f = 1 if without == "nfg" else sigma(a("f") + peep * p.get("p_f", 0) * c)
    c = z * i + c * f
    o = 1 if without == "nog" else sigma(a("o") + peep * p.get("p_o", 0) * c)
    return {"c": c, "h": (c if without == "noaf" else np.tanh(c)) * o}


def full_gate_recurrence(p, x, c, f, h, i, o):
    """Greff et al. 2017, section 4: each gate also reads all three gates of the step before."""
    more = {g: p[f"U_{g}f"] @ f + p[f"U_{g}i"] @ i + p[f"U_{g}o"] @ o for g in "fio"}
    a = {g: p[f"W_{g}"] @ x + p[f"U_{g}"] @ h + p[f"b_{g}"] + more.get(g, 0) for g in "fico"}
    i, f = sigma(a["i"] + p["p_i"] * c), sigma(a["f"] + p["p_f"] * c)
    c = i * np.tanh(a["c"]) + f * c
    o = sigma(a["o"] + p["p_o"] * c)
    return {"i": i, "f": f, "c": c, "o": o, "h": o * np.tanh(c)}


def mgu(p, x, h):
    """Zhou et al. 2016, equation 7."""
    f = sigma(p["W_f"] @ x + p["U_f"] @ h + p["b_f"])
    return {"h": (1 - f) * h + f * np.tanh(p["W_n"] @ x + p["U_n"] @ (f * h) + p["b_n"])}


def mut(p, x, h, which):
    """Jozefowicz et al. 2015, section 3.4; x itself, where it is added to vectors of another size, with zeros below."""
    itself = np.concatenate([x, np.zeros(H - D)])
    z = p["W_z"] @ x + {1: 0, 2: p.get("U_z", np.eye(H)) @ h, 3: p.get("U_z", np.eye(H)) @ np.tanh(h)}[which]
    z = sigma(z + p["b_z"])
    r = sigma((itself if which == 2 else p["W_r"] @ x) + p["U_r"] @ h + p["b_r"])
    own = np.tanh(itself) if which == 1 else p["W_n"] @ x
    return {"h": np.tanh(p["U_n"] @ (r * h) + own + p["b_n"]) * z + h * (1 - z)}


def clockwork(p, x, h):
    """Koutník et al. 2014, section 3, at a step when all modules work: none reads a faster one (one unit each here)."""
    return {"h": np.tanh(p["W_n"] @ x + np.triu(p["R_n"]) @ h + p["b_n"])}


PAPERS = {
    "rnn": rnn,
    "lstm": lstm,
    "cifg": lambda p, x, h, c: lstm(p, x, h, c, coupled=True),
    "lstm1997": lambda p, x, h, c: lstm(p, x, h, c, first=True),
    "gru": gru,
    "gru_v1": lambda p, x, h: gru(p, x, h, v1=True),
    "peephole": vanilla,
    "fgr": full_gate_recurrence,
    "mgu": mgu,
    "clockwork": clockwork,
} | {name: lambda p, x, h, c, name=name: vanilla(p, x, h, c, name)
     for name in ("nig", "nfg", "nog", "niaf", "noaf", "np")
} | {f"mut{which}": lambda p, x, h, which=which: mut(p, x, h, which) for which in (1, 2, 3)}


def cell_of(name):
    return CELLS[name] if isinstance(name, str) else name


def random(name, seed=0):
    """Parameters, and an x (T, B, D)."""
    return init_params(cell_of(name), D, H, seed), np.random.default_rng(seed).normal(size=(T, B, D))


@pytest.mark.parametrize("name", CELLS)
def test_a_step_is_what_the_paper_says(name):
    rng = np.random.default_rng(1)
    params = {k: rng.normal(size=v.shape) for k, v in random(name)[0].items()}
    x, states = rng.normal(size=D), {s: rng.uniform(-1, 1, H) for s in CELLS[name].state}
    env = step(CELLS[name], params, {"x": x} | {f"{s}_prev": v for s, v in states.items()})
    for node, value in PAPERS[name](params, x, **states).items():
        np.testing.assert_allclose(env[node], value, rtol=1e-12, atol=1e-14, err_msg=node)


def changed(name, other, change=lambda p: p, to_other=lambda p: p):
    """(cell, its parameters, another cell, its parameters): the first changed, the second made from it."""
    params, wanted = change(random(name)[0]), CELLS[other].parameters
    converted = to_other(params)
    return name, params, other, {k: converted[k] for k in wanted}


def zero(*starts):
    return lambda p: {k: v * (not k.startswith(starts)) for k, v in p.items()}


def negated(p):
    return p | {f"{letter}_i": -p[f"{letter}_f"] for letter in "WUb"}


RNN_FROM_GRU = {"W_h": "W_n", "U_h": "U_n", "b_h": "b_n"}
REDUCTIONS = {
    "a peephole LSTM with p = 0 is the LSTM": changed("peephole", "lstm", zero("p_")),
    "without peepholes, the vanilla LSTM is the LSTM": changed("np", "lstm"),
    "coupled gates are an LSTM whose i has the negated weights of f": changed("cifg", "lstm", to_other=negated),
    "without forget gate and with p = 0, it is the LSTM of 1997": changed("nfg", "lstm1997", zero("p_")),
    "an LSTM with f held at 1 is the LSTM of 1997": changed("lstm", "lstm1997", lambda p: p | {"b_f": ALWAYS}),
    "a peephole LSTM with f held at 1 has no forget gate": changed("peephole", "nfg", lambda p: p | {"b_f": ALWAYS}),
    "a peephole LSTM with i held at 1 has no input gate": changed("peephole", "nig", lambda p: p | {"b_i": ALWAYS}),
    "a peephole LSTM with o held at 1 has no output gate": changed("peephole", "nog", lambda p: p | {"b_o": ALWAYS}),
    "full gate recurrence with U = 0 from gate to gate is the peephole LSTM": changed(
        "fgr", "peephole", zero(*(f"U_{a}{b}" for a in "fio" for b in "fio"))),
    "a GRU with r held at 1 may reset before or after the product": changed(
        "gru", "gru_v1", lambda p: zero("b_m")(p) | {"b_r": ALWAYS}),
    "a clockwork RNN with all periods 1 is the RNN": changed(
        replace(CELLS["clockwork"], periods=(1, 1, 1, 1)), "rnn",
        to_other=lambda p: {"W_h": p["W_n"], "U_h": p["R_n"], "b_h": p["b_n"]}),
    "MUT3 with no tanh around h would be the GRU with 1 - z for z": changed(
        CELLS["mut3"].edit("mut3 without", z="sigmoid(W_z @ x + U_z @ h_prev + b_z)"), "gru_v1",
        to_other=lambda p: p | {f"{letter}_z": -p[f"{letter}_z"] for letter in "WUb"}),
    "a minimal gated unit is a GRU whose reset gate is its update gate": changed(
        "mgu", "gru_v1", to_other=lambda p: p | {f"{letter}_{gate}": sign * p[f"{letter}_f"] for letter in "WUb"
                                                  for gate, sign in (("r", 1), ("z", -1))}),
    "a GRU with r held at 1 and z at 0 is the RNN": changed(
        "gru", "rnn", lambda p: zero("b_m")(p) | {"b_r": ALWAYS, "b_z": -ALWAYS},
        lambda p: {k: p[v] for k, v in RNN_FROM_GRU.items()}),
}


@pytest.mark.parametrize(("name", "params", "other", "converted"), REDUCTIONS.values(), ids=REDUCTIONS.keys())
def test_special_case(name, params, other, converted):
    x = random(name)[1]
    ours, theirs = forward(cell_of(name), params, x), forward(CELLS[other], converted, x)
    for state in CELLS[other].state:
        np.testing.assert_allclose(ours[state], theirs[state], rtol=1e-12, atol=1e-14, err_msg=state)


@pytest.mark.parametrize("name", ["gru", "gru_v1"])
def test_a_gru_with_z_held_at_1_copies(name):
    params, x = random(name)
    h0 = np.random.default_rng(2).uniform(-1, 1, (B, H))
    trace = forward(CELLS[name], params | {"b_z": ALWAYS}, x, initial={"h": h0})
    assert (trace["h"] == h0).all()


def test_an_lstm_with_f_held_at_1_and_i_at_0_keeps_its_state():
    params, x = random("lstm")
    c0 = np.random.default_rng(2).normal(size=(B, H))
    held = params | {"b_f": ALWAYS, "b_i": -ALWAYS}
    trace = forward(CELLS["lstm"], held, x, initial={"h": np.zeros((B, H)), "c": c0})
    assert (trace["c"] == c0).all()


def test_a_slow_unit_of_a_clockwork_net_changes_only_when_its_period_comes_round():
    params, x = random("clockwork")
    h = forward(CELLS["clockwork"], params, np.concatenate([x, x]))["h"]
    for unit, period in enumerate((1, 2, 4, 8)):
        changes = [t for t in range(1, len(h)) if (h[t, :, unit] != h[t - 1, :, unit]).any()]
        assert changes == [t for t in range(1, len(h)) if t % period == 0]


def test_no_unit_of_a_clockwork_net_reads_a_faster_one():
    params, x = random("clockwork")
    others = params | {"R_n": np.where(np.tri(H, k=-1), 9.0, params["R_n"])}
    assert (forward(CELLS["clockwork"], others, x)["h"] == forward(CELLS["clockwork"], params, x)["h"]).all()
    assert (np.tril(params["R_n"], -1) == 0).all()


def test_more_units_than_modules_share_the_periods_and_fewer_leave_some_out():
    clockwork = CELLS["clockwork"]
    assert clockwork.unit_periods(8).tolist() == [1, 1, 2, 2, 4, 4, 8, 8]
    assert clockwork.unit_periods(6).tolist() == [1, 1, 2, 4, 4, 8]
    assert clockwork.unit_periods(2).tolist() == [1, 4]
    assert clockwork.mask(8)[2].tolist() == [False, False, True, True, True, True, True, True]
