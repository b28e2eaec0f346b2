"""How numbers become text."""
