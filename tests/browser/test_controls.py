"""Every control does something or is not offered; what a change takes along is said; menus close, and pages scroll."""
import re

import pytest
from playwright.sync_api import expect
from screen import IDLE, button, field, go, settle

from lstm_view.words import words

EN, KO = words("en"), words("ko")
TICKS = """() => [...document.querySelectorAll('.js-plotly-plot')].map((plot) =>
    [...plot.querySelectorAll('.xaxislayer-above .xtick text')].map((el) => el.textContent))"""
SCROLLED = "() => document.querySelector('[data-testid=stMain]').scrollTop"
MENU = '[data-testid="stPopoverBody"]'


def test_a_page_scrolls_over_a_number_which_stays(look):
    page = look("?weights=random", "sequence")
    steps = field(page, "T").locator("input")
    steps.click()
    before = page.evaluate(SCROLLED)
    for _ in range(2):
        page.mouse.wheel(0, 150)
    page.wait_for_function(f"(before) => ({SCROLLED})() >= before + 250", arg=before)
    expect(steps).to_have_value("24")
    expect(steps).to_be_focused()
    expect(steps).to_be_editable()
    page.keyboard.press("ArrowUp")
    expect(steps).to_have_value("25")
    page.keyboard.press("Enter")  # or else leaving the field would run the page while the next test opens a link
    page.wait_for_url(re.compile("T=25"))
    settle(page)


def test_a_menu_closes_after_a_choice_by_pointer_unless_there_is_more_to_say(look):
    page = look("?weights=random", "sequence")
    expect(field(page, "weights").locator('[aria-checked="true"]')).to_have_text(EN("weights.random"))
    settle(page)  # a choice made while a link is being opened is not what is asked about here
    opens, menu = page.locator('[data-testid="stPopoverButton"]'), page.locator(MENU)
    opens.click()
    menu.get_by_text(EN("input.sine"), exact=True).click()
    page.wait_for_url(re.compile("input=sine"))
    expect(menu).to_have_count(0)
    expect(opens).to_be_focused()
    opens.click()
    menu.get_by_text(EN("input.sentence"), exact=True).click()
    page.wait_for_url(re.compile("input=sentence"))
    expect(menu.locator("textarea")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    opens.click()
    menu.locator("input:checked").focus()
    page.keyboard.press("ArrowUp")  # by keys one goes through the list
    page.wait_for_url(lambda url: "input=sentence" not in url)
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")


def test_what_would_change_nothing_is_not_offered(look):
    page = look("?", "sequence")
    scale, bias = field(page, "scale").locator("input"), field(page, "bias")
    expect(scale).to_be_disabled()  # with jobs every U is 0
    expect(bias.locator("input")).to_have_attribute("placeholder", EN("control.mixed"))
    expect(bias.locator('[aria-label="Increment"]')).to_be_hidden()
    earlier, later = (page.get_by_role("button", name=EN(f"timeline.{way}")) for way in ("earlier", "later"))
    expect(earlier).to_have_attribute("aria-disabled", "true")
    expect(later).to_have_attribute("aria-disabled", "false")
    clear = page.get_by_role("button", name="Clear all")
    expect(clear).to_have_count(0)  # of all that is usual
    go(page, "?lang=en&nodes=c,h&weights=random&bias=1")
    expect(clear).to_be_visible()
    clear.click()
    expect(page.get_by_role("button", name=re.compile("^Remove "))).to_have_count(6)
    expect(scale).to_be_enabled()
    bias.locator('[aria-label="Clear value"]').click()
    page.wait_for_url(lambda url: "bias" not in url)
    expect(bias.locator('[aria-label="Increment"]')).to_be_hidden()
    go(page, "?lang=en&t=23")
    expect(later).to_have_attribute("aria-disabled", "true")


def test_the_last_cell_cannot_be_taken_away(look):
    page = look("?cells=rnn,gru", "compare")
    cells = field(page, "cells")
    expect(cells.get_by_role("button", name="Clear all")).to_have_count(0)
    cells.get_by_role("button", name="Remove RNN").click()
    page.wait_for_url(re.compile("cells=gru"))
    expect(cells.get_by_role("button", name=re.compile("^Remove"))).to_have_count(0)


@pytest.mark.parametrize(("lang", "say"), [("en", EN), ("ko", KO)])
def test_what_a_change_takes_along_is_said_with_undo_beside_it(look, lang, say):
    page = look(f"?lang={lang}", "sequence")
    expect(page.locator(f"html[lang={lang}]")).to_be_attached()
    page.wait_for_function(IDLE)
    units = field(page, "H").locator("input")
    units.fill("4")
    page.keyboard.press("Enter")
    note = page.locator(".st-key-along")
    expect(note).to_contain_text(say("along.no_jobs"))
    page.wait_for_function(IDLE)
    button(page, "along").click()
    page.wait_for_url(lambda url: "H=" not in url and "weights" not in url)
    expect(note).to_have_count(0)
    page.wait_for_function(IDLE)
    expect(units).to_have_value("3")


@pytest.mark.parametrize(("page", "charts"), [("compare", 2), ("gradients", 2)])
def test_a_tick_is_a_whole_step(look, page, charts):
    for T in (2, 5):
        shown = look(f"?T={T}&weights=random", page)
        shown.wait_for_function(f"([count, last]) => {{ const ticks = ({TICKS})(); return ticks.length === count "
                                "&& ticks.every((axis) => axis.at(-1) === last); }", arg=[charts, str(T)])
        assert shown.evaluate(TICKS) == [[str(t + 1) for t in range(T)]] * charts
