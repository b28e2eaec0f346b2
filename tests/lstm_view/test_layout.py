from itertools import combinations, pairwise, product

import pytest

from lstm_core import CELLS
from lstm_core.ops import OPS
from lstm_view.diagram.layout import STAGES, family, layout
from lstm_view.diagram.pen import is_gate
from lstm_view.numbers.mix import mix
from lstm_view.style import ROLES

SIZES = (1, 2, 3, 6)
zoo = pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
sheets = pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
variants = pytest.mark.parametrize("cell", [c for c in CELLS.values() if c.base], ids=lambda cell: cell.name)


def drawings(cell, narrow):
    """Every size, with and without a second run: (D, H, the drawing)."""
    for D, H, split in product(SIZES, SIZES, (False, True)):
        yield D, H, layout(cell, D, H, narrow, split)


def real(drawing):
    return [part for part in drawing["parts"] if not part.get("ghost")]


def vectors(drawing):
    return {part["node"]: part for part in real(drawing) if part["kind"] == "vector"}


def outline(part):
    """left, top, right, bottom"""
    x, y = part.get("x"), part.get("y")
    match part["kind"]:
        case "wire":
            across, down = zip(*part["points"], strict=True)
            return min(across), min(down), max(across), max(down)
        case "body":
            return x, y, x + part["width"], y + part["height"]
        case "vector":
            width, height = part["side"], part["n"] * part["square"]
        case "box":
            width, height = part["width"], 36
        case "op":
            width = height = 32
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def touch(one, other):
    left, top, right, bottom = outline(one)
    left_, top_, right_, bottom_ = outline(other)
    return left < right_ and left_ < right and top < bottom_ and top_ < bottom


def inputs(cell):
    return {"x", *(f"{state}_prev" for state in cell.state), *cell.inputs}


@sheets
@zoo
def test_every_value_drawn_exists_once(cell, narrow):
    for D, H, drawing in drawings(cell, narrow):
        ids = [part["id"] for part in drawing["parts"]]
        assert len(set(ids)) == len(ids)
        shown = vectors(drawing)
        assert shown.keys() <= inputs(cell) | cell.node.keys()
        assert {node for node, part in shown.items() if part["edit"]} == inputs(cell)
        assert all(part["n"] == (D if node == "x" else H) for node, part in shown.items())
        assert all(part["node"] in cell.node for part in real(drawing) if part["kind"] in ("box", "op"))


@sheets
@zoo
def test_every_equation_is_drawn(cell, narrow):
    drawing = layout(cell, 2, 3, narrow)
    assert {node.id for node in cell.nodes if "." not in node.id} <= vectors(drawing).keys()
    boxes = {part["node"]: part["glyph"] for part in real(drawing) if part["kind"] == "box"}
    activations = {n.id: OPS[n.op].glyph for n in cell.nodes if n.op in ("sigmoid", "tanh")}
    assert {node: glyph for node, glyph in boxes.items() if node in activations} == activations
    assert {node for node in boxes if cell.node[node].op == "sub"} == {n.id for n in cell.nodes if n.op == "sub"}


@sheets
@zoo
def test_nothing_leaves_the_sheet(cell, narrow):
    for D, H, drawing in drawings(cell, narrow):
        width, height = drawing["size"]
        for part in drawing["parts"]:
            left, top, right, bottom = outline(part)
            assert left >= 0 and top >= 0 and right <= width and bottom <= height, (D, H, part["id"])


@sheets
@zoo
def test_nothing_lies_on_anything_else(cell, narrow):
    for D, H, drawing in drawings(cell, narrow):
        solid = [part for part in real(drawing) if part["kind"] in ("vector", "box", "op")]
        for one, other in combinations(solid, 2):
            assert not touch(one, other), (D, H, one["id"], other["id"])


@sheets
@zoo
def test_no_wire_runs_through_a_square(cell, narrow):
    for D, H, drawing in drawings(cell, narrow):
        solid = [(*outline(part), part["id"]) for part in real(drawing) if part["kind"] in ("vector", "box", "op")]
        for part in (part for part in real(drawing) if part["kind"] == "wire"):
            for (x, y), (x_, y_) in pairwise(part["points"]):
                for left, top, right, bottom, id in solid:
                    clear = max(x, x_) <= left or min(x, x_) >= right or max(y, y_) <= top or min(y, y_) >= bottom
                    assert clear, (D, H, part["id"], id)


@sheets
@pytest.mark.parametrize("name", ["gru", "gru_v1", "mgu", "mut1", "mut2", "mut3", "clockwork"])
def test_each_number_of_the_mixing_is_shown(name, narrow):
    cell, shown = CELLS[name], vectors(layout(CELLS[name], 2, 3, narrow))
    parts = mix(cell)
    assert {parts.kept, parts.written, parts.gate, parts.rest, "n", "n.pre", "h"} <= shown.keys()
    held = [n.id for n in cell.nodes if n.id.startswith("n.") and n.op == "mul"]
    assert not held or shown.keys() & {held[0], *cell.node[held[0]].inputs[1:]} - {"h_prev"}


@pytest.mark.parametrize(("name", "wires"), [
    ("mut1", {"z.in": "x", "r.in": "h"}), ("mut2", {"z.in": "h", "r.x": "x", "r.in": "h"}),
    ("mut3", {"z.in": "x", "z.tanh.out": "h", "r.in": "h"}), ("gru_v1", {"z.in": "h", "r.in": "h", "n.in": "h"}),
])
@sheets
def test_who_hears_x_alone(name, wires, narrow):
    drawn = {part["id"][2:]: part for part in real(layout(CELLS[name], 2, 3, narrow)) if part["kind"] == "wire"}
    assert {wire: drawn[wire]["role"] for wire in wires} == wires
    assert drawn.keys() & {"z.tanh.out", "r.x", "n.tanh"} == (
        {"mut1": {"n.tanh"}, "mut2": {"r.x"}, "mut3": {"z.tanh.out"}}.get(name, set()))
    assert drawn["n.in"]["role"] == ("x" if name == "mut1" else "h")


@sheets
@zoo
def test_wires_run_along_the_axes(cell, narrow):
    for D, H, drawing in drawings(cell, narrow):
        for part in (part for part in drawing["parts"] if part["kind"] == "wire"):
            assert len(part["points"]) >= 2
            for (x, y), (x_, y_) in pairwise(part["points"]):
                assert (x == x_) != (y == y_), (D, H, part["id"])


@sheets
@zoo
def test_every_part_has_a_stage_and_a_role(cell, narrow):
    order = STAGES[family(cell)]
    parts = layout(cell, 2, 3, narrow)["parts"]
    assert all(part["role"] in ROLES for part in parts)
    assert {part["stage"] for part in parts} == set(range(len(order)))  # each step of the story adds something
    assert all(part["stage"] == 0 for part in parts if part.get("edit"))
    assert parts[0]["kind"] == "body"


@zoo
def test_what_a_value_needs_comes_in_no_later_stage(cell):
    stage = {node: part["stage"] for node, part in vectors(layout(cell, 2, 3)).items()}
    needs = {node.id: node.inputs for node in cell.nodes}

    def latest(name):
        return max([stage.get(name, 0), *(latest(i) for i in needs.get(name, ()))])

    for name in stage:
        assert latest(name) == stage[name], name


@zoo
def test_both_sheets_show_the_same(cell):
    wide, narrow = (layout(cell, 2, 3, sheet) for sheet in (False, True))
    assert {p["id"]: p["stage"] for p in wide["parts"]} == {p["id"]: p["stage"] for p in narrow["parts"]}
    assert narrow["size"][0] < 400 < wide["size"][0]


@zoo
def test_a_second_run_makes_room(cell):
    single, split = (vectors(layout(cell, 2, 3, split=split)) for split in (False, True))
    assert single.keys() == split.keys()
    assert all(split[node]["square"] > single[node]["square"] for node in single)


@zoo
def test_gates_are_shaded_as_gates(cell):
    for node, part in vectors(layout(cell, 2, 3)).items():
        base = node.removesuffix("_prev")
        rest = node in cell.node and cell.node[node].op == "sub"  # 1 - z
        assert (part["scale"] == "gate") == (base in ("f", "i", "o", "r", "z", "tick") or rest)


def test_is_gate():
    assert is_gate(CELLS["cifg"], "i") and is_gate(CELLS["fgr"], "o_prev") and is_gate(CELLS["gru"], "h.0.0")
    assert is_gate(CELLS["clockwork"], "tick") and is_gate(CELLS["clockwork"], "h.1.0")
    assert not any(is_gate(CELLS["lstm"], name) for name in ("c", "h", "h_prev", "f.pre", "c_tilde", "x", "nothing"))


@pytest.mark.parametrize("cell", [c for c in CELLS.values() if not c.base], ids=lambda cell: cell.name)
def test_a_cell_that_is_no_variant_has_no_marks(cell):
    assert not any(part.get("ghost") or part.get("new") for part in layout(cell, 2, 3)["parts"])


@sheets
@variants
def test_a_variant_is_marked(cell, narrow):
    for _, _, drawing in drawings(cell, narrow):
        assert any(part.get("ghost") or (part.get("new") and part["kind"] != "wire") for part in drawing["parts"])


@pytest.mark.parametrize("cell", [c for c in CELLS.values() if c.base and family(c) == family(c.base)],
                         ids=lambda cell: cell.name)
def test_ghosts_are_what_the_base_draws_and_the_variant_does_not(cell):
    drawing, base = layout(cell, 2, 3), layout(cell.base, 2, 3)
    own = {part["id"] for part in real(drawing)}
    ghosts = {part["id"] for part in drawing["parts"] if part.get("ghost")}
    hidden = {(part["kind"], part["x"], part["y"]) for part in real(drawing) if "x" in part}  # nobody would see it
    assert ghosts == {p["id"] for p in real(base) if (p["kind"], p.get("x"), p.get("y")) not in hidden} - own
    made = {part["node"] for part in real(drawing) if part["kind"] in ("box", "op")}  # marked itself, not its result
    results = {f"v:{part['id'][2:]}" for part in real(drawing) if part["kind"] in ("box", "op")}
    assert {part["id"] for part in real(drawing) if part["new"]} >= own - {part["id"] for part in real(base)} - results
    assert not any(part["new"] for part in real(drawing) if part["kind"] == "vector" and part["node"] in made)


def test_of_a_cell_in_another_familys_picture_only_what_is_new_is_marked():
    parts = layout(CELLS["clockwork"], 2, 3)["parts"]
    assert not any(part.get("ghost") for part in parts)
    assert {part["id"] for part in parts if part["new"]} == {"v:tick", "b:n", "o:h"}


@pytest.mark.parametrize(("cell", "changed", "gone"), [
    ("cifg", {"i"}, {"i.pre"}), ("lstm1997", {"c"}, {"f", "f.pre", "c.0"}), ("nig", {"c"}, {"i", "i.pre", "c.1"}),
    ("nog", {"h"}, {"o", "o.pre", "h.1", "h"}), ("noaf", {"h"}, {"h.1"}), ("niaf", {"c_tilde"}, {"c_tilde.pre"}),
    ("np", {"f", "i", "o"}, set()), ("fgr", {"f", "i", "o"}, set()), ("gru_v1", {"n"}, {"n.pre.2", "n.pre.2.1"}),
    ("mut1", {"z", "n", "h"}, set()), ("mut2", {"r", "h"}, set()), ("mut3", {"z", "h"}, set()),
])
def test_what_a_variant_changes_is_what_is_marked(cell, changed, gone):
    parts = layout(CELLS[cell], 2, 3)["parts"]
    marked = {p["node"] for p in parts if p.get("new") and p["kind"] != "wire" and p["node"] in CELLS[cell].base.node}
    assert {node for node in marked if "." not in node} == changed
    ghosts = {p["node"] for p in parts if p.get("ghost") and p["kind"] != "wire"}
    assert {node for node in ghosts if node != "c_tilde"} == gone


@zoo
@sheets
def test_many_inputs_stand_in_low_squares_inside_the_sheet(cell, narrow):
    for D, split in product((7, 24), (False, True)):
        few, many = layout(cell, 6, 6, narrow, split), layout(cell, D, 6, narrow, split)
        if "x" not in vectors(many):
            continue
        x, before = vectors(many)["x"], vectors(few)["x"]
        assert x["n"] == D and (28 if split else 14) <= x["square"] < before["square"]
        others = [part for part in real(many) if part["kind"] in ("vector", "box", "op") and part is not x]
        assert not any(touch(x, other) for other in others)
        assert outline(x)[3] <= many["size"][1] and outline(x)[1] >= outline(before)[1] - 1
        same = [part for name, part in vectors(many).items() if name not in inputs(cell)]
        assert same == [part for name, part in vectors(few).items() if name not in inputs(cell)]
