"""One step of a cell to take away: as a script in NumPy or PyTorch, with its numbers in it, and as a CSV table."""
import ast
import csv
import io
from collections.abc import Mapping

import numpy as np

from lstm_core import CELLS, Cell
from lstm_core.cell import BINARY, IDENTITY
from lstm_core.ops import apply

Arrays = Mapping[str, np.ndarray]

NUMPY = {  # function -> its definition
    "sigmoid": "def sigmoid(a):\n    return 0.5 + 0.5 * np.tanh(0.5 * a)  # 1 / (1 + exp(-a)), without its overflow\n",
    "tanh": "tanh = np.tanh",
    "relu": "def relu(a):\n    return np.maximum(a, 0)\n",
    "exp": "exp = np.exp",
}
TORCH = {name: f"{name} = torch.{name}" for name in NUMPY}
TENSOR = "def tensor(values):\n    return torch.tensor(values, dtype=torch.float64)\n"
SCRIPT_NAMES = {"np", "torch", "print", "float", "tensor", *NUMPY}  # what an equation may not rename

# Cell -> PyTorch's cell, its gates in the order of its weights, each gate's bias in bias_ih and in bias_hh
# ("": zero), its arguments and its results.
MODULES = {
    CELLS["rnn"]: ("RNNCell", "h", ["b_h"], [""], "x, h_prev", "h"),
    CELLS["lstm"]: ("LSTMCell", "ifco", ["b_i", "b_f", "b_c", "b_o"], [""] * 4, "x, (h_prev, c_prev)", "hc"),
    CELLS["gru"]: ("GRUCell", "rzn", ["b_r", "b_z", "b_n"], ["", "", "b_m"], "x, h_prev", "h"),
}


def numpy_code(cell: Cell, params: Arrays, inputs: Arrays, clamp: Arrays | None = None) -> str:
    """A script that computes the step in NumPy, float64, and prints every named node.

    params as `init_params` makes them; inputs: x (D,), each state as h_prev (H,), and tick (H,) if the cell reads it;
    clamp: equation name -> (H,), nan where a unit is free.  Where the core holds an overflow at a finite bound, the
    script has inf.
    """
    equations = _equations(cell, params, inputs, clamp, "np.full({}, {})")
    values = _values(cell, params, inputs, "np.array", "np.eye({}, {})")
    return _script(cell, ["import numpy as np"], _definitions(equations, NUMPY), values, equations)


def torch_code(cell: Cell, params: Arrays, inputs: Arrays, clamp: Arrays | None = None) -> str:
    """The same in PyTorch, float64; rnn, lstm and gru with nothing clamped are compared with PyTorch's own cells."""
    equations = _equations(cell, params, inputs, clamp, "torch.full(({},), {}, dtype=torch.float64)")
    values = _values(cell, params, inputs, "tensor", "torch.eye({}, {}, dtype=torch.float64)")
    free = all(np.isnan(value).all() for value in (clamp or {}).values())
    comparison = _comparison(cell, inputs) if free and cell in MODULES else []
    return _script(cell, ["import torch"], [TENSOR, *_definitions(equations, TORCH)], values, equations, comparison)


def csv_of(cell: Cell, env: Arrays, forced: Arrays | None = None) -> str:
    """A table of one step: node, unit (from 1), value at full precision, and of each named node its equation.

    env is what `step` returns for x (D,) and states (H,); forced the same with clamps, which gets a column of its own.
    """
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    runs = {"value": env} | ({"forced": forced} if forced else {})
    table.writerow(["node", "unit", *runs, "equation"])
    text = {name: f"{name} = {ast.unparse(right)}" for name, right in _lines(cell).items()}
    for name in (*_inputs(cell), *cell.node):
        units = zip(*(np.ravel(run[name]).tolist() for run in runs.values()), strict=True)
        table.writerows([name, k, *map(repr, values), text.get(name, "")] for k, values in enumerate(units, 1))
    return out.getvalue()


def _inputs(cell):
    """x, h_prev, the other states as they come in, and what else the cell reads."""
    return ["x", *(f"{s}_prev" for s in sorted(cell.state, key=lambda s: (s != "h", s))), *cell.inputs]


def _lines(cell):
    """Equation name -> expression, in the order of computing."""
    written = {line.targets[0].id: line.value for line in ast.parse(cell.equations).body}
    return {node.id: written[node.id] for node in cell.nodes if "." not in node.id}


def _script(cell, imports, definitions, values, equations, comparison=()):
    prints = [f'print("{name} =", {own}.tolist())' for name, own in _names(cell).items()]
    parts = [[f"# One step of the cell {cell.name!a}.", *imports], definitions, values, equations, prints, comparison]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _definitions(equations, table):
    """The functions that lines of Python call."""
    calls = [node.func for node in ast.walk(ast.parse("\n".join(equations))) if isinstance(node, ast.Call)]
    called = {function.id for function in calls if isinstance(function, ast.Name)}
    return [table[name] for name in table if name in called]


def _values(cell, params, inputs, array, eye):
    """Lines that define what comes into the step, the parameters, and the identity if the cell reads it."""
    read = {i for node in cell.nodes for i in node.inputs}
    H = _units(params, inputs)
    weights = {k: np.where(cell.mask(H), params[k], 0) if k[0] == "R" else params[k] for k in cell.parameters}
    values = {k: inputs[k] for k in _inputs(cell) if k in read} | weights
    lines = [f"{name} = {array}({_literal(value)})" for name, value in values.items()]
    return lines + [f"{IDENTITY} = {eye.format(H, len(inputs['x']))}"] * (IDENTITY in read)


def _units(params, inputs):
    return next((len(value) for value in params.values()), len(inputs["x"]))


def _literal(value):
    """A vector or a matrix as text that reads back as the very same float64; a matrix one row a line, in columns."""
    texts = np.vectorize(_number, otypes=[object])(np.asarray(value, float))
    if texts.ndim == 1:
        return f"[{', '.join(texts)}]"
    widths = [max(map(len, column)) for column in texts.T]
    rows = [", ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in texts]
    return "[\n" + "".join(f"    [{row}],\n" for row in rows) + "]"


def _number(value):
    return repr(float(value)) if np.isfinite(value) else f'float("{float(value)}")'


def _equations(cell, params, inputs, clamp, full):
    """The equations as Python; full: how to write a vector of equal numbers, for an equation that reads none."""
    H = _units(params, inputs)
    names = _names(cell)
    lines = []
    for name, right in _lines(cell).items():
        right = _portable(right, names)
        text = full.format(H, _number(right.value)) if isinstance(right, ast.Constant) else ast.unparse(right)
        lines.append(f"{names[name]} = {text}")
        forced = np.asarray((clamp or {}).get(name, []), float)
        lines += [f"{names[name]}[{k}] = {_number(v)}  # forced" for k, v in enumerate(forced) if not np.isnan(v)]
    return lines


def _portable(expression, names):
    """An expression with names replaced, and with what reads no vector computed: torch.tanh(1.0) is an error."""
    match expression:
        case ast.Name(name):
            return ast.Name(names.get(name, name))
        case ast.BinOp(left, sign, right):
            op, parts = BINARY[type(sign)], [_portable(left, names), _portable(right, names)]
            whole = ast.BinOp(parts[0], sign, parts[1])
        case ast.Call(function, [argument]):
            op, parts = function.id, [_portable(argument, names)]
            whole = ast.Call(function, parts, [])
        case _:
            return expression
    if all(isinstance(part, ast.Constant) for part in parts):
        return ast.Constant(float(apply(op, *(np.float64(part.value) for part in parts))))
    return whole


def _names(cell):
    """Equation name -> the name it has in a script, where `tanh = ...` would hide the function."""
    taken = {i for node in cell.nodes for i in (node.id, *node.inputs)}
    names = {}
    for name in _lines(cell):
        names[name] = name
        while names[name] in SCRIPT_NAMES or (names[name] != name and names[name] in taken):
            names[name] += "_"
    return names


def _comparison(cell, inputs):
    """Lines that run PyTorch's own cell with the same weights and say whether it agrees."""
    module, gates, bias_ih, bias_hh, arguments, states = MODULES[cell]
    D, H = len(inputs["x"]), len(inputs["h_prev"])
    results = [f"{s}_torch" for s in states]
    pairs = ", ".join(f"({ours}, {theirs})" for ours, theirs in zip(states, results, strict=True))
    parts_of = {
        "weight_ih": [f"W_{gate}" for gate in gates],
        "weight_hh": [f"U_{gate}" for gate in gates],
        "bias_ih": bias_ih,
        "bias_hh": [bias or "zero" for bias in bias_hh],
    }
    return [
        "# The same step by PyTorch's own cell, with the same weights.",
        f"zero = torch.zeros({H}, dtype=torch.float64)",
        f"module = torch.nn.{module}({D}, {H}, dtype=torch.float64)",
        "with torch.no_grad():",
        *(f"    module.{name}.copy_(torch.cat([{', '.join(parts)}]))" for name, parts in parts_of.items()),
        f"    {', '.join(results)} = module({arguments})",
        f"agrees = all(torch.allclose(a, b, rtol=1e-9, atol=1e-12) for a, b in [{pairs}])",
        f'print("agrees with torch.nn.{module}:", agrees)',
    ]
