"""What happens when the visitor does something: every handler asks the studio and paints the answer."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder, is_in_or_equal

from errors import ColophonError, UsageError
from pipeline.presets import PRESETS
from pipeline.studio import Studio
from pipeline.views import JobState, JobView, RequestForm, Upload
from ui.components import released_path, show
from ui.config import UiConfig
from ui.joblist import joblist
from ui.markup import Markup, el, join
from ui.slip import slip
from ui.stage import reason, stage
from ui.visit import Visit, visit

RETRYABLE = (JobState.FAILED, JobState.CANCELLED)
APPEALABLE = (JobState.REFUSED, JobState.HELD)
MEDIA = (("player", "video"), ("still", "image"), ("sound", "audio"))
Updates = list[Any]


@dataclass(frozen=True, slots=True)
class Events:
    """Handlers of one page. Each returns updates in the order that `ui.page` wires."""

    studio: Studio
    config: UiConfig

    def who(self, request: gr.Request) -> Visit:
        """The visitor behind an event."""
        return visit(request, self.config.secret.get_secret_value())

    def start(self, request: gr.Request) -> Updates:
        """First paint: the newest job, the list, the engines."""
        who = self.who(request)
        jobs = self.studio.jobs(who.visitor)
        newest = jobs[0] if jobs else None
        return [*self._paint(newest, who), self._list(jobs, who), _pulse(jobs), self._engine_notes(who), ""]

    def submit(self, request: gr.Request, *values: Any) -> Updates:
        """Queue a job from the form."""
        who = self.who(request)
        try:
            job = self.studio.submit(form(values, who.language), who.visitor)
        except ColophonError as error:
            return [*_unchanged(PAINTED), gr.skip(), gr.skip(), _alert(who.explain(error))]
        return [*self._paint(job, who), *self._overview(who), ""]

    def tick(self, current: str | None, seen: str, request: gr.Request) -> Updates:
        """Look at the running jobs; repaint only what changed."""
        who = self.who(request)
        jobs = self.studio.jobs(who.visitor)
        job = next((job for job in jobs if job.job_id == current), None)
        painted = self._paint(job, who) if job and signature(job) != seen else _unchanged(PAINTED)
        return [*painted, self._list(jobs, who), _pulse(jobs)]

    def act(self, event: gr.EventData, current: str | None, request: gr.Request) -> Updates:
        """A button of the job list."""
        chosen = event._data if isinstance(event._data, Mapping) else {}
        return self._do(str(chosen.get("action", "")), str(chosen.get("id", "")), current, self.who(request))

    def cancel(self, current: str | None, request: gr.Request) -> Updates:
        """Stop the job on the sheet."""
        return self._do("cancel", current or "", current, self.who(request))

    def retry(self, current: str | None, request: gr.Request) -> Updates:
        """The same request again."""
        return self._do("retry", current or "", current, self.who(request))

    def vary(self, current: str | None, request: gr.Request) -> Updates:
        """The same request with another seed."""
        return self._do("vary", current or "", current, self.who(request))

    def _do(self, action: str, job_id: str, current: str | None, who: Visit) -> Updates:
        try:
            job = self._perform(action, job_id, who)
        except ColophonError as error:
            return [*_unchanged(PAINTED), *self._overview(who), _alert(who.explain(error)), gr.skip()]
        goes = action in ("show", "retry", "vary")
        gone = action == "delete" and job_id == current
        painted = self._paint(job, who) if goes or gone or job_id == current else _unchanged(PAINTED)
        return [*painted, *self._overview(who), "", gr.Tabs(selected="create") if goes else gr.skip()]

    def _perform(self, action: str, job_id: str, who: Visit) -> JobView | None:
        if action == "delete":
            self.studio.delete(job_id, who.visitor)
            return None
        if action == "cancel":
            return self.studio.cancel(job_id, who.visitor)
        if action == "retry":
            return self.studio.retry(job_id, who.visitor)
        if action == "vary":
            return self.studio.retry(job_id, who.visitor, seed=_another_seed())
        return self.studio.job(job_id, who.visitor)

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

    def lint(self, prompt: str, request: gr.Request) -> Markup:
        """Which rule the words on the page would meet, while they are typed."""
        who = self.who(request)
        try:
            found = self.studio.precheck(prompt or "", who.language)
        except ColophonError as error:
            return _alert(who.explain(error))
        rows = [reason(item, who) for item in found[:3]]
        return el("div", el("p", who.say("ui.lint.title")), *rows, class_="lint", role="status") if rows else Markup("")

    def preset(self, event: gr.EventData, request: gr.Request) -> Updates:
        """Fill the form with a starting point."""
        who = self.who(request)
        chosen = event._data if isinstance(event._data, Mapping) else {}
        name = str(chosen.get("id", ""))
        if name not in PRESETS:
            return _unchanged(4)
        preset = PRESETS[name]
        return [who.say(preset.prompt_key), preset.aspect, preset.duration_s, ""]

    def inspect(self, written: str | None, request: gr.Request) -> Markup:
        """The slip of an uploaded file; the upload is deleted at once."""
        who = self.who(request)
        try:
            (upload,) = uploads(f"[{written}]")
        except (ColophonError, ValueError):
            return _alert(who.say("ui.error.references"))
        try:
            return slip(self.studio.inspect(upload.path).as_dict(public=True), who)
        except ColophonError as error:
            return _alert(who.explain(error))
        finally:
            upload.path.unlink(missing_ok=True)

    def _overview(self, who: Visit) -> Updates:
        jobs = self.studio.jobs(who.visitor)
        return [self._list(jobs, who), _pulse(jobs)]

    def _list(self, jobs: Sequence[JobView], who: Visit) -> Markup:
        return joblist(jobs, self.config.releases, who)

    def _paint(self, job: JobView | None, who: Visit) -> Updates:
        """Updates for current job, its signature and the sheet (`PAINTED` in all)."""
        release = job.release if job else None
        state = job.state if job else None
        folder = self.config.releases
        return [
            job.job_id if job else None,
            signature(job) if job else "",
            stage(job, who),
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

    def _engine_notes(self, who: Visit) -> Markup:
        greyed = [card for card in self.studio.engines() if not card.available]
        rows = (
            el("li", el("strong", card.name), " ", who.say(card.why_key, **who.said(card.why_params)))
            for card in greyed
        )
        title = el("summary", who.say("ui.create.engine_absent", count=len(greyed)))
        return el("details", title, el("ul", *rows), class_="small") if greyed else Markup("")


PAINTED = 11


def signature(job: JobView) -> str:
    """Changes whenever the sheet has to be painted again."""
    return f"{job.job_id} {job.state} {job.progress:.2f} {job.position} {job.cancellable} {bool(job.release)}"


def form(values: Sequence[Any], language: str) -> RequestForm:
    """The form from the inputs in the order of `ui.create.Inputs`.

    Raises:
        UsageError: a reference or the shot list was not written by our page.
    """
    prompt, references, shots, aspect, duration, resolution, fps, engine, seed, sound, negative, title = values
    return RequestForm(
        prompt=prompt or "", uploads=uploads(references), negative_prompt=negative or "", shots=_plan(shots),
        engine=engine or "auto", resolution=resolution, aspect=aspect, fps=int(fps), duration_s=float(duration),
        seed=_seed(seed), sound=bool(sound), locale=language, title=title or "",
    )  # fmt: skip


def uploads(written: str | None) -> list[Upload]:
    """References as the page wrote them; each must lie in the upload folder.

    Raises:
        UsageError: it does not, or this is not a list of references.
    """
    try:
        entries = json.loads(written or "[]")
        found = [
            Upload(Path(str(e["path"])), str(e.get("role", "auto")), str(e.get("label", ""))[:200]) for e in entries
        ]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError("ui.error.references") from error
    for upload in found:
        if not is_in_or_equal(str(upload.path.resolve()), get_upload_folder()) or not upload.path.is_file():
            raise UsageError("ui.error.references")
    return found


def _plan(written: str | None) -> Mapping[str, Any] | None:
    try:
        plan = json.loads(written) if written else None
    except ValueError as error:
        raise UsageError("ui.error.shots") from error
    if plan is not None and not isinstance(plan, Mapping):
        raise UsageError("ui.error.shots")
    return plan


def _seed(written: str | None) -> int | None:
    text = (written or "").strip()
    if not text:
        return None
    if not text.isdecimal():
        raise UsageError("error.request.seed")
    return int(text)


def _another_seed() -> int:
    return secrets.randbelow(2**31)


def _pulse(jobs: Sequence[JobView]) -> Any:
    """The timer runs while something can change."""
    return gr.Timer(active=any(not job.state.final for job in jobs))


def _unchanged(count: int) -> Updates:
    return [gr.skip() for _ in range(count)]


def _alert(text: str) -> Markup:
    return join([el("p", text, class_="alert", role="alert")])
