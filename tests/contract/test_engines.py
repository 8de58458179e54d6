"""What every engine name in the table promises. Local models run on tiny weights, services on local fakes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from errors import ColophonError, QuarantineBreach, Unavailable, UsageError
from locales import catalog
from pipeline.engines import ENGINES, Cancelled, EngineInfo
from pipeline.engines import build as build_engine
from pipeline.engines.config import EnginesConfig, WanVariant, Weights
from tests.pipeline.engines import build, fakes
from tests.pipeline.engines.conftest import tiny_weights  # noqa: F401 - a fixture

# Weights of these cannot be made small here; their gates are tested in tests/pipeline/engines.
UNBUILT = ("kandinsky6", "minimax_h3")
RUNNABLE = [name for name in ENGINES if name not in UNBUILT]
LOCAL: dict[str, Any] = {"device": "cpu", "dtype": "float32", "short_side_px": 64}
REMOTE: dict[str, Any] = {"key": SecretStr(fakes.KEY), "poll_s": (0.01, 0.02), "allow_loopback": True}
Ready = Callable[[str], Any]


@pytest.fixture(scope="module")
def ready(tiny_weights: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ready]:  # noqa: F811
    """An engine by name that can run here."""
    clip = build.write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=3)
    with ExitStack() as stack:
        yield lambda name: build_engine(name, EnginesConfig(**_settings(name, tiny_weights, clip, stack)))


def _settings(name: str, tiny: Callable[[str], Path], clip: Path, stack: ExitStack) -> dict[str, Any]:
    def weights(family: str) -> Weights:
        return Weights(model=str(tiny(family)))

    def serve(kind: type[fakes.Service]) -> str:
        return stack.enter_context(fakes.serve(kind(clip))).base

    match name:
        case "ltx2":
            return {name: {"weights": weights("ltx2"), "cross_timestep": False, **LOCAL}}
        case "wan":
            text = WanVariant(weights=weights("wan_text"), fps=16, max_frames=81, short_side_px=64, steps=2)
            return {name: {"text": text, **LOCAL}}
        case "stills":
            return {name: {"weights": weights("stills"), "steps": 2, **LOCAL}}
        case "ark":
            return {name: {"base_url": serve(fakes.Ark) + "/api/v3", **REMOTE}}
        case "videos_api":
            return {name: {"base_url": serve(fakes.Videos), "model": "h3", **REMOTE}}
        case "hf_inference":
            return {name: {"router": serve(fakes.Fal), **REMOTE}}
    return {}


@pytest.fixture(autouse=True)
def _known_models(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub.hf_api import InferenceProviderMapping
    from huggingface_hub.inference._providers import _common

    model = "Wan-AI/Wan2.2-TI2V-5B"
    mapping = InferenceProviderMapping(
        provider="fal-ai", hf_model_id=model, providerId="fal-ai/wan/v2.2-5b", status="live", task="text-to-video"
    )
    monkeypatch.setitem(_common.HARDCODED_MODEL_INFERENCE_MAPPING, "fal-ai", {model: mapping})


def _run(engine: Any, folder: Path, progress: Any = lambda done: None, job: str = "job-1", **changes: Any) -> Any:
    output = engine.info.limits.outputs[0]
    request = build.request(**{"output": output, "engine": engine.info.name, **changes})
    return engine.generate(build.cleared(request), build.workspace(folder, job), progress)


@pytest.mark.parametrize("name", ENGINES)
def test_engine_says_who_it_is(name: str) -> None:
    info = build_engine(name, EnginesConfig()).info
    assert isinstance(info, EngineInfo)
    assert info.name == name
    assert info.kind in ("animatic", "local", "remote")
    assert info.version
    assert info.licence
    assert info.limits.duration_s[0] < info.limits.duration_s[1]
    assert info.previsualisation == (info.kind == "animatic")


@pytest.mark.parametrize("name", ENGINES)
def test_engine_that_cannot_run_says_why_in_words_of_the_catalogue(name: str) -> None:
    state = build_engine(name, EnginesConfig()).availability()
    if not state.available:
        text = catalog.translate(state.key, "en", **state.params)
        assert text != state.key
        assert "{" not in text


@pytest.mark.parametrize("name", RUNNABLE)
def test_draft_is_what_was_asked_for(name: str, ready: Ready, tmp_path: Path) -> None:
    engine, seen = ready(name), []
    assert engine.availability().available
    draft = _run(engine, tmp_path, seen.append)
    assert (draft.engine, draft.engine_version) == (name, engine.info.version)
    assert draft.previsualisation == engine.info.previsualisation
    assert re.fullmatch(r"[0-9a-f]{64}", draft.digest)
    assert draft.kind == engine.info.limits.outputs[0]
    if draft.kind == "video":
        frames = list(draft.frames())
        assert draft.format == build.request().format
        assert len(frames) == 48
        assert frames[0].shape == (720, 480)
        assert draft.duration_s == 2.0
    assert seen == sorted(seen)
    assert 0 <= seen[0] <= seen[-1] <= 1


@pytest.mark.parametrize("name", RUNNABLE)
def test_draft_lies_in_the_workspace_and_has_no_path(name: str, ready: Ready, tmp_path: Path) -> None:
    draft = _run(ready(name), tmp_path)
    assert draft._folder.is_relative_to(tmp_path / "quarantine" / "job-1")
    with pytest.raises(QuarantineBreach):
        draft.__fspath__()
    assert all(isinstance(value, str) and str(tmp_path) not in value for value in draft.facts.values())


@pytest.mark.parametrize("name", [name for name in RUNNABLE if name not in ("ark", "videos_api", "hf_inference")])
def test_same_request_gives_the_same_draft(name: str, ready: Ready, tmp_path: Path) -> None:
    engine = ready(name)
    first, again, other = (
        _run(engine, tmp_path, job=f"job-{number}", seed=seed) for number, seed in enumerate((7, 7, 8))
    )
    assert first.digest == again.digest != other.digest


@pytest.mark.parametrize("name", RUNNABLE)
def test_cancel_is_raised_and_leaves_no_draft(name: str, ready: Ready, tmp_path: Path) -> None:
    def cancel(done: float) -> None:
        if done > 0:
            raise Cancelled("error.engine.cancelled")

    with pytest.raises(Cancelled):
        _run(ready(name), tmp_path, cancel)
    assert not list((tmp_path / "quarantine" / "job-1").glob("draft-*"))


@pytest.mark.parametrize("name", [name for name in RUNNABLE if name != "animatic"])
def test_request_outside_the_limits_is_refused(name: str, ready: Ready, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"error\.engine\."):
        _run(ready(name), tmp_path, fps=60)


def test_unknown_name_is_refused() -> None:
    with pytest.raises(Unavailable, match=r"error\.engine\.unknown"):
        build_engine("nothing", EnginesConfig())


@pytest.mark.parametrize("name", [name for name in RUNNABLE if name != "animatic"])
def test_unreadable_reference_is_refused_in_plain_words(name: str, ready: Ready, tmp_path: Path) -> None:
    engine = ready(name)
    if not engine.info.limits.references.get("image"):
        pytest.skip("takes no picture")
    reference = build.image(tmp_path)
    reference.path.write_bytes(reference.path.read_bytes()[:200])
    with pytest.raises(ColophonError):
        _run(engine, tmp_path, references=(reference,))
