"""The view of the page `variants` in which a visitor writes a cell, and all that follows from its text."""
import pandas as pd
import streamlit as st

from lstm_core import CELLS, latex
from lstm_core.analysis import norms
from lstm_core.counts import has_clock, multiply_adds

from .. import code
from ..diagram import component
from ..diagram.editor import editor
from ..diagram.lines import lines
from ..diagram.pen import is_gate
from ..diagram.scene import MOST_SQUARES, scene
from ..diagram.timeline import timeline
from ..fields import to_text
from ..figures.gradients import Curve, over_steps
from ..figures.heatmap import Band, heatmaps
from ..figures.influence import LOOKS
from ..incoming.own_cell import cell_named, text_of
from ..numbers import backwards, compared, training
from ..numbers.backwards import Pass
from ..numbers.over_time import SEQUENCE, SETUP, fit, main_nodes, moment
from ..numbers.own_run import checked, compute, counted, gradients, mistake, of_sequence, text
from ..state import Memory
from ..style import INK, formula_colors
from ..telling import backward_tables, narrate_back, narrate_over_time
from ..telling.names import symbol, title
from ..telling.own_cell import befallen, parts
from ..telling.scales import reaches, scaled
from ..text.numbers import tally
from ..words import Words
from .frame import goto
from .input_controls import actions
from .own_controls import is_typed, present, start, writing, wrote
from .saving import chart, script
from .sequence_sections import leading, of_step
from .twins import csv_button, twin
from .widgets import cell_title, is_dark, moved

NORM = "‖∂L/∂·‖"


def page(memory: Memory, words: Words) -> None:
    """The editor, and below it the last good cell: each part a fragment, as `own_controls.SHOW` names them."""
    def part(key, draw):
        st.fragment(lambda: draw(present(memory), words), key=key)()

    st.session_state["own_cell"] = memory.values["cell"]  # which the other pages offer
    st.markdown(words("own.intro"))
    with st.container(horizontal=True, key="actions"):
        st.selectbox(words("own.start"), list(CELLS), None, format_func=lambda name: cell_title(name, words),
                     placeholder=words("own.start"), label_visibility="collapsed", key="own.start", on_change=start,
                     width=330)
        actions(memory, words)
    left, right = st.columns([5, 4], gap="medium")
    with left:
        part("editor", write_here)
    with right:
        part("formulas", formulas)
    part("about", about)
    part("timeline", scrubber)
    part("picture", step)
    st.header(words("own.over_time"), anchor=False)
    part("heatmaps", over_the_steps)
    part("unit", picked)
    part("gradients", backwards_too)
    part("take", take_with_you)


# --- the text


def write_here(now: dict, words: Words) -> None:
    """The editor."""
    component.editor(editor(text(now), mistake(now), cell_named(now["cell"]), words, is_typed(now)),
                     text=writing, rest=wrote)


def formulas(now: dict, words: Words) -> None:
    """The equations as papers print them."""
    cell, dark = cell_named(now["cell"]), is_dark()
    colors = formula_colors(dark, cell.lines)
    found = latex.equations(cell, colors).values()
    st.markdown("\n\n".join(f"${line}$" for line in found))  # inline, so that a narrow page can break lines


def about(now: dict, words: Words) -> None:
    """What it is made of, and what befalls it in this run."""
    cell, D, H = cell_named(now["cell"]), now["D"], now["H"]
    for said in befallen(gradients(now), words):
        st.warning(said, icon=":material/report:")
    st.header(words("own.made_of"), anchor=False)
    base = text_of(now["cell"])[1]
    came = [words("own.edit_of", cell=cell_title(base, words))] if base else []
    clocked = [words("cost.clocked")] if has_clock(cell) else []
    st.markdown(" ".join([*came, words("own.counted", count=counted(cell, D, H),
                                       products=tally(multiply_adds(cell, D, H))), *clocked]))
    frame = parts(cell, D, H, words)
    with st.container(key="parts"):
        st.table(frame)  # plain HTML, which screen readers read
    for name, there in (("identity", cell.matrices(D, H)), ("masked", cell.masked)):
        if there:
            st.caption(words(f"equations.{name}"))


# --- its run


def scrubber(now: dict, words: Words) -> None:
    """What comes in, and the way through time."""
    data = timeline({now["cell"]: compute(now)}, now["t"], now["unit"], words)
    component.timeline(data | {"runs": []}, scrub=moved("scrub", "picture"), step=moved("step", "picture"),
                       pick=moved("pick", "picture", "unit"))


def step(now: dict, words: Words) -> None:
    """The cell's diagram at the present step."""
    made = compute(now)
    st.header(words("over_time.inside", step=now["t"] + 1), anchor=False)
    component.picture(scene(moment(made, now["t"]), words, unit=now["unit"], editable=[]))
    if made.H > MOST_SQUARES:
        st.caption(words("gradients.window", units=made.H))


def over_the_steps(now: dict, words: Words) -> None:
    """Every value that has a name, over time."""
    made = compute(now)
    nodes = main_nodes(made.cell)
    figure = heatmaps([_band(made, name, words) for name in nodes], made.sequence.labels, words("timeline.step"),
                      words("timeline.unit"), INK[is_dark()])
    chart("heatmaps", figure, narrate_over_time.bands(made, nodes, words), words("chart.heatmaps"), words)
    st.caption(words("compare.colors"))
    columns = {f"{name}.{k + 1}": made.values[name][:, k] for name in nodes for k in range(made.H)}
    twin("heatmaps", lambda: pd.DataFrame(columns, _steps(made, words)), words)


def _band(made, name, words):
    said, values = title(made.cell, name, words), made.values[name]
    if is_gate(made.cell, name):
        return Band(said, values, "gate")
    return Band(scaled(said, reaches(values), words("scale.unit"), words), values, "state", reaches(values))


def _steps(made, words):
    return pd.RangeIndex(1, made.T + 1, name=words("timeline.step"))


def picked(now: dict, words: Words) -> None:
    """The picked unit as lines."""
    made, unit = compute(now), now["unit"]
    st.header(words("over_time.unit", unit=unit + 1), anchor=False)
    says = narrate_over_time.unit(made, unit, words)
    data = lines(made, unit, now["t"], says, words)
    component.lines(data | {"key": f"{data['key']} {now['cell']}"})
    st.markdown(says)
    columns = {name: made.values[name][:, unit] for name in main_nodes(made.cell)}
    twin("unit", lambda: pd.DataFrame(columns, _steps(made, words)), words)


# --- its gradients


def backwards_too(now: dict, words: Words) -> None:
    """How large the gradient is at each step, and whether it is right."""
    done = gradients(now)
    st.header(words("gradients.fade"), anchor=False)
    st.markdown(words("gradients.loss_at", step=done.run.T))
    sizes = _sizes(done)
    curves = [Curve(f"‖∂L/∂{name}‖", size, look) for (name, size), look in zip(sizes.items(), LOOKS, strict=False)]
    figure = over_steps({NORM: curves}, done.run.T, words("timeline.step"), words("gradients.zero"), is_dark())
    says = narrate_back.faded(done, words)
    chart("norms", figure, says, words("gradients.chart_norms"), words)
    st.markdown(says)
    st.caption(words("gradients.fade_text"))
    twin("norms", lambda: pd.DataFrame(sizes, _steps(done.run, words)), words)
    _check(now, words)


def _sizes(done: Pass) -> dict:
    """Letter -> the norm of dL/d of it at each step: of h, x and as many of the other states as are drawn."""
    cell = done.run.cell
    names = list(dict.fromkeys(["h", *(("c",) if "c" in cell.state else ()), "x", *cell.state]))
    return {symbol(cell, name)[0]: norms(done.grads, name)[:, 0] for name in names[: len(LOOKS)]}


def _check(now, words):
    T, H, slopes = checked(now)
    st.header(words("gradients.checking"), anchor=False)
    if not slopes:
        st.markdown(words("own.check_none"))
        return
    st.markdown(words("gradients.check_text") + " " + words("own.check_small", steps=T, units=H))
    st.markdown(narrate_back.checked({"own": slopes}, 0, words))
    frame = backward_tables.check({"own": slopes}, words)
    frame.index = pd.Index(list(slopes), name=frame.index.name)
    with st.container(key="checked"):
        st.table(frame)
    csv_button("check", "check.csv", lambda: backward_tables.check({"own": slopes}, words, float).to_csv(), words)


# --- to take away


def take_with_you(now: dict, words: Words) -> None:
    """The run as code, and the way to the other pages, with this cell on the same input."""
    st.header(words("take.heading"), anchor=False)
    made = compute(now)
    kinds = {"numpy": code.sequence_numpy, "torch": code.sequence_torch}
    kind = st.segmented_control(words("own.code"), kinds, format_func=lambda kind: words(f"take.{kind}"), key="take")
    if kind:
        script(kinds[kind](made.cell, made.params, made.sequence.x), f"own_{kind}.py", words)
    st.caption(words("take.link"))
    st.markdown(f"**{words('own.elsewhere')}**")
    name, same, at = now["cell"], {f.name: now[f.name] for f in SETUP}, {"t": now["t"], "unit": now["unit"]}
    beside, here = text_of(name)[1] or "lstm", of_sequence(now) | at
    goto("one_step", words("over_time.open", step=now["t"] + 1), words, **of_step(here))
    goto("sequence", words("own.to_sequence"), words, **to_text(SEQUENCE, fit(here)[0]))
    goto("compare", words("own.to_compare", cell=cell_title(beside, words)), words,
         **leading(compared, same | at | {"cells": (beside, name)}))
    goto("gradients", words("own.to_gradients"), words, **leading(backwards, same | {"cells": (name,), "look": name}))
    goto("training", words("own.to_training", cell=cell_title(beside, words)), words,
         **leading(training, {"cells": (beside, name)}))
