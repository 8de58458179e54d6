"""Released files from a shared storage, through the page's own address, on a replica that never saw them."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from pipeline.shelf import Lending
from pipeline.storage import Storage
from records import releases
from records.tables import ReleaseRow
from tests.hosting.node import ToneEngine
from tests.pipeline.conftest import Bench
from tests.ui.conftest import SECRET
from tests.ui.scripted import ScriptedStudio
from ui import shelf
from ui.config import UiConfig
from ui.mount import mount


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, engine=ToneEngine(), storage=Storage(f"file://{tmp_path}/bucket", patience_s=0.1))


def _replica(bench: Bench) -> TestClient:
    config = UiConfig(releases=bench.door.public, quarantine=bench.quarantine.root, secret=SECRET, mcp=False)
    app = FastAPI()
    mount(app, ScriptedStudio(config.releases), config)  # type: ignore[arg-type]
    shelf.serve(app, Lending(bench.database, bench.door.shelf), config.releases, 0)
    return TestClient(app, raise_server_exceptions=False)


def test_a_file_is_fetched_served_in_parts_and_gone_when_withdrawn(bench: Bench) -> None:
    bench.run(bench.submit(output="audio").job_id)
    with bench.database.read() as session:
        (row,) = releases.in_state(session, releases.PUBLIC)
    assert bench.files() == []
    client = _replica(bench)
    elsewhere = f"/gradio_api/file=/another/machine/releases/{row.release_id}/{row.file_name}"
    part = client.get(elsewhere, headers={"range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"RIFF")
    bench.door.withdraw(row.release_id, "desk", "case-1")
    assert client.get(elsewhere).status_code == 404
    assert client.get(elsewhere.replace(row.file_name, "other.wav")).status_code == 404


def test_an_exchanged_file_is_not_served(bench: Bench, tmp_path: Path) -> None:
    bench.run(bench.submit(output="audio").job_id)
    with bench.database.read() as session:
        row: ReleaseRow = releases.in_state(session, releases.PUBLIC)[0]
    stored = next((tmp_path / "bucket" / "released").rglob("*.wav"))
    stored.write_bytes(stored.read_bytes()[:-1] + b"x")
    answer = _replica(bench).get(f"/gradio_api/file=/x/releases/{row.release_id}/{row.file_name}")
    assert answer.status_code == 503
    assert bench.files() == []
