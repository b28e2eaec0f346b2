"""What a net of cells in depth did, in sentences made of the numbers on the screen.  Pure."""
import numpy as np

from ..numbers.compared import reach
from ..numbers.depth import Lattice, from_below, influence, restless
from ..text.numbers import number, opening, percent, ratio
from ..words import Words
from .names import symbol
from .scales import largest

ALIKE = 1.1  # the ratio below which two paces are about the same
LEAST = 0.01  # of the strongest influence


def lattice(found: Lattice, words: Words) -> list[str]:
    """What the net's states did, along time and along depth."""
    return [_paces(found, words), *TELL[found.name](found, words)]


def _paces(found, words):
    """How fast the highest layer changes, beside the lowest."""
    low, high = (restless(found.layers[k].values["h"]) for k in (0, -1))
    said = words("depth.pace", h=_h(found), top=len(found.layers), low=percent(low), high=percent(high))
    if not (low and high):
        return said
    times = max(low, high) / min(low, high)
    key = "alike" if times < ALIKE else "slower" if high < low else "faster"
    return f"{said} {words(f'depth.{key}', ratio=ratio(times))}"


def _h(found):
    return symbol(found.layers[-1].cell, "h")[0]


def _depth_gated(found, words):
    gated = found.layers[1:]
    opened = np.array([run.values["d"] for run in gated])  # layers, T, H
    k, t, unit = np.unravel_index(np.argmax(opened), opened.shape)
    shares = ", ".join(words("depth.share", layer=k, percent=percent(from_below(run)))
                       for k, run in enumerate(gated, 2))
    return [words("depth.gate", mean=opening(float(opened.mean())), layer=int(k) + 2, step=int(t) + 1,
                  unit=int(unit) + 1, most=opening(float(opened.max()))),
            words("depth.from_below", shares=shares)]


def _grid(found, words):
    def over_layers(name, measure):
        return float(np.mean([measure(run.values[name]) for run in found.layers]))

    kept = [opening(over_layers(name, np.mean)) for name in ("f_time", "f")]
    paces = [over_layers(name, restless) for name in ("c_time", "c")]
    sizes = [number(over_layers(name, lambda v: np.abs(v).mean())) for name in ("c_time", "c")]
    return [words("depth.kept", time=kept[0], depth=kept[1]),
            words("depth.memories" if paces[1] > ALIKE * paces[0] else "depth.memories_alone", time=percent(paces[0]),
                  depth=percent(paces[1]), time_size=sizes[0], depth_size=sizes[1])]


TELL = {"stacked": lambda *_: [], "depth_gated": _depth_gated, "grid": _grid}


def depends(found: Lattice, words: Words) -> list[str]:
    """What the last h of the highest layer depends on: how far back, and how far down."""
    of_x, *of_layers = influence(found)
    last, top = found.T - 1, len(found.layers)
    if not of_x.any():
        return [words("depth.nothing", h=_h(found), top=top)]
    far = reach(of_x / of_x.max(), last, LEAST)
    key = "depth.all_back" if far == last else "depth.back" if far else "depth.only_last"
    steps = words("span.one") if far == 1 else words("span.many", count=far)
    back = words(key, h=_h(found), top=top, far=steps)
    down = words("depth.down", top=top, percent=percent(float(of_layers[0][-1] / of_layers[-1][-1])))
    return [back, down]


def bands(found: Lattice, shown: dict[int, tuple[str, ...]], words: Words, called) -> str:
    """For each heatmap, where it is largest.  shown: layer -> values; called: what a value of a layer is called."""
    said = []
    for layer, names in shown.items():
        for name in names:
            values = found.layers[layer].values[name]
            said.append(largest(values, words, "over_time.largest", "over_time.largest_equal",
                                name=called(layer, name)))
    return " ".join(said)
