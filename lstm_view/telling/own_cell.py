"""What befalls a cell of the visitor's own, in sentences made of its numbers."""
import pandas as pd

from ..numbers.backwards import Pass
from ..numbers.own_run import BOUND, HUGE, Place, divisions, explosions, made_of, remembers
from ..text.numbers import amount, count
from ..words import Words
from .names import symbol

ONLY = {"now": "own.only_now", "nothing": "own.only_nothing"}  # what it remembers, if not the past


def befallen(done: Pass, words: Words) -> list[str]:
    """Each state that explodes, each division by zero, and a memory of nothing."""
    cell = done.run.cell
    said = [_said("held" if abs(place.value) >= BOUND else "explodes", place, cell, words, huge=count(int(HUGE)))
            for place in explosions(done.run)]
    said += [_said("zero_by_zero" if both else "by_zero", place, cell, words) for place, both in divisions(done.run)]
    kept = remembers(done)
    return said + ([words(ONLY[kept], step=done.run.T)] if kept in ONLY else [])


def _said(key, place: Place, cell, words, **more):
    name = place.name.partition(".")[0]
    return words(f"own.{key}", name=symbol(cell, name)[0], step=place.step + 1, unit=place.unit + 1,
                 value=amount(place.value), **more)


def parts(cell, D: int, H: int, words: Words) -> pd.DataFrame:
    """A row for each shape of parameters and one for the states: which, of what size, how many numbers."""
    rows = [(" × ".join(kind.letters), ", ".join(kind.names), " × ".join(map(str, kind.sizes)), kind.count)
            for kind in made_of(cell, D, H)]
    states = sorted(cell.state, key=lambda name: (name != "h", name))
    rows.append((words("own.state", shape="H"), ", ".join(states), str(H), H * len(states)))
    columns = [words(f"own.{name}") for name in ("shape", "names", "size", "numbers")]
    return pd.DataFrame([map(str, row) for row in rows], columns=columns).set_index(columns[0])
