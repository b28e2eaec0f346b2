"""forward, every node kept, beside PyTorch's fused layers, which keep h alone, and beside NumPy as tutorials write it.

From the project's root: python -m benchmarks.forward
"""
import os
import statistics
import subprocess
import sys
import time

import numpy as np

from lstm_core import CELLS, forward, init_params

SIZES = [(1, 10, 4, 3), (1, 50, 8, 4), (1, 200, 16, 8), (32, 50, 32, 8), (32, 100, 128, 64)]  # B, T, H, D
SECONDS, BURST = 0.8, 5  # for each row; calls in a burst, whose first is not counted: the peer before left a cold cache
GATES = {"lstm": "ifco", "gru": "rzn", "rnn": "h"}  # in PyTorch's order


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def tutorial(name, p, x):
    """The usual code: a function for a step, a product for each gate, lists of what it gave."""
    h = c = np.zeros((x.shape[1], len(p["b_h" if name == "rnn" else f"b_{GATES[name][0]}"])), x.dtype)
    kept = []
    for x_t in x:
        a = {g: x_t @ p[f"W_{g}"].T + h @ p[f"U_{g}"].T + p[f"b_{g}"] for g in GATES[name] if g != "n"}
        if name == "lstm":
            f, i, c_tilde, o = sigmoid(a["f"]), sigmoid(a["i"]), np.tanh(a["c"]), sigmoid(a["o"])
            c = f * c + i * c_tilde
            h = o * np.tanh(c)
            kept.append((f, i, c_tilde, c, o, h))
        elif name == "gru":
            r, z = sigmoid(a["r"]), sigmoid(a["z"])
            n = np.tanh(x_t @ p["W_n"].T + p["b_n"] + r * (h @ p["U_n"].T + p["b_m"]))
            h = (1 - z) * n + z * h
            kept.append((r, z, n, h))
        else:
            h = np.tanh(a["h"])
            kept.append((h,))
    return [np.stack(values) for values in zip(*kept, strict=True)]


def layer(name, p):
    """PyTorch's layer with our parameters."""
    import torch

    H, D = p[f"W_{GATES[name][0]}"].shape
    net = getattr(torch.nn, name.upper())(D, H).to(torch.from_numpy(p[f"W_{GATES[name][0]}"]).dtype)
    second = [p["b_m"] * (g == "n") if name == "gru" else np.zeros_like(p[f"b_{g}"]) for g in GATES[name]]
    blocks = [[p[f"{letter}_{g}"] for g in GATES[name]] for letter in "WUb"] + [second]
    with torch.no_grad():
        for weight, block in zip(net.parameters(), blocks, strict=True):
            weight.copy_(torch.from_numpy(np.concatenate(block)))
    return net


def row(name, size, dtype):
    """Medians in seconds of ours, PyTorch's and the tutorials', each a burst in turn."""
    import torch

    B, T, H, D = size
    params = init_params(CELLS[name], D, H, dtype=dtype)
    x = np.random.default_rng(0).normal(size=(T, B, D)).astype(dtype)
    net, tensor = layer(name, params), torch.from_numpy(x)
    peers = [lambda: forward(CELLS[name], params, x)["h"], lambda: net(tensor)[0],
             lambda: tutorial(name, params, x)[-1]]
    with torch.no_grad():
        ours, theirs, usual = (np.asarray(peer()) for peer in peers)
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(ours, usual, rtol=1e-3, atol=1e-5)
        times, start = [[] for _ in peers], time.perf_counter()
        while time.perf_counter() < start + SECONDS:
            for peer, taken in zip(peers, times, strict=True):
                for k in range(BURST):
                    before = time.perf_counter()
                    peer()
                    taken += [time.perf_counter() - before] * (k > 0)
    return [statistics.median(taken) for taken in times]


def tables(threads):
    for name in GATES:
        print(f"\n{name}, {threads}: µs (to PyTorch, to the usual NumPy code)\n")
        print("| (B,T,H,D) | float64: ours | PyTorch | NumPy | float32: ours | PyTorch | NumPy |")
        print("|---|---|---|---|---|---|---|")
        for size in SIZES:
            cells = []
            for dtype in (np.float64, np.float32):
                ours, theirs, usual = row(name, size, dtype)
                cells += [f"{ours * 1e6:.0f} (**{ours / theirs:.2f}**, {ours / usual:.2f})", f"{theirs * 1e6:.0f}",
                          f"{usual * 1e6:.0f}"]
            print(f"| {','.join(map(str, size))} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:]:
        tables(sys.argv[1])
    else:  # threads are counted when NumPy is imported, so each setting has a process of its own
        one = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
        default = {k: v for k, v in os.environ.items() if k not in one}
        for threads, environment in (("one thread", default | one), ("default threads", default)):
            subprocess.run([sys.executable, "-m", "benchmarks.forward", threads], env=environment, check=True)
