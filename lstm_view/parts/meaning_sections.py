"""Which unit does what: how each unit of a trained net goes along with the properties of its task."""
import numpy as np
import pandas as pd
import streamlit as st

from lstm_core.training import Settings

from ..diagram import component
from ..diagram.meaning import unit_beside
from ..figures.meaning import correlations
from ..numbers.film import film
from ..numbers.meaning import Meanings, found
from ..state import Memory, mirror
from ..telling import meaning as telling
from ..telling.meaning import property_name, unit_name
from ..text.numbers import count
from ..words import Words
from .film_sections import Look, lane_of
from .saving import chart
from .twins import twin
from .widgets import is_dark, memory_here

MOST = 24  # units that are drawn


def page(memory: Memory, words: Words, settings: dict[str, Settings], look: Look) -> None:
    """What is found of the snapshot that the film shows, a fragment of its own."""
    @st.fragment(key="meaning")
    def show():
        records = look()
        lane = lane_of(memory.values, records)
        if lane:
            _shown(memory.values, words, settings[lane], records[lane])

    show()


def _shown(now, words, settings, records):
    st.header(words("meaning.heading"), anchor=False)
    shown = film(settings, records, now["example"])
    frame = shown.at(now["snapshot"])
    record = shown.frames[frame].record
    what = found(settings, record)
    if what is None:
        st.info(words("meaning.none"), icon=":material/info:")
        return
    says = telling.said(what, record.step, settings.cell, words)
    st.markdown(says)
    titles = (words("meaning.trained", step=count(record.step)), words("meaning.untrained"))
    names = [unit_name(settings.cell, unit, words) for unit in what.units[:MOST]]
    properties = [property_name(name, words) for name in what.properties]
    figure = correlations(what.now[:MOST], what.before[:MOST], names, properties, titles, is_dark())
    chart("meaning", figure, telling.heatmap(what, words), words("meaning.heatmap"), words)
    if len(what.units) > MOST:
        st.caption(words("meaning.window", shown=MOST, count=len(what.units)))
    st.caption(words("meaning.caution"))
    twin("meaning", lambda: table(what, words), words)
    _one(shown, frame, what, now, words)


def _one(shown, frame, what, now, words):
    """One unit beside the property that it goes along with most."""
    cell, row = shown.settings.cell, what.row(now["cover"])
    keys = [f"{node}.{k}" for node, k in what.units]
    st.session_state["meaning.unit"] = keys[row]
    said = {key: telling.of_unit(what, r, cell, words) for r, key in enumerate(keys)}
    st.selectbox(words("meaning.unit"), keys, format_func=said.get, key="meaning.unit", width=420, on_change=_looked,
                 args=(keys,), placeholder=words("meaning.unit"))
    best, (node, k) = what.best(row), what.units[row]
    name = what.properties[best]
    called, unit = property_name(name, words), unit_name(cell, (node, k), words)
    if np.isnan(shown.example.properties[name]).all():
        st.caption(words("meaning.undefined", property=called))
    says = words("meaning.one_says", unit=unit, property=called, r=telling.correlation(what.now[row, best]))
    component.lines(unit_beside(shown, frame, node, k, name, called, says, words))
    st.caption(says)


def _looked(keys):
    memory, value = memory_here(), st.session_state.get("meaning.unit")
    if value in keys:  # a label of a moment ago, when r was another, is none
        memory.note(cover=value)
        mirror(memory, memory.fields, st.session_state["lang"])


def table(what: Meanings, words: Words) -> pd.DataFrame:
    """Every correlation, a row a unit: its best match, all properties, and the same before training."""
    best = [what.best(row) for row in range(len(what.units))]
    rows = np.arange(len(best))
    columns = {words("meaning.best"): [property_name(what.properties[b], words) for b in best],
               words("meaning.r"): what.now[rows, best]}
    for key, values in (("trained_column", what.now), ("untrained_column", what.before)):
        columns |= {words(f"meaning.{key}", property=property_name(p, words)): values[:, k]
                    for k, p in enumerate(what.properties)}
    return pd.DataFrame(columns, index=pd.Index([f"{n}.{k + 1}" for n, k in what.units], name=words("meaning.unit")))

