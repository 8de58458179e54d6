"""Wan 2.1 and 2.2 (Apache-2.0): text, a first frame, or several reference pictures and a last frame (VACE). Silent."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Self

from pipeline.engines import EngineInfo, Limits, Progress, sizes
from pipeline.engines.compile import compile_prompt
from pipeline.engines.config import EnginesConfig, WanSettings, WanVariant, Weights
from pipeline.engines.hardware import Hardware
from pipeline.engines.local import LocalEngine, Made, generator, on_step
from pipeline.engines.references import Casting, cast, contain, frame, refuse_unused
from pipeline.engines.weights import load, named
from pipeline.request import GenerationRequest

_LOOKS = 4


class WanEngine(LocalEngine[WanSettings]):
    """Chooses the checkpoint by what the request brings."""

    libraries = (*LocalEngine.libraries, "ftfy")

    def __init__(self, settings: WanSettings, machine: Hardware | None = None) -> None:
        super().__init__(settings, machine)
        longest_s = min(v.max_frames / v.fps for v in (settings.text, settings.image, settings.vace))
        self.info = EngineInfo(
            "wan", "local", settings.text.weights.revision[:12] or "local", "Apache-2.0",
            Limits(
                resolutions=("480p", "720p"), frame_rates=(24, 25, 30), duration_s=(2.0, float(int(longest_s * 2) / 2)),
                references={"image": _LOOKS + 2, "video": 0, "audio": 0},
            ),
        )  # fmt: skip

    @classmethod
    def from_config(cls, config: EnginesConfig) -> Self:
        return cls(config.wan)

    def weights(self) -> tuple[Weights, ...]:
        return self.settings.text.weights, self.settings.image.weights, self.settings.vace.weights

    def steps(self) -> int:
        return self.settings.text.steps

    def pipe(self, request: GenerationRequest) -> Any:
        return self._load(*self._choice(cast(request)))

    def _choice(self, casting: Casting) -> tuple[str, WanVariant]:
        keyed = [reference for time_s, reference in casting.keyed if time_s > 0]
        refuse_unused("wan", keyed, "first_frame")
        refuse_unused("wan", casting.looks[_LOOKS:], "first_frame")
        if casting.last or casting.looks:
            return "WanVACEPipeline", self.settings.vace
        if casting.first:
            return "WanImageToVideoPipeline", self.settings.image
        return "WanPipeline", self.settings.text

    def _load(self, name: str, variant: WanVariant) -> Any:
        import diffusers

        # The Wan decoder shows banding below 32 bits.
        return load(getattr(diffusers, name), variant.weights, self.settings, self.machine, exact=("vae",))

    def make(self, request: GenerationRequest, progress: Progress) -> Made:
        casting = cast(request)
        name, variant = self._choice(casting)
        pipe = self._load(name, variant)
        made = sizes.canvas(
            request.format, request.duration_s, multiple=_multiple(pipe), step=pipe.vae_scale_factor_temporal,
            fps=variant.fps, short_side_px=min(variant.short_side_px, self.settings.short_side_px),
        )  # fmt: skip
        out = pipe(
            prompt=compile_prompt(request, "prose"),
            negative_prompt=request.negative_prompt or None,
            width=made.width_px, height=made.height_px, num_frames=made.frames,
            num_inference_steps=variant.steps, guidance_scale=variant.guidance,
            generator=generator(request.seed), output_type="np",
            callback_on_step_end=on_step(progress, variant.steps),
            **_pictures(name, casting, made),
        )  # fmt: skip
        facts = named(variant.weights)
        return Made(
            sizes.to_uint8(out.frames[0]), Fraction(variant.fps), facts=facts | sizes.facts(request.format, made)
        )


def _multiple(pipe: Any) -> int:
    """Sides are whole patches of whole latents."""
    return int(pipe.vae_scale_factor_spatial) * int(pipe.transformer.config.patch_size[1])


def _pictures(name: str, casting: Casting, made: sizes.Canvas) -> dict[str, Any]:
    from PIL import Image

    width, height = made.width_px, made.height_px
    if name == "WanPipeline":
        return {}
    if name == "WanImageToVideoPipeline":
        assert casting.first is not None
        return {"image": Image.fromarray(frame(casting.first, width, height))}
    given: dict[str, Any] = {}
    if casting.looks:
        given["reference_images"] = [
            Image.fromarray(contain(frame_of, width, height)) for frame_of in map(_whole, casting.looks)
        ]
    if casting.first or casting.last:
        given |= _between(casting, made)
    return given


def _whole(reference: Any) -> Any:
    from media.caged import read_picture

    return read_picture(reference.path)


def _between(casting: Casting, made: sizes.Canvas) -> dict[str, Any]:
    """A control clip for VACE: given frames where the mask is black, grey to be filled in where it is white."""
    from PIL import Image

    size = (made.width_px, made.height_px)
    video = [Image.new("RGB", size, (128, 128, 128))] * made.frames
    mask = [Image.new("L", size, 255)] * made.frames
    for index, reference in ((0, casting.first), (made.frames - 1, casting.last)):
        if reference is not None:
            video[index] = Image.fromarray(frame(reference, *size))
            mask[index] = Image.new("L", size, 0)
    return {"video": video, "mask": mask}
