"""Remote engines against local servers that follow the documented schemas, faults included."""

from __future__ import annotations

import logging
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from errors import Blocked, ColophonError, InputError, Unavailable, UsageError
from pipeline.engines import Cancelled
from pipeline.engines.ark import ArkEngine
from pipeline.engines.config import ArkSettings, HfInferenceSettings, VideosApiSettings
from pipeline.engines.hf_inference import HfInferenceEngine
from pipeline.engines.remote import RemoteEngine
from pipeline.engines.videos_api import VideosApiEngine
from tests.pipeline.engines import build, fakes

FAST: dict[str, Any] = {
    "key": SecretStr(fakes.KEY), "poll_s": (0.01, 0.02), "timeout_s": 1.5, "deadline_s": 30.0, "allow_loopback": True,
}  # fmt: skip
Started = Callable[..., tuple[Any, RemoteEngine[Any]]]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build.write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=3)


@pytest.fixture
def started(clip: Path) -> Iterator[Started]:
    """Start a fake and the engine that talks to it."""
    running: list[Any] = []

    def start(name: str = "ark", **changes: Any) -> tuple[Any, RemoteEngine[Any]]:
        kind, make = ENGINES[name]
        context = fakes.serve(kind(clip))
        service = context.__enter__()
        running.append(context)
        return service, make(service.base, {**FAST, **changes})

    yield start
    for context in running:
        context.__exit__(None, None, None)


def _ark(base: str, settings: dict[str, Any]) -> ArkEngine:
    return ArkEngine(ArkSettings(base_url=f"{base}/api/v3", **settings))


def _minimax(base: str, settings: dict[str, Any]) -> ArkEngine:
    return ArkEngine(ArkSettings(base_url=base, dialect="minimax", model="MiniMax-H3", **settings))


def _videos(base: str, settings: dict[str, Any]) -> VideosApiEngine:
    return VideosApiEngine(VideosApiSettings(base_url=base, model="h3", **settings))


def _fal(base: str, settings: dict[str, Any]) -> HfInferenceEngine:
    return HfInferenceEngine(HfInferenceSettings(router=base, provider="fal-ai", **settings))


def _replicate(base: str, settings: dict[str, Any]) -> HfInferenceEngine:
    return HfInferenceEngine(HfInferenceSettings(router=base, provider="replicate", **settings))


ENGINES: dict[str, tuple[type[fakes.Service], Callable[[str, dict[str, Any]], RemoteEngine[Any]]]] = {
    "ark": (fakes.Ark, _ark),
    "minimax": (fakes.Minimax, _minimax),
    "videos_api": (fakes.Videos, _videos),
    "fal": (fakes.Fal, _fal),
    "replicate": (fakes.Replicate, _replicate),
}


@pytest.fixture(autouse=True)
def _known_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the Hub would answer about the model; there is no network in a test."""
    from huggingface_hub.hf_api import InferenceProviderMapping
    from huggingface_hub.inference._providers import _common

    for provider, model in (("fal-ai", "fal-ai/wan/v2.2-5b"), ("replicate", "wan-video/wan-2.2-5b")):
        mapping = InferenceProviderMapping(
            provider=provider, hf_model_id="Wan-AI/Wan2.2-TI2V-5B", providerId=model, status="live",
            task="text-to-video",
        )  # fmt: skip
        monkeypatch.setitem(_common.HARDCODED_MODEL_INFERENCE_MAPPING, provider, {"Wan-AI/Wan2.2-TI2V-5B": mapping})


def _run(engine: RemoteEngine[Any], folder: Path, progress: Any = lambda done: None, **changes: Any) -> Any:
    return engine.generate(build.cleared(build.request(**changes)), build.workspace(folder), progress)


@pytest.mark.parametrize("name", ENGINES)
def test_clip_comes_back_as_a_draft_in_the_requested_format(name: str, started: Started, tmp_path: Path) -> None:
    service, engine = started(name)
    draft = _run(engine, tmp_path)
    assert (draft.format.width_px, draft.format.height_px, draft.duration_s) == (480, 480, 2.0)
    assert sum(1 for _ in draft.frames()) == 48
    assert draft.facts["model_size"] == "128x96"
    assert len(service.creates) == 1
    assert service.looks == 3


def test_ark_sends_references_in_order_with_their_roles(started: Started, tmp_path: Path) -> None:
    service, engine = started("ark")
    references = (build.image(tmp_path, 1, "character"), build.image(tmp_path, 2, "scene"), build.clip(tmp_path))
    _run(engine, tmp_path, references=references, prompt="@image1 walks through @image2", seed=2**40 + 5)
    body = service.creates[0]
    assert [item.get("role") for item in body["content"]] == [
        None, "reference_image", "reference_image", "reference_video",
    ]  # fmt: skip
    assert "@Image1 walks through @Image2" in body["content"][0]["text"]
    assert body["seed"] == 5
    assert body["watermark"] is False


def test_ark_single_picture_opens_the_clip(started: Started, tmp_path: Path) -> None:
    service, engine = started("ark")
    _run(engine, tmp_path, references=(build.image(tmp_path),))
    assert service.creates[0]["content"][1]["role"] == "first_frame"


def test_what_is_sent_carries_no_metadata_of_the_upload(started: Started, tmp_path: Path) -> None:
    import base64

    from PIL import Image

    reference = build.image(tmp_path)
    exif = Image.Exif()
    exif[0x010E] = "home address"
    with Image.open(reference.path) as picture:
        picture.save(reference.path, exif=exif)
    service, engine = started("ark")
    _run(engine, tmp_path, references=(reference,))
    sent = service.creates[0]["content"][1]["image_url"]["url"].split(",", 1)[1]
    assert b"home address" in reference.path.read_bytes()
    assert b"home address" not in base64.b64decode(sent)


@pytest.mark.parametrize(
    ("roles", "key"),
    [
        (("first_frame", "character"), "error.remote.mixed_references"),
        (("last_frame",), "error.remote.last_frame"),
        (("first_frame", "first_frame"), "error.remote.last_frame"),
    ],
)
def test_ark_refuses_what_the_service_would_before_calling(
    roles: tuple[str, ...], key: str, started: Started, tmp_path: Path
) -> None:
    service, engine = started("ark")
    references = tuple(build.image(tmp_path, number, role) for number, role in enumerate(roles, 1))
    with pytest.raises(UsageError, match=key):
        _run(engine, tmp_path, references=references)
    assert service.creates == []


@pytest.mark.parametrize("fault", ["hang", "drop", (502, {}), (200, "not an object")])
def test_create_is_never_repeated_when_it_may_have_been_accepted(fault: Any, started: Started, tmp_path: Path) -> None:
    service, engine = started("ark")
    service.create = [fault]
    with pytest.raises(Unavailable, match=r"error\.remote\.ambiguous"):
        _run(engine, tmp_path)
    with pytest.raises(Unavailable, match=r"error\.remote\.ambiguous"):
        _run(engine, tmp_path)
    assert len(service.creates) == 1


def test_create_is_tried_again_when_the_service_says_that_it_was_busy(started: Started, tmp_path: Path) -> None:
    service, engine = started("ark")
    service.create = [(429, {"error": {"code": "RateLimitExceeded.EndpointRPMExceeded"}})] * 2
    _run(engine, tmp_path)
    assert len(service.creates) == 3


def test_cancel_while_waiting_for_a_busy_service_leaves_nothing_behind(started: Started, tmp_path: Path) -> None:
    service, engine = started("ark", poll_s=(5.0, 20.0))
    service.create = [(429, {"error": {"code": "ServerOverloaded"}})]

    def cancel(done: float) -> None:
        if service.creates:
            raise Cancelled("error.engine.cancelled")

    with pytest.raises(Cancelled):
        _run(engine, tmp_path, cancel)
    assert service.looks == 0
    assert not (tmp_path / "quarantine" / "job-1" / "scratch" / "ark" / "task.json").exists()


def test_service_that_stays_busy_is_reported(started: Started, tmp_path: Path) -> None:
    service, engine = started("ark")
    service.create = [(429, {"error": {"code": "ServerOverloaded"}})] * 9
    with pytest.raises(Unavailable, match=r"error\.remote\.busy"):
        _run(engine, tmp_path)


def test_unreachable_service_leaves_the_way_free_for_another_try(started: Started, tmp_path: Path) -> None:
    service, engine = started("ark")
    away = ArkEngine(ArkSettings(base_url="http://127.0.0.1:9/api/v3", **FAST))
    with pytest.raises(Unavailable, match=r"error\.remote\.unreachable"):
        _run(away, tmp_path)
    _run(engine, tmp_path)
    assert len(service.creates) == 1


def test_restart_goes_on_polling_the_same_job(started: Started, tmp_path: Path) -> None:
    service, engine = started("ark")

    class Killed(BaseException):
        pass

    def killed(done: float) -> None:
        if service.looks:
            raise Killed

    with pytest.raises(Killed):
        _run(engine, tmp_path, killed)
    again = ArkEngine(engine.settings)
    draft = _run(again, tmp_path)
    assert draft.duration_s == 2.0
    assert len(service.creates) == 1


def test_another_request_in_the_same_workspace_is_another_job(started: Started, tmp_path: Path) -> None:
    service, engine = started("ark")
    _run(engine, tmp_path)
    _run(engine, tmp_path, seed=8)
    assert len(service.creates) == 2


def test_cancel_stops_the_job_at_the_service(started: Started, tmp_path: Path) -> None:
    service, engine = started("ark")
    service.running = 10**6

    def cancel(done: float) -> None:
        if service.looks > 2:
            raise Cancelled("error.engine.cancelled")

    with pytest.raises(Cancelled):
        _run(engine, tmp_path, cancel)
    assert service.deleted == ["/api/v3/contents/generations/tasks/cgt-2026-1"]


def test_job_that_never_ends_is_given_up_at_the_deadline(started: Started, tmp_path: Path) -> None:
    service, engine = started("ark", deadline_s=0.2)
    service.running = 10**6
    with pytest.raises(Unavailable, match=r"error\.remote\.deadline"):
        _run(engine, tmp_path)
    assert service.deleted


@pytest.mark.parametrize("fault", [(500, {}), (503, "x"), (429, {}), "drop", (200, None)])
def test_looking_is_tried_again_after_any_fault(fault: Any, started: Started, tmp_path: Path) -> None:
    service, engine = started("ark")
    service.poll = [fault, fault]
    assert _run(engine, tmp_path).duration_s == 2.0


@pytest.mark.parametrize(
    ("status", "code", "kind", "key"),
    [
        (400, "InputTextSensitiveContentDetected", Blocked, "moderated_text"),
        (400, "InputImageSensitiveContentDetected", Blocked, "moderated_reference"),
        (400, "InputImageSensitiveContentDetected.PrivacyInformation", Blocked, "moderated_person"),
        (400, "InputVideoSensitiveContentDetected.PrivacyInformation", Blocked, "moderated_person"),
        (400, "SensitiveContentDetected.SevereViolation", Blocked, "moderated_text"),
        (400, "OutputVideoSensitiveContentDetected", Blocked, "moderated_output"),
        (400, "InvalidParameter", UsageError, "parameter"),
        (400, "MissingParameter", UsageError, "parameter"),
        (401, "AuthenticationError", Unavailable, "key"),
        (403, "AccountOverdueError", Unavailable, "account"),
        (404, "ModelNotOpen", Unavailable, "missing"),
        (400, "QuotaExceeded", Unavailable, "busy"),
    ],
)
def test_ark_errors_become_plain_messages(
    status: int, code: str, kind: type[ColophonError], key: str, started: Started, tmp_path: Path
) -> None:
    service, engine = started("ark")
    service.create = [(status, {"error": {"code": code, "message": f"secret detail {fakes.KEY}"}})]
    with pytest.raises(kind) as caught:
        _run(engine, tmp_path)
    assert caught.value.key == f"error.remote.{key}"
    assert "secret detail" not in str(caught.value)


def test_ark_job_that_fails_moderation_at_the_end_is_reported(started: Started, tmp_path: Path) -> None:
    service, engine = started("ark")
    error = {"code": "OutputVideoSensitiveContentDetected", "message": "m"}
    service.poll = [(200, {"id": "cgt-2026-1", "status": "failed", "error": error})]
    with pytest.raises(Blocked, match=r"error\.remote\.moderated_output"):
        _run(engine, tmp_path)


@pytest.mark.parametrize(
    ("code", "key"), [(1026, "moderated_text"), (1027, "moderated_output"), (1004, "key"), (1008, "account")]
)
def test_minimax_codes_become_plain_messages(code: int, key: str, started: Started, tmp_path: Path) -> None:
    service, engine = started("minimax")
    service.create = [(200, {"base_resp": {"status_code": code, "status_msg": "no"}})]
    with pytest.raises(ColophonError, match=rf"error\.remote\.{key}"):
        _run(engine, tmp_path)


@pytest.mark.parametrize(
    ("result", "key"),
    [
        ("truncated", "error.fetch.cut_off"),
        ("html", "error.fetch.kind"),
        ("huge", "error.fetch.large"),
        ("hang", "error.fetch.slow"),
        ("redirect", "error.fetch.address"),
    ],
)
def test_bad_result_is_refused_and_not_kept(result: str, key: str, started: Started, tmp_path: Path) -> None:
    service, engine = started("ark", download_bytes=2**20)
    service.result = result
    with pytest.raises(InputError, match=key.replace(".", r"\.")):
        _run(engine, tmp_path)
    assert not list((tmp_path / "quarantine").rglob("*.mp4"))


def test_result_is_fetched_again_after_a_cut_without_a_new_job(started: Started, tmp_path: Path) -> None:
    service, engine = started("ark")
    service.result = "truncated"
    with pytest.raises(InputError):
        _run(engine, tmp_path)
    service.result = "ok"
    assert _run(engine, tmp_path).duration_s == 2.0
    assert len(service.creates) == 1


def test_result_on_this_machine_needs_the_test_setting(started: Started, tmp_path: Path) -> None:
    service, engine = started("ark", allow_loopback=False)
    other = service.base.replace("127.0.0.1", "localhost")
    service.base = other
    with pytest.raises(InputError, match=r"error\.fetch\.(address|scheme)"):
        _run(engine, tmp_path)


def test_key_goes_to_the_service_only(started: Started, tmp_path: Path) -> None:
    service, engine = started("ark")
    _run(engine, tmp_path)
    assert all("Authorization" not in headers for headers in service.result_headers)
    service, engine = started("videos_api")
    _run(engine, tmp_path, seed=9)
    assert service.result_headers[0]["Authorization"] == f"Bearer {fakes.KEY}"


def test_key_is_in_no_log_and_no_text(started: Started, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    _service, engine = started("ark")
    _run(engine, tmp_path)
    assert fakes.KEY not in caplog.text
    assert fakes.KEY not in repr(engine.settings) + str(engine.settings.model_dump())
    notes = b"".join(path.read_bytes() for path in (tmp_path / "quarantine").rglob("*.json"))
    assert fakes.KEY.encode() not in notes


def test_wrong_key_is_reported(started: Started, tmp_path: Path) -> None:
    _service, engine = started("ark", key=SecretStr("sk-wrong"))
    with pytest.raises(Unavailable, match=r"error\.remote\.key"):
        _run(engine, tmp_path)


def test_manifest_of_the_service_is_kept_as_an_ingredient(started: Started, tmp_path: Path, clip: Path) -> None:
    service, engine = started("ark")
    user_type = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
    marked = tmp_path / "marked.mp4"
    marked.write_bytes(clip.read_bytes() + struct.pack(">I4s", 40, b"uuid") + user_type + bytes(16))
    assert "ingredient" not in _run(engine, tmp_path).facts
    service.clip = marked
    draft = _run(engine, tmp_path, seed=9)
    assert (build.workspace(tmp_path).folder / draft.facts["ingredient"]).read_bytes() == marked.read_bytes()


def test_visitors_own_token_replaces_the_hosts(started: Started, tmp_path: Path) -> None:
    _service, engine = started("fal", key=None)
    assert not engine.availability().available
    own = engine.with_key(fakes.KEY)  # type: ignore[attr-defined]
    assert own.availability().available
    assert _run(own, tmp_path).duration_s == 2.0


def test_hf_router_takes_only_the_path_of_the_answer(started: Started, tmp_path: Path) -> None:
    _service, engine = started("fal")
    handle = engine.accepted({"request_id": "r", "response_url": "https://evil.example/fal-ai/wan/requests/r"})
    assert handle["path"] == "/fal-ai/wan/requests/r"


def test_videos_conditions_follow_the_h3_body(started: Started, tmp_path: Path) -> None:
    service, engine = started("videos_api", body="conditions")
    references = (build.image(tmp_path, 1, "first_frame"), build.image(tmp_path, 2, "last_frame"))
    _run(engine, tmp_path, references=references)
    body = service.creates[0]
    assert body["task"] == "fl2va"
    assert [c["role"] for c in body["conditions"]] == ["first_frame", "last_frame"]
    assert body["target"] == {"short_edge": 480, "aspect_ratio": "1:1", "duration_seconds": 2.0}


def test_costs_are_estimated_as_the_services_count() -> None:
    ark = ArkEngine(ArkSettings(price=10.0))
    request = build.request(resolution="1080p", aspect="16:9", duration_s=5.0)
    cost = ark.estimate(request)
    assert cost.units == pytest.approx(5 * 1920 * 1080 * 24 / 1024 / 1e6, abs=1e-4)
    assert cost.amount == pytest.approx(cost.units * 10, abs=1e-3)
    assert ArkEngine(ArkSettings()).estimate(request).amount is None


@pytest.mark.parametrize("name", ["ark", "videos_api", "fal"])
def test_request_outside_the_limits_is_refused_before_calling(name: str, started: Started, tmp_path: Path) -> None:
    service, engine = started(name)
    with pytest.raises(UsageError, match=r"error\.engine\.duration"):
        _run(engine, tmp_path, duration_s=30.0)
    assert service.creates == []
