"""Which unit does what: correlations on unseen data, beside those of the untrained net."""
import itertools
from dataclasses import replace

import numpy as np
import pytest

from lstm_core import CELLS, forward
from lstm_core.tasks import TASKS
from lstm_core.training import Settings, train
from lstm_view.diagram.meaning import unit_beside
from lstm_view.figures.meaning import correlations
from lstm_view.numbers.film import film
from lstm_view.numbers.meaning import COUNT, FEWEST, MOST_NUMBERS, STREAM, found, how_many
from lstm_view.telling.meaning import correlation, of_unit, said
from lstm_view.words import words


def trained(cell="lstm", task="brackets", count=2, **more):
    settings = Settings(**{"cell": CELLS[cell], "task": TASKS[task], "H": 3, "B": 4, "rate": 0.05} | more)
    return settings, list(itertools.islice(train(settings, every=3), count))


@pytest.fixture(scope="module")
def brackets():
    settings, records = trained()
    return settings, records, found(settings, records[1])


def test_correlations_are_pearsons(brackets):
    settings, records, what = brackets
    batch = settings.task.unseen([settings.seed, STREAM], COUNT, None)
    assert what.properties == list(batch.properties)
    for net, table in ((records[1], what.now), (records[0], what.before)):
        trace = forward(settings.cell, {n: net.params[n] for n in settings.cell.parameters}, batch.x,
                        lengths=batch.lengths)
        for (node, k), row in zip(what.units, table, strict=True):
            for values, r in zip(batch.properties.values(), row, strict=True):
                here = ~np.isnan(values)
                wanted = np.corrcoef(trace[node][..., k][here], values[here])[0, 1]
                assert r == pytest.approx(wanted, abs=1e-9)


def test_the_server_looks_into_a_net_once_and_into_a_large_one_on_fewer_sequences(brackets):
    settings, records, what = brackets
    assert found(settings, records[1]) is what and what.count == how_many(settings) == COUNT
    large = replace(settings, H=256, length=settings.task.longest)
    assert how_many(large) * settings.task.longest * 256 <= MOST_NUMBERS and how_many(large) >= FEWEST


def test_the_clearest_unit_is_first(brackets):
    _, _, what = brackets
    clearest = np.abs(what.now).max(1)
    assert (np.diff(clearest) <= 0).all() and sorted(what.units) == [(s, k) for s in "ch" for k in range(3)]
    assert np.abs(what.now[2, what.best(2)]) == clearest[2]
    node, k = what.units[4]
    assert what.row(f"{node}.{k}") == 4 and what.row("f.1") == what.row("") == 0


def test_an_untrained_net_is_its_own_control():
    settings, records = trained(count=1)
    what = found(settings, records[0])
    np.testing.assert_array_equal(what.now, what.before)
    assert "not trained yet" in said(what, 0, settings.cell, words("en"))
    settings, records = trained(count=2)
    late = found(settings, replace(records[0], step=7))  # whose beginning was not kept: it is made again
    np.testing.assert_array_equal(late.now, late.before)


def test_a_task_without_properties(monkeypatch):
    settings, records = trained()

    def unseen(self, *given):
        return replace(drawn(self, *given), properties={})

    drawn = type(settings.task).unseen
    monkeypatch.setattr(type(settings.task), "unseen", unseen)
    assert found(settings, records[0]) is None


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_what_is_said(brackets, lang):
    settings, _, what = brackets
    say = words(lang)
    text = said(what, 3, settings.cell, say)
    best = what.best(0)
    assert f"r = {correlation(what.now[0, best])}" in text and "{" not in text and "(는)" not in text
    assert text.count("\n- ") == len(what.properties)
    count = int((np.abs(what.now).max(1) >= 0.5).sum())
    assert str(count) in text and of_unit(what, 0, settings.cell, say).endswith(correlation(what.now[0, best]))
    nothing = replace(what, now=0 * what.now)
    assert say("meaning.no_relation") in said(nothing, 3, settings.cell, say)


def test_the_figure_and_the_lines_have_the_numbers(brackets):
    settings, records, what = brackets
    names = [f"{node} {k}" for node, k in what.units]
    figure = correlations(what.now, what.before, names, what.properties, ("now", "before"), False)
    np.testing.assert_array_equal(figure.data[0].z, what.now)
    np.testing.assert_array_equal(figure.data[1].z, what.before)
    shown = film(settings, records)
    data = unit_beside(shown, 1, "c", 2, "innermost", "<b>", "", words("en"))
    unit, wanted = (panel["lines"][0]["values"] for panel in data["panels"])
    assert unit == shown.frames[1].values["c"][:, 2].tolist() and len(data["labels"]) == shown.T
    expected = shown.example.properties["innermost"][:, 0]
    assert np.isnan(expected).any() and wanted == [None if np.isnan(v) else v for v in expected]
    for panel in data["panels"]:
        known = [v for v in panel["lines"][0]["values"] if v is not None]
        assert panel["low"] <= min(known) and max(known) <= panel["high"]
