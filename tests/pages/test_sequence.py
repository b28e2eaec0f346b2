"""The page `sequence`, run as a script: what it computes, sends, reads and survives, without a browser."""
import json
import re
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pytest
from printed import read
from squares import heatmaps
from test_pages import buttons, data, field_of, fine, press, send, visible, visit, widget

from lstm_core import CELLS
from lstm_view.diagram.provenance import possible
from lstm_view.fields import from_text, to_text
from lstm_view.incoming.sequences import GENERATED, KINDS, MOST, MOST_TEXT
from lstm_view.incoming.tokens import tokens
from lstm_view.numbers import backwards, compared, experiment
from lstm_view.numbers.over_time import DEFAULTS, SEQUENCE, change, compute, fit, incoming, main_nodes, seen
from lstm_view.packed import pack, pack_numbers
from lstm_view.telling.names import title
from lstm_view.words import LANGUAGES, plain, words

langs = pytest.mark.parametrize("lang", LANGUAGES)
EN, KO = words("en"), words("ko")
WHAT = {"what": "x.3.0:-1,W_i.0.0:2", "clamp": "f.*@8-11:0"}


def open_page(lang="en", **query):
    return visit("sequence", lang, **query)


def follow(at, lang="en", **query):
    """Another link, in the same session: much sooner than in a new one."""
    at.query_params.clear()
    at.query_params.update({"lang": lang} | query)
    return fine(at.run())


def reopened(at):
    """Its address, opened by someone else."""
    return visit("sequence", **at.query_params)


def values_of(at):
    """The page's values, as its URL says."""
    memory = at.session_state["sequence"]
    assert {k: v for k, v in at.query_params.items() if k != "lang"} == memory.url
    assert fit(memory.values) == (memory.values, [])
    return memory.values


def squares(at):
    """What each band of the heatmaps shows: (T, units)."""
    [chart] = [e.proto for e in at.get("plotly_chart") if "chart-heatmaps" in e.proto.id]
    return [band.T for band in heatmaps(json.loads(chart.spec)["data"])]


def assert_shows(at, values):
    """The chain, the step's diagram, the heatmaps, the lines, the memory and the weights are those of the values."""
    run, t, unit = compute(values), values["t"], values["unit"]
    chain, step = data(at, "timeline"), data(at)
    assert (chain["T"], chain["t"], chain["unit"]) == (run.T, t, unit)
    for node, numbers in chain["runs"][0]["values"].items():
        assert numbers == run.values[node][:, unit].tolist()
    for node, numbers in chain["runs"][0]["other"].items():
        assert numbers == run.other[node][:, unit].tolist()
    assert [strip["values"] for strip in chain["inputs"]] == incoming(values).x.T.tolist()
    assert step["values"] == {name: run.values[name][t].tolist() for name in step["values"]}
    assert set(step["values"]) >= set(run.cell.node)
    for node, numbers in step["other"]["values"].items():
        assert numbers == run.other[node][t].tolist()
    assert bool(step["other"]["run"]) == bool(run.other)
    for node, shown in zip(values["nodes"] or main_nodes(run.cell), squares(at), strict=True):
        np.testing.assert_array_equal(shown, seen(run, node, values["view"]))
    for panel in data(at, "lines")["panels"]:
        for line in panel["lines"] if not panel["run"] else ():
            assert line["values"] == run.values[line["node"]][:, unit].tolist()
    keys = [e.key for e in at.get("bidi_component")]
    assert ("provenance" in keys) == (possible(run.cell) is not None)
    if values["part"] == "what":
        params = run.other_params or run.params
        assert data(at, "matrices")["values"] == {name: value.tolist() for name, value in params.items()}


def changed(at, kind, name, value):
    """A control used, and if that runs only fragments, of which alone the harness then knows, the whole page."""
    fine(widget(at, kind, name).set_value(value).run())
    return fine(at.run()) if name in at.session_state["sequence"].parts else at


def half(items, lang):
    """Every other one: what is read is read alike in each language, and said in its own words."""
    return list(items)[LANGUAGES.index(lang) :: len(LANGUAGES)]


def choose(at, kind):
    return fine(widget(at, "radio", "input").set_value(kind).run())


def upload(at, content, name="a.csv"):
    return fine(at.file_uploader(key="file").set_value((name, content, "text/csv")).run())


def told(at):
    """What was said about the visitor's numbers."""
    return "\n".join(w.value for w in at.warning)


def test_a_link_shows_its_run():
    at = open_page()
    for lang, cell in zip(LANGUAGES * len(CELLS), CELLS, strict=False):
        follow(at, lang, cell=cell, t="5", unit="1", T="12")
        assert not at.warning and values_of(at)["cell"] == cell
        assert_shows(at, values_of(at))
        assert widget(at, "selectbox", "cell").value == cell
        assert at.header[0].value == words(lang)("over_time.inside", step=6)
        assert len(at.info) == (possible(CELLS[cell]) is None)  # why there is no provenance


@langs
def test_every_kind_of_input(lang):
    at, say, before = open_page(lang), words(lang), None
    for kind in (*KINDS[2:], *KINDS[:2]):
        choose(at, kind)
        values = values_of(at)
        assert values["input"] == kind and not told(at)
        assert_shows(at, values)
        fields = {field_of(e) for e in at.number_input}
        assert ("T" in fields) == (kind in GENERATED) and ("D" in fields) == (kind not in ("own", "task"))
        described = " ".join(c.value for c in at.caption)
        if kind == "sentence":
            assert values["text"] == say("input.sentence_example")
            frame = at.table[0].value
            assert frame.shape == (2, len(incoming(values).labels))
            assert frame.columns[0] == plain(f"1 {incoming(values).labels[0]}")
        elif kind == "own":
            assert values["own"] == tuple(map(tuple, before.tolist()))  # with what stood there
        else:
            assert not at.table
        assert str(compute(values).T) in described or kind == "series"
        before = incoming(values).x


def test_sizes_weights_and_what_is_done_to_them():
    at, expected = open_page(), dict(DEFAULTS)
    for kind, name, value in [
        ("number_input", "T", 128), ("number_input", "bias", 2.5), ("number_input", "H", 16), ("slider", "scale", 4.0),
        ("number_input", "D", 6), ("number_input", "seed", 77), ("selectbox", "cell", "gru"), ("number_input", "T", 2),
        ("number_input", "H", 1), ("number_input", "D", 1), ("selectbox", "cell", "cifg"),
    ]:
        changed(at, kind, name, value)
        expected = change(expected, **{name: value})
        assert values_of(at) == expected and expected[name] == value
        assert_shows(at, expected)
    changed(at, "button_group", "weights", "named")
    assert values_of(at) == change(expected, weights="named")
    assert [widget(at, "number_input", name).value for name in "DH"] == [2, 3]
    for _ in range(12):
        press(at, "undo")
    assert values_of(at) == DEFAULTS and not buttons(at)["undo"]
    press(at, "redo")
    assert values_of(at)["T"] == 128


# --- a sentence


TEXTS = [
    "The key that was left", "열쇠가 어느새 없어졌습니다.", "😀 👩‍👩‍👧 🇰🇷", "مفاتيح الباب שלום",
    "<b>a</b> <img src=x onerror=alert(1)>", "=cmd() {at} {0} %s \\n", "x" * 3990 + " ab", "R&B a=b;c~d",
    "$x^2$ *a* `c` # h [x](http://a.example) http://b.example www.c.example d@e.example",
]
NO_TEXTS = [
    ("", "input_note.few_words"), ("  \n ", "input_note.few_words"), ("one", "input_note.few_words"),
    ("word " * 200, "reader.tokens_many"), ("x " * (MOST_TEXT // 2) + "y", "reader.text_long"),
]


@langs
def test_a_sentence_typed(lang):
    at, say = choose(open_page(lang), "sentence"), words(lang)
    for text in half(TEXTS, lang):
        fine(at.text_area[0].set_value(text).run())
        values = values_of(at)
        assert values["text"] == text and not told(at)
        assert_shows(at, values)
        labels = incoming(values).labels
        assert data(at, "timeline")["labels"] == list(labels)
        assert at.header[0].value == say("over_time.inside", step=1) + f": {plain(labels[0])}"
        for shown in (at.header[0].value, *at.table[0].value.columns):
            assert not re.search(r"(?<!\\)[<>*`$\[#]|://|www\.|@\w", shown)  # nothing that Markdown would read
        assert from_text(SEQUENCE, at.query_params) == (values, [])
    assert_shows(reopened(at), values)


@langs
def test_a_sentence_that_cannot_be_taken_leaves_the_one_before(lang):
    at = choose(open_page(lang), "sentence")
    before = values_of(at)
    for text, key in half(NO_TEXTS, lang):
        fine(at.text_area[0].set_value(text).run())
        assert values_of(at) == before and at.text_area[0].value == text  # it can be mended
        assert told(at).startswith(words(lang)(key).partition("{")[0])
    assert_shows(at, before)
    fine(at.text_area[0].set_value("two words").run())
    assert not told(at) and values_of(at)["text"] == "two words"


# --- numbers


def test_no_link_ends_in_what_programs_leave_out_of_it():
    at = open_page()
    for text in ("Is it so_", "Go on...", "well -", "a ~", "one two"):
        at = follow(at, input="sentence", text=pack(text))
        links = [urlencode(dict(at.query_params)), *(e.proto.query_string for e in at.get("page_link"))]
        assert len(links) > 8 and all(link[-1].isalnum() for link in links)
        assert incoming(values_of(at)).whole == tokens(text, MOST)
        links = [dict(parse_qsl(link)) for link in links]
        assert {link["text"] for link in links if "text" in link} == {pack(text)}


def test_numbers_typed_and_pasted():
    at = choose(open_page(), "own")
    for text, own in [("1 2\n3 4\n5 6", ((1, 2), (3, 4), (5, 6))), ("1,5;2\n2,5;3", ((1.5, 2), (2.5, 3))),
                      ("0.12346\n-7", ((0.12346,), (-7,))), ("1\t2\t3\n4\t5\t6", ((1, 2, 3), (4, 5, 6)))]:
        fine(at.text_area[0].set_value(text).run())
        assert values_of(at)["own"] == own
        assert_shows(at, values_of(at))
    before = values_of(at)
    for text in ("", "hello", "1 2\n3", "1\n2000000\n3", "1e999\n2"):
        fine(at.text_area[0].set_value(text).run())
        assert values_of(at) == before and told(at) and at.text_area[0].value == text
    for numbers in ([0.00006, 0.00004, 0.00002], [1 / 3, 5e-324, -999999.9999999999]):
        fine(at.text_area[0].set_value("\n".join(map(repr, numbers))).run())
        assert values_of(at)["own"] == tuple((number,) for number in numbers)  # to the last digit
        assert list(map(float, at.text_area[0].value.split())) == numbers
        assert compute(values_of(reopened(at))).sequence.x[:, 0].tolist() == numbers
    press(at, "undo")
    press(at, "undo")
    press(at, "undo")
    assert values_of(at)["own"] == ((0.12346,), (-7,))


FILES = {  # name -> (content, its rows of own numbers as they come in unscaled, what is said)
    "comma": (b"a,b\n1,2\n3,5\n", 2, None), "decimal comma": (b"a;b\n1,5;2\n2,5;3\n3;4,5\n", 3, "decimal_comma"),
    "UTF-16": ("größe,b\n1,2\n3,4\n".encode("utf-16"), 2, "encoding"),
    "Latin-1": ("größe,b\n1,2\n3,4\n".encode("latin-1"), 2, "encoding"),
    "one row": (b"a,b\n1,2\n", 2, None), "constant": (b"a,b\n1,7\n2,7\n4,7\n", 3, None),
    "blanks": (b"a,b\n1,NA\n\n3,5\n,6\n", 3, "skipped"), "dates": (b"day,v\n2020-01-01,1\n2020-01-02,3\n", 2, "dates"),
    "emoji and markup": ("😀,<b>,$x$,*y*,`z`,שלום\n1,2,3,4,5,6\n2,3,4,5,6,9\n".encode(), 2, None),
    "tiny and huge": (b"a,b\n1e-300,1e300\n2e-300,3e300\n", 2, None), "one column": (b"1\n2\n4\n", 3, None),
    "twice a name": (b"a,a\n1,2\n2,4\n", 2, None), "long": (b"v\n" + b"1\n2\n" * 300, MOST, None),
    "wide": (b"1,2,3,4,5,6,7,8\n2,3,4,5,6,7,8,9\n", 2, None),
}
NOTES = {"one row": {"one_row", "constant"}, "constant": {"constant"}, "long": {"window"}, "wide": {"some_columns"}}
REFUSED = {
    "empty": (b"", "empty"), "blank": (b"\n\n  ,,\n", "empty"), "NUL": (b"a,b\n1,\x002\n3,4\n", "binary"),
    "infinite": (b"a\n1\n1e999\n", "infinite"), "ragged": (b"a,b\n1,2\n3,4,5\n", "ragged"),
    "xlsx": (b"PK\x03\x04" + b"\0" * 99, "xlsx"), "quote": (b'a,b\n1,2\n"3,4\n5,6\n', "quote"),
    "words": (b"hello,world\nfoo,bar\n", "no_numbers"), "nothing but NA": (b"a\nNA\nNA\n", "no_numbers"),
    "200,000 names": (b"a," * 200_000 + b"\n", "long_line"), "long line": (b"1\n" + b"2" * 5000, "long_line"),
    "20,001 lines": (b"1\n" * 20_001, "too_many_lines"), "65 columns": ((b"1," * 64 + b"1\n") * 2, "too_many_columns"),
    "more than 1 MB": (b"1,2\n" * 300_000, "too_large"), "a PDF": (b"%PDF-1.7", "pdf"),
    "header alone": (b"a,b\n", "no_rows"),
}


@langs
def test_files(lang):
    at, say = choose(open_page(lang), "own"), words(lang)
    for name, (content, rows, key) in half(FILES.items(), lang):
        upload(at, content)
        values, x = values_of(at), np.array(values_of(at)["own"])
        assert len(x) == rows and len(values["columns"]) == x.shape[1] <= 6, name
        assert key is None or say(f"reader.{key}").partition("{")[0] in told(at), name
        for note in ("one_row", "constant", "window", "some_columns"):
            assert bool(said(at, say, f"input_note.{note}")) == (note in NOTES.get(name, ())), (name, note)
        if name not in ("one row", "wide"):
            np.testing.assert_allclose(x.mean(0)[x.std(0) > 0.5], 0, atol=0.01)  # standard, over the whole file
        described = " ".join(c.value for c in at.caption)
        assert all(f"`{column.replace('`', '')}`" in described for column, *_ in values["columns"])
        assert_shows(at, values)
        assert from_text(SEQUENCE, at.query_params) == (values, [])
    assert_shows(reopened(at), values)


@langs
def test_files_that_cannot_be_read_are_answered_with_a_sentence(lang):
    at, say = choose(open_page(lang), "own"), words(lang)
    before = values_of(at)
    assert before["own"] == tuple(map(tuple, incoming(DEFAULTS).x.tolist()))
    for name, (content, key) in half(REFUSED.items(), lang):
        upload(at, content, name)
        assert values_of(at) == before, name  # what the visitor had stays
        assert said(at, say, f"reader.{key}"), name
    assert_shows(at, before)


def said(at, say, key):
    """Whether the sentence of a key was said, whatever stands in its places."""
    return re.search(re.sub(r"\\{[^}]*\\}", ".*", re.escape(say(key))), told(at))


def test_columns_scaling_and_the_first_row_are_chosen():
    numbers = np.random.default_rng(0).normal(3, 5, (400, 8)).round(3)
    text = ",".join("abcdefgh") + "\n" + "\n".join(",".join(map(str, row)) for row in numbers.tolist())
    at = upload(choose(open_page(), "own"), text.encode())
    spread = (numbers - numbers.mean(0)) / numbers.std(0)
    np.testing.assert_allclose(values_of(at)["own"], spread[:MOST, :6], atol=1e-12)
    assert said(at, EN, "input_note.rounded") and "768 of 768" not in told(at)
    fine(at.multiselect(key="choice.names.1").set_value(["h", "b"]).run())
    np.testing.assert_allclose(values_of(at)["own"], spread[:MOST, [7, 1]], rtol=1e-12)
    fine(at.number_input(key="choice.row.1").set_value(300).run())
    np.testing.assert_allclose(values_of(at)["own"], spread[299:, [7, 1]], rtol=1e-12)
    fine(at.button_group(key="choice.how.1.standard").set_value("none").run())
    np.testing.assert_array_equal(values_of(at)["own"], numbers[299:, [7, 1]])
    assert not said(at, EN, "input_note.rounded")
    assert [column[0] for column in values_of(at)["columns"]] == ["h", "b"]
    fine(at.button_group(key="choice.how.1.none").set_value("range").run())
    assert np.abs(values_of(at)["own"]).max() <= 1 and values_of(at)["columns"][0][2] != 1
    upload(at, b"b,z\n1,2\n2,4\n", "other.csv")  # another table: its own choice
    assert at.multiselect(key="choice.names.2").value == ["b", "z"] and len(values_of(at)["own"]) == 2
    fine(at.multiselect(key="choice.names.2").set_value([]).run())
    assert len(values_of(at)["own"][0]) == 2


def switch(at, kind, name, value):
    """A switch beside the columns, used."""
    [found] = [w for w in getattr(at, kind) if (w.key or "").startswith(f"table.{name}.")]
    return fine(found.set_value(value).run())


@langs
def test_a_file_is_shown_with_switches_that_begin_with_what_was_guessed(lang):
    at, say = upload(choose(open_page(lang), "own"), b"# me\na;b\n1,5;2\n2,5;?\n4;8\n"), words(lang)
    switches = {w.key.split(".")[1]: w.value for w in [*at.toggle, *at.selectbox, *at.number_input, *at.text_input]
                if (w.key or "").startswith("table.")}
    assert switches == {"header": True, "separator": ";", "skip": 1, "missing": ""}
    assert at.button_group(key="table.decimal.1").value == ","
    assert at.table[0].value.to_numpy().tolist() == [["a", "b"], ["1,5", "2"], ["2,5", "?"], ["4", "8"]]
    fine(at.button_group(key="choice.how.1.standard").set_value("none").run())
    assert values_of(at)["own"] == ((1.5, 2), (2.5, 2), (4, 8)) and said(at, say, "reader.before")
    switch(at, "number_input", "skip", 2)
    assert values_of(at)["own"] == ((1.5, 2), (2.5, 2), (4, 8)) and values_of(at)["columns"][0][0] == "x1"
    switch(at, "text_input", "missing", "4 8")
    assert values_of(at)["own"] == ((1.5, 2), (2.5, 2), (2.5, 2))
    switch(at, "toggle", "header", True)
    assert values_of(at)["columns"][0][0] == "1,5"
    assert_shows(at, values_of(at))


def test_what_was_refused_is_shown_with_switches_that_mend_it():
    at = choose(open_page(), "own")
    before = values_of(at)
    upload(at, b"day,v\n1 May,broken\n2 May,0.5\n3 May,1.5\n4 May,out\n")
    assert values_of(at) == before and "`broken`" in told(at) and "line 2" in told(at)
    assert "2 May,0.5" in at.code[0].value
    switch(at, "text_input", "missing", "broken out")
    assert len(values_of(at)["own"]) == 4 and values_of(at)["columns"][0][0] == "v"


@langs
def test_the_other_meaning_of_a_comma_is_one_click_away(lang):
    at, say = choose(open_page(lang), "own"), words(lang)
    fine(at.text_area[0].set_value("0,5\n1,25\n0,75").run())
    assert values_of(at)["own"] == ((0, 5), (1, 25), (0, 75))
    assert any(say("reader.either_comma", cell="0,5", parts="0, 5", value="0.5") == c.value for c in at.caption)
    press(at, "other_reading")
    assert values_of(at)["own"] == ((0.5,), (1.25,), (0.75,)) and "other_reading" not in buttons(at)
    press(at, "undo")
    assert values_of(at)["own"] == ((0, 5), (1, 25), (0, 75)) and buttons(at)["other_reading"]


def test_undo_takes_the_choice_of_columns_and_their_scaling_along():
    at = upload(choose(open_page(), "own"), b"a,b,c\n1,2,3\n2,4,9\n5,5,5\n")

    def shown():
        how = [g.value for g in at.button_group if (g.key or "").startswith("choice.how")]
        return [m.value for m in at.multiselect if (m.key or "").startswith("choice.names")], how

    fine(at.multiselect(key="choice.names.1").set_value(["c", "a"]).run())
    fine(at.button_group(key="choice.how.1.standard").set_value("none").run())
    assert shown() == ([["c", "a"]], ["none"])
    steps = [([["c", "a"]], ["standard"]), ([["a", "b", "c"]], ["standard"]), ([], []), ([], [])]
    for expected in steps:
        press(at, "undo")
        assert shown() == expected
    for expected in [*steps[-2::-1], ([["c", "a"]], ["none"])]:
        press(at, "redo")
        assert shown() == expected
    assert values_of(at)["own"] == ((3, 1), (9, 2), (5, 5))


def test_the_next_page_offers_the_file_that_is_in_use_and_no_other():
    at = upload(choose(open_page(), "own"), b"a,b\n1,2\n2,4\n5,5\n")
    same = {k: v for k, v in at.query_params.items() if k in ("input", "own", "columns")}
    for query, offered in ((same, 1), ({"input": "own", "own": pack_numbers(np.ones((3, 2)))}, 0), ({}, 0)):
        at.switch_page("pages/compare.py")
        at.query_params.clear()
        at.query_params.update({"lang": "en"} | query)
        fine(at.run())
        assert len([m for m in at.multiselect if (m.key or "").startswith("choice.names")]) == offered


def test_lists_of_other_programs_are_pasted():
    at = choose(open_page(), "own")
    for text, own in [("tensor([[0.1, 0.2],\n        [0.3, 0.4]], dtype=torch.float64)", ((0.1, 0.2), (0.3, 0.4))),
                      ("[0.1, 0.2, 0.3]", ((0.1,), (0.2,), (0.3,))), ("[1 2; 3 4]", ((1, 2), (3, 4)))]:
        fine(at.text_area[0].set_value(text).run())
        assert values_of(at)["own"] == own
    fine(at.text_area[0].set_value("[0.1 0.2 ... 0.9]").run())
    assert values_of(at)["own"] == own and said(at, EN, "reader.printed_gap")


def test_an_input_is_drawn():
    at = open_page(T="5", what="x.1.0:3,W_f.0.0:1")
    drawn = [0.5, -0.25, 1, 0, -1]
    send(at, "timeline", "draw", {"input": 1, "values": drawn, "id": 1})
    values = values_of(at)
    assert values["input"] == "own" and np.array(values["own"])[:, 1].tolist() == drawn
    assert np.array(values["own"])[:, 0].tolist() == incoming(DEFAULTS | {"T": 5}).x[:, 0].tolist()
    assert values["what"] == {"W_f.0.0": 1.0} and widget(at, "radio", "input").value == "own"
    assert_shows(at, values)
    for message in ({"input": 2, "values": drawn}, {"input": 0, "values": [1.0]}, {"input": 0}, {"values": drawn}, {}):
        send(at, "timeline", "draw", message | {"id": 2})
        assert values_of(at) == values
    send(at, "timeline", "draw", {"input": 0, "values": [1e300, -1e300, 0, 0, 0], "id": 3})
    assert np.array(values_of(at)["own"])[:, 0].tolist() == [1e6, -1e6, 0, 0, 0]
    press(at, "undo")
    press(at, "undo")
    assert values_of(at)["input"] == widget(at, "radio", "input").value == "steps"


# --- moving, picking, looking


def test_scrubbing_and_picking_are_no_steps_for_undo():
    at = open_page(H="8")
    for event, message in (("scrub", {"t": 7}), ("step", {"t": 9}), ("pick", {"t": 2, "unit": 5}), ("step", {"t": 99})):
        send(at, "timeline", event, message | {"id": 1})
        values = at.session_state["sequence"].values
        assert values["t"] == min(message["t"], 23) and values["unit"] == message.get("unit", values["unit"])
        chain, step, run = data(at, "timeline"), data(at), compute(values)
        assert (chain["t"], chain["unit"]) == (values["t"], values["unit"])
        assert step["values"]["h"] == run.values["h"][values["t"]].tolist()
        assert ("t" in at.query_params) == (event != "scrub")  # what still moves is not in the link
    assert not at.session_state["sequence"].past
    for message in ({"t": "x"}, {"t": None}, {}, {"t": -5, "unit": 99}):
        send(at, "timeline", "pick", message | {"id": 2})
    assert (values_of(at)["t"], values_of(at)["unit"]) == (0, 7)


def test_values_to_show_and_views():
    at, say = open_page("ko", **WHAT), KO
    for nodes in (["c", "f.pre"], ["h"], []):
        fine(widget(at, "multiselect", "nodes").set_value(nodes).run())
        assert values_of(at)["nodes"] == tuple(nodes)  # none: those that the cell is known by
        assert_shows(at, values_of(at))
    for view in ("what", "difference", "true"):
        fine(widget(at, "button_group", "view").set_value(view).run())
        assert values_of(at)["view"] == view
        assert_shows(at, values_of(at))
        [chart] = [e.proto for e in at.get("plotly_chart") if "chart-heatmaps" in e.proto.id]
        assert all(title(CELLS["lstm"], name, say) in chart.alt for name in main_nodes(CELLS["lstm"]))
    assert not buttons(at)["undo"]
    for part in ("dependency", "take", "what"):
        fine(widget(at, "button_group", "part").set_value(part).run())
        heading = {"what": "what.heading", "dependency": "dependency.heading", "take": "take.heading"}[part]
        assert values_of(at)["part"] == part and at.header[-1].value == say(heading)
        assert ("matrices" in [e.key for e in at.get("bidi_component")]) == (part == "what")


def test_the_tables_hold_what_is_shown():
    at = open_page(view="difference", **WHAT)
    for key in ("heatmaps", "unit", "memory"):
        fine(at.toggle(key=f"twin.{key}").set_value(True).run())
    run = compute(values_of(at))
    shown, unit, memory = (table.value for table in at.table)
    assert list(shown.columns[:3]) == [plain(f"f.{k}") for k in (1, 2, 3)]
    np.testing.assert_allclose(shown[plain("c.3")].map(read), seen(run, "c", "difference")[:, 2], atol=1e-6)
    np.testing.assert_allclose(unit["h"].map(read), run.values["h"][:, 0], atol=1e-6)
    np.testing.assert_allclose(unit[plain("h (what if)")].map(read), run.other["h"][:, 0], atol=1e-6)
    assert len(shown) == len(unit) == run.T and memory.shape[0] >= run.T
    at = open_page(T="128", H="16")
    fine(at.toggle(key="twin.heatmaps").set_value(True).run())
    assert at.table[0].value.size <= 3000  # the rest is in the file
    assert any(EN("twin.more", shown=len(at.table[0].value), count=128) == c.value for c in at.caption)


# --- what if


def test_what_if():
    at, say = open_page("ko", t="3", unit="1"), KO
    assert not at.info and "drop" not in buttons(at)
    send(at, "picture", "drag", {"address": "x.1", "value": 2.5, "id": 1})
    memory = at.session_state["sequence"]
    assert memory.live == {"x.3.1": 2.5} and not memory.values["what"]
    assert data(at)["other"]["values"]["x"][1] == data(at, "timeline")["inputs"][1]["other"][3] == 2.5
    send(at, "picture", "commit", {"address": "x.1", "value": 2.25, "id": 2})
    assert values_of(at)["what"] == {"x.3.1": 2.25} and not at.session_state["sequence"].live
    send(at, "matrices", "drag", {"address": "W_f.1.0", "value": 9.0, "id": 1})
    assert data(at, "matrices")["values"]["W_f"][1][0] == 9.0
    send(at, "matrices", "commit", {"address": "W_f.1.0", "value": -2.0, "id": 2})
    fine(at.run())
    fine(at.selectbox(key="force.node").set_value("c_tilde").run())
    at.selectbox(key="force.unit").set_value(2)
    at.slider(key="force.steps.24").set_value((5, 8))
    at.slider(key="force.value.-1.0").set_value(-0.5)
    press(at, "force")
    values = values_of(at)
    assert values["clamp"] == {"c_tilde.2@4-7": -0.5} and values["what"] == {"x.3.1": 2.25, "W_f.1.0": -2.0}
    assert_shows(at, values)
    assert len(at.info) == 1 and "keep" not in buttons(at)  # an input and a force cannot become the true run
    assert any(c.value == say("what.marks") for c in at.caption)
    taken_back = {b.key.removeprefix("release."): b.label for b in at.button if b.key.startswith("release.")}
    assert list(taken_back) == ["c_tilde.2@4-7", "x.3.1", "W_f.1.0"]
    assert taken_back["c_tilde.2@4-7"] == say(
        "what.forced", name=title(CELLS["lstm"], "c_tilde", say), units=say("what.one_unit", unit=3), first=5, last=8,
        value="−0.5")
    assert taken_back["W_f.1.0"].replace("\\", "") == "W_f[2, 1]: −2"
    send(at, "timeline", "step", {"t": 5, "id": 3})
    assert data(at)["forced"] == ["c_tilde.2"]
    fine(at.run())
    fine(at.button(key="release.c_tilde.2@4-7").click().run())
    fine(at.button(key="release.x.3.1").click().run())
    assert values_of(at)["what"] == {"W_f.1.0": -2.0} and not values_of(at)["clamp"]
    true = compute(values_of(at)).other
    press(at, "keep")
    assert values_of(at)["edit"] == {"W_f.1.0": -2.0} and not values_of(at)["what"]
    assert all((compute(values_of(at)).values[name] == true[name]).all() for name in true)
    press(at, "undo")
    press(at, "drop")
    assert not values_of(at)["what"] and not at.info
    press(at, "undo")
    assert values_of(at)["what"] == {"W_f.1.0": -2.0}
    press(at, "reset")
    assert values_of(at) == fit(DEFAULTS | {"t": 5, "unit": 1})[0]
    assert buttons(at)["undo"]


def test_what_a_diagram_never_sends_changes_nothing():
    at = open_page()
    for message in (
            {"address": "x.2", "value": 1}, {"address": "h_prev.0", "value": 1}, {"address": "x.0", "value": 1e7},
            {"address": "x.0"}, {"address": "x.0", "value": "abc"}, {"address": "x.0", "value": None}, {},
            {"address": None, "value": 1}, {"value": 1}, {"address": "x.0", "value": float("nan")}):
        send(at, "picture", "commit", message | {"id": 1})
        assert values_of(at) == DEFAULTS
    send(at, "picture", "drag", {"address": "x.2", "value": 1, "id": 2})
    assert not at.session_state["sequence"].live


def test_however_many_steps_there_are_some_can_be_forced():
    at = open_page()
    for T in (2, 3, 4, 128):
        follow(at, T=str(T), cell="gru")
        low, high = at.slider(key=f"force.steps.{T}").value
        assert 1 <= low <= high <= T
        press(at, "force")
        assert list(values_of(at)["clamp"]) == [f"r.*@{low - 1}-{high - 1}"]
        assert_shows(at, values_of(at))
    assert "force" not in buttons(follow(at, cell="rnn"))  # it has nothing to force


# --- links


def test_a_link_holds_everything():
    own = ((0.5, -1.25, 3.0), (1e6, 0.0, -0.0001), (1.0, 2.0, 3.0))
    asked = {"cell": "peephole", "input": "own", "T": "3", "D": "3", "text": pack("가 나"),
             "own": pack_numbers(np.array(own)), "columns": pack("a\t0.0\t1.0\n<b>\t1.5\t2.0\nc\t-3.0\t1e-05"),
             "task": "counting", "weights": "random", "H": "5", "seed": "7", "bias": "-1.25", "scale": "0.5",
             "edit": "W_f.0.1:0.30000000000000004,b_c.1:1000000",
             "what": "x.2.1:-1,p_f.0:2", "clamp": "f.*@0-1:0.25,o.4@2-2:1", "t": "2", "unit": "4", "nodes": "f,c.0",
             "view": "what", "part": "dependency", "clauses": "3", "recurrent": "1.1", "forget": "2.5"}
    assert asked.keys() == DEFAULTS.keys()
    at = open_page(**asked)
    assert not at.warning and at.query_params == asked | {"lang": "en"}
    assert_shows(at, values_of(at))
    assert widget(at, "slider", "clauses").value == 3


IMG = "<img src=x onerror=alert(1)>"
BROKEN = [
    {"cell": "elman"}, {"input": "noise"}, {"T": "129"}, {"T": "1"}, {"D": "7"}, {"H": "17"}, {"H": "1e1"},
    {"seed": "-1"}, {"scale": "7"}, {"bias": "inf"}, {"text": "~" + "A" * 20_000}, {"own": "x"}, {"input": "own"},
    {"own": "128.6.404." + "A" * 60_000}, {"input": "sentence"}, {"input": "sentence", "text": "one"}, {"columns": IMG},
    {"edit": "x.0.0:1"}, {"edit": "W_f.9.9:1"}, {"what": "x.24.0:1"}, {"what": "c.0:1"}, {"clamp": "f.*@0-24:0"},
    {"clamp": "f.*@0-1:2"}, {"clamp": "c.0@0-1:0"}, {"clamp": "f.*@" + "9" * 5000 + "-1:0"}, {"t": "128"},
    {"unit": "-1"}, {"nodes": "zz"}, {"nodes": ""}, {"view": "both"}, {"part": "all"}, {"clauses": "7"},
    {"recurrent": "9"}, {"other": "1"}, {"own": IMG}, {"what": IMG}, {"clamp": IMG}, {"nodes": IMG},
    {"text": "é" + IMG}, {"input": "task"}, {"task": IMG}, {"weights": "run.x"}, {"weights": IMG},
]


def test_a_broken_link_warns_and_works():
    at = open_page("ko")
    for query in BROKEN:
        follow(at, "ko", **query)
        assert len(at.warning) == 1 and "`" in at.warning[0].value and len(at.warning[0].value) < 1500, query
        values = values_of(at)
        assert_shows(at, values)
        assert from_text(SEQUENCE, at.query_params) == (values, [])  # mended in the address too


@pytest.mark.parametrize(("lang", "query"), [
    ("ko", {}), ("en", {"cell": "gru", "H": "16", "D": "6", "T": "50"}), ("en", {"edit": "b_f.0:1", **WHAT}),
    ("ko", {"input": "sentence", "text": pack("R&B = 50%; 열쇠 😀")})])
def test_its_links_lead_where_they_say(lang, query):
    at = open_page(lang, t="4", unit="2", part="take", **query)
    values = values_of(at)
    links = {}
    for link in at.get("page_link"):
        asked = dict(parse_qsl(link.proto.query_string))
        assert asked.pop("lang") == lang
        links.setdefault(link.proto.page.rpartition("/")[2], []).append((link.proto.label, asked))
    [(label, there)] = [found for found in links["one_step"] if "of" in found[1] or "start" in found[1]]
    assert "5" in label
    step = experiment.compute(experiment.fit(from_text(experiment.FIELDS, there)[0])[0])
    run = compute(values)
    for name in step.inputs:
        np.testing.assert_array_equal(step.inputs[name], run.values[name][4])
    for name in step.params:
        np.testing.assert_array_equal(step.params[name], run.params[name])
    for page, module in (("compare", compared), ("gradients", backwards)):
        there = links[page][-1][1]
        found, ignored = from_text(module.FIELDS, there)
        assert ignored == [] and module.fit(found) == (found, [])
        assert to_text(module.FIELDS, found) == there  # as that page writes it, so that the way back leads back
        assert (incoming(found).x == incoming(values).x).all() and found["H"] == values["H"]


def test_what_is_taken_along():
    at = open_page(part="take", **WHAT)
    fine(at.toggle(key="torch").set_value(True).run())
    assert "import torch" in at.code[0].value and "forced" in at.code[0].value
    assert [button.key for button in at.get("download_button")]
    at = open_page(part="take", unit="2")
    fine(at.toggle(key="torch").set_value(True).run())
    assert "c of unit 3 is made of" in at.code[0].value and "half-life of c" in at.code[0].value


@langs
def test_the_words_are_of_one_language(lang):
    queries = [{"part": part} for part in ("dependency", "take")] + [
        WHAT | {"view": "difference", "t": "9"}, {"cell": "gru", "input": "series", "H": "9"}, {"cell": "rnn"},
        {"input": "own", "own": pack_numbers(np.ones((3, 2)))}, {"scale": "2"}]
    at, sent_whole = open_page(lang), set(words(lang).entries.values())  # a component fills in the places itself
    for query in queries:
        texts = {text for text in visible(follow(at, lang, **query)) if text}
        assert len(texts) > 30
        for text in texts:
            assert ("{" not in text or text in sent_whole) and "(는)" not in text
            text = re.sub(r"`[^`]*`|\([^)]*\)|\*\*|[A-Z, ]*MSFT|plotly[\w.()]*", "", text)
            if lang == "en":
                assert not re.search("[가-힣]", text), text
            else:
                assert not re.search(r"\b[A-Za-z]{2,}(?: [A-Za-z]{2,}){2,}", text), text


def test_the_language_is_switched_in_the_middle():
    at = open_page("ko", input="sentence", text=pack("열쇠가 없다"), clamp="f.*@0-1:0", t="1")
    before = values_of(at)
    fine(at.get("button_group")[0].set_value("en").run())
    assert values_of(at) == before and at.title[0].value == EN("page.sequence")
    assert_shows(at, before)


@pytest.mark.parametrize("kind", ["impulse", "steps", "sine"])
def test_only_inputs_that_there_are_are_described(kind):
    for D in (1, 2, 3):
        [said] = [c.value for c in open_page(input=kind, D=str(D), weights="random").caption if f"D = {D}." in c.value]
        assert ("Input 2" in said) == (D > 1) and ("noise." in said.replace("a little noise.", "")) == (D > 2)
