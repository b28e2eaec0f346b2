"""Two cells on the same input, in sentences made of their numbers.  Pure."""
import numpy as np

from ..numbers.beside import Pair, apart, explosion, remembered, trained_both
from ..numbers.over_time import is_trained, main_nodes
from ..text.numbers import amount
from ..words import Words, plain
from .names import title
from .spans import span

ROUNDING = 1e-9  # below this two runs are the same


def parted(both: Pair, cell: str, other: str, words: Words) -> str:
    """How far h of the two parts, from where on, and which remembers longer.  cell, other: what they are called."""
    gap = apart(both)
    if gap.max() < ROUNDING:
        return words("pair.alike")
    at = int(np.argmax(gap))
    said = words("pair.part", first=int(np.argmax(gap >= ROUNDING)) + 1, step=at + 1, most=amount(gap[at]),
                 last=amount(gap[-1]))
    exploding = [(*explosion(run), name) for run, name in ((both.chosen, cell), (both.other, other)) if explosion(run)]
    if exploding:
        return " ".join([said, *(words("pair.explodes", cell=name, times=amount(times), earlier=earlier + 1)
                                 for times, earlier, name in exploding)])
    reaches = [(remembered(run), name) for run, name in ((both.chosen, cell), (both.other, other))]
    (far, longer), (near, shorter) = sorted(reaches, key=lambda reach: -reach[0])
    if far < 0:
        return said
    if near == far:
        return f"{said} {words('pair.equal', far=span(far, words))}"
    reach = {"far": span(far, words), "near": span(max(0, near), words)}
    return f"{said} {words('pair.longer', cell=longer, other=shorter, **reach)}"


def shared(both: Pair, names: list[str], cell: str, other: str, now: dict, words: Words) -> str:
    """What the two have in common, and where all else is from.  names: the parameters that both have."""
    said = {"names": ", ".join(map(plain, names)), "cell": cell, "other": other, "seed": now["seed"]}
    if is_trained(now):
        if trained_both(both.chosen.cell, both.other.cell, now):
            return words("family.trained_both", cell=cell, other=other)
        return words("family.trained_one" if names else "family.trained_none", **said)
    if now["weights"] != "named":
        return words("family.same", **said) if names else words("family.same_none", seed=now["seed"])
    if "c" not in both.other.cell.state:  # for which no such weights were chosen
        return words("family.named_one", **said) if names else words("family.named_none", **said)
    return words("family.named_both", **said)


def alone(both: Pair, cell: str, other: str, words: Words) -> str:
    """The values that only one of the two has."""
    runs = {"only": (both.chosen.cell, both.other.cell, cell), "only_other": (both.other.cell, both.chosen.cell, other)}
    said = []
    for key, (own, beside, called) in runs.items():
        names = [title(own, name, words) for name in main_nodes(own) if name not in beside.lines]
        if names:
            who = {"cell" if key == "only" else "other": called}
            said.append(words(f"family.{key}", names=", ".join(names), **who))
    return " ".join(said)
