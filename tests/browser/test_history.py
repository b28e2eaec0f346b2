"""Undo, redo, reset; back, forward, reload."""
from playwright.sync_api import expect
from screen import button, core, field, shows, square, type_into, weight

START = {"start": "hand"}
ONE = START | {"edit": {"x.0": -2}}
TWO = START | {"edit": {"x.0": -2, "b_o.0": 1.5}}


def edit_twice(page):
    type_into(page, square(page, "x.0"), "-2")
    shows(page, "lstm", core(**ONE))
    expect(button(page, "undo")).to_be_enabled()
    type_into(page, weight(page, "b_o.0"), "1.5")
    shows(page, "lstm", core(**TWO))
    page.wait_for_url(lambda url: "b_o.0" in url)


def test_undo_redo_and_reset(visit):
    page = visit("/one_step?start=hand")
    expect(button(page, "undo")).to_be_disabled()
    expect(button(page, "reset")).to_be_disabled()
    edit_twice(page)
    button(page, "undo").click()
    shows(page, "lstm", core(**ONE))
    page.wait_for_url(lambda url: "b_o.0" not in url)
    page.keyboard.press("Control+z")
    shows(page, "lstm", core(**START))
    expect(button(page, "undo")).to_be_disabled()
    button(page, "redo").click()
    shows(page, "lstm", core(**ONE))
    page.keyboard.press("Control+Shift+z")
    shows(page, "lstm", core(**TWO))
    expect(button(page, "redo")).to_be_disabled()
    button(page, "reset").click()
    shows(page, "lstm", core(**START))
    page.wait_for_url(lambda url: "edit=" not in url)
    button(page, "undo").click()
    shows(page, "lstm", core(**TWO))


def test_back_forward_and_reload(look):
    page = look("?start=hand")
    shows(page, "lstm", core(**START))
    edit_twice(page)
    page.go_back()
    shows(page, "lstm", core(**ONE))
    page.go_back()
    shows(page, "lstm", core(**START))
    page.go_forward()
    shows(page, "lstm", core(**ONE))
    page.reload()
    shows(page, "lstm", core(**ONE))
    page.go_forward()
    shows(page, "lstm", core(**TWO))


def test_new_random_numbers_are_the_next_seeds(look):
    page = look("?cell=gru&start=random&seed=4")
    shows(page, "gru", core("gru", "random", seed=4))
    button(page, "reseed").click()
    shows(page, "gru", core("gru", "random", seed=5))
    page.wait_for_url(lambda url: "seed=5" in url)


def test_another_cell_is_chosen_from_the_list(look):
    page = look("?start=hand")
    shows(page, "lstm", core(**START))
    field(page, "cell").locator("input").click()
    page.get_by_role("option").filter(has_text="i = 1 − f").click()
    shows(page, "cifg", core("cifg", "hand"))
    page.wait_for_url(lambda url: "cell=cifg" in url)
