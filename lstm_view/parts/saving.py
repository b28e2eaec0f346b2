"""Buttons that save the page's charts as pictures."""
from collections.abc import Mapping

from ..diagram.component import mount
from ..words import Words


def saving(charts: Mapping[str, str], words: Words, key: str = "saving") -> None:
    """A line of buttons, SVG and PNG, for each chart: its key -> its name."""
    mount("saving", key, {"charts": [{"key": key, "name": name} for key, name in charts.items()],
                               "words": words.under("saving")}, {})
