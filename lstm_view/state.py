"""What a page remembers: a declared list of fields, mirrored in the URL, with undo.

The values live in the session under the page's name, never under a widget's key; the URL is derived from them on every
full run and read again whenever it is not what we wrote: on arrival, by back and forward, when someone edits it.  A
browser sends its address along with every event, and under load that of a moment ago: after an event that changed
something, an address that we wrote earlier is old news, not a wish.
"""
from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from .fields import Field, from_text, is_whole, to_text, whole


@dataclass
class Memory:
    """One page's values in one session."""

    values: dict
    fitting: Callable[..., dict] = lambda values, **changes: values | changes
    url: dict = field(default_factory=dict)  # its query as we last read or wrote it
    past: list[dict] = field(default_factory=list)
    future: list[dict] = field(default_factory=list)
    live: dict = field(default_factory=dict)  # what is being dragged, over the values, until it is let go
    ignored: list[str] = field(default_factory=list)  # what the link said that could not be used
    fields: tuple[Field, ...] = ()
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)  # field -> the fragments to run after it changed
    written: list[dict] = field(default_factory=list)  # the queries this page lately had, the newest last
    along: dict[str, tuple] = field(default_factory=dict)  # what the last change changed besides: before and after
    newer: bool = False  # whether the values are newer than any query: changed, and not mirrored since

    def commit(self, **changes) -> None:
        """Change values, so that undo brings the old ones back."""
        self.live, self.newer = {}, True
        if any(self.values[k] != v for k, v in changes.items()):
            self.past = [*self.past[-99:], self.values]
            self.values = self.values | changes
            self.future, self.ignored, self.along = [], [], {}

    def change(self, also: tuple[str, ...] = (), **changes) -> None:
        """Commit changes, and what else then has to change to fit them; also: those of the changes that a visitor may
        not have meant."""
        before, asked = self.values, changes.keys() - set(also)
        self.commit(**self.fitting(before, **changes))
        if self.values is not before:
            self.along = {name: (before[name], value) for name, value in self.values.items()
                          if name not in asked and value != before[name]}

    def note(self, **changes) -> None:
        """Change where one is looking: no step of its own for undo."""
        self.values, self.newer = self.values | changes, True

    def undo(self) -> None:
        self._turn(self.past, self.future)

    def redo(self) -> None:
        self._turn(self.future, self.past)

    def _turn(self, source, target):
        if source:
            target.append(self.values)
            self.values, self.live, self.newer, self.along = source.pop(), {}, True, {}


def remember(page: str, fields: tuple[Field, ...], fit: Callable[[dict], tuple[dict, list[str]]],
             change: Callable[..., dict]) -> Memory:
    """The page's memory, in line with the URL.

    fit mends values that do not fit one another, and says which; change(values, **changes) gives values after a
    visitor's changes, made to fit.
    """
    query = {k: v for k, v in st.query_params.to_dict().items() if k != "lang"}
    memory = st.session_state.get(page)
    here = st.session_state.get("page") == page
    came_back = memory is not None and not query and not here
    old_news = memory is not None and here and memory.newer and query in memory.written and not _came_by_history()
    if memory is None or not (query == memory.url or came_back or old_news):
        values, ignored = from_text(fields, query)
        values, misfits = fit(values)
        past = memory.past if memory else []
        past = past[: next((k for k in range(len(past), 0, -1) if past[k - 1] != values), 0)]  # undo leads elsewhere
        memory = st.session_state[page] = Memory(
            values, change, query, past, [], {}, ignored + misfits, fields,
            written=[query],
        )
    st.session_state["page"] = page
    return memory


def _came_by_history():
    """Whether this run was asked for by the browser's back or forward."""
    return bool(getattr(get_script_run_ctx(), "is_history_navigation", False))


def mirror(memory: Memory, fields: tuple[Field, ...], lang: str) -> None:
    """Write the values to the URL; an address without any is left as the visitor typed it."""
    memory.url, memory.newer = to_text(fields, memory.values), False
    memory.written = [*memory.written[-19:], memory.url]
    query = whole(memory.url, lang)
    now = st.query_params.to_dict()
    if (now != query or not is_whole(now)) and (now or memory.url):
        st.query_params.from_dict(query)
