"""The pages, run as scripts: what they compute, send and survive, without a browser."""
import ast
import base64
import json
import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lstm_core import CELLS
from lstm_core.latex import equations
from lstm_core.ops import sigmoid
from lstm_view.diagram.layout import STAGES, family
from lstm_view.fields import from_text
from lstm_view.incoming import starts
from lstm_view.incoming.sentence import OPEN, SHUT, later, remains, written
from lstm_view.numbers.experiment import DEFAULTS, FIELDS, change, compute, fit
from lstm_view.parts.frame import PAGES
from lstm_view.style import formula_colors
from lstm_view.telling.dependency import price
from lstm_view.telling.names import heading
from lstm_view.text.numbers import percent
from lstm_view.words import LANGUAGES, words

ROOT = Path(__file__).parents[2]
EVERY = [(cell, start) for cell in CELLS for start in starts.available(CELLS[cell])]
langs = pytest.mark.parametrize("lang", LANGUAGES)


def visit(page="one_step", lang="en", **query):
    """A page, opened by a link."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    if page != "home":
        at.switch_page(PAGES[page])
    at.query_params.update({"lang": lang} | query)
    return fine(at.run())


def fine(at):
    assert [e.message for e in at.exception] == []
    assert [e.value for e in at.error] == []
    return at


def component(at, name):
    return next(e.proto for e in at.get("bidi_component") if e.key == name)


def data(at, name="picture"):
    """What a component is sent."""
    return json.loads(component(at, name).json)


def send(at, name, event, value):
    """What a component sends, as Streamlit's own frontend does."""
    states = at._tree.get_widget_states()
    message = states.widgets.add()
    message.id = f"$$STREAMLIT_INTERNAL_KEY_{component(at, name).id}__events"
    message.json_trigger_value = json.dumps([{"event": event, "value": value}])
    return fine(at._run(states))


def widget(at, kind, name):
    """A field's widget.  Its key has a number behind it once something else has changed it."""
    return next(w for w in getattr(at, kind) if field_of(w) == name)


def field_of(widget):
    """The field that a widget shows, or None."""
    found = re.fullmatch(r"widget\.(\w+)(\.\d+)?", widget.key or "")
    return found and found[1]


def press(at, name):
    return fine(at.button(key=f"button.{name}").click().run())


def buttons(at):
    return {b.key.removeprefix("button."): not b.disabled for b in at.button}


def values_of(at):
    """The page's values, as its URL says."""
    memory = at.session_state["one_step"]
    assert {k: v for k, v in at.query_params.items() if k != "lang"} == memory.url
    return memory.values


def in_code(at):
    """Name -> the array that the code on the page gives it."""
    lines = ast.parse(at.code[0].value).body
    calls = [n for n in lines if isinstance(n, ast.Assign) and ast.unparse(n.value).startswith("np.array(")]
    return {n.targets[0].id: np.array(ast.literal_eval(n.value.args[0])) for n in calls}


def assert_shows(at, values, lang="en"):
    """Picture, matrices, code, table and controls all show what the values give."""
    experiment = compute(values)
    assert data(at)["values"] == {
        name: experiment.env[name].tolist() for name in (*experiment.inputs, *experiment.cell.node)}
    assert data(at, "matrices")["values"] == {name: value.tolist() for name, value in experiment.params.items()}
    code = in_code(at)
    assert code.keys() <= experiment.params.keys() | experiment.inputs.keys()
    assert experiment.params.keys() <= code.keys()
    for name, array in code.items():
        np.testing.assert_array_equal(array, experiment.env[name])
    rows = at.table[0].value
    for name in (*experiment.inputs, *experiment.cell.node):
        numbers = [float(text.strip("*").replace("−", "-")) for text in rows.loc[name].iloc[1:] if text]
        assert numbers == pytest.approx(experiment.env[name], abs=1e-6, rel=1e-6)
    assert widget(at, "selectbox", "cell").value == values["cell"]
    assert widget(at, "radio", "start").value == values["start"]
    assert [widget(at, "number_input", name).value for name in "DH"] == [values["D"], values["H"]]
    assert at.query_params["lang"] == lang


def visible(at):
    """Every text a visitor reads, but code and formulas."""
    for kind in ("title", "header", "subheader", "caption", "markdown", "info", "warning"):
        yield from (e.value for e in getattr(at, kind))
    for kind in ("selectbox", "number_input", "slider", "button"):
        yield from (e.label for e in getattr(at, kind))
    for e in at.selectbox:
        yield from e.options
    yield from (e.proto.label for e in (*at.get("page_link"), *at.get("button_group")))
    for e in at.get("button_group"):
        yield from (option.content for option in e.proto.options if "lang" not in e.key)
    for e in at.get("bidi_component"):
        sent = json.loads(e.proto.json)
        yield from sent.get("words", {}).values()
        yield from (sent.get("captions") or {}).values()
        for stage in sent.get("stages", ()):
            yield from (stage["title"], stage["say"])
        yield from (group["title"] for group in sent.get("groups", ()))


@pytest.mark.parametrize(("cell", "start"), EVERY)
def test_a_link_shows_its_step(cell, start):
    lang = LANGUAGES[EVERY.index((cell, start)) % 2]
    at = visit(lang=lang, cell=cell, start=start)
    assert not at.warning
    assert_shows(at, fit(DEFAULTS | {"cell": cell, "start": start})[0], lang)
    shown = " ".join(m.value for m in at.markdown)
    assert all(f"${line}$" in shown for line in equations(CELLS[cell], formula_colors(False)).values())
    assert (words(lang)("changed.heading") in shown) == bool(CELLS[cell].base)
    assert len(at.latex) == 1  # what the panel works out


def test_a_link_holds_everything():
    asked = {"cell": "peephole", "start": "stocks", "D": "4", "H": "2", "seed": "7", "week": "80", "bias": "-1.25",
             "edit": "x.3:0.30000000000000004,U_f.1.0:-12.5,b_c.1:1000000", "clamp": "f.0:0,o.1:0.25",
             "stage": "forget", "select": "f.pre.1", "pin": "cell~peephole;start~stocks;D~4;H~2;week~9"}
    at = visit(**asked)
    assert not at.warning
    assert at.query_params == asked | {"lang": "en"} | {"pin": at.query_params["pin"]}
    assert set(at.query_params["pin"].split(";")) == set(asked["pin"].split(";")) - {"D~2", "H~3"}
    assert_shows(at, values_of(at))
    experiment = compute(values_of(at))
    assert experiment.inputs["x"][3] == 0.1 + 0.2
    shown = data(at)
    assert shown["other"]["run"] == "forced"
    assert shown["other"]["values"]["f"] == experiment.forced["f"].tolist()
    assert (shown["forced"], shown["selected"]) == (["f.0", "o.1"], "f.pre.1")
    assert shown["stages"][shown["stage"]]["name"] == "forget"
    assert widget(at, "slider", "week").value == 80
    assert len(at.info) == 2  # what the force does, and what changed since the pin


BROKEN = [
    {"edit": "garbage"}, {"edit": "x.0:1e7"}, {"edit": "x.0:nan"}, {"edit": "x.0:" + "9" * 400},
    {"edit": "x." + "9" * 5000 + ":1"}, {"edit": "x.00:1"}, {"edit": "W_z.0.0:1"}, {"edit": "x.-1:1,x.0"},
    {"cell": "elman"}, {"cell": ""}, {"start": "here"}, {"start": "hand", "H": "5"},
    {"D": "99999999999999999999"}, {"H": "-3"}, {"H": "1e3"}, {"seed": "9" * 5000}, {"seed": "0.5"}, {"week": "1000"},
    {"bias": "1e300"}, {"bias": "inf"}, {"clamp": "c.0:1"}, {"clamp": "f.9:1"}, {"stage": "gates"}, {"select": "f"},
    {"select": "z.0"}, {"pin": "x"}, {"pin": "pin~" * 2000}, {"pin": "cell~gru;edit~W_f.0.0:1;start~random"},
    *({name: "<img src=x onerror=alert(1)>"} for name in ("edit", "stage", "select", "cell", "clamp", "pin", "other")),
    {"cell": "clockwork", "start": "random", "edit": "tick.0:0.5"}, {"cell": "clockwork", "edit": "R_n.2.0:1"},
    {"select": "`](javascript:alert(1)) $x$ :red[x]"}, {"no": "\x00\u202e"},
]


@pytest.mark.parametrize("query", BROKEN, ids=lambda query: ascii(query)[:40])
def test_a_broken_link_warns_and_works(query):
    at = visit(lang="ko", **query)
    assert len(at.warning) == 1
    values = values_of(at)
    assert fit(values) == (values, [])
    assert_shows(at, values, "ko")
    assert from_text(FIELDS, at.query_params) == (values, [])  # mended in the address too


@pytest.mark.parametrize("text", ["![](//a.example/x.png)", "`![](//a.example/x.png)`", "a\n\n![](//a.example/x.png)",
                                  "<b>\n\n# b", "\r\r# b", "\u2028\u2028# b"])
def test_what_a_link_says_is_shown_as_code_alone(text):
    warning = visit(nonsense=text).warning[0].value
    assert len(warning.splitlines()) == 1
    assert "example" not in re.sub(r"`[^`]*`", "", warning) and "#" not in re.sub(r"`[^`]*`", "", warning)


@pytest.mark.parametrize("lang", ["xx", "<b>", ""])
def test_an_unknown_language_is_the_visitors_own_or_english(lang):
    assert visit(lang=lang).title[0].value == words("en")("page.one_step")


@langs
def test_the_words_are_of_one_language(lang):
    for at in (visit("home", lang), visit(lang=lang, cell="cifg", edit="no.0:1", clamp="f.0:0", select="f.0",
                                          pin="cell~cifg;seed~3"), visit(lang=lang, cell="gru", start="stocks")):
        texts = [text for text in visible(at) if text]
        assert len(texts) > 30
        for text in texts:
            text = re.sub(r"`[^`]*`|\$[^$]*\$|\([^)]*\)|\*\*", "", text)
            if lang == "en":
                assert not re.search("[가-힣]", text)
            else:
                assert not re.search(r"\b[A-Za-z]{2,}(?: [A-Za-z]{2,}){2,}", text), text
            assert "{" not in text and "(는)" not in text


@langs
def test_a_state_that_no_step_can_have_made_is_said_to_be_one(lang):
    end = words(lang)("reach.between").rpartition("}")[2]

    def told(at):
        return [c.value for c in at.caption if c.value.endswith(end)]

    at = visit(lang=lang, edit="h_prev.1:2,c_prev.0:9,x.0:7")
    assert len(told(at)) == 1 and "2.00" in told(at)[0]
    for cell, edit in (("lstm", "h_prev.1:0.5"), ("noaf", "h_prev.1:2")):
        assert not told(visit(lang=lang, cell=cell, edit=edit))
    at = visit("home", lang)
    send(at, "picture", "commit", {"address": "h_prev.0", "value": -1.5, "id": 1})
    assert len(told(fine(at.run()))) == 1


def test_the_language_is_switched_and_stays():
    at = visit(lang="ko", cell="gru", start="random", edit="x.0:2.5")
    fine(at.get("button_group")[0].set_value("en").run())
    assert at.title[0].value == words("en")("page.one_step")
    assert at.query_params == {"lang": "en", "cell": "gru", "start": "random", "edit": "x.0:2.5"}
    fine(widget(at, "selectbox", "cell").select("rnn").run())
    assert at.query_params["lang"] == "en" and at.title[0].value == words("en")("page.one_step")
    fine(at.get("button_group")[0].set_value("ko").run())
    assert at.title[0].value == words("ko")("page.one_step")
    assert_shows(at, values_of(at), "ko")


def test_every_link_keeps_the_language():
    for page in PAGES:
        links = visit(page, "ko").get("page_link")
        assert len(links) >= len(PAGES)
        assert all("lang=ko" in link.proto.query_string for link in links)


def test_the_homes_links_lead_to_what_they_promise():
    for link in visit("home").get("page_link"):
        query = dict(part.split("=") for part in link.proto.query_string.split("&"))
        if len(query) > 1:
            at = visit(**query)
            assert not at.warning
            assert values_of(at).items() >= {k: v for k, v in query.items() if k != "lang"}.items()


def test_coming_back_finds_what_was_left():
    at = visit("one_step")
    widget(at, "selectbox", "cell").select("cifg").run()
    at.query_params.clear()
    at.query_params["lang"] = "en"
    fine(at.switch_page("app.py").run())
    assert at.title[0].value == words("en")("app.tagline")
    fine(at.switch_page(PAGES["one_step"]).run())
    assert at.query_params == {"lang": "en", "cell": "cifg"}
    at.query_params.clear()
    at.query_params.update({"lang": "en", "cell": "rnn", "start": "random"})  # another link
    fine(at.run())
    assert_shows(at, fit(DEFAULTS | {"cell": "rnn", "start": "random"})[0])


def test_what_a_browser_says_that_does_not_know_yet_brings_nothing_back():
    """With every event it sends what all widgets hold, and under load, or far away, what they held a moment ago."""
    at = visit("one_step", start="hand")
    late = at._tree.get_widget_states()
    at.query_params.clear()
    at.query_params["lang"] = "en"
    fine(at.run())
    assert_shows(at, fit(DEFAULTS)[0])
    fine(at._run(late))
    assert_shows(at, fit(DEFAULTS)[0])
    fine(widget(at, "number_input", "H").set_value(5).run())
    late = at._tree.get_widget_states()
    press(at, "undo")
    fine(at._run(late))
    assert_shows(at, fit(DEFAULTS)[0])


def test_an_event_sent_with_the_address_of_a_moment_ago_loses_nothing():
    """A browser under load: it has not yet taken over the address that the last run wrote."""
    at = visit()
    fine(widget(at, "selectbox", "cell").select("cifg").run())
    fine(widget(at, "number_input", "H").set_value(5).run())
    press(at, "reseed")
    for seed, late in ((2, {"lang": "en", "cell": "cifg"}), (3, {"lang": "en"})):
        at.query_params.clear()
        at.query_params.update(late)
        press(at, "reseed")
        assert values_of(at).items() >= {"cell": "cifg", "H": 5, "start": "random", "seed": seed}.items()
    at.query_params.clear()
    at.query_params.update({"lang": "en", "cell": "cifg"})
    fine(at.run())  # the back button: no event
    assert values_of(at).items() >= {"cell": "cifg", "H": DEFAULTS["H"]}.items()


def test_every_control_does_what_it_says():
    at, expected = visit(), dict(DEFAULTS)
    for kind, name, value in [
        ("selectbox", "cell", "peephole"), ("number_input", "bias", 2.5), ("number_input", "H", 5),
        ("number_input", "D", 1), ("number_input", "seed", 77), ("radio", "start", "stocks"), ("slider", "week", 9),
        ("selectbox", "cell", "gru"), ("radio", "start", "hand"), ("number_input", "H", 2),
    ]:
        fine(widget(at, kind, name).set_value(value).run())
        expected = change(expected, **{name: value})
        assert expected[name] == value
        assert values_of(at) == expected
        assert_shows(at, expected)
    for _ in range(10):
        press(at, "undo")
    assert not buttons(at)["undo"]
    assert_shows(at, DEFAULTS)
    assert at.query_params == {"lang": "en"}
    for _ in range(10):
        press(at, "redo")
    assert not buttons(at)["redo"]
    assert_shows(at, expected)


def test_the_forget_bias_is_asked_for_where_there_is_one():
    for cell in ("lstm", "lstm1997", "gru", "cifg"):
        fields = {field_of(e) for e in visit(cell=cell, start="random").number_input}
        assert ("bias" in fields) == ("b_f" in CELLS[cell].parameters)
        assert "seed" in fields
    at = visit(bias="3")
    fine(widget(at, "number_input", "bias").set_value(None).run())
    assert at.query_params == {"lang": "en"}


def test_reset_takes_back_edits_force_and_bias():
    at = visit(cell="cifg", start="random", seed="4", edit="x.0:2", clamp="f.0:1", bias="1")
    assert buttons(at)["reset"]
    press(at, "reset")
    assert at.query_params == {"lang": "en", "cell": "cifg", "start": "random", "seed": "4"}
    assert not buttons(at)["reset"]
    press(at, "undo")
    assert at.query_params["edit"] == "x.0:2"


def test_other_random_numbers():
    at = visit(edit="x.0:2")
    seen = [at.code[0].value]
    for seed in (None, "1", "2"):
        press(at, "reseed")
        assert at.query_params == {"lang": "en", "start": "random"} | ({"seed": seed} if seed else {})
        seen.append(at.code[0].value)
        assert_shows(at, values_of(at))
    assert len(set(seen)) == 4


def test_after_the_last_seed_the_address_still_works():
    at = press(visit(start="random", seed="1000000"), "reseed")
    assert not visit(**at.query_params).warning


def test_a_pin_is_compared_with():
    at = visit(start="random")
    assert not at.info
    press(at, "pin")
    assert "unpin" in buttons(at) and "pin" not in buttons(at)
    then = compute(fit(DEFAULTS | {"start": "random"})[0]).env
    send(at, "picture", "commit", {"address": "x.0", "value": 0.125, "id": 1})
    shown = data(at)
    assert shown["other"]["run"] == "pinned"
    assert shown["other"]["values"]["x"] == then["x"].tolist() and shown["other"]["values"]["h"] == then["h"].tolist()
    assert shown["values"]["x"][0] == 0.125
    assert "h_prev" not in shown["other"]["values"]
    assert len(at.info) == 1
    assert data(visit(**at.query_params))["other"] == shown["other"]
    widget(at, "number_input", "H").set_value(4).run()
    assert not data(fine(at)).get("other", {}).get("values")  # of another size: told, not drawn
    assert len(at.info) == 1
    press(at, "unpin")
    assert not at.info and "pin" not in at.query_params


@langs
@pytest.mark.parametrize("cell", ["lstm", "nog", "gru", "rnn", "mgu", "clockwork"])
def test_the_stages_are_walked(cell, lang):
    at = visit(lang=lang, cell=cell, start="random")
    order = STAGES[family(CELLS[cell])]
    for at_stage in (0, len(order) - 2, len(order) - 1):
        send(at, "picture", "stage", at_stage)
        assert data(at)["stage"] == at_stage
        assert at.query_params.get("stage", order[-1]) == order[at_stage]
    assert not buttons(at)["undo"]


@pytest.mark.parametrize("cell", CELLS)
def test_every_square_can_be_clicked(cell):
    here, say = CELLS[cell], words("en")
    at = visit(cell=cell, start="random")
    for node in [n for k, n in enumerate(("x", *here.node)) if k % 7 == 0] + list(here.inputs):
        send(at, "picture", "select", f"{node}.1")
        assert data(at)["selected"] == data(at, "matrices")["selected"] == at.query_params["select"] == f"{node}.1"
        assert any(heading(here, node, 1, say) in m.value for m in at.markdown)
    send(at, "picture", "select", "")
    assert "select" not in at.query_params


def test_pointing_moves_the_panel_and_draws_the_picture_again_lest_it_is_lost():
    at, say = visit(cell="gru", start="random"), words("en")
    before = data(at)
    send(at, "picture", "point", "z.2")
    assert heading(CELLS["gru"], "z", 2, say) in at.markdown[0].value
    assert data(at) == before and len(at.get("bidi_component")) == 1  # nothing else ran
    assert "select" not in at.query_params


def test_a_drag_shows_at_once_and_is_kept_when_let_go():
    at = visit(start="random", seed="5")
    for k, value in enumerate((0.5, 0.75, 1.0), 1):
        send(at, "picture", "drag", {"address": "x.1", "value": value, "id": k})
        shown, live = data(at), compute(values_of(at), {"x.1": value})
        assert (shown["echo"], shown["values"]["h"]) == (k, live.env["h"].tolist())
        assert "edit" not in at.query_params
    send(at, "picture", "commit", {"address": "x.1", "value": 1.0, "id": 4})
    assert at.query_params["edit"] == "x.1:1"
    assert data(at)["echo"] == 4
    assert_shows(at, values_of(at))
    press(at, "undo")
    assert "edit" not in at.query_params
    assert_shows(at, DEFAULTS | {"start": "random", "seed": 5})


def test_a_weight_is_typed():
    at = visit(cell="gru", start="random")
    send(at, "matrices", "commit", {"address": "U_n.2.0", "value": -3.5, "id": 9})
    assert at.query_params["edit"] == "U_n.2.0:-3.5"
    assert data(at, "matrices")["values"]["U_n"][2][0] == -3.5
    assert data(at, "matrices")["echo"] == 9
    send(at, "picture", "commit", {"address": "h_prev.0", "value": 0.1 + 0.2, "id": 10})
    assert at.query_params["edit"] == "U_n.2.0:-3.5,h_prev.0:0.30000000000000004"
    assert_shows(at, values_of(at))


@pytest.mark.parametrize("event", ["drag", "commit"])
@pytest.mark.parametrize(("address", "value"), [("x.9", 1), ("h.0", 1), ("nothing", 1), ("x.0", 1e7), ("x.0", -2e6)])
def test_what_makes_no_sense_is_answered_and_not_taken(event, address, value):
    at = visit()
    send(at, "picture", event, {"address": address, "value": value, "id": 3})
    assert at.query_params == {"lang": "en"}
    assert at.session_state["one_step"].live == {}
    assert_shows(fine(at.run()), DEFAULTS)
    assert data(at)["echo"] == 3


@langs
def test_a_clock_is_switched_off(lang):
    at, say = visit(lang=lang, cell="clockwork", start="random", select="tick.0"), words(lang)
    assert any(say("start_text.ticks", t=2) in c.value for c in at.caption)
    assert any(say("inspect.tick", unit=1, period=1) in m.value for m in at.markdown)
    true = data(at)["values"]
    assert true["tick"] == [1, 1, 0] and true["h"][2] == true["h_prev"][2]
    send(at, "picture", "drag", {"address": "tick.0", "value": 0, "id": 1})
    assert data(at)["values"]["h"][0] == true["h_prev"][0] != true["h"][0]
    send(at, "picture", "commit", {"address": "tick.0", "value": 0, "id": 2})
    assert at.query_params["edit"] == "tick.0:0"
    assert_shows(at, values_of(at), lang)
    for address, value in (("tick.1", 0.5), ("tick.1", 2), ("R_n.2.0", 0.5), ("R_n.2.0", 0)):
        where = "matrices" if address[0] == "R" else "picture"
        send(at, where, "commit", {"address": address, "value": value, "id": 3})
        assert at.query_params["edit"] == "tick.0:0"
    send(at, "matrices", "commit", {"address": "R_n.0.2", "value": 0.5, "id": 4})
    assert at.query_params["edit"] == "tick.0:0,R_n.0.2:0.5"


@pytest.mark.parametrize(("cell", "gate"), [
    ("lstm", "f"), ("gru", "z"), ("lstm", "c_tilde"), ("cifg", "i"), ("mgu", "f"), ("mut1", "z"), ("mut3", "r"),
    ("clockwork", "n"),
])
def test_a_gate_is_forced_and_released(cell, gate):
    at = visit(cell=cell, start="random", select=f"{gate}.1")
    true = data(at)["values"]
    press(at, "force")
    held = values_of(at)["clamp"][f"{gate}.1"]
    assert held == round(true[gate][1])
    assert data(at)["values"] == true
    assert data(at)["other"]["values"][gate][1] == held
    assert len(at.info) == 1
    fine(widget(at, "slider", "force").set_value(0.25).run())
    assert at.query_params["clamp"] == f"{gate}.1:0.25"
    experiment = compute(values_of(at))
    assert data(at)["other"]["values"]["h"] == experiment.forced["h"].tolist()
    press(at, "force")
    assert "clamp" not in at.query_params and not at.info
    press(at, "undo")
    assert at.query_params["clamp"] == f"{gate}.1:0.25"


def test_all_forces_are_released_at_once():
    at = visit(clamp="f.0:0,f.1:1,i.2:0.5", select="f.0")
    press(at, "release")
    assert "clamp" not in at.query_params
    assert data(at)["forced"] == []


def test_what_is_no_gate_is_not_forced():
    for node in ("c.0", "h.1", "x.0", "f.pre.0", "c.1.0"):
        assert "force" not in buttons(visit(select=node))


@pytest.mark.parametrize("kind", ["numpy", "torch", "csv"])
def test_the_step_is_taken_along(kind):
    at = visit(cell="cifg", start="random", clamp="f.0:0.5")
    fine(next(e for e in at.get("button_group") if e.key == "take").set_value(kind).run())
    text, experiment = at.code[0].value, compute(values_of(at))
    if kind == "csv":
        rows = [line.split(",") for line in text.splitlines()[1:]]
        assert text.startswith("node,unit,value,forced,")
        for column, run in ((2, experiment.env), (3, experiment.forced)):
            assert [float(row[column]) for row in rows if row[0] == "h"] == run["h"].tolist()
    else:
        assert f"import {kind}" in text
        assert repr(float(experiment.params["W_f"][0, 0])) in text and "0.5  # forced" in text


@langs
def test_home(lang):
    at = visit("home", lang)
    experiment = compute(change(DEFAULTS, start="hand"))
    assert data(at)["values"]["h"] == experiment.env["h"].tolist()
    assert (experiment.D, experiment.H) == (1, 1)
    send(at, "picture", "drag", {"address": "x.0", "value": 2.0, "id": 1})
    assert data(at)["values"]["h"] == compute(change(DEFAULTS, start="hand"), {"x.0": 2.0}).env["h"].tolist()
    send(at, "picture", "commit", {"address": "W_f.0.0", "value": -2.0, "id": 2})
    assert data(at)["values"]["f"] == compute(change(DEFAULTS, start="hand") | {"edit": {"W_f.0.0": -2.0}}
                                              ).env["f"].tolist()


@langs
def test_the_sentence_of_a_hundred_words(lang):
    at = visit("home", lang)
    sentence = written(words(lang).prose("sentence"))
    assert any(sentence.split()[-1] in m.value for m in at.markdown)
    for recurrent, bias in ((None, None), (1.2, 3.0)):
        if recurrent:
            at.slider(key="recurrent").set_value(recurrent)
            fine(at.slider(key="forget_bias").set_value(bias).run())
        lines = json.loads(at.get("plotly_chart")[0].proto.spec)["data"]
        shares = remains(sentence, *(at.slider(key=key).value for key in ("recurrent", "forget_bias")))
        for line, share in zip(lines, shares.values(), strict=True):
            drawn = np.frombuffer(base64.b64decode(line["y"]["bdata"]), line["y"]["dtype"])
            np.testing.assert_array_equal(drawn, share)
    found = later(sentence, 1.2)
    counts, deaf = price(shares["rnn"][-1], 1.2, found, words(lang))
    assert any(m.value.endswith(f"{counts} {deaf}") for m in at.markdown)
    assert any(percent(sigmoid(SHUT)) in c.value and percent(sigmoid(OPEN)) in c.value for c in at.caption)


def test_the_components_can_say_what_their_scripts_say():
    at = visit()
    for name, files in (("picture", ("picture", "squares")), ("matrices", ("squares",))):
        script = "".join((ROOT / "assets" / "diagram" / f"{file}.js").read_text(encoding="utf-8") for file in files)
        listens = set(data(at, name)["listens"])
        assert {"drag", "commit"} <= listens
        assert set(re.findall(r"\.tell\(\"(\w+)\"", script)) == listens - {"drag", "commit"}
        assert all(f'"{event}"' in script for event in listens)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_what_an_equation_reads_beside_weights_is_explained(lang):
    say = words(lang)
    for cell, keys in (("mut1", {"identity"}), ("clockwork", {"masked"}), ("gru", set())):
        said = {caption.value for caption in visit(lang=lang, cell=cell, start="random").caption}
        assert {key for key in ("identity", "masked") if say(f"equations.{key}") in said} == keys
