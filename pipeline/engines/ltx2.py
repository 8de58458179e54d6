"""LTX-2.x: picture and sound together, from text, frames at any time, a clip to go on from, or a reference sheet."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from media.caged import cover, read_frames
from pipeline.engines import EngineInfo, Limits, Progress, sizes
from pipeline.engines.compile import compile_prompt
from pipeline.engines.config import EnginesConfig, Ltx2Settings, Weights
from pipeline.engines.hardware import Hardware
from pipeline.engines.local import LocalEngine, Made, generator, on_step
from pipeline.engines.references import Casting, cast, frame, refuse_unused, sheet
from pipeline.engines.weights import dtypes, load, loading, named, pinned
from pipeline.request import GenerationRequest, Reference

# One forward pass per step. Setting the guidance scale alone leaves three of four passes on.
NEUTRAL = {
    "guidance_scale": 1.0,
    "stg_scale": 0.0,
    "modality_scale": 1.0,
    "audio_guidance_scale": 1.0,
    "audio_stg_scale": 0.0,
    "audio_modality_scale": 1.0,
}
_STEP_FRAMES, _MULTIPLE = 8, 32
_PREFIX_FRAMES = 9
DISTILLED_STEPS = 8  # the length of diffusers' list of sigmas; written here because estimates must not import it
_STAGE_1_SHARE = 0.6


class Ltx2Engine(LocalEngine[Ltx2Settings]):
    """LTX-2.x through its keyframe pipeline; with a sheet LoRA also through the in-context pipeline."""

    def __init__(self, settings: Ltx2Settings, machine: Hardware | None = None) -> None:
        super().__init__(settings, machine)
        self.info = EngineInfo(
            "ltx2", "local", settings.weights.revision[:12] or "local", "LTX-2 Community License",
            Limits(
                resolutions=("480p", "720p", "1080p"), frame_rates=(24, 25, 30),
                duration_s=(2.0, float(min(20, (settings.max_frames - 1) // 24))),
                references={"image": 9, "video": 1, "audio": 0}, parents=("extend",),
            ),
        )  # fmt: skip

    @classmethod
    def from_config(cls, config: EnginesConfig) -> Self:
        return cls(config.ltx2)

    def weights(self) -> tuple[Weights, ...]:
        return (self.settings.weights,)

    def steps(self) -> int:
        return DISTILLED_STEPS if self.settings.distilled else self.settings.steps

    def pipe(self, request: GenerationRequest) -> Any:
        from diffusers import LTX2ConditionPipeline, LTX2InContextPipeline

        if not cast(request).looks:
            return self._load(LTX2ConditionPipeline, None)
        return self._load(LTX2InContextPipeline, self._add_sheet_lora)

    def _load(self, cls: Any, adapters: Any) -> Any:
        def finish(pipe: Any) -> None:
            if self.settings.distilled:
                _fix_schedule(pipe)
            if adapters is not None:
                adapters(pipe)

        return load(cls, self.settings.weights, self.settings, self.machine, finish)

    def _add_sheet_lora(self, pipe: Any) -> None:
        lora = self.settings.sheet_lora
        if lora is None:
            return
        with loading(lora):
            arguments = {k: v for k, v in pinned(lora, self.settings).items() if k != "trust_remote_code"}
            pipe.load_lora_weights(
                lora.model, weight_name=self.settings.sheet_lora_file, adapter_name="sheet", **arguments
            )

    def make(self, request: GenerationRequest, progress: Progress) -> Made:
        casting = cast(request)
        if self.settings.sheet_lora is None:
            refuse_unused("ltx2", casting.looks, "first_frame")
        pipe = self.pipe(request)
        two_stages = self.settings.two_stages
        made = sizes.canvas(
            request.format, request.duration_s, multiple=_MULTIPLE * (1 + two_stages), step=_STEP_FRAMES,
            fps=request.fps, short_side_px=self.settings.short_side_px,
        )  # fmt: skip
        out = self._two_stages(pipe, request, casting, made, progress) if two_stages else pipe(
            **self._call(request, casting, made, made.width_px, made.height_px),
            **self._schedule(progress), output_type="np",
        )  # fmt: skip
        facts = named(self.settings.weights)
        wave = out.audio[0].float().cpu().numpy()
        return Made(
            sizes.to_uint8(out.frames[0]), made.fps, (wave, int(pipe.vocoder.config.output_sampling_rate)),
            facts | sizes.facts(request.format, made),
        )  # fmt: skip

    def _call(
        self, request: GenerationRequest, casting: Casting, made: sizes.Canvas, width_px: int, height_px: int
    ) -> dict[str, Any]:
        call: dict[str, Any] = {
            "prompt": compile_prompt(request, "prose"),
            "negative_prompt": request.negative_prompt or None,
            "width": width_px,
            "height": height_px,
            "num_frames": made.frames,
            "frame_rate": float(made.fps),
            "generator": generator(request.seed),
            "use_cross_timestep": self.settings.cross_timestep,
            "conditions": _conditions(casting, made, width_px, height_px, request) or None,
        }
        if self.settings.distilled:
            call |= NEUTRAL
        else:
            call["guidance_scale"] = self.settings.guidance
            call["spatio_temporal_guidance_blocks"] = None
            call |= {"stg_scale": 0.0, "audio_stg_scale": 0.0}
        if casting.looks:
            call["reference_conditions"] = _sheet(casting.looks, made, width_px, height_px)
        return call

    def _schedule(self, progress: Progress, start: float = 0.0, end: float = 1.0) -> dict[str, Any]:
        first = self.steps()
        plan: dict[str, Any] = {"num_inference_steps": first}
        if self.settings.distilled:
            plan["sigmas"] = _schedule()[0]
        return plan | {"callback_on_step_end": on_step(progress, first, start, end)}

    def _two_stages(
        self, pipe: Any, request: GenerationRequest, casting: Casting, made: sizes.Canvas, progress: Progress
    ) -> Any:
        """Half the size first; the latents doubled; three steps that add the detail."""
        from diffusers import LTX2LatentUpsamplePipeline

        small = pipe(
            **self._call(request, casting, made, made.width_px // 2, made.height_px // 2),
            **self._schedule(progress, 0.0, _STAGE_1_SHARE), output_type="latent",
        )  # fmt: skip
        upsample = LTX2LatentUpsamplePipeline(vae=pipe.vae, latent_upsampler=self._upscaler(pipe))
        latents = upsample(
            latents=small.frames, width=made.width_px // 2, height=made.height_px // 2, num_frames=made.frames,
            output_type="latent", return_dict=False,
        )[0]  # fmt: skip
        sigmas = _schedule()[1]
        call = self._call(request, casting, made, made.width_px, made.height_px) | NEUTRAL
        call.pop("reference_conditions", None)
        return pipe(
            **call, latents=latents, audio_latents=small.audio, sigmas=sigmas, num_inference_steps=len(sigmas),
            noise_scale=sigmas[0], output_type="np",
            callback_on_step_end=on_step(progress, len(sigmas), _STAGE_1_SHARE, 1.0),
        )  # fmt: skip

    def _upscaler(self, pipe: Any) -> Any:
        from diffusers.pipelines.ltx2 import LTX2LatentUpsamplerModel

        weights = self.settings.weights
        with loading(weights):
            arguments = {k: v for k, v in pinned(weights, self.settings).items() if k != "trust_remote_code"}
            model = LTX2LatentUpsamplerModel.from_pretrained(
                weights.model, subfolder=self.settings.upscaler, dtype=dtypes(self.settings), **arguments
            )
        return model.to(pipe._execution_device)


def _schedule() -> tuple[list[float], list[float]]:
    """Sigmas of the distilled checkpoint for its first and second stage."""
    from diffusers.pipelines.ltx2.utils import DISTILLED_SIGMA_VALUES, STAGE_2_DISTILLED_SIGMA_VALUES

    return list(DISTILLED_SIGMA_VALUES), list(STAGE_2_DISTILLED_SIGMA_VALUES)


def _fix_schedule(pipe: Any) -> None:
    """Distilled sigmas are used as they are: no shift by length, no stretch to a terminal value."""
    from diffusers import FlowMatchEulerDiscreteScheduler

    for name in ("scheduler", "audio_scheduler"):
        scheduler = getattr(pipe, name, None)
        if scheduler is not None:
            fixed = FlowMatchEulerDiscreteScheduler.from_config(
                scheduler.config, use_dynamic_shifting=False, shift_terminal=None
            )
            pipe.register_modules(**{name: fixed})


def _conditions(
    casting: Casting, made: sizes.Canvas, width_px: int, height_px: int, request: GenerationRequest
) -> list[Any]:
    from diffusers.pipelines.ltx2.pipeline_ltx2_condition import LTX2VideoCondition
    from PIL import Image

    found = [
        LTX2VideoCondition(
            frames=Image.fromarray(frame(reference, width_px, height_px)), index=_latent_index(time_s, made)
        )
        for time_s, reference in casting.keyed
    ]
    if casting.last is not None:
        found.append(LTX2VideoCondition(frames=Image.fromarray(frame(casting.last, width_px, height_px)), index=-1))
    refuse_unused(
        "ltx2", [clip for clip in casting.clips if clip.role not in ("auto", "first_frame", "extend")], "first_frame"
    )
    if casting.clips:
        refuse_unused("ltx2", [casting.first], "last_frame")
        found.insert(0, LTX2VideoCondition(frames=_ending(casting.clips[0], request, width_px, height_px), index=0))
    return found


def _latent_index(time_s: float, made: sizes.Canvas) -> int:
    """Number of the latent frame that shows an instant: the first pictures one frame, each other one eight."""
    at = round(time_s * made.fps)
    return 0 if at == 0 else min((at - 1) // _STEP_FRAMES + 1, (made.frames - 1) // _STEP_FRAMES)


def _ending(clip: Reference, request: GenerationRequest, width_px: int, height_px: int) -> list[Any]:
    """The last frames of a clip, at the rate of the new one, so that the new one goes on from them."""
    from PIL import Image

    start_s = max(0.0, clip.info.duration_s - (_PREFIX_FRAMES + 1) / request.fps)
    shown = [t.picture for t in read_frames(clip.path, every_s=1 / (request.fps * 1.001), start_s=start_s)]
    shown = shown[-_PREFIX_FRAMES:]
    shown = [shown[0]] * (_PREFIX_FRAMES - len(shown)) + shown
    return [Image.fromarray(cover(picture, width_px, height_px)) for picture in shown]


def _sheet(looks: tuple[Reference, ...], made: sizes.Canvas, width_px: int, height_px: int) -> list[Any]:
    from diffusers.pipelines.ltx2.pipeline_ltx2_ic_lora import LTX2ReferenceCondition
    from PIL import Image

    page = Image.fromarray(np.ascontiguousarray(sheet(looks, width_px, height_px)))
    return [LTX2ReferenceCondition(frames=[page] * min(made.frames, _PREFIX_FRAMES))]
