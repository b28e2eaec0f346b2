"""Trained nets on the pages that show a sequence: which there are, how they are chosen, what they answer."""
import streamlit as st

from lstm_core import Cell

from ..incoming.sequences import MOST_UNITS
from ..learning import nets
from ..learning.nets import Nets
from ..learning.task_named import NAMES
from ..numbers.answers import answered, answered_what
from ..numbers.compared import BILSTM, brief
from ..numbers.over_time import Unrolled, is_trained
from ..state import Memory, mirror
from ..telling.nets import answer, called
from ..words import Words
from .widgets import bound, cell_brief, given, memory_here

TRAINED = "trained"


def hold(values: dict) -> dict[str, Nets]:
    """The sets that a visitor has come by, by name: for as long as the visit lasts the server keeps them."""
    held = st.session_state.setdefault("nets", {})
    for name in nets.named_in(" ".join(str(values.get(field, "")) for field in ("weights", "task", "of"))):
        found = nets.find(name)
        if found:
            held[name] = found
    return held


def choose(now: dict, words: Words, cells: tuple[Cell, ...], trained: bool) -> None:
    """Where the weights are from: with jobs, if all cells can have such, random, or trained, if nets of all are known
    and the page shows them."""
    known = offered(cells, hold(now)) if trained else []
    kinds = ["named"] * all("c" in cell.state for cell in cells) + ["random"] + [TRAINED] * bool(known)
    if len(kinds) > 1:
        st.segmented_control(words("control.weights"), kinds, required=True,
                             format_func=lambda kind: words(f"weights.{kind}"),
                             **bound("weights", shown=TRAINED if is_trained(now) else now["weights"],
                                     parse=lambda kind: _first(now, known) if kind == TRAINED else kind))
    if is_trained(now) and known:
        st.selectbox(words("trained.task"), known, width=230, format_func=lambda name: called(name, words),
                     placeholder=words("trained.task"), **bound("nets", shown=now["weights"]) | _then(_chosen))


def offered(cells: tuple[Cell, ...], held: dict[str, Nets]) -> list[str]:
    """The names of the sets that have a net of each cell, no larger than these pages show."""
    sets = {name: nets.find(name) for name in nets.shipped()} | held
    return [name for name, found in sets.items()
            if all((net := found.of(cell)) and net.H <= MOST_UNITS for cell in cells)]


def _first(now, known):
    """The set that is taken first: of the task that comes in, if there is one."""
    return now["task"] if now["input"] == "task" and now["task"] in known else known[0]


def _then(handler):
    return {"on_change": handler, "args": ()}


def _chosen():
    """A handler: the nets of another task were chosen."""
    name, memory = given("nets"), memory_here()
    if name:  # gone if the visitor has already left the page
        memory.change(weights=name)
        mirror(memory, memory.fields, st.session_state["lang"])


# --- what comes in


def task(now: dict, words: Words) -> None:
    """Which task an example comes from, if one does."""
    names = [*NAMES, *hold(now)]
    st.selectbox(words("trained.example_of"), names, format_func=lambda name: called(name, words),
                 placeholder=words("trained.example_of"), **bound("task") | _then(_other_task))


def _other_task():
    """A handler: another task's example is to come in."""
    name, memory = given("task"), memory_here()
    if name:
        take_task(memory, name)
        mirror(memory, memory.fields, st.session_state["lang"])


def take_task(memory: Memory, name: str = "") -> None:
    """An example of a task comes in, by default of that of the weights; trained weights become those of its nets, if
    all cells of the page have one."""
    now = memory.values
    name = name or (now["weights"] if is_trained(now) else now["task"]) or next(iter(nets.shipped()), NAMES[0])
    others = is_trained(now) and name != now["weights"] and nets.find(name)
    memory.change(**{"weights": name} if others else {"input": "task", "task": name})


# --- what is said


def answers(now: dict, words: Words, cells: tuple[Cell, ...]) -> str:
    """What the nets answer to the example that comes in."""
    found = [(brief(cell.name, words), answered(cell, now)) for cell in cells]
    return " ".join(answer(given, words, name) for name, given in found if given)


def answers_of(made: Unrolled, now: dict, words: Words) -> str:
    """The same in a run's what-if."""
    given = answered_what(made, now)
    return answer(given, words) if given else ""


def lost(memory: Memory, words: Words, cells: tuple[Cell, ...]) -> str:
    """What is said of another cell that was just chosen, of which the trained nets have none; else ""."""
    before = memory.past[-1] if memory.past else memory.values
    found = nets.find(before["weights"]) if is_trained(before) and not is_trained(memory.values) else None
    if not found:
        return ""
    without = [cell.name for cell in cells if not found.of(cell)]
    without += [name for name in memory.values.get("cells", ()) if name == BILSTM]
    if not without:
        return ""
    titles = [", ".join(cell_brief(name, words) for name in names) for names in (without, found)]
    return words("trained.lost", cell=titles[0], cells=titles[1], task=called(before["weights"], words))
