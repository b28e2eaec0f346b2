import re

import pytest

from lstm_core import CELLS, Cell
from lstm_core.latex import equation
from lstm_view.telling.changes import changes, marked, said, table
from lstm_view.telling.family import parent
from lstm_view.words import LANGUAGES, words

PAIRS = [(parent(name), name) for name in CELLS if parent(name)]
PAIRS += [("gru", "lstm"), ("clockwork", "fgr"), ("np", "mut1")]
pairs = pytest.mark.parametrize(("before", "after"), PAIRS)
EN = words("en")


def changed(before, after):
    """Equation -> what is gone of it and what is new, in plain text; those that are the same are left out."""
    cells = (CELLS[name] if isinstance(name, str) else name for name in (before, after))
    return {row.name: (row.which, [*map(str, row.gone)], [*map(str, row.new)])
            for row in changes(*cells) if row.which != "same"}


def bare(tex):
    """Without marks."""
    return re.sub(r"\\textcolor\{#\w{6}\}\{\\(?:cancel|underline)(\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})\}",
                  lambda found: found[1][1:-1], tex)


@pytest.mark.parametrize(("before", "after", "wanted"), [
    ("lstm", "peephole", {"f": ("changed", [], ["p_f × c_prev"]), "i": ("changed", [], ["p_i × c_prev"]),
                          "o": ("changed", [], ["p_o × c"])}),
    ("lstm1997", "lstm", {"f": ("new", [], ["σ(W_f x + U_f h_prev + b_f)"]), "c": ("changed", [], ["f"])}),
    ("lstm", "cifg", {"i": ("changed", ["σ(W_i x + U_i h_prev + b_i)"], ["1 − f"])}),
    ("peephole", "nig", {"i": ("gone", ["σ(W_i x + U_i h_prev + p_i × c_prev + b_i)"], []),
                         "c": ("changed", ["i"], [])}),
    ("peephole", "noaf", {"h": ("changed", ["tanh"], [])}),
    ("peephole", "niaf", {"c_tilde": ("changed", ["tanh"], [])}),
    ("gru", "gru_v1", {"n": ("changed", ["r × (U_n h_prev + b_m)"], ["U_n (r × h_prev)"])}),
    ("gru_v1", "mut3", {"z": ("changed", [], ["tanh"]), "h": ("changed", ["1 − z", "z"], ["z", "1 − z"])}),
    ("gru_v1", "mut1", {"z": ("changed", ["U_z h_prev"], []), "n": ("changed", ["W_n x"], ["tanh(I x)"]),
                        "h": ("changed", ["1 − z", "z"], ["z", "1 − z"])}),
    ("lstm", "np", {}),
])
def test_what_a_variant_changes(before, after, wanted):
    assert changed(before, after) == wanted
    turned = {name: ({"new": "gone", "gone": "new"}.get(which, which), new, gone)
              for name, (which, gone, new) in wanted.items()}
    back = changed(after, before)
    assert {n: (w, sorted(g), sorted(a)) for n, (w, g, a) in back.items()} == {
        n: (w, sorted(g), sorted(a)) for n, (w, g, a) in turned.items()}


def test_the_order_of_terms_and_factors_is_no_change():
    one = Cell("one", "h = tanh(W_h @ x + U_h @ h_prev + b_h) * 2 * h_prev")
    two = Cell("two", "h = h_prev * (2 * tanh(b_h + (U_h @ h_prev + W_h @ x)))")
    assert changed(one, two) == {}
    assert changed(one, Cell("three", "h = tanh(W_h @ x - U_h @ h_prev) * 2 * h_prev"))["h"][1:] == (
        ["W_h x + U_h h_prev + b_h"], ["W_h x − U_h h_prev"])
    twice = Cell("twice", "h = tanh(h_prev + h_prev)")
    assert changed(Cell("once", "h = tanh(h_prev + b_h)"), twice) == {"h": ("changed", ["b_h"], ["h_prev"])}


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_changes_nothing_of_itself(name):
    assert {row.which for row in changes(CELLS[name], CELLS[name])} == {"same"}
    for line in CELLS[name].lines:
        assert marked(CELLS[name], line, (), "", False) == equation(CELLS[name], line)


@pairs
def test_every_equation_of_both_has_its_row(before, after):
    rows = changes(CELLS[before], CELLS[after])
    assert sorted(row.name for row in rows) == sorted({*CELLS[before].lines, *CELLS[after].lines})
    order = [row.name for row in rows]
    kept = [n.id for n in CELLS[after].nodes if "." not in n.id]
    assert [name for name in order if name in kept] == kept
    for row in rows:
        where = (row.name in CELLS[before].lines, row.name in CELLS[after].lines)
        assert (row.which == "new", row.which == "gone") == (not where[0], not where[1])
        assert bool(row.gone or row.new) == (row.which != "same")


@pairs
@pytest.mark.parametrize("dark", [False, True])
def test_marks_leave_the_formula_as_it_is(before, after, dark):
    for row in changes(CELLS[before], CELLS[after]):
        for name, parts, stroke in ((before, row.gone, "cancel"), (after, row.new, "underline")):
            tex = marked(CELLS[name], row.name, parts, stroke, dark)
            if row.name not in CELLS[name].lines:
                assert tex == ""
                continue
            assert tex.count("{") == tex.count("}") and (rf"\{stroke}" in tex) == bool(parts)
            assert bare(tex) == equation(CELLS[name], row.name)
            assert ("textcolor" in tex) == bool(parts)  # in colour is what differs, and nothing else


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_differs_is_said_and_stands_in_a_table(lang):
    say = words(lang)
    for before, after in PAIRS:
        frame = table(CELLS[before], CELLS[after], ("a", "b"), say)
        for row in changes(CELLS[before], CELLS[after]):
            text = said(row, say)
            assert list(frame.loc[row.name]) == [
                CELLS[before].lines.get(row.name, ""), CELLS[after].lines.get(row.name, ""), text]
            if row.which == "changed":
                assert all(str(part) in text for part in (*row.gone, *row.new))
    rows = {row.name: said(row, EN) for row in changes(CELLS["lstm"], CELLS["peephole"])}
    assert rows == {"f": "new: p_f × c_prev", "i": "new: p_i × c_prev", "c_tilde": "the same", "c": "the same",
                    "o": "new: p_o × c", "h": "the same"}


def test_a_minus_sign_and_a_negative_number_keep_their_brackets():
    one = Cell("one", "f = W_f @ x\nh = h_prev * 2")
    two = Cell("two", "f = tanh(-h_prev + W_f @ x)\nh = h_prev * -2")
    assert {name: parts for name, (_, *parts) in changed(one, two).items()} == {
        "f": [["W_f x"], ["tanh((−h_prev) + W_f x)"]], "h": [["2"], ["(−2)"]]}
