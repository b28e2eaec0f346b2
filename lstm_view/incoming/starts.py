"""Where the page "one time step" can begin: for a cell, its sizes, its parameters and what comes into one step.

hand    D = H = 1 and short decimals, for a pocket calculator
named   D = 2, H = 3: a unit that holds, a unit that forgets, a unit that counts
stocks  a week out of a real series, the states being what the cell carries by then
random  everything drawn from a seed

Where the cell has clocks, each start stands at a step of its own, and the units tick whose period divides it.
"""
from functools import lru_cache

import numpy as np
import plotly.data

from lstm_core import Cell, forward, init_params
from lstm_core.gates import set_forget_bias

Arrays = dict[str, np.ndarray]

STARTS = ("hand", "named", "stocks", "random")
SMALLEST, LARGEST = 1, 6  # D and H, where the visitor chooses them
TICKERS = ("GOOG", "AAPL", "AMZN", "FB", "NFLX", "MSFT")
FIRST_WEEK, LAST_WEEK = 1, 103  # of 104 returns; before the first there is nothing to carry

HAND = {  # lstm: f = σ(1.8) = 0.858, i = σ(0.45) = 0.611, c_tilde = tanh(0.9) = 0.716, o = σ(-0.8) = 0.310
    "x": 0.5, "h_prev": 0.4, "c_prev": 0.8,
    "f_prev": 0.9, "i_prev": 0.3, "o_prev": 0.6,  # 0.6 tanh(0.8) = 0.4, so they belong to this h_prev and c_prev
    "W_f": 1.0, "U_f": -0.5, "p_f": 0.5, "b_f": 1.5, "U_ff": 0.5, "U_fi": -1.0, "U_fo": -0.5,
    "W_i": 1.5, "U_i": 0.5, "p_i": 1.0, "b_i": -0.5, "U_if": -0.5, "U_ii": 1.0, "U_io": -0.5,
    "W_c": 2.0, "U_c": -1.5, "b_c": 0.5,
    "W_o": -1.0, "U_o": 0.5, "p_o": -0.5, "b_o": -0.5, "U_of": -0.5, "U_oi": 0.5, "U_oo": 1.0,
    "W_h": 1.5, "U_h": -1.0, "b_h": 0.5,
    "W_r": -2.0, "U_r": 1.5, "b_r": -0.5,
    "W_z": 0.5, "U_z": 1.0, "b_z": 0.5,
    "W_n": -2.0, "U_n": -1.0, "R_n": -1.0, "b_n": 0.5, "b_m": -0.5,
    "W_": 1.0, "U_": -0.5, "R_": -0.5, "p_": 0.5, "b_": 0.5,  # any other
}

# x_1 is the reading, near 1 when there is an event to count; x_2 is 1 to write the reading into unit 1, else 0.
# A row is a unit: holds, forgets, counts.  Of what is not listed all is 0, so no unit listens to another.
NAMED = {
    "x": [1, 0], "c_prev": [0.8, -0.6, 2], "h_prev": [0.65, -0.53, 0.95],  # h = o tanh(c), rounded
    "f_prev": [1, 0, 1], "i_prev": [0, 1, 0], "o_prev": [1, 1, 1],
    "W_f": [[0, -12], [0, 0], [0, 0]], "b_f": [6, -6, 10],  # σ(6) = 0.998, σ(10) = 1.000
    "W_i": [[0, 16], [0, 0], [16, 0]], "b_i": [-8, 6, -8],
    "W_c": [[1, 0], [1, 0], [0, 0]], "b_c": [0, 0, 4],  # the counter's candidate is always 1, its gate says when
    "b_o": [4, 4, 4],
}

FIXED = {"hand": (1, 1, HAND), "named": (2, 3, NAMED)}
RANDOM_TIME = 2  # the first step at which a clock of period 2 ticks and one of period 4 does not


def available(cell: Cell) -> list[str]:
    """The starts that make sense for a cell: `named` is for the LSTM family, the cells with a state c."""
    return [name for name in STARTS if name != "named" or "c" in cell.state]


def sizes(name: str) -> tuple[int, int] | None:
    """The start's (D, H), or None where the visitor chooses each from SMALLEST to LARGEST."""
    return FIXED[name][:2] if name in FIXED else None


def setup(
    name: str, cell: Cell, D: int, H: int, seed: int = 0, week: int = 52, forget_bias: float | None = None
) -> tuple[Arrays, Arrays]:
    """One step's (parameters, inputs): shapes as cell.shapes, and x (D,), each state as h_prev (H,), and tick (H,) of
    the step `time` if the cell reads it; float64.

    hand    The same number for the same parameter in every cell.
    named   x_1 is a reading, near 1 when there is an event and near 0 when there is none; x_2 is a write signal, 1 or
            0.  Unit 1 holds what it has until x_2 writes tanh(x_1) over it; unit 2 is tanh(x_1) of this step alone;
            unit 3 adds 1 for each event.  What a variant adds to the LSTM is 0, what it lacks is left out.
    stocks  x: week's log return of the first D tickers, each over the standard deviation (of the population) of all
            its log returns, so that a typical week is about 1 or -1.  States: carried there from zeros at week 0.
    random  Parameters from init_params; inputs uniform in (-1, 1), a gate's in (0, 1), with two decimals.  A seed
            gives the same x and the same h_prev to every cell.

    seed is for the parameters of stocks and random, week for stocks; forget_bias: as `init_params` has it, if the cell
    has a forget gate.  ValueError for a start not available to the cell, sizes it does not allow and a week out of
    bounds.
    """
    if name not in available(cell):
        raise ValueError(f"name: given {name}; the {cell.name} cell has {', '.join(available(cell))}")
    wanted = sizes(name)
    if wanted and wanted != (D, H):
        raise ValueError(f"D, H: given {D}, {H}; {name} wants {wanted[0]}, {wanted[1]}")
    if not (SMALLEST <= D <= LARGEST and SMALLEST <= H <= LARGEST):
        raise ValueError(f"D, H: given {D}, {H}; wanted each from {SMALLEST} to {LARGEST}")
    ticks = {t: (time(name, week) % cell.unit_periods(H) == 0).astype(float) for t in cell.inputs if t == "tick"}
    if name in FIXED:
        params, inputs = _fixed(FIXED[name][2], cell, D, H, forget_bias)
        return params, inputs | ticks
    params = init_params(cell, D, H, seed)
    set_forget_bias(cell, params, forget_bias)
    inputs = _stock_inputs(cell, params, D, week) if name == "stocks" else _random_inputs(cell, D, H, seed)
    return params, inputs | ticks


def time(name: str, week: int = 52) -> int:
    """The step at which a start stands, counted from 0: that of its week, or one that shows clocks tick and rest."""
    return {"stocks": week, "random": RANDOM_TIME}.get(name, 0)


def week_of(week: int) -> tuple[str, dict[str, tuple[float, float]]]:
    """(date, ticker -> (closing price, the week before's)), each price over that ticker's first.

    ValueError for a week out of bounds.
    """
    _check_week(week)
    dates, prices = _stocks()
    return dates[week + 1], dict(zip(TICKERS, zip(*prices[[week + 1, week]].tolist(), strict=True), strict=True))


def returns(T: int, D: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """The scaled log returns of the first D tickers over the first T weeks (at most LAST_WEEK + 1), and their dates."""
    x = _returns()[:T, :D]
    return x, _stocks()[0][1 : len(x) + 1]


def _fixed(table, cell, D, H, forget_bias):
    params = _read(table, cell.shapes(D, H))
    set_forget_bias(cell, params, forget_bias)
    return params, _read(table, {"x": (D,)} | {f"{s}_prev": (H,) for s in cell.state})


def _read(table, shapes):
    return {k: np.full(shape, table.get(k, table.get(k[:2], 0)), float) for k, shape in shapes.items()}


def _random_inputs(cell, D, H, seed):
    def draw(name, size, low=-1):  # a stream for each name, none of them that of init_params
        drawn = np.random.default_rng([seed, *name.encode()]).uniform(low, 1, size)
        return drawn.round(2) + 0.0  # -0.0 reads badly

    states = {f"{s}_prev": draw(s, H, 0 if cell.node[s].op == "sigmoid" else -1) for s in cell.state}
    return {"x": draw("x", D)} | states


def _stock_inputs(cell, params, D, week):
    _check_week(week)
    x = _returns()[: week + 1, :D]
    before = forward(cell, params, x[:week, None])
    return {"x": x[week].copy()} | {f"{s}_prev": before[s][-1, 0].copy() for s in cell.state}


def _check_week(week):
    if not FIRST_WEEK <= week <= LAST_WEEK:
        raise ValueError(f"week: given {week}, wanted {FIRST_WEEK} to {LAST_WEEK}")


@lru_cache
def _stocks():
    """Dates (105) and prices (105, 6), from a file that comes with Plotly."""
    frame = plotly.data.stocks()
    return tuple(frame["date"]), frame[list(TICKERS)].to_numpy()


def spread() -> np.ndarray:
    """The standard deviation (of the population) of each ticker's weekly log returns, (6,)."""
    return _log_returns().std(axis=0)


@lru_cache
def _log_returns():
    return np.diff(np.log(_stocks()[1]), axis=0)


@lru_cache
def _returns():
    """Scaled weekly log returns (104, 6)."""
    return _log_returns() / spread()
