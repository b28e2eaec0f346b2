"""The scripts of the page `directions` compute what is on its screen, run on a stand-in for PyTorch."""
import re
import sys

import numpy as np
import pytest
import torch_stand_in
from scripts import run
from torch_stand_in import FORMULAS, Module, Tensor

from lstm_view.code import attention_torch, bidirectional_torch
from lstm_view.numbers import attending, both_ways
from lstm_view.numbers.directions import fields, fit


class BothWays:
    """torch.nn.LSTM(bidirectional=True), in the formulas of its documentation."""

    def __init__(self, D, H, bidirectional, dtype):
        self.ways = [Module(*FORMULAS["LSTM"], end, D, H, dtype) for end in ("_l0", "_l0_reverse")]
        assert bidirectional

    def __getattr__(self, name):
        way = self.ways[name.endswith("_reverse")]
        return getattr(way, name)

    def __call__(self, xs):
        there, back = (self._read(way, list(xs)[:: 1 - 2 * k])[:: 1 - 2 * k] for k, way in enumerate(self.ways))
        return Tensor(np.concatenate([there, back], axis=1)), None

    @staticmethod
    def _read(way, xs):
        state, hs = [Tensor(np.zeros(way.H)), Tensor(np.zeros(way.H))], []
        for x in xs:
            state = way.step(x, state)
            hs.append(state[0].value)
        return np.array(hs)


@pytest.fixture(autouse=True)
def torch(monkeypatch):
    made = torch_stand_in.torch()
    made.nn.LSTM = BothWays
    monkeypatch.setitem(sys.modules, "torch", made)


def values(**given):
    sentence = "I sat by the bank of the river"
    return fit({f.name: f.default for f in fields(sentence, "bank")} | given)[0]


@pytest.mark.parametrize("given", [
    {}, {"input": "sine", "T": 5, "D": 2, "H": 3}, {"H": 1, "D": 1, "text": "two words"}])
def test_both_directions(given):
    found = both_ways.compute(values(**given))
    defined, printed = run(bidirectional_torch(found.params, found.ways[0].sequence.x))
    for way, hs in zip(found.ways, defined["h"], strict=True):
        np.testing.assert_allclose([h.value for h in hs], way.values["h"], rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(defined["knows"], both_ways.knows(found)["combined"], rtol=1e-9, atol=1e-12)
    for heard, (there, back) in enumerate(defined["moves"], 1):
        moves = both_ways.moves(found, heard)
        np.testing.assert_array_equal(there, moves["forwards"])
        np.testing.assert_allclose(back, moves["backwards"], rtol=1e-9, atol=1e-14)
    T = found.ways[0].T
    assert len(defined["moves"]) == T - 1
    assert printed[-1] == "agrees with torch.nn.LSTM(bidirectional=True): True"
    assert printed[0].startswith("step 1: forwards [") and len(printed) == 2 * T + 1


def test_weights_put_in_the_wrong_way_round_are_noticed():
    found = both_ways.compute(values())
    script = bidirectional_torch(found.params, found.ways[0].sequence.x)
    turned = script.replace('(forwards, "_l0"), (backwards, "_l0_reverse")',
                            '(backwards, "_l0"), (forwards, "_l0_reverse")')
    assert turned != script and run(turned)[1][-1].endswith("False")


@pytest.mark.parametrize("encoder", ["lstm", "bilstm"])
@pytest.mark.parametrize("query", [{}, {"q.4.2": -0.75, "q.0.0": 1.0}])
def test_attention(encoder, query):
    found = attending.compute(values(encoder=encoder, query=query))
    changed = {tuple(map(int, address.split(".")[1:])): value for address, value in query.items()}
    script = attention_torch(found.encoder.params, found.encoder.ways[0].sequence.x, found.params, changed)
    defined, printed = run(script)
    for name, key in (("scores", "scores"), ("weights", "shares"), ("context", "contexts")):
        np.testing.assert_allclose([row.value for row in defined[key]], found[name], rtol=1e-10, atol=1e-14)
    assert ("backwards" in defined) == (encoder == "bilstm")
    weights = [float(n) for n in re.search(r"weights \[(.*?)\]", printed[4])[1].split(", ")]
    assert weights == pytest.approx(found["weights"][4].tolist(), rel=1e-10)
    assert len(printed) == 8 and all(line.startswith("step ") for line in printed)
