"""Every revision goes up and down, and the end of the road is what the tables say."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from records import moderation_tables  # noqa: F401
from records.migrate import config, downgrade, upgrade
from records.session import Database
from records.tables import Base


def test_every_revision_up_and_down(url: str) -> None:
    database = Database(url)
    revisions = [r.revision for r in ScriptDirectory.from_config(config(url)).walk_revisions()]
    for revision in reversed(revisions):
        upgrade(database, revision)
    for revision in [*revisions[1:], "base"]:
        downgrade(database, revision)
    assert set(inspect(database.engine).get_table_names()) <= {"alembic_version"}
    database.close()


def test_the_schema_is_what_the_tables_say(database: Database) -> None:
    with database.engine.connect() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert difference == []
