"""What the views of the page `directions` share: its memory, its view, the scrubber's handlers, a chart."""
import streamlit as st

from lstm_core import CELLS

from ..fields import to_text
from ..numbers import backwards, compared, over_time
from ..numbers.directions import VIEWS, change, fields, fit
from ..numbers.over_time import SETUP
from ..state import Memory, mirror, remember
from ..words import Words
from . import input_controls, sections
from .frame import goto
from .sequence_sections import leading
from .widgets import bound, given, memory_here, moved

CELLS_OF = {"clock": (CELLS["clockwork"],)}  # of a view, the cells whose settings are offered
OF_LSTM = (CELLS["lstm"], CELLS["rnn"])  # the latter because its weights are only ever drawn


def recall(words: Words) -> Memory:
    """The page's memory.  Where nothing is typed it reads a sentence of its own, in the visitor's language."""
    asked = st.query_params.get("view")
    memory = remember("directions", _fields(words, asked if asked in VIEWS else VIEWS[0]), fit, change)
    before = {f.name: f.default for f in memory.fields}
    memory.fields = _fields(words, memory.values["view"])
    after = {f.name: f.default for f in memory.fields}
    if before["text"] != after["text"]:  # the language is another: who read the one sentence now reads the other
        def turned(values):
            same = [name for name in ("text", "t", "heard") if values[name] == before[name]]
            return fit(values | {name: after[name] for name in same})[0] if "text" in same else values

        memory.values = turned(memory.values)
        memory.past, memory.future = [[turned(old) for old in kept] for kept in (memory.past, memory.future)]
    return memory


def _fields(words, view):
    return fields(words("directions.sentence"), words("directions.word"), view)


def head(memory: Memory, words: Words) -> None:
    """The title, the choice of a net, and what comes in."""
    now = memory.values
    st.title(words("page.directions"), anchor=False)
    sections.notices(memory, words)
    st.segmented_control(words("directions.view"), VIEWS, required=True, on_change=_looked, args=(words,),
                         format_func=lambda view: words(f"directions.{view}"), key=bound("view")["key"])
    input_controls.setup(memory, words, CELLS_OF.get(now["view"], OF_LSTM), trained=False)
    input_controls.told(now, words, CELLS_OF.get(now["view"], OF_LSTM[:1]))


def _looked(words):
    """Another view was chosen, with its own fields: see BEGINS."""
    view, memory = given("view"), memory_here()
    if view:  # gone if the visitor has already left the page
        memory.change(view=view)
        memory.fields = _fields(words, view)
        mirror(memory, memory.fields, words.lang)


def intro(view: str, words: Words) -> None:
    """What a view is about, and what to look for."""
    st.markdown(words.prose("directions").split("\n\n")[("both", "attention", "clock").index(view)])


def actions(memory: Memory, words: Words, **unset) -> None:
    """Undo, redo, reset, other random numbers; unset: what else of the page's values a reset takes back."""
    with st.container(horizontal=True, key="actions"):
        input_controls.actions(memory, words, **unset)


def events(*fragments: str) -> dict:
    """The timeline's handlers; fragments: those that tell of the present step."""
    return {event: moved(event, *fragments) for event in ("scrub", "step", "pick")}


def onward(now: dict, cell: str, words: Words) -> None:
    """The way to the other pages, with the same input."""
    st.caption(words("take.link"))
    st.markdown(f"**{words('elsewhere.heading')}**")
    same = {f.name: now[f.name] for f in SETUP}
    alone = over_time.fit(over_time.DEFAULTS | same | {"cell": cell})[0]
    goto("sequence", words("directions.to_sequence", cell=compared.brief(cell, words)), words,
         **to_text(over_time.SEQUENCE, alone))
    goto("compare", words("directions.to_compare"), words,
         **leading(compared, same | {"cells": ("rnn", "clockwork") if cell == "clockwork" else ("lstm", "bilstm")}))
    goto("gradients", words("elsewhere.gradients"), words, **leading(backwards, same | {"cells": (cell,)}))
