"""Nets being trained: what a visitor chose, a process that trains them, and the desk where visitors queue for it."""
