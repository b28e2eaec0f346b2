import pytest

from lstm_core import CELLS, Cell, Node

REFUSED = [
    ("h = open(x)", "open(x)"),
    ("h = __import__('os').system('true')", "__import__"),
    ("h = tanh(x.real)", "x.real"),
    ("h = tanh(x[0])", "x[0]"),
    ("h = (lambda: x)()", "lambda"),
    ("h = tanh([a for a in x])", "[a for a in x]"),
    ("h = tanh(x, x)", "tanh(x, x)"),
    ("h = tanh(a=x)", "tanh(a=x)"),
    ("h = tanh(*x)", "*x"),
    ("h = matmul(x)", "matmul(x)"),
    ("h = x * 'a'", "'a'"),
    ("h = x * True", "True"),
    ("h = x * 2j", "2j"),
    ("h = x ** 2", "x ** 2"),
    ("h = ~x", "~x"),
    ("h = -True", "True"),
    ("h = x if x else x", "x if x else x"),
    ("h = x < x", "x < x"),
    ("h = (y := x)", "y := x"),
    ("import os", "import os"),
    ("tanh(x)", "tanh(x)"),
    ("h: int = tanh(x)", "h: int = tanh(x)"),
    ("h += tanh(x)", "h += tanh(x)"),
    ("g = h = tanh(x)", "g = h = tanh(x)"),
    ("g, h = tanh(x)", "h = tanh(x)"),
    ("h[0] = tanh(x)", "h[0] = tanh(x)"),
    ("def h(): return x", "def h()"),
    ("g = tanh(x)\nh = tanh(g)\ng = exp(x)", "g is defined twice: g = exp(x)"),
    ("h = tanh(q)", "h reads q, which is never defined"),
    ("h = tanh(x + q_prev)", "h reads q_prev, which is never defined"),
    ("f = tanh(g)\ng = tanh(h)\nh = tanh(f)", "wait for one another: f, g, h"),
    ("h = tanh(h)", "wait for one another: h"),
    ("f = tanh(x)\nh = f", "h computes nothing: f"),
    ("h = 3", "h computes nothing: 3"),
    ("h = tanh(", "'(' was never closed"),
    ("", "at least one equation"),
    ("x = tanh(h_prev)\nh = tanh(x)", "x comes in"),
    ("W_f = tanh(x)\nh = tanh(W_f @ x)", "W_f comes in"),
    ("h_prev = tanh(x)", "h_prev comes in"),
    ("b = tanh(b_prev + x)", "b comes in"),  # else b_prev would be a bias and a state
    ("h = tanh(x + " + "9" * 400 + ")", "999"),
    ("h = tanh(x + 1e999)", "1e309"),
    ("f = W_f @ x\nh = f @ f", "h: @ wants a matrix and a vector, all else no matrix: f @ f"),
    ("h = tanh(W_h @ x + W_h)", "h: @ wants a matrix and a vector, all else no matrix: tanh(W_h @ x + W_h)"),
    ("h = tanh((U_h @ U_i) @ x)", "h: @ wants a matrix and a vector"),
    ("h = U_h @ 2", "h: @ wants a matrix and a vector"),
    ("h = I * x", "h: @ wants a matrix and a vector"),
    ("tick = tanh(x)\nh = tick * x", "tick comes in"),
    ("c_below = tanh(x)", "c_below comes in"),
    ("I = tanh(x)", "I comes in"),
    ("h = tanh(x + q_below)", "h reads q_below, which is never defined"),
    ("h = x" + " - x" * 9000, "nested too deeply"),
    ("f = tanh(x)\nh = " + "-" * 100_000 + "x", "nested too deeply: h = ---"),
    ("f = tanh(x)\nh = x * 0x" + "f" * 5000, "h: "),
    ("h = tanh(x\ud800)", "cannot be read"),
    ("f = tanh(x)\ng = x ** 2", "g: a cell may not use: x ** 2"),
    ("h = " + "tanh(" * 9000 + "x" + ")" * 9000, "nested"),
]


def test_a_minus_sign_is_taking_from_nothing():
    nodes = Cell("typed", "h = exp(-h_prev) * -0.5").nodes
    assert nodes == (
        Node("h.0.pre", "sub", ("0.0", "h_prev")), Node("h.0", "exp", ("h.0.pre",)), Node("h", "mul", ("h.0", "-0.5")))


@pytest.mark.parametrize(("text", "named"), REFUSED, ids=[text[:40] for text, _ in REFUSED])
def test_what_is_no_cell_is_refused_by_name(text, named):
    with pytest.raises(SyntaxError) as error:
        _ = Cell("typed", text).nodes
    assert named in str(error.value)


def test_equations_are_text_and_periods_are_numbers():
    with pytest.raises(SyntaxError, match="equations are text, not int"):
        _ = Cell("typed", 5).nodes
    for periods in ((), (0,), (1, -2), (1.5,)):
        with pytest.raises(ValueError, match="wanted positive integers, one for each module"):
            Cell("typed", "h = tanh(x)", periods=periods)


def test_a_parameter_may_end_like_a_state():
    cell = Cell("typed", "h = tanh(W_prev @ x + h_prev)")
    assert cell.state == ("h",) and cell.parameters == {"W_prev": "HD"}


def test_ten_thousand_lines_in_reverse_are_read_in_order():
    lines = [f"a{k} = tanh(a{k + 1})" for k in range(10_000)]
    nodes = Cell("long", "\n".join([*lines, "a10000 = tanh(x)"])).nodes
    assert [n.id for n in nodes[:2]] == ["a10000", "a9999"] and len(nodes) == 10_001


def test_a_long_cycle_makes_a_short_message():
    lines = [f"a{k} = tanh(a{(k + 1) % 10_000})" for k in range(10_000)]
    with pytest.raises(SyntaxError, match=r"a0, a1, .*a9 and 9990 more") as error:
        _ = Cell("long", "\n".join(lines)).nodes
    assert len(str(error.value)) < 200


def test_text_is_never_executed(tmp_path):
    file = tmp_path / "written"
    for text in (f"open({str(file)!r}, 'w')", f"h = open({str(file)!r}, 'w')", f"h = tanh(open({str(file)!r}, 'w'))"):
        with pytest.raises(SyntaxError):
            _ = Cell("typed", text).nodes
    assert not file.exists()


def test_node_ids_are_paths_into_the_equations():
    nodes = Cell("small", "f = sigmoid(W_f @ x + U_f @ h_prev + b_f)\nh = f * h_prev + (1 - f) * 0.5").nodes
    assert nodes == (
        Node("f.pre.0", "matmul", ("W_f", "x")),
        Node("f.pre.1", "matmul", ("U_f", "h_prev")),
        Node("f.pre", "add", ("f.pre.0", "f.pre.1", "b_f")),
        Node("f", "sigmoid", ("f.pre",)),
        Node("h.0", "mul", ("f", "h_prev")),
        Node("h.1.0", "sub", ("1.0", "f")),
        Node("h.1", "mul", ("h.1.0", "0.5")),
        Node("h", "add", ("h.0", "h.1")),
    )


def test_brackets_and_order_of_operations_are_those_of_python():
    node = Cell("small", "h = x - (x - x) * x / x").node
    assert (node["h"].op, node["h.1"].op, node["h.1.0"].op, node["h.1.0.0"].op) == ("sub", "div", "mul", "sub")


def test_lines_may_come_in_any_order():
    cell = Cell("small", "h = tanh(g)\ng = tanh(f)\nf = tanh(x)")
    assert [n.id for n in cell.nodes] == ["f", "g", "h"]


def test_states_are_what_is_read_from_the_step_before():
    only_h = ("rnn", "gru", "gru_v1", "mgu", "mut1", "mut2", "mut3", "clockwork")
    assert {name: cell.state for name, cell in CELLS.items()} == {
        name: ("h",) if name in only_h else ("c", "f", "h", "i", "o") if name == "fgr" else ("c", "h")
        for name in CELLS
    }


def test_shapes_follow_from_the_letter():
    shapes = CELLS["peephole"].shapes(D=3, H=4)
    assert {shapes[name] for name in shapes if name.startswith("W_")} == {(4, 3)}
    assert {shapes[name] for name in shapes if name.startswith("U_")} == {(4, 4)}
    assert {shapes[name] for name in shapes if name[0] in "bp"} == {(4,)}
    assert set(shapes) == {f"{letter}_{gate}" for letter in "WUb" for gate in "fico"} | {"p_f", "p_i", "p_o"}


def test_edit_rewrites_adds_and_strikes_out_lines():
    edited = CELLS["lstm"].edit("mine", i="1 - f", o=None, h="tanh(c) * k", k="exp(c)")
    assert edited.name == "mine"
    assert edited.node["i"] == Node("i", "sub", ("1.0", "f"))
    assert edited.node["h"] == Node("h", "mul", ("h.0", "k"))
    assert edited.node["k"].op == "exp"
    assert "o" not in edited.node
    assert edited.node["f"] == CELLS["lstm"].node["f"]


def test_only_what_is_there_is_struck_out():
    with pytest.raises(ValueError, match="fgate: cannot be struck out; the lstm cell has f, i, c_tilde"):
        CELLS["lstm"].edit("mine", fgate=None)


def test_edit_leaves_the_original_alone():
    before = CELLS["lstm"].nodes
    CELLS["lstm"].edit("mine", i="1 - f")
    assert CELLS["lstm"].nodes == before
