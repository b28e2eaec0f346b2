"""A task for a recurrent net to learn: what its sequences are, what is asked for, and when it counts as solved."""
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from math import ceil

import numpy as np

from . import chance
from .readout import cross_entropy

Array = np.ndarray
TRIED, UNSEEN = 2**31, 2**31 + 1  # begin the seeds of streams that no sample of training has
KEPT = 4  # one in so many different sequences is kept from training, to be judged on
MANY, ALIKE = 1000, 1 / 1000  # if of so many draws more than this share of the pairs are alike, none can be kept


@dataclass(frozen=True, eq=False)
class Batch:
    """B sequences of T steps of a task, with D inputs and K outputs.

    x           (T, B, D) float
    target      (T, B) int, a class (loss "classes"), or (T, B, K) float (loss "squares"); 0 where nothing is asked for
    mask        (T, B) bool: the steps at which something is asked for
    lengths     (B,) int, or None if all are T long; past the end x is 0 and nothing is asked for
    allowed     (T, B, K) bool, the classes that are right, where several are; or None
    tokens      (T, B) int: which of the task's symbols is read, -1 past the end; or None
    properties  name -> (T, B) float, what a unit might stand for at each step, nan where that is undefined
    naive       (T, B, K) float, a forecast that needs no net; or None
    """

    x: Array
    target: Array
    mask: Array
    lengths: Array | None = None
    allowed: Array | None = None
    tokens: Array | None = None
    properties: dict[str, Array] = field(default_factory=dict)
    naive: Array | None = None


Draw = Callable[[np.random.Generator, int, int], Batch]  # of a generator, B and a length


@dataclass(frozen=True)
class Task:
    """A task.  Its length is what makes it longer or harder: T, or n, a delay, a number of distractors.

    goal   what counts as solved. "classes": the share of what is asked for that is right, at least; "squares": the mean
           square error, less than; where the batch has a naive forecast, less than this share of its error
    draw   the generator; draw_unseen: where what is unseen is a part of its own, as of a series
    known  length -> chance, exactly, where it is not found from a sample; by_heart: whether it is judged on pieces of
           the one text that it is trained on
    """

    name: str
    inputs: int
    outputs: int
    loss: str
    length: int
    shortest: int
    longest: int
    goal: float
    draw: Draw
    reference: str = ""
    symbols: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    tolerance: float = 0.0
    draw_unseen: Draw | None = None
    by_heart: bool = False
    known: Callable[[int], tuple[float, float]] | None = None

    def sample(self, seed: int | Sequence[int], B: int, length: int | None = None) -> Batch:
        """B sequences to train on; the same arguments give the same batch.

        ValueError for a length below `shortest`.
        """
        return self._drawn(np.random.default_rng(seed), B, self._checked(length), False)

    def unseen(self, seed: int | Sequence[int], B: int, length: int | None = None) -> Batch:
        """B sequences to judge on, of a stream of their own; `judged_on` says whether a sample ever has any of them."""
        return self._drawn(np.random.default_rng([UNSEEN, *np.atleast_1d(seed)]), B, self._checked(length), True)

    def judged_on(self, length: int | None = None) -> str:
        """What `unseen` gives.

        new       sequences that no `sample` has, whatever its seed
        later     pieces of a series' end, of which no sample has any
        again     sequences that samples may have too, as too many draws are alike to keep some from them
        by_heart  pieces of the one text that samples are pieces of
        """
        if self.by_heart or self.draw_unseen:
            return "by_heart" if self.by_heart else "later"
        return "new" if _are_many(self, self._checked(length)) else "again"

    def _drawn(self, rng, B, length, unseen):
        """Sequences of one of the two parts: for training or for judging."""
        draw = self.draw_unseen if unseen and self.draw_unseen else self.draw
        if not self.symbols or self.judged_on(length) != "new":  # of numbers, no two draws are alike
            return draw(rng, B, length)
        pieces, missing, share = [], B, 1 / KEPT if unseen else 1 - 1 / KEPT
        while missing:
            drawn = draw(rng, ceil(missing / share) + 4, length)
            found = np.flatnonzero(is_kept(drawn.tokens) == unseen)[:missing]
            pieces.append(part(drawn, found))
            missing -= len(found)
        return pieces[0] if len(pieces) == 1 else _joined(pieces)

    def chance(self, length: int | None = None) -> tuple[float, float]:
        """The least loss and the largest accuracy of answers that do not read x, each by the criterion that judges: at
        each step always the same; of a series, whose steps are all alike, one for all steps."""
        return _chance(self, self._checked(length))

    def steps(self, length: int | None = None) -> int:
        """T of a batch of this length."""
        return len(self.draw(np.random.default_rng(0), 1, self._checked(length)).x)

    def _checked(self, length):
        length = self.length if length is None else length
        if not isinstance(length, (int, np.integer)) or length < self.shortest:
            raise ValueError(f"length: given {length!r}; wanted an integer, at least {self.shortest}")
        return int(length)


def right(task: Task, output: Array, batch: Batch) -> Array:
    """Where an answer is right, (T, B) bool; output: the readout's numbers before any softmax, (T, B, K).

    squares: all of it is within task.tolerance.  classes: the target has the largest number; where several classes are
    allowed, each of these has a larger one than all that are not.  What is not finite is wrong.
    """
    if task.loss == "squares":
        return (np.abs(output - batch.target) <= task.tolerance).all(-1)
    allowed = batch.allowed
    if allowed is None:
        allowed = batch.target[..., None] == np.arange(task.outputs)
    least = np.where(allowed, output, np.inf).min(-1)
    most = np.where(allowed, -np.inf, output).max(-1)
    return np.isfinite(output).all(-1) & (least > most)


def accuracy(task: Task, output: Array, batch: Batch) -> float:
    """The share of what is asked for that is right; 0 where nothing is."""
    return float(right(task, output, batch)[batch.mask].sum() / max(1, batch.mask.sum()))


def error(task: Task, output: Array, batch: Batch) -> float:
    """The mean loss over what is asked for, the square error or the cross-entropy in nats; 0 where nothing is."""
    answers, wanted = output[batch.mask], batch.target[batch.mask]
    if not len(answers):
        return 0.0
    if task.loss == "squares":
        return float(((answers - wanted) ** 2).mean())
    return float(cross_entropy(answers.T, wanted).mean())


def solved(task: Task, output: Array, batch: Batch) -> bool:
    """Whether answers reach the task's goal."""
    if task.loss == "squares":
        beside = 1.0 if batch.naive is None else error(task, batch.naive, batch)
        return error(task, output, batch) < task.goal * beside
    return accuracy(task, output, batch) >= task.goal


@lru_cache(maxsize=256)
def _chance(task, length):
    if task.known:
        return task.known(length)
    batch = task.draw(np.random.default_rng(TRIED), 4 * MANY, length)
    return chance.of_batch(batch, task.loss, task.outputs, task.tolerance)


# --- what is kept from training


@lru_cache(maxsize=256)
def _are_many(task, length):
    """Whether a task has so many sequences that two draws are hardly ever alike."""
    if not task.symbols:
        return True
    tokens = task.draw(np.random.default_rng(TRIED), MANY, length).tokens
    counts = np.unique(tokens, axis=1, return_counts=True)[1]
    return bool((counts * (counts - 1)).sum() <= ALIKE * MANY * (MANY - 1))


def is_kept(tokens: Array) -> Array:
    """Which sequences of tokens (T, B), -1 past the end, are kept from training, (B,): one in KEPT, by their tokens
    alone, so of every seed and length the same."""
    mixed = _factors(len(tokens)) @ (tokens + 1).astype(np.uint64)  # modulo 2**64
    return mixed < 2**64 // KEPT


@lru_cache
def _factors(T):
    return np.random.default_rng(0).integers(2**64, size=T, dtype=np.uint64)


def part(batch: Batch, which: Array) -> Batch:
    """Some of the sequences of a batch."""
    return _each(lambda array: array[which] if array.ndim == 1 else array[:, which], batch)


def _joined(batches):
    return _each(lambda *arrays: np.concatenate(arrays, axis=min(1, arrays[0].ndim - 1)), *batches)


def _each(change, *batches):
    """A batch of what becomes of each array of some."""
    def changed(first, *others):
        if isinstance(first, dict):
            return {name: change(array, *(other[name] for other in others)) for name, array in first.items()}
        return None if first is None else change(first, *others)

    return Batch(*(changed(*(getattr(batch, f.name) for batch in batches)) for f in fields(Batch)))


# --- what generators share


@lru_cache
def _rows(D):
    return np.vstack([np.eye(D), np.zeros(D)])


def one_hot(tokens: Array, D: int) -> Array:
    """Tokens (T, B) as x (T, B, D); -1 is all 0."""
    return _rows(D).take(tokens, 0, mode="wrap")


def position(live: Array) -> Array:
    """The number of each step, counted from 0, (T, B); nan past the end, where it is not live."""
    return np.where(live, np.arange(len(live))[:, None], np.nan)


def latest(values: Array) -> Array:
    """At each step, the last value (T, B) there was that is no nan; nan before the first."""
    at = np.maximum.accumulate(np.where(np.isnan(values), 0, np.arange(len(values))[:, None]))
    return np.take_along_axis(values, at, 0)
