"""The parts of the page `gradients`, and what happens when one of its components sends something."""
import numpy as np
import streamlit as st

from .. import code
from ..diagram import component
from ..diagram.backward import backward_scene
from ..diagram.scene import MOST_SQUARES
from ..diagram.timeline import timeline
from ..fields import to_text
from ..figures.gradients import Curve, before_and_after, of_units, over_steps
from ..figures.heatmap import Band
from ..figures.influence import LOOKS
from ..incoming.own_cell import cell_named, label
from ..incoming.sequences import MOST
from ..numbers.backwards import (
    EVERY,
    FIELDS,
    LAST,
    LEAST_CLIP,
    MOST_CELLS,
    MOST_CLIP,
    PRESETS,
    VIEWS,
    Pass,
    checked,
    chosen,
    clipped,
    compute,
    fit,
    lengths,
    loss_step,
    paths,
    preset,
    shown_step,
    stages,
    steps,
)
from ..numbers.compared import brief
from ..numbers.over_time import SETUP
from ..state import Memory, mirror
from ..telling import backward_tables as tables
from ..telling import narrate_back
from ..telling.names import title
from ..telling.scales import largest, reaches, scaled
from ..text.numbers import amount
from ..words import Words
from .frame import goto
from .input_controls import actions
from .saving import saving, script
from .twins import csv_button, twin
from .widgets import arrived, bound, cell_brief, cell_options, is_dark, memory_here, number, sent

CHARTS = {  # view -> its chart and its name in the words
    "step": {"chart-units": "chart_units"}, "paths": {"chart-paths": "chart_paths"}, "clip": {"clipping": "chart_clip"},
    "check": {},
}
PARTS = {"step": ("timeline", "picture", "units"), "paths": ("timeline", "paths", "code")}  # view -> its fragments


# --- what a visitor sets


def choose(memory: Memory, words: Words) -> None:
    """Which cells, where the loss sits, where the pass is cut, and what shows it well."""
    now, T, at = memory.values, steps(memory.values), loss_step(memory.values)
    with st.container(horizontal=True, vertical_alignment="bottom", key="choice"):
        cells = bound("cells", parse=tuple, shown=list(now["cells"]))
        st.multiselect(words("gradients.cells"), cell_options(*memory.values["cells"]),
                       format_func=lambda name: cell_brief(name, words), max_selections=MOST_CELLS,
                       placeholder=words("gradients.cells"), width=330, **cells)
        if at is not None:
            at_step = bound("loss", parse=lambda step: step - 1, shown=at + 1)
            st.slider(words("gradients.loss"), 1, T, width=260, **at_step)
        st.toggle(words("gradients.every"), at is None, key=f"every.{at is None}", on_change=_every)
        number("truncate", words("gradients.truncate"), 0, MOST, help=words("gradients.truncate_help"), width=165)
    with st.container(horizontal=True, key="actions"):
        for name in PRESETS:
            st.button(words(f"preset.{name}"), key=f"button.{name}", on_click=_preset, args=(name,))
        actions(memory, words, loss=LAST, truncate=0)
    st.markdown(narrate_back.loss(now, words))


def _every():
    memory = memory_here()
    memory.change(loss=LAST if memory.values["loss"] == EVERY else EVERY)


def _preset(name):
    made = preset(name)
    memory_here().change(tuple(made.keys() - PRESETS[name].keys()), **made)


def look(now: dict, words: Words) -> None:
    """The cell that is looked into, and what is shown of it."""
    st.session_state["gradients.view"] = now["view"]
    with st.container(horizontal=True, key="look"):
        st.segmented_control(words("gradients.look"), now["cells"], required=True,
                             format_func=lambda name: brief(name, words), **bound("look"))
        st.segmented_control(words("gradients.view"), VIEWS, required=True,
                             format_func=lambda view: words(f"view.{view}"), **bound("view"))


# --- what a component sends


def moved(event: str):
    """A handler: the timeline went to another step or unit; `scrub` alone is still moving and not yet in the link."""
    def handle():
        memory, message = memory_here(), arrived("timeline", event)
        if isinstance(message.get("t"), int):
            memory.note(t=max(0, message["t"]))
        if isinstance(message.get("unit"), int):
            node = chosen(memory.values)[0]
            memory.note(select=f"{'h' if node == 'x' else node}.{message['unit']}")
        _seen(memory, event != "scrub", other=event == "pick")

    return handle


def selected() -> None:
    """A handler: a square of the picture was clicked."""
    memory = memory_here()
    memory.note(select=sent("picture", "select") or memory.values["select"])
    _seen(memory, True, other=True)


def staged() -> None:
    """A handler: the visitor walked to another stage; the last is where one starts."""
    memory = memory_here()
    order, at = stages(cell_named(memory.values["look"])), sent("picture", "stage")
    memory.note(stage="" if at == len(order) - 1 else order[at])
    _seen(memory, True)


def _seen(memory, rests, other=False):
    """Show what changed: the step, and for another value or unit that over time; the link too, once it rests."""
    memory.values = fit(memory.values)[0]
    if rests:
        mirror(memory, FIELDS, st.session_state["lang"])
    view = memory.values["view"]
    parts = PARTS.get(view, ()) if view == st.session_state["gradients.view"] else ()  # else they have yet to run
    st.rerun(list(parts if other else parts[:2]) or "app")


# --- how it fades


def fading(passes: dict[str, Pass], words: Words) -> None:
    """How large the gradient is at each step, for every cell."""
    st.header(words("gradients.fade"), anchor=False)
    sizes = [(done, lengths(done), look) for done, look in zip(passes.values(), LOOKS, strict=False)]
    panels = {
        f"‖∂L/∂{letter}‖": [Curve(brief(done.run.cell.name, words), norms[name][: done.last + 1], look)
                            for done, norms, look in sizes if name in norms]
        for name, letter in (("h", "h"), ("c", "C"), ("x", "x")) if any(name in norms for _, norms, _ in sizes)
    }
    says = [narrate_back.faded(done, words) for done in passes.values()]
    figure = over_steps(panels, sizes[0][0].run.T, words("timeline.step"), words("gradients.zero"), is_dark())
    _chart("chart-norms", figure, " ".join(says))
    st.markdown("\n".join(f"- {sentence}" for sentence in says))
    st.caption(words("gradients.fade_text"))
    twin("norms", lambda: tables.norms(passes, words), words)


def deciding(passes: dict[str, Pass], words: Words) -> None:
    """What decides how fast it fades."""
    st.markdown(f"**{words('gradients.controls')}**")
    frame = tables.memory(passes, words)
    st.table(frame)  # plain HTML, which screen readers read
    st.caption(words("gradients.controls_text"))
    csv_button("memory", "memory.csv", lambda: frame.to_csv(), words)


# --- one step


def scrubber(done: Pass, now: dict, words: Words, **events) -> None:
    """What comes in, and the way through time."""
    data = timeline({done.run.cell.name: done.run}, shown_step(now), chosen(now)[1], words)
    component.timeline(data | {"runs": []}, **events)


def step(done: Pass, now: dict, words: Words, **events) -> None:
    """The diagram of the shown step, backwards."""
    t, unit = shown_step(now), chosen(now)[1]
    st.header(words("gradients.inside", step=t + 1), anchor=False)
    st.caption(words("gradients.inside_text"))
    data = backward_scene(done, t, words, now["stage"], now["select"], unit)
    component.picture(data, **events)
    said = words("gradients.reach", reach=amount(data["largest"])) if data["largest"] else words("gradients.reach_zero")
    if done.run.H > MOST_SQUARES:
        said += " " + words("gradients.window", units=done.run.H)
    st.caption(said)
    twin("step", lambda: tables.step(done, t, words), words)


def units(done: Pass, now: dict, words: Words) -> None:
    """The gradient of the chosen value over time, unit by unit."""
    name, cell = chosen(now)[0], done.run.cell
    st.header(words("gradients.units"), anchor=False)
    values, said = done.grads[name][:, 0], title(cell, name, words)
    says = words("gradients.units_zero", value=said) if not values.any() else words(
        "gradients.units_says", value=said,
        largest=largest(values, words, "gradients.units_largest", "gradients.units_largest_equal", amount))
    rows = reaches(values, least=0)
    band = Band(scaled(said, rows, words("scale.unit"), words, least=0), values, "state", rows)
    figure = of_units(band, amount, done.run.sequence.labels, words("timeline.step"),
                      words("gradients.unit"), is_dark())
    _chart("chart-units", figure, says)
    st.caption(says)
    twin("units", lambda: tables.units(done, name, words), words)


# --- the direct path and the whole


def routes(done: Pass, now: dict, words: Words) -> None:
    """The direct path against the full derivative, back from the loss's step."""
    made, at, unit = done.run, loss_step(now), chosen(now)[1]
    found = paths(made, made.T - 1 if at is None else at, unit)
    letter = tables.letter(done, found.state)
    st.header(words("gradients.paths"), anchor=False)
    st.markdown(words("gradients.paths_text", letter=letter, unit=unit + 1, t=found.t + 1))
    curves = [Curve(words(f"gradients.{key}"), np.abs(sizes), look, sizes < 0 if key == "full" else None)
              for key, sizes, look in (("direct", found.direct, ("c", "solid")), ("full", found.full, ("h", "dash")),
                                       ("whole", found.whole, ("x", "dot"))) if sizes is not None]
    says = narrate_back.compared_paths(found, made.cell, words)
    figure = over_steps({f"|∂{letter}ₜ/∂{letter}ₖ|": curves}, made.T, words("gradients.earlier"),
                        words("gradients.zero"), is_dark())
    _chart("chart-paths", figure, says)
    st.markdown(says)
    twin("paths", lambda: tables.paths(found, words), words)


# --- clipping


def clipping(done: Pass, now: dict, words: Words) -> None:
    """What clipping does to the gradients, and to one step of descent."""
    st.header(words("gradients.clipping"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number("clip", words("gradients.clip"), LEAST_CLIP, MOST_CLIP, step=0.5, format="%g", width=165)
        number("rate", words("gradients.rate"), 0.0, 100.0, step=0.1, format="%g", width=165)
    found = clipped(done, now["clip"], now["rate"])
    says = narrate_back.clipping(found, now["clip"], words)
    figure = before_and_after(found.before, found.after, (words("gradients.before"), words("gradients.after")),
                              is_dark())
    _chart("clipping", figure, says)
    st.markdown(f"{says} {narrate_back.stepped(found, now['rate'], words)}")
    st.table(tables.descent(found, words))
    csv_button("descent", "descent.csv", lambda: tables.descent(found, words, float).to_csv(), words)
    twin("clipping", lambda: tables.clipping(found, words), words)


# --- the check


def checking(passes: dict[str, Pass], now: dict, words: Words) -> None:
    """The gradients beside finite differences."""
    st.header(words("gradients.checking"), anchor=False)
    st.markdown(words("gradients.check_text"))
    on = bool(now["check"])
    st.button(words("gradients.uncheck" if on else "gradients.check"), key="button.check", icon=":material/rule:",
              type="secondary" if on else "primary", on_click=lambda: memory_here().note(check=0 if on else 1))
    if not on:
        return
    slopes = {name: checked(done) for name, done in passes.items()}
    st.markdown(narrate_back.checked(slopes, now["truncate"], words))
    st.table(tables.check(slopes, words))
    csv_button("check", "check.csv", lambda: tables.check(slopes, words, float).to_csv(), words)


# --- to take away


@st.fragment(key="code")
def _torch(words):
    if st.toggle(words("take.show_torch"), key="torch"):
        now = memory_here().values
        file = f"{label(now['look'])}_{'paths' if now['view'] == 'paths' else 'gradients'}.py"
        script(_code(compute(now), now), file, words)


def _code(done, now):
    """The paths as code where they are shown, else the pass."""
    made, at = done.run, loss_step(now)
    if now["view"] == "paths":
        place = made.T - 1 if at is None else at, chosen(now)[1]
        return code.memory_torch(made.cell, made.params, made.sequence.x, paths=place)
    return code.gradients_torch(made.cell, made.params, made.sequence.x, {"h": done.weights[:, 0]}, clip=now["clip"],
                                truncate=done.truncate)


def take_with_you(passes: dict[str, Pass], now: dict, words: Words) -> None:
    """What the terms mean, the pass as code, the charts as pictures, the way to the other pages."""
    st.header(words("gradients.terms"), anchor=False)
    st.markdown(words.prose("gradients"))
    st.header(words("take.heading"), anchor=False)
    _torch(words)
    charts = {"chart-norms": "chart_norms"} | CHARTS[now["view"]]
    saving({key: words(f"gradients.{name}") for key, name in charts.items()}, words)
    st.caption(words("take.link"))
    st.markdown(f"**{words('gradients.elsewhere')}**")
    query = to_text(SETUP, now)
    goto("sequence", words("gradients.to_sequence"), words, **query | {"cell": now["look"], "weights": now["weights"]})
    goto("compare", words("gradients.to_compare"), words, **query)


def _chart(key, figure, says):
    st.plotly_chart(figure, key=key, height=figure.layout.height, alt=says, config={"displayModeBar": False})
