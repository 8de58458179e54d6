"""Detectors are loaded once for all tests of this folder."""

from __future__ import annotations

import pytest

from safety.config import SafetyConfig
from safety.detectors import load
from tests.safety.material import DATA


@pytest.fixture(scope="session")
def faces():
    """The face detector with bundled parts only."""
    return load("faces", SafetyConfig())


@pytest.fixture(scope="session")
def faces_with_folder():
    """The face detector with the model folder of the shared data."""
    return load("faces", SafetyConfig(models_folder=DATA / "models"))


@pytest.fixture(scope="session")
def voice():
    return load("voice", SafetyConfig())
