"""The view "both" of the page `directions`: a bidirectional LSTM over a sentence."""
import pandas as pd
import streamlit as st

from .. import code, style
from ..diagram import component
from ..diagram.raster import Row, raster
from ..diagram.timeline import timeline
from ..figures.crossing import crossing
from ..figures.heatmap import Band, heatmaps
from ..numbers import both_ways
from ..numbers.both_ways import WAYS, compute
from ..numbers.compared import Run, bands, shown, states_frame
from ..state import Memory
from ..telling import narrate_directions, narrate_over_time
from ..text.numbers import amount
from ..words import Words
from .directions_controls import actions, events, intro, onward
from .saving import chart, script
from .twins import csv_button, twin
from .widgets import is_dark, slider


def page(memory: Memory, words: Words) -> None:
    """All of the view."""
    def part(key, draw, *given):
        st.fragment(lambda: draw(compute(memory.values), *given), key=key)()

    intro("both", words)
    st.fragment(lambda: actions(memory, words), key="actions")()
    part("timeline", chains, memory, words)
    st.header(words("both.heading"), anchor=False)
    part("position", position, memory, words)
    part("knows", knows, words)
    part("states", states, words)
    part("live", live, memory, words)
    part("take", take_with_you, words)
    onward(memory.values, "lstm", words)


def chains(run: Run, memory: Memory, words: Words) -> None:
    """Both chains over the words, and the scrubber."""
    now = memory.values
    data = timeline(dict(zip(WAYS, run.ways, strict=False)), now["t"], now["unit"], words, backwards=["backwards"])
    component.timeline(data, **events("position"))


# --- what each position knows


def position(run: Run, memory: Memory, words: Words) -> None:
    """What the chosen position knows."""
    st.markdown(narrate_directions.knows(run, memory.values["t"], words))


def knows(run: Run, words: Words) -> None:
    """The influence of every word on every position."""
    found = both_ways.knows(run)
    largest = max(float(strengths.max()) for strengths in found.values())
    made = [Band(words(f"knows.{way}"), strengths, "gate", largest or 1.0, words("scale.share"))
            for way, strengths in found.items()]
    figure = crossing(made, run.ways[0].sequence.labels, words("both.axis"), style.INK[is_dark()])
    chart("knows", figure, narrate_directions.triangles(run, words), words("both.heading"), words)
    st.caption(words("both.colors", reach=amount(largest)))
    twin("knows", lambda: _knows_frame(run, words), words)


def _knows_frame(run, words):
    labels = steps(run)
    frames = {words(f"both.{way}"): pd.DataFrame(strengths, labels, labels)
              for way, strengths in both_ways.knows(run).items()}
    found = pd.concat(frames)
    found.index = [f"{way}: {label}" for way, label in found.index]
    return found


def steps(run: Run) -> list[str]:
    """Each step's number, counted from 1, and its word."""
    return [f"{t} {label}".strip() for t, label in
            enumerate(run.ways[0].sequence.labels or [""] * run.ways[0].T, 1)]


# --- over time


def states(run: Run, words: Words) -> None:
    """The states of both directions, position by position."""
    st.header(words("both.states"), anchor=False)
    figure = heatmaps(bands((run,), "states", words), run.ways[0].sequence.labels, words("timeline.step"),
                      words("timeline.unit"), style.INK[is_dark()])
    says = " ".join(f"{words(f'both.{name}')}: {narrate_over_time.bands(way, tuple(shown(way.cell, 'states')), words)}"
                    for name, way in zip(WAYS, run.ways, strict=False))
    chart("states", figure, says, words("both.states"), words)
    st.caption(words("directions.colors"))
    twin("states", lambda: states_frame((run,), "states", words), words)


# --- why it cannot run live


def live(run: Run, memory: Memory, words: Words) -> None:
    """The same net on a sentence that is still being said: what moves when the next input comes."""
    labels, T = run.ways[0].sequence.labels, run.ways[0].T
    st.header(words("live.heading"), anchor=False)
    st.markdown(words("live.text"))
    if T > 2:
        slider("heard", words("live.heard"), 1, T - 1, width=420)
    heard = memory.values["heard"]
    moves, says = both_ways.moves(run, heard), narrate_directions.live(run, heard, words)
    reach = max(float(moves["combined"].max()), 1e-12)
    rows = [Row(f"moves.{way}", 0, words(f"live.{way}"), _until(moves[way], T), "gate", reach) for way in WAYS]
    st.markdown(words("live.moves", reach=amount(moves["combined"].max())))
    component.raster(raster(rows, None, labels, narrate_directions.spoken(says), "live", words), "live")
    st.markdown(says)
    twin("live", lambda: pd.DataFrame({words(f"live.{way}"): moves[way] for way in WAYS}, steps(run)[:heard]), words)


def _until(values, T):
    """So many steps, of which the later ones have not come in."""
    return [*values, *[float("nan")] * (T - len(values))]


# --- to take away


def take_with_you(run: Run, words: Words) -> None:
    """The run as CSV and as code."""
    st.header(words("take.heading"), anchor=False)
    with st.container(horizontal=True):
        for name, way in zip(WAYS, run.ways, strict=False):
            csv_button(name, f"{name}_over_time.csv",
                       lambda way=way: code.csv_over_time(way.cell, way.values, way.sequence.texts), words)
    if st.toggle(words("take.show_torch"), key="torch"):
        script(code.bidirectional_torch(run.params, run.ways[0].sequence.x), "bidirectional_torch.py", words)
