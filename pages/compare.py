"""RNN, LSTM and GRU, or any of the zoo, side by side over the same input."""
import streamlit as st

from lstm_view.numbers.compared import FIELDS, change, compute, fit
from lstm_view.parts import compare_controls, compare_sections, input_controls, sections
from lstm_view.parts.frame import frame
from lstm_view.state import mirror, remember

words = frame("compare")
memory = remember("compare", FIELDS, fit, change)
runs = compute(memory.values)
pictures = compare_sections.picture_keys(runs, words)
memory.parts = {"bands": ("states",), "of": ("remembers", "folk", "take")}


@st.fragment(key="actions")
def show_actions():
    with st.container(horizontal=True, key="actions"):
        input_controls.actions(memory, words)


@st.fragment(key="timeline")
def show_timeline():
    compare_sections.chosen_step(
        compute(memory.values), memory.values, words, scrub=compare_controls.moved("scrub", *pictures),
        step=compare_controls.moved("step", *pictures), pick=compare_controls.moved("pick", *pictures),
    )


def show_picture(key):
    compare_sections.picture(compute(memory.values), key, memory.values, words)


@st.fragment(key="states")
def show_states():
    compare_sections.states(compute(memory.values), memory.values, words)


@st.fragment(key="remembers")
def show_memory():
    compare_sections.remembers(compute(memory.values), memory.values, words)


@st.fragment(key="bill")
def show_bill():
    compare_sections.bill(compute(memory.values), memory.values, words)


@st.fragment(key="folk")
def show_folk():
    compare_sections.folk(compute(memory.values), memory.values, words)


@st.fragment(key="take")
def show_code():
    compare_sections.take_with_you(compute(memory.values), memory.values, words)


@st.fragment(key="onward")
def show_links():
    compare_sections.onward(compute(memory.values), memory.values, words)


st.title(words("page.compare"), anchor=False)
sections.notices(memory, words)
compare_controls.choice(memory, words)
input_controls.setup(memory, words, compare_controls.cells(memory.values))
input_controls.told(memory.values, words, compare_controls.cells(memory.values))
compare_sections.in_common(compute(memory.values), memory.values, words)
show_actions()
st.header(words("compare.one_step"), anchor=False)
show_timeline()
compare_sections.pictures(runs, show_picture, words)
show_states()
show_memory()
show_bill()
show_folk()
show_code()
show_links()
mirror(memory, FIELDS, words.lang)
