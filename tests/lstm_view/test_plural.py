"""The word beside a number follows it: 1 step, 2 steps."""
import re

from lstm_view.words import words

NOUNS = ("answer bracket byte cell character column comparison coordinate digit gate influence input layer letter "
         "line minute multiply-add net node number one operation parameter position propertie question race row run "
         "second seed sequence slope snapshot step symbol task token training unit value weight word")
BESIDE = re.compile(rf"\{{(?!cell|step\}})(\w+)(?::,)?\}}(?:\*\*)? (?:[a-z-]+ )?({'|'.join(NOUNS.split())})s\b")
NEVER_ONE = {  # a bound, a setting, or what is said of several alone
    "clock.every": "1 is every step", "compare.beyond": "a bound", "cost.how": "runs: a setting",
    "cost.measure": "a setting", "editor.too_long": "above a bound", "filmed.few": "one has a sentence of its own",
    "filmed.right": "one has a sentence of its own", "filmed.units": "more than are drawn",
    "gradients.window": "more than are drawn", "home.later": "a setting", "input.own_hint": "a bound",
    "input_note.rounded": "several, of which some are rounded", "input_text.sentence": "two at least",
    "meaning.window": "more than are drawn", "attention.first": "more than are drawn",
    "over_time.window": "more than are drawn", "reading.more": "more than are shown",
    "span.many": "one has a word of its own", "trained.large": "more than are drawn",
    "training.open_too_large": "a bound", "training.over_budget": "a setting", "training.ready": "a setting",
    "training.too_large": "above a bound", "training.waiting": "a setting", "twin.more": "above a bound",
}


def test_a_noun_beside_a_number_follows_it():
    found = [(key, match[0]) for key, text in words("en").entries.items() for match in BESIDE.finditer(text)
             if key not in NEVER_ONE and not key.startswith("reader.")]  # of bounds, and of what is beyond them
    assert found == []


def test_what_is_never_one_is_still_said():
    assert all(BESIDE.search(words("en").entries[key]) for key in NEVER_ONE)
