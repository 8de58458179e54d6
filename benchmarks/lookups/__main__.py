"""How long Verify's look-ups take in a ledger of a million releases.

    python -m benchmarks.lookups [--releases N] URL

Fills the data base of a SQLAlchemy URL, which must be empty (SQLite: about 7 GB for a million; left there, used
again), as `made` says, then asks as Verify does for forty releases: by payload, by manifest, by the fingerprint of a
copy whose codes differ in some bits, and by one frame of it.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from benchmarks.lookups.made import TABLES, build, copy_of, fingerprint_of, name_of
from records.ledger import SqlLedger
from records.session import Database
from watermark.fingerprint import Fingerprint
from watermark.ledger import Entry

ASKED: Final = 40
BITS_OF_A_FRAME: Final = (3, 5, 7)  # of 64


def main() -> None:
    """Build, ask, print milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--releases", type=int, default=1_000_000)
    chosen = parser.parse_args()
    random = np.random.default_rng(0)
    asked = random.choice(chosen.releases, ASKED, replace=False).tolist()
    database = Database(chosen.url)
    started = time.perf_counter()
    build(database, chosen.releases, asked)
    print(f"filled in {time.perf_counter() - started:.0f} s; {_sizes(database)}")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name, (made, look) in _looks(SqlLedger(database), random).items():
        _measure(name, asked, made, look)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"most memory of this process: {before // 1024} MiB before the questions, {after // 1024} MiB after them")
    database.close()


def _measure(name: str, asked: list[int], made: Callable[[int], Any], look: Callable[[Any], str | None]) -> None:
    walls, work, right = [], [], 0
    for number in asked:
        question = made(number)
        wall, cpu = time.perf_counter(), time.process_time()
        found = look(question)
        walls.append((time.perf_counter() - wall) * 1000)
        work.append((time.process_time() - cpu) * 1000)
        right += found == (None if name.endswith("else") else name_of(number))
    wall_ms, cpu_ms = (", ".join(f"{v:.1f}" for v in np.percentile(t, [50, 95, 100])) for t in (walls, work))
    print(
        f"{name}: wall {wall_ms} ms, processor {cpu_ms} ms (p50, p95, most), {right} of {len(asked)} right", flush=True
    )


def _sizes(database: Database) -> str:
    with database.engine.connect() as connection:
        if database.is_sqlite:
            size = connection.exec_driver_sql("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
            return f"{size.scalar_one() / 1e9:.2f} GB"
        sizes = ((t, connection.exec_driver_sql(f"SELECT pg_total_relation_size('{t}')").scalar_one()) for t in TABLES)
        return ", ".join(f"{table} {size / 1e9:.2f} GB" for table, size in sizes)


def _looks(
    ledger: SqlLedger, random: np.random.Generator
) -> dict[str, tuple[Callable[[int], Any], Callable[[Any], str | None]]]:
    """Kind of look-up -> how a question is made of a number, and how it is asked."""

    def named(entry: Entry | None) -> str | None:
        return None if entry is None else entry.release_id

    def first(fingerprint: Fingerprint) -> str | None:
        matches = ledger.by_fingerprint(fingerprint, 5)
        return matches[0].entry.release_id if matches else None

    def still(bits: int) -> Callable[[int], Fingerprint]:
        return lambda number: Fingerprint(copy_of(fingerprint_of(number), random, bits).frames[:1])

    def silent(number: int) -> Fingerprint:
        return Fingerprint(copy_of(fingerprint_of(number), random, 3).frames)

    return {
        "payload": (lambda number: f"{number:016x}", lambda value: named(ledger.by_payload(value))),
        "manifest": (lambda number: f"urn:c2pa:{number}", lambda value: named(ledger.by_manifest(value))),
        "second half, 3 bits of every code changed": (lambda n: copy_of(fingerprint_of(n), random, 3), first),
        "the same without sound": (silent, first),
        **{f"one frame, {bits} bits changed": (still(bits), first) for bits in BITS_OF_A_FRAME},
        "something else": (lambda number: fingerprint_of(10**9 + number), first),
        "one frame of something else": (lambda number: Fingerprint(fingerprint_of(10**9 + number).frames[:1]), first),
    }  # fmt: skip


if __name__ == "__main__":
    main()
