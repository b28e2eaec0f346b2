"""What is printed on a page, read back."""


def read(text: str) -> float:
    """A number as it stands in a table."""
    return float(text.replace("−", "-").replace(",", ""))
