"""One database: SQLite in WAL mode by default, PostgreSQL by URL. Commits happen at the edge of `Database.write`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from errors import Unavailable

BUSY_MS = 15_000


def now() -> datetime:
    """The present, aware, UTC."""
    return datetime.now(UTC)


def clock(session: Session) -> datetime:
    """The present by the clock that all machines of a deployment share: the database server's, or ours with SQLite.

    Leases are written and read with it, so that machines whose own clocks differ do not rob each other.
    """
    if session.get_bind().dialect.name != "postgresql":
        return now()
    told: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    return told.astimezone(UTC)


class Database:
    """A migrated database.

    Args:
        url: SQLAlchemy URL, e.g. ``sqlite:///data/colophon.db`` or ``postgresql+psycopg://...``.

    Raises:
        Unavailable: it cannot be opened.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self.engine = _engine(url)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that writes nothing; rows read with it stay readable after it is closed."""
        with self._sessions() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that holds the write lock from its start and commits at the end, all or nothing."""
        with self._sessions() as session, session.begin():
            if self.is_sqlite:
                session.execute(text("BEGIN IMMEDIATE"))
            yield session

    def scrub(self) -> None:
        """Let erased texts leave SQLite's write-ahead file, too; nothing to do on PostgreSQL."""
        if self.is_sqlite:
            with self.engine.connect() as connection:
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))

    def close(self) -> None:
        self.engine.dispose()


def _engine(url: str) -> Engine:
    try:
        if not url.startswith("sqlite"):
            return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20)
        engine = create_engine(url, connect_args={"timeout": BUSY_MS / 1000, "check_same_thread": False})
    except Exception as error:
        raise Unavailable("error.database.url", part="database", remedy="COLOPHON_DATABASE_URL") from error
    event.listen(engine, "connect", _configure)
    # The driver must not open transactions on its own, or BEGIN IMMEDIATE comes too late (SQLAlchemy docs, pysqlite).
    event.listen(engine, "begin", lambda connection: None)
    return engine


def _configure(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", f"busy_timeout={BUSY_MS}"
    ):  # fmt: skip
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def outage(error: BaseException) -> bool:
    """The database went away, as opposed to a statement that it refused."""
    gone = isinstance(error, OperationalError | InterfaceError)
    return gone or (isinstance(error, DBAPIError) and error.connection_invalidated)


def check(database: Database) -> None:
    """Raise `Unavailable` when the database does not answer, or is damaged."""
    try:
        with database.read() as session:
            session.execute(text("SELECT 1"))
    except OperationalError as error:
        raise Unavailable("error.database.silent", part="database", remedy="COLOPHON_DATABASE_URL") from error
    except DatabaseError as error:
        raise Unavailable("error.database.damaged", part="database", remedy="backup") from error
