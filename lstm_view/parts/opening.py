"""The way from trained nets to the pages that show them."""
import numpy as np

from ..fields import to_text
from ..incoming.sequences import MOST_UNITS
from ..learning import nets
from ..learning.examples import example
from ..numbers import backwards, compared, over_time
from .sequence_sections import leading, of_step

OPENS = ("sequence", "one_step", "compare", "gradients")


def opening(name: str, cell: str, page: str) -> dict[str, str]:
    """The query that opens a cell's net of a set on one of OPENS: over an example of its task, at the last step that
    asks for something; on the last two pages beside the others of the set.

    Empty where the set is gone, has no such net, or one that is larger than these pages show.
    """
    found = [other for other, net in (nets.find(name) or {}).items() if net.H <= MOST_UNITS]
    if cell not in found:
        return {}
    mask = example(name, 0)[1].mask
    last = int(np.flatnonzero(mask if mask.any() else ~mask)[-1])  # of a text of rare letters nothing may be asked
    values = {"weights": name, "input": "task", "task": name, "cell": cell, "t": last}
    match page:
        case "compare":
            return leading(compared, _some(found, cell, compared.MOST_NETS) | values)
        case "gradients":
            return leading(backwards, _some(found, cell, backwards.MOST_CELLS) | values | {"look": cell, "t": None})
    now = over_time.fit(over_time.DEFAULTS | values)[0]
    return of_step(now) if page == "one_step" else to_text(over_time.SEQUENCE, now)


def _some(found, cell, most):
    """As many cells as a page takes side by side, in their order, this one among them."""
    beside = [other for other in found if other != cell][: most - 1]
    return {"cells": tuple(other for other in found if other == cell or other in beside)}
