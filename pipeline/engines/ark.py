"""Content-list services: Volcengine Ark and BytePlus ModelArk (Seedance 2.0), and MiniMax v2, which speaks alike.

Fields, roles and error codes as the two makers document them (see `docs/engines.md`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import httpx

from errors import ColophonError, Unavailable, UsageError
from pipeline.engines import EngineInfo, Limits
from pipeline.engines.compile import compile_prompt
from pipeline.engines.config import ArkSettings, EnginesConfig
from pipeline.engines.outgoing import inline
from pipeline.engines.remote import Cost, RemoteEngine, Status, moderated, refused
from pipeline.request import GenerationRequest, Reference

_FPS = 24
_MEDIA_S = 15.0
_WAITING = ("queued", "running", "pending", "preparing", "processing", "queueing", "")
_DONE = ("succeeded", "success")
_FIELD = {"image": "image_url", "video": "video_url", "audio": "audio_url"}
_SEEDANCE_CODES = (
    ("PrivacyInformation", "person"),
    ("InputTextSensitive", "text"),
    ("InputImageSensitive", "reference"),
    ("InputVideoSensitive", "reference"),
    ("InputAudioSensitive", "reference"),
    ("Output", "output"),
    ("SensitiveContentDetected", "text"),
    ("PolicyViolation", "text"),
)
# MiniMax answers 200 and puts its code into base_resp.
_MINIMAX_HTTP = {1002: 429, 1004: 401, 1008: 402, 2049: 401, 2013: 400}
_MINIMAX_MODERATED = {1026: "text", 1027: "output"}


class ArkEngine(RemoteEngine[ArkSettings]):
    """Seedance 2.0 and MiniMax H3 as hosted services."""

    unit: ClassVar[str] = "million_tokens"

    def __init__(self, settings: ArkSettings) -> None:
        super().__init__(settings)
        self.minimax = settings.dialect == "minimax"
        if self.minimax:
            self.unit = "second"  # type: ignore[misc]
        self.info = EngineInfo(
            "ark", "remote", settings.model, "service terms",
            Limits(
                resolutions=("480p", "720p", "1080p"), frame_rates=(24, 25, 30), duration_s=(2.0, 15.0),
                references={"image": 9, "video": 3, "audio": 3}, parents=("extend", "edit"),
            ),
        )  # fmt: skip

    @classmethod
    def from_config(cls, config: EnginesConfig) -> Self:
        return cls(config.ark)

    def lint(self, request: GenerationRequest) -> None:
        """Frames and free references exclude each other; sound is never alone; moving and heard media are short."""
        roles = [_role(reference, request) for reference in request.references]
        frames = [role for role in roles if role in ("first_frame", "last_frame")]
        if frames and len(frames) != len(roles):
            raise UsageError("error.remote.mixed_references", part="ark")
        if len(set(frames)) != len(frames) or frames == ["last_frame"]:
            raise UsageError("error.remote.last_frame", part="ark")
        kinds = {reference.kind for reference in request.references}
        if kinds == {"audio"}:
            raise UsageError("error.remote.sound_alone", part="ark")
        for kind in ("video", "audio"):
            total_s = sum(r.info.duration_s for r in request.references if r.kind == kind)
            if total_s > _MEDIA_S:
                raise UsageError("error.remote.reference_length", part="ark", kind=kind, limit_s=round(_MEDIA_S))

    def estimate(self, request: GenerationRequest) -> Cost:
        """Seedance counts (seconds sent + seconds made) x width x height x rate / 1024 tokens."""
        if self.minimax:
            return self.cost(_seconds(request))
        sent_s = sum(r.info.duration_s for r in request.references if r.kind == "video")
        area = request.format.width_px * request.format.height_px
        return self.cost((sent_s + _seconds(request)) * area * _FPS / 1024 / 1e6)

    def create(self, client: httpx.Client, request: GenerationRequest, folder: Path) -> httpx.Response:
        path = "/v2/video_generation" if self.minimax else "/contents/generations/tasks"
        return client.post(path, json=self.body(request, folder))

    def body(self, request: GenerationRequest, folder: Path) -> dict[str, Any]:
        """The body of a create."""
        content: list[dict[str, Any]] = [{"type": "text", "text": compile_prompt(request, "at")}]
        for reference in request.references:
            name = _FIELD[reference.kind]
            role = _role(reference, request)
            content.append({"type": name, name: {"url": inline(reference, folder)}, "role": role})
        body: dict[str, Any] = {"model": self.settings.model, "content": content, "duration": _seconds(request)}
        if self.minimax:
            return body | {"resolution": "2K" if request.resolution == "1080p" else "768P", "ratio": request.aspect}
        return body | {
            "resolution": request.resolution,
            "ratio": request.aspect,
            "seed": request.seed % 2**32,
            "generate_audio": request.sound,
            # Every release carries our own visible label, so theirs would only be a second one.
            "watermark": False,
        }

    def accepted(self, answer: Any) -> Mapping[str, str]:
        name = "task_id" if self.minimax else "id"
        found = answer.get(name) if isinstance(answer, dict) else None
        return {"id": str(found)} if found else {}

    def look(self, client: httpx.Client, handle: Mapping[str, str]) -> httpx.Response:
        if self.minimax:
            return client.get(f"/v2/query/video_generation/{handle['id']}")
        return client.get(f"/contents/generations/tasks/{handle['id']}")

    def status(self, answer: Any) -> Status:
        task = answer.get("task", answer) if self.minimax else answer
        state = str(task.get("status") or "").lower()
        if state in _WAITING:
            return Status("waiting")
        content = task.get("content") or {}
        url = content.get("video_url") or content.get("url") or ""
        if state in _DONE and url:
            return Status("done", url, facts=_facts(task))
        return Status("failed", error=self.refusal(200, answer if self.minimax else task))

    def refusal(self, http_status: int, answer: Any) -> ColophonError:
        if not isinstance(answer, dict):
            return refused("ark", http_status)
        if self.minimax:
            return _minimax_error(http_status, answer)
        error = answer.get("error") or {}
        code = str(error.get("code", "")) if isinstance(error, dict) else ""
        for part, what in _SEEDANCE_CODES:
            if part in code:
                return moderated("ark", what)
        if "Overdue" in code or "AccessDenied" in code:
            return refused("ark", 403)
        if "NotFound" in code or "ModelNotOpen" in code:
            return refused("ark", 404)
        if "RateLimit" in code or "Quota" in code or "LimitExceeded" in code or "Overloaded" in code:
            return refused("ark", 429)
        if http_status == 200:
            return Unavailable("error.remote.service", part="ark", remedy="wait")
        return refused("ark", http_status)

    def stop(self, client: httpx.Client, handle: Mapping[str, str]) -> None:
        if not self.minimax:
            client.delete(f"/contents/generations/tasks/{handle['id']}")


def _minimax_error(http_status: int, answer: dict[str, Any]) -> ColophonError:
    code = int((answer.get("base_resp") or {}).get("status_code") or 0)
    if code in _MINIMAX_MODERATED:
        return moderated("ark", _MINIMAX_MODERATED[code])
    if code in _MINIMAX_HTTP:
        return refused("ark", _MINIMAX_HTTP[code])
    return refused("ark", http_status if http_status >= 400 else 500)


def _seconds(request: GenerationRequest) -> int:
    """Whole seconds, at least four; what is over is cut off from the result."""
    return max(4, math.ceil(request.duration_s - 1e-6))


def _role(reference: Reference, request: GenerationRequest) -> str:
    if reference.kind != "image":
        return f"reference_{reference.kind}"
    if reference.role in ("first_frame", "last_frame"):
        return reference.role
    alone = len(request.references) == 1 and reference.role == "auto" and "@image1" not in request.prompt.lower()
    return "first_frame" if alone and request.plan is None else "reference_image"


def _facts(task: dict[str, Any]) -> dict[str, str]:
    usage = task.get("usage") or {}
    found = {"model_seed": task.get("seed"), "tokens": usage.get("completion_tokens"), "model": task.get("model")}
    return {name: str(value)[:100] for name, value in found.items() if value not in (None, "")}
