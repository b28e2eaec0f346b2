"""A visitor's own cell is hostile until read: it becomes a cell, or a sentence that names its line; nothing else."""
import re
import unicodedata
from inspect import getsource
from time import perf_counter

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lstm_core import CELLS, Cell, backward, forward, init_params, latex
from lstm_view.incoming import own_cell
from lstm_view.incoming.own_cell import (
    DEEPEST,
    FUNCTIONS,
    MOST_CHARACTERS,
    MOST_EQUATIONS,
    MOST_IN_NAME,
    MOST_NODES,
    MOST_PARAMETERS,
    MOST_STATES,
    a_cell,
    cell_named,
    is_own,
    label,
    name_of,
    one_own,
    read,
    several_cells,
    text_of,
)
from lstm_view.incoming.reader import Refused
from lstm_view.words import LANGUAGES, words

LSTM = CELLS["lstm"].equations.strip()
KEYS = set(re.findall(r'"(own_\w+)"', getsource(own_cell)))
RECURRENT = "h = tanh(W_h @ x + U_h @ h_prev + b_h)"


def refused(text, base=""):
    """Key and line of the sentence that a text is refused with; the sentence is there in both languages."""
    with pytest.raises(Refused) as found:
        read(text, base)
    values = found.value.values
    for lang in LANGUAGES:
        said = words(lang)(f"reader.{found.value.key}", **values)
        assert len(said) < 600 and not re.search(r"\{\w", said)
        assert found.value.key == "own_long" or str(values["line"]) in said
    return found.value.key, values.get("line")


# --- what is a cell


@pytest.mark.parametrize("name", CELLS)
def test_every_cell_of_the_zoo_may_be_the_start(name):
    zoo = CELLS[name]
    cell = read(zoo.equations, name)
    assert cell.nodes == zoo.nodes and cell.base is zoo and cell.name == "own"
    assert cell.periods == zoo.periods or zoo.periods == (1,)
    x, params = np.random.default_rng(1).normal(size=(5, 1, 2)), init_params(zoo, 2, 3, 4)
    np.testing.assert_array_equal(forward(cell, params, x)["h"], forward(zoo, params, x)["h"])


@pytest.mark.parametrize("text", [
    "h = tanh(W_h @ x + U_h @ h_prev + b_h)  # a remark: __class__, \x00\u202e <b>, 'тext'",
    "# only\n\n\nh = h_prev + b_h\n#", "h=b_h*h_prev*2", "  h\t=\tx_ + h_prev + p_h\r\nx_ = I @ x\r\n",
    "h = -h_prev + p_h", "h = - - -(h_prev * b_h)", "h = h_prev − b_h × h_prev", "h = σ(h_prev · b_h)",
    "h = 1e-3 * h_prev - b_h", "h = .5*h_prev*b_h", "h = b_h / h_prev", "h = exp(exp(exp(h_prev + b_h)))",
    "h = h_prev\xa0+ b_h", "C = C_prev + 1\nh = C * b_h", "H1 = H1_prev + b_1\nh = relu(H1)",
    "h = tick * h_prev + R_h @ h_prev", "h = (((h_prev + b_h)))", "h = U_h @ (h_prev + b_h)", "h = U_ @ h_prev + b_",
    "h = h_prev + b_h\rg = h * h", "h = h_prev * b_h + 0x10", "pre = h_prev + b_pre\nh = tanh(pre)",
])
def test_what_may_be_written(text):
    cell = read(text)
    assert {"h"} <= cell.lines.keys() and cell.state
    runs(cell)


def runs(cell, T=4):
    """A run and its backward pass, with finite numbers only; a page's formulas too."""
    params, x = init_params(cell, 2, 3, 0), np.random.default_rng(0).normal(size=(T, 1, 2))
    trace = forward(cell, params, x)
    grads = backward(trace, params, np.ones((T, 1, 3)))
    assert all(np.isfinite(trace[name]).all() for name in trace)
    assert all(np.isfinite(grads[name]).all() for name in (*cell.parameters, "x"))
    assert all(latex.equations(cell).values())


def test_a_minus_in_front_is_computed():
    x = np.zeros((1, 1, 1))
    trace = forward(read("h = -(h_prev + 2) + b_h"), {"b_h": np.zeros(1)}, x)
    np.testing.assert_array_equal(trace["h"], [[[-2.0]]])


@pytest.mark.parametrize("text", [LSTM, LSTM.replace("\n", "\r\n"), f"# {'가' * 20}\n{LSTM}", "h = h_prev + b_h"])
@pytest.mark.parametrize("base", ["", "gru"])
def test_a_name_holds_its_text(text, base):
    name = name_of(text, base)
    assert re.fullmatch(r"own\.\w*\.~[\w-]+", name, re.ASCII) and text_of(name) == (text, base)
    assert a_cell(name) == name and is_own(name) and label(name) == "own"
    cell = cell_named(name)
    assert cell == read(text, base) and cell.base is CELLS.get(base)
    assert (label("gru"), cell_named("gru"), is_own("gru")) == ("gru", CELLS["gru"], False)
    read_several, write = several_cells(3, ("bilstm",))
    assert read_several(write(("lstm", name, "bilstm"))) == ("lstm", name, "bilstm")
    assert one_own((name, "lstm", name_of(RECURRENT))) == ("lstm", name_of(RECURRENT))


@pytest.mark.parametrize("name", [
    "", "own", "own.", "own..", "own.lstm", "own.lstm.", "own.no.~eJ", "own..~", "own.lstm.h = h", name_of("h = x"),
    name_of(""), "own..~" + "A" * 100_000, name_of("a" * (MOST_CHARACTERS + 1)), name_of("h = h_prev + 1\0"), "LSTM",
    "own.lstm.~eJ\u0430", name_of(LSTM)[:-3], "own.gru." + name_of(LSTM).split(".")[2][:-1], "__class__", "own.own.~eJ",
])
def test_a_name_that_is_none(name):
    with pytest.raises(ValueError, match=r"^"):
        a_cell(name)
    assert not is_own(name) or name.startswith("own.")


@pytest.mark.parametrize("text", ["", "lstm,lstm", "lstm,gru,rnn,mgu", f"{name_of(LSTM)},{name_of(RECURRENT)}", ","])
def test_several_that_are_too_many_or_twice(text):
    with pytest.raises(ValueError, match=r"^"):
        several_cells(3)[0](text)


# --- what is none


LOOKALIKES = "сᴄｃℎхα²½٣一\u0301"
BAD = {
    # not an equation
    "": ("own_empty", 1), "\n\n# h = 1\n": ("own_empty", 1), "hello": ("own_equals", 1), "h": ("own_equals", 1),
    f"{RECURRENT}\nh == 1": ("own_equals", 2), "h = a = h_prev": ("own_equals", 1), "h + h_prev": ("own_equals", 1),
    "1 = h_prev": ("own_equals", 1), "h_prev": ("own_equals", 1), "h, c = h_prev": ("own_character", 1),
    "h =": ("own_nothing", 1), "(h) = h_prev": ("own_equals", 1), "_h = h_prev": ("own_equals", 1),
    "h += h_prev": ("own_equals", 1), "h @= h_prev": ("own_equals", 1),
    # twice, a copy, in a circle, of nothing
    f"{RECURRENT}\n\nh = 1 * h_prev": ("own_twice", 3), f"{RECURRENT}\ng = h": ("own_rename", 2),
    f"{RECURRENT}\ng = 1": ("own_rename", 2),
    f"{RECURRENT}\ng = --1": ("own_rename", 2), f"{RECURRENT}\na = g * 2\ng = a * 2": ("own_circle", 2),
    "h = h * 2": ("own_circle", 1), "g = h_prev * 2": ("own_undefined", 1), "g = g_prev * 2": ("own_no_h", 1),
    "a = tanh(W_a @ x)\nh = tanh(a)": ("own_no_state", 2), "g = h_prev * 2\nh = tanh(g)": ("own_no_parameter", 2),
    f"{RECURRENT}\ng = 1 + 2": ("own_constant", 2),
    f"{RECURRENT}\ng = tanh(1)": ("own_constant", 2), f"{RECURRENT}\ng = U_g @ 1": ("own_constant", 2),
    # characters
    **{f"{RECURRENT}\ng = h_prev + {char}": ("own_character", 2) for char in LOOKALIKES},
    **{f"{RECURRENT}\ng = h_prev {char} 2": ("own_character", 2)
       for char in "\u202e\u2066\u200b\ufeff\x00\x07;:,'\"`\\[]{}<>!?$%^&|~"},
    "h\u0440rev = h_prev": ("own_character", 1), "\ufeffh = h_prev + 1": ("own_character", 1),
    # brackets
    f"{RECURRENT}\ng = (h_prev": ("own_bracket_close", 2), f"{RECURRENT}\ng = h_prev)": ("own_bracket_open", 2),
    f"{RECURRENT}\ng = )h_prev(": ("own_bracket_open", 2),
    f"{RECURRENT}\ng = {'(' * 1900}": ("own_deep", 2),
    f"h = {'(' * (DEEPEST + 1)}h_prev{')' * (DEEPEST + 1)}": ("own_deep", 1),
    f"h = {'tanh(' * 300}h_prev{')' * 300}": ("own_deep", 1),
    # names
    **{f"{RECURRENT}\ng = {name}": ("own_name", 2) for name in (
        "__class__", "h_prev.__class__", "__import__(h)", "lambda", "_", "_h", "a__b", "a" * (MOST_IN_NAME + 1), "None",
        "h_prev if h_prev else h_prev", "not h_prev", "h_prev and h", "h_prev is h", "await h_prev", "yield h_prev",
        "1_ * h", "1" + "_0" * 400, "0x" + "f" * 300, "0b" + "1" * 80)},
    **{f"{name} = h_prev * 2": ("own_comes_in", 1) for name in
       ("x", "tick", "h_prev", "I", "tanh", "add", "h_below", "matmul")},
    **{f"{name} = h_prev * 2": ("own_parameter", 1) for name in ("W_f", "U_h", "R_h", "b_h", "p_f", "W", "b", "p")},
    **{f"{name} = h_prev * 2": ("own_name", 1) for name in
       ("lambda", "if", "class", "a__b", "constructor", "toString", "valueOf")},
    "h = h_prev + W": ("own_parameter", 1), "h = h_prev + b": ("own_parameter", 1),
    # syntax
    **{f"{RECURRENT}\ng = {right}": ("own_syntax", 2) for right in
       ("h_prev h", "h_prev +", "2h_prev", "h_prev @", "* h_prev", "h_prev ( ) h", "0123 * h_prev", "1..2 * h_prev",
        "@ h", "h_prev + / h", "tanh(h_prev h)", "..", "h_prev...")},
    # what Python could do and a cell may not
    **{f"{RECURRENT}\ng = {right}": ("own_not_allowed", 2) for right in
       ("h_prev ** 2", "h_prev // 2", "+h_prev", "h_prev.real", "h_prev.T.T", "...", "h_prev * 0xffffff", "1j", "()",
        "tanh(*h_prev)", "h_prev.tanh(h)", "tanh(h_prev)(h)", "2(h)", "h_prev ** h_prev ** h_prev")},
    **{f"{RECURRENT}\ng = {right}": ("own_function", 2) for right in
       ("eval(h_prev)", "exec(h)", "print(h_prev)", "h_prev(h)", "W_f(x)", "softmax(h_prev)", "Tanh(h_prev)",
        "add(h_prev)", "open(h)", "x(x)", "(h_prev)(h)")},
    f"{RECURRENT}\ng = tanh()": ("own_arguments", 2), f"{RECURRENT}\ng = tanh(**h_prev)": ("own_arguments", 2),
    f"{RECURRENT}\ng = tanh + h": ("own_call", 2),
    # shapes
    "h = tanh(x + h_prev)": ("own_x", 1), "h = W_h + h_prev": ("own_matrix", 1), "h = U_h * h_prev": ("own_matrix", 1),
    "h = I + h_prev": ("own_matrix", 1), "h = h_prev @ U_h": ("own_at", 1), "h = (U_h + U_g) @ h_prev": ("own_at", 1),
    "h = U_h @ U_h @ h_prev": ("own_at", 1), "h = W_h @ h_prev": ("own_state_matrix", 1),
    "h = U_h @ x + h_prev": ("own_input_matrix", 1), "h = I @ h_prev": ("own_state_matrix", 1),
    "h = W_h @ (x) + W_h @ (x + 1) + h_prev": ("own_state_matrix", 1), "h = b_h @ h_prev": ("own_at", 1),
    "h = 2 @ h_prev": ("own_at", 1), "h = tanh @ h_prev": ("own_at", 1), "h = h_prev + h_below": ("own_below", 1),
    "y = tanh(W_y @ x)\nh = y + h_prev": ("own_readout", 1), "h = h_prev + p_h\ng = h + b_y": ("own_readout", 2),
    "h = h_prev + q": ("own_undefined", 1), "h = h_prev + q_prev": ("own_undefined", 1),
    # numbers
    **{f"{RECURRENT}\ng = h_prev * {number}": ("own_number", 2) for number in
       ("1e7", "1e400", "9" * 400, "0." + "1" * 300, "1000001", "1e-400000", "1e000000001")},
    # too much
    "a" * (MOST_CHARACTERS + 1): ("own_long", None), "h = " + "h_prev+" * 200_000 + "1": ("own_long", None),
    "x" * 1_000_000: ("own_long", None),
    "h = h_prev + 1\n" + "\n".join(f"a{k} = h * 2" for k in range(200)): ("own_long", None),
    "h = h_prev + 1\n" + "\n".join(f"a{k} = h * 2" for k in range(60)): ("own_equations", MOST_EQUATIONS + 1),
    "h = h_prev" + "+h" * 900: ("own_nodes", 1), "h = h_prev" + "*h_prev" * 250: ("own_nodes", 1),
    "h = " + "-" * 1900 + "h_prev": ("own_nodes", 1), "h = h_prev" + "-h_prev" * 250: ("own_nodes", 1),
    "h = h_prev " + "".join(f"+b_{k}" for k in range(MOST_PARAMETERS + 1)): ("own_parameters", 1),
    "h = h_prev*b_h\n" + "\n".join(f"s{k} = s{k}_prev*2" for k in range(MOST_STATES)): ("own_states", MOST_STATES + 1),
    "h = h_prev" + " ** h_prev" * 180: ("own_nodes", 1), "h = h_prev" + ".a" * 800: ("own_nodes", 1),
}


@pytest.mark.parametrize("text", BAD, ids=[ascii(text)[1:50] for text in BAD])
def test_what_is_no_cell_is_refused_at_its_line(text):
    assert refused(text) == BAD[text]


def test_a_name_may_not_stand_for_something_else():
    text = LSTM.replace("f = ", "x = ", 1)
    assert refused(text) == ("own_comes_in", 1)
    assert refused(LSTM.replace("i * c_tilde", "i * с_tilde")) == ("own_character", 4)  # a Cyrillic с
    with pytest.raises(Refused) as found:
        read(LSTM.replace("i * c_tilde", "i * с_tilde"))
    assert found.value.values["name"] == unicodedata.name("с") == "CYRILLIC SMALL LETTER ES"


def test_a_draft_of_the_lstm_is_refused_where_the_hand_is():
    """Cut off anywhere while it is being written, it is a cell or refused at its last line."""
    for end in range(1, len(LSTM)):
        text = LSTM[:end]
        try:
            read(text)
        except Refused as found:
            last = text.count("\n") + 1
            undefined = found.key in ("own_undefined", "own_no_h", "own_no_state")  # what comes later is not there yet
            assert found.values["line"] == last or undefined or not text.rpartition("\n")[2]


def test_every_sentence_is_there_and_asked_for():
    assert len(KEYS) > 25
    for lang in LANGUAGES:
        there = {key for key in words(lang).under("reader") if key.startswith("own_")}
        assert there == KEYS
    assert {key for key, _ in BAD.values()} == KEYS


# --- whatever comes


WORDS = st.sampled_from([
    *FUNCTIONS, *"+-*/@()=#.,", "**", "//", "h", "x", "c", "h_prev", "c_prev", "x_prev", "W_h", "U_h", "R_h", "b_h",
    "p_h", "I", "tick", "1", "0", "-1", "1e9", "\n", " ", "lambda", "__class__", "\t", "if", "h_below", "matmul", "pre",
    "W_", "U", "1j", "True", "0x1", "1_0", "σ", "−", "с", "\u202e", "\0"])
LISTS = st.lists(WORDS, max_size=60)


def expressions(*names):
    """Expressions of what comes in, parameters, numbers and some names."""
    leaves = ["h_prev", "c_prev", "b_h", "p_h", "W_h @ x", "U_h @ h_prev", "tick", "I @ x", "2", "0.5", *names]
    return st.recursive(st.sampled_from(leaves), lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(st.sampled_from([*FUNCTIONS, "-"]), inner).map(lambda t: f"{t[0]}({t[1]})"),
        inner.map(lambda e: f"U_h @ ({e})"), inner.map(lambda e: f"R_c @ ({e})")), max_leaves=12)


CELL_TEXTS = st.tuples(expressions(), expressions("g"), expressions("g", "c")).map(
    lambda right: "g = -({})\nc = b_c + c_prev * ({})\nh = ({}) * b_c".format(*right))


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=300), LISTS.map("".join), LISTS.map(" ".join),
                 LISTS.map(lambda parts: "h = h_prev + " + " ".join(parts))))
@example("h = h_prev" + "+h" * 990)
@example("h = " + "-" * 1990 + "h_prev")
@example("\n" * MOST_CHARACTERS)
@example("h = " + "h_prev@" * 280 + "h")
@example("h = h_prev.a" + ".a" * 900)
@example("h = " + "-+" * 900 + "h_prev")
@example("h = tanh(h_prev)" + "(h)" * 600)
@example("h = h_prev + \ud800")
def test_nothing_but_a_cell_or_a_refusal_comes_out(text):
    try:
        cell = read(text)
    except Refused as found:
        for lang in LANGUAGES:
            assert words(lang)(f"reader.{found.key}", **found.values)
        assert found.key == "own_long" or 1 <= found.values["line"] <= len(re.split(r"\r\n|\r|\n", text))
    else:
        within_bounds(cell)


@settings(max_examples=150, deadline=None)
@given(CELL_TEXTS)
def test_a_cell_of_any_shape_runs_with_finite_numbers(text):
    try:
        cell = read(text)
    except Refused:
        return
    within_bounds(cell)
    runs(cell)
    again = Cell("own", "\n".join(f"{name} = {line}" for name, line in cell.lines.items()))
    assert [n.op for n in again.nodes] == [n.op for n in cell.nodes]


def within_bounds(cell):
    assert len(cell.lines) <= MOST_EQUATIONS and len(cell.nodes) <= MOST_NODES
    assert len(cell.parameters) <= MOST_PARAMETERS and 1 <= len(cell.state) <= MOST_STATES
    assert "h" in cell.lines and cell.parameters and not cell.below


@pytest.mark.parametrize("line", [
    "h = h_prev" + "+h" * 900, "h = " + "-" * 1900 + "h_prev", "(" * 1990, ")" * 1990, "=" * 1990, "\n" * 1990,
    "#" * 1990, "a" * 1990, "h = " + "1" * 1900, "h = " + "a." * 900 + "a", "h = " + "tanh(" * 12 + "h_prev" + ")" * 12,
    "\0" * 1990, "h=" + "h_prev@" * 280 + "h", "h = " + "1e" * 900])
def test_reading_takes_bounded_time(line):
    """Never a second, whatever it is; that is a hundred times what the slowest takes."""
    start = perf_counter()
    with pytest.raises(Refused):
        read(line)
        raise Refused("none")
    assert perf_counter() - start < 1


def test_a_cell_that_explodes_is_held():
    cell = read("h = exp(h_prev) + W_h @ x + 1")
    params, x = init_params(cell, 2, 3, 0), np.ones((40, 1, 2))
    trace = forward(cell, params, x)
    assert np.isfinite(trace["h"]).all() and np.abs(trace["h"]).max() > 1e300
    assert np.isfinite(backward(trace, params, np.ones((40, 1, 3)))["x"]).all()
