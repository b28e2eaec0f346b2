"""Cell -> LaTeX, as KaTeX reads it, from the very nodes that are computed: in symbols, and with the numbers put in."""
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from math import ceil, inf, isfinite

import numpy as np

from .cell import IDENTITY, PARAMETERS, Cell, is_number
from .ops import OPS, apply, overflows

Colors = Mapping[str, str]
Tex = tuple[str, float]  # LaTeX, and how strongly its outermost operation binds (Op.rank)
Atom = Callable[[str], Tex | None]  # the LaTeX of a value shown whole; None: it is taken apart
Mark = Callable[[str, str], str]  # what stands at a place, `f.pre.2`, or the name of its function, `f()`; marked or not

ALONE = 9  # the rank of what never needs brackets
TERMS, PRODUCTS, LONG_PRODUCTS = 3, 2, 1  # how many fit a line


def symbol(name: str, colors: Colors | None = None, unit: int | None = None) -> str:
    r"""LaTeX of a leaf (x, h_prev, W_f, a number), of a named node, or of what a named node's function is applied to.

    x_t, h_{t-1}, C_t, \tilde{C}_t, W_f, U_{ff}; f.pre is a^{f}_t; of the cell below in a stack, c_below is
    C_t^{(\ell-1)}.  unit, counted from 0, is shown from 1: f_{t,1}.
    colors: name -> "#rrggbb"; h_prev, h_below and h.pre take that of h when they have none.  ValueError for any other
    node.
    """
    if is_number(name):
        return _scientific(repr(float(name)).removesuffix(".0"))
    if not _has_symbol(name):
        raise ValueError(f"{name} has no symbol of its own")
    stem = name.removesuffix(".pre")
    of_step = stem[:2] not in PARAMETERS and stem != IDENTITY
    base = stem.removesuffix("_prev").removesuffix("_below") if of_step else stem
    first, *marks = [word for word in base.removesuffix("_tilde").split("_") if word] or [r"\_"]
    letter = "C" if of_step and first == "c" else _word(first, 1)
    if of_step and base.endswith("_tilde"):
        letter = rf"\tilde{{{letter}}}"
    marks = [_word(mark, 3 if mark[-1].isdigit() else 2) for mark in marks]  # U_ff and U_f12, but not U_gate
    if name.endswith(".pre"):
        letter, marks = f"a^{{{letter}{_subscript(marks)}}}", []
    if of_step:
        marks.append("t-1" if stem.endswith("_prev") else "t")
    if unit is not None:
        marks.append(str(unit + 1))
    layer = r"^{(\ell-1)}" if of_step and stem.endswith("_below") else ""
    return _colored(letter + _subscript(marks) + layer, name, colors)


def number(value: float, digits: int = 3) -> str:
    r"""A number with so many decimals, half up; from 1e5 and below 10**-digits as 1.20\times10^{5}."""
    if not isfinite(value):
        return rf"\mathrm{{{value}}}"
    if value == 0 or 10**-digits <= abs(value) < 1e5:
        return f"{Decimal(repr(float(value or 0))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):f}"
    return _scientific(f"{value:.{max(digits - 1, 0)}e}")


def equation(cell: Cell, node_id: str, colors: Colors | None = None, mark: Mark | None = None) -> str:
    r"""One node in symbols, f_t = \sigma(W_f x_t + U_f h_{t-1} + b_f); only the right side if it has no symbol.

    mark(place, tex): the LaTeX of what stands at a place of the right side, as it is to be shown.  A place is where a
    node is or would be: `f.pre.0` the first term, `f.pre.0.1` what its matrix multiplies, `f()` the function's name.
    """
    _check_node(cell, node_id)
    right, _ = _apart(cell, node_id, _in_symbols(colors))
    if mark:
        right, _ = _marked(cell, node_id, node_id, colors, mark)
    return f"{symbol(node_id, colors)} = {right}" if _has_symbol(node_id) else right


def equations(cell: Cell, colors: Colors | None = None) -> dict[str, str]:
    """Equation name -> LaTeX, in reading order."""
    return {node.id: equation(cell, node.id, colors) for node in cell.nodes if "." not in node.id}


def with_numbers(
    cell: Cell, env: Mapping[str, np.ndarray], node_id: str, unit: int, colors: Colors | None = None, digits: int = 3
) -> str:
    r"""One unit of one node worked out by hand: an `aligned` block whose last line is env[node_id][unit].

    First the equation for that unit; then each matrix product in it, term by term; then the numbers, one operation
    after another.  Each number is rounded from its own exact value, never from rounded ones.  unit counts from 0.
    env is what `step` returns for x (D,) and states (H,).  Where env does not hold what its inputs give (the unit
    was clamped), the value they do give is followed by `\to` and the value held.
    """
    _check_node(cell, node_id)
    units = len(np.atleast_1d(env[node_id]))
    if not isinstance(unit, (int, np.integer)) or not 0 <= unit < units:
        raise ValueError(f"unit: given {unit!r}, wanted an integer from 0 to {units - 1}")
    lines = _worked_out(cell, env, node_id, unit, colors, digits)
    if _has_symbol(node_id):
        right, _ = _of_unit(cell, node_id, unit, colors, TERMS)
        lines.insert(0, (symbol(node_id, colors, unit), "=", right))
    above = [None, *(left for left, _, _ in lines)]
    rows = [f"{left if left != last else ''} &{sign} {right}"
            for last, (left, sign, right) in zip(above, lines, strict=False)]
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def _check_node(cell, node_id):
    if node_id not in cell.node:
        raise KeyError(f"node_id: {node_id}: the {cell.name} cell computes {', '.join(cell.node)}")


def _worked_out(cell, env, id, unit, colors, digits):
    """(left, sign, right) lines: first those of the parts that have lines of their own, then the node's."""
    node = cell.node[id]
    inner = [n.id for n in cell.nodes if n.id.startswith(f"{id}.")]
    own = [i for i in inner if cell.node[i].op == "matmul" or not np.all(_agrees(env[i], _computed(cell, env, i)))]
    own = [i for i in own if not any(i.startswith(f"{outer}.") for outer in own)]
    apart = {i for i in inner if not any(i == o or i.startswith(f"{o}.") for o in own)}  # not yet a number

    def right():
        """The node's expression, with numbers for all but what is still taken apart."""
        def atoms(unit):
            return lambda i: None if i in apart else _value(i, env, unit, colors, digits)
        if node.op != "matmul":
            return _apart(cell, id, atoms(unit), r"\cdot", TERMS)[0]
        matrix, vector = node.inputs
        row = np.atleast_1d(_at(_input(env, matrix), unit))
        terms = [_join("mul", [_number(w, matrix, colors, digits), _tex(cell, vector, atoms(j), r"\cdot")], r"\cdot")
                 for j, w in enumerate(row)]
        return _join("add", terms, r"\cdot", LONG_PRODUCTS if vector in apart else PRODUCTS)[0]

    lines = []
    head = symbol(id, colors, unit) if _has_symbol(id) else _of_unit(cell, id, unit, colors)[0]
    if node.op != "matmul":  # what stands inside a matrix product is needed at every unit: there, values must do
        lines = [line for i in own for line in _worked_out(cell, env, i, unit, colors, digits)]
    lines.append((head, "=", right()))
    while apart:
        left = {i for i in apart if not apart.isdisjoint(cell.node[i].inputs)}
        sign, apart = _sign(cell, env, apart - left, unit), left
        lines.append((head, sign, right()))
    given, held = _at(_computed(cell, env, id), unit), _at(env[id], unit)
    lines.append((head, _sign(cell, env, {id}, unit), number(given, digits)))
    if not _agrees(given, held):
        lines.append((head, r"\to", number(held, digits)))
    return lines


def _in_symbols(colors):
    return lambda id: None if _is_inner(id) else _ranked(symbol(id, colors))


def _of_unit(cell, id, unit, colors, per_line=inf) -> Tex:
    """A node in symbols, for one unit: f_{t,1} and so on, and of a matrix product (W_f x_t)_1."""
    def atom(id):
        if not _is_inner(id):
            return _ranked(symbol(id, colors, unit))
        return _of_unit(cell, id, unit, colors) if cell.node[id].op == "matmul" else None

    if cell.node[id].op == "matmul":
        return f"({_apart(cell, id, _in_symbols(colors))[0]}){_subscript([str(unit + 1)])}", ALONE
    return _apart(cell, id, atom, r"\cdot", per_line)


def _value(id, env, unit, colors, digits):
    if is_number(id):
        return _ranked(symbol(id))
    return _number(_at(env[id], unit), id, colors, digits)


def _number(value, name, colors, digits):
    plain, rank = _ranked(number(value, digits))
    return plain if _is_inner(name) else _colored(plain, name, colors), rank


def _ranked(tex):
    """A symbol or number with its rank: -2 binds as a sum does, 1.2\times10^{5} as a product."""
    return tex, OPS["add"].rank if tex[0] == "-" else OPS["mul"].rank if r"\times" in tex else ALONE


def _tex(cell, id, atom, dot=r"\odot", per_line=inf):
    return atom(id) or _apart(cell, id, atom, dot, per_line)


def _apart(cell, id, atom, dot=r"\odot", per_line=inf) -> Tex:
    """A node written as its operation on its inputs; dot stands for the product of two vectors, or of two numbers."""
    node = cell.node[id]
    return _join(node.op, [_tex(cell, i, atom, dot, per_line) for i in node.inputs], dot, per_line)


def _marked(cell, name, place, colors, mark) -> Tex:
    """What stands at a place, and in it every part of it, each marked."""
    if name != place:
        tex, rank = _ranked(symbol(name, colors))
        return mark(place, tex), rank
    node = cell.node[name]
    places = [f"{place}.pre"] if OPS[node.op].rank == ALONE else [f"{place}.{k}" for k in range(len(node.inputs))]
    tex, rank = _join(node.op, [_marked(cell, i, p, colors, mark) for i, p in zip(node.inputs, places, strict=True)])
    if rank == ALONE:
        function, opened, rest = tex.partition("(")
        tex = mark(f"{place}()", function) + opened + rest
    return mark(place, tex), rank


def _join(name: str, parts: list[Tex], dot=r"\odot", per_line=inf) -> Tex:
    """An operation on typeset parts, in brackets where they bind less; a new line after so many terms of a sum."""
    op = OPS[name]
    texs = [f"({tex})" if rank < op.rank < ALONE or (k and rank == op.rank < ALONE) else tex
            for k, (tex, rank) in enumerate(parts)]
    per_line = ceil(len(texs) / ceil(len(texs) / per_line)) if per_line < inf else inf  # lines of about one length
    template = op.tex.replace(r"\odot", dot)
    if op.rank == ALONE:
        return template.format(*texs), op.rank
    whole = texs[0]
    for k, tex in enumerate(texs[1:], 1):
        whole = template.format(whole + (" \\\\\n&\\quad {}" if k % per_line == 0 else ""), tex)
    return whole, op.rank


def _computed(cell, env, id):
    """What a node's inputs give, whatever env holds for it."""
    return apply(cell.node[id].op, *(_input(env, i) for i in cell.node[id].inputs))


def _sign(cell, env, ids, unit):
    """What stands between nodes and their values: an arrow where one of these overflowed, and is held at a bound."""
    beyond = (overflows(cell.node[i].op, *(_input(env, name) for name in cell.node[i].inputs)) for i in ids)
    return r"\to" if any(_at(found, unit) for found in beyond) else "="


def _input(env, name):
    return np.float64(name) if is_number(name) else env[name]


def _at(array, unit):
    """One unit; a number written in the equation, and a vector of one, are the same for every unit."""
    array = np.atleast_1d(array)
    return array[unit if len(array) > 1 else 0]


def _agrees(a, b):
    """Whether two values are one up to rounding."""
    near = np.sqrt(np.finfo(np.result_type(b, np.float32)).eps)
    return np.isclose(a, b, rtol=near, atol=near)


def _has_symbol(name):
    return not _is_inner(name.removesuffix(".pre"))


def _is_inner(name):
    """Whether this is a part of an equation, with no name in it."""
    return "." in name and not is_number(name)


def _word(word, longest):
    """A name's letters: upright from so many on, so that they do not read as a product."""
    if not word.isascii():
        return rf"\text{{{word}}}"
    return word if len(word) <= longest or word[0] == "\\" else rf"\mathrm{{{word}}}"


def _subscript(marks):
    joined = ",".join(marks)
    return "" if not marks else f"_{joined}" if len(joined) == 1 else f"_{{{joined}}}"


def _scientific(text):
    """Python's 1.2e+05 in LaTeX; what has no exponent stays."""
    mantissa, _, exponent = text.partition("e")
    return rf"{mantissa}\times10^{{{int(exponent)}}}" if exponent else mantissa


def _colored(tex, name, colors):
    stems = (name.removesuffix(end) for end in ("", ".pre", "_prev", "_below"))
    color = next((colors[stem] for stem in stems if stem in colors), None) if colors else None
    return rf"\textcolor{{{color}}}{{{tex}}}" if color else tex
