"""Light, dark, and without movement."""
from playwright.sync_api import expect

SAME = """() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor
    === getComputedStyle(document.querySelector('.gs-paper')).fill"""
TRANSITIONS = """() => [...new Set([...document.querySelectorAll('.gs-vector, .gs-wire, .gs-op, .gs-box')]
    .map((el) => getComputedStyle(el).transitionDuration))]"""


def test_the_picture_stands_on_the_pages_ground_in_the_dark_too(look):
    page, light = look("?"), "rgb(255, 255, 255)"
    app = page.locator('[data-testid="stApp"]')
    expect(app).to_have_css("background-color", light)
    page.emulate_media(color_scheme="dark")
    expect(app).not_to_have_css("background-color", light)
    page.wait_for_function(SAME)
    page.emulate_media(color_scheme="light")
    expect(app).to_have_css("background-color", light)
    page.wait_for_function(SAME)


def test_reduced_motion_is_honoured(look):
    page = look("?")
    assert page.evaluate(TRANSITIONS) == ["0.25s"]
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(TRANSITIONS) == ["0s"]
    page.emulate_media(reduced_motion="no-preference")
