"""A fresh database for each test: SQLite always, PostgreSQL where one runs on loopback."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from records.migrate import upgrade
from records.session import Database

POSTGRES = os.environ.get("COLOPHON_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")


def postgres_url() -> str | None:
    """A server on loopback that lets us make databases, or None."""
    try:
        with create_engine(POSTGRES, connect_args={"connect_timeout": 2}).connect():
            return POSTGRES
    except Exception:
        return None


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/colophon.db"
        return
    server = postgres_url()
    if server is None:
        pytest.skip("no PostgreSQL on loopback")
    name = f"colophon_{uuid.uuid4().hex[:12]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield server.rsplit("/", 1)[0] + f"/{name}"
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """A migrated database."""
    database = Database(url)
    upgrade(database)
    yield database
    database.close()
