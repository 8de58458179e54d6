"""Every revision goes up and down, and the end of the road is what the tables say."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from errors import Unavailable
from records import jobs, moderation_tables  # noqa: F401
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


def test_a_half_migrated_schema_is_said_stays_as_it_was_and_is_mended(url: str) -> None:
    """Something stands in the way of the last table of a revision; the tables before it go back with it."""
    database = Database(url)
    upgrade(database, "0001")
    with database.write() as session:
        jobs.add(session, job_id="job-1", visitor="v", engine="animatic", locale="en", request={})
        session.execute(text("CREATE TABLE notices (a INTEGER)"))
    before = set(inspect(database.engine).get_table_names())
    with pytest.raises(Unavailable) as caught:
        upgrade(database)
    assert caught.value.key == "error.database.damaged"
    assert set(inspect(database.engine).get_table_names()) == before
    with database.write() as session:
        session.execute(text("DROP TABLE notices"))
    upgrade(database)
    with database.read() as session:
        assert jobs.get(session, "job-1").visitor == "v"
    database.close()


def test_a_schema_of_a_newer_version_is_said(database: Database) -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable) as caught:
        upgrade(database)
    assert caught.value.key == "error.database.newer"
