"""Marks loaded from stand-in modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from watermark.neural import NeuralMarks, load


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    pytest.importorskip("torch", reason="neural marks need PyTorch, which this installation does not have")
    from tests.watermark.neural.standins import write_all

    return write_all(tmp_path_factory.mktemp("marks"))


@pytest.fixture(scope="session")
def marks(files: dict[str, Path]) -> NeuralMarks:
    return load(files)
