"""What the desk may ask of the pipeline (`moderation.actions.PipelinePort`). Every method is idempotent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from errors import UsageError
from pipeline.approval import Approval
from pipeline.jobs import Dispatcher
from pipeline.quarantine import Quarantine
from pipeline.release import Door
from records import audit, jobs, releases, staydown
from records.session import Database

ACTOR = "desk"


@dataclass(frozen=True, slots=True)
class Overrule:
    """Carries out what reviewers decide, through the same door and the same run as everything else."""

    database: Database
    quarantine: Quarantine
    door: Door
    dispatcher: Dispatcher

    def approve(self, job_id: str, case: str) -> None:
        """Resume a held or refused job: its held file passes the door, or the job runs again with the approval.

        Raises:
            ReleaseRefused: the held file does not prove its stamp.
            UsageError: its references are deleted, so that it has to be sent again.
        """
        self._resume(job_id, case, restricted=False)

    def restrict(self, job_id: str, case: str) -> None:
        """Resume a job for its maker alone: the release has no public page."""
        self._resume(job_id, case, restricted=True)

    def _resume(self, job_id: str, case: str, *, restricted: bool) -> None:
        with self.database.read() as session:
            job = jobs.get(session, job_id)
        if job.state not in ("held", "refused"):
            return
        if job.release_id and self._is_held(job.release_id):
            if restricted:
                self._mark_restricted(job.release_id)
            self.door.approve(job.release_id, ACTOR, case)
            return
        self._run_again(job_id, case, restricted)

    def _is_held(self, release_id: str) -> bool:
        with self.database.read() as session:
            return releases.get(session, release_id).state == releases.HELD

    def _mark_restricted(self, release_id: str) -> None:
        with self.database.write() as session:
            row = releases.get(session, release_id)
            row.facts = {**row.facts, "restricted": True}

    def _run_again(self, job_id: str, case: str, restricted: bool) -> None:
        self.quarantine.recall(job_id)
        with self.database.write() as session:
            job = jobs.get(session, job_id)
            if job.request.get("references") and not (self.quarantine.workspace(job_id).folder / "in").is_dir():
                raise UsageError("error.request.references_gone")
            verdicts = jobs.verdicts(session, job_id)
            requests = [v.digest for v in verdicts if v.stage == "request"]
            outputs = tuple(v.digest for v in verdicts if v.stage == "output")
            approval = Approval(case, requests[-1] if requests else "", outputs, restricted)
            job.request = {**job.request, "approval": approval.as_dict()}
            job.cancel_requested = False
            jobs.requeue(session, job)
            audit.append(session, actor=ACTOR, action="job.approved", subject=job_id, facts=approval.as_dict())
        self.dispatcher.send(job_id, job.engine)

    def refuse(self, job_id: str, reasons: Sequence[Mapping[str, Any]], case: str) -> None:
        """End a held job as refused; its references go, its held file stays private until retention."""
        with self.database.write() as session:
            job = jobs.get(session, job_id)
            if job.state != "held":
                return
            jobs.finish(session, job, "refused", reasons=reasons or job.reasons)
            audit.append(session, actor=ACTOR, action="job.refused", subject=job_id, facts={"case": case})

    def withdraw(self, release_id: str, case: str) -> None:
        """Take a release down at once."""
        with self.database.read() as session:
            public = releases.get(session, release_id).state == releases.PUBLIC
        if public:
            self.door.withdraw(release_id, ACTOR, case)

    def restore(self, release_id: str, case: str) -> None:
        """Put a withdrawn release back and lift its stay-down."""
        with self.database.write() as session:
            staydown.lift(session, release_id)
            withdrawn = releases.get(session, release_id).state == releases.WITHDRAWN
        if withdrawn:
            self.door.restore(release_id, ACTOR, case)

    def stay_down(self, release_id: str, case: str) -> None:
        """Remember a release so that the same output cannot return."""
        with self.database.write() as session:
            staydown.add(session, releases.get(session, release_id), case)
            audit.append(session, actor=ACTOR, action="release.stay_down", subject=release_id, facts={"case": case})

    def media(self, release_id: str) -> Path:
        """The stamped file of a release, held and withdrawn ones included; for authenticated reviewers only."""
        with self.database.read() as session:
            row = releases.get(session, release_id, releases.PUBLIC, releases.HELD, releases.WITHDRAWN)
        return self.door.shelf.open(row)

    def reference(self, job_id: str, name: str) -> Path | None:
        """A reference file of a job that is not over yet."""
        self.quarantine.recall(job_id)
        folder = self.quarantine.workspace(job_id).folder / "in"
        found = [path for path in folder.glob(f"{name}.*") if path.parent == folder] if name.isalnum() else []
        return found[0] if found else None
