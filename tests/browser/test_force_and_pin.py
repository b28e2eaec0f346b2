"""Two runs side by side: with a gate forced, and as it was when pinned."""
import re

import pytest
from playwright.sync_api import expect
from screen import button, core, shows, shows_beside, square, type_into

from lstm_core import CELLS
from lstm_view.telling.names import heading
from lstm_view.words import words

SAY = words("en")


def test_a_forced_gate_shows_both_runs(look):
    page = look("?cell=peephole&start=random&H=4")
    size = {"cell": "peephole", "start": "random", "H": 4}
    true = core(**size)
    shows(page, "peephole", true)
    expect(button(page, "force")).to_have_count(0)  # only what is selected can be forced
    square(page, "i.2").click()
    expect(button(page, "force")).to_have_text(SAY("inspect.force"))
    button(page, "force").click()
    to = round(true["i"][2])
    shows_beside(page, "peephole", "forced", core(**size, clamp={"i.2": to}), true)
    held = page.get_by_role("button", name=re.compile(f", {SAY('picture.forced')}(,|$)"))
    expect(held).to_have_attribute("data-square", "i.2")
    expect(page).to_have_url(re.compile(f"clamp=i.2(:|%3A){to}"))

    slider = page.locator('[class~="st-key-widget-force"]').get_by_role("slider")
    slider.focus()
    page.keyboard.press("ArrowLeft" if to else "ArrowRight")
    shows_beside(page, "peephole", "forced", core(**size, clamp={"i.2": 0.95 if to else 0.05}), true)

    expect(button(page, "force")).to_have_text(SAY("inspect.release"))
    button(page, "force").click()
    expect(page.locator("[data-run]")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("clamp="))
    shows(page, "peephole", true)


def test_a_gate_is_forced_with_the_keyboard_alone(look):
    page = look("?start=hand")
    shows(page, "lstm", core(start="hand"))
    square(page, "f.0").focus()
    page.keyboard.press("Enter")
    expect(button(page, "force")).to_be_visible()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.locator(".gs-bar :focus").count():  # out of the picture: the panel shows the chosen gate again
            expect(button(page, "force")).to_be_visible()
        if page.locator(":focus").and_(button(page, "force")).count():
            break
    page.keyboard.press("Enter")
    shows_beside(page, "lstm", "forced", core(start="hand", clamp={"f.0": 1}), core(start="hand"))


def test_all_are_released_at_once(look):
    page = look("?clamp=f.0:0,o.1:0.25&select=f.0")
    shows_beside(page, "lstm", "forced", core(clamp={"f.0": 0, "o.1": 0.25}), core())
    button(page, "release").click()
    expect(page.locator("[data-run]")).to_have_count(0)
    shows(page, "lstm", core())


def test_a_state_cannot_be_forced(look):
    page = look("?select=c.0")
    expect(page.locator(".gs-selected")).to_have_count(1)
    expect(page.get_by_text(heading(CELLS["lstm"], "c", 0, SAY), exact=True)).to_be_visible()
    expect(button(page, "force")).to_have_count(0)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_pinned_run_stays(look, cell):
    page = look(f"?cell={cell}&start=random")
    shows(page, cell, core(cell, "random"))
    button(page, "pin").click()
    expect(page).to_have_url(re.compile("pin="))
    expect(page.locator("[data-run]")).to_have_count(0)  # nothing differs yet
    type_into(page, square(page, "x.0"), "2.5")
    shows_beside(page, cell, "pinned", core(cell, "random"), core(cell, "random", edit={"x.0": 2.5}))
    page.reload()
    shows_beside(page, cell, "pinned", core(cell, "random"), core(cell, "random", edit={"x.0": 2.5}))
    button(page, "unpin").click()
    expect(page.locator("[data-run]")).to_have_count(0)
    shows(page, cell, core(cell, "random", edit={"x.0": 2.5}))
