"""Learning: small nets trained before one's eyes, and what becomes of their gates."""
import streamlit as st

from lstm_view.numbers.training import FIELDS, change, fit
from lstm_view.parts import sections, training_controls, training_sections
from lstm_view.parts.frame import frame
from lstm_view.state import mirror, remember

words = frame("training")
memory = remember("training", FIELDS, fit, change)
job = training_controls.job_of(memory.values)

st.title(words("page.training"), anchor=False)
sections.notices(memory, words)
training_controls.task(memory.values, words)
training_sections.task(job, memory.values, words)
st.header(words("training.race"), anchor=False)
training_controls.setup(memory, words)
training_sections.in_common(memory.values, words)
training_controls.actions(job, memory.values, words)
training_sections.live(job, memory, words)
training_sections.after(job, memory, words)
mirror(memory, FIELDS, words.lang)
