"""A task's examples on the screen are the core's, and follow what is chosen."""
import pytest

from lstm_view.diagram.examples import symbol
from lstm_view.fields import from_text
from lstm_view.learning.race import task_of
from lstm_view.numbers.training import FIELDS, fit, race_of, some, unseen
from lstm_view.packed import pack

BARS = "[...document.querySelector('.gs-examples').querySelectorAll('[data-node=x]')].map((el) => +el.dataset.value)"
HEADS = "[...document.querySelector('.gs-examples').querySelectorAll('th[scope=col]')].map((el) => el.textContent)"
SAME = "(wanted) => JSON.stringify({}) === JSON.stringify(wanted)"


@pytest.mark.parametrize(("read", "one", "other"), [
    (BARS, {"length": "6"}, {"length": "6", "seed": "1"}),
    (HEADS, {"task": "text", "length": "6"}, {"task": "text", "length": "6", "text": pack("가나다라마바사 <b>")})])
def test_another_seed_or_text_has_other_examples(look, read, one, other):
    for query in (one, other):  # as many, and as long: only what they hold is another
        race = race_of(fit(from_text(FIELDS, query)[0])[0])
        batch, of = some(unseen(race), 3), task_of(race)
        wanted = batch.x.transpose(1, 2, 0).ravel().tolist() if read is BARS else \
            [symbol(of.symbols[k]) for k in batch.tokens.T.ravel()]
        page = look("?" + "&".join(f"{name}={text}" for name, text in query.items()), "training")
        page.wait_for_function(SAME.format(read), arg=wanted)
