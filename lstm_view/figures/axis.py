"""Axes that can be read: whole steps, and text in the page's ink, where Streamlit's theme has a grey of 3.7:1."""

FEW = 9  # steps, up to which each has a tick: of fewer than six Plotly would mark halves


def written(ink: str, title: str = "") -> dict:
    """An axis's title and the text of its ticks: 10¹², and not Plotly's 1T."""
    return {"exponentformat": "power", "title": {"text": title, "font": {"color": ink}}, "tickfont": {"color": ink}}


def of_steps(first: int, last: int, ink: str, title: str = "", room: float = 0.5) -> dict:
    """An axis from one step to another, with so much room on both sides, and each ticked if they are few."""
    ticks = {"tick0": first, "dtick": 1} if last - first < FEW else {}
    return written(ink, title) | {"range": [first - room, last + room], "fixedrange": True, "zeroline": False} | ticks
