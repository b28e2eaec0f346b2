"""Nothing that axe calls serious or critical."""
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import expect
from screen import recolor

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
KNOWN = {  # (rule, selector) that is Streamlit's own
    ("scrollable-region-focusable", "pre"),  # st.code's box; Chromium and Firefox let the keyboard scroll it anyway
}


CLEAR = """() => document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'
    && [...document.querySelectorAll('[data-stale]')].every((el) => getComputedStyle(el).opacity === '1')"""


def violations(page):
    page.wait_for_function(CLEAR)  # what a run has not drawn yet is faint for a moment
    page.evaluate(AXE)
    result = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{v['id']} ({v['impact']}): {node['target']} {node['html'][:160]}"
        for v in result["violations"] if v["impact"] in ("serious", "critical") for node in v["nodes"]
        if (v["id"], node["target"][-1]) not in KNOWN
    ]


@pytest.mark.parametrize(("lang", "scheme"), [("en", "light"), ("ko", "dark")])
def test_home(visit, lang, scheme):
    page = visit(f"/?lang={lang}", color_scheme=scheme)
    expect(page.locator(".stPlotlyChart svg").first).to_be_attached()
    assert violations(page) == []


@pytest.mark.parametrize(("query", "scheme", "shows"), [
    ("?lang=ko&stage=forget", "light", ".gs-stages button:nth-child(2)[aria-current=step]"),
    ("?lang=en&clamp=f.1:0,o.0:1&select=f.1", "light", "[data-square='f.1'].gs-selected [data-run=forced]"),
    ("?lang=en&cell=clockwork&start=random&select=n.2", "light", "[data-square='n.2'].gs-selected"),
    ("?lang=ko&cell=mut1&start=random&clamp=n.1:0&select=n.1", "dark", "[data-square='n.1'].gs-selected"),
])
def test_one_step(look, query, scheme, shows):
    page = look("?lang=en")
    recolor(page, scheme)
    look(query)
    expect(page.locator(f"html[lang={query[6:8]}]")).to_be_attached()
    expect(page.locator(shows).first).to_be_attached()
    expect(page.locator("html[lang] [data-testid=stApp][data-test-script-state=notRunning]")).to_be_attached()
    expect(page.locator(".stPlotlyChart svg").first).to_be_attached()
    assert violations(page) == []
    recolor(page, "light")
