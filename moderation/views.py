"""What the desk's pages show: queues with clocks, one case with its whole context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from errors import UsageError
from moderation import appeals, decisions, journal, leases
from moderation.cases import Case, CaseKind, Happened
from moderation.context import Context
from moderation.queues import Clock, clock
from moderation.roles import Reviewer, require
from records import cases, consents, notices, statements
from records.moderation_tables import CaseRow, ProposalRow, StatementRow
from records.tables import JobRow, ReleaseRow

PAGE = 50


@dataclass(frozen=True, slots=True)
class Lease:
    """A claimed case."""

    case_id: str
    token: int
    until: datetime


def lease(row: CaseRow) -> Lease:
    """The lease of a row that was just claimed."""
    if row.lease_until is None:
        raise UsageError("error.desk.lease_lost")
    return Lease(row.case_id, row.lease_token, row.lease_until)


@dataclass(frozen=True, slots=True)
class Line:
    """A case in a list."""

    case_id: str
    kind: str
    queue: str
    severity: int
    policy: str
    state: str
    clock: Clock
    opened_at: datetime
    due_at: datetime
    holder: str
    assigned_to: str


@dataclass(frozen=True, slots=True)
class QueueView:
    """A page of a queue. `counts` are (open, overdue) by queue; `after` continues the list."""

    lines: Sequence[Line]
    counts: Mapping[str, tuple[int, int]]
    after: str


def queue(
    session: Session, context: Context, reviewer: Reviewer, queue: str = "", state: str = "open", after: str = ""
) -> QueueView:
    """One page, most severe first, then the earliest due.

    Raises:
        NotAllowed: no right to see this queue. UsageError: `after` is malformed.
    """
    if queue:
        require(reviewer, "view", queue)
    seen = (queue,) if queue else reviewer.queues()
    rows = cases.page(session, seen, state, PAGE, _place(after))
    at, allowed = context.clock(), reviewer.queues()
    totals = cases.counts(session, at)
    counts = {name: totals.get(name, (0, 0)) for name in allowed}
    last = rows[-1] if len(rows) == PAGE else None
    more = f"{last.urgency}|{last.due_at.isoformat()}|{last.case_id}" if last else ""
    return QueueView([_line(context, row, at) for row in rows], counts, more)


def _place(after: str) -> cases.Place | None:
    if not after:
        return None
    try:
        urgency, due_at, case_id = after.split("|")
        return int(urgency), datetime.fromisoformat(due_at).astimezone(), case_id
    except ValueError:
        raise UsageError("error.desk.unknown_case") from None


def _line(context: Context, row: CaseRow, at: datetime) -> Line:
    free = leases.is_free(row, at, context.config.lease_s)
    state = clock(row.opened_at, row.due_at, at, context.config.at_risk_share)
    return Line(
        row.case_id, row.kind, row.queue, 4 - row.urgency, row.policy, row.state, state, row.opened_at, row.due_at,
        "" if free else row.lease_by or "", row.assigned_to or "",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a case's history, with the text that belongs to it."""

    time: datetime
    actor: str
    kind: str
    facts: Mapping[str, Any]
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A reference file: ``image``, ``video`` or ``audio``, and whether this reviewer logged a look at it."""

    name: str
    kind: str
    unveiled: bool


_KINDS = {".mp4": "video", ".webm": "video", ".mov": "video", ".mkv": "video", ".wav": "audio", ".mp3": "audio",
          ".flac": "audio", ".ogg": "audio", ".m4a": "audio"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything to decide on.

    Attributes:
        prompt, shots, lines: what was asked for; `lines` are the spoken ones (the transcript).
        signals: detectors' observations as the verdict stored them.
        references: reference files that the request or the application has.
        past: outcomes of earlier cases of the same visitor, by policy.
        clauses: policies a decision may rest on, the case's own first.
    """

    case: Case
    clock: Clock
    token: int
    mine: bool
    prompt: str
    shots: Sequence[Mapping[str, Any]]
    lines: Sequence[str]
    signals: Sequence[Mapping[str, Any]]
    verdict: Mapping[str, str]
    reasons: Sequence[Mapping[str, Any]]
    references: Sequence[Shown]
    media_type: str
    release_id: str
    release_facts: Mapping[str, Any]
    notices: Sequence[Mapping[str, Any]]
    application: Mapping[str, Any]
    statement: StatementRow | None
    history: Sequence[Step]
    earlier: Sequence[Line]
    past: Mapping[str, int]
    clauses: Sequence[str]


def case(session: Session, context: Context, reviewer: Reviewer, case_id: str) -> CaseView:
    """A case as one reviewer sees it: in a second review, without the first reviewer's choice.

    Raises:
        UsageError: there is none. NotAllowed: no right to see its queue.
    """
    row = cases.get(session, case_id)
    if row is None:
        raise UsageError("error.desk.unknown_case")
    require(reviewer, "view", row.queue)
    at, folded = context.clock(), journal.load(session, case_id)
    reached = decisions.reached(session, folded)
    job = session.get(JobRow, reached.job_id) if reached.job_id else None
    release = session.get(ReleaseRow, reached.release_id) if reached.release_id else None
    verdict = appeals.verdict_of(session, job.job_id) if job else None
    request = dict(job.request) if job else {}
    shots = list((request.get("plan") or {}).get("shots", []))
    mine = leases.holds(row, reviewer, at, context.config.lease_s)
    stated = statements.of_subject(session, row.subject)
    return CaseView(
        case=folded, clock=clock(row.opened_at, row.due_at, at, context.config.at_risk_share),
        token=row.lease_token, mine=mine, prompt=str(request.get("prompt", "")), shots=shots, lines=_spoken(shots),
        signals=list(verdict.signals) if verdict else [],
        verdict={"stage": verdict.stage, "version": verdict.policy_version, "profile": verdict.profile}
        if verdict else {},
        reasons=list(job.reasons) if job else [], references=_references(session, folded, request, reviewer),
        media_type=release.media_type if release else "", release_id=release.release_id if release else "",
        release_facts=dict(release.facts) if release else {},
        notices=[dict(n.fields) | {"received": n.created_at} for n in notices.of_case(session, case_id)],
        application=_application(session, folded), statement=stated[0] if stated else None,
        history=_history(session, folded, reviewer), earlier=_earlier(session, context, row, at, reviewer),
        past=_past(session, job), clauses=_clauses(context, folded),
    )  # fmt: skip


def _spoken(shots: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [line for shot in shots for line in shot.get("dialogue") or ()]
    return [f"{line.get('speaker', '')}: {line.get('line', '')}" for line in lines]


def _references(session: Session, folded: Case, request: Mapping[str, Any], reviewer: Reviewer) -> list[Shown]:
    """Reference files by the names that prompts use: the stem of the neutral file name in quarantine."""
    stored = {PurePath(str(r["file"])).stem: str(r["file"]) for r in request.get("references") or ()}
    if folded.kind is CaseKind.CONSENT:
        row = consents.get(session, folded.subject)
        stored = dict(row.challenge.get("files", {})) if row else {}
    events = cases.events(session, folded.case_id) if stored else ()
    seen = {e.facts["what"] for e in events if e.kind == "revealed" and e.actor == reviewer.reviewer_id}
    return [Shown(name, _KINDS.get(PurePath(file).suffix, "image"), name in seen) for name, file in stored.items()]


def _application(session: Session, folded: Case) -> dict[str, Any]:
    if folded.kind is CaseKind.CONSENT:
        row = consents.get(session, folded.subject)
        if row is not None:
            return {
                "purposes": ", ".join(row.purposes), "until": row.valid_until.date().isoformat(),
                "phrase": row.challenge["phrase"], "turns": ", ".join(row.challenge["turns"]),
                "capture": bool(row.capture),
            }  # fmt: skip
    if folded.kind is CaseKind.PROPOSAL:
        proposal = session.get(ProposalRow, folded.subject)
        if proposal is not None:
            shown = {k: v for k, v in proposal.entry.items() if k != "fingerprints"} | {"contact": proposal.contact}
            return shown | {"pictures": str(len(proposal.entry["fingerprints"]) or "")}
    return {}


def _history(session: Session, folded: Case, reviewer: Reviewer) -> list[Step]:
    """All events, except that the choice of another reviewer stays covered while a second review is open."""
    texts = cases.texts(session, folded.case_id)
    covered = folded.closed_at is None and bool(folded.votes) and reviewer.may("decide", folded.queue)
    steps = []
    for event in (journal.happened(row) for row in cases.events(session, folded.case_id)):
        text = texts.get(str(event.facts.get("text_id", "")))
        if event.kind == "decided" and covered and event.actor != reviewer.reviewer_id and folded.queue != "senior":
            steps.append(Step(event.time, event.actor, event.kind, {}, ""))
            continue
        steps.append(Step(event.time, event.actor, event.kind, _shown(event), text.body if text else ""))
    return steps


def _shown(event: Happened) -> dict[str, Any]:
    names = ("choice", "policy", "leads_to", "queue", "reason", "to", "what", "error", "kind")
    return {name: event.facts[name] for name in names if event.facts.get(name)}


def _earlier(session: Session, context: Context, row: CaseRow, at: datetime, reviewer: Reviewer) -> list[Line]:
    rows = list(cases.of_subject(session, row.subject))
    parent = cases.get(session, row.parent) if row.parent else None
    if parent is not None and parent not in rows:
        rows.append(parent)
    others = [r for r in rows if r.case_id != row.case_id and reviewer.may("view", r.queue)]
    # A blind look must not see how the case it repeats came out.
    return [_line(context, r, at) for r in others] if row.live else []


def _past(session: Session, job: JobRow | None) -> dict[str, int]:
    if job is None:
        return {}
    query = (
        select(JobRow.state, func.count())
        .where(JobRow.visitor == job.visitor, JobRow.job_id != job.job_id)
        .group_by(JobRow.state)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _clauses(context: Context, folded: Case) -> list[str]:
    known = decisions.clauses(context)
    return [folded.policy, *(clause for clause in known if clause != folded.policy)]
