"""A text-to-image model for key frames and character sheets; any diffusers text-to-image pipeline by its id."""

from __future__ import annotations

import inspect
from fractions import Fraction
from typing import Any, Self

from media.caged import cover
from pipeline.engines import EngineInfo, Limits, Progress, sizes
from pipeline.engines.compile import compile_prompt
from pipeline.engines.config import EnginesConfig, StillsSettings, Weights
from pipeline.engines.hardware import Hardware
from pipeline.engines.local import LocalEngine, Made, generator, on_step
from pipeline.engines.weights import load, named
from pipeline.quarantine import Draft, Workspace
from pipeline.request import GenerationRequest

_MULTIPLE = 16


class StillsEngine(LocalEngine[StillsSettings]):
    """Makes one picture. The pipeline class is the one that the weights name."""

    def __init__(self, settings: StillsSettings, machine: Hardware | None = None) -> None:
        super().__init__(settings, machine)
        self.info = EngineInfo(
            "stills", "local", settings.weights.revision[:12] or "local", settings.licence,
            Limits(
                resolutions=("480p", "720p", "1080p"), references={"image": 0, "video": 0, "audio": 0},
                outputs=("image",), sound=False,
            ),
        )  # fmt: skip

    @classmethod
    def from_config(cls, config: EnginesConfig) -> Self:
        return cls(config.stills)

    def weights(self) -> tuple[Weights, ...]:
        return (self.settings.weights,)

    def steps(self) -> int:
        return self.settings.steps

    def pipe(self, request: GenerationRequest) -> Any:
        from diffusers import DiffusionPipeline

        return load(DiffusionPipeline, self.settings.weights, self.settings, self.machine)

    def make(self, request: GenerationRequest, progress: Progress) -> Made:
        pipe = self.pipe(request)
        made = sizes.canvas(
            request.format, 0.0, multiple=_MULTIPLE, step=1, fps=1, short_side_px=self.settings.short_side_px
        )
        call: dict[str, Any] = {
            "prompt": compile_prompt(request, "prose"),
            "width": made.width_px,
            "height": made.height_px,
            "num_inference_steps": self.settings.steps,
            "guidance_scale": self.settings.guidance,
            "generator": generator(request.seed),
            "output_type": "np",
            "callback_on_step_end": on_step(progress, self.settings.steps),
        }
        if request.negative_prompt and "negative_prompt" in inspect.signature(pipe.__call__).parameters:
            call["negative_prompt"] = request.negative_prompt
        out = pipe(**call)
        size = {k: v for k, v in sizes.facts(request.format, made).items() if k == "model_size"}
        return Made(sizes.to_uint8(out.images), Fraction(1), facts=named(self.settings.weights) | size)

    def store(self, request: GenerationRequest, made: Made, workspace: Workspace, progress: Progress) -> Draft:
        """Write the picture as a still draft in the requested size."""
        format = request.format
        with workspace.still() as writer:
            writer.write_picture(cover(made.pictures[0], format.width_px, format.height_px))
            progress(1.0)
            return writer.finish(
                self.info.name, self.info.version, previsualisation=False,
                facts={"licence": self.info.licence, **made.facts},
            )  # fmt: skip
