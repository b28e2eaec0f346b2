"""Changing numbers by hand, and walking the stages."""
import re

from playwright.sync_api import expect
from screen import core, press_on, settle, shows, square, type_into, weight

from lstm_view.words import words

SAY = words("en")


def test_the_whole_picture_follows_a_drag_and_the_link_waits_for_its_end(look):
    page = look("?")
    shows(page, "lstm", core())
    before, entries = page.url, page.evaluate("history.length")
    press_on(page, square(page, "x.0"), up=40)
    dragged = core(edit={"x.0": 1.4})
    shows(page, "lstm", dragged)  # the button is still down
    assert page.url == before
    assert page.evaluate("history.length") == entries
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"edit=x\.0(:|%3A)1\.4(&|$)"))
    shows(page, "lstm", dragged)
    assert page.evaluate("history.length") == entries + 1
    expect(page.locator(".gs-selected")).to_have_count(0)
    assert "select=" not in page.url


def test_a_weight_is_dragged_the_same_way(look):
    page = look("?cell=gru&start=hand")
    shows(page, "gru", core("gru", "hand"))
    press_on(page, weight(page, "W_z.0.0"), up=-30)  # downwards
    dragged = core("gru", "hand", edit={"W_z.0.0": 0.2})
    shows(page, "gru", dragged)
    assert "edit=" not in page.url
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"edit=W_z\.0\.0(:|%3A)0\.2(&|$)"))
    shows(page, "gru", dragged)


def test_drags_that_begin_as_one_begins_to_point_lose_nothing(look):
    page = look("?start=hand")
    shows(page, "lstm", core(start="hand"))
    x = 0.5
    for up in (9, -17, 26, -24):
        page.mouse.move(1, 1)
        press_on(page, square(page, "x.0"), up)
        x += up / 100
        shows(page, "lstm", core(start="hand", edit={"x.0": round(x, 3)}))
        page.mouse.up()
    expect(page).to_have_url(re.compile("x.0(:|%3A)0.44(&|$)"))


def test_shift_makes_a_drag_fine_and_a_drag_ends_at_its_range(look):
    page = look("?start=hand")
    shows(page, "lstm", core(start="hand"))
    page.keyboard.down("Shift")
    press_on(page, square(page, "x.0"), up=15)
    page.keyboard.up("Shift")
    shows(page, "lstm", core(start="hand", edit={"x.0": 0.515}))
    page.mouse.up()
    press_on(page, square(page, "h_prev.0"), up=120)
    shows(page, "lstm", core(start="hand", edit={"x.0": 0.515, "h_prev.0": 1}))
    page.mouse.up()
    expect(page).to_have_url(re.compile("h_prev.0"))


def test_a_click_selects_and_a_second_click_lets_go(look):
    page = look("?")
    shows(page, "lstm", core())
    square(page, "f.1").click()
    expect(page).to_have_url(re.compile("select=f.1"))
    expect(page.locator(".gs-selected")).to_have_attribute("data-square", "f.1")
    expect(square(page, "f.1")).to_have_attribute("aria-pressed", "true")
    square(page, "f.1").click()
    expect(page).not_to_have_url(re.compile("select="))
    expect(page.locator(".gs-selected")).to_have_count(0)


def test_arrow_keys_change_an_input(look):
    page = look("?start=hand")
    shows(page, "lstm", core(start="hand"))
    square(page, "x.0").focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowDown", "PageUp"):
        page.keyboard.press(key)
    edited = core(start="hand", edit={"x.0": 1.05})
    shows(page, "lstm", edited)
    expect(page).to_have_url(re.compile("edit=x.0"))  # written when the keys have rested
    shows(page, "lstm", edited)
    expect(square(page, "x.0")).to_be_focused()
    page.keyboard.press("Control+z")  # one change, not four
    shows(page, "lstm", core(start="hand"))


def test_a_number_is_typed(look):
    page = look("?")
    shows(page, "lstm", core())
    square(page, "x.1").focus()
    page.keyboard.type("-1,25")  # the first key opens the field; a decimal comma will do
    expect(page.locator(".gs-field")).to_have_value("-1,25")
    page.keyboard.press("Enter")
    shows(page, "lstm", core(edit={"x.1": -1.25}))
    expect(square(page, "x.1")).to_be_focused()
    type_into(page, weight(page, "b_i.2"), "3e1")
    shows(page, "lstm", core(edit={"x.1": -1.25, "b_i.2": 30}))


def test_escape_and_what_is_not_a_number_keep_the_old_value(look):
    page = look("?")
    shows(page, "lstm", core())
    field, note = page.locator(".gs-field"), page.locator(".gs-note")
    square(page, "x.0").focus()
    page.keyboard.type("9")
    page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    for text in ("a lot", "1e7", "--1", "nan", "Infinity", ""):
        type_into(page, square(page, "x.0"), text)
        expect(note).to_have_text(SAY("picture.not_a_number"))
        expect(field).to_have_attribute("aria-invalid", "true")
        page.keyboard.press("Escape")
        expect(note).to_have_count(0)
        expect(square(page, "x.0")).to_be_focused()
    type_into(page, weight(page, "b_f.0"), "six")
    expect(note).to_have_text(SAY("picture.not_a_number"))
    page.locator("h1").first.click()
    expect(field).to_have_count(0)
    type_into(page, square(page, "x.1"), "0.5")  # what comes next is the first that counts
    shows(page, "lstm", core(edit={"x.1": 0.5}))


def test_a_comma_is_a_decimal_sign_or_stands_between_thousands_or_is_asked_about(look):
    page = look("?")
    for text, value in (("0,125", 0.125), ("−1,5", -1.5), ("12,345.5", 12345.5), ("1.234,5", 1234.5), ("1.000", 1),
                        ("1,000,000", 1e6), ("2,5e-3", 0.0025), ("1000,25", 1000.25)):
        type_into(page, square(page, "x.0"), text)
        shows(page, "lstm", core(edit={"x.0": value}))
    note, kept = page.locator(".gs-note"), core(edit={"x.0": 1000.25})
    for text, ways in (("1,000", "1000, 1"), ("-12,345", "−12345, −12.345")):
        type_into(page, square(page, "x.0"), text)
        expect(note).to_have_text(f"{SAY('picture.either_number')} {ways}")
        page.locator("h1").first.click()  # left so, nothing changes, and the reason stays to be read
        expect(page.locator(".gs-field")).to_have_count(0)
        expect(note).to_be_visible()
        shows(page, "lstm", kept)
    for text in ("1,2,3", "1,00,000", "1.2.3", "1,000,000.5"):
        type_into(page, square(page, "x.0"), text)
        expect(note).to_have_text(SAY("picture.not_a_number"))
        page.keyboard.press("Escape")
    shows(page, "lstm", kept)


def test_a_clock_is_switched_by_dragging_by_keys_and_by_typing_and_what_it_masks_stays(look):
    def ticks(*values):
        edit = {f"tick.{k}": value for k, value in enumerate(values)}
        shows(page, "clockwork", core("clockwork", "random", edit=edit))

    page = look("?cell=clockwork&start=random")
    ticks(1, 1, 0)
    masked = page.locator('[data-param="R_n"]:not([data-address])')
    expect(masked).to_have_text(["0", "0", "0"])  # units 2 and 3 from 1, and 3 from 2
    press_on(page, masked.first, up=40)
    page.mouse.up()
    masked.first.dblclick()
    expect(page.locator(".gs-field")).to_have_count(0)
    weight(page, "R_n.1.1").focus()
    page.keyboard.press("ArrowLeft")  # over what cannot be changed
    expect(weight(page, "R_n.0.2")).to_be_focused()
    press_on(page, square(page, "tick.0"), up=-15)  # far enough to mean it
    ticks(0, 1, 0)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"edit=tick\.0(:|%3A)0(&|$)"))
    square(page, "tick.2").focus()
    page.keyboard.press("ArrowUp")
    ticks(0, 1, 1)
    page.keyboard.press("ArrowUp")  # there is nothing above 1
    type_into(page, square(page, "tick.1"), "0.5")
    expect(page.locator(".gs-note")).to_have_text(SAY("picture.not_a_tick"))
    page.keyboard.press("Escape")
    type_into(page, square(page, "tick.1"), "0")  # before the keys' change was sent: both count
    ticks(0, 0, 1)


def test_stages_by_keys(look):
    page = look("?")
    shows(page, "lstm", core())
    dim, heading, sentence = (page.locator(f".gs-{part}") for part in ("dim", "heading", "sentence"))
    expect(dim).to_have_count(0)
    square(page, "f.0").focus()
    counts, said = [], []
    for stage, at in reversed(list(enumerate(("in", "forget", "candidate", "update", "output"), 1))):
        expect(heading).to_have_text(f"{stage}. {SAY(f'stage.lstm.{at}')}")
        expect(page.locator(".gs-stages [aria-current=step]")).to_have_text(re.compile(str(stage)))
        counts.append(dim.count())
        said.append(sentence.inner_text())
        page.keyboard.press("ArrowLeft")
    assert counts == sorted(set(counts))  # back in time, ever more is still to come
    assert len(set(said)) == 5
    expect(page).to_have_url(re.compile("stage=in"))
    page.keyboard.press("ArrowLeft")
    expect(dim).to_have_count(counts[-1])
    for count in counts[-2::-1]:
        page.keyboard.press("ArrowRight")
        expect(dim).to_have_count(count)
    expect(page).not_to_have_url(re.compile("stage="))
    shows(page, "lstm", core())


def test_play_runs_to_the_end(look):
    page = look("?cell=rnn&start=hand")
    shows(page, "rnn", core("rnn", "hand"))
    settle(page)  # an event while the page still runs can crash Streamlit's front end
    dim, play = page.locator(".gs-dim"), page.get_by_role("button", name=SAY("picture.play"), exact=True)
    page.locator(".gs-bar select").select_option("2")
    play.click()
    expect(page.get_by_role("button", name=SAY("picture.pause"), exact=True)).to_be_visible()
    expect(page.locator(".gs-heading")).to_have_text(f"1. {SAY('stage.rnn.in')}")
    at_first = dim.count()
    assert at_first > 0
    expect(page.locator(".gs-heading")).to_have_text(f"2. {SAY('stage.rnn.sum')}")
    assert 0 < dim.count() < at_first
    expect(dim).to_have_count(0)
    expect(play).to_be_visible()


def test_focus_moves_inside_a_computed_vector(look):
    page = look("?")
    shows(page, "lstm", core())
    square(page, "f.0").focus()
    for key, at in (("ArrowDown", "f.1"), ("ArrowDown", "f.2"), ("ArrowDown", "f.2"), ("ArrowUp", "f.1")):
        page.keyboard.press(key)
        expect(square(page, at)).to_be_focused()
    page.keyboard.press("Enter")
    expect(square(page, "f.1")).to_have_attribute("aria-pressed", "true")
    shows(page, "lstm", core())
