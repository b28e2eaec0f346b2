import csv
import io

import numpy as np
import pytest
from scripts import arguments, named, one_step, zoo

from lstm_core import CELLS, Cell, forward, step
from lstm_view.code import csv_of, csv_over_time


def read(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


# --- one step


@zoo
def test_csv_holds_every_value(cell):
    params, inputs = one_step(cell)
    env = step(cell, params, inputs)
    rows = read(csv_of(cell, env))
    assert list(rows[0]) == ["node", "unit", "value", "equation"]
    first = ["x", "h_prev", *sorted(inputs.keys() - {"x", "h_prev"})]  # tick, if any, is the only other
    assert list(dict.fromkeys(row["node"] for row in rows)) == [n for n in first if n in inputs] + list(cell.node)
    for name in (*inputs, *cell.node):
        mine = [row for row in rows if row["node"] == name]
        assert [float(row["value"]) for row in mine] == np.atleast_1d(env[name]).tolist()
        assert [int(row["unit"]) for row in mine] == list(range(1, np.size(env[name]) + 1))
    for row in rows:
        assert row["equation"].startswith(f"{row['node']} = ") == (row["node"] in named(cell))


def test_csv_golden():
    cell = Cell("half", "h = x * h_prev + 0.5")
    env = step(cell, {}, {"x": np.array([1.0, -2.0]), "h_prev": np.array([0.1, 1 / 3])})
    assert csv_of(cell, env) == """\
node,unit,value,equation
x,1,1.0,
x,2,-2.0,
h_prev,1,0.1,
h_prev,2,0.3333333333333333,
h.0,1,0.1,
h.0,2,-0.6666666666666666,
h,1,0.6,h = x * h_prev + 0.5
h,2,-0.16666666666666663,h = x * h_prev + 0.5
"""


# --- over time


@zoo
def test_csv_over_time_holds_every_value_of_every_step(cell):
    params, x, initial = arguments(cell)
    trace = forward(cell, params, x[:, None], {s: v[None] for s, v in initial.items()})
    rows = read(csv_over_time(cell, trace))
    assert list(rows[0]) == ["step", "node", "unit", "value"]
    first = ["x", "h_prev", *sorted(f"{s}_prev" for s in cell.state if s != "h"), *cell.inputs]
    names = [*first, *cell.node]
    H, T = 4, len(x)
    wanted = [(t, name, unit) for t in range(1, T + 1) for name in names
              for unit in range(1, (3 if name == "x" else H) + 1)]
    assert [(int(row["step"]), row["node"], int(row["unit"])) for row in rows] == wanted
    for row in rows:
        value = trace[row["node"]][int(row["step"]) - 1, 0, int(row["unit"]) - 1]
        assert float(row["value"]) == value


def test_a_trace_and_its_values_without_sequences_are_the_same():
    cell = CELLS["lstm"]
    params, x, _ = arguments(cell)
    trace = forward(cell, params, x[:, None])
    values = {name: trace[name][:, 0] for name in ("x", "h_prev", "c_prev", *cell.node)}
    assert csv_over_time(cell, trace) == csv_over_time(cell, values)
    assert csv_over_time(cell, trace, other=trace) == csv_over_time(cell, values, (), values)


def test_what_is_not_given_is_left_out():
    cell = CELLS["lstm"]
    rows = read(csv_over_time(cell, {"c": np.ones((2, 1)), "f": np.zeros((2, 1)), "os": np.ones((2, 1))}))
    assert [row["node"] for row in rows] == ["f", "c", "f", "c"]


def test_csv_over_time_golden():
    cell = Cell("half", "h = x * h_prev + 0.5")
    trace = forward(cell, {}, np.array([[[0.1]], [[-2.0]]]))
    run, other = {"x": trace["x"], "h": trace["h"]}, {"x": trace["x"], "h": 0 * trace["h"]}
    text = csv_over_time(cell, run, ["하나, 둘", '"two"'], other)
    assert text.splitlines() == [
        "step,label,node,unit,value,other",
        '1,"하나, 둘",x,1,0.1,0.1',
        '1,"하나, 둘",h,1,0.5,0.0',
        '2,"""two""",x,1,-2.0,-2.0',
        '2,"""two""",h,1,-0.5,-0.0',
    ]


@pytest.mark.parametrize("label", [
    "=1+1", "+1", "-1", "@SUM(1)", "=HYPERLINK(\"http://a.example\")", "\t=1", "\r=1", "\n=1", "＝1", "－1",
])
def test_a_label_is_never_a_formula(label):
    (row,) = read(csv_over_time(CELLS["rnn"], {"h": np.ones((1, 1))}, [label]))
    assert row["label"] == f"'{label}"
    assert row["value"] == "1.0"


@pytest.mark.parametrize("label", ["", "word", "a=b", "2024-01-05", "a,b", 'say "no"', "a\rb", "a\nb", "a\r\nb", "שלום",
                                   "🙂", "<b>", "$x$", "'=1", " =1"])
def test_any_other_label_reads_back_as_it_was(label):
    rows = read(csv_over_time(CELLS["rnn"], {"h": np.ones((2, 1))}, [label, "next"]))
    assert [row["label"] for row in rows] == [label, "next"]


@pytest.mark.parametrize("given", [
    {"values": {"h": np.ones((2, 3, 4))}},
    {"values": {"h": np.ones(4)}},
    {"values": {"h": np.ones((2, 1)), "x": np.ones((3, 1))}},
    {"values": {"h": np.ones((2, 1))}, "labels": ["one"]},
    {"values": {"h": np.ones((2, 1))}, "other": {"h": np.ones((3, 1))}},
    {"values": {"h": np.ones((2, 1))}, "other": {"h": np.ones((2, 2))}},
])
def test_what_does_not_fit_is_refused(given):
    with pytest.raises(ValueError):
        csv_over_time(CELLS["rnn"], **given)
