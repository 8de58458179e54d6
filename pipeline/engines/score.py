"""Sound for models that make silent pictures: the animatic's own music, ambience and effects for the same plan."""

from __future__ import annotations

from media.clip import Sound
from pipeline.request import GenerationRequest


def score(request: GenerationRequest) -> Sound:
    """Stereo 48 kHz sound, exactly as long as the clip; the same request gives the same samples."""
    from pipeline.engines.animatic.director import direct
    from pipeline.engines.animatic.sound import soundtrack

    total = max(1, round(request.duration_s * request.fps))
    return soundtrack(request, direct(request, total), total / request.fps)
