"""How long the picture takes to follow a drag, in a real Chromium, beside a bare Streamlit app with one slider.

From the project's root: python -m benchmarks.drag
"""
import math
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import TimeoutError, sync_playwright

EVENTS, WARM = 50, 5  # events that count, and before them some that do not
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
BARE = 'import streamlit as st\nst.write("square:", st.slider("x", 0, 1000, 500) ** 2)\n'
# Notes when an event came in and when, for the first time after it, what is watched changed.
WATCH = """([event, watched]) => {
    let since = 0;
    addEventListener(event, () => { since = performance.now(); }, { capture: true });
    new MutationObserver((changes) => {
        if (!since || !changes.some((c) => (c.target.closest ? c.target : c.target.parentElement)?.closest(watched)))
            return;
        window.took = performance.now() - since;
        since = 0;
    }).observe(document.body, { subtree: true, childList: true, characterData: true, attributeFilter: ['data-value'] });
}"""


@contextmanager
def served(script):
    """The address of a Streamlit script, with the project's own settings."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", script, "--server.headless=true", f"--server.port={port}",
         "--server.address=127.0.0.1"], stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def times(page, event, watched, act):
    """Milliseconds from each event, made by act(k), to the change it causes; an event without one is infinite."""
    page.evaluate(WATCH, [event, watched])
    took = []
    for k in range(WARM + EVENTS):
        page.evaluate("() => { window.took = 0; }")
        act(k)
        try:
            took.append(page.wait_for_function("() => window.took", timeout=5000).json_value())
        except TimeoutError:
            took.append(math.inf)
    return took[WARM:]


def drag(page, address):
    """Drag the first input up, one pixel an event, each as soon as the last has shown."""
    page.goto(address)
    square = page.locator('[data-square="x.0"]')
    square.wait_for()
    page.wait_for_timeout(3000)  # Plotly and the fonts come late
    box = square.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.wait_for_timeout(500)
    page.mouse.down()
    took = times(page, "pointermove", '[data-node="h"]', lambda k: page.mouse.move(x, y - 3 - k))
    page.mouse.up()
    return took


def slide(page, address):
    """Press an arrow key on the slider, once the last run has ended."""
    page.goto(address)
    slider = page.get_by_role("slider")
    slider.wait_for()
    page.wait_for_timeout(2000)
    slider.focus()

    def press(_):
        page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
        page.keyboard.press("ArrowRight")

    return times(page, "keydown", '[data-testid="stMarkdown"]', press)


def main():
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        bare = Path(folder) / "bare.py"
        bare.write_text(BARE)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        with served("app.py") as app, served(str(bare)) as plain:
            rows = {
                "one time step, D = 2, H = 3": (drag, f"{app}/one_step"),
                "one time step, D = H = 6": (drag, f"{app}/one_step?start=random&D=6&H=6"),
                "home": (drag, app),
                "a bare slider and a text": (slide, plain),
            }
            print("| from an event to the changed number | median, ms | 95 %, ms |\n|---|---|---|")
            for name, (measure, address) in rows.items():
                page = browser.new_page(viewport={"width": 1280, "height": 1400})
                took = measure(page, address)
                print(f"| {name} | {statistics.median(took):.0f} | {statistics.quantiles(took, n=20)[-1]:.0f} |")
                page.close()
        browser.close()


if __name__ == "__main__":
    main()
