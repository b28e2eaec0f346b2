import numpy as np
import pytest

from lstm_core import CELLS, backward, forward, init_params, memory


@pytest.fixture(autouse=True)
def none_idle(monkeypatch):
    monkeypatch.setattr(memory, "LARGE", 1000)
    memory._idle.clear()


def test_memory_is_used_again_once_every_view_of_it_is_gone():
    array = memory.empty((10, 20, 5), np.float64)
    assert array.shape == (10, 20, 5) and array.dtype == np.float64
    place, view = array.__array_interface__["data"][0], array[2:, ::3].transpose(1, 0, 2)
    del array
    assert not memory._idle
    view[...] = 7
    other = memory.empty((10, 20, 5), np.float64)
    assert other.__array_interface__["data"][0] != place and (view == 7).all()
    del view
    assert len(memory._idle) == 1
    again = memory.empty((600,), np.float64)  # of other sizes, if not much smaller
    assert again.__array_interface__["data"][0] == place and not memory._idle


def test_memory_much_larger_than_asked_for_waits_on():
    large = memory.empty((5000,), np.float64)
    del large
    small = memory.empty((1000,), np.float32)
    assert small.base is not None and len(memory._idle) == 1


def test_little_waits(monkeypatch):
    monkeypatch.setattr(memory, "IDLE", 20_000)
    arrays = [memory.empty((1000 + k,), np.float64) for k in range(5)]
    del arrays
    assert sum(m.nbytes for m in memory._idle) <= 20_000 and memory._idle


def test_small_arrays_are_numpys_own():
    assert memory.empty((10,), np.float32).base is None


def test_a_trace_and_its_gradients_keep_their_numbers_while_others_run():
    cell, rng = CELLS["lstm"], np.random.default_rng(0)
    params = init_params(cell, 3, 4)
    runs = []
    for _ in range(4):
        trace = forward(cell, params, rng.normal(size=(30, 2, 3)))
        grad = backward(trace, params, np.ones((30, 2, 4)))["c"]
        runs.append((trace["f"], trace["f"].copy(), grad, grad.copy()))
        del trace, grad
    for _ in range(3):
        forward(cell, params, rng.normal(size=(30, 2, 3)))
    for f, was, grad, had in runs:
        assert (f == was).all() and (grad == had).all()
    assert memory._idle
