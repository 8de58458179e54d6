"""Servers with ``POST /v1/videos`` jobs: SGLang, vLLM-Omni and gateways. On one's own machine no key is needed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import httpx

from errors import ColophonError, Unavailable, UsageError
from media.clip import SHORT_SIDE_PX
from pipeline.engines import EngineInfo, Limits
from pipeline.engines.compile import compile_prompt
from pipeline.engines.config import EnginesConfig, VideosApiSettings
from pipeline.engines.http import origin
from pipeline.engines.outgoing import inline
from pipeline.engines.references import cast, refuse_unused
from pipeline.engines.remote import RemoteEngine, Status, moderated, refused
from pipeline.request import GenerationRequest, Reference

_WAITING = ("queued", "in_progress", "processing", "running", "pending", "")
_MODERATED = ("moderation", "content_policy", "safety")


class VideosApiEngine(RemoteEngine[VideosApiSettings]):
    """A job server in the manner of ``/v1/videos``."""

    needs_key: ClassVar[bool] = False

    def __init__(self, settings: VideosApiSettings) -> None:
        super().__init__(settings)
        most = {"image": 9, "video": 3, "audio": 3} if settings.body == "conditions" else {"image": 1}
        self.info = EngineInfo(
            "videos_api", "remote", settings.model or "unset", settings.licence,
            Limits(frame_rates=(24, 25, 30), duration_s=(2.0, 20.0), references=most),
        )  # fmt: skip

    @classmethod
    def from_config(cls, config: EnginesConfig) -> Self:
        return cls(config.videos_api)

    def lint(self, request: GenerationRequest) -> None:
        if self.settings.body == "openai":
            casting = cast(request)
            refuse_unused("videos_api", [*casting.looks, casting.last], "first_frame")
        elif request.references and all(reference.kind == "audio" for reference in request.references):
            raise UsageError("error.remote.sound_alone", part="videos_api")

    def create(self, client: httpx.Client, request: GenerationRequest, folder: Path) -> httpx.Response:
        return client.post("/v1/videos", json=self.body(request, folder))

    def body(self, request: GenerationRequest, folder: Path) -> dict[str, Any]:
        """The body of a create."""
        if self.settings.body == "conditions":
            return self._conditions(request, folder)
        format = request.format
        body: dict[str, Any] = {
            "model": self.settings.model,
            "prompt": compile_prompt(request, "prose"),
            "seconds": f"{request.duration_s:g}",
            "size": f"{format.width_px}x{format.height_px}",
            "seed": request.seed % 2**32,
        }
        first = cast(request).first
        return body | ({"input_reference": inline(first, folder)} if first else {})

    def _conditions(self, request: GenerationRequest, folder: Path) -> dict[str, Any]:
        conditions = [
            {"type": reference.kind, "uri": inline(reference, folder), "role": _role(reference)}
            for reference in request.references
        ]
        frames = any(reference.role in ("first_frame", "last_frame") for reference in request.references)
        return {
            "model": self.settings.model,
            "task": "t2va" if not conditions else "fl2va" if frames else "ref2va",
            "prompt": compile_prompt(request, "tags"),
            "conditions": conditions,
            "target": {
                "short_edge": SHORT_SIDE_PX[request.resolution],
                "aspect_ratio": request.aspect,
                "duration_seconds": request.duration_s,
            },
            "seed": request.seed % 2**32,
        }

    def accepted(self, answer: Any) -> Mapping[str, str]:
        found = answer.get("id") if isinstance(answer, dict) else None
        return {"id": str(found)} if found else {}

    def look(self, client: httpx.Client, handle: Mapping[str, str]) -> httpx.Response:
        return client.get(f"/v1/videos/{handle['id']}")

    def status(self, answer: Any) -> Status:
        state = str(answer.get("status") or "").lower()
        if state in _WAITING:
            told = answer.get("progress")
            return Status("waiting", share=float(told) / 100 if isinstance(told, int | float) else None)
        if state in ("completed", "succeeded"):
            url = f"{self.settings.base_url.rstrip('/')}/v1/videos/{answer['id']}/content"
            return Status("done", url)
        return Status("failed", error=self.refusal(200, answer))

    def refusal(self, http_status: int, answer: Any) -> ColophonError:
        error = answer.get("error") if isinstance(answer, dict) else None
        code = str(error.get("code", "")) if isinstance(error, dict) else ""
        if any(word in code for word in _MODERATED):
            return moderated("videos_api", "text")
        if http_status == 200:
            return Unavailable("error.remote.service", part="videos_api", remedy="wait")
        return refused("videos_api", http_status)

    def stop(self, client: httpx.Client, handle: Mapping[str, str]) -> None:
        client.delete(f"/v1/videos/{handle['id']}")

    def _download_headers(self, url: str) -> Mapping[str, str]:
        if self.settings.key is None or origin(url) != origin(self.settings.base_url):
            return {}
        return {"Authorization": f"Bearer {self.settings.key.get_secret_value()}"}


def _role(reference: Reference) -> str:
    return reference.role if reference.role in ("first_frame", "last_frame") else "reference"
