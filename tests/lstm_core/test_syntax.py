"""Text is parsed once, and never by two threads at a time."""
import ast
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock

import pytest

from lstm_core import Cell, syntax


@pytest.fixture
def parses(monkeypatch):
    """The texts that are parsed from now on; slowly, so that other threads get in between, which fails."""
    texts, inside, parse = [], Lock(), ast.parse

    def slowly(text, *given, **more):
        assert inside.acquire(blocking=False), "two threads parse at once"
        try:
            texts.append(text)
            time.sleep(0.002)
            return parse(text, *given, **more)
        finally:
            inside.release()

    monkeypatch.setattr(ast, "parse", slowly)
    return texts


def test_it_is_pythons_own_parser():
    for text, mode in (("a = b + 1\nc = -a", "exec"), ("tanh(W_a @ x)", "eval")):
        assert ast.dump(syntax.parse(text, mode)) == ast.dump(ast.parse(text, mode=mode))
    for text in ("a = (", "a = 1 1"):
        with pytest.raises(SyntaxError):
            syntax.parse(text)


def test_cells_of_eight_threads_are_parsed_one_by_one_and_each_text_once(parses):
    texts = [f"h = tanh(W_h @ x + {k}.5 * h_prev)\nmany_threads = h + {k}" for k in range(10)]
    begun = Barrier(8)

    def make(thread):
        begun.wait(10)
        return [Cell(f"{thread}", text).nodes for text in texts]

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(make, range(8)))
    assert sorted(parses) == sorted(texts)
    assert all(nodes == made[0] for nodes in made) and len({*made[0]}) == len(texts)
