"""What a visitor can do around a job: advice before it, versions and exports after it, and their own data.

A `Workbench` is a `Studio` with these functions; both surfaces, page and programs, talk to it.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from errors import ColophonError
from pipeline import preview, takeout, variations
from pipeline.engines import ENGINES, Engine
from pipeline.lint import Problem
from pipeline.plan import ShotPlan
from pipeline.quarantine import shred
from pipeline.release import Door
from pipeline.studio import Studio, release_view
from pipeline.views import JobState, JobView, ReasonView, ReleaseView, RequestForm
from records import audit, jobs, releases
from records.session import now
from records.tables import JobRow, ReleaseRow

HOUSE = "house"  # owner of the example; no cookie can name it, because cookies are signed
EXAMPLE = RequestForm(
    "Shot 1: A lighthouse above the sea at dusk, wide. Shot 2: Waves below the cliff, the camera moves closer.",
    resolution="480p", duration_s=5.0, seed=7,
)  # fmt: skip
TYPICAL_S = 20.0
RECENT = 20


@dataclass(frozen=True, slots=True)
class Advice:
    """What is known before a job is sent.

    Attributes:
        reasons: rules that the words on the page would meet.
        problems: see `pipeline.lint`.
        outline: the shots that would be made from the prompt, as plan.json; None without a prompt.
        engine, choice_key: which engine would run and the message that says why.
        time_s: seconds of work, None when unknown. wait_s: seconds until it begins.
        cost, currency: price of the job, None when no price is set. quota_s: seconds of a shared device.
        left_today, per_day: jobs that this visitor can still start.
    """

    reasons: Sequence[ReasonView] = ()
    problems: Sequence[Problem] = ()
    outline: Mapping[str, Any] | None = None
    engine: str = ""
    choice_key: str = ""
    time_s: float | None = None
    wait_s: int = 0
    cost: float | None = None
    currency: str = ""
    quota_s: int | None = None
    left_today: int = 0
    per_day: int = 0


@dataclass(frozen=True, slots=True)
class Workbench(Studio):
    """A studio with everything around a job.

    Attributes:
        door: takes the files down of a visitor who erases their data; without it they stay.
        workers: jobs that run at the same time, for honest waits.
    """

    door: Door | None = None
    workers: int = 1

    def advise(self, form: RequestForm, visitor: str) -> Advice:
        """Screen, check and estimate a form while it is filled in. Advice only: the job is screened again.

        Raises:
            InputError, UsageError: the form cannot be read as it stands.
            Unavailable: there is no such engine.
        """
        with self.database.read() as session:
            left, wait_s = self.fair_use.left_today(session, visitor), self._wait_s(session, jobs.waiting(session))
        told = Advice(left_today=left, per_day=self.fair_use.per_day, wait_s=wait_s)
        if not form.prompt.strip() and not form.shots:
            return told
        engines = {name: self.engine(name) for name in ENGINES}
        choice = preview.choice(form, engines)
        engine = self.engine(choice.name)
        misfit = _misfit(form, choice.name, engine)
        cost = preview.Estimate(None) if misfit else preview.estimate(form, engine)
        outline = preview.shots(replace(form, shots=None)).as_dict() if form.prompt.strip() else None
        return replace(
            told, reasons=self.precheck(form.prompt, form.locale), problems=[*misfit, *preview.lint(form)],
            outline=outline,
            engine=choice.name, choice_key=choice.key, time_s=cost.time_s, cost=cost.cost, currency=cost.currency,
            quota_s=cost.quota_s,
        )  # fmt: skip

    def wait_s(self, job: JobView) -> int:
        """Seconds until a waiting job begins, from its place and the time that recent jobs took."""
        if not job.position:
            return 0
        with self.database.read() as session:
            return self._wait_s(session, job.position)

    def _wait_s(self, session: Session, ahead: int) -> int:
        query = select(ReleaseRow.facts).order_by(ReleaseRow.created_at.desc()).limit(RECENT)
        took = [sum(facts.get("timings_s", {}).values()) for facts in session.execute(query).scalars()]
        return round(ahead * (statistics.median(took) if took else TYPICAL_S) / max(1, self.workers))

    def plan(self, job_id: str, visitor: str) -> ShotPlan:
        """The shots of a job."""
        return variations.plan_of(self, job_id, visitor)

    def vary(self, job_id: str, visitor: str, address: str = "") -> JobView:
        """The same request with another seed."""
        return self.submit(variations.vary(self, job_id, visitor), visitor, address)

    def retake(self, job_id: str, visitor: str, shot: int, text: str = "", address: str = "") -> JobView:
        """The film of a job with one shot (from 1) made again, with new words if there are any."""
        return self.submit(variations.retake(self, job_id, visitor, shot, text), visitor, address)

    def extend(self, release_id: str, visitor: str, seconds: float, prompt: str, address: str = "") -> JobView:
        """A released clip that goes on for some seconds."""
        return self.submit(variations.extend(self, release_id, visitor, seconds, prompt), visitor, address)

    def texts(self, release_id: str, visitor: str) -> Mapping[str, bytes]:
        """Subtitles, shot list, timeline and plan of an own release: file name -> bytes."""
        return takeout.texts(self, release_id, visitor)

    def take_out(self, release_id: str, visitor: str, part: str, address: str = "") -> JobView:
        """Make a contact sheet or a stem of an own release; it is stamped like any output.

        Raises:
            UsageError: there is no such part.
        """
        return self.submit(takeout.media(self, release_id, visitor)[part], visitor, address)

    def adopt(self, visitor: str, login: str) -> int:
        """Give an anonymous visitor's jobs to the login that they just used; returns how many."""
        with self.database.write() as session:
            moved = session.execute(update(JobRow).where(JobRow.visitor == visitor).values(visitor=login))
            return int(moved.rowcount)  # type: ignore[attr-defined]

    def latest_appeal(self, visitor: str) -> str:
        """The appeal token of the visitor's newest refusal; empty without one."""
        with self.database.read() as session:
            query = select(JobRow.job_id).where(JobRow.visitor == visitor, JobRow.state == JobState.REFUSED.value)
            newest = session.execute(query.order_by(JobRow.created_at.desc()).limit(1)).scalar_one_or_none()
            return self.tokens.of(newest) if newest else ""

    def export(self, visitor: str) -> dict[str, Any]:
        """Everything that is kept about a visitor, as plain JSON."""
        with self.database.read() as session:
            rows = session.execute(select(JobRow).where(JobRow.visitor == visitor).order_by(JobRow.created_at))
            return {"visitor": visitor, "exported_at": now().isoformat(), "jobs": [_exported(r, session) for r in
                    rows.scalars()]}  # fmt: skip

    def erase(self, visitor: str) -> int:
        """Cancel, take down and erase all jobs of a visitor; returns how many.

        A job that a person is looking at stays until it is decided. Marks, signatures and hashes of released files
        stay in the register, so that copies of them can still be recognised; they name nobody.
        """
        with self.database.read() as session:
            query = select(JobRow).where(JobRow.visitor == visitor, JobRow.state != JobState.HELD.value)
            mine = [(row.job_id, row.release_id) for row in session.execute(query).scalars()]
        for job_id, release_id in mine:
            self._erase(job_id, release_id)
        return len(mine)

    def _erase(self, job_id: str, release_id: str | None) -> None:
        if release_id and self.door is not None:
            self._take_down(release_id, self.door)
        with self.database.write() as session:
            row = jobs.get(session, job_id)
            row.cancel_requested, row.hidden = True, True
            if row.state == jobs.WAITING:
                jobs.finish(session, row, JobState.CANCELLED.value)
            row.request = jobs.erased_request(row.request)
            audit.append(session, actor="visitor", action="job.erased", subject=job_id, facts={})
            over = row.state in jobs.FINAL
        if over:
            self.quarantine.discard(job_id)

    def _take_down(self, release_id: str, door: Door) -> None:
        try:
            door.withdraw(release_id, "visitor", "")
        except ColophonError:
            return
        shred(door.private / release_id)

    def example(self) -> ReleaseView | None:
        """The clip that the empty page shows; made here, by the same way as every other."""
        with self.database.read() as session:
            row = session.execute(
                select(ReleaseRow)
                .join(JobRow, JobRow.release_id == ReleaseRow.release_id)
                .where(JobRow.visitor == HOUSE, ReleaseRow.state == releases.PUBLIC)
                .order_by(ReleaseRow.created_at.desc())
                .limit(1)
            ).scalar_one_or_none()
            return release_view(row, self.folder) if row is not None else None

    def make_example(self) -> None:
        """Queue the example, unless it is there, on its way, or did not work within the last day."""
        with self.database.read() as session:
            tried = jobs.times(session, now() - timedelta(days=1), visitor=HOUSE)
        if not tried and self.example() is None:
            self.submit(EXAMPLE, HOUSE)


def _misfit(form: RequestForm, name: str, engine: Engine) -> list[Problem]:
    """Why the engine that the visitor chose cannot make this, as a problem."""
    ready = preview.standings(form, {name: engine})[name]
    return [] if ready.available else [Problem("error", ready.key, 0, ready.params)]


def _exported(row: JobRow, session: Session) -> dict[str, Any]:
    release = session.get(ReleaseRow, row.release_id) if row.release_id else None
    facts: dict[str, Any] = {
        "job_id": row.job_id, "state": row.state, "created_at": row.created_at.isoformat(),
        "request": {name: value for name, value in row.request.items() if name != "approval"},
        "reasons": row.reasons, "error": row.error_key,
    }  # fmt: skip
    if release is not None:
        facts["release"] = {
            "release_id": release.release_id, "state": release.state, "file_name": release.file_name,
            "sha256": release.sha256, "mark": release.payload, "manifest": release.manifest_label,
        }  # fmt: skip
    return facts
