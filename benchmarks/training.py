"""Training beside PyTorch: steps per second, and what is learned by how many.

From the project's root: python -m benchmarks.training            about five minutes; prints the tables of README.md
                         python -m benchmarks.training learning   about five minutes: adding, Reber, counting
"""
import os
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np

from lstm_core import CELLS, training
from lstm_core.tasks import TASKS, Batch, error, right, solved
from lstm_core.training import Settings

SIZES = [(1, 50, 8), (1, 50, 32), (8, 50, 16), (32, 20, 16), (32, 50, 16), (32, 50, 32), (32, 100, 32), (32, 50, 128)]
GATES = {"lstm": "ifco", "gru": "rzn", "rnn": "h"}  # in PyTorch's order
SEEDS, READY, SECONDS, BURST = (0, 1, 2), 8, 2.0, 6  # READY batches are made beforehand; a burst's first is not counted


# --- the same net in PyTorch


class Net:
    """PyTorch's layer and a linear readout, with our parameters, its optimiser and its clipping."""

    def __init__(self, settings, params, dtype="float64"):
        import torch

        name, task, H = settings.cell.name, settings.task, settings.H
        self.torch, self.settings, self.dtype = torch, settings, getattr(torch, dtype)
        self.layer = getattr(torch.nn, name.upper())(task.inputs, H).to(self.dtype)
        self.readout = torch.nn.Linear(H, task.outputs).to(self.dtype)
        second = [params["b_m"] * (g == "n") if name == "gru" else np.zeros(H) for g in GATES[name]]
        blocks = [[params[f"{letter}_{g}"] for g in GATES[name]] for letter in "WUb"] + [second]
        with torch.no_grad():
            for weight, block in zip(self.layer.parameters(), blocks, strict=True):
                weight.copy_(torch.from_numpy(np.concatenate(block)))
            for weight, own in zip(self.readout.parameters(), (params["W_y"], params["b_y"]), strict=True):
                weight.copy_(torch.from_numpy(own))
        if name != "gru":  # of its two biases, which are one to us, one stays; the GRU's second is half of use
            self.layer.bias_hh_l0.requires_grad_(False)
        weights = (*self.layer.parameters(), *self.readout.parameters())
        self.weights = [weight for weight in weights if weight.requires_grad]
        self.optimizer = torch.optim.Adam(self.weights, lr=settings.rate)

    def tensors(self, batch):
        """A batch as tensors: x, target, mask."""
        tensor = self.torch.from_numpy
        target = tensor(batch.target) if self.settings.task.loss == "classes" else tensor(batch.target).to(self.dtype)
        return tensor(batch.x).to(self.dtype), target, tensor(batch.mask)

    def answer(self, batch):
        """What is past the end of a sequence counts for nothing, so nothing need be packed."""
        with self.torch.no_grad():
            return self.readout(self.layer(self.tensors(batch)[0])[0]).numpy()

    def step(self, tensors):
        (x, target, mask), functional = tensors, self.torch.nn.functional
        self.optimizer.zero_grad()
        y = self.readout(self.layer(x)[0][mask])
        cost = functional.cross_entropy if self.settings.task.loss == "classes" else functional.mse_loss
        loss = cost(y, target[mask])
        loss.backward()
        if self.settings.clip is not None:
            self.torch.nn.utils.clip_grad_norm_(self.weights, self.settings.clip)
        self.optimizer.step()
        return loss.item()


# --- steps per second


def ours(settings):
    """Our training step, as `train` takes it; what the parameters begin as."""
    params, moments = training.begun(settings)
    flat = np.concatenate([p.ravel() for p in params.values()])
    views = training.views(flat, params)
    step = training.stepper(settings, flat, views, moments)

    def call(k):
        with np.errstate(all="ignore"):
            return step(k)[0]

    return call, params


def steps(name, task, size):
    """Label -> a call that takes step k; all of the same batches, made beforehand, from the same parameters."""
    B, T, H = size
    task = TASKS[task]
    batches = [task.sample([0, k + 1], B, T) for k in range(READY)]
    turn = iter(k % READY for k in range(10**9))
    ready = replace(task, draw=lambda rng, B, T: batches[next(turn)], by_heart=True)  # as they are
    settings = Settings(CELLS[name], ready, H=H, B=B, length=T)
    call, params = ours(settings)
    calls = {"ours": call}
    for dtype in ("float64", "float32"):
        net = Net(settings, params, dtype)
        tensors = [net.tensors(batch) for batch in batches]
        calls[dtype] = lambda k, net=net, tensors=tensors: net.step(tensors[k % READY])
    for k in range(1 if name == "gru" else 3):  # it is the same training; PyTorch's GRU has two biases of r and of z
        found = {label: call(k) for label, call in calls.items()}
        np.testing.assert_allclose(found["float64"], found["ours"], rtol=1e-4)
        np.testing.assert_allclose(found["float32"], found["ours"], rtol=1e-2)
    calls["a batch"] = lambda k: task.sample([0, k + 1], B, T)
    return calls


def medians(calls, clock):
    """Label -> median seconds.  All take turns, a burst each."""
    times, began, count = {label: [] for label in calls}, time.perf_counter(), 0
    while time.perf_counter() < began + SECONDS or len(times["ours"]) < 3 * BURST:
        for label, call in calls.items():
            moments, count = [clock()], count + BURST
            for k in range(count - BURST, count):
                call(k)
                moments.append(clock())
            times[label] += [after - before for before, after in pairwise(moments[1:])]
    return {label: statistics.median(taken) for label, taken in times.items()}


def tables(threads):
    clock = time.process_time if threads == "one thread" else time.perf_counter
    sizes = SIZES if threads == "one thread" else [(32, 50, 32), (32, 50, 128)]
    for task, asked in (("brackets", "an answer at each step"), ("adding", "one answer at the end")):
        print(f"\n#### {task}, {asked}, {threads}\n")
        heads = " | ".join(f"{name}: steps/s | / float64 | / float32" for name in GATES)
        print(f"| (B,T,H) | {heads} | a batch, ms |")
        print("|---" * (2 + 3 * len(GATES)) + "|")
        for size in sizes:
            cells = []
            for name in GATES:
                found = medians(steps(name, task, size), clock)
                ratios = (found[dtype] / found["ours"] for dtype in ("float64", "float32"))
                cells += [f"{1 / found['ours']:.0f}", *(f"{ratio:.2f}" for ratio in ratios)]
            print(f"| {','.join(map(str, size))} | {' | '.join(cells)} | {found['a batch'] * 1e3:.2f} |", flush=True)


# --- what is learned

def learn(settings, rates, until_solved):
    """Our training at some rates, each up to a step: its last record, and seconds of the processor."""
    began, last = time.process_time(), None
    for rate, end in rates:
        for record in training.train(replace(settings, rate=rate), 100, last):
            last = record
            if record.step >= end or record.diverged or (until_solved and record.solved):
                break
    return last, time.process_time() - began


def learn_in_torch(settings, rates, until_solved):
    """The same from the same parameters in PyTorch, float64: how many steps, the net, seconds of the processor."""
    net, task, length = Net(settings, training.begun(settings)[0]), settings.task, settings.length
    unseen, began = task.unseen(settings.seed, training.unseen_count(task, length), length), time.process_time()
    for k in range(rates[-1][1]):
        net.optimizer.param_groups[0]["lr"] = next(rate for rate, end in rates if k < end)
        net.step(net.tensors(task.sample([settings.seed, k + 1], settings.B, length)))
        if (k + 1) % 100 == 0 and solved(task, net.answer(unseen), unseen) and until_solved:
            break
    return k + 1, net, time.process_time() - began


def adding(seed, cell):
    """T = 100, until the mean square error on 256 unseen sequences is below 0.01; asked: 1,000 others."""
    settings = Settings(CELLS[cell], TASKS["adding"], H=32, length=100, seed=seed,
                        chrono=100.0 if cell == "lstm" else None)
    return settings, ((0.01, 4000),), True, settings.task.unseen([seed, 1], 1000, 100)


def reber(seed):
    """1,500 steps, the last 500 at a tenth of the rate; asked: 1,000 different strings, none of them trained on."""
    settings, rates = Settings(CELLS["lstm"], TASKS["reber"], H=16, seed=seed), ((0.01, 1000), (0.001, 1500))
    task, found, k = settings.task, {}, 0

    def strings(batch):
        return [tuple(tokens[tokens >= 0].tolist()) for tokens in batch.tokens.T]

    had = {s for k in range(1500) for s in strings(task.sample([seed, k + 1], settings.B))}
    while len(found) < 1000:
        k += 1
        batch = task.unseen([seed, k], 256)
        found |= {s: chosen(batch, [j]) for j, s in enumerate(strings(batch)) if s not in had}
    return settings, rates, False, joined(list(found.values())[:1000])


def counting(seed):
    """Trained on n from 1 to 10 for 1,000 steps; asked: every n from 11 to 20."""
    settings = Settings(CELLS["lstm"], TASKS["counting"], H=2, length=10, seed=seed, forget_bias=5.0)
    batch = settings.task.sample(0, 2000, 20)
    _, each = np.unique(batch.lengths, return_index=True)
    return settings, ((0.01, 1000),), False, chosen(batch, each[10:])


def chosen(batch, which):
    """Some sequences of a batch."""
    return Batch(*(None if values is None else values[:, which] for values in (batch.x, batch.target, batch.mask)),
                 batch.lengths[which], None if batch.allowed is None else batch.allowed[:, which])


def joined(batches):
    """Batches of as many steps as one."""
    fields = [[getattr(batch, name) for batch in batches] for name in ("x", "target", "mask", "lengths", "allowed")]
    return Batch(*(np.concatenate(values, 0 if values[0].ndim == 1 else 1) for values in fields))


def learning():
    rows = {"adding, T = 100, LSTM": partial(adding, cell="lstm"), "adding, T = 100, RNN": partial(adding, cell="rnn"),
            "embedded Reber, LSTM": reber, "counting, LSTM": counting}
    print("| | seed | steps | s | loss | wrong | PyTorch: steps | s | loss | wrong |")
    print("|---" * 10 + "|")
    for label, row in rows.items():
        for seed in SEEDS:
            settings, *how, asked = row(seed)
            record, seconds = learn(settings, *how)
            steps, net, torchs = learn_in_torch(settings, *how)
            cells = [f"{record.step:,}", f"{seconds:.1f}", *measured(settings.task, training.answer(
                settings, record.params, asked), asked), f"{steps:,}", f"{torchs:.1f}",
                *measured(settings.task, net.answer(asked), asked)]
            print(f"| {label} | {seed} | {' | '.join(cells)} |", flush=True)


def measured(task, y, batch):
    """The loss, and how many answers are wrong of all that are asked for."""
    wrong = ~right(task, y, batch)[batch.mask]
    return f"{error(task, y, batch):.4f}", f"{wrong.sum():,} of {wrong.size:,}"


def main():
    one = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
    default = {k: v for k, v in os.environ.items() if k not in one}
    match sys.argv[1:]:
        case ["one thread" | "default threads" as threads]:
            tables(threads)
        case ["learned"]:
            learning()
        case ["learning"]:  # threads are counted when NumPy is imported, so this is a process of its own
            subprocess.run([sys.executable, "-m", "benchmarks.training", "learned"], env=default | one, check=True)
        case _:
            for threads, environment in (("one thread", default | one), ("default threads", default)):
                subprocess.run([sys.executable, "-m", "benchmarks.training", threads], env=environment, check=True)


if __name__ == "__main__":
    main()
