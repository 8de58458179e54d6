"""The ledger of the Verify page, on the releases table. Held and pending files are not in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from heapq import nlargest
from threading import Lock
from typing import Final

import numpy as np
from sqlalchemy import ColumnElement, TextClause, select, text
from sqlalchemy.orm import Session

from records import codes, releases
from records.session import Database
from records.tables import FingerprintKeyRow, ReleaseRow
from watermark.fingerprint import MATCH_SHARE, Fingerprint, similarity
from watermark.invisible import Words
from watermark.ledger import Entry, Match

KNOWN = (releases.PUBLIC, releases.WITHDRAWN)
_ROWS: Final = 8_000  # of the index of sounds, for one question
_CANDIDATES: Final = 24
_LATE: Final = timedelta(hours=1)  # from the moment that a row bears to the one in which others see it, at most
_WORD: Final = re.compile(r"[0-9a-f]{16}")


class _Issued:
    """The words of all releases in memory: read once, then only what has come since."""

    def __init__(self) -> None:
        self._lock, self._words = Lock(), np.zeros(0, np.uint64)
        self._newest: datetime | None = None

    def known_to(self, database: Database) -> Words:
        """uint64 [n], sorted."""
        query = select(ReleaseRow.payload, ReleaseRow.created_at)
        with self._lock, database.read() as session:
            if self._newest is not None:
                query = query.where(ReleaseRow.created_at >= self._newest - _LATE)
            rows = session.execute(query).all()
            words = [int(payload, 16) for payload, _ in rows if _WORD.fullmatch(payload)]
            self._words = np.union1d(self._words, np.array(words, np.uint64))
            self._newest = max((created_at for _, created_at in rows), default=self._newest)
            return self._words


@dataclass(frozen=True, slots=True)
class SqlLedger:
    """`watermark.ledger.Ledger` over everything that was released, taken down or not."""

    database: Database
    _issued: _Issued = field(default_factory=_Issued, repr=False, compare=False)

    def by_payload(self, payload: str) -> Entry | None:
        """The release whose mark carries these 16 hex digits."""
        return self._one(ReleaseRow.payload == payload)

    def words(self) -> Words:
        """Every word that was issued, also of files that were held: `by_payload` says which are known."""
        return self._issued.known_to(self.database)

    def by_manifest(self, label: str) -> Entry | None:
        """The release with this manifest label."""
        return self._one(ReleaseRow.manifest_label == label)

    def by_fingerprint(self, fingerprint: Fingerprint, limit: int) -> Sequence[Match]:
        """Releases that look or sound alike, best first."""
        with self.database.read() as session:
            scores = {row_id: similarity(fingerprint, known) for row_id, known in _alike(session, fingerprint)}
            best = sorted((s for s in scores.items() if s[1] >= MATCH_SHARE), key=lambda s: -s[1])[:limit]
            rows = {name: session.get_one(ReleaseRow, name) for name, _ in best}
            return [Match(_entry(rows[name]), score) for name, score in best]

    def _one(self, condition: ColumnElement[bool]) -> Entry | None:
        with self.database.read() as session:
            query = select(ReleaseRow).where(condition, ReleaseRow.state.in_(KNOWN))
            row = session.execute(query).scalar_one_or_none()
            return _entry(row) if row else None


def remember(session: Session, row: ReleaseRow) -> None:
    """Index the fingerprint of a new release."""
    fingerprint = Fingerprint.from_dict(row.fingerprint)
    session.add_all(FingerprintKeyRow(key=key, release_id=row.release_id) for key in fingerprint.keys)
    session.add_all(codes.rows_of(fingerprint.codes, row.release_id))


def _alike(session: Session, fingerprint: Fingerprint) -> Iterator[tuple[str, Fingerprint]]:
    """The releases whose pictures come nearest, those that share most of the sound, and their codes."""
    seen, heard = codes.near(session, fingerprint.asked_codes), _heard(session, fingerprint.asked_keys)
    names = {*nlargest(_CANDIDATES, seen, key=seen.__getitem__), *heard}
    # The state is looked at here: asked in SQL, SQLite reads every released row by the index of states.
    query = select(ReleaseRow.release_id, ReleaseRow.fingerprint, ReleaseRow.state)
    for name, known, state in session.execute(query.where(ReleaseRow.release_id.in_(names))) if names else ():
        if state in KNOWN:
            yield name, Fingerprint.from_dict(known if fingerprint.sound else {"frames": known.get("frames", ())})


def _heard(session: Session, keys: Sequence[str]) -> Sequence[str]:
    """The releases that share most of these keys of sound."""
    if not keys:
        return ()
    # Some keys are shared by thousands: they say little, and reading them whole is what takes the time.
    numbered = {f"k{number}": key for number, key in enumerate(keys)}
    bounds = {"rows": _ROWS // len(keys), "names": _CANDIDATES}
    return session.execute(_shared(len(keys)), numbered | bounds).scalars().all()


@lru_cache
def _shared(count: int) -> TextClause:
    """Names by the number of keys ``k0``, ``k1``... that they share, of each key no more than ``rows``."""
    one = "SELECT release_id FROM (SELECT release_id FROM fingerprint_keys WHERE key = :k{0} LIMIT :rows) AS part{0}"
    parts = " UNION ALL ".join(one.format(number) for number in range(count))
    return text(f"SELECT release_id FROM ({parts}) AS hit GROUP BY release_id ORDER BY count(*) DESC LIMIT :names")


def _entry(row: ReleaseRow) -> Entry:
    return Entry(
        row.release_id, row.manifest_label, row.manifest, row.payload, row.sha256,
        Fingerprint.from_dict(row.fingerprint), row.created_at, row.engine,
    )  # fmt: skip
