"""The odyssey: trainings that go on where they were interrupted, medians with intervals, sentences that are true."""
import io

import numpy as np
import pandas as pd
import pytest

from benchmarks import odyssey
from lstm_view.figures.odyssey import Runs, of_task
from lstm_view.numbers.compared import brief
from lstm_view.numbers.odyssey import (
    MEASURES,
    beside_vanilla,
    better,
    interval,
    median,
    overlap,
    read,
    shipped,
    table,
    wilson,
)
from lstm_view.telling import odyssey as telling
from lstm_view.words import words

NAMES = ["cell", "task", "length", "seed", "steps", "H", *odyssey.CAME_TO]


def results(**cells):
    """Results on one task: cell -> when each run had solved it, None: never."""
    rows = [{"cell": cell, "task": "reber", "length": 9, "seed": seed, "steps": 600, "H": 4, "parameters": 1,
             "test_loss": 0.1, "accuracy": 0.5, "solved_at": at, "diverged": 0, "seconds": 60.0}
            for cell, runs in cells.items() for seed, at in enumerate(runs)]
    frame = pd.DataFrame(rows)
    return frame.assign(needed=frame.solved_at.astype(float).fillna(np.inf))


# --- the command


@pytest.fixture
def trained(monkeypatch):
    """Trainings that take no time; the runs that were asked for."""
    asked = []

    def once(row):
        asked.append(row)
        return row | {"parameters": 7, "test_loss": f"{row['seed'] + 0.25}", "accuracy": "0.5", "solved_at": "",
                      "diverged": 0, "seconds": "0.01"}

    monkeypatch.setattr(odyssey, "once", once)
    return asked


def test_what_is_done_is_not_run_again(tmp_path, trained):
    pytest.importorskip("joblib")
    path, runs = tmp_path / "o.csv", odyssey.plan(["rnn", "gru"], ["reber:9"], 3, 5, {"H": [2, 3]})
    assert len(runs) == 12 and len({tuple(row.values()) for row in runs}) == 12
    odyssey.go(runs[:5], path, "first", out=io.StringIO())
    assert trained == runs[:5]
    text = path.read_text()
    path.write_text(text[:-9])  # the last line torn off
    trained.clear()
    out = io.StringIO()
    odyssey.go(runs, path, "second", out=out)
    assert trained == runs[4:] and "8/8" in out.getvalue()
    whole = path.read_text()
    assert whole.startswith("# first\n# second\ncell,task,length,seed,steps,H,") and len(read(whole)) == 12
    trained.clear()
    odyssey.go(runs, path, "second", out=io.StringIO())
    assert trained == [] and path.read_text() == whole
    with pytest.raises(ValueError, match="other"):
        odyssey.go(odyssey.plan(["rnn"], ["reber"], 1, 5, {"rate": [0.1]}), path, "other", out=io.StringIO())


def test_the_file_is_in_the_order_that_was_asked_for(tmp_path, trained):
    pytest.importorskip("joblib")
    path, runs = tmp_path / "o.csv", odyssey.plan(["rnn", "gru"], ["reber"], 2, 5, {})
    odyssey.go(runs[::-1], path, "c", out=io.StringIO())
    odyssey.go(runs, path, "c", out=io.StringIO())
    frame = read(path.read_text())
    assert list(zip(frame.cell, frame.seed, strict=True)) == [("rnn", 0), ("gru", 0), ("rnn", 1), ("gru", 1)]


def test_results_of_many_at_once_are_in_that_order_too(tmp_path, trained):
    pytest.importorskip("joblib")
    path, runs = tmp_path / "o.csv", odyssey.plan(["rnn", "gru", "lstm"], ["reber"], 3, 5, {})
    odyssey.go(runs, path, "c", jobs=2, backend="threading", out=io.StringIO())
    frame = read(path.read_text())
    assert list(zip(frame.cell, frame.seed, strict=True)) == [(row["cell"], row["seed"]) for row in runs]


def test_a_training_repeats_exactly():
    row = {"cell": "gru", "task": "counting", "length": 3, "seed": 1, "steps": 12, "H": 3, "rate": 0.05}
    one, other = odyssey.once(row), odyssey.once(row)
    assert one | {"seconds": 0} == other | {"seconds": 0}
    assert one["parameters"] == 3 * (3 * 3 + 3 * 3) + 4 * 3 + 2 * 4 and 0 <= float(one["accuracy"]) <= 1


def test_a_grid_of_settings():
    assert odyssey.grid_of(["rate=0.1,1", "init=orthogonal", "clip=None"]) == {
        "rate": [0.1, 1], "init": ["orthogonal"], "clip": [None]}
    for wrong in ("cell=lstm", "seed=1", "rate", "nothing=3"):
        with pytest.raises(ValueError, match="wanted name=value"):
            odyssey.grid_of([wrong])


def test_progress():
    assert odyssey.progress(5, 20, 10).strip() == f"[{'#' * 8}{'.' * 22}] 5/20, 10 s, about 30 s left"


# --- tables


def test_a_file_is_read_also_if_it_is_torn():
    head = ",".join(NAMES) + "\n"
    line = "rnn,reber,9,0,5,4,7,0.5,0.25,40,0,1.5\n"
    frame = read("# c\n" + head + line + line[:20])
    assert len(frame) == 1 and frame.needed[0] == 40 and read(head + line.replace(",40,", ",,")).needed[0] == np.inf
    assert len(read(head)) == 0
    for wrong in ("", "a,b\n1,2\n", "# only\n"):
        with pytest.raises(ValueError, match="no results"):
            read(wrong)


def test_medians_and_intervals():
    assert median([3, 1, np.inf]) == 3 and median([1, 2]) == 1 and median([1, np.inf, np.inf]) == np.inf
    values = np.random.default_rng(1).normal(size=401)
    low, high = interval(values)
    assert interval(values) == (low, high) and low < np.median(values) < high and 0.1 < high - low < 0.4
    assert interval(np.array([5.0])) == (5, 5) and interval(np.array([1, 2, np.inf]))[1] == np.inf
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(0, 7)[0] == 0 and wilson(7, 7)[1] == 1


def test_the_table():
    frame = results(peephole=[100, 120, None], rnn=[None, None, None])
    rows = table(frame, "needed")
    assert rows.loc["reber", "peephole"]["median"] == 120 and rows.loc["reber", "rnn"]["median"] == np.inf
    assert rows.solved.tolist() == [2, 0] and rows.runs.tolist() == [3, 3]
    assert table(frame, "accuracy")["median"].tolist() == [0.5, 0.5]


def test_alike_better_and_worse():
    frame = results(peephole=[100] * 5, nfg=[200] * 5, nig=[50] * 5, nog=[90, 100, 110, 100, 100])
    rows = table(frame, "needed")
    found = beside_vanilla(rows, "needed", ("nfg", "nig", "nog", "np"))
    assert found == {"alike": [("nog", "reber")], "better": [("nig", "reber")], "worse": [("nfg", "reber")]}
    one, other = rows.loc["reber", "nfg"], rows.loc["reber", "peephole"]
    assert not overlap(one, other) and not better(one, other, "needed") and better(one, other, "accuracy")


# --- sentences and figures


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_sentences_say_what_is_so(lang):
    say = words(lang)
    rows = table(results(peephole=[100] * 5, nfg=[200] * 5, noaf=[100] * 5, nig=[None] * 5), "needed")
    text = telling.about_the_same(rows, "needed", ("nfg", "noaf", "nig"), say)
    at = [say("odyssey.at", cell=brief(cell, say), task=say("task.reber")) for cell in ("nfg", "nig")]
    assert text == f"{say('odyssey.alike', count=1, of=3)} {say('odyssey.worse', named=', '.join(at))}"
    cost = telling.removal(rows, "needed", "nfg", say)
    assert cost.startswith(say("odyssey_costs.all", part=say("odyssey_part.nfg"), of=1)) and "200" in cost
    assert telling.removal(rows, "needed", "noaf", say).startswith(
        say("odyssey_costs.none", part=say("odyssey_part.noaf"), of=1))
    assert telling.removal(rows, "needed", "nog", say) == ""
    assert telling.spelled(np.inf, "needed", say) == say("odyssey.never")
    alike = table(results(peephole=[100] * 3, nfg=[100] * 3), "needed")
    assert say("odyssey.alike_all", of=1) in telling.about_the_same(alike, "needed", ("nfg",), say)
    assert telling.about_the_same(alike, "needed", ("nog",), say) == say("odyssey.alone")
    many = table(results(peephole=[100] * 3, **{cell: [300] * 3 for cell in (
        "nig", "nfg", "nog", "niaf", "noaf", "cifg", "np", "fgr")}), "needed")
    cells = tuple(many.loc["reber"].index[1:])
    assert say("odyssey.more", count=2) in telling.about_the_same(many, "needed", cells, say)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_shipped_results_have_their_sentences(measure, lang):
    command, frame = shipped()
    assert command.startswith("python -m benchmarks.odyssey") and len(frame) >= 100
    rows, say = table(frame, measure), words(lang)
    text = [telling.setup(frame, say), *(telling.removal(rows, measure, part, say) for part in telling.PARTS),
            *(telling.figure(rows, task, measure, say) for task in frame.task.unique())]
    assert all(part and "{" not in part and "nan" not in part for part in text)
    assert (frame.groupby(["task", "cell"]).size() >= 5).all() and not frame.duplicated(["cell", "task", "seed"]).any()


def test_the_figure_has_every_run():
    runs = Runs("a", np.array([10.0, 30.0, np.inf]), 30.0, 10.0, np.inf, "c")
    figure = of_task([runs], (10.0, 20.0), "steps", False, (0.0, 100.0), "not", ("run", "median", "interval"), True)
    bar, points, middle = figure.data
    assert list(points.x) == [10, 30, 108] and list(points.text) == ["10", "30", "not"]
    assert list(points.marker.symbol) == ["circle", "circle", "circle-open"]
    assert list(bar.x) == [10, 108] and list(middle.x) == [30]
    assert figure.layout.xaxis.ticktext[-1] == "not" and figure.layout.shapes[0].x1 == 20
    logs = of_task([Runs("a", np.array([0.01, 1.0]), 0.01, 0.01, 1.0, "c")], None, "", True, (-2.0, 0.0), "not",
                   ("", "", ""), False)
    assert list(logs.data[1].x) == [-2, 0] and list(logs.layout.xaxis.ticktext) == ["0.01", "0.1", "1"]


