"""SQLite to PostgreSQL by one command, verified by counts and the audit chain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select, update

from errors import UsageError
from records import audit, jobs
from records.__main__ import main
from records.copy import copy
from records.migrate import upgrade
from records.session import Database
from records.tables import AuditPayloadRow


@pytest.fixture
def old(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path}/old.db")
    upgrade(database)
    with database.write() as session:
        for number in range(3):
            name = f"job-{number}"
            jobs.add(session, job_id=name, visitor="v", engine="e", locale="en", request={"prompt": "ein Boot 🚤"})
            audit.append(session, actor="visitor", action="job.queued", subject=name, facts={"n": number})
        jobs.add_verdict(session, "job-1", "request", {
            "decision": "allow", "policies": [], "policy_version": "1", "profile": "strict", "digest": "", "signals": []
        })  # fmt: skip
    return database


def test_everything_arrives_and_counting_goes_on(old: Database, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    target = url.replace("colophon.db", "new.db")
    assert main(["copy", old.url, target]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["rows"]["jobs"], told["rows"]["verdicts"], told["events"]) == (3, 1, 3)
    new = Database(target)
    with new.write() as session:
        assert jobs.get(session, "job-2").request["prompt"] == "ein Boot 🚤"
        audit.append(session, actor="system", action="moved", subject="all", facts={})
        assert audit.verify(session).broken_at is None
        assert jobs.add_verdict(session, "job-1", "output", {
            "decision": "allow", "policies": [], "policy_version": "1", "profile": "strict", "digest": "", "signals": []
        }) == 2  # fmt: skip
    assert main(["check", target]) == 0
    with pytest.raises(UsageError):
        copy(old, new)
    new.close()


def test_a_broken_chain_is_not_copied(old: Database, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with old.write() as session:
        session.execute(update(AuditPayloadRow).where(AuditPayloadRow.sequence == 2).values(payload="{}"))
    new = Database(url.replace("colophon.db", "new.db"))
    assert main(["copy", old.url, new.url]) == 1
    assert "nothing was copied" in capsys.readouterr().err
    with new.read() as session:
        assert session.execute(select(AuditPayloadRow)).first() is None
    new.close()


def test_a_database_of_a_newer_version_is_left_alone(old: Database, capsys: pytest.CaptureFixture[str]) -> None:
    with old.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert main(["copy", old.url, old.url]) == 6
    assert "newer version" in capsys.readouterr().err
