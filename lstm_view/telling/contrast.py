"""What a comparison shows, in sentences made of its numbers."""
import numpy as np

from lstm_core.counts import has_clock, multiply_adds, parameter_count
from lstm_core.gates import forget_sign

from ..incoming.sequences import MOST_UNITS
from ..numbers.compared import (
    LEVELS,
    Run,
    brief,
    equal_sizes,
    explosion,
    held,
    influence,
    net_named,
    reach,
    run,
    shares,
)
from ..numbers.costs import Cost, gates
from ..numbers.over_time import is_trained
from ..text.numbers import MOST_DIGITS, amount, count, mark, percent, ratio, tally
from ..words import Words
from .nets import called
from .spans import lasting, span

OFTEN, SELDOM = 3.0, 0.0  # forget biases to compare with: one that keeps 95 %, one that keeps half
NEARLY = 1.3  # costs that differ by no more are said to be about the same
HOLDS = 3.0  # steps until half of a writing is left, above which gates are said to hold: they let a fifth go in a step


def sizes(runs: tuple[Run, ...], now: dict, words: Words) -> str:
    """What the cells have in common, and how many units and parameters each has."""
    found = [(brief(run.name, words), run.H, parameter_count(run.net, now["D"], run.H)) for run in runs]
    if len(runs) == 1:
        return words("compare.sized", cell=found[0][0], H=found[0][1], count=count(found[0][2]))
    same = shared(now, words)
    if is_trained(now) and now["equal"] == "count":
        counts = ", ".join(words("compare.sized", cell=cell, H=H, count=count(learned)) for cell, H, learned in found)
        return f"{same} {words('compare.each_trained', counts=counts)}"
    if now["equal"] == "size":
        counts = ", ".join(f"{cell} {count(learned)}" for cell, _, learned in found)
        return f"{same} {words('compare.each_size', H=now['H'], counts=counts)}"
    counts = ", ".join(words("compare.sized", cell=cell, H=H, count=count(learned)) for cell, H, learned in found)
    text = f"{same} {words('compare.each_count', cell=found[0][0], counts=counts)}"
    return text if max(run.H for run in runs) <= MOST_UNITS else f"{text} {words('compare.beyond', most=MOST_UNITS)}"


def shared(now: dict, words: Words) -> str:
    """What several cells have in common: the input, and where their weights come from."""
    if is_trained(now):
        return words("compare.same_trained", task=called(now["weights"], words))
    return words("compare.same_named" if now["weights"] == "named" else "compare.same_seed", seed=now["seed"])


def remembers(run: Run, t: int, words: Words) -> str:
    """How far back step t reaches: the farthest input that counts half as much as the strongest, and where all count
    less than 1 %; or that it tells of no memory, as the sensitivity explodes on its way back."""
    strengths, cell = influence(run, t), brief(run.name, words)
    both = len(run.ways) > 1
    T, share = len(strengths), shares(strengths)
    farthest = max(t, T - 1 - t) if both else t
    if not strengths.any():
        return words("remember.nothing", cell=cell, step=t + 1)
    if not farthest:
        return words("remember.alone", cell=cell)
    if explosion(run, t):
        times, earlier = explosion(run, t)
        return words("remember.explodes", cell=cell, step=t + 1, earlier=earlier + 1, times=amount(times))
    near, far = (reach(share, t, level) for level in LEVELS)
    first = words("remember.now", cell=cell, step=t + 1) if not near else words(
        "remember.near_either" if both else "remember.near_back", cell=cell, near=span(near, words))
    if far < farthest:
        key = "remember.fades_either" if both else "remember.fades_back"
        return f"{first} {words(key, beyond=span(far + 1, words))}"
    key, ends = ("remember.lasts_either" if both else "remember.lasts_back"), np.abs(np.arange(T) - t) == farthest
    return f"{first} {words(key, far=span(farthest, words), percent=percent(share[ends].max()))}"


def verdicts(runs: tuple[Run, ...], found: tuple[Cost, ...], now: dict, t: int, words: Words) -> list[str]:
    """Where what people say of cost and memory holds here and where not, a sentence or two each."""
    if len(found) == 1:
        return _longer(runs, now, words)
    if not all(cost.multiply_adds for cost in found):  # one of a visitor's own, of which nothing is so many times more
        return [_memory(runs, t, words), *_longer(runs, now, words)]
    return [_arithmetic(found, words), _equal(found, now, words), _time(found, words), _memory(runs, t, words),
            *_longer(runs, now, words)]


def _arithmetic(found, words):
    ordered = sorted(found, key=lambda cost: cost.multiply_adds)
    least = ordered[0].multiply_adds
    counts = ", ".join(f"{brief(cost.name, words)} {tally(cost.multiply_adds)}" for cost in ordered)
    apart = _apart(cost.multiply_adds for cost in found)
    return words("folk.arithmetic_same" if apart == 1 else "folk.arithmetic", counts=counts, ratio=ratio(apart),
                 ratios=" : ".join(ratio(cost.multiply_adds / least) for cost in ordered),
                 most=brief(ordered[-1].name, words), least=brief(ordered[0].name, words))


def _equal(found, now, words):
    """What becomes of the arithmetic when all have as many parameters."""
    apart = _apart(cost.multiply_adds for cost in found)
    if now["equal"] == "count":
        resting = [cost for cost in found if has_clock(net_named(cost.name))]
        busy = [cost.multiply_adds for cost in found if cost not in resting]
        said = [words("folk.rests", cell=brief(cost.name, words), count=count(cost.parameters),
                      asked=tally(cost.multiply_adds)) for cost in resting]
        if len(busy) > 1:
            left = _apart(busy)
            key = "equalled_all" if left == 1 else "equalled" if left <= NEARLY else "uneven"
            said.insert(0, words(f"folk.{key}", ratio=ratio(left)))
        return " ".join(said)
    equal = equal_sizes(now)
    asked = {name: (H, multiply_adds(net_named(name), now["D"], H))
             for name, H in zip(now["cells"], equal, strict=True)}
    counts = ", ".join(words("compare.sized", cell=brief(name, words), H=H, count=tally(products))
                       for name, (H, products) in asked.items())
    said = words("folk.if_equal", cell=brief(found[0].name, words), count=count(found[0].parameters), counts=counts)
    left = _apart(products for _, products in asked.values())
    return f"{said} {words('folk.by_size')}" if left - 1 < (apart - 1) / 2 else said


def _time(found, words):
    slow, fast = (find(found, key=lambda cost: cost.forward) for find in (max, min))
    asked, took = slow.multiply_adds / fast.multiply_adds, slow.forward / fast.forward
    if took == 1:
        return words("folk.time_equal")
    key = "folk.time_less" if took < 0.8 * asked else "folk.time_more" if took > 1.25 * asked else "folk.time_same"
    much = words("folk.as_much") if asked == 1 else words("folk.times_as_much", ratio=ratio(asked))
    said = words(key, slow=brief(slow.name, words), fast=brief(fast.name, words), took=ratio(took), asked=much)
    clocked = any(has_clock(net_named(cost.name)) for cost in (slow, fast))
    return f"{said} {words('cost.clock_times')}" if clocked else said


def _memory(runs, t, words):
    """How far back each reaches; one whose sensitivity explodes has no place among them."""
    exploding = ", ".join(brief(run.name, words) for run in runs if explosion(run, t))
    far = {run: max(0, reach(shares(influence(run, t)), t, LEVELS[-1])) for run in runs if not explosion(run, t)}
    if not far:
        return words("folk.all_explode", step=t + 1)
    counts = ", ".join(f"{brief(run.name, words)} {steps}" for run, steps in far.items())
    said = [words("folk.memory", step=t + 1, counts=counts)]
    longest = max(far, key=far.get)
    others = [run for run in far if run is not longest]
    gated = [run for run in others if gates(run.cell)]
    if not gates(longest.cell) and gated and all(far[run] < far[longest] for run in others) and not any(
            map(_told_to_hold, gated)):
        said.append(words("folk.ungated", cell=brief(longest.name, words)))
    if exploding:
        said.append(words("folk.exploding", cells=exploding))
    return " ".join(said)


def _told_to_hold(run):
    """Whether half of what is written to some unit is left for longer than a gate near one half lets it."""
    return bool(held(run)) and np.nan_to_num(held(run)[1], posinf=np.inf).max() > HOLDS


def _longer(runs, now, words):
    """What another forget bias does to the first cell that has one, or nothing."""
    for one in runs:
        if forget_sign(one.cell) and held(one) and now["weights"] == "random":
            bias = OFTEN if (now["bias"] or 0) < OFTEN / 2 else SELDOM
            before, after = (np.median(held(r)[1]) for r in (one, run(one.name, now | {"bias": bias}, one.H)))
            as_is = words("folk.drawn") if now["bias"] is None else mark(now["bias"], MOST_DIGITS)
            return [words("folk.bias", cell=brief(one.name, words), as_is=as_is, bias=mark(bias),
                          before=lasting(before, words), after=lasting(after, words))]
    return []


def _apart(counts):
    """How many times the least the most is."""
    counts = list(counts)
    return max(counts) / min(counts)
