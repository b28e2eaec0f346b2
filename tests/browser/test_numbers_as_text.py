"""The browser writes numbers as Python does: the same cases."""
import json

from lstm_view.words import ASSETS

ROOT = ASSETS.parent
WRONG = """([script, cases]) => {
    const say = (0, eval)(`${script}; say`), real = (value) => typeof value === 'string' ? Number(value) : value;
    const said = (name, [value, ...rest]) => say[name](real(value), ...rest.slice(0, -1));
    return Object.entries(cases).flatMap(([name, all]) => all.map((row) => [name, ...row, said(name, row)]))
        .filter((row) => row.at(-1) !== row.at(-2));
}"""
FILLED = """([script, text, places]) => (0, eval)(`${script}; say`).filled(text, places)"""


def test_a_number_is_written_as_the_table_says(browser):
    cases = json.loads((ROOT / "tests" / "numbers.json").read_text())
    script = (ASSETS / "diagram" / "numbers.js").read_text()
    page = browser.new_page()
    assert page.evaluate(WRONG, [script, cases]) == []
    text = "{steps} {steps:step|steps} of {all}"
    assert [page.evaluate(FILLED, [script, text, {"steps": n, "all": "2"}]) for n in (1, 2)] == [
        "1 step of 2", "2 steps of 2"]
    page.close()
