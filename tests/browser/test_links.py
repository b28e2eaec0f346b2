"""The link holds everything; a bad link harms nothing."""
import re
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import expect
from screen import button, core, press_on, raw, shows, shows_beside, square, type_into

from lstm_view.words import words

EN = words("en")
ALERT = '[data-testid="stAlert"]'


def test_a_deep_link_is_the_first_thing_a_server_sees(fresh_server, visit):
    query = {"lang": "ko", "cell": "gru", "start": "random", "D": 3, "H": 4, "seed": 7, "edit": "x.0:1.25,W_z.1.2:-2",
             "clamp": "z.1:0,n.3:-0.5", "stage": "gates", "select": "z.1"}
    page = visit(f"{fresh_server}/one_step?{urlencode(query)}")
    same = {"cell": "gru", "start": "random", "D": 3, "H": 4, "seed": 7, "edit": {"x.0": 1.25, "W_z.1.2": -2}}
    shows_beside(page, "gru", "forced", core(**same, clamp={"z.1": 0, "n.3": -0.5}), core(**same))
    ko = words("ko")
    expect(page.locator(".gs-heading")).to_have_text(f"2. {ko('stage.gru.gates')}")
    assert page.locator(".gs-dim").count() > 0
    expect(page.locator(".gs-selected")).to_have_attribute("data-square", "z.1")
    expect(page.locator("h1")).to_have_text(ko("page.one_step"))
    expect(page.get_by_label(ko("control.seed"))).to_have_value("7")
    assert page.locator(ALERT).filter(has_text=ko("notice.ignored").split("{")[0]).count() == 0
    expect(button(page, "force")).to_have_text(ko("inspect.release"))


def test_the_link_after_editing_shows_the_same_numbers_elsewhere(look, visit):
    page = look("?cell=peephole&start=random&seed=12&H=2")
    shows(page, "peephole", core("peephole", "random", H=2, seed=12))
    press_on(page, square(page, "c_prev.1"), up=37)
    page.mouse.up()
    page.wait_for_url(re.compile("edit="))
    type_into(page, square(page, "x.1"), "0.12345678901234567")
    page.wait_for_url(re.compile("x.1"))
    button(page, "pin").click()
    page.wait_for_url(re.compile("pin="))
    type_into(page, square(page, "h_prev.0"), "-1e-7")
    page.wait_for_url(re.compile("h_prev"))
    square(page, "o.1").click()
    page.wait_for_url(re.compile("select="))
    button(page, "force").click()
    page.wait_for_url(re.compile("clamp="))
    expect(page.locator('[data-node="o"][data-run="forced"]')).to_have_count(1)
    there = visit(page.url)
    expect(there.locator('[data-node="o"][data-run="forced"]')).to_have_count(1)
    assert raw(there) == raw(page)


BAD = [
    {"edit": "<img src=x onerror=alert(1)>", "cell": "nope", "stage": "<b>x</b>", "select": "<i>y</i>"},
    {"cell": "lstm\"><script>alert(1)</script>", "D": "-1", "H": "9" * 5000, "seed": "1.5", "week": ""},
    {"bias": "nan", "edit": "x.0:nan,x.1:1e999", "clamp": "f.0:Infinity", "select": "W_f.0", "pin": "pin~pin~x"},
    {"edit": "x.0", "clamp": "c.0:1:2", "what": "[a](javascript:alert(1))", "pin": ";;~=~;cell~lstm"},
    {"select": "`**x** $\\frac{1}{2}$ :material/home: :red[r]`", "stage": "../../etc/passwd", "start": "\x00"},
]


@pytest.mark.parametrize("query", BAD, ids=range(len(BAD)))
def test_a_broken_link_opens_the_default_and_says_what_it_left_out(look, query):
    page = look("?" + urlencode(query, quote_via=quote))
    notice = page.locator(ALERT).filter(has_text=EN("notice.ignored").split("{")[0])
    for name in query:
        expect(notice).to_contain_text(f"{name}=")
    shows(page, "lstm", core())
    items = sum(max(1, text.count(",") + 1) if name in ("edit", "clamp") else 1 for name, text in query.items())
    expect(notice.locator("code")).to_have_count(items)
    assert page.locator('img[src="x"], [onerror], .stMain b, .stMain script, [href^="javascript"]').count() == 0
    assert notice.locator("i, em, strong, .katex, a, [data-testid=stIconMaterial] ~ span").count() == 0
    page.wait_for_function(
        "(names) => names.every((name) => !new URLSearchParams(location.search).has(name))", arg=[*query])


def test_what_does_not_fit_the_cell_is_left_out_by_name(look):
    page = look("?cell=gru&start=hand&edit=x.0:2,W_f.0.0:1,x.1:3&clamp=h.0:1,r.0:0&select=c.0&stage=forget")
    notice = page.locator(ALERT).filter(has_text=EN("notice.ignored").split("{")[0])
    for name in ("edit=W_f.0.0", "edit=x.1", "clamp=h.0", "select=c.0", "stage=forget"):
        expect(notice).to_contain_text(name)
    edited = {"cell": "gru", "start": "hand", "edit": {"x.0": 2}}
    shows_beside(page, "gru", "forced", core(**edited, clamp={"r.0": 0}), core(**edited))
    type_into(page, square(page, "x.0"), "1")  # the notice goes with the next change
    expect(notice).to_have_count(0)


def test_markup_typed_into_a_square_stays_text(look):
    page = look("?")
    shows(page, "lstm", core())
    type_into(page, square(page, "x.0"), "<img src=x onerror=alert(1)>")
    expect(page.locator(".gs-note")).to_have_text(EN("picture.not_a_number"))
    assert page.locator('img[src="x"]').count() == 0
    page.keyboard.press("Escape")
    shows(page, "lstm", core())


def test_home_under_a_broken_link_shows_the_core_and_follows_a_drag(visit):
    page = visit("/?" + urlencode(BAD[0]))
    shows(page, "lstm", core(start="hand"))
    assert page.locator('img[src="x"], [onerror], .stMain b').count() == 0
    press_on(page, square(page, "x.0"), up=25)
    shows(page, "lstm", core(start="hand", edit={"x.0": 0.75}))
    page.mouse.up()
    type_into(page, square(page, "c_prev.0"), "-1")
    shows(page, "lstm", core(start="hand", edit={"x.0": 0.75, "c_prev.0": -1}))
