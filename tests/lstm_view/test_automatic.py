"""Any cell: its picture, its story, its backward pass; cells at random and some that matter."""
import json
import re
from functools import cache
from itertools import combinations, pairwise
from random import Random

import numpy as np
import pytest

from lstm_core import CELLS, Cell, init_params, step
from lstm_core.cells import DEPTH_GATED, GRID, GRID_INPUT, LSTM
from lstm_core.ops import OPS
from lstm_view.diagram.automatic import automatic, marked
from lstm_view.diagram.backward import backward_scene, turned, worked
from lstm_view.diagram.blocks import blocks, comes_in, outs
from lstm_view.diagram.kinds import MOST_STAGES, groups
from lstm_view.diagram.layout import family, layout, stages_of
from lstm_view.diagram.pen import sheet
from lstm_view.diagram.provenance import possible
from lstm_view.diagram.scene import matrices, scene
from lstm_view.incoming.sequences import Sequence
from lstm_view.numbers import over_time
from lstm_view.numbers.backwards import bias_half_lives, half_lives, passed, paths, stages
from lstm_view.numbers.mix import mix
from lstm_view.numbers.moment import Experiment
from lstm_view.style import ROLES
from lstm_view.telling.names import heading, symbol, title
from lstm_view.telling.narrate import focus
from lstm_view.telling.narrate_back import compared_paths, told
from lstm_view.words import LANGUAGES, words

EN = words("en")
WRITTEN = {
    "rnn without a bias": "h = tanh(W_h @ x + U_h @ h_prev)",
    "two states": "a = tanh(W_a @ x + U_a @ a_prev)\ns = 0.9 * s_prev + 0.1 * a\nh = tanh(U_h @ s + b_h)",
    "one more gate": LSTM.equations.replace("c = f * c_prev + i * c_tilde",
                                            "g = sigmoid(W_g @ x + U_g @ h_prev + b_g)\n"
                                            "c = f * c_prev + i * c_tilde * g"),
    "names that mean something else": "f = tanh(W_f @ x)\nunit = relu(U_u @ h_prev)\nprev = exp(p_p * f)\n"
                                      "h = f * unit + prev / 2",
    "no x": "h = tanh(U_h @ h_prev)", "h is no state": "s = 0.5 * s_prev + W_s @ x\nh = tanh(s)",
    "minus": "h = -(-0.5 * h_prev - (W_h @ x - h_prev)) / (1 + exp(-h_prev))",
    "twice": "a = W_a @ x + I @ x\nh = a * a + h_prev * h_prev + sigmoid(b_h)",
    "parameters alone": "g = sigmoid(b_g)\nk = b_k * p_k\nh = g * h_prev + (1 - g) * (k + W_h @ x) + 1 + b_h",
    "a clock": "n = tanh(W_n @ x + R_n @ h_prev)\ng = sigmoid(W_g @ x)\nh = tick * g * n + (1 - tick) * h_prev",
    "many": "\n".join([f"a{k} = sigmoid(W_a{k} @ x + U_a{k} @ h_prev)" for k in range(12)]
                      + ["k = tanh(W_k @ x)", "h = h_prev * " + " + k * ".join(f"a{k}" for k in range(12))]),
    "a long sum": "h = tanh(W_h @ x + " + " + ".join(f"U_{k} @ {k}_prev" for k in "hacdeg") + ")\n" + "\n".join(
        f"{k} = sigmoid(U_{k}{k} @ h_prev)" for k in "acdeg"),
}


def own(text, base=None):
    return Cell("own", text, base)


def random_cell(seed):
    """One to eight equations of what a visitor may use, each state read somewhere."""
    dice, names = Random(seed), []
    all_names = dice.sample([*"abcdefgijkmnoqrsuvyz", "c_tilde", "my_gate", "unit", "long_name_12"], dice.randint(0, 7))
    all_names.insert(dice.randint(0, len(all_names)), "h")
    states = dice.sample(all_names, dice.randint(1, min(len(all_names), 6)))

    def vector(depth):
        roll = dice.random()
        if depth and roll < 0.2:
            return f"{dice.choice(['sigmoid', 'tanh', 'relu', 'exp'])}({expression(depth - 1)})"
        if depth and roll < 0.4:
            return f"({expression(depth - 1)})"
        if depth and roll < 0.5:
            return f"-{vector(depth - 1)}"
        if roll < 0.55:
            return dice.choice(["0.5", "1", "2.25", "tick", "1e-3"])
        if roll < 0.65:
            return f"{dice.choice('bp')}_{dice.choice('abc')}"
        return dice.choice([*(f"{s}_prev" for s in states), *names] or ["tick"])

    def term(depth):
        if dice.random() < 0.45:
            return dice.choice([f"W_{dice.choice('abcd')} @ x", "I @ x"] + 2 * [
                f"{dice.choice('UR')}_{dice.choice('abcd')} @ {vector(depth)}"])
        return vector(depth)

    def expression(depth):
        signs = dice.choices("++++***-/", k=dice.randint(0, 3))
        return term(depth) + "".join(f" {sign} {term(depth)}" for sign in signs)

    lines = []
    for name in all_names:
        form = dice.random()
        text = expression(2)
        if form < 0.4:
            heard = " + ".join(f"U_{name} @ {s}_prev" for s in dice.sample(states, dice.randint(1, len(states))))
            text = f"{dice.choice(['sigmoid', 'tanh'])}(W_{name} @ x + {heard} + b_{name})"
        lines.append(f"{name} = {text}")
        names.append(name)
    return own("\n".join(lines), Random(seed).choice([None, *CELLS.values()]))


def some_cells(count):
    """As many valid random cells: those that compute nothing, or carry nothing, are left out."""
    found, seed = [], 0
    while len(found) < count:
        cell, seed = random_cell(seed), seed + 1
        try:
            valid = cell.state and cell.parameters and len(cell.nodes) <= 100
        except SyntaxError:
            continue
        if valid:
            found.append(cell)
    return found


ANY = {**{name: own(text, LSTM) for name, text in WRITTEN.items()}, "depth_gated": DEPTH_GATED, "grid": GRID,
       "grid_input": GRID_INPUT, **{f"random {k}": cell for k, cell in enumerate(some_cells(25))},
       **{f"as {name}": Cell("own", cell.equations, None, cell.periods) for name, cell in CELLS.items()}}
every = pytest.mark.parametrize("cell", ANY.values(), ids=ANY)
sheets = pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])


@cache
def drawing(cell, D=2, H=3, narrow=False, split=False):
    """As it is placed automatically, even if the cell is drawn in a picture by hand."""
    size, parts = automatic(cell, sheet("any", D, H, narrow, split))
    return {"size": size, "parts": parts}


def experiment_of(cell, D=2, H=3, seed=0):
    params, random = init_params(cell, D, H, seed), np.random.default_rng(seed)
    inputs = {name: random.uniform(-1, 1, D if name == "x" else H) for name in ("x", *comes_in(cell)[0], *cell.inputs)}
    if "tick" in inputs:
        inputs["tick"] = (np.arange(H) % 2).astype(float)
    env = step(cell, params, inputs)
    if cell.below and "x" not in cell.readers:
        del inputs["x"]  # as the lattice has it
    return Experiment(cell, D, H, params, inputs, {}, env, None)


@cache
def pass_of(cell, D=2, H=3, T=4):
    params = init_params(cell, D, H, 1)
    made = over_time.run(cell, params, Sequence(np.random.default_rng(2).uniform(-1, 1, (T, D))))
    weights = np.zeros((T, 1, H))
    weights[-1] = 1
    return passed(made, weights)


def outline(part):
    """left, top, right, bottom"""
    x, y = part["x"], part["y"]
    match part["kind"]:
        case "body":
            return x, y, x + part["width"], y + part["height"]
        case "vector":
            width, height = part["side"] + 4, part["n"] * part["square"] + 4
        case "box":
            width, height = part["width"], 36
        case "op":
            width = height = 32
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def label_of(part, cell, narrow):
    """About where a value's letter stands; None where there is none."""
    letter, when = symbol(cell, part["node"]) or ("", "")
    if part["label"] == "bare" or not letter:
        return None
    _, top, right, bottom = outline(part)
    wide = (7 if narrow else 9) * len(letter.replace("\u0303", "")) + 5 * len(when)
    if part["label"] == "top":
        return part["x"] - wide / 2, top - 20, part["x"] + wide / 2, top - 8
    if narrow:
        return part["x"] + 9, bottom + 6, part["x"] + 9 + wide, bottom + 18
    return right + 7, part["y"] - 8, right + 7 + wide, part["y"] + 6


def meet(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def segments(drawn):
    for part in drawn["parts"]:
        if part["kind"] == "wire":
            for (x, y), (x_, y_) in pairwise(part["points"]):
                yield part, (min(x, x_), min(y, y_), max(x, x_), max(y, y_))


def sizes():
    return [(2, 3, False), (6, 1, False), (1, 6, True)]


# --- the drawing


@sheets
@every
def test_everything_is_there_once_and_on_the_sheet(cell, narrow):
    came = {name for names in comes_in(cell) for name in names}
    assert came >= {f"{state}_prev" for state in cell.state} and ("x" in came or cell.below)
    for D, H, split in sizes():
        drawn = drawing(cell, D, H, narrow, split)
        ids = [part["id"] for part in drawn["parts"]]
        assert len(set(ids)) == len(ids)
        values = {part["node"]: part for part in drawn["parts"] if part["kind"] == "vector"}
        assert {name for name, part in values.items() if part["edit"]} == came
        assert cell.lines.keys() <= values.keys() <= came | cell.node.keys()
        assert all(part["n"] == (D if name == "x" else H) for name, part in values.items())
        width, height = drawn["size"]
        for part in drawn["parts"]:
            assert part["role"] in ROLES and 0 <= part["stage"] < len(("in", *groups(cell)))
            if part["kind"] != "wire":
                left, top, right, bottom = outline(part)
                assert left >= 0 and top >= 0 and right <= width and bottom <= height, part["id"]
        for part, (left, top, right, bottom) in segments(drawn):
            assert left >= 0 and top >= 0 and right <= width and bottom <= height, part["id"]


@sheets
@every
def test_every_operation_is_drawn(cell, narrow):
    drawn = drawing(cell, narrow=narrow)
    signs = {part["node"]: part["glyph"] for part in drawn["parts"] if part["kind"] in ("box", "op")}
    sums = {block.node: block for block in blocks(cell) if block.kind == "sum"}
    assert not sums.keys() & signs.keys()
    for node in cell.nodes:
        if node.id in signs:
            assert OPS[node.op].glyph in signs[node.id] or signs[node.id] == "Σ"
        elif node.id in sums:  # its terms are wires
            assert node.op in ("add", "matmul")
        else:
            [(reader, _)] = cell.readers[node.id]
            assert reader.id in sums or signs[reader.id] == "Σ"
            assert node.op in ("matmul", "mul")


@sheets
@every
def test_nothing_lies_on_anything_else(cell, narrow):
    for D, H, split in sizes():
        drawn = drawing(cell, D, H, narrow, split)
        solid = [part for part in drawn["parts"] if part["kind"] in ("vector", "box", "op")]
        places = [(outline(part), part["id"]) for part in solid]
        for (one, here), (other, there) in combinations(places, 2):
            assert not meet(one, other), (here, there)
        for part, segment in segments(drawn):
            for place, id in places:
                inner = (place[0] + 3, place[1] + 3, place[2] - 3, place[3] - 3)
                wire = (segment[0] - 1, segment[1] - 1, segment[2] + 1, segment[3] + 1)
                assert not meet(wire, inner), (part["id"], id)


@sheets
@every
def test_no_wire_runs_through_a_letter(cell, narrow):
    for D, H, split in sizes():
        drawn = drawing(cell, D, H, narrow, split)
        letters = [(place, part["id"]) for part in drawn["parts"] if part["kind"] == "vector"
                   and (place := label_of(part, cell, narrow))]
        for part, segment in segments(drawn):
            for place, id in letters:
                assert not meet(segment, place), (part["id"], id)


@sheets
@every
def test_wires_run_along_the_axes_and_never_two_on_one_line(cell, narrow):
    drawn = drawing(cell, narrow=narrow)
    lines = list(segments(drawn))
    for part in drawn["parts"]:
        if part["kind"] == "wire":
            for (x, y), (x_, y_) in pairwise(part["points"]):
                assert (x == x_) != (y == y_), part["id"]
    for (one, a), (other, b) in combinations(lines, 2):
        if one["id"].split(">")[0].removeprefix("w:belt.") == other["id"].split(">")[0].removeprefix("w:belt."):
            continue
        for flat in (0, 1):  # both upright, or both level, in one place
            same = a[flat] == a[flat + 2] == b[flat] == b[flat + 2]
            apart = min(a[3 - flat], b[3 - flat]) - max(a[1 - flat], b[1 - flat])
            assert not (same and apart > 1), (one["id"], other["id"])


@every
def test_what_is_heard_is_what_is_drawn(cell):
    """Each block has as many wires that end at it as values it hears."""
    for narrow in (False, True):
        drawn = drawing(cell, narrow=narrow)
        ends = {}
        for part in drawn["parts"]:
            if part["kind"] == "wire" and part["arrow"] and ">" in part["id"]:
                source, _, goal = part["id"].removeprefix("w:").removeprefix("belt.").partition(">")
                ends.setdefault(goal.rstrip("+").rpartition(".")[0] or "edge", []).append(source)
        upright = {part["id"][2:-3] for part in drawn["parts"] if part["id"].endswith(".in")}
        for block in blocks(cell):
            heard = [name for name, _ in (block.under.feeds if block.node in upright else block.feeds)]
            below = any(other.node in upright and other.under == block for other in blocks(cell))
            assert sorted(ends.get(block.node, [])) == ([] if below else sorted(heard)), block.node
        assert sorted(ends["edge"]) == sorted(outs(cell))


@every
def test_what_a_value_needs_comes_in_no_later_stage(cell):
    drawn = drawing(cell)
    stage = {part["node"]: part["stage"] for part in drawn["parts"] if part["kind"] == "vector"}
    assert all(stage[name] <= stage[node.id] for node in cell.nodes if node.id in stage
               for name in node.inputs if name in stage)
    assert {part["stage"] for part in drawn["parts"]} == set(range(len(groups(cell)) + 1))
    assert len(groups(cell)) < MOST_STAGES


@every
def test_both_sheets_show_the_same(cell):
    shown = [{part["id"]: part["stage"] for part in drawing(cell, narrow=narrow)["parts"] if part["kind"] != "wire"}
             for narrow in (False, True)]
    assert shown[0] == shown[1]


def test_a_lecture_hall_picture():
    """What people will look at first: rows that are not cut short, no wider than the page."""
    for cell in (DEPTH_GATED, GRID, own(WRITTEN["one more gate"], LSTM)):
        assert drawing(cell)["size"][0] == 1230 and drawing(cell)["size"][1] <= 1150
        assert drawing(cell, narrow=True)["size"][0] <= 440


# --- what is new


def test_what_is_new_is_marked_at_its_sign():
    parts = layout(own(WRITTEN["one more gate"], LSTM), 2, 3)["parts"]
    assert {part["id"] for part in parts if part["new"]} == {"v:g.pre", "b:g", "o:c.1"}
    parts = layout(DEPTH_GATED, 2, 3)["parts"]
    assert {part["id"] for part in parts if part["new"]} == {"v:d.pre", "b:d", "o:c.2", "o:c", "v:c_below"}
    assert not any(part.get("new") or part.get("ghost") for part in layout(own(WRITTEN["no x"]), 2, 3)["parts"])
    assert not any(part["new"] for part in layout(own(WRITTEN["two states"], LSTM), 2, 3)["parts"])  # all of it is


@every
def test_against_itself_nothing_is_new(cell):
    assert not any(part["new"] for part in marked(drawing(cell)["parts"], cell, cell))


def test_cells_that_differ_in_their_base_alone_are_drawn_apart():
    one, other = own(WRITTEN["one more gate"], LSTM), own(WRITTEN["one more gate"], CELLS["peephole"])
    assert one == other
    news = [{p["id"] for p in layout(cell, 2, 3)["parts"] if p.get("new")} for cell in (one, other, own(one.equations))]
    assert news[0] < news[1] and not news[2]
    keys = {scene(experiment_of(cell), EN)["key"] for cell in (one, other, own(one.equations), own(WRITTEN["no x"]))}
    assert len(keys) == 4
    assert turned(one, 2, 3, False) == turned(other, 2, 3, False)


# --- which picture


@pytest.mark.parametrize(("base", "changed", "kind"), [
    ("lstm", {"i": "1 - f"}, "lstm"), ("lstm", {"f": "sigmoid(W_f @ x + U_f @ h_prev)"}, "lstm"),
    ("lstm", {"f": "sigmoid(W_f @ x + U_f @ h_prev + p_f * c_prev + b_f)"}, "lstm"),
    ("lstm", {"o": "sigmoid(p_o * c + W_o @ x + b_o + U_o @ h_prev)"}, "lstm"), ("lstm", {}, "lstm"),
    ("lstm", {"f": None, "c": "c_prev + i * c_tilde"}, "lstm"), ("lstm", {"o": None, "h": "tanh(c)"}, "lstm"),
    ("lstm", {"h": "o * c"}, "lstm"), ("lstm", {"c_tilde": "W_c @ x + U_c @ h_prev"}, "lstm"),
    ("lstm", {"f": "sigmoid(W_f @ x + b_f)"}, "any"), ("lstm", {"f": "tanh(W_f @ x + U_f @ h_prev + b_f)"}, "any"),
    ("lstm", {"f": "sigmoid(W_f @ x + U_f @ c_prev + b_f)"}, "any"), ("lstm", {"c": "i * c_tilde + f * c_prev"}, "any"),
    ("lstm", {"o": "sigmoid(W_o @ x + U_o @ h_prev + p_o * c_prev)"}, "any"), ("lstm", {"h": "tanh(c)"}, "any"),
    ("lstm", {"f": "sigmoid(W_f @ x + U_f @ h_prev + p_i * c_prev)"}, "any"),
    ("lstm", {"g": "sigmoid(W_g @ x)"}, "any"), ("lstm", {"c": "f * c_prev + i * c_tilde + 1"}, "any"),
    ("lstm", {"h": "o * tanh(c) + h_prev"}, "any"), ("lstm", {"i": None, "f": None, "c": "c_prev + c_tilde"}, "any"),
    ("lstm", {"c_tilde": "relu(W_c @ x + U_c @ h_prev + b_c)"}, "any"), ("lstm", {"c": "f * c_prev + c_tilde"}, "any"),
    ("lstm", {"f": "sigmoid(W_f @ x + U_f @ h_prev + b_f + b_g)"}, "any"), ("peephole", {}, "lstm"),
    ("gru", {}, "gru"), ("gru", {"z": "sigmoid(W_z @ x + U_z @ h_prev)"}, "gru"),
    ("gru", {"n": "tanh(W_n @ x + r * (U_n @ h_prev))"}, "gru"), ("gru", {"h": "z * n + (1 - z) * h_prev"}, "gru"),
    ("gru", {"n": "tanh(W_n @ x + U_n @ (r * h_prev))"}, "gru"), ("gru", {"h": "z * n + z * h_prev"}, "any"),
    ("gru", {"n": "tanh(W_n @ x + z * (U_n @ h_prev))"}, "any"), ("gru", {"n": "tanh(W_n @ x + r)"}, "any"),
    ("gru", {"n": "tanh(W_n @ x + b_n + (U_n @ h_prev + b_m))"}, "any"), ("gru", {"z": "sigmoid(W_z @ x)"}, "any"),
    ("rnn", {}, "rnn"), ("rnn", {"h": "tanh(W_h @ x + U_h @ h_prev)"}, "any"), ("mgu", {}, "gru"), ("mut3", {}, "gru"),
    ("mgu", {"f": "sigmoid(W_f @ x)"}, "any"), ("fgr", {}, "lstm"), ("fgr", {"f": "sigmoid(W_f @ x)"}, "any"),
])
def test_a_picture_by_hand_only_where_it_tells_all(base, changed, kind):
    cell = CELLS[base].edit("own", **changed) if changed else own(CELLS[base].equations, CELLS[base])
    assert family(cell) == kind
    for narrow in (False, True):  # and what it shows is all there is
        drawn = layout(cell, 2, 3, narrow)["parts"]
        shown = {part["node"] for part in drawn if part["kind"] == "vector" and not part.get("ghost")}
        assert cell.lines.keys() <= shown
        signs = {part["node"] for part in drawn if part["kind"] in ("op", "box") and not part.get("ghost")}
        terms = {i for node in cell.nodes if node.op == "add" for i in node.inputs}
        for node in cell.nodes:
            alone = node.op == "add" or node.id in terms or node.op == "matmul"
            assert node.id in signs or alone or kind != "any", node.id
    experiment = experiment_of(cell)
    for lang in LANGUAGES:
        assert [stage["name"] for stage in scene(experiment, words(lang))["stages"]] == list(stages_of(cell))
        done = pass_of(cell)
        assert len(backward_scene(done, 2, words(lang))["stages"]) == len(stages_of(cell)) + 1


def test_a_clockwork_of_the_visitors_own():
    clock = CELLS["clockwork"]
    assert family(Cell("own", clock.equations, None, clock.periods)) == "clockwork"
    assert family(own(WRITTEN["a clock"])) == "any"


# --- the story


@pytest.mark.parametrize("lang", LANGUAGES)
@every
def test_a_scene_is_whole(cell, lang):
    say = words(lang)
    for D, H, selected in ((2, 3, ""), (1, 9, "h.8"), (8, 2, "x.6" if "x" in comes_in(cell)[1] else "")):
        experiment = experiment_of(cell, D, H)
        data = json.loads(json.dumps(scene(experiment, say, "", selected), allow_nan=False))
        shown = {*experiment.inputs, *cell.node}
        assert data["values"].keys() == data["names"].keys() == shown
        assert data["values"] == {name: experiment.env[name].tolist() for name in shown}
        assert data["ranges"].keys() == experiment.inputs.keys()
        assert [told_["name"] for told_ in data["stages"]] == list(stages_of(cell))
        titles = [told_["title"] for told_ in data["stages"]]
        assert len(set(titles)) == len(titles) and all(text.strip() for text in titles)
        for told_ in data["stages"]:
            assert len(told_["say"]) > 10
            assert not re.search(r"[{}]|\bnan\b|\binf\b|은\(는\)|이\(가\)|을\(를\)|\(으\)로", told_["say"])
        for sheet_ in ("wide", "narrow"):
            drawn = {part["node"] for part in data[sheet_]["parts"] if part["kind"] == "vector"}
            assert drawn <= shown
            assert all(data["captions"][part["caption"]] for part in data[sheet_]["parts"] if part.get("caption"))
        for name in cell.node:
            text = data["how"][name][data["first"][name]]
            assert text and "  " not in text
        groups_ = matrices(experiment, say)["groups"]
        assert sorted(name for group in groups_ for name in group["names"]) == sorted(experiment.params)
        assert all(group["title"].strip() and group["role"] in ROLES for group in groups_)
        for stage in ("", *stages_of(cell)):
            node, _, unit = focus(experiment, stage).rpartition(".")
            assert 0 <= int(unit) < len(experiment.env[node])


@pytest.mark.parametrize("lang", LANGUAGES)
@every
def test_a_value_is_called_by_its_name(cell, lang):
    for name in (*comes_in(cell)[0], *comes_in(cell)[1], *cell.node):
        text = title(cell, name, words(lang))
        assert text.strip() and "{" not in text
        assert heading(cell, name, 1, words(lang)).endswith("2")
    named = [title(cell, name, words(lang)) for name in (*comes_in(cell)[0], *comes_in(cell)[1], *cell.lines)]
    assert len(set(named)) == len(named)


@pytest.mark.parametrize(("name", "english", "korean"), [
    ("g", "gate g", "게이트 g"), ("k", "candidate k", "후보 k"), ("s", "state s", "상태 s"), ("a", "value a", "값 a"),
    ("s_prev", "previous state s", "이전 상태 s"), ("f", "candidate f", "후보 f"),
    ("unit", "value unit", "값 unit"),
    ("h", "hidden state h", "은닉 상태 h"), ("i", "input gate i", "입력 게이트 i"),
    ("g.pre", "gate g before its activation", "활성화 함수를 거치기 전의 게이트 g"),
])
def test_unknown_names(name, english, korean):
    cell = own("g = sigmoid(W_g @ x)\nk = tanh(U_k @ s_prev)\ns = g * s_prev + k\na = s * k\nf = tanh(W_f @ x)\n"
               "unit = a * f\ni = sigmoid(W_i @ x)\nh = i * unit + h_prev")
    assert (title(cell, name, EN), title(cell, name, words("ko"))) == (english, korean)


def test_a_sum_is_not_called_as_a_value_is():
    cell = own(WRITTEN["two states"])
    assert (symbol(cell, "a"), symbol(cell, "a.pre"), symbol(LSTM, "f.pre")) == (("a", "t"), ("Σ", "t"), ("a", "t"))
    assert symbol(GRID, "c_time") == ("C→", "t") and symbol(GRID, "f") == ("f↑", "t")
    assert symbol(GRID, "c_below") == ("C↑", "t, ℓ−1")


def test_sentences_of_a_cell_of_ones_own():
    cell = own("g = sigmoid(W_g @ x + b_g)\ns = g * s_prev\nh = tanh(s)")
    experiment = experiment_of(cell, 1, 1)
    came, gate, state, h = (stage["say"] for stage in scene(experiment, EN)["stages"])
    assert came.startswith(f"The cell reads x = ({experiment.env['x'][0]:.2f})".replace("-", "−"))
    assert "it still has s." in came
    g, s = experiment.env["g"][0], experiment.env["s"][0]
    assert gate.startswith("Unit 1: g = σ(W_g x + b_g) = σ(") and f"= {g:.3f}. g is a gate" in gate
    assert "s = g × s_prev = " in state and f"{s:.3f}".replace("-", "−") in state and "one step ago it was" in state
    assert "h = tanh(s) = tanh(" in h and "does not hear it again" in h


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", [name for name, cell in ANY.items() if cell.state and not cell.below])
def test_the_way_back_is_told(name, lang):
    cell, say = ANY[name], words(lang)
    done = pass_of(cell)
    for t in (0, 3):
        data = json.loads(json.dumps(backward_scene(done, t, say, unit=1), allow_nan=False))
        assert data["values"] == {name: done.grads[name][t, 0].tolist() for name in data["values"]}
        assert [stage["name"] for stage in told(done, t, 1, say)] == list(stages(cell))
        for stage in data["stages"]:
            assert stage["title"].strip() and len(stage["say"]) > 10
            assert not re.search(r"[{}]|\bnan\b|\binf\b|은\(는\)|이\(가\)|을\(를\)|\(으\)로", stage["say"])
    compared_paths(paths(done.run, 3, 0), cell, say)
    half_lives(done.run), bias_half_lives(done.run), mix(cell)
    assert possible(cell) in (None, "c", "h")


@pytest.mark.parametrize("name", [name for name in WRITTEN if name not in ("many", "a long sum")])
def test_the_arithmetic_of_a_gradient_is_right(name):
    cell = own(WRITTEN[name])
    done = pass_of(cell)
    scale = max(float(np.abs(done.grads[node]).max()) for node in cell.node)
    for node in (*(f"{s}_prev" for s in cell.state), *cell.node):
        for t in (0, 2, 3):
            steps = worked(done, t, node, 1).split(" = ")
            if len(steps) < 2 or "δ" in steps[-2] or steps[-2] == "(L)":
                continue
            text = re.sub(r" \((L|t\+1)\)", "", steps[-2]).replace("−", "-").replace("×", "*").replace("²", "**2")
            assert re.fullmatch(r"[-+*/().\de ]+", text), text
            assert eval(text) == pytest.approx(done.grads[node][t, 0, 1], rel=0.08, abs=0.012 * scale), (node, text)


def test_a_negative_number_after_a_sign_is_in_brackets():
    cell = Cell("own", "f = -2 * h_prev\ng = f - -2\nc = g + -3\nh = tanh(W_h @ x) * -0.5 + c")
    glyphs = {block.node: block.glyph for block in blocks(cell)}
    assert [glyphs[name] for name in ("f", "g", "c", "h.0")] == ["−2×", "−(−2)", "+(−3)", "×(−0.5)"]
