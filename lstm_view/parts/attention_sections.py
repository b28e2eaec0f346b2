"""The view "attention" of the page `directions`: queries over the steps of an encoder, to be dragged."""
import pandas as pd
import streamlit as st

from .. import code, style
from ..diagram import component
from ..diagram.raster import Row, raster
from ..diagram.timeline import timeline
from ..figures.crossing import crossing
from ..figures.heatmap import Band, heatmaps
from ..incoming.sequences import MOST_UNITS
from ..numbers.addresses import place
from ..numbers.attending import Attended, compute
from ..numbers.compared import brief
from ..numbers.directions import ENCODERS, change, width
from ..state import Memory
from ..style import GATE, ROLES, STATE
from ..telling import narrate_directions
from ..telling.scales import reaches, scaled
from ..text.numbers import number
from ..words import Words, plain
from .both_sections import steps
from .directions_controls import actions, events, intro, onward
from .saving import chart, script
from .twins import csv_button, twin
from .widgets import choose, is_dark, memory_here, sent, slider

QUERY_RANGE = (-1.0, 1.0)  # as far as an LSTM's h reaches


def page(memory: Memory, words: Words) -> None:
    """All of the view."""
    def part(key, draw):
        st.fragment(lambda: draw(compute(memory.values, memory.live), memory, words), key=key)()

    intro("attention", words)
    with st.container(horizontal=True, vertical_alignment="bottom", key="attending"):
        choose("encoder", ENCODERS, words("attention.encoder"), lambda name: brief(name, words))
        slider("sharp", words("attention.sharp"), 0.0, 40.0, step=0.5, width=260)
    st.fragment(lambda: actions(memory, words, query={}, sharp=_default(memory, "sharp")), key="actions")()
    part("timeline", scrubber)
    part("matrices", query)
    part("looks", looks)
    part("attended", attended)
    part("memory", remembered)
    part("take", take_with_you)
    onward(memory.values, "lstm", words)


def _default(memory, name):
    return next(f.default for f in memory.fields if f.name == name)


def scrubber(found: Attended, memory: Memory, words: Words) -> None:
    """What comes in, and the way from query to query."""
    now = memory.values
    data = timeline({"encoder": found.encoder.ways[0]}, now["t"], now["unit"], words)
    component.timeline(data | {"runs": []}, **events("matrices", "looks"))


# --- one query


def query(found: Attended, memory: Memory, words: Words) -> None:
    """The query of the chosen step, to be dragged number by number."""
    t, labels = memory.values["t"], found.encoder.ways[0].sequence.labels
    name = f"q_{t + 1}"
    st.header(words("attention.query", step=t + 1) + (f": {plain(labels[t])}" if labels else ""), anchor=False)
    M, changed = found["query"].shape[1], [a for a in memory.values["query"] | memory.live if a.startswith(f"q.{t}.")]
    st.markdown(words("attention.dragged", count=len(changed), M=M) if changed else words("attention.drag"))
    component.matrices({
        "groups": [{"gate": "q", "title": words("attention.numbers", M=M), "role": "h",
                    "names": [name]}],
        "values": {name: [found["query"][t].tolist()]}, "rows": [0], "fixed": [], "selected": "",
        "ranges": {name: QUERY_RANGE}, "roles": ROLES, "scales": {"gate": GATE, "state": STATE},
        "words": words.under("picture"), "gates": [],
    }, drag=_asked("drag"), commit=_asked("commit"))
    if any(address.startswith(f"q.{t}.") for address in memory.values["query"]):
        st.button(words("attention.back"), key="button.back", on_click=_back, icon=":material/undo:")


def _asked(event):
    """A handler: a number of the query is being dragged, or was let go of."""
    def handle():
        memory, message = memory_here(), sent("matrices", event) or {}
        st.session_state["echo.matrices"] = message.get("id", 0)
        asked = _taken(memory.values, message)
        if event == "drag":
            memory.live = asked
            st.rerun(["matrices", "looks"])
        memory.change(query=memory.values["query"] | asked)
        st.rerun()

    return handle


def _taken(values, message):
    """What a message changes: `q_5.0.2` is `q.4.2`, the third number of step 5's query; nothing if it is no sense."""
    try:
        name, _, k = message["address"].split(".")
        address, value = f"q.{int(name[2:]) - 1}.{k}", float(message["value"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return {}
    return {address: value} if address in change(values, query={address: value})["query"] else {}


def _back():
    memory = memory_here()
    t = memory.values["t"]
    memory.change(query={a: v for a, v in memory.values["query"].items() if not a.startswith(f"q.{t}.")})
    st.rerun()


def looks(found: Attended, memory: Memory, words: Words) -> None:
    """Where the query looks: its scores and weights over the steps, and its context."""
    t, labels = memory.values["t"], found.encoder.ways[0].sequence.labels
    scores, says = found["scores"][t], narrate_directions.looks(found, t, words)
    rows = [Row("scores", t, words("attention.scores"), scores, "state", reaches(scores[:, None])[0]),
            Row("weights", t, words("attention.weights"), found["weights"][t], "gate")]
    component.raster(raster(rows, t, labels, narrate_directions.spoken(says), f"attention-{t + 1}", words), "looks")
    st.markdown(says)
    context = found["context"][t]
    numbers = ", ".join(map(number, context))
    component.raster(raster([Row("context", t, words("attention.context"), context)], None, (),
                            f"{words('attention.context')}: {numbers}", f"context-{t + 1}", words, steps=False),
                     "context")
    twin("looks", lambda: pd.DataFrame({words("attention.score"): scores, words("attention.weight"):
                                        found["weights"][t]}, steps(found.encoder)), words)


# --- all of them


def attended(found: Attended, memory: Memory, words: Words) -> None:
    """Scores and weights of every query."""
    st.header(words("attention.every"), anchor=False)
    scores, labels = found["scores"], found.encoder.ways[0].sequence.labels
    reach = reaches(scores.T)  # a row is a query
    made = [Band(words("attention.weights"), found["weights"], "gate"),
            Band(scaled(words("attention.scores"), reach, words("scale.query"), words), scores, "state", reach)]
    figure = crossing(made, labels, words("attention.axis"), style.INK[is_dark()])
    says = " ".join(narrate_directions.looks(found, t, words) for t in (0, found.T - 1))
    chart("attention", figure, says, words("attention.every"), words)
    st.caption(words("attention.colors"))
    twin("attention", lambda: _square(found, words), words)


def _square(found, words):
    labels = steps(found.encoder)
    made = pd.concat({words(f"attention.{one}"): pd.DataFrame(found[name], labels, labels)
                      for one, name in (("weight", "weights"), ("score", "scores"))})
    made.index = [f"{name}: {label}" for name, label in made.index]
    return made


def remembered(found: Attended, memory: Memory, words: Words) -> None:
    """What the queries look at, and what they get."""
    st.header(words("attention.memory"), anchor=False)
    titles = {"memory": words("attention.encoder_h"), "query": words("attention.queries"),
              "context": words("attention.contexts")}
    shown = {name: found[name][:, :MOST_UNITS] for name in titles}
    made = [Band(scaled(titles[name], reaches(values), words("scale.unit"), words), values, "state", reaches(values))
            for name, values in shown.items()]
    labels = found.encoder.ways[0].sequence.labels
    figure = heatmaps(made, labels, words("timeline.step"), words("timeline.unit"), style.INK[is_dark()])
    chart("memory", figure, words("attention.memory_says", T=found.T, M=found["context"].shape[1]),
          words("attention.memory"), words)
    st.caption(words("directions.colors"))
    if found.memory.shape[1] > MOST_UNITS:
        st.caption(words("attention.first", M=found.memory.shape[1], shown=MOST_UNITS))
    twin("memory", lambda: pd.DataFrame(
        {f"{name} {k + 1}": found[name][:, k] for name in titles for k in range(found[name].shape[1])},
        steps(found.encoder)), words)


# --- to take away


def take_with_you(found: Attended, memory: Memory, words: Words) -> None:
    """The run as CSV and as code."""
    st.header(words("take.heading"), anchor=False)
    way, now = found.encoder.ways[0], memory.values
    csv_button("encoder", "encoder_over_time.csv",
               lambda: code.csv_over_time(way.cell, way.values, way.sequence.texts), words)
    if st.toggle(words("take.show_torch"), key="torch"):
        changed = {place(address, {"q": (found.T, width(now))})[1]: value for address, value in now["query"].items()}
        script(code.attention_torch(found.encoder.params, way.sequence.x, found.params, changed),
               "attention_torch.py", words)
