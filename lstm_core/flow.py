"""What gradients flow in one step: between which nodes, and times what.

A step's hubs are the nodes that a later step or the loss asks something of, and those around a matrix product.  Between
two hubs stand only operations on single numbers; so what flows from one to another is its gradient times a coefficient,
the sum over all ways between them, which the rows of `ops` give.  Coefficients are made of whatever `at` gives for a
name: numbers, arrays or `tape.Value`s.
"""
from collections.abc import Callable

from .cell import Cell
from .ops import OPS

Flow = dict[str, dict]  # hub -> {another hub, or a state that came in: its coefficient}


def between_hubs(
    cell: Cell, seeds: tuple[str, ...], ends: bool, at: Callable
) -> tuple[list[str], dict[str, str], Flow]:
    """The hubs, the last computed first; matrix product -> the hub whose gradient it has; and what flows from each hub
    that passes anything on.

    seeds: the nodes that the loss asks something of.  ends: with sequences that end early; there a state passes on what
    it is asked as it is, and what its equation asks of parameters is that of the pseudo hub `h.live`.
    """
    products = [n for n in cell.nodes if n.op == "matmul"]
    entries, inner = {*cell.state, *seeds}, {n.inputs[1] for n in products} & cell.node.keys()
    sums = {n.id: sum_of(cell, n.id, entries) for n in products}
    some = entries | inner | set(sums.values())
    hubs = [n.id for n in reversed(cell.nodes) if n.id in some]
    order = {n.id: k for k, n in enumerate(cell.nodes)}
    flow, sources = {}, {hub: [] for hub in hubs}
    for hub in hubs:
        flow[hub] = _coefficients(cell, hub, some, order, at)
        for target in flow[hub]:
            sources.get(target, []).append(hub)
    for hub in hubs:  # one that has its gradient from one other, and asks nothing of a product, need not pass it on
        if len(sources[hub]) == 1 and hub not in entries | inner:
            source = sources[hub][0]
            for target, coefficient in flow.pop(hub).items():
                more = flow[source][hub] * coefficient
                if target in sources:
                    sources[target] = [s for s in sources[target] if s not in (hub, source)] + [source]
                flow[source][target] = flow[source].get(target, 0) + more
    weights = (*cell.parameters, *cell.matrices(1, 1))
    weighed = {sum_of(cell, node.id, entries) for name in weights for node, _ in cell.readers[name]}
    for s in cell.state if ends else ():
        flow[s].setdefault(f"{s}_prev", 0)
        if s in weighed:
            sums = {name: f"{s}.live" if hub == s else hub for name, hub in sums.items()}
            hubs.append(f"{s}.live")
            flow[s][f"{s}.live"] = 1
    return hubs, sums, flow


def sum_of(cell: Cell, name: str, entries: set[str]) -> str:
    """The node whose gradient this one has, as it is one of its terms and nothing else; entries are asked for more."""
    while name not in entries and len(cell.readers.get(name, ())) == 1 and cell.readers[name][0][0].op == "add":
        name = cell.readers[name][0][0].id
    return name


def _coefficients(cell, hub, hubs, order, at):
    """What a hub's gradient is multiplied by on its ways to each other hub and state that came in."""
    region, wanted = {hub}, [hub]
    while wanted:
        inner = {i for i in cell.node[wanted.pop()].inputs if i in cell.node} - hubs - region
        region |= inner
        wanted += inner
    coefficients = {hub: 1}
    for name in sorted(region, key=order.get, reverse=True):
        node, so_far = cell.node[name], coefficients.pop(name, None)
        if so_far is None or node.op == "matmul":
            continue
        for k, i in enumerate(node.inputs):
            if i in cell.node or i.removesuffix("_prev") in cell.state:
                more = OPS[node.op].vjp(k, so_far, at(name), *map(at, node.inputs))
                coefficients[i] = coefficients.get(i, 0) + more
    return {target: c for target, c in coefficients.items() if target in hubs or target not in cell.node}
