"""What comes in over time, as a visitor chooses it: a kind, a text, numbers typed, pasted, drawn or from a file."""
import json

import numpy as np
import streamlit as st

from lstm_core import Cell

from ..fields import MAX_SEED
from ..incoming.reader import Refused
from ..incoming.sequences import FEWEST, GENERATED, KINDS, MOST, MOST_INPUTS, MOST_TEXT, MOST_UNITS
from ..incoming.starts import LAST_WEEK
from ..incoming.tokens import tokens
from ..numbers.addresses import MAX_VALUE
from ..numbers.compared import brief
from ..numbers.over_time import SETUP, incoming, is_seeded, is_trained, parameters, radii, recurrent
from ..packed import held
from ..state import Memory
from ..telling.nets import called
from ..text.numbers import MINUS, amount, mark
from ..words import Words
from . import net_controls, table_controls
from .widgets import (
    along,
    bound,
    button,
    cell_options,
    cell_title,
    forget_bias,
    fresh,
    given,
    history,
    memory_here,
    number,
    slider,
)

UNSET = {f.name: f.default for f in SETUP if f.name in ("bias", "scale")}

MADE = {  # an input -> what is said of its first, its second, and any other
    "impulse": ("impulse", "impulse_mark", "noise"),
    "steps": ("steps", "steps_mark", "noise"),
    "sine": ("sine", "sine_mark", "noise"),
}


def setup(memory: Memory, words: Words, cells: tuple[Cell, ...], pick: bool = False, trained: bool = True) -> None:
    """What comes in, the sizes, the weights and what is done to them: the fields that all pages over time share.

    pick: whether the page's cell is chosen here; trained: whether the page has trained nets and what they read.
    """
    now = memory.values
    with st.container(horizontal=True, vertical_alignment="bottom", key="setup"):
        if pick:
            st.selectbox(words("control.cell"), cell_options(now["cell"]), width=310,
                         format_func=lambda name: cell_title(name, words),
                         placeholder=words("control.cell"), **bound("cell"))
        kind = words("input." + now["input"])
        with st.popover(f"{words('control.incoming')}: **{kind}**", key="incoming", icon=":material/timeline:"):
            _incoming(now, words, KINDS if trained else KINDS[:KINDS.index("task")])
        if now["input"] in GENERATED:
            number("T", words("control.steps"), FEWEST, LAST_WEEK + 1 if now["input"] == "series" else MOST, width=110)
        if now["input"] not in ("own", "task"):
            number("D", words("control.inputs"), 1, MOST_INPUTS, width=105)
        number("H", words("control.units"), 1, MOST_UNITS, width=105)
        net_controls.choose(now, words, cells, trained)
        if now["weights"] == "random" or is_seeded(now):
            number("seed", words("control.seed"), 0, MAX_SEED, width=125)
        forget_bias(cells, lambda cell: parameters(cell, now), words)
        nothing = not any(param.any() for cell in cells for param in recurrent(cell, now).values())
        slider("scale", words("control.scale"), 0.0, 4.0, step=0.05, width=190, disabled=nothing,
               help=words("control.no_scale") if nothing else None)
    along(words, weights=net_controls.lost(memory, words, cells))


def told(now: dict, words: Words, cells: tuple[Cell, ...]) -> None:
    """What comes in, and how large the recurrent matrices are if they were scaled, in sentences."""
    said = described(now, words), net_controls.answers(now, words, cells), _radii(cells, now, words)
    st.caption(" ".join(filter(None, said)))


def actions(memory: Memory, words: Words, **unset) -> None:
    """Undo, redo, reset, and other random numbers; unset: what else of the page's values a reset takes back."""
    now = memory.values
    fresh = UNSET | unset
    history(memory, words)
    button("reset", lambda: memory.change(**fresh), words, icon=":material/restart_alt:",
           disabled=all(now[k] == v for k, v in fresh.items()))
    drawn = {"seed": (now["seed"] + 1) % (MAX_SEED + 1)}
    if is_trained(now):
        button("another", lambda: memory.change(**drawn), words, icon=":material/casino:", disabled=not is_seeded(now))
    else:
        button("reseed", lambda: memory.change(("weights",), **drawn, weights="random"), words,
               icon=":material/casino:")


def described(now: dict, words: Words) -> str:
    """What comes in, in a sentence."""
    sequence = incoming(now)
    T, D = sequence.x.shape
    if now["input"] == "series":
        return words("input_text.series", first=sequence.labels[0], last=sequence.labels[-1],
                     names=", ".join(sequence.names))
    if now["input"] == "own" and now["columns"]:
        scaled = "; ".join(
            words("input_text.scaled" if divisor != 1 or offset else "input_text.as_is", name=name.replace("`", ""),
                  offset=f"{'+' if offset < 0 else MINUS} {mark(abs(offset), 7)}", divisor=mark(divisor, 7))
            for name, offset, divisor in now["columns"])
        return f"{words('input_text.own', T=T, D=D)} {words('input_text.columns', columns=scaled)}"
    if now["input"] in MADE:
        return " ".join(words(f"input_text.{key}", T=T, D=D) for key in (*MADE[now["input"]][:D], "size"))
    name = {"task": called(now["task"], words)} if now["input"] == "task" else {}
    return words("input_text." + now["input"], T=T, D=D, **name)


def _radii(cells, now, words):
    """The spectral radius of each recurrent matrix, if their scale was changed."""
    if now["scale"] == 1:
        return ""
    return " ".join(
        words("input_text.radii", cell=brief(cell.name, words),
              radii=", ".join(f"{name} {amount(radius)}" for name, radius in
                              radii(cell, parameters(cell, now)).items()))
        for cell in cells)


def _incoming(now, words, kinds):
    st.radio(words("control.incoming"), kinds, format_func=lambda kind: words(f"input.{kind}"),
             captions=[words(f"input_home.{kind}") for kind in kinds], label_visibility="collapsed",
             **bound("input") | {"on_change": _kind, "args": (words,)})
    if now["input"] == "sentence":
        st.text_area(words("input.text"), height=90, key=f"text.{now['text']}",
                     value=now["text"] or words("input.sentence_example"), on_change=_sentence,
                     args=(f"text.{now['text']}",))
        table_controls.notes(words)
    if now["input"] == "own":
        _own(now, words)
    if now["input"] == "task":
        net_controls.task(now, words)


def _kind(words):
    """Another kind of input; a sentence begins in the visitor's language, own numbers with what stands there."""
    memory, kind = memory_here(), given("input")
    if kind == "sentence" and not memory.values["text"]:
        memory.change(input=kind, text=words("input.sentence_example"))
    elif kind == "own" and not memory.values["own"]:
        memory.change(input=kind, own=_rows(incoming(memory.values).x[:, :MOST_INPUTS]), columns=())
    elif kind == "task":
        net_controls.take_task(memory)
    elif kind:
        memory.change(input=kind)


def _rows(x):
    return tuple(map(tuple, held(x).tolist()))


def _sentence(key):
    text = st.session_state.get(key, "")
    try:
        if len(text) > MOST_TEXT:
            table_controls.note(("reader.text_long", {"count": len(text), "most": MOST_TEXT}))
        elif len(tokens(text, MOST)) < FEWEST:
            table_controls.note(("input_note.few_words", {}))
        else:
            memory_here().change(text=text, input="sentence")
            table_controls.note()
    except Refused as refused:
        table_controls.note((f"reader.{refused.key}", refused.values))


# --- numbers of the visitor's own


def _own(now, words):
    st.caption(words("input.own_hint", steps=MOST, inputs=MOST_INPUTS))
    typed = "\n".join(" ".join(repr(value).removesuffix(".0") for value in row) for row in now["own"])
    key = fresh("own", now["own"])
    st.text_area(words("input.typed"), typed, height=130, key=key, on_change=_typed, args=(key,))
    table_controls.notes(words)
    # any file, and larger than our bound: so that it is our reader who refuses, in the visitor's language
    st.file_uploader(words("input.file"), key="file", on_change=_uploaded)
    file_button(words)
    table_controls.file_not_in_use(st.session_state.get("file"), words)
    table_controls.table(words)


def file_button(words: Words) -> None:
    """What the uploader of a file says, on its button and where a file did not arrive: Streamlit's own speaks English
    only, and says the latter to those alone who point at it."""
    named, failed = (json.dumps(words(f"input.{key}"), ensure_ascii=False) for key in ("choose", "not_arrived"))
    st.html(f"<style>.st-key-file section button p::after {{ content: {named} }}"
            f".st-key-file section:has([aria-invalid=true])::after {{ content: {failed} }}</style>")


def _typed(key):
    table_controls.take(st.session_state.get(key, ""), "none")


def _uploaded():
    file = st.session_state.get("file")
    if file is not None:
        table_controls.take(file.getvalue(), "standard")


def drew(column: int, values: list[float]) -> None:
    """The visitor drew one input over time: what came in becomes numbers of their own."""
    memory = memory_here()
    x = incoming(memory.values).x.copy()
    if not 0 <= column < x.shape[1] or len(values) != len(x):
        return
    x[:, column] = np.nan_to_num(np.array(values, float)).clip(-MAX_VALUE, MAX_VALUE)
    columns = memory.values["columns"] if memory.values["input"] == "own" else ()
    memory.change(input="own", own=_rows(x), columns=columns)
