"""Nets made of cells: both directions, layers, attention over the steps, and a clock for each module."""
from lstm_view.parts import attention_sections, both_sections, clock_sections, directions_controls, lattice_sections
from lstm_view.parts.frame import frame
from lstm_view.state import mirror

SHOW = {"both": both_sections.page, "depth": lattice_sections.page, "attention": attention_sections.page,
        "clock": clock_sections.page}

words = frame("directions")
memory = directions_controls.recall(words)
memory.parts = {"heard": ("live", "actions")}
directions_controls.head(memory, words)
SHOW[memory.values["view"]](memory, words)
mirror(memory, memory.fields, words.lang)
