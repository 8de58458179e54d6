"""What must not come back: digests and fingerprints of releases that were taken down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from records.moderation_tables import StayDownRow
from records.session import now
from records.tables import ReleaseRow

Similar = Callable[[Mapping[str, Any], Mapping[str, Any]], bool]


def add(session: Session, release: ReleaseRow, case_id: str) -> None:
    """Remember a release; a second time changes nothing but puts a lifted one back in force."""
    found = session.get(StayDownRow, release.release_id)
    if found is not None:
        found.active = True
        return
    session.add(StayDownRow(
        release_id=release.release_id, case_id=case_id, sha256=release.sha256, draft_digest=release.draft_digest,
        fingerprint=dict(release.fingerprint), active=True, created_at=now(),
    ))  # fmt: skip
    session.flush()


def lift(session: Session, release_id: str) -> None:
    """Let a release come back, after an appeal or counter-notice."""
    found = session.get(StayDownRow, release_id)
    if found is not None:
        found.active = False


def match(
    session: Session, *, sha256: str = "", draft_digest: str = "", fingerprint: Mapping[str, Any] | None = None,
    similar: Similar | None = None,
) -> str | None:  # fmt: skip
    """The release that a new output repeats, or None.

    Args:
        sha256: of a file; draft_digest: of what was judged. Both are compared exactly.
        fingerprint: compared with `similar` against every active one, so that a new encoding is found, too.
    """
    exact = select(StayDownRow.release_id).where(
        StayDownRow.active,
        or_(StayDownRow.sha256 == (sha256 or "-"), StayDownRow.draft_digest == (draft_digest or "-")),
    )
    found = session.execute(exact.limit(1)).scalar_one_or_none()
    if found is not None or not fingerprint or similar is None:
        return found
    for row in session.execute(select(StayDownRow).where(StayDownRow.active)).scalars():
        if similar(row.fingerprint, fingerprint):
            return row.release_id
    return None
