"""A validated request. Its references are copied into quarantine, sanitised and hashed before it exists."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, Self, get_args

from errors import InputError, UsageError
from media.clip import ASPECTS, SHORT_SIDE_PX, VideoFormat
from media.probe import MediaInfo
from pipeline.plan import MAX_SHOTS, ShotPlan
from safety.signals import MediaItem, TextItem

Role = Literal[
    "auto", "character", "style", "scene", "product", "first_frame", "last_frame",
    "motion", "camera", "voice_over", "music", "sound_effect", "extend", "edit",
]  # fmt: skip
Output = Literal["video", "image", "audio"]
Part = Literal["", "contact_sheet", "character_sheet", "music", "ambience", "effects", "voice"]

PARENTS: tuple[Role, ...] = ("extend", "edit")  # roles of a clip that the output goes on from or changes
NOT_SHOWN: tuple[Role, ...] = ("style", "motion", "camera", *PARENTS)  # in no shot unless one names it
CONTAINERS: dict[Output, tuple[str, ...]] = {
    "video": ("mp4",),
    "image": ("png", "jpg", "webp"),
    "audio": ("wav", "mp3", "m4a"),
}
PARTS: dict[Output, tuple[Part, ...]] = {
    "video": ("",),
    "image": ("", "contact_sheet", "character_sheet"),
    "audio": ("", "music", "ambience", "effects", "voice"),
}

MAX_PROMPT = 15_000
MAX_REFERENCES = {"image": 9, "video": 3, "audio": 3}
MAX_REFERENCES_TOTAL = 12
PURPOSES = ("own_use", "advertising", "education", "film", "accessibility")
FRAME_RATES = (24, 25, 30, 60)
DURATION_S = (2.0, 30.0)


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference file inside the quarantine.

    Attributes:
        name: ``image1``, ``video2`` ... in the order given; prompts say ``@image1``.
        kind: ``image``, ``video`` or ``audio``.
        role: what it is for.
        path: inside the quarantine; never public.
        sha256: hex digest of its bytes.
        info: facts from the probe.
        label: the file name that the user gave; screened, shown to that user only, never stored in an output.
    """

    name: str
    kind: Literal["image", "video", "audio"]
    role: Role
    path: Path
    sha256: str
    info: MediaInfo
    label: str = ""


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """What an engine is asked for. There is deliberately no field for a voice.

    Attributes:
        part: of a picture or a sound: empty is the key frame or the score; see `PARTS`.
        container: kind of the released file; empty is the first of `CONTAINERS`.

        purpose: what the output is for, one of `PURPOSES`; a consent holds for the purposes that it names.

    Raises:
        InputError, UsageError: a value is out of range; the key says which.
    """

    prompt: str
    references: tuple[Reference, ...] = ()
    negative_prompt: str = ""
    plan: ShotPlan | None = None
    engine: str = "animatic"
    output: Output = "video"
    part: Part = ""
    container: str = ""
    resolution: str = "720p"
    aspect: str = "16:9"
    fps: int = 24
    duration_s: float = 5.0
    seed: int = 0
    sound: bool = True
    locale: str = "en"
    title: str = ""
    purpose: str = "own_use"

    def __post_init__(self) -> None:
        _check_texts(self)
        _check_references(self.references)
        if self.resolution not in SHORT_SIDE_PX or self.aspect not in ASPECTS:
            raise UsageError("error.request.size", resolution=self.resolution, aspect=self.aspect)
        if self.fps not in FRAME_RATES:
            raise UsageError("error.request.fps", fps=self.fps)
        if not DURATION_S[0] <= self.duration_s <= DURATION_S[1]:
            raise UsageError("error.request.duration", least_s=DURATION_S[0], most_s=DURATION_S[1])
        if self.purpose not in PURPOSES:
            raise UsageError("error.consent.purpose")
        if not 0 <= self.seed < 2**63:
            raise UsageError("error.request.seed")
        if self.output not in get_args(Output) or self.part not in PARTS[self.output]:
            raise UsageError("error.request.output", output=self.part or self.output)
        if self.container and self.container not in CONTAINERS[self.output]:
            raise UsageError("error.media.ending", ending=f".{self.container}")

    @property
    def format(self) -> VideoFormat:
        """Size and rate of the clip."""
        return VideoFormat.of(self.resolution, self.aspect, self.fps)

    @property
    def ending(self) -> str:
        """Ending of the released file, with its dot."""
        return f".{self.container or CONTAINERS[self.output][0]}"

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over everything that an engine could act on."""
        facts = {
            **{name: getattr(self, name) for name in _SCALARS},
            "references": [(r.name, r.kind, r.role, r.sha256) for r in self.references],
            "plan": asdict(self.plan) if self.plan else None,
        }
        return hashlib.sha256(
            json.dumps(facts, sort_keys=True, default=str).encode("utf-8", "surrogatepass")
        ).hexdigest()

    def texts(self) -> Sequence[TextItem]:
        """Everything textual, file names included."""
        items = [
            TextItem("prompt", self.prompt),
            TextItem("negative_prompt", self.negative_prompt),
            TextItem("title", self.title),
        ]
        items += [TextItem(f"{r.name}.name", r.label) for r in self.references]
        for number, shot in enumerate(self.plan.shots if self.plan else (), 1):
            items += [TextItem(f"shot {number}", text) for text in (shot.action, shot.sound, shot.music)]
            items += [TextItem(f"shot {number}", f"{line.speaker}: {line.line}") for line in shot.dialogue]
        if self.plan:
            items.append(TextItem("title", self.plan.title))
        return [item for item in items if item.text.strip()] or items[:1]

    def media(self) -> Sequence[MediaItem]:
        """Every reference file."""
        return [MediaItem(r.name, r.kind, str(r.path), r.sha256) for r in self.references]

    def with_seed(self, seed: int) -> Self:
        """The same request with another seed."""
        return replace(self, seed=seed)


_SCALARS = (
    "prompt", "negative_prompt", "engine", "output", "part", "container", "resolution", "aspect",
    "fps", "duration_s", "seed", "sound", "title", "purpose",
)  # fmt: skip


def _check_texts(request: GenerationRequest) -> None:
    if not request.prompt.strip() and not request.plan:
        raise InputError("error.request.empty_prompt")
    if len(request.prompt) > MAX_PROMPT or len(request.negative_prompt) > MAX_PROMPT:
        raise InputError("error.request.long_prompt", limit=MAX_PROMPT, length=len(request.prompt))
    if request.plan and not 1 <= len(request.plan.shots) <= MAX_SHOTS:
        raise UsageError("error.request.shots", limit=MAX_SHOTS)


def _check_references(references: Sequence[Reference]) -> None:
    for kind, limit in MAX_REFERENCES.items():
        if sum(r.kind == kind for r in references) > limit:
            raise UsageError("error.request.references", kind=kind, limit=limit)
    if len(references) > MAX_REFERENCES_TOTAL:
        raise UsageError("error.request.references_total", limit=MAX_REFERENCES_TOTAL)
    names = [r.name for r in references]
    if len(set(names)) != len(names):
        raise UsageError("error.request.reference_names")
    parents = [r for r in references if r.role in PARENTS]
    if len(parents) > 1 or any(r.kind != "video" for r in parents):
        raise UsageError("error.request.parent")
