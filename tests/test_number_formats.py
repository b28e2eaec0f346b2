"""Numbers become text in lstm_view/text/numbers.py and nowhere else."""
import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
APART = {  # a module that writes numbers for a machine to read -> which
    "lstm_view/diagram/family.py": "paths of an SVG",
    "lstm_view/figures/heatmap.py": "Plotly's tips, of as many digits as are worth reading: it sends no text of them",
    "lstm_view/figures/meaning.py": "the same",
    "lstm_view/text/numbers.py": "the rules themselves",
}
CODE = ROOT / "lstm_view" / "code"  # whole scripts
MODULES = [path for folder in ("lstm_view", "pages") for path in sorted((ROOT / folder).rglob("*.py"))
           if CODE not in path.parents and str(path.relative_to(ROOT)) not in APART]
SPEC = re.compile(r"[-+ #0-9,_]*(?:\.\d*)?[eEfFgG%n]|,|.*\.\d.*")
PLOTLY = re.compile(r"%\{\w+:[^}|]*[a-z]\}")  # %{y:.3g}
OLD = re.compile(r"%[-+ #0]*\d*(?:\.\d+)?[eEfFgG]")


def formats(tree):
    """Each place where a module gives a number digits of its own, as text."""
    others = [node for node in ast.walk(tree) if isinstance(node, ast.Raise)  # for whoever reads the code
              or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float")]
    skipped = {id(node) for other in others for node in ast.walk(other)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        match node:
            case ast.FormattedValue(format_spec=ast.JoinedStr(values)):
                spec = "".join(part.value for part in values if isinstance(part, ast.Constant))
                if SPEC.fullmatch(spec):
                    yield f"line {node.lineno}: {{:{spec}}}"
            case ast.BinOp(ast.Constant(str(text)), ast.Mod()) if OLD.search(text):
                yield f"line {node.lineno}: {text} %"
            case ast.Call(ast.Attribute(_, "replace"), [ast.Constant("-"), *_]):
                yield f'line {node.lineno}: .replace("-", …)'
            case ast.Call(ast.Name("format" | "round" | "repr"), [_, ast.Constant(str(spec))]) if SPEC.fullmatch(spec):
                yield f"line {node.lineno}: format(…, {spec})"
            case ast.Constant(str(text)) if PLOTLY.search(text):
                yield f"line {node.lineno}: {PLOTLY.search(text)[0]}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_gives_no_number_digits_of_its_own(path):
    assert list(formats(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize("name", APART)
def test_what_stands_apart_still_does(name):
    assert list(formats(ast.parse((ROOT / name).read_text(encoding="utf-8"))))


@pytest.mark.parametrize(("text", "found"), [
    ('f"{x:.2f}"', 1), ('f"{x:g}"', 1), ('f"{n:,}"', 1), ('"%.3g" % x', 1), ('str(x).replace("-", "−")', 1),
    ('format(x, ".3f")', 1), ('go.Bar(hovertemplate="%{y:.3g} of it")', 1), ('f"{x:{width}.{digits}f}"', 1),
    ('f"{x}"', 0), ('f"{value:b}"', 0), ('f"{steps:step|steps}"', 0), ('f"{name:>12}"', 0),
    ('raise ValueError(f"{x:g}")', 0), ('float(f"{x:.3g}")', 0),
    ('"%{y} of it"', 0), ('text.replace("_", " ")', 0),
])
def test_what_counts_as_a_format(text, found):
    assert len(list(formats(ast.parse(text)))) == found
