"""Numbers of a visitor's own: a file that is shown beside its switches, lists that are pasted, and what undo shows."""
import pytest
from playwright.sync_api import expect
from screen import button
from test_axe import violations

from lstm_view.words import words

SOME = "own=2.1.001.eNpjYAIAAAQAAw"  # 0 and 1
FILE = "# 2024\n날짜;Temp;x\n2024-01-05;1,5;3\n2024-01-06;2,25;?\n2024-01-07;3;6\n".encode()


@pytest.mark.parametrize(("lang", "width", "scheme"), [("en", 1280, "light"), ("ko", 390, "dark")])
def test_how_a_file_is_read_can_be_seen_and_changed(visit, lang, width, scheme):
    look = {"viewport": {"width": width, "height": 1400}, "color_scheme": scheme}
    page, say = visit(f"/sequence?lang={lang}&input=own&{SOME}", **look), words(lang)
    page.locator(".st-key-incoming button").first.click()
    page.locator("input[type=file]").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": FILE})
    switches = page.locator(".st-key-switches")
    expect(switches.get_by_label(say("reading.header"))).to_be_checked()
    expect(switches.get_by_label(say("reading.skip"))).to_have_value("1")
    expect(page.locator("[data-testid=stPopoverBody] [data-testid=stTable]")).to_contain_text("2,25")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    missing = switches.get_by_label(say("reading.missing"))
    missing.fill("2,25")
    missing.press("Enter")
    expect(page.get_by_test_id("stAlert").filter(has_text=say("reader.filled").split("{")[0])).to_contain_text("2")


def test_a_list_is_pasted_and_undone(visit):
    page = visit(f"/sequence?lang=en&input=own&{SOME}")
    page.locator(".st-key-incoming button").first.click()
    numbers = page.locator("textarea").first
    numbers.fill("tensor([[0.00006, 1.0],\n        [0.3333333333333333, 2.0]], grad_fn=<MmBackward0>)")
    numbers.press("Control+Enter")
    expect(page.locator("textarea").first).to_have_value("6e-05 1\n0.3333333333333333 2")
    expect(page.get_by_text(words("en")("input.columns"), exact=True).first).to_be_visible()
    numbers.fill("[0.1 0.2 ... 0.9]")
    numbers.press("Control+Enter")
    expect(page.get_by_test_id("stPopoverBody").get_by_test_id("stAlert")).to_contain_text("np.set_printoptions")
    expect(page.locator("textarea").first).to_have_value("[0.1 0.2 ... 0.9]")  # to be mended where it stands
    page.keyboard.press("Escape")
    button(page, "undo").click()
    page.locator(".st-key-incoming button").first.click()
    expect(page.locator("textarea").first).to_have_value("0\n1")
    expect(page.get_by_text(words("en")("input.columns"), exact=True)).to_have_count(0)
