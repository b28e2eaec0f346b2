"""Any cells on any tasks with any seeds and settings, trained side by side: after Greff et al., "LSTM: A Search Space
Odyssey", in small.

From the project's root, in an environment with benchmarks/requirements.txt:

    python -m benchmarks.odyssey --small                    # what assets/odyssey.csv was made with
    python -m benchmarks.odyssey --cells lstm gru --tasks reber adding:50 --seeds 10 --grid H=8,16 rate=0.01 --jobs 2

--grid takes fields of lstm_core.training.Settings, a run for each combination.  --backend is a backend of joblib:
"loky", processes on this machine; "dask", with the address of a running scheduler in --scheduler; "ray", on the cluster
that ray.init() finds.  Each run is a line of the file as soon as it is done.  What the file has is not run again, so
the same command goes on where it was interrupted.
"""
import argparse
import csv
import io
import itertools
import os
import sys
import time
from dataclasses import fields
from math import ceil
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy: nets this small are slower on more threads
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from lstm_core import CELLS
from lstm_core.counts import parameter_count
from lstm_core.tasks import TASKS
from lstm_core.training import Settings, train
from lstm_view.numbers.odyssey import SHIPPED, read, table

GREFF = ("peephole", "nig", "nfg", "nog", "niaf", "noaf", "cifg", "np", "fgr")  # the vanilla LSTM and what they changed
SMALL = {
    "cells": [*GREFF, "gru", "rnn"], "seeds": 5, "steps": 600,
    "tasks": ["text:32", "brackets:30", "reber:16", "adding:20"],
    "grid": ["H=16", "rate=0.01"],
}
MADE_OF = ("cell", "task", "length", "seed", "steps")  # what a run is, beside the settings in --grid
CAME_TO = ("parameters", "test_loss", "accuracy", "solved_at", "diverged", "seconds")
LOOKS = 60  # times that a training is looked at, to see when it had solved its task


def plan(cells, tasks, seeds: int, steps: int, grid: dict[str, list]) -> list[dict]:
    """Every run that is asked for: what it is made of.  tasks: names, or "adding:20", of that length."""
    lengths = {name: int(length or TASKS[name].length) for name, _, length in (task.partition(":") for task in tasks)}
    settings = [dict(zip(grid, chosen, strict=True)) for chosen in itertools.product(*grid.values())]
    return [dict(cell=cell, task=task, length=length, seed=seed, steps=steps) | chosen
            for task, length in lengths.items() for chosen in settings for seed in range(seeds) for cell in cells]


def once(row: dict) -> dict:
    """One training: the row with what it came to.  solved_at: the first step at which it was seen to have solved its
    task, which it need not have kept to; empty: it was not."""
    began, steps = time.perf_counter(), row["steps"]
    chosen = {name: value for name, value in row.items() if name not in MADE_OF}
    cell, task = CELLS[row["cell"]], TASKS[row["task"]]
    settings = Settings(cell=cell, task=task, length=row["length"], seed=row["seed"], **chosen)
    solved_at = ""
    for record in train(settings, every=ceil(steps / LOOKS)):
        if record.solved and solved_at == "":
            solved_at = record.step
        if record.step >= steps or record.diverged:
            break
    H = settings.H
    return row | {
        "parameters": parameter_count(cell, task.inputs, H) + task.outputs * (H + 1),
        "test_loss": f"{record.test_loss:.6g}", "accuracy": f"{record.accuracy:.6g}", "solved_at": solved_at,
        "diverged": int(record.diverged), "seconds": f"{time.perf_counter() - began:.2f}",
    }


# --- the file


def begun(path: Path, command: str, names: list[str]) -> list[dict]:
    """The runs that a results file has, without a last line that was torn off, which goes; a new file gets the command
    and the head.  ValueError if the file has other columns."""
    if not path.exists() or not path.read_text(encoding="utf-8").strip():
        path.write_text(f"# {command}\n" + _line(names), encoding="utf-8")
        return []
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        path.write_text(whole, encoding="utf-8")
    head, *rows = csv.reader(line for line in whole.splitlines() if not line.startswith("#"))
    if head != names:
        raise ValueError(f"{path} has the columns {','.join(head)}; wanted {','.join(names)}: choose another file")
    return [dict(zip(names, row, strict=True)) for row in rows]


def missing(runs: list[dict], done: list[dict]) -> list[dict]:
    """The runs that are not done."""
    have = {tuple(row[name] for name in runs[0]) for row in done} if runs else set()
    return [row for row in runs if tuple(str(value) for value in row.values()) not in have]


def _line(values):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(values)
    return out.getvalue()


def go(runs: list[dict], path: Path, command: str, jobs: int = 1, backend: str = "loky", out=sys.stderr, **options
       ) -> None:
    """Train what is missing, in any order, and write each result as it comes."""
    from joblib import Parallel, delayed, effective_n_jobs, parallel_config

    names = [*runs[0], *CAME_TO]
    left, began = missing(runs, begun(path, command, names)), time.perf_counter()
    if backend == "ray":
        from ray.util.joblib import register_ray
        register_ray()
    with parallel_config(backend, **options), path.open("a", encoding="utf-8") as file:
        try:
            parallel, size = Parallel(n_jobs=jobs, batch_size=1, return_as="generator_unordered"), len(left) or 1
        except ValueError:  # a backend that gives no result before it has all: a handful at a time
            parallel, size = Parallel(n_jobs=jobs, batch_size=1), 4 * effective_n_jobs(jobs)
        for first in range(0, len(left), size):
            for k, row in enumerate(parallel(delayed(once)(row) for row in left[first: first + size]), first + 1):
                file.write(_line(row[name] for name in names))
                file.flush()
                print(progress(k, len(left), time.perf_counter() - began), end="", file=out, flush=True)
    print(file=out)
    in_order(path, runs, names, command)


def progress(done: int, of: int, seconds: float) -> str:
    """A bar, and how long the rest will take."""
    bar, left = round(30 * done / of), seconds / done * (of - done)
    return f"\r[{'#' * bar}{'.' * (30 - bar)}] {done}/{of}, {seconds:.0f} s, about {left:.0f} s left "


def in_order(path: Path, runs: list[dict], names: list[str], command: str) -> None:
    """Write the file anew in the order that was asked for, so that the same command makes the same file; above it every
    command that added to it."""
    comment = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    comment += [f"# {command}"] * (f"# {command}" not in comment)
    place = {tuple(str(value) for value in row.values()): k for k, row in enumerate(runs)}
    rows = begun(path, "", names)
    rows.sort(key=lambda row: place.get(tuple(row[name] for name in runs[0]), len(place)))
    beside = path.with_suffix(".part")
    beside.write_text("\n".join(comment) + "\n" + _line(names) + "".join(_line(row.values()) for row in rows),
                      encoding="utf-8")
    beside.replace(path)


# --- the command


def grid_of(texts: list[str]) -> dict[str, list]:
    """"rate=0.003,0.01" -> {"rate": [0.003, 0.01]}; ValueError for what is no field of Settings."""
    known = {field.name for field in fields(Settings)} - {"cell", "task", "length", "seed"}
    found = {}
    for text in texts:
        name, _, values = text.partition("=")
        if name not in known or not values:
            raise ValueError(f"--grid {text}: wanted name=value,value with a name of {', '.join(sorted(known))}")
        found[name] = [_value(value) for value in values.split(",")]
    return found


def _value(text):
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return None if text == "None" else text


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.odyssey", description="see benchmarks/odyssey.py")
    parser.add_argument("--small", action="store_true", help="the runs that the page shows")
    parser.add_argument("--cells", nargs="+", choices=list(CELLS))
    parser.add_argument("--tasks", nargs="+", metavar="NAME[:LENGTH]", help=", ".join(TASKS))
    parser.add_argument("--seeds", type=int)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--grid", nargs="+", metavar="NAME=VALUE,VALUE")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--backend", default="loky")
    parser.add_argument("--scheduler", help="the address of a Dask scheduler")
    given = parser.parse_args(arguments)
    chosen = SMALL | {name: value for name, value in vars(given).items() if name in SMALL and value is not None}
    path = given.out or (SHIPPED if given.small else Path("odyssey.csv"))
    runs = plan(chosen["cells"], chosen["tasks"], chosen["seeds"], chosen["steps"], grid_of(chosen["grid"]))
    command = " ".join(["python -m benchmarks.odyssey", *(sys.argv[1:] if arguments is None else arguments)])
    options = {"scheduler_host": given.scheduler} if given.scheduler else {}
    began = time.perf_counter()
    go(runs, path, f"{command}  # NumPy {np.__version__}", given.jobs, given.backend, **options)
    results = read(path.read_text(encoding="utf-8"))
    print(table(results).to_string(float_format="%.4f"))
    print(f"{len(results)} runs, {results.seconds.sum():.0f} s of training; {time.perf_counter() - began:.0f} s now")


if __name__ == "__main__":
    main()
