"""The picture of where memory comes from, in a page of its own without a server."""
import base64
import re
import struct
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from lstm_core import CELLS, forward, init_params
from lstm_core.analysis import direct_path, provenance
from lstm_view.diagram.component import ITS_OWN, _source
from lstm_view.diagram.provenance import provenance_scene, says
from lstm_view.incoming import starts
from lstm_view.words import LANGUAGES, words

SVG = "{http://www.w3.org/2000/svg}"
EN = words("en")
SCRIPTS = ("numbers.js", "squares.js", "save.js", *ITS_OWN["provenance"], "provenance.js")
SCRIPT = base64.b64encode(_source(*SCRIPTS).encode()).decode()
STYLE = _source("diagram.css", "provenance.css")
MOUNT = """async ([script, data]) => {
    window.mount ??= (await import('data:text/javascript;base64,' + script)).default;
    window.heard ??= []; window.told ??= [];
    document.addEventListener('gs-step', (event) => heard.push(event.detail));
    window.show = (data) => mount({ parentElement: document.getElementById('at'), data,
                                    setTriggerValue: (name, value) => told.push([name, value]) });
    show(data);
}"""
NUMBERS = """() => [...document.querySelectorAll('svg [data-writer]')].map((el) => [Number(el.dataset.step),
    Number(el.dataset.writer), Number(el.dataset.value), el.querySelector('text')?.textContent ?? ''])"""
OUTSIDE = """() => {
    const frame = document.querySelector('.gs-provenance').getBoundingClientRect();
    return [...document.querySelectorAll('.gs-sheet text, .gs-tip, .gs-bar button')].filter((el) => {
        const box = el.getBoundingClientRect();
        return box.width && (box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1);
    }).map((el) => el.textContent);
}"""
LABELS = ("<b>doors</b>", "مفاتيح", "👩‍👩‍👧", "**it**", "antidisestablishmentar…", "열쇠를", "{at}", "$x$")


def run(T, H=3, cell="lstm", seed=0):
    params = init_params(CELLS[cell], 2, H, seed)
    return forward(CELLS[cell], params, np.random.default_rng(seed).normal(size=(T, 1, 2)))


def counting(T=10):
    """The named start's third unit, which counts: all that it writes is positive."""
    params, _ = starts.setup("named", CELLS["lstm"], 2, 3)
    x = np.zeros((T, 1, 2))
    x[[1, 4, 5], 0, 0] = 1
    return forward(CELLS["lstm"], params, x)


@pytest.fixture
def show(browser):
    """show(data, width, dark): a page with the component in it; what it raises fails the test."""
    contexts, raised = [], []

    def show(data, width=1000, dark=False, **options):
        contexts.append(browser.new_context(viewport={"width": width, "height": 1100}, **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: raised.append(str(error)))
        page.on("console", lambda message: message.type == "error" and raised.append(message.text))
        ground, ink = ("#0e1117", "#ffffff") if dark else ("#ffffff", "#000000")
        page.set_content(f"<style>{STYLE} body {{ margin: 0; background: {ground} }} :root {{ "
                         f"--st-background-color: {ground}; --st-text-color: {ink} }}</style><div id='at'></div>")
        page.evaluate(MOUNT, [SCRIPT, data | {"echo": 0, "listens": ["step"]}])
        page.wait_for_selector(".gs-provenance svg")
        return page

    yield show
    for context in contexts:
        context.close()
    assert not raised, "\n".join(raised)


def place(page, t, T, y):
    """Pixels: the middle of a step's column, a share of the drawing's height."""
    box = page.locator(".gs-sheet svg").bounding_box()
    left, right = page.evaluate("""() => {
        const cells = [...document.querySelectorAll('.gs-sheet svg > rect')].map((el) => el.getBoundingClientRect())
            .filter((box) => Math.abs(box.height - 9) < 0.1);
        return [cells[0].left, cells.at(-1).right];
    }""")
    return left + (t + 0.5) * (right - left) / T, box["y"] + y * box["height"]


def test_every_number_is_drawn_and_the_line_is_their_sum(show):
    trace = counting()
    whole, c = provenance(trace)[:, :, 0, 2], trace["c"][:, 0, 2]
    page = show(provenance_scene(trace, "c", 2, 0, (), EN))
    drawn = page.evaluate(NUMBERS)
    assert len(drawn) == sum(t + 2 for t in range(10))
    for t, k, value, text in drawn:
        assert value == whole[t, k + 1]
        assert float(text.replace("−", "-")) == pytest.approx(value, abs=0.005)
    line = page.locator('.gs-sheet svg > path[stroke-width="2"]').get_attribute("d")
    y = np.array([float(n) for n in re.findall(r"(?:M[\d.]+ |V)([\d.]+)", line)])
    assert len(y) == 10
    unit, zero = np.polyfit(c, y, 1)
    np.testing.assert_allclose(y, unit * c + zero, atol=0.02)
    paths = page.evaluate("[...document.querySelectorAll('.gs-band path')].map((el) => el.getAttribute('d'))")
    tops = [min(map(float, re.findall(r"V([\d.]+)", d))) for d in paths]
    assert min(tops) == pytest.approx(y.min(), abs=0.1)  # the highest band ends where the sum is
    heights = [float(re.match(r"M[\d.]+ ([\d.]+)V([\d.]+)", d)[1]) - float(re.match(r"M[\d.]+ ([\d.]+)V([\d.]+)", d)[2])
               for d in paths]  # of each band where it was written, the thin ones left out
    wrote = sorted(np.diag(whole[:, 1:]))[-3:]
    np.testing.assert_allclose(sorted(heights)[-3:], -unit * np.array(wrote), atol=0.03)


def test_the_cursor_moves_without_the_server_and_tells_where_it_went(show):
    trace = run(12)
    data = provenance_scene(trace, "c", 1, 3, (), EN)
    page = show(data)
    told, reading = page.locator(".gs-sentence"), page.locator("svg tspan[data-value]")

    def stands_at(t):
        assert told.text_content() == says(trace, "c", 1, t, (), EN)
        assert int(reading.get_attribute("data-step")) == t
        assert float(reading.get_attribute("data-value")) == trace["c"][t, 0, 1]

    stands_at(3)
    page.evaluate("document.dispatchEvent(new CustomEvent('gs-step', { detail: { t: 7 } }))")
    stands_at(7)
    page.mouse.click(*place(page, 9, 12, 0.2))
    stands_at(9)
    assert page.evaluate("heard.at(-1)") == {"t": 9, "from": "provenance"}
    assert page.evaluate("told") == [["step", 9]]
    page.evaluate("(data) => show(data)", data | {"echo": 0, "listens": []})  # the server has not heard of it yet
    stands_at(9)
    page.evaluate("(data) => show(data)", data | {"t": 5, "echo": 0, "listens": []})
    stands_at(5)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_writer_by_keys_and_by_pointing(show, lang):
    say, T, labels = words(lang), 8, LABELS
    trace = run(T, cell="gru")
    whole, kept = provenance(trace, "h")[:, :, 0, 0], direct_path(trace, "h")[:, :, 0, 0]
    data = provenance_scene(trace, "h", 0, 6, labels, say)
    page = show(data)
    sheet, tip = page.locator(".gs-sheet"), page.locator(".gs-tip")

    def tells(k, at):
        assert [float(n) for n in tip.locator("[data-value]").evaluate_all("(all) => all.map((el) => el.dataset.value)")
                ] == [whole[k, k + 1], whole[at, k + 1]]
        text = tip.inner_text()
        assert labels[k] in text and labels[at] in text
        share = float(re.search(r"([\d.]+)\s?%", text.rpartition(labels[at])[2])[1])
        assert share == pytest.approx(100 * kept[at, k + 1], abs=0.51)
        assert page.locator(".gs-pointing .gs-on").count() == 1
        assert sheet.get_attribute("aria-valuenow") == str(k + 1)
        assert sheet.get_attribute("aria-valuetext") == data["steps"][k + 1]

    page.keyboard.press("Tab")
    first = int(sheet.get_attribute("aria-valuenow")) - 1
    assert abs(whole[6, first + 1]) == np.abs(whole[6]).max()
    page.keyboard.press("Home")
    assert tip.inner_text().startswith(say("provenance.held", written="0"))
    for key, k in (("ArrowRight", 0), ("ArrowUp", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("ArrowDown", 0)):
        page.keyboard.press(key)
        tells(k, 6)
    page.wait_for_function("(text) => document.querySelector('.gs-spoken').textContent.includes(text)", arg=labels[6])
    page.keyboard.press("Shift+ArrowLeft")
    assert page.evaluate("heard.at(-1).t") == 5
    tells(0, 5)
    page.keyboard.press("Escape")
    assert tip.is_hidden() and page.locator(".gs-pointing").count() == 0
    box = page.locator('svg [data-step="4"][data-writer="2"]').bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tells(2, 4)
    page.mouse.move(1, 1)
    page.mouse.move(2, 1090)
    assert tip.is_hidden()


@pytest.mark.parametrize(("T", "width", "dark"), [
    (8, 390, True), (50, 390, False), (128, 1280, True), (2, 1280, False),
])
def test_nothing_runs_over_the_edge(show, T, width, dark):
    labels = tuple(LABELS[k % len(LABELS)] for k in range(T))
    data = provenance_scene(run(T), "c", 0, T - 1, labels, words("ko"))
    page = show(data, width, dark, has_touch=True, reduced_motion="reduce")
    assert page.locator(".gs-sheet b").count() == 0  # a label is text
    x, y = place(page, T - 1, T, 0.9)
    page.touchscreen.tap(x, y)
    for at in (0.25, 0.6, 0.9):
        page.touchscreen.tap(*place(page, 0, T, at))
        assert page.evaluate(OUTSIDE) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator(".gs-sheet").focus()
    for key in ("Home", "End"):
        page.keyboard.press(key)
        assert page.evaluate(OUTSIDE) == []
    assert page.locator("image").count() == (T > 30)
    assert page.evaluate("getComputedStyle(document.querySelector('.gs-band')).transitionDuration") == "0s"


def test_the_picture_as_svg_and_png(show):
    trace = run(40)
    page = show(provenance_scene(trace, "c", 2, 11, (), EN), dark=True)

    def saved(kind):
        with page.expect_download() as download:
            page.get_by_role("button", name=EN(f"provenance.save_{kind}")).click()
        assert download.value.suggested_filename == f"gatescope-lstm-c-3-provenance.{kind}"
        return download.value.path().read_bytes()

    data = saved("svg")
    root = ET.fromstring(data)
    assert b"var(--" not in data and b"data:image/png" in data  # the triangle comes along
    assert root.find(f"{SVG}desc").text == says(trace, "c", 2, 11, (), EN)
    assert EN("provenance.about", cell=EN("cell.lstm"), letter="C", unit=3, steps=40) in "".join(root.itertext())
    png = saved("png")
    width, height = struct.unpack(">II", png[16:24])
    assert [width / 2, height / 2] == pytest.approx([float(n) for n in root.get("viewBox").split()[2:]], abs=1)
    assert len(png) > 20_000
    page.locator("body").evaluate("(body) => { document.getElementById('at').remove(); }")
    page.evaluate("document.dispatchEvent(new CustomEvent('gs-step', { detail: { t: 3 } }))")  # nobody is there to hear
