"""`python -m benchmarks.hosting.appends URL [--writers N] [--links N]`: links a second that the audit chain takes.

Every writer is a process with a connection of its own and ends one job per transaction, as a worker does: it changes a
row of its own and appends one link. Walks the chain at the end. Prints one JSON object. URL names an empty database;
`postgresql://own` starts a PostgreSQL for this measurement and removes it.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time

from records import audit, jobs
from records.migrate import upgrade
from records.session import Database
from tests.hosting.services import Postgres

OWN = "postgresql://own"


def _append(url: str, writer: int, links: int, gate: object) -> None:
    database = Database(url)
    job_id = f"job-{writer}"
    with database.write() as session:
        jobs.add(session, job_id=job_id, visitor="v", engine="e", locale="en", request={})
    gate.wait()  # type: ignore[attr-defined]
    for number in range(links):
        with database.write() as session:
            jobs.get(session, job_id).progress = number / links
            audit.append(session, actor="system", action="job.step", subject=job_id, facts={"number": number})
    database.close()


def measure(url: str, writers: int, links: int) -> dict[str, object]:
    """Append with several processes at once; returns the rate."""
    database = Database(url)
    upgrade(database)
    spawn = multiprocessing.get_context("spawn")
    gate = spawn.Barrier(writers + 1)
    each = links // writers
    processes = [spawn.Process(target=_append, args=(url, number, each, gate)) for number in range(writers)]
    for process in processes:
        process.start()
    gate.wait()
    start = time.perf_counter()
    for process in processes:
        process.join()
    seconds = time.perf_counter() - start
    with database.read() as session:
        report = audit.verify(session)
    assert (report.events, report.broken_at) == (each * writers, None)
    return {
        "database": "sqlite" if database.is_sqlite else "postgresql", "writers": writers, "links": report.events,
        "seconds": round(seconds, 2), "per_s": round(report.events / seconds, 1),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--links", type=int, default=800)
    chosen = parser.parse_args()
    if chosen.url != OWN:
        print(json.dumps(measure(chosen.url, chosen.writers, chosen.links)))
        return
    server = Postgres.new()
    try:
        url = f"postgresql+psycopg://postgres@127.0.0.1:{server.port}/postgres"
        print(json.dumps(measure(url, chosen.writers, chosen.links)))
    finally:
        server.remove()


if __name__ == "__main__":
    main()
