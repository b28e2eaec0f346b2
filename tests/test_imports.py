"""Who may import whom, and what a page may not hold: read from the sources."""
import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = sorted((ROOT / "lstm_core").rglob("*.py"))
VIEW = sorted((ROOT / "lstm_view").rglob("*.py"))
PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]
WITH_STREAMLIT = {"state", "diagram.component"}  # in lstm_view, beside its package of the parts of a page
PURE = [p for p in VIEW if p.parent.name != "parts"
        and ".".join(p.relative_to(ROOT / "lstm_view").with_suffix("").parts) not in WITH_STREAMLIT]


def files(paths):
    return pytest.mark.parametrize("path", paths, ids=[str(p.relative_to(ROOT)) for p in paths])


@cache
def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imported(path):
    """Every module a file imports, by its full name; of `from a import b`, both a and a.b."""
    package, found = path.relative_to(ROOT).parent.parts, []
    for node in ast.walk(tree(path)):
        match node:
            case ast.Import(names):
                found += [name.name for name in names]
            case ast.ImportFrom(module, names, level):
                above = package[: len(package) + 1 - level] if level else ()
                base = ".".join([*above, *([module] if module else [])])
                found += [base, *(f"{base}.{name.name}" for name in names)]
    return found


def reached(path):
    """Every module that importing a file imports, our own followed through."""
    seen, waiting = set(), [path]
    while waiting:
        for name in imported(waiting.pop()):
            file = ROOT / Path(*name.split(".")).with_suffix(".py")
            if name not in seen and file.is_file():
                waiting.append(file)
            seen.add(name)
    return seen


def packages(names):
    return {name.partition(".")[0] for name in names}


def test_a_relative_import_is_read():
    assert "lstm_view.style" in set(imported(ROOT / "lstm_view" / "diagram" / "gru.py"))
    assert "streamlit" in reached(ROOT / "lstm_view" / "parts" / "controls.py")
    starts = ROOT / "lstm_view" / "incoming" / "starts.py"
    assert "lstm_core.cell" in reached(starts) | reached(ROOT / "lstm_core" / "__init__.py")


@files(CORE)
def test_the_core_needs_numpy_alone(path):
    assert packages(imported(path)) <= {"numpy", "lstm_core"} | sys.stdlib_module_names


@files(VIEW)
def test_nothing_below_imports_a_page(path):
    assert packages(imported(path)).isdisjoint({"pages", "app"})


@files(PURE)
def test_what_is_pure_never_meets_streamlit(path):
    assert "streamlit" not in packages(reached(path))


def test_what_may_use_streamlit_is_still_there():
    parts = [path for path in VIEW if path.parent.name == "parts"]
    assert len(parts) > 5 and all("streamlit" in packages(reached(path)) for path in parts)
    assert len(PURE) == len(VIEW) - len(WITH_STREAMLIT) - len(parts)


@files(PAGES)
def test_a_page_knows_no_drawing_and_no_mathematics(path):
    assert packages(imported(path)) <= {"streamlit", "lstm_core", "lstm_view"}


@files(PAGES)
def test_a_page_has_no_arithmetic(path):
    def is_text(node):
        return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))

    signs = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult)
    found = [node for node in ast.walk(tree(path)) if isinstance(node, (ast.BinOp, ast.AugAssign))
             and isinstance(node.op, signs)]
    assert [ast.unparse(n) for n in found if not (isinstance(n, ast.BinOp) and (is_text(n.left) or is_text(n.right)))
            ] == []


@files(PAGES)
def test_a_page_has_no_colour(path):
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(", path.read_text(encoding="utf-8")) == []


@files(PAGES)
def test_a_page_has_no_sentence(path):
    nodes = list(ast.walk(tree(path)))
    docs = {id(n.body[0].value) for n in nodes if isinstance(n, (ast.Module, ast.FunctionDef))
            and isinstance(n.body[0], ast.Expr)}
    texts = [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in docs]
    assert [text for text in texts if re.search(r"[^\W\d_]{2,}\s+[^\W\d_]+|[^\x00-\x7f]", text)] == []


@files(PAGES)
def test_a_page_has_no_long_loop(path):
    loops = [node for node in ast.walk(tree(path)) if isinstance(node, (ast.For, ast.While))]
    assert all(loop.end_lineno - loop.body[0].lineno < 5 for loop in loops)


@files([*CORE, *VIEW, *PAGES])
def test_every_module_says_what_it_is(path):
    assert ast.get_docstring(tree(path))


@files([*CORE, *VIEW, *PAGES])
def test_text_is_parsed_in_one_place(path):
    """Whatever makes a syntax tree of text, as two threads at a time may not: see lstm_core/syntax.py."""
    calls = {ast.unparse(node.func) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)}
    parsers = calls & {"ast.parse", "ast.literal_eval", "literal_eval", "eval", "exec"}
    assert parsers == ({"ast.parse"} if path.name == "syntax.py" else set())
