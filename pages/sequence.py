"""A cell over time: its state flowing through a whole sequence."""
import streamlit as st

from lstm_view.incoming.own_cell import cell_named
from lstm_view.numbers.over_time import SEQUENCE, change, compute, fit
from lstm_view.parts import input_controls, sections, sequence_controls, sequence_sections
from lstm_view.parts.frame import frame
from lstm_view.parts.widgets import moved
from lstm_view.state import mirror, remember

words = frame("sequence")
memory = remember("sequence", SEQUENCE, fit, change)
LIVE = ("timeline", "picture", "heatmaps", "unit")  # the parts that show a number being dragged
memory.parts = {"part": ("rest", "matrices")} | dict.fromkeys(("clauses", "recurrent", "forget"), ("rest", "actions"))


@st.fragment(key="actions")
def show_actions():
    with st.container(horizontal=True, key="actions"):
        input_controls.actions(memory, words, edit={}, what={}, clamp={})


@st.fragment(key="timeline")
def show_timeline():
    sequence_sections.chain(
        compute(memory.values, memory.live), memory.values, words,
        scrub=moved("scrub", "picture"),
        step=moved("step", "picture"),
        pick=moved("pick", "picture", "unit", "memory", "matrices", "rest"),
        draw=sequence_controls.drawn,
    )


@st.fragment(key="picture")
def show_step():
    sequence_sections.step(
        compute(memory.values, memory.live), memory.values, words,
        drag=sequence_controls.dragged("picture", *LIVE), commit=sequence_controls.committed("picture"),
    )


@st.fragment(key="heatmaps")
def show_heatmaps():
    sequence_sections.over_time(compute(memory.values, memory.live), memory.values, words)


@st.fragment(key="unit")
def show_unit():
    sequence_sections.picked(compute(memory.values, memory.live), memory.values, words)


@st.fragment(key="memory")
def show_memory():
    sequence_sections.memory(compute(memory.values), memory.values, words)


@st.fragment(key="rest")
def show_rest():
    sequence_sections.rest(compute(memory.values), memory, words)


@st.fragment(key="matrices")
def show_weights():
    sequence_sections.weights(
        compute(memory.values, memory.live), memory.values, words,
        drag=sequence_controls.dragged("matrices", *LIVE), commit=sequence_controls.committed("matrices"),
    )


st.title(words("page.sequence"), anchor=False)
sections.notices(memory, words)
input_controls.setup(memory, words, (cell_named(memory.values["cell"]),), pick=True)
input_controls.told(memory.values, words, (cell_named(memory.values["cell"]),))
sequence_sections.tokens_table(compute(memory.values), memory.values, words)
show_actions()
show_timeline()
show_step()
st.header(words("over_time.heading"), anchor=False)
show_heatmaps()
show_unit()
show_memory()
show_rest()
show_weights()
mirror(memory, SEQUENCE, words.lang)
