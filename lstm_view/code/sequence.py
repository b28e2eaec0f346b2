"""A run of a cell over a sequence as a script, with its numbers in it."""
from collections.abc import Sequence

import numpy as np

from lstm_core import Cell
from lstm_core.analysis import self_loop

from ..diagram.provenance import possible
from . import lines
from .library import NUMPY, TORCH, Library
from .lines import Arrays
from .torch_own import MODULES, of_sequence

NAMES = {"xs", "x", "t", "steps", "step", "initial", "forced", "periods", "enumerate", "name"}


def sequence_numpy(
    cell: Cell, params: Arrays, x: np.ndarray, initial: Arrays | None = None, clamp: Arrays | None = None
) -> str:
    """A script that runs the cell along x (T, D) in NumPy, float64, keeps every named node of every step, and prints
    each step's states.

    params as `init_params` makes them; initial: state -> (H,), None: zeros; clamp: equation name -> (T, H), nan where a
    unit is free.  Where the core holds an overflow at a finite bound, the script has inf.

    ValueError for a cell that reads the layer below and for a clamp of another shape, KeyError for one of no equation.
    """
    return _script(cell, params, x, initial, clamp, NUMPY)


def sequence_torch(
    cell: Cell, params: Arrays, x: np.ndarray, initial: Arrays | None = None, clamp: Arrays | None = None
) -> str:
    """The same in PyTorch, float64; rnn, lstm and gru with nothing clamped are compared with PyTorch's own layers."""
    return _script(cell, params, x, initial, clamp, TORCH)


def _script(cell, params, x, initial, clamp, library):
    (T, D), clamp = np.shape(x), at_steps("clamp", clamp, cell, params, x)
    called = lines.names(cell, NAMES)
    loop = unrolled(cell, params, D, clamp, library, called)
    own = of_sequence(cell, D, lines.units(params, D)) if library is TORCH and cell in MODULES and not clamp else []
    return lines.script(
        [f"# The cell {cell.name!a} over {T} step{'s' * (T > 1)}.", library.imports], lines.definitions(loop, library),
        given(cell, params, x, initial, clamp, library), loop, printed(cell), own)


def printed(cell: Cell) -> list[str]:
    """Lines that print the states of each step."""
    return [
        "for t, step in enumerate(steps, 1):",
        f"    for name in {lines.list_of(shown(cell))}:",
        '        print(f"step {t}: {name} =", step[name].tolist())',
    ]


def at_steps(argument: str, arrays: Arrays | None, cell: Cell, params: Arrays, x: np.ndarray) -> Arrays:
    """Arrays of numbers for steps and units, by equation name, without those that are nan throughout.

    KeyError for a name of no equation, ValueError for another shape than (T, H).
    """
    T, D = np.shape(x)
    shape, known = (T, lines.units(params, D)), lines.expressions(cell)
    for name, values in (arrays or {}).items():
        if name not in known:
            raise KeyError(f"{argument}: {name}: the {cell.name} cell's equations are of {', '.join(known)}")
        if np.shape(values) != shape:
            raise ValueError(f"{argument}[{name!r}]: given shape {np.shape(values)}, wanted {shape}")
    arrays = {name: np.asarray(values, float) for name, values in (arrays or {}).items()}
    return {name: values for name, values in arrays.items() if not np.isnan(values).all()}


def shown(cell: Cell) -> list[str]:
    """What is printed of each step: h, and the other states."""
    return [name for name in dict.fromkeys(["h", *lines.states(cell)]) if name in cell.node]


def given(cell: Cell, params: Arrays, x: np.ndarray, initial: Arrays | None, clamp: Arrays,
          library: Library) -> list[str]:
    """Lines that define what comes in: xs, the parameters, `initial`, `periods` for a clock, `forced` for clamps."""
    if cell.below:
        raise ValueError(f"cell: given {cell.name}, which reads the layer below; wanted one that reads only x")
    D = np.shape(x)[1]
    H = lines.units(params, D)
    found = [lines.defined("xs", x, library), *lines.weights(cell, params, D, library)]
    if cell.state:
        first = {s: np.zeros(H) if initial is None else np.reshape(initial[s], H) for s in lines.states(cell)}
        found += ["initial = {", *(f'    "{s}": {_vector(value, library)},' for s, value in first.items()), "}"]
    if "tick" in cell.inputs:
        found.append(periods(cell, H, library))
    forced = lines.filled("forced", clamp, np.nan, library)
    return found + ["# nan: free; steps and units are counted from 0"] * bool(forced) + forced


def _vector(value, library):
    return library.array.format(lines.literal(value)) if np.any(value) else library.zeros.format(len(value))


def periods(cell: Cell, H: int, library: Library) -> str:
    """The line that defines each unit's period."""
    return f"periods = {library.name}.{'array' if library is NUMPY else 'tensor'}({cell.unit_periods(H).tolist()})"


def kept(cell: Cell, H: int, called: dict[str, str], library: Library) -> list[str]:
    """Lines of the loop that keep what share of a state is kept, and what is added to it; none for a cell that keeps no
    share of any."""
    state = possible(cell)
    if state is None:
        return []
    keep, written = self_loop(cell, state)
    return [f"keeps.append({lines.value(cell, [keep], H, library, called)})",
            f"writes.append({lines.value(cell, written, H, library, called)})"]


def unrolled(cell: Cell, params: Arrays, D: int, clamp: Arrays, library: Library, called: dict[str, str],
             kept: Sequence[str] = (), moved: bool = False, cut: Sequence[str] = ()) -> list[str]:
    """Lines that run the cell along xs, and keep the values of each step in `steps`, a list of dicts.

    kept: lines that keep more of each step, in `keeps` and `writes`.  moved: whether a row of `moves` is added to each
    state as it comes in.  cut: lines with which a step begins.
    """
    states = lines.states(cell)
    prevs, now = [", ".join(names) for names in ([f"{s}_prev" for s in states], [called[s] for s in states])]
    body = [*cut]
    if moved and states:
        body.append(f"{prevs} = " + ", ".join(f"{s}_prev + moves[t, {k}]" for k, s in enumerate(states)))
    body += ["tick = " + library.number.format("t % periods == 0")] * ("tick" in cell.inputs)
    for name, line in lines.equations(cell, lines.units(params, D), library, called).items():
        body.append(line)
        if name in clamp:
            held = library.where.format(f'forced["{name}"][t]', called[name])
            body.append(f"{called[name]} = {held}")
    if moved:  # so that each has derivatives, if of 0
        body += [f"{called[name]} = {called[name]} + 0 * x.sum()" for name in shown(cell)
                 if name not in lines.varying(cell)]
    body.append(f"steps.append({lines.dict_of(called)})")
    body += kept
    before = ["keeps, writes = [], []"] * bool(kept)
    if states:
        before.append(f"{prevs} = " + ", ".join(f'initial["{s}"]' for s in states))
        body.append(f"{prevs} = {now}")
    head = "for t, x in enumerate(xs):" if clamp or moved or cut or "tick" in cell.inputs else "for x in xs:"
    return ["steps = []", *before, head, *(f"    {line}" for line in body)]
