"""The parts of the pages that are neither the picture nor a control."""
import streamlit as st

from lstm_core import latex
from lstm_core.ops import sigmoid

from .. import code
from ..diagram.layout import layout
from ..figures.memory import memory_curves
from ..incoming.own_cell import cell_named
from ..incoming.sentence import OPEN, SHUT, later, remains, written
from ..numbers.experiment import pinned
from ..numbers.moment import Experiment
from ..state import Memory
from ..style import INK, ROLES, formula_colors
from ..telling.dependency import price
from ..telling.narrate import forced, since_pin
from ..telling.nets import why_not
from ..telling.reach import beyond
from ..telling.scales import percentage
from ..telling.table import printed, table
from ..text.numbers import mark, percent
from ..text.sums import kept
from ..words import Words
from . import net_controls
from .saving import script
from .widgets import cell_title, is_dark


def notices(memory: Memory, words: Words) -> None:
    """What a link said that could not be used."""
    net_controls.hold(memory.values)
    for why in dict.fromkeys(filter(None, (why_not(item, words) for item in memory.ignored))):
        st.warning(why, icon=":material/link_off:")
    ignored = [item for item in memory.ignored if not why_not(item, words)]
    if ignored:
        # as code on one line, so that what a link says is never read as Markdown
        shown = ", ".join(f"`{' '.join(item[:60].replace('`', ' ').split())}`" for item in ignored[:12])
        st.warning(words("notice.ignored", what=shown), icon=":material/link_off:")


def legend(words: Words, values: dict) -> None:
    """What the marks on a variant's picture mean, if there are any."""
    drawn = layout(cell_named(values["cell"]), values["D"], values["H"])["parts"]
    if any(part.get("new") or part.get("ghost") for part in drawn):
        st.caption(words("changed.legend", cell=cell_title(values["cell"], words)))


def beyond_reach(experiment: Experiment, memory: Memory, words: Words) -> None:
    """What a visitor lets come in though no step can have made it."""
    for says in beyond(experiment, memory.values["edit"] | memory.live, words):
        st.caption(f":material/info: {says}")


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
        st.info(forced(experiment, words), icon=":material/lock:")
    before = pinned(values)
    if before:
        st.info(since_pin(experiment, before, words), icon=":material/keep:")


def equations(experiment: Experiment, selected: str, words: Words) -> None:
    """The cell's equations, the selected value's marked, and for a variant the lines it changes."""
    colors = formula_colors(is_dark(), experiment.cell.lines)
    cell = experiment.cell
    st.header(words("equations.heading"), anchor=False)
    chosen = selected.partition(".")[0]
    _list([rf"\blacktriangleright\; {line}" if name == chosen else line
           for name, line in latex.equations(cell, colors).items()])
    if cell.matrices(experiment.D, experiment.H):
        st.caption(words("equations.identity"))
    if cell.masked:
        st.caption(words("equations.masked"))
    if cell.base:
        st.markdown(f"**{words('changed.heading')}** {words('changed.from', base=words('cell.' + cell.base.name))}")
        here, there = latex.equations(cell, colors), latex.equations(cell.base, colors)
        changed = [line for name, line in here.items() if line != there.get(name)]
        gone = [rf"{line} \quad \text{{({words('changed.gone')})}}" for name, line in there.items() if name not in here]
        _list(changed + gone)


def _list(formulas):
    st.markdown("\n\n".join(f"${formula}$" for formula in formulas))  # inline, so that a narrow page can break lines


def every_number(experiment: Experiment, selected: str, other: tuple | None, words: Words) -> None:
    """The table twin of the picture."""
    st.header(words("table.heading"), anchor=False)
    names = [*experiment.inputs, *experiment.cell.node]
    st.caption(words("table.caption", count=sum(len(experiment.env[name]) for name in names)))
    st.table(printed(table(experiment, words, other), selected))  # plain HTML, which screen readers read


def take_with_you(experiment: Experiment, words: Words) -> None:
    """The step as code and as CSV."""
    st.header(words("take.heading"), anchor=False)
    st.markdown(words("take.text"))
    given = (experiment.cell, experiment.params, experiment.inputs, experiment.clamp or None)
    kinds = {"numpy": ("py", lambda: code.numpy_code(*given)), "torch": ("py", lambda: code.torch_code(*given)),
             "csv": ("csv", lambda: code.csv_of(experiment.cell, experiment.env, experiment.forced))}
    kind = st.segmented_control(words("take.heading"), kinds, default="numpy", required=True, key="take",
                                format_func=lambda k: words(f"take.{k}"), label_visibility="collapsed")
    ending, made = kinds[kind]
    script(made(), f"{experiment.cell.name}_{kind}.{ending}", words)
    st.caption(f"{words('take.picture')} {words('take.link')}")


@st.fragment
def after_rnn(words: Words) -> None:
    """What is left of the first word of a long sentence, in an RNN and in an LSTM."""
    st.markdown(words.prose("after_rnn"))
    sentence = written(words.prose("sentence"))
    first, rest = sentence.split(maxsplit=1)
    st.markdown(f"> **{first}** {rest}")
    left, right = st.columns(2)
    recurrent = left.slider(words("home.recurrent"), 0.0, 1.5, 0.9, 0.05, key="recurrent")
    bias = right.slider(words("home.forget_bias"), 0.0, 10.0, 6.0, 0.5, key="forget_bias")
    shares = remains(sentence, recurrent, bias)
    f, lstm = kept(float(sigmoid(bias)), len(sentence.split()) - 1)
    says = words("home.left", rnn=percent(shares["rnn"][-1]), lstm=lstm, f=f, bias=mark(bias),
                 recurrent=mark(recurrent))
    left_of_first_word(sentence, shares, recurrent, says, "memory", words)


def left_of_first_word(sentence: str, shares: dict, recurrent: float, says: str, key: str, words: Words) -> None:
    """The curves of what is left of a sentence's first word, what they say, and what the RNN holds of later words."""
    says = " ".join([says, *price(shares["rnn"][-1], recurrent, later(sentence, recurrent), words)])
    dark = is_dark()
    figure = memory_curves(sentence.split(), shares, {cell: words(f"home.{cell}") for cell in shares},
                           {"rnn": ROLES["h"][dark], "lstm": ROLES["c"][dark]}, words("home.axis"), INK[dark],
                           lambda share: percentage(share, words))
    st.plotly_chart(figure, key=key, height=260, alt=says, config={"displayModeBar": False})
    st.markdown(says)
    st.caption(words("home.how", open=percent(sigmoid(OPEN)), shut=percent(sigmoid(SHUT))))
