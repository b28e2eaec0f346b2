"""The axis of steps, on which a tick is a whole number."""

FEW = 9  # steps, up to which each has a tick: of fewer than six Plotly would mark halves


def of_steps(first: int, last: int, room: float = 0.5) -> dict:
    """The range of an axis from one step to another, with so much room on both sides, and its ticks if they are few."""
    ticks = {"tick0": first, "dtick": 1} if last - first < FEW else {}
    return {"range": [first - room, last + room], "fixedrange": True, "zeroline": False} | ticks
