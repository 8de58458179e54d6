"""Alembic's entry: one connection, one transaction."""

from typing import Any

from alembic import context
from sqlalchemy import create_engine, event, pool

from records import moderation_tables, tables  # noqa: F401  registers the tables

target_metadata = tables.Base.metadata
engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
sqlite = engine.dialect.name == "sqlite"
if sqlite:  # its driver would commit after every table, and an interruption leave half of a revision behind

    @event.listens_for(engine, "connect")
    def by_hand(connection: Any, _: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=target_metadata, render_as_batch=sqlite, transactional_ddl=True
    )
    with context.begin_transaction():
        context.run_migrations()
