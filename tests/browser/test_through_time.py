"""The page `sequence` in a browser: every number while time moves, drawing, forcing, files, links, a phone."""
import json
import re
import xml.etree.ElementTree as ET
from urllib.parse import urlencode

import numpy as np
import pytest
import squares
from playwright.sync_api import TimeoutError, expect
from screen import button, field, go, press_on, recolor, settle, shows, square, stays_within
from test_axe import violations

from lstm_core import CELLS, step
from lstm_view.fields import from_text
from lstm_view.numbers.over_time import SEQUENCE, compute, fit, main_nodes, seen
from lstm_view.packed import pack, pack_numbers
from lstm_view.telling.names import title
from lstm_view.words import words

KO = words("ko")
HEATMAPS = "document.querySelector('[class~=\"st-key-chart-heatmaps\"] .js-plotly-plot')"
CELL = ".gs-picture .gs-svg [data-node]"
RIGHT = """([chain, other, now, beside, bands, t]) => {
    const near = (a, b) => Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(b));
    const seen = (css) => [...document.querySelectorAll(css)].filter((el) => el.style.display !== 'none')
        .map((el) => el.dataset);
    const squares = seen('.gs-chain [data-node]'), cell = seen('CELL');
    const read = seen('.gs-lines [data-node]').filter((s) => !s.run);
    const drawn = VALUES(HEATMAPS);
    return squares.length > 3 && cell.length > 5 && read.length > 0 && drawn.length === bands.length
        && squares.every((s) => near(s.value, s.step < 0 ? 0 : (s.run ? other : chain)[s.node]?.[s.step]))
        && squares.every((s) => !s.run || other[s.node]?.[s.step] !== chain[s.node]?.[s.step])
        && cell.every((s) => near(s.value, (s.run ? beside : now)[s.node]?.[s.unit]))
        && read.every((s) => near(s.value, chain[s.node]?.[t]))
        && bands.every((band, k) => band.every((row, j) => row.every((v, i) => near(drawn[k][j]?.[i], v))));
}""".replace("HEATMAPS", HEATMAPS).replace("VALUES", squares.HEATMAPS).replace("CELL", CELL)
SHOWN = """() => ['.gs-chain [data-node]', 'CELL'].map((css) => [...document.querySelectorAll(css)]
    .filter((el) => el.style.display !== 'none').map(({ dataset: s }) =>
        `${s.node}.${s.unit}@${s.step ?? ''} ${s.run ?? ''} ${s.value}`))""".replace("CELL", CELL)
DRAWN = "[HEATMAPS.querySelector('.plot-container'), document.querySelector('.gs-lines svg')]".replace(
    "HEATMAPS", HEATMAPS)
MARK = f"() => {DRAWN}.forEach((el) => {{ el.marked = true; }})"
KEPT = f"() => {DRAWN}.map((el) => el.marked === true)"
CURSOR = """() => {
    const plot = HEATMAPS, { l, w } = plot._fullLayout._size, chart = plot.closest('[class*="st-key-chart-"]');
    const from = plot.getBoundingClientRect().left - chart.getBoundingClientRect().left + l;
    return (parseFloat(chart.querySelector('.gs-cursor').style.left) - from) / w;
}""".replace("HEATMAPS", HEATMAPS)
SQUARE = """([band, unit, t, T]) => {
    const { _size: size, yaxis, meta } = HEATMAPS._fullLayout;
    const [start, tall, units] = meta.bands[band], row = start + (unit + 0.5) * tall / units;
    return { x: size.l + (t + 0.5) / T * size.w, y: size.t + row / yaxis.range[0] * size.h };
}""".replace("HEATMAPS", HEATMAPS)
MOMENT = """([expected, unit]) => ['x', 'z', 'h'].every((node) => {
    const shown = [...document.querySelectorAll(`.gs-svg [data-node="${node}"]`)].map((el) => el.dataset);
    return shown.length === 6 && shown.every((s) => Math.abs(s.value - expected[node][s.unit]) <= 1e-9)
        && (node === 'x' || shown.some((s) => Number(s.unit) === unit));
})"""


def values(query):
    """The page's values at a link."""
    found, ignored = from_text(SEQUENCE, dict(query))
    assert ignored == []
    return fit(found)[0]


def values_now(page):
    """The page's values, as its address says."""
    query = page.evaluate("[...new URLSearchParams(location.search)]")
    return values([(name, text) for name, text in query if name != "lang"])


def shows_run(page, now):
    """Wait until the chain, the step's diagram, the heatmaps and the lines all show these values' numbers."""
    run, t, k = compute(now), now["t"], now["unit"]
    chain = {name: array[:, k].tolist() for name, array in run.values.items() if name != "x"}
    other = {name: array[:, k].tolist() for name, array in (run.other or {}).items() if name != "x"}
    here = {name: array[t].tolist() for name, array in run.values.items()}
    beside = {name: array[t].tolist() for name, array in (run.other or {}).items()}
    bands = [seen(run, name, now["view"]).T.tolist() for name in now["nodes"] or main_nodes(run.cell)]
    try:
        page.wait_for_function(RIGHT, arg=[chain, other, here, beside, bands, t])
    except TimeoutError:
        raise AssertionError(f"{page.url}\nshown {json.dumps(page.evaluate(SHOWN))}\nwanted {here} {beside}") from None


def by_hand(now, t):
    """Every value of step t, stepped by the core alone: what `compute` is held against."""
    run, cell = compute(now), CELLS[now["cell"]]
    env = {s: np.zeros(now["H"]) for s in cell.state}
    for x in run.sequence.x[: t + 1]:
        env = step(cell, run.params, {"x": x} | {f"{s}_prev": env[s] for s in cell.state})
    return env


def test_time_and_unit_move_everything_and_draw_nothing_anew(look):
    query = {"input": "sine", "T": "30", "D": "3", "H": "5", "weights": "random", "seed": "4"}
    page, now = look("?" + urlencode(query), "sequence"), values(query)
    shows_run(page, now)
    page.evaluate(MARK)
    bar, slider = page.locator(".gs-timeline .gs-bar"), page.locator(".gs-range")

    def at(t, unit=now["unit"]):
        shows_run(page, now | {"t": t, "unit": unit})
        page.wait_for_function(f"(t) => Math.abs(({CURSOR})() - t / 30) < 0.002", arg=t)
        expect(slider).to_have_attribute("aria-valuetext", re.compile(f" {t + 1}$"))
        assert page.evaluate(KEPT)[0] is True

    slider.focus()
    for key, t in (("ArrowRight", 1), ("ArrowRight", 2), ("End", 29), ("ArrowLeft", 28), ("Home", 0)):
        page.keyboard.press(key)
        at(t)
    bar.get_by_role("button", name=words("en")("timeline.later")).click()
    at(1)
    strip = page.locator(".gs-strip").bounding_box()
    wide = (strip["width"] - 54) / 30
    page.mouse.move(strip["x"] + 46 + 5.5 * wide, strip["y"] + 30)
    page.mouse.down()
    page.mouse.move(strip["x"] + 46 + 11.5 * wide, strip["y"] + 30, steps=6)
    at(11)
    page.mouse.up()
    page.wait_for_url(re.compile("t=11"))
    page.locator(".gs-cell").nth(0).click()  # the first cell that is drawn
    first = max(0, 11 - page.locator(".gs-cell").count() // 2)
    at(first)
    assert page.evaluate(KEPT) == [True, True]  # neither was drawn anew
    plot = page.locator('[class~="st-key-chart-heatmaps"] .js-plotly-plot')
    plot.click(position=page.evaluate(SQUARE, [3, 2, 17, 30]))
    at(17, 2)
    page.wait_for_url(re.compile("t=17&unit=2"))
    expect(page.get_by_role("heading", name="Unit 3 over time")).to_be_visible()
    page.locator(".gs-timeline select").select_option(index=4)
    at(17, 4)
    page.go_back()
    at(17, 2)
    np.testing.assert_allclose(by_hand(now, 17)["c"], compute(now).values["c"][17], rtol=1e-12)
    bar.get_by_role("button", name=words("en")("timeline.play")).click()
    page.wait_for_function("() => document.querySelector('.gs-range').value >= 19")
    bar.get_by_role("button", name=words("en")("timeline.pause")).click()
    at(int(slider.input_value()) - 1, 2)
    with page.expect_download() as download:
        page.get_by_role("button", name=f"{words('en')('saving.svg')}: {words('en')('chart.heatmaps')}").click()
    saved = download.value.path().read_bytes()
    written = "".join(ET.fromstring(saved).itertext())
    assert all(title(CELLS["lstm"], name, words("en")) in written for name in main_nodes(CELLS["lstm"]))
    assert saved.count(b"data:image/png") == 6 and b"var(--" not in saved  # the squares come along, and their colours


def test_drawing_and_what_if(look):
    page = look("?T=12&weights=random&H=3", "sequence")
    shows_run(page, values({"T": "12", "weights": "random"}))
    pencil = page.get_by_role("button", name=words("en")("timeline.draw"))
    pencil.click()
    strip = page.locator(".gs-strip").bounding_box()
    page.mouse.move(strip["x"] + 60, strip["y"] + 8)
    page.mouse.down()
    page.mouse.move(strip["x"] + 5000, strip["y"] - 900, steps=2)  # a quick hand, and out of the picture
    page.mouse.up()
    page.wait_for_url(re.compile("own="))
    pencil.click()

    def now():
        return values_now(page)

    drawn = np.array(now()["own"])
    assert drawn.shape == (12, 2) and (np.diff(drawn[:, 0]) >= 0).all() and drawn[-1, 0] == 1
    shows_run(page, now())
    page.mouse.move(1, 1)
    press_on(page, square(page, "x.1"), up=40)
    page.mouse.move(3, 3, steps=4)  # outside, and the number follows still
    page.mouse.up()
    page.wait_for_url(re.compile("what=x.0.1"))
    assert now()["what"]["x.0.1"] == 5  # as far as it goes
    shows_run(page, now())
    square(page, "x.1").focus()
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    page.locator(".gs-range").focus()  # leaving it takes it at once
    page.wait_for_url(re.compile(r"x.0.1%3A4\.9\b"))
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("t=1"))
    shows_run(page, now())
    button(page, "force").click()
    page.wait_for_url(re.compile("clamp="))
    assert list(now()["clamp"]) == ["f.*@4-5"]
    shows_run(page, now())
    field(page, "view").locator("button").last.click()
    page.wait_for_url(re.compile("view=difference"))
    shows_run(page, now())
    weight = page.locator('.gs-matrices [data-address="b_i.0"]')
    weight.focus()
    page.keyboard.type("-2.5")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("b_i.0"))
    shows_run(page, now())
    before = now()
    page.locator('[class*="st-key-release-f"] button').click()
    page.wait_for_url(lambda url: "clamp" not in url)
    shows_run(page, now())
    button(page, "undo").click()
    page.wait_for_url(re.compile("clamp="))
    assert now()["clamp"] == before["clamp"]
    button(page, "drop").click()
    page.wait_for_url(lambda url: "what=" not in url)
    shows_run(page, now())
    last = now()
    page.get_by_role("link", name="Open step 2 on its own page").click()
    page.wait_for_url(re.compile("/one_step"))
    shows(page, "lstm", by_hand(last, 1))
    page.go_back()
    page.wait_for_url(re.compile("/sequence"))
    shows_run(page, last)


def test_a_deep_link_is_the_first_thing_a_server_sees(fresh_server, visit):
    query = {"cell": "gru", "input": "sentence", "text": pack("<b>열쇠가</b> $x$ 😀 어디에 שלום"), "H": "16", "D": "6",
             "seed": "3", "t": "2", "unit": "9", "nodes": "z,h", "what": "x.1.5:-2",
             "clamp": "z.*@3-4:1", "view": "what", "lang": "ko"}
    page = visit(f"{fresh_server}/sequence?{urlencode(query)}", color_scheme="dark")
    now = values({name: text for name, text in query.items() if name != "lang"})
    shows_run(page, now)
    expect(page.locator('[data-testid="stAlert"]').filter(has_text=KO("notice.ignored").split("{")[0])).to_have_count(0)
    expect(page.locator("h1")).to_have_text(KO("page.sequence"))
    expect(page.locator("h2").first).to_have_text(KO("over_time.inside", step=3) + ": 😀")
    expect(page.locator(".gs-now")).to_have_text(f"{KO('timeline.step')} 3 / 5: 😀")
    assert page.locator(".stMain b, .stMain .katex").count() == 0  # words are words
    open_step = page.get_by_role("link", name=KO("what.open", step=3))
    env = by_hand(now, 2)
    open_step.click()
    page.wait_for_url(re.compile("/one_step"))
    page.wait_for_function(MOMENT, arg=[{name: env[name].tolist() for name in ("x", "z", "h")}, 9])


def test_files_and_typing(look):
    page = look("?lang=ko&T=9", "sequence")
    shows_run(page, values({"T": "9"}))
    page.locator('[class~="st-key-incoming"] button').click()
    popover = page.get_by_test_id("stPopoverBody")
    popover.get_by_text(KO("input.own"), exact=True).click()
    page.wait_for_url(re.compile("own="))
    choose = popover.locator('[class~="st-key-file"] section button')
    named = choose.evaluate("(el) => getComputedStyle(el.querySelector('p'), '::after').content")
    assert named == f'"{KO("input.choose")}"'
    settle(page)
    put = popover.locator('[class~="st-key-file"] input[type="file"]')
    put.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": b"<b>,$x$\n1,2\n3,5\n2,2\n"})
    page.wait_for_url(re.compile("columns="))
    expect(page.locator(".gs-now")).to_have_text(f"{KO('timeline.step')} 1 / 3")
    before = page.url
    for name, kind, content, key in (
            ("book.xlsx", "application/zip", b"PK\x03\x04" + bytes(99), "xlsx"),
            ("a.bin", "", b"1,2\n3,4,5\n", "ragged"), ("big.csv", "text/csv", b"1\n" * 600_000, "too_large")):
        put.set_input_files({"name": name, "mimeType": kind, "buffer": content})
        expect(popover.get_by_test_id("stAlert")).to_contain_text(re.split("{[^}]*}", KO(f"reader.{key}"))[-1])
        assert page.url == before  # what the visitor had stays
    typed = popover.locator("textarea")
    typed.fill("1 2\n3 4\n5 6\n7 8")
    typed.press("Control+Enter")
    expect(page.locator(".gs-now")).to_have_text(f"{KO('timeline.step')} 1 / 4")
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile(r"own=4\."))
    shows_run(page, values_now(page))


@pytest.mark.parametrize(("lang", "scheme", "width", "query"), [
    ("ko", "light", 390, {"cell": "fgr", "H": "16", "D": "6", "input": "series", "T": "30", "t": "20", "unit": "9"}),
    ("en", "dark", 390, {"what": "x.3.0:-1,W_i.0.0:2", "clamp": "f.*@8-11:0", "view": "difference", "t": "9"}),
    ("ko", "dark", 1280, {"input": "sentence", "text": pack("열쇠가 어디에 있을까요?"), "cell": "gru", "part": "take"}),
    ("en", "light", 1280, {"input": "own", "own": pack_numbers(np.ones((2, 6))), "cell": "rnn", "part": "dependency"}),
])
def test_nothing_runs_over_and_axe_finds_nothing(look, lang, scheme, width, query):
    page = look("?lang=en", "sequence")
    page.set_viewport_size({"width": width, "height": 1000})
    recolor(page, scheme)
    go(page, "?" + urlencode({"lang": lang} | query))
    shows_run(page, values(query))
    page.wait_for_function("(text) => document.querySelector('h1').textContent === text",
                           arg=words(lang)("page.sequence"))
    stays_within(page)
    found = violations(page)
    recolor(page, "light")
    page.set_viewport_size({"width": 1280, "height": 1400})
    assert found == []
