"""What nets made of cells do, in sentences made of their numbers.  Markdown, in which a visitor's words are plain."""
from fractions import Fraction

import numpy as np

from ..numbers import both_ways, clockwork
from ..numbers.attending import Attended, spread
from ..numbers.compared import Run
from ..numbers.over_time import Unrolled
from ..text.numbers import amount, count, number, percent, ratio
from ..text.sums import percentages
from ..words import Words, plain
from .spans import span


def place(labels: tuple[str, ...], t: int, words: Words) -> str:
    """A step, with its word if it has one."""
    return words("directions.at_word", step=t + 1, word=plain(labels[t])) if labels else str(t + 1)


def spoken(says: str) -> str:
    """The same without the marks of Markdown, for those who do not see a picture."""
    return says.replace("**", "").replace("\\", "")


def knows(run: Run, t: int, words: Words) -> str:
    """How much of what h at position t depends on came before it, with it, after it."""
    labels, strengths = run.ways[0].sequence.labels, both_ways.knows(run)["combined"]
    if not strengths[t].any():
        return words("both.nothing", place=place(labels, t, words))
    (before, own, after), whole = percentages(both_ways.shares(strengths, t))
    said = words("both.knows", place=place(labels, t, words), before=before, own=own, after=after)
    return said if whole else f"{said} {words('both.rounded')}"


def triangles(run: Run, words: Words) -> str:
    """What the three matrices hold, for those who do not see them."""
    found, labels = both_ways.knows(run), run.ways[0].sequence.labels
    said = []
    for way, strengths in found.items():
        off = strengths - np.diag(np.diag(strengths))
        t, k = np.unravel_index(off.argmax(), off.shape)
        said.append(words("both.band_says" if off.any() else "both.band_apart", way=words(f"both.{way}"),
                          zeros=int((strengths == 0).sum()), count=strengths.size, t=place(labels, t, words),
                          k=place(labels, k, words)))
    return " ".join(said)


def live(run: Run, heard: int, words: Words) -> str:
    """What becomes of the positions already read when the next step comes in, and what reading live would cost."""
    moves, labels, T = both_ways.moves(run, heard), run.ways[0].sequence.labels, run.ways[0].T
    forwards, backwards = moves["forwards"], moves["backwards"]
    most = int(backwards.argmax())
    return " ".join([
        words("live.arrives", next=place(labels, heard, words)),
        words("live.forwards_moves", count=span(heard, words), most=amount(forwards.max())) if forwards.any()
        else words("live.still", count=span(heard, words)),
        words("live.backwards_moves", count=int((backwards > 0).sum()), of=heard, place=place(labels, most, words),
              most=amount(backwards[most])) if backwards.any() else words("live.nothing"),
        words("live.cost", live=T * (T + 1) // 2, once=T),
    ])


def looks(found: Attended, t: int, words: Words) -> str:
    """Where a query looks, and over how many steps its weights are spread."""
    weights, labels = found["weights"][t], found.encoder.ways[0].sequence.labels
    wide, T = spread(weights), found.T
    if T == 1:
        return words("attention.single")
    if weights.min() == weights.max():
        return words("attention.same", query=place(labels, t, words), T=T, share=f"1/{T}")
    first, second = np.argsort(-weights, kind="stable")[:2]
    if not weights[second]:
        return words("attention.alone", query=place(labels, t, words), first=place(labels, first, words))
    key = "attention.even" if wide > 0.99 * T else "attention.one" if wide < 1.05 else "attention.some"
    return words("attention.looks", query=place(labels, t, words), first=place(labels, first, words),
                 share="≈100" if weights[first] == 1 else percent(weights[first]), second=place(labels, second, words),
                 other=percent(weights[second])) + " " + words(
                     key, wide=ratio(wide, 3), T=T, entropy=number(float(np.log(wide))))


def ticking(run: Unrolled, words: Words) -> str:
    """How often the modules work, what that saves, and who holds longest."""
    found = clockwork.modules(run)
    own, plain_rnn = clockwork.spent(run)
    longest = max(module.hold for module in found)
    held_by = ", ".join(str(module.period) for module in found if module.hold == longest)
    worked = {module.period: int(module.ticks.sum()) for module in found}
    counts = ", ".join(words("clock.works_once" if times == 1 else "clock.works", period=period, count=times)
                       for period, times in worked.items())
    return " ".join([
        words("clock.updates", T=run.T, counts=counts),
        words("clock.saved" if own < plain_rnn else "clock.saved_nothing", own=count(own), plain=count(plain_rnn),
              share=percent(float(Fraction(plain_rnn - own, plain_rnn)))),
        words("clock.holds", period=held_by, hold=span(longest, words)),
    ])
