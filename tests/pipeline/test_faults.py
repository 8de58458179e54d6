"""Whatever breaks, public releases are files that an independent reader accepts, and the chain stays whole.

kill -9 at every step is in `test_crash.py`, a silent time-stamp service in `test_run.py`, a missing key and a damaged
model file in `tests/watermark/test_signing.py` and `tests/safety/test_models.py`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError

from errors import ColophonError, Unavailable
from media.digest import sha256_of
from pipeline.views import JobState
from records import audit, jobs
from records.__main__ import main
from records.session import now
from records.tables import JobRow
from tests.hosting.node import ToneEngine
from tests.pipeline.conftest import Bench
from watermark import signing
from watermark.config import SigningConfig, StampConfig
from watermark.invisible import KeyRing
from watermark.stamp import Stamper
from watermark.trust import TrustStore

ROOT = Path(__file__).parents[2]

# Runs in a process (and, for disks, a mount namespace) of its own; prints what stands in the end.
CHILD = """
import json, os, resource, subprocess, sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from records import audit, jobs, releases
from records.session import now
from records.tables import JobRow
from tests.hosting.node import ToneEngine
from tests.pipeline.conftest import Bench

folder, fault = Path(sys.argv[1]), sys.argv[2]
disk = folder / "disk"
disk.mkdir()
on_disk = fault in ("full", "readonly")
if on_disk:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)], check=True)
bench = Bench(disk, engine=ToneEngine())
bench.studio = replace(bench.studio, fair_use=replace(bench.studio.fair_use, free_mb=0))
before = bench.submit(output="audio").job_id
bench.run(before)
job = bench.submit(output="audio").job_id
limits = resource.getrlimit(resource.RLIMIT_AS)

def strike():
    if fault == "full":
        filler = (disk / "filler").open("wb", buffering=0)
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        filler.write(bytes(max(0, free - 150_000)))
    elif fault == "readonly":
        bench.database.close()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    elif fault == "memory":
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + 400_000, limits[1]))
    elif fault == "filesize":
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))

def relieve():
    if fault == "full":
        (disk / "filler").unlink()
    elif fault == "readonly":
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    resource.setrlimit(resource.RLIMIT_AS, limits)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

strike()
try:
    bench.run(job)
except Exception as error:
    print(type(error).__name__, file=sys.stderr)
there = bench.files()
relieve()
during = [bench.inspector.inspect(path).state for path in there]
with bench.database.write() as session:
    row = session.get(JobRow, job)
    if row.lease_until is not None:
        row.lease_until = now() - timedelta(seconds=1)
with bench.database.read() as session:
    bench.quarantine.sweep(jobs.alive(session))
bench.door.sweep()
after = bench.run(job)
with bench.database.read() as session:
    print(json.dumps({
        "during": during, "state": after.state.value, "error": after.error,
        "files": [bench.inspector.inspect(path).state for path in bench.files()],
        "public": len(releases.in_state(session, releases.PUBLIC)),
        "pending": len(releases.in_state(session, releases.PENDING)),
        "drafts": len(bench.drafts()), "broken_at": audit.verify(session).broken_at,
    }))
"""


@pytest.mark.parametrize("fault", ["full", "readonly", "filesize", "memory"])
def test_a_fault_of_the_machine_releases_nothing_unproven(tmp_path: Path, fault: str) -> None:
    command = [sys.executable, "-c", CHILD, str(tmp_path), fault]
    if fault in ("full", "readonly"):
        command = ["unshare", "--user", "--map-root-user", "--mount", *command]
        if subprocess.run(["unshare", "-Urm", "true"], check=False, capture_output=True).returncode:
            pytest.skip("no user namespaces here")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert set(told["during"]) == {"ours_intact"}
    assert set(told["files"]) == {"ours_intact"}
    assert (told["pending"], told["drafts"], told["broken_at"]) == (0, 0, None)
    assert told["public"] == len(told["files"]) == (2 if told["state"] == "released" else 1)
    assert told["state"] == "released" or told["error"], told


@pytest.fixture
def tone(tmp_path: Path) -> Bench:
    return Bench(tmp_path, engine=ToneEngine())


def test_a_clock_that_is_put_back_stops_no_job(tone: Bench) -> None:
    job_id = tone.submit(output="audio").job_id
    with tone.database.write() as session:
        assert jobs.lease(session, job_id, "dead", 30.0)
        row = session.get(JobRow, job_id)
        assert row is not None
        row.lease_until = now() + timedelta(hours=2)  # as written before the clock went back
    assert tone.run(job_id).state is JobState.RELEASED
    with tone.database.read() as session:
        assert audit.verify(session).broken_at is None


def test_a_damaged_database_is_said_and_releases_nothing(tone: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    tone.run(tone.submit(output="audio").job_id)
    job_id = tone.submit(output="audio").job_id
    with tone.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    tone.database.close()
    released = {path: sha256_of(path) for path in tone.files()}
    path = tone.folder / "colophon.db"
    with path.open("r+b") as file:
        for page in range(2, path.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(os.urandom(4096))
    with pytest.raises((DatabaseError, ColophonError)):
        tone.run(job_id)
    assert {path: sha256_of(path) for path in tone.files()} == released
    assert main(["check", tone.database.url]) in (1, 6)
    assert "damaged" in capsys.readouterr().err


def test_a_certificate_that_expires_while_we_run_releases_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watermark.signing._LEAF_DAYS", 10 / 86_400)
    monkeypatch.setattr("watermark.signing._RENEW_DAYS", 0)
    keys = tmp_path / "keys"
    bench = Bench(tmp_path, engine=ToneEngine())
    chain = tmp_path / "chain.pem"
    chain.write_bytes((keys / "leaf.pem").read_bytes() + (keys / "ca.pem").read_bytes())
    config = SigningConfig(source="pem", certificates=chain, key=keys / "leaf.key")
    signer = signing.build(config)
    trust = TrustStore.from_folder(None, signer.credential.anchor_pem)
    stamper = Stamper(StampConfig(), signer, KeyRing(b"0" * 32), trust)
    while signer.credential.expires_at > now() - timedelta(seconds=2):  # the signing library counts whole seconds
        time.sleep(0.2)
    view = bench.run(bench.submit(output="audio").job_id, stamper=stamper)
    assert view.state is JobState.FAILED
    assert view.error
    assert (bench.files(), bench.drafts()) == ([], [])
    with pytest.raises(Unavailable):
        signing.build(config)
