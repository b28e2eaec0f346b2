"""What a visitor saves: charts as pictures, code as a file."""
from collections.abc import Mapping

import plotly.graph_objects as go
import streamlit as st

from ..diagram.component import mount
from ..words import Words


def chart(name: str, figure: go.Figure, says: str, title: str, words: Words) -> None:
    """A figure over time, what it says in Markdown to those who do not see it, and its files."""
    spoken = says.replace("**", "").replace("\\", "")
    st.plotly_chart(figure, key=f"chart-{name}", height=figure.layout.height, alt=spoken,
                    config={"displayModeBar": False})
    saving({f"chart-{name}": title}, words, f"saving-{name}")


def script(text: str, file: str, words: Words, key: str = "save") -> None:
    """A text, to read and to save: a script if the file's name ends in .py.

    The file is made when it is asked for: one that stands ready goes with the run that made it, and the browser, which
    looks for it at once, may find nothing.
    """
    st.download_button(words("take.save", file=file), lambda: text, file, key=key, on_click="ignore",
                       icon=":material/download:")
    st.code(text, language="python" if file.endswith(".py") else None, height=320)


def saving(charts: Mapping[str, str], words: Words, key: str = "saving") -> None:
    """A line of buttons, SVG and PNG, for each chart: its key -> its name."""
    mount("saving", key, {"charts": [{"key": key, "name": name} for key, name in charts.items()],
                               "words": words.under("saving")}, {})
