"""What happens when the visitor does something: every handler asks the studio and paints the answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
import structlog

from errors import ColophonError, Unavailable, UsageError
from pipeline.fairuse import Stopped
from pipeline.presets import PRESETS
from pipeline.views import JobState, JobView
from pipeline.workbench import Workbench
from records.session import now
from ui.advice import advice, engine_can, estimate
from ui.components import released_path, show
from ui.config import UiConfig
from ui.forms import form, uploads
from ui.joblist import joblist
from ui.markup import Markup, el, join
from ui.offer import offer
from ui.pace import Pace
from ui.receipt import receipt
from ui.slip import slip
from ui.stage import Around, gone, stage
from ui.visit import Visit, visit
from watermark.inspect import StampReport
from watermark.report import ReportSigner

log = structlog.get_logger("page.events")
RETRYABLE = (JobState.FAILED, JobState.CANCELLED)
APPEALABLE = (JobState.REFUSED, JobState.HELD)
MEDIA = (("player", "video"), ("still", "image"), ("sound", "audio"))
LEADING = ("show", "retry", "vary", "retake", "extend", "takeout")  # actions whose job comes onto the sheet
LOOKS_PER_MIN = 60
Updates = list[Any]


@dataclass(frozen=True, slots=True)
class Events:
    """Handlers of one page. Each returns updates in the order that `ui.page` wires."""

    studio: Workbench
    config: UiConfig
    signer: ReportSigner | None = None
    looks: Pace = field(default_factory=lambda: Pace(LOOKS_PER_MIN, 60.0))

    def who(self, request: gr.Request) -> Visit:
        """The visitor behind an event."""
        return visit(request, self.config.secret.get_secret_value(), self.config.proxy_header)

    def start(self, request: gr.Request) -> Updates:
        """First paint: the newest job, the list, the engines, what is left today."""
        who = self.who(request)
        jobs = self.studio.jobs(who.visitor)
        newest = jobs[0] if jobs else None
        return [*self._paint(newest, who), self._list(jobs, who), _pulse(jobs), self._engine_notes(who), ""]

    def submit(self, request: gr.Request, *values: Any) -> Updates:
        """Queue a job from the form."""
        *inputs, terms = values
        who = self.who(request)
        try:
            if self.config.terms and not terms:
                raise UsageError("error.terms")
            accepted = self.config.terms if terms else ""
            job = self.studio.submit(form(inputs, who.language), who.visitor, who.address, accepted)
        except ColophonError as error:
            return [*_unchanged(PAINTED), *self._overview(who), self._trouble(error, who)]
        except Exception:
            log.exception("submit.fault")
            return [*_unchanged(PAINTED), *self._overview(who), _alert(who.say("error.internal"))]
        return [*self._paint(job, who), *self._overview(who), ""]

    def _trouble(self, error: ColophonError, who: Visit) -> Markup:
        """Why something was not taken; who was stopped finds the way to a person beside it."""
        text = who.explain(error)
        token = self.studio.latest_appeal(who.visitor) if isinstance(error, Stopped) else ""
        link = el("a", who.say("ui.refused.appeal"), href=f"appeal/{token}") if token else None
        return _alert(text, link)

    def tick(self, current: str | None, seen: str, request: gr.Request) -> Updates:
        """Look at the running jobs; repaint only what changed."""
        who = self.who(request)
        jobs = self.studio.jobs(who.visitor)
        try:
            painted = self._look(jobs, current, seen, who)
        except ColophonError as error:
            painted = self._gone(error, who)
        return [*painted, self._list(jobs, who), _pulse(jobs)]

    def _look(self, jobs: Sequence[JobView], current: str | None, seen: str, who: Visit) -> Updates:
        """The sheet of the current job; the newest one's where a restart of the service forgot which that was."""
        if current is None:
            return self._paint(jobs[0], who) if jobs else _unchanged(PAINTED)
        job = next((job for job in jobs if job.job_id == current), None) or self.studio.job(current, who.visitor)
        return self._paint(job, who) if signature(job) != seen else _unchanged(PAINTED)

    def _gone(self, error: ColophonError, who: Visit) -> Updates:
        """Nothing can be shown any more: deleted in another tab, or the browser's session is over."""
        return [None, "", gone(who.explain(error), who), *self._paint(None, who)[3:]]

    def act(self, event: gr.EventData, current: str | None, request: gr.Request) -> Updates:
        """A button or small form of a list or sheet."""
        chosen = event._data if isinstance(event._data, Mapping) else {}
        return self._do(str(chosen.get("action", "")), str(chosen.get("id", "")), current, self.who(request), chosen)

    def cancel(self, current: str | None, request: gr.Request) -> Updates:
        """Stop the job on the sheet."""
        return self._do("cancel", current or "", current, self.who(request))

    def retry(self, current: str | None, request: gr.Request) -> Updates:
        """The same request again."""
        return self._do("retry", current or "", current, self.who(request))

    def vary(self, current: str | None, request: gr.Request) -> Updates:
        """The same request with another seed."""
        return self._do("vary", current or "", current, self.who(request))

    def _do(
        self, action: str, job_id: str, current: str | None, who: Visit, more: Mapping[str, Any] | None = None
    ) -> Updates:
        if action == "erase":
            return self._erase(who)
        try:
            job = self._perform(action, job_id, who, more or {})
        except ColophonError as error:
            return [*_unchanged(PAINTED), *self._overview(who), self._trouble(error, who), gr.skip()]
        goes = action in LEADING
        gone = action == "delete" and job_id == current
        painted = self._paint(job, who) if goes or gone or job_id == current else _unchanged(PAINTED)
        return [*painted, *self._overview(who), "", gr.Tabs(selected="create") if goes else gr.skip()]

    def _erase(self, who: Visit) -> Updates:
        count = self.studio.erase(who.visitor)
        said = el("p", who.say("ui.jobs.erased", count=count), class_="note", role="status")
        return [
            *self._paint(None, who),
            self._list(self.studio.jobs(who.visitor), who, said),
            _pulse(()),
            "",
            gr.skip(),
        ]

    def _perform(self, action: str, job_id: str, who: Visit, more: Mapping[str, Any]) -> JobView | None:
        studio, me = self.studio, who.visitor
        text = str(more.get("text", ""))[:MAX_TEXT]
        match action:
            case "delete":
                studio.delete(job_id, me)
                return None
            case "cancel":
                return studio.cancel(job_id, me)
            case "retry":
                return studio.retry(job_id, me, address=who.address)
            case "vary":
                return studio.vary(job_id, me, who.address)
            case "retake":
                return studio.retake(job_id, me, _whole(more.get("shot")), text, who.address)
            case "extend":
                return studio.extend(job_id, me, float(_whole(more.get("seconds"))), text, who.address)
            case "takeout":
                return studio.take_out(job_id, me, str(more.get("part", "")), who.address)
        return studio.job(job_id, me)

    def appeal(self, current: str | None, message: str, request: gr.Request) -> Updates:
        """Ask a person to look at a refusal."""
        who = self.who(request)
        try:
            if not message.strip():
                raise UsageError("ui.appeal.empty")
            self.studio.appeal(self.studio.job(current or "", who.visitor).appeal, message)
        except ColophonError as error:
            return [_alert(who.explain(error)), gr.skip(), gr.skip()]
        return [el("p", who.say("ui.appeal.sent"), class_="note", role="status"), "", gr.Column(visible=False)]

    def advise(self, request: gr.Request, *inputs: Any) -> Updates:
        """What the request as it stands would meet, take and cost; asked while it is written."""
        who = self.who(request)
        if not self.looks.allows(who.visitor):
            return [el("p", who.say("ui.lint.rests"), class_="faded small"), gr.skip()]
        try:
            told = self.studio.advise(form(inputs, who.language), who.visitor)
        except ColophonError as error:
            return [el("div", _alert(who.explain(error)), class_="advice"), ""]
        return [advice(told, inputs[0] or "", who), estimate(told, who)]

    def engine(
        self, name: str, resolution: str, fps: int, duration_s: float, sound: bool, request: gr.Request
    ) -> Updates:
        """Offer only what the chosen engine can make, and say it; what was chosen stays where it can."""
        who, offered = self.who(request), offer(self.studio.engines(), name)
        shortest_s, longest_s = offered.duration_s
        return [
            gr.Radio(choices=list(offered.resolutions), value=offered.resolution(resolution)),
            gr.Radio(choices=list(offered.frame_rates), value=offered.rate(int(fps))),
            gr.Slider(minimum=shortest_s, maximum=longest_s, value=offered.length(float(duration_s))),
            gr.Checkbox(value=sound and offered.sound, interactive=offered.sound),
            engine_can(name, offered, who),
        ]

    def preset(self, event: gr.EventData, engine: str, request: gr.Request) -> Updates:
        """Fill the form with a starting point."""
        who = self.who(request)
        chosen = event._data if isinstance(event._data, Mapping) else {}
        name = str(chosen.get("id", ""))
        if name not in PRESETS:
            return _unchanged(4)
        preset = PRESETS[name]
        length_s = offer(self.studio.engines(), engine).length(preset.duration_s)
        return [who.say(preset.prompt_key), preset.aspect, length_s, ""]

    def inspect(self, written: str | None, request: gr.Request) -> Markup:
        """The slip of an uploaded file, which is deleted at once, or of a public release."""
        who = self.who(request)
        try:
            asked = json.loads(written or "")
            if "release" in asked:
                return self._inspect_release(str(asked["release"]), who)
            (upload,) = uploads(f"[{written}]")
        except ColophonError as error:
            return _alert(who.explain(error))
        except (ValueError, TypeError, RecursionError):
            return _alert(who.say("ui.error.references"))
        try:
            return self._slip(self.studio.inspect(upload.path), who)
        except ColophonError as error:
            return _alert(who.explain(error))
        finally:
            Path(upload.path).unlink(missing_ok=True)

    def _inspect_release(self, release_id: str, who: Visit) -> Markup:
        release = self.studio.release(release_id)
        report = self.studio.inspect(released_path(release, self.config.releases))
        said = el("p", who.say("ui.slip.of", release=release_id), class_="faded small")
        return join([said, self._slip(report, who)])

    def _slip(self, report: StampReport, who: Visit) -> Markup:
        try:
            signed = receipt(self.signer.sign(report, now()), who) if self.signer else None
        except Unavailable:
            log.exception("report.unsigned")
            signed = None
        return slip(report.as_dict(public=True), who, signed)

    def _overview(self, who: Visit) -> Updates:
        jobs = self.studio.jobs(who.visitor)
        return [self._list(jobs, who), _pulse(jobs)]

    def _list(self, jobs: Sequence[JobView], who: Visit, said: Markup | None = None) -> Markup:
        return joblist(jobs, self.config.releases, who, {job.job_id: self.studio.wait_s(job) for job in jobs}, said)

    def _paint(self, job: JobView | None, who: Visit) -> Updates:
        """Updates for current job, its signature and the sheet (`PAINTED` in all)."""
        release = job.release if job else None
        state = job.state if job else None
        folder = self.config.releases
        return [
            job.job_id if job else None,
            signature(job) if job else "",
            stage(job, who, self._around(job, who)),
            *(
                show(release, folder, elem, kind) if release else gr.update(visible=False, value=None)
                for elem, kind in MEDIA
            ),
            gr.update(visible=release is not None, value=str(released_path(release, folder)) if release else None),
            gr.update(visible=bool(job and job.cancellable)),
            gr.update(visible=state in RETRYABLE),
            gr.update(visible=release is not None),
            gr.update(visible=bool(job and job.appeal) and state in APPEALABLE),
        ]

    def _around(self, job: JobView | None, who: Visit) -> Around:
        if job is None:
            return Around(self.config.releases, example=self.studio.example())
        shots = self.studio.plan(job.job_id, who.visitor).shots if job.release else ()
        return Around(self.config.releases, wait_s=self.studio.wait_s(job), shots=[shot.action for shot in shots])

    def _engine_notes(self, who: Visit) -> Markup:
        greyed = [card for card in self.studio.engines() if not card.available]
        rows = (
            el("li", el("strong", card.name), " ", who.say(card.why_key, **who.said(card.why_params)))
            for card in greyed
        )
        title = el("summary", who.say("ui.create.engine_absent", count=len(greyed)))
        return el("details", title, el("ul", *rows), class_="small") if greyed else Markup("")


PAINTED = 11
MAX_TEXT = 4000


def signature(job: JobView) -> str:
    """Changes whenever the sheet has to be painted again."""
    return f"{job.job_id} {job.state} {job.progress:.2f} {job.position} {job.cancellable} {bool(job.release)}"


def _whole(written: Any) -> int:
    text = str(written or "")
    return int(text) if text.isdecimal() and len(text) < 4 else 0


def _pulse(jobs: Sequence[JobView]) -> Any:
    """The timer runs while something can change."""
    return gr.Timer(active=any(not job.state.final for job in jobs))


def _unchanged(count: int) -> Updates:
    return [gr.skip() for _ in range(count)]


def _alert(text: str, *more: Markup | None) -> Markup:
    return el("p", text, " ", *more, class_="alert", role="alert")
