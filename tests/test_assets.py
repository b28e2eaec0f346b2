"""What is sent to the browser as it is: scripts, styles, the icon, the texts."""
import ast
import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lstm_view.diagram.component import _source
from lstm_view.diagram.family import family_map
from lstm_view.diagram.lines import lines
from lstm_view.diagram.provenance import provenance_scene
from lstm_view.diagram.raster import Row, raster
from lstm_view.diagram.scene import matrices, scene
from lstm_view.diagram.timeline import timeline
from lstm_view.numbers import over_time
from lstm_view.numbers.experiment import DEFAULTS, compute
from lstm_view.words import words

ROOT = Path(__file__).parents[1]
ASSETS = ROOT / "assets"
SOURCES = [*ROOT.glob("*.py"), *ROOT.glob("pages/*.py"), *ROOT.glob("lstm_view/**/*.py")]
WITH_CODE = sorted([*ASSETS.rglob("*.js"), *ASSETS.rglob("*.css")])
EVERY = sorted(path for path in ASSETS.rglob("*")  # that is text; of the others see test_nets.py and the README
               if path.is_file() and path.parent.name not in ("readme", "weights"))
EXPERIMENT = compute(DEFAULTS | {"clamp": {"f.1": 0.0}})
RUN = over_time.compute(over_time.DEFAULTS)
DATA = {
    "picture": scene(EXPERIMENT, words("en"), other=("forced", EXPERIMENT.forced)),
    "matrices": matrices(EXPERIMENT, words("en")),
    "provenance": provenance_scene(RUN.trace, "c", 0, 1, (), words("en")),
    "timeline": timeline({"lstm": RUN}, 0, 0, words("en")),
    "lines": lines(RUN, 0, 0, "", words("en")),
    "family": family_map("lstm", "", words("en")),
    "raster": raster([Row("tick", 0, "", RUN.values["f"][:, 0])], 0, (), "", "", words("en")),
}
ADDED = {"echo", "listens"}  # by the component itself


def files(paths):
    return pytest.mark.parametrize("path", paths, ids=[str(p.relative_to(ASSETS)) for p in paths])


def text(path):
    return path.read_text(encoding="utf-8")


@files(EVERY)
def test_nothing_asks_the_network(path):
    addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+[\w/.-]*", text(path)))
    assert addresses <= {"http://www.w3.org/2000/svg"}  # a name, never fetched
    assert not re.search(r"@import|\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|\bimport\s*\(", text(path))


@files(WITH_CODE)
def test_text_never_becomes_code(path):
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text(path))


@files(WITH_CODE)
def test_colours_come_from_the_style(path):
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", text(path))) <= {"#000000", "#ffffff"}


@files([path for path in EVERY if path.suffix == ".css"])
def test_braces_are_closed(path):
    assert text(path).count("{") == text(path).count("}") > 0


@files([path for path in EVERY if path.suffix == ".svg"])
def test_drawings_are_xml(path):
    assert ElementTree.parse(path).getroot().tag.endswith("svg")


@files([path for path in EVERY if path.suffix == ".toml" and "locales" in path.parts])
def test_locales_are_tables_of_text(path):
    def leaves(table):
        for value in table.values():
            yield from leaves(value) if isinstance(value, dict) else [value]

    found = list(leaves(tomllib.loads(text(path))))
    assert len(found) > 2 and all(isinstance(value, str) for value in found)


def test_every_asset_is_used():
    literals = {node.value for path in SOURCES for node in ast.walk(ast.parse(text(path)))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    components = {"picture", "matrices"}
    for path in EVERY:
        named = {path.name, path.stem} & (literals | components)
        assert named or "locales" in path.parts, path.name


def test_the_readme_shows_every_picture_made_for_it():
    shown = set(re.findall(r"\(assets/readme/(\w+\.png)\)", text(ROOT / "README.md")))
    assert shown == {path.name for path in (ASSETS / "readme").iterdir()}


@pytest.mark.parametrize("name", DATA)
def test_the_script_asks_for_what_is_sent(name):
    script = text(ASSETS / "diagram" / f"{name}.js")
    asked = set(re.findall(r"\bdata\.(\w+)", script))
    for group in re.findall(r"\{([^{}]*)\} = this\.data\b", script):
        asked |= {word.strip() for word in group.split(",")}
    assert len(asked) > 5
    assert asked <= DATA[name].keys() | ADDED


def test_the_script_asks_for_words_that_are_there():
    script = _source("squares.js", "picture.js", "matrices.js")
    asked = set(re.findall(r"\bwords(?:\(\))?\.(\w+)", script))
    assert asked == words("en").under("picture").keys()


@pytest.mark.parametrize("name", ["provenance", "timeline", "lines", "saving", "family"])
def test_a_component_asks_for_words_that_are_there(name):
    scripts = [path.name for path in (ASSETS / "diagram").glob(f"{name}*.js")]
    asked = set(re.findall(r"\bwords\.(\w+)", _source(*scripts)))
    assert asked <= words("en").under(name).keys() and (asked or name in ("saving", "lines"))


@files(sorted(ASSETS.rglob("*.js")))
def test_numbers_are_written_by_one_script(path):
    assert not re.search(r"toLocaleString|toPrecision|toExponential|NumberFormat", text(path))


def test_the_script_draws_every_kind_of_part():
    script = text(ASSETS / "diagram" / "picture.js")
    kinds = {part["kind"] for sheet in ("wide", "narrow") for part in DATA["picture"][sheet]["parts"]}
    assert all(re.search(rf"^  {kind}\(g, p", script, re.MULTILINE) for kind in kinds)
    order = re.search(r"const order = \{([^}]*)\}", script)[1]
    assert {pair.split(":")[0].strip() for pair in order.split(",")} == kinds


def test_the_source_of_a_component():
    assert _source("squares.js", "picture.js").startswith(text(ASSETS / "diagram" / "squares.js"))
    assert _source("picture.js").count("export default") == _source("matrices.js").count("export default") == 1
    assert "export default" not in _source("squares.js")
