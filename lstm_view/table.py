"""The picture as a table: one row a value, one column a unit."""
import pandas as pd

from .experiment import Experiment
from .names import title
from .words import Words


def table(experiment: Experiment, words: Words, selected: str = "") -> pd.DataFrame:
    """Every value in the order it is computed, inputs first, to six decimals; empty where a value has no such unit.

    The selected value, `f.1`, stands in bold (Markdown).
    """
    env, width = experiment.env, max(experiment.D, experiment.H)
    rows = {
        name: [title(experiment.cell, name, words), *(f"{v:.6f}" for v in env[name]), *[""] * (width - len(env[name]))]
        for name in (*experiment.inputs, *experiment.cell.node)
    }
    name, _, unit = selected.rpartition(".")
    if name:
        rows[name][0] = f"**{rows[name][0]}**"
        rows[name][1 + int(unit)] = f"**{rows[name][1 + int(unit)]}**"
    columns = [words("table.name"), *(words("table.unit", unit=k + 1) for k in range(width))]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis(words("table.node"))
