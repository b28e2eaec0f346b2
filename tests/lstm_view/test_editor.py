"""What the editor is sent, and what its script asks for."""
import json
import re

import pytest

from lstm_core import CELLS
from lstm_core.cell import PARAMETERS
from lstm_core.ops import OPS
from lstm_view.diagram.component import _source
from lstm_view.diagram.editor import SIGNS, editor, palette
from lstm_view.incoming.own_cell import FUNCTIONS, MOST_CHARACTERS, read
from lstm_view.incoming.reader import Refused
from lstm_view.style import ROLES, role
from lstm_view.words import ASSETS, LANGUAGES, words

EN = words("en")
LSTM = CELLS["lstm"].equations.strip()
SCRIPT = (ASSETS / "diagram" / "editor.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CELLS)
def test_every_name_has_the_colour_of_its_role(name):
    cell = CELLS[name]
    named = editor("", None, cell, EN)["named"]
    known = {"x", *cell.lines, *cell.parameters, *cell.inputs} | {f"{s}_prev" for s in cell.state}
    assert named == {name: role(name) for name in known} and set(named.values()) <= ROLES.keys()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_mistake_is_sent_with_its_line(lang):
    say = words(lang)
    for line, text in ((2, f"{LSTM.splitlines()[0]}\ni = sigmoid("), (0, "h" * 3000)):
        with pytest.raises(Refused) as found:
            read(text)
        data = editor(text, found.value, CELLS["lstm"], say)
        assert data["mistake"] == {"line": line, "says": say(f"reader.{found.value.key}", **found.value.values)}
        assert data["text"] == text
    data = editor(LSTM, None, CELLS["lstm"], say, True)
    assert (data["mistake"], data["typed"], data["most"]) == (None, True, MOST_CHARACTERS)
    json.dumps(data, allow_nan=False)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", CELLS)
def test_the_palette_holds_all_that_an_equation_may_use_and_nothing_else(name, lang):
    cell = CELLS[name]
    groups = palette(cell, words(lang))
    assert all(group["title"] for group in groups)
    labels = [[item["label"] for item in group["items"]] for group in groups]
    assert labels[0] == list(FUNCTIONS) and {*FUNCTIONS, *SIGNS} == OPS.keys() and labels[1] == list(SIGNS.values())
    assert set(labels[2]) == {"x", "tick", *(f"{name}_prev" for name in cell.lines)}
    assert labels[3] == [*PARAMETERS, "I"]
    for group in groups:
        for item in group["items"]:
            value = "W_a @ x" if item["label"] == "@" else "h_prev"
            read(f"h = h_prev + b_h\ng = {_used(item, value)}\n" + "\n".join(
                f"{n} = p_{n[:1]} * 2" for n in cell.lines if n not in ("h", "g")))


def _used(item, value):
    """An equation in which what a button inserts stands, written on as a visitor would."""
    text, label = item["insert"], item["label"]
    if label in "+-*/":
        return f"h_prev{text.replace('|', 'p_g')}"
    if label == "@":
        return f"W_g{text.replace('|', 'x')}"
    if label == "x":
        return f"W_g @ {text}"
    if label in PARAMETERS:
        rest = {"W_": "@ x", "U_": f"@ {value}", "R_": f"@ {value}"}.get(label, "* 2")
        return f"{text.replace('|', 'g')} {rest}"
    return f"{text.replace('|', value)} * 2"


def test_the_script_asks_for_what_is_sent():
    asked = set(re.findall(r"\bdata\.(\w+)", SCRIPT))
    for group in re.findall(r"\{([^{}]*)\} = this\.data\b", SCRIPT):
        asked |= {word.strip() for word in group.split(",")}
    assert len(asked) > 6
    assert asked <= editor("", None, CELLS["lstm"], EN).keys() | {"echo", "listens"}
    assert set(re.findall(r"\bwords\.(\w+)", SCRIPT)) == EN.under("editor").keys()
    assert _source("numbers.js", "squares.js", "save.js", "editor.js").count("export default") == 1


def test_tab_leaves_the_text():
    assert "Tab" not in re.sub(r"//.*|/\*\*.*?\*/", "", SCRIPT)
