"""What has to be true of a cluster after anything that happened to it."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from sqlalchemy import text

from records import audit, releases
from tests.hosting.cluster import FINAL, Cluster


def check(cluster: Cluster) -> Counter[str]:
    """Every job ended once, every stored file proves its stamp, nothing else is anywhere, the chain is whole."""
    bench, states = cluster.bench, cluster.states()
    assert set(cluster.visitors) <= states.keys()
    assert set(states.values()) <= set(FINAL)
    with bench.database.read() as session:
        assert audit.verify(session).broken_at is None
        public = releases.in_state(session, releases.PUBLIC)
        ends = Counter(session.execute(text(
            "SELECT job_id FROM releases JOIN audit_events ON subject = release_id "
                "AND action = 'release.released' AND actor = 'system'"
        )).scalars())  # fmt: skip
        failed = session.execute(text("SELECT error_key FROM jobs WHERE state = 'failed'")).scalars().all()
    released = {job_id for job_id, state in states.items() if state == "released"}
    assert {row.job_id for row in public} == released
    assert set(ends.values()) <= {1}
    assert all(failed)
    _files(cluster, {f"released/{row.release_id}/{row.file_name}" for row in public})
    return Counter(states.values())


def _files(cluster: Cluster, expected: set[str]) -> None:
    storage = cluster.bench.quarantine.storage
    assert storage is not None
    bench = cluster.bench
    with bench.database.read() as session:
        pending = {row.release_id for row in releases.in_state(session, releases.PENDING)}
    stored = {name for name in storage.names("released") if name.split("/")[1] not in pending}
    assert stored == expected
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(storage.names("released")):
            path = Path(folder) / f"{number}{Path(name).suffix}"
            storage.get(name, path)
            assert bench.inspector.inspect(path).state == "ours_intact", name


def drafts(cluster: Cluster) -> list[Path]:
    """Unstamped media outside a quarantine, or left in one."""
    media = [path for path in cluster.folder.rglob("*") if path.suffix in (".wav", ".mp4", ".png")]
    return [path for path in media if "releases" not in path.parts and path.name != "reference.png"]
