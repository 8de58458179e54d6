"""Leases: one worker at a time, and a zombie changes nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from errors import UsageError
from records import jobs
from records.session import Database, now
from records.tables import AuditRow, JobRow


def _queue(database: Database, job_id: str = "job-1", visitor: str = "v1") -> None:
    with database.write() as session:
        jobs.add(session, job_id=job_id, visitor=visitor, engine="animatic", locale="en", request={"prompt": "a boat"})


def _lease(database: Database, worker: str = "w1", seconds: float = 30) -> jobs.Lease | None:
    with database.write() as session:
        return jobs.lease(session, "job-1", worker, seconds)


def _expire(database: Database) -> None:
    with database.write() as session:
        row = session.get(JobRow, "job-1")
        assert row is not None
        row.lease_until = now() - timedelta(seconds=1)


def test_only_one_of_many_workers_gets_a_job(database: Database) -> None:
    _queue(database)
    with ThreadPoolExecutor(6) as pool:
        leases = list(pool.map(lambda n: _lease(database, f"w{n}"), range(6)))
    assert sum(lease is not None for lease in leases) == 1


def test_a_silent_worker_loses_its_job(database: Database) -> None:
    _queue(database)
    first = _lease(database)
    _expire(database)
    second = _lease(database, "w2")
    assert first is not None
    assert second is not None
    assert second.token > first.token


def test_a_zombie_cannot_report_or_finish(database: Database) -> None:
    _queue(database)
    zombie = _lease(database)
    _expire(database)
    _lease(database, "w2")
    assert zombie is not None
    with pytest.raises(jobs.LeaseLost), database.write() as session:
        jobs.step(session, zombie, "stamping", 0.5, 30)
    with pytest.raises(jobs.LeaseLost), database.write() as session:
        jobs.holder(session, zombie)


def test_a_job_that_kills_its_workers_fails_after_three_attempts(database: Database) -> None:
    _queue(database)
    for _ in range(jobs.MAX_ATTEMPTS):
        assert _lease(database) is not None
        _expire(database)
    assert _lease(database) is None
    with database.read() as session:
        row = jobs.get(session, "job-1")
        assert (row.state, row.error_key) == ("failed", "error.job.attempts")
        assert [link.action for link in session.query(AuditRow)] == ["job.failed"]


def test_a_finished_job_is_never_leased_again(database: Database) -> None:
    _queue(database)
    lease = _lease(database)
    assert lease is not None
    with database.write() as session:
        jobs.finish(session, jobs.holder(session, lease), "released", release_id="rel-1")
    assert _lease(database) is None


def test_somebody_elses_job_does_not_exist(database: Database) -> None:
    _queue(database)
    with database.read() as session, pytest.raises(UsageError, match=r"error\.job\.unknown"):
        jobs.get(session, "job-1", visitor="v2")


def test_positions_count_from_one(database: Database) -> None:
    for number in (1, 2, 3):
        _queue(database, f"job-{number}")
    with database.read() as session:
        assert [jobs.position(session, jobs.get(session, f"job-{n}")) for n in (1, 2, 3)] == [1, 2, 3]


def test_cancel_reaches_the_worker_with_its_next_report(database: Database) -> None:
    _queue(database)
    lease = _lease(database)
    assert lease is not None
    with database.write() as session:
        jobs.get(session, "job-1").cancel_requested = True
    with database.write() as session:
        assert jobs.step(session, lease, "rendering", 0.2, 30) is True


@pytest.mark.parametrize("skew", [timedelta(minutes=-50), timedelta(minutes=50)])
def test_machines_whose_clocks_differ_do_not_rob_each_other(
    database: Database, skew: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database.is_sqlite:
        pytest.skip("one machine, one clock")
    _queue(database)
    held = _lease(database)
    assert held is not None
    monkeypatch.setattr("records.session.now", lambda: now() + skew)
    monkeypatch.setattr("records.jobs.now", lambda: now() + skew)
    assert _lease(database, "w2") is None
    with database.write() as session:
        assert jobs.remind(session, 10, 30.0) == []
        assert jobs.step(session, held, "rendering", 0.2, 30) is False
    monkeypatch.undo()
    assert _lease(database, "w3") is None
    with database.read() as session:
        lease_until = jobs.get(session, "job-1").lease_until
        assert lease_until is not None
        assert timedelta(seconds=20) < lease_until - now() < timedelta(seconds=40)
