"""The release door: the only maker of `Release`, and the only code that moves a file out of quarantine.

A file passes when an independent reader, which knows nothing of how it was made, finds on the finished bytes
    (1) the verdict: ALLOW (or a reviewer's approval), given for exactly the draft that was stamped
    (2) the digest that the stamp promised
    (3) a manifest that validates, signed by our key, the one that the stamp promised
    (4) the promised payload in the picture and in the sound
    (5) exactly one AIGC record
    (6) the label, seen in the picture or heard in the sound
and any miss raises `ReleaseRefused`. Crash safety: the row is written as pending, then the file is moved, then
row and job end in one transaction; `sweep` shreds whatever a crash left without its row.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.orm import Session

from errors import ReleaseRefused
from media.digest import sha256_of
from pipeline.shelf import Shelf
from pipeline.storage import Storage
from records import audit, jobs, ledger, releases, staydown
from records.jobs import Lease
from records.session import Database, now
from records.tables import ReleaseRow
from safety.screen import overrulable
from safety.verdict import Decision, Verdict
from watermark.fingerprint import Fingerprint, similarity
from watermark.inspect import Inspector
from watermark.stamp import Stamped

log = structlog.get_logger("pipeline.release")
_MINT = object()
STAY_DOWN_SHARE = 0.8  # of likeness, from which a new output counts as the one that was taken down


@dataclass(frozen=True, slots=True)
class Release:
    """A file that a user may read. Made by `Door` only."""

    release_id: str
    path: Path
    sha256: str
    mint: InitVar[object] = None

    def __post_init__(self, mint: object) -> None:
        if mint is not _MINT:
            raise ReleaseRefused("error.release.minted")


@dataclass(frozen=True, slots=True)
class Door:
    """Guards the way out.

    Attributes:
        inspector: the independent reader, with our trust anchors.
        public: folder that the web server may serve.
        private: folder for held and withdrawn files, outside everything that is served.
        storage: where the files stand when several machines share them.
    """

    database: Database
    inspector: Inspector
    public: Path
    private: Path
    storage: Storage | None = None

    def publish(
        self, stamped: Stamped, verdict: Verdict, lease: Lease, facts: Mapping[str, Any], case: str = ""
    ) -> Release:
        """Release a stamped file and end its job.

        Args:
            case: the case in which a reviewer approved exactly this draft, when the verdict is not ALLOW.

        Raises:
            ReleaseRefused: the verdict does not allow it, or the file does not prove its stamp.
            LeaseLost: another worker has the job; nothing was released.
        """
        if verdict.decision is not Decision.ALLOW and not (case and overrulable(verdict)):
            raise ReleaseRefused("error.release.verdict")
        return self._pass(stamped, verdict, lease, facts, releases.PUBLIC)

    def hold(self, stamped: Stamped, verdict: Verdict, lease: Lease, facts: Mapping[str, Any]) -> str:
        """Keep a stamped file for a reviewer; returns its release id. The job is ended by the caller.

        Raises:
            ReleaseRefused: it was blocked, or the file does not prove its stamp.
        """
        if verdict.decision is not Decision.REVIEW:
            raise ReleaseRefused("error.release.verdict")
        return self._pass(stamped, verdict, lease, facts, releases.HELD).release_id

    def _pass(self, stamped: Stamped, verdict: Verdict, lease: Lease, facts: Mapping[str, Any], state: str) -> Release:
        if verdict.digest != stamped.draft_digest:
            raise ReleaseRefused("error.release.other_draft")
        row = _row(stamped, lease.job_id, facts)
        self._prove(stamped.path, row)
        self._refuse_return(row)
        with self.database.write() as session:
            jobs.holder(session, lease)
            session.add(row)
            session.flush()
            ledger.remember(session, row)
        try:
            target = self.shelf.place(stamped.path, row, state)
            with self.database.write() as session:
                self._finish(session, row.release_id, lease, state)
        except Exception:
            self._take_back(row, state)
            raise
        return Release(row.release_id, target, stamped.sha256, _MINT)

    def _take_back(self, row: ReleaseRow, state: str) -> None:
        """Undo a release that did not end: a zombie's, or one that a fault interrupted. What stays is swept later."""
        try:
            with self.database.write() as session:
                session.delete(releases.get(session, row.release_id, releases.PENDING))
            self.shelf.drop(row, state)
        except Exception as error:  # noqa: BLE001 - the fault that brought us here is the one to tell
            log.warning("release.left", release=row.release_id, kind=type(error).__name__)

    def _finish(self, session: Session, release_id: str, lease: Lease, state: str) -> None:
        job = jobs.holder(session, lease)
        row = releases.get(session, release_id, releases.PENDING)
        row.state = state
        if state == releases.PUBLIC:
            jobs.finish(session, job, "released", release_id=release_id)
        facts = {"job": lease.job_id, "sha256": row.sha256, "manifest": row.manifest_label, "payload": row.payload}
        audit.append(session, actor="system", action=f"release.{state}", subject=release_id, facts=facts)

    def _prove(self, path: Path, row: ReleaseRow) -> None:
        if sha256_of(path) != row.sha256:
            raise ReleaseRefused("error.release.digest")
        report = self.inspector.inspect(path).as_dict()
        _check_manifest(report, row.manifest_label)
        _check_marks(report, row)
        if not report["aigc"] or report["aigc"].get("Label") != "1":
            raise ReleaseRefused("error.release.aigc")
        if not report["label"] or not report["label"]["visible"]:
            raise ReleaseRefused("error.release.label")

    def _refuse_return(self, row: ReleaseRow) -> None:
        """What was taken down stays down, also in a new encoding."""
        with self.database.read() as session:
            known = staydown.match(
                session, sha256=row.sha256, draft_digest=row.draft_digest, fingerprint=row.fingerprint, similar=_alike
            )
        if known is not None:
            raise ReleaseRefused("error.release.stay_down")

    def approve(self, release_id: str, actor: str, case: str) -> Release:
        """Release a held file after a reviewer's decision; the same proof is asked again.

        Raises:
            ReleaseRefused: the file no longer proves its stamp.
            UsageError: there is no such held release.
        """
        return self._shift(release_id, releases.HELD, releases.PUBLIC, actor, case)

    def withdraw(self, release_id: str, actor: str, case: str) -> None:
        """Take a release down: its file leaves the public folder at once."""
        self._shift(release_id, releases.PUBLIC, releases.WITHDRAWN, actor, case)

    def restore(self, release_id: str, actor: str, case: str) -> Release:
        """Undo a take-down; the same proof is asked again."""
        return self._shift(release_id, releases.WITHDRAWN, releases.PUBLIC, actor, case)

    def _shift(self, release_id: str, before: str, after: str, actor: str, case: str) -> Release:
        with self.database.read() as session:
            row = releases.get(session, release_id, before)
        source = self.shelf.open(row)
        if after == releases.PUBLIC:
            self._prove(source, row)
        with self.database.write() as session:
            current = releases.get(session, release_id, before)
            current.state = after
            if after == releases.PUBLIC and current.job_id:
                job = jobs.get(session, current.job_id)
                jobs.finish(session, job, "released", release_id=release_id)
            audit.append(
                session,
                actor=actor,
                action=f"release.{after}",
                subject=release_id,
                facts={"case": case, "from": before},
            )
            target = self.shelf.shift(row, before, after)
        return Release(release_id, target, row.sha256, _MINT)

    @property
    def shelf(self) -> Shelf:
        """Where the files stand."""
        return Shelf(self.public, self.private, self.storage)

    def sweep(self, grace_s: float = 0.0) -> list[str]:
        """Shred what a crash left: pending rows, and folders without a row that says they belong there.

        Args:
            grace_s: age up to which a pending release may be another machine's, still at work.
        """
        here, old = self.shelf.here(), now() - timedelta(seconds=grace_s)
        with self.database.write() as session:
            for row in releases.in_state(session, releases.PENDING):
                if row.created_at <= old:
                    session.delete(row)
            session.flush()
            pending = _names(session, releases.PENDING)
            public = pending | _names(session, releases.PUBLIC)
            private = pending | _names(session, releases.HELD, releases.WITHDRAWN)
        return self.shelf.sweep(here, public, private, grace_s)


def _names(session: Session, *states: str) -> dict[str, str]:
    """Folder and file name of every release in these states."""
    return {row.release_id: row.file_name for row in releases.in_state(session, *states)}


def _alike(known: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return similarity(Fingerprint.from_dict(new), Fingerprint.from_dict(known)) >= STAY_DOWN_SHARE


def _check_manifest(report: Mapping[str, Any], manifest_label: str) -> None:
    c2pa = report["c2pa"]
    if report["state"] != "ours_intact" or not c2pa or c2pa["validation_state"] != "Trusted":
        raise ReleaseRefused("error.release.manifest", state=report["state"])
    if c2pa["manifest_label"] != manifest_label:
        raise ReleaseRefused("error.release.manifest", state="other manifest")


def _check_marks(report: Mapping[str, Any], row: ReleaseRow) -> None:
    wanted = {str(row.facts["kind"])} | ({"audio"} if row.facts["audio"] else set())
    for track in sorted(wanted):
        mark = report["watermark"].get(track)
        if not mark or not mark["found"] or mark["recalled"] or mark["payload"] != row.payload:
            raise ReleaseRefused("error.release.mark", part=track)


def _row(stamped: Stamped, job_id: str, facts: Mapping[str, Any]) -> ReleaseRow:
    release_id = f"rel-{secrets.token_hex(8)}"
    word = "previsualisation" if facts["previsualisation"] else "ai-generated"
    return ReleaseRow(
        release_id=release_id, job_id=job_id, state=releases.PENDING,
        file_name=f"colophon-{word}-{release_id[4:12]}{stamped.path.suffix}", media_type=stamped.media_type,
        sha256=stamped.sha256, draft_digest=stamped.draft_digest, payload=stamped.payload,
        manifest_label=stamped.manifest_label, manifest=stamped.manifest, fingerprint=dict(stamped.fingerprint),
        engine=facts["engine"], previsualisation=facts["previsualisation"], facts=dict(facts),
        size_bytes=stamped.path.stat().st_size, created_at=now(),
    )  # fmt: skip
