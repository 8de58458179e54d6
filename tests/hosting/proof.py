"""What has to be true of a cluster after anything that happened to it."""

from __future__ import annotations

import tempfile
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path

from sqlalchemy import text

from media.digest import sha256_of
from pipeline.storage import Storage
from records import audit, releases
from records.jobs import WORKING
from tests.hosting.cluster import FINAL, Cluster

# One row for every end that the audit chain tells of a job.
ENDS = """
SELECT job_id FROM releases JOIN audit_events ON subject = release_id
    AND action = 'release.released' AND actor = 'system'
UNION ALL SELECT subject FROM audit_events WHERE action IN ('job.refused', 'job.failed', 'job.cancelled')
"""


def check(cluster: Cluster) -> Counter[str]:
    """Every job ended once, every stored file proves its stamp, nothing else is anywhere, the chain is whole."""
    bench, states = cluster.bench, cluster.states()
    assert set(cluster.visitors) <= states.keys()
    assert set(states.values()) <= set(FINAL)
    with bench.database.read() as session:
        assert audit.verify(session).broken_at is None
        public = releases.in_state(session, releases.PUBLIC)
        ends = Counter(session.execute(text(ENDS)).scalars())
        failed = session.execute(text("SELECT error_key FROM jobs WHERE state = 'failed'")).scalars().all()
    released = {job_id: 1 for job_id, state in states.items() if state == "released"}
    assert Counter(row.job_id for row in public) == released
    assert ends == dict.fromkeys(states, 1), {job_id: ends[job_id] for job_id in states if ends[job_id] != 1}
    assert all(failed)
    _files(cluster, {f"released/{row.release_id}/{row.file_name}" for row in public})
    return Counter(states.values())


def _files(cluster: Cluster, expected: set[str]) -> None:
    storage = cluster.bench.quarantine.storage
    assert storage is not None
    bench = cluster.bench
    with bench.database.read() as session:
        pending = {row.release_id for row in releases.in_state(session, releases.PENDING)}
    stored = {name for name in storage.names("") if not pending.intersection(name.split("/"))}
    assert stored == expected
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(storage.names("released")):
            path = Path(folder) / f"{number}{Path(name).suffix}"
            storage.get(name, path)
            assert bench.inspector.inspect(path).state == "ours_intact", name


class Watch:
    """Looks at the shared storage all the time and keeps one copy of every file that ever stands among the released."""

    def __init__(self, cluster: Cluster) -> None:
        self._inspector = cluster.bench.inspector
        self._folder = tempfile.TemporaryDirectory()
        options = {"key": "a", "secret": "b", "endpoint_url": f"http://127.0.0.1:{cluster.store.port}"}
        self._storage = Storage("s3://colophon/files", options, 5.0)
        self._over = threading.Event()
        self._seen: dict[str, Path] = {}
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(0.5):
            for name in self._storage.names("released"):
                if name not in self._seen:
                    path = Path(self._folder.name) / f"{len(self._seen)}{Path(name).suffix}"
                    with suppress(FileNotFoundError):  # taken back meanwhile
                        self._storage.get(name, path)
                        self._seen[name] = path

    def end(self) -> int:
        """How many files were seen; each of them proves its stamp."""
        self._over.set()
        self._thread.join()
        digests = {sha256_of(path): path for path in self._seen.values()}
        for path in digests.values():
            assert self._inspector.inspect(path).state == "ours_intact", path.name
        self._folder.cleanup()
        return len(self._seen)


def drafts(cluster: Cluster) -> list[Path]:
    """Unstamped media outside a quarantine, or left in one."""
    media = [path for path in cluster.folder.rglob("*") if path.suffix in (".wav", ".mp4", ".png")]
    return [path for path in media if "releases" not in path.parts and path.name != "reference.png"]


def failures(cluster: Cluster) -> dict[str, int]:
    """How many jobs failed for which reason."""
    with cluster.bench.database.read() as session:
        return dict(Counter(session.execute(text("SELECT error_key FROM jobs WHERE state = 'failed'")).scalars()))


def in_hand(cluster: Cluster, name: str) -> list[str]:
    """Jobs that a machine works on."""
    here = {path.name for path in cluster.folder.glob(f"{name}/quarantine/job-*")}
    with suppress(Exception):  # the database may be away
        return [job_id for job_id, state in cluster.states().items() if state in WORKING and job_id in here]
    return []


def state_and_token(cluster: Cluster, job_id: str) -> tuple[str, int]:
    """State of a job and its fencing token; empty and 0 while the database is away."""
    with suppress(Exception), cluster.bench.database.read() as session:
        row = session.execute(text("SELECT state, token FROM jobs WHERE job_id = :j"), {"j": job_id}).one()
        return str(row[0]), int(row[1])
    return WORKING[0], 0


def token(cluster: Cluster, job_id: str) -> int:
    """Fencing token of a job."""
    return state_and_token(cluster, job_id)[1]
