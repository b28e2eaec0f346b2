"""The picture as a table: one row a value, one column a unit."""
import pandas as pd

from .diagram.scene import title
from .experiment import Experiment
from .words import Words


def table(experiment: Experiment, words: Words) -> pd.DataFrame:
    """Every value in the order it is computed, inputs first; a unit that a value does not have is empty."""
    names = [*experiment.inputs, *(n.id for n in experiment.cell.nodes)]
    units = [words("table.unit", unit=k + 1) for k in range(max(experiment.D, experiment.H))]
    rows = [
        [name, title(experiment.cell, name, words), *experiment.env[name],
         *[None] * (len(units) - len(experiment.env[name]))]
        for name in names
    ]
    return pd.DataFrame(rows, columns=[words("table.node"), words("table.name"), *units])
