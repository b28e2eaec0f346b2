"""forward, every node kept, and forward + backward, beside PyTorch, onnxruntime, and what people write by hand.

From the project's root: python -m benchmarks.speed          about six minutes; prints the tables of README.md
                         python -m benchmarks.speed where    where the time goes
"""
import os
import statistics
import subprocess
import sys
import time

import numpy as np

from lstm_core import CELLS, backward, forward, init_params, store
from lstm_core.adjoint import Adjoint

SIZES = [(1, 10, 4, 3), (1, 50, 8, 4), (1, 200, 16, 8), (32, 50, 32, 8), (32, 100, 128, 64), (64, 100, 512, 256),
         (1, 10000, 16, 4)]  # B, T, H, D
SECONDS, BURST, LONG = 1.5, 5, 0.02  # for each row; calls in a burst, whose first is not counted; longer ones: 3 rounds
GATES = {"lstm": "ifco", "gru": "rzn"}  # in PyTorch's order
DTYPES = (np.float64, np.float32)


# --- the peers


def layer(name, p):
    """PyTorch's layer with our parameters."""
    import torch

    H, D = p[f"W_{GATES[name][0]}"].shape
    net = getattr(torch.nn, name.upper())(D, H).to(torch.from_numpy(p[f"W_{GATES[name][0]}"]).dtype)
    second = [p["b_m"] * (g == "n") if name == "gru" else np.zeros_like(p[f"b_{g}"]) for g in GATES[name]]
    blocks = [[p[f"{letter}_{g}"] for g in GATES[name]] for letter in "WUb"] + [second]
    with torch.no_grad():
        for weight, block in zip(net.parameters(), blocks, strict=True):
            weight.copy_(torch.from_numpy(np.concatenate(block)))
    return net


def by_hand(name, weights, x):
    """A PyTorch loop that returns every gate, as a person would write it: one product a step for each of x and h."""
    import torch

    W, U, b, m = weights
    h = c = torch.zeros(x.shape[1], U.shape[1], dtype=x.dtype)
    kept = []
    for x_t in x:
        if name == "lstm":
            i, f, g, o = (x_t @ W.T + h @ U.T + b).chunk(4, 1)
            i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
            c = f * c + i * g
            h = o * c.tanh()
            kept.append((i, f, g, o, c, h))
        else:
            (xr, xz, xn), (hr, hz, hn) = (x_t @ W.T + b).chunk(3, 1), (h @ U.T + m).chunk(3, 1)
            r, z = (xr + hr).sigmoid(), (xz + hz).sigmoid()
            n = (xn + r * hn).tanh()
            h = (1 - z) * n + z * h
            kept.append((r, z, n, h))
    return [torch.stack(values) for values in zip(*kept, strict=True)]


def session(name, p, x):
    """onnxruntime's layer with our parameters, float32."""
    import onnxruntime
    from onnx import TensorProto, helper

    gates = {"lstm": "iofc", "gru": "zrn"}[name]
    H = len(p[f"b_{gates[0]}"])
    second = [p["b_m"] if name == "gru" and g == "n" else np.zeros(H) for g in gates]
    feeds = {"X": x, "W": np.concatenate([p[f"W_{g}"] for g in gates])[None],
             "R": np.concatenate([p[f"U_{g}"] for g in gates])[None],
             "B": np.concatenate([*(p[f"b_{g}"] for g in gates), *second])[None]}
    feeds = {k: np.ascontiguousarray(v, np.float32) for k, v in feeds.items()}
    node = helper.make_node(name.upper(), list(feeds), ["Y"], hidden_size=H,
                            **({"linear_before_reset": 1} if name == "gru" else {}))
    values = [helper.make_tensor_value_info(k, TensorProto.FLOAT, v.shape) for k, v in feeds.items()]
    y = helper.make_tensor_value_info("Y", TensorProto.FLOAT, (len(x), 1, x.shape[1], H))
    model = helper.make_model(helper.make_graph([node], name, values, [y]),
                              opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    options = onnxruntime.SessionOptions()
    if os.environ.get("OMP_NUM_THREADS") == "1":
        options.intra_op_num_threads = 1
    run = onnxruntime.InferenceSession(model.SerializeToString(), options)
    return lambda: run.run(["Y"], feeds)[0][:, 0]


def products(name, p, x, both):
    """The matrix products alone, as few as there can be: a step's with [h, x, 1]; backwards a step's with all U, and
    after the loop those for the gradients of the matrices and of x."""
    T, B, D = x.shape
    H = len(p[f"b_{GATES[name][0]}"])
    rows = len(GATES[name]) * H
    W, v, out = (np.ones(s, x.dtype) for s in ((rows, H + D + 1), (H + D + 1, B), (rows, B)))
    U, back = np.ones((H, rows), x.dtype), np.ones((H, B), x.dtype)
    all_rows, all_columns = np.ones((rows, T * B), x.dtype), np.ones((H + D + 1, T * B), x.dtype)

    def run():
        for _ in range(T):
            W.dot(v, out)
        if both:
            for _ in range(T):
                U.dot(out, back)
            all_rows @ all_columns.T
            W[:, :D].T @ all_rows

    return run


def peers(name, size, dtype, both):
    """Label -> a call; each gives h (T, B, H), with both after having computed all gradients too."""
    import torch

    B, T, H, D = size
    rng = np.random.default_rng(0)
    p = init_params(CELLS[name], D, H, dtype=dtype)
    x, dh = rng.normal(size=(T, B, D)).astype(dtype), rng.normal(size=(T, B, H)).astype(dtype)
    net, tensor, dtensor = layer(name, p), torch.from_numpy(x), torch.from_numpy(dh)
    weights = [w.detach().clone().requires_grad_(both) for w in net.parameters()]
    tensor.requires_grad_(both)

    def ours():
        trace = forward(CELLS[name], p, x)
        if both:
            backward(trace, p, dh)["x"]
        return trace["h"]

    def torchs(run, leaves):
        def call():
            if not both:
                with torch.no_grad():
                    return run().numpy()
            for leaf in (*leaves, tensor):
                leaf.grad = None
            h = run()
            h.backward(dtensor)
            return h.detach().numpy()
        return call

    found = {"ours": ours, "PyTorch": torchs(lambda: net(tensor)[0], list(net.parameters()))}
    if T * B * H < 1e6:
        found["its loop"] = torchs(lambda: by_hand(name, weights, tensor)[-1], weights)
    if dtype == np.float32 and not both:
        found["onnx"] = session(name, p, x)
    found["products"] = products(name, p, x, both)
    for label in found.keys() - {"products"}:
        np.testing.assert_allclose(found[label](), ours(), rtol=2e-3, atol=2e-5, err_msg=label)
    return found


def medians(calls):
    """Label -> median seconds.  All take turns, a burst each, so that none has the cache or the noise for itself."""
    times = {label: [] for label in calls}
    started, rounds = time.perf_counter(), 0
    while time.perf_counter() < started + SECONDS or rounds < 3:
        for label, call in calls.items():
            for k in range(BURST):
                before = time.perf_counter()
                call()
                taken = time.perf_counter() - before
                if k or taken > LONG:
                    times[label].append(taken)
                if taken > LONG:
                    break
        rounds += 1
    return {label: statistics.median(taken) for label, taken in times.items()}


def tables(threads):
    labels = ["PyTorch", "its loop", "onnx", "products"]
    for name in GATES:
        for both in (False, True):
            print(f"\n#### {name}, {'forward + backward' if both else 'forward'}, {threads}\n")
            print(f"| (B,T,H,D) | {' | '.join(f'{d.__name__}: µs | / ' + ' | / '.join(labels) for d in DTYPES)} |")
            print("|---" * (1 + 2 * (1 + len(labels))) + "|")
            for size in SIZES:
                cells = []
                for dtype in DTYPES:
                    found = medians(peers(name, size, dtype, both))
                    ours = found.pop("ours")
                    cells += [f"{ours * 1e6:.0f}"] + [f"{ours / found[k]:.2f}" if k in found else "" for k in labels]
                print(f"| {','.join(map(str, size))} | {' | '.join(cells)} |", flush=True)


# --- where the time goes


def timed(call):
    """Median milliseconds."""
    return medians({"": call})[""] * 1e3


def parts(B, T, H, D):
    """Milliseconds of each part of the LSTM's forward and backward, float64, and megabytes held."""
    cell, rng = CELLS["lstm"], np.random.default_rng(0)
    p, x, dh = init_params(cell, D, H), rng.normal(size=(T, B, D)), rng.normal(size=(T, B, H))
    trace = forward(cell, p, x)
    backward(trace, p, dh)
    plans = [found for key, found in store._plans.items() if key[:4] == (cell, D, H, B)]
    there, back = (next(f for f in plans if isinstance(f, Adjoint) == adjoint) for adjoint in (False, True))

    def calls(program, steps):  # as often as T steps want it; the last chunk may be shorter
        def run():
            for f, values in program:
                f(*values)
        return timed(run) * T / steps

    alone = timed(products("lstm", p, x, False))
    return {
        "forward": timed(lambda: forward(cell, p, x)),
        "its calls": calls(there.program, len(there.arena) - 1),
        "its products": alone,
        "backward": timed(lambda: backward(trace, p, dh)["x"]),
        "coefficients": calls(back.whole, len(back.flows) - 1),
        "its calls, step by step": calls(back.program, len(back.flows) - 1),
        "its products ": timed(products("lstm", p, x, True)) - alone,
        "MB, every node": trace.nbytes / 1e6,
        "MB, keep=[]": forward(cell, p, x, keep=[]).nbytes / 1e6,
        "MB of all gradients": backward(trace, p, dh).flows.nbytes / 1e6,
    }


def where():
    for k, size in enumerate(SIZES):
        found = parts(*size)
        if k == 0:
            print(f"| (B,T,H,D), ms | {' | '.join(found)} |\n{'|---' * (1 + len(found))}|")
        print(f"| {','.join(map(str, size))} | {' | '.join(f'{value:.3g}' for value in found.values())} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["where"]:
        where()
    elif sys.argv[1:]:
        tables(sys.argv[1])
    else:  # threads are counted when NumPy is imported, so each setting has a process of its own
        one = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
        default = {k: v for k, v in os.environ.items() if k not in one}
        for threads, environment in (("one thread", default | one), ("default threads", default)):
            subprocess.run([sys.executable, "-m", "benchmarks.speed", threads], env=environment, check=True)
