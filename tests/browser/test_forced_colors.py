"""With the system's own few colours (Windows High Contrast) every control and every choice can still be seen."""
import pytest
from playwright.sync_api import expect
from screen import field

LOOK = """(el) => {
    const { backgroundColor, outlineStyle, outlineColor, borderColor, borderTopWidth, stroke } = getComputedStyle(el);
    return { backgroundColor, stroke, outline: `${outlineStyle} ${outlineColor}`,
        border: `${borderTopWidth} ${borderColor}` };
}"""
GROUND = "() => getComputedStyle(document.body).backgroundColor"


@pytest.fixture
def forced(visit):
    """forced(address, scheme): a page in forced colours."""
    return lambda address, scheme: visit(address, color_scheme=scheme, forced_colors="active")


def look_of(locator):
    expect(locator).to_be_visible()
    return locator.evaluate(LOOK)


def told_apart(chosen, other):
    """Whether two looks differ in something that a person sees."""
    return chosen != other


@pytest.mark.parametrize(("lang", "scheme"), [("en", "light"), ("ko", "dark")])
def test_sliders_switches_and_choices(forced, lang, scheme):
    page = forced(f"/sequence?lang={lang}&weights=random", scheme)
    ground = page.evaluate(GROUND)
    slider = field(page, "scale").locator('[data-testid="stSlider"]')
    thumb = look_of(slider.locator('div:has(> [data-testid="stSliderThumbValue"])'))
    track = look_of(slider.locator('[role="group"] > div > div').first)
    assert ground not in (thumb["backgroundColor"], track["backgroundColor"])
    assert thumb["backgroundColor"] != track["backgroundColor"]
    for group in (page.locator('.st-key-head [data-testid="stButtonGroup"]'), field(page, "weights")):
        chosen = look_of(group.locator('[aria-checked="true"]'))
        assert told_apart(chosen, look_of(group.locator('[aria-checked="false"]').first))
        assert chosen["backgroundColor"] != ground
    stages = page.locator(".gs-stages button")
    assert told_apart(look_of(stages.last), look_of(stages.first))
    switch = page.locator('[data-testid="stCheckbox"] label').first
    rail = switch.locator("> div:not([data-testid])")
    track, knob = look_of(rail), look_of(rail.locator("> div"))
    assert knob["backgroundColor"] != track["backgroundColor"] and track["outline"].startswith("solid")
    switch.click()
    expect(switch.locator("input")).to_be_checked()
    expect(rail).not_to_have_css("background-color", track["backgroundColor"])


def test_the_chosen_cell_of_the_family(forced):
    page = forced("/variants?lang=ko", "dark")
    frames = page.locator(".gs-relative[aria-pressed='true'] .gs-frame"), page.locator(
        ".gs-relative[aria-pressed='false'] .gs-frame").first
    chosen, other = (frame.evaluate(LOOK) for frame in frames)
    assert chosen["stroke"] != other["stroke"] == "none"


def test_a_menu_and_its_choice(forced):
    page = forced("/one_step?lang=en", "light")
    page.locator('[data-testid="stPopoverButton"]').click()
    rings = page.locator('[data-testid="stRadioOption"] > div > div:first-child')
    kinds = [rings.nth(k).evaluate(LOOK) for k in (0, 1)]  # the second is chosen
    assert told_apart(kinds[1], kinds[0]) and kinds[0]["border"].startswith("1px")
