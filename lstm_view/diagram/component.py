"""The two components that draw and edit: the cell's picture, and its weight matrices."""
from collections.abc import Callable

import streamlit as st

from ..words import ASSETS


def _source(*names):
    return "\n".join((ASSETS / "diagram" / name).read_text(encoding="utf-8") for name in names)


def picture(scene: dict, **events: Callable) -> None:
    """Draw a scene.  events: on_point, on_select, on_stage, on_drag, on_commit, called with the session's key."""
    _mount("picture", scene, events)


def matrices(data: dict, **events: Callable) -> None:
    """Draw weight matrices.  events: on_drag, on_commit."""
    _mount("matrices", data, events)


def _mount(name, data, events):
    component = st.components.v2.component(
        f"gatescope.{name}", js=_source("squares.js", f"{name}.js"), css=_source("diagram.css"), isolate_styles=False
    )
    echo = st.session_state.get(f"echo.{name}", 0)  # so that the component knows which message this answers
    component(key=name, data=data | {"echo": echo}, height="content", **{f"{k}_change": v for k, v in events.items()})
