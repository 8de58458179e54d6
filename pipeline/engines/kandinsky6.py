"""Kandinsky 6: picture and sound, five seconds, from text or a first frame.

Its licence was not published where we could read it, so the engine stays off until the operator has read and accepted
it and has pinned the commit that was read.
"""

from __future__ import annotations

from typing import Any, Self

from pipeline.engines import Availability, EngineInfo, Limits, Progress, sizes
from pipeline.engines.compile import compile_prompt
from pipeline.engines.config import EnginesConfig, Kandinsky6Settings, Weights
from pipeline.engines.hardware import Hardware
from pipeline.engines.local import LocalEngine, Made, generator, on_step
from pipeline.engines.references import cast, frame, refuse_unused
from pipeline.engines.weights import load, named
from pipeline.request import GenerationRequest

LICENCE_URL = "https://huggingface.co/kandinskylab"


class Kandinsky6Engine(LocalEngine[Kandinsky6Settings]):
    """The distilled five-second checkpoint."""

    libraries = (*LocalEngine.libraries, "torchvision")

    def __init__(self, settings: Kandinsky6Settings, machine: Hardware | None = None) -> None:
        super().__init__(settings, machine)
        self.info = EngineInfo(
            "kandinsky6", "local", settings.weights.revision[:12] or "unpinned", "see model page",
            Limits(
                resolutions=("480p", "720p", "1080p"), frame_rates=(24,), duration_s=(2.0, 5.0),
                references={"image": 1, "video": 0, "audio": 0},
            ),
        )  # fmt: skip

    @classmethod
    def from_config(cls, config: EnginesConfig) -> Self:
        return cls(config.kandinsky6)

    def gate(self) -> Availability | None:
        if self.settings.accept_licence:
            return None
        remedy = self._setting("ACCEPT_LICENCE")
        return Availability(
            False, "error.engine.licence", {"part": "Kandinsky 6", "url": LICENCE_URL, "remedy": remedy}
        )

    def weights(self) -> tuple[Weights, ...]:
        return (self.settings.weights,)

    def steps(self) -> int:
        return self.settings.steps

    def pipe(self, request: GenerationRequest) -> Any:
        from diffusers import Kandinsky6TI2VAPipeline

        return load(Kandinsky6TI2VAPipeline, self.settings.weights, self.settings, self.machine)

    def make(self, request: GenerationRequest, progress: Progress) -> Made:
        from PIL import Image

        casting = cast(request)
        refuse_unused("kandinsky6", [*casting.looks, casting.last], "first_frame")
        pipe = self.pipe(request)
        multiple = int(pipe.vae_scale_factor_spatial) * max(pipe.transformer_patch_size[1:])
        made = sizes.canvas(
            request.format, request.duration_s, multiple=multiple, step=int(pipe.vae_scale_factor_temporal),
            fps=request.fps, short_side_px=self.settings.short_side_px,
        )  # fmt: skip
        first = casting.first
        out = pipe(
            prompt=compile_prompt(request, "prose"),
            negative_prompt=request.negative_prompt or None,
            image=Image.fromarray(frame(first, made.width_px, made.height_px)) if first else None,
            width=made.width_px, height=made.height_px, num_frames=made.frames, frame_rate=float(made.fps),
            num_inference_steps=self.settings.steps, guidance_scale=self.settings.guidance,
            sample_audio=request.sound, generator=generator(request.seed), output_type="np",
            callback_on_step_end=on_step(progress, self.settings.steps),
        )  # fmt: skip
        sound = (out.audio[0], int(pipe.audio_sample_rate)) if out.audio is not None else None
        facts = named(self.settings.weights) | sizes.facts(request.format, made)
        return Made(sizes.to_uint8(out.frames[0]), made.fps, sound, facts)
