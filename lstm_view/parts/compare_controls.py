"""What a visitor sets on the page `compare`, and what happens when the timeline sends something."""

import streamlit as st

from lstm_core import Cell

from ..numbers.compared import BILSTM, EQUAL, FIELDS, MOST_NETS, cell_of, fit
from ..state import Memory, mirror
from ..words import Words
from .widgets import arrived, bound, cell_brief, cell_options, choose, memory_here


def choice(memory: Memory, words: Words) -> None:
    """Which cells, and what they have in common."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="choice"):
        more = bound("cells", parse=tuple, shown=list(memory.values["cells"]))
        st.multiselect(words("compare.cells"), cell_options(*memory.values["cells"], more=(BILSTM,)),
                       format_func=lambda name: cell_brief(name, words), max_selections=MOST_NETS,
                       placeholder=words("compare.cells"), width=560, **more)
        if len(memory.values["cells"]) > 1:
            choose("equal", EQUAL, words("equal.title"), lambda value: words(f"equal.{value}"))


def cells(now: dict) -> tuple[Cell, ...]:
    """The cells that the chosen nets are made of, each once."""
    return tuple(dict.fromkeys(cell_of(name) for name in now["cells"]))


def moved(event: str, *fragments: str):
    """A handler: another step, and with `pick` another unit; what `scrub` sends is still moving and not yet in the
    link.  The fragments that show the present step run again, and so do those that tell of it, if a visitor asked."""
    def handle():
        memory, message = memory_here(), arrived("timeline", event)
        before = memory.values
        wanted = {name: message[name] for name in ("t", "unit") if isinstance(message.get(name), int)}
        memory.values = fit(before | {name: max(0, value) for name, value in wanted.items()})[0]
        if event != "scrub":
            mirror(memory, FIELDS, st.session_state["lang"])
        if memory.values == before:  # already shown, and the timeline only wants an answer
            st.rerun("timeline")
        st.rerun(["timeline", *fragments, *(["remembers", "folk", "take"] if before["of"] == "now" else [])])

    return handle
