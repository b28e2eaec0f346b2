"""What many trainings came to, in sentences made of their medians and intervals.  Pure."""
import numpy as np
import pandas as pd

from lstm_core.training import Settings

from ..numbers.compared import brief
from ..numbers.odyssey import VANILLA, beside_vanilla, better, overlap
from ..text.numbers import amount, count, span
from ..words import Words
from .scales import percentage

PARTS = ("nfg", "noaf")  # what Greff et al. found to matter most, taken away
LISTED = 6  # exceptions that are named one by one


def setup(results: pd.DataFrame, words: Words) -> str:
    """What was trained."""
    return words("odyssey.setup", runs=count(len(results)), cells=results.cell.nunique(), tasks=results.task.nunique(),
                 seeds=results.seed.nunique(), steps=_range(results.steps),
                 H=_range(results.H) if "H" in results else count(Settings.H),
                 minutes=amount(results.seconds.sum() / 60))


def _range(values):
    least, most = values.min(), values.max()
    return span(count(least), count(most))


def about_the_same(rows: pd.DataFrame, measure: str, cells: tuple[str, ...], words: Words) -> str:
    """Whether the variants do as the vanilla LSTM does."""
    found = beside_vanilla(rows, measure, cells)
    of = sum(map(len, found.values()))
    if not of:
        return words("odyssey.alone")
    alike = len(found["alike"])
    says = [words("odyssey.alike_all" if alike == of else "odyssey.alike", count=alike, of=of)]
    for kind in ("better", "worse"):
        if found[kind]:
            named = [words("odyssey.at", cell=brief(cell, words), task=words(f"task.{task}"))
                     for cell, task in found[kind][:LISTED]]
            more = len(found[kind]) - len(named)
            named += [words("odyssey.more", count=more)] if more else []
            says.append(words(f"odyssey.{kind}", named=", ".join(named)))
    return " ".join(says)


def removal(rows: pd.DataFrame, measure: str, part: str, words: Words) -> str:
    """What it costs to take a part away, task by task; Markdown."""
    said, costs = [], 0
    for task in rows.index.unique("task"):
        here = rows.loc[task]
        if {part, VANILLA} <= set(here.index):
            without, with_ = here.loc[part], here.loc[VANILLA]
            verdict = "alike" if overlap(without, with_) else "better" if better(without, with_, measure) else "worse"
            costs += verdict == "worse"
            said.append("- " + words(
                f"odyssey_removed.{verdict}", task=words(f"task.{task}"),
                without=spelled(without["median"], measure, words),
                without_low=spelled(without.low, measure, words), without_high=spelled(without.high, measure, words),
                with_=spelled(with_["median"], measure, words), low=spelled(with_.low, measure, words),
                high=spelled(with_.high, measure, words)))
    if not said:
        return ""
    key = "none" if costs == 0 else "all" if costs == len(said) else "some"
    head = words(f"odyssey_costs.{key}", part=words(f"odyssey_part.{part}"), count=costs, of=len(said))
    return "\n".join([head, "", *said])


def spelled(value: float, measure: str, words: Words) -> str:
    """A value of a measure as it is read."""
    if np.isinf(value):
        return words("odyssey.never")
    if measure == "needed":
        return amount(value)
    return percentage(value, words) if measure == "accuracy" else amount(value)


def figure(rows: pd.DataFrame, task: str, measure: str, words: Words) -> str:
    """What a panel shows, for those who do not see it."""
    cells = "; ".join(words("odyssey.about_cell", cell=brief(cell, words),
                            median=spelled(row["median"], measure, words), low=spelled(row.low, measure, words),
                            high=spelled(row.high, measure, words))
                      for cell, row in rows.loc[task].iterrows())
    return words("odyssey.about", task=words(f"task.{task}"), measure=words(f"measure.{measure}"), cells=cells)
