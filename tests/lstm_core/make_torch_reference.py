"""Writes torch_reference.npz: what PyTorch's own layers compute, and their gradients, in float64.

Wants torch, which the tests do not.  From the project's root: python tests/lstm_core/make_torch_reference.py
"""
from pathlib import Path

import numpy as np
import torch

T, B, D, H = 6, 3, 3, 4
LENGTHS = [6, 2, 4]
LAYERS = {  # name -> layer, number of layers, both directions, lengths
    f"{layer.lower()}{suffix}": (layer, *settings)
    for layer in ("RNN", "LSTM", "GRU")
    for suffix, settings in {
        "": (1, False, None), "_stacked": (3, False, None), "_bidirectional": (1, True, None),
        "_both": (2, True, None), "_lengths": (2, True, LENGTHS),
    }.items()
}


def main():
    numbers = {}
    for seed, (name, (layer, depth, both, lengths)) in enumerate(LAYERS.items()):
        torch.manual_seed(seed)
        net = getattr(torch.nn, layer)(D, H, depth, bidirectional=both).double()
        with torch.no_grad():
            for p in net.parameters():
                p.copy_(torch.randn_like(p) * 0.6)
        x = torch.randn(T, B, D, dtype=torch.float64, requires_grad=True)
        states = [torch.randn(depth * (1 + both), B, H, dtype=torch.float64, requires_grad=True)
                  for _ in range(1 + (layer == "LSTM"))]
        initial = tuple(states) if layer == "LSTM" else states[0]
        if lengths:
            packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)
            output, last = net(packed, initial)
            output, _ = torch.nn.utils.rnn.pad_packed_sequence(output, total_length=T)
        else:
            output, last = net(x, initial)
        last = last if layer == "LSTM" else (last,)
        dh = torch.randn_like(output)
        (output * dh).sum().backward()
        own = {"x": x, "output": output, "dh": dh, "dx": x.grad}
        own |= {f"initial_{k}": s for k, s in enumerate(states)}
        own |= {f"dinitial_{k}": s.grad for k, s in enumerate(states)}
        own |= {f"last_{k}": s for k, s in enumerate(last)}
        own |= {key: p for key, p in net.named_parameters()} | {f"d{key}": p.grad for key, p in net.named_parameters()}
        numbers |= {f"{name}/{key}": value.detach().numpy() for key, value in own.items()}
    np.savez_compressed(Path(__file__).with_name("torch_reference.npz"), **numbers)
    print(f"torch {torch.__version__}: {len(LAYERS)} layers, {len(numbers)} arrays")


if __name__ == "__main__":
    main()
