"""How soon a change to a sequence of T = 50, H = 16 is on the screen, in a real Chromium, beside a bare Streamlit page
that draws six heatmaps of that size the usual way.

From the project's root: python -m benchmarks.over_time [runs]

Milliseconds by the browser's own clock, from the act to the frame in which what is named has changed.
"""
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from .drag import FLAGS, served

QUERY = "lang=en&input=sine&T=50&D=3&H=16&weights=random"
BARE = """
import numpy as np, plotly.graph_objects as go, streamlit as st
from plotly.subplots import make_subplots
seed = st.number_input("seed", 0, 1000, 0, key="seed")
values = np.random.default_rng(seed).normal(size=(6, 16, 50))
figure = make_subplots(6, 1, shared_xaxes=True)
for k in range(6):
    figure.add_trace(go.Heatmap(z=values[k], showscale=False, xgap=1, ygap=1), k + 1, 1)
st.plotly_chart(figure.update_layout(height=1100), key="chart-heatmaps")
"""
# Of each part of the page, a number or a path that changes with it, cheap to look at in every frame.
HELPERS = """() => {
    if (window.until) return;
    const shown = {
        heatmaps: () => document.querySelector('[class~="st-key-chart-heatmaps"] .hm image')?.href.baseVal.slice(-200),
        unit: () => document.querySelector('.gs-lines path').getAttribute('d'),
        chain: () => document.querySelector('.gs-chain').textContent,
        cell: () => document.querySelector('.gs-svg').textContent,
        memory: () => document.querySelector('[class~="st-key-provenance"] path')?.getAttribute('d'),
    };
    window.until = (names, act) => new Promise((done) => {
        const before = names.map((name) => shown[name]()), start = performance.now();
        act();
        const look = () => {
            const now = names.map((name) => shown[name]());
            if (now.every((value, k) => value && value !== before[k])) done(performance.now() - start);
            else if (performance.now() - start > 8000) done(Infinity);
            else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
    });
}"""
STEP_UP = "document.querySelector('[class~=\"{}\"] [data-testid=stNumberInputStepUp]').click()"


def until(page, names, act):
    """Milliseconds until all that is named has changed after an act, a line of JavaScript."""
    page.evaluate(HELPERS)
    took = page.evaluate(f"(names) => until(names, () => {{ {act} }})", names)
    page.wait_for_timeout(350)  # let what else follows come to rest
    return took


def seed(field):
    """Another seed, by the button of its field."""
    return lambda k: STEP_UP.format(field)


def scrub(k):
    """Another step, as by a key on the scrubber."""
    return ("const r = document.querySelector('.gs-range'); Object.getOwnPropertyDescriptor(HTMLInputElement.prototype,"
            f" 'value').set.call(r, {5 + 3 * (k % 14)}); r.dispatchEvent(new Event('input', {{bubbles: true}}));")


def pick(k):
    """Another unit, by a click on its row in a heatmap."""
    return f"""
        const plot = document.querySelector('[class~="st-key-chart-heatmaps"] .js-plotly-plot');
        const box = plot.getBoundingClientRect(), y = plot._fullLayout.yaxis;
        const [top, tall] = plot._fullLayout.meta.bands[3], row = top + tall * ({(3 * k) % 16} + 0.5) / 16;
        plot.dispatchEvent(new MouseEvent('click', {{bubbles: true, clientX: box.left + plot._fullLayout._size.l + 300,
            clientY: box.top + y._offset + y._length * row / y.range[0]}}));"""


ACTS = {  # name -> what is to change, and the act, by its number
    "another seed: the chain": (["chain"], seed("st-key-widget-seed")),
    "another seed: chain, diagram, heatmaps, lines, provenance":
        (["chain", "cell", "heatmaps", "unit", "memory"], seed("st-key-widget-seed")),
    "scrub: the chain": (["chain"], scrub),
    "scrub: the cell's diagram": (["cell"], scrub),
    "pick a unit: the chain": (["chain"], pick),
    "pick a unit: chain, lines, provenance": (["chain", "unit", "memory"], pick),
}


def main(runs=25):
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        script = Path(folder) / "bare.py"
        script.write_text(BARE)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        with served("app.py") as ours, served(str(script)) as bare:
            pages = [browser.new_page(viewport={"width": 1280, "height": 1400}) for _ in range(2)]
            for page, address in zip(pages, (f"{ours}/sequence?{QUERY}", bare), strict=True):
                page.goto(address)
                page.wait_for_selector("[class~='st-key-chart-heatmaps'] .main-svg", timeout=60_000)
                page.wait_for_timeout(3000)
            took = {name: [] for name in ("bare page: its heatmaps", *ACTS)}
            for k in range(runs):  # taking turns, so that a busy moment falls on all
                took["bare page: its heatmaps"].append(until(pages[1], ["heatmaps"], seed("st-key-seed")(k)))
                for name, (names, act) in ACTS.items():
                    took[name].append(until(pages[0], names, act(len(ACTS) * k + list(ACTS).index(name))))
        browser.close()
    peer = statistics.median(took["bare page: its heatmaps"])
    print("| | median | 95th percentile | / bare page |\n|---|---|---|---|")
    for name, found in took.items():
        found.sort()
        median = statistics.median(found)
        print(f"| {name} | {median:.0f} | {found[int(0.95 * (len(found) - 1))]:.0f} | {median / peer:.2f} |")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
