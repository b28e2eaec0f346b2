"""The film, the units and the odyssey as sections of a page, without a browser: tiny nets, both languages."""
import itertools

import pytest
from streamlit.testing.v1 import AppTest

from lstm_core import CELLS
from lstm_core.tasks import TASKS
from lstm_core.training import Settings, train
from lstm_view.numbers.film import beginning, film
from lstm_view.numbers.meaning import found
from lstm_view.numbers.odyssey import shipped, table
from lstm_view.telling.meaning import unit_name
from lstm_view.words import plain, words


def section(task, cells, count):
    """A page with these sections and nothing else."""
    import itertools

    import streamlit as st

    from lstm_core import CELLS
    from lstm_core.tasks import TASKS
    from lstm_core.training import Settings, train
    from lstm_view.numbers import film, odyssey
    from lstm_view.parts import film_sections, meaning_sections, odyssey_sections
    from lstm_view.state import mirror, remember
    from lstm_view.words import words

    fields = (*film.FIELDS, *odyssey.FIELDS)
    lang = st.session_state["lang"]
    memory = remember("training", fields, lambda values: (values, []), lambda values, **changes: values | changes)
    settings = {cell: Settings(cell=CELLS[cell], task=TASKS[task], H=3, B=4) for cell in cells}
    records = {cell: list(itertools.islice(train(own, every=2), count)) for cell, own in settings.items()}
    film_sections.page(memory, words(lang), settings, lambda: records, ("meaning",))
    meaning_sections.page(memory, words(lang), settings, lambda: records)
    odyssey_sections.page(memory, words(lang))
    mirror(memory, fields, lang)


def opened(lang="en", task="brackets", cells=("lstm", "gru"), count=3, **query):
    at = AppTest.from_function(section, args=(task, cells, count), default_timeout=30)
    at.session_state["lang"] = lang
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def told(at):
    return "\n".join(element.value for kind in ("markdown", "caption", "info", "header") for element in at.get(kind))


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_sections_say_what_the_numbers_are(lang):
    at, say = opened(lang), words(lang)
    settings = Settings(cell=CELLS["lstm"], task=TASKS["brackets"], H=3, B=4)
    text = told(at)
    for heading in ("filmed.heading", "meaning.heading", "odyssey.heading"):
        assert say(heading) in text
    what = found(settings, newest(settings, 3))
    assert f"**{unit_name(settings.cell, what.units[0], say)}**" in text
    command, results = shipped()
    assert f"`{command}`" in text and f"{len(results):,}" in text
    at.toggle(key="twin.odyssey").set_value(True).run()
    assert len(at.table[0].value) == len(table(results))
    assert not at.exception


def newest(settings, count):
    return list(itertools.islice(train(settings, every=2), count))[-1]


def test_the_table_of_a_snapshot_has_its_numbers():
    at = opened(snapshot="2", lane="gru")
    at.toggle(key="twin.film").set_value(True).run()
    settings = Settings(cell=CELLS["gru"], task=TASKS["brackets"], H=3, B=4)
    shown = film(settings, [beginning(settings), newest(settings, 2)])
    frame = at.table[0].value
    assert [float(v) for v in frame[plain("z.1")]] == pytest.approx(shown.frames[1].values["z"][:, 0], abs=1e-6)
    assert [float(v) for v in frame[plain("y.2")]] == pytest.approx(shown.frames[1].output[:, 1], abs=1e-6)


def test_where_one_looks_is_in_the_link():
    at = opened()
    at.button(key="button.example").click().run()
    assert at.query_params["example"] == "1"
    at.segmented_control(key="film.lane").set_value("gru").run()
    assert at.query_params["lane"] == "gru"
    at.multiselect(key="film.shown.gru").set_value(["r", "n"]).run()
    assert at.query_params["shown"] == "r,n"
    at.selectbox(key="meaning.unit").set_value("h.2").run()
    assert at.query_params["cover"] == "h.2" and not at.exception
    at = opened()
    at.segmented_control(key="odyssey.measure").set_value("accuracy").run()
    assert at.query_params["measure"] == "accuracy" and not at.exception


@pytest.mark.parametrize("query", [{"lane": "no", "shown": "x,f", "snapshot": "9999", "cover": "<b>"},
                                   {"shown": "c,h,i,o,f", "snapshot": "1", "example": "999", "measure": "test_loss"}])
def test_links_that_do_not_fit_still_open(query):
    at = opened("ko", cells=("rnn", "lstm"), task="adding", **query)
    assert "<b>" not in told(at)


def test_nothing_trained_yet_is_said():
    at = opened(count=0)
    assert words("en")("filmed.none") in told(at)
