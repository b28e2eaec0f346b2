"""An example of a task, as it comes in: one sequence, drawn as those are that nets are tested on."""
from dataclasses import fields, replace
from functools import lru_cache

from lstm_core.task import Batch, Task

from ..incoming.reader import clean
from ..incoming.sequences import MOST, Sequence
from ..incoming.tokens import MOST_IN_TOKEN
from .nets import task_and_length

SEEN = {" ": "␣", "\n": "⏎", "\t": "⇥"}  # instead of what cannot be


@lru_cache(maxsize=64)
def example(name: str, seed: int) -> tuple[Task, Batch]:
    """A task, and one sequence of it, without steps past its end; as long as those that the nets of this name were
    trained on, or as is usual for the task, if that is no more than MOST steps.  KeyError for nets that are gone."""
    found = task_and_length(name)
    if found is None:
        raise KeyError(name)
    task, length = found
    batch = task.unseen(seed, 1, length)
    if len(batch.x) > MOST:
        batch = task.unseen(seed, 1)
    T = len(batch.x) if batch.lengths is None else int(batch.lengths[0])
    kept = {f.name: value[:T] for f in fields(batch) if f.name not in ("lengths", "properties")
            and (value := getattr(batch, f.name)) is not None}
    return task, replace(batch, **kept, lengths=None, properties={n: p[:T] for n, p in batch.properties.items()})


def sequence(name: str, seed: int) -> Sequence:
    """The same as what comes in: what is read at each step, and each input, called by the task's symbols."""
    task, batch = example(name, seed)
    symbols = tuple(SEEN.get(s) or clean(s, MOST_IN_TOKEN) or f"U+{ord(s[0]):04X}" for s in task.symbols)
    labels = () if batch.tokens is None else tuple(symbols[k] for k in batch.tokens[:, 0])
    return Sequence(batch.x[:, 0], labels, symbols)
