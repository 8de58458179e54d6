"""Bring a database to the newest schema, or back. Alembic runs in-process; there is no ini file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, OperationalError

from errors import Unavailable
from records.session import Database

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x4D696772


def config(url: str) -> Config:
    """The Alembic configuration for a database URL."""
    settings = Config()
    settings.set_main_option("script_location", str(_FOLDER))
    settings.attributes["url"] = url
    return settings


def upgrade(database: Database, revision: str = "head") -> None:
    """Migrate up; a fresh database gets every table. Of several machines that start together one migrates.

    A revision is one transaction, so that an interrupted migration leaves the schema as it was.

    Raises:
        Unavailable: the database was written by a newer version of this program, holds something that stands in the
            way of a table, or went away.
    """
    with _alone(database):
        try:
            command.upgrade(config(database.url), revision)
        except CommandError as error:
            remedy = "COLOPHON_DATABASE_URL"
            raise Unavailable("error.database.newer", part="database", remedy=remedy) from error
        except DatabaseError as error:
            raise _said(error) from error


def _said(error: DatabaseError) -> Unavailable:
    """A statement that was refused means a schema that is not ours; SQLite reports that like an outage."""
    refused = getattr(error.orig, "sqlite_errorname", "") == "SQLITE_ERROR"
    if refused or not isinstance(error, OperationalError):
        return Unavailable("error.database.damaged", part="database", remedy="backup")
    return Unavailable("error.database.silent", part="database", remedy="COLOPHON_DATABASE_URL")


def downgrade(database: Database, revision: str) -> None:
    """Migrate down; used by tests and by a host who steps back a version."""
    command.downgrade(config(database.url), revision)


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    if database.is_sqlite:
        yield
        return
    with database.engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
