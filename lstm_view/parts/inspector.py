"""The panel beside the picture: how a value is made, where it sits on its curve, what if it were forced."""
import streamlit as st

from lstm_core import latex

from ..figures.curve import activation_curve
from ..numbers.addresses import clamp_range, clampable, place
from ..numbers.moment import Experiment
from ..style import INK, ROLES, formula_colors, role
from ..telling.names import heading
from ..telling.narrate import curve
from ..text.arithmetic import equated_tex
from ..text.numbers import number
from ..words import Words
from .widgets import is_dark, memory_here


def inspector(experiment: Experiment, at: str, chosen: str, words: Words) -> None:
    """Show one value, given as `f.1`; chosen is the one that was clicked, which alone can be forced."""
    shapes = {n: v.shape for n, v in experiment.env.items() if n not in experiment.params}
    found = place(at, shapes) if at else None
    if not found:
        st.caption(words("inspect.hint"))
        return
    name, (unit,) = found
    dark = is_dark()
    st.markdown(f"**{heading(experiment.cell, name, unit, words)}**")
    st.caption(words("inspect.hint"))
    if name in experiment.inputs:
        st.markdown(words("inspect.inputs", value=number(experiment.env[name][unit])))
        if name == "tick":
            st.markdown(words("inspect.tick", unit=unit + 1,
                              period=int(experiment.cell.unit_periods(experiment.H)[unit])))
        return
    colors, env = formula_colors(dark, experiment.cell.lines), experiment.forced or experiment.env
    if experiment.forced:
        st.caption(words("inspect.forced_run"))
    st.markdown(f"${latex.equation(experiment.cell, name, colors)}$")  # inline: a narrow panel can break it
    st.latex(equated_tex(latex.with_numbers(experiment.cell, env, name, unit, colors)))
    _curve(experiment.cell, env, name, unit, dark, words)
    if at == chosen and name in clampable(experiment.cell):
        _force(experiment.cell, name, unit, experiment.env[name][unit], words)


def _curve(cell, env, name, unit, dark, words):
    """The activation a value comes out of or goes into, if there is one."""
    activations = [n for n in cell.nodes if n.op in ("sigmoid", "tanh")]
    node = next((n for n in activations if n.id == name), next((n for n in activations if n.inputs[0] == name), None))
    if node is None:
        return
    before = env[node.inputs[0]][unit]
    says = curve(node.op, float(before), words)
    figure = activation_curve(node.op, float(before), ROLES[role(name)][dark], INK[dark])
    st.plotly_chart(figure, key="curve", height=210, alt=says, config={"displayModeBar": False})
    st.caption(says)


def _force(cell, name, unit, value, words):
    """Force the chosen gate, or let it go."""
    memory = memory_here()
    address = f"{name}.{unit}"
    forced = memory.values["clamp"]

    def hold(to):
        memory.commit(clamp=to)
        st.rerun()  # the whole page: the picture shows what follows

    def slide():
        hold(forced | {address: float(st.session_state["widget.force"])})

    def toggle():
        rest = {a: v for a, v in forced.items() if a != address}
        hold(rest if address in forced else forced | {address: float(round(value))})

    low, high = clamp_range(cell, address)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = words("inspect.release" if address in forced else "inspect.force")
        st.button(label, on_click=toggle, key="button.force")
        if address in forced:
            st.session_state["widget.force"] = forced[address]
            st.slider(words("inspect.forced_to"), low, high, step=0.05, key="widget.force",
                      on_change=slide, width=220)
        if len(forced) > (address in forced):
            st.button(words("inspect.all_released"), on_click=hold, args=({},), key="button.release")
