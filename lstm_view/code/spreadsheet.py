"""The numbers of a step or of a run as CSV (RFC 4180), at full precision."""
import ast
import csv
import io
from collections.abc import Mapping, Sequence

import numpy as np

from lstm_core import Cell

from . import lines

Arrays = Mapping[str, np.ndarray]
FORMULA = tuple("=+-@＝＋－＠\t\r\n")  # what a spreadsheet takes for the beginning of a formula, or strips to find one


def csv_of(cell: Cell, env: Arrays, forced: Arrays | None = None) -> str:
    """A table of one step: node, unit (from 1), value at full precision, and of each named node its equation.

    env is what `step` returns for x (D,) and states (H,); forced the same with clamps, which gets a column of its own.
    """
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    runs = {"value": env} | ({"forced": forced} if forced else {})
    table.writerow(["node", "unit", *runs, "equation"])
    text = {name: f"{name} = {ast.unparse(right)}" for name, right in lines.expressions(cell).items()}
    for name in (*lines.incoming(cell), *cell.node):
        units = zip(*(np.ravel(run[name]).tolist() for run in runs.values()), strict=True)
        table.writerows([name, k, *map(repr, values), text.get(name, "")] for k, values in enumerate(units, 1))
    return out.getvalue()


def csv_over_time(
    cell: Cell, values: Arrays, labels: Sequence[str] = (), other: Arrays | None = None
) -> str:
    """A table of a run: step (from 1), the step's label if there are any, node, unit (from 1), value at full precision,
    and that of the other run, if there is one; step after step, of each first what comes in.

    values, other: a Trace of one sequence, or name -> (T, units) of what comes in and of nodes; what values has not is
    left out.  labels: a text for each step.

    ValueError for more than one sequence, and for labels or another run of other steps or units; KeyError for another
    run without a node that values has.
    """
    names = [name for name in (*lines.incoming(cell), *cell.node) if name in values]
    runs = {"value": values} | ({} if other is None else {"other": other})
    over_time = [list(zip(*(_steps(name, run[name]) for run in runs.values()), strict=True)) for name in names]
    steps = list(zip(*over_time, strict=True))  # of each step: of each name: of each run: the units
    said = [[_harmless(label)] for label in labels] or [[]] * len(steps)
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")  # so that a label with either of these is quoted
    table.writerow(["step", *["label"] * bool(labels), "node", "unit", *runs])
    for t, (label, step) in enumerate(zip(said, steps, strict=True), 1):
        for name, own in zip(names, step, strict=True):
            units = enumerate(zip(*own, strict=True), 1)
            table.writerows([t, *label, name, k, *map(repr, numbers)] for k, numbers in units)
    return out.getvalue()


def _steps(name, array):
    """(T, units) or (T, 1, units) as lists."""
    array = np.asarray(array)
    if array.ndim == 3 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 2:
        raise ValueError(f"values[{name!r}]: given shape {array.shape}, wanted (T, units) or (T, 1, units)")
    return array.tolist()


def _harmless(label):
    """A label that no spreadsheet computes: a visitor's word or a link's, `=HYPERLINK(...)`, would be run as a formula
    on the computer of whoever opens the file.  With an apostrophe in front it is a text.  (OWASP, "CSV Injection")"""
    return f"'{label}" if label.startswith(FORMULA) else label
