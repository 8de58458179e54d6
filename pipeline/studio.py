"""What a visitor can do, whatever the surface: the page, the API and the command line talk to this object only."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.orm import Session

from errors import ColophonError, InputError, UsageError
from media.probe import LIMITS, Limits
from pipeline import intake, reasons
from pipeline.engines import ENGINES, Engine
from pipeline.engines.choose import fit
from pipeline.fairuse import FAIR_USE, FairUse, Network
from pipeline.jobs import Dispatcher
from pipeline.quarantine import Quarantine
from pipeline.reasons import AppealTokens
from pipeline.request import MAX_PROMPT
from pipeline.views import EngineCard, JobState, JobView, ReasonView, ReleaseView, RequestForm
from records import audit, jobs, releases
from records.session import Database
from records.tables import JobRow, ReleaseRow
from safety.screen import Screener
from safety.signals import TextItem
from watermark.inspect import StampReport

AppealDesk = Callable[[str, str], str]


class Inspects(Protocol):
    """An `Inspector`."""

    def inspect(self, path: Path, name: str) -> StampReport: ...


@dataclass(frozen=True, slots=True)
class Studio:
    """The application service.

    Attributes:
        folder: where released files stand; `ReleaseView.path` lies in it.
        appeals_to: takes (appeal token, message) and returns the secret of the case; set by the desk.
    """

    database: Database
    quarantine: Quarantine
    dispatcher: Dispatcher
    screener: Screener
    inspector: Inspects
    engine: Callable[[str], Engine]
    folder: Path
    tokens: AppealTokens
    limits: Limits = LIMITS
    fair_use: FairUse = FAIR_USE
    appeals_to: AppealDesk | None = None

    def engines(self) -> list[EngineCard]:
        """Every engine, available or not, with the reason why not."""
        return [self._card(name) for name in ENGINES]

    def _card(self, name: str) -> EngineCard:
        try:
            engine = self.engine(name)
            ready, info = engine.availability(), engine.info
        except ColophonError as error:
            return EngineCard(name, "unknown", False, error.key, error.params, "", False, None)
        return EngineCard(
            name, info.kind, ready.available, ready.key, ready.params, info.licence, info.previsualisation, info.limits
        )

    def submit(self, form: RequestForm, visitor: str, address: str = "", terms: str = "") -> JobView:
        """Check the form, copy its references into quarantine and queue the job.

        Args:
            address: where the request comes from, for limits; only a keyed hash of its prefix is kept.
            terms: version of the terms that the visitor accepted, where the host asks for that.

        Raises:
            InputError, UsageError: the form is not acceptable, or outside what the chosen engine can do.
            Unavailable: there is no such engine.
            Busy: a fair-use limit is reached.
        """
        network = Network(self.tokens.secret).of(address)
        with self.database.read() as session:
            self.fair_use.check(session, visitor, network)
        self.fair_use.check_disk(self.quarantine.root)
        job_id = f"job-{secrets.token_hex(8)}"
        try:
            request = intake.admit(form, self.quarantine.workspace(job_id), self.limits)
            if request.engine != "auto":
                fit(request, self.engine(request.engine))
            self.quarantine.share(job_id)
            with self.database.write() as session:
                self.fair_use.check(session, visitor, network)
                row = jobs.add(
                    session, job_id=job_id, visitor=visitor, engine=request.engine, locale=request.locale,
                    request={**intake.to_record(request), "network": network, "terms": terms},
                )  # fmt: skip
                audit.append(
                    session,
                    actor="visitor",
                    action="job.queued",
                    subject=job_id,
                    facts={**intake.describe(request), "terms": terms},
                )
                view = self._view(session, row)
        except BaseException:
            self.quarantine.discard(job_id)
            raise
        self.dispatcher.send(job_id, row.engine)
        return view

    def job(self, job_id: str, visitor: str) -> JobView:
        """A job of this visitor.

        Raises:
            UsageError: ``error.job.unknown``.
        """
        with self.database.read() as session:
            return self._view(session, jobs.get(session, job_id, visitor))

    def jobs(self, visitor: str, limit: int = 20) -> list[JobView]:
        """The visitor's newest jobs."""
        with self.database.read() as session:
            return [self._view(session, row) for row in jobs.of_visitor(session, visitor, limit)]

    def cancel(self, job_id: str, visitor: str) -> JobView:
        """Ask for a stop: at once when the job waits, at the next step when it runs."""
        with self.database.write() as session:
            row = jobs.get(session, job_id, visitor)
            row.cancel_requested = True
            if row.state == jobs.WAITING:
                jobs.finish(session, row, "cancelled")
                audit.append(session, actor="visitor", action="job.cancelled", subject=job_id, facts={})
                self.quarantine.discard(job_id)
            return self._view(session, row)

    def delete(self, job_id: str, visitor: str) -> None:
        """Cancel if needed and take the job out of the visitor's list; its texts are erased."""
        self.cancel(job_id, visitor)
        with self.database.write() as session:
            row = jobs.get(session, job_id, visitor)
            row.hidden = True
            if row.state in jobs.FINAL:
                row.request = {**row.request, "prompt": " ", "negative_prompt": "", "title": ""}
            audit.append(session, actor="visitor", action="job.hidden", subject=job_id, facts={})

    def retry(self, job_id: str, visitor: str, seed: int | None = None, address: str = "") -> JobView:
        """Queue the same request again, with the same seed unless another is given.

        Raises:
            UsageError: its references are gone (they are deleted at the end of a job).
        """
        with self.database.read() as session:
            record = dict(jobs.get(session, job_id, visitor).request)
        form = intake.form_of(record)
        form = form if seed is None else replace(form, seed=seed)
        return self.submit(form, visitor, address)

    def release(self, release_id: str) -> ReleaseView:
        """A public release.

        Raises:
            UsageError: ``error.release.unknown`` - also for held and withdrawn ones.
        """
        with self.database.read() as session:
            row = releases.get(session, release_id, releases.PUBLIC)
            if row.facts.get("restricted"):
                raise UsageError("error.release.unknown")
            return release_view(row, self.folder)

    def precheck(self, text: str, locale: str) -> list[ReasonView]:
        """Screen a text while it is typed. Advice only: the job is screened again."""
        if not text.strip():
            return []
        if len(text) > MAX_PROMPT:
            raise InputError("error.request.long_prompt", limit=MAX_PROMPT, length=len(text))
        return reasons.views(reasons.of(self.screener.glance([TextItem("prompt", text)])))

    def inspect(self, path: Path) -> StampReport:
        """What a file carries. Never raises for a bad file."""
        return self.inspector.inspect(path, path.name)

    def appeal(self, token: str, message: str) -> str:
        """Appeal against a refusal or hold; returns the secret under which the case can be followed.

        Raises:
            UsageError: the link is not valid, or this deployment has no desk.
        """
        with self.database.read() as session:
            known = jobs.by_appeal(session, token) is not None
        if not known or self.appeals_to is None:
            raise UsageError("error.appeal.unknown")
        return self.appeals_to(token, message)

    def _view(self, session: Session, row: JobRow) -> JobView:
        state = JobState(row.state)
        shown: ReleaseRow | None = None
        if state is JobState.RELEASED and row.release_id:
            shown = session.get(ReleaseRow, row.release_id)
        published = shown is not None and shown.state == releases.PUBLIC
        return JobView(
            job_id=row.job_id, state=state, progress=row.progress, position=jobs.position(session, row),
            created_at=row.created_at, prompt=str(row.request.get("prompt", "")), engine=row.engine,
            reasons=reasons.views(row.reasons), error=(row.error_key, row.error_params) if row.error_key else None,
            appeal=self.tokens.of(row.job_id) if row.appeal_hash else "",
            release=release_view(shown, self.folder) if shown is not None and published else None,
            cancellable=not state.final and state is not JobState.HELD and not row.cancel_requested,
        )  # fmt: skip


def release_view(row: ReleaseRow, folder: Path) -> ReleaseView:
    """A release row as everybody may see it."""
    facts: Mapping[str, Any] = row.facts
    return ReleaseView(
        release_id=row.release_id,
        path=folder / row.release_id / row.file_name,
        file_name=row.file_name,
        media_type=row.media_type,
        sha256=row.sha256,
        engine=row.engine,
        previsualisation=row.previsualisation,
        width_px=int(facts.get("width_px", 0)),
        height_px=int(facts.get("height_px", 0)),
        fps=float(facts.get("fps", 0)),
        duration_s=float(facts.get("duration_s", 0)),
        audio=bool(facts.get("audio")),
        seed=int(facts.get("seed", 0)),
        payload=row.payload,
        manifest_label=row.manifest_label,
        created_at=row.created_at,
        choice_key=str(facts.get("choice", "")),
        timings_s=dict(facts.get("timings_s", {})),
    )
