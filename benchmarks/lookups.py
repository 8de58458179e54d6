"""How long Verify's look-ups take in a ledger of a million releases.

    python -m benchmarks.lookups --releases 1000000 FOLDER

Builds a SQLite data base in FOLDER (about 6 GB for a million; left there, used again), with the schema of the
migrations and as many keys as ten-second clips with sound have, then asks as Verify does for forty of them: by
payload, by manifest, by the fingerprint of a copy whose codes differ in some bits, and by one frame of it. Manifests
are stand-ins of 200 bytes: a look-up reads them only for its answer. Real pictures do not use all codes alike: two
different ones share a quarter of their code six times as often as chance would have it (1,302 pictures), two sounds
a pair of codes 188 times as often (16 recordings). The made codes collide as often.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from records import releases
from records.ledger import SqlLedger
from records.migrate import upgrade
from records.session import Database
from watermark.fingerprint import INDEXED_PAIRS, INNER_SHARES, Fingerprint, FrameCode
from watermark.ledger import Entry

FRAMES, SOUND, BATCH = 20, 80, 1_000
Law = tuple[int, int, float]  # ranks, space that they are strewn in, exponent
QUARTERS: Law = (2**16, 2**16, 0.65)
PAIRS: Law = (2**18, 2**24, 0.515)
CHANGED_BITS = 3  # of 64 in every frame code of the copy
ASKED = 40
_STREW = 0x9E3779B1  # odd, so that strewing is a permutation of a power of two


@lru_cache
def _shares(ranks: int, power: float) -> NDArray[np.float64]:
    """float64 [ranks]: share of the values that lie on this rank or a lower one, by Zipf's law, levelled at the top."""
    share = (np.arange(ranks) + 8.0) ** -power
    return np.asarray(np.cumsum(share) / share.sum())


def skewed(random: np.random.Generator, size: int, law: Law) -> NDArray[np.int64]:
    """int64 [size]: some values far more often than others, as `law` says."""
    ranks, space, power = law
    rank = np.searchsorted(_shares(ranks, power), random.random(size))
    return np.asarray(rank * _STREW % space, np.int64)


def fingerprint_of(number: int) -> Fingerprint:
    """Made codes, the same for the same number."""
    random = np.random.default_rng(number)
    layers = 1 + len(INNER_SHARES)
    quarters = skewed(random, FRAMES * layers * 4, QUARTERS).reshape(FRAMES, layers, 4)
    codes = [[_joined(code) for code in layer] for layer in quarters.tolist()]
    frames = tuple(FrameCode(index / 2, code, tuple(inner)) for index, (code, *inner) in enumerate(codes))
    pairs = skewed(random, SOUND // 2, PAIRS).tolist()
    return Fingerprint(frames, tuple(half for pair in pairs for half in (pair >> 12, pair & 0xFFF)))


def _joined(quarters: list[int]) -> int:
    return int.from_bytes(b"".join(quarter.to_bytes(2) for quarter in quarters))


def copy_of(fingerprint: Fingerprint, random: np.random.Generator) -> Fingerprint:
    """The second half of a clip, encoded again: some bits of every code changed."""
    frames = []
    for frame in fingerprint.frames[FRAMES // 2 :]:
        flips = sum(1 << int(bit) for bit in random.choice(64, CHANGED_BITS, replace=False))
        frames.append(FrameCode(frame.time_s, frame.code ^ flips))
    sound = [code ^ (1 << int(random.integers(12))) if random.random() < 0.3 else code for code in fingerprint.sound]
    return Fingerprint(tuple(frames), tuple(sound[SOUND // 2 :]))


def build(path: Path, count: int, asked: list[int]) -> None:
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
    codes = [json.dumps(fingerprint_of(count + number).as_dict()) for number in range(BATCH)]
    random = np.random.default_rng(1)
    for start in range(0, count, BATCH):
        names = [name_of(number) for number in range(start, min(count, start + BATCH))]
        rows = [_row(start + index, name, codes[index]) for index, name in enumerate(names)]
        raw.executemany(f"INSERT INTO releases VALUES ({','.join('?' * len(rows[0]))})", rows)
        raw.executemany("INSERT INTO fingerprint_keys VALUES (?, ?)", zip(_keys(random, len(names)), cycle(names)))
    for number in asked:
        known = fingerprint_of(number)
        codes_of = (json.dumps(known.as_dict()), name_of(number))
        raw.execute("UPDATE releases SET fingerprint = ? WHERE release_id = ?", codes_of)
        raw.executemany("INSERT INTO fingerprint_keys VALUES (?, ?)", [(key, name_of(number)) for key in known.keys])
    raw.execute("CREATE INDEX pk_fingerprint_keys ON fingerprint_keys (key, release_id)")
    raw.commit()
    raw.close()


def name_of(number: int) -> str:
    """Names are random in life: neighbours in time are none in the index."""
    return f"rel-{number * _STREW % 2**32:08x}"


def _keys(random: np.random.Generator, releases: int) -> Iterator[str]:
    """As many index keys as so many releases have: twelve codes of pictures and sixteen pairs of sound codes each."""
    for quarter in range(4):
        for value in skewed(random, 12 * releases, QUARTERS).tolist():
            yield f"{quarter}:{value:04x}"
    for value in skewed(random, INDEXED_PAIRS * releases, PAIRS).tolist():
        yield f"s:{value:06x}"


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
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    path = chosen.folder / f"ledger-{chosen.releases}.db"
    random = np.random.default_rng(0)
    asked = random.choice(chosen.releases, ASKED, replace=False).tolist()
    build(path, chosen.releases, asked)
    ledger = SqlLedger(Database(f"sqlite:///{path}"))
    for name, (made, look) in _looks(ledger, random).items():
        walls, work, right = [], [], 0
        for number in asked:
            question = made(number)
            wall, cpu = time.perf_counter(), time.process_time()
            found = look(question)
            walls.append((time.perf_counter() - wall) * 1000)
            work.append((time.process_time() - cpu) * 1000)
            right += found == (None if name.endswith("else") else name_of(number))
        wall_ms, cpu_ms = (", ".join(f"{v:.1f}" for v in np.percentile(t, [50, 95, 100])) for t in (walls, work))
        print(f"{name}: wall {wall_ms} ms, processor {cpu_ms} ms (p50, p95, most), {right} of {len(asked)} right")


def _looks(
    ledger: SqlLedger, random: np.random.Generator
) -> dict[str, tuple[Callable[[int], Any], Callable[[Any], str | None]]]:
    """Kind of look-up -> how a question is made of a number, and how it is asked."""

    def named(entry: Entry | None) -> str | None:
        return None if entry is None else entry.release_id

    def first(fingerprint: Fingerprint) -> str | None:
        matches = ledger.by_fingerprint(fingerprint, 5)
        return matches[0].entry.release_id if matches else None

    def still(number: int) -> Fingerprint:
        return Fingerprint(copy_of(fingerprint_of(number), random).frames[:1])

    return {
        "payload": (lambda number: f"{number:016x}", lambda value: named(ledger.by_payload(value))),
        "manifest": (lambda number: f"urn:c2pa:{number}", lambda value: named(ledger.by_manifest(value))),
        "fingerprint of a copy": (lambda number: copy_of(fingerprint_of(number), random), first),
        "fingerprint of a single frame": (still, first),
        "fingerprint of something else": (lambda number: fingerprint_of(10**9 + number), first),
    }  # fmt: skip


if __name__ == "__main__":
    main()
