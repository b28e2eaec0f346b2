"""The generated PyTorch script of every cell, run by PyTorch: the greatest difference to lstm_core at any named node.

From the project's root: python -m benchmarks.check_torch_code
"""
import contextlib
import io

import numpy as np

from lstm_core import CELLS, init_params, step
from lstm_view.code import torch_code

D, H = 5, 6


def main():
    for cell in CELLS.values():
        rng = np.random.default_rng(0)
        params = init_params(cell, D, H)
        inputs = {"x": rng.normal(size=D)} | {f"{s}_prev": rng.normal(size=H) for s in cell.state}
        env, ours, printed = step(cell, params, inputs), {}, io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(torch_code(cell, params, inputs), ours)
        names = [name for name in cell.node if "." not in name]
        worst = max(np.abs(ours[name].numpy() - env[name]).max() for name in names)
        verdict = "".join(line for line in printed.getvalue().splitlines() if line.startswith("agrees"))
        print(f"{cell.name:10} {worst:.1e}  {verdict}")


if __name__ == "__main__":
    main()
