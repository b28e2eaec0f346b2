"""Writing a cell: what is typed is drawn and computed, a mistake stands at its line, nothing typed is ever lost."""
import re
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import expect
from screen import button, settle

from lstm_core import CELLS, backward, forward
from lstm_view.incoming.own_cell import cell_named, name_of
from lstm_view.numbers.over_time import incoming, parameters
from lstm_view.numbers.variants import DEFAULTS, fit
from lstm_view.words import words

EN = words("en")
LSTM = CELLS["lstm"].equations.strip()
SAME = {"T": 12, "H": 2, "seed": 3, "t": 5}
DRAWN = """(expected) => {
    const shown = [...document.querySelectorAll('.gs-picture .gs-svg [data-value]')].map((el) => el.dataset);
    const nodes = new Set(shown.map((s) => s.node));
    return Object.keys(expected).every((name) => name.includes('.') || nodes.has(name))
        && shown.every((s) => Math.abs(s.value - expected[s.node]?.[s.unit]) <= 1e-9);
}"""
NORMS = """(expected) => {
    const plot = document.querySelector('[class~="st-key-chart-norms"] .js-plotly-plot');
    const norms = plot?._fullData?.[0]?.y;
    return norms?.length === expected.length && expected.every((v, k) => Math.abs(norms[k] - v) <= 1e-9 * (1 + v));
}"""
SHOWN = """([scope, expected]) => Object.entries(expected).every(([name, numbers]) => {
    const shown = [...document.querySelectorAll(`${scope} [data-node="${name}"][data-value]`)].map((el) => el.dataset);
    return shown.length === numbers.length && shown.every((s) => Math.abs(s.value - numbers[s.unit]) <= 1e-9);
})"""
PASTE = """(area, length) => {
    const held = new DataTransfer();
    held.setData('text', 'h'.repeat(length));
    return area.dispatchEvent(new ClipboardEvent('paste', { clipboardData: held, bubbles: true, cancelable: true }));
}"""


def run(text, base="lstm"):
    """The core's own run of a text over the page's input, and the gradients of the sum of the last h."""
    now = fit(DEFAULTS | SAME | {"view": "own", "cell": name_of(text, base)})[0]
    cell = cell_named(now["cell"])
    trace = forward(cell, parameters(cell, now), incoming(now).x[:, None])
    weights = np.zeros(trace.shape)
    weights[-1] = 1
    return cell, trace, backward(trace, trace.params, weights)


def shows(page, text, base="lstm"):
    """Wait until the diagram and the chart of gradients are the core's for this text."""
    cell, trace, grads = run(text, base)
    names = ["x", *(f"{s}_prev" for s in cell.state), *cell.inputs, *cell.node]
    page.wait_for_function(DRAWN, arg={name: trace[name][SAME["t"], 0].tolist() for name in names})
    page.wait_for_function(NORMS, arg=np.linalg.norm(grads["h"][:, 0], axis=1).tolist())


@pytest.fixture
def own(look):
    """own(text): the page and its editor with a text that stands in it, by default the LSTM's.  What a test typed is
    written before the next one begins."""
    def own(text=LSTM):
        page = look("?" + urlencode({"view": "own"} | SAME | ({"cell": name_of(text, "lstm")} if text != LSTM else {})),
                    "variants")
        expect(page.locator(".gs-area")).to_have_value(text)
        shows(page, text)
        pages.append(page)
        return page, page.locator(".gs-area")

    pages = []
    yield own
    for page in pages:
        page.evaluate("document.activeElement?.blur()")
        page.wait_for_function("!document.querySelector('.gs-editor[data-busy]')")
        settle(page)


def test_what_is_typed_is_drawn_and_a_mistake_stands_at_its_line(own):
    page, area = own()
    area.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(" * f", delay=15)
    shows(page, LSTM + " * f")
    page.wait_for_url(re.compile("cell=own"))
    expect(page.locator(".gs-gutter > div")).to_have_count(6)
    page.keyboard.type(" * foo\n# a remark <b>", delay=5)
    mistake = page.locator(".gs-mistake")
    known = "f, i, c_tilde, c, o, h"
    said = EN("reader.own_undefined", line=6, name="foo", known=known).replace("`", "")
    expect(mistake).to_have_text(f"{said} {EN('editor.kept')}")
    expect(mistake).to_have_attribute("aria-live", "polite")
    expect(page.locator(".gs-gutter .gs-wrong")).to_have_text("6")
    expect(page.locator(".gs-stripe")).to_be_visible()
    expect(area).to_have_attribute("aria-invalid", "true")
    shows(page, LSTM + " * f")  # the last good cell stays
    page.wait_for_url(re.compile("draft="))
    link = page.url
    button(page, "undo").click()
    expect(area).to_have_value(LSTM + " * f")
    expect(mistake).to_have_text("")
    button(page, "undo").click()
    expect(area).to_have_value(LSTM)
    shows(page, LSTM)
    button(page, "redo").click()
    shows(page, LSTM + " * f")
    page.goto(link)  # as anyone else would open it
    shows(page, LSTM + " * f")
    expect(area).to_have_value(LSTM + " * f * foo\n# a remark <b>")
    expect(mistake).to_have_text(f"{said} {EN('editor.kept')}")


def test_nothing_that_is_typed_is_lost(own):
    page, area = own()
    area.focus()
    page.keyboard.press("Control+End")
    typed = "\nd = c * 2"
    for letter in typed + " * 3":  # slower than an answer, so that older ones come in between
        page.keyboard.type(letter, delay=110)
    expect(area).to_have_value(f"{LSTM}{typed} * 3")
    shows(page, f"{LSTM}{typed} * 3")
    page.keyboard.press("Control+z")  # its own undo, not the page's
    assert area.input_value() != LSTM and area.input_value().startswith(LSTM)


def test_tab_leaves_the_text_and_the_palette_is_one_stop(own):
    page, area = own()
    area.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nd = ")
    page.keyboard.press("Tab")
    expect(page.locator(".gs-palette button").first).to_be_focused()
    expect(area).to_have_value(LSTM + "\nd = ")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")  # tanh(
    expect(area).to_be_focused()
    page.get_by_role("button", name=re.compile("^c_prev")).click()
    expect(area).to_have_value(LSTM + "\nd = tanh(c_prev)")
    shows(page, LSTM + "\nd = tanh(c_prev)")
    page.keyboard.press("Tab")
    expect(page.locator(".gs-palette button").nth(1)).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("!document.activeElement.closest('.gs-editor')")


def test_start_from_another_cell(own):
    page, area = own()
    page.locator('[class~="st-key-own-start"] input').click()
    page.get_by_role("option", name=EN("cell.gru"), exact=True).click()
    expect(area).to_have_value(CELLS["gru"].equations.strip())
    shows(page, CELLS["gru"].equations.strip(), "gru")


HOSTILE = ["<img src=x onerror=alert(1)>", "h = h_prev + __class__", "h = eval(alert(1))", "h = \u202e\0 + \u0441",
           "javascript:alert(1) `**x**` $x$", "h = h_prev" + "+h" * 900]


def test_hostile_text_is_refused_and_the_page_stays(own):
    page, area = own()
    assert area.evaluate(PASTE, 1_000_000) is False  # refused before it is there
    expect(page.locator(".gs-mistake")).to_have_text(
        EN("editor.too_long").format(count=f"{1_000_000 + len(LSTM):,}", most="2,000"))
    expect(area).to_have_value(LSTM)
    for text in HOSTILE:
        area.fill(text)
        expect(page.locator(".gs-gutter .gs-wrong")).to_have_text("1")
        expect(page.locator(".gs-mistake")).to_contain_text("Line 1: ")
        assert page.locator('img[src="x"], [onerror], .gs-editor b, .gs-editor strong, .gs-editor a').count() == 0
    area.fill("y" * 5000)
    shows(page, LSTM)
    area.fill(LSTM.replace("tanh(c)", "c"))
    shows(page, LSTM.replace("tanh(c)", "c"))
    expect(page.locator(".gs-mistake")).to_have_text("")


TO = {"one_step": EN("over_time.open", step=SAME["t"] + 1), "sequence": EN("own.to_sequence"),
      "compare": EN("own.to_compare", cell=EN("cell.lstm")), "gradients": EN("own.to_gradients")}


def test_it_opens_on_every_other_page(own):
    text = LSTM.replace("o * tanh(c)", "o * relu(c)")
    page, _ = own(text)
    _, trace, grads = run(text)
    for to, said in TO.items():
        page.get_by_role("link", name=said, exact=True).click()
        page.wait_for_url(re.compile(rf"/{to}\?"))
        values, t = (grads, SAME["T"] - 1) if to == "gradients" else (trace, SAME["t"])
        scope = "[class*='st-key-column-own']" if to == "compare" else ".gs-picture"
        page.wait_for_function(SHOWN, arg=[scope, {name: values[name][t, 0].tolist() for name in ("h", "c", "o")}])
        page.go_back()
        page.wait_for_url(re.compile(r"/variants\?"))
        shows(page, text)
