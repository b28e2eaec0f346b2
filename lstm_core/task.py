"""A task for a recurrent net to learn: what its sequences are, what is asked for, and when it counts as solved."""
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

Array = np.ndarray
CHANCE, UNSEEN = 2**31, 2**31 + 1  # begin the seeds of streams that no sample of training has
DRAWN = 1 << 19  # numbers of an answer that chance is found from, about


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
    draw   the generator; draw_unseen: where what is unseen is not simply another draw
    known  length -> chance, where it is known without sampling
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
    known: Callable[[int], tuple[float, float]] | None = None

    def sample(self, seed: int | Sequence[int], B: int, length: int | None = None) -> Batch:
        """B sequences; the same arguments give the same batch.  ValueError for a length below `shortest`."""
        return self.draw(np.random.default_rng(seed), B, self._checked(length))

    def unseen(self, seed: int | Sequence[int], B: int, length: int | None = None) -> Batch:
        """As sample, of a stream of its own, and where there is but one text or series, of a part kept from sample."""
        rng = np.random.default_rng([UNSEEN, *np.atleast_1d(seed)])
        return (self.draw_unseen or self.draw)(rng, B, self._checked(length))

    def chance(self, length: int | None = None) -> tuple[float, float]:
        """(loss, accuracy) of the best answer that does not read x: at each step always the same."""
        length = self._checked(length)
        return self.known(length) if self.known else _chance(self, length)

    def steps(self, length: int | None = None) -> int:
        """T of a batch of this length."""
        return len(self.sample(0, 1, length).x)

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
    """The share of what is asked for that is right."""
    return float(right(task, output, batch)[batch.mask].mean())


def error(task: Task, output: Array, batch: Batch) -> float:
    """The mean loss over what is asked for: of the square error, or of the cross-entropy in nats."""
    answers, wanted = output[batch.mask], batch.target[batch.mask]
    if task.loss == "squares":
        return float(((answers - wanted) ** 2).mean())
    answers = answers - answers.max(-1, keepdims=True)
    chosen = np.take_along_axis(answers, wanted[:, None], -1)[:, 0]
    return float((np.log(np.exp(answers).sum(-1)) - chosen).mean())


def solved(task: Task, output: Array, batch: Batch) -> bool:
    """Whether answers reach the task's goal."""
    if task.loss == "squares":
        beside = 1.0 if batch.naive is None else error(task, batch.naive, batch)
        return error(task, output, batch) < task.goal * beside
    return accuracy(task, output, batch) >= task.goal


@lru_cache
def _chance(task, length):
    """Found on one sample, measured on another, so that it has not learned what it is measured on."""
    B = max(256, DRAWN // (task.steps(length) * task.outputs))
    seen = task.sample([CHANCE, 0], B, length)
    unseen = task.unseen([CHANCE, 1], B, length)
    asked = seen.mask[..., None]
    given = seen.target if task.loss == "squares" else seen.target[..., None] == np.arange(task.outputs)
    mean = ((given * asked).sum(1) + 1e-3) / (asked.sum(1) + task.outputs * 1e-3)  # of each step; (T, K)
    output = mean if task.loss == "squares" else np.log(mean)
    output = np.broadcast_to(output[:, None], (*unseen.mask.shape, task.outputs))
    return error(task, output, unseen), accuracy(task, output, unseen)


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
