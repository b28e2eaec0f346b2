"""The parts of the page `sequence`."""
from types import ModuleType
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from lstm_core.ops import sigmoid

from .. import code
from ..diagram import component
from ..diagram import provenance as memory_picture
from ..diagram.lines import lines
from ..diagram.pen import is_gate
from ..diagram.scene import matrices, scene
from ..diagram.timeline import timeline
from ..fields import to_text
from ..figures.heatmap import Band, heatmaps
from ..incoming.sentence import CLAUSES, remains, written
from ..incoming.sequences import MOST_INPUTS
from ..numbers import backwards, compared, experiment
from ..numbers.addresses import clamp_range, clampable
from ..numbers.experiment import MOMENT
from ..numbers.over_time import (
    HELD_BY,
    PARTS,
    SETUP,
    TRUE,
    VIEWS,
    Unrolled,
    clamped,
    main_nodes,
    moment,
    observable,
    seen,
)
from ..state import Memory
from ..style import INK
from ..telling import narrate_over_time
from ..telling.names import title
from ..telling.scales import reaches, scaled
from ..text.numbers import MOST_DIGITS, mark, number, percent
from ..text.sums import kept
from ..words import Words, plain
from . import net_controls
from .frame import goto
from .saving import saving, script
from .sections import left_of_first_word
from .sequence_controls import drop, force, keep, looked, release
from .twins import csv_button, twin
from .widgets import bound, is_dark, slider

PART_TITLES = {"what": "what.heading", "dependency": "dependency.heading", "take": "take.heading"}


def chain(run: Unrolled, now: dict, words: Words, **events) -> None:
    """The timeline: what comes in, the chain, the scrubber."""
    component.timeline(timeline({run.cell.name: run}, now["t"], now["unit"], words, drawable=run.D <= MOST_INPUTS),
                       **events)
    if run.other:
        st.caption(words("what.marks"))


def step(run: Unrolled, now: dict, words: Words, **events) -> None:
    """The diagram of the present step, and the way to its own page."""
    t, unit = now["t"], now["unit"]
    label = run.sequence.labels[t] if run.sequence.labels else ""
    st.header(words("over_time.inside", step=t + 1) + (f": {plain(label)}" if label else ""), anchor=False)
    here = moment(run, t)
    other = ("what", here.forced) if here.forced else None
    component.picture(scene(here, words, other=other, unit=unit, editable=["x"]), **events)
    if run.H > 6:
        st.caption(words("over_time.window", units=run.H))
    goto("one_step", words("what.open" if run.other else "over_time.open", step=t + 1), words, **of_step(now))


def of_step(now: dict) -> dict[str, str]:
    """The link to one step: a start that holds the whole sequence, so that inputs, states and weights are the same."""
    unused = {field for kind, field in HELD_BY.items() if kind != now["input"]}
    query = to_text([f for f in TRUE if f.name not in unused], now)
    return leading(experiment, {"cell": now["cell"], "start": MOMENT, "of": urlencode(query), "at": now["t"],
                                "select": f"h.{now['unit']}"})


def leading(page: ModuleType, values: dict) -> dict[str, str]:
    """The query of a page's values as that page itself writes it: else it would write it anew on arrival, and the way
    back would lead to the same page again."""
    return to_text(page.FIELDS, page.fit(page.DEFAULTS | values)[0])


def over_time(run: Unrolled, now: dict, words: Words) -> None:
    """The heatmaps."""
    cell, dark = run.cell, is_dark()
    options, usual = observable(cell), main_nodes(cell)
    nodes = now["nodes"] or usual

    def chosen(names):
        return () if tuple(names) == usual else tuple(names)

    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left.container(key=None if now["nodes"] else "usual"):  # what is usual is what clearing would bring
        st.multiselect(words("over_time.nodes"), options, format_func=lambda name: title(cell, name, words),
                       placeholder=words("over_time.nodes"), **_list("nodes", nodes, chosen))
    if run.other:
        right.segmented_control(words("what.view"), VIEWS, required=True, format_func=lambda v: words(f"what.{v}"),
                                **_looking("view"))
    view = now["view"] if run.other else "true"
    figure = heatmaps([_band(run, name, view, words) for name in nodes], run.sequence.labels, words("timeline.step"),
                      words("timeline.unit"), INK[dark])
    st.plotly_chart(figure, key="chart-heatmaps", height=figure.layout.height,
                    alt=narrate_over_time.bands(run, nodes, words, view), config={"displayModeBar": False})
    state = next((name for name in ("c", "h") if name in nodes), nodes[0])
    st.caption(f"{narrate_over_time.bands(run, (state,), words, view)} {words('over_time.colors')}")
    saving({"chart-heatmaps": words("chart.heatmaps")}, words)
    twin("heatmaps", lambda: _heatmap_table(run, nodes, view), words)


def _looking(name, parse=lambda value: value):
    """Key and callback of a widget that chooses what is shown, and changes no number: no step for undo."""
    return _list(name, None, parse)


def _list(name, shown, parse=tuple):
    return bound(name, shown=shown and list(shown)) | {"on_change": looked, "args": (name, parse)}


def _band(run, name, view, words):
    values = seen(run, name, view)
    if is_gate(run.cell, name) and view != "difference":
        return Band(title(run.cell, name, words), values, "gate")
    reach = reaches(*(seen(run, name, v) for v in {"true", "what", view}))  # in all views alike
    return Band(scaled(title(run.cell, name, words), reach, words("scale.unit"), words), values, "state", reach)


def _heatmap_table(run, nodes, view):
    columns = {f"{name}.{k + 1}": seen(run, name, view)[:, k] for name in nodes for k in range(run.H)}
    return pd.DataFrame(columns, index=_index(run))


def _index(run):
    labels = run.sequence.labels or [""] * run.T
    return [f"{t} {label}".strip() for t, label in enumerate(labels, 1)]


def picked(run: Unrolled, now: dict, words: Words) -> None:
    """The picked unit as lines."""
    unit = now["unit"]
    st.header(words("over_time.unit", unit=unit + 1), anchor=False)
    says = narrate_over_time.unit(run, unit, words) + (f" {words('what.of_true')}" if run.other else "")
    component.lines(lines(run, unit, now["t"], says, words))
    st.markdown(says)
    twin("unit", lambda: _unit_table(run, unit, words), words)


def _unit_table(run, unit, words):
    columns = {name: run.values[name][:, unit] for name in main_nodes(run.cell)}
    if run.other:
        columns |= {f"{name} ({words('run.what')})": run.other[name][:, unit] for name in main_nodes(run.cell)}
    return pd.DataFrame(columns, index=_index(run))


def memory(run: Unrolled, now: dict, words: Words) -> None:
    """Where memory comes from."""
    st.header(words("over_time.memory"), anchor=False)
    st.markdown(words("over_time.memory_text") + (f" {words('what.of_true')}" if run.other else ""))
    state = memory_picture.possible(run.cell)
    if state is None:
        st.info(memory_picture.impossible(run.cell, words), icon=":material/info:")
        return
    labels = run.sequence.labels
    component.provenance(memory_picture.provenance_scene(run.trace, state, now["unit"], now["t"], labels, words))
    twin("memory", lambda: memory_picture.table(run.trace, state, now["unit"], labels, words), words)


# --- the rest of the page, of which one part is open: what is not seen is not computed


def rest(run: Unrolled, memory: Memory, words: Words) -> None:
    """The part that the visitor has opened."""
    st.divider()
    st.segmented_control(words("over_time.parts"), PARTS, required=True, label_visibility="collapsed",
                         format_func=lambda name: words(PART_TITLES[name]), **bound("part"))
    match memory.values["part"]:
        case "what":
            what_if(run, memory, words)
        case "dependency":
            dependency(memory, words)
        case "take":
            take_with_you(run, memory.values, words)


# --- what if


def what_if(run: Unrolled, memory: Memory, words: Words) -> None:
    """Force a gate at chosen steps, edit a weight; what follows, and the way back."""
    now = memory.values
    st.header(words("what.heading"), anchor=False)
    st.markdown(words("what.text"))
    if run.other:
        answers = net_controls.answers_of(run, now, words)
        st.info(f"{narrate_over_time.what(run, words)} {answers}".strip(), icon=":material/alt_route:")
        with st.container(horizontal=True):
            if now["what"] and not now["clamp"] and not any(a.startswith("x.") for a in now["what"]):
                st.button(words("what.keep"), key="button.keep", on_click=keep)
            st.button(words("what.drop"), key="button.drop", on_click=drop)
        _listed(run, now, words)
    _force(run, now, words)


def weights(run: Unrolled, now: dict, words: Words, **events) -> None:
    """The weights of the picked unit, to be edited, if the what-if is open."""
    if now["part"] != "what":
        return
    st.markdown(f"**{words('what.weights', unit=now['unit'] + 1)}**")
    params = run.other_params or run.params
    data = matrices(moment(run, now["t"]), words, rows=[now["unit"]])
    component.matrices(data | {"values": {name: value.tolist() for name, value in params.items()}}, **events)


def _listed(run, now, words):
    """What has been changed, one button each, to take it back."""
    with st.container(horizontal=True):
        for address, value in now["clamp"].items():
            node, units, first, last = clamped(address, run.H)
            who = words("what.all_units") if len(units) > 1 else words("what.one_unit", unit=units.start + 1)
            st.button(words("what.forced", name=title(run.cell, node, words), units=who, first=first + 1,
                            last=last + 1, value=_short(value)), key=f"release.{address}", on_click=release,
                      args=("clamp", address), icon=":material/close:")
        for address, value in now["what"].items():
            st.button(f"{_named(address)}: {_short(value)}", key=f"release.{address}", on_click=release,
                      args=("what", address), icon=":material/close:")


def _named(address):
    """An address as it is written: W_f[1, 2], x[2] at t = 4; as Markdown."""
    name, *index = address.split(".")
    at = [str(int(k) + 1) for k in index]
    return plain(f"x[{at[1]}], t = {at[0]}" if name == "x" else f"{name}[{', '.join(at)}]")


def _short(value):
    return mark(value, MOST_DIGITS)


def _force(run, now, words):
    """A form: which gate, which units, from which step to which, to what value."""
    gates = clampable(run.cell)
    if not gates:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="force"):
        node = st.selectbox(words("what.node"), gates, format_func=lambda n: title(run.cell, n, words), width=210,
                            key="force.node")
        st.selectbox(words("what.units"), ["*", *range(run.H)], key="force.unit", width=150,
                     format_func=lambda k: words("what.all_units") if k == "*" else words("what.one_unit", unit=k + 1))
        first = run.T // 3 + 1
        st.slider(words("what.steps"), 1, run.T, (first, max(first, run.T // 2)), key=f"force.steps.{run.T}", width=230)
        low, high = clamp_range(run.cell, node)
        st.slider(words("what.value"), low, high, 0.0, 0.05, key=f"force.value.{low}", width=180)
        st.button(words("what.force"), key="button.force", on_click=force, type="primary", icon=":material/lock:")


# --- what a long dependency looks like


def dependency(memory: Memory, words: Words) -> None:
    """A sentence whose first word matters, read by an RNN and by an LSTM."""
    now = memory.values
    st.header(words("dependency.heading"), anchor=False)
    st.markdown(words("dependency.text"))
    sentence = written(words.prose("sentence"), now["clauses"])
    first, *rest = sentence.split()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        slider("clauses", words("dependency.clauses", count=len(rest) + 1), 0, CLAUSES, width=260)
        slider("recurrent", words("home.recurrent"), 0.0, 1.5, step=0.05, width=260)
        slider("forget", words("home.forget_bias"), 0.0, 10.0, step=0.5, width=260)
    st.markdown(f"> **{first}** {' '.join(rest)}")
    shares = remains(sentence, now["recurrent"], now["forget"])
    f, lstm = kept(float(sigmoid(now["forget"])), len(rest))
    says = words("dependency.left", rnn=percent(shares["rnn"][-1]), lstm=lstm, bias=mark(now["forget"]), f=f,
                 count=len(rest))
    left_of_first_word(sentence, shares, now["recurrent"], says, "chart-dependency", words)
    saving({"chart-dependency": words("chart.dependency")}, words, "saving-dependency")
    twin("dependency", lambda: _dependency_table(sentence, shares), words)


def _dependency_table(sentence, shares):
    return pd.DataFrame(shares, index=[f"{k} {word}" for k, word in enumerate(sentence.split(), 1)])


# --- to take away


def _code(run, unit):
    """The run, and what it tells of the picked unit's memory; with a what-if that run, whose memory is not shown."""
    if run.other is None:
        return code.memory_torch(run.cell, run.params, run.sequence.x, unit)
    return code.sequence_torch(run.cell, run.other_params, run.other["x"], clamp=run.clamp or None)


def tokens_table(run: Unrolled, now: dict, words: Words) -> None:
    """The vector of each word of a sentence."""
    if now["input"] != "sentence":
        return
    st.caption(words("input_text.vectors", D=run.D))
    frame = pd.DataFrame(run.sequence.x.T, columns=_index(run), index=[f"x{k + 1}" for k in range(run.D)])
    with st.container(key="tokens"):
        st.table(frame.map(lambda v: number(v)).rename(columns=plain))


def take_with_you(run: Unrolled, now: dict, words: Words) -> None:
    """The run as code and CSV, the charts as pictures."""
    st.header(words("take.heading"), anchor=False)
    csv_button("run", f"{run.cell.name}_over_time.csv",
               lambda: code.csv_over_time(run.cell, run.values, run.sequence.texts, run.other), words)
    if st.toggle(words("take.show_torch"), key="torch"):
        script(_code(run, now["unit"]), f"{run.cell.name}_over_time.py", words)
    st.caption(words("take.link"))
    st.markdown(f"**{words('elsewhere.heading')}**")
    same = {f.name: now[f.name] for f in SETUP}
    for page, values in (("compare", compared), ("gradients", backwards)):
        goto(page, words(f"elsewhere.{page}"), words, **leading(values, same))
