"""Nothing that axe calls serious or critical."""
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import expect

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
KNOWN = {  # (rule, selector) that is Streamlit's own
    ("scrollable-region-focusable", "pre"),  # st.code's box; Chromium and Firefox let the keyboard scroll it anyway
}


def violations(page):
    page.evaluate(AXE)
    result = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{v['id']} ({v['impact']}): {node['target']} {node['html'][:160]}"
        for v in result["violations"] if v["impact"] in ("serious", "critical") for node in v["nodes"]
        if (v["id"], node["target"][-1]) not in KNOWN
    ]


@pytest.mark.parametrize(("path", "scheme"), [
    ("/?lang=en", "light"), ("/?lang=ko", "dark"), ("/one_step?lang=ko&stage=forget", "light"),
    ("/one_step?lang=en&clamp=f.1:0,o.0:1&select=f.1", "light"), ("/one_step?lang=ko&clamp=f.1:0&select=f.1", "dark"),
    ("/one_step?lang=en&cell=clockwork&start=random&select=n.2", "light"),
    ("/one_step?lang=ko&cell=mut1&start=random&select=n.1", "dark"),
])
def test_axe(visit, path, scheme):
    page = visit(path, color_scheme=scheme)
    expect(page.locator(".stPlotlyChart svg").first).to_be_attached()
    assert violations(page) == []
