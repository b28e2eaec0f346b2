"""Lines that run PyTorch's own cells and layers with a script's weights, and say whether they agree."""
from lstm_core import CELLS, Cell

# Cell -> PyTorch's name for it, its gates in the order of its weights, each gate's bias in bias_ih and in bias_hh
# ("": zero), and how it takes and gives its states.
MODULES = {
    CELLS["rnn"]: ("RNN", "h", ["b_h"], [""], "h"),
    CELLS["lstm"]: ("LSTM", "ifco", ["b_i", "b_f", "b_c", "b_o"], [""] * 4, "hc"),
    CELLS["gru"]: ("GRU", "rzn", ["b_r", "b_z", "b_n"], ["", "", "b_m"], "h"),
}


def of_step(cell: Cell, D: int, H: int) -> list[str]:
    """The same step by torch.nn.LSTMCell and its like."""
    name, *_, states = MODULES[cell]
    results = [f"{s}_torch" for s in states]
    pairs = ", ".join(f"({ours}, {theirs})" for ours, theirs in zip(states, results, strict=True))
    return [
        "# The same step by PyTorch's own cell, with the same weights.",
        *_module(cell, f"{name}Cell", D, H),
        f"    {', '.join(results)} = module(x, {_tuple(f'{s}_prev' for s in states)})",
        f"agrees = all(torch.allclose(a, b, rtol=1e-9, atol=1e-12) for a, b in [{pairs}])",
        f'print("agrees with torch.nn.{name}Cell:", agrees)',
    ]


def of_sequence(cell: Cell, D: int, H: int) -> list[str]:
    """The same run by torch.nn.LSTM and its like: every h, and the last of each other state."""
    name, *_, states = MODULES[cell]
    last = "(h_last, c_last)" if "c" in states else "h_last"
    pairs = ['(torch.stack([step["h"] for step in steps]), h_torch)',
             *(f'(steps[-1]["{s}"], {s}_last[0])' for s in states[1:])]
    return [
        "# The same run by PyTorch's own layer, with the same weights.",
        *_module(cell, name, D, H, "_l0"),
        f"    h_torch, {last} = module(xs, {_first(states)})",
        *_agree(name, pairs),
    ]


def of_gradients(cell: Cell, D: int, H: int) -> list[str]:
    """The same loss of h and its gradients by torch.nn.LSTM and its like: of x and of the weights."""
    name, gates, bias_ih, _, states = MODULES[cell]
    parts = {"weight_ih": [f"W_{g}" for g in gates], "weight_hh": [f"U_{g}" for g in gates], "bias_ih": bias_ih}
    pairs = ["(torch.stack([x.grad for x in xs]), xs_torch.grad)"]
    pairs += [f"(torch.cat([{', '.join(f'{p}.grad' for p in own)}]), module.{theirs}_l0.grad)"
              for theirs, own in parts.items()]
    return [
        "# The same by PyTorch's own layer, with the same weights.",
        *_module(cell, name, D, H, "_l0"),
        "xs_torch = torch.stack(xs).detach().requires_grad_()",
        f"h_torch, _ = module(xs_torch, {_first(states, '.detach()')})",
        '(weights["h"] * h_torch).sum().backward()',
        *_agree(name, pairs),
    ]


def _agree(name, pairs):
    return [
        "pairs = [", *(f"    {pair}," for pair in pairs), "]",
        "# Within 1e-9 of the largest number.  Where gradients explode, so does rounding: two right runs may part.",
        "agrees = all(torch.allclose(a, b, rtol=0, atol=1e-9 * b.abs().max().item()) for a, b in pairs)",
        f'print("agrees with torch.nn.{name}:", agrees)',
    ]


def _module(cell, name, D, H, suffix=""):
    """Lines that make it and copy the weights; they end inside torch.no_grad()."""
    _, gates, bias_ih, bias_hh, _ = MODULES[cell]
    parts_of = {
        "weight_ih": [f"W_{gate}" for gate in gates],
        "weight_hh": [f"U_{gate}" for gate in gates],
        "bias_ih": bias_ih,
        "bias_hh": [bias or "zero" for bias in bias_hh],
    }
    return [
        f"zero = torch.zeros({H}, dtype=torch.float64)",
        f"module = torch.nn.{name}({D}, {H}, dtype=torch.float64)",
        "with torch.no_grad():",
        *(f"    module.{own}{suffix}.copy_(torch.cat([{', '.join(parts)}]))" for own, parts in parts_of.items()),
    ]


def _first(states, more=""):
    """The states before the first step, as a layer takes them: with an axis for layers."""
    return _tuple(f'initial["{s}"]{more}[None]' for s in states)


def _tuple(names):
    one, *others = names
    return f"({', '.join([one, *others])})" if others else one
