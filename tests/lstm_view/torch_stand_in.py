"""As much of PyTorch as the generated scripts use, on NumPy, so that tests need no PyTorch: tensors with autograd, and
the recurrent cells and layers in the formulas of PyTorch's documentation."""
import contextlib
import types

import numpy as np


class Tensor:
    """Numbers, and of what they were computed: (tensor, how a gradient goes back to it)."""

    def __init__(self, value, *parents):
        self.value = np.asarray(value)
        self.parents = [(own, back) for own, back in parents if isinstance(own, Tensor) and own.requires_grad]
        self.requires_grad, self.keeps, self.grad, self.hooks = bool(self.parents), False, None, []

    def __add__(self, other):
        return Tensor(self.value + raw(other), (self, lambda g: g), (other, lambda g: g))

    def __sub__(self, other):
        return Tensor(self.value - raw(other), (self, lambda g: g), (other, lambda g: -g))

    def __rsub__(self, other):
        return Tensor(other - self.value, (self, lambda g: -g))

    def __neg__(self):
        return 0 - self

    def __mul__(self, other):
        return Tensor(self.value * raw(other), (self, lambda g: g * raw(other)), (other, lambda g: g * self.value))

    def __truediv__(self, other):
        with np.errstate(all="ignore"):
            value = self.value / raw(other)
        return Tensor(value, (self, lambda g: g / raw(other)), (other, lambda g: -g * value / raw(other)))

    __radd__, __rmul__ = __add__, __mul__

    def __matmul__(self, other):
        if other.value.ndim == 1:
            return Tensor(self.value @ other.value, (self, lambda g: np.outer(g, other.value)),
                          (other, lambda g: self.value.T @ g))
        return Tensor(self.value @ other.value, (self, lambda g: g @ other.value.swapaxes(-1, -2)),
                      (other, lambda g: self.value.swapaxes(-1, -2) @ g))

    def __imul__(self, other):
        assert not self.parents
        self.value = self.value * raw(other)
        return self

    def __rmod__(self, other):
        return Tensor(other % self.value)

    def __eq__(self, other):
        return Tensor(self.value == other)

    def __le__(self, other):
        return Tensor(self.value <= raw(other))

    def __and__(self, other):
        return Tensor(self.value & other.value)

    def __invert__(self):
        return Tensor(~self.value)

    __hash__ = object.__hash__

    def __getitem__(self, place):
        place = raw(place)

        def back(g):
            whole = np.zeros(self.value.shape)
            whole[place] = g
            return whole
        return Tensor(self.value[place], (self, back))

    def __setitem__(self, place, value):
        assert not self.requires_grad
        self.value[raw(place)] = raw(value)

    def __iter__(self):
        return (self[k] for k in range(len(self.value)))

    def __len__(self):
        return len(self.value)

    @property
    def shape(self):
        return self.value.shape

    @property
    def T(self):
        return Tensor(self.value.T)

    def transpose(self, one, other):
        return Tensor(self.value.swapaxes(one, other), (self, lambda g: g.swapaxes(one, other)))

    def expand(self, *shape):
        return Tensor(np.broadcast_to(self.value, shape), (self, lambda g: g))

    def ravel(self):
        return Tensor(self.value.ravel())

    def numpy(self):
        return self.value

    def sum(self, dim=None):
        return Tensor(self.value.sum(dim), (self, lambda g: np.broadcast_to(
            g if dim is None else np.expand_dims(g, dim), self.value.shape)))

    def all(self):
        return bool(self.value.all())

    def any(self):
        return self.value.any()

    def flatten(self, start):
        return Tensor(self.value.reshape(*self.value.shape[:start], -1))

    def abs(self):
        return Tensor(np.abs(self.value))

    def max(self):
        return Tensor(self.value.max())

    def norm(self, dim=None):
        return Tensor(np.sqrt(np.square(self.value).sum(dim)))

    def tolist(self):
        return self.value.tolist()

    item = tolist

    def to(self, dtype):
        return Tensor(self.value.astype(dtype))

    def detach(self):
        return Tensor(self.value)

    def copy_(self, other):
        assert self.value.shape == other.value.shape
        self.value[...] = other.value

    def requires_grad_(self):
        assert not self.parents
        self.requires_grad = self.keeps = True
        return self

    def retain_grad(self):
        assert self.requires_grad
        self.keeps = True

    def register_hook(self, hook):
        self.hooks.append(hook)

    def backward(self, into=None):
        order, seen = [], set()

        def visit(tensor):
            if id(tensor) not in seen:
                seen.add(id(tensor))
                for parent, _ in tensor.parents:
                    visit(parent)
                order.append(tensor)

        assert self.requires_grad
        visit(self)
        total = {id(self): np.ones(())}
        for tensor in reversed(order):
            g = total[id(tensor)]
            for hook in tensor.hooks:
                g = hook(Tensor(g)).value
            if into is not None:
                into[id(tensor)] = g
            elif tensor.keeps:
                tensor.grad = Tensor(g if tensor.grad is None else tensor.grad.value + g)
            for parent, back in tensor.parents:
                total[id(parent)] = total.get(id(parent), 0) + gathered(back(g), parent.value.shape)


def gathered(g, shape):
    """A gradient summed over the axes along which its value was broadcast."""
    g = np.sum(g, tuple(range(np.ndim(g) - len(shape))))
    return np.sum(g, tuple(k for k, n in enumerate(shape) if n == 1 != np.shape(g)[k]), keepdims=True)


def raw(value):
    return value.value if isinstance(value, Tensor) else value


def elementwise(value, slope):
    """A function of one tensor; slope: of its result and its argument."""
    def of(a):
        assert isinstance(a, Tensor)
        result = value(a.value)
        return Tensor(result, (a, lambda g: g * slope(result, a.value)))
    return of


sigmoid = elementwise(lambda a: 1 / (1 + np.exp(-a)), lambda y, a: y * (1 - y))
tanh = elementwise(np.tanh, lambda y, a: 1 - y * y)


def tensor(values, dtype=None):
    return Tensor(np.array(values, dtype))


def full(shape, value, dtype, requires_grad=False):
    made = Tensor(np.full(shape, value, dtype))
    return made.requires_grad_() if requires_grad else made


def where(condition, a, b):
    return Tensor(np.where(condition.value, a.value, b.value), (a, lambda g: np.where(condition.value, g, 0)),
                  (b, lambda g: np.where(condition.value, 0, g)))


def grad(unit, by, retain_graph, materialize_grads):
    assert all(tensor.requires_grad for tensor in by)
    found = {}
    unit.backward(found)
    return tuple(Tensor(np.broadcast_to(found.get(id(tensor), 0.0), tensor.value.shape)) for tensor in by)


def jacobian(of, at, vectorize):
    """d of(at) / d at, a row a number."""
    leaf = Tensor(at.value).requires_grad_()
    made, rows = of(leaf), []
    for place in np.ndindex(made.shape):
        found = {}
        made[place].backward(found)
        rows.append(found[id(leaf)])
    return Tensor(np.reshape(rows, (*made.shape, *at.shape)))


def cat(tensors):
    starts = np.cumsum([0, *(len(own.value) for own in tensors)])
    backs = [(own, lambda g, a=a, b=b: g[a:b]) for own, a, b in zip(tensors, starts, starts[1:], strict=False)]
    return Tensor(np.concatenate([own.value for own in tensors]), *backs)


def stack(tensors):
    backs = [(own, lambda g, k=k: g[k]) for k, own in enumerate(tensors)]
    return Tensor(np.stack([own.value for own in tensors]), *backs)


def allclose(a, b, rtol, atol):
    assert a.value.shape == b.value.shape
    return np.allclose(a.value, b.value, rtol, atol)


# --- what training needs, in the formulas of the documentation


def cross_entropy(y, target):
    rows, wanted = np.arange(len(y.value)), target.value
    odds = np.exp(y.value - y.value.max(1, keepdims=True))
    odds = odds / odds.sum(1, keepdims=True)
    return Tensor(-np.log(odds[rows, wanted]).mean(),
                  (y, lambda g: g * (odds - (wanted[:, None] == np.arange(odds.shape[1]))) / len(odds)))


def mse_loss(y, target):
    apart = y.value - target.value
    return Tensor(np.mean(apart**2), (y, lambda g: g * 2 * apart / apart.size))


class SGD:
    def __init__(self, params, lr):
        self.params, self.param_groups = list(params), [{"lr": lr}]

    def zero_grad(self, set_to_none=True):
        for p in self.params:
            p.grad = None if set_to_none else Tensor(0 * p.grad.value)

    def step(self):
        for k, p in enumerate(self.params):
            p.value = p.value - self.param_groups[0]["lr"] * self.along(k, p.grad.value)

    def along(self, k, g):
        return g


class Adam(SGD):
    def __init__(self, params, lr):
        super().__init__(params, lr)
        self.m, self.v, self.t = [0.0 for _ in self.params], [0.0 for _ in self.params], [0 for _ in self.params]

    def along(self, k, g):
        self.t[k] += 1
        self.m[k], self.v[k] = 0.9 * self.m[k] + 0.1 * g, 0.999 * self.v[k] + 0.001 * g**2
        m, v = self.m[k] / (1 - 0.9 ** self.t[k]), self.v[k] / (1 - 0.999 ** self.t[k])
        return m / (np.sqrt(v) + 1e-8)


def parameters_to_vector(params):
    return Tensor(np.concatenate([p.value.ravel() for p in params]))


def vector_to_parameters(vector, params):
    at = 0
    for p in params:
        p.value = vector.value[at : at + p.value.size].reshape(p.value.shape)
        at += p.value.size


# --- the recurrent cells, in the formulas of the documentation of torch.nn.RNNCell, LSTMCell and GRUCell


def rnn(into, again, state):
    return [tanh(into[0] + again[0])]


def lstm(into, again, state):
    i, f, g, o = (a + b for a, b in zip(into, again, strict=True))
    c = sigmoid(f) * state[1] + sigmoid(i) * tanh(g)
    return [sigmoid(o) * tanh(c), c]


def gru(into, again, state):
    r, z = (sigmoid(a + b) for a, b in zip(into[:2], again[:2], strict=True))
    n = tanh(into[2] + r * again[2])
    return [(1 - z) * n + z * state[0]]


class Module:
    """Weights of some gates, each with its rows."""

    def __init__(self, gates, formula, suffix, D, H, dtype):
        self.gates, self.formula, self.suffix, self.H = gates, formula, suffix, H
        for name, shape in {"weight_ih": (gates * H, D), "weight_hh": (gates * H, H),
                            "bias_ih": gates * H, "bias_hh": gates * H}.items():
            setattr(self, name + suffix, Tensor(np.full(shape, np.nan, dtype)).requires_grad_())

    def step(self, x, state):
        own = {name: getattr(self, name + self.suffix) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
        rows = [slice(k * self.H, (k + 1) * self.H) for k in range(self.gates)]
        into = [own["weight_ih"][part] @ x + own["bias_ih"][part] for part in rows]
        again = [own["weight_hh"][part] @ state[0] + own["bias_hh"][part] for part in rows]
        return self.formula(into, again, state)


def listed(state):
    return list(state) if isinstance(state, tuple) else [state]


def as_given(states):
    return states[0] if len(states) == 1 else tuple(states)


def cell_of(gates, formula):
    class Cell(Module):
        def __init__(self, D, H, dtype):
            super().__init__(gates, formula, "", D, H, dtype)

        def __call__(self, x, state):
            return as_given(self.step(x, listed(state)))
    return Cell


def layer_of(gates, formula):
    class Layer(Module):
        def __init__(self, D, H, dtype):
            super().__init__(gates, formula, "_l0", D, H, dtype)

        def __call__(self, xs, state):
            state, over_time = [own[0] for own in listed(state)], []
            for x in xs:
                state = self.step(x, state)
                over_time.append(state[0])
            return stack(over_time), as_given([own[None] for own in state])
    return Layer


FORMULAS = {"RNN": (1, rnn), "LSTM": (4, lstm), "GRU": (3, gru)}


def torch():
    """What `import torch` is to give."""
    own = {name: layer_of(*formula) for name, formula in FORMULAS.items()}
    own |= {f"{name}Cell": cell_of(*formula) for name, formula in FORMULAS.items()}
    utils = types.SimpleNamespace(parameters_to_vector=parameters_to_vector, vector_to_parameters=vector_to_parameters)
    functional = types.SimpleNamespace(cross_entropy=cross_entropy, mse_loss=mse_loss)
    return types.SimpleNamespace(
        optim=types.SimpleNamespace(SGD=SGD, Adam=Adam), zeros_like=lambda a: Tensor(0 * a.value),
        float64=np.float64, tensor=tensor, stack=stack,
        cat=cat, autograd=types.SimpleNamespace(grad=grad, functional=types.SimpleNamespace(jacobian=jacobian)),
        linalg=types.SimpleNamespace(
            matrix_norm=lambda a, order: Tensor(np.linalg.norm(a.value, order)),
            eigvals=lambda a: Tensor(np.linalg.eigvals(a.value))),
        logaddexp=lambda a, b: Tensor(np.logaddexp(a.value, b.value)),
        full_like=lambda a, value: Tensor(np.full_like(a.value, value)), log=elementwise(np.log, lambda y, a: 1 / a),
        ones_like=lambda a: Tensor(np.ones_like(a.value)), isinf=lambda a: Tensor(np.isinf(a.value)),
        isfinite=lambda a: Tensor(np.isfinite(a.value)),
        nan_to_num=lambda a: Tensor(np.nan_to_num(a.value)),
        zeros=lambda shape, dtype: Tensor(np.zeros(shape, dtype)),
        full=full,
        eye=lambda rows, columns, dtype: Tensor(np.eye(rows, columns, dtype=dtype)),
        sigmoid=sigmoid, tanh=tanh, exp=elementwise(np.exp, lambda y, a: y),
        relu=elementwise(lambda a: np.maximum(a, 0), lambda y, a: a > 0),
        where=where, isnan=lambda a: Tensor(np.isnan(a.value)), allclose=allclose, no_grad=contextlib.nullcontext,
        nn=types.SimpleNamespace(**own, utils=utils, functional=functional),
    )
