"""The family of recurrent cells, each beside what it came from; and a cell of the visitor's own."""
import streamlit as st

from lstm_view.incoming.own_cell import cell_named
from lstm_view.numbers.variants import FIELDS, VIEWS, cells, change, fit
from lstm_view.parts import family_sections, input_controls, own_sections, sections
from lstm_view.parts.frame import frame
from lstm_view.parts.widgets import choose
from lstm_view.state import mirror, remember

SHOW = {"family": family_sections.page, "own": own_sections.page}

words = frame("variants")
memory = remember("variants", FIELDS, fit, change)

st.title(words("page.variants"), anchor=False)
sections.notices(memory, words)
choose("view", VIEWS, words("variants.view"), lambda view: words(f"variants.{view}"))
made_of = tuple(cell_named(name) for name in cells(memory.values))
input_controls.setup(memory, words, made_of)
input_controls.told(memory.values, words, made_of)
SHOW[memory.values["view"]](memory, words)
mirror(memory, FIELDS, words.lang)
