"""For all tests."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that drives a browser or services may run into its time limit once, on a machine that others use, too."""
    for item in items:
        if item.get_closest_marker("browser") or item.get_closest_marker("services"):
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=["TimeoutError", "Timeout"]))
