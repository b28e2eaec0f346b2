"""The parts of the page `training`: the task, the curves of the race, what its nets answer."""
from collections.abc import Mapping, Sequence
from math import ceil

import streamlit as st

from lstm_core.tasks import error
from lstm_core.training import Record

from ..diagram import component
from ..diagram.curves import LOOKS, Line, Rule, curves
from ..diagram.examples import examples
from ..incoming.own_cell import cell_named
from ..learning.job import Job
from ..learning.race import Race, cell_of, is_search, keeps, lanes, settings, task_of
from ..numbers.training import (
    answered,
    called,
    curves_frame,
    file_name,
    race_of,
    shipped,
    some,
    too_large,
    unseen,
)
from ..state import Memory
from ..telling import training as telling
from ..telling.family import cited
from ..text.numbers import count, mark
from ..words import Words
from . import film_sections, meaning_sections, odyssey_sections, training_code, training_keeping
from .training_controls import desk, going, job_of
from .twins import twin

FEW = 3  # sequences that are shown
LIVE, WAITING = 0.25, 2.0  # seconds between two looks at what runs, and at what waits: thirty may wait at once
INPUTS = {"adding": ("value", "mark")}  # what a task reads, where it is numbers of several kinds
Records = Mapping[str, Sequence[Record]]


# --- the task


def task(job: Job | None, now: dict, words: Words) -> None:
    """What it is, what it needs memory for, when it is solved; and examples, which from the first step of a training on
    stand below, with the nets' answers."""
    race = race_of(now)
    of = task_of(race)
    st.markdown(f"{words(f'task_home.{of.name}')} {words(f'task_why.{of.name}')}")
    if job is None:
        show_examples(race, some(unseen(race), FEW), {}, f"task {of.name}", words)
    said = [*filter(None, [telling.spelling(race, words)]), telling.chance(race, words)]
    if of.loss == "squares":
        said.append(words("training.tolerance", tolerance=mark(of.tolerance)))
    if of.reference:
        said.append(words("training.source", reference=cited(of.reference, words)))
    st.caption(" ".join(said))


def show_examples(race: Race, batch, answers: dict, key: str, words: Words) -> None:
    """Sequences of the task, with what nets answer."""
    of = task_of(race)
    names = [words(f"training_input.{name}") for name in INPUTS.get(of.name, ("value",) * of.inputs)]
    component.examples(examples(of, batch, answers, lines(race, words), names, words, key), key.split()[0])


# --- the race


def lines(race: Race, words: Words) -> list[Line]:
    """How each net is drawn: a cell has one colour, whatever trains it."""
    cells = list(race.cells)
    return [Line(lane, called(lane, words), cells.index(cell_of(lane)) % len(LOOKS), is_search(lane))
            for lane in lanes(race)]


def rules(race: Race, words: Words) -> list[Rule]:
    """The levels of chance, and of what counts as solved."""
    of = task_of(race)
    loss, right = of.chance(race.length)
    panel, goal = "loss" if of.loss == "squares" else "accuracy", of.goal
    if unseen(race).naive is not None:
        goal *= error(of, unseen(race).naive, unseen(race))
    chance = words("curves.by_chance")
    return [Rule("loss", loss, chance, "6 3"), Rule("accuracy", right, chance, "6 3"),
            Rule(panel, goal, words("curves.goal"))]


def show_curves(race: Race, records: Records, words: Words, again: float = 0) -> None:
    """The curves, and in words what befell each net; again: seconds after which to look for what is new, 0: never."""
    said = telling.outcomes(race, records, words)
    about = f"{words('training.curves')}. {' '.join(said)}".replace("**", "")
    name = "-".join([race.task, *(file_name(lane) for lane in lanes(race))])
    data = curves(lines(race, words), records, rules(race, words), race.steps, about, name, words, again)
    component.curves(data, look=lambda: None)  # the fragment that it is in runs again
    st.caption(f"{words('training.curves_text')} {telling.judging(race, words)}")
    st.markdown("\n".join(f"- {sentence}" for sentence in said))


def show_answers(race: Race, records: Records, words: Words) -> None:
    """What each net answers after its newest record."""
    of, newest = settings(race), {lane: own[-1] for lane, own in records.items() if own and own[-1].params is not None}
    if not newest:
        return
    st.header(words("training.answers"), anchor=False)
    st.caption(words("training.answers_text"))
    batch = some(unseen(race), FEW)
    found = {lane: answered(of[lane], record, batch) for lane, record in newest.items()}
    show_examples(race, batch, found, f"answers {race.task} {sorted(found)}", words)


def status(job: Job, words: Words) -> None:
    """How it stands with a training, in a sentence, and how far it is."""
    seconds = desk().seconds
    given = {"seconds": mark(seconds), "budget": count(ceil(job.budget)), "progress": _progress(job)}
    match job.state:
        case "waiting":
            st.info(words("training.waiting", place=job.place, at_once=desk().at_once,
                          minutes=telling.longest_wait(job.place, desk().at_once, seconds), **given),
                    icon=":material/hourglass_top:")
        case "running" if job.stopping:
            st.progress(job.progress, words("training.stopping"))
        case "running":
            known = job.left is not None and job.progress > 0
            text = words("training.running", left=telling.time(job.left, words), **given) if known else \
                words("training.running_first", **given)
            st.progress(job.progress, text)
        case "stopped":
            reason = words(f"training_stopped.{job.reason}") if job.reason else words("training.stopped")
            st.info(reason, icon=":material/pause:")
        case "failed":
            st.warning(words(f"training_failed.{job.reason}"), icon=":material/report:")
        case "over_budget":
            st.info(words("training.over_budget", **given), icon=":material/timer_off:")
        case "done":
            st.success(words("training.done", steps=count(job.race.steps)), icon=":material/check:")


def _progress(job):
    """In percent; 100 at the end alone."""
    return count(100 if job.progress == 1 else min(99, round(100 * job.progress)))


def in_common(now: dict, words: Words) -> None:
    """What the nets share, and how many numbers each learns."""
    st.caption(telling.in_common(race_of(now), words))


def live(job: Job | None, memory: Memory, words: Words) -> None:
    """How the race stands: a fragment that runs by itself for as long as something may come, and never has a button.

    The curves' drawing asks for that, as Streamlit's own timer also asks while the page is changing, with what its
    widgets held before.  When the training's state is another, the whole page runs again: its buttons are others then.
    """
    known = [job]  # of the page's own run, which must not be cut off

    @st.fragment(key="live")
    def show():
        now = known.pop() if known else job_of(memory.values)
        if _state(now) != _state(job):
            st.rerun()
        if now is None:
            not_begun(memory.values, words)
        else:
            status(now, words)
            _race(now.race, now.records, words, (WAITING if now.state == "waiting" else LIVE) if going(now) else 0)

    show()


def _state(job):
    """What of a training the whole page shows: another is another page."""
    return job and (job.state, job.stopping, job.reason, bool(job.records))


def not_begun(now: dict, words: Words) -> None:
    """What there is to see before a race."""
    if too_large(race_of(now)) is None:  # else there is no "Go", and why is said where it would be
        st.info(words("training.gone" if now["run"] else "training.ready", seconds=mark(desk().seconds)),
                icon=":material/flag:")
    found = before(now)
    if found:
        race, records = found
        st.caption(words("training.before", command=f"`python -m benchmarks.weights {race.task}`"))
        _race(race, records, words)


def _race(race, records, words, again=0):
    st.header(words("training.curves"), anchor=False)
    show_curves(race, records, words, again)
    show_answers(race, records, words)


def known(now: dict) -> tuple[Race, Records]:
    """The race that the page shows, and its records: the training, else what was trained before, else none."""
    job = job_of(now)
    return (job.race, job.records) if job else before(now) or (race_of(now), {})


def before(now: dict) -> tuple[Race, Records] | None:
    """The nets of the chosen task that come with the app."""
    return None if now["text"] else shipped(now["task"])


def after(job: Job | None, memory: Memory, words: Words) -> None:
    """What becomes of the nets: the curves as a table, the film, what units stand for; where they go, once nothing is
    going.  What has fragments is always there: a page that looks by itself may still be told of their widgets."""
    race, records = known(memory.values)

    def snapshots():  # of cells with gates first
        found = sorted(known(memory.values)[1].items(), key=lambda item: not keeps(cell_named(cell_of(item[0]))))
        return {lane: [record for record in own if record.params is not None] for lane, own in found}

    there = snapshots()
    newest = {lane: there[lane][-1] for lane in lanes(race) if there.get(lane)}
    if newest:
        twin("curves", lambda: curves_frame(race, known(memory.values)[1], words), words)
    film_sections.page(memory, words, settings(race), snapshots, ("meaning",))
    meaning_sections.page(memory, words, settings(race), snapshots)
    newest = {lane: record for lane, record in newest.items() if not record.diverged}
    if newest and not going(job):
        training_keeping.onward(race, newest, training_keeping.a_set(race, newest), words)
    training_code.take_with_you(race, job.rates if job else (), words)
    training_keeping.keeping(race, records, words)
    odyssey_sections.page(memory, words)
