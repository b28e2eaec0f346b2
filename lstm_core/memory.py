"""Large arrays on memory that is used again: to have it anew from the system can take longer than to fill it."""
from collections import deque
from math import prod

import numpy as np

LARGE = 1 << 20  # bytes from which it is worth it
IDLE = 1 << 30  # bytes that wait for use, at most

_idle: deque[np.ndarray] = deque()  # its own calls are atomic, so it needs no lock; the longest waiting first


def empty(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """As np.empty.  Once the array and every view of it are gone, its memory waits for the next that fits."""
    nbytes = prod(shape) * np.dtype(dtype).itemsize
    if nbytes < LARGE:
        return np.empty(shape, dtype)
    return np.asarray(_Lease(_take(nbytes)))[:nbytes].view(dtype).reshape(shape)


class _Lease:
    """What an array and its views keep alive, and nothing else: memory comes back when this goes."""

    def __init__(self, memory):
        self.memory, self.__array_interface__ = memory, memory.__array_interface__

    def __del__(self):
        _idle.append(self.memory)
        while len(_idle) > 1 and sum(memory.nbytes for memory in list(_idle)) > IDLE:
            _drop()


def _take(nbytes):
    for _ in range(len(_idle)):
        memory = _drop()
        if memory is not None and nbytes <= memory.nbytes <= 2 * nbytes:
            return memory
        if memory is not None:
            _idle.append(memory)
    return np.empty(nbytes, np.uint8)


def _drop():
    """The memory that has waited longest, or None if another thread was quicker."""
    try:
        return _idle.popleft()
    except IndexError:
        return None
