"""The ledger of the Verify page, on the releases table. Held and pending files are not in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from records import releases
from records.session import Database
from records.tables import FingerprintKeyRow, ReleaseRow
from watermark.fingerprint import MATCH_SHARE, Fingerprint, similarity
from watermark.ledger import Entry, Match

KNOWN = (releases.PUBLIC, releases.WITHDRAWN)
_CANDIDATES, _OF_ONE_PICTURE = 24, 150  # a single picture shares few keys with its copy, and with many others


@dataclass(frozen=True, slots=True)
class SqlLedger:
    """`watermark.ledger.Ledger` over everything that was released, taken down or not."""

    database: Database

    def by_payload(self, payload: str) -> Entry | None:
        """The release whose mark carries these 16 hex digits."""
        return self._one(ReleaseRow.payload == payload)

    def by_manifest(self, label: str) -> Entry | None:
        """The release with this manifest label."""
        return self._one(ReleaseRow.manifest_label == label)

    def by_fingerprint(self, fingerprint: Fingerprint, limit: int) -> Sequence[Match]:
        """Releases that look or sound alike, best first."""
        with self.database.read() as session:
            scores = {row_id: similarity(fingerprint, codes) for row_id, codes in _alike(session, fingerprint)}
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
    keys = Fingerprint.from_dict(row.fingerprint).keys
    session.add_all(FingerprintKeyRow(key=key, release_id=row.release_id) for key in keys)


def _alike(session: Session, fingerprint: Fingerprint) -> Iterator[tuple[str, Fingerprint]]:
    """The releases that share most index keys, and their codes; manifests stay where they are."""
    if not fingerprint.query_keys:
        return
    shared = (
        select(FingerprintKeyRow.release_id)
        .where(FingerprintKeyRow.key.in_(fingerprint.query_keys))
        .group_by(FingerprintKeyRow.release_id)
        .order_by(func.count().desc())
        .limit(_CANDIDATES if len(fingerprint.frames) != 1 else _OF_ONE_PICTURE)
    )
    names = session.execute(shared).scalars().all()
    # The state is looked at here: asked in SQL, SQLite reads every released row by the index of states.
    query = select(ReleaseRow.release_id, ReleaseRow.fingerprint, ReleaseRow.state)
    for name, codes, state in session.execute(query.where(ReleaseRow.release_id.in_(names))):
        if state in KNOWN:
            yield name, Fingerprint.from_dict(codes if fingerprint.sound else {"frames": codes.get("frames", ())})


def _entry(row: ReleaseRow) -> Entry:
    return Entry(
        row.release_id, row.manifest_label, row.manifest, row.payload, row.sha256,
        Fingerprint.from_dict(row.fingerprint), row.created_at, row.engine,
    )  # fmt: skip
