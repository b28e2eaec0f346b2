"""The gates, filmed: the snapshots of a training, one net and one example at a time."""
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from lstm_core.training import Record, Settings

from ..diagram import component
from ..diagram.film import film_scene, labels, wanted
from ..numbers.film import LATEST, MOST_BANDS, MOST_EXAMPLES, MOST_UNITS, Film, film
from ..numbers.over_time import main_nodes
from ..numbers.training import called
from ..state import Memory, mirror
from ..telling.film import frames
from ..telling.names import title
from ..text.numbers import count
from ..words import Words
from .twins import twin
from .widgets import arrived, memory_here

FEW = 10  # snapshots; of fewer it is said how many there are
Look = Callable[[], dict[str, list[Record]]]  # the records of each lane, as they are now


def page(memory: Memory, words: Words, settings: dict[str, Settings], look: Look, more: tuple[str, ...] = ()) -> None:
    """The film of the chosen lane, a fragment of its own; look: each lane's records; more: the keys of the fragments
    that show the chosen lane, snapshot and example too."""
    st.header(words("filmed.heading"), anchor=False)

    @st.fragment(key="filmed")
    def show():
        _shown(memory, words, settings, look, more)

    show()


def lane_of(now: dict, records: dict[str, list[Record]]) -> str:
    """The lane that is looked at: as chosen, else the first that has snapshots; "" where none has."""
    ready = [lane for lane, own in records.items() if own]
    return now["lane"] if now["lane"] in ready else (ready or [""])[0]


def _shown(memory, words, settings, look, more):
    records, now = look(), memory.values
    lane = lane_of(now, records)
    if not lane:
        st.info(words("filmed.none"), icon=":material/movie:")
        return
    found = film(settings[lane], records[lane], now["example"])
    snapshots, cell = len(found.frames), settings[lane].cell
    st.markdown(words("filmed.intro") if snapshots >= FEW else
                words("filmed.few", count=snapshots) if snapshots > 1 else words("filmed.one"))
    with st.container(horizontal=True, vertical_alignment="bottom", key="film-controls"):
        _choose("lane", [name for name in records if records[name]], lane, words("filmed.lane"),
                lambda name: called(name, words), more)
        _nodes(cell, now, words)
        st.button(words("filmed.another"), key="button.example", on_click=_another, args=(more,),
                  icon=":material/shuffle:")
    says, k = frames(found, words), found.at(now["snapshot"])
    component.film(film_scene(found, now["shown"], k, says, words), rest=partial(_rested, more))
    st.caption(" ".join(_notes(found, words)))
    twin("film", lambda: table(found, k, words), words,
         words("filmed.table", step=count(found.frames[k].record.step)))


def _choose(name, options, value, label, said, more):
    """A field that is one of a few, which changes no number of a race: no step for undo."""
    key = f"film.{name}"
    st.session_state[key] = value
    st.segmented_control(label, options, required=True, format_func=said, key=key, on_change=_looked,
                         args=(name, key, more))


def _nodes(cell, now, words):
    key = f"film.shown.{cell.name}"
    st.session_state[key] = [node for node in now["shown"] if node in main_nodes(cell)][:MOST_BANDS]
    st.multiselect(words("filmed.shown"), main_nodes(cell), format_func=lambda node: title(cell, node, words), key=key,
                   max_selections=MOST_BANDS, placeholder=words("filmed.usual"), width=420, on_change=_looked,
                   args=("shown", key, ()))


def _looked(name, key, more):
    value = st.session_state.get(key)
    if value is not None:
        _note(more, **{name: tuple(value) if isinstance(value, list) else value})


def _another(more):
    _note(more, example=(memory_here().values["example"] + 1) % MOST_EXAMPLES)


def _note(more, **changes):
    """Where one looks is in the link, and no step for undo; more: the fragments that show it too."""
    memory = memory_here()
    memory.note(**changes)
    mirror(memory, memory.fields, st.session_state["lang"])
    if more:
        st.rerun(["filmed", *more])


def _rested(more):
    """A handler: the hand rests on a snapshot."""
    message = arrived("film", "rest")
    if isinstance(message.get("step"), int):
        _note(more, snapshot=LATEST if message.get("newest") else max(0, message["step"]))


def _notes(found: Film, words):
    """What there is to know of the drawing."""
    settings = found.settings
    trained = settings.task.length if settings.length is None else settings.length
    last = found.frames[-1].record
    if last.diverged:
        yield words("filmed.diverged", step=count(last.step))
    if found.length < trained:
        yield words("filmed.shorter", length=found.length, trained=trained)
    if settings.H > MOST_UNITS:
        yield words("filmed.units", count=settings.H, shown=MOST_UNITS)
    yield words("filmed.legend", many=found.many)


def table(found: Film, frame: int, words: Words) -> pd.DataFrame:
    """One snapshot, a row a step: what is read and answered, every gate and state of every unit, gradient norms."""
    now, cell = found.frames[frame], found.settings.cell
    said = pd.Series(index=np.flatnonzero(found.asked), data=wanted(found), dtype=object)
    read = labels(found)
    columns = {words("filmed.read"): read} if read else {f"x.{k + 1}": column for k, column in
                                                         enumerate(found.example.x[:, 0].T)}
    columns |= {words("filmed.wanted"): said.reindex(range(found.T)).fillna("").to_numpy()}
    columns |= {f"y.{k + 1}": np.where(found.asked, column, np.nan) for k, column in enumerate(now.output.T)}
    columns |= {f"{node}.{k + 1}": values for node in main_nodes(cell) for k, values in enumerate(now.values[node].T)}
    columns |= {f"‖∂L/∂{state}‖": now.norms[state] for state in cell.state}
    return pd.DataFrame(columns, index=pd.RangeIndex(1, found.T + 1, name=words("film.step")))

