"""The page `gradients` in a browser: the diagram run backwards, moving the loss, clipping, the check, a phone."""
import json

import numpy as np
from playwright.sync_api import expect
from screen import field, go, stays_within
from test_axe import violations

from lstm_core import CELLS, backward, forward
from lstm_view.numbers.backwards import DEFAULTS, EVERY, change, clipped, compute, fit, preset, stages
from lstm_view.numbers.over_time import incoming, parameters
from lstm_view.telling.narrate_back import told
from lstm_view.text.numbers import amount
from lstm_view.words import words

EXACT = """(expected) => {
    const shown = [...document.querySelectorAll('.gs-picture [data-node]')];
    const right = (el) => Number(el.dataset.value) === expected[el.dataset.node]?.[el.dataset.unit];
    return shown.length > 0 && shown.every(right);
}"""
DIM = "() => document.querySelectorAll('.gs-picture .gs-dim').length"
FITS = """() => [...document.querySelectorAll('.gs-picture [data-node]')].every((el) => {
    const [rect, text] = ['rect', 'text'].map((tag) => el.querySelector(tag).getBBox());
    return text.width <= rect.width + 1;
})"""


def core(values, name, t):
    """Every gradient of one step, by the core alone."""
    cell, made = CELLS[name], incoming(values)
    params = parameters(cell, values)
    weights = np.zeros((len(made.x), 1, values["H"]))
    weights[{EVERY: slice(None), "last": -1}.get(values["loss"], values["loss"])] = 1
    grads = backward(forward(cell, params, made.x[:, None]), params, weights)
    names = ["x", *(f"{s}_prev" for s in cell.state), *cell.inputs, *cell.node]
    return {n: grads[n][t, 0].tolist() for n in names}


def shows(page, values, name, t):
    """Wait until every number in the picture is the core's gradient, exactly."""
    page.wait_for_function(EXACT, arg=json.loads(json.dumps(core(values, name, t))))
    assert page.evaluate(FITS)


def test_the_gradient_runs_back_through_time(visit):
    page, say = visit("/gradients?lang=en"), words("en")
    values, order = dict(DEFAULTS), stages(CELLS["lstm"])
    charts = page.locator(".js-plotly-plot")
    expect(charts).to_have_count(2)

    # the backward pass, from step to step and from stage to stage
    shows(page, values, "lstm", 23)
    scrubber = page.locator(".gs-range")
    scrubber.focus()
    for _ in range(2):
        page.keyboard.press("ArrowLeft")
    shows(page, values, "lstm", 21)
    expect(page.locator("h2").filter(has_text=say("gradients.inside", step=22))).to_be_visible()
    page.locator(".gs-stages button").first.click()
    sentences = told(compute(values), 21, 0, say)
    dim = []
    for k, stage in enumerate(sentences):
        expect(page.locator(".gs-heading")).to_have_text(f"{k + 1}. {stage['title']}")
        expect(page.locator(".gs-sentence")).to_have_text(stage["say"])
        dim.append(page.evaluate(DIM))
        if k < len(sentences) - 1:
            page.locator(".gs-tools button").nth(1).click()
    assert dim == sorted(dim, reverse=True) and dim[0] > 20 and dim[-1] == 0 and len(set(dim)) == len(order)
    page.locator('[data-square="f.1"]').hover()
    expect(page.locator(".gs-tip")).to_contain_text("δf = δc × c_prev = ")
    page.locator('[data-square="f.1"]').click()
    page.wait_for_function("() => new URL(location).searchParams.get('select') === 'f.1'")
    assert violations(page) == []

    # the loss moves, and with it all that follows
    go(page, "?lang=en&t=4&select=f.1&stage=forget")
    slider = field(page, "loss").locator("input")
    slider.press("ArrowLeft")
    page.wait_for_function("() => new URL(location).searchParams.get('loss') === '22'")
    shows(page, values | {"loss": 22}, "lstm", 4)
    go(page, "?lang=ko&loss=every&cells=gru,clockwork&look=clockwork&t=7")
    shows(page, values | {"loss": EVERY}, "clockwork", 7)
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".gs-svg.gs-narrow")).to_be_visible()
    shows(page, values | {"loss": EVERY}, "clockwork", 7)
    stays_within(page)
    page.set_viewport_size({"width": 1280, "height": 1400})

    # it explodes, is clipped, and is right
    go(page, "?lang=en&view=clip")
    page.locator('[class~="st-key-button-explode"] button').click()
    values = change(fit(DEFAULTS | {"view": "clip"})[0], **preset("explode"))
    found = clipped(compute(values), values["clip"], values["rate"])
    table = page.locator('[data-testid="stTable"]').last
    for number in (found.norm, *found.reached):
        expect(table).to_contain_text(amount(number))
    expect(page.get_by_text(f"the loss is {amount(found.reached[1])}").first).to_be_visible()
    field(page, "clip").locator("input").fill("0.01")
    page.keyboard.press("Enter")
    expect(table).to_contain_text(amount(clipped(compute(values), 0.01, values["rate"]).reached[1]))
    go(page, "?lang=en&view=check&cells=rnn,gru&look=gru")
    page.locator('[class~="st-key-button-check"] button').click()
    rows = page.locator('[data-testid="stTable"]').last.locator("tbody tr")
    expect(rows).to_have_count(3 + 10 + 2 * 2)
    errors = rows.locator("td:last-child").all_inner_texts()
    assert all(float(error.replace("−", "-")) < 1e-6 for error in errors)
    assert violations(page) == []
