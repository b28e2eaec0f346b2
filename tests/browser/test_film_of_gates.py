"""The page `training`: the film of the gates, moved by keys and by hand, every number that of the core."""
import itertools
from urllib.parse import urlencode

import pytest
from playwright.sync_api import TimeoutError, expect

from lstm_core.training import train
from lstm_view.fields import from_text
from lstm_view.learning.race import settings
from lstm_view.numbers.film import film
from lstm_view.numbers.training import FIELDS, fit, race_of

RACE = {"task": "counting", "length": "4", "cells": "gru", "forget_bias": "drawn", "H": "3", "B": "4", "steps": "20",
        "shown": "z,n,h"}
SHOWS = """([expected, answers, counts, step]) => {
    const film = document.querySelector('.gs-film');
    if (!film || Number(film.dataset.step) !== step) return false;
    const shown = [...film.querySelectorAll('[data-node]')].map((el) => el.dataset);
    const values = shown.filter((s) => s.node in expected), said = shown.filter((s) => s.node === 'y');
    return values.length === Object.values(expected).flat(2).length && said.length === answers.length
        && values.every((s) => Number(s.value) === expected[s.node][s.step][s.unit])
        && said.every((s, k) => Number(s.value) === answers[k])
        && counts.every((count, k) => Number(film.querySelector(`[data-bin="${k}"]`).dataset.value) === count);
}"""


@pytest.fixture
def trained(visit, server):
    """The page after a race, and the same film from the core."""
    page = visit("/one_step?lang=en")
    page.goto(f"{server}/training?lang=en&{urlencode(RACE)}")
    page.locator('[class~="st-key-button-go"] button').click()
    expect(page.locator(".gs-film")).to_have_attribute("data-step", "20", timeout=60_000)
    values, ignored = from_text(FIELDS, RACE)
    assert ignored == []
    own = settings(race_of(fit(values)[0]))["gru"]
    return page, film(own, list(itertools.islice(train(own, every=1), 21)))


def shows(page, frame, asked, nodes=("z", "n", "h")):
    """Wait until the film shows this frame, exactly; asked: the steps that want an answer."""
    expected = {node: frame.values[node].tolist() for node in nodes}
    answers = frame.output[asked].argmax(1).tolist()
    try:
        page.wait_for_function(SHOWS, arg=[expected, answers, frame.gate.counts.tolist(), frame.record.step])
    except TimeoutError:
        raise AssertionError(f"{page.url}: wanted step {frame.record.step}, {expected}, {answers}") from None


def test_keys_and_a_hand_move_through_the_snapshots(trained):
    page, (own, asked) = trained[0], (trained[1].frames, trained[1].asked)
    assert [frame.record.step for frame in own] == list(range(21))
    shows(page, own[20], asked)
    page.locator(".gs-film input[type=range]").focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    assert page.locator(".gs-film").get_attribute("data-step") == "17"  # at once
    shows(page, own[17], asked)
    page.wait_for_function("() => /snapshot=17/.test(location.search)")
    strip = page.locator(".gs-film-curve")
    strip.scroll_into_view_if_needed()
    box = strip.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 4, box["y"] + 30, steps=4)
    assert page.locator(".gs-film").get_attribute("data-step") == "0"
    page.mouse.up()
    shows(page, own[0], asked)
    page.wait_for_function("() => /snapshot=0/.test(location.search)")
    page.locator(".gs-film button", has_text="Play").click()
    shows(page, own[20], asked)
    page.wait_for_function("() => !/snapshot=/.test(location.search)")
