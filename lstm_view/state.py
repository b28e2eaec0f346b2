"""What a page remembers: a declared list of fields, mirrored in the URL, with undo.

The values live in the session under the page's name, never under a widget's key; the URL is derived from them on every
full run and read again whenever it is not what we wrote: on arrival, by back and forward, when someone edits it.
"""
from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st

from .fields import Field, from_text, to_text


@dataclass
class Memory:
    """One page's values in one session."""

    values: dict
    url: dict = field(default_factory=dict)  # its query as we last read or wrote it
    past: list[dict] = field(default_factory=list)
    future: list[dict] = field(default_factory=list)
    live: dict = field(default_factory=dict)  # what is being dragged, over the values, until it is let go
    ignored: list[str] = field(default_factory=list)  # what the link said that could not be used

    def commit(self, **changes) -> None:
        """Change values, so that undo brings the old ones back."""
        self.live = {}
        if any(self.values[k] != v for k, v in changes.items()):
            self.past = [*self.past[-99:], self.values]
            self.values = self.values | changes
            self.future = []
            self.ignored = []

    def note(self, **changes) -> None:
        """Change where one is looking: no step of its own for undo."""
        self.values = self.values | changes

    def undo(self) -> None:
        self._turn(self.past, self.future)

    def redo(self) -> None:
        self._turn(self.future, self.past)

    def _turn(self, source, target):
        if source:
            target.append(self.values)
            self.values, self.live = source.pop(), {}


def remember(page: str, fields: tuple[Field, ...], fit: Callable[[dict], tuple[dict, list[str]]]) -> Memory:
    """The page's memory, in line with the URL.  fit mends values that do not fit one another, and says which."""
    query = {k: v for k, v in st.query_params.to_dict().items() if k != "lang"}
    memory = st.session_state.get(page)
    came_back = memory is not None and not query and st.session_state.get("page") != page
    if memory is None or (query != memory.url and not came_back):
        values, ignored = from_text(fields, query)
        values, misfits = fit(values)
        memory = st.session_state[page] = Memory(
            values, query, memory.past if memory else [], [], {}, ignored + misfits
        )
    st.session_state["page"] = page
    return memory


def mirror(memory: Memory, fields: tuple[Field, ...], lang: str) -> None:
    """Write the values to the URL; an address without any is left as the visitor typed it."""
    memory.url = to_text(fields, memory.values)
    query = {"lang": lang} | memory.url
    now = st.query_params.to_dict()
    if now != query and (now or memory.url):
        st.query_params.from_dict(query)
