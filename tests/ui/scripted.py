"""A studio that plays prepared jobs, so that every state of the page can be reached and photographed."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from errors import UsageError
from media.clip import Picture, VideoFormat
from media.colour import to_i420
from media.encode import VideoWriter
from pipeline.engines import Limits
from pipeline.fairuse import Busy, Stopped
from pipeline.lint import Problem
from pipeline.plan import Shot, ShotPlan
from pipeline.script import plan_from_prompt
from pipeline.views import EngineCard, JobState, JobView, ReasonView, ReleaseView, RequestForm
from pipeline.workbench import Advice
from watermark.inspect import StampReport

STEPS = [
    JobState.QUEUED,
    JobState.SCREENING,
    JobState.RENDERING,
    JobState.CHECKING,
    JobState.STAMPING,
    JobState.VERIFYING,
]
ENDINGS = {"refuse": JobState.REFUSED, "hold": JobState.HELD, "fail": JobState.FAILED, "stuck": JobState.RENDERING}
REASON = ReasonView("system.not_judged", "prompt", "policy.system.not_judged.rule", "policy.system.not_judged.remedy")


# Words in a prompt, and why such a request is not taken.
TROUBLES: dict[str, Callable[[], Exception]] = {
    "stop me": lambda: Stopped("error.fair.stopped", count=20, wait_h=24),
    "slow me": lambda: Busy("error.fair.slowed", count=6, wait_s=60),
    "too fast": lambda: Busy("error.fair.burst", wait_s=20),
    "too many": lambda: Busy("error.job.too_many", limit=3),
    "whole day": lambda: Busy("error.fair.day", limit=100, wait_h=3),
    "whole network": lambda: Busy("error.fair.network", limit=30),
    "queue is full": lambda: Busy("error.job.queue_full", limit=100),
    "disk is full": lambda: Busy("error.fair.disk"),
    "disk breaks": lambda: OSError(28, "No space left on device"),
}
SKETCH = Limits(resolutions=("480p",), frame_rates=(25,), duration_s=(2.0, 4.0), sound=False)


class ScriptedStudio:
    """The interface of `pipeline.workbench.Workbench`; a job's ending is named by a word in its prompt."""

    def __init__(self, folder: Path, looks_per_step: int = 1) -> None:
        self.folder = folder
        self.looks = looks_per_step
        self.owned: dict[str, tuple[str, JobView, RequestForm]] = {}
        self.ages: dict[str, int] = {}
        self.forms: list[RequestForm] = []
        self.appeals: list[str] = []
        self.terms: list[str] = []
        self.shown: ReleaseView | None = None

    def engines(self) -> list[EngineCard]:
        return [
            EngineCard("animatic", "animatic", True, "", {}, "Apache-2.0", True, Limits()),
            EngineCard("sketch", "local", True, "", {}, "Apache-2.0", False, SKETCH),
            EngineCard("ltx", "local", False, "error.policy.profile", {"profile": "gpu"}, "LTX-2", False, None),
        ]

    def submit(self, form: RequestForm, visitor: str, address: str = "", terms: str = "") -> JobView:
        if not form.prompt.strip() and not form.shots:
            raise UsageError("error.request.empty_prompt")
        for words, trouble in TROUBLES.items():
            if words in form.prompt:
                raise trouble()
        self.terms.append(terms)
        self.forms.append(form)
        job = JobView(
            f"job-{secrets.token_hex(8)}",
            JobState.QUEUED,
            0.0,
            2,
            datetime.now(UTC),
            form.prompt,
            "animatic",
            cancellable=True,
        )
        self.owned[job.job_id] = (visitor, job, form)
        self.ages[job.job_id] = 0
        return job

    def job(self, job_id: str, visitor: str) -> JobView:
        owner, job, form = self.owned.get(job_id, ("", None, None))  # type: ignore[assignment]
        if job is None or owner != visitor:
            raise UsageError("error.job.unknown")
        if not job.state.final and job.state is not JobState.HELD:
            self.ages[job_id] += 1
            job = self._aged(job, self.ages[job_id] // self.looks)
            self.owned[job_id] = (owner, job, form)
        return job

    def _aged(self, job: JobView, age: int) -> JobView:
        ending = next((state for word, state in ENDINGS.items() if word in job.prompt), JobState.RELEASED)
        if age < len(STEPS) or ending in STEPS:
            step = STEPS[min(age, len(STEPS) - 1)] if ending not in STEPS else ending
            return replace(job, state=step, progress=0.41 if step is JobState.RENDERING else 0.0, position=0)
        done = replace(job, state=ending, position=0, cancellable=False)
        if "withdrawn" in job.prompt:
            return done
        if ending is JobState.RELEASED:
            return replace(done, release=self.make_release())
        if ending is JobState.FAILED:
            return replace(done, error=("error.media.unreadable", {}))
        return replace(done, reasons=[REASON], appeal="token")

    def jobs(self, visitor: str, limit: int = 20) -> list[JobView]:
        mine = [job_id for job_id, (owner, _, _) in self.owned.items() if owner == visitor]
        return [self.job(job_id, visitor) for job_id in reversed(mine)][:limit]

    def cancel(self, job_id: str, visitor: str) -> JobView:
        owner, job, form = self.owned[job_id]
        job = replace(self.job(job_id, visitor), state=JobState.CANCELLED, cancellable=False)
        self.owned[job_id] = (owner, job, form)
        return job

    def delete(self, job_id: str, visitor: str) -> None:
        self.job(job_id, visitor)
        del self.owned[job_id]

    def retry(self, job_id: str, visitor: str, seed: int | None = None, address: str = "") -> JobView:
        self.job(job_id, visitor)
        return self.submit(replace(self.owned[job_id][2], seed=seed), visitor)

    def vary(self, job_id: str, visitor: str, address: str = "") -> JobView:
        return self.retry(job_id, visitor, seed=8)

    def retake(self, job_id: str, visitor: str, shot: int, text: str = "", address: str = "") -> JobView:
        self.job(job_id, visitor)
        return self.submit(replace(self.owned[job_id][2], prompt=f"retake {shot}: {text}"), visitor)

    def extend(self, release_id: str, visitor: str, seconds: float, prompt: str, address: str = "") -> JobView:
        return self.submit(RequestForm(prompt=f"extend {release_id} by {seconds:g}: {prompt}"), visitor)

    def take_out(self, release_id: str, visitor: str, part: str, address: str = "") -> JobView:
        return self.submit(RequestForm(prompt=f"{part} of {release_id}"), visitor)

    def texts(self, release_id: str, visitor: str) -> dict[str, bytes]:
        if not any(job.release and job.release.release_id == release_id for job in self.jobs(visitor)):
            raise UsageError("error.takeout.owner")
        return {"subtitles.vtt": b"WEBVTT\n\n00:00.000 --> 00:01.000\nAnna: Good morning\n", "plan.json": b"{}"}

    def plan(self, job_id: str, visitor: str) -> ShotPlan:
        self.job(job_id, visitor)
        return ShotPlan((Shot(2.5, self.owned[job_id][2].prompt), Shot(2.5, "Later.")))

    def advise(self, form: RequestForm, visitor: str) -> Advice:
        if not form.prompt.strip():
            return Advice(left_today=9, per_day=10)
        outline = plan_from_prompt(form.prompt, form.duration_s).as_dict()
        problems = [Problem("hint", "lint.vague", 1, {"shot": 1})] if "vague" in form.prompt else []
        at = form.prompt.find("refuse")
        reasons = [replace(REASON, span=(at, at + 6))] if at >= 0 else []
        return Advice(reasons, problems, outline, "animatic", "engine.choice.animatic", 12.0, 40, None, "", None, 9, 10)

    def wait_s(self, job: JobView) -> int:
        return 40 * job.position

    def example(self) -> ReleaseView | None:
        return self.shown

    def release(self, release_id: str) -> ReleaseView:
        for _, job, _ in self.owned.values():
            if job.release and job.release.release_id == release_id:
                return job.release
        raise UsageError("error.release.unknown")

    def latest_appeal(self, visitor: str) -> str:
        return "token"

    def export(self, visitor: str) -> dict[str, Any]:
        return {"visitor": visitor, "jobs": [job.job_id for job in self.jobs(visitor)]}

    def erase(self, visitor: str) -> int:
        mine = [job.job_id for job in self.jobs(visitor)]
        for job_id in mine:
            del self.owned[job_id]
        return len(mine)

    def adopt(self, visitor: str, login: str) -> int:
        moved = [key for key, (owner, _, _) in self.owned.items() if owner == visitor]
        for key in moved:
            self.owned[key] = (login, *self.owned[key][1:])
        return len(moved)

    def precheck(self, text: str, locale: str) -> list[ReasonView]:
        return [REASON] if "refuse" in text else []

    def inspect(self, path: Path) -> StampReport:
        return StampReport(path.name, kind="video", state="none", finding="none")

    def appeal(self, token: str, message: str) -> str:
        self.appeals.append(message)
        return "case"

    def make_release(self) -> ReleaseView:
        release_id = f"rel-{secrets.token_hex(6)}"
        path = self.folder / release_id / "colophon-animatic.mp4"
        path.parent.mkdir(parents=True)
        clip(path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return ReleaseView(
            release_id, path, path.name, "video/mp4", digest, "animatic", True, 320, 180, 24.0, 1.0, False, 7,
            "5a" * 8, "urn:c2pa:0000", datetime.now(UTC),
            timings_s={"screen": 0.4, "generate": 3.2, "stamp": 1.1, "verify": 0.6},
        )  # fmt: skip


def clip(path: Path, frames: int = 24) -> None:
    """A second of moving colour, H.264 in MP4."""
    shape = VideoFormat(320, 180, Fraction(24))
    across = np.linspace(0, 255, 320, dtype=np.float32)[None, :]
    down = np.linspace(60, 200, 180, dtype=np.float32)[:, None]
    with VideoWriter(path, shape) as writer:
        for number in range(frames):
            red = (across + number * 4) % 256 + 0 * down
            picture: Picture = np.stack([red, down + 0 * across, 255 - red], axis=2).astype(np.uint8)
            writer.write(to_i420(picture))


def facts(form: RequestForm) -> dict[str, Any]:
    """What a test asks about a form."""
    return {"prompt": form.prompt, "uploads": [(u.role, u.label) for u in form.uploads], "shots": form.shots}
