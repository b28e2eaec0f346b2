"""What becomes of a trained net: the other pages open it, a file keeps it, and such a file brings it back."""
from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from lstm_core.training import Record

from ..fields import from_text, to_text
from ..incoming.reader import Refused, shown
from ..incoming.sequences import MOST_UNITS
from ..learning import nets, saved
from ..learning.history import held
from ..learning.race import Race, cell_of, hidden_sizes, lanes
from ..numbers.training import FIELDS, RACE, called, file_name, race_of, too_large, values_of
from ..state import mirror
from ..text.numbers import count
from ..words import Words
from .frame import goto
from .input_controls import file_button
from .net_controls import hold
from .opening import opening
from .training_controls import desk, visitor
from .widgets import memory_here

ROOM = 0.98  # of a file, for its arrays; the rest for the curve and the settings
Newest = Mapping[str, Record]  # of each lane, with its parameters


def onward(race: Race, newest: Newest, name: str, words: Words) -> None:
    """Links that open the nets on the other pages; name: of their set in learning.nets."""
    hold({"weights": name})
    st.header(words("training.open"), anchor=False)
    sizes = hidden_sizes(race)
    cells = [cell for cell in dict.fromkeys(cell_of(lane) for lane in newest) if sizes[cell] <= MOST_UNITS]
    if len(cells) < len({cell_of(lane) for lane in newest}):
        st.caption(words("training.open_too_large", most=MOST_UNITS))
    for page, key in (("sequence", "training.open_sequence"), ("one_step", "training.open_one_step")):
        for cell in cells:
            goto(page, words(key, cell=called(cell, words)), words, **opening(name, cell, page))
    if len(cells) > 1:
        goto("compare", words("training.open_compare"), words, **opening(name, cells[0], "compare"))
    if cells:
        goto("gradients", words("training.open_gradients"), words, **opening(name, cells[0], "gradients"))


def a_set(race: Race, newest: Newest) -> str:
    """The name under which the other pages find the nets that they can show; of a cell that was trained twice, the one
    by gradients."""
    sizes = hidden_sizes(race)
    first = {cell_of(lane): lane for lane in reversed(list(newest)) if sizes[cell_of(lane)] <= MOST_UNITS}
    return nets.keep(nets.net(race, lane, newest[lane].params) for lane in reversed(first.values()))


def keeping(race: Race, records: Mapping[str, Sequence[Record]], words: Words) -> None:
    """One net as a file."""
    ready = [lane for lane in lanes(race) if records.get(lane) and records[lane][-1].moments is not None]
    st.header(words("training.save"), anchor=False)
    st.markdown(words("training.save_text"))
    if ready:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            lane = st.segmented_control(words("training.which"), ready, default=ready[0], required=True,
                                        format_func=lambda lane: called(lane, words), key=f"keep.{'.'.join(ready)}")
            _file(race, lane, records[lane], words)
    st.file_uploader(words("training.load"), key="file", on_change=_uploaded)
    file_button(words)
    note = st.session_state.get("loaded")
    if note and st.session_state.get("file") is not None:  # while the file is there: the page soon runs again
        (st.success if note[0] == "training.loaded" else st.error)(words(note[0], **_said(note[1], words)))


def _file(race, lane, records, words):
    """The button that makes the file, or why there is none."""
    last = records[-1]
    size = sum(array.nbytes for array in (*last.params.values(), *last.moments.values()))
    if size > saved.MOST_BYTES * ROOM:
        st.caption(words("reader.saved_large_net", count=size, most=saved.MOST_BYTES))
        return
    file = f"{race.task}_{file_name(lane)}.safetensors"
    st.download_button(words("take.save", file=file), lambda: saved.write(race, lane, records), file,
                       "application/octet-stream", key="save", on_click="ignore", icon=":material/download:")


def _said(values, words):
    return values | ({"cell": called(values["cell"], words)} if "cell" in values else {})


def _uploaded():
    """A handler: the file's net becomes the page's race, which has come as far as it had."""
    file, memory = st.session_state.get("file"), memory_here()
    st.session_state.pop("loaded", None)
    if file is None:
        return
    try:
        found = saved.read(file.getvalue())
        race, newest = found.race, found.records[-1]
        values = _acceptable(race, newest)
    except Refused as refused:
        st.session_state["loaded"] = f"reader.{refused.key}", refused.values
        return
    memory.change(**values)
    race = replace(race_of(memory.values), every=race.every)
    run = desk().begin(race, resume={found.lane: list(found.records)}, visitor=visitor(), rates=held(found.records))
    if newest.step < race.steps:  # it goes on when its visitor says so
        desk().stop(run)
    memory.note(run=run)
    mirror(memory, FIELDS, st.session_state["lang"])
    st.session_state["loaded"] = "training.loaded", {"cell": found.lane, "step": count(newest.step)}


def _acceptable(race, newest):
    """The page's values that make a race.  Refused for one that no link of this page could hold, at any rate."""
    values = values_of(race)
    try:
        ignored = from_text(RACE, to_text(RACE, values | {"rate": newest.rate}))[1]
        ignored += from_text(RACE, to_text(RACE, values))[1]
    except ValueError:  # half a surrogate pair
        raise Refused("saved_setting", name="text", value=shown(race.text)) from None
    if ignored or too_large(race) is not None:
        name, _, value = (ignored or [f"H={race.H}"])[0].partition("=")
        raise Refused("saved_setting", name=name, value=value[:40])
    return values
