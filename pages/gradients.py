"""The gradient on its way back through time: why it vanishes, why it does not."""
import streamlit as st

from lstm_view.incoming.own_cell import cell_named
from lstm_view.numbers.backwards import FIELDS, change, compute, fit, passes
from lstm_view.parts import gradient_sections, input_controls, sections
from lstm_view.parts.frame import frame
from lstm_view.state import mirror, remember

words = frame("gradients")
memory = remember("gradients", FIELDS, fit, change)


@st.fragment(key="timeline")
def show_scrubber():
    gradient_sections.scrubber(
        compute(memory.values), memory.values, words,
        scrub=gradient_sections.moved("scrub"), step=gradient_sections.moved("step"),
        pick=gradient_sections.moved("pick"),
    )


@st.fragment(key="picture")
def show_step():
    gradient_sections.step(
        compute(memory.values), memory.values, words, stage=gradient_sections.staged,
        select=gradient_sections.selected,
    )


@st.fragment(key="units")
def show_units():
    gradient_sections.units(compute(memory.values), memory.values, words)


@st.fragment(key="paths")
def show_paths():
    gradient_sections.routes(compute(memory.values), memory.values, words)


def show_clipping():
    gradient_sections.clipping(compute(memory.values), memory.values, words)


def show_check():
    gradient_sections.checking(passes(memory.values), memory.values, words)


PARTS = {"step": (show_scrubber, show_step, show_units), "paths": (show_scrubber, show_paths),
         "clip": (show_clipping,), "check": (show_check,)}

st.title(words("page.gradients"), anchor=False)
sections.notices(memory, words)
st.markdown(words("gradients.intro"))
input_controls.setup(memory, words, tuple(cell_named(name) for name in memory.values["cells"]))
input_controls.told(memory.values, words, tuple(cell_named(name) for name in memory.values["cells"]))
gradient_sections.choose(memory, words)
found = passes(memory.values)
gradient_sections.fading(found, words)
gradient_sections.deciding(found, words)
gradient_sections.look(memory.values, words)
for part in PARTS[memory.values["view"]]:
    part()
gradient_sections.take_with_you(found, memory.values, words)
mirror(memory, FIELDS, words.lang)
