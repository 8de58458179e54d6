"""The same page for programs: four typed functions over Gradio's API and MCP, behind the same checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import gradio as gr

from errors import ColophonError, UsageError
from pipeline.views import JobView, ReasonView, RequestForm, Upload
from pipeline.workbench import Workbench
from ui import visitor
from ui.calls import fitting
from ui.components import address
from ui.config import UiConfig
from ui.forms import MAX_LABEL, uploaded
from ui.pace import Pace
from ui.visit import Visit, visit

MAX_PROGRAM_FILES = 12
LOOKS_PER_MIN = 120


def offer(studio: Workbench, config: UiConfig) -> None:
    """Registers the functions. Call inside the page."""
    programs = Programs(studio, config)
    for function in (programs.generate, programs.job, programs.screen, programs.verify):
        gr.api(fitting(function), api_name=function.__name__, concurrency_limit=4)


@dataclass(frozen=True, slots=True)
class Programs:
    """The functions; each answers with plain JSON and never with a traceback."""

    studio: Workbench
    config: UiConfig
    looks: Pace = field(default_factory=lambda: Pace(LOOKS_PER_MIN, 60.0))

    def generate(
        self,
        request: gr.Request,
        prompt: str,
        references: list[dict[str, Any]] | None = None,
        shots: dict[str, Any] | None = None,
        engine: str = "auto",
        resolution: Literal["480p", "720p", "1080p", "2160p"] = "720p",
        aspect: Literal["16:9", "9:16", "1:1", "4:3", "3:4", "21:9"] = "16:9",
        fps: int = 24,
        duration_s: float = 5.0,
        seed: int | None = None,
        sound: bool = True,
        accept_terms: bool = False,
        purpose: Literal["own_use", "advertising", "education", "film", "accessibility"] = "own_use",
    ) -> dict[str, Any]:
        """Queue a video. The answer names the job and the key that opens it; ask `job` until its state is final.

        Args:
            prompt: what the video shows; may name references as @image1, @video1, @audio1.
            references: uploaded files in order, each {"path": "...", "role": "auto"}.
            shots: a shot plan, {"shots": [{"duration_s": 2.5, "action": "..."}]}; optional.
            engine: name of an engine that is available here, or "auto".
            resolution: short side of the video.
            aspect: width to height.
            fps: frames in a second: 24, 25, 30 or 60.
            duration_s: length in seconds, 2 to 30.
            seed: number that makes the result repeatable; chosen at random when left out.
            sound: whether the video has sound.
            accept_terms: you accept the terms of the About page, where this service asks for that.
            purpose: what the video is for; a person's consent holds only for the purposes that it names.
        """
        who = self._who(request)
        terms = self.config.terms if accept_terms else ""
        try:
            if self.config.terms and not terms:
                raise UsageError("error.terms")
            form = RequestForm(
                prompt=prompt, uploads=[_upload(item) for item in (references or [])[:MAX_PROGRAM_FILES]], shots=shots,
                engine=engine, resolution=resolution, aspect=aspect, fps=fps, duration_s=duration_s, seed=seed,
                sound=sound, locale=who.language, purpose=purpose,
            )  # fmt: skip
            answer = self._job(self.studio.submit(form, who.visitor, who.address, terms), who)
        except ColophonError as error:
            return _error(error, who)
        return {**answer, "key": visitor.sign(who.visitor, self._secret)}

    def job(self, request: gr.Request, job_id: str, key: str) -> dict[str, Any]:
        """State of a job: its step, its place in the queue, reasons of a refusal, or the released file.

        Args:
            job_id: as answered by `generate`.
            key: as answered by `generate`; nobody else can open the job.
        """
        who = self._who(request)
        try:
            owner = visitor.read(key, self._secret)
            if owner is None:
                raise UsageError("error.job.unknown")
            return self._job(self.studio.job(job_id, owner), who)
        except ColophonError as error:
            return _error(error, who)

    def screen(self, request: gr.Request, text: str) -> dict[str, Any]:
        """Which rules a text would meet, before anything is made of it. Nothing is stored.

        Args:
            text: a prompt, title, dialogue or other text.
        """
        who = self._who(request)
        try:
            if not self.looks.allows(who.address):
                raise UsageError("ui.lint.rests")
            reasons = self.studio.precheck(text, who.language)
        except ColophonError as error:
            return _error(error, who)
        return {"allowed": not reasons, "reasons": [_reason(item, who) for item in reasons]}

    def verify(self, request: gr.Request, file: dict[str, Any]) -> dict[str, Any]:
        """What a file carries: signature, our record, invisible mark, AIGC record, visible label. Any origin.

        Args:
            file: an uploaded file, {"path": "..."}; it is deleted after reading.
        """
        who = self._who(request)
        try:
            upload = _upload(file)
        except ColophonError as error:
            return _error(error, who)
        try:
            return self.studio.inspect(upload.path).as_dict(public=True)
        except ColophonError as error:
            return _error(error, who)
        finally:
            upload.path.unlink(missing_ok=True)

    def _who(self, request: gr.Request) -> Visit:
        return visit(request, self._secret, self.config.proxy_header)

    def _job(self, job: JobView, who: Visit) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "job_id": job.job_id,
            "state": job.state.value,
            "final": job.state.final,
            "progress": round(job.progress, 3),
            "position": job.position,
            "wait_s": self.studio.wait_s(job),
            "engine": job.engine,
            "reasons": [_reason(item, who) for item in job.reasons],
        }
        if job.error:
            answer["error"] = {"key": job.error[0], "text": who.say(job.error[0], **who.said(job.error[1]))}
        if job.release:
            release = job.release
            answer["release"] = {
                "release_id": release.release_id, "url": "/" + address(release, self.config.releases),
                "file_name": release.file_name, "sha256": release.sha256, "media_type": release.media_type,
                "width_px": release.width_px, "height_px": release.height_px, "fps": release.fps,
                "duration_s": release.duration_s, "audio": release.audio, "seed": release.seed,
                "previsualisation": release.previsualisation,
            }  # fmt: skip
        return answer

    @property
    def _secret(self) -> str:
        return self.config.secret.get_secret_value()


def _upload(item: Any) -> Upload:
    """An uploaded file as programs name it. Raises UsageError when it lies elsewhere."""
    path = Path(str(item.get("path", ""))) if isinstance(item, dict) else Path()
    if not uploaded(path):
        raise UsageError("ui.error.references")
    return Upload(path, str(item.get("role", "auto")), str(item.get("orig_name") or "")[:MAX_LABEL])


def _reason(item: ReasonView, who: Visit) -> dict[str, Any]:
    return {
        "policy": item.policy,
        "where": item.where,
        "sureness": item.sureness,
        "time_s": item.time_s,
        "rule": who.say(item.rule_key),
        "remedy": who.say(item.remedy_key),
    }


def _error(error: ColophonError, who: Visit) -> dict[str, Any]:
    return {"error": {"key": error.key, "text": who.explain(error), "status": error.exit_status}}
