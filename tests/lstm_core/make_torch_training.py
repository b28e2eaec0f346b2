"""Writes torch_training.npz: what PyTorch makes of five training steps of its layers and a linear readout, float64.

Wants torch, which the tests do not.  From the project's root: python tests/lstm_core/make_torch_training.py
"""
from pathlib import Path

import numpy as np
import torch

T, B, D, H, K, STEPS = 5, 4, 3, 4, 3, 5
LENGTHS = [5, 2, 4, 5]
CASES = {  # layer, optimiser, loss, its rate, the norm its gradients are scaled down to
    "lstm_adam": ("LSTM", "Adam", "classes", 0.05, 0.5),
    "gru_sgd": ("GRU", "SGD", "squares", 0.3, 0.2),
    "rnn_adam": ("RNN", "Adam", "squares", 0.05, None),
}


def main():
    numbers = {}
    for seed, (name, (layer, optimizer, loss, rate, most)) in enumerate(CASES.items()):
        torch.manual_seed(seed)
        net, readout = getattr(torch.nn, layer)(D, H).double(), torch.nn.Linear(H, K).double()
        weights = dict(net.named_parameters()) | {f"readout_{key}": p for key, p in readout.named_parameters()}
        own = {f"start/{key}": p.detach().clone() for key, p in weights.items()}
        optimize = getattr(torch.optim, optimizer)(weights.values(), lr=rate)
        live = torch.arange(T)[:, None] < torch.tensor(LENGTHS)
        for k in range(STEPS):
            x = torch.randn(T, B, D, dtype=torch.float64) * live[..., None]
            mask = live & (torch.rand(T, B) < 0.6)
            target = torch.randint(K, (T, B)) if loss == "classes" else torch.randn(T, B, K, dtype=torch.float64)
            y = readout(net(x)[0][mask])
            cost = torch.nn.functional.cross_entropy if loss == "classes" else torch.nn.functional.mse_loss
            value = cost(y, target[mask])
            optimize.zero_grad()
            value.backward()
            net.bias_hh_l0.grad[: {"GRU": 2 * H}.get(layer)] = 0  # the second of two biases that are one to us
            norm = torch.sqrt(sum(p.grad.square().sum() for p in weights.values()))
            for p in weights.values():  # exactly, where clip_grad_norm_ adds 1e-6 to the norm
                p.grad *= 1 if most is None else min(1, most / norm)
            optimize.step()
            own |= {f"{k}/x": x, f"{k}/mask": mask, f"{k}/target": target, f"{k}/loss": value, f"{k}/norm": norm}
            own |= {f"{k}/{key}": p.detach().clone() for key, p in weights.items()}
        numbers |= {f"{name}/{key}": value.detach().numpy() for key, value in own.items()}
    np.savez_compressed(Path(__file__).with_name("torch_training.npz"), **numbers)
    print(f"torch {torch.__version__}: {len(CASES)} runs, {len(numbers)} arrays")


if __name__ == "__main__":
    main()
