"""What else a visitor's change of one value changed, in sentences: nothing they had is replaced without a word."""
from collections.abc import Mapping

from ..incoming.own_cell import label
from ..text.numbers import number
from ..words import Words
from .nets import called

TAKEN_BACK = ("edit", "what", "clamp", "query")  # address -> value
AS_USUAL = ("H", "B", "length", "rate", "steps")  # of a race; None: as its task has it
REPLACED = ("start", "input", "task", "T", "D", "H", "bias", "scale", "equal", "loss", "beside", "cells",
            "truncate", "clip")
TOLD = (*TAKEN_BACK, *AS_USUAL, *REPLACED, "weights", "nodes", "run")
LOOKS = ("t", "unit", "layer", "heard", "stage", "select", "view", "look", "pin",  # where one looks
         "of", "at", "columns", "week")  # told with the start or with what comes in


def consequences(along: Mapping[str, tuple], words: Words) -> list[str]:
    """A sentence for each of TOLD among the fields that a change changed besides.  along: before and after, by name."""
    said = (_said(name, *along[name], words) for name in along if name in TOLD)
    return list(filter(None, said))


def _said(name, before, after, words):
    if name in TAKEN_BACK:
        gone = sum(after.get(address) != value for address, value in before.items())
        return words(f"along.{name}", count=gone) if gone else ""
    if name == "weights" and after == "random":  # others are made for cells, sizes and inputs of their own
        return words("along.no_jobs") if before == "named" else words("along.untrained", task=called(before, words))
    if name in ("nodes", "run", "task") and not after:
        return words(f"along.{name}")
    if name in AS_USUAL and after is None:
        return words("along.as_usual", name=words(f"along_name.{name}"), before=_shown(name, before, words))
    return words("along.replaced", name=words(f"along_name.{name}"), before=_shown(name, before, words),
                 after=_shown(name, after, words))


def _shown(name, value, words):
    """A field's value as its control shows it."""
    if name in ("input", "start", "equal"):
        return words(f"{name}.{value}")
    if name == "weights" and value in ("named", "random"):
        return words(f"weights.{value}")
    if name in ("task", "weights"):
        return called(value, words) if value else words("along.none")
    if name == "loss":
        return words(f"along_loss.{value}") if isinstance(value, str) else words("along_loss.step", step=value + 1)
    if name == "cells":
        return ", ".join(words.get(f"brief.{label(cell)}") or label(cell).upper() for cell in value)
    if name == "beside":
        return words(f"cell.{value}") if value else words("along.parent")
    if value is None:
        return words("along.drawn" if name == "bias" else "along.usual")
    return number(value) if isinstance(value, float) else str(value)
