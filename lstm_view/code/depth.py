"""A net of cells in depth as a script in PyTorch with its numbers in it, and its run as CSV."""
import csv
import io
from collections.abc import Sequence
from textwrap import wrap

import numpy as np

from lstm_core import CELLS, Cell
from lstm_core.cells import GRID_INPUT

from . import lines
from .library import TORCH
from .lines import Arrays
from .spreadsheet import csv_over_time
from .torch_own import MODULES

LSTM = CELLS["lstm"]
WIDE = 110  # letters of a line


def net_torch(net: tuple[Cell, ...], params: Sequence[Arrays], x: np.ndarray) -> str:
    """A script that runs layers one above the other along x (T, D), float64, from states of 0, and keeps every named
    node of every layer and step; a stack of LSTMs is compared with torch.nn.LSTM of as many layers.

    net, params: the lowest first, a cell each.
    """
    (T, D), H = np.shape(x), lines.units(params[0], np.shape(x)[1])
    cells = list(dict.fromkeys(net))
    equations = {cell: list(lines.equations(cell, H, TORCH, lines.names(cell)).values()) for cell in cells}
    weights = ["layers = [  # the parameters of each, the lowest first"]
    for cell, own in zip(net, params, strict=True):
        weights += ["    dict(", *(f"        {line}," for name in cell.parameters
                                   for line in _indented(lines.defined(name, own[name], TORCH))), "    ),"]
    first = "{" + ", ".join(f'"{s}": {TORCH.zeros.format(H)}' for s in sorted({s for c in net for s in c.state})) + "}"
    loop = [f"steps, prev = [], [{first}] * {len(net)}", "for x in xs:", "    step = []"]
    loop += [f"    step.append({cell.name}({_arguments(cell, k)}))" for k, cell in enumerate(net)]
    loop += ["    steps.append(step)", "    prev = step"]
    lowest = 0 if net[0] is GRID_INPUT else 1  # layer 1 is the first that repeats; that row only brings x to H
    prints = ["for t, step in enumerate(steps, 1):", f"    for k, layer in enumerate(step, {lowest}):"]
    prints += ['        print(f"step {t}, layer {k}: h =", layer["h"].tolist())']
    own = _own(len(net), D, H) if set(net) == {LSTM} else []
    return lines.script(
        [f"# {len(net)} layers, {', '.join(cell.name for cell in net)}, over {T} steps.", TORCH.imports],
        lines.definitions([line for own in equations.values() for line in own], TORCH),
        *([*_function(cell, equations[cell]), ""] for cell in cells),
        [f"{lines.defined('xs', x, TORCH)}.requires_grad_()", *weights, "]"], loop, prints, _depends(net, lowest), own)


def _depends(net, lowest):
    """Lines that tell how strongly the highest layer's last h depends on x, and on what each layer gives as h."""
    names = [name for name in net[-1].lines if name == "h" or name.startswith("h_")]  # in a grid along time too
    return [
        "# How strongly the highest layer's last h depends on x, and on each layer's h: the norm of its derivatives.",
        f"hs = [layer[name] for step in steps for layer in step[{1 - lowest}:] for name in {lines.list_of(names)}]",
        'last = steps[-1][-1]["h"]',
        "rows = [torch.autograd.grad(h, [xs, *hs], retain_graph=True, materialize_grads=True) for h in last]",
        "by_x, *by_hs = map(torch.stack, zip(*rows))",
        "by_hs = iter(by_hs)",
        "for t, step in enumerate(steps, 1):",
        '    print(f"by step {t}: x =", by_x[:, t - 1].norm().item())',
        f"    for k, layer in enumerate(step[{1 - lowest}:], 1):",
        f"        by_h = torch.cat([next(by_hs) for name in {lines.list_of(names)}])",
        '        print(f"by step {t}, layer {k}: h =", by_h.norm().item())',
    ]


def _function(cell, equations):
    """A cell's step as a function: what comes in, then its parameters; it gives every named node."""
    head = f"def {cell.name}({', '.join([*_reads(cell), *cell.parameters])}):"
    gives = f"return {lines.dict_of(lines.names(cell))}"
    return [*wrap(head, WIDE, subsequent_indent=" " * (len(cell.name) + 5)), *(f"    {line}" for line in equations),
            *(f"    {line}" for line in wrap(gives, WIDE, subsequent_indent=" " * 8))]


def _reads(cell):
    return [name for name in lines.incoming(cell) if name in cell.readers]


def _arguments(cell, k):
    """What the k-th layer is given: x or the h below, its own states, the nodes of the layer below, its parameters."""
    def given(name):
        if name == "x":
            return f'step[{k - 1}]["h"]' if k else "x"
        if name.endswith("_below"):
            return f'step[{k - 1}]["{name.removesuffix("_below")}"]'
        return f'prev[{k}]["{name.removesuffix("_prev")}"]'

    return ", ".join([*map(given, _reads(cell)), f"**layers[{k}]"])


def _indented(text):
    first, *rest = text.replace(" = ", "=", 1).split("\n")
    return ["\n".join([first, *(f"        {line}" for line in rest)])]


def _own(count, D, H):
    """Lines that run PyTorch's own stack with the same weights, and say whether it agrees."""
    name, gates, *_ = MODULES[LSTM]

    def joined(letter):
        return ", ".join(f'own["{letter}_{gate}"]' for gate in gates)

    return [
        "# The same run by PyTorch's own stack, with the same weights.",
        f"module = torch.nn.{name}({D}, {H}, num_layers={count}, dtype=torch.float64)",
        "with torch.no_grad():",
        "    for k, own in enumerate(layers):",
        f'        getattr(module, f"weight_ih_l{{k}}").copy_(torch.cat([{joined("W")}]))',
        f'        getattr(module, f"weight_hh_l{{k}}").copy_(torch.cat([{joined("U")}]))',
        f'        getattr(module, f"bias_ih_l{{k}}").copy_(torch.cat([{joined("b")}]))',
        f'        getattr(module, f"bias_hh_l{{k}}").copy_({TORCH.zeros.format(4 * H)})',
        "    h_torch, (h_last, c_last) = module(xs)",
        "pairs = [",
        '    (torch.stack([step[-1]["h"] for step in steps]), h_torch),',
        '    (torch.stack([layer["h"] for layer in steps[-1]]), h_last),',
        '    (torch.stack([layer["c"] for layer in steps[-1]]), c_last),',
        "]",
        "agrees = all(torch.allclose(a, b, rtol=1e-9, atol=1e-12) for a, b in pairs)",
        f'print("agrees with torch.nn.{name}:", agrees)',
    ]


def csv_of_net(net: Sequence[Cell], values: Sequence[Arrays], labels: Sequence[str] = ()) -> str:
    """A table of a run: layer (from 1, the lowest), and what `csv_over_time` says of each."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    for k, (cell, own) in enumerate(zip(net, values, strict=True), 1):
        head, *rows = csv.reader(io.StringIO(csv_over_time(cell, own, labels), newline=""))
        table.writerows([["layer", *head]] * (k == 1) + [[k, *row] for row in rows])
    return out.getvalue()
