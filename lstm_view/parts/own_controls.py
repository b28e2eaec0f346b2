"""What happens when a visitor writes a cell, starts from another, or moves through its run."""
import streamlit as st

from lstm_core import CELLS

from ..numbers.own_run import started_from, written
from ..state import Memory
from .widgets import arrived, memory_here

SHOW = ("formulas", "about", "timeline", "picture", "heatmaps", "unit", "gradients", "take")  # what shows the cell


def present(memory: Memory) -> dict:
    """The page's values with what is being written."""
    return memory.fitting(memory.values, **memory.live) if memory.live else memory.values


def writing() -> None:
    """A handler: the hand rests for a moment.  A good cell is shown everywhere, a mistake in the editor alone."""
    memory = memory_here()
    before = present(memory)["cell"]
    changes = _changes(memory, arrived("editor", "text"))
    memory.live = changes
    st.rerun(["editor"] if changes.get("cell", before) == before else ["editor", *SHOW])


def wrote() -> None:
    """A handler: the hand has rested or left; a step for undo, one for each good cell and one for a draft."""
    memory = memory_here()
    changes = _changes(memory, arrived("editor", "rest"))
    before = memory.values
    if before["draft"] and memory.past and not memory.past[-1]["draft"]:  # that step was made when the draft began
        memory.live, memory.future = {}, []
        memory.note(**memory.fitting(before, **changes))
        if memory.past[-1] == memory.values:
            memory.past = memory.past[:-1]
    else:
        memory.change(**changes)
    st.rerun()


def _changes(memory, message):
    """What the text that arrived changes; the last good cell is the one that is shown."""
    if not isinstance(message.get("text"), str):
        return {}
    changes = written(present(memory), message["text"])
    st.session_state["typed"] = changes
    return changes


def is_typed(now: dict) -> bool:
    """Whether what the editor is to show came from it; what came from elsewhere it has to take over."""
    typed = st.session_state.get("typed")
    if typed and all(now[name] == value for name, value in typed.items()):
        return True
    st.session_state.pop("typed", None)
    return False


def start() -> None:
    """A handler: the equations of a cell of the zoo become the text."""
    name = st.session_state.get("own.start")
    if name:
        st.session_state["own.start"] = None  # so that it can be chosen again
        memory_here().change(**started_from(CELLS[name]))
