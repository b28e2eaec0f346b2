"""The family of recurrent architectures as a map: years, a node for each, lines from what came from what.  Pure.

Two drawings: on a wide sheet time goes to the right, on one for a phone it goes down and the lines run at the left.
Several of one study stand in one box, to which one line leads.
"""
from itertools import groupby

from ..style import PAPER, ROLES
from ..telling.family import KINDS, RELATIVES, called, cited, says
from ..words import Words

ROLE = {"simple": "h", "lstm": "c", "study": "x", "gru": "input", "net": "output"}  # a kind's colour; its shape: the js
BOXES = {"greff": ("cifg", "np", "nig", "niaf", "nfg", "noaf", "nog", "fgr"), "jozefowicz": ("mut1", "mut2", "mut3")}
BOX_OF = {name: box for box, members in BOXES.items() for name in members}
SAID = ("map", "beside_chosen", "elsewhere", "save", "save_svg", "save_png")  # what the component says itself
TALL, FLAT = 46, 40  # a node with its authors under its name, and one in a box, whose title says them

WIDE = (1230, 690)
TOP, PITCH = 82, 62
COLUMN = {  # left edge, width
    "rnn": (12, 100), "bidirectional": (150, 174), "lstm1997": (150, 174), "lstm": (358, 160), "peephole": (552, 134),
    "clockwork": (716, 162), "gru": (716, 162), "gru_v1": (716, 162), "grid": (924, 200), "depth_gated": (924, 200),
    "mgu": (1142, 84),
}
ROW = {"bidirectional": 0, "clockwork": 1, "rnn": 1, "gru": 2, "gru_v1": 3, "mgu": 3, "lstm1997": 4, "lstm": 4,
       "grid": 4, "peephole": 5, "depth_gated": 5}
BOX_WIDE = {"jozefowicz": (918, 160, 212, 3), "greff": (918, 424, 212, 2)}  # left, top, width, across
YEARS = {  # left edge, width
    1990: (0, 131), 1997: (131, 212), 1999: (343, 193), 2000: (536, 164), 2014: (700, 200), 2015: (900, 236),
    2016: (1136, 94),
}

NARROW, LEFT, STEP, HEAD = 366, 84, 54, 34
LANE = {"rnn": 12, "lstm1997": 30, "lstm": 30, "peephole": 48, "gru": 66, "gru_v1": 66}


def family_map(chosen: str, beside: str, words: Words) -> dict:
    """Everything the component shows.  chosen: the cell that is looked at; beside: what it is compared with, or ""."""
    return {
        "key": words.lang,
        "wide": _wide(), "narrow": _narrow(),
        "nodes": {name: {"label": called(name, words),
                         "cite": "" if name in BOX_OF else cited(relative.paper.cite, words),
                         "says": says(relative, words), "kind": relative.kind, "role": ROLE[relative.kind],
                         "link": "" if relative.is_cell else f"relative-{name}"}
                  for name, relative in RELATIVES.items()},
        "boxes": {box: words(f"box.{box}") for box in BOXES},
        "kinds": [{"kind": kind, "role": ROLE[kind], "label": words(f"kind.{kind}")} for kind in KINDS],
        "hows": [{"how": how, "label": words(f"how.{how}")} for how in ("change", "idea")],
        "chosen": chosen, "beside": beside, "lang": words.lang,
        "roles": ROLES, "paper": PAPER,
        "words": {key: words(f"family.{key}") for key in SAID},
    }


def _wide():
    nodes, boxes = {}, {}
    for name, (x, width) in COLUMN.items():
        nodes[name] = {"x": x, "y": TOP + PITCH * ROW[name] - TALL / 2, "width": width, "height": TALL}
    for box, (x, y, width, across) in BOX_WIDE.items():
        boxes[box] = _box(box, x, y, width, across, nodes)
    edges = [_edge(name, end, _right(nodes[RELATIVES[name].parent], boxes.get(end) or nodes[end], out))
             for name, end, out in _fanned(nodes, boxes)]
    years = [{"year": year, "x": x, "y": 0, "width": width, "height": WIDE[1] - 38}
             for year, (x, width) in YEARS.items()]
    return {"size": WIDE, "nodes": nodes, "boxes": boxes, "edges": edges, "years": years}


def _fanned(nodes, boxes):
    """Each line with how far above or below its parent's middle it leaves, so that no two lie on one another: what
    turns first, up or down, is outermost."""
    for parent in nodes:
        lines = {"up": [], "level": [], "down": []}
        for name, end in _ends():
            here = boxes.get(end) or nodes[end]
            if RELATIVES[name].parent == parent:
                rise = here["y"] + here["height"] / 2 - nodes[parent]["y"] - TALL / 2
                lines["up" if rise < 0 else "down" if rise > 0 else "level"].append((here["x"], name, end))
        for way, sign in ("up", -1), ("level", 0), ("down", 1):
            for k, (_, name, end) in enumerate(sorted(lines[way], reverse=True), 1):
                yield name, end, sign * 8 * k


def _right(start, here, out):
    """Level as far as it goes, then an S just before its end; straight down to what stands below."""
    x, y, level = start["x"] + start["width"], start["y"] + TALL / 2 + out, here["y"] + here["height"] / 2
    if start["x"] == here["x"]:
        return f"M{x - start['width'] / 2:g} {start['y'] + TALL:g}V{here['y'] - 3:g}"
    last = here["x"] - 4
    bend = min(64, last - x)
    return f"M{x:g} {y:g}H{last - bend:g}C{last - bend / 2:g} {y:g} {last - bend / 2:g} {level:g} {last:g} {level:g}"


def _narrow():
    nodes, boxes, years, y = {}, {}, [], 0
    for year, relatives in groupby(RELATIVES.values(), key=lambda relative: relative.year):
        years.append({"year": year, "x": 0, "y": y, "width": NARROW, "height": HEAD, "left": LEFT})
        y += HEAD + 4
        for name in dict.fromkeys(BOX_OF.get(relative.name, relative.name) for relative in relatives):
            if name in BOXES:
                boxes[name] = _box(name, LEFT - 6, y, NARROW - LEFT + 5, 2 if name == "greff" else 3, nodes)
                y += boxes[name]["height"] + 10
            else:
                nodes[name] = {"x": LEFT, "y": y, "width": NARROW - LEFT - 2, "height": TALL}
                y += STEP
    lanes = {name: {"name": name, "x": x, "y": nodes[name]["y"] + TALL / 2, "right": nodes[name]["x"],
                    "down": nodes[name]["y"] + TALL / 2} for name, x in LANE.items()}
    edges = []
    for name, end in _ends():
        lane, here = lanes[RELATIVES[name].parent], boxes.get(end) or nodes[end]
        level = here["y"] + here["height"] / 2
        if LANE.get(end) == lane["x"]:
            path = f"M{lane['x']} {lane['y']:g}V{level:g}"
        else:  # off the parent's lane to its own, or to the node
            lane["down"] = max(lane["down"], level - 12)
            to = LANE.get(end) or here["x"] - 4
            path = f"M{lane['x']} {level - 12:g}q0 12 12 12H{to:g}"
        edges.append(_edge(name, end, path))
    return {"size": (NARROW, y + 118), "nodes": nodes, "boxes": boxes, "edges": edges, "years": years,
            "lanes": list(lanes.values())}


def _box(box, x, y, width, across, nodes):
    """A box with its members in rows; they are put among the nodes."""
    wide, rows = (width - 12 - 6 * (across - 1)) / across, -(-len(BOXES[box]) // across)
    for k, name in enumerate(BOXES[box]):
        nodes[name] = {"x": round(x + 6 + k % across * (wide + 6), 1), "y": y + 26 + k // across * (FLAT + 6),
                       "width": round(wide, 1), "height": FLAT}
    return {"x": x, "y": y, "width": width, "height": 26 + rows * (FLAT + 6)}


def _ends():
    """Each relative that a line leads to, and where it ends: once at a box, for all in it that came from one cell."""
    drawn = set()
    for name, relative in RELATIVES.items():
        parents = [RELATIVES[member].parent for member in BOXES.get(BOX_OF.get(name), ())]
        end = BOX_OF[name] if parents and relative.parent == max(parents, key=parents.count) else name
        if relative.parent and end not in drawn:
            drawn.add(end)
            yield name, end


def _edge(name, end, path):
    relative = RELATIVES[name]
    return {"from": relative.parent, "to": end, "how": relative.how, "role": ROLE[relative.kind], "path": path}
