"""What stands on the screen, and the same from the core."""
import json
from math import nan

import numpy as np
from playwright.sync_api import TimeoutError

from lstm_core import CELLS, step
from lstm_view.incoming import starts

MINUS = "−"
EQUAL = """([expected, named, run, differing]) => {
    const shown = [...document.querySelectorAll('[data-node]')];
    const [here, true_] = [run, ''].map((r) => shown.filter((el) => (el.dataset.run ?? '') === r));
    const at = (el) => `${el.dataset.node}.${el.dataset.unit}`;
    const right = (el) => Math.abs(Number(el.dataset.value) - expected[el.dataset.node]?.[el.dataset.unit]) <= 1e-9;
    const drawn = new Set(here.map(at));
    return here.length > 0 && here.every(right) && named.every((name) => drawn.has(name))
        && (!run || true_.every((el) => differing.includes(at(el)) === drawn.has(at(el))));
}"""
WEIGHTS = """(expected) => {
    const shown = [...document.querySelectorAll('[data-param]')];
    const cells = Object.values(expected).flat(2).length;
    return shown.length === cells && shown.every((el) => {
        const { address, param, row, column } = el.dataset; // no address: it is always 0
        const [name, ...index] = (address ?? `${param}.${row}.${column}`).split('.');
        return index.reduce((a, k) => a[k], expected[name]) === Number(el.dataset.value);
    });
}"""
READ = """() => [...document.querySelectorAll('[data-node], [data-param]')].map((el) => [
    el.dataset.address ?? (el.dataset.node ? `${el.dataset.node}.${el.dataset.unit}`
        : `${el.dataset.param}.${el.dataset.row}.${el.dataset.column}`), el.dataset.run ?? '', el.dataset.value,
    el.textContent])"""

IDLE = """() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"""
SETTLED = """() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'
    && document.querySelector('.gs-square [data-value], .gs-timeline [data-value], .gs-example')
    && document.querySelector('.stMain').innerText.length > 400"""


def core(cell="lstm", start="named", D=2, H=3, seed=0, edit=None, clamp=None, **more):
    """Every value of the step, by the core alone; edit and clamp as in a link, address -> value."""
    cell = CELLS[cell]
    D, H = starts.sizes(start) or (D, H)
    params, inputs = starts.setup(start, cell, D, H, seed, **more)
    for address, value in (edit or {}).items():
        name, *index = address.split(".")
        (params | inputs)[name][tuple(map(int, index))] = value
    held = {}
    for address, value in (clamp or {}).items():
        name, unit = address.split(".")
        held.setdefault(name, np.full(H, nan))[int(unit)] = value
    return step(cell, params, inputs, held)


def shows(page, cell, env):
    """Wait until every number in the picture is the core's, to 1e-9, and every weight exactly."""
    cell = CELLS[cell]
    named = ["x", *(f"{s}_prev" for s in cell.state), *cell.inputs, *(n.id for n in cell.nodes if "." not in n.id)]
    _wait(page, EQUAL, [_lists(env), [f"{n}.{k}" for n in named for k in range(len(env[n]))], "", []], env)
    if page.locator(".gs-matrices").count():
        _wait(page, WEIGHTS, _lists({name: env[name] for name in cell.parameters}), env)


def shows_beside(page, cell, run, env, true):
    """Wait until the picture shows the second run too, in each square where it differs from the true one, and only
    there."""
    shows(page, cell, true)
    differing = [f"{n}.{k}" for n in true for k in np.flatnonzero(np.ravel(env[n] != true[n]))]
    assert differing
    _wait(page, EQUAL, [_lists(env), [], run, differing], env)


def _lists(env):
    return {name: array.tolist() for name, array in env.items()}


def _wait(page, condition, argument, env):
    try:
        page.wait_for_function(condition, arg=argument)
    except TimeoutError:
        shown = {f"{at} {run}": float(value) for at, run, value, _ in page.evaluate(READ)}
        wanted = _lists(env)
        raise AssertionError(f"{page.url}\nshown {json.dumps(shown)}\nwanted {json.dumps(wanted)}") from None


def texts(page):
    """(address, run, value, the text that stands in its square) of every number."""
    return [(at, run, float(value), text) for at, run, value, text in page.evaluate(READ)]


def raw(page):
    """Every number as the very text the page keeps it in."""
    return {(at, run): value for at, run, value, _ in page.evaluate(READ)}


def value(page, address):
    """One number of the true run, now."""
    return float(raw(page)[address, ""])


def square(page, at):
    return page.locator(f'[data-square="{at}"]')


def weight(page, address):
    return page.locator(f'.gs-matrices [data-address="{address}"]')


def button(page, key):
    """A Streamlit button by its key, as the present run drew it: while a page goes over to another an old one may still
    stand there."""
    return page.locator(f'[class~="st-key-button-{key}"]:not([data-stale=true]) button')


def field(page, name):
    """The widget of a field: its key has a number behind it once something else has changed it."""
    return page.locator(f'[class*="st-key-widget-{name}"]')


def go(page, query):
    """Follow a link within the page, as back and forward do: no reload.  The pointer and the focus are elsewhere."""
    page.mouse.move(1, 1)
    page.evaluate("document.activeElement?.blur()")
    page.wait_for_function(IDLE)  # a link followed while the last change still runs can crash Streamlit's front end
    page.evaluate("(to) => { history.pushState({}, '', to); dispatchEvent(new PopStateEvent('popstate')); }", query)


def recolor(page, scheme):
    """Have the system ask for light or dark, and wait for the run with which the page draws its charts anew: a link
    followed in that moment could be lost."""
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    page.emulate_media(color_scheme=scheme)
    if dark != (scheme == "dark"):
        page.wait_for_timeout(400)  # frame.js waits 200 ms for the theme to be there
        page.wait_for_function(IDLE)


def stays_within(page):
    """Wait until nothing is wider than the page; while it is being laid out something may be."""
    page.wait_for_function("""() => [document.documentElement, document.querySelector('[data-testid=stMain]')]
        .every((el) => el.scrollWidth === el.clientWidth)""")


def settle(page):
    """Wait until the script has run and the picture stands."""
    page.wait_for_function(SETTLED, timeout=30_000)


def press_on(page, element, up=0, steps=8):
    """Press the button on an element and move the pointer up, without letting go."""
    element.scroll_into_view_if_needed()
    box = element.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - up, steps=steps)


def type_into(page, element, text):
    """Type a number over a square and press Enter."""
    element.focus()
    page.keyboard.press("Enter")
    page.locator(".gs-field").fill(text)
    page.keyboard.press("Enter")
