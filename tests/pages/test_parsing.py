"""A page that is run again with other numbers parses no text: Python 3.11 bears only one thread that does."""
import ast

import pytest
from test_pages import fine, visit

from lstm_core import CELLS
from lstm_view.incoming.own_cell import name_of
from lstm_view.packed import pack

OWN = name_of(CELLS["gru"].equations.strip().replace("h = ", "h = 0.5 * "), "gru")
DRAFT = pack("h = h_prev +")  # no cell, and so it is read at each run
LINKS = [("one_step", {"start": "random", "cell": OWN}), ("sequence", {"cell": OWN}), ("gradients", {"cells": "lstm"}),
         ("compare", {"cells": f"lstm,{OWN}"}), ("variants", {"view": "own", "cell": OWN, "draft": DRAFT}),
         ("directions", {}), ("training", {"task": "reber"})]


@pytest.mark.parametrize(("page", "query"), LINKS, ids=[page for page, _ in LINKS])
def test_other_numbers_parse_nothing(page, query, monkeypatch):
    at, texts, parse = visit(page, **query), [], ast.parse
    monkeypatch.setattr(ast, "parse", lambda text, *given, **more: texts.append(text) or parse(text, *given, **more))
    at.query_params["seed"] = "3"
    fine(at.run())
    assert texts == []
