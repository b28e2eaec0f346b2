"""The two components that draw and edit: the cell's picture, and its weight matrices."""
from collections.abc import Callable

import streamlit as st

from ..words import ASSETS


def _source(*names):
    return "\n".join((ASSETS / "diagram" / name).read_text(encoding="utf-8") for name in names)


def picture(scene: dict, **events: Callable) -> None:
    """Draw a scene.  events: what to call on `point`, `select`, `stage`, `drag`, `commit`."""
    _mount("picture", scene, events)


def matrices(data: dict, **events: Callable) -> None:
    """Draw weight matrices.  events: `drag`, `commit`."""
    _mount("matrices", data, events)


def _mount(name, data, events):
    component = st.components.v2.component(
        f"gatescope.{name}", js=_source("squares.js", f"{name}.js"), css=_source("diagram.css"), isolate_styles=False
    )
    echo = st.session_state.get(f"echo.{name}", 0)  # so that the component knows which message this answers
    component(key=name, data=data | {"echo": echo, "listens": list(events)}, height="content",
              **{f"on_{event}_change": act for event, act in events.items()})
