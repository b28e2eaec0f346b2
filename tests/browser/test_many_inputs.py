"""A task of many inputs, of which one at a time is on, in a browser: every number has its place, on a phone too."""
import pytest
from playwright.sync_api import expect
from screen import go, stays_within
from test_axe import violations

from lstm_view.learning.task_named import task_named
from lstm_view.numbers.over_time import DEFAULTS, compute, fit
from lstm_view.words import words

TASK = task_named("agreement_en")
VALUES = fit(DEFAULTS | {"cell": "gru", "input": "task", "task": "agreement_en", "weights": "random", "H": 16})[0]
QUERY = "?lang=en&cell=gru&input=task&task=agreement_en&weights=random&H=16&t=3"
SHOWN = """([css, x]) => {
    const seen = [...document.querySelectorAll(css)].map((el) => el.dataset);
    return seen.length === x.flat().length && seen.every((s) => Number(s.value) === x[s.step ?? 0][s.unit]);
}"""


@pytest.mark.parametrize("width", [1280, 390])
def test_every_input_has_its_place(visit, width):
    x = compute(VALUES).values["x"].tolist()
    page = visit(f"/sequence{QUERY}", viewport={"width": width, "height": 900})
    page.wait_for_function(SHOWN, arg=[".gs-strip [data-node=x]", x])
    page.wait_for_function(SHOWN, arg=[".gs-picture [data-node=x]", [x[3]]])
    names = page.locator(".gs-picture .gs-vector").filter(has=page.locator('[data-node="x"]')).locator(":scope > text")
    assert [text for text in names.all_text_contents() if text in TASK.symbols] == list(TASK.symbols)
    stays_within(page)
    assert violations(page) == []
    go(page, QUERY.replace("t=3", "t=4").replace("lang=en", "lang=ko"))
    page.wait_for_function(SHOWN, arg=[".gs-picture [data-node=x]", [x[4]]])
    expect(page.locator(".stMain")).to_contain_text(words("ko")("task.agreement_en"))
    stays_within(page)
