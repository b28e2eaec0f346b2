"""Equation text -> Cell.  The text is ordinary Python syntax; it is read, never executed."""
import ast
from dataclasses import dataclass, field, replace
from functools import cached_property
from heapq import heappop, heappush

import numpy as np

from .ops import OPS
from .syntax import parse

BINARY = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.MatMult: "matmul"}
PARAMETERS = {"W_": "HD", "U_": "HH", "R_": "HH", "b_": "H", "p_": "H"}  # a parameter's first letter -> its shape
IDENTITY = "I"  # a matrix (H, D) that is no parameter: I @ x is x itself where D = H


@dataclass(frozen=True)
class Node:
    """One value a cell computes.

    `f` is the value its equation names, `f.pre` what its activation is applied to, `f.pre.0` the first term of
    that sum, and so on down.  `inputs` are node ids, leaves (x, h_prev, W_f ...) or numbers written as text.
    """

    id: str
    op: str
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """A recurrent cell, written once as equations, one `name = expression` a line.  All else is derived from them.

    An equation may read x; a state as it came in, `h_prev`; a node of the cell below in a stack, `c_below`; parameters
    by their letter: W_ (H, D), U_ and R_ (H, H), b_ and p_ (H,); I, the identity (H, D); and `tick` (H,), 1 at the
    steps that a unit's period divides, counted from 0, else 0.  A unit's row of an R_ is 0 for every unit of a shorter
    period (Koutník et al. 2014, section 3).

    Any property raises SyntaxError, naming the line, for text that is not a cell.
    """

    name: str
    equations: str
    base: "Cell | None" = field(default=None, compare=False, repr=False)  # the cell this one is an edit of
    periods: tuple[int, ...] = (1,)  # one for each of as many modules as the units are shared out to

    def edit(self, name: str, **lines: str | None) -> "Cell":
        """The same cell with some lines rewritten, added, or (None) struck out."""
        for line in lines.keys() - self.lines.keys():
            if lines[line] is None:
                raise ValueError(f"{line}: cannot be struck out; the {self.name} cell has {', '.join(self.lines)}")
        kept = self.lines | lines
        text = "\n".join(f"{k} = {v}" for k, v in kept.items() if v is not None)
        return replace(self, name=name, equations=text, base=self)

    def __post_init__(self):
        if not isinstance(self.name, str):
            raise ValueError(f"name: given {type(self.name).__name__}, wanted text")
        if not isinstance(self.periods, tuple) or not self.periods or not all(
                isinstance(p, int) and p > 0 for p in self.periods):
            raise ValueError(f"periods: given {self.periods!r}, wanted positive integers, one for each module")

    @cached_property
    def lines(self) -> dict[str, str]:
        """Equation name -> its right side, evenly spaced."""
        return {name: _text(name, expression) for name, expression in self.expressions.items()}

    @cached_property
    def expressions(self) -> dict[str, ast.expr]:
        """Equation name -> expression, as written; to be read only."""
        if not isinstance(self.equations, str):
            raise SyntaxError(f"equations are text, not {type(self.equations).__name__}")
        try:
            body = parse(self.equations).body
        except (RecursionError, MemoryError):
            raise SyntaxError(f"nested too deeply: {_too_deep(self.equations)}") from None
        except ValueError as error:  # half a character, a number of thousands of digits
            raise SyntaxError(f"the equations cannot be read: {error}") from None
        lines = {}
        for line in body:
            match line:
                case ast.Assign([ast.Name(name)], _) if _comes_in(name):
                    raise SyntaxError(f"{name} comes in and cannot be computed: {ast.unparse(line)}")
                case ast.Assign([ast.Name(name)], _) if name in lines:
                    raise SyntaxError(f"{name} is defined twice: {ast.unparse(line)}")
                case ast.Assign([ast.Name(name)], value):
                    lines[name] = value
                case _:
                    raise SyntaxError(f"a line of a cell is `name = expression`, not: {ast.unparse(line)}")
        if not lines:
            raise SyntaxError("a cell needs at least one equation")
        return lines

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every value, in the order it is computed."""
        nodes = {}
        for name, expression in self.expressions.items():
            nodes[name] = []
            try:
                if _read(expression, name, nodes[name]) != name:  # a line that only renames, `i = f`
                    raise SyntaxError(f"{name} computes nothing: {ast.unparse(expression)}")
            except RecursionError:
                raise SyntaxError(f"{name} is nested too deeply") from None
            except (SyntaxError, ValueError) as error:  # the latter: thousands of digits
                raise SyntaxError(f"{name}: {error}") from None
        in_order = tuple(n for name in _in_order(nodes) for n in nodes[name])
        _check_shapes(in_order, self.expressions)
        return in_order

    @cached_property
    def node(self) -> dict[str, Node]:
        """Node id -> node."""
        return {n.id: n for n in self.nodes}

    @cached_property
    def readers(self) -> dict[str, list[tuple[Node, int]]]:
        """Name -> the nodes that read it, each with which of its inputs it is."""
        readers = {}
        for n in self.nodes:
            for k, i in enumerate(n.inputs):
                readers.setdefault(i, []).append((n, k))
        return readers

    @cached_property
    def state(self) -> tuple[str, ...]:
        """What is carried from step to step: each `s` that the equations read as `s_prev`."""
        inputs = {i for n in self.nodes for i in n.inputs}
        return tuple(sorted(i[:-5] for i in inputs if i.endswith("_prev") and not _is_parameter(i)))

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """What comes into each step as a vector of H, beside the states: `tick`, and each `s_below` that is read."""
        inputs = dict.fromkeys(i for n in self.nodes for i in n.inputs)
        return tuple(i for i in inputs if i == "tick" or (i.endswith("_below") and not _is_parameter(i)))

    @cached_property
    def below(self) -> tuple[str, ...]:
        """The nodes of the cell below that this one reads, each `s` of `s_below`."""
        return tuple(i.removesuffix("_below") for i in self.inputs if i != "tick")

    @cached_property
    def parameters(self) -> dict[str, str]:
        """Parameter name -> its shape in letters, "HD", "HH" or "H", in reading order."""
        return {i: PARAMETERS[i[:2]] for n in self.nodes for i in n.inputs if _is_parameter(i)}

    def shapes(self, D: int, H: int) -> dict[str, tuple[int, ...]]:
        """Parameter name -> shape: W (H, D), U and R (H, H), b and p (H,)."""
        size = {"D": D, "H": H}
        return {name: tuple(size[letter] for letter in letters) for name, letters in self.parameters.items()}

    def matrices(self, D: int, H: int) -> dict[str, np.ndarray]:
        """What the equations read that nobody chooses: I, the identity, if they read it."""
        return {IDENTITY: np.eye(H, D)} if IDENTITY in self.readers else {}

    @cached_property
    def masked(self) -> tuple[str, ...]:
        """The parameters of which only a part counts: see mask."""
        return tuple(name for name in self.parameters if name.startswith("R_"))

    def unit_periods(self, H: int) -> np.ndarray:
        """Each unit's period (H,): as many units to each module as to any other, or one fewer."""
        return np.array(self.periods)[np.arange(H) * len(self.periods) // H]

    def mask(self, H: int) -> np.ndarray:
        """Which entries of an R_ count (H, H): those from units of the same period or a longer one."""
        periods = self.unit_periods(H)
        return periods[:, None] <= periods[None, :]


def _too_deep(equations):
    """The beginning of the first line that Python cannot parse."""
    for line in equations.splitlines():
        try:
            parse(line.strip())
        except (RecursionError, MemoryError):
            return f"{line.strip()[:60]}..."
        except SyntaxError:
            continue
    return "the equations together"


def is_number(name: str) -> bool:
    """Whether a node's input is a number written in the equation."""
    return name[0].isdigit() or name[0] in "-."


def is_matrix(name: str) -> bool:
    """Whether an equation's name stands for a matrix."""
    return name == IDENTITY or len(PARAMETERS.get(name[:2], "")) == 2


def _is_parameter(name):
    return name[:2] in PARAMETERS or name in "WURbp"  # the letters alone are kept free: b_prev is a bias, not a state


def _comes_in(name):
    return name in ("x", "tick", IDENTITY) or name.endswith(("_prev", "_below")) or _is_parameter(name)


def _read(expression, id, out):
    """Append the nodes of one expression; return the name that holds its value."""
    match expression:
        case ast.Name(name):
            return name
        case ast.Constant(number) if _is_plain(number):
            return repr(float(number))
        case ast.UnaryOp(ast.USub(), ast.Constant(number)) if _is_plain(number):
            return repr(-float(number))
        case ast.UnaryOp(ast.USub(), operand):  # -a is 0 - a
            op, arguments = "sub", [ast.Constant(0), operand]
        case ast.BinOp(_, ast.Add(), _):
            op, arguments = "add", _terms(expression)
        case ast.BinOp(left, sign, right) if type(sign) in BINARY:
            op, arguments = BINARY[type(sign)], [left, right]
        case ast.Call(ast.Name(function), [argument], []) if function in OPS and function not in BINARY.values():
            out.append(Node(id, function, (_read(argument, f"{id}.pre", out),)))
            return id
        case _:
            raise SyntaxError(f"a cell may not use: {ast.unparse(expression)}")
    out.append(Node(id, op, tuple(_read(a, f"{id}.{k}", out) for k, a in enumerate(arguments))))
    return id


def _is_plain(number):
    return isinstance(number, int | float) and not isinstance(number, bool) and abs(number) < 1e308


def _terms(expression):
    if isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.Add):
        return [*_terms(expression.left), expression.right]
    return [expression]


def _in_order(nodes):
    """Equation names, each after those it reads, otherwise as written."""
    place = {name: k for k, name in enumerate(nodes)}
    waits, readers = {}, {name: [] for name in nodes}
    for name, own in nodes.items():
        leaves = {i for n in own for i in n.inputs if "." not in i}
        for leaf in leaves:
            node = leaf.removesuffix("_prev" if leaf.endswith("_prev") else "_below")
            known = leaf in ("x", "tick", IDENTITY) or leaf[:2] in PARAMETERS or is_number(leaf)
            if not known and node not in nodes:
                raise SyntaxError(f"{name} reads {leaf}, which is never defined")
        waits[name] = len(leaves & nodes.keys())
        for leaf in leaves & nodes.keys():
            readers[leaf].append(name)
    ready, order = [place[name] for name in nodes if not waits[name]], []
    names = list(nodes)
    while ready:
        order.append(names[heappop(ready)])
        for reader in readers[order[-1]]:
            waits[reader] -= 1
            if not waits[reader]:
                heappush(ready, place[reader])
    if len(order) < len(nodes):
        waiting = [n for n in nodes if waits[n]]
        more = f" and {len(waiting) - 10} more" if len(waiting) > 10 else ""
        raise SyntaxError(f"these equations wait for one another: {', '.join(waiting[:10])}{more}")
    return order


def _text(name, expression):
    try:
        return ast.unparse(expression)
    except RecursionError:
        raise SyntaxError(f"{name} is nested too deeply") from None
    except ValueError as error:
        raise SyntaxError(f"{name}: {error}") from None


def _check_shapes(nodes, lines):
    """SyntaxError where a matrix stands for a vector or the other way round, whatever the sizes."""
    for node in nodes:
        ranks = [2 if is_matrix(i) else 0 if is_number(i) else 1 for i in node.inputs]
        if ranks != [2, 1] if node.op == "matmul" else 2 in ranks:
            name = node.id.split(".")[0]
            raise SyntaxError(f"{name}: @ wants a matrix and a vector, all else no matrix: {_text(name, lines[name])}")
