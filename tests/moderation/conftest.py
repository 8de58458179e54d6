"""A desk on a fresh database, a clock that the test turns, and a pipeline that writes down what it was asked."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from errors import ReleaseRefused
from moderation.config import DeskConfig, LoginConfig
from moderation.desk import Desk
from moderation.roles import Reviewer
from records import staydown
from records.migrate import upgrade
from records.session import Database
from records.tables import Base, JobRow, ReleaseRow, VerdictRow
from safety.policy import Policy, Rule
from tests.records.conftest import postgres_url

RULES = (
    ("face.photographic", "likeness.real_person", 3, "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS"),
    ("text.character", "ip.character", 2, "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS"),
    ("text.minor", "minors.sexual", 4, "STATEMENT_CATEGORY_PROTECTION_OF_MINORS"),
    ("image.intimate", "intimate.nudity", 4, "STATEMENT_CATEGORY_CYBER_VIOLENCE"),
)


@pytest.fixture(scope="session")
def migrated_file() -> Iterator[Path]:
    """A migrated SQLite file to copy, in memory where the system offers that: migrating once for the whole run."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        path = Path(folder) / "template.db"
        database = Database(f"sqlite:///{path}")
        upgrade(database)
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        yield path


@pytest.fixture(scope="session")
def migrated_server() -> Iterator[Database]:
    """One migrated PostgreSQL database for the whole run; each test finds it empty."""
    server = postgres_url()
    if server is None:
        pytest.skip("no PostgreSQL on loopback")
    name = f"colophon_desk_{secrets.token_hex(6)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    database = Database(f"{server.rsplit('/', 1)[0]}/{name}?options=-csynchronous_commit%3Doff")
    upgrade(database)
    yield database
    database.close()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty migrated database, on both kinds."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("migrated_file")
        path = shutil.copyfile(template, template.with_name(f"{secrets.token_hex(6)}.db"))
        database = Database(f"sqlite:///{path}")
        yield database
        database.close()
        return
    database = request.getfixturevalue("migrated_server")
    names = ", ".join(name for name in Base.metadata.tables)
    with database.write() as session:
        session.execute(text(f"TRUNCATE {names} CASCADE"))
    yield database


@dataclass
class Clock:
    """A clock that stands until the test moves it."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.at

    def go(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class FakePipeline:
    """Keeps job and release rows as the pipeline would, and the list of calls."""

    database: Database
    folder: Path
    calls: list[tuple[str, str]] = field(default_factory=list)
    broken: bool = False

    def _set_job(self, job_id: str, state: str, name: str) -> None:
        if self.broken:
            raise ReleaseRefused("error.release.mark", part="all")
        self.calls.append((name, job_id))
        with self.database.write() as session:
            job = session.get(JobRow, job_id)
            assert job is not None
            job.state = state
            release = session.get(ReleaseRow, job.release_id) if job.release_id else None
            if release is not None and release.state == "held":
                release.state = "released" if state == "released" else "withdrawn"

    def approve(self, job_id: str, case: str) -> None:
        self._set_job(job_id, "released", "approve")

    def restrict(self, job_id: str, case: str) -> None:
        self._set_job(job_id, "released", "restrict")

    def refuse(self, job_id: str, reasons: Sequence[Mapping[str, Any]], case: str) -> None:
        self._set_job(job_id, "refused", "refuse")
        with self.database.write() as session:
            job = session.get(JobRow, job_id)
            assert job is not None
            job.reasons = [dict(reason) for reason in reasons]

    def _set_release(self, release_id: str, state: str, name: str) -> None:
        self.calls.append((name, release_id))
        with self.database.write() as session:
            release = session.get(ReleaseRow, release_id)
            assert release is not None
            release.state = state

    def withdraw(self, release_id: str, case: str) -> None:
        self._set_release(release_id, "withdrawn", "withdraw")

    def restore(self, release_id: str, case: str) -> None:
        self._set_release(release_id, "released", "restore")
        with self.database.write() as session:
            staydown.lift(session, release_id)

    def stay_down(self, release_id: str, case: str) -> None:
        self.calls.append(("stay_down", release_id))
        with self.database.write() as session:
            release = session.get(ReleaseRow, release_id)
            assert release is not None
            staydown.add(session, release, case)

    def media(self, release_id: str) -> Path:
        return self.folder / f"{release_id}.mp4"

    def reference(self, job_id: str, name: str) -> Path | None:
        path = self.folder / f"{job_id}-{name}.png"
        return path if path.exists() else None


def policy(profile: str = "strict") -> Policy:
    """Four rules that the tests judge by."""
    rules = tuple(
        Rule(
            signal=signal, at_least=0.5, decision="review", policy=name, severity=severity, dsa=dsa,
            text=f"policy.{name}",
        )
        for signal, name, severity, dsa in RULES
    )  # fmt: skip
    return Policy(rules, profile, "test")


def make_desk(database: Database, folder: Path, clock: Clock, **settings: Any) -> Desk:
    """A desk without random second looks unless the test asks for them."""
    cheap = LoginConfig(hash_memory_kib=64, hash_rounds=1, oauth_logins=settings.pop("oauth_logins", ()))
    plain: dict[str, Any] = {"second_look_rate": 0.0, "login": cheap}
    config = DeskConfig(secret="a-secret-for-tests-only", folder=folder, **(plain | settings))
    port = FakePipeline(database, folder)
    return Desk(database, port, policy(), config, clock, appeal_token=lambda job_id: f"appeal-token-of-{job_id}")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(database: Database, tmp_path: Path, clock: Clock) -> Desk:
    return make_desk(database, tmp_path, clock)


@pytest.fixture
def pipeline(desk: Desk) -> FakePipeline:
    assert isinstance(desk.port, FakePipeline)
    return desk.port


ANNA = Reviewer("r-anna", ("reviewer",))
BEN = Reviewer("r-ben", ("reviewer",))
SARA = Reviewer("r-sara", ("senior",))
TOM = Reviewer("r-tom", ("senior",))
CHILD_A = Reviewer("r-child-a", ("child_safety",))
CHILD_B = Reviewer("r-child-b", ("child_safety",))
CHILD_C = Reviewer("r-child-c", ("child_safety",))
AUDITOR = Reviewer("r-auditor", ("auditor",))
ADMIN = Reviewer("r-admin", ("admin",))


def add_job(
    desk: Desk, policy_id: str = "likeness.real_person", state: str = "held", release: str = "", prompt: str = "a lamp"
) -> str:
    """A job as the pipeline leaves it: held or refused, with its verdict, appeal hash and perhaps a held file."""
    job_id = f"job-{secrets.token_hex(8)}"
    at = desk.clock()
    with desk.database.write() as session:
        release_id = f"rel-{secrets.token_hex(8)}" if release else None
        session.add(JobRow(
            job_id=job_id, visitor="v-1", state=state, engine="animatic", locale="de",
            request={"prompt": prompt, "output": "video", "references": [{"file": "image1.png"}], "plan": {"shots": [
                {"action": "a lamp", "dialogue": [{"speaker": "A", "line": "Light."}]}]}},
            created_at=at, updated_at=at, release_id=release_id,
            reasons=[{"policy": policy_id, "where": "image1", "rule_key": "r", "remedy_key": "m", "sureness": "sure"}],
            appeal_hash=hashlib.sha256(f"appeal-token-of-{job_id}".encode()).hexdigest()
            if state in ("held", "refused") else "",
        ))  # fmt: skip
        session.flush()
        session.add(VerdictRow(
            job_id=job_id, stage="request", decision="review", policies=[policy_id], policy_version="test",
            profile="strict", digest="0" * 64, created_at=at,
            signals=[{"name": "face.photographic", "version": "yunet-1", "score": 0.91, "threshold": 0.5, "state": "ok",
                      "decision": "review", "policy": policy_id, "evidence": [{"where": "image1", "time_s": 1.0}]}],
        ))  # fmt: skip
        if release_id:
            session.add(ReleaseRow(
                release_id=release_id, job_id=job_id, state=release, file_name="f.mp4", media_type="video/mp4",
                sha256=secrets.token_hex(32), draft_digest=secrets.token_hex(32), payload=secrets.token_hex(8),
                manifest_label=secrets.token_hex(8), manifest=b"", fingerprint={"frames": [1, 2]}, engine="animatic",
                facts={"duration_s": 2.0}, created_at=at,
            ))  # fmt: skip
    return job_id


def release_of(desk: Desk, job_id: str) -> str:
    """The release of a job."""
    with desk.database.read() as session:
        job = session.get(JobRow, job_id)
        assert job is not None
        assert job.release_id is not None
        return job.release_id


def job_state(desk: Desk, job_id: str) -> str:
    """The state of a job's row."""
    with desk.database.read() as session:
        job = session.get(JobRow, job_id)
        assert job is not None
        return job.state
