"""Widgets that show a remembered value without owning it, on any page."""
from collections.abc import Callable, Sequence

import streamlit as st

from lstm_core import CELLS, Cell
from lstm_core.gates import forget_biases, forget_sign

from ..incoming.own_cell import is_own, label
from ..numbers.compared import brief
from ..state import Memory, mirror
from ..telling.consequences import consequences
from ..words import Words


def memory_here() -> Memory:
    """The memory of the page that is open."""
    return st.session_state[st.session_state["page"]]


def bound(name: str, empty: bool = False, parse: Callable = lambda value: value, shown: object = None) -> dict:
    """Key and callback of a widget that shows the value of a field.

    empty: whether nothing at all is a value of its own; parse: from what the widget gives to the value; shown: what the
    widget shows, where that is not the value as it is.

    A widget that anything but itself has changed (back, undo, another field) gets another key.  A browser sends what
    all widgets hold along with every event, and may not yet know of the change: what it says of the old key is no wish.
    """
    value = memory_here().values[name] if shown is None else shown
    if st.session_state.get(_key(name), value) != value:
        st.session_state[f"turn.{name}"] = st.session_state.get(f"turn.{name}", 0) + 1
    st.session_state[_key(name)] = value
    return {"key": _key(name), "on_change": _changed, "args": (name, empty, parse)}


def _key(name):
    turn = st.session_state.get(f"turn.{name}", 0)
    return f"widget.{name}.{turn}" if turn else f"widget.{name}"


def fresh(name: str, value: object) -> str:
    """Key of a widget that begins with a value: another one whenever that is another."""
    turn, before = st.session_state.get(f"fresh.{name}", (0, value))
    if before != value:
        turn += 1
    st.session_state[f"fresh.{name}"] = turn, value
    return f"{name}.{turn}"


def holding(name: str, value: object) -> str:
    """Key of a widget that begins with a value: another one once anything but the widget has changed that."""
    turn = st.session_state.get(f"turn.{name}", 0)
    key = f"{name}.{turn}" if turn else name
    if st.session_state.get(key, value) == value:
        return key
    st.session_state[f"turn.{name}"] = turn + 1
    return f"{name}.{turn + 1}"


def given(name: str) -> object:
    """What the widget of a field gives; None if the visitor has already left the page."""
    return st.session_state.get(_key(name))


def _changed(name, empty, parse):
    """A widget was changed.  If the visitor has already left the page, it is gone."""
    value = given(name)
    if value is not None or (empty and _key(name) in st.session_state):
        memory = memory_here()
        memory.change(**{name: parse(value)})
        mirror(memory, memory.fields, st.session_state["lang"])
        if name in memory.parts:
            st.rerun(list(memory.parts[name]))


def choose(name: str, values: tuple[str, ...], label: str, said: Callable[[str], str]) -> None:
    """A field that is one of a few values, all in sight."""
    st.segmented_control(label, values, required=True, format_func=said, **bound(name))


def cell_options(*chosen: str, more: tuple[str, ...] = ()) -> list[str]:
    """The names of the cells to choose from: the zoo, more, and what the visitor wrote last or has chosen here."""
    own = [name for name in chosen if is_own(name)]
    if own:
        st.session_state.setdefault("own_cell", own[0])  # from a link
    return [*CELLS, *more, *dict.fromkeys([*own, *filter(None, [st.session_state.get("own_cell")])])]


def cell_title(name: str, words: Words) -> str:
    """What a cell is called, in full."""
    return _earlier(name, words) or words(f"cell.{label(name)}")


def cell_brief(name: str, words: Words) -> str:
    """What a cell is called where there is little room."""
    return _earlier(name, words) or brief(name, words)


def _earlier(name, words):
    """What a cell of the visitor's own is called when they have written another since."""
    return words("cell.own_earlier") if is_own(name) and name != st.session_state.get("own_cell", name) else ""


def number(name: str, label: str, low: float, high: float, **more) -> None:
    st.number_input(label, low, high, **more, **bound(name))


def number_or_none(name: str, label: str, low: float, high: float, shown: float | None, **more) -> None:
    """A field that may hold no number; it is cleared where that changes something.  shown: what it then shows."""
    default = {} if memory_here().values[name] is None and shown is not None else {"value": None}
    st.number_input(label, low, high, **default, **more, **bound(name, empty=True, shown=shown))


def slider(name: str, label: str, low: float, high: float, **more) -> None:
    st.slider(label, low, high, **more, **bound(name))


def forget_bias(cells: Sequence[Cell], parameters: Callable[[Cell], dict], words: Words) -> None:
    """The forget bias of all units of all cells that have one: empty where those of the first differ."""
    having = [cell for cell in cells if forget_sign(cell)]
    if having:
        biases = forget_biases(having[0], parameters(having[0]))
        number_or_none("bias", words("control.bias"), -10.0, 10.0, step=0.5, placeholder=words("control.mixed"),
                       help=bias_help(having, words), width=200,
                       shown=float(biases[0]) if (biases == biases[0]).all() else None)


def bias_help(cells: Sequence[Cell], words: Words) -> str:
    """What a forget bias is to the parameters of cells that have one."""
    against = [brief(cell.name, words) for cell in cells if forget_sign(cell) < 0]
    said = words("control.bias_help")
    return f"{said} {words('control.bias_against', cells=', '.join(dict.fromkeys(against)))}" if against else said


def button(name: str, act: Callable, words: Words, **more) -> None:
    """A button that changes the page's values: the whole page runs again, also where the button is in a fragment."""
    def pressed():
        act()
        if memory_here().parts:  # else a whole run has begun already, and to begin another would cut it off
            st.rerun()

    st.button(words(f"control.{name}"), key=f"button.{name}", on_click=pressed, **more)


def history(memory: Memory, words: Words) -> None:
    """Undo and redo."""
    button("undo", memory.undo, words, disabled=not memory.past, shortcut="ctrl+z", icon=":material/undo:")
    button("redo", memory.redo, words, disabled=not memory.future, shortcut="ctrl+shift+z", icon=":material/redo:")


def along(words: Words, weights: str = "") -> None:
    """What the last change changed besides, until the next, and the way back; weights: what is said of these, if it is
    more than usual."""
    memory = memory_here()
    pairs = {name: pair for name, pair in memory.along.items() if not (weights and name == "weights")}
    told = [*filter(None, [weights]), *consequences(pairs, words)]
    if told:
        with st.container(horizontal=True, vertical_alignment="center", key="along"):
            st.info(" ".join([words("along.intro"), *told]), icon=":material/published_with_changes:")
            st.button(words("control.undo"), key="button.along", on_click=memory.undo, icon=":material/undo:")


def sent(component: str, event: str) -> object:
    """What a component sent."""
    return st.session_state[component][event]


def arrived(component: str, event: str) -> dict:
    """The message that a component sent, noted as answered."""
    message = sent(component, event) or {}
    st.session_state[f"echo.{component}"] = message.get("id", 0)
    return message


def moved(event: str, *fragments: str, component: str = "timeline") -> Callable[[], None]:
    """A handler: another step, layer or unit was chosen in a component, which runs again, and the fragments that tell
    of it with it.  What `scrub` sends is still moving, and not yet in the link."""
    def handle():
        memory, message = memory_here(), arrived(component, event)
        wanted = {name: max(0, message[name]) for name in ("t", "layer", "unit") if isinstance(message.get(name), int)}
        memory.note(**memory.fitting(memory.values, **wanted))
        if event != "scrub":
            mirror(memory, memory.fields, st.session_state["lang"])
        st.rerun([component, *fragments])

    return handle


def is_dark() -> bool:
    """Whether the page is dark."""
    return st.context.theme.type == "dark"
