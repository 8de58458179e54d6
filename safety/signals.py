"""What a detector reports: facts with a score, never a decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class SignalState(StrEnum):
    """Whether the detector could look at all. Anything but OK can never lead to ALLOW."""

    OK = "ok"
    ERROR = "error"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a signal was seen.

    Attributes:
        where: ``prompt``, ``shot 2``, ``dialogue``, ``image1``, ``video1``, ``output`` ...
        time_s: position in a video or sound, seconds.
        box: left, top, width, height as fractions [0, 1] of the upright picture.
        span: start and end offset in the original text, in code points.
        entry: identifier of a matched registry entry; shown to reviewers only.
    """

    where: str
    time_s: float | None = None
    box: tuple[float, float, float, float] | None = None
    span: tuple[int, int] | None = None
    entry: str | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """One observation of one detector.

    Attributes:
        name: stable name that policy rules refer to, e.g. ``face.photographic``.
        version: detector and model version, e.g. ``yunet-2023mar+photo-3``.
        score: [0, 1]; 1 is certain.
        threshold: [0, 1]; the detector's own operating point, shown to reviewers.
        state: OK, ERROR or UNSUPPORTED; ERROR and UNSUPPORTED never lead to ALLOW.
        evidence: where it was seen; may be empty when nothing was found.
        detail: short machine-readable reason, e.g. ``missing:yunet`` or ``term:minor``.
    """

    name: str
    version: str
    score: float
    threshold: float
    state: SignalState = SignalState.OK
    evidence: tuple[Evidence, ...] = ()
    detail: str = ""

    def __post_init__(self) -> None:
        if not (0.0 <= self.score <= 1.0 and 0.0 <= self.threshold <= 1.0):
            raise ValueError(f"{self.name}: score and threshold lie in [0, 1]")

    @property
    def fired(self) -> bool:
        """The detector could look and its score reached its threshold."""
        return self.state is SignalState.OK and self.score >= self.threshold


@dataclass(frozen=True, slots=True)
class TextItem:
    """A text to screen: where it stands (``prompt``, ``shot 2``, ``image1.name``) and what it says."""

    where: str
    text: str


@dataclass(frozen=True, slots=True)
class MediaItem:
    """A file to screen.

    Attributes:
        where: ``image1``, ``video2``, ``audio1``, ``output``.
        kind: ``image``, ``video`` or ``audio``.
        path: a file inside the quarantine.
        sha256: hex digest of its bytes.
    """

    where: str
    kind: str
    path: str
    sha256: str


class Detector(Protocol):
    """Observes texts or media files. Heavy imports happen on first use, inside the adapter.

    `observe` returns at least one signal for each item (score 0 when nothing was found) and never
    raises: a fault becomes a signal with state ERROR (`safety.screen` guards this once more).
    """

    name: str
    version: str
    kinds: frozenset[str]  # of {"text", "image", "video", "audio"}

    def observe(self, item: TextItem | MediaItem) -> Sequence[Signal]: ...
