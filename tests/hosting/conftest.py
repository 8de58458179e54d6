"""One cluster for the tests of this folder; it takes the longest to start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosting.cluster import Cluster, services


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if missing := services():
        pytest.skip(missing)
    made = Cluster(Path(tmp_path_factory.mktemp("cluster")), webs=2, workers=3)
    yield made
    made.close()
