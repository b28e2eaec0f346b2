"""Light, dark, and without movement."""
import pytest
from playwright.sync_api import expect
from screen import recolor

from lstm_view.style import INK

SAME = """() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor
    === getComputedStyle(document.querySelector('.gs-paper')).fill"""
FILLS = """(css) => [...new Set([...document.querySelectorAll(`[class*="st-key-chart-heatmaps"] ${css}`)]
    .map((el) => getComputedStyle(el).fill))]"""
TRANSITIONS = """() => [...new Set([...document.querySelectorAll('.gs-vector, .gs-wire, .gs-op, .gs-box')]
    .map((el) => getComputedStyle(el).transitionDuration))]"""


def test_the_picture_stands_on_the_pages_ground_in_the_dark_too(look):
    page, light = look("?"), "rgb(255, 255, 255)"
    app = page.locator('[data-testid="stApp"]')
    expect(app).to_have_css("background-color", light)
    recolor(page, "dark")
    expect(app).not_to_have_css("background-color", light)
    page.wait_for_function(SAME)
    recolor(page, "light")
    expect(app).to_have_css("background-color", light)
    page.wait_for_function(SAME)


@pytest.mark.parametrize("dark", [0, 1], ids=["light", "dark"])
def test_numbers_over_squares_and_axes_are_drawn_as_the_figure_says(look, dark):
    page = look("?weights=random", "sequence")
    recolor(page, ["light", "dark"][dark])
    ink = "rgb({}, {}, {})".format(*(int(INK[dark][k: k + 2], 16) for k in (1, 3, 5)))
    page.wait_for_function(f"(ink) => ({FILLS})('.xtick text').join() === ink", arg=ink)
    assert page.evaluate(FILLS, ".ytick text") == [ink]
    assert set(page.evaluate(FILLS, ".textpoint text")) == {"rgb(0, 0, 0)", "rgb(255, 255, 255)"}
    recolor(page, "light")


def test_reduced_motion_is_honoured(look):
    page = look("?")
    assert page.evaluate(TRANSITIONS) == ["0.25s"]
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(TRANSITIONS) == ["0s"]
    page.emulate_media(reduced_motion="no-preference")
