"""The desk without a page: `python -m moderation user|golden|audit|retention|transparency ...`."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import secrets
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from errors import ColophonError
from locales.catalog import complain
from moderation import accounts, checkpoints, quality, retention, transparency
from moderation.cases import Choice
from moderation.config import DeskConfig
from moderation.context import Context
from moderation.roles import QUEUES, ROLES, Reviewer
from records import reviewers
from records.migrate import upgrade
from records.session import Database, now
from safety import policy
from settings import Settings, load

_HOST = Reviewer("system", ("admin",))  # whoever has a shell here


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status: 0 done, 1 the chain is broken, 2 usage, 6 a part is missing."""
    chosen = _parser().parse_args(arguments)
    try:
        settings = load()
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = Database(settings.database)
        upgrade(database)
        status: int = chosen.command(chosen, database, _context(settings))
    except ColophonError as error:
        return complain(error, os.environ.get("LANG", "en"))
    return status


def _context(settings: Settings) -> Context:
    # None of these commands makes or checks a link, so the secret of links is not read here.
    config = DeskConfig(
        secret=secrets.token_hex(16), folder=settings.data / "desk", retention=settings.retention
    )  # fmt: skip
    return Context(config, policy.load(settings.profile))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m moderation", description="Reviewers, audit, retention, figures.")
    areas = parser.add_subparsers(required=True, metavar="user|golden|audit|retention|transparency")
    _user_parser(areas)
    _golden_parser(areas)
    _audit_parser(areas)
    worker = areas.add_parser("retention", help="erase what is past its time").add_subparsers(required=True)
    worker.add_parser("run", help="erase once and say how much").set_defaults(command=_retention)
    _transparency_parser(areas)
    return parser


def _user_parser(areas: Any) -> None:
    actions = areas.add_parser("user", help="reviewers").add_subparsers(required=True)
    add = actions.add_parser(
        "add", help="add a reviewer, or set a known one's password and roles anew; the password is asked for"
    )
    add.set_defaults(command=_add)
    add.add_argument("login")
    add.add_argument("--role", action="append", required=True, choices=sorted(ROLES))
    add.add_argument("--queue", action="append", default=[], choices=QUEUES, help="limit to these queues")
    add.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    add.add_argument("--totp", action="store_true", help="ask for a code of an authenticator app, too")
    actions.add_parser("list", help="all reviewers").set_defaults(command=_list)
    gone = actions.add_parser("disable", help="lock a reviewer out at once")
    gone.set_defaults(command=_disable)
    gone.add_argument("login")


def _golden_parser(areas: Any) -> None:
    actions = areas.add_parser("golden", help="cases whose right answer is known").add_subparsers(required=True)
    add = actions.add_parser("add", help="make golden cases of a closed case")
    add.set_defaults(command=_golden)
    add.add_argument("case")
    add.add_argument("--expected", required=True, choices=[c.value for c in Choice if c is not Choice.ESCALATE])
    add.add_argument("--copies", type=int, default=1, help="how many reviewers are to see it (1 to 20)")
    actions.add_parser("list", help="golden cases and how they were answered").set_defaults(command=_golden_list)


def _audit_parser(areas: Any) -> None:
    actions = areas.add_parser("audit", help="the audit chain").add_subparsers(required=True)
    verify = actions.add_parser("verify", help="walk the chain, the checkpoints and every case")
    verify.set_defaults(command=_verify)
    verify.add_argument("--json", action="store_true", help="one JSON object")
    actions.add_parser("checkpoint", help="sign the present head").set_defaults(command=_checkpoint)
    export = actions.add_parser("export", help="the proof for an auditor, one JSON object per line")
    export.set_defaults(command=_export)
    export.add_argument("--out", type=Path, help="a file instead of stdout")


def _transparency_parser(areas: Any) -> None:
    actions = areas.add_parser("transparency", help="published figures").add_subparsers(required=True)
    export = actions.add_parser("export", help="counts, or statements of reasons as the EU database takes them")
    export.set_defaults(command=_transparency)
    export.add_argument("--form", default="json", choices=("json", "csv", "dsa-json", "dsa-csv"))
    export.add_argument("--days", type=int, default=180)


def _add(chosen: argparse.Namespace, database: Database, context: Context) -> int:
    password = sys.stdin.readline().rstrip("\n") if chosen.password_stdin else getpass.getpass("Password: ")
    with database.write() as session:
        reviewer_id, uri = accounts.add(
            session, context, chosen.login, password, chosen.role, chosen.queue, chosen.totp
        )  # fmt: skip
    _say([{"reviewer": reviewer_id, "login": chosen.login, "roles": chosen.role, "totp": uri}])
    return 0


def _list(chosen: argparse.Namespace, database: Database, context: Context) -> int:
    with database.read() as session:
        _say(
            {
                "reviewer": row.reviewer_id, "login": row.login, "roles": row.roles, "queues": row.queues,
                "totp": bool(row.totp_secret), "disabled": row.disabled,
            }
            for row in reviewers.everyone(session)
        )  # fmt: skip
    return 0


def _disable(chosen: argparse.Namespace, database: Database, context: Context) -> int:
    with database.write() as session:
        accounts.disable(session, chosen.login)
    return 0


def _golden(chosen: argparse.Namespace, database: Database, context: Context) -> int:
    with database.write() as session:
        expected = Choice(chosen.expected)
        made = quality.golden(session, context, _HOST, chosen.case, expected, chosen.copies)
        _say([{"case": row.case_id, "of": chosen.case, "expected": expected.value} for row in made])
    return 0


def _golden_list(chosen: argparse.Namespace, database: Database, context: Context) -> int:
    with database.read() as session:
        _say(asdict(row) for row in quality.golden_cases(session, _HOST))
    return 0


def _verify(chosen: argparse.Namespace, database: Database, context: Context) -> int:
    with database.read() as session:
        report = checkpoints.verify(session, context.config.folder)
    if chosen.json:
        _say([report.as_dict()])
    else:
        print(f"{report.events} events, {report.checkpoints} checkpoints, head {report.head}")
        for problem in report.problems:
            print(f"{problem.subject}: {problem.problem}")
    return 1 if report.problems else 0


def _checkpoint(chosen: argparse.Namespace, database: Database, context: Context) -> int:
    with database.write() as session:
        row = checkpoints.Notary(context.config.folder).checkpoint(session, now())
        _say([checkpoints.as_line(row)])
    return 0


def _export(chosen: argparse.Namespace, database: Database, context: Context) -> int:
    with database.read() as session:
        if chosen.out is None:
            _say(checkpoints.export(session))
            return 0
        with chosen.out.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in checkpoints.export(session))
    return 0


def _retention(chosen: argparse.Namespace, database: Database, context: Context) -> int:
    with database.write() as session:
        _say([retention.run(session, context)])
    return 0


def _transparency(chosen: argparse.Namespace, database: Database, context: Context) -> int:
    end = now()
    start = end - timedelta(days=chosen.days)
    with database.read() as session:
        if chosen.form == "dsa-json":
            print(transparency.dsa_json(session, start, end))
        elif chosen.form == "dsa-csv":
            print(transparency.dsa_csv(session, start, end), end="")
        else:
            report = transparency.report(session, context, start, end)
            print(transparency.as_csv(report) if chosen.form == "csv" else json.dumps(report))
    return 0


def _say(lines: Iterable[dict[str, Any]]) -> None:
    for line in lines:
        print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    sys.exit(main())
