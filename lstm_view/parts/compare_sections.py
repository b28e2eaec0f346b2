"""The parts of the page `compare`."""
from collections.abc import Callable

import streamlit as st

from lstm_core.counts import has_clock

from .. import code
from ..diagram import component
from ..diagram.scene import MOST_SQUARES, scene
from ..diagram.timeline import timeline
from ..fields import to_text
from ..figures.heatmap import heatmaps
from ..figures.influence import influences
from ..incoming.sequences import MOST_UNITS
from ..numbers.backwards import MOST_CELLS
from ..numbers.compared import (
    BANDS,
    LEVELS,
    OF,
    Run,
    brief,
    headings,
    influence,
    influence_frame,
    shares,
    shown,
    states_frame,
)
from ..numbers.compared import bands as bands_of
from ..numbers.costs import CAREFUL, QUICK, Cost, costs, csv_of, table
from ..numbers.over_time import SETUP, Unrolled, moment
from ..style import INK
from ..telling import contrast, narrate_over_time
from ..telling.scales import percentage
from ..words import Words
from .frame import goto
from .saving import chart, script
from .twins import csv_button, twin
from .widgets import choose, is_dark


def ways(runs: tuple[Run, ...], words: Words) -> list[tuple[str, str, Unrolled]]:
    """(key, heading, run) for each direction of each net."""
    return [(f"{run.name}-{k}", heading, way) for run in runs
            for k, (heading, way) in enumerate(zip(headings(run, words), run.ways, strict=True))]


def in_common(runs: tuple[Run, ...], now: dict, words: Words) -> None:
    """What the cells share, and what each takes for it."""
    st.markdown(contrast.sizes(runs, now, words))


# --- one step


def chosen_step(runs: tuple[Run, ...], now: dict, words: Words, **events) -> None:
    """What comes in, and the scrubber; the cells themselves are drawn in full below it."""
    data = timeline({key: way for key, _, way in ways(runs, words)}, now["t"], now["unit"], words)
    component.timeline(data | {"runs": []}, **events)


def picture_keys(runs: tuple[Run, ...], words: Words) -> list[str]:
    """The fragments that show the cells' diagrams."""
    return [f"picture-{key}" for key, *_ in ways(runs, words)]


def pictures(runs: tuple[Run, ...], show: Callable[[str], None], words: Words) -> None:
    """Every cell's diagram, side by side where there is room, each a fragment of its own.

    show: draws one of them, by its key in `ways`.
    """
    with st.container(key="pictures"):
        for key, heading, way in ways(runs, words):
            with st.container(key=f"column-{key}"):
                st.subheader(f"{heading}, H = {way.H}", anchor=False)
                st.fragment(show, key=f"picture-{key}")(key)


def picture(runs: tuple[Run, ...], key: str, now: dict, words: Words) -> None:
    """One cell's diagram at the present step."""
    way = next(way for known, _, way in ways(runs, words) if known == key)
    unit = min(now["unit"], way.H - 1)
    at = f"picture-{key}".replace("__", "_.")  # as Streamlit allows no __ in a component's key, and a link may have it
    component.picture(scene(moment(way, now["t"]), words, unit=unit, editable=[]), at)
    if way.H > MOST_SQUARES:
        st.caption(words("gradients.window", units=way.H))


# --- over time


def states(runs: tuple[Run, ...], now: dict, words: Words) -> None:
    """States and gates over time, of all cells over one axis."""
    st.header(words("compare.over_time"), anchor=False)
    choose("bands", BANDS, words("bands.title"), lambda value: words(f"bands.{value}"))
    figure = heatmaps(bands_of(runs, now["bands"], words), runs[0].ways[0].sequence.labels, words("timeline.step"),
                      words("timeline.unit"), INK[is_dark()])
    says = " ".join(f"{heading}: {narrate_over_time.bands(way, tuple(shown(way.cell, 'states')), words)}"
                    for _, heading, way in ways(runs, words))
    chart("states", figure, says, words("compare.over_time"), words)
    st.caption(words("compare.colors"))
    twin("states", lambda: states_frame(runs, now["bands"], words), words)


def step_asked(runs: tuple[Run, ...], now: dict) -> int:
    """The step whose memory is asked for."""
    return runs[0].ways[0].T - 1 if now["of"] == "last" else now["t"]


def remembers(runs: tuple[Run, ...], now: dict, words: Words) -> None:
    """How strongly a step depends on what came in at each step."""
    t = step_asked(runs, now)
    st.header(words("remember.heading"), anchor=False)
    choose("of", OF, words("of.title"), lambda value: words(f"of.{value}"))
    st.markdown(words("remember.text", step=t + 1))
    curves = {brief(run.name, words): shares(influence(run, t)) for run in runs}
    says = [contrast.remembers(run, t, words) for run in runs]
    figure = influences(curves, LEVELS, words("timeline.step"), words("scale.share"), is_dark(),
                        lambda share: percentage(share, words))
    chart("influence", figure, " ".join(says), words("remember.heading"), words)
    st.markdown("\n".join(f"- {sentence}" for sentence in says))
    twin("influence", lambda: influence_frame(runs, t, words), words)



# --- costs


def measured(runs: tuple[Run, ...], now: dict) -> tuple[Cost, ...]:
    """What each net costs here; measured with care where a visitor asked for it at these sizes."""
    return costs(runs, CAREFUL if _careful(runs, now) else QUICK)


def _careful(runs, now):
    """Whether a visitor asked for care, at these sizes."""
    return st.session_state.get("measured") == _sizes(runs, now)


def _sizes(runs, now):
    return [now["D"], runs[0].ways[0].T, *((run.name, run.H) for run in runs)]


def bill(runs: tuple[Run, ...], now: dict, words: Words) -> None:
    """The table of what each costs."""
    found, T, careful = measured(runs, now), runs[0].ways[0].T, _careful(runs, now)
    st.header(words("cost.heading"), anchor=False)
    with st.container(key="bill"):
        st.table(table(found, now["D"], words))  # plain HTML, which screen readers read
    clocked = [words("cost.clocked")] if any(has_clock(run.net) for run in runs) else []
    st.caption(" ".join([words("cost.how", repeats=CAREFUL if careful else QUICK, T=T), *clocked]))
    with st.container(horizontal=True, key="measuring"):
        st.button(words("cost.measure", repeats=CAREFUL), key="button.measure", on_click=_measure, disabled=careful,
                  args=(_sizes(runs, now),), icon=":material/timer:")
        csv_button("costs", "costs.csv", lambda: csv_of(found, now["D"], T), words)


def _measure(sizes):
    st.session_state["measured"] = sizes
    st.rerun(["bill", "folk"])


def folk(runs: tuple[Run, ...], now: dict, words: Words) -> None:
    """Where the table that everyone copies is right."""
    st.header(words("folk.heading"), anchor=False)
    st.markdown(words.prose("compare"))
    st.markdown(f"**{words('folk.here')}**")
    said = contrast.verdicts(runs, measured(runs, now), now, step_asked(runs, now), words)
    st.markdown("\n".join(f"- {sentence}" for sentence in said))


# --- to take away


def take_with_you(runs: tuple[Run, ...], now: dict, words: Words) -> None:
    """Each run as code in PyTorch, with what it remembers."""
    st.header(words("take.heading"), anchor=False)
    if st.toggle(words("take.show_torch"), key="torch"):
        _script(runs, step_asked(runs, now), words)
    st.caption(words("take.link"))


def _script(runs, t, words):
    """One direction of one net."""
    found = {key: (heading, way) for key, heading, way in ways(runs, words)}
    key = st.segmented_control(words("compare.code"), found, default=next(iter(found)), required=True,
                               format_func=lambda key: found[key][0], key=f"code.{'.'.join(found)}")
    _, way = found[key]
    x, at = (way.sequence.x[::-1], way.T - 1 - t) if key.endswith("-1") else (way.sequence.x, t)
    script(code.memory_torch(way.cell, way.params, x, remembers=at), f"{key}_torch.py", words)
    if len(found) > len(runs):
        st.caption(words("compare.backwards"))


def onward(runs: tuple[Run, ...], now: dict, words: Words) -> None:
    """The way to the pages of one cell, with the same input and weights."""
    for run in runs:
        if len(run.ways) == 1 and run.H <= MOST_UNITS:
            query = to_text(SETUP, now | {"H": run.H}) | {"cell": run.name, "weights": now["weights"]}
            goto("sequence", words("compare.alone", cell=brief(run.name, words)), words, **query)
    cells = ",".join([run.name for run in runs if len(run.ways) == 1][:MOST_CELLS])
    query = to_text(SETUP, now) | ({"cells": cells} if cells else {})
    goto("gradients", words("compare.gradients"), words, **query)
