"""What comes into a step though no step can have made it, in sentences."""
from collections.abc import Collection
from math import isinf

from lstm_core.reach import reach

from ..numbers.moment import Experiment
from ..text.numbers import amount, told_apart
from ..words import Words
from .names import title


def beyond(experiment: Experiment, typed: Collection[str], words: Words) -> list[str]:
    """A sentence for each number of a state that lies outside of what any step of the cell gives, of those that a
    visitor set; typed: their addresses."""
    said = []
    for state, (low, high) in reach(experiment.cell).items():
        for unit, value in enumerate(experiment.inputs[f"{state}_prev"].tolist(), 1):
            if f"{state}_prev.{unit - 1}" in typed and not low <= value <= high:
                shown = told_apart(value, low if value < low else high)[0]
                key = "most" if isinf(low) else "least" if isinf(high) else "between"
                said.append(words(f"reach.{key}", name=title(experiment.cell, f"{state}_prev", words), unit=unit,
                                  value=shown, low=amount(low), high=amount(high)))
    return said
