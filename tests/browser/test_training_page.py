"""Nets in training before one's eyes: the curves go on in place, and no click is lost while they do."""
import re

from playwright.sync_api import TimeoutError, expect
from screen import button, go, settle, stays_within
from test_axe import violations

from lstm_core.training import train
from lstm_view.fields import from_text
from lstm_view.learning.race import settings
from lstm_view.numbers.training import FIELDS, fit, race_of
from lstm_view.words import words

SHORT = {"cells": "rnn,lstm", "H": "3", "B": "2", "length": "6", "steps": "8", "rate": "0.05"}
LONG = {"cells": "rnn,lstm", "steps": "20000"}
READ = """() => Object.fromEntries([...document.querySelectorAll('.gs-curves [data-node][data-value]')]
    .map((el) => [`${el.dataset.node} ${el.dataset.lane} ${el.dataset.step}`, Number(el.dataset.value)]))"""
SAME = f"""(wanted) => {{ const shown = ({READ})();
    return Object.keys(shown).length === Object.keys(wanted).length && Object.entries(wanted).every(
        ([at, value]) => shown[at] === value); }}"""
DRAWN = "() => [...document.querySelectorAll('.gs-curves [data-line=loss]')].map((el) => el.getAttribute('d').length)"
GROWN = f"(before) => ({DRAWN})().every((length, k) => length > before[k])"


def link(query, lang="en"):
    return f"/training?lang={lang}&" + "&".join(f"{name}={text}" for name, text in query.items())


def by_the_core(query):
    """Each lane's records, trained here."""
    race = race_of(fit(from_text(FIELDS, query)[0])[0])
    found = {}
    for lane, one in settings(race).items():
        found[lane] = []
        for record in train(one, every=race.every):
            found[lane].append(record)
            if record.step >= race.steps:
                break
    return found


def ended(page, found):
    """Wait until a race is over and its curves' newest numbers are those of the core."""
    expect(button(page, "further")).to_be_enabled(timeout=60_000)
    reads(page, found, -1)


def reads(page, found, k):
    """Wait until the numbers of record k are read off, and no others."""
    wanted = {f"{node} {lane} {own[k].step}": value for lane, own in found.items() for node, value in (
        ("loss", own[k].test_loss), ("accuracy", own[k].accuracy), ("norm", own[k].norm))}
    try:
        page.wait_for_function(SAME, arg=wanted)
    except TimeoutError:
        assert page.evaluate(READ) == wanted


def test_a_race_to_its_end_and_what_is_read_off_its_curves(visit):
    found, page = by_the_core(SHORT), visit(link(SHORT))
    button(page, "go").dblclick()  # the second is of the same race
    page.wait_for_url(re.compile("run="))
    run = page.url
    ended(page, found)
    assert page.url == run
    sheet = page.locator(".gs-curves .gs-sheet")
    sheet.focus()
    for key, k in ("ArrowLeft", -2), ("Home", 0), ("ArrowRight", 1), ("Escape", -1):
        page.keyboard.press(key)
        reads(page, found, k)
    box = page.locator(".gs-curves svg").bounding_box()
    page.mouse.move(box["x"] + 54, box["y"] + 120)
    reads(page, found, 0)
    assert "0" in sheet.get_attribute("aria-valuetext")

    # another tab, and after a reload: the same training; in another language too
    other = visit(page.url)
    ended(other, found)
    go(other, link(SHORT, "ko").removeprefix("/training") + "&" + re.search("run=[^&]+", run)[0])
    expect(other.locator("h1")).to_have_text(words("ko")("page.training"))
    ended(other, found)
    stays_within(other)
    assert violations(other) == []

    # the same start gives the same numbers
    button(page, "again").click()
    page.mouse.move(1, 1)
    page.wait_for_url(lambda url: "run=" in url and url != run)
    ended(page, found)


def test_no_click_is_lost_while_nets_train(visit):
    page = visit(link(LONG), viewport={"width": 390, "height": 900})
    button(page, "go").click()
    page.wait_for_function(f"() => ({DRAWN})().length === 2 && Math.min(...({DRAWN})()) > 60", timeout=60_000)
    page.evaluate("() => { document.querySelector('.gs-curves').marked = true; }")
    stays_within(page)
    button(page, "stop").click()
    expect(button(page, "go_on")).to_be_enabled()
    button(page, "go_on").click()
    expect(button(page, "stop")).to_be_enabled()
    page.get_by_role("radio", name=words("ko")("name"), exact=True).click()
    expect(page.locator("h1")).to_have_text(words("ko")("page.training"))
    rate = page.locator("[class*=st-key-rate-] input")
    rate.fill("0.125")
    rate.press("Enter")
    expect(page.locator(".gs-curves svg")).to_contain_text("η = 0.125")
    assert page.evaluate("() => document.querySelector('.gs-curves').marked")  # drawn on, and never anew
    page.wait_for_function(GROWN, arg=page.evaluate(DRAWN))

    # leaving and coming back: it is still there
    run = page.url
    page.get_by_role("link", name=words("ko")("page.compare"), exact=True).first.click()
    expect(page.locator("h1")).to_have_text(words("ko")("page.compare"))
    page.go_back()
    expect(page.locator("h1")).to_have_text(words("ko")("page.training"))
    settle(page)  # until then what was there before may still be, too
    assert page.url == run
    expect(button(page, "stop")).to_be_enabled()

    # another task is another race, which is not begun; the way back leads to the one that is
    task = page.locator("[class*=st-key-widget-task] input:visible")  # not what is about to be taken away
    go(page, "?lang=ko&task=copy")
    expect(task).to_have_value(words("ko")("task.copy"))
    settle(page)
    expect(button(page, "go")).to_be_enabled()
    page.go_back()
    expect(task).to_have_value(words("ko")("task.adding"))
    settle(page)
    expect(button(page, "stop")).to_be_enabled()
    button(page, "stop").click()
    expect(button(page, "go_on")).to_be_enabled()
