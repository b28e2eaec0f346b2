import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_core import CELLS, forward, init_params
from lstm_core.meaning import meanings
from lstm_core.tasks import TASKS

pytestmark = pytest.mark.filterwarnings("error")


def drawn(seed, T=12, B=5, H=3):
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((T, B, H))
    properties = {"noise": rng.random((T, B)), "first": np.where(np.arange(T)[:, None] > 2, values[..., 0], np.nan),
                  "mixed": values[..., 1] - 0.5 * values[..., 2] + rng.standard_normal((T, B))}
    return values, properties


@given(seed=st.integers(0, 2**32), scale=st.floats(1e-3, 1e3), shift=st.floats(-10, 10))
@settings(max_examples=25, deadline=None)
def test_it_is_the_correlation_of_numpy(seed, scale, shift):
    values, properties = drawn(seed)
    mask = np.random.default_rng(seed).random(values.shape[:2]) < 0.7
    found = meanings(values, properties, mask)
    assert found.shape == (3, 3)
    for h in range(3):
        for p, wanted in enumerate(properties.values()):
            here = mask & ~np.isnan(wanted)
            assert found[h, p] == pytest.approx(np.corrcoef(values[here][:, h], wanted[here])[0, 1], abs=1e-9)
    moved = meanings(values * scale + shift, {k: -2 * scale * v - shift for k, v in properties.items()}, mask)
    assert np.allclose(moved, -found, atol=1e-6)
    assert found[0, 1] == pytest.approx(1) and (np.abs(found) <= 1).all()


def test_what_never_changes_means_nothing():
    values, properties = drawn(0)
    values[..., 1] = 0.1 + 0.2  # no sum of which is exact
    values[..., 2] = np.where(np.isnan(properties["first"]), 9, -1)  # only where that is undefined
    properties |= {"same": np.full((12, 5), 0.3), "never": np.full((12, 5), np.nan),
                   "once": np.where(np.arange(60).reshape(12, 5) == 7, 1.0, np.nan)}
    found = meanings(values, properties)
    assert not found[1].any() and not found[:, 3:].any() and found[2, 1] == 0 and found[0, 1] > 0.99
    assert not meanings(values, properties, np.zeros((12, 5), bool)).any()
    assert meanings(values, {}).shape == (3, 0)


def test_large_and_small_numbers():
    values, properties = drawn(1)
    for scale in (1e300, 1e-300):
        assert np.allclose(meanings(values * scale, properties), meanings(values, properties))


def test_what_is_past_the_end_does_not_count():
    batch = TASKS["counting"].sample(0, 50)
    values = np.stack([np.nan_to_num(batch.properties["count"], nan=99), -batch.properties["after_x"]], -1)
    found = meanings(values, batch.properties)
    names = list(batch.properties)
    assert found[0, names.index("count")] == pytest.approx(1) and found[1, names.index("after_x")] == pytest.approx(-1)


def test_of_a_run():
    batch = TASKS["brackets"].sample(0, 8)
    trace = forward(CELLS["lstm"], init_params(CELLS["lstm"], 5, 7, 0), batch.x)
    found = meanings(trace["c"], batch.properties)
    assert found.shape == (7, 4) and np.isfinite(found).all() and (np.abs(found).max(0) > 0.1).all()


@pytest.mark.parametrize("properties", [{"p": np.zeros((12, 4))}, {"p": np.zeros(12)}, {"p": np.zeros((12, 5, 3))}])
def test_shapes_that_do_not_fit(properties):
    with pytest.raises(ValueError, match="p: given the shape"):
        meanings(np.zeros((12, 5, 3)), properties)
    with pytest.raises(ValueError, match="mask"):
        meanings(np.zeros((12, 5, 3)), {}, np.ones((12, 4), bool))
