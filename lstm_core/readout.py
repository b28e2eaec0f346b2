"""The readout, y = W_y h + b_y, and what its answers cost: a softmax with cross-entropy, or the square error.

Where there are many answers, they are columns, as in a plan: NumPy is quicker along many numbers than along few.
"""
import numpy as np

Array = np.ndarray
Arrays = dict[str, Array]


def shapes(H: int, K: int) -> dict[str, tuple[int, ...]]:
    """The readout's parameters: name -> shape."""
    return {"W_y": (K, H), "b_y": (K,)}


def output(params: Arrays, h: Array) -> Array:
    """The answer to each h, or its numbers before the softmax, (..., K), from (..., H)."""
    return h @ params["W_y"].T + params["b_y"]


def run(params: Arrays, h: Array, target: Array, mask: Array, loss: str) -> float:
    """The mean loss of a batch; see `back`."""
    steps = mask.any(1)
    return _cost(loss, _answers(params, _columns(h[steps], mask[steps])), target[mask])[0]


def back(params: Arrays, h: Array, target: Array, mask: Array, loss: str, into: Arrays) -> tuple[float, Array]:
    """The mean loss of a batch, and its gradient at h (T, B, H); those of "W_y" and "b_y" go into arrays.

    h: (T, B, H); target: (T, B) class, or (T, B, K); mask: (T, B), the steps that are asked for.  Loss "classes" is the
    mean over these of -log softmax(y)[target], "squares" that of (y - target)^2 over all K numbers of each.
    """
    T, B, H = h.shape
    steps = mask.any(1)
    asked = _columns(h[steps], mask[steps])
    value, dy = _cost(loss, _answers(params, asked), target[mask])
    np.matmul(dy, asked.T, out=into["W_y"])
    dy.sum(1, out=into["b_y"])
    dh = np.zeros((H, T, B), h.dtype)
    dh[:, mask] = params["W_y"].T @ dy
    return value, dh.transpose(1, 2, 0)


def _columns(h, mask):
    """(H, N) of the (T, B, H) that are asked for."""
    columns = h.transpose(2, 0, 1).reshape(h.shape[2], -1)
    return columns if mask.all() else columns[:, mask.ravel()]


def _answers(params, columns):
    y = params["W_y"] @ columns
    y += params["b_y"][:, None]
    return y


def _cost(loss, y, target):
    """The mean loss of answers (K, N), target (N,) or (N, K), and its gradient, which is made in their memory; of no
    answers, 0."""
    if not y.size:
        return 0.0, y
    if loss == "squares":
        y -= target.T
        value = np.vdot(y, y) / y.size
        y *= 2 / y.size
        return float(value), y
    losses, total = _exponentials(y, target)
    y /= total
    y[target, np.arange(len(target))] -= 1
    y /= len(target)
    return float(losses.mean()), y


def cross_entropy(y: Array, target: Array) -> Array:
    """-log softmax(y)[target] of each answer (K, N) to a class (N,): with all digits where it is next to 0, too."""
    return _exponentials(y.copy(), target)[0]


def _exponentials(y, target):
    """The cross-entropies, and what a softmax divides by, (N,); y becomes what it divides, exp(y - its largest)."""
    every, largest = np.arange(y.shape[1]), y.argmax(0)
    y -= y[largest, every]
    losses = -y[target, every]
    np.exp(y, out=y)
    total = y.sum(0)
    y[largest, every] = 0  # beside the 1 that stands there small ones have no digits
    losses += np.log1p(y.sum(0))
    y[largest, every] = 1
    return losses, total
