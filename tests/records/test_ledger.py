"""Verify's memory in SQL: what was released is found by mark, manifest and likeness, and nothing else is."""

from __future__ import annotations

import numpy as np
import pytest

from media.colour import luma, to_i420
from records import ledger, releases
from records.session import Database, now
from records.tables import ReleaseRow
from tests.media import makers
from watermark.fingerprint import Fingerprint, FrameCode, FrameSampler, frame_code


def _codes(seed: int, frames: int = 20, sound: int = 60) -> Fingerprint:
    random = np.random.default_rng(seed)
    codes = random.integers(0, 2**64, frames, dtype=np.uint64).tolist()
    heard = random.integers(0, 4096, sound).tolist()
    return Fingerprint(tuple(FrameCode(i / 2, code) for i, code in enumerate(codes)), tuple(heard))


def _add(database: Database, name: str, codes: Fingerprint, state: str = releases.PUBLIC) -> None:
    with database.write() as session:
        row = ReleaseRow(
            release_id=name, state=state, file_name="a.mp4", media_type="video/mp4", sha256=name, draft_digest=name,
            payload=name[-16:], manifest_label=f"urn:{name}", manifest=b"m", fingerprint=codes.as_dict(), engine="e",
            facts={}, created_at=now(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        ledger.remember(session, row)


@pytest.fixture
def known(database: Database) -> ledger.SqlLedger:
    for seed in range(5):
        _add(database, f"rel-{seed}", _codes(seed))
    _add(database, "held-9", _codes(9), releases.HELD)
    return ledger.SqlLedger(database)


def test_a_part_with_changed_bits_is_found(known: ledger.SqlLedger) -> None:
    part = Fingerprint(tuple(FrameCode(f.time_s, f.code ^ 0b1001) for f in _codes(3).frames[10:]))
    (match,) = known.by_fingerprint(part, 5)
    assert (match.entry.release_id, match.score > 0.8) == ("rel-3", True)


def test_sound_alone_is_found(known: ledger.SqlLedger) -> None:
    (match,) = known.by_fingerprint(Fingerprint(sound=_codes(2).sound[5:]), 5)
    assert match.entry.release_id == "rel-2"


@pytest.mark.parametrize("codes", [_codes(77), Fingerprint(), _codes(9)], ids=["stranger", "nothing", "held"])
def test_strangers_and_held_files_are_not_found(known: ledger.SqlLedger, codes: Fingerprint) -> None:
    assert known.by_fingerprint(codes, 5) == []


def test_words_of_all_releases_are_kept_in_memory_and_followed(database: Database) -> None:
    memory = ledger.SqlLedger(database)
    assert memory.words().tolist() == []
    _add(database, "0000000000000abc", _codes(1))
    _add(database, "00000000000000ff", _codes(2), releases.HELD)
    assert memory.words().tolist() == [0xFF, 0xABC]
    _add(database, "f000000000000001", _codes(3))
    assert memory.words().tolist() == [0xFF, 0xABC, 0xF000000000000001]
    assert memory.words().dtype == np.uint64


def test_payload_and_manifest_name_the_release(known: ledger.SqlLedger) -> None:
    assert known.by_payload("rel-1") is not None
    assert known.by_manifest("urn:rel-1") is not None
    assert known.by_payload("held-9") is None


@pytest.mark.parametrize(
    "part",
    [(slice(12, -12), slice(20, -20)), (slice(None, 192), slice(None, 320)), (slice(72, None), slice(120, None))],
    ids=["middle 90 %", "upper left 80 %", "lower right 70 %"],
)
def test_a_part_of_a_picture_is_found(database: Database, part: tuple[slice, slice]) -> None:
    whole = luma(to_i420(makers.picture(400, 240, seed=5)))
    code, seen = frame_code(whole), frame_code(np.ascontiguousarray(whole[part]), parts=False)
    assert code is not None
    assert seen is not None
    _add(database, "rel-picture", Fingerprint((code,)))
    (match,) = ledger.SqlLedger(database).by_fingerprint(Fingerprint((seen,)), 5)
    assert match.score > 0.9


def test_codes_survive_the_data_base() -> None:
    sampler = FrameSampler()
    sampler.add(luma(to_i420(makers.picture(seed=1))), 0.5)
    codes = Fingerprint(sampler.codes, (1, 2, 3))
    assert len(codes.frames[0].inner) == 14
    assert Fingerprint.from_dict(codes.as_dict()) == codes
