import numpy as np
import pytest

from lstm_core.tasks import TASKS
from lstm_view.incoming import starts
from lstm_view.incoming.sequences import MOST_TEXT
from lstm_view.learning.task_named import NAMES, task_named


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_a_task(name):
    task = task_named(name)
    assert task.name == name and task is task_named(name) and (task is TASKS.get(name) or name == "series")


def test_the_names():
    assert set(NAMES) == {*TASKS, "series"} and len(set(NAMES)) == len(NAMES)
    with pytest.raises(KeyError):
        task_named("no such task")


def test_the_series_is_the_shares():
    returns, _ = starts.returns(starts.LAST_WEEK + 1, len(starts.TICKERS))
    sampled, unseen = (draw(0, 50).x[..., 0] for draw in (task_named("series").sample, task_named("series").unseen))
    weeks = [{week for week, row in enumerate(returns) if np.isin(row, x).any()} for x in (sampled, unseen)]
    assert max(weeks[0]) < min(weeks[1]) and max(weeks[1]) < len(returns) == 104


def test_a_text_of_a_visitors():
    task = task_named("text", " ab\u200bba\n\ncc ")
    assert set(task.symbols) == set("abc␣")
    assert task_named("text", " \u200b\n") is TASKS["text"] is task_named("text")
    assert task_named("adding", "no text") is TASKS["adding"]


def test_a_long_text_is_cut():
    symbols = set(task_named("text", "abcde" * (MOST_TEXT // 5) + "z").symbols)
    assert symbols == set("abcde␣…")
