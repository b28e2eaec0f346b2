"""One time step: every number of a cell, being made."""
import streamlit as st

from lstm_view.diagram import component
from lstm_view.diagram.kinds import stages_of
from lstm_view.diagram.scene import matrices, scene
from lstm_view.numbers.experiment import FIELDS, change, compute, fit
from lstm_view.parts import controls, sections
from lstm_view.parts.frame import frame
from lstm_view.parts.inspector import inspector
from lstm_view.state import mirror, remember
from lstm_view.telling.narrate import focus

words = frame("one_step")
memory = remember("one_step", FIELDS, fit, change)


@st.fragment(key="picture")
def show_picture():
    experiment = compute(memory.values, memory.live)
    component.picture(
        scene(experiment, words, memory.values["stage"], memory.values["select"],
              sections.other_run(experiment, memory.values)),
        drag=controls.dragged("picture", "inspector"), commit=controls.committed("picture"), point=controls.pointed,
        select=controls.selected, stage=controls.staged(stages_of(experiment.cell)),
    )
    sections.beyond_reach(experiment, memory, words)


@st.fragment(key="inspector")
def show_inspector():
    experiment, chosen = compute(memory.values, memory.live), memory.values["select"]
    at = st.session_state.get("point") or chosen or focus(experiment, memory.values["stage"])
    inspector(experiment, at, chosen, words)


@st.fragment(key="matrices")
def show_matrices():
    component.matrices(
        matrices(compute(memory.values, memory.live), words, memory.values["select"]),
        drag=controls.dragged("matrices", "picture", "inspector"), commit=controls.committed("matrices"),
    )


st.title(words("page.one_step"), anchor=False)
sections.notices(memory, words)
controls.setup(memory, words)
show_picture()
sections.legend(words, memory.values)
controls.actions(memory, words)
experiment = compute(memory.values, memory.live)
sections.comparison(experiment, memory.values, words)
left, right = st.columns([6, 7], gap="large")
with left, st.container(border=True, key="panel"):
    show_inspector()
with right:
    st.header(words("weights.heading"), anchor=False)
    show_matrices()
    st.caption(words("weights.hint"))
sections.equations(experiment, memory.values["select"], words)
sections.take_with_you(experiment, words)
sections.every_number(experiment, memory.values["select"], sections.other_run(experiment, memory.values), words)
mirror(memory, FIELDS, words.lang)
