"""The page `directions` in a browser: both chains, attention while a query is dragged, the clock; links, a phone."""
import json
import re

import numpy as np
from playwright.sync_api import TimeoutError, expect
from screen import field, press_on, stays_within, weight
from squares import HEATMAPS
from test_axe import violations

from lstm_core import CELLS, compose, step
from lstm_view.numbers import attending, both_ways, clockwork
from lstm_view.numbers.directions import change, fields, fit
from lstm_view.words import words

# Every square of the places given, [css, node -> numbers by unit or step], is the core's; and there are so many.
RIGHT = """(places) => places.every(([css, expected, by, count]) => {
    const shown = [...document.querySelectorAll(css)].filter((el) => el.style.display !== 'none')
        .map((el) => el.dataset);
    const right = (s) => Math.abs(Number(s.value) - (expected[s.node]?.[s[by]] ?? NaN)) <= 1e-12;
    return (count ? shown.length === count : shown.length > 4) && shown.every(right);
})"""
READ = """(places) => places.map(([css]) => [...document.querySelectorAll(css)].map(({ dataset: s }) =>
    `${s.node}.${s.unit}@${s.step ?? ''} ${s.value}`))"""
PLOTTED = """([key, bands]) => {
    const plot = document.querySelector(`[class~="st-key-chart-${key}"] .js-plotly-plot`);
    const drawn = HEATMAPS(plot);
    return drawn.length === bands.length && bands.every((band, k) => band.every((row, j) =>
        row.every((value, i) => Math.abs(drawn[k][j]?.[i] - value) <= 1e-12)));
}""".replace("HEATMAPS", HEATMAPS)
MARKED = """(key) => {
    const chart = document.querySelector(`[class*="st-key-chart-${key}"]`);
    const plot = chart.querySelector('.js-plotly-plot');
    const { _size: size, yaxis, meta } = plot._fullLayout, [top, tall, units] = meta.bands[0];
    const from = plot.getBoundingClientRect().top - chart.getBoundingClientRect().top + size.t;
    const down = parseFloat(chart.querySelector('.gs-cursor').style.top) - from;
    return Math.round((down / size.h * yaxis.range[0] - top) / tall * units);
}"""


def values(lang="en", **given):
    say = words(lang)
    own = fields(say("directions.sentence"), say("directions.word"), given.get("view", "both"))
    return fit({f.name: f.default for f in own} | given)[0]


def shows(page, *places):
    """Wait until every square is as expected."""
    try:
        page.wait_for_function(RIGHT, arg=places)
    except TimeoutError:
        raise AssertionError(f"{page.url}\nshown {page.evaluate(READ, places)}\nwanted {json.dumps(places)}") from None


def by_the_core(now):
    """Each direction's named nodes of the page's unit, position by position, computed step after step."""
    run, found = both_ways.compute(now), []
    x, T, k = run.ways[0].sequence.x, run.ways[0].T, now["unit"]
    params = compose.init_params(run.net, x.shape[1], run.H, now["seed"])
    for own, order in zip(params, (range(T), range(T)[::-1]), strict=True):
        state, rows = {"h_prev": np.zeros(run.H), "c_prev": np.zeros(run.H)}, {}
        for t in order:
            rows[t] = step(CELLS["lstm"], own, {"x": x[t]} | state)
            state = {f"{s}_prev": rows[t][s] for s in ("h", "c")}
        ends = {str(-1): 0.0, str(T): 0.0}  # before the first step it reads
        found.append({node: ends | {str(t): float(rows[t][node][k]) for t in rows} for node in CELLS["lstm"].lines})
    return found


def chains(now):
    return [[f'[data-cell="{way}"]', numbers, "step", 0]
            for way, numbers in zip(both_ways.WAYS, by_the_core(now), strict=False)]


def test_both_directions(look):
    now = values(seed=2)
    page = look("?seed=2", "directions")
    shows(page, *chains(now))
    run = both_ways.compute(now)
    found = both_ways.knows(run)
    page.wait_for_function(PLOTTED, arg=["knows", [strengths.tolist() for strengths in found.values()]])
    page.wait_for_function(f"() => ({MARKED})('knows') === 4")

    # the chains follow the scrubber, and so does the sentence; a square of the chart goes to its row
    said = page.get_by_test_id("stMarkdown").filter(has_text="Of all that h at position")
    page.locator(".gs-range").focus()
    page.keyboard.press("End")
    shows(page, *chains(now))
    expect(said).to_contain_text("8 (“river”)")
    expect(said).to_contain_text("0 %")
    chart = page.locator("[class~='st-key-chart-knows']")
    chart.scroll_into_view_if_needed()
    box, bands = chart.bounding_box(), page.evaluate(
        "() => document.querySelector('.st-key-chart-knows .js-plotly-plot')._fullLayout._size")
    page.mouse.click(box["x"] + bands["l"] + bands["w"] / 2, box["y"] + bands["t"] + 20 * 2.5)
    page.wait_for_url(re.compile("t=2"))
    expect(said).to_contain_text("3 (“by”)")

    # what moves when another word comes: nothing forwards
    for heard in (5, 4):
        moves = both_ways.moves(run, heard)
        expected = {f"moves.{way}": {str(k): float(v) for k, v in enumerate(row)} for way, row in moves.items()}
        shows(page, [".st-key-live [data-node]", expected, "step", 3 * heard])
        field(page, "heard").locator("input").press("ArrowLeft")
    assert set(moves["forwards"]) == {0}
    page.wait_for_url(re.compile("heard=3"))

    # the other language has a sentence of its own
    page = look("?lang=ko", "directions")
    shows(page, *chains(values("ko")))
    stays_within(page)
    assert violations(page) == []


def at_query(now):
    """What stands on the page of the query of the present step."""
    found, t = attending.compute(now), now["t"]
    over = {name: {str(k): float(v) for k, v in enumerate(found[name][t])} for name in ("scores", "weights")}
    return found, [[".st-key-looks [data-step]", over, "step", 2 * found.T],
                   [".st-key-context [data-node]", {"context": found["context"][t].tolist()}, "unit", now["H"]]]


def test_a_query_is_moved(look):
    now = values(view="attention")
    page = look("?view=attention", "directions")
    found, places = at_query(now)
    shows(page, *places)
    page.wait_for_function(PLOTTED, arg=["attention", [found["weights"].tolist(), found["scores"].tolist()]])

    # weights and context follow the hand; the charts wait until it lets go
    number = weight(page, "q_5.0.1")
    before = float(number.get_attribute("data-value"))
    assert before == found["query"][4, 1]
    press_on(page, number, up=60)
    page.wait_for_function("""(was) =>
        Number(document.querySelector('[data-address="q_5.0.1"]').dataset.value) > was + 0.5""", arg=before)
    shows(page, *at_query(now | {"query": {"q.4.1": float(number.get_attribute("data-value"))}})[1])
    assert "query" not in page.url
    page.mouse.up()
    page.wait_for_url(re.compile("query="))
    moved = change(now, query={"q.4.1": float(number.get_attribute("data-value"))})
    found, places = at_query(moved)
    shows(page, *places)
    page.wait_for_function(PLOTTED, arg=["attention", [found["weights"].tolist(), found["scores"].tolist()]])

    # another step has a query of its own; its keys work too; undo
    page.locator(".gs-range").focus()
    page.keyboard.press("Home")
    shows(page, *at_query(moved | {"t": 0})[1])
    weight(page, "q_1.0.0").focus()
    page.keyboard.press("ArrowUp")
    page.wait_for_url(re.compile("q.0.0"))
    shows(page, *at_query(change(moved, query=moved["query"] | {"q.0.0": round(float(found["query"][0, 0]) + 0.05, 3)})
                          | {"t": 0})[1])
    page.keyboard.press("Control+z")
    shows(page, *at_query(moved | {"t": 0})[1])
    assert violations(page) == []


def test_the_clock_on_a_phone(look):
    now = values(view="clock", H=6)
    run = clockwork.compute(now)
    page = look("?view=clock&H=6", "directions")
    for module in clockwork.modules(run):
        ticks = {"tick": {str(t): v for t, v in enumerate(module.ticks.tolist())}}
        shows(page, [f'.st-key-ticks [data-unit="{module.units.start}"]', ticks, "step", 32])
    states = [run.values[name].T.tolist() for name in ("tick", "h")]
    page.wait_for_function(PLOTTED, arg=["states", states])
    for t, unit in ((4, 0), (4, 5)):
        read = {name: {str(t): float(run.values[name][t, unit])} for name in ("n", "h")}
        shows(page, [f'.gs-lines [data-unit="{unit}"]', read, "step", 2])

    # a square goes to its step, on a phone too, where nothing is wider than the page
    page.set_viewport_size({"width": 390, "height": 844})
    square = page.locator('.st-key-ticks [data-unit="0"][data-step="16"]')
    page.wait_for_function("() => document.querySelector('.st-key-ticks svg').getBoundingClientRect().width < 390")
    stays_within(page)
    square.click()
    page.wait_for_url(re.compile("t=16"))
    shows(page, ['.gs-lines [data-unit="5"]', {n: {"16": float(run.values[n][16, 5])} for n in ("n", "h")}, "step", 2])
    stays_within(page)
    assert violations(page) == []
    page.set_viewport_size({"width": 1280, "height": 1400})
