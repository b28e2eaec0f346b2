"""Text -> syntax tree.  The only place where text of a cell is parsed: each text once, one text at a time.

CPython 3.11 counts how deep a tree under construction is once for all threads, so a thread that gets in between, as one
may whenever garbage is collected, makes `ast.parse` end in a SystemError (python/cpython#106905).
"""
import ast
from functools import lru_cache
from threading import Lock

_lock = Lock()


def parse(text: str, mode: str = "exec") -> ast.mod:
    """As ast.parse, and with its errors.  The tree is shared with all who give this text: it is to be read only."""
    with _lock:
        return _parsed(text, mode)


@lru_cache(maxsize=256)  # cells, and lines of visitors
def _parsed(text, mode):
    return ast.parse(text, mode=mode)
