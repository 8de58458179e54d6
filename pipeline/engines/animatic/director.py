"""Decides what each shot looks like: from the request's words and references to takes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.plan import Shot, ShotPlan
from pipeline.request import NOT_SHOWN, GenerationRequest, Reference
from pipeline.script import plan_from_prompt
from pipeline.words import find, first

# Where a subject lives when the words name no place.
_HOME = {
    "boat": "sea", "lighthouse": "sea", "whale": "underwater", "fish": "underwater", "turtle": "underwater",
    "jellyfish": "underwater",
    "car": "road", "train": "meadow", "bicycle": "road", "plane": "sky", "balloon": "mountain", "rocket": "space",
    "astronaut": "space",
    "planet": "space", "robot": "city", "dancer": "stage", "crowd": "stage", "guitar": "stage", "piano": "stage",
    "cup": "interior",
    "bottle": "studio", "shoe": "studio", "phone": "studio", "book": "interior", "deer": "forest", "fox": "forest",
    "horse": "meadow",
    "elephant": "desert", "windmill": "meadow", "kite": "meadow", "umbrella": "city", "campfire": "forest",
    "lantern": "lake",
    "castle": "mountain", "dragon": "mountain", "house": "meadow", "butterfly": "meadow", "flower": "meadow",
    "tree": "meadow",
    "bird": "sky", "cat": "interior", "couple": "meadow",
}  # fmt: skip
_QUOTED = re.compile(r"[\"“„«「『][^\"”“»」』\n]{2,200}[\"”“»」』]")
_SWIMS = ("fish", "turtle", "jellyfish")
_SPECIAL = ("dolly_zoom", "rack_focus")
_NIGHTLY = {"campfire", "lantern"}


@dataclass(frozen=True, slots=True)
class Take:
    """One shot, decided.

    Attributes:
        first_frame, frames: its place in the film, in whole frames.
        subjects: at most two, the leading one first.
        camera: a camera of the plan, ``dolly_zoom`` or ``rack_focus``.
        picture: the reference shown full-frame, or None for a drawn scene.
        cutout: a reference with transparency, set into the drawn scene.
        camera_from, motion_from: videos whose camera work, whose moving thing, the shot follows.
    """

    shot: Shot
    number: int
    first_frame: int
    frames: int
    fps: float
    setting: str
    subjects: tuple[str, ...]
    time: str
    weather: str
    mood: str
    camera: str
    seed: int
    picture: Reference | None = None
    cutout: Reference | None = None
    style: Reference | None = None
    camera_from: Reference | None = None
    motion_from: Reference | None = None

    @property
    def duration_s(self) -> float:
        return self.frames / self.fps

    @property
    def start_s(self) -> float:
        return self.first_frame / self.fps

    def random(self, purpose: str) -> np.random.Generator:
        """A generator of its own for each purpose, so that one change does not reshuffle everything."""
        return np.random.default_rng(seed_of(self.seed, self.number, purpose, *filter(None, (self.shot.take,))))


def seed_of(*facts: object) -> int:
    """A stable 64-bit seed."""
    return int.from_bytes(hashlib.sha256(repr(facts).encode()).digest()[:8], "big")


def plan_of(request: GenerationRequest) -> ShotPlan:
    """The request's own plan fitted to its length, or one made from the prompt."""
    if request.plan is not None:
        return request.plan.fitted(request.duration_s)
    references = [(r.name, r.kind) for r in request.references if r.role not in NOT_SHOWN]
    return plan_from_prompt(request.prompt, request.duration_s, references, request.title)


def direct(request: GenerationRequest, frames: int) -> list[Take]:
    """The takes of a film of that many frames."""
    plan = plan_of(request)
    starts = plan.starts(request.fps, frames)
    takes: list[Take] = []
    for number, shot in enumerate(plan.shots):
        seen = _QUOTED.sub(" ", shot.action)  # what people say is heard, not seen
        text = f"{seen} {shot.sound} {shot.music}"
        whole = f"{request.prompt} {text}" if request.plan is None or not takes else text
        before = takes[-1] if takes else None
        subjects = tuple(f.concept for f in find("subject", seen))[:2] or (before.subjects if before else ())
        takes.append(
            Take(
                shot, number, starts[number], starts[number + 1] - starts[number], float(request.fps),
                setting=_setting(text, whole, subjects, before), subjects=subjects,
                time=_time(text, whole, subjects, before), weather=first("weather", text,
                before.weather if before else "clear"),
                mood=first("mood", text, first("mood", whole, before.mood if before else "neutral")),
                camera=next((f.concept for f in find("camera", shot.action) if f.concept in _SPECIAL), shot.camera),
                seed=request.seed, **_pictures(shot, request, number, len(plan.shots)),
            )
        )  # fmt: skip
    return takes


def _setting(text: str, whole: str, subjects: tuple[str, ...], before: Take | None) -> str:
    named = first("setting", text, "")
    if named == "sea" and subjects and subjects[0] in _SWIMS:
        return "underwater"
    if named:
        return named
    if before is not None:
        return before.setting
    return first("setting", whole, _HOME.get(subjects[0] if subjects else "", "mountain"))


def _time(text: str, whole: str, subjects: tuple[str, ...], before: Take | None) -> str:
    named = first("time", text, "")
    if named:
        return named
    if before is not None:
        return before.time
    fallback = (
        "night"
        if _NIGHTLY & set(subjects)
        else ("overcast" if first("weather", whole, "") in ("rain", "storm") else "golden")
    )
    return first("time", whole, fallback)


def _pictures(shot: Shot, request: GenerationRequest, number: int, count: int) -> Mapping[str, Reference | None]:
    table = {r.name: r for r in request.references}
    named = [table[name] for name in shot.references if name in table]
    shown = [r for r in named if r.kind == "video" or r.kind == "image"]
    for role, place in (("first_frame", 0), ("last_frame", count - 1)):
        if place == number:
            shown = [r for r in request.references if r.role == role and r.kind == "image"] + shown
    style = next((r for r in request.references if r.role == "style" and r.kind == "image"), None)
    shown = [r for r in shown if r.role not in ("style", "motion", "camera")]
    cutout = next(
        (r for r in shown if r.kind == "image" and r.role in ("character", "product") and transparent(r)), None
    )
    scenery = [r for r in shown if r is not cutout and (cutout is None or r.role in ("scene", "auto"))]
    return {
        "picture": next(iter(scenery), None), "cutout": cutout, "style": style,
        "camera_from": _lent("camera", named, request), "motion_from": _lent("motion", named, request),
    }  # fmt: skip


def _lent(role: str, named: Sequence[Reference], request: GenerationRequest) -> Reference | None:
    """The video that lends its camera or motion: the one that the shot names, else the first of the request."""
    return next((r for r in (*named, *request.references) if r.role == role and r.kind == "video"), None)


def transparent(reference: Reference) -> bool:
    """Whether an image has transparent parts."""
    from media.caged import read_rgba

    return bool((read_rgba(reference.path)[:, :, 3] < 128).mean() > 0.02)
