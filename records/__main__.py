"""The records without a page: `python -m records copy|check`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy.exc import DatabaseError

from errors import ColophonError, Unavailable
from locales.catalog import complain
from records import audit
from records.copy import copy
from records.session import Database, check


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status of the contract in README."""
    chosen = _parser().parse_args(arguments)
    try:
        status: int = chosen.command(chosen)
    except ColophonError as error:
        return complain(error)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m records", description="Move the records, or check them.")
    verbs = parser.add_subparsers(required=True, metavar="copy|check")
    move = verbs.add_parser("copy", help="copy everything from one database into another, empty one")
    move.add_argument("source", metavar="FROM_URL", help="e.g. sqlite:////data/colophon.db")
    move.add_argument("target", metavar="TO_URL", help="e.g. postgresql+psycopg://colophon:...@host/colophon")
    move.set_defaults(command=_copy)
    look = verbs.add_parser("check", help="read every page of a database and walk its audit chain")
    look.add_argument("url", metavar="URL")
    look.set_defaults(command=_check)
    return parser


def _copy(chosen: argparse.Namespace) -> int:
    databases = [Database(url) for url in (chosen.source, chosen.target)]
    for database in databases:
        check(database)
    print(json.dumps(asdict(copy(*databases))))
    return 0


def _check(chosen: argparse.Namespace) -> int:
    database = Database(chosen.url)
    check(database)
    try:
        with database.read() as session:
            problems = [] if not database.is_sqlite else _pages(session)
            report = audit.verify(session)
    except DatabaseError as error:
        raise Unavailable("error.database.damaged", part="database", remedy="backup") from error
    print(json.dumps({"pages": problems or "ok", **asdict(report)}))
    return 0 if not problems and report.broken_at is None else 1


def _pages(session: object) -> list[str]:
    from sqlalchemy import text

    rows = session.execute(text("PRAGMA integrity_check")).scalars()  # type: ignore[attr-defined]
    return [row for row in rows if row != "ok"][:10]


if __name__ == "__main__":
    sys.exit(main())
