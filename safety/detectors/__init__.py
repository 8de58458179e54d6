"""The table of detectors and how they are built.

A detector class offers ``from_config(config) -> Detector`` and raises `errors.Unavailable` when a part is missing.
A required detector that cannot be built is replaced by one that reports UNSUPPORTED, so that what it should have
looked at is held for review.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

from errors import Unavailable, UsageError
from safety.config import SafetyConfig
from safety.signals import Detector, MediaItem, Signal, SignalState, TextItem

log = logging.getLogger(__name__)

DETECTORS: dict[str, str] = {
    "prompt": "safety.detectors.prompt:PromptDetector",
    "pictures": "safety.detectors.pictures:PictureDetector",
    "faces": "safety.detectors.faces:FaceDetector",
    "voice": "safety.detectors.voice:VoiceDetector",
    "recordings": "safety.detectors.recordings:RecordingDetector",
    "identity": "safety.detectors.identity:IdentityDetector",
    "explicit": "safety.detectors.explicit:ExplicitDetector",
    "guard": "safety.detectors.guard:GuardDetector",
    "descriptions": "safety.detectors.descriptions:DescriptionDetector",
    "looks": "safety.detectors.looks:LookDetector",
}
KINDS: dict[str, frozenset[str]] = {
    "prompt": frozenset({"text"}),
    "pictures": frozenset({"image", "video"}),
    "faces": frozenset({"image", "video"}),
    "voice": frozenset({"audio", "video"}),
    "recordings": frozenset({"audio", "video"}),
    "identity": frozenset({"image", "video"}),
    "explicit": frozenset({"image", "video"}),
    "guard": frozenset({"text"}),
    "descriptions": frozenset({"text"}),
    "looks": frozenset({"image", "video"}),
}


@dataclass(slots=True)
class Missing:
    """Stands in for a detector that cannot work: everything of its kinds is held, and the missing part is named."""

    name: str
    kinds: frozenset[str]
    part: str
    version: str = "none"

    def observe(self, item: TextItem | MediaItem) -> Sequence[Signal]:
        return [
            Signal(
                f"{self.name}.missing", self.version, 0.0, 1.0, SignalState.UNSUPPORTED, detail=f"missing:{self.part}"
            )
        ]


def build(config: SafetyConfig) -> list[Detector]:
    """All configured detectors, ready to observe.

    Raises:
        UsageError: a name that is not in the table.
    """
    built: list[Detector] = []
    for name in dict.fromkeys((*config.needed, *config.optional)):
        try:
            built.append(load(name, config))
        except Unavailable as error:
            part = str(error.params.get("part", name))
            log.warning("detector %s is not available: %s", name, part)
            if name in config.needed:
                built.append(Missing(name, KINDS[name], part))
    return built


def load(name: str, config: SafetyConfig) -> Detector:
    """One detector by name.

    Raises:
        UsageError: unknown name.
        Unavailable: a library, weight or index is missing; ``part`` names it.
    """
    if name not in DETECTORS:
        raise UsageError("error.safety.detector", name=name)
    module, _, member = DETECTORS[name].partition(":")
    try:
        detector: Detector = getattr(import_module(module), member).from_config(config)
    except (ImportError, AttributeError) as error:
        raise Unavailable("error.models.missing", part=getattr(error, "name", None) or name) from error
    return detector
