"""What a visitor sets on the page of one time step, and what happens when the picture sends something."""
import streamlit as st

from ..fields import MAX_SEED
from ..incoming import starts
from ..incoming.own_cell import cell_named
from ..numbers.experiment import FIELDS, MOMENT, PINNED, change, compute, may_edit
from ..state import Memory
from ..text.numbers import amount, mark
from ..words import Words
from .widgets import (
    along,
    bound,
    button,
    cell_options,
    cell_title,
    forget_bias,
    history,
    memory_here,
    number,
    sent,
    slider,
)

UNSET = {f.name: f.default for f in FIELDS if f.name in ("edit", "clamp", "bias")}


def setup(memory: Memory, words: Words) -> None:
    """Starting point, cell, sizes and random numbers."""
    now = memory.values
    cell = cell_named(now["cell"])
    with st.container(horizontal=True, vertical_alignment="bottom", key="setup"):
        _start([*starts.available(cell), *([MOMENT] if now["start"] == MOMENT else [])], now["start"], words)
        st.selectbox(words("control.cell"), cell_options(now["cell"]), width=310,
                     format_func=lambda name: cell_title(name, words),
                     placeholder=words("control.cell"), **bound("cell"))
        if now["start"] != MOMENT:
            number("D", words("control.inputs"), starts.SMALLEST, starts.LARGEST, width=105)
            number("H", words("control.units"), starts.SMALLEST, starts.LARGEST, width=105)
        forget_bias([cell], lambda _: compute(now).params, words)
        if now["start"] in ("random", "stocks"):
            number("seed", words("control.seed"), 0, MAX_SEED, width=125)
        if now["start"] == "stocks":
            date, _ = starts.week_of(now["week"])
            slider("week", words("control.week", date=date), starts.FIRST_WEEK, starts.LAST_WEEK, width=260)
    along(words)
    st.caption(_described(now, words))


def actions(memory: Memory, words: Words) -> None:
    """Undo, redo, reset, pin, and other random numbers."""
    now = memory.values
    with st.container(horizontal=True, vertical_alignment="bottom", key="actions"):
        history(memory, words)
        button("reset", lambda: memory.change(**UNSET), words, icon=":material/restart_alt:",
               disabled=all(now[k] == v for k, v in UNSET.items()))
        if now["pin"]:
            button("unpin", lambda: memory.commit(pin={}), words, icon=":material/keep_off:")
        else:
            button("pin", lambda: memory.commit(pin={k: now[k] for k in PINNED}), words, icon=":material/keep:")
        button("reseed", lambda: memory.change(("start",), **_next_seed(now)), words, icon=":material/casino:")


def _next_seed(now):
    if now["start"] not in ("random", "stocks"):
        return {"start": "random"}
    return {"start": now["start"], "seed": (now["seed"] + 1) % (MAX_SEED + 1)}


def _described(now, words):
    said = _start_said(now, words)
    if "tick" in cell_named(now["cell"]).inputs:
        t = now["at"] if now["start"] == MOMENT else starts.time(now["start"], now["week"])
        said += " " + words("start_text.ticks", t=t)
    return said


def _start_said(now, words):
    if now["start"] == "named" and now["cell"] not in ("lstm", "np", "peephole"):
        return f"{words('start_text.named')} {words('start_text.named_variant')}"
    if now["start"] == MOMENT:
        return words("start_text.moment", step=now["at"] + 1, D=now["D"], H=now["H"])
    if now["start"] != "stocks":
        return words(f"start_text.{now['start']}")
    date, prices = starts.week_of(now["week"])
    moves = ", ".join(
        words("stocks.price", ticker=ticker, before=mark(before, 7), now=mark(price, 7), spread=amount(spread))
        for (ticker, (price, before)), spread in list(zip(prices.items(), starts.spread(), strict=True))[: now["D"]]
    )
    return f"{words('start_text.stocks', date=date)} {words('stocks.scaled', prices=moves)}"


def _start(options, now, words):
    """The starting points, a list with a sentence each, behind a button that names the present one."""
    with st.popover(f"{words('control.start')}: **{words('start.' + now)}**", key="starts", icon=":material/flag:"):
        st.radio(words("control.start"), options, format_func=lambda name: words(f"start.{name}"),
                 captions=[words(f"start_home.{name}") for name in options], label_visibility="collapsed",
                 **bound("start"))


def dragged(component: str, *fragments: str):
    """A handler: a number is being dragged; the fragments that show it while it moves run again."""
    def handle():
        memory, message = memory_here(), sent(component, "drag")
        if message and _taken(memory, component, message):
            memory.live = {message["address"]: float(message["value"])}
            st.rerun([component, *fragments])

    return handle


def committed(component: str):
    """A handler: a number was let go of, or typed; it becomes part of the page's state."""
    def handle():
        memory, message = memory_here(), sent(component, "commit")
        if message and _taken(memory, component, message):
            address, value = message["address"], float(message["value"])
            memory.commit(edit=memory.values["edit"] | {address: value})
            st.rerun()

    return handle


def _taken(memory, component, message):
    """Note that a message arrived; whether it makes sense."""
    st.session_state[f"echo.{component}"] = message["id"]
    now = memory.values
    return may_edit(cell_named(now["cell"]), now["D"], now["H"], message["address"], message["value"])


def pointed() -> None:
    """A handler: the visitor points at a value; the panel beside the picture follows.

    The picture runs again too, though it stays as it is: when an event of a fragment arrives, Streamlit drops what of
    that fragment is still to be sent, so that a fragment that is not drawn then can be gone from the page.
    """
    st.session_state["point"] = sent("picture", "point")
    st.rerun(["picture", "inspector"])


def selected() -> None:
    """A handler: a value was clicked."""
    memory = memory_here()
    st.session_state["point"] = ""  # the panel turns to what was clicked
    memory.note(select=change(memory.values, select=sent("picture", "select") or "")["select"])
    st.rerun()


def staged(stages: tuple[str, ...]):
    """A handler: the visitor walked to another stage; the last is where one starts."""
    def handle():
        at = sent("picture", "stage")
        memory_here().note(stage="" if at == len(stages) - 1 else stages[at])
        st.rerun()

    return handle
