"""The view `family` of the page `variants`: the map, and a cell beside what it came from."""
from dataclasses import replace

import pandas as pd
import streamlit as st

from lstm_core import CELLS, Cell

from .. import code
from ..diagram import component
from ..diagram.family import family_map
from ..diagram.layout import family as drawn_as
from ..diagram.lines import lines
from ..diagram.scene import MOST_SQUARES, scene
from ..diagram.timeline import timeline
from ..fields import to_text
from ..numbers import backwards, compared, over_time
from ..numbers.beside import Pair, common, pair
from ..numbers.compared import brief
from ..numbers.over_time import SEQUENCE, SETUP, main_nodes, moment
from ..state import Memory
from ..telling import changes, narrate_pair
from ..telling.changes import marked, said
from ..telling.family import RELATIVES, called, parent, reference, table
from ..telling.names import title
from ..words import Words, plain
from . import input_controls
from .frame import goto
from .saving import script
from .sequence_sections import leading, of_step
from .twins import twin
from .widgets import bound, cell_title, is_dark, memory_here, moved, sent

ELSEWHERE = {"bidirectional": "both", "grid": "depth", "depth_gated": "depth"}  # a net -> its view on `directions`


def page(memory: Memory, words: Words) -> None:
    """The whole view."""
    memory.parts = {}
    now = memory.values
    tree(now, words)
    choose(now, words)
    story(now, words)
    what_changes(now, words)
    runs(memory, words)
    take_with_you(now, words)


def beside(now: dict) -> str:
    """The cell that the chosen one is compared with: as asked, else what it came from; "" for the first of all."""
    return now["beside"] or parent(now["variant"])


def names(now: dict, words: Words) -> tuple[str, str]:
    """What the two cells are called where there is little room; the second may be ""."""
    other = beside(now)
    return brief(now["variant"], words), brief(other, words) if other else ""


def both_runs(now: dict) -> Pair:
    """The two runs that the page shows."""
    return pair(now["variant"], beside(now), now)


# --- the map


def tree(now: dict, words: Words) -> None:
    """The family, to choose from."""
    st.markdown(words("family.intro"))
    component.family(family_map(now["variant"], beside(now), words), choose=chosen)
    with st.container(horizontal=True, vertical_alignment="center", key="nets"):
        st.markdown(words("family.nets"))
        for name, view in ELSEWHERE.items():
            with st.container(key=f"relative-{name}", width="content"):
                more = {"net": name} if view == "depth" else {}
                goto("directions", called(name, words), words, view=view, **more)
    twin("family", lambda: table(words), words, words("family.as_table"))


def chosen() -> None:
    """A handler: an architecture on the map."""
    message = sent("family", "choose") or {}
    if message.get("name") in CELLS:
        memory_here().change(variant=message["name"], beside="")


def choose(now: dict, words: Words) -> None:
    """The same without the map, and what it is compared with."""
    from_ = parent(now["variant"])
    usual = words("family.from_parent", parent=cell_title(from_, words)) if from_ else words("family.nothing")
    shown = beside(now) if now["beside"] else ""
    with st.container(horizontal=True, key="choice"):
        st.selectbox(words("family.variant"), list(CELLS), format_func=lambda name: cell_title(name, words), width=340,
                     placeholder=words("family.variant"), **bound("variant"))
        st.selectbox(words("family.beside"), ["", *(name for name in CELLS if name not in (now["variant"], from_))],
                     format_func=lambda name: cell_title(name, words) if name else usual, width=420,
                     placeholder=words("family.beside"), **bound("beside", shown="" if shown == from_ else shown))


def story(now: dict, words: Words) -> None:
    """What the chosen cell was for, what came of it, and where it was described."""
    relative = RELATIVES[now["variant"]]
    st.header(f"{cell_title(now['variant'], words)}, {relative.year}", anchor=False)
    st.markdown(words(f"story.{now['variant']}"))
    st.caption(words("family.reference", reference=reference(relative.paper)))


# --- what it changes


def what_changes(now: dict, words: Words) -> None:
    """Its equations beside the other's."""
    cell, other, dark = CELLS[now["variant"]], beside(now), is_dark()
    if not other:
        st.header(words("family.equations_alone"), anchor=False)
        st.markdown("\n\n".join(f"${marked(cell, name, (), '', dark)}$" for name in cell.lines))
        return
    own, theirs = names(now, words)
    rows = changes.changes(CELLS[other], cell)
    st.header(words("family.equations"), anchor=False)
    if all(row.which == "same" for row in rows):
        st.info(words("family.alike"), icon=":material/drag_handle:")
    else:
        st.markdown(words("family.marks_equations", cell=own, other=theirs))
    formulas = [(marked(CELLS[other], row.name, row.gone, "cancel", dark),
                 marked(cell, row.name, row.new, "underline", dark), plain(said(row, words))) for row in rows]
    head = f"| {theirs} | {own} | {words('change.what')} |\n|---|---|---|\n"
    with st.container(key="changes"):
        st.markdown(head + "\n".join(f"| {_math(a)} | {_math(b)} | {text} |" for a, b, text in formulas))
    twin("changes", lambda: changes.table(CELLS[other], cell, (theirs, own), words), words, words("family.as_table"))


def _math(tex):
    return f"${tex}$" if tex else ""


# --- the two on the same input


def runs(memory: Memory, words: Words) -> None:
    """The scrubber, the diagram of the chosen step, and one unit over time in both."""
    now = memory.values
    st.header(words("family.runs" if beside(now) else "family.run_alone"), anchor=False)
    if beside(now):
        (own, theirs), found = names(now, words), both_runs(now)
        in_both = common(found.chosen.cell, found.other.cell)
        st.markdown(narrate_pair.shared(found, in_both, own, theirs, now, words))
    with st.container(horizontal=True, key="actions"):
        input_controls.actions(memory, words)
    st.fragment(scrubber, key="timeline")(memory, words)
    st.fragment(step, key="picture")(memory, words)
    st.fragment(overlaid, key="lines")(memory, words)


def scrubber(memory: Memory, words: Words) -> None:
    """What comes in, and the step that is looked at."""
    now = memory.values
    data = timeline({"chosen": both_runs(now).chosen}, now["t"], now["unit"], words)
    component.timeline(data | {"runs": []}, scrub=moved("scrub", "picture"), step=moved("step", "picture"),
                       pick=moved("pick", "picture", "lines"))


def step(memory: Memory, words: Words) -> None:
    """The chosen cell's diagram at the present step, with what is not the other's marked."""
    now, other = memory.values, beside(memory.values)
    st.header(words("family.step", step=now["t"] + 1), anchor=False)
    run = both_runs(now).chosen
    here = replace(run, cell=_against(run.cell, other))
    data = scene(moment(here, now["t"]), words, unit=now["unit"], editable=[])
    component.picture(data | {"key": f"{data['key']} {other}"})
    if run.H > MOST_SQUARES:
        st.caption(words("gradients.window", units=run.H))
    if other:
        own, theirs = names(now, words)
        key = "family.marks" if drawn_as(run.cell) == drawn_as(CELLS[other]) else "family.marks_new"
        st.caption(words(key, cell=own, other=theirs))


def _against(cell: Cell, other: str) -> Cell:
    """The cell, to be drawn as an edit of another."""
    return replace(cell, base=CELLS[other] if other else None)


def overlaid(memory: Memory, words: Words) -> None:
    """One unit over time, in both runs."""
    now = memory.values
    found, (own, theirs) = both_runs(now), names(now, words)
    st.header(words("family.lines", unit=now["unit"] + 1), anchor=False)
    second = (own, theirs, found.other) if found.other else None
    says = narrate_pair.parted(found, own, theirs, words) if second else ""
    component.lines(lines(found.chosen, now["unit"], now["t"], says, words, second))
    if second:
        st.markdown(f"{says} {narrate_pair.alone(found, own, theirs, words)}".strip())
    twin("lines", lambda: _unit_table(found, now["unit"], (own, theirs), words), words)


def _unit_table(found, unit, both, words):
    columns = {words("family.unit_table", cell=name, name=title(run.cell, node, words)): run.values[node][:, unit]
               for name, run in zip(both, (found.chosen, found.other), strict=True) if run
               for node in main_nodes(run.cell)}
    labels = found.chosen.sequence.labels or [""] * found.chosen.T
    index = pd.Index([f"{t} {label}".strip() for t, label in enumerate(labels, 1)], name=words("timeline.step"))
    return pd.DataFrame(columns, index)


# --- to take away


def take_with_you(now: dict, words: Words) -> None:
    """Each run as PyTorch code, and the way to the other pages with the same input."""
    found, (own, theirs) = both_runs(now), names(now, words)
    st.header(words("take.heading"), anchor=False)
    if st.toggle(words("take.show_torch"), key="torch"):
        ways = {now["variant"]: (own, found.chosen)} | ({beside(now): (theirs, found.other)} if found.other else {})
        which = st.segmented_control(words("family.code"), ways, default=now["variant"], required=True,
                                     format_func=lambda name: ways[name][0], key=f"code.{'.'.join(ways)}")
        run = ways[which][1]
        script(code.memory_torch(run.cell, run.params, run.sequence.x, remembers=run.T - 1), f"{which}_torch.py", words)
    st.caption(words("take.link"))
    st.markdown(f"**{words('family.onward')}**")
    same = {f.name: now[f.name] for f in SETUP}
    alone, _ = over_time.fit(over_time.DEFAULTS | same | {"cell": now["variant"], "t": now["t"], "unit": now["unit"]})
    goto("one_step", words("family.one_step", cell=own, step=now["t"] + 1), words, **of_step(alone))
    goto("sequence", words("family.sequence", cell=own), words, **to_text(SEQUENCE, alone))
    two = tuple(filter(None, (now["variant"], beside(now))))
    if found.other:
        goto("compare", words("family.compare", cell=own, other=theirs), words,
             **leading(compared, same | {"cells": two, "t": now["t"], "unit": now["unit"]}))
    goto("gradients", words("family.gradients"), words, **leading(backwards, same | {"cells": two}))
    if found.took:
        st.caption(words("family.own_weights", other=theirs))
