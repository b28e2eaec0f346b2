"""Which picture a cell is drawn in, and the stages in which it is told."""
from functools import lru_cache

from lstm_core import CELLS, Cell
from lstm_core.cell import PARAMETERS, is_number

from ..numbers.mix import mix

STAGES = {
    "lstm": ("in", "forget", "candidate", "update", "output"),
    "gru": ("in", "gates", "candidate", "update"),
    "rnn": ("in", "sum", "output"),
    "clockwork": ("in", "sum", "candidate", "update"),
}
MOST_STAGES = 9  # of a cell that is drawn automatically


@lru_cache(maxsize=256)
def family(cell: Cell) -> str:
    """Which hand-placed picture a cell uses, or "any": one that is placed automatically.

    A cell of no zoo is drawn in the picture of a family only if that shows every equation and every operation of it.
    """
    if CELLS.get(cell.name) == cell:
        if "c" in cell.state:
            return "lstm"
        return "rnn" if mix(cell) is None else "clockwork" if "tick" in cell.inputs else "gru"
    for known in CELLS.values():
        if (cell.lines, cell.inputs) == (known.lines, known.inputs):
            return family(known)
    return "lstm" if _like_an_lstm(cell) else "gru" if _like_a_gru(cell) else "any"


def stages_of(cell: Cell) -> tuple[str, ...]:
    """The stages of a step, in order: those of its family's story, else "in" and the first equation of each group."""
    kind = family(cell)
    return STAGES[kind] if kind in STAGES else ("in", *(names[0] for names in groups(cell)))


@lru_cache(maxsize=256)
def groups(cell: Cell) -> tuple[tuple[str, ...], ...]:
    """The equations in computing order, together where there are too many for a stage each.

    Neighbours go together that do not wait for one another, first of all those that hear the same, and few before many.
    """
    found = [(name,) for name in (n.id for n in cell.nodes) if "." not in name]
    hears = {name: set() for (name,) in found}
    for node in cell.nodes:
        hears[node.id.partition(".")[0]] |= {i for i in node.inputs if not is_number(i) and i[:2] not in PARAMETERS
                                             and "." not in i}

    def cost(k):
        one, other = (set().union(*(hears[name] for name in names)) for names in found[k:k + 2])
        return bool(other & set(found[k])), one != other, len(found[k] + found[k + 1])

    while len(found) > MOST_STAGES - 1:
        at = min(range(len(found) - 1), key=cost)
        found[at:at + 2] = [found[at] + found[at + 1]]
    return tuple(found)


# --- is a hand-placed picture the whole truth?


def _like_an_lstm(cell):
    """Gates and a candidate that hear x and h, each with a bias and its own peephole or without, and of the rest what
    the picture of an LSTM can show."""
    lines = set(cell.lines)
    if not {"c_tilde", "c", "h"} <= lines <= {"f", "i", "o", "c_tilde", "c", "h"} or set(cell.state) != {"c", "h"}:
        return False
    f, i, o = (gate in lines for gate in "fio")
    coupled = i and f and _shape(cell, "i") == ("sub", "1.0", "f")
    gates = [("f", "c_prev")] * f + [("i", "c_prev")] * (i and not coupled) + [("o", "c")] * o
    written = ("mul", "i", "c_tilde") if i else "c_tilde"
    squashed = ("tanh", "c")
    c = ("add", ("mul", "f", "c_prev") if f else "c_prev", written)
    return (
        all(_hears(cell, f"{gate}.pre", state) and cell.node[gate].op == "sigmoid" for gate, state in gates)
        and ((_hears(cell, "c_tilde.pre") and cell.node["c_tilde"].op == "tanh") or _hears(cell, "c_tilde"))
        and (f or i) and _shape(cell, "c") == c
        and _shape(cell, "h") in ([("mul", "o", squashed), ("mul", "o", "c")] if o else [squashed])
    )


def _like_a_gru(cell):
    """Two gates that hear x and h, with biases or without, and a candidate and a mix as in a GRU of either kind."""
    if set(cell.lines) != {"r", "z", "n", "h"} or set(cell.state) != {"h"}:
        return False
    rest = ("sub", "1.0", "z")
    mixes = (("add", ("mul", rest, "n"), ("mul", "z", "h_prev")), ("add", ("mul", "z", "n"), ("mul", rest, "h_prev")))
    return (
        all(_hears(cell, f"{gate}.pre") and cell.node[gate].op == "sigmoid" for gate in "rz")
        and cell.node["n"].op == "tanh" and _hears_reset(cell) and _shape(cell, "h") in mixes
    )


def _hears_reset(cell):
    """Whether the candidate's sum is W x, a bias or none, and the reset product, before or after its matrix."""
    if _op(cell, "n.pre") != "add":
        return False
    terms = sorted(_term(cell, i) for i in cell.node["n.pre"].inputs if not _is(i, "b_"))
    if len(terms) != 2 or len(cell.node["n.pre"].inputs) > 3 or terms[-1] != "x":
        return False
    other = next(i for i in cell.node["n.pre"].inputs if not _is(i, "b_") and _term(cell, i) != "x")
    if _op(cell, other) == "matmul":
        matrix, held = cell.node[other].inputs
        return matrix[:2] == "U_" and _shape(cell, held) == ("mul", "r", "h_prev")
    if _op(cell, other) != "mul" or cell.node[other].inputs[0] != "r":
        return False
    heard = cell.node[other].inputs[1]
    if _op(cell, heard) == "add" and len(cell.node[heard].inputs) == 2:
        product, bias = cell.node[heard].inputs
        return _term(cell, product) == "h_prev" and _is(bias, "b_")
    return _term(cell, heard) == "h_prev"


def _hears(cell, name, peephole=None):
    """Whether a node is W x + U h, with a bias, and with a peephole of its own gate, or without either."""
    if _op(cell, name) != "add":
        return False
    terms = list(cell.node[name].inputs)
    biases = [i for i in terms if _is(i, "b_")]
    gate = name.partition(".")[0]
    peeps = [i for i in terms if peephole and _op(cell, i) == "mul" and cell.node[i].inputs == (f"p_{gate}", peephole)]
    rest = sorted(_term(cell, i) for i in terms if i not in biases + peeps)
    return rest == ["h_prev", "x"] and len(biases) < 2 and len(peeps) < 2


def _term(cell, name):
    """What a W_ or a U_ multiplies; else nothing that is looked for."""
    if _op(cell, name) != "matmul":
        return ""
    matrix, vector = cell.node[name].inputs
    return vector if matrix[:2] == {"x": "W_", "h_prev": "U_"}.get(vector) else ""


def _shape(cell, name):
    """A node as nested tuples of operations and names."""
    node = cell.node.get(name)
    if node is None:
        return name
    return (node.op, *(_shape(cell, i) if "." in i else i for i in node.inputs))


def _op(cell, name):
    return cell.node[name].op if name in cell.node else ""


def _is(name, letter):
    return letter in PARAMETERS and name.startswith(letter)
