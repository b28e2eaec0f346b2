"""What a visitor sets on the page `training`, and what its buttons do."""
import secrets
from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from lstm_core.gates import forget_sign
from lstm_core.initial import INITS
from lstm_core.optimizers import STEPS

from ..fields import MAX_SEED
from ..incoming.own_cell import cell_named
from ..learning.desk import Desk
from ..learning.job import ENDED, Job
from ..learning.race import EQUAL, METHODS, MOST_UNITS, Race, keeps, task_of, work
from ..learning.task_named import NAMES
from ..numbers.training import (
    FIELDS,
    MOST_B,
    MOST_NETS,
    MOST_STEPS,
    MOST_TEXT,
    OWN,
    chosen,
    race_of,
    same_start,
    too_large,
)
from ..state import Memory, mirror
from ..telling import training as telling
from ..words import Words
from .widgets import (
    along,
    bias_help,
    bound,
    cell_brief,
    cell_options,
    choose,
    memory_here,
    number,
    number_or_none,
)


@st.cache_resource(show_spinner=False)
def desk() -> Desk:
    """Where all visitors' trainings are."""
    return Desk()


def visitor() -> str:
    """A name for this session at the desk."""
    return st.session_state.setdefault("visitor", secrets.token_urlsafe(9))


def job_of(now: dict) -> Job | None:
    """The training that the page's values name, if the desk has it and it is of the race that the values make."""
    job = desk().look(now["run"]) if now["run"] else None
    return job if job and same_start(job.race, race_of(now)) else None


def going(job: Job | None) -> bool:
    """Whether something of a training is still to come by itself."""
    return job is not None and job.state in ("waiting", "running")


# --- what is chosen


def task(now: dict, words: Words) -> None:
    """Which task, and for the one that reads a text, which text."""
    st.selectbox(words("training.task"), NAMES, format_func=lambda name: words(f"task.{name}"), width=420,
                 **bound("task"))
    if now["task"] == "text":
        st.text_area(words("training.text"), max_chars=MOST_TEXT, height=110, help=words("training.text_help"),
                     **bound("text", empty=True))


def setup(memory: Memory, words: Words) -> None:
    """The cells, what they have in common, how large they are; in an expander how they are trained."""
    now = memory.values
    with st.container(horizontal=True, vertical_alignment="bottom", key="choice"):
        more = bound("cells", parse=tuple, shown=list(now["cells"]))
        st.multiselect(words("training.cells"), cell_options(*now["cells"]), max_selections=MOST_NETS, width=480,
                       format_func=lambda name: cell_brief(name, words), placeholder=words("training.cells"), **more)
        if len(now["cells"]) > 1:
            choose("equal", EQUAL, words("training.equal"), lambda value: words(f"training_equal.{value}"))
        own_number("H", words("control.units"), 1, MOST_UNITS, width=105)
        own_number("steps", words("training.training_steps"), 1, MOST_STEPS, width=150)
    with st.expander(words("training.settings"), key="settings"), st.container(horizontal=True,
                                                                              vertical_alignment="bottom"):
        of = task_of(Race(now["task"], text=now["text"]))
        own_number("length", words("training.length"), of.shortest, of.longest, width=120)
        own_number("B", words("training.batch"), 1, MOST_B, width=110)
        number("seed", words("control.seed"), 0, MAX_SEED, width=125)
        choose("method", METHODS, words("training.method"), lambda name: words(f"training_method.{name}"))
        descends = now["method"] != "search"  # else there is no gradient to step along, to clip or to cut
        if descends:
            choose("optimizer", tuple(STEPS), words("training.optimizer"),
                   lambda name: words(f"training_optimizer.{name}"))
        own_number("rate", words("training.rate"), 1e-9, 1e12, format="%g", step=None, width=140)
        if descends:
            number("clip", words("training.clip"), 0.0, 1e6, step=0.5, width=250)
            number("truncate", words("training.truncate"), 0, 1000, width=270)
        choose("init", INITS, words("training.init"), lambda name: words(f"training_init.{name}"))
        cells = [cell_named(name) for name in now["cells"]]
        having = [cell for cell in cells if forget_sign(cell) and not (now["chrono"] and keeps(cell))]
        if having:  # a chrono start has biases of its own
            number_or_none("forget_bias", words("training.forget_bias"), -20.0, 20.0, now["forget_bias"], step=0.5,
                           width=330, placeholder=words("training.as_drawn"), help=bias_help(having, words))
        if any(map(keeps, cells)):
            number("chrono", words("training.chrono"), 0, 1000, width=290)
    along(words)


def own_number(name: str, label: str, low: float, high: float, **more) -> None:
    """A field for which the task has a value if the visitor chose none."""
    assert name in OWN
    value = chosen(memory_here().values, name)
    given = bound(name, shown=float(value) if isinstance(low, float) else value)
    st.number_input(label, low, high, **{"step": 1 if isinstance(low, int) else None} | more, **given)


# --- what is done


def actions(job: Job | None, now: dict, words: Words) -> None:
    """The buttons, each always in its place, so that a second click hits the same; and the rate from now on."""
    race = race_of(now)
    large = too_large(race)
    if large is not None:
        st.warning(telling.too_large(large, work(race), words), icon=":material/scale:")
    st.session_state.setdefault("ticket", secrets.token_urlsafe(9))
    with st.container(horizontal=True, vertical_alignment="bottom", key="race"):
        _button("go", begin, words, disabled=job is not None or large is not None, type="primary",
                icon=":material/play_arrow:", args=(st.session_state["ticket"],))
        _button("stop", stop, words, disabled=not going(job) or job.stopping, icon=":material/stop:")
        if job is not None and job.state == "done" and can_go_further(job):
            _button("further", further, words, icon=":material/fast_forward:", args=(st.session_state["ticket"],))
        else:
            _button("go_on", go_on, words, disabled=job is None or not (job.state in ENDED or job.stopping),
                    icon=":material/resume:")
        _button("again", begin, words, disabled=job is None or large is not None, icon=":material/replay:",
                args=(st.session_state["ticket"],))
        if job is not None and job.state != "done":
            key = f"rate.{job.id}"
            st.session_state.setdefault(key, float(job.rates[-1][1]))
            st.number_input(words("training.rate_now"), 1e-9, 1e12, step=None, format="%g", width=210, key=key,
                            help=words("training.rate_help"), on_change=_set_rate, args=(job.id,))


def can_go_further(job: Job) -> bool:
    """Whether some net that is done could make more steps."""
    return 2 * job.race.steps <= MOST_STEPS and not all(own[-1].diverged for own in job.records.values() if own)


def _button(name: str, act: Callable, words: Words, **more) -> None:
    st.button(words(f"training.{name}"), key=f"button.{name}", on_click=act, **more)


def begin(ticket: str) -> None:
    """A handler: the race from its start.  A double click brings the same ticket, and so the same training."""
    race = race_of(memory_here().values)
    if too_large(race) is None:
        _take(desk().begin(race, ticket=ticket, visitor=visitor()))


def further(ticket: str) -> None:
    """A handler: as many steps again, from where the race ended."""
    memory = memory_here()
    job = job_of(memory.values)
    if job is not None:
        race = replace(job.race, steps=2 * job.race.steps)
        memory.change(steps=race.steps)
        _take(desk().begin(race, resume=job.records, ticket=ticket, visitor=visitor(), rates=job.rates))


def _take(run):
    """From now on the page shows this training; the next is begun with another ticket."""
    memory = memory_here()
    memory.note(run=run)
    st.session_state["ticket"] = secrets.token_urlsafe(9)
    mirror(memory, FIELDS, st.session_state["lang"])


def stop() -> None:
    """A handler: stop what runs or waits."""
    desk().stop(memory_here().values["run"])


def go_on() -> None:
    """A handler: go on from the last records."""
    desk().go_on(memory_here().values["run"])


def _set_rate(run):
    rate = st.session_state.get(f"rate.{run}")
    if rate is not None:
        desk().set_rate(run, rate)
