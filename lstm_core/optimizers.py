"""What a training step does with a gradient: all parameters are one vector, changed in place."""
from math import isfinite, sqrt

import numpy as np

Array = np.ndarray
FIRST, SECOND, TINY = 0.9, 0.999, 1e-8  # Adam's decay of both means and its epsilon, as Kingma & Ba 2015 advise


def norm(gradient: Array) -> float:
    """The norm of a gradient (P,), also where its square is more than a number can hold."""
    square = float(np.vdot(gradient, gradient))
    if isfinite(square):
        return sqrt(square)
    largest = float(np.abs(gradient).max())
    return largest * norm(gradient / largest) if isfinite(largest) else largest


def clip(gradient: Array, most: float | None) -> float:
    """Scale a gradient (P,) down to a norm of at most so much (Pascanu et al. 2013, algorithm 1); its norm before."""
    before = norm(gradient)
    if most is not None and before > most:
        gradient *= most / before
    return before


def begin(optimizer: str, size: int, dtype=np.float64) -> dict[str, Array]:
    """The optimiser's memory before its first step: Adam's running means, of the gradient and of its square, and how
    many steps these have seen."""
    if optimizer == "sgd":
        return {}
    return {"mean": np.zeros(size, dtype), "square": np.zeros(size, dtype), "count": np.zeros((), dtype)}


def sgd(parameters: Array, gradient: Array, moments: dict[str, Array], rate: float) -> None:
    """One step down the gradient; it is used up."""
    gradient *= rate
    parameters -= gradient


def adam(parameters: Array, gradient: Array, moments: dict[str, Array], rate: float) -> None:
    """One step of Adam with its bias correction (Kingma & Ba 2015, algorithm 1), as PyTorch takes it; the gradient is
    used up."""
    mean, square, count = moments["mean"], moments["square"], moments["count"]
    count += 1
    mean *= FIRST
    mean += (1 - FIRST) * gradient
    square *= SECOND
    gradient *= gradient
    gradient *= 1 - SECOND
    square += gradient
    np.sqrt(square, out=gradient)
    gradient *= 1 / sqrt(1 - SECOND ** float(count))
    gradient += TINY
    np.divide(mean, gradient, out=gradient)
    gradient *= rate / (1 - FIRST ** float(count))
    parameters -= gradient


STEPS = {"adam": adam, "sgd": sgd}
