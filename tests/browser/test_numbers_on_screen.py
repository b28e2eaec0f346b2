"""Every number on the screen is the core's."""
import pytest
from screen import MINUS, core, shows, texts

from lstm_core import CELLS
from lstm_view.incoming import starts

BEYOND = """() => [...document.querySelectorAll('.gs-square [data-value]')].flatMap((number) => {
    const [rect, text] = ['rect', 'text'].map((tag) => number.querySelector(tag).getBBox());
    return text.width > rect.width ? [[number.textContent, text.width, rect.width]] : [];
})"""


@pytest.mark.parametrize("cell", [
    "lstm", "gru", "rnn", "peephole", "cifg", "gru_v1", "nig", "mgu", "mut1", "mut3", "clockwork"])
def test_every_starting_point_shows_the_core(look, cell):
    for start in starts.available(CELLS[cell]):
        shows(look(f"?cell={cell}&start={start}"), cell, core(cell, start))


def test_sizes_seed_week_and_forget_bias_too(look):
    page = look("?start=random&D=6&H=6&seed=41&bias=1.5")
    shows(page, "lstm", core("lstm", "random", 6, 6, 41, forget_bias=1.5))
    look("?cell=gru&start=stocks&D=1&H=4&seed=3&week=9")
    shows(page, "gru", core("gru", "stocks", 1, 4, 3, week=9))


def test_the_text_in_a_square_is_its_value_rounded(look):
    page = look("?start=random&edit=x.0:123.456,x.1:-31.25,h_prev.0:-0.001,c_prev.0:-20000,W_f.0.0:12.34")
    shows(page, "lstm", core(start="random", edit={"x.0": 123.456, "x.1": -31.25, "h_prev.0": -0.001,
                                                   "c_prev.0": -20000, "W_f.0.0": 12.34}))
    numbers = texts(page)
    assert len(numbers) > 100
    for at, _, value, text in numbers:
        read = float(text.replace(MINUS, "-"))
        size = abs(value)
        digits = 2 if size < 9.995 else 1 if size < 99.95 else 0
        near = 0.5 * 10.0**-digits if 0.005 <= size < 1e4 else 0.5 * size  # of a power of ten: one digit
        assert abs(read - value) <= near + 1e-9, (at, value, text)
        assert (read == 0) == (value == 0) and (read < 0) == (value < 0) == text.startswith(MINUS), (at, value, text)


@pytest.mark.parametrize("width", [390, 1280])
def test_a_number_of_any_size_stays_in_its_square(look, width):
    page = look("?start=random&edit=x.0:-0.0000001,h_prev.0:-0.00003,c_prev.0:-0.000000000001,c_prev.1:-999999,"
                "W_f.0.0:-0.000000001")
    page.set_viewport_size({"width": width, "height": 1400})
    page.wait_for_function("([sheet]) => document.querySelector('.gs-svg')?.getBoundingClientRect().width <= sheet",
                           arg=[width])
    assert page.evaluate(BEYOND) == []
    page.set_viewport_size({"width": 1280, "height": 1400})
