"""A loss of a run and all its gradients as a script in PyTorch, with its numbers in it."""
from dataclasses import replace

import numpy as np

from lstm_core import Cell
from lstm_core.gates import forget_sign

from . import lines
from .library import TORCH
from .lines import Arrays
from .memory import NAMES as OF_RUN
from .memory import NORM, half_lives
from .sequence import at_steps, given, kept, periods, shown, unrolled
from .torch_own import MODULES, of_gradients

NAMES = OF_RUN | {"weights", "params", "value", "loss", "norm", "sum", "list", "zip", "max", "total", "scale", "counts",
                  "radius", "fades"}


def gradients_torch(
    cell: Cell, params: Arrays, x: np.ndarray, loss: Arrays, initial: Arrays | None = None,
    clamp: Arrays | None = None, clip: float | None = None, truncate: int | None = None,
) -> str:
    """A script that runs the cell along x (T, D) in PyTorch, float64, and by autograd prints the loss and, in Euclidean
    norm, the gradient of each step's states and x, of the initial states, and of each parameter; then what decides how
    fast gradients fade: half-lives, and the spectral radius of each matrix on a state.

    loss: equation name -> a weight for each of its values, (T, H); the loss is the sum of weight * value.  Of rnn, lstm
    and gru with nothing clamped the gradients of a loss of h alone are compared with those of PyTorch's own layers.
    params, initial, clamp: as for `sequence_numpy`.  clip: the norm that the parameters' gradients are clipped to, all
    together; their norms are then printed before and after.  truncate: no gradient crosses a cut after so many steps.

    ValueError for no loss and otherwise as `sequence_numpy`, KeyError for a loss of what is no equation.
    """
    T, D = np.shape(x)
    clamp, loss = at_steps("clamp", clamp, cell, params, x), at_steps("loss", loss, cell, params, x)
    if not loss:
        raise ValueError("loss: given none, wanted weights for the values of a node")
    called = lines.names(cell, NAMES)
    library, H = _library(cell, loss, truncate), lines.units(params, D)
    loop = unrolled(cell, params, D, clamp, library, called, kept(cell, H, called, TORCH) if not clamp else (),
                    cut=_cut(cell, truncate, library))
    compared = cell in MODULES and not clamp and not truncate and loss.keys() == {"h"}
    return lines.script(
        [f"# The gradients of the cell {cell.name!a} over {T} step{'s' * (T > 1)}.", TORCH.imports],
        [NORM, *lines.definitions(loop, TORCH)],
        given(cell, params, x, initial, clamp, TORCH),
        ["# what each value counts for in the loss; steps and units are counted from 0",
         *lines.filled("weights", loss, 0.0, TORCH)],
        _learned(cell, lines.units(params, D)),
        [*loop, *_retained(cell)],
        ['loss = sum((weights[name] * torch.stack([step[name] for step in steps])).sum() for name in weights)',
         "loss.backward()"],
        _prints(cell),
        half_lives(cell) if not clamp else [], _decides(cell), of_gradients(cell, D, H) if compared else [],
        _clipped(clip))


def _cut(cell, truncate, library):
    """Lines with which a step begins: the states come in without their past."""
    if not truncate or not cell.state:
        return []
    more = "" if library is TORCH else ".requires_grad_()"
    return [f"if t > 0 and t % {truncate} == 0:  # no gradient goes back over this",
            *(f"    {state}_prev = {state}_prev.detach(){more}" for state in lines.states(cell))]


def _decides(cell):
    """Lines that print spectral radii, and the half-life that the forget gate's bias alone would give."""
    found = []
    if matrices := [name for name in cell.parameters if name[:2] in ("U_", "R_")]:
        found += [f"for name in {lines.list_of(matrices)}:",
                  '    radius = torch.linalg.eigvals(params[name].detach()).abs().max().item()',
                  '    print(f"spectral radius of {name} =", radius)']
    if sign := forget_sign(cell):
        found += [f"fades = torch.logaddexp(torch.zeros_like(b_f), {'-' * (sign > 0)}b_f)  # -ln σ of the bias alone",
                  'print("half-life by the bias =", (torch.log(tensor(2.0)) / fades).tolist())']
    return found


def _learned(cell, H):
    """Lines that ask for the gradients of all that comes in."""
    pairs = [f'"{name}": {name},' for name in cell.parameters]
    rows = [" ".join(pairs[k : k + 6]) for k in range(0, len(pairs), 6)]
    leaves = ["*xs", *["*initial.values()"] * bool(cell.state), "*params.values()"]
    found = ["params = {", *(f"    {row}" for row in rows), "}",
             "xs = list(xs)  # each step's x by itself, as each has a gradient",
             f"for value in [{', '.join(leaves)}]:", "    value.requires_grad_()"]
    if cell.masked:
        found += [periods(cell, H, TORCH)] * ("tick" not in cell.inputs)
        found += ["counts = periods[:, None] <= periods  # the entries of an R that are not always 0"]
        found += [f"{name}.register_hook(lambda gradient: gradient * counts)" for name in cell.masked]
    return found


def _retained(cell):
    """Lines that keep the gradients of each step's states."""
    return ["for step in steps:", *(f'    step["{name}"].retain_grad()' for name in shown(cell))]


def _library(cell, loss, truncate):
    """PyTorch, and where some state or the loss depends on nothing that is learned, numbers that have gradients too."""
    learned, before = {"x", *cell.parameters}, 0
    while len(learned) > before:  # what x or a parameter goes into, at this step or through the last one's states
        before = len(learned)
        learned |= {node.id for node in cell.nodes if not learned.isdisjoint(node.inputs)}
        learned |= {f"{state}_prev" for state in cell.state if state in learned and not truncate}
    if learned.issuperset(shown(cell)) and not learned.isdisjoint(loss):
        return TORCH
    full = TORCH.full.removesuffix(")") + ", requires_grad=True)"
    return replace(TORCH, full=full, number=f"{TORCH.number}.requires_grad_()")


def _prints(cell):
    states, names = lines.list_of(lines.states(cell)), lines.list_of(shown(cell))
    before = [f"for name in {states}:", '    print(f"before step 1: |dL/d{name}| =", norm(initial[name].grad))']
    return [
        'print("loss =", loss.item())',
        *before * bool(cell.state),
        "for t, (x, step) in enumerate(zip(xs, steps), 1):",
        '    print(f"step {t}: |dL/dx| =", norm(x.grad))',
        f"    for name in {names}:",
        '        print(f"step {t}: |dL/d{name}| =", norm(step[name].grad))',
        "for name, value in params.items():",
        '    print(f"|dL/d{name}| =", norm(value.grad))',
    ]


def _clipped(clip):
    return [] if clip is None else [
        "# Clipped: the norm of all parameters' gradients together.",
        "total = norm(tensor([norm(value.grad) for value in params.values()]))",
        f"scale = {lines.number(clip)} / max(total, {lines.number(clip)})",
        "for name, value in params.items():",
        '    print(f"clipped: |dL/d{name}| =", scale * norm(value.grad))',
    ]
