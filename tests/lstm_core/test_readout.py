"""What answers cost, against Python's decimals."""
from decimal import Decimal, localcontext

import numpy as np
import pytest

from lstm_core.readout import back, cross_entropy, run


def exact(y, target):
    """-log softmax(y)[target] of each column of y, rounded once."""
    with localcontext() as context:
        context.prec = 500
        columns = [[Decimal(float(number)) for number in column] for column in y.T]
        return [float(sum((number - column[k]).exp() for number in column).ln())
                for column, k in zip(columns, target, strict=True)]


@pytest.mark.parametrize("scale", [0.1, 3, 30, 200])
def test_a_cross_entropy_has_all_digits(scale):
    rng = np.random.default_rng(0)
    y, target = rng.normal(size=(5, 40)) * scale, rng.integers(0, 5, 40)
    target[:20] = y.argmax(0)[:20]
    y[:, 0] = y[0, 0]  # alike
    np.testing.assert_allclose(cross_entropy(y, target), exact(y, target), rtol=1e-13)
    assert scale < 30 or 0 < cross_entropy(y, target).min() < 1e-12


def test_it_is_what_training_is_told():
    rng = np.random.default_rng(1)
    h, mask = rng.normal(size=(4, 3, 6)), np.ones((4, 3), bool)
    params = {"W_y": rng.normal(size=(5, 6)) * 20, "b_y": rng.normal(size=5)}
    y = h @ params["W_y"].T + params["b_y"]
    target = y.argmax(-1)
    wanted = np.mean(exact(y.reshape(12, 5).T, target.ravel()))
    into = {name: np.zeros_like(value) for name, value in params.items()}
    assert run(params, h, target, mask, "classes") == pytest.approx(wanted, rel=1e-12)
    assert back(params, h, target, mask, "classes", into)[0] == pytest.approx(wanted, rel=1e-12)


def test_where_an_answer_is_no_number_neither_is_its_cost():
    y = np.array([[np.nan, 1e308, np.inf], [0, 0, 0]])
    with np.errstate(all="ignore"):
        found = cross_entropy(y, np.array([0, 1, 1]))
    assert np.isnan(found[0]) and found[1] == 1e308 and not np.isfinite(found[2])
