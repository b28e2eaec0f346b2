"""The trained nets that come with the app, assets/weights/<task>.<cell>.safetensors: each trained here, from its seed,
by the training that visitors use.

From the project's root, in the app's environment:

    python -m benchmarks.weights                        # all of them, two minutes on one core
    python -m benchmarks.weights reber counting         # those of some tasks
    python -m benchmarks.weights reber --seed 3 --into /tmp/weights

Of each task the very race that a visitor of the page `training` begins with there: its RNN, LSTM and GRU, with the same
batches and steps.  Each file says in its metadata what was trained and how.
"""
import argparse
import os
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy: nets this small are slower on more threads
os.environ.setdefault("OMP_NUM_THREADS", "1")

from lstm_core.training import train
from lstm_view.learning import history, nets, saved
from lstm_view.learning.race import Race, lanes, settings
from lstm_view.learning.task_named import NAMES
from lstm_view.numbers.training import DEFAULTS, race_of


def trained(race: Race, lane: str) -> bytes:
    """The file of a lane of a race, trained to its end."""
    records = []
    for record in train(settings(race)[lane], race.every):
        history.add(records, record, race.steps, race.every)
        if record.step >= race.steps:
            break
    curve = [replace(record, params=None, moments=None) for record in records[:-1]]
    return saved.write(race, lane, [*curve, records[-1]])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", choices=[*NAMES, []], default=[], metavar="task")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--into", type=Path, default=nets.FOLDER)
    given = parser.parse_args()
    given.into.mkdir(parents=True, exist_ok=True)
    for task in given.tasks or NAMES:
        made = race_of(DEFAULTS | {"task": task, "seed": given.seed})
        for lane in lanes(made):
            began, data = time.perf_counter(), trained(made, lane)
            last = saved.read(data).records[-1]
            (given.into / f"{task}.{lane}.safetensors").write_bytes(data)
            print(f"{task:13} {lane:5} {last.step:6} steps  loss {last.test_loss:.4f}  right {last.accuracy:.3f}  "
                  f"{'solved' if last.solved else '      '}  {len(data) / 1024:5.0f} kB  "
                  f"{time.perf_counter() - began:5.0f} s", flush=True)


if __name__ == "__main__":
    main()
