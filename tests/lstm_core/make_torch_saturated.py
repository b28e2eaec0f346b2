"""Writes torch_saturated.npz: gradients of cells whose inputs are 100 to 1,000 times too large, by PyTorch in float64.

There gates are next to 0 and 1, derivatives down to 1e-300, and a gradient is made of last digits.  Of each cell RUNS
runs that mean something: those of which PyTorch says the same when all weights are one unit in the last place larger.
(CIFG and the GRUs subtract a state and a candidate that may be nearly the same, and then it does not.)

Wants torch, which the tests do not.  From the project's root: python -m tests.lstm_core.make_torch_saturated
"""
from itertools import count, islice
from pathlib import Path

import numpy as np
import torch

from lstm_core import CELLS

T, RUNS, SAME = 14, 3, 1e-8


def main():
    numbers = {}
    for name, cell in CELLS.items():
        runs = (run for run in (made(cell, seed) for seed in count()) if means_something(cell, *run))
        for k, (params, x, dh) in enumerate(islice(runs, RUNS)):
            own = params | {"x": x, "dh": dh} | {f"found.{key}": g for key, g in gradients(cell, params, x, dh).items()}
            numbers |= {f"{name}/{k}/{key}": value for key, value in own.items()}
    np.savez_compressed(Path(__file__).with_name("torch_saturated.npz"), **numbers)
    print(f"torch {torch.__version__}: {len(CELLS)} cells, {len(numbers)} arrays")


def made(cell, seed):
    """Parameters, x (T, D) and dL/dh (T, H) at the last step: white, or like a price, or with small weights."""
    rng, kind = np.random.default_rng(seed), seed % 3
    D, H = rng.integers(1, 3), rng.integers(1, 5)
    params = {key: rng.uniform(-1, 1, shape) * H**-0.5 for key, shape in cell.shapes(D, H).items()}
    if kind == 2:
        params = {key: value * rng.uniform(0.01, 1) for key, value in params.items()}
    scale = 10 ** rng.uniform(2, 3)
    x = scale * (rng.uniform(0.8, 1.2, (T, D)) if kind == 1 else rng.uniform(-1, 1, (T, D)))
    dh = np.zeros((T, H))
    dh[-1] = rng.uniform(-1, 1, H)
    return params, x, dh


def gradients(cell, params, x, dh):
    """dL/dh and dL/dx of each step, from PyTorch's own operations on the cell's equations."""
    leaves = {key: torch.tensor(value) for key, value in params.items()}
    H = dh.shape[1]
    known = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "exp": torch.exp, "relu": torch.relu,
             "I": torch.eye(H, x.shape[1], dtype=torch.float64)} | leaves
    for key in cell.masked:
        known[key] = leaves[key] * torch.tensor(cell.mask(H))
    states = {f"{s}_prev": torch.zeros(H, dtype=torch.float64, requires_grad=True) for s in cell.state}
    xs, hs = [torch.tensor(row, requires_grad=True) for row in x], []
    for t, row in enumerate(xs):
        env = known | states | {"x": row, "tick": torch.tensor(t % cell.unit_periods(H) == 0).double()}
        for key in (node.id for node in cell.nodes if "." not in node.id):
            env[key] = eval(cell.lines[key], {}, env)
        states = {f"{s}_prev": env[s] for s in cell.state}
        hs.append(env["h"])
        hs[-1].retain_grad()
    (torch.stack(hs) * torch.tensor(dh)).sum().backward()
    return {"h": np.array([h.grad.numpy() for h in hs]), "x": np.array([row.grad.numpy() for row in xs])}


def means_something(cell, params, x, dh):
    """Whether the gradients are many numbers below 1e-6, and say the same if the weights have other last digits."""
    found = gradients(cell, params, x, dh)
    other = gradients(cell, {key: np.nextafter(value, np.inf) for key, value in params.items()}, x, dh)
    for one, again in ((norms(found[key]), norms(other[key])) for key in found):
        kept = one > 1e-300
        if kept[:-1].sum() <= 2 or one[:-1].min() > 1e-6 or (abs(again - one)[kept] > SAME * one[kept]).any():
            return False
    return True


def norms(g):
    """Euclidean norms of rows, whose squares may be too small for a number."""
    largest = abs(g).max(-1, keepdims=True)
    return largest[:, 0] * np.linalg.norm(g / np.where(largest, largest, 1), axis=-1)


if __name__ == "__main__":
    main()
