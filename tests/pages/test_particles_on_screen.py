"""No page shows a particle in both of its forms, 과(와), whatever it speaks of."""
import json
import re

import pytest
from google.protobuf.json_format import MessageToDict
from test_pages import visit

from lstm_view.incoming.own_cell import name_of
from lstm_view.incoming.tokens import tokens
from lstm_view.packed import pack
from lstm_view.text.particles import PATTERN

BOTH_FORMS = re.compile(PATTERN.pattern + r"|[은는]/[은는]|[을를]/[을를]|[와과]/[와과]|이/가")
OWN = name_of("g = sigmoid(W_g @ x + U_g @ h_prev)\nh = g * h_prev + (1 - g) * tanh(W_h @ x + b_h)", "gru")
TEXT = "그는 “배”를 (어제) h 2 % 먹었다"
SHOWN = {  # a page, and what its link says
    "home": [{}],
    "one_step": [{"cell": "gru_v1", "start": "random"}, {"cell": "clockwork", "start": "random"}, {"clamp": "f.0:1"},
                 {"cell": OWN, "start": "random", "H": "1"}],
    "sequence": [{}, {"part": "dependency", "recurrent": "1.3"}, {"cell": "clockwork", "weights": "random", "H": "1"},
                 {"input": "sentence", "text": pack(TEXT)}, {"clamp": "f.1@3-9:0", "view": "what"}],
    "compare": [{"cells": "rnn,lstm,gru,bilstm"}, {"cells": f"rnn,{OWN}", "T": "40", "H": "8", "scale": "4"}],
    "gradients": [{"cells": "rnn,lstm,mgu", "view": "paths"}, {"look": "gru", "view": "clip"}, {"H": "1", "T": "2"}],
    "variants": [{"variant": "gru_v1"}, {"variant": "clockwork"}, {"view": "own", "cell": OWN}],
    "directions": [{"view": view} for view in ("both", "depth", "attention", "clock")] + [{"text": pack(TEXT)}],
    "training": [{}, {"task": "text"}],
}


def said(at):
    """Every text that a page sends to the browser."""
    def texts(value):
        match value:
            case dict():
                for part in value.values():
                    yield from texts(part)
            case list():
                for part in value:
                    yield from texts(part)
            case str():
                yield value

    def elements(block):
        for child in block.children.values():
            if hasattr(child, "children"):
                yield from elements(child)
            if hasattr(child, "proto"):
                yield child

    for element in elements(at.main):
        for text in texts(MessageToDict(element.proto)):
            try:
                yield from texts(json.loads(text))
            except ValueError:
                yield text
    for table in at.table:
        yield from map(str, [*table.value.index, *table.value.columns, *table.value.to_numpy().flat])


@pytest.mark.parametrize(("page", "query"), [(page, query) for page, queries in SHOWN.items() for query in queries])
def test_no_particle_is_shown_in_both_of_its_forms(page, query):
    shown = list(said(visit(page, "ko", **query)))
    assert any("니다" in text for text in shown)
    assert [text for text in shown if BOTH_FORMS.search(text)] == []


def test_what_a_visitor_wrote_is_shown_as_it_is():
    written = "값은(는) 둘입니다"
    assert tokens(written, 9)[0] in list(said(visit("sequence", "ko", input="sentence", text=pack(written))))
