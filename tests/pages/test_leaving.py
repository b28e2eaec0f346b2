"""Callbacks that come in after their widget has gone, as when one clicks on and the machine is slow."""
import streamlit as st

from lstm_view.parts import frame, widgets
from lstm_view.state import Memory


def test_a_language_switch_that_comes_too_late(monkeypatch):
    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(st, "query_params", {})
    frame._switch("ko")
    assert st.query_params == {"lang": "ko"}


def test_a_control_that_comes_too_late_changes_nothing(monkeypatch):
    memory = Memory({"bias": 1.0, "H": 3})
    monkeypatch.setattr(st, "session_state", {"page": "one_step", "one_step": memory})
    for name in ("bias", "H"):
        widgets._changed(name, True, float)
    assert memory.values == {"bias": 1.0, "H": 3} and not memory.past
