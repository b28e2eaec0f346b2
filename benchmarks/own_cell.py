"""How long the worst that a visitor may write takes: the most nodes that are allowed, at the longest sequence and most
units, beside an LSTM of the same size in the same run.

From the project's root: python -m benchmarks.own_cell
"""
import statistics
import time

import numpy as np

from lstm_core import CELLS, backward, forward, init_params
from lstm_view.diagram.layout import layout
from lstm_view.incoming.own_cell import MOST_NODES, read
from lstm_view.incoming.sequences import MOST, MOST_INPUTS, MOST_UNITS

LARGEST = "\n".join([f"a{k} = sigmoid(W_a{k} @ x + U_a{k} @ h_prev + b_a{k})" for k in range(10)]
                    + ["h = " + " * ".join(f"a{k}" for k in range(10))])
EXPLODES = "\n".join([*(f"a{k} = a{k}_prev * a{k}_prev * 1e6 + 1e6 + W_{k} @ x * b_{k}" for k in range(6)),
                      *(f"e{k} = exp(a{k}) * a{k}" for k in range(5)),
                      "h = a0 + " + " + ".join(f"e{k} / a{k}" for k in range(5))])
TEXTS = {"the LSTM": CELLS["lstm"].equations, "the most nodes": LARGEST, "the same, and it overflows": EXPLODES}


def took(act, *given):
    """The median of five times, in ms."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        act(*given)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def main():
    x = np.random.default_rng(0).normal(size=(MOST, 1, MOST_INPUTS))
    dh = np.ones((MOST, 1, MOST_UNITS))
    print(f"T = {MOST}, D = {MOST_INPUTS}, H = {MOST_UNITS}; at most {MOST_NODES} nodes\n")
    print("| | nodes | read, ms | forward, ms | backward, ms | drawn once, ms | forward / the LSTM |")
    print("|---" * 7 + "|")
    peer = None
    for name, text in TEXTS.items():
        cell = read(text)
        params = init_params(cell, MOST_INPUTS, MOST_UNITS)
        trace = forward(cell, params, x)
        start = time.perf_counter()
        layout(cell, 6, 6)
        drawn = 1000 * (time.perf_counter() - start)
        runs = took(forward, cell, params, x)
        peer = peer or runs
        back = took(backward, trace, params, dh)
        print(f"| {name} | {len(cell.nodes)} | {took(read, text):.1f} | {runs:.1f} | {back:.1f} | {drawn:.0f} "
              f"| {runs / peer:.0f} |")


if __name__ == "__main__":
    main()
