"""The view "clock" of the page `directions`: a clockwork RNN, whose modules tick each at a period of their own."""
import pandas as pd
import streamlit as st

from .. import code, style
from ..diagram import component
from ..diagram.lines import of_units
from ..diagram.raster import Row, raster
from ..diagram.timeline import timeline
from ..figures.heatmap import Band, heatmaps
from ..numbers.clockwork import Module, compute, modules
from ..numbers.over_time import Unrolled
from ..state import Memory
from ..telling import narrate_directions, narrate_over_time
from ..telling.contrast import span
from ..telling.names import title
from ..words import Words
from .directions_controls import actions, events, intro, onward
from .saving import chart, script
from .twins import csv_button, twin
from .widgets import is_dark


def page(memory: Memory, words: Words) -> None:
    """All of the view."""
    def part(key, draw, *given):
        st.fragment(lambda: draw(compute(memory.values), *given), key=key)()

    intro("clock", words)
    st.fragment(lambda: actions(memory, words), key="actions")()
    part("timeline", chain, memory, words)
    part("ticks", ticks, memory, words)
    part("states", states, words)
    part("pair", fast_and_slow, memory, words)
    part("take", take_with_you, words)
    onward(memory.values, "clockwork", words)


def chain(run: Unrolled, memory: Memory, words: Words) -> None:
    """The chain of one unit, and the scrubber."""
    now = memory.values
    component.timeline(timeline({run.cell.name: run}, now["t"], now["unit"], words), **events("ticks", "pair"))


def ticks(run: Unrolled, memory: Memory, words: Words) -> None:
    """Which module works when."""
    st.header(words("clock.heading"), anchor=False)
    found, says = modules(run), narrate_directions.ticking(run, words)
    rows = [Row("tick", module.units.start, _called(module, words), module.ticks, "gate", tall=20) for module in found]
    component.raster(raster(rows, memory.values["t"], run.sequence.labels, narrate_directions.spoken(says), "clock",
                            words), "ticks")
    st.markdown(says)
    st.table(_modules_frame(found, run.T, words))
    twin("ticks", lambda: pd.DataFrame({_called(module, words): module.ticks for module in found}, _steps(run)), words)


def _modules_frame(found, T, words):
    names = [words(f"clock.{name}") for name in ("period", "units", "works_at", "hold")]
    rows = [[str(module.period), _units(module), words("clock.of", count=int(module.ticks.sum()), T=T),
             span(module.hold, words)] for module in found]
    return pd.DataFrame(rows, columns=names).set_index(names[0])


def _called(module: Module, words):
    return words("clock.every" if module.period > 1 else "clock.always", period=module.period, units=_units(module))


def _units(module):
    first, last = module.units.start + 1, module.units.stop
    return str(first) if first == last else f"{first}–{last}"


def _steps(run):
    return [f"{t} {label}".strip() for t, label in enumerate(run.sequence.labels or [""] * run.T, 1)]


def states(run: Unrolled, words: Words) -> None:
    """The clock and the states of all units, the fast ones on top."""
    st.header(words("clock.states"), anchor=False)
    names = {name: title(run.cell, name, words) for name in ("tick", "h")}
    figure = heatmaps([Band(said, run.values[name], "gate" if name == "tick" else "state")
                       for name, said in names.items()],
                      run.sequence.labels, words("timeline.step"), words("timeline.unit"), style.INK[is_dark()])
    chart("states", figure, f"{narrate_directions.ticking(run, words)} {narrate_over_time.bands(run, ('h',), words)}",
          words("clock.states"), words)
    st.caption(words("clock.colors"))
    twin("states", lambda: pd.DataFrame({f"{said} {k + 1}": run.values[name][:, k] for name, said in names.items()
                                         for k in range(run.H)}, _steps(run)), words)


def fast_and_slow(run: Unrolled, memory: Memory, words: Words) -> None:
    """One unit of the fastest module and one of the slowest, over time."""
    found = modules(run)
    units = {module.units.start: words("clock.unit", unit=module.units.start + 1, period=module.period)
             for module in (found[0], found[-1])}
    st.header(words("clock.lines"), anchor=False)
    st.caption(words("clock.lines_text"))
    component.lines(of_units(run, units, memory.values["t"],
                             narrate_directions.spoken(narrate_directions.ticking(run, words)), words))
    twin("lines", lambda: pd.DataFrame({f"{name} {unit + 1}": run.values[name][:, unit] for unit in units
                                        for name in ("n", "h")}, _steps(run)), words)


def take_with_you(run: Unrolled, words: Words) -> None:
    """The run as CSV and as code."""
    st.header(words("take.heading"), anchor=False)
    csv_button("run", "clockwork_over_time.csv",
               lambda: code.csv_over_time(run.cell, run.values, run.sequence.texts), words)
    if st.toggle(words("take.show_torch"), key="torch"):
        script(code.sequence_torch(run.cell, run.params, run.sequence.x), "clockwork_torch.py", words)
