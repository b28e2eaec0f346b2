"""What many trainings came to: the cells of Greff et al. on tasks of this page, from a file made beforehand."""
from functools import lru_cache

import numpy as np
import pandas as pd
import streamlit as st

from ..figures.odyssey import Runs, of_task
from ..numbers.compared import brief
from ..numbers.odyssey import MEASURES, VANILLA, interval, median, shipped, table
from ..state import Memory, mirror
from ..telling import odyssey as telling
from ..telling.family import RELATIVES, reference
from ..words import Words
from ..words import words as words_in
from .saving import saving
from .twins import twin
from .widgets import is_dark, memory_here

OTHERS = ("gru", "rnn")  # in the file, but no variant of the LSTM
LOOKS = {VANILLA: "h", "nfg": "forget", "gru": "input", "rnn": "x"}  # colours; all others: "c"


def page(memory: Memory, words: Words) -> None:
    """All of it, a fragment of its own."""
    @st.fragment(key="odyssey")
    def show():
        _shown(memory.values["measure"], words)

    show()


@lru_cache(maxsize=len(MEASURES))
def _rows(measure):
    """The table of the results that come with the app: a page that is drawn again is drawn whole."""
    return table(shipped()[1], measure)


def _shown(measure, words):
    command, results = shipped()
    rows = _rows(measure)
    st.header(words("odyssey.heading"), anchor=False)
    st.markdown(words("odyssey.intro"))
    st.markdown(telling.setup(results, words))
    st.session_state["odyssey.measure"] = measure
    st.segmented_control(words("odyssey.measure"), MEASURES, required=True, key="odyssey.measure",
                         format_func=lambda name: words(f"measure.{name}"), on_change=_looked)
    tasks = list(rows.index.unique("task"))
    for pair in zip(tasks[::2], [*tasks[1::2], None], strict=False):
        for column, task in zip(st.columns(2), pair, strict=True):
            if task:
                with column:
                    _panel(rows, task, measure, words)
    saving({f"chart-odyssey-{task}": words(f"task.{task}") for task in tasks}, words, "saving-odyssey")
    st.caption(words("odyssey.legend"))
    variants = tuple(cell for cell in results.cell.unique() if cell not in (VANILLA, *OTHERS))
    st.markdown(f"**{words('odyssey.same')}** {telling.about_the_same(rows, measure, variants, words)}")
    for part in telling.PARTS:
        st.markdown(telling.removal(rows, measure, part, words))
    st.caption(words("odyssey.caveat", reference=reference(RELATIVES["nfg"].paper), runs=int(rows.runs.max())))
    twin("odyssey", lambda: _table(rows, words), words)
    st.caption(words("odyssey.command", command=command))


def _looked():
    memory, value = memory_here(), st.session_state.get("odyssey.measure")
    if value is not None:
        memory.note(measure=value)
        mirror(memory, memory.fields, st.session_state["lang"])


def _panel(rows, task, measure, words):
    results = shipped()[1]
    length = results[results.task == task].length.iloc[0]
    st.markdown(f"**{words('odyssey.panel', task=words(f'task.{task}'), length=length)}**")
    figure = _figure(task, measure, words.lang, is_dark())
    st.plotly_chart(figure, key=f"chart-odyssey-{task}", height=figure.layout.height,
                    alt=telling.figure(rows, task, measure, words), config={"displayModeBar": False})


@lru_cache(maxsize=64)
def _figure(task, measure, lang, dark):
    words, results = words_in(lang), shipped()[1]
    here = results[results.task == task]
    cells = [_runs(here[here.cell == cell], cell, measure, words) for cell in here.cell.unique()]
    values = here[measure].to_numpy(float)
    known = values[np.isfinite(values)]
    log = measure == "test_loss"
    low, high = _ends(known, log, float(here.steps.max()) if measure == "needed" else None)
    vanilla = next(((cell.low, cell.high) for cell in cells if cell.name == brief(VANILLA, words)), None)
    return of_task(cells, vanilla, words(f"measure.{measure}"), log, (low, high), words("odyssey.not"),
                   tuple(words(f"odyssey.{name}") for name in ("run", "median", "interval")), dark)


def _runs(runs, cell, measure, words):
    values = runs[measure].to_numpy(float)
    return Runs(brief(cell, words), values, median(values), *interval(values), LOOKS.get(cell, "c"))


def _ends(known, log, most):
    """From where to where an axis goes."""
    if most is not None:
        return 0.0, most
    if not len(known):
        return (-1.0, 0.0) if log else (0.0, 1.0)
    if log:
        return float(np.floor(np.log10(known.min()))), float(np.ceil(np.log10(known.max())))
    return float(min(known.min(), 0.95)), 1.0


def _table(rows, words):
    names = {name: words(f"odyssey.{name}") for name in ("median", "low", "high", "runs", "solved", "share_low",
                                                         "share_high")}
    index = pd.Index([f"{words(f'task.{task}')}: {brief(cell, words)}" for task, cell in rows.index],
                     name=words("odyssey.row"))
    return rows.set_axis(index).rename(columns=names)
