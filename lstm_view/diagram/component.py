"""The components that draw and edit: the cell's picture, and its weight matrices."""
from collections.abc import Callable

import streamlit as st

from ..words import ASSETS

# what a component has besides its script
ITS_OWN = {"provenance": ("provenance_drawing.js",), "timeline": ("cursors.js", "labels.js"),
           "lattice": ("cursors.js", "labels.js"), "raster": ("labels.js",), "lines": ("labels.js",),
           "family": ("labels.js",), "curves": ("labels.js",), "examples": ("labels.js",), "film": ("labels.js",)}


def _source(*names):
    return "\n".join((ASSETS / "diagram" / name).read_text(encoding="utf-8") for name in names)


def picture(scene: dict, key: str = "picture", **events: Callable) -> None:
    """Draw a scene.  events: what to call on `point`, `select`, `stage`, `drag`, `commit`."""
    mount("picture", key, scene, events)


def matrices(data: dict, key: str = "matrices", **events: Callable) -> None:
    """Draw weight matrices.  events: `drag`, `commit`."""
    mount("matrices", key, data, events)


def timeline(data: dict, **events: Callable) -> None:
    """Draw the timeline.  events: `scrub` and `step` {t}, `pick` {t, unit}, `draw` {input, values}."""
    mount("timeline", "timeline", data, events)


def lines(data: dict) -> None:
    """Draw one unit over time."""
    mount("lines", "lines", data, {})


def provenance(data: dict, key: str = "provenance", **events: Callable) -> None:
    """Draw who wrote a unit's state.  events: `step`, the step that the visitor moved to, besides the browser's own
    event "gs-step"."""
    mount("provenance", key, data, events)


def raster(data: dict, key: str) -> None:
    """Draw rows of numbers."""
    mount("raster", key, data, {})


def lattice(data: dict, key: str = "lattice", **events: Callable) -> None:
    """Draw a net's layers and steps.  events: `choose` {layer, t}, `pick` {t, unit}."""
    mount("lattice", key, data, events)


def editor(data: dict, key: str = "editor", **events: Callable) -> None:
    """Where a visitor writes a cell.  events: `text`, while it is being written, and `rest`, {text}."""
    mount("editor", key, data, events)


def family(data: dict, **events: Callable) -> None:
    """Draw the family as a map.  events: `choose` {name}."""
    mount("family", "family", data, events)


def curves(data: dict, key: str = "curves", **events: Callable) -> None:
    """Draw how nets learn.  events: `look`, when it is time to look for what is new."""
    mount("curves", key, data, events)


def examples(data: dict, key: str = "examples") -> None:
    """Draw examples of a task, and what nets answer."""
    mount("examples", key, data, {})


def film(data: dict, **events: Callable) -> None:
    """Draw a net in training, snapshot by snapshot.  events: `rest` {step, newest}."""
    mount("film", "film", data, events)


def page(more: list[str], lang: str) -> None:
    """Put on the page what every page does, whatever is drawn on it.  more: the choices of a menu that it stays open
    for, as they ask for more there; lang: the language of the page."""
    script = (ASSETS / "frame.js").read_text(encoding="utf-8")
    component = st.components.v2.component("gatescope.frame", js=script, isolate_styles=False)
    component(key="frame", data={"more": more, "lang": lang}, height="content", on_theme_change=lambda: None)


def mount(name: str, key: str, data: dict, events: dict[str, Callable]) -> None:
    """Put a component on the page: name.js after what all share, styled by diagram.css and name.css if there is one."""
    styles = [css for css in ("diagram.css", f"{name}.css") if (ASSETS / "diagram" / css).exists()]
    component = st.components.v2.component(
        f"gatescope.{name}", js=_source("numbers.js", "squares.js", "save.js", *ITS_OWN.get(name, ()), f"{name}.js"),
        css=_source(*styles), isolate_styles=False,
    )
    echo = st.session_state.get(f"echo.{key}", 0)  # so that the component knows which message this answers
    component(key=key, data=data | {"echo": echo, "listens": list(events)}, height="content",
              **{f"on_{event}_change": act for event, act in events.items()})
