"""What the lattice's drawing is sent: a net's layers and steps, one unit's state along each dimension.  Pure."""
from ..numbers.depth import Lattice, along
from ..numbers.over_time import Unrolled
from ..style import GATE, PAPER, ROLES, STATE, role
from ..telling.names import symbol, title
from ..telling.scales import reaches
from ..words import Words
from .pen import is_gate


def lattice(found: Lattice, layer: int, t: int, unit: int, words: Words) -> dict:
    """Everything the lattice shows: of each layer and step the states of one unit, and the node that is chosen.

    boxed: the states that stand in a node; time, depth: those that leave it along each dimension; entry: what comes to
    the lowest layer's nodes along depth, where that is not x; gate: what opens the way of C from the layer below.
    """
    flows, grid = along(found.name), found.name == "grid"
    gate = ["d"] * (found.name == "depth_gated")
    entry = [f"{s}_below" for s in flows["depth"]] if grid else []
    boxed = [] if grid else list(flows["time"])
    states = list(dict.fromkeys([*flows["time"], *flows["depth"]]))
    highest = found.layers[-1]
    return {
        "key": f"{found.name} {len(found.layers)} {found.T} {words.lang}",
        "name": f"{found.name}-unit-{unit + 1}",
        "about": words("lattice.about", net=words(f"net.{found.name}"), layers=len(found.layers), steps=found.T),
        "T": found.T, "t": t, "layer": layer, "unit": unit, "units": found.H,
        "labels": list(found.sequence.labels),
        "boxed": boxed, "time": list(flows["time"]), "depth": list(flows["depth"]), "entry": entry, "gate": gate,
        "nodes": {node: _described(highest.cell, node, words) for node in [*states, *entry, *gate]},
        "layers": [
            {"title": words("lattice.layer", layer=k + 1),
             "values": {node: run.values[node][:, unit].tolist()
                        for node in [*states, *(entry if k == 0 else []), *gate] if node in run.values}}
            for k, run in enumerate(found.layers)],
        "x": found.sequence.x.T.tolist(),
        "reach": {node: [reach(run, node, unit) for run in found.layers] for node in [*states, *entry]},
        "roles": ROLES, "paper": PAPER, "scales": {"gate": GATE, "state": STATE},
        "words": words.under("lattice"),
    }


def reach(run: Unrolled, node: str, unit: int) -> float:
    """How far the colours of a unit's state go, in a layer that has it."""
    return float(reaches(run.values[node][:, [unit]])[0]) if node in run.values else 1.0


def _described(cell, node, words):
    return {"symbol": symbol(cell, node.removesuffix("_below"))[0], "name": title(cell, node, words),
            "role": role(node), "scale": "gate" if is_gate(cell, node) else "state"}
