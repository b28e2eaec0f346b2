"""The parts of an automatic drawing, once it is known where everything stands."""
from ..style import role
from .branches import Way, branches
from .heights import Heights, Plan, heights
from .kinds import groups
from .pen import Pen
from .shelves import SIGN, Unit, box_width, sign_reach, value_at
from .wiring import Net, Sink

EDGE, BODY = 88, 166  # of a wide sheet: from its left to the states, and to the cell's outline
RIGHT = 80  # from its right to the states
ROOM = 44  # for wires that climb to the right edge
CAPTIONS = ("x", "tick", "h_prev", "c_prev", "h", "c")


def assembled(plan: Plan) -> tuple:
    """The drawing of a plan: its size, and its parts."""
    _gutters(plan)
    return _Drawing(plan, heights(plan)).draw()


def _gutters(plan):
    """Where nets from the left edge climb, and nets to the right edge."""
    if plan.s.narrow:
        return
    for k, name in enumerate(plan.from_left):
        plan.nets[name].gutter = plan.m.low - 14 - 13 * k
    edges = sorted((net for net in plan.nets.values() if net.edge), key=lambda net: -net.shelf)
    for k, net in enumerate(edges):
        net.gutter = plan.m.high + plan.wider + 8 + min(12, ROOM / len(edges)) * k


class _Drawing:
    """A plan and its heights, and the parts as they are drawn."""

    def __init__(self, plan: Plan, at: Heights):
        self.plan, self.at, self.s, self.m = plan, at, plan.s, plan.m
        self.pen = Pen(plan.cell, plan.s)
        self.width = plan.s.width + plan.wider
        self.stage = {name: k for k, names in enumerate(groups(plan.cell), 1) for name in names}
        self.leaves, self.enters = {}, {}  # unit -> the y where its value leaves it, and where wires come in from below

    def draw(self):
        plan, at, s = self.plan, self.at, self.s
        left, right = 6, self.width - 6
        if not s.narrow:
            left, right = self.m.low - 16 - 13 * len(plan.from_left), self.width - 158
        self.pen.add("body", "body", 0, role="c", x=left, y=at.top, width=right - left, height=at.bottom - at.top)
        for shelf in plan.found:
            for unit in shelf.units:
                (self.upright if shelf.upright else self.in_row)(unit)
        self.edges()
        for net in plan.nets.values():
            self.wires(net)
        lowest = [p["y"] + p["n"] * p["square"] / 2 for p in self.pen.parts if p["kind"] == "vector"]
        return (self.width, round(max(*lowest, at.bottom) + (30 if s.narrow else 20))), self.pen.parts

    def when(self, node):
        return self.stage.get(node.partition(".")[0], 0)

    # --- blocks

    def upright(self, unit: Unit):
        s, pen, node, color = self.s, self.pen, unit.node, role(unit.node)
        when, value = self.when(node), self.at.row[unit.shelf] + s.half
        box = value + s.half + self.m.box
        total = box + 38 + s.half
        self.leaves[node], self.enters[node] = box - 20, total + s.half + 6
        if unit.valued:
            pen.vector(node, unit.x, value, when)
            pen.wire(f"{node}.value", when, color, (unit.x, box - 20), (unit.x, value + s.half + 5))
            self.leaves[node] = value - s.half - 5
        pen.box(node, unit.x, box, when, unit.block.glyph, width=box_width(unit.block, s))
        pen.wire(f"{node}.in", when, color, (unit.x, total - s.half - 4), (unit.x, box + 20))
        pen.vector(unit.block.under.node, unit.x, total, when, label="bare" if s.narrow else "right")

    def in_row(self, unit: Unit):
        s, pen, node, block, y = self.s, self.pen, unit.node, unit.block, self.at.row[unit.shelf]
        when, value = self.when(node), unit.x + value_at(unit.block, s)
        self.leaves[node] = y
        self.enters[node] = y + {"sum": s.half + 6, "box": 20, "op": SIGN + 3}[block.kind]
        if block.kind == "op":
            pen.op(node, unit.x, y, when, block.glyph)
        elif block.kind == "box":
            pen.box(node, unit.x, y, when, block.glyph, width=box_width(block, s))
        if unit.valued:
            pen.vector(node, value, y, when, label="top")
        if unit.valued and block.kind != "sum":
            start, end = (unit.x + sign_reach(block, s), y), (value - s.side / 2 - 4, y)
            pen.wire(f"{node}.value", when, role(node), start, end, arrow=False)

    def edges(self):
        """What comes in, and what leaves."""
        plan, s, pen = self.plan, self.s, self.pen
        for name in plan.from_left:
            caption = name if name in CAPTIONS else ""
            pen.vector(name, EDGE, self.at.edge[name], 0, caption=caption, label="top", edit=True)
        for name in plan.from_below:
            n, square = (s.D, s.input_square) if name == "x" else (s.H, s.square)
            caption = name if name in CAPTIONS else ""
            y = self.at.bottom + self.m.under + n * square / 2
            pen.vector(name, plan.nets[name].x, y, 0, caption=caption, n=n, edit=True, square=square)
        for name in plan.leaving:
            x, y = (plan.nets[name].gutter, self.m.label + 6 + s.half) if s.narrow else (
                self.width - RIGHT, self.at.edge[name])
            pen.vector(name, x, y, self.when(name), caption=name if name in CAPTIONS else "", label="top")

    # --- wires

    def wires(self, net: Net):
        state = net.name.removesuffix("_prev") in self.plan.cell.state
        ways = [Way(self.when(sink.node), f"{net.name}>{sink.node}.{sink.port}", sink.dashed, state and sink.along,
                    self.way(net, sink)) for sink in net.sinks]
        if net.name in self.plan.leaving:
            ways.append(Way(self.when(net.name), f"{net.name}>edge", False, state and not net.edge, self.way_out(net)))
        for wire in branches(sorted(ways, key=lambda way: way.stage)):
            belt = "belt." * wire.belt  # that of c is drawn thick
            self.pen.wire(belt + wire.id, wire.stage, role(net.name), *wire.points, arrow=wire.arrow,
                          dashed=wire.dashed)

    def start(self, net):
        """Where a net begins."""
        match net.begins:
            case "left":
                return EDGE + self.s.side / 2 + 5, self.at.edge[net.name]
            case "below":
                return net.x, self.at.bottom + self.m.under - 4
            case "up":
                return net.x, self.leaves[net.name]
        unit, s = net.unit, self.s
        reach = value_at(unit.block, s) + s.side / 2 + 4 if unit.valued else sign_reach(unit.block, s)
        return unit.x + reach, self.leaves[net.name]

    def way(self, net: Net, sink: Sink):
        """The whole way of a net to one of its ends."""
        unit, s = sink.unit, self.s
        if sink.along:
            return [self.start(net), (unit.x - sign_reach(unit.block, s) - 2, self.leaves[sink.node])]
        off, low = unit.ports[sink.port], self.enters[sink.node]
        if unit.block.kind == "op" and not unit.upright:  # a circle
            low -= SIGN - (SIGN**2 - off**2) ** 0.5
        return [*self.climbed(net, unit.shelf, unit.x + off), (unit.x + off, low)]

    def way_out(self, net: Net):
        """The way of a net to the edge."""
        s, last = self.s, len(self.plan.found)
        if s.narrow:
            return [*self.climbed(net, last, net.gutter), (net.gutter, self.m.label + 2 * s.half + 12)]
        end = self.width - RIGHT - s.side / 2 - 7, self.at.edge[net.name]
        if not net.edge:
            return [self.start(net), end]
        return [*self.climbed(net, net.shelf + 1, net.gutter), (net.gutter, end[1]), end]

    def climbed(self, net, band, goal):
        """The way of a net by its rails and lanes up to a band, and there along its rail to an x."""
        x, y = self.start(net)
        way, first = [(x, y)], net.shelf + 1  # from below: 0
        if net.begins == "left":
            x, first = net.gutter, band
        elif net.begins == "row":
            x, first = net.stub, min(band, first)
        way.append((x, y))
        for b in range(first, band + 1):
            level = self.at.rail.get((net.name, b))
            if level is not None:  # else it leads straight up
                to = goal if b == band else net.lanes[b]
                way += [(x, level), (to, level)]
                x = to
        return way
