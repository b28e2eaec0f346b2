"""The tables of the page `gradients`: what its figures and its picture show, number by number."""
from collections.abc import Callable

import numpy as np
import pandas as pd

from ..numbers.backwards import Clipped, Pass, Paths, bias_half_lives, half_lives, lengths
from ..numbers.compared import brief
from ..numbers.over_time import radii
from ..text.numbers import amount
from ..words import Words
from .names import symbol, title
from .spans import lastings


def norms(passes: dict[str, Pass], words: Words) -> pd.DataFrame:
    """A row a step, counted from 1; a column each norm of each cell."""
    columns = {f"{brief(name, words)} ‖∂L/∂{letter(done, of)}‖": values
               for name, done in passes.items() for of, values in lengths(done).items()}
    T = next(iter(passes.values())).run.T
    return pd.DataFrame(columns, pd.RangeIndex(1, T + 1, name=words("timeline.step")))


def letter(done: Pass, name: str) -> str:
    """What formulas call a value: C for c."""
    return symbol(done.run.cell, name)[0] if symbol(done.run.cell, name) else name


def units(done: Pass, name: str, words: Words) -> pd.DataFrame:
    """The gradient of one value: a row a step, a column a unit."""
    values = done.grads[name][:, 0]
    columns = {str(k + 1): values[:, k] for k in range(values.shape[1])}
    return pd.DataFrame(columns, pd.RangeIndex(1, len(values) + 1, name=words("timeline.step")))


def step(done: Pass, t: int, words: Words) -> pd.DataFrame:
    """Every gradient of one step: a row a value, by unit its gradient and, beside it, the value itself."""
    made = done.run
    names = ["x", *(f"{s}_prev" for s in made.cell.state), *made.cell.inputs, *made.cell.node]
    rows = {name: {words("table.name"): title(made.cell, name, words)}
            | {f"δ {k + 1}": value for k, value in enumerate(done.grads[name][t, 0])}
            | {str(k + 1): value for k, value in enumerate(made.values[name][t])} for name in names}
    count = range(1, max(made.D, made.H) + 1)
    columns = [words("table.name"), *(f"δ {k}" for k in count), *map(str, count)]
    return pd.DataFrame.from_dict(rows, orient="index")[columns].rename_axis(words("table.node"))


def paths(found: Paths, words: Words) -> pd.DataFrame:
    """A row a step k: the direct path, the full derivative and the norm of the whole Jacobian."""
    columns = {} if found.direct is None else {words("gradients.direct"): found.direct}
    columns |= {words("gradients.full"): found.full, words("gradients.whole"): found.whole}
    return pd.DataFrame(columns, pd.RangeIndex(1, found.t + 2, name=words("timeline.step")))


def clipping(found: Clipped, words: Words) -> pd.DataFrame:
    """A row a parameter: its gradient's norm before and after."""
    return pd.DataFrame({words("gradients.before"): found.before, words("gradients.after"): found.after})


def descent(found: Clipped, words: Words, said: Callable = amount) -> pd.DataFrame:
    """A row a kind of step: the norm of its gradient, the loss it promises along the slope, the loss it reaches.

    said: how a number is given; float, at full precision.
    """
    rows = zip((found.norm, found.shrunk), found.promised, found.reached, strict=True)
    columns = [words("gradients.norm"), words("gradients.promised"), words("gradients.reached")]
    return pd.DataFrame([[said(size), said(found.loss + by), said(after)] for size, by, after in rows],
                        [words("gradients.before"), words("gradients.after")], columns)


def memory(passes: dict[str, Pass], words: Words) -> pd.DataFrame:
    """What decides how fast each cell's gradient fades: spectral radii and half-lives, as text."""
    rows = {}
    for name, done in passes.items():
        made = done.run
        by_bias, measured = bias_half_lives(made), half_lives(made)
        rows[brief(name, words)] = [
            ", ".join(f"{matrix} {amount(radius)}" for matrix, radius in
                      radii(made.cell, made.params).items()),
            words("gradients.not_so") if by_bias is None else _span(by_bias, words),
            words("gradients.not_so") if measured is None else lastings(measured, words),
        ]
    columns = [words("gradients.radii"), words("gradients.by_bias"), words("gradients.measured")]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis(words("control.cell"))


def _span(steps, words):
    """The least and the most of some half-lives."""
    said = [words("gradients.forever") if count == np.inf else amount(count) for count in (min(steps), max(steps))]
    return said[0] if said[0] == said[1] else f"{said[0]} – {said[1]}"


def check(slopes: dict, words: Words, said: Callable = amount) -> pd.DataFrame:
    """A row a parameter of a cell: the slope by back-propagation, by differences, and how far they are apart; said:
    as for `descent`."""
    rows = {f"{brief(cell, words)} {name}": [*map(said, slope)]
            for cell, own in slopes.items() for name, slope in own.items()}
    columns = [words("gradients.check_backward"), words("gradients.check_differences"), words("gradients.check_error")]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis(words("gradients.check_of"))
