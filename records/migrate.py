"""Bring a database to the newest schema, or back. Alembic runs in-process; there is no ini file."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from records.session import Database

_FOLDER = Path(__file__).parent / "migrations"


def config(url: str) -> Config:
    """The Alembic configuration for a database URL."""
    settings = Config()
    settings.set_main_option("script_location", str(_FOLDER))
    settings.attributes["url"] = url
    return settings


def upgrade(database: Database, revision: str = "head") -> None:
    """Migrate up; a fresh database gets every table."""
    command.upgrade(config(database.url), revision)


def downgrade(database: Database, revision: str) -> None:
    """Migrate down; used by tests and by a host who steps back a version."""
    command.downgrade(config(database.url), revision)
