"""Local engines: tiny random weights through the same loading code as real ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from errors import Unavailable, UsageError
from pipeline.engines import Cancelled, hardware, zerogpu
from pipeline.engines import weights as weights_of
from pipeline.engines.config import LocalSettings, Ltx2Settings, StillsSettings, WanSettings, WanVariant, Weights
from pipeline.engines.hardware import Hardware, Layout
from pipeline.engines.ltx2 import NEUTRAL, Ltx2Engine
from pipeline.engines.stills import StillsEngine
from pipeline.engines.wan import WanEngine
from pipeline.plan import Shot, ShotPlan
from tests.pipeline.engines import build

CPU: dict[str, Any] = {"device": "cpu", "dtype": "float32", "short_side_px": 64}
CARD = Hardware("cuda", "a card", 24.0, 64.0, "cuda")
Tiny = Callable[[str], Path]


def ltx2(tiny: Tiny, **changes: Any) -> Ltx2Engine:
    weights = Weights(model=str(tiny("ltx2")))
    return Ltx2Engine(Ltx2Settings(weights=weights, cross_timestep=False, **{**CPU, **changes}))


def wan(tiny: Tiny, **changes: Any) -> WanEngine:
    variants = {
        name: WanVariant(
            weights=Weights(model=str(tiny(f"wan_{name}"))), fps=16, max_frames=81, short_side_px=64, steps=2
        )
        for name in ("text", "image", "vace")
    }  # fmt: skip
    return WanEngine(WanSettings(**variants, **{**CPU, **changes}))


def stills(tiny: Tiny) -> StillsEngine:
    return StillsEngine(StillsSettings(weights=Weights(model=str(tiny("stills"))), steps=2, **CPU))


@pytest.fixture(scope="module")
def plain_ltx2(tiny_weights: Tiny, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Digest of the clip without references."""
    return run(ltx2(tiny_weights), tmp_path_factory.mktemp("plain")).digest


def run(engine: Any, folder: Path, progress: Any = lambda done: None, job: str = "job-1", **changes: Any) -> Any:
    return engine.generate(build.cleared(build.request(**changes)), build.workspace(folder, job), progress)


def test_ltx2_makes_picture_and_sound_in_the_requested_format(tiny_weights: Tiny, tmp_path: Path) -> None:
    draft = run(ltx2(tiny_weights), tmp_path)
    sound = draft.sound()
    assert draft.format == build.request().format
    assert sum(1 for _ in draft.frames()) == 48
    assert (sound.samples.shape, sound.rate_hz, sound.samples.dtype) == ((2, 96_000), 48_000, np.float32)
    assert draft.facts["model_size"] == "64x64"
    assert draft.facts["model_frames"] == "49"
    assert not draft.previsualisation


def test_facts_name_no_folder_of_this_machine(tiny_weights: Tiny, tmp_path: Path) -> None:
    facts = run(ltx2(tiny_weights), tmp_path).facts
    assert not any("/" in value for value in facts.values())


def test_sound_can_be_left_out(tiny_weights: Tiny, tmp_path: Path) -> None:
    assert run(ltx2(tiny_weights), tmp_path, sound=False).sound() is None


@pytest.mark.parametrize("make", [ltx2, wan])
def test_same_seed_gives_the_same_clip_and_another_seed_another(make: Any, tiny_weights: Tiny, tmp_path: Path) -> None:
    engine = make(tiny_weights)
    first, again, other = (run(engine, tmp_path, job=f"job-{n}", seed=seed) for n, seed in enumerate((7, 7, 8)))
    assert first.digest == again.digest != other.digest


def test_distilled_steps_pass_through_the_model_once(tiny_weights: Tiny, tmp_path: Path) -> None:
    engine = ltx2(tiny_weights)
    calls: list[int] = []
    pipe = engine.pipe(build.request())
    pipe.transformer.register_forward_pre_hook(
        lambda module, args, kwargs: calls.append(kwargs["hidden_states"].shape[0]), with_kwargs=True
    )
    run(engine, tmp_path)
    weights_of.clear()
    assert calls == [1] * 8
    assert len(NEUTRAL) == 6


def test_two_stages_refine_in_three_more_steps(tiny_weights: Tiny, plain_ltx2: str, tmp_path: Path) -> None:
    seen: list[float] = []
    two = run(ltx2(tiny_weights, two_stages=True), tmp_path, seen.append)
    assert two.digest != plain_ltx2
    assert seen == sorted(seen)
    assert sum(0 < share <= 0.9 for share in seen) == 8 + 3 + 1


@pytest.mark.parametrize("roles", [("auto",), ("first_frame", "last_frame"), ("last_frame",)])
def test_ltx2_frames_change_the_clip(
    roles: tuple[str, ...], tiny_weights: Tiny, plain_ltx2: str, tmp_path: Path
) -> None:
    references = tuple(build.image(tmp_path, number, role) for number, role in enumerate(roles, 1))
    assert run(ltx2(tiny_weights), tmp_path, references=references).digest != plain_ltx2


def test_ltx2_keyframe_stands_at_its_shot(tiny_weights: Tiny, tmp_path: Path) -> None:
    plan = ShotPlan((Shot(1.0, "A door"), Shot(1.0, "A garden", references=("image1",))))
    draft = run(ltx2(tiny_weights), tmp_path, references=(build.image(tmp_path),), plan=plan)
    assert draft.cuts_s == (1.0,)


def test_ltx2_goes_on_from_a_clip(tiny_weights: Tiny, plain_ltx2: str, tmp_path: Path) -> None:
    assert run(ltx2(tiny_weights), tmp_path, references=(build.clip(tmp_path),)).digest != plain_ltx2


def test_ltx2_without_a_sheet_lora_refuses_a_character_instead_of_ignoring_it(
    tiny_weights: Tiny, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"error\.engine\.role"):
        run(ltx2(tiny_weights), tmp_path, references=(build.image(tmp_path, 1, "character"),))


@pytest.mark.parametrize(
    ("roles", "weights"),
    [((), "wan_text"), (("auto",), "wan_image"), (("character", "style"), "wan_vace"), (("last_frame",), "wan_vace")],
)
def test_wan_chooses_the_checkpoint_by_the_references(
    roles: tuple[str, ...], weights: str, tiny_weights: Tiny, tmp_path: Path
) -> None:
    references = tuple(build.image(tmp_path, number, role) for number, role in enumerate(roles, 1))
    draft = run(wan(tiny_weights), tmp_path, references=references)
    assert draft.facts["model"] == tiny_weights(weights).name
    assert draft.facts["model_fps"] == "16"
    assert draft.duration_s == 2.0


def test_silent_model_gets_the_animatics_sound(tiny_weights: Tiny, tmp_path: Path) -> None:
    draft = run(wan(tiny_weights), tmp_path)
    sound = draft.sound()
    assert (sound.samples.shape, sound.rate_hz) == ((2, 96_000), 48_000)
    assert np.abs(sound.samples).max() > 0.01
    assert draft.facts["sound"] == "animatic"


def test_still_has_the_requested_size(tiny_weights: Tiny, tmp_path: Path) -> None:
    draft = run(stills(tiny_weights), tmp_path, output="image", aspect="16:9")
    assert draft.kind == "image"
    assert draft.picture().shape == (480, 854, 3)


@pytest.mark.parametrize("make", [ltx2, wan])
def test_cancel_in_the_middle_ends_the_run_and_leaves_no_draft(make: Any, tiny_weights: Tiny, tmp_path: Path) -> None:
    engine, seen = make(tiny_weights), []

    def cancel(done: float) -> None:
        seen.append(done)
        if done > 0.3:
            raise Cancelled("error.engine.cancelled")

    with pytest.raises(Cancelled):
        run(engine, tmp_path, cancel)
    assert max(seen) < 0.6
    assert not list((tmp_path / "quarantine" / "job-1").glob("draft-*"))
    assert run(engine, tmp_path).duration_s == 2.0


def test_cancel_while_writing_leaves_no_draft(tiny_weights: Tiny, tmp_path: Path) -> None:
    def cancel(done: float) -> None:
        if done > 0.94:
            raise Cancelled("error.engine.cancelled")

    with pytest.raises(Cancelled):
        run(wan(tiny_weights), tmp_path, cancel)
    assert not list((tmp_path / "quarantine" / "job-1").glob("draft-*"))


def test_out_of_memory_names_the_setting_to_change(tiny_weights: Tiny, tmp_path: Path) -> None:
    import torch

    def full(done: float) -> None:
        if done > 0.2:
            raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(Unavailable, match=r"error\.engine\.memory") as caught:
        run(ltx2(tiny_weights), tmp_path, full)
    assert caught.value.params["remedy"] == "COLOPHON_ENGINES__LTX2__SHORT_SIDE_PX"


def test_eight_bit_storage_still_makes_a_clip(tiny_weights: Tiny, tmp_path: Path) -> None:
    import torch

    engine = ltx2(tiny_weights, storage="fp8", dtype="bfloat16")
    draft = run(engine, tmp_path)
    stored = {parameter.dtype for parameter in engine.pipe(build.request()).transformer.parameters()}
    weights_of.clear()
    assert torch.float8_e4m3fn in stored
    assert draft.sound().samples.dtype == np.float32


def test_large_part_is_slim_before_the_others_are_read(tiny_weights: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that can hold the slim model must not need room for the whole one while it loads."""
    import torch
    from diffusers import WanPipeline

    engine, given = wan(tiny_weights, storage="fp8", dtype="bfloat16"), {}
    real = WanPipeline.from_pretrained
    monkeypatch.setattr(WanPipeline, "from_pretrained", lambda *a, **named: given.update(named) or real(*a, **named))
    engine.pipe(build.request())
    weights_of.clear()
    assert torch.float8_e4m3fn in {parameter.dtype for parameter in given["transformer"].parameters()}


def test_tiling_is_switched_on_where_the_layout_says(tiny_weights: Tiny) -> None:
    engine = wan(tiny_weights)
    pipe = engine.pipe(build.request())
    weights_of.place(pipe, Layout("cpu", "none", False, True), engine.settings)
    weights_of.clear()
    assert pipe.vae.use_tiling


def test_pickled_weights_are_not_loaded(tiny_weights: Tiny, tmp_path: Path) -> None:
    """A repository that offers only pickles is refused: opening one would run its code."""
    import shutil

    import torch

    folder = shutil.copytree(tiny_weights("wan_text"), tmp_path / "pickled")
    weights = next((folder / "transformer").glob("*.safetensors"))
    weights.unlink()
    torch.save({}, folder / "transformer" / "diffusion_pytorch_model.bin")
    variant = WanVariant(weights=Weights(model=str(folder)), fps=16, max_frames=81, short_side_px=64, steps=2)
    engine = WanEngine(WanSettings(text=variant, **CPU))
    with pytest.raises(Unavailable, match=r"error\.engine\.weights_broken"):
        run(engine, tmp_path)


@pytest.mark.parametrize("revision", ["", "main", "v1.0", "0fad780"])
def test_weights_that_are_not_pinned_are_not_used(revision: str) -> None:
    weights = Weights(model="someone/something", revision=revision)
    engine = Ltx2Engine(Ltx2Settings(weights=weights, device="cpu", download=True))
    assert engine.availability().key == "error.engine.revision"
    with pytest.raises(Unavailable, match=r"error\.engine\.revision"):
        weights_of.pinned(weights, engine.settings)


def test_every_load_is_pinned_and_runs_no_code_of_the_repository() -> None:
    weights = Weights(model="someone/something", revision="a" * 40)
    assert weights_of.pinned(weights, LocalSettings()) == {
        "revision": "a" * 40, "use_safetensors": True, "trust_remote_code": False, "local_files_only": True,
    }  # fmt: skip


def test_weights_that_are_absent_are_named_and_nothing_is_downloaded() -> None:
    engine = Ltx2Engine(Ltx2Settings(), CARD)
    ready = engine.availability()
    assert (ready.available, ready.key) == (False, "error.engine.weights")
    assert ready.params["remedy"] == "COLOPHON_ENGINES__LTX2__DOWNLOAD"


def test_machine_without_a_card_is_told_so() -> None:
    assert Ltx2Engine(Ltx2Settings(), Hardware()).availability().key == "error.engine.device"


def test_asking_imports_no_model_library() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from pipeline.engines.wan import WanEngine; from pipeline.engines.config import EnginesConfig;"
        "WanEngine.from_config(EnginesConfig()).availability(); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("memory_gib", "host_gib", "offload", "fp8"),
    [
        (96, 128, "none", False),
        (76, 128, "model", False),
        (48, 128, "model", True),
        (24, 128, "group", True),
        (12, 128, "group", True),
    ],
)
def test_layout_by_size_of_card(memory_gib: float, host_gib: float, offload: str, fp8: bool) -> None:
    settings = Ltx2Settings()
    found = hardware.layout(settings, settings.weights, Hardware("cuda", "c", memory_gib, host_gib, "cuda"))
    assert found is not None
    assert (found.offload, found.fp8) == (offload, fp8)
    assert found.tiling == (memory_gib < 40)


def test_no_layout_when_neither_card_nor_host_can_hold_the_weights() -> None:
    settings = Ltx2Settings()
    assert hardware.layout(settings, settings.weights, Hardware("cuda", "c", 24, 32, "cuda")) is None
    assert (
        Ltx2Engine(settings, Hardware("cuda", "c", 24, 32, "cuda")).availability().key == "error.engine.device_memory"
    )


def test_fixed_layout_is_kept() -> None:
    settings = Ltx2Settings(offload="model", storage="full")
    card = Hardware("cuda", "c", 96, 128, "cuda")
    assert hardware.layout(settings, settings.weights, card) == Layout("cuda", "model", False, False)


def test_lease_reports_progress_and_hands_back_the_draft(tiny_weights: Tiny, tmp_path: Path) -> None:
    seen: list[float] = []
    draft = zerogpu.rent(wan(tiny_weights), build.request(), build.workspace(tmp_path), seen.append)
    assert draft.duration_s == 2.0
    assert seen[0] == 0.0
    assert seen == sorted(seen)


def test_cancel_gives_the_lease_back(tiny_weights: Tiny, tmp_path: Path) -> None:
    def cancel(done: float) -> None:
        if done > 0.2:
            raise Cancelled("error.engine.cancelled")

    with pytest.raises(Cancelled):
        zerogpu.rent(wan(tiny_weights), build.request(), build.workspace(tmp_path), cancel)
    assert not list((tmp_path / "quarantine" / "job-1").glob("draft-*"))


def test_refusal_inside_the_lease_reaches_the_caller(tiny_weights: Tiny, tmp_path: Path) -> None:
    request = build.request(references=(build.image(tmp_path, 1, "character"),))
    with pytest.raises(UsageError, match=r"error\.engine\.role"):
        zerogpu.rent(ltx2(tiny_weights), request, build.workspace(tmp_path), lambda done: None)


def test_what_crosses_into_the_lease_can_be_pickled(tiny_weights: Tiny, tmp_path: Path) -> None:
    import pickle

    sent = (wan(tiny_weights), build.request(), build.workspace(tmp_path), UsageError("error.engine.role", name="a"))
    engine, request, _, error = pickle.loads(pickle.dumps(sent))  # noqa: S301 - our own bytes
    assert engine.settings == sent[0].settings
    assert request == sent[1]
    assert (error.key, error.params) == ("error.engine.role", {"name": "a"})


def test_longer_clips_ask_for_longer_leases() -> None:
    engine = Ltx2Engine(Ltx2Settings())
    short, long = (engine.gpu_seconds(build.request(duration_s=s, resolution="1080p")) for s in (2.0, 20.0))
    assert 20 <= short < long


def test_licence_and_limits_are_told() -> None:
    info = WanEngine(WanSettings()).info
    assert info.licence == "Apache-2.0"
    assert info.limits.duration_s == (2.0, 5.0)
    assert dataclasses.is_dataclass(info)
