"""The index of frame codes: few changed bits never hide a picture, wherever they lie; old ledgers are taken over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pytest
from sqlalchemy import text

from records import codes, releases
from records.ledger import SqlLedger
from records.migrate import downgrade, upgrade
from records.session import Database
from records.tables import FingerprintCodeRow, ReleaseRow
from watermark.fingerprint import Fingerprint, FrameCode

SOUGHT = 0x9A3C_51E7_0FB2_46D8
OLD_COLUMNS = (
    "release_id, state, file_name, media_type, sha256, draft_digest, payload, manifest_label, manifest, fingerprint, "
    "engine, previsualisation, facts, size_bytes, created_at"
)


def _release(name: str, fingerprint: str = "{}") -> dict[str, object]:
    return {
        "release_id": name, "state": releases.PUBLIC, "file_name": "a", "media_type": "image/png", "sha256": "0",
        "draft_digest": "0", "payload": name, "manifest_label": name, "manifest": b"", "fingerprint": fingerprint,
        "engine": "e", "previsualisation": False, "facts": "{}", "size_bytes": 1, "created_at": "2026-11-21 00:00:00",
    }  # fmt: skip


def _add(database: Database, rows: list[dict[str, object]]) -> None:
    columns = ", ".join(f":{name.strip()}" for name in OLD_COLUMNS.split(","))
    with database.write() as session:
        session.execute(text(f"INSERT INTO releases ({OLD_COLUMNS}) VALUES ({columns})"), rows)


@pytest.fixture
def crowded(database: Database) -> Database:
    """The sought code among 12,000 others; 3,000 share each quarter with it, so neighbours are not enough."""
    others = np.random.default_rng(3).integers(0, 2**64, (4, 3000), dtype=np.uint64)
    quarter = np.uint64(0xFFFF) << (16 * np.arange(4, dtype=np.uint64))[:, None]
    others = others & ~quarter | np.uint64(SOUGHT) & quarter
    _add(database, [_release("sought"), _release("others")])
    rows = [
        {"turn": t, "code": codes.kept(c, t), "name": "others"} for c in others.ravel().tolist() for t in codes.TURNS
    ]
    with database.write() as session:
        session.execute(text("INSERT INTO fingerprint_codes VALUES (:turn, :code, :name)"), rows)
        session.add_all(codes.rows_of([SOUGHT], "sought"))
    return database


def _changes() -> Iterator[int]:
    """Three changed bits: one in each of three quarters (at both ends of each), all in one, and at random."""
    ends = [(16 * quarter, 16 * quarter + 7, 16 * quarter + 8, 16 * quarter + 15) for quarter in range(4)]
    for three in combinations(ends, 3):
        yield from (1 << three[0][n] | 1 << three[1][m] | 1 << three[2][n ^ m] for n in range(4) for m in range(4))
    yield from (0b111 << bit for bit in range(0, 62, 5))
    random = np.random.default_rng(4)
    yield from (sum(1 << int(b) for b in random.choice(64, 3, replace=False)) for _ in range(40))


def test_no_three_changed_bits_hide_a_code(crowded: Database) -> None:
    with crowded.read() as session:
        missed = [f"{change:016x}" for change in _changes() if "sought" not in codes.near(session, [SOUGHT ^ change])]
    assert missed == []


def test_what_differs_in_many_bits_is_not_near(crowded: Database) -> None:
    with crowded.read() as session:
        assert "sought" not in codes.near(session, [SOUGHT ^ 0x7FF])  # eleven bits


def test_of_many_codes_the_alike_add_up(crowded: Database) -> None:
    with crowded.read() as session:
        alone = codes.near(session, [SOUGHT])["sought"]
        again = codes.near(session, [SOUGHT ^ 1, *range(9), SOUGHT])["sought"]
    assert alone == 1.25
    assert again == pytest.approx(2 * alone - 0.05)


def test_the_codes_of_a_deleted_release_go_with_it(crowded: Database) -> None:
    with crowded.write() as session:
        session.delete(session.get_one(ReleaseRow, "sought"))
    with crowded.read() as session:
        assert session.query(FingerprintCodeRow).filter_by(release_id="sought").count() == 0


def test_a_ledger_of_quarters_is_taken_over_and_given_back(url: str) -> None:
    database = Database(url)
    upgrade(database, "0002")
    frames = tuple(FrameCode(n / 2, SOUGHT >> n, (SOUGHT ^ n, n << 50)) for n in range(9))
    known = Fingerprint(frames, tuple(range(100)))
    _add(database, [_release("old", json.dumps(known.as_dict()))])
    keys = {(f"{q}:{code >> (48 - 16 * q) & 0xFFFF:04x}", "old") for code in known.codes for q in range(4)}
    keys |= {(key, "old") for key in known.keys}
    with database.write() as session:
        rows = [{"key": key, "name": name} for key, name in sorted(keys)]
        session.execute(text("INSERT INTO fingerprint_keys VALUES (:key, :name)"), rows)
    upgrade(database)
    (match,) = SqlLedger(database).by_fingerprint(Fingerprint((FrameCode(0.0, SOUGHT ^ 0b10101),)), 5)
    assert match.entry.release_id == "old"
    with database.read() as session:
        assert set(session.execute(text("SELECT key FROM fingerprint_keys")).scalars()) == set(known.keys)
    downgrade(database, "0002")
    with database.read() as session:
        assert {tuple(row) for row in session.execute(text("SELECT key, release_id FROM fingerprint_keys"))} == keys
    database.close()
