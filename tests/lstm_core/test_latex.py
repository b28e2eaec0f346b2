import ast
import re
from itertools import product

import numpy as np
import pytest

from lstm_core import CELLS, Cell, init_params, step
from lstm_core.cells import DEPTH_GATED, GRID, GRID_INPUT
from lstm_core.latex import equation, equations, number, symbol, with_numbers

COLORS = {"x": "#4c5866", "h": "#005f96", "f": "#ad4600", "c": "#8a5200", "c_tilde": "#8f3f91"}
BRACKETS = Cell("brackets", """
a_1 = relu(W_a @ x - (U_a @ h_prev - b_a)) / (2 + exp(W_b @ x) * b_b)
gate = a_1 - (a_1 + (a_1 - 0.5)) / (3 / (a_1 + 2)) * (a_1 / (gate_prev + 4))
k = 1 - sigmoid(5)
h = k * tanh(U_c @ (gate * tanh(W_c @ x + U_d @ h_prev) + 1e-7) + gate + gate + gate + gate + gate) * 1e-7
""")
ZOO = [*CELLS.values(), DEPTH_GATED, GRID, GRID_INPUT, BRACKETS]
zoo = pytest.mark.parametrize("cell", ZOO, ids=lambda cell: cell.name)


def one_step(cell, D=3, H=4, clamp=None, scale=1.0):
    rng = np.random.default_rng(1)
    params = {name: value * scale for name, value in init_params(cell, D, H, seed=1).items()}
    inputs = {"x": rng.normal(size=D)} | {f"{s}_prev": rng.uniform(-1, 1, H) for s in cell.state}
    inputs |= {name: rng.uniform(-1, 1, H) for name in cell.inputs} | {"tick": np.arange(1.0, H + 1) % 2}
    return step(cell, params, inputs, clamp)


def value(tex, known, env=None):
    """Compute what a formula says.  known: LaTeX -> Python; W x is read as a product that binds more than any other."""
    tex = re.sub("|".join(re.escape(k) for k in sorted(known, key=len, reverse=True)), lambda m: known[m[0]], tex)
    tex = re.sub(r"\\times10\^\{(-?\d+)\}", r"e\1", tex)
    tex = re.sub(r"(?<=\]) (?=v\[|\(|tanh)", "**", tex)
    tree = ast.parse(tex.strip(), mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            node.op = ast.MatMult()
    functions = {"sigmoid": lambda a: 1 / (1 + np.exp(-a)), "tanh": np.tanh, "exp": np.exp,
                 "relu": lambda a: np.maximum(a, 0)}
    return eval(compile(ast.fix_missing_locations(tree), "formula", "eval"), functions | {"v": env})


FUNCTIONS = {r"\sigma": "sigmoid", r"\tanh": "tanh", r"\exp": "exp", r"\operatorname{ReLU}": "relu",
             r"\cdot": "*", r"\odot": "*"}


def lines(tex):
    """(left, sign, right) of each line of an aligned block; a line without a left side is of the last one's."""
    body = tex.removeprefix("\\begin{aligned}\n").removesuffix("\n\\end{aligned}").replace(" \\\\\n&\\quad {}", "")
    result = []
    for line in body.split(" \\\\\n"):
        left, sign, right = re.fullmatch(r"(.*?) ?&(=|\\to) (.*)", line).groups()
        result.append((left or result[-1][0], sign, right))
    return result


def unit_names(cell, node_id, env, unit):
    """LaTeX of everything that stands for one number -> that number, as Python text."""
    H = np.shape(env["h"])
    known = {symbol(name, unit=unit): repr(float(np.broadcast_to(v, H)[unit]))
             for name, v in env.items() if "." not in name and np.shape(v) in ((), H)}
    inside = [n.id for n in cell.nodes if n.op == "matmul" and n.id.startswith(node_id)]
    return FUNCTIONS | known | {f"({equation(cell, i)})_{unit + 1}": repr(float(env[i][unit])) for i in inside}


@pytest.mark.parametrize(("name", "tex"), [
    ("x", "x_t"), ("h_prev", "h_{t-1}"), ("c", "C_t"), ("c_prev", "C_{t-1}"), ("c_tilde", r"\tilde{C}_t"),
    ("c_tilde_prev", r"\tilde{C}_{t-1}"), ("W_f", "W_f"), ("W_c", "W_c"), ("U_ff", "U_{ff}"), ("b_m", "b_m"),
    ("U_gate", r"U_{\mathrm{gate}}"), ("W_", "W"), ("p_a_b", "p_{a,b}"), ("gate", r"\mathrm{gate}_t"),
    ("h_1", "h_{1,t}"), ("f.pre", "a^{f}_t"), ("c_tilde.pre", r"a^{\tilde{C}}_t"), ("h_1.pre", "a^{h_1}_t"),
    ("tick", r"\mathrm{tick}_t"), ("I", "I"), ("R_n", "R_n"), ("c_below", r"C_t^{(\ell-1)}"),
    ("h_below", r"h_t^{(\ell-1)}"), ("h_time_prev", r"h_{\mathrm{time},t-1}"), ("U_f12", "U_{f12}"), ("b_f1", "b_{f1}"),
    ("c_time_tilde", r"\tilde{C}_{\mathrm{time},t}"), ("c_time_tilde.pre", r"a^{\tilde{C}_{\mathrm{time}}}_t"),
    ("1.0", "1"), ("0.5", "0.5"), ("1e-07", r"1\times10^{-7}"), ("문", r"\text{문}_t"), ("_", r"\__t"),
])
def test_symbol(name, tex):
    assert symbol(name) == tex


@pytest.mark.parametrize(("name", "tex"), [
    ("f", "f_{t,2}"), ("h_prev", "h_{t-1,2}"), ("c_tilde", r"\tilde{C}_{t,2}"), ("b_f", "b_{f,2}"),
    ("f.pre", "a^{f}_{t,2}"), ("1.0", "1"), ("tick", r"\mathrm{tick}_{t,2}"), ("c_below", r"C_{t,2}^{(\ell-1)}"),
])
def test_symbol_of_a_unit_counts_from_one(name, tex):
    assert symbol(name, unit=1) == tex


@pytest.mark.parametrize("name", ["c.0", "h.1.pre", "f.pre.0"])
def test_inner_nodes_have_no_symbol(name):
    with pytest.raises(ValueError, match=re.escape(name)):
        symbol(name)


@pytest.mark.parametrize(("name", "color"), [
    ("h", "#005f96"), ("h_prev", "#005f96"), ("f.pre", "#ad4600"), ("x", "#4c5866"), ("o", None), ("W_f", None),
    ("h_below", "#005f96"), ("I", None),
])
def test_symbol_has_its_color(name, color):
    plain = symbol(name)
    assert symbol(name, COLORS) == (rf"\textcolor{{{color}}}{{{plain}}}" if color else plain)


def test_a_name_with_its_own_color_does_not_take_the_states():
    assert symbol("h_prev", {"h": "#000000", "h_prev": "#ffffff"}) == r"\textcolor{#ffffff}{h_{t-1}}"


@pytest.mark.parametrize(("given", "digits", "tex"), [
    (0.4, 2, "0.40"), (-0.12345, 3, "-0.123"), (0.0, 3, "0.000"), (-0.0, 3, "0.000"), (1, 3, "1.000"),
    (99999, 1, "99999.0"), (123456, 2, r"1.2\times10^{5}"), (-123456, 3, r"-1.23\times10^{5}"),
    (0.0012, 3, "0.001"), (0.00049, 3, r"4.90\times10^{-4}"), (1.7e308, 3, r"1.70\times10^{308}"),
    (5e-324, 1, r"5\times10^{-324}"), (np.float32(0.1), 8, "0.10000000"), (np.inf, 3, r"\mathrm{inf}"),
])
def test_number(given, digits, tex):
    assert number(given, digits) == tex


def test_equations_of_the_lstm():
    assert equations(CELLS["lstm"]) == {
        "f": r"f_t = \sigma(W_f x_t + U_f h_{t-1} + b_f)",
        "i": r"i_t = \sigma(W_i x_t + U_i h_{t-1} + b_i)",
        "c_tilde": r"\tilde{C}_t = \tanh(W_c x_t + U_c h_{t-1} + b_c)",
        "c": r"C_t = f_t \odot C_{t-1} + i_t \odot \tilde{C}_t",
        "o": r"o_t = \sigma(W_o x_t + U_o h_{t-1} + b_o)",
        "h": r"h_t = o_t \odot \tanh(C_t)",
    }


def test_equations_of_the_gru():
    assert equations(CELLS["gru"]) == {
        "r": r"r_t = \sigma(W_r x_t + U_r h_{t-1} + b_r)",
        "z": r"z_t = \sigma(W_z x_t + U_z h_{t-1} + b_z)",
        "n": r"n_t = \tanh(W_n x_t + b_n + r_t \odot (U_n h_{t-1} + b_m))",
        "h": r"h_t = (1 - z_t) \odot n_t + z_t \odot h_{t-1}",
    }


@pytest.mark.parametrize(("name", "tex"), [
    ("mgu", {"n": r"n_t = \tanh(W_n x_t + U_n (f_t \odot h_{t-1}) + b_n)",
             "h": r"h_t = (1 - f_t) \odot h_{t-1} + f_t \odot n_t"}),
    ("mut1", {"z": r"z_t = \sigma(W_z x_t + b_z)",
              "n": r"n_t = \tanh(U_n (r_t \odot h_{t-1}) + \tanh(I x_t) + b_n)"}),
    ("mut2", {"r": r"r_t = \sigma(I x_t + U_r h_{t-1} + b_r)"}),
    ("mut3", {"z": r"z_t = \sigma(W_z x_t + U_z \tanh(h_{t-1}) + b_z)"}),
    ("clockwork", {"n": r"n_t = \tanh(W_n x_t + R_n h_{t-1} + b_n)",
                   "h": r"h_t = \mathrm{tick}_t \odot n_t + (1 - \mathrm{tick}_t) \odot h_{t-1}"}),
])
def test_equations_of_what_came_after(name, tex):
    assert equations(CELLS[name]).items() >= tex.items()


def test_equation_that_reads_the_cell_below():
    assert equation(DEPTH_GATED, "c") == (
        r"C_t = f_t \odot C_{t-1} + i_t \odot \tilde{C}_t + d_t \odot C_t^{(\ell-1)}")


def test_what_is_masked_and_what_the_identity_leaves_is_worked_out_as_0():
    env = step(CELLS["clockwork"], {"W_n": np.zeros((2, 1)), "R_n": np.full((2, 2), 0.5), "b_n": np.zeros(2)},
               {"x": np.array([1.0]), "h_prev": np.array([0.4, 0.6]), "tick": np.array([1.0, 0.0])})
    worked = with_numbers(CELLS["clockwork"], env, "n", 1)
    assert r"(R_n h_{t-1})_2 &= 0.000 \cdot 0.400 + 0.500 \cdot 0.600" in worked
    assert with_numbers(CELLS["clockwork"], env, "h", 1).endswith("0.600\n\\end{aligned}")  # it rests
    env = one_step(CELLS["mut1"], 1, 2)
    assert r"(I x_t)_2 &= 0.000 \cdot" in with_numbers(CELLS["mut1"], env, "n", 1)


@pytest.mark.parametrize(("name", "node", "tex"), [
    ("lstm", "f.pre", "a^{f}_t = W_f x_t + U_f h_{t-1} + b_f"),
    ("lstm", "f.pre.1", "U_f h_{t-1}"),
    ("lstm", "c.0", r"f_t \odot C_{t-1}"),
    ("lstm", "h.1", r"\tanh(C_t)"),
    ("gru", "h.0.0", "1 - z_t"),
    ("gru_v1", "n.pre.1", r"U_n (r_t \odot h_{t-1})"),
])
def test_equation_of_a_part(name, node, tex):
    assert equation(CELLS[name], node) == tex


def test_brackets_only_where_they_are_needed():
    assert equations(BRACKETS)["gate"] == (
        r"\mathrm{gate}_t = a_{1,t} - (a_{1,t} + (a_{1,t} - 0.5)) / (3 / (a_{1,t} + 2))"
        r" \odot (a_{1,t} / (\mathrm{gate}_{t-1} + 4))")
    assert equation(BRACKETS, "h.0.1.pre.0") == (
        r"U_c (\mathrm{gate}_t \odot \tanh(W_c x_t + U_d h_{t-1}) + 1\times10^{-7})")


@zoo
def test_equation_says_what_is_computed(cell):
    env = one_step(cell)
    known = FUNCTIONS | {symbol(name): f"v[{name!r}]" for name in env if "." not in name}
    for node in cell.node:
        right = equation(cell, node).split(" = ")[-1]
        np.testing.assert_allclose(value(right, known, env), env[node], rtol=1e-12, err_msg=node)


def test_with_numbers_golden():
    params = {"W_h": np.array([[1, 2], [0.4, -0.12]]), "U_h": np.array([[0, 0], [0.3, -1]]), "b_h": np.array([0, -0.1])}
    env = step(CELLS["rnn"], params, {"x": np.array([0.8, -0.4]), "h_prev": np.array([-0.5, 0.25])})
    assert with_numbers(CELLS["rnn"], env, "h", 1) == r"""
\begin{aligned}
h_{t,2} &= \tanh((W_h x_t)_2 + (U_h h_{t-1})_2 + b_{h,2}) \\
(W_h x_t)_2 &= 0.400 \cdot 0.800 + (-0.120) \cdot (-0.400) \\
 &= 0.368 \\
(U_h h_{t-1})_2 &= 0.300 \cdot (-0.500) + (-1.000) \cdot 0.250 \\
 &= -0.400 \\
h_{t,2} &= \tanh(0.368 + (-0.400) + (-0.100)) \\
 &= \tanh(-0.132) \\
 &= -0.131
\end{aligned}
""".strip()


def test_with_numbers_wraps_long_sums_and_colors_numbers():
    cell = Cell("sum", "h = W_h @ x")
    env = step(cell, {"W_h": np.full((1, 4), 0.5)}, {"x": np.array([1, 2, 3, -4.0])})
    assert with_numbers(cell, env, "h", 0, COLORS, digits=1) == r"""
\begin{aligned}
\textcolor{#005f96}{h_{t,1}} &= (W_h \textcolor{#4c5866}{x_t})_1 \\
 &= 0.5 \cdot \textcolor{#4c5866}{1.0} + 0.5 \cdot \textcolor{#4c5866}{2.0} \\
&\quad {} + 0.5 \cdot \textcolor{#4c5866}{3.0} + 0.5 \cdot (\textcolor{#4c5866}{-4.0}) \\
 &= 1.0
\end{aligned}
""".strip()


@zoo
def test_with_numbers_is_the_arithmetic_of_the_step(cell):
    """Every line of every unit, computed anew from what it shows, gives the value the step has for its left side."""
    env = one_step(cell)
    for node, unit in product(cell.node, range(4)):
        known = unit_names(cell, node, env, unit)
        shown = lines(with_numbers(cell, env, node, unit, digits=14))
        here = np.broadcast_to(env[node], 4)[unit]
        for left, sign, right in shown:
            wanted = here if left == shown[-1][0] else float(known[left])
            assert sign == "="
            assert value(right, known) == pytest.approx(wanted, rel=1e-11, abs=1e-11), right
        assert shown[-1][2] == number(here, 14)


@zoo
def test_each_number_is_rounded_from_its_exact_value(cell):
    env = one_step(cell)
    pattern = r"-?\d+\.\d+(?:\\times10\^\{-?\d+\})?"
    for node in cell.node:
        short, exact = (re.findall(pattern, with_numbers(cell, env, node, 2, digits=d)) for d in (3, 15))
        assert len(short) == len(exact) > 0
        for a, b in zip(short, exact, strict=True):
            exponent = re.search(r"10\^\{(-?\d+)\}", a)
            half = 0.005 * 10 ** int(exponent[1]) if exponent else 0.0005
            assert abs(value(a, FUNCTIONS) - value(b, FUNCTIONS)) <= half * (1 + 1e-9), (node, a, b)


@zoo
def test_every_string_is_well_formed(cell):
    for size in (1, 6):
        env = one_step(cell, size, size)
        for node in cell.node:
            for tex in (equation(cell, node, COLORS), with_numbers(cell, env, node, size - 1, COLORS)):
                opened = []
                for bracket in re.findall(r"[(){}]", tex):
                    if bracket in "({":
                        opened.append(bracket)
                    else:
                        assert opened.pop() + bracket in ("()", "{}"), tex
                assert not opened, tex


@pytest.mark.parametrize("cell", CELLS.values(), ids=lambda cell: cell.name)
def test_lines_stay_short_at_six_inputs_and_units(cell):
    env = one_step(cell, 6, 6)
    for node in cell.node:
        for line in with_numbers(cell, env, node, 5).splitlines():
            assert len(re.sub(r"\\[a-z]+|[ {}_^&\\]", "", line)) <= 75, line


@zoo
def test_colors_change_nothing_else(cell):
    env = one_step(cell)
    braces = r"(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*"
    for node in cell.node:
        colored = with_numbers(cell, env, node, 1, COLORS)
        plain = re.sub(rf"\\textcolor\{{#[0-9a-f]{{6}}\}}\{{({braces})\}}", r"\1", colored)
        assert plain == with_numbers(cell, env, node, 1)


@zoo
def test_a_clamped_unit_says_what_it_was_and_what_it_is(cell):
    free = one_step(cell)
    for name in equations(cell):
        forced = one_step(cell, clamp={name: np.array([np.nan, 7.0, np.nan, np.nan])})
        assert with_numbers(cell, forced, name, 1).endswith(
            f"&= {number(np.broadcast_to(free[name], 4)[1])} \\\\\n &\\to 7.000\n\\end{{aligned}}")
        assert r"\to" not in with_numbers(cell, forced, name, 2)


def test_a_clamped_part_is_used_as_it_is_held():
    cell = CELLS["lstm"]
    env = one_step(cell, clamp={"f.pre": np.array([np.nan, 0.0, np.nan, np.nan])})
    assert lines(with_numbers(cell, env, "f", 1))[-3:] == [
        ("a^{f}_{t,2}", r"\to", "0.000"), ("f_{t,2}", "=", r"\sigma(0.000)"), ("f_{t,2}", "=", "0.500")]


@zoo
@pytest.mark.parametrize("scale", [1e-300, 1e9, 1e300])
def test_extreme_values_are_written_short(cell, scale):
    env = one_step(cell, scale=scale)
    for node in cell.node:
        tex = with_numbers(cell, env, node, 0)
        assert max(map(len, re.findall(r"[\d.]+", tex))) <= len("2500000000"), tex
        assert "nan" not in tex
        assert lines(tex)[-1][2] == number(np.atleast_1d(env[node])[0])


def test_float32_rounding_is_no_clamp():
    cell = CELLS["lstm"]
    rng = np.random.default_rng(0)
    inputs = {"x": rng.normal(size=3), "h_prev": rng.normal(size=4), "c_prev": rng.normal(size=4)}
    env = step(cell, init_params(cell, 3, 4, dtype=np.float32), {k: v.astype(np.float32) for k, v in inputs.items()})
    assert env["h"].dtype == np.float32
    assert all(r"\to" not in with_numbers(cell, env, node, 0) for node in cell.node)


def test_what_is_no_node_or_no_unit_is_refused_by_name():
    cell = CELLS["rnn"]
    env = step(cell, init_params(cell, 2, 3), {"x": np.ones(2), "h_prev": np.ones(3)})
    for make in (lambda: equation(cell, "q"), lambda: with_numbers(cell, env, "q", 0)):
        with pytest.raises(KeyError, match=r"node_id: q: the rnn cell computes .*h"):
            make()
    for unit in (-1, 3, "a", 0.5, None):
        with pytest.raises(ValueError, match=r"unit: given .*, wanted an integer from 0 to 2"):
            with_numbers(cell, env, "h", unit)
