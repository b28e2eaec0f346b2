"""What a run tells of its memory, as lines of PyTorch that follow the run in a script: what is left of each writing,
how long writings last, how strongly a step depends on those before it.

The lines read what `sequence.unrolled` keeps in its loop: `keeps` and `writes`, of each step what share of the state it
keeps and what it adds; and `moves`, zeros that are added to every state as it comes in, so that a derivative by them is
one by that state alone, while the others are held still.
"""
import numpy as np

from lstm_core import Cell

from ..diagram.provenance import possible
from . import lines
from .library import TORCH
from .lines import Arrays
from .sequence import NAMES as OF_RUN
from .sequence import given, kept, printed, unrolled
from .torch_own import MODULES, of_sequence

NAMES = OF_RUN | {"keeps", "writes", "moves", "keep", "written", "left", "part", "half_life", "surviving", "weight",
                  "gone", "lag", "units", "by", "matrix", "spectral", "unit", "by_x", "by_state", "own", "grown",
                  "direct", "full", "whole", "k", "derivatives", "norm"}


NORM = """\
def norm(gradient):
    if gradient is None:  # it was not read
        return 0.0
    largest = gradient.abs().max().item()  # scaled first: the square of 1e-170 is 0
    return largest * (gradient / largest).norm().item() if 0 < largest < float("inf") else largest
"""


def memory_torch(cell: Cell, params: Arrays, x: np.ndarray, unit: int | None = None, remembers: int | None = None,
                 paths: tuple[int, int] | None = None) -> str:
    """`sequence_torch` from states of 0, and of the state that keeps a share of itself, if there is one, until half of
    a writing is left.  Steps and units count from 0.

    unit: what is left at each step of what every step wrote to this unit.  remembers: how strongly h of this step
    depends on x of each, and how much a change of the states before it grows at most.  paths: a step and a unit of the
    state, else of h: how it depends on itself at every earlier step, along the self-loop and along every path, and the
    norm of all states' derivatives by all.
    """
    (T, D), H, state = np.shape(x), lines.units(params, np.shape(x)[1]), possible(cell)
    called, moved = lines.names(cell, NAMES), remembers is not None or paths is not None
    loop = unrolled(cell, params, D, {}, TORCH, called, kept(cell, H, called, TORCH), moved)
    S = max(1, len(cell.state))
    zeros = [f"moves = {TORCH.zeros.format((T + 1, S, H))}.requires_grad_()  # of each state before each step",
             "xs.requires_grad_()"]
    sections = []
    if unit is not None and state:
        sections.append(_left(state, unit))
    if remembers is not None:
        sections.append(_remembers(cell, remembers))
    if paths is not None:
        sections.append(_paths(cell, state or "h", bool(state), *paths))
    return lines.script(
        [f"# The cell {cell.name!a} over {T} step{'s' * (T > 1)}, and its memory.", TORCH.imports],
        [NORM] * (remembers is not None) + lines.definitions(loop, TORCH), DERIVATIVES * moved,
        given(cell, params, x, None, {}, TORCH) + zeros * moved,
        loop, printed(cell), of_sequence(cell, D, H) if cell in MODULES else [], half_lives(cell), *sections)


def half_lives(cell: Cell) -> list[str]:
    """Lines that tell how long what is written to each unit lasts."""
    state = possible(cell)
    return [] if state is None else [
        f"# Steps until half of what is written to {state} is left: the median over all writings by their size,",
        "# those that the end cuts off as far as they go (Kaplan & Meier 1958).  inf: not within the run.",
        "keep, weight = torch.stack(keeps).detach().abs(), torch.stack(writes).detach().abs()",
        "left, surviving = torch.ones_like(keep), torch.ones_like(keep[0])",
        'half_life = torch.full_like(surviving, float("inf"))',
        'half_life[weight.sum(0) == 0] = float("nan")',
        "for lag in range(1, len(keep)):",
        "    left, weight = left[:-1] * keep[lag:], weight[:-1]",
        "    gone = left <= 0.5 * (1 + 1e-12)  # what rounding leaves of a half",
        "    surviving = surviving * (1 - torch.nan_to_num((weight * gone).sum(0) / weight.sum(0)))",
        "    half_life[torch.isinf(half_life) & (surviving <= 0.5 * (1 + 1e-12))] = lag",
        "    weight = weight * ~gone",
        f'print("half-life of {state} =", half_life.tolist())',
    ]


def _left(state, unit):
    return [
        f"# What is left in {state} of unit {unit + 1} at each step: of the initial state, then of each writing.",
        f'left = [initial["{state}"][{unit}]]',
        "for t, (keep, written) in enumerate(zip(keeps, writes), 1):",
        f"    left = [part * keep[{unit}] for part in left] + [written[{unit}]]",
        f'    print(f"step {{t}}: {state} of unit {unit + 1} is made of", torch.stack(left).tolist())',
    ]


DERIVATIVES = [
    "def derivatives(units, by):",
    '    """Of each unit its derivatives by some tensors."""',
    "    return [torch.autograd.grad(unit, by, retain_graph=True, materialize_grads=True) for unit in units]", "", "",
    "def spectral(matrix):",
    '    """Its largest singular value; nan where a number has overflowed."""',
    "    return torch.linalg.matrix_norm(matrix, 2).item() if torch.isfinite(matrix).all() else float(\"nan\")", "",
]


def _remembers(cell, t):
    found = [
        f"# How strongly h of step {t + 1} depends on x of each step: the norm of its derivatives.",
        f'by_x, by_state = map(torch.stack, zip(*derivatives(steps[{t}]["h"], [xs, moves])))',
        f"for k in range({t + 1}):",
        f'    print(f"h of step {t + 1} by x of step {{k + 1}} =", norm(by_x[:, k]))',
    ]
    if not t or not cell.state:
        return found
    if "h" not in cell.state:
        found.append(f"by_state = torch.stack([own for own, in derivatives({_all(cell, t)}, [moves])])")
    return [
        *found,
        "# A small change of all that an earlier step hands on comes out so many times as large, at most.",
        f"for k in range({t}):",
        "    grown = spectral(by_state[:, k + 1].flatten(1))",
        f'    print(f"h of step {t + 1} by the states of step {{k + 1}} =", grown)',
    ]


def _paths(cell, state, loops, t, unit):
    full = f'steps[{t}]["{state}"][{unit}:{unit + 1}], [step["{state}"] for step in steps[:{t + 1}]]'
    found = [
        f"# How {state} of unit {unit + 1} at step {t + 1} depends on itself at each step, along every path" + (
            f" and along {state} alone;" if loops else ";"),
        "# and the norm of the derivatives of all states by all states.",
        f"[full] = derivatives({full})",
        f"by_state = torch.stack([own for own, in derivatives({_all(cell, t)}, [moves])])",
    ]
    found += ["direct = [1.0]", f"for keep in reversed(keeps[1:{t + 1}]):",
              f"    direct.insert(0, direct[0] * keep[{unit}].item())"] * loops
    direct = ', "alone", direct[k]' if loops else ""
    return [
        *found,
        f"for k in range({t + 1}):",
        f"    whole = spectral(by_state[:, k + 1].flatten(1)) if k < {t} else 1.0",
        f'    print(f"step {{k + 1}}: every path", full[k][{unit}].item(){direct}, "norm", whole)',
    ]


def _all(cell, t):
    """All states of a step, one after another."""
    names = ", ".join(f'steps[{t}]["{state}"]' for state in lines.states(cell))
    return f"torch.cat([{names}])" if len(cell.state) > 1 else names
