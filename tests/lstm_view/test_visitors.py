"""What visitors share at the same time: own cells in many threads give what they give alone, and are read once."""
import ast
import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

from lstm_core import CELLS, backward, forward, init_params, latex
from lstm_view import code
from lstm_view.diagram.scene import matrices, scene
from lstm_view.incoming.own_cell import cell_named, name_of
from lstm_view.numbers import experiment, over_time, own_run, variants
from lstm_view.words import words

EN = words("en")


def own(k):
    """The name of one of many own cells: an LSTM with another number in it."""
    return name_of(CELLS["lstm"].equations.strip().replace("h = o *", f"h = {k}.25 * o *"), "lstm")


def shown(name, seed):
    """What a page shows of a step and of a run of a cell, as text."""
    now = experiment.compute(experiment.fit(experiment.DEFAULTS | {"cell": name, "start": "random", "seed": seed})[0])
    cell = now.cell
    run = over_time.compute(over_time.DEFAULTS | {"cell": name, "T": 6, "weights": "random", "seed": seed})
    grads = backward(run.trace, run.params, run.trace["h"])
    return [
        code.numpy_code(cell, now.params, now.inputs), code.torch_code(cell, now.params, now.inputs),
        code.csv_of(cell, now.env), code.sequence_numpy(cell, run.params, run.sequence.x),
        code.sequence_torch(cell, run.params, run.sequence.x), code.csv_over_time(cell, run.values),
        code.gradients_torch(cell, run.params, run.sequence.x, {"h": run.values["h"]}),
        *latex.equations(cell).values(), latex.with_numbers(cell, now.env, "h", 0),
        json.dumps([scene(now, EN), matrices(now, EN)]), repr({n: grads[n].tolist() for n in grads}),
    ]


@pytest.fixture
def parses(monkeypatch):
    """The texts that are parsed from now on, by whomever."""
    texts, parse = [], ast.parse
    monkeypatch.setattr(ast, "parse", lambda text, *given, **more: texts.append(text) or parse(text, *given, **more))
    return texts


@pytest.mark.parametrize("name", [*CELLS, own(1)])
def test_other_numbers_parse_nothing(name, parses):
    first = shown(name, 0)
    del parses[:]
    assert shown(name, 1) != first and parses == []


def test_a_draft_that_is_no_cell_is_read_once(parses):
    values = variants.DEFAULTS | {"draft": "h = tanh(W_h @ x + U_h @ h_prev\nthis is no cell"}
    first = own_run.mistake(values)
    del parses[:]
    assert own_run.mistake(values | {"seed": 3}) is first and first.key == "own_bracket_close" and parses == []


def test_own_cells_in_eight_threads_are_as_alone(parses):
    names, begun = [own(k) for k in range(2, 6)], Barrier(8)
    cell_named.cache_clear()

    def visit(k):
        begun.wait(10)
        return [shown(name, k % 2) for name in names[k % 4:] + names[:k % 4]]

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(visit, range(8)))
    assert len(parses) == len(set(parses)) >= 2 * len(names)  # a line, and the text, of each
    for k, pages in enumerate(made):
        alone = [shown(name, k % 2) for name in names[k % 4:] + names[:k % 4]]
        assert pages == alone


def test_a_part_of_a_run_is_taken_while_another_visitor_asks_for_more_of_it():
    cell, x = CELLS["lstm"], np.ones((6, 1, 2))
    run = forward(cell, init_params(cell, 2, 3), x, keep=[])

    class Asked:
        """An array that another thread's question comes before."""

        def __getitem__(self, steps):
            run["c_tilde"], run["h_prev"]
            return np.zeros((6, 1, 3))[steps]

    run.arrays["o"] = Asked()
    assert run.part(2, 4)["o"].shape == (2, 1, 3)
