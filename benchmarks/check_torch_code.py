"""The generated PyTorch scripts, run by PyTorch, beside lstm_core.

cells      of every cell, and of random ones: the greatest difference of any named node of one step, of a run, and of a
           run with clamps; of any gradient's norm a script prints, relative, with and without clipping; of any gradient
           a script keeps, relative to its largest number; and of what it prints of a run's memory: what is left of
           each writing, half-lives, how the last step depends on each input, and a unit on itself
nets       the same of nets made of cells: h of both directions, what each position knows and how it moves; attention's
           scores, weights and contexts
trainings  of nets that a script trains, on every task, of every cell, with every setting: the greatest difference of
           loss, gradient's norm, test loss and accuracy after 1, 10 and 50 steps; and, where that is above 1e-6, of
           lstm_core itself if one of its first numbers is the next float64

From the project's root: python -m benchmarks.check_torch_code
"""
import contextlib
import io
import itertools
import json
import re
import sys

import numpy as np

from lstm_core import CELLS, backward, forward, init_params, step
from lstm_core.analysis import provenance
from lstm_core.training import train
from lstm_view.code import (
    attention_torch,
    bidirectional_torch,
    gradients_torch,
    memory_torch,
    sequence_torch,
    torch_code,
    training_torch,
)
from lstm_view.diagram.provenance import possible
from lstm_view.incoming.own_cell import label, name_of
from lstm_view.incoming.sequences import Sequence
from lstm_view.learning.race import Race, lanes, settings
from lstm_view.learning.task_named import NAMES
from lstm_view.numbers import attending, backwards, both_ways, compared, over_time
from lstm_view.numbers.directions import DEFAULTS

sys.path.insert(0, "tests/lstm_view")
from random_cells import random_cell

D, H, T, CLIP = 5, 6, 30, 0.5
LINE = re.compile(r"step (\d+): loss (\S+), norm (\S+), test loss (\S+), accuracy (\S+)")
AFTER = 1, 10, 50
NUMBER = re.compile(r"-?\d[\d.e+-]*|inf|nan")
OWN = "t = sigmoid(W_a @ x - U_a @ h_prev)\nH = -p_h * tanh(tick * t)\nh = tanh(H - t + R_h @ h_prev) - 0.5 * h_prev"
HIDING = ("t", "np", "xs", "torch", "steps", "norm", "sum", "x_", "loss")  # names that scripts use themselves
TRAININGS = [
    {"optimizer": "sgd", "rate": 0.5}, {"optimizer": "sgd", "rate": 0.5, "clip": 0.05}, {"clip": None}, {"clip": 0.05},
    {"truncate": 1}, {"truncate": 7}, {"init": "orthogonal"}, {"chrono": 20}, {"forget_bias": None}, {"seed": 5},
    {"method": "search", "rate": 0.1}, {"equal": "count"}, {"length": 10, "B": 5},
]


def main():
    cells()
    nets()
    trainings()


def cells():
    print("            one step  sequence   clamped     norms gradients    memory")
    for cell in CELLS.values():
        rng = np.random.default_rng(0)
        given = cell, init_params(cell, D, H), rng.normal(size=(T, D)), {s: rng.normal(size=H) for s in cell.state}
        checks = one_step(*given), sequence(*given), clamped(*given, rng), *gradients(*given, rng), memory(*given[:3])
        found, said = zip(*checks, strict=True)
        print(f"{cell.name:10}", *(f"{difference:9.1e}" for difference in found), "", ", ".join(filter(None, said)))
    found = [one_of_a_visitor(seed) for seed in range(300)]
    print(f"{len(found)} cells at random{max(found):9.1e}  the greatest of one step, sequence and norms")


def nets():
    print("\n                   h     knows     moves")
    print("both      ", *both_directions())
    print("\n              scores   weights  contexts")
    for encoder in ("lstm", "bilstm"):
        print(f"{encoder:10}", *attention(encoder))


def trainings():
    print(f"\ntrained for{'':23}{'1 step':>9}{'10':>10}{'50':>10}   lstm_core beside itself")
    for task, cell in itertools.product(NAMES, ("rnn", "lstm", "gru", name_of(OWN))):
        trained(f"{task} {label(cell)}", task, cell)
    for cell in CELLS:
        trained(f"brackets {cell}", "brackets", cell)
    for more, cell in itertools.product(TRAININGS, ("lstm", "clockwork", name_of(OWN))):
        said = " ".join(f"{name}={value}" for name, value in more.items())
        trained(f"{label(cell)} {said}", "brackets", cell, cells=("nog", cell), **more)


def trained(said, task, cell, **more):
    usual = {"cells": (cell,), "H": 16, "rate": 0.02, "forget_bias": 1.0, "steps": max(AFTER), "every": 1}
    race = Race(task, **usual | more)
    lane = lanes(race)[-1]
    own, printed = settings(race)[lane], run(training_torch(race, lane))[1]
    found = (LINE.fullmatch(line).groups() for line in printed.splitlines())
    rows = {int(step): list(map(float, row)) for step, *row in found}
    ours = recorded(own)
    apart = [max(map(abs, np.subtract(rows[step], ours[step]))) for step in AFTER]
    itself = ""
    if max(apart) > 1e-6:
        moved = next(train(own, every=1))
        first = next(iter(moved.params.values()))
        first.flat[0] = np.nextafter(first.flat[0], 1)
        itself = f"{max(map(abs, np.subtract(recorded(own, moved)[max(AFTER)], ours[max(AFTER)]))):9.1e}"
    print(f"{said:32}", *(f"{difference:9.1e}" for difference in apart), itself, flush=True)


def recorded(own, resume=None):
    """Step -> what a record has, of so many steps as are compared."""
    records = itertools.takewhile(lambda record: record.step <= max(AFTER), train(own, every=1, resume=resume))
    return {record.step: [record.loss, record.norm, record.test_loss, record.accuracy] for record in records}


def one_of_a_visitor(seed):
    """A random cell: every number that the scripts of a step, of a run and of its gradients print."""
    rng = np.random.default_rng(seed)
    cell = random_cell(rng, (*rng.choice(HIDING, 3, False), "h"))
    params, x, weights = init_params(cell, D, H, seed), rng.normal(size=(4, D)), np.ones((4, H))
    trace = forward(cell, params, x[:, None])
    if max(np.abs(trace[node]).max() for node in cell.node) > 1e3:
        return 0.0  # where exp explodes, so does rounding
    inputs = {name: trace[name][0, 0] for name in ("x", *(f"{s}_prev" for s in cell.state), *cell.inputs)}
    grads = backward(trace, params, weights[:, None])
    wanted = {name: trace[name][0, 0] for name in cell.lines}
    wanted |= {f"step {t + 1}: {name}": trace[name][t, 0] for t in range(4) for name in {"h", *cell.state}}
    wanted |= {f"|dL/d{name}|": np.linalg.norm(grads[name]) for name in cell.parameters}
    scripts = torch_code(cell, params, inputs), sequence_torch(cell, params, x), gradients_torch(
        cell, params, x, {"h": weights})
    told = dict(line.split(" = ") for script in scripts for line in run(script)[1].splitlines()
                if script is not scripts[2] or line.startswith("|"))
    return max(np.abs(np.subtract(json.loads(told[name]), own)).max() / max(1, np.abs(own).max())
               for name, own in wanted.items())


def both_directions():
    run_ = both_ways.compute(DEFAULTS | {"input": "sine", "T": T, "D": D, "H": H})
    ours, printed = run(bidirectional_torch(run_.params, run_.ways[0].sequence.x))
    h = [furthest(hs, way.values["h"]) for hs, way in zip(ours["h"], run_.ways, strict=True)]
    moves = [np.abs(theirs - both_ways.moves(run_, n)[way]).max()
             for n in range(1, T) for theirs, way in zip(ours["moves"][n - 1], both_ways.WAYS, strict=False)]
    found = max(h), np.abs(np.array(ours["knows"]) - both_ways.knows(run_)["combined"]).max(), max(moves)
    return *(f"{difference:9.1e}" for difference in found), "", verdict(printed)


def attention(encoder):
    made = attending.compute(DEFAULTS | {"input": "sine", "T": T, "D": D, "H": H, "encoder": encoder,
                                         "query": {"q.3.1": 0.5}})
    x = made.encoder.ways[0].sequence.x
    ours, _ = run(attention_torch(made.encoder.params, x, made.params, {(3, 1): 0.5}))
    keys = {"scores": "scores", "shares": "weights", "contexts": "context"}
    return (f"{furthest(ours[theirs], made[name]):9.1e}" for theirs, name in keys.items())


def furthest(tensors, ours):
    return max(np.abs(theirs.numpy() - own).max() for theirs, own in zip(tensors, ours, strict=True))


def one_step(cell, params, x, initial):
    inputs = {"x": x[0]} | prevs(initial) | ticks(cell, 0)
    ours, printed = run(torch_code(cell, params, inputs))
    env = step(cell, params, inputs)
    return max(np.abs(ours[name].numpy() - env[name]).max() for name in cell.lines), verdict(printed)


def sequence(cell, params, x, initial):
    ours, printed = run(sequence_torch(cell, params, x, initial))
    trace = forward(cell, params, x[:, None], {s: v[None] for s, v in initial.items()})
    return apart(ours, {name: trace[name][:, 0] for name in cell.lines}), verdict(printed)


def clamped(cell, params, x, initial, rng):
    """Each named node forced at a tenth of all steps and units; beside `step` after `step`."""
    clamp = {name: np.where(rng.random((T, H)) < 0.1, rng.uniform(-1, 1, (T, H)), np.nan) for name in cell.lines}
    ours, printed = run(sequence_torch(cell, params, x, initial, clamp))
    state, rows = initial, []
    for t in range(T):
        now = {"x": x[t]} | prevs(state) | ticks(cell, t)
        env = step(cell, params, now, {name: v[t] for name, v in clamp.items()})
        state = {s: env[s] for s in cell.state}
        rows.append(env)
    return apart(ours, {name: np.array([env[name] for env in rows]) for name in cell.lines}), verdict(printed)


def gradients(cell, params, x, initial, rng):
    """Of a loss of h at two steps."""
    weights = np.zeros((T, H))
    weights[T // 2], weights[-1] = 1, rng.normal(size=H)
    ours, printed = run(gradients_torch(cell, params, x, {"h": weights}, initial, clip=CLIP))
    trace = forward(cell, params, x[:, None], {s: v[None] for s, v in initial.items()})
    grads = backward(trace, params, weights[:, None])
    clipped = backward(trace, params, weights[:, None], clip=CLIP)
    loss = (weights * trace["h"][:, 0]).sum()

    states = [*cell.state]
    kept = {f"|dL/d{name}|": (ours["params"][name], grads[name]) for name in cell.parameters}
    kept |= {f"before step 1: |dL/d{s}|": (ours["initial"][s], grads[f"{s}_prev"][0, 0]) for s in states}
    kept |= {f"step {t + 1}: |dL/d{s}|": (ours["steps"][t][s], grads[s][t, 0]) for s in states for t in range(T)}
    kept |= {f"step {t + 1}: |dL/dx|": (ours["xs"][t], grads["x"][t, 0]) for t in range(T)}
    norms = {name: np.linalg.norm(own) for name, (_, own) in kept.items()}
    norms |= {f"clipped: |dL/d{name}|": np.linalg.norm(clipped[name]) for name in cell.parameters} | {"loss": abs(loss)}
    told = dict(line.split(" = ") for line in printed.splitlines() if "|" in line or line.startswith("loss"))
    assert told.keys() == norms.keys()
    yield max(abs(abs(float(told[name])) - norms[name]) / (norms[name] or 1) for name in norms), ""
    yield max(relative(tensor.grad, own) for tensor, own in kept.values()), verdict(printed)


def memory(cell, params, x):
    """Relative to the largest number of a kind."""
    made = over_time.run(cell, params, Sequence(x, ("",) * T))
    lines = run(memory_torch(cell, params, x, 1, T - 1, (T - 1, 1)))[1].splitlines()
    alone = compared.Run(cell.name, cell, H, params, made.trace, (made,))
    path, growths = backwards.paths(made, T - 1, 1), [size for size, _ in compared.growths(alone, T - 1)]

    def told(begin):
        found = [line.removeprefix(begin) for line in lines if line.startswith(begin)]
        return [list(map(float, NUMBER.findall(line))) for line in found]

    rows = np.array([NUMBER.findall(line)[1:] for line in lines if "every path" in line], float).T
    strengths = [row[-1] for row in told(f"h of step {T} by x")]
    grown = [row[-1] for row in told(f"h of step {T} by the states")]
    kinds = [(strengths, compared.influence(alone, T - 1)), (grown, growths),
             (rows[0], path.full), (rows[-1], path.whole)]
    if state := possible(cell):
        left = [json.loads(line.split(" is made of ")[1]) for line in lines if " is made of " in line]
        whole = provenance(made.trace, state)[:, :, 0, 1]
        kinds += [(row, whole[t, : t + 2]) for t, row in enumerate(left)] + [(rows[1], path.direct)]
        assert (told(f"half-life of {state} = ")[0] == backwards.half_lives(made)).all()
    return max(np.abs(np.subtract(*kind)).max() / (np.abs(kind[1]).max() or 1) for kind in kinds), ""


def prevs(states):
    return {f"{s}_prev": v for s, v in states.items()}


def ticks(cell, t):
    return {"tick": (t % cell.unit_periods(H) == 0).astype(float)} if "tick" in cell.inputs else {}


def run(code):
    """What a script defines, and what it prints."""
    defined, printed = {}, io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, defined)
    return defined, printed.getvalue()


def verdict(printed):
    return "".join(line for line in printed.splitlines() if line.startswith("agrees"))


def apart(ours, values):
    return max(np.abs(now[name].numpy() - over_time[t]).max()
               for t, now in enumerate(ours["steps"]) for name, over_time in values.items())


def relative(theirs, ours):
    theirs = np.zeros_like(ours) if theirs is None else theirs.numpy()  # None: nothing reads it
    return np.abs(theirs - ours).max() / (np.abs(ours).max() or 1)


if __name__ == "__main__":
    main()
