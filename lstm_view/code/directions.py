"""Nets of LSTMs as scripts in PyTorch, with their numbers in them: both directions, and attention over the steps."""
from collections.abc import Mapping

import numpy as np

from lstm_core import CELLS

from . import lines
from .library import TORCH
from .lines import Arrays
from .torch_own import MODULES

LSTM = CELLS["lstm"]
NAMES = {"xs", "x", "weights", "hs", "run", "both", "forwards", "backwards"}
WAYS = ("forwards", "backwards")


def bidirectional_torch(params: tuple[Arrays, Arrays], x: np.ndarray) -> str:
    """A script that reads x (T, D) in both directions: h of each, what every position knows of every step, and how h
    moves as each further step comes in; compared with torch.nn.LSTM(bidirectional=True).

    params: of the LSTM that reads forwards and of that which reads backwards.
    """
    T, D = np.shape(x)
    H = lines.units(params[0], D)
    knows = [
        "# How strongly h at each position depends on what came in at each step: the norm of all its derivatives.",
        "def every(xs):",
        "    return torch.stack([torch.cat(pair) for pair in zip(*both(xs))])", "", "",
        "derivatives = torch.autograd.functional.jacobian(every, xs, vectorize=True)  # (T, 2 H, T, D)",
        "knows = derivatives.norm(dim=(1, 3)).tolist()",
    ]
    live = [
        "# How far h at each earlier position moves when one more step comes in: forwards and backwards.",
        "moves = []",
        "for n in range(1, len(xs)):",
        "    pairs = zip(both(list(xs)[:n]), both(list(xs)[: n + 1]))",
        "    moves.append([[(a - b).norm().item() for a, b in zip(before, after)] for before, after in pairs])",
    ]
    prints = [
        "for t in range(len(xs)):",
        '    print(f"step {t + 1}: forwards", h[0][t].tolist(), "backwards", h[1][t].tolist())',
        '    print(f"step {t + 1}: knows", knows[t])',
    ]
    return lines.script([f"# An LSTM in both directions over {T} steps.", TORCH.imports],
                        *_net(dict(zip(WAYS, params, strict=True)), x), ["h = both(xs)"], knows, live, prints,
                        _own(D, H))


def attention_torch(params: Arrays | tuple[Arrays, Arrays], x: np.ndarray, attention: Arrays,
                    changed: Mapping[tuple[int, int], float] | None = None) -> str:
    """A script for attention over the steps of an encoder: scores, weights and context of each step's query.

    params: of an LSTM, or of one forwards and one backwards.  changed: (step, component) -> a number of a query that is
    not the encoder's h.
    """
    ways = {"forwards": params} if isinstance(params, Mapping) else dict(zip(WAYS, params, strict=True))
    hs = "run(xs, forwards)" if len(ways) == 1 else "[torch.cat(pair) for pair in zip(*both(xs))]"
    own = [lines.defined(name, value, TORCH) for name, value in attention.items()]
    attend = [
        "# Additive attention: every step's h asks, all of them answer.",
        f"hs = {hs}",
        "memory, query = torch.stack(hs), torch.stack(hs)",
        *(f"query[{t}, {k}] = {lines.number(value)}" for (t, k), value in (changed or {}).items()),
        "scores, shares, contexts = [], [], []",
        "for q in query:",
        "    e = torch.stack([(v_a * tanh(W_a @ q + U_a @ m)).sum() for m in memory])",
        "    a = exp(e - e.max())",
        "    a = a / a.sum()",
        "    scores.append(e)",
        "    shares.append(a)",
        "    contexts.append(sum(share * m for share, m in zip(a, memory)))",
    ]
    prints = [
        "for t, (a, c) in enumerate(zip(shares, contexts), 1):",
        '    print(f"step {t}: weights", a.tolist(), "context", c.tolist())',
    ]
    return lines.script([f"# Attention over the {len(x)} steps of an encoder.", TORCH.imports],
                        *_net(ways, x, more=["exp"]), own, attend, prints)


def _net(ways, x, more=()):
    """What comes in, each direction's weights, and the functions `run`, of one direction, and `both`."""
    called = lines.names(LSTM, NAMES)
    H = lines.units(next(iter(ways.values())), np.shape(x)[1])
    body = list(lines.equations(LSTM, H, TORCH, called).values())
    states = lines.states(LSTM)
    prevs = ", ".join(f"{s}_prev" for s in states)
    run = [
        "def run(xs, weights):",
        f"    {', '.join(LSTM.parameters)} = weights.values()",
        f"    {prevs} = {', '.join([TORCH.zeros.format(H)] * len(states))}",
        "    hs = []",
        "    for x in xs:",
        *(f"        {line}" for line in body),
        f"        hs.append({called['h']})",
        f"        {prevs} = {', '.join(called[s] for s in states)}",
        "    return hs",
    ]
    both = [
        "def both(xs):",
        "    return run(xs, forwards), run(reversed(xs), backwards)[::-1]",
    ]
    given = [lines.defined("xs", x, TORCH)]
    for name, params in ways.items():
        given += [f"{name} = {{", *(_entry(key, params[key]) for key in LSTM.parameters), "}"]
    functions = lines.definitions([*body, *(f"{name}()" for name in more)], TORCH)
    return functions, given, run, both if len(ways) > 1 else []


def _entry(name, value):
    text = TORCH.array.format(lines.literal(value)).replace("\n", "\n    ")
    return f'    "{name}": {text},'


def _own(D, H):
    """The same by PyTorch's own layer, and whether it agrees."""
    name, gates, bias_ih, _, _ = MODULES[LSTM]
    parts = {"weight_ih": [f'own["W_{g}"]' for g in gates], "weight_hh": [f'own["U_{g}"]' for g in gates],
             "bias_ih": [f'own["{b}"]' for b in bias_ih], "bias_hh": ["zero"] * len(gates)}
    return [
        "# The same by PyTorch's own layer, with the same weights.",
        f"zero = {TORCH.zeros.format(H)}",
        f"module = torch.nn.{name}({D}, {H}, bidirectional=True, dtype=torch.float64)",
        "with torch.no_grad():",
        '    for own, end in (forwards, "_l0"), (backwards, "_l0_reverse"):',
        *(f'        getattr(module, "{theirs}" + end).copy_(torch.cat([{", ".join(own)}]))'
          for theirs, own in parts.items()),
        "    h_torch, _ = module(xs)",
        "agrees = all(torch.allclose(torch.cat(pair), own, rtol=1e-9, atol=1e-12)",
        "             for pair, own in zip(zip(*h), h_torch))",
        f'print("agrees with torch.nn.{name}(bidirectional=True):", agrees)',
    ]
