"""What stays together when the suite is run in two processes: a file's tests, and all that want a browser, which would
only take its processors from one another."""
import pytest


def pytest_collection_modifyitems(items):
    for item in items:
        group = "browser" if item.path.parent.name == "browser" else item.path.name
        item.add_marker(pytest.mark.xdist_group(group))
