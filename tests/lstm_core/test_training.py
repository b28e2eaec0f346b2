import pickle
from dataclasses import replace
from itertools import islice
from math import log

import numpy as np
import pytest

from lstm_core import CELLS, Cell, forward, initial, plan, training
from lstm_core.task import Batch, Task, error
from lstm_core.training import Settings, train

pytestmark = pytest.mark.filterwarnings("error")


def first_bit(rng, B, T):
    """Which of two symbols came first, asked at the end of sequences of T steps or fewer."""
    lengths, tokens = rng.integers(2, T, B, endpoint=True), rng.integers(0, 2, (T, B))
    live, last = (np.arange(T)[:, None] < lengths), (np.arange(T)[:, None] == lengths - 1)
    return Batch(np.eye(2)[tokens] * live[..., None], np.broadcast_to(tokens[0], (T, B)), last, lengths)


def mean(rng, B, T):
    """The mean of what was read so far, at each step."""
    x = rng.normal(size=(T, B, 1))
    return Batch(x, np.cumsum(x, 0) / np.arange(1, T + 1)[:, None, None], np.ones((T, B), bool))


BIT = Task("first", 2, 2, "classes", 5, 2, 5000, 0.99, first_bit)
MEAN = Task("mean", 1, 1, "squares", 4, 1, 5000, 0.01, mean, tolerance=0.2)
SMALL = Settings(CELLS["lstm"], BIT, H=4, B=4)
EACH = pytest.mark.parametrize("chosen", [
    SMALL, replace(SMALL, optimizer="sgd", rate=0.5, truncate=2), replace(SMALL, method="search", rate=0.1),
    replace(SMALL, cell=CELLS["rnn"], task=MEAN, init="orthogonal", clip=None),
    replace(SMALL, cell=CELLS["gru"], chrono=5.0, seed=7)], ids=["adam", "sgd", "search", "rnn", "gru"])


def first(count, *arguments, **named):
    return list(islice(train(*arguments, **named), count))


def same(ours, theirs):
    """Whether two records are the same, bit for bit."""
    return pickle.dumps(ours) == pickle.dumps(theirs)


def start(cell, H=8, **more):
    return initial.start(cell, 2, H, 3, 0, **more)


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Measures on fewer sequences, sooner taken."""
    monkeypatch.setattr(training, "UNSEEN", 64)


# --- records


@EACH
def test_stopped_and_resumed_is_as_never_stopped(chosen):
    whole = first(4, chosen, every=3)
    stopped = first(2, chosen, every=3)
    resumed = first(2, chosen, every=3, resume=pickle.loads(pickle.dumps(stopped[-1])))
    assert [r.step for r in whole] == [0, 3, 6, 9]
    for ours, theirs in zip(stopped + resumed, whole, strict=True):
        assert same(ours, theirs)
    assert not same(whole[0].params, whole[3].params) and all(map(np.isfinite, (r.loss for r in whole)))


@pytest.mark.parametrize("task", [BIT, MEAN], ids=["bit", "mean"])
def test_what_would_take_much_memory_is_measured_in_parts(task, monkeypatch):
    settings = replace(SMALL, task=task)
    params, batch = training.begun(settings)[0], task.unseen(0, 7)
    whole, seen = training.answer(settings, params, batch), []

    def counted(cell, params, x, **more):
        seen.append(x.shape[1])
        return forward(cell, params, x, **more)

    monkeypatch.setattr(training, "forward", counted)
    monkeypatch.setattr(training, "AT_ONCE", 3 * task.length * settings.H * len(settings.cell.nodes))
    np.testing.assert_allclose(training.answer(settings, params, batch), whole, rtol=1e-12, atol=1e-15)
    assert seen == [3, 3, 1]


def test_another_seed_is_another_run():
    ours, theirs = first(2, SMALL, every=1), first(2, replace(SMALL, seed=1), every=1)
    assert ours[0].loss != theirs[0].loss and ours[1].test_loss != theirs[1].test_loss


def test_how_often_it_is_reported_changes_nothing():
    often, seldom = first(5, SMALL, every=1), first(2, SMALL, every=4)
    assert same(often[4].params, seldom[1].params) and same(often[4].moments, seldom[1].moments)
    assert seldom[1].loss == pytest.approx(np.mean([r.loss for r in often[1:]]), rel=1e-12)
    assert seldom[1].norm == pytest.approx(np.mean([r.norm for r in often[1:]]), rel=1e-12)


def test_a_record_stays_as_it_was():
    records = train(SMALL, every=1)
    before = next(records)
    kept = pickle.dumps(before)
    next(records)
    assert pickle.dumps(before) == kept


def test_the_rate_can_be_changed_on_the_way():
    records = first(2, SMALL, every=2)
    same_rate, other = (first(1, replace(SMALL, rate=rate), every=2, resume=records[1])[0] for rate in (0.01, 0.1))
    moved, further = (np.abs(r.params["U_f"] - records[1].params["U_f"]).max() for r in (same_rate, other))
    assert (same_rate.rate, other.rate) == (0.01, 0.1) and further > 5 * moved
    back = first(1, SMALL, every=2, resume=records[1])[0]
    assert same(back, same_rate)


def test_another_optimiser_begins_its_own_memory():
    record = first(2, replace(SMALL, optimizer="sgd"), every=2)[1]
    assert record.moments == {} and first(1, SMALL, every=2, resume=record)[0].moments["count"] == 2


def test_the_measures_are_of_what_is_never_trained_on():
    record = first(2, SMALL, every=2)[1]
    unseen = BIT.unseen(0, training.unseen_count(BIT, None))
    y = training.answer(SMALL, record.params, unseen)
    assert record.test_loss == error(BIT, y, unseen)
    assert record.accuracy == (y.argmax(-1) == unseen.target)[unseen.mask].mean()
    assert unseen.x.shape[1] == 64 and training.unseen_count(BIT, 5000) == 26


# --- learning


@pytest.mark.parametrize(("name", "task", "rate"), [("lstm", BIT, 0.03), ("gru", BIT, 0.03), ("rnn", MEAN, 0.01)])
def test_a_task_is_learned(name, task, rate):
    chosen = Settings(CELLS[name], task, H=8, B=16, rate=rate)
    records = first(6, chosen, every=60)
    assert records[-1].solved and not records[0].solved
    assert records[-1].test_loss < records[0].test_loss / 5


def test_random_search_improves_and_back_propagation_more():
    search = first(2, Settings(CELLS["rnn"], MEAN, H=4, B=16, method="search", rate=0.1), every=150)
    bptt = first(2, Settings(CELLS["rnn"], MEAN, H=4, B=16), every=150)
    assert search[0].test_loss == bptt[0].test_loss > 2 * search[1].test_loss > 2 * bptt[1].test_loss
    assert search[1].norm == 0 and search[1].moments == {}


def test_a_search_never_keeps_what_costs_more():
    chosen = Settings(CELLS["rnn"], MEAN, H=4, B=16, method="search", rate=0.1)
    kept = []
    for before, after in zip(records := first(12, chosen, every=1), records[1:], strict=False):
        batch = MEAN.sample([0, after.step], 16)
        old, new = (error(MEAN, training.answer(chosen, r.params, batch), batch) for r in (before, after))
        assert new <= old and after.loss == pytest.approx(new, rel=1e-12)
        kept.append(new < old)
    assert any(kept) and not all(kept)


def test_a_search_does_not_diverge():
    begun, *_, last = first(5, replace(SMALL, method="search", rate=1e9, task=MEAN, cell=CELLS["rnn"]), every=5)
    assert not last.diverged and same(begun.params, last.params)


# --- divergence


@pytest.mark.parametrize("chosen", [
    replace(SMALL, rate=1e9), replace(SMALL, rate=1e308, optimizer="sgd", clip=None), replace(SMALL, rate=1e308),
    replace(SMALL, rate=1e5, optimizer="sgd", task=MEAN),
    Settings(Cell("doubles", "h = 1e9 * h_prev + W_h @ x"), MEAN, H=2, B=2, length=60)])
def test_divergence_is_said_and_ends_it(chosen):
    records = list(islice(train(chosen, every=100), 50))
    last = records[-1]
    assert last.diverged and len(records) < 50 and not any(r.diverged for r in records[:-1])
    numbers = [last.loss, last.test_loss, last.accuracy, last.norm, *last.params.values(), *last.moments.values()]
    assert all(np.isfinite(n).all() for n in numbers)
    assert max(last.loss, last.test_loss, *(np.abs(p).max() for p in last.params.values())) >= training.LIMIT / 100
    assert list(train(chosen, resume=last)) == []


# --- where it begins


@pytest.mark.parametrize("cell", CELLS.values(), ids=lambda cell: cell.name)
def test_every_cell_begins_and_takes_steps(cell):
    record = first(2, replace(SMALL, cell=cell, H=2), every=2)[1]
    assert list(record.params) == [*cell.parameters, "W_y", "b_y"]
    assert not record.diverged and record.params["W_y"].shape == (2, 2)
    for name in cell.masked:
        assert (record.params[name][~cell.mask(2)] == 0).all()


def test_recurrent_matrices_are_orthogonal():
    params = start(CELLS["lstm"], init="orthogonal")
    for name in ("U_f", "U_i", "U_c", "U_o"):
        np.testing.assert_allclose(params[name] @ params[name].T, np.eye(8), atol=1e-12)
    assert not np.allclose(params["U_f"], params["U_i"])
    assert np.abs(params["W_f"]).max() < 8**-0.5


def test_the_direction_of_orthogonal_matrices_is_random():
    rng = np.random.default_rng(0)
    found = np.array([initial.orthogonal(2, rng) for _ in range(400)])
    assert np.abs(found.mean(0)).max() < 0.15 and 0.4 < (np.linalg.det(found) > 0).mean() < 0.6


def test_the_readout_begins_as_pytorchs_does():
    params = start(CELLS["gru"], H=400)
    for name, shape in (("W_y", (3, 400)), ("b_y", (3,))):
        assert params[name].shape == shape and np.abs(params[name]).max() <= 0.05
    assert np.abs(params["W_y"]).max() > 0.049


@pytest.mark.parametrize(("name", "gates"), [
    ("lstm", {"f": 1, "i": -1}), ("peephole", {"f": 1, "i": -1}), ("fgr", {"f": 1, "i": -1}), ("cifg", {"f": 1}),
    ("nig", {"f": 1}), ("gru", {"z": 1}), ("gru_v1", {"z": 1}), ("mut1", {"z": -1}), ("mgu", {"f": -1})])
def test_chrono_biases_are_of_the_gates_that_keep(name, gates):
    cell = CELLS[name]
    params, plain = start(cell, H=300, chrono=20.0), start(cell, H=300)
    for gate, sign in gates.items():
        bias = params[f"b_{gate}"] * sign
        assert 0 <= bias.min() < 0.2 and log(19) - 0.2 < bias.max() <= log(19)
        half_life = np.exp(bias)  # uniform, so the mean is the middle
        assert half_life.mean() == pytest.approx(10, abs=1)
    if len(gates) == 2:
        np.testing.assert_array_equal(params["b_f"], -params["b_i"])
    for other in params.keys() - {f"b_{gate}" for gate in gates}:
        np.testing.assert_array_equal(params[other], plain[other])


@pytest.mark.parametrize("name", ["rnn", "clockwork", "lstm1997", "nfg"])
def test_a_cell_that_no_gate_keeps_has_no_chrono_biases(name):
    with pytest.raises(ValueError, match=f"chrono: given 20, but no gate .* the {name} cell"):
        start(CELLS[name], chrono=20)


def test_a_forget_bias_is_for_cells_that_have_one():
    assert (start(CELLS["lstm"], forget_bias=2.0)["b_f"] == 2).all()
    with pytest.raises(ValueError, match=r"forget_bias: given 2.0, but the gru cell has no b_f"):
        train(replace(SMALL, cell=CELLS["gru"], forget_bias=2.0))


# --- what is refused


@pytest.mark.parametrize(("field", "value"), [
    ("cell", "lstm"), ("cell", Cell("own", "h = tanh(W_y @ x + U_h @ h_prev)")), ("task", "adding"), ("H", 0),
    ("B", 2.5), ("length", -1), ("seed", -1), ("seed", True), ("optimizer", "lion"), ("rate", 0), ("rate", None),
    ("rate", np.nan), ("clip", -1.0), ("truncate", 0), ("init", "zeros"), ("chrono", np.inf), ("method", "luck")])
def test_settings_that_cannot_be_are_refused_by_name(field, value):
    with pytest.raises(ValueError, match=f"^{field}: given"):
        replace(SMALL, **{field: value})


def test_what_the_task_or_the_cell_lacks_is_refused_before_training():
    for wrong, message in (({"length": 1}, "length: given 1"), ({"chrono": 2.0}, "chrono: given 2.0")):
        with pytest.raises(ValueError, match=message):
            train(replace(SMALL, **wrong))
    with pytest.raises(ValueError, match="every: given 0"):
        train(SMALL, every=0)


def test_a_record_of_another_net_is_refused():
    record = first(1, SMALL)[0]
    with pytest.raises(ValueError, match=r"resume.params: given W_f, .* wanted W_h"):
        train(replace(SMALL, cell=CELLS["rnn"]), resume=record)
    with pytest.raises(ValueError, match=r"resume.params\['W_f'\]: given float64 of shape \(4, 2\)"):
        train(replace(SMALL, H=5), resume=record)
    with pytest.raises(ValueError, match=r"resume.moments\['mean'\]: given shape \(1,\)"):
        train(SMALL, resume=replace(record, moments=record.moments | {"mean": np.zeros(1)}))


def test_a_net_that_no_plan_fits_is_trained_too(monkeypatch):
    by_plan = first(2, SMALL, every=2)[1]
    monkeypatch.setattr(plan, "run", lambda *_: None)
    read = first(2, SMALL, every=2)[1]
    assert read.loss == pytest.approx(by_plan.loss, rel=1e-10)
    np.testing.assert_allclose(read.params["U_o"], by_plan.params["U_o"], rtol=1e-9)


def test_the_readout_starts_with_numbers_of_its_own():
    for name in ("lstm", "rnn", "gru"):
        params = initial.start(CELLS[name], 2, 4, 3, seed=5)
        own = np.concatenate([params[parameter].ravel() for parameter in CELLS[name].parameters])
        assert not np.isin(np.concatenate([params["W_y"].ravel(), params["b_y"]]), own).any()
