"""The picture as a table: one row a value, one column a unit."""
import pandas as pd

from ..numbers.experiment import Experiment
from ..words import Words
from .names import title


def table(experiment: Experiment, words: Words, selected: str = "", other: tuple | None = None) -> pd.DataFrame:
    """Every value in the order it is computed, inputs first, to six decimals; empty where a value has no such unit.

    The selected value, `f.1`, stands in bold (Markdown).  other: a second run, ("forced" or "pinned", its values);
    what differs there has a row of its own.
    """
    env, width = experiment.env, max(experiment.D, experiment.H)
    run, beside = other or ("", {})
    rows = {}
    for name in (*experiment.inputs, *experiment.cell.node):
        said = title(experiment.cell, name, words)
        rows[name] = [said, *_row(env[name], width)]
        if name in beside and (beside[name] != env[name]).any():
            rows[f"{name} ({run})"] = [f"{said} ({words(f'run.{run}')})", *_row(beside[name], width)]
    name, _, unit = selected.rpartition(".")
    if name:
        rows[name][0] = f"**{rows[name][0]}**"
        rows[name][1 + int(unit)] = f"**{rows[name][1 + int(unit)]}**"
    columns = [words("table.name"), *(str(k + 1) for k in range(width))]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis(words("table.node"))


def _row(values, width):
    return [f"{v + 0.0:.6f}" for v in values] + [""] * (width - len(values))  # + 0.0: no -0.000000
