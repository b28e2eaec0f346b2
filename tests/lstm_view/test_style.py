import re

import pytest

from lstm_core import CELLS
from lstm_view.style import AGE, GATE, INK, PAPER, ROLE_OF, ROLES, STATE, formula_colors, role

PAGES = ("#ffffff", "#0e1117")  # Streamlit's, light and dark


def luminance(color):
    """Relative luminance, WCAG 2.2."""
    channels = [int(color[k: k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def distance(one, other):
    """Between two colours, in sRGB."""
    return sum((int(one[k: k + 2], 16) - int(other[k: k + 2], 16)) ** 2 for k in (1, 3, 5)) ** 0.5


def test_contrast_is_that_of_wcag():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("dark", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("name", ROLES)
def test_a_role_can_be_read_wherever_it_is_written(name, dark):
    for paper in (PAGES[dark], PAPER["body"][dark], PAPER["card"][dark]):
        assert contrast(ROLES[name][dark], paper) >= 4.5
    for paper in (PAPER["box"][dark], PAPER["op"][dark]):  # as a frame around it
        assert contrast(ROLES[name][dark], paper) >= 3


@pytest.mark.parametrize("dark", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("paper", ["body", "card", "box", "op"])
def test_ink_can_be_read_on_every_paper(paper, dark):
    assert contrast(INK[dark], PAPER[paper][dark]) >= 7
    assert contrast(INK[dark], PAGES[dark]) >= 7


@pytest.mark.parametrize("scale", [GATE, STATE], ids=["gate", "state"])
def test_black_or_white_can_be_read_on_every_square(scale):
    assert all(max(contrast(fill, "#000000"), contrast(fill, "#ffffff")) >= 4.5 for fill in scale)
    assert len(set(scale)) == len(scale)


def test_gates_grow_lighter_and_states_are_white_at_zero():
    lights = [luminance(color) for color in GATE]
    assert lights == sorted(lights)
    middle = len(STATE) // 2
    assert len(STATE) % 2 == 1
    lights = [luminance(color) for color in STATE]
    assert lights[: middle + 1] == sorted(lights[: middle + 1])
    assert lights[middle:] == sorted(lights[middle:], reverse=True)
    assert lights[middle] > 0.9


@pytest.mark.parametrize("dark", [0, 1], ids=["light", "dark"])
def test_ages_grow_lighter_and_stand_out_from_the_page(dark):
    lights = [luminance(color) for color in AGE[dark]]
    assert lights == sorted(lights) and lights[-1] > 4 * lights[0]
    assert all(contrast(color, PAGES[dark]) >= 3 for color in AGE[dark])
    assert all(max(contrast(color, "#000000"), contrast(color, "#ffffff")) >= 4.5 for color in AGE[dark])


@pytest.mark.parametrize("dark", [0, 1], ids=["light", "dark"])
def test_roles_are_told_apart(dark):
    colors = [pair[dark] for pair in ROLES.values()]
    assert all(re.fullmatch("#[0-9a-f]{6}", color) for color in colors)
    assert min(distance(a, b) for k, a in enumerate(colors) for b in colors[:k]) > 30


@pytest.mark.parametrize(("names", "played"), [
    (["f", "f.pre", "f.pre.0", "f_prev", "W_f", "U_f", "U_ff", "U_fo", "p_f", "b_f", "r", "W_r"], "forget"),
    (["i", "z", "W_z", "b_i", "tick"], "input"), (["o", "U_o", "o_prev"], "output"),
    (["c_tilde", "n", "W_c", "b_c", "b_m", "U_n", "R_n", "n.pre.2"], "candidate"),
    (["c", "c_prev", "c.0"], "c"), (["h", "h_prev", "W_h", "h.pre"], "h"), (["x"], "x"),
])
def test_role(names, played):
    assert {role(name) for name in names} == {played}


def test_every_name_of_the_zoo_plays_a_role():
    for cell in CELLS.values():
        for name in ("x", *(f"{s}_prev" for s in cell.state), *cell.inputs, *cell.node, *cell.parameters):
            assert role(name) in ROLES
    assert role("anything") in ROLES


@pytest.mark.parametrize("dark", [False, True])
def test_formulas_have_the_colours_of_the_picture(dark):
    assert formula_colors(dark) == {name: ROLES[part][dark] for name, part in ROLE_OF.items()}
