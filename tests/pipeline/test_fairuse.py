"""Fair use: bursts, days, networks, refusals; counted in the job table, in fair turns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from pipeline.fairuse import FAIR_USE, Busy, FairUse, Network, Stopped
from records import jobs
from records.migrate import upgrade
from records.session import Database, now
from records.tables import JobRow

NETWORK = Network(b"k" * 32)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('fair') / 'fair.db'}")
    upgrade(database)
    yield database
    database.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.write() as session:
        session.execute(delete(JobRow))
        yield session


def add(session: Session, visitor: str, *, ago_s: float = 0.0, state: str = "released", network: str = "") -> str:
    job_id = f"job-{visitor}-{len(jobs.times(session, now() - timedelta(days=3)))}"
    row = jobs.add(
        session, job_id=job_id, visitor=visitor, engine="animatic", locale="en", request={"network": network}
    )
    row.state, row.created_at = state, now() - timedelta(seconds=ago_s)
    session.flush()
    return job_id


def refusal(session: Session, fair: FairUse = FAIR_USE, visitor: str = "a", network: str = "") -> str:
    try:
        fair.check(session, visitor, network)
    except Busy as busy:
        return busy.key
    return ""


def test_a_newcomer_is_welcome(session: Session) -> None:
    assert refusal(session) == ""


@pytest.mark.parametrize(
    ("count", "ago_s", "state", "key"),
    [
        (3, 100, "queued", "error.job.too_many"),
        (6, 10, "released", "error.fair.burst"),
        (6, 100, "released", ""),
        (100, 7200, "cancelled", "error.fair.day"),
        (100, 90_000, "cancelled", ""),
        (5, 10, "refused", "error.fair.slowed"),
        (5, 3700, "refused", ""),
        (20, 7200, "refused", "error.fair.stopped"),
    ],
)
def test_each_limit_names_itself(session: Session, count: int, ago_s: float, state: str, key: str) -> None:
    for _ in range(count):
        add(session, "a", ago_s=ago_s, state=state)
    assert refusal(session) == key
    assert refusal(session, visitor="b") == ""


def test_waits_double_with_each_refusal_and_end(session: Session) -> None:
    for _ in range(5):
        add(session, "a", ago_s=40, state="refused")
    assert refusal(session) == ""
    add(session, "a", ago_s=40, state="refused")
    assert refusal(session) == "error.fair.slowed"


def test_new_cookies_do_not_help_a_network(session: Session) -> None:
    home = NETWORK.of("192.0.2.7")
    for number in range(60):
        add(session, f"cookie{number}", ago_s=5, network=home)
    assert refusal(session, visitor="fresh", network=home) == "error.fair.burst"
    assert refusal(session, visitor="fresh", network=NETWORK.of("198.51.100.7")) == ""


def test_a_network_is_slowed_but_never_stopped(session: Session) -> None:
    home = NETWORK.of("192.0.2.7")
    for number in range(60):
        add(session, f"cookie{number}", ago_s=3000, state="refused", network=home)
    with pytest.raises(Busy) as caught:
        FAIR_USE._check_refusals(jobs.times(session, now() - timedelta(hours=2), network=home), now(), 1)
    assert isinstance(caught.value, Stopped)
    assert refusal(session, visitor="fresh", network=home) == ""


def test_a_full_queue_is_said(session: Session) -> None:
    for number in range(4):
        add(session, f"v{number}", state="queued", ago_s=100)
    assert refusal(session, replace(FAIR_USE, in_all=4), "new") == "error.job.queue_full"


def test_a_full_disk_takes_nothing(tmp_path: Path) -> None:
    FAIR_USE.check_disk(tmp_path)
    with pytest.raises(Busy, match="disk"):
        replace(FAIR_USE, free_mb=10**9).check_disk(tmp_path)


def test_everybodys_first_job_comes_before_anybodys_second(session: Session) -> None:
    first, second, third = (add(session, "a", state="queued", ago_s=30 - n) for n in range(3))
    other = add(session, "b", state="queued", ago_s=5)
    assert jobs.turns(session) == [first, other, second, third]
    jobs.get(session, first).state = "rendering"
    assert jobs.turns(session) == [other, second, third]
    assert jobs.position(session, jobs.get(session, other)) == 1


def test_a_network_is_a_prefix_behind_a_key() -> None:
    assert NETWORK.of("192.0.2.7") == NETWORK.of("192.0.2.200") != NETWORK.of("192.0.3.7")
    assert NETWORK.of("2001:db8:1:2::1") == NETWORK.of("2001:db8:1:ff::9") != NETWORK.of("2001:db8:2::1")
    assert NETWORK.of("::ffff:192.0.2.7") == NETWORK.of("192.0.2.9")
    assert NETWORK.of("192.0.2.7") != Network(b"x" * 32).of("192.0.2.7")
    assert NETWORK.of("no address") == NETWORK.of("") == ""
