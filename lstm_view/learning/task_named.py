"""Every task by its name: those of the core, and those made of a visitor's text and of the app's own real series."""
from functools import lru_cache

import numpy as np

from lstm_core.letters import OWN
from lstm_core.tasks import TASKS, Task, series_task, text_task

from ..incoming import starts
from ..incoming.reader import clean
from ..incoming.sequences import MOST_TEXT

NAMES = (*(name for name in TASKS if name != "text"), "series", "text")  # as they are offered


@lru_cache(maxsize=64)
def task_named(name: str, text: str = "") -> Task:
    """The task of a name in NAMES; "text": of this text, up to MOST_TEXT characters, or of our own if it has no letter.

    KeyError for another name.
    """
    made = made_of(name, text)
    if made is None:
        return TASKS[name]
    return text_task(made) if isinstance(made, str) else series_task(made)


def made_of(name: str, text: str = "") -> np.ndarray | str | None:
    """What a task is made of beside the core's own: the returns (N, D) of a series, a text; None for any other."""
    if name == "series":
        return starts.returns(starts.LAST_WEEK + 1, len(starts.TICKERS))[0]
    return text_read(text) if name == "text" and text_read(text) != OWN else None


def text_read(text: str) -> str:
    """The text that the task "text" reads: a visitor's, or our own if that has no letter."""
    return clean(text, MOST_TEXT) or OWN
