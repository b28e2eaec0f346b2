"""Trained nets in words: what a set is called, what a net answers, why one cannot be used.  Pure."""
from ..incoming.sequences import MOST_UNITS
from ..learning import nets
from ..learning.task_named import NAMES
from ..numbers.answers import Answered
from ..words import Words, plain


def called(name: str, words: Words) -> str:
    """What a set is called: by its task, and by the end of its name where visitors may have several."""
    if name in NAMES:
        return words(f"task.{name}")
    found = nets.find(name)
    return words("trained.yours", task=words(f"task.{found.first.task}"), mark=name[-4:]) if found else name


def answer(found: Answered, words: Words, cell: str = "") -> str:
    """What a net answers to the example that comes in; cell: what it is called, or "" for what-if."""
    keys = ("trained.answer", "trained.answers") if cell else ("trained.what_answer", "trained.what_answers")
    return words(keys[found.asked > 1], cell=cell, right=found.right, asked=found.asked, step=found.step + 1,
                 wanted=plain(found.wanted), given=plain(found.given))


def why_not(item: str, words: Words) -> str:
    """Why the trained nets that a link names, as `weights=name`, are not used and how to mend it; "" for all else."""
    field, _, name = item.partition("=")
    if field not in ("weights", "task") or (name not in NAMES and nets.named_in(name) != [name]):
        return ""
    found = nets.find(name)
    if found is None:
        return words("trained.none", task=called(name, words)) if name in NAMES else words("trained.gone")
    largest = max(net.H for net in found.values())
    return words("trained.large", H=largest, most=MOST_UNITS) if largest > MOST_UNITS else ""
