"""Home: what an LSTM is in one living picture, why it came after the RNN, and where to go from here."""
import streamlit as st

from lstm_view.diagram import component
from lstm_view.diagram.scene import scene
from lstm_view.incoming.starts import STARTS
from lstm_view.numbers.experiment import DEFAULTS, change, compute
from lstm_view.parts import controls, sections
from lstm_view.parts.frame import frame, goto
from lstm_view.state import remember

words = frame("home")
memory = remember("home", (), lambda values: (change(DEFAULTS, start="hand", **values), []), change)


@st.fragment(key="picture")
def show_picture():
    experiment = compute(memory.values, memory.live)
    component.picture(
        scene(experiment, words),
        drag=controls.dragged("picture"), commit=controls.committed("picture"),
    )
    sections.beyond_reach(experiment, memory, words)


st.title(words("app.tagline"), anchor=False)
show_picture()
st.caption(words("home.drag"))
st.header(words("home.five"), anchor=False)
st.markdown(words.prose("home"))
st.header(words("home.after"), anchor=False)
sections.after_rnn(words)
st.header(words("home.next"), anchor=False)
for start in STARTS:
    goto("one_step", f"**{words('start.' + start)}**: {words('start_home.' + start)}", words, start=start)
for page in ("sequence", "compare", "gradients", "variants", "directions", "training"):
    goto(page, f"**{words('page.' + page)}**: {words('home.' + page)}", words)
for cell in ("gru", "rnn"):
    goto("one_step", words("home.cell", cell=words(f"cell.{cell}")), words, cell=cell, start="random")
