"""Arithmetic written down instead of done: what a formula in ordinary Python does, as in-place NumPy calls."""
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

Array = np.ndarray


@dataclass(eq=False)
class Value:
    """An array that is there, or will be once its call has run.  1 times it is itself, plus 0 too."""

    tape: "Tape"
    array: Array | None = None
    find: Callable[[], Array] | None = None  # where it is, for one that may never be read

    __array_ufunc__ = None  # so that a NumPy number leaves the operators to us

    def __add__(self, other):
        return self if _is(other, 0) else self.tape.call(np.add, self, other)

    def __mul__(self, other):
        return self if _is(other, 1) else self.tape.call(np.multiply, self, other)

    def __sub__(self, other):
        return self.tape.call(np.subtract, self, other)

    def __rsub__(self, other):
        return self.tape.call(np.subtract, other, self)

    def __truediv__(self, other):
        return self.tape.call(np.divide, self, other)

    def __rtruediv__(self, other):
        return self.tape.call(np.divide, other, self)

    def __gt__(self, other):
        return self.tape.call(np.greater, self, other)

    def __neg__(self):
        return self.tape.call(np.negative, self)

    __radd__, __rmul__ = __add__, __mul__


def _is(other, number):
    return not isinstance(other, Value) and np.ndim(other) == 0 and other == number


@dataclass(eq=False)
class Tape:
    """What has been written down, each (ufunc, inputs, output)."""

    calls: list[tuple] = field(default_factory=list)

    def call(self, f, *inputs) -> Value:
        """The value that f will give."""
        for value in inputs:
            if isinstance(value, Value) and value.find and value.array is None:
                value.array = value.find()
        self.calls.append((f, inputs, out := Value(self)))
        return out

    def put(self, value, place: Array) -> None:
        """Have a value, or a number, stand in this place."""
        if not isinstance(value, Value):
            place[...] = value
        elif value.array is None and not value.find:
            value.array = place
        else:
            self.call(np.positive, value).array = place

    def bound(self, room: Callable[[], Array]) -> list[tuple]:
        """(function, arguments) of each call, every value that has no place yet given room, taken again when free."""
        last = {value: k for k, (_, inputs, _) in enumerate(self.calls) for value in inputs if isinstance(value, Value)}
        free, given, program = [], set(), []
        for k, (f, inputs, out) in enumerate(self.calls):
            read = dict.fromkeys(v for v in inputs if isinstance(v, Value))
            free += [v.array for v in read if v in given and last[v] == k]
            if out.array is None:
                out.array = free.pop() if free else room()
                given.add(out)
            program.append((f, (*(v.array if isinstance(v, Value) else v for v in inputs), out.array)))
        return program
