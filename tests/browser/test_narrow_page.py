"""390 pixels wide."""
from playwright.sync_api import expect
from screen import core, go, press_on, shows, square, stays_within

from lstm_view.words import words

PHONE = {"viewport": {"width": 390, "height": 844}}
HEIGHTS = "() => [...document.querySelectorAll('.gs-square')].map((el) => el.getBoundingClientRect().height)"


def fits(page):
    expect(page.locator(".gs-svg.gs-narrow")).to_be_visible()
    stays_within(page)
    assert min(page.evaluate(HEIGHTS)) >= 23


def test_home_on_a_phone(visit):
    page = visit("/?lang=en", **PHONE)
    fits(page)
    go(page, "?lang=ko")
    expect(page.locator("h1")).to_have_text(words("ko")("app.tagline"))
    fits(page)


def test_one_step_on_a_phone(visit):
    page = visit("/one_step?lang=ko", **PHONE)
    fits(page)
    go(page, "?lang=en&cell=fgr&start=random&D=6&H=6&clamp=f.0:0&select=f.0")
    expect(page.locator('[data-node="h"]')).to_have_count(6 + 1)  # unit 1 shows both runs
    fits(page)
    for cell in ("mut3", "clockwork"):
        go(page, f"?lang=en&cell={cell}&start=random")
        shows(page, cell, core(cell, "random"))
        fits(page)
    go(page, "?lang=en&cell=gru&start=random")
    shows(page, "gru", core("gru", "random"))
    fits(page)
    dragged = core("gru", "random", edit={"x.0": round(core("gru", "random")["x"][0] + 0.2, 3)})
    press_on(page, square(page, "x.0"), up=20)
    shows(page, "gru", dragged)
    page.mouse.up()
    page.set_viewport_size({"width": 1280, "height": 900})
    expect(page.locator(".gs-svg.gs-wide")).to_be_visible()
    shows(page, "gru", dragged)
