"""Where training begins: random parameters, orthogonal matrices, biases that make for a long memory."""
import numpy as np

from . import readout
from .cell import Cell
from .gates import chrono_gates
from .run import init_params

Arrays = dict[str, np.ndarray]
INITS = ("uniform", "orthogonal")


def start(
    cell: Cell, D: int, H: int, K: int, seed: int, init: str = "uniform", forget_bias: float | None = None,
    chrono: float | None = None,
) -> Arrays:
    """The parameters of step 0: the cell's as `init_params` has them, and the readout's, "W_y" (K, H) and "b_y" (K,),
    in the same bounds, as PyTorch starts its layers.

    init "orthogonal": each matrix on a state, U_ or R_, is orthogonal (Saxe et al. 2014); of an R_ only what counts.
    forget_bias: as `init_params` has it.  chrono: `chrono_biases`, which take its place.

    ValueError for a cell without such a bias, and a chrono of 2 steps or fewer.
    """
    rng = np.random.default_rng([seed, 0, 1])  # [seed, 0] would be the stream of `init_params`
    params = init_params(cell, D, H, seed, forget_bias)
    params |= {name: rng.uniform(-(H**-0.5), H**-0.5, shape) for name, shape in readout.shapes(H, K).items()}
    if init == "orthogonal":
        params |= {name: orthogonal(H, rng) for name in params if name.startswith(("U_", "R_"))}
        for name in cell.masked:
            params[name][~cell.mask(H)] = 0
    return params if chrono is None else params | chrono_biases(cell, H, chrono, rng)


def orthogonal(H: int, rng: np.random.Generator) -> np.ndarray:
    """A random orthogonal matrix (H, H), every one as likely: the Q of a normal matrix's QR where R's diagonal is
    positive (Mezzadri 2007)."""
    q, r = np.linalg.qr(rng.normal(size=(H, H)))
    return q * np.where(np.diagonal(r) < 0, -1.0, 1.0)


def chrono_biases(cell: Cell, H: int, longest: float, rng: np.random.Generator) -> Arrays:
    """Biases with which units forget after 1 to T_max = `longest` steps: of the gate that keeps a state log u, u
    uniform in (1, T_max - 1), of the one that writes it -log u (Tallec & Ollivier 2018).

    For the cells that `chrono_gates` finds such gates in.  ValueError for another, and where T_max is not above 2.
    """
    gates = chrono_gates(cell)
    if gates is None:
        raise ValueError(f"chrono: given {longest}, but no gate with a bias says what the {cell.name} cell keeps")
    if not 2 < longest < np.inf:
        raise ValueError(f"chrono: given {longest}, wanted a longest memory of more than 2 steps")
    log_u = np.log(rng.uniform(1, longest - 1, H))
    return {f"b_{name}": sign * log_u for name, sign in gates.items()}
