"""The family as a map, and a cell beside what it came from: numbers on the screen, keyboard, a phone."""
import json

from playwright.sync_api import TimeoutError, expect
from screen import go, stays_within
from test_axe import violations

from lstm_core import CELLS, step
from lstm_view.fields import from_text
from lstm_view.numbers.beside import pair
from lstm_view.numbers.over_time import moment
from lstm_view.numbers.variants import FIELDS, fit
from lstm_view.telling.family import RELATIVES, parent
from lstm_view.words import words

RIGHT = """({picture, lines, chosen, beside}) => {
    const near = (a, b) => Math.abs(Number(a) - b) <= 1e-9;
    const squares = [...document.querySelectorAll('.gs-picture [data-node]')].map((el) => el.dataset);
    const read = [...document.querySelectorAll('.gs-lines [data-node]')].map((el) => el.dataset);
    const on = [...document.querySelectorAll('.gs-relative[aria-pressed="true"]')].map((el) => el.dataset.relative);
    const wanted = Object.entries(lines).flatMap(([run, nodes]) => Object.keys(nodes).map((node) => `${run} ${node}`));
    return squares.length > 4 && squares.every((at) => near(at.value, picture[at.node]?.[at.unit]))
        && read.every((at) => at.run === 'difference' || near(at.value, lines[at.run ?? '']?.[at.node]))
        && wanted.every((key) => read.some((at) => `${at.run ?? ''} ${at.node}` === key))
        && on.length === 1 && on[0] === chosen && document.querySelector('.st-key-changes, .stMain .katex') !== null;
}"""
READ = """() => [...document.querySelectorAll('.gs-picture [data-node], .gs-lines [data-node]')]
    .map((el) => ({...el.dataset}))"""
WALK = """() => { // where the arrow keys lead from the first on
    const reached = new Set(['rnn']), here = () => document.activeElement.dataset.relative;
    for (const name of reached) {
        for (const key of ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown']) {
            document.querySelector(`[data-relative="${name}"]`).focus();
            document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
            reached.add(here());
        }
    }
    return [...reached];
}"""
INSIDE = """() => { // every label in its node
    const at = (el) => el.getBoundingClientRect();
    return [...document.querySelectorAll('.gs-relative')].filter((g) => {
        const { left, right } = at(g.querySelector('.gs-frame'));
        return [...g.querySelectorAll('text')].some((text) => at(text).left < left || at(text).right > right);
    }).map((g) => g.dataset.relative);
}"""


def stands(page, query):
    """Wait until the diagram, the lines and the map show the core's numbers for a link."""
    values = fit(from_text(FIELDS, query)[0])[0]
    name, other = values["variant"], values["beside"] or parent(values["variant"])
    found, t, unit = pair(name, other, values), values["t"], values["unit"]
    here = moment(found.chosen, t)
    env = step(CELLS[name], found.chosen.params, here.inputs)
    lines = {"": {node: env[node][unit] for node in CELLS[name].lines}}
    if found.other:
        beside = step(CELLS[other], found.other.params, moment(found.other, t).inputs)
        lines["beside"] = {node: beside[node][unit] for node in CELLS[other].lines if node in lines[""]}
    expected = {"picture": {node: array.tolist() for node, array in env.items()}, "lines": lines, "chosen": name,
                "beside": other}
    try:
        page.wait_for_function(RIGHT, arg=json.loads(json.dumps(expected)))
    except TimeoutError:
        raise AssertionError(f"{page.url}\nshown {page.evaluate(READ)}\nwanted {json.dumps(expected)}") from None


def relative(page, name):
    return page.locator(f'[data-relative="{name}"]')


def link(query, lang="en"):
    return f"?lang={lang}&" + "&".join(f"{name}={text}" for name, text in query.items())


def test_the_map_by_hand_and_by_keyboard(look):
    page = look(link({"t": "3", "seed": "5"}), "variants")
    stands(page, {"t": "3", "seed": "5"})
    assert page.locator(".gs-relative").count() == len(RELATIVES)
    assert page.evaluate(INSIDE) == []

    relative(page, "mgu").click()
    page.wait_for_url("**variant=mgu**")
    stands(page, {"variant": "mgu", "t": "3", "seed": "5"})

    # Tab comes to the chosen one; the arrow keys go to what lies that way, Enter chooses it
    relative(page, "mgu").focus()
    assert page.locator('.gs-relative[tabindex="0"]').count() == 1
    for name in ("mut3", "mut2", "mut1", "gru"):
        page.keyboard.press("ArrowLeft")
        expect(relative(page, name)).to_be_focused()
    expect(page.locator(".gs-told")).to_contain_text("Cho et al., 2014")
    page.keyboard.press("Enter")
    page.wait_for_url("**variant=gru&**")
    stands(page, {"variant": "gru", "t": "3", "seed": "5"})
    expect(relative(page, "gru")).to_be_focused()

    # the scrubber moves the diagram and the lines; the lines know the run already
    page.locator(".gs-range").focus()
    page.keyboard.press("End")
    stands(page, {"variant": "gru", "t": "23", "seed": "5"})
    page.wait_for_url("**t=23**")


def test_every_cell_reaches_every_other_with_arrow_keys(look):
    page = look("?lang=ko", "variants")
    expect(page.locator(".gs-relative")).to_have_count(len(RELATIVES))
    assert {*page.evaluate(WALK)} == RELATIVES.keys()
    assert page.evaluate(INSIDE) == []


def test_a_net_leads_to_its_own_page(look):
    page = look("?lang=en&variant=lstm", "variants")
    stands(page, {"variant": "lstm"})
    relative(page, "grid").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/directions?**")
    assert "net=grid" in page.url and "lang=en" in page.url


def test_on_a_phone_in_korean(look):
    page = look("?lang=ko&variant=fgr&H=4&unit=3", "variants")
    page.set_viewport_size({"width": 390, "height": 844})
    try:
        expect(page.locator(".gs-family .gs-narrow")).to_be_visible()
        stands(page, {"variant": "fgr", "H": "4", "unit": "3"})
        stays_within(page)
        page.wait_for_function(f"() => ({INSIDE})().length === 0")
        assert page.locator("h1").inner_text() == words("ko")("page.variants")
        relative(page, "lstm1997").click()
        stands(page, {"variant": "lstm1997", "H": "4", "unit": "3"})
        go(page, link({"variant": "gru", "beside": "lstm"}, "ko"))
        stands(page, {"variant": "gru", "beside": "lstm"})
        stays_within(page)
        assert violations(page) == []
    finally:
        page.set_viewport_size({"width": 1280, "height": 1400})
