"""A net of a race trained again by a script: by lstm_core, or with all that is trained in PyTorch.

Both print what the curves show, and begin from the same numbers with the same batches: these come from lstm_core, by
the seed.
"""
from collections.abc import Iterable
from dataclasses import fields, replace
from itertools import pairwise
from textwrap import wrap

from lstm_core import CELLS, Cell
from lstm_core.training import Settings

from ..learning.history import Rates
from ..learning.race import Race, settings
from ..learning.task_named import made_of
from . import lines
from .library import NUMPY, TORCH

WIDE = 110  # letters of a line
NAMES = {"xs", "x", "hs", "t", "H", "truncate", "periods"}  # that `answer` uses, where the equations stand
COLUMNS = replace(TORCH, full=f"{TORCH.full}[:, None]")  # of a batch every sequence is a column


# --- by lstm_core


def training_numpy(race: Race, lane: str, rates: Rates = ()) -> str:
    """A script that trains a net of a race by lstm_core.training.train.

    rates: (a step, the learning rate from there on), if it was changed on the way.  KeyError for a lane that the race
    has not.
    """
    own, spans = settings(race)[lane], _spans(race, rates)
    called = wrap(f"settings = Settings({', '.join(['cell', 'task', *_arguments(own, Settings)])})", WIDE,
                  subsequent_indent=" " * 20)
    prints = ['print(f"step {record.step}: loss {record.loss}, norm {record.norm}, "',
              '      f"test loss {record.test_loss}, accuracy {record.accuracy}")']
    loop = [f"for record in train(settings, every={race.every}):", *_indented(prints),
            f"    if record.step == {race.steps}:", "        break"]
    if len(spans) > 1:
        loop = ["record = None", f"for rate, last in {spans}:  # each learning rate, and the last step taken with it",
                f"    for record in train(replace(settings, rate=rate), every={race.every}, resume=record):",
                *_indented(_indented(prints)), "        if record.step == last:", "            break"]
    return lines.script(
        [_title(own), *["from dataclasses import replace", ""] * (len(spans) > 1), *_imports(own.cell, race),
         "from lstm_core.training import Settings, train"],
        [*_cell(own.cell), *_task(race), *called], loop)


# --- in PyTorch


def training_torch(race: Race, lane: str, rates: Rates = ()) -> str:
    """A script that trains it in PyTorch, float64: the cell's equations, the readout, the loss, its gradient, clipping
    and the optimiser; only the initial numbers and the batches are lstm_core's."""
    own = settings(race)[lane]
    cell, search = own.cell, own.method == "search"
    spans = _spans(race, rates)
    values = {"H": own.H, "B": own.B, "length": own.task.length if own.length is None else own.length,
              "seed": own.seed, "steps": race.steps, "every": race.every, "rate": own.rate}
    if len(spans) > 1:
        values["rates"] = dict(rates)  # from each of these steps on
        del values["rate"]
    if not search:
        values |= {name: getattr(own, name) for name in ("clip", "truncate") if getattr(own, name) is not None}
    called = lines.names(cell, NAMES)
    answer = _answer(cell, own, called, search)
    return lines.script(
        [_title(own), *["import numpy as np"] * (search and race.task != "series"), TORCH.imports,
         *["from torch.nn.utils import parameters_to_vector, vector_to_parameters"] * search, "",
         *_imports(cell, race, "accuracy"), "from lstm_core.training import unseen_count"],
        lines.definitions(answer, replace(TORCH, helper="")),
        [*_cell(cell), *_task(race), *(f"{name} = {value!r}" for name, value in values.items())],
        _begin(own), answer, _cost(own), _report(), _search(cell, spans) if search else _descent(own, spans))


def _begin(own):
    """Lines that make the parameters, as the page's net has them at step 0."""
    cell = own.cell
    more = _arguments(own, Settings, ("init", "forget_bias", "chrono"))
    given = ", ".join(["cell", "task.inputs", "H", "task.outputs", "seed", *more])
    found = [
        "# What the page begins with.  Sequences are columns, and so are biases.",
        f"params = start({given})",
        "params = {name: torch.tensor(p.reshape(len(p), -1)) for name, p in params.items()}",
        *wrap(f"({', '.join([*cell.parameters, 'W_y', 'b_y'])}) = params.values()", WIDE, subsequent_indent=" "),
        "for p in params.values():", "    p.requires_grad_()",
    ]
    if own.method == "search":
        del found[-2:]
    if cell.matrices(1, 1):
        found.append(f"I = {TORCH.eye.format('H', 'task.inputs')}")
    if "tick" in cell.inputs or cell.masked:
        found.append(f"periods = torch.tensor({cell.unit_periods(own.H).tolist()})[:, None]")
    if cell.masked:
        found.append("counts = periods <= periods.T  # the entries of an R that are not always 0")
    if own.method != "search":
        found += [f"{name}.register_hook(lambda gradient: gradient * counts)" for name in cell.masked]
    return [*found, ""]


def _answer(cell, own, called, search):
    """A function of a batch's x: the cell along it, and the readout."""
    states = lines.states(cell)
    body = ["tick = " + TORCH.number.format("t % periods == 0")] * ("tick" in cell.inputs)
    cut = own.truncate is not None and not search and bool(states)
    if cut:
        body += ["if t % truncate == 0:  # no gradient goes back over this",
                 *(f"    {s}_prev = {s}_prev.detach()" for s in states)]
    body += lines.equations(cell, own.H, COLUMNS, called).values()
    body.append(f"hs.append({called['h']}{'' if 'h' in _hears_x(cell) else '.expand(H, xs.shape[2])'})")
    if states:
        body.append(f"{', '.join(f'{s}_prev' for s in states)} = {', '.join(called[s] for s in states)}")
    each = "t, x in enumerate(xs)" if "tick" in cell.inputs or cut else "x in xs"
    return [
        "def answer(batch):",
        '    """The net\'s answers (T, B, K), from states of 0."""',
        "    hs, xs = [], torch.tensor(batch.x).transpose(1, 2)  # (T, D, B)",
        *[f"    {' = '.join(f'{s}_prev' for s in states)} = {TORCH.zeros.format('(H, xs.shape[2])')}"] * bool(states),
        f"    for {each}:", *_indented(_indented(body)),
        "    return (W_y @ torch.stack(hs) + b_y).transpose(1, 2)", "",
    ]


def _hears_x(cell):
    """The nodes that x of this very step goes into: of a batch, these differ from one sequence to another."""
    found = {"x"}
    for node in cell.nodes:
        if not found.isdisjoint(node.inputs):
            found.add(node.id)
    return found


def _cost(own):
    name = "cross_entropy" if own.task.loss == "classes" else "mse_loss"
    return [
        "def cost(y, batch):",
        '    """The mean loss of answers, over all that is asked for."""',
        "    asked = torch.tensor(batch.mask)",
        *["    if not asked.any():  # every letter of the batch is one of the rare", "        return 0 * y.sum()"]
        * own.task.by_heart,
        f"    return torch.nn.functional.{name}(y[asked], torch.tensor(batch.target)[asked])", "",
    ]


def _report():
    return [
        "def report(step, losses, norms):",
        '    """Print means over the steps since the last report, and measures on the test sequences."""',
        "    with torch.no_grad():",
        "        y = answer(test)",
        '    print(f"step {step}: loss {sum(losses) / len(losses)}, norm {sum(norms) / len(norms)}, "',
        '          f"test loss {cost(y, test).item()}, accuracy {accuracy(task, y.numpy(), test)}")', "", "",
        "test = task.unseen(seed, unseen_count(task, length), length)",
    ]


DRAWN = "batch = task.sample([seed, k + 1], B, length)  # step k's batch, the same for every net"
REPORTS = ["if (k + 1) % every == 0:", "    report(k + 1, losses, norms)", "    losses, norms = [], []"]


def _descent(own, spans):
    """Lines that train by the gradient."""
    name = {"adam": "Adam", "sgd": "SGD"}[own.optimizer]
    rate = "rates[0]" if len(spans) > 1 else "rate"
    unread = not _all_read(own.cell)
    step = [
        DRAWN,
        f"optimizer.zero_grad({'set_to_none=False' if unread else ''})",
        "loss = cost(answer(batch), batch)",
        "loss.backward()",
        "norm = torch.cat([p.grad.ravel() for p in params.values()]).norm().item()",
        "losses.append(loss.item())", "norms.append(norm)",
        "if k == 0:", "    report(0, losses, norms)",
    ]
    if own.clip is not None:
        step += ["if norm > clip:  # torch.nn.utils.clip_grad_norm_ would divide by norm + 1e-6",
                 "    for p in params.values():", "        p.grad *= clip / norm"]
    if len(spans) > 1:
        step += ["if k in rates:", '    optimizer.param_groups[0]["lr"] = rates[k]']
    step += ["optimizer.step()", *REPORTS]
    zeros = ["for p in params.values():  # what nothing reads has a gradient of 0", "    p.grad = torch.zeros_like(p)"]
    return [*zeros * unread, f"optimizer = torch.optim.{name}(params.values(), lr={rate})", "losses, norms = [], []",
            "for k in range(steps):", *_indented(step)]


def _all_read(cell):
    """Whether h at a step reads every parameter at that very step."""
    found = {"h"}
    for node in reversed(cell.nodes):
        if node.id in found:
            found.update(node.inputs)
    return found.issuperset(cell.parameters)


def _search(cell, spans):
    """Lines that train by random search: one change of all parameters a step, kept if it costs less."""
    rate = ["rate = max((at, rate) for at, rate in rates.items() if at <= k)[1]"] * (len(spans) > 1)
    return ["losses, norms = [], []", "for k in range(steps):", *_indented([
        DRAWN, *rate,
        "loss, old = cost(answer(batch), batch).item(), parameters_to_vector(params.values())",
        "norms.append(0.0)  # there is no gradient",
        "if k == 0:", "    report(0, [loss], norms)",
        "noise = np.random.default_rng([seed, k + 1, 1]).normal(0, rate, len(old))",
        "vector_to_parameters(old + torch.tensor(noise), params.values())",
        *(f"{name} *= counts" for name in cell.masked),
        "after = cost(answer(batch), batch).item()",
        "if not after < loss:", "    vector_to_parameters(old, params.values())",
        "losses.append(after if after < loss else loss)", *REPORTS])]


# --- what both have in common


def _title(own):
    by = " by random search" if own.method == "search" else ""
    return (f"# A net of the cell {own.cell.name!a} learns the task {own.task.name!a}{by}: the numbers of the curves.\n"
            "# Where gradients explode, so does rounding: there two right runs part.")


def _imports(cell, race, *more):
    """Where the cell and the task come from."""
    made = made_of(race.task, race.text)
    task = "TASKS" if made is None else "text_task" if isinstance(made, str) else "series_task"
    names = ", ".join(sorted([task, *more]))
    return [*[NUMPY.imports, ""] * (task == "series_task"),
            f"from lstm_core import {'CELLS' if _is_known(cell) else 'Cell'}",
            *["from lstm_core.initial import start"] * bool(more), f"from lstm_core.tasks import {names}"]


def _is_known(cell: Cell) -> bool:
    return CELLS.get(cell.name) == cell


def _cell(cell):
    """Lines that make the cell."""
    if _is_known(cell):
        return [f'cell = CELLS["{cell.name}"]']
    periods = f", periods={cell.periods}" if cell.periods != (1,) else ""
    return [f'cell = Cell({cell.name!a}, """', *(f"{name} = {right}" for name, right in cell.lines.items()),
            f'"""{periods})']


def _task(race):
    """Lines that make the task."""
    made = made_of(race.task, race.text)
    if made is None:
        return [f'task = TASKS["{race.task}"]']
    if isinstance(made, str):
        parts = [made[at : at + WIDE - 20] for at in range(0, len(made), WIDE - 20)]
        return ["task = text_task(", *(f"    {part!r}" for part in parts), ")"]
    return [f"task = series_task({NUMPY.array.format(lines.literal(made))})"]


def _arguments(own, of, names=None):
    """Settings as arguments; those that are as usual are left out."""
    usual = {field.name: field.default for field in fields(of)}
    for name in names or ("H", "B", "length", "seed", "optimizer", "rate", "clip", "truncate", "init", "forget_bias",
                          "chrono", "method"):
        value = getattr(own, name)
        if value != usual[name] or (not names and name in ("H", "B", "seed", "rate")):
            yield f"{name}={value!r}"


def _spans(race, rates):
    """Each learning rate that held, and the last step that was taken with it."""
    starts = [(at, rate) for at, rate in rates or ((0, race.rate),) if at < race.steps]
    return [(rate, end) for (_, rate), (end, _) in pairwise([*starts, (race.steps, None)])]


def _indented(body: Iterable[str]) -> list[str]:
    return [f"    {line}" if line else "" for line in body]
