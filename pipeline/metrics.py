"""Figures for Prometheus, read from the records, so that every replica says the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from records import jobs
from records.session import now
from records.tables import AuditRow, JobRow, ReleaseRow, VerdictRow

LATELY = timedelta(hours=1)
DAY = timedelta(days=1)
STEPS = ("screen", "generate", "stamp")
NEWEST = 500  # rows that averages are taken over, at most


def collect(session: Session) -> Iterator[Metric]:
    """All figures of the records. Names end in their unit; `_lately` is the last hour, `_day` the last 24."""
    yield _by(session, "colophon_jobs", "Jobs by state", "state", JobRow.state)
    yield _by(session, "colophon_releases", "Releases by state", "state", ReleaseRow.state)
    yield _by(session, "colophon_verdicts", "Verdicts by decision", "decision", VerdictRow.decision)
    yield from _queue(session)
    yield from _steps(session)
    yield _family("colophon_refusals_day", "Refusals and holds by policy, 24 h", "policy", _refusals(session))
    yield _family("colophon_failures_day", "Failed jobs by error, 24 h; stamp failures among them", "error",
                  dict(session.execute(select(JobRow.error_key, func.count()).where(
                      JobRow.state == "failed", JobRow.updated_at > now() - DAY
                  ).group_by(JobRow.error_key)).all()))  # fmt: skip
    size = session.execute(select(func.max(AuditRow.sequence))).scalar() or 0
    yield GaugeMetricFamily("colophon_audit_events", "Links of the audit chain", value=size)


def _queue(session: Session) -> Iterator[Metric]:
    waits = JobRow.state == jobs.WAITING
    oldest = session.execute(select(func.min(JobRow.created_at)).where(waits)).scalar()
    age_s = (now() - oldest).total_seconds() if oldest else 0.0
    yield GaugeMetricFamily("colophon_queue_age_seconds", "Age of the oldest waiting job", value=age_s)
    yield _by(session, "colophon_queue_jobs", "Waiting and running jobs by engine", "engine", JobRow.engine,
              JobRow.state.in_((jobs.WAITING, *jobs.WORKING)))  # fmt: skip
    again = select(func.count()).where(JobRow.attempt > 1, JobRow.updated_at > now() - LATELY)
    yield GaugeMetricFamily(
        "colophon_repeated_jobs_lately", "Jobs that lost a worker", value=session.execute(again).scalar_one()
    )


def _steps(session: Session) -> Iterator[Metric]:
    """Mean seconds of each step, and of a whole job: what autoscaling multiplies the queue with; of each detector."""
    query = select(ReleaseRow.facts).where(ReleaseRow.created_at > now() - LATELY)
    newest = session.execute(query.order_by(ReleaseRow.created_at.desc()).limit(NEWEST)).scalars().all()
    timings: list[Mapping[str, float]] = [facts.get("timings_s", {}) for facts in newest]
    means = {step: _mean([float(t.get(step, 0.0)) for t in timings]) for step in STEPS}
    yield _family("colophon_step_seconds_lately", "Mean seconds of a step", "step", means)
    yield GaugeMetricFamily("colophon_job_seconds_lately", "Mean seconds of work in a job", value=sum(means.values()))
    looks: dict[str, list[float]] = defaultdict(list)
    for facts in newest:
        for detector, seconds in facts.get("detectors_s", {}).items():
            looks[detector].append(float(seconds))
    yield _family("colophon_detector_seconds_lately", "Mean seconds that a detector looks at a job", "detector",
                  {name: _mean(values) for name, values in looks.items()})  # fmt: skip


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _refusals(session: Session) -> Counter[str]:
    query = select(VerdictRow.policies).where(VerdictRow.decision != "allow", VerdictRow.created_at > now() - DAY)
    return Counter(policy for policies in session.execute(query).scalars() for policy in policies)


def _by(session: Session, name: str, words: str, label: str, column: Any, *where: Any) -> Metric:
    found = session.execute(select(column, func.count()).where(*where).group_by(column)).all()
    return _family(name, words, label, dict(found))


def _family(name: str, words: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=[label])
    for value, figure in values.items():
        family.add_metric([value], figure)
    return family
