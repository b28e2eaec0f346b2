"""Which unit goes along with which property, in sentences made of their correlations.  Pure."""
import numpy as np

from lstm_core import Cell

from ..numbers.meaning import LEVEL, Meanings
from ..text.numbers import count, mark, share
from ..words import Words, plain
from .names import symbol


def said(what: Meanings, step: int, cell: Cell, words: Words) -> str:
    """What was found, beside what an untrained net shows; Markdown."""
    now, before = np.abs(what.now), np.abs(what.before)
    intro = words("meaning.intro", count=count(what.count))
    if not now.any():
        return f"{intro} {words('meaning.no_relation')}"
    best = what.best(0)
    values = {"unit": plain(unit_name(cell, what.units[0], words)),
              "property": plain(property_name(what.properties[best], words)), "r": correlation(what.now[0, best])}
    if step == 0:
        return f"{intro} {words('meaning.clearest_untrained', **values)}"
    many = words("meaning.how_many", level=mark(LEVEL), count=int((now.max(1) >= LEVEL).sum()), of=len(now),
                 before=int((before.max(1) >= LEVEL).sum()))
    clearest = words("meaning.clearest", before=share(before[:, best].max(), 2), **values)
    return "\n".join([f"{intro} {clearest} {many}", "", *_properties(what, cell, words)])


def _properties(what, cell, words):
    """Of each property, the unit that goes along with it most."""
    for p, name in enumerate(what.properties):
        row = int(np.argmax(np.abs(what.now[:, p])))
        yield "- " + words("meaning.of_property", property=plain(property_name(name, words)),
                           r=correlation(what.now[row, p]), unit=plain(unit_name(cell, what.units[row], words)),
                           before=share(np.abs(what.before[:, p]).max(), 2))


def heatmap(what: Meanings, words: Words) -> str:
    """What the figure shows, for those who do not see it."""
    return words("meaning.heatmap_says", count=len(what.units), of=len(what.properties),
                 now=share(np.abs(what.now).max(), 2), before=share(np.abs(what.before).max(), 2))


def of_unit(what: Meanings, row: int, cell: Cell, words: Words) -> str:
    """A unit in a list: what it goes along with most."""
    best = what.best(row)
    return (f"{unit_name(cell, what.units[row], words)}: {property_name(what.properties[best], words)}, "
            f"r = {correlation(what.now[row, best])}")


def unit_name(cell: Cell, unit: tuple[str, int], words: Words) -> str:
    """A unit of a state: C 3."""
    node, k = unit
    return f"{symbol(cell, node)[0]} {k + 1}"


def property_name(name: str, words: Words) -> str:
    """What a property is called."""
    return words.get(f"property.{name}", name)


def correlation(r: float) -> str:
    """A correlation, with its sign."""
    return ("+" if r > 0 else "") + share(r, 2)
