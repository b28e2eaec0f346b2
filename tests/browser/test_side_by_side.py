"""Cells side by side: every number in every diagram, while time moves."""
import json
from itertools import pairwise

import numpy as np
from playwright.sync_api import TimeoutError, expect
from screen import button, go, stays_within
from test_axe import violations

from lstm_core import compose, step
from lstm_view.fields import from_text
from lstm_view.numbers.compared import FIELDS, NETS, cell_of, fit, hidden_sizes
from lstm_view.numbers.over_time import incoming
from lstm_view.words import words

RIGHT = """(expected) => Object.entries(expected).every(([key, nodes]) => {
    const shown = [...document.querySelectorAll(`.st-key-column-${key} [data-node]`)].map((el) => el.dataset);
    const drawn = new Set(shown.map((at) => at.node));
    return shown.length && shown.every((at) => Math.abs(Number(at.value) - nodes[at.node][at.unit]) <= 1e-9)
        && Object.keys(nodes).filter((node) => !node.includes('.')).every((node) => drawn.has(node));
}) && document.querySelectorAll('[class*="st-key-column-"]').length === Object.keys(expected).length"""
READ = """() => [...document.querySelectorAll('[class*="st-key-column-"]')].map((column) => [column.className,
    [...column.querySelectorAll('[data-node]')].map((el) => [el.dataset.node, el.dataset.unit, el.dataset.value])])"""
MARK = "() => document.querySelectorAll('.js-plotly-plot .plot-container').forEach((el) => { el.marked = true; })"
KEPT = "() => [...document.querySelectorAll('.js-plotly-plot .plot-container')].filter((el) => el.marked).length"
DRAWN = """() => [...document.querySelectorAll('.js-plotly-plot')].map((el) =>
    [...el.querySelectorAll('.hm image, .js-line')].map((at) => at.getAttribute('d') ?? at.href.baseVal).join())"""
CURSORS = """() => [...document.querySelectorAll('[class*="st-key-chart-"]')].map((chart) => {
    const plot = chart.querySelector('.js-plotly-plot'), { l, w } = plot._fullLayout._size;
    const from = plot.getBoundingClientRect().left - chart.getBoundingClientRect().left + l;
    return (parseFloat(chart.querySelector('.gs-cursor').style.left) - from) / w;
})"""
PLACES = """() => [...document.querySelectorAll('[class*="st-key-column-"] .gs-svg')].map((el) => {
    const { left, top, width } = el.getBoundingClientRect();
    return [left, top, width].map(Math.round);
})"""


def by_the_core(query):
    """Key of a picture -> node -> its numbers at the link's step: the run step by step, each direction by itself."""
    values = fit(from_text(FIELDS, query)[0])[0]
    x, t, found = incoming(values).x, values["t"], {}
    for name, H in zip(values["cells"], hidden_sizes(values), strict=True):
        net, cell = NETS[name], cell_of(name)
        params = compose.init_params(net, x.shape[1], H, values["seed"])
        ways = [(params, x, t)] if net is cell else [(params[0], x, t), (params[1], x[::-1], len(x) - 1 - t)]
        for k, (own, read, last) in enumerate(ways):
            state = {f"{s}_prev": np.zeros(H) for s in cell.state}
            for now in range(last + 1):
                ticks = {"tick": (now % cell.unit_periods(H) == 0).astype(float)} if "tick" in cell.inputs else {}
                inputs = {"x": read[now]} | state | ticks
                env = step(cell, own, inputs)
                state = {f"{s}_prev": env[s] for s in cell.state}
            shown = {node: env[node] for node in cell.node} | inputs
            found[f"{name}-{k}"] = {node: array.tolist() for node, array in shown.items()}
    return found


def stands(page, query):
    """Wait until every picture shows the core's numbers."""
    expected = by_the_core(query)
    try:
        page.wait_for_function(RIGHT, arg=expected)
    except TimeoutError:
        raise AssertionError(f"{page.url}\nshown {page.evaluate(READ)}\nwanted {json.dumps(expected)}") from None


def link(query, lang):
    return f"?lang={lang}&" + "&".join(f"{name}={text}" for name, text in query.items())


def test_cells_side_by_side(visit):
    query = {"cells": "rnn,lstm,gru", "T": "30", "H": "4", "seed": "3", "t": "7"}
    page = visit("/compare" + link(query, "en"))
    expect(page.locator(".st-key-chart-influence .gs-cursor")).to_have_count(1)
    stands(page, query)
    lefts, tops, widths = map(set, zip(*page.evaluate(PLACES), strict=True))
    assert (len(lefts), len(tops), len(widths)) == (3, 1, 1)

    # every diagram follows the scrubber; the charts stay as they are, but for the cursors
    charts = page.evaluate(DRAWN)
    page.evaluate(MARK)
    page.locator(".gs-range").focus()
    for key, t in ("ArrowRight", 8), ("End", 29), ("Home", 0):
        page.keyboard.press(key)
        stands(page, query | {"t": str(t)})
    strip = page.locator(".gs-strips svg").bounding_box()
    page.mouse.move(strip["x"] + 60, strip["y"] + 20)
    page.mouse.down()
    page.mouse.move(strip["x"] + strip["width"] - 9, strip["y"] + 20, steps=12)
    page.mouse.up()
    stands(page, query | {"t": "29"})
    page.wait_for_url("**t=29**")
    assert page.evaluate(DRAWN) == charts and page.evaluate(KEPT) == 2
    assert np.allclose(page.evaluate(CURSORS), 29 / 30, atol=0.01)

    # a square picks its step
    chart = page.locator(".st-key-chart-states")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    page.mouse.click(box["x"] + 46 + (box["width"] - 58) * 12.5 / 30, box["y"] + 40)
    page.wait_for_url("**t=12**")
    stands(page, query | {"t": "12"})

    # other cells, with as many parameters as the first, one of them in both directions
    query = {"cells": "lstm,bilstm,clockwork", "equal": "count", "H": "5", "T": "12", "t": "2"}
    go(page, link(query, "ko"))
    stands(page, query)
    expect(page.locator(".st-key-bill th", has_text=words("ko")("brief.bilstm"))).to_be_visible()
    button(page, "reseed").click()
    stands(page, query | {"seed": "1"})
    page.keyboard.press("Control+z")
    stands(page, query)
    stays_within(page)
    assert violations(page) == []

    # on a phone, one below the other
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function(f"() => new Set(({PLACES})().map(([left]) => left)).size === 1")
    stays_within(page)
    assert all(lower > upper + 200 for (_, upper, _), (_, lower, _) in pairwise(page.evaluate(PLACES)))
    stands(page, query)
    assert violations(page) == []
