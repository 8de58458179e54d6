"""How fast the desk is: a queue page at 100,000 cases, the walk over 1,000,000 audit events.

    python -m benchmarks.moderation.desk [--cases 100000] [--events 1000000]

Prints one JSON object: milliseconds of one queue page (median of 9, wall and CPU) and seconds of a whole check.
"""

from __future__ import annotations

import argparse
import json
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from moderation import checkpoints, views
from moderation.config import DeskConfig
from moderation.context import Context
from moderation.roles import Reviewer
from records import audit
from records.migrate import upgrade
from records.moderation_tables import CaseRow
from records.session import Database
from records.tables import AuditPayloadRow, AuditRow
from safety import policy

START = datetime(2026, 1, 1, tzinfo=UTC)
QUEUES = ("held", "appeals", "notices", "intimate", "orders", "senior")


def main() -> None:
    """Fill two databases and measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=1_000_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        context = Context(DeskConfig(secret="a-secret-for-benchmarks", folder=Path(folder)), policy.load("strict"))
        found = {"queue": queue_page(fresh(folder, "cases"), context, chosen.cases)}
        found["audit"] = walk(fresh(folder, "audit"), context, chosen.events)
    print(json.dumps(found))


def fresh(folder: str, name: str) -> Database:
    """An empty migrated SQLite database."""
    database = Database(f"sqlite:///{folder}/{name}.db")
    upgrade(database)
    return database


def queue_page(database: Database, context: Context, cases: int) -> dict[str, Any]:
    """Time the first page, a page of one queue and a claim candidate among open cases."""
    for first in range(0, cases, 10_000):
        with database.write() as session:
            session.execute(insert(CaseRow), [case(n) for n in range(first, min(first + 10_000, cases))])
    senior = Reviewer("r-bench", ("senior",))

    def page(queue: str) -> Callable[[], None]:
        def look() -> None:
            with database.read() as session:
                assert len(views.queue(session, context, senior, queue).lines) == views.PAGE

        return look

    return {"cases": cases, "all": timed(page("")), "one": timed(page("held"))}


def case(number: int) -> dict[str, Any]:
    """A row of an open case; the page reads rows only."""
    opened, case_id = START + timedelta(seconds=number), f"c-{number:016x}"
    return {
        "case_id": case_id, "kind": "held", "live": True, "queue": QUEUES[number % 6], "urgency": number % 4,
        "policy": "likeness.real_person", "subject": f"job-{number}", "parent": None, "state": "open", "outcome": "",
        "locale": "en", "opened_at": opened, "due_at": opened + timedelta(hours=48), "events": 1,
        "dedupe_key": case_id, "secret_hash": secrets.token_hex(32), "lease_token": 0,
    }  # fmt: skip


def walk(database: Database, context: Context, events: int) -> dict[str, Any]:
    """Time a whole check of a chain of this length, payloads included."""
    previous, sequence = audit.GENESIS, 0
    while sequence < events:
        links, payloads = [], []
        for number in range(sequence + 1, min(sequence + 20_000, events) + 1):
            link, payload = event(number, previous)
            links.append(link)
            payloads.append(payload)
            previous = link["hash"]
        sequence += len(links)
        with database.write() as session:
            session.execute(insert(AuditRow), links)
            session.execute(insert(AuditPayloadRow), payloads)
    wall, cpu = time.perf_counter(), time.process_time()
    with database.read() as session:
        report = checkpoints.verify(session, context.config.folder)
    assert report.problems == ()
    assert report.events == events
    return {
        "events": events, "wall_s": round(time.perf_counter() - wall, 1), "cpu_s": round(time.process_time() - cpu, 1)
    }  # fmt: skip


def event(sequence: int, previous: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """One link and its payload."""
    at, salt, facts = START + timedelta(seconds=sequence), f"{sequence:032x}", json.dumps({"number": sequence})
    commitment = audit.commit(salt, facts)
    digest = audit.link(previous, sequence, at, "system", "job.queued", "job-1", commitment)
    link = {
        "sequence": sequence, "time": at, "actor": "system", "action": "job.queued", "subject": "job-1",
        "commitment": commitment, "previous": previous, "hash": digest,
    }  # fmt: skip
    return link, {"sequence": sequence, "salt": salt, "payload": facts}


def timed(work: Callable[[], None]) -> dict[str, float]:
    """Median of nine, milliseconds."""
    walls, cpus = [], []
    for _ in range(9):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(1000 * (time.perf_counter() - wall))
        cpus.append(1000 * (time.process_time() - cpu))
    return {"wall_ms": round(statistics.median(walls), 1), "cpu_ms": round(statistics.median(cpus), 1)}


if __name__ == "__main__":
    main()
