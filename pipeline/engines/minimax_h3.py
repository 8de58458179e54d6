"""MiniMax H3: picture and sound from text, frames, or up to twelve ordered references.

Its Community licence grants no rights in the European Union, the United Kingdom, South Korea and the USA (showing
outputs there included), asks hosts for safeguards and a way to report, and for the name "MiniMax H3" to be shown. The
engine is therefore off until the operator names the country of the service and accepts the licence.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Self

import numpy as np

from media.caged import read_frames, read_picture, read_sound
from pipeline.engines import Availability, EngineInfo, Limits, Progress, sizes
from pipeline.engines.compile import compile_prompt
from pipeline.engines.config import EnginesConfig, MinimaxH3Settings, Weights
from pipeline.engines.hardware import Hardware
from pipeline.engines.local import LocalEngine, Made, generator
from pipeline.engines.references import Casting, cast, frame, refuse_unused
from pipeline.engines.weights import load, named
from pipeline.request import GenerationRequest, Reference

LICENCE_URL = "https://huggingface.co/MiniMaxAI/MiniMax-H3/blob/main/LICENSE"
# ISO 3166 codes that the licence leaves out: EU members, GB, KR, US.
EXCLUDED = frozenset(
    ("AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT", "LU", "MT",
     "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "EU", "GB", "UK", "KR", "US")
)  # fmt: skip
_FPS, _CHUNK, _REST = 24, 17, 5
_REFERENCE_PX = 1024


class MinimaxH3Engine(LocalEngine[MinimaxH3Settings]):
    """The three workflows of the modular pipeline; only the one that a request needs is loaded."""

    libraries = (*LocalEngine.libraries, "torchvision")

    def __init__(self, settings: MinimaxH3Settings, machine: Hardware | None = None) -> None:
        super().__init__(settings, machine)
        self.info = EngineInfo(
            "minimax_h3", "local", settings.weights.revision[:12] or "unpinned", "MiniMax H3 Community License",
            Limits(
                resolutions=("480p", "720p", "1080p"), frame_rates=(24, 25, 30), duration_s=(2.0, 14.0),
                references={"image": 9, "video": 3, "audio": 3},
            ),
        )  # fmt: skip

    @classmethod
    def from_config(cls, config: EnginesConfig) -> Self:
        return cls(config.minimax_h3)

    def gate(self) -> Availability | None:
        territory = self.settings.territory.strip().upper()
        if not territory:
            remedy = self._setting("TERRITORY")
            return Availability(False, "error.engine.territory_unset", {"part": "MiniMax H3", "remedy": remedy})
        if territory in EXCLUDED:
            return Availability(
                False, "error.engine.territory", {"part": "MiniMax H3", "territory": territory, "remedy": LICENCE_URL}
            )
        if self.settings.accept_licence:
            return None
        remedy = self._setting("ACCEPT_LICENCE")
        return Availability(False, "error.engine.licence", {"part": "MiniMax H3", "url": LICENCE_URL, "remedy": remedy})

    def weights(self) -> tuple[Weights, ...]:
        return (self.settings.weights,)

    def steps(self) -> int:
        return self.settings.steps

    def pipe(self, request: GenerationRequest) -> Any:
        return load(_Workflow(workflow(cast(request))), self.settings.weights, self.settings, self.machine)

    def make(self, request: GenerationRequest, progress: Progress) -> Made:
        casting = cast(request)
        task = workflow(casting)
        if task != "ref2va":
            refuse_unused("minimax_h3", [r for time_s, r in casting.keyed if time_s > 0], "first_frame")
        pipe = self.pipe(request)
        short_px = self.settings.short_side_px
        made = sizes.canvas(
            request.format, request.duration_s, multiple=pipe.canvas_multiple, step=1, fps=_FPS, short_side_px=short_px
        )
        made = sizes.Canvas(made.width_px, made.height_px, snapped(made.frames), made.fps)
        watch = _watch(pipe, progress, self.settings.steps)
        try:
            state = pipe(
                prompt=compile_prompt(request, "tags"), width=made.width_px, height=made.height_px,
                num_frames=made.frames, num_inference_steps=self.settings.steps, generator=generator(request.seed),
                output_type="np", **self._given(task, request, casting, made),
            )  # fmt: skip
        finally:
            watch.remove()
        wave = np.asarray(state.get("audio")[0].float().cpu().numpy())
        facts = named(self.settings.weights) | sizes.facts(request.format, made)
        return Made(
            sizes.to_uint8(state.get("videos")[0]), Fraction(_FPS), (wave, int(state.get("sampling_rate"))), facts
        )

    def _given(self, task: str, request: GenerationRequest, casting: Casting, made: sizes.Canvas) -> dict[str, Any]:
        from PIL import Image

        if task == "t2va":
            return {}
        if task == "ref2va":
            return {"references": [_reference(reference) for reference in request.references]}
        size = (made.width_px, made.height_px)
        given = {"image": casting.first, "last_image": casting.last}
        return {name: Image.fromarray(frame(item, *size)) for name, item in given.items() if item is not None}


class _Workflow:
    """A modular pipeline with the loading call of an ordinary one."""

    def __init__(self, name: str) -> None:
        self.__name__ = f"MiniMaxH3:{name}"
        self._workflow = name

    def from_pretrained(self, model: str, *, dtype: Any, **pinned: Any) -> Any:
        from diffusers import ComponentsManager, ModularPipeline

        manager = ComponentsManager()
        pipe = ModularPipeline.from_pretrained(model, workflow=self._workflow, components_manager=manager, **pinned)
        pipe.load_components(dtype=dtype["default"], **pinned)
        return pipe


def workflow(casting: Casting) -> str:
    """Text alone, frames, or references; as soon as one reference is not a frame, all are references."""
    if casting.looks or casting.clips or casting.sounds:
        return "ref2va"
    return "fl2va" if casting.keyed or casting.last else "t2va"


def snapped(frames: int) -> int:
    """The next count of the form 17 n + 5 that is at least five seconds, the shortest that the model makes."""
    wanted = max(frames, _FPS * 5)
    return wanted + (_REST - wanted) % _CHUNK


def _watch(pipe: Any, progress: Progress, steps: int) -> Any:
    """Progress and cancel by counting passes: modular pipelines offer no step callback."""
    done = 0

    def count(module: Any, inputs: Any, output: Any) -> None:
        nonlocal done
        done += 1
        progress(min(1.0, done / max(1, steps - 1)))

    part = getattr(pipe, "transformer", None) or pipe.transformer_ref
    return part.register_forward_hook(count)


def _reference(reference: Reference) -> Any:
    """A reference in memory, with its rate: without it the model reads motion at the wrong speed."""
    import torch
    from diffusers.modular_pipelines.minimax_h3 import (
        MiniMaxH3AudioReference,
        MiniMaxH3ImageReference,
        MiniMaxH3VideoReference,
    )
    from PIL import Image

    if reference.kind == "image":
        return MiniMaxH3ImageReference(image=Image.fromarray(read_picture(reference.path)))
    sound = read_sound(reference.path, rate_hz=32_000)
    wave = torch.from_numpy(sound.samples) if sound is not None else None
    if reference.kind == "audio":
        return MiniMaxH3AudioReference(audio=wave, sample_rate=32_000)
    shown = [t.picture for t in read_frames(reference.path, every_s=1 / (_FPS * 1.001), max_side_px=_REFERENCE_PX)]
    return MiniMaxH3VideoReference(
        frames=np.stack(shown), fps=float(min(_FPS, reference.info.fps or _FPS)), audio=wave,
        sample_rate=32_000 if wave is not None else None,
    )  # fmt: skip
