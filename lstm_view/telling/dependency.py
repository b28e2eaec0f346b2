"""What a long dependency shows, in sentences made of the curves' numbers.  Pure."""
from ..incoming.sentence import AFTER, Later
from ..text.numbers import number, percent
from ..words import Words

DEAF = 0.05  # the share of a later word below which the RNN is said hardly to hear it


def price(first: float, recurrent: float, found: Later | None, words: Words) -> list[str]:
    """Where the RNN holds more of the first word than of any later one, what that costs.  first: the share that is left
    of the first word; recurrent: the weight U."""
    if not found or first <= found.share:
        return []
    said = words("home.later", share=percent(found.share), words=AFTER)
    if found.share >= DEAF:
        return [said]
    slope = 1 - found.h**2
    return [said, words("home.deaf", h=number(found.h), slope=number(slope), gain=number(recurrent * slope))]
