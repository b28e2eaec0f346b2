import pytest

from lstm_core import CELLS
from lstm_view.incoming.own_cell import name_of
from lstm_view.numbers.experiment import DEFAULTS, change, compute
from lstm_view.telling.reach import beyond
from lstm_view.words import LANGUAGES, words

langs = pytest.mark.parametrize("lang", LANGUAGES)


def told(lang, cell, **edit):
    values = change(DEFAULTS, cell=cell, start="random", H=2)
    values |= {"edit": {name.replace("__", "."): value for name, value in edit.items()}}
    return beyond(compute(values), values["edit"], words(lang))


@langs
def test_a_hidden_state_that_no_step_can_have_made_is_told(lang):
    for cell in CELLS:
        said = told(lang, cell, h_prev__1=2.0)
        assert len(said) == (cell != "noaf") and all((" 2.00" in sentence and "−1" in sentence) or "−0.762" in sentence
                                                     for sentence in said)
        assert not told(lang, cell, h_prev__1=0.7) and not told(lang, cell)
    assert "1.0000001" in told(lang, "gru", h_prev__0=1.0000001)[0]


@langs
def test_other_states_are_told_of_where_the_equations_bound_them(lang):
    assert not told(lang, "lstm", c_prev__0=50.0)  # it adds up
    assert len(told(lang, "cifg", c_prev__0=-50.0)) == 1  # it is a mean
    assert len(told(lang, "fgr", f_prev__0=1.5, i_prev__1=-0.5)) == 2
    only = name_of("h = relu(W_h @ x + U_h @ h_prev + b_h)")
    [says] = told(lang, only, h_prev__0=-1.0)
    assert "0" in says and "∞" not in says
