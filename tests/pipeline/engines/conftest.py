"""Tiny weights, built once per run on first use."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A folder with tiny random weights of a family of `tiny`."""
    from tests.pipeline.engines import tiny

    made: dict[str, Path] = {}

    def folder(name: str) -> Path:
        if name not in made:
            made[name] = tiny.BUILDERS[name](tmp_path_factory.mktemp(name))
        return made[name]

    return folder
