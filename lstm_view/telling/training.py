"""What befell nets in training, in sentences made of their records."""
from collections.abc import Mapping, Sequence
from functools import reduce
from math import ceil

from lstm_core.letters import spelled
from lstm_core.training import Record

from ..learning.race import SEARCH, Race, cell_of, hidden_sizes, is_search, lanes, sizes, task_of
from ..learning.task_named import text_read
from ..numbers.training import called, judged
from ..text.numbers import amount, count, percent
from ..words import Words

BARELY = 0.95  # of the loss of chance: above it a net is said to have learned nothing yet
CLEARLY = 0.05  # more right answers than by chance: with these it has learned something, whatever its loss
Records = Mapping[str, Sequence[Record]]


def outcomes(race: Race, records: Records, words: Words) -> list[str]:
    """A sentence for each net that has a record: those that solved the task first, in the order in which they did."""
    known = {lane: records[lane] for lane in lanes(race) if records.get(lane)}
    first = {lane: next((record.step for record in own if record.solved), None) for lane, own in known.items()}
    solved = sorted((lane for lane, step in first.items() if step is not None), key=first.get)
    said = [_solved(lane, first[lane], known[lane][-1], solved, first, words) for lane in solved]
    said += [_not_solved(lane, known[lane][-1], race, words) for lane in known if lane not in solved]
    return [*said, *_methods(race, known, words)]


def _solved(lane, step, last, solved, first, words):
    """When a net solved it, whether it was the first, and whether it still does."""
    alone = [other for other in solved if first[other] == step] == [lane]
    key = "training.solved_first" if len(solved) > 1 and alone and lane == solved[0] else "training.solved"
    text = words(key, cell=called(lane, words), step=count(step))
    if last.diverged:
        return f"{text} {words('training.then_diverged', step=count(last.step))}"
    return text if last.solved else f"{text} {words('training.no_more', step=count(last.step))}"


def _not_solved(lane, last, race, words):
    given = {"cell": called(lane, words), "step": count(last.step), "loss": amount(last.test_loss),
             "accuracy": percent(last.accuracy)}
    if last.diverged:
        return words("training.diverged", **given)
    loss, right = task_of(race).chance(race.length)
    if last.test_loss >= BARELY * loss:
        key = "training.at_chance" if last.accuracy <= right + CLEARLY else "training.unsure"
    else:
        key = "training.learning" if last.accuracy > right else "training.loss_only"
    return words(key, chance=amount(loss), by_chance=percent(right), **given)


def _methods(race, known, words):
    """Back-propagation beside random search, cell by cell, after the last step that both have made."""
    said = []
    for lane in known:
        other = cell_of(lane) + SEARCH
        if is_search(lane) or other not in known:
            continue
        losses = [{record.step: record.test_loss for record in known[name]} for name in (lane, other)]
        step = max(losses[0].keys() & losses[1].keys(), default=None)
        if step:
            said.append(words("training.methods", cell=called(lane, words), step=count(step),
                              by_gradient=amount(losses[0][step]), by_search=amount(losses[1][step])))
    return said


def chance(race: Race, words: Words) -> str:
    """How far an answer comes that does not read."""
    task = task_of(race)
    loss, right = task.chance(race.length)
    key = "chance_later" if task.judged_on(race.length) == "later" else "chance"
    return words(f"training.{key}", loss=amount(loss), accuracy=percent(right))


def judging(race: Race, words: Words) -> str:
    """On what the nets are judged, and whether they have been trained on it."""
    found = judged(race)
    key = "again_all" if found.again == found.count else found.on
    return words(f"training_judged.{key}", count=count(found.count), different=count(found.different),
                 again=count(found.again), first=count(found.first))


def spelling(race: Race, words: Words) -> str:
    """How a text is read, and what of it is not told apart; nothing of a task that reads none."""
    if race.task != "text":
        return ""
    found = spelled(text_read(race.text))
    rare = found.codes.count(found.rare)
    said = words("training_text.read", letters=count(len(found.codes)),
                 kinds=count(len(found.symbols) + max(0, found.kinds - 1)))
    if found.rare is None:
        return said
    return f"{said} " + words("training_text.rare", own=count(found.rare), kinds=count(found.kinds), count=count(rare),
                              percent=percent(rare / len(found.codes)), sign=found.symbols[found.rare])


def in_common(race: Race, words: Words) -> str:
    """What the nets share, and how many numbers each learns."""
    found, of = sizes(race), hidden_sizes(race)
    counts = ", ".join(words("training.sized", cell=called(cell, words), H=of[cell], count=count(found[cell]))
                       for cell in race.cells)
    key = "training.alone" if len(race.cells) == 1 else f"training_each.{race.equal}"
    return words(key, H=race.H, counts=counts, seed=race.seed)


def too_large(found: Mapping[str, int], products: int, words: Words) -> str:
    """Why a race is not begun, and what of it would fit; found: see numbers.training.too_large."""
    text = words("training.too_large", products=amount(products))
    if not found:
        return f"{text} {words('training.fits_nothing')}"
    sizes = reduce(lambda one, other: words("training.either", one=one, other=other),
                   (words(f"training_fits.{name}", most=most) for name, most in found.items()))
    return f"{text} {words('training.fits', sizes=sizes)}"


def longest_wait(place: int, at_once: int, seconds: float) -> int:
    """Minutes after which a place in the queue has its turn, at most."""
    return ceil(ceil(place / at_once) * seconds / 60)


def time(seconds: float, words: Words) -> str:
    """A time that is still to come, as exact as it is known."""
    if seconds < 90:
        return words("training.seconds", count=max(1, round(seconds)))
    return words("training.minutes", count=round(seconds / 60))
