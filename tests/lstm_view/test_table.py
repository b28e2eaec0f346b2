import pytest

from lstm_core import CELLS
from lstm_view.numbers.experiment import DEFAULTS, compute, fit
from lstm_view.telling.names import title
from lstm_view.telling.table import printed, table
from lstm_view.text.numbers import MINUS
from lstm_view.words import LANGUAGES, words


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("D", "H"), [(2, 3), (5, 1)])
@pytest.mark.parametrize("cell", CELLS)
def test_every_number_is_in_the_table(cell, D, H, lang):
    experiment = compute(fit(DEFAULTS | {"cell": cell, "start": "random", "D": D, "H": H})[0])
    rows, say = table(experiment, words(lang)), words(lang)
    assert list(rows.index) == [*experiment.inputs, *CELLS[cell].node]
    assert rows.shape == (len(rows), 1 + max(D, H))
    assert len(set(rows.columns)) == rows.shape[1]
    for name, (named, *cells) in zip(rows.index, rows.itertuples(index=False), strict=True):
        assert named == title(CELLS[cell], name, say)
        assert cells[: len(experiment.env[name])] == experiment.env[name].tolist()
        assert all(value != value for value in cells[len(experiment.env[name]) :])
    shown = printed(rows)
    for name, cells in zip(shown.index, shown.iloc[:, 1:].itertuples(index=False), strict=True):
        numbers = [float(text.replace(MINUS, "-").replace(f"e{MINUS}", "e-")) for text in cells if text]
        assert numbers == pytest.approx(experiment.env[name], abs=1e-6)
        assert cells[len(numbers):] == ("",) * (len(cells) - len(numbers))


def test_the_selected_value_stands_out():
    experiment = compute(DEFAULTS)
    plain, marked = (printed(table(experiment, words("en")), selected) for selected in ("", "f.pre.2"))
    row, column = list(plain.index).index("f.pre"), 1 + 2
    assert marked.iat[row, column] == f"**{plain.iat[row, column]}**"
    assert marked.iat[row, 0] == f"**{plain.iat[row, 0]}**"
    assert (marked != plain).to_numpy().sum() == 2
