"""How long Verify's look-ups take in a ledger of a million releases.

    python -m benchmarks.lookups --releases 1000000 FOLDER

Builds a SQLite data base in FOLDER (about 6 GB for a million; left there, used again), with the schema of the
migrations and as many random keys as ten-second clips with sound have, then asks as Verify does for sixty of them: by
payload, by manifest, by the fingerprint of a copy whose codes differ in some bits, and by one frame of it. Manifests
are stand-ins of 200 bytes: a look-up reads them only for its answer. ``--as-full-as 1000000`` with fewer releases fills
the keys that are asked as full as a million would, which costs a query the same and a minute instead of twenty.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from records import releases
from records.ledger import SqlLedger
from records.migrate import upgrade
from records.session import Database
from watermark.fingerprint import INNER_SHARES, Fingerprint, FrameCode
from watermark.ledger import Entry

FRAMES, SOUND, BATCH = 20, 80, 1_000
CHANGED_BITS = 3  # of 64 in every frame code of the copy
ASKED = 40


def fingerprint_of(number: int) -> Fingerprint:
    """Random codes, the same for the same number."""
    random = np.random.default_rng(number)
    codes = random.integers(0, 2**64, FRAMES, dtype=np.uint64).tolist()
    inner = random.integers(0, 2**64, (FRAMES, len(INNER_SHARES)), dtype=np.uint64).tolist()
    frames = tuple(FrameCode(index / 2, code, tuple(inner[index])) for index, code in enumerate(codes))
    return Fingerprint(frames, tuple(random.integers(0, 4096, SOUND).tolist()))


def copy_of(fingerprint: Fingerprint, random: np.random.Generator) -> Fingerprint:
    """The second half of a clip, encoded again: some bits of every code changed."""
    frames = []
    for frame in fingerprint.frames[FRAMES // 2 :]:
        flips = sum(1 << int(bit) for bit in random.choice(64, CHANGED_BITS, replace=False))
        frames.append(FrameCode(frame.time_s, frame.code ^ flips))
    sound = [code ^ (1 << int(random.integers(12))) if random.random() < 0.3 else code for code in fingerprint.sound]
    return Fingerprint(tuple(frames), tuple(sound[SOUND // 2 :]))


def build(path: Path, count: int, asked: list[int], as_full_as: int) -> None:
    """Fill a migrated data base; the primary key of the fingerprint keys is made at the end, which is faster."""
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.close()
    raw = sqlite3.connect(path)
    have = raw.execute("SELECT count(*) FROM releases").fetchone()[0]
    if have >= count:
        return
    raw.executescript(
        "PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF; PRAGMA cache_size=-500000; PRAGMA temp_store=FILE;"
        "DROP TABLE fingerprint_keys; CREATE TABLE fingerprint_keys (key VARCHAR(8), release_id VARCHAR(40));"
    )
    strangers = [fingerprint_of(count + number) for number in range(BATCH)]
    codes = [json.dumps(each.as_dict()) for each in strangers]
    random, size = np.random.default_rng(1), len(strangers[0].keys)
    keys = [f"{q}:{value:04x}" for q in range(4) for value in range(2**16)]
    for start in range(0, count, BATCH):
        names = [f"rel-{number:08d}" for number in range(start, min(count, start + BATCH))]
        rows = [_row(start + index, name, codes[index]) for index, name in enumerate(names)]
        raw.executemany(f"INSERT INTO releases VALUES ({','.join('?' * len(rows[0]))})", rows)
        chosen = map(keys.__getitem__, random.integers(0, len(keys), size * len(names)).tolist())
        raw.executemany("INSERT INTO fingerprint_keys VALUES (?, ?)", zip(chosen, cycle(names), strict=False))
    for number in asked:
        name, known = f"rel-{number:08d}", fingerprint_of(number)
        raw.execute("UPDATE releases SET fingerprint = ? WHERE release_id = ?", (json.dumps(known.as_dict()), name))
        raw.executemany("INSERT INTO fingerprint_keys VALUES (?, ?)", [(key, name) for key in known.keys])
    more = max(0, as_full_as - count) * size // len(keys)
    for key in {key for number in asked for key in fingerprint_of(number).query_keys} if more else ():
        named = random.integers(0, count, more).tolist()
        raw.executemany("INSERT INTO fingerprint_keys VALUES (?, ?)", [(key, f"rel-{at:08d}") for at in named])
    raw.execute("CREATE INDEX pk_fingerprint_keys ON fingerprint_keys (key, release_id)")
    raw.commit()
    raw.close()


def _row(number: int, name: str, codes: str) -> tuple[object, ...]:
    return (
        name, None, releases.PUBLIC, "clip.mp4", "video/mp4", f"{number:064x}", f"{number:064x}",
        f"{number:016x}", f"urn:c2pa:{number}", b"m" * 200, codes, "animatic", 0, "{}", 1000,
        "2026-11-21 00:00:00.000000",
    )  # fmt: skip


def main() -> None:
    """Build, ask, print milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--releases", type=int, default=1_000_000)
    parser.add_argument("--as-full-as", type=int, default=0, help="releases whose share is put on every asked key")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    path = chosen.folder / f"ledger-{chosen.releases}.db"
    random = np.random.default_rng(0)
    asked = random.choice(chosen.releases, ASKED, replace=False).tolist()
    build(path, chosen.releases, asked, chosen.as_full_as)
    ledger = SqlLedger(Database(f"sqlite:///{path}"))
    for name, (made, look) in _looks(ledger, random).items():
        walls, work, right = [], [], 0
        for number in asked:
            question = made(number)
            wall, cpu = time.perf_counter(), time.process_time()
            found = look(question)
            walls.append((time.perf_counter() - wall) * 1000)
            work.append((time.process_time() - cpu) * 1000)
            right += found == (None if name.endswith("else") else f"rel-{number:08d}")
        wall_ms, cpu_ms = (", ".join(f"{v:.1f}" for v in np.percentile(t, [50, 95, 100])) for t in (walls, work))
        print(f"{name}: wall {wall_ms} ms, processor {cpu_ms} ms (p50, p95, most), {right} of {len(asked)} right")


def _looks(
    ledger: SqlLedger, random: np.random.Generator
) -> dict[str, tuple[Callable[[int], Any], Callable[[Any], str | None]]]:
    """Kind of look-up -> how a question is made of a number, and how it is asked."""

    def name_of(entry: Entry | None) -> str | None:
        return None if entry is None else entry.release_id

    def first(fingerprint: Fingerprint) -> str | None:
        matches = ledger.by_fingerprint(fingerprint, 5)
        return matches[0].entry.release_id if matches else None

    def still(number: int) -> Fingerprint:
        return Fingerprint(copy_of(fingerprint_of(number), random).frames[:1])

    return {
        "payload": (lambda number: f"{number:016x}", lambda value: name_of(ledger.by_payload(value))),
        "manifest": (lambda number: f"urn:c2pa:{number}", lambda value: name_of(ledger.by_manifest(value))),
        "fingerprint of a copy": (lambda number: copy_of(fingerprint_of(number), random), first),
        "fingerprint of a single frame": (still, first),
        "fingerprint of something else": (lambda number: fingerprint_of(10**9 + number), first),
    }  # fmt: skip


if __name__ == "__main__":
    main()
