"""Inference Providers through the Hugging Face router (fal, Replicate), with the host's or the visitor's own token.

`huggingface_hub` resolves the model and writes the request; sending, polling and fetching are ours, because its
client repeats nothing it should, but reads a result of any size from any address into memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from errors import ColophonError, Unavailable
from media.caged import read_picture
from media.encode import write_picture
from pipeline.engines import EngineInfo, Limits
from pipeline.engines.compile import compile_prompt
from pipeline.engines.config import EnginesConfig, HfInferenceSettings
from pipeline.engines.references import cast, refuse_unused
from pipeline.engines.remote import Cost, RemoteEngine, Status, moderated, refused
from pipeline.request import GenerationRequest

_ROUTER = "https://router.huggingface.co"
_MODEL_FPS = 24
_WAITING = ("in_queue", "in_progress", "starting", "processing", "")


class HfInferenceEngine(RemoteEngine[HfInferenceSettings]):
    """Open models hosted by a provider: text, or text and a first frame. Silent models stay silent."""

    unit: ClassVar[str] = "clip"

    def __init__(self, settings: HfInferenceSettings) -> None:
        router = settings.router or _ROUTER
        super().__init__(settings.model_copy(update={"base_url": f"{router}/{settings.provider}"}))
        self.info = EngineInfo(
            "hf_inference", "remote", settings.model, "model and provider terms",
            Limits(
                resolutions=("480p", "720p"), frame_rates=(24, 25, 30), duration_s=(2.0, 5.0),
                references={"image": 1, "video": 0, "audio": 0}, sound=False,
            ),
        )  # fmt: skip

    @classmethod
    def from_config(cls, config: EnginesConfig) -> Self:
        return cls(config.hf_inference)

    def with_key(self, token: str) -> Self:
        """The same engine with the visitor's own token (OAuth scope ``inference-api``); the visitor pays."""
        return type(self)(self.settings.model_copy(update={"key": SecretStr(token), "bill_to": ""}))

    def lint(self, request: GenerationRequest) -> None:
        casting = cast(request)
        refuse_unused("hf_inference", [*casting.looks, casting.last], "first_frame")

    def estimate(self, request: GenerationRequest) -> Cost:
        return self.cost(1)

    def create(self, client: httpx.Client, request: GenerationRequest, folder: Path) -> httpx.Response:
        prepared = self._prepare(request, folder)
        path = urlsplit(prepared.url)
        route = path.path.removeprefix(f"/{self.settings.provider}") + (f"?{path.query}" if path.query else "")
        headers = {"X-HF-Bill-To": self.settings.bill_to} if self.settings.bill_to else {}
        return client.post(route, json=prepared.json, headers=headers)

    def _prepare(self, request: GenerationRequest, folder: Path) -> Any:
        """The request as the provider wants it. Asks the Hub which of its models this one is; that costs nothing."""
        import httpx2
        from huggingface_hub.inference._providers import get_provider_helper

        first = cast(request).first
        task = "image-to-video" if first else "text-to-video"
        parameters = {"num_frames": round(request.duration_s * _MODEL_FPS) + 1, "seed": request.seed % 2**31}
        if request.negative_prompt:
            parameters["negative_prompt"] = request.negative_prompt  # type: ignore[assignment]
        inputs: Any = compile_prompt(request, "prose")
        if first:
            parameters["prompt"] = inputs
            still = folder / "first.jpg"
            write_picture(still, read_picture(first.path))
            inputs = still.read_bytes()
        key = self.settings.key.get_secret_value() if self.settings.key else ""
        try:
            helper = get_provider_helper(self.settings.provider, task=task, model=self.settings.model)
            return helper.prepare_request(
                inputs=inputs, parameters=parameters, headers={}, model=self.settings.model, api_key=key
            )
        except (ValueError, httpx2.HTTPError) as error:
            raise Unavailable("error.remote.missing", part="hf_inference", remedy="model") from error

    def accepted(self, answer: Any) -> Mapping[str, str]:
        if not isinstance(answer, dict):
            return {}
        if self.settings.provider == "fal-ai":
            # Only the path is taken from the answer: the key goes to the router and nowhere else.
            path = urlsplit(str(answer.get("response_url") or "")).path
            return {"path": path, "query": "?_subdomain=queue"} if answer.get("request_id") and path else {}
        found = str(answer.get("id") or "")
        return {"path": f"/v1/predictions/{found}", "query": ""} if found else {}

    def look(self, client: httpx.Client, handle: Mapping[str, str]) -> httpx.Response:
        path, query = handle["path"], handle["query"]
        if self.settings.provider != "fal-ai":
            return client.get(path)
        answer = client.get(f"{path}/status{query}")
        done = answer.is_success and _state(answer) == "completed"
        return client.get(f"{path}{query}") if done else answer

    def status(self, answer: Any) -> Status:
        video = answer.get("video")
        if isinstance(video, dict) and video.get("url"):
            return Status("done", str(video["url"]))
        state = str(answer.get("status") or "").lower()
        output = answer.get("output")
        if state == "succeeded" and output:
            return Status("done", str(output[0] if isinstance(output, list) else output))
        if state in _WAITING and "detail" not in answer:
            return Status("waiting")
        return Status("failed", error=self.refusal(200, answer))

    def refusal(self, http_status: int, answer: Any) -> ColophonError:
        said = str(answer).lower() if isinstance(answer, dict) else ""
        if "content_policy" in said or "nsfw" in said or "flagged" in said:
            return moderated("hf_inference", "text")
        if http_status == 200:
            return Unavailable("error.remote.service", part="hf_inference", remedy="wait")
        return refused("hf_inference", http_status)


def _state(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("status") or "").lower()
    except (ValueError, AttributeError):
        return ""
