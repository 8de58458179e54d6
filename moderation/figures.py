"""Figures of the desk: backlog, missed clocks, reasons, overturned decisions, agreement, drift, exposure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import mean

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.context import Context
from records.moderation_tables import CaseRow, ComparisonRow, ExposureRow, StatementRow
from records.tables import VerdictRow


@dataclass(frozen=True, slots=True)
class Backlog:
    """Open cases: how many, their age in seconds (median, 95th percentile), how many are overdue."""

    open: int
    age_p50_s: float
    age_p95_s: float
    overdue: int


@dataclass(frozen=True, slots=True)
class Drift:
    """A detector's mean score in the last week and in the four weeks before; None without data."""

    signal: str
    now: float | None
    before: float | None
    count: int


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of a period.

    Attributes:
        reasons: statements by policy.
        missed: closed cases by queue: (all, closed after their clock).
        overturned: appeals against a restriction by policy: (decided, reversed), an estimate of false blocks.
        agreement: blind looks and golden cases by policy: (decided, same answer).
        exposure_min: media minutes by reviewer and policy area.
    """

    backlog: Backlog
    by_day: dict[str, tuple[int, int]]
    reasons: dict[str, int]
    missed: dict[str, tuple[int, int]]
    overturned: dict[str, tuple[int, int]]
    agreement: dict[str, tuple[int, int]]
    drift: Sequence[Drift]
    exposure_min: dict[tuple[str, str], float]


def collect(session: Session, context: Context, start: datetime, end: datetime) -> Figures:
    """The figures of a period, half open: [start, end)."""
    closed = session.execute(
        select(CaseRow).where(CaseRow.closed_at >= start, CaseRow.closed_at < end, CaseRow.live)
    ).scalars().all()  # fmt: skip
    return Figures(
        _backlog(session, context), _by_day(session, start, end), _reasons(session, start, end),
        _pairs((row.queue, row.closed_at is not None and row.closed_at > row.due_at) for row in closed),
        _pairs((row.policy, row.outcome == "approve") for row in closed if row.kind == "appeal"),
        _agreement(session, start, end), _drift(session, end), _exposure(session, start, end),
    )  # fmt: skip


def exposure_s(session: Session, reviewer_id: str, at: datetime) -> float:
    """Seconds that a reviewer had media in view on this day."""
    query = select(func.coalesce(func.sum(ExposureRow.seconds), 0.0)).where(
        ExposureRow.reviewer_id == reviewer_id, ExposureRow.day == at.date().isoformat()
    )
    return float(session.execute(query).scalar_one())


def _backlog(session: Session, context: Context) -> Backlog:
    at = context.clock()
    rows = session.execute(select(CaseRow.opened_at, CaseRow.due_at).where(CaseRow.state == "open", CaseRow.live)).all()
    ages = sorted((at - opened).total_seconds() for opened, _ in rows)
    return Backlog(len(ages), _share(ages, 0.5), _share(ages, 0.95), sum(due <= at for _, due in rows))


def _share(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _by_day(session: Session, start: datetime, end: datetime) -> dict[str, tuple[int, int]]:
    """Cases opened and closed by day, for the last 30 days of the period."""
    days = [(end - timedelta(days=n)).date().isoformat() for n in range(29, -1, -1)]
    since = max(start, end - timedelta(days=30))
    opened = session.execute(select(CaseRow.opened_at).where(CaseRow.opened_at >= since, CaseRow.live)).scalars()
    closed = session.execute(select(CaseRow.closed_at).where(CaseRow.closed_at >= since, CaseRow.live)).scalars()
    came = Counter(time.date().isoformat() for time in opened)
    went = Counter(time.date().isoformat() for time in closed if time)
    return {day: (came[day], went[day]) for day in days}


def _reasons(session: Session, start: datetime, end: datetime) -> dict[str, int]:
    query = (
        select(StatementRow.policy, func.count())
        .where(StatementRow.created_at >= start, StatementRow.created_at < end, ~StatementRow.voided)
        .group_by(StatementRow.policy)
        .order_by(func.count().desc())
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _pairs(rows: Iterable[tuple[str, bool]]) -> dict[str, tuple[int, int]]:
    counted: dict[str, list[bool]] = defaultdict(list)
    for name, hit in rows:
        counted[name].append(hit)
    return {name: (len(hits), sum(hits)) for name, hits in sorted(counted.items())}


def _agreement(session: Session, start: datetime, end: datetime) -> dict[str, tuple[int, int]]:
    query = select(ComparisonRow).where(
        ComparisonRow.created_at >= start, ComparisonRow.created_at < end, ComparisonRow.decided != ""
    )
    rows = session.execute(query).scalars()
    return _pairs((f"{row.policy} ({row.purpose})", row.decided == row.expected) for row in rows)


def _drift(session: Session, end: datetime) -> list[Drift]:
    week, month = end - timedelta(days=7), end - timedelta(days=35)
    scores: dict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    query = select(VerdictRow.created_at, VerdictRow.signals).where(VerdictRow.created_at >= month)
    for created_at, signals in session.execute(query.order_by(VerdictRow.verdict_id.desc()).limit(20_000)):
        for signal in signals:
            if signal.get("state") == "ok":
                scores[str(signal["name"])][created_at < week].append(float(signal["score"]))
    return [
        Drift(name, mean(new) if new else None, mean(old) if old else None, len(new))
        for name, (new, old) in sorted(scores.items())
    ]


def _exposure(session: Session, start: datetime, end: datetime) -> dict[tuple[str, str], float]:
    query = (
        select(ExposureRow.reviewer_id, ExposureRow.area, func.sum(ExposureRow.seconds))
        .where(ExposureRow.day >= start.date().isoformat(), ExposureRow.day <= end.date().isoformat())
        .group_by(ExposureRow.reviewer_id, ExposureRow.area)
    )
    return {(reviewer, area): seconds / 60 for reviewer, area, seconds in session.execute(query)}
