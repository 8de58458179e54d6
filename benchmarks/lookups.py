"""How long Verify's look-ups take in a ledger of a million releases.

    python -m benchmarks.lookups --releases 1000000 FOLDER

Builds a SQLite data base in FOLDER (about 6 GB for a million; left there, used again), with the schema of the
migrations and random fingerprints of ten-second clips with sound, then asks as Verify does: by payload, by manifest,
and by the fingerprint of a copy whose codes differ in some bits. Manifests are stand-ins of 200 bytes: a look-up reads
them only for its answer.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from records import releases
from records.ledger import SqlLedger
from records.migrate import upgrade
from records.session import Database
from watermark.fingerprint import Fingerprint, FrameCode
from watermark.ledger import Entry

FRAMES, SOUND, BATCH = 20, 80, 1_000
CHANGED_BITS = 3  # of 64 in every frame code of the copy
ASKED = 60


def fingerprints(first: int, count: int) -> list[Fingerprint]:
    """Random codes of a batch; the same for the same batch."""
    random = np.random.default_rng(first)
    codes = random.integers(0, 2**64, (count, FRAMES), dtype=np.uint64).tolist()
    sounds = random.integers(0, 4096, (count, SOUND)).tolist()
    return [
        Fingerprint(tuple(FrameCode(index / 2, code) for index, code in enumerate(row)), tuple(sound))
        for row, sound in zip(codes, sounds, strict=True)
    ]


def fingerprint_of(number: int) -> Fingerprint:
    """The codes of one release."""
    return fingerprints(number // BATCH * BATCH, BATCH)[number % BATCH]


def copy_of(fingerprint: Fingerprint, random: np.random.Generator) -> Fingerprint:
    """The second half of a clip, encoded again: some bits of every code changed."""
    frames = []
    for frame in fingerprint.frames[FRAMES // 2 :]:
        flips = sum(1 << int(bit) for bit in random.choice(64, CHANGED_BITS, replace=False))
        frames.append(FrameCode(frame.time_s, frame.code ^ flips))
    sound = [code ^ (1 << int(random.integers(12))) if random.random() < 0.3 else code for code in fingerprint.sound]
    return Fingerprint(tuple(frames), tuple(sound[SOUND // 2 :]))


def build(path: Path, count: int) -> None:
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
    for start in range(0, count, BATCH):
        codes = fingerprints(start, BATCH)
        rows = [_row(start + index, each) for index, each in enumerate(codes)]
        raw.executemany(f"INSERT INTO releases VALUES ({','.join('?' * len(rows[0]))})", rows)
        keys = ((key, f"rel-{start + index:08d}") for index, each in enumerate(codes) for key in each.keys)
        raw.executemany("INSERT INTO fingerprint_keys VALUES (?, ?)", keys)
    raw.execute("CREATE UNIQUE INDEX pk_fingerprint_keys ON fingerprint_keys (key, release_id)")
    raw.commit()
    raw.close()


def _row(number: int, codes: Fingerprint) -> tuple[object, ...]:
    return (
        f"rel-{number:08d}", None, releases.PUBLIC, "clip.mp4", "video/mp4", f"{number:064x}", f"{number:064x}",
        f"{number:016x}", f"urn:c2pa:{number}", b"m" * 200, json.dumps(codes.as_dict()), "animatic", 0, "{}", 1000,
        "2026-11-21 00:00:00.000000",
    )  # fmt: skip


def main() -> None:
    """Build, ask, print milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--releases", type=int, default=1_000_000)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    path = chosen.folder / f"ledger-{chosen.releases}.db"
    build(path, chosen.releases)
    ledger, random = SqlLedger(Database(f"sqlite:///{path}")), np.random.default_rng(0)
    asked = random.integers(0, chosen.releases, ASKED).tolist()
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
