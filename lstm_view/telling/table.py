"""The picture as a table: one row a value, one column a unit."""
import pandas as pd

from ..numbers.experiment import Experiment
from ..text.numbers import LARGE, amount, number
from ..words import Words
from .names import title


def table(experiment: Experiment, words: Words, other: tuple | None = None) -> pd.DataFrame:
    """Every value in the order it is computed, inputs first; NaN where a value has no such unit.

    other: a second run, ("forced" or "pinned", its values); what differs there has a row of its own.
    """
    env, width = experiment.env, max(experiment.D, experiment.H)
    run, beside = other or ("", {})
    rows = {}
    for name in (*experiment.inputs, *experiment.cell.node):
        said = title(experiment.cell, name, words)
        rows[name] = [said, *_row(env[name], width)]
        if name in beside and (beside[name] != env[name]).any():
            rows[f"{name} ({run})"] = [f"{said} ({words(f'run.{run}')})", *_row(beside[name], width)]
    columns = [words("table.name"), *(str(k + 1) for k in range(width))]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis(words("table.node"))


def printed(found: pd.DataFrame, selected: str = "") -> pd.DataFrame:
    """A table as text, to six decimals, or six digits of what is large; the selected value, `f.1`, stands in bold
    (Markdown)."""
    text = found.map(_text)
    name, _, unit = selected.rpartition(".")
    for column in (0, 1 + int(unit)) if name else ():
        text.iat[text.index.get_loc(name), column] = f"**{text.iat[text.index.get_loc(name), column]}**"
    return text


def _text(value):
    if isinstance(value, str):
        return value
    return "" if value != value else str(number(value, 6) if abs(value) < LARGE else amount(value, 7))


def _row(values, width):
    return [*values.tolist(), *[float("nan")] * (width - len(values))]
