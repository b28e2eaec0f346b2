"""The parts of the pages that are neither the picture nor a control."""
import numpy as np
import streamlit as st

from lstm_core import latex
from lstm_core.ops import sigmoid

from . import code
from .diagram.scene import title
from .experiment import Experiment, pinned
from .figures.memory import memory_curves
from .narrate import number, percent
from .sentence import remains
from .state import Memory
from .style import ROLES, formula_colors
from .table import table
from .words import Words


def notices(memory: Memory, words: Words) -> None:
    """What a link said that could not be used."""
    if memory.ignored:
        # as code, so that what a link says is never read as Markdown
        shown = ", ".join(f"`{item[:60].replace('`', ' ')}`" for item in memory.ignored[:5])
        st.warning(words("notice.ignored", what=shown), icon=":material/link_off:")


def other_run(experiment: Experiment, values: dict) -> tuple[str, dict] | None:
    """The run that stands beside the true one: with the clamps on, else the pinned one if it has the same shape."""
    if experiment.forced:
        return "forced", experiment.forced
    before = pinned(values)
    if before and (before.cell, before.D, before.H) == (experiment.cell, experiment.D, experiment.H):
        return "pinned", before.env
    return None


def comparison(experiment: Experiment, values: dict, words: Words) -> None:
    """What the clamps do, and what changed since the pin, in a sentence each."""
    if experiment.forced:
        st.info(_forced(experiment, words), icon=":material/lock:")
    before = pinned(values)
    if before:
        st.info(_since_pin(experiment, before, words), icon=":material/keep:")


def _forced(experiment, words):
    forced = ", ".join(f"{name}[{k + 1}] = {held[k]:g}" for name, held in experiment.clamp.items()
                       for k in np.flatnonzero(~np.isnan(held)))
    state = "c" if "c" in experiment.cell.state else "h"
    true, with_ = experiment.env[state], experiment.forced[state]
    unit = int(np.argmax(np.abs(with_ - true)))
    if with_[unit] == true[unit]:
        return words("inspect.forced_nothing", forced=forced)
    return words("inspect.forced_says", forced=forced, state=title(experiment.cell, state, words), unit=unit + 1,
                 true=number(true[unit]), with_=number(with_[unit]))


def _since_pin(now, before, words):
    if (before.cell, before.D, before.H) != (now.cell, now.D, now.H):
        return words("inspect.pinned_other", cell=words(f"cell.{before.cell.name}"), D=before.D, H=before.H)
    names = [*now.inputs, *(n.id for n in now.cell.nodes)]
    changes = {(n, k): abs(now.env[n][k] - before.env[n][k]) for n in names for k in range(len(now.env[n]))}
    (name, unit), largest = max(changes.items(), key=lambda item: item[1])
    if not largest and all((now.params[n] == before.params[n]).all() for n in now.params):
        return words("inspect.pinned_same")
    return words("inspect.pinned_says", count=sum(c > 0 for c in changes.values()), total=len(changes),
                 name=title(now.cell, name, words), unit=unit + 1, before=number(before.env[name][unit]),
                 now=number(now.env[name][unit]))


def equations(experiment: Experiment, selected: str, words: Words) -> None:
    """The cell's equations, the selected value's marked, and for a variant the lines it changes."""
    colors = formula_colors(st.context.theme.type == "dark")
    cell = experiment.cell
    st.header(words("equations.heading"))
    chosen = selected.partition(".")[0]
    _aligned([rf"\blacktriangleright\; {line}" if name == chosen else line
              for name, line in latex.equations(cell, colors).items()])
    if cell.base:
        st.markdown(f"**{words('changed.heading')}** {words('changed.from', base=words('cell.' + cell.base.name))}")
        here, there = latex.equations(cell, colors), latex.equations(cell.base, colors)
        changed = [line for name, line in here.items() if line != there.get(name)]
        gone = [rf"{line} \quad \text{{({words('changed.gone')})}}" for name, line in there.items() if name not in here]
        _aligned(changed + gone)


def _aligned(lines):
    st.latex(r"\begin{aligned}" + r"\\".join(line.replace("=", "&=", 1) for line in lines) + r"\end{aligned}")


def every_number(experiment: Experiment, selected: str, words: Words) -> None:
    """The table twin of the picture."""
    st.header(words("table.heading"))
    names = [*experiment.inputs, *experiment.cell.node]
    st.caption(words("table.caption", count=sum(len(experiment.env[name]) for name in names)))
    st.table(table(experiment, words, selected))  # plain HTML, which screen readers read


def take_with_you(experiment: Experiment, words: Words) -> None:
    """The step as code and as CSV."""
    st.header(words("take.heading"))
    st.markdown(words("take.text"))
    given = (experiment.cell, experiment.params, experiment.inputs, experiment.clamp or None)
    kinds = {"numpy": ("py", lambda: code.numpy_code(*given)), "torch": ("py", lambda: code.torch_code(*given)),
             "csv": ("csv", lambda: code.csv_of(experiment.cell, experiment.forced or experiment.env))}
    kind = st.segmented_control(words("take.heading"), kinds, default="numpy", required=True, key="take",
                                format_func=lambda k: words(f"take.{k}"), label_visibility="collapsed")
    ending, made = kinds[kind]
    text, file = made(), f"{experiment.cell.name}_{kind}.{ending}"
    st.download_button(words("take.save", file=file), text, file, key="save", on_click="ignore",
                       icon=":material/download:")
    st.code(text, language="python" if ending == "py" else None, height=320)
    st.caption(f"{words('take.picture')} {words('take.link')}")


@st.fragment
def after_rnn(words: Words) -> None:
    """What is left of the first word of a long sentence, in an RNN and in an LSTM."""
    st.markdown(words.prose("after_rnn"))
    sentence = words.prose("sentence")
    first, rest = sentence.split(maxsplit=1)
    st.markdown(f"> **{first}** {rest}")
    left, right = st.columns(2)
    recurrent = left.slider(words("home.recurrent"), 0.0, 1.5, 0.9, 0.05, key="recurrent")
    bias = right.slider(words("home.forget_bias"), 0.0, 10.0, 6.0, 0.5, key="forget_bias")
    shares = remains(sentence, recurrent, bias)
    says = words("home.left", rnn=percent(shares["rnn"][-1]), lstm=percent(shares["lstm"][-1]), bias=f"{bias:g}",
                 recurrent=f"{recurrent:g}", f=f"{sigmoid(bias):.4f}")
    dark = st.context.theme.type == "dark"
    figure = memory_curves(sentence.split(), shares, {cell: words(f"home.{cell}") for cell in shares},
                           {"rnn": ROLES["h"][dark], "lstm": ROLES["c"][dark]}, words("home.axis"))
    st.plotly_chart(figure, key="memory", height=260, alt=says, config={"displayModeBar": False})
    st.markdown(says)
    st.caption(words("home.how"))
