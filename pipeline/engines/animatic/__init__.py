"""The animatic engine: previsualisation from words and references on any CPU, without any model.

It draws a plan of a film (timing, framing, camera, sound) and does not synthesise footage; it says so in its
`EngineInfo` and in every draft. The same request gives the same frames and the same samples.
"""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from pipeline.engines import Availability, EngineInfo, Limits, Progress
from pipeline.quarantine import Draft, Workspace
from pipeline.request import GenerationRequest
from safety.screen import Cleared

VERSION = "1.0"


class AnimaticConfig(BaseModel):
    """Settings of the engine.

    Attributes:
        voice: speak dialogue with the offline synthesiser where it is installed.
        timecode, safe_areas: burn-ins for film people.
        letterbox: width over height of the picture between black bars; 0 leaves them out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    voice: bool = True
    timecode: bool = False
    safe_areas: bool = False
    letterbox: float = 0.0


class AnimaticEngine:
    """Draws and plays the shot plan. Always available."""

    info = EngineInfo(
        name="animatic",
        kind="animatic",
        version=VERSION,
        licence="Apache-2.0",
        limits=Limits(
            resolutions=("480p", "720p", "1080p", "2160p"),
            frame_rates=(24, 25, 30, 60),
            outputs=("video", "image", "audio"),
            parents=("extend", "edit"),
        ),
        previsualisation=True,
    )

    def __init__(self, config: AnimaticConfig | None = None) -> None:
        self.config = config or AnimaticConfig()

    @classmethod
    def from_config(cls, config: Any) -> Self:
        """From an `AnimaticConfig`, a mapping of its fields, or the settings of all engines (their `animatic`)."""
        own = config if isinstance(config, AnimaticConfig | dict) else getattr(config, "animatic", None)
        return cls(own if own is None or isinstance(own, AnimaticConfig) else AnimaticConfig.model_validate(own))

    def availability(self) -> Availability:
        """Always: nothing but this code is needed."""
        return Availability(True)

    def generate(self, job: Cleared[GenerationRequest], workspace: Workspace, progress: Progress) -> Draft:
        """Draw the film, the still or the score of a cleared request.

        Raises:
            Cancelled: from `progress`, between frames. InputError: a reference cannot be read.
        """
        request = job.request
        if request.output == "image":
            return self._still(request, workspace, progress)
        if request.output == "audio":
            return self._score(request, workspace, progress)
        return self._film(request, workspace, progress)

    def _film(self, request: GenerationRequest, workspace: Workspace, progress: Progress) -> Draft:
        from pipeline.engines.animatic.cards import Overlay
        from pipeline.engines.animatic.director import direct
        from pipeline.engines.animatic.film import frames
        from pipeline.engines.animatic.sound import soundtrack
        from pipeline.engines.animatic.voice import cues

        total = max(1, round(request.duration_s * request.fps))
        takes = direct(request, total)
        progress(0.0)
        with workspace.video(request.format) as writer:
            if request.sound:
                writer.write_sound(soundtrack(request, takes, total / request.fps, self.config.voice))
            overlay = Overlay(
                request.format,
                cues(takes),
                request.title or (request.plan.title if request.plan else ""),
                self.config.timecode,
                self.config.safe_areas,
                self.config.letterbox,
            )
            for number, (frame, cut) in enumerate(frames(takes, request.format), 1):
                overlay.draw(frame, number - 1)
                writer.write(frame, cut=cut)
                progress(number / total)
            return writer.finish("animatic", VERSION, previsualisation=True, facts=_FACTS)

    def _still(self, request: GenerationRequest, workspace: Workspace, progress: Progress) -> Draft:
        from pipeline.engines.animatic.director import direct
        from pipeline.engines.animatic.sheets import still

        takes = direct(request, max(1, round(request.duration_s * request.fps)))
        progress(0.1)
        with workspace.still() as writer:
            writer.write_picture(still(request, takes))
            progress(1.0)
            return writer.finish("animatic", VERSION, previsualisation=True, facts=_FACTS)

    def _score(self, request: GenerationRequest, workspace: Workspace, progress: Progress) -> Draft:
        from pipeline.engines.animatic.director import direct
        from pipeline.engines.animatic.sound import alone

        total = max(1, round(request.duration_s * request.fps))
        takes = direct(request, total)
        progress(0.1)
        with workspace.audio() as writer:
            writer.write_sound(alone(request, takes, total / request.fps))
            progress(1.0)
            return writer.finish("animatic", VERSION, previsualisation=True, facts=_FACTS)


_FACTS = {"licence": "Apache-2.0", "method": "drawn animatic"}
