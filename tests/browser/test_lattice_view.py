"""The page `directions`, nets in depth: every number of the lattice, choosing a node, the keys, a phone."""
from urllib.parse import urlencode

import pytest
from playwright.sync_api import TimeoutError, expect
from screen import stays_within
from test_axe import violations
from test_narrow_page import PHONE

from lstm_view.fields import from_text
from lstm_view.numbers.depth import along, compute, moment
from lstm_view.numbers.directions import fields, fit
from lstm_view.words import words

SETUP = {"view": "depth", "input": "sine", "T": "9", "D": "2", "H": "3", "seed": "4", "t": "0"}
LATTICE = """([expected, x, unit, count]) => {
    const shown = [...document.querySelectorAll('.gs-lattice [data-node]')].map((el) => el.dataset);
    return shown.length === count && shown.every((s) => Number(s.value) === (s.node === 'x' ? x[s.step][s.unit]
        : expected[s.layer][s.node]?.[s.step])) && shown.every((s) => s.node === 'x' || Number(s.unit) === unit);
}"""
STEP = """(expected) => {
    const shown = [...document.querySelectorAll('.gs-picture .gs-svg [data-node]')].map((el) => el.dataset);
    return shown.length > 10 && shown.every((s) => Math.abs(s.value - expected[s.node]?.[s.unit]) <= 1e-9)
        && Object.keys(expected).every((n) => !(n === 'h' || n.endsWith('_prev')) || shown.some((s) => s.node === n));
}"""
CHOSEN = """(at) => {
    const chosen = [...document.querySelectorAll('.gs-lattice [aria-pressed=true]')];
    if (chosen.length !== 1 || chosen[0].dataset.at !== at) return false;
    const box = document.querySelector('.gs-lattice-scroller').getBoundingClientRect();
    const node = chosen[0].querySelector('rect').getBoundingClientRect();
    return node.left >= box.left && node.right <= box.right; // in sight
}"""

LEFT_OF = "(x) => document.querySelector('.st-key-chart-states .gs-cursor').getBoundingClientRect().x < x"


def values(query):
    found, ignored = from_text(fields(), dict(query))
    assert ignored == []
    return fit(found)[0]


def shows(page, now):
    """Wait until the lattice has every number of the core, and the cell's diagram those of the chosen node's step."""
    found, unit = compute(now), now["unit"]
    drawn = {s for states in along(found.name).values() for s in states}
    expected = [{name: array[:, unit].tolist() for name, array in run.values.items() if name != "x"}
                for run in found.layers]
    per_layer = len(drawn) + (found.name == "depth_gated")
    count = found.T * (per_layer * len(found.layers) - (found.name == "depth_gated") + found.sequence.x.shape[1]
                       + 2 * (found.name == "grid"))
    env = moment(found, now["layer"], now["t"]).env
    here = {name: array.tolist() for name, array in env.items() if array.ndim == 1}
    try:
        page.wait_for_function(LATTICE, arg=[expected, found.sequence.x.tolist(), unit, count])
        page.wait_for_function(STEP, arg=here)
        page.wait_for_function(CHOSEN, arg=f"{now['layer']}.{now['t']}")
    except TimeoutError:
        raise AssertionError(f"{page.url}: wanted {count} numbers, {here}") from None


def node(page, layer, t):
    return page.locator(f'.gs-lattice-node[data-at="{layer}.{t}"]')


@pytest.mark.parametrize("net", ["stacked", "depth_gated", "grid"])
def test_every_number_and_the_way_around_by_keys(look, net):
    query = SETUP | {"net": net, "layers": "2", "layer": "1", "t": "3", "unit": "1"}
    page, now = look("?" + urlencode(query), "directions"), values(query)
    shows(page, now)
    node(page, 1, 3).focus()
    for key, layer, t in (("ArrowRight", 1, 4), ("ArrowDown", 0, 4), ("ArrowDown", 0, 4), ("End", 0, 8),
                          ("ArrowRight", 0, 8), ("ArrowUp", 1, 8), ("Home", 1, 0)):
        page.keyboard.press(key)
        assert page.evaluate(CHOSEN, f"{layer}.{t}")
        expect(node(page, layer, t)).to_be_focused()
    shows(page, now | {"layer": 1, "t": 0})
    page.wait_for_function("() => /layer=1/.test(location.search) && /[?&]t=0/.test(location.search)")
    page.locator(".gs-lattice select").select_option(index=2)
    shows(page, now | {"layer": 1, "t": 0, "unit": 2})


def test_a_click_opens_a_nodes_step_and_the_charts_follow(look):
    query = SETUP | {"net": "depth_gated", "layers": "3"}
    page, now = look("?" + urlencode(query), "directions"), values(query)
    shows(page, now)
    node(page, 2, 5).locator("rect").first.click()
    shows(page, now | {"layer": 2, "t": 5})
    cursor = page.locator(".st-key-chart-states .gs-cursor").first
    before = cursor.bounding_box()["x"]
    page.locator('.gs-lattice g[data-at="1.2"] [data-node="d"]').first.click()  # the gate leads to the node it opens
    shows(page, now | {"layer": 1, "t": 2})
    page.wait_for_function(LEFT_OF, arg=before)


def test_on_a_phone_the_lattice_scrolls_in_its_own_box(visit):
    query = SETUP | {"net": "grid", "layers": "4", "T": "30", "layer": "3", "t": "12"}
    page, now = visit(f"/directions?lang=ko&{urlencode(query)}", **PHONE), values(query)
    shows(page, now)
    stays_within(page)
    assert page.evaluate("(() => { const box = document.querySelector('.gs-lattice-scroller');"
                         "return box.scrollWidth > 3 * box.clientWidth && box.scrollLeft > 0; })()")
    node(page, 0, 12).locator("rect").first.click()
    shows(page, now | {"layer": 0})
    expect(page.locator(".gs-lattice-gutter")).to_contain_text(words("ko")("lattice.layer", layer=4))
    assert violations(page) == []
