"""Equation text -> Cell.  The text is ordinary Python syntax; it is read, never executed."""
import ast
from dataclasses import dataclass, field
from functools import cached_property
from heapq import heappop, heappush

from .ops import OPS

BINARY = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.MatMult: "matmul"}
PARAMETERS = {"W_": "HD", "U_": "HH", "b_": "H", "p_": "H"}  # a parameter's first letter -> its shape


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

    Any property raises SyntaxError, naming the line, for text that is not a cell.
    """

    name: str
    equations: str
    base: "Cell | None" = field(default=None, compare=False, repr=False)  # the cell this one is an edit of

    def edit(self, name: str, **lines: str | None) -> "Cell":
        """The same cell with some lines rewritten, added, or (None) struck out."""
        kept = self.lines | lines
        return Cell(name, "\n".join(f"{k} = {v}" for k, v in kept.items() if v is not None), self)

    @cached_property
    def lines(self) -> dict[str, str]:
        """Equation name -> its right side, evenly spaced."""
        return {name: ast.unparse(expression) for name, expression in self._lines.items()}

    @cached_property
    def _lines(self) -> dict[str, ast.expr]:
        """Equation name -> expression, as written."""
        try:
            body = ast.parse(self.equations).body
        except (RecursionError, MemoryError):
            raise SyntaxError("the equations are nested too deeply") from None
        lines = {}
        for line in body:
            match line:
                case ast.Assign([ast.Name(name)], _) if name == "x" or name.endswith("_prev") or _is_parameter(name):
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
        for name, expression in self._lines.items():
            nodes[name] = []
            try:
                if _read(expression, name, nodes[name]) != name:  # a line that only renames, `i = f`
                    raise SyntaxError(f"{name} computes nothing: {ast.unparse(expression)}")
            except RecursionError:
                raise SyntaxError(f"{name} is nested too deeply") from None
        return tuple(n for name in _in_order(nodes) for n in nodes[name])

    @cached_property
    def node(self) -> dict[str, Node]:
        """Node id -> node."""
        return {n.id: n for n in self.nodes}

    @cached_property
    def state(self) -> tuple[str, ...]:
        """What is carried from step to step: each `s` that the equations read as `s_prev`."""
        inputs = {i for n in self.nodes for i in n.inputs}
        return tuple(sorted(i[:-5] for i in inputs if i.endswith("_prev") and not _is_parameter(i)))

    @cached_property
    def parameters(self) -> dict[str, str]:
        """Parameter name -> its shape in letters, "HD", "HH" or "H", in reading order."""
        return {i: PARAMETERS[i[:2]] for n in self.nodes for i in n.inputs if _is_parameter(i)}

    def shapes(self, D: int, H: int) -> dict[str, tuple[int, ...]]:
        """Parameter name -> shape: W (H, D), U (H, H), b and p (H,)."""
        size = {"D": D, "H": H}
        return {name: tuple(size[letter] for letter in letters) for name, letters in self.parameters.items()}


def is_number(name: str) -> bool:
    """Whether a node's input is a number written in the equation."""
    return name[0].isdigit() or name[0] in "-."


def _is_parameter(name):
    return name[:2] in PARAMETERS or name in "WUbp"  # the letters alone are kept free: b_prev is a bias, not a state


def _read(expression, id, out):
    """Append the nodes of one expression; return the name that holds its value."""
    match expression:
        case ast.Name(name):
            return name
        case ast.Constant(int() | float() as number) if not isinstance(number, bool) and abs(number) < 1e308:
            return repr(float(number))
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
            known = leaf in nodes or leaf == "x" or leaf[:2] in PARAMETERS or is_number(leaf)
            if not known and not (leaf.endswith("_prev") and leaf[:-5] in nodes):
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
        raise SyntaxError(f"these equations wait for one another: {', '.join(n for n in nodes if waits[n])}")
    return order
