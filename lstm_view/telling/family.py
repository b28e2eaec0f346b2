"""The family of recurrent architectures: what came from what, when, in which paper; from assets/family.toml.  Pure."""
import re
import tomllib
from dataclasses import dataclass

import pandas as pd

from lstm_core import CELLS

from ..words import ASSETS, Words

KINDS = ("simple", "lstm", "study", "gru", "net")


@dataclass(frozen=True)
class Paper:
    """Where something was first described.  cite: its authors where there is little room."""

    cite: str
    authors: str
    title: str
    venue: str
    arxiv: str = ""
    doi: str = ""


@dataclass(frozen=True)
class Relative:
    """One architecture.  parent: what it came from, "" for the first; how: "change" or "idea"; kind: one of KINDS."""

    name: str
    year: int
    kind: str
    paper: Paper
    parent: str = ""
    how: str = ""

    @property
    def is_cell(self) -> bool:
        """Whether it is a cell of the zoo; else it is a net, shown on the page `directions`."""
        return self.name in CELLS


def _read():
    data = tomllib.loads((ASSETS / "family.toml").read_text(encoding="utf-8"))
    papers = {key: Paper(**entries) for key, entries in data["paper"].items()}
    return {name: Relative(name, **entries | {"paper": papers[entries["paper"]]})
            for name, entries in data["relative"].items()}


RELATIVES = _read()  # in the order of their years


def parent(name: str) -> str:
    """The zoo cell that a zoo cell came from; "" for the first."""
    return RELATIVES[name].parent


def called(name: str, words: Words) -> str:
    """What a relative is called where there is little room, and not only on the map."""
    return words.get(f"relative.{name}") or name.upper()


def cited(text: str, words: Words) -> str:
    """A short reference, "Gers et al. 2000, section 3", as a language writes it."""
    text = re.sub(r"(\S+) et al\.", lambda found: words("cited.others", name=found[1]), text)
    return re.sub(r"section ([\d.]*\d)", lambda found: words("cited.section", number=found[1]), text)


def reference(paper: Paper) -> str:
    """A paper as Markdown, with links to where it can be read."""
    links = [f"[{kind}:{number}](https://{host}/{number})" for kind, host, number in
             (("arXiv", "arxiv.org/abs", paper.arxiv), ("doi", "doi.org", paper.doi)) if number]
    return ". ".join([paper.authors.rstrip("."), f"*{paper.title}*", paper.venue, *links]) + "."


def says(relative: Relative, words: Words) -> str:
    """A relative in a sentence: when, by whom, what it came from."""
    told = words("family.told", name=called(relative.name, words), year=relative.year,
                 cite=cited(relative.paper.cite, words), kind=words(f"kind.{relative.kind}"))
    if not relative.parent:
        return told
    return f"{told} {words(f'family.{relative.how}', parent=called(relative.parent, words))}"


def table(words: Words) -> pd.DataFrame:
    """The map as a table: a row a relative."""
    columns = [words(f"family.{key}") for key in ("year", "from", "how", "kind", "paper")]
    rows = {
        called(r.name, words): [
            str(r.year), called(r.parent, words) if r.parent else "", words(f"how.{r.how}") if r.how else "",
            words(f"kind.{r.kind}"), f"{r.paper.authors}: {r.paper.title}. {r.paper.venue}.",
        ] for r in RELATIVES.values()
    }
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return frame.rename_axis(words("family.name"))
