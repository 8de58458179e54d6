"""Sound for models that make silent pictures: the animatic's own score, when that part is installed."""

from __future__ import annotations

from importlib import import_module

from media.clip import Sound
from pipeline.request import GenerationRequest


def score(request: GenerationRequest) -> Sound | None:
    """Music and ambience for a request, or None when no sound engine is there."""
    try:
        module = import_module("pipeline.engines.animatic.sound")
    except ModuleNotFoundError:
        return None
    compose = getattr(module, "score", None)
    sound = compose(request) if compose else None
    return sound if isinstance(sound, Sound) else None
