"""What the page, the API and the command line see of jobs and releases: plain facts, no path into quarantine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any


class JobState(StrEnum):
    """Where a job is. The last five are final, except that HELD waits for a person."""

    QUEUED = "queued"
    SCREENING = "screening"
    RENDERING = "rendering"
    CHECKING = "checking"
    STAMPING = "stamping"
    VERIFYING = "verifying"
    RELEASED = "released"
    HELD = "held"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        return self in (JobState.RELEASED, JobState.REFUSED, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Upload:
    """A reference as the visitor gave it: a path of the upload cache, its role, its own file name."""

    path: Path
    role: str = "auto"
    label: str = ""


@dataclass(frozen=True, slots=True)
class RequestForm:
    """A request before validation, as typed and chosen by the visitor."""

    prompt: str
    uploads: Sequence[Upload] = ()
    negative_prompt: str = ""
    shots: Mapping[str, Any] | None = None
    engine: str = "auto"
    output: str = "video"
    part: str = ""
    container: str = ""
    resolution: str = "720p"
    aspect: str = "16:9"
    fps: int = 24
    duration_s: float = 5.0
    seed: int | None = None
    sound: bool = True
    locale: str = "en"
    title: str = ""
    purpose: str = "own_use"


@dataclass(frozen=True, slots=True)
class ReasonView:
    """Why something was refused or held: rule and remedy are message keys with parameters.

    Attributes:
        where: ``prompt``, ``image1``, ``output`` ...
        sureness: ``certain``, ``likely`` or ``possible``.
    """

    policy: str
    where: str
    rule_key: str
    remedy_key: str
    sureness: str = "likely"
    time_s: float | None = None
    box: tuple[float, float, float, float] | None = None
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class ReleaseView:
    """A released file and what it carries.

    Attributes:
        choice_key: message key (parameter ``engine``) that says why this engine made it.
    """

    release_id: str
    path: Path
    file_name: str
    media_type: str
    sha256: str
    engine: str
    previsualisation: bool
    width_px: int
    height_px: int
    fps: float
    duration_s: float
    audio: bool
    seed: int
    payload: str
    manifest_label: str
    created_at: datetime
    choice_key: str = ""
    timings_s: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as its owner sees it.

    Attributes:
        progress: finished share of the current step, [0, 1].
        position: place in the queue, 1 is next; 0 when it is not waiting.
        error: message key and parameters when it failed.
        appeal: secret link token for an appeal when it was refused or held.
    """

    job_id: str
    state: JobState
    progress: float
    position: int
    created_at: datetime
    prompt: str
    engine: str
    reasons: Sequence[ReasonView] = ()
    error: tuple[str, Mapping[str, Any]] | None = None
    appeal: str = ""
    release: ReleaseView | None = None
    cancellable: bool = False


@dataclass(frozen=True, slots=True)
class EngineCard:
    """An engine as the picker shows it."""

    name: str
    kind: str
    available: bool
    why_key: str
    why_params: Mapping[str, Any]
    licence: str
    previsualisation: bool
    limits: Any
