"""What a backward pass gives: every gradient by its name; those that the pass did not need, when asked for."""
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from .cell import is_matrix, is_number
from .ops import OPS, held, number
from .trace import Trace

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Gradients(Mapping):
    """dL/d of each parameter, in its shape; of each node, and each state as it came in, `h_prev`, (T, B, H); of x
    (T, B, D) and what else came in.  What the loss does not depend on has 0."""

    trace: Trace
    arrays: dict[str, Array]  # what has been computed
    flows: Array | None = None  # (rows, T, B); None: arrays holds all that was kept
    totals: Mapping[str, slice] = field(default_factory=dict)  # node -> the rows of its gradient
    carries: Mapping[str, list[slice]] = field(default_factory=dict)  # `s_prev` -> the rows of what flows to it
    span: slice | None = None  # the rows of flows that are gradients of sums of products with
    block: Array | None = None  # these matrices (span, columns), and
    columns: Mapping[str, slice] = field(default_factory=dict)  # name -> its columns in them

    def __getitem__(self, name: str) -> Array:
        if name not in self.arrays:
            self._find(name)
        return self.arrays[name]

    @np.errstate(all="ignore")
    def _find(self, name):
        if self.flows is None:
            raise KeyError(f"{name}: the gradients kept are {', '.join(self.arrays)}")
        if name in self.trace.cell.node:
            self._compute(name)
        elif name in self.columns or name in set(self):
            self.arrays[name] = self._of_input(name)
        else:
            raise KeyError(f"{name}: the {self.trace.cell.name} cell's gradients are {', '.join(self)}")

    def _compute(self, name):
        """A node's gradient, and those it needs, from what flowed; not by recursion, which has a bound."""
        cell, wanted, needed = self.trace.cell, [name], set()
        while wanted:
            node = wanted.pop()
            if node in self.totals:
                self.arrays[node] = held(self.flows[self.totals[node]].transpose(1, 2, 0))
                self.arrays[node].flags.writeable = False  # others may yet be found from these flows
            elif node not in needed and node not in self.arrays:
                needed.add(node)
                wanted += [reader.id for reader, _ in cell.readers.get(node, ())]
        for node in reversed(cell.nodes if needed else ()):
            if node.id in needed:
                self.arrays[node.id] = self._from_readers(node.id, self.trace.shape)

    def _from_readers(self, name, shape, leave=()):
        """The sum of what the readers of a name ask of it, but for those operations that are left out."""
        total = np.zeros(shape, self.flows.dtype)
        for node, k in self.trace.cell.readers.get(name, ()):
            if node.op in leave:
                continue
            g = self[node.id] if self.trace.lengths is None else self[node.id] * self.trace.live
            asked = OPS[node.op].vjp(k, g, self.trace[node.id], *(self._value(i) for i in node.inputs))
            if self.trace.lengths is not None and asked.ndim == 3:  # past the end a divisor may be 0
                asked = np.where(self.trace.live, asked, 0)
            if asked.ndim > len(shape):
                asked = asked.sum((0, 1))
            total = held(total + held(asked))
        return total

    def _of_input(self, name):
        """The gradient of what comes in."""
        trace = self.trace
        if name in trace.params:
            return self._from_readers(name, trace.params[name].shape)
        T, B, H = trace.shape
        parts = [self.flows[rows].transpose(1, 2, 0) for rows in self.carries.get(name, ())]
        if name in self.columns:
            product = self.block[:, self.columns[name]].T @ self.flows[self.span].reshape(len(self.block), T * B)
            parts.append(product.reshape(-1, T, B).transpose(1, 2, 0))
        others = any(node.op != "matmul" for node, _ in trace.cell.readers.get(name, ()))
        if not parts or (others and name not in self.carries):
            parts.append(self._from_readers(name, (T, B, trace["x"].shape[2] if name == "x" else H), ("matmul",)))
        return held(sum(parts[1:], parts[0]))

    def _value(self, name):
        if is_number(name):
            return number(name, self.flows.dtype)
        value = self.trace.params[name] if name in self.trace.params else self.trace[name]
        return value if is_matrix(name) else np.broadcast_to(value, (*self.trace.shape[:2], value.shape[-1]))

    def __iter__(self) -> Iterator[str]:
        cell = self.trace.cell
        yield from (*cell.parameters, *cell.node, "x", *cell.inputs, *(f"{s}_prev" for s in cell.state))

    def __len__(self) -> int:
        return sum(1 for _ in self)
