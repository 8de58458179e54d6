"""The whole service, killed while jobs wait and one runs; `benchmarks.page.visitors` does it with twenty."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.page.visitors import good, story

pytestmark = pytest.mark.slow


def test_jobs_of_a_killed_service_end_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    told = story(tmp_path / "data", visitors=3, kills=1)
    assert sum(told["at_the_kills"][0].values()) == 3
    assert told["at_the_kills"][0].get("released", 0) < 3
    assert good(told), told
