"""What happens on the page `sequence` when a component sends something or a what-if is set."""
from collections.abc import Callable

import streamlit as st

from ..incoming.own_cell import cell_named
from ..numbers.addresses import clamp_range
from ..numbers.over_time import SEQUENCE, change, steps
from ..state import mirror
from .input_controls import drew
from .widgets import arrived, given, memory_here


def drawn() -> None:
    """A handler: the input was drawn."""
    message = arrived("timeline", "draw")
    if isinstance(message.get("values"), list) and isinstance(message.get("input"), int):
        drew(message["input"], message["values"])
    st.rerun()


def dragged(component: str, *fragments: str):
    """A handler: a number of the what-if is being dragged: a weight, or an input of the present step."""
    def handle():
        memory, message = memory_here(), arrived(component, "drag")
        memory.live = _changed(memory.values, component, message)
        st.rerun([component, *fragments])

    return handle


def committed(component: str):
    """A handler: it was let go of, or typed."""
    def handle():
        memory, message = memory_here(), arrived(component, "commit")
        memory.change(what=memory.values["what"] | _changed(memory.values, component, message))
        st.rerun()

    return handle


def _changed(values, component, message):
    """Address -> value, if it makes sense."""
    try:
        address, value = message["address"], float(message["value"])
        if component == "picture":
            name, _, k = address.partition(".")
            address = f"{name}.{values['t']}.{k}"
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}
    return {address: value} if address in change(values, what={address: value})["what"] else {}


def looked(name: str, parse: Callable) -> None:
    """A widget that chooses what is shown was used; parse: from what it gives to the value."""
    value, memory = given(name), memory_here()
    if value is not None:  # gone if the visitor has already left the page
        memory.note(**{name: parse(value)})
        mirror(memory, SEQUENCE, st.session_state["lang"])
        if name in memory.parts:
            st.rerun(list(memory.parts[name]))


def force() -> None:
    """Force what the form says, to another value if it was forced before."""
    memory, form = memory_here(), st.session_state
    node, now = form["force.node"], memory.values
    first, last = form[f"force.steps.{steps(now)}"]
    low, _ = clamp_range(cell_named(now["cell"]), node)
    address = f"{node}.{form['force.unit']}@{first - 1}-{last - 1}"
    memory.change(clamp=now["clamp"] | {address: form.get(f"force.value.{low}", 0.0)})
    st.rerun()


def release(kind: str, address: str) -> None:
    """Take one change back."""
    memory = memory_here()
    memory.change(**{kind: {a: v for a, v in memory.values[kind].items() if a != address}})
    st.rerun()


def drop() -> None:
    """Take the whole what-if back."""
    memory_here().change(what={}, clamp={}, view="true")
    st.rerun()


def keep() -> None:
    """Make the what-if the true run."""
    memory = memory_here()
    memory.change(edit=memory.values["edit"] | memory.values["what"], what={}, view="true")
    st.rerun()
