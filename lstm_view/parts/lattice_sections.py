"""The view "depth" of the page `directions`: nets in depth as a lattice, and the step that each of its nodes takes."""
from collections.abc import Callable

import pandas as pd
import streamlit as st

from ..code.depth import csv_of_net, net_torch
from ..diagram import component
from ..diagram.lattice import lattice
from ..diagram.pen import is_gate
from ..diagram.scene import MOST_SQUARES, scene
from ..figures.heatmap import Band, heatmaps
from ..figures.influence import influences
from ..numbers.compared import LEVELS, brief
from ..numbers.depth import (
    FEWEST_LAYERS,
    MOST_LAYERS,
    NETS,
    Lattice,
    compute,
    costs,
    influence,
    moment,
    shown,
)
from ..state import Memory
from ..style import INK
from ..telling import narrate_depth
from ..telling.names import symbol, title
from ..telling.scales import percentage, reaches, scaled
from ..telling.table import table
from ..text.numbers import amount, count, tally
from ..words import Words, plain
from . import sections
from .directions_controls import actions, onward
from .saving import chart, script
from .twins import csv_button, twin
from .widgets import choose, is_dark, moved, number

# of x and of each layer: a role in style, a dash
LOOKS = (("x", "dot"), ("h", "solid"), ("candidate", "dash"), ("input", "dashdot"), ("c", "longdash"))


def page(memory: Memory, words: Words) -> None:
    """All of the view, below what the views of the page share."""
    fragment("actions", lambda: actions(memory, words))
    with st.container(horizontal=True, vertical_alignment="bottom", key="net"):
        choose("net", NETS, words("depth.net"), lambda name: words(f"net.{name}"))
        number("layers", words("depth.layers"), FEWEST_LAYERS, MOST_LAYERS, width=105)
    st.markdown(words.prose("depth").split("\n\n")[NETS.index(memory.values["net"])])
    fragment("lattice", lambda: net(compute(memory.values), memory.values, words))
    fragment("inside", lambda: inside(compute(memory.values), memory.values, words))
    fragment("states", lambda: states(compute(memory.values), words))
    fragment("depends", lambda: depends(compute(memory.values), words))
    fragment("bill", lambda: bill(compute(memory.values), words))
    fragment("take", lambda: take_with_you(compute(memory.values), memory.values, words))


def fragment(key: str, draw: Callable[[], None]) -> None:
    """A part of the page that can run alone."""
    st.fragment(draw, key=key)()


# --- the lattice, and one of its nodes


def net(found: Lattice, now: dict, words: Words) -> None:
    """The net over all steps, one unit of it."""
    events = {event: moved(event, "inside", component="lattice") for event in ("choose", "pick")}
    drawn = lattice(found, now["layer"], now["t"], now["unit"], words)
    component.lattice(drawn, **events)
    st.caption(f"{words('depth.keys')} {words(f'legend.{found.name}')} {_colors(found, drawn['reach'], words)}")
    st.markdown("\n".join(f"- {sentence}" for sentence in narrate_depth.lattice(found, words)))
    twin("lattice", lambda: _table_of_unit(found, now["unit"], words), words)


def _colors(found, reach, words):
    """How far the colours go, and which layers' states go further."""
    further = [words("depth.further", layer=k + 1, state=symbol(run.cell, node)[0], reach=amount(reach[node][k]))
               for k, run in enumerate(found.layers) for node in shown(found.name, k)
               if node in reach and reach[node][k] > 1]
    return f"{words('depth.colors')} {words('depth.colors_of', states=', '.join(further)) if further else ''}".strip()


def _table_of_unit(found, unit, words):
    return pd.DataFrame({f"{called(found, k, node, words)}": found.layers[k].values[node][:, unit]
                         for k in reversed(range(len(found.layers))) for node in shown(found.name, k)}, _steps(found))


def _steps(found):
    labels = found.sequence.labels or [""] * found.T
    return [f"{t} {label}".strip() for t, label in enumerate(labels, 1)]


def called(found: Lattice, layer: int, node: str, words: Words) -> str:
    """What a value of a layer is called."""
    return f"{words('lattice.layer', layer=layer + 1)} · {title(found.layers[layer].cell, node, words)}"


def inside(found: Lattice, now: dict, words: Words) -> None:
    """The step that the chosen node takes."""
    layer, t = now["layer"], now["t"]
    label = found.sequence.labels[t] if found.sequence.labels else ""
    here = moment(found, layer, t)
    st.header(words("depth.inside", layer=layer + 1, step=t + 1) + (f": {plain(label)}" if label else ""), anchor=False)
    st.markdown(f"**{words(f'cell.{here.cell.name}')}**. {_reads(found, layer, words)}")
    component.picture(scene(here, words, unit=now["unit"], editable=[]))
    if max(here.D, here.H) > MOST_SQUARES:
        st.caption(words("over_time.window", units=here.H))
    twin("node", lambda: table(here, words), words)
    sections.equations(here, "", words)
    if found.name == "grid":
        st.caption(words("depth.in_equations"))


def _reads(found, layer, words):
    """What a layer reads from below."""
    if found.name == "grid":
        return words("depth.grid_below" if layer else "depth.grid_input", layer=layer)
    below = words("depth.x_below", layer=layer) if layer else words("depth.x_itself")
    return f"{below} {words('depth.c_below', layer=layer)}" if "c_below" in found.layers[layer].cell.inputs else below


# --- over time


def states(found: Lattice, words: Words) -> None:
    """The states of all layers, the highest on top."""
    st.header(words("depth.states"), anchor=False)
    layers = {k: shown(found.name, k) for k in reversed(range(len(found.layers)))}
    bands = [_band(found, k, node, words) for k, nodes in layers.items() for node in nodes]
    figure = heatmaps(bands, found.sequence.labels, words("timeline.step"), words("timeline.unit"), INK[is_dark()])
    says = narrate_depth.bands(found, layers, words, lambda k, node: called(found, k, node, words))
    chart("states", figure, says, words("depth.states"), words)
    st.caption(words("over_time.colors"))
    twin("states", lambda: pd.DataFrame(
        {f"{called(found, k, node, words)} {unit + 1}": found.layers[k].values[node][:, unit]
         for k, nodes in layers.items() for node in nodes for unit in range(found.H)}, _steps(found)), words)


def _band(found, layer, node, words):
    run, said = found.layers[layer], called(found, layer, node, words)
    if is_gate(run.cell, node):
        return Band(said, run.values[node], "gate")
    reach = reaches(run.values[node])
    return Band(scaled(said, reach, words("scale.unit"), words), run.values[node], "state", reach)


def depends(found: Lattice, words: Words) -> None:
    """What the last h of the highest layer depends on, along time and along depth."""
    top = len(found.layers)
    st.header(words("depth.depends"), anchor=False)
    st.markdown(words("depth.depends_both" if found.name == "grid" else "depth.depends_h", top=top, last=found.T))
    of_x, *of_layers = influence(found)
    largest = max(float(strengths.max()) for strengths in (of_x, *of_layers)) or 1.0
    curves = {"x": of_x} | {_h_of(k, words): strengths for k, strengths in enumerate(of_layers)}
    says = narrate_depth.depends(found, words)
    figure = influences({name: curve / largest for name, curve in curves.items()}, LEVELS, words("timeline.step"),
                        words("scale.share"), is_dark(), lambda share: percentage(share, words), LOOKS)
    chart("influence", figure, " ".join(says).replace("**", ""), words("depth.depends"), words)
    st.markdown("\n".join(f"- {sentence}" for sentence in says))
    twin("influence", lambda: pd.DataFrame(curves, _steps(found)), words)


def _h_of(layer, words):
    return f"h · {words('lattice.layer', layer=layer + 1)}"


# --- costs, and to take away


def bill(found: Lattice, words: Words) -> None:
    """What each layer learns and computes."""
    st.header(words("depth.cost"), anchor=False)
    rows = [[_row_of(found, k, words), brief(cell.name, words), str(size), count(learned), tally(products)]
            for k, (cell, size, learned, products) in enumerate(costs(found))]
    totals = [sum(row[k] for row in costs(found)) for k in (2, 3)]
    rows = [*reversed(rows), [f"**{words('depth.total')}**", "", "", *(f"**{tally(total)}**" for total in totals)]]
    names = ("depth.of_layer", "depth.of_cell", "depth.of_reads", "depth.of_parameters", "depth.of_multiply_adds")
    with st.container(key="layers"):
        st.table(pd.DataFrame(rows, columns=[*map(words, names)]).set_index(words(names[0])))


def _row_of(found, k, words):
    layer = k - found.first
    return words("lattice.layer", layer=layer + 1) if layer >= 0 else words("depth.entry")


def take_with_you(found: Lattice, now: dict, words: Words) -> None:
    """The net as code in PyTorch, its run as CSV."""
    st.header(words("take.heading"), anchor=False)
    csv_button("net", f"{found.name}_over_time.csv", lambda: csv_of_net(
        [run.cell for run in found.layers], [run.values for run in found.layers], found.sequence.texts), words)
    if st.toggle(words("take.show_torch"), key="torch"):
        script(net_torch(found.net, found.params, found.sequence.x), f"{found.name}_torch.py", words)
    onward(now, "peephole" if found.name == "depth_gated" else "lstm", words)
