"""Alembic's entry: one connection, one transaction."""

from alembic import context
from sqlalchemy import create_engine, pool

from records import moderation_tables, tables  # noqa: F401  registers the tables

target_metadata = tables.Base.metadata
engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=target_metadata, render_as_batch=engine.dialect.name == "sqlite"
    )
    with context.begin_transaction():
        context.run_migrations()
