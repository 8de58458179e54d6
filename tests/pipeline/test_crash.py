"""kill -9 at every step boundary: nothing unstamped, nothing orphaned, and the job ends released exactly once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.views import JobState
from records import audit, jobs, releases
from records.session import now
from records.tables import JobRow
from tests.pipeline.conftest import Bench

# name -> the call before which the process dies
POINTS = {
    "leased": "pipeline.inhand.Job.opened",
    "screened": "pipeline.run._rendered",
    "rendering": "pipeline.quarantine.DraftWriter.finish",
    "drawn": "pipeline.run._judged",
    "judged": "pipeline.run._stamped",
    "signing": "watermark.stamp.sign",
    "stamped": "pipeline.run._released",
    "proven": "pipeline.release.ledger.remember",
    "recorded": "pipeline.shelf._move",
    "moved": "pipeline.release.Door._finish",
    "published": "pipeline.inhand.Job._tidy",
}

CHILD = """
import os, signal, sys
from pathlib import Path
from pkgutil import resolve_name
from tests.pipeline.conftest import Bench

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

owner, _, name = sys.argv[2].rpartition(".")
setattr(resolve_name(owner), name, die)
bench = Bench(Path(sys.argv[1]))
bench.run(bench.submit().job_id)
"""


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_a_killed_worker_leaves_a_job_that_ends_once(tmp_path: Path, point: str) -> None:
    died = subprocess.run([sys.executable, "-c", CHILD, str(tmp_path), POINTS[point]], check=False, env=_environment())
    assert died.returncode == -signal.SIGKILL
    bench = Bench(tmp_path)
    with bench.database.write() as session:
        (row,) = session.query(JobRow).all()
        if row.lease_until is not None:
            row.lease_until = now() - timedelta(seconds=1)
    with bench.database.read() as session:
        bench.quarantine.sweep(jobs.alive(session))
    bench.door.sweep()
    view = bench.run(row.job_id)
    assert view.state is JobState.RELEASED
    assert [bench.inspector.inspect(path).state for path in bench.files()] == ["ours_intact"]
    assert bench.drafts() == []
    with bench.database.read() as session:
        assert len(releases.in_state(session, releases.PUBLIC)) == 1
        assert releases.in_state(session, releases.PENDING) == []
        assert audit.verify(session).broken_at is None
        published = session.query(audit.AuditRow).filter_by(action="release.released").count()
    assert published == 1


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
