"""A made ledger: rows as real releases have them, in bulk, for SQLite and PostgreSQL.

Manifests are stand-ins of 200 bytes: a look-up reads them only for its answer. Real pictures do not use all codes
alike: two different ones share a quarter of their code six times as often as chance would have it (1,302 pictures),
two sounds a pair of codes 188 times as often (16 recordings). The made codes collide as often.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import cycle, islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from records import releases
from records.codes import TURNS
from records.migrate import upgrade
from records.session import Database
from watermark.fingerprint import INDEXED_PAIRS, INNER_SHARES, Fingerprint, FrameCode

FRAMES, SOUND, BATCH = 20, 80, 1_000
CODES: Final = 12  # of pictures that are indexed of such a release
TABLES: Final = ("releases", "fingerprint_keys", "fingerprint_codes")
Law = tuple[int, int, float]  # ranks, space that they are strewn in, exponent
QUARTERS: Law = (2**16, 2**16, 0.65)
PAIRS: Law = (2**18, 2**24, 0.515)
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


def copy_of(fingerprint: Fingerprint, random: np.random.Generator, bits: int) -> Fingerprint:
    """The second half of a clip, encoded again: so many bits of every code changed."""
    frames = []
    for frame in fingerprint.frames[FRAMES // 2 :]:
        flips = sum(1 << int(bit) for bit in random.choice(64, bits, replace=False))
        frames.append(FrameCode(frame.time_s, frame.code ^ flips))
    sound = [code ^ (1 << int(random.integers(12))) if random.random() < 0.3 else code for code in fingerprint.sound]
    return Fingerprint(tuple(frames), tuple(sound[SOUND // 2 :]))


def build(database: Database, count: int, asked: Sequence[int]) -> None:
    """Fill a migrated data base unless it is full; `asked` are the releases whose own codes stand in the index."""
    upgrade(database)
    with database.engine.connect() as connection:
        if connection.exec_driver_sql("SELECT count(*) FROM releases").scalar_one() >= count:
            return
        raw: Any = connection.connection.driver_connection
        (_fill_sqlite if database.is_sqlite else _fill_postgres)(raw, _tables(count, asked))


def _tables(count: int, asked: Sequence[int]) -> list[tuple[str, Iterable[tuple[Any, ...]]]]:
    known = {number: fingerprint_of(number) for number in asked}
    return list(zip(TABLES, (_releases(count, known), _keys(count, known), _codes(count, known)), strict=True))


def _fill_sqlite(raw: sqlite3.Connection, tables: list[tuple[str, Iterable[tuple[Any, ...]]]]) -> None:
    raw.executescript(
        "PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF; PRAGMA cache_size=-500000; PRAGMA foreign_keys=OFF; BEGIN"
    )
    for table, rows in tables:
        indexes = raw.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql NOT NULL", (table,)
        ).fetchall()
        for name, _ in indexes:
            raw.execute(f"DROP INDEX {name}")
        left = iter(rows)
        while some := list(islice(left, 10 * BATCH)):
            raw.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(some[0]))})", some)
        for _, sql in indexes:
            raw.execute(sql)
    raw.execute("COMMIT")
    raw.execute("PRAGMA journal_mode=WAL")


def _fill_postgres(raw: Any, tables: list[tuple[str, Iterable[tuple[Any, ...]]]]) -> None:
    """Copies each table, its keys and indexes made afterwards, as a restored backup does."""
    cursor = raw.cursor()
    cursor.execute("SET maintenance_work_mem = '1GB'")
    cursor.execute("SET synchronous_commit = off")
    for table, rows in tables:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = %s AND indexname LIKE 'ix%%'", (table,))
        definitions = [row[0] for row in cursor.fetchall()]
        for definition in definitions:
            cursor.execute(f"DROP INDEX {definition.split()[2]}")
        if table != "releases":
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT pk_{table}, DROP CONSTRAINT fk_{table}_release_id")
        with cursor.copy(f"COPY {table} FROM STDIN") as copying:
            for row in rows:
                copying.write_row(row)
        for definition in definitions:
            cursor.execute(definition)
        if table != "releases":
            columns = "turn, code, release_id" if table == "fingerprint_codes" else "key, release_id"
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT pk_{table} PRIMARY KEY ({columns})")
            cursor.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT fk_{table}_release_id "
                "FOREIGN KEY (release_id) REFERENCES releases ON DELETE CASCADE"
            )
    raw.commit()
    raw.autocommit = True
    raw.execute("VACUUM ANALYZE")
    raw.autocommit = False


def name_of(number: int) -> str:
    """Names are random in life: neighbours in time are none in the index."""
    return f"rel-{number * _STREW % 2**32:08x}"


def _releases(count: int, known: dict[int, Fingerprint]) -> Iterator[tuple[Any, ...]]:
    stand_ins = [json.dumps(fingerprint_of(count + number).as_dict()) for number in range(BATCH)]
    for number in range(count):
        codes = json.dumps(known[number].as_dict()) if number in known else stand_ins[number % BATCH]
        yield _row(number, name_of(number), codes)


def _keys(count: int, known: dict[int, Fingerprint]) -> Iterator[tuple[str, str]]:
    """Sixteen pairs of sound codes of each release, in the order of the index."""
    pairs = skewed(np.random.default_rng(1), INDEXED_PAIRS * count, PAIRS).reshape(count, INDEXED_PAIRS)
    for number, fingerprint in known.items():
        own = [int(key[2:], 16) for key in fingerprint.keys]
        pairs[number] = list(islice(cycle(own), INDEXED_PAIRS))
    whole = np.unique(pairs.ravel() << 32 | np.repeat(np.arange(count), INDEXED_PAIRS))
    for some in np.array_split(whole, max(1, len(whole) // 100_000)):
        for value, number in zip((some >> 32).tolist(), (some & 0xFFFF_FFFF).tolist(), strict=True):
            yield f"s:{value:06x}", name_of(number)


def _codes(count: int, known: dict[int, Fingerprint]) -> Iterator[tuple[int, int, str]]:
    """Twelve codes of pictures of each release in each turn, in the order of the index."""
    quarters = skewed(np.random.default_rng(2), CODES * count * 4, QUARTERS).astype(np.uint64).reshape(count, CODES, 4)
    codes = quarters @ (np.uint64(1) << np.array([48, 32, 16, 0], np.uint64))
    for number, fingerprint in known.items():
        codes[number] = list(islice(cycle(fingerprint.codes), CODES))
    names = [name_of(number) for number in range(count)]
    flat = codes.ravel()
    for turn in TURNS:
        turned = flat if turn == 0 else flat << np.uint64(turn) | flat >> np.uint64(64 - turn)
        signed = (turned ^ np.uint64(2**63)).view(np.int64)
        order, before = np.argsort(signed, kind="stable"), (None, None)
        for some in np.array_split(order, max(1, len(order) // 100_000)):
            for code, number in zip(signed[some].tolist(), (some // CODES).tolist(), strict=True):
                if (code, number) != before:
                    yield turn, code, names[number]
                before = code, number


def _row(number: int, name: str, codes: str) -> tuple[object, ...]:
    return (
        name, None, releases.PUBLIC, "clip.mp4", "video/mp4", f"{number:064x}", f"{number:064x}",
        f"{number:016x}", f"urn:c2pa:{number}", b"m" * 200, codes, "animatic", False, "{}", 1000,
        "2026-11-21 00:00:00.000000",
    )  # fmt: skip
