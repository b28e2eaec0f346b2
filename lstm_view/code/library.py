"""How NumPy and PyTorch each write what a script needs, in float64."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Library:
    """Text to fill in with str.format: shapes as tuples, numbers and lists as Python writes them."""

    name: str  # as scripts call it
    imports: str
    functions: dict[str, str]  # function of the equations -> its definition
    array: str
    full: str  # shape, number
    zeros: str  # shape
    eye: str  # rows, columns
    where: str  # a forced value at a step, nan where it is free; what it replaces
    number: str  # a truth value as 0 or 1
    helper: str = ""  # what `array` calls


NUMPY = Library(
    "np", "import numpy as np",
    {
        "sigmoid": "def sigmoid(a):\n"
                   '    with np.errstate(over="ignore"):  # exp(-a) is inf below a = -709, and this then 0\n'
                   "        return 1 / (1 + np.exp(-a))\n",
        "tanh": "tanh = np.tanh",
        "relu": "def relu(a):\n    return np.maximum(a, 0)\n",
        "exp": "exp = np.exp",
    },
    array="np.array({})", full="np.full({}, {})", zeros="np.zeros({})", eye="np.eye({}, {})",
    where="np.where(np.isnan({0}), {1}, {0})", number="({}).astype(float)",
)
TORCH = Library(
    "torch", "import torch", {name: f"{name} = torch.{name}" for name in NUMPY.functions},
    array="tensor({})", full="torch.full({}, {}, dtype=torch.float64)",
    zeros="torch.zeros({}, dtype=torch.float64)", eye="torch.eye({}, {}, dtype=torch.float64)",
    where="torch.where(torch.isnan({0}), {1}, {0})", number="({}).to(torch.float64)",
    helper="def tensor(values):\n    return torch.tensor(values, dtype=torch.float64)\n",
)
