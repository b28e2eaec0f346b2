"""Training a cell with a readout on a task: a record now and then; stopped, resumed and repeated exactly.

Batch k of a run is the task's for the seeds of the run and k.  So the parameters, the optimiser's memory and the number
of steps are all that there is to go on from.
"""
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from math import prod

import numpy as np

from . import checks, initial, optimizers, readout
from .cell import Cell
from .ops import held
from .run import backward, forward
from .task import Batch, Task, accuracy, error, solved

Arrays = dict[str, np.ndarray]
UNSEEN, UNSEEN_STEPS = 256, 1 << 17  # test sequences at most, and how many steps they may have together
AT_ONCE = 5e7  # numbers that a cell may compute for a measure; more sequences are measured one part after the other
LIMIT = 1e6  # training has diverged if the loss, or the norm of all parameters, is not below it
METHODS = ("bptt", "search")


@dataclass(frozen=True)
class Settings:
    """What is trained, on what, and how.  ValueError, naming the field, for what cannot be.

    length: of the task's sequences; None: its own.  clip: the most that the norm of the gradient of all parameters may
    be, the readout's too; truncate: no gradient crosses a cut after each so many steps.  init, forget_bias and chrono:
    see `initial.start`.

    method "search", random search: a step tries one change of all parameters, normal with a spread of `rate`, and
    keeps it if it costs less on the step's batch.  So a step sees as many sequences as one of "bptt", and takes about
    as long: there is a second forward pass in place of the backward one.
    """

    cell: Cell
    task: Task
    H: int = 16
    B: int = 32
    length: int | None = None
    seed: int = 0
    optimizer: str = "adam"
    rate: float = 0.01
    clip: float | None = 1.0
    truncate: int | None = None
    init: str = "uniform"
    forget_bias: float | None = None
    chrono: float | None = None
    method: str = "bptt"

    def __post_init__(self):
        checks.is_cell(self.cell)
        if taken := readout.shapes(1, 1).keys() & self.cell.parameters.keys():
            raise ValueError(f"cell: given one with {', '.join(sorted(taken))}, which the readout has")
        if not isinstance(self.task, Task):
            raise ValueError(f"task: given {type(self.task).__name__}, wanted a Task")
        for name in ("H", "B"):
            checks.size(name, getattr(self, name))
        for name in ("length", "truncate"):
            checks.positive(name, getattr(self, name))
        for name in ("rate", "clip", "chrono"):
            checks.positive(name, getattr(self, name), float)
        if self.rate is None:
            raise ValueError("rate: given None, wanted a positive number")
        if isinstance(self.seed, bool) or not isinstance(self.seed, (int, np.integer)) or self.seed < 0:
            raise ValueError(f"seed: given {self.seed!r}, wanted an integer from 0")
        for name, known in (("optimizer", optimizers.STEPS), ("init", initial.INITS), ("method", METHODS)):
            if getattr(self, name) not in known:
                raise ValueError(f"{name}: given {getattr(self, name)!r}, wanted one of {', '.join(known)}")


@dataclass(frozen=True, eq=False)
class Record:
    """Training after so many steps.  Every number is finite: what was not is held at a bound.

    loss, and norm, the gradient's before clipping (0 in a search), are means over the steps since the last record; at
    step 0, those of the first batch.  test_loss and accuracy are of test sequences, one `Task.unseen`.  moments: the
    optimiser's memory.  diverged: the loss or the norm of all parameters is LIMIT or more; training has ended.
    """

    step: int
    loss: float
    test_loss: float
    accuracy: float
    norm: float
    rate: float
    params: Arrays
    moments: Arrays
    solved: bool
    diverged: bool


def train(settings: Settings, every: int = 100, resume: Record | None = None) -> Iterator[Record]:
    """A record of step 0 and of each step that `every` divides, for as long as they are asked for; if training
    diverges, one of that step and no more.  With resume, those after it.

    The same settings give the same numbers bit for bit, whether stopped and resumed or not; another rate from some step
    on is train(replace(settings, rate=...), resume=record).

    ValueError for settings that the cell or the task does not have, and for a record that is not of this net.
    """
    checks.size("every", every)
    task, H = settings.task, settings.H
    shapes = checks.shapes(settings.cell, task.inputs, H) | readout.shapes(H, task.outputs)
    params, moments = begun(settings) if resume is None else _resumed(settings, resume, shapes)
    unseen = task.unseen(settings.seed, unseen_count(task, settings.length), settings.length)
    return _train(settings, every, resume, params, moments, unseen)


def unseen_count(task: Task, length: int | None) -> int:
    """How many sequences of a task its measures are taken on."""
    return max(16, min(UNSEEN, UNSEEN_STEPS // task.steps(length)))


def answer(settings: Settings, params: Arrays, batch: Batch) -> np.ndarray:
    """The readout's numbers at each step of a batch (T, B, K): those before the softmax, or the answer itself."""
    T, B, _ = batch.x.shape
    many = max(1, int(AT_ONCE / (T * settings.H * len(settings.cell.nodes))))
    with np.errstate(all="ignore"):
        h = [_run(settings, params, _part(batch, slice(b, b + many)))["h"] for b in range(0, B, many)]
        return held(readout.output(params, h[0] if len(h) == 1 else np.concatenate(h, 1)))


def _part(batch, some):
    """What some sequences of a batch are read from."""
    return replace(batch, x=batch.x[:, some], lengths=None if batch.lengths is None else batch.lengths[some])


def measure(settings: Settings, params: Arrays, batch: Batch) -> tuple[float, float, bool]:
    """The mean loss on a batch, the share of its answers that is right, and whether that counts as solved."""
    y = answer(settings, params, batch)
    with np.errstate(all="ignore"):
        return (_finite(error(settings.task, y, batch)), accuracy(settings.task, y, batch),
                bool(solved(settings.task, y, batch)))


def gradients(settings: Settings, params: Arrays, batch: Batch, into: Arrays) -> float:
    """The mean loss on a batch; its gradients of all parameters, before clipping, go into arrays, where it is below
    LIMIT."""
    trace = _run(settings, params, batch, _read_back(settings.cell))
    loss, dh = readout.back(params, trace["h"], batch.target, batch.mask, settings.task.loss, into)
    if loss < LIMIT:
        grads = backward(trace, trace.params, dh, settings.truncate, keep=())
        for name in settings.cell.parameters:
            into[name][...] = grads[name]
    return loss


def _run(settings, params, batch, keep=()):
    own = {name: params[name] for name in settings.cell.parameters}
    return forward(settings.cell, own, batch.x, lengths=batch.lengths, keep=keep)


@cache
def _read_back(cell):
    """The nodes whose values back-propagation reads: activations, and what is multiplied or divided by another."""
    reads = {n.id if len(n.inputs) == 1 else i for n in cell.nodes if n.op not in ("add", "sub", "matmul")
             for i in n.inputs}
    return tuple(n for n in cell.node if n in reads)


def begun(settings: Settings) -> tuple[Arrays, Arrays]:
    """The parameters and the optimiser's memory of step 0."""
    task, H = settings.task, settings.H
    params = initial.start(settings.cell, task.inputs, H, task.outputs, settings.seed, settings.init,
                           settings.forget_bias, settings.chrono)
    return params, _memory(settings, sum(p.size for p in params.values()))


def _memory(settings, size):
    return optimizers.begin(settings.optimizer, size) if settings.method == "bptt" else {}


def _resumed(settings, record, shapes):
    """The parameters of a record, and its moments if they are of the same optimiser, else none yet."""
    checks.names("resume.params", record.params, shapes)
    checks.all_of("resume.params", record.params, shapes)
    moments = _memory(settings, sum(map(prod, shapes.values())))
    if moments.keys() == record.moments.keys():
        for name, memory in moments.items():
            if np.shape(record.moments[name]) != memory.shape:
                raise ValueError(f"resume.moments[{name!r}]: given shape {np.shape(record.moments[name])}, "
                                 f"wanted {memory.shape}")
            memory[...] = record.moments[name]
    return {name: record.params[name] for name in shapes}, moments


def stepper(settings: Settings, flat: np.ndarray, params: Arrays, moments: Arrays) -> Callable[[int], tuple]:
    """A function that takes step k, and gives the loss of its batch before and the gradient's norm.

    flat: all parameters as one vector, params: the same by name; these and the moments are changed in place.
    """
    task, optimize = settings.task, optimizers.STEPS[settings.optimizer]
    gradient = np.zeros_like(flat)
    grads = views(gradient, params)

    def step(k):
        batch = task.sample([settings.seed, k + 1], settings.B, settings.length)
        if settings.method == "search":
            return _try(settings, k, flat, params, batch), 0.0
        loss, norm = gradients(settings, params, batch, grads), 0.0
        if loss < LIMIT:
            norm = optimizers.clip(gradient, settings.clip)
            optimize(flat, gradient, moments, settings.rate)
        return loss, norm

    return step


def _train(settings, every, resume, start, moments, unseen):
    """`train`, where what it begins from has been checked."""
    flat = np.concatenate([p.ravel() for p in start.values()])
    params = views(flat, start)
    step = stepper(settings, flat, params, moments)

    def record(k, losses, norms, diverged=False):
        if diverged:
            for numbers in (flat, *moments.values()):
                numbers[...] = held(numbers)
        copies = ({name: a.copy() for name, a in arrays.items()} for arrays in (params, moments))
        loss, norm = (_finite(sum(values) / len(values)) for values in (losses, norms))
        test_loss, right, is_solved = measure(settings, params, unseen)
        return Record(k, loss, test_loss, right, norm, float(settings.rate), *copies, is_solved, diverged)

    if resume is None:
        yield record(0, *_first(settings, start))
    k, diverged = (0, False) if resume is None else (resume.step, resume.diverged)
    losses, norms = [], []
    while not diverged:
        with np.errstate(all="ignore"):
            loss, norm = step(k)
            diverged = not (loss < LIMIT and np.vdot(flat, flat) < LIMIT**2
                            and all(map(checks.is_finite, moments.values())))
        k += 1
        losses.append(loss)
        norms.append(norm)
        if diverged or k % every == 0:
            yield record(k, losses, norms, diverged)
            losses, norms = [], []


@np.errstate(all="ignore")
def _first(settings, params):
    """The loss of the first batch and the norm of its gradient, each in a list."""
    gradient = np.zeros(sum(p.size for p in params.values()))
    batch = settings.task.sample([settings.seed, 1], settings.B, settings.length)
    loss = gradients(settings, params, batch, views(gradient, params))
    return [loss], [optimizers.norm(gradient) if settings.method == "bptt" else 0.0]


def _try(settings, k, flat, params, batch):
    """Change the parameters at random if that costs less on a batch; what it costs then."""
    def loss():
        h = _run(settings, params, batch)["h"]
        return readout.run(params, h, batch.target, batch.mask, settings.task.loss)

    before, old = loss(), flat.copy()
    flat += np.random.default_rng([settings.seed, k + 1, 1]).normal(0, settings.rate, flat.size)
    after = loss()
    if after < before:
        return after
    flat[:] = old
    return before


def views(flat: np.ndarray, like: Arrays) -> Arrays:
    """Name -> its part of a vector, in its shape."""
    parts = np.split(flat, np.cumsum([p.size for p in like.values()])[:-1])
    return {name: part.reshape(p.shape) for (name, p), part in zip(like.items(), parts, strict=True)}


def _finite(number):
    """A number, held at a bound if it is too large, or none."""
    bound = float(np.finfo(float).max) / 1024
    return float(number) if abs(number) < bound else bound
