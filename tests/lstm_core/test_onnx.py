"""The zoo against onnxruntime, whose cells were written by others."""
import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper

from lstm_core import CELLS, bidirectional, forward

T, B, D, H = 9, 3, 4, 4


def by_onnx(operator, feeds, state, **attributes):
    """The operator's Y (T, directions, B, H); state: the names of its last initial states, in its order."""
    order = ["X", "W", "R", "B", "lengths" if "lengths" in feeds else "", *state]
    order += ["P"] if "P" in feeds else []
    kinds = {"lengths": TensorProto.INT32}
    values = [helper.make_tensor_value_info(k, kinds.get(k, TensorProto.FLOAT), v.shape) for k, v in feeds.items()]
    y = helper.make_tensor_value_info("Y", TensorProto.FLOAT, (T, len(feeds["W"]), B, H))
    node = helper.make_node(operator, order, ["Y"], hidden_size=H, **attributes)
    model = helper.make_model(helper.make_graph([node], operator, values, [y]),
                              opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options).run(["Y"], feeds)[0]


def inputs(params, x, initial, gates, recurrent_biases=None, peepholes=""):
    """Our parameters in ONNX's layout: gates in its order, blocks one below the other, a leading direction axis."""
    biases = [params[f"b_{g}"] for g in gates] + [(recurrent_biases or {}).get(g, np.zeros(H)) for g in gates]
    feeds = {
        "X": x,
        "W": np.concatenate([params[f"W_{g}"] for g in gates])[None],
        "R": np.concatenate([params[f"U_{g}"] for g in gates])[None],
        "B": np.concatenate(biases)[None],
    } | {f"initial_{s}": initial[s][None] for s in sorted(initial, reverse=True)}
    if peepholes:
        feeds["P"] = np.concatenate([params[f"p_{g}"] for g in peepholes])[None]
    return {k: v.astype(np.float32) for k, v in feeds.items()}


def lstm(params, x, initial, peepholes=""):
    return by_onnx("LSTM", inputs(params, x, initial, "iofc", None, peepholes), ["initial_h", "initial_c"])


def coupled(params, x, initial):
    """ONNX computes f = 1 - i from i's weights, we i = 1 - f from f's: the same if these are minus those."""
    negated = {f"{letter}_i": -params[f"{letter}_f"] for letter in "WUb"}
    feeds = inputs(params | negated, x, initial, "iofc")
    return by_onnx("LSTM", feeds, ["initial_h", "initial_c"], input_forget=1)


def gru(params, x, initial, after):
    feeds = inputs(params, x, initial, "zrn", {"n": params["b_m"]} if after else None)
    return by_onnx("GRU", feeds, ["initial_h"], linear_before_reset=after)


ORACLES = {
    "rnn": lambda *arguments: by_onnx("RNN", inputs(*arguments, "h"), ["initial_h"]),
    "lstm": lstm,
    "peephole": lambda *arguments: lstm(*arguments, peepholes="iof"),
    "cifg": coupled,
    "gru": lambda *arguments: gru(*arguments, after=1),
    "gru_v1": lambda *arguments: gru(*arguments, after=0),
}
zoo = pytest.mark.parametrize("name", ORACLES)


def random(name):
    rng = np.random.default_rng(0)
    params = {k: rng.normal(0, 0.6, s).astype(np.float32) for k, s in CELLS[name].shapes(D, H).items()}
    initial = {s: rng.uniform(-1, 1, (B, H)).astype(np.float32) for s in CELLS[name].state}
    return params, rng.normal(size=(T, B, D)).astype(np.float32), initial


@zoo
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_onnxruntime_computes_the_same(name, dtype):
    params, x, initial = random(name)
    h = forward(CELLS[name], params, x.astype(dtype), initial)["h"]
    np.testing.assert_allclose(h, ORACLES[name](params, x, initial)[:, 0], rtol=1e-5, atol=1e-5)


SWAPPED = {
    "rnn": ("W_h", "U_h"), "lstm": ("U_f", "U_i"), "peephole": ("p_f", "p_i"), "cifg": ("b_f", "b_o"),
    "gru": ("b_n", "b_m"), "gru_v1": ("U_r", "U_z"),
}


@pytest.mark.parametrize(("name", "pair"), SWAPPED.items())
def test_and_would_not_if_two_parameters_were_swapped(name, pair):
    params, x, initial = random(name)
    one, other = pair
    h = forward(CELLS[name], params | {one: params[other], other: params[one]}, x, initial)["h"]
    assert abs(h - ORACLES[name](params, x, initial)[:, 0]).max() > 0.05


@pytest.mark.parametrize(("name", "state"), [(name, s) for name in ORACLES for s in CELLS[name].state])
def test_nor_if_an_initial_state_were_zero(name, state):
    params, x, initial = random(name)
    h = forward(CELLS[name], params, x, initial | {state: np.zeros((B, H))})["h"]
    assert abs(h - ORACLES[name](params, x, initial)[:, 0]).max() > 0.05


# --- both directions, sequences of different lengths

LENGTHS = np.array([T, 2, 5], np.int32)
OPERATORS = {
    "rnn": ("RNN", "h", "", {}), "lstm": ("LSTM", "iofc", "", {}), "peephole": ("LSTM", "iofc", "iof", {}),
    "cifg": ("LSTM", "iofc", "", {"input_forget": 1}),
    "gru": ("GRU", "zrn", "", {"linear_before_reset": 1}), "gru_v1": ("GRU", "zrn", "", {"linear_before_reset": 0}),
}


def both_by_onnx(name, ways, x, lengths=None):
    """Y (T, 2, B, H); ways: the (parameters, initial states) of each direction."""
    operator, gates, peepholes, attributes = OPERATORS[name]
    feeds = []
    for params, initial in ways:
        if name == "cifg":
            params = params | {f"{letter}_i": -params[f"{letter}_f"] for letter in "WUb"}
        recurrent = {"n": params["b_m"]} if name == "gru" else None
        feeds.append(inputs(params, x, initial, gates, recurrent, peepholes))
    both = {k: np.concatenate([feed[k] for feed in feeds]) for k in feeds[0] if k != "X"} | {"X": feeds[0]["X"]}
    both |= {} if lengths is None else {"lengths": lengths}
    attributes = attributes | {"direction": "bidirectional"}
    attributes |= {"activations": ["Tanh", "Tanh"]} if operator == "RNN" else {}
    return by_onnx(operator, both, [k for k in feeds[0] if k.startswith("initial")], **attributes)


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["whole", "lengths"])
def test_both_directions_are_onnxruntimes(name, lengths):
    params, x, initial = random(name)
    rng = np.random.default_rng(3)
    others = {k: rng.normal(0, 0.6, v.shape).astype(np.float32) for k, v in params.items()}
    back = {s: rng.uniform(-1, 1, v.shape).astype(np.float32) for s, v in initial.items()}
    ours = bidirectional(CELLS[name], params, others, x, initial=(initial, back), lengths=lengths)
    theirs = both_by_onnx(name, [(params, initial), (others, back)], x, lengths)
    live = True if lengths is None else (np.arange(T)[:, None] < lengths)[..., None]  # past the end, theirs is 0
    np.testing.assert_allclose(ours.forward["h"] * live, theirs[:, 0], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(ours.backward["h"], theirs[:, 1], rtol=1e-5, atol=1e-5)
