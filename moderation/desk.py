"""The desk: the one object that pages, the API and timers talk to. Each method is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from errors import ColophonError, UsageError
from moderation import (
    appeals,
    bulk,
    consent,
    decisions,
    figures,
    journal,
    leases,
    notices,
    proposals,
    quality,
    statements,
    views,
)
from moderation.actions import Effect, EnforcementAction, PipelinePort, execute
from moderation.cases import Case, CaseKind, Choice
from moderation.config import DeskConfig
from moderation.context import Context, hash_token
from moderation.decisions import Decided
from moderation.opening import Opening, open_case
from moderation.queues import worst
from moderation.roles import NotAllowed, Reviewer, require
from records import cases, consents
from records import statements as statement_rows
from records.moderation_tables import CaseRow
from records.session import Database, now
from records.tables import JobRow, ReleaseRow, VerdictRow
from safety.policy import Policy

MAX_NOTE = 5000


def _no_token(job_id: str) -> str:
    return ""


@dataclass
class Desk:
    """The moderation desk.

    Attributes:
        port: what it asks of the pipeline.
        appeal_token: the secret token of a job, so that a take-down, too, gets an appeal link.
        on_registry: called after the registry of protected names changed, to load it at once.
    """

    database: Database
    port: PipelinePort
    policy: Policy
    config: DeskConfig
    clock: Callable[[], datetime] = now
    appeal_token: Callable[[str], str] = _no_token
    on_registry: Callable[[], object] = lambda: None
    _settling: Lock = field(default_factory=Lock, repr=False)

    @property
    def context(self) -> Context:
        return Context(self.config, self.policy, self.clock)

    # Opening

    def open_case(self, kind: CaseKind, subject: str, policy: str, key: str, **more: Any) -> str:
        """The id of the case under a key, opened now if there is none; see `moderation.opening.Opening`."""
        with self.database.write() as session:
            return open_case(session, self.context, Opening(kind, subject, policy, key, **more))[0].case_id

    def sync(self) -> int:
        """Open a case for every held job, state reasons for every automatic refusal, carry out what is due.

        Idempotent; called by a timer. Returns how many cases it opened.
        """
        opened = self._take_in()
        self.settle()
        return opened

    def _take_in(self) -> int:
        with self.database.read() as session:
            if not cases.held_jobs(session, 1) and not statement_rows.refused_without(session, 1):
                return 0
        with self.database.write() as session:
            opened = [open_case(session, self.context, self._held(*held))[1] for held in cases.held_jobs(session)]
        with self.database.write() as session:
            for job in statement_rows.refused_without(session):
                statements.for_refused_job(session, self.context, job)
        return sum(opened)

    def _held(self, job: JobRow, verdict: VerdictRow | None) -> Opening:
        policy = worst(self.policy, list(verdict.policies) if verdict else [])
        key = f"held:{job.job_id}:{verdict.verdict_id if verdict else 0}"
        return Opening(CaseKind.HELD, job.job_id, policy, key, job.locale)

    # Working

    def claim(self, reviewer: Reviewer, queue: str = "") -> views.Lease | None:
        """The next case of a reviewer and its lease; see `moderation.leases.claim`."""
        with self.database.write() as session:
            row = leases.claim(session, self.context, reviewer, queue)
            return views.lease(row) if row else None

    def claim_one(self, reviewer: Reviewer, case_id: str) -> views.Lease:
        """Claim a case by its id."""
        with self.database.write() as session:
            return views.lease(leases.claim_one(session, self.context, reviewer, case_id))

    def heartbeat(self, reviewer: Reviewer, case_id: str, token: int, visible_s: float = 0.0) -> datetime:
        """Renew a lease; returns its new end."""
        with self.database.write() as session:
            return leases.heartbeat(session, self.context, reviewer, case_id, token, visible_s)

    def skip(self, reviewer: Reviewer, case_id: str, token: int, reason: str) -> None:
        """Hand a case to others."""
        with self.database.write() as session:
            leases.skip(session, self.context, reviewer, case_id, token, reason)

    def give_back(self, reviewer: Reviewer, case_id: str, token: int) -> None:
        """Put a case back in its queue."""
        with self.database.write() as session:
            leases.give_back(session, self.context, reviewer, case_id, token)

    def assign(self, reviewer: Reviewer, case_id: str, to: Reviewer | None) -> None:
        """Reserve a case for a reviewer, or for nobody again."""
        with self.database.write() as session:
            leases.assign(session, self.context, reviewer, case_id, to)

    def note(self, reviewer: Reviewer, case_id: str, text: str) -> None:
        """Add a note that other reviewers see.

        Raises:
            UsageError: empty or too long. NotAllowed: no right in this queue.
        """
        body = text.strip()
        if not body or len(body) > MAX_NOTE:
            raise UsageError("error.desk.too_long", limit=MAX_NOTE)
        with self.database.write() as session:
            row = leases.find(session, case_id)
            require(reviewer, "note", row.queue)
            text_id, commitment = journal.write_text(session, case_id, "note", body, self.clock())
            facts = {"text_id": text_id, "text": commitment}
            journal.record(session, row, reviewer.reviewer_id, "noted", facts, self.clock())

    def reveal(self, reviewer: Reviewer, case_id: str, token: int, what: str) -> None:
        """Log that a reviewer looks at something that is veiled by default.

        Raises:
            UsageError: the case is not theirs, or there is no such thing.
        """
        if what not in ("blur", "grey", "sound", "size", "poster") and not what.isalnum():
            raise UsageError("error.desk.reveal")
        with self.database.write() as session:
            row = leases.held(session, self.context, reviewer, case_id, token)
            require(reviewer, "reveal", row.queue)
            journal.record(session, row, reviewer.reviewer_id, "revealed", {"what": what[:20]}, self.clock())

    # Deciding

    def decide(
        self, case_id: str, reviewer: Reviewer, decision: Choice, policy: str, facts: str = "", *, token: int
    ) -> Case:
        """Decide a case; it is carried out when the undo window has passed."""
        with self.database.write() as session:
            return decisions.decide(session, self.context, reviewer, case_id, Decided(token, decision, policy, facts))

    def undo(self, case_id: str, reviewer: Reviewer) -> int:
        """Take the last decision back; returns the token of the new lease."""
        with self.database.write() as session:
            return decisions.undo(session, self.context, reviewer, case_id)[1]

    def golden(self, reviewer: Reviewer, case_id: str, expected: Choice, copies: int = 1) -> list[str]:
        """Make golden cases of a closed one; returns their ids."""
        with self.database.write() as session:
            made = quality.golden(session, self.context, reviewer, case_id, expected, copies)
            return [row.case_id for row in made]

    def bulk_preview(self, reviewer: Reviewer, case_ids: Sequence[str], choice: Choice) -> bulk.Preview:
        """What a decision about many cases would do, and the seal that confirms exactly this."""
        with self.database.read() as session:
            return bulk.preview(session, self.context, reviewer, case_ids, choice)

    def bulk_decide(
        self, reviewer: Reviewer, case_ids: Sequence[str], choice: Choice, policy: str, facts: str, seal: str
    ) -> bulk.Outcome:
        """Decide the previewed cases, each like a single one."""
        with self.database.write() as session:
            return bulk.decide(session, self.context, reviewer, case_ids, choice, policy, facts, seal)

    def settle(self) -> int:
        """Carry out every decision whose undo window has passed; returns how many.

        Effects on the pipeline come first and are idempotent, the closing event after them: a crash between
        the two repeats the effect and loses nothing.
        """
        with self._settling:
            with self.database.read() as session:
                ids = cases.settling(session, self.clock())
            return sum(self._settle(case_id) for case_id in ids)

    def _settle(self, case_id: str) -> bool:
        with self.database.read() as session:
            due = decisions.due(session, self.context, case_id)
        if due is None:
            return False
        try:
            for action in due.actions:
                execute(self.port, action, due.reasons, case_id)
        except ColophonError as error:
            with self.database.write() as session:
                decisions.failed(session, self.context, due, error)
            return False
        with self.database.write() as session:
            case = decisions.settled(session, self.context, due)
            if case is None:
                return False
            for action in due.actions:
                self._apply(session, action)
            quality.compare(session, case)
            quality.disagreement(session, self.context, case)
            quality.maybe_second_look(session, self.context, case)
        if any(action.effect is Effect.PUBLISH for action in due.actions):
            self.on_registry()
        return True

    def _apply(self, session: Any, action: EnforcementAction) -> None:
        """The part of an effect that stands in the desk's own records."""
        if action.effect in (Effect.GRANT, Effect.DECLINE):
            consent.decide(session, self.context, action.subject, action.effect is Effect.GRANT)
        elif action.effect in (Effect.PUBLISH, Effect.REJECT):
            proposals.decide(session, self.context, action.subject, action.effect is Effect.PUBLISH)
        elif action.effect is Effect.WITHDRAW:
            self._link_appeal(session, action.subject)

    def _link_appeal(self, session: Any, release_id: str) -> None:
        release = session.get(ReleaseRow, release_id)
        job = session.get(JobRow, release.job_id) if release and release.job_id else None
        token = self.appeal_token(job.job_id) if job else ""
        if job is not None and token and not job.appeal_hash:
            job.appeal_hash = hash_token(token)

    # From outside

    def appeal(self, token: str, message: str) -> str:
        """Appeal by a job's secret token; returns the secret of the case."""
        self._take_in()
        with self.database.write() as session:
            return appeals.appeal(session, self.context, token, message)

    def appealable(self, token: str) -> appeals.Appealable:
        """What a token is good for."""
        with self.database.read() as session:
            return appeals.look(session, self.context, token)

    def report(self, fields: dict[str, Any], sender: str) -> str:
        """Take in a notice; returns the secret under which its sender can follow it.

        A notice of an intimate image or a minor hides the release at once, until a reviewer decided.
        """
        notice = notices.parse(fields)
        with self.database.write() as session:
            received = notices.report(session, self.context, notice, sender)
        if received.hide:
            self.port.withdraw(received.hide, received.case_id)
        return received.secret

    def consented(self, account: str, purpose: str, reference_sha256: str) -> consent.Verified | None:
        """The consent in force for an account, a purpose and a reference file, asked anew each time."""
        with self.database.read() as session:
            return consent.lookup(session, self.context, account, purpose, reference_sha256)

    def consent_id(self, account: str, purpose: str, reference_sha256: str) -> str:
        """The id of that consent, or nothing."""
        found = self.consented(account, purpose, reference_sha256)
        return found.consent_id if found else ""

    def case_status(self, secret: str) -> appeals.CaseStatus:
        """The state of a case or notice behind a secret link."""
        with self.database.read() as session:
            return appeals.status(session, self.context, secret)

    # Looking

    def queue(self, reviewer: Reviewer, queue: str = "", **filters: Any) -> views.QueueView:
        """One page of a reviewer's queues, with the counts of all of them."""
        with self.database.read() as session:
            return views.queue(session, self.context, reviewer, queue, **filters)

    def case(self, reviewer: Reviewer, case_id: str) -> views.CaseView:
        """Everything a reviewer needs to decide a case.

        Raises:
            NotAllowed: no right to see this queue.
        """
        with self.database.read() as session:
            return views.case(session, self.context, reviewer, case_id)

    def media(self, reviewer: Reviewer, case_id: str) -> tuple[Path, str]:
        """The stamped file of a case that this reviewer works on, and its media type.

        Raises:
            NotAllowed: the reviewer does not hold the case. UsageError: it has no file.
        """
        with self.database.read() as session:
            row = self._held_row(session, reviewer, case_id)
            reached = decisions.reached(session, journal.load(session, row.case_id))
            release = session.get(ReleaseRow, reached.release_id) if reached.release_id else None
        if release is None:
            raise UsageError("error.desk.no_media")
        return self.port.media(release.release_id), release.media_type

    def reference(self, reviewer: Reviewer, case_id: str, name: str) -> tuple[Path, bool]:
        """A reference file of a held job or an application, and whether this reviewer logged a look at it unveiled."""
        with self.database.read() as session:
            row = self._held_row(session, reviewer, case_id)
            asked = consents.get(session, row.subject) if row.kind == CaseKind.CONSENT else None
            path = consent.reference_path(self.context, asked, name) if asked else None
            job_id = decisions.reached(session, journal.load(session, case_id)).job_id
            events = cases.events(session, row.case_id)
            seen = any(
                e.kind == "revealed" and e.actor == reviewer.reviewer_id and e.facts["what"] == name for e in events
            )
        path = self.port.reference(job_id, name) if job_id else path
        if path is None:
            raise UsageError("error.desk.no_media")
        return path, seen

    def capture(self, reviewer: Reviewer, case_id: str) -> Path:
        """The recording of a consent application that this reviewer works on.

        Raises:
            NotAllowed: the reviewer does not hold the case. UsageError: it is deleted, or there was none.
        """
        with self.database.read() as session:
            held = self._held_row(session, reviewer, case_id)
            row = consents.get(session, held.subject)
            path = consent.capture_path(self.context, row) if row and row.capture else None
        if path is None or not path.exists():
            raise UsageError("error.desk.no_media")
        return path

    def exposure_today_s(self, reviewer: Reviewer) -> float:
        """Seconds that this reviewer had media in view today."""
        with self.database.read() as session:
            return figures.exposure_s(session, reviewer.reviewer_id, self.clock())

    def _held_row(self, session: Any, reviewer: Reviewer, case_id: str) -> CaseRow:
        row = cases.get(session, case_id)
        if row is None:
            raise UsageError("error.desk.unknown_case")
        require(reviewer, "reveal", row.queue)
        if not leases.holds(row, reviewer, self.clock(), self.config.lease_s):
            raise NotAllowed("error.desk.not_yours")
        return row
