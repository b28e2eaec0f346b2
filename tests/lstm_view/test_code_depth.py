import csv
import io
import sys
import types

import numpy as np
import pytest
import torch_stand_in
from scripts import named, run
from test_depth import nets, values

from lstm_view.code.depth import csv_of_net, net_torch
from lstm_view.numbers.depth import compute, influence


class Stack:
    """torch.nn.LSTM of several layers, made of those of one."""

    def __init__(self, D, H, num_layers, dtype):
        one = torch_stand_in.layer_of(4, torch_stand_in.lstm)
        self.layers = [one(H if k else D, H, dtype) for k in range(num_layers)]
        for k, layer in enumerate(self.layers):
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                setattr(self, f"{name}_l{k}", getattr(layer, f"{name}_l0"))
        self.first = torch_stand_in.tensor([[0.0] * H])

    def __call__(self, xs):
        xs, last = xs.detach(), []
        for layer in self.layers:
            xs, state = layer(xs, (self.first, self.first))
            last.append([own[0] for own in state])
        return xs, tuple(torch_stand_in.stack(own) for own in zip(*last, strict=True))


@pytest.fixture(autouse=True)
def torch(monkeypatch):
    stand_in = torch_stand_in.torch()
    stand_in.nn = types.SimpleNamespace(LSTM=Stack)
    monkeypatch.setitem(sys.modules, "torch", stand_in)


@nets
def test_the_script_computes_every_node_of_every_layer_and_step(name):
    found = compute(values(name, bias=1.0, scale=1.5))
    text = net_torch(found.net, found.params, found.sequence.x)
    assert max(map(len, text.splitlines())) <= 160
    defined, printed = run(text)
    assert len(defined["steps"]) == found.T
    for t, now in enumerate(defined["steps"]):
        for k, cell in enumerate(found.net):
            assert list(now[k]) == named(cell)
            for node in now[k]:
                np.testing.assert_allclose(now[k][node].value, found.trace[k][node][t, 0], rtol=1e-12, atol=1e-14)
    by_x, *by_h = influence(found)
    depends = [float(line.split(" = ")[1]) for line in printed if line.startswith("by step ")]
    np.testing.assert_allclose(depends, np.ravel(np.transpose([by_x, *by_h])), rtol=1e-9, atol=1e-14)
    told = [f"step 1, layer {k}: h = {defined['steps'][0][found.first + k - 1]['h'].tolist()}" for k in (1, 2, 3)]
    assert printed[found.first : found.first + 3] == told  # as layers are counted on the screen
    assert [line for line in printed if "agrees" in line] == (
        ["agrees with torch.nn.LSTM: True"] if name == "stacked" else [])


@nets
def test_what_goes_in_reads_back_exactly(name):
    found = compute(values(name))
    defined, _ = run(net_torch(found.net, found.params, found.sequence.x))
    assert (defined["xs"].value == found.sequence.x).all()
    for ours, theirs in zip(defined["layers"], found.params, strict=True):
        assert list(ours) == list(theirs) and all((ours[key].value == theirs[key]).all() for key in theirs)


def test_a_difference_to_pytorchs_stack_is_noticed():
    found = compute(values())
    text = net_torch(found.net, found.params, found.sequence.x)
    for part in ("weight_ih", "weight_hh", "bias_ih"):
        wrong = text.replace(f'{part}_l{{k}}").copy_(torch.cat(', f'{part}_l{{k}}").copy_(-torch.cat(')
        assert wrong != text and run(wrong)[1][-1] == "agrees with torch.nn.LSTM: False"


@nets
def test_the_table_has_every_number(name):
    found = compute(values(name, input="sentence", text="=1+1 a,b c"))
    text = csv_of_net([run.cell for run in found.layers], [run.values for run in found.layers], found.sequence.labels)
    head, *rows = csv.reader(io.StringIO(text, newline=""))
    assert head == ["layer", "step", "label", "node", "unit", "value"]
    assert {row[2] for row in rows} == {"'=1+1", "a,b", "c"}
    for layer, step, _, node, unit, value in rows:
        assert float(value) == found.layers[int(layer) - 1].values[node][int(step) - 1, int(unit) - 1]
    assert {int(row[0]) for row in rows} == {1, 2, 3}
