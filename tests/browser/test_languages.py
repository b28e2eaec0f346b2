"""Korean all the way, and the way from one language to the other."""
import re

import pytest
from playwright.sync_api import expect
from screen import core, settle, shows, square, type_into

from lstm_core import CELLS
from lstm_view.words import words

KO, EN = words("ko"), words("en")
# Everything that is seen or read aloud, but for code and formulas.
SPOKEN = """() => {
    const out = [], skip = 'code, pre, .katex, script, noscript, style, [data-testid="stIconMaterial"]';
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node; (node = walk.nextNode());) if (!node.parentElement.closest(skip)) out.push(node.textContent);
    for (const el of document.querySelectorAll('.stMain *'))
        for (const name of ['aria-label', 'title', 'alt', 'placeholder', 'aria-description'])
            if (el.hasAttribute(name) && !el.closest(skip)) out.push(el.getAttribute(name));
    return [...new Set(out)];
}"""
ENGLISH = re.compile(r"[A-Za-z]{2,}(?:[,.:;]?\s+[A-Za-z]{2,}){2,}")
STREAMLITS_OWN = {"Skip to main content", "Copy to clipboard"}  # it has them in English alone


def english(page):
    """Runs of three English words or more."""
    return [text for text in page.evaluate(SPOKEN) if ENGLISH.search(text) and text not in STREAMLITS_OWN]


def test_english_is_seen(look):
    assert len(english(look("?"))) > 20


def test_no_english_on_the_korean_home(visit):
    page = visit("/?lang=ko")
    expect(page.locator("h1")).to_have_text(KO("app.tagline"))
    assert english(page) == []


@pytest.mark.parametrize("query", [
    *(f"cell={cell}&start=random" for cell in ("lstm", "gru", "rnn", "nig", "fgr", "mgu", "mut2", "clockwork")),
    "start=stocks&D=4&pin=cell~lstm&select=f.1&clamp=f.1:1,o.0:0", "cell=gru&pin=cell~lstm", "nonsense=1&stage=forget",
])
def test_no_english_in_korean(look, query):
    page = look("?lang=ko&" + query)
    cell = re.search("cell=([^&]*)|$", query)[1] or "lstm"
    expect(page.get_by_text(KO("weights.heading"), exact=True)).to_be_visible()
    expect(page.locator('[data-node="h"]').first).to_be_visible()
    expect(page.locator(f'[data-param="{list(CELLS[cell].parameters)[-1]}"]').first).to_be_visible()
    page.wait_for_url(re.compile("lang=ko"))
    assert english(page) == []


def test_the_browsers_language_is_the_first_guess(visit):
    page = visit("/one_step", locale="ko-KR")
    expect(page.locator("h1")).to_have_text(KO("page.one_step"))


def test_switching_the_language_keeps_the_numbers(look):
    page = look("?start=hand")
    shows(page, "lstm", core(start="hand"))
    type_into(page, square(page, "x.0"), "-0.75")
    edited = core(start="hand", edit={"x.0": -0.75})
    page.wait_for_url(re.compile("edit="))
    page.get_by_text(KO("name"), exact=True).click()
    expect(page.locator("h1")).to_have_text(KO("page.one_step"))
    page.wait_for_url(re.compile("lang=ko.*edit="))
    settle(page)
    shows(page, "lstm", edited)
    page.get_by_role("link", name=KO("app.name")).first.click()
    expect(page.locator("h1")).to_have_text(KO("app.tagline"))
    settle(page)
    page.get_by_role("link", name=KO("page.one_step"), exact=True).click()
    expect(page.locator("h1")).to_have_text(KO("page.one_step"))
    settle(page)
    shows(page, "lstm", edited)
    page.get_by_text(EN("name"), exact=True).click()
    expect(page.locator("h1")).to_have_text(EN("page.one_step"))
    shows(page, "lstm", edited)


BROKEN = """() => [...document.querySelectorAll('.stMain *')].filter((el) =>
    [...el.childNodes].some((node) => node.nodeType === 3 && /[가-힣]/.test(node.data))
    && !el.closest('svg') && getComputedStyle(el).wordBreak !== 'keep-all').map((el) => el.textContent)"""


@pytest.mark.parametrize("path", ["/one_step?lang=ko", "/compare?lang=ko", "/directions?lang=ko"])
def test_no_korean_word_is_broken_at_a_lines_end(visit, path):
    page = visit(path)
    expect(page.locator("h1")).to_have_text(KO(f"page.{path[1:].partition('?')[0]}"))
    expect(page.locator(".stTable, .stPlotlyChart").first).to_be_visible()
    assert page.evaluate(BROKEN) == []
    expect(page.locator("html")).to_have_attribute("lang", "ko")
