"""The shot plan: engine-neutral, written by hand, read from a file or made from a prompt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Framing = Literal["wide", "medium", "close", "extreme_close"]
Camera = Literal[
    "static", "pan_left", "pan_right", "tilt_up", "tilt_down", "push_in", "pull_out", "orbit", "handheld", "aerial"
]
Transition = Literal["cut", "dissolve", "fade", "whip", "match"]
MAX_SHOTS = 12


@dataclass(frozen=True, slots=True)
class Line:
    """A spoken line of a shot."""

    speaker: str
    line: str


@dataclass(frozen=True, slots=True)
class Shot:
    """One shot.

    Attributes:
        duration_s: length; the shots of a plan add up to the clip.
        action: what happens, in the user's words.
        transition: how this shot begins (the first shot's is ignored unless ``fade``).
        references: names of references shown or heard in it, e.g. ``image1``.
        sound, music: words for ambience, effects and mood.
    """

    duration_s: float
    action: str
    framing: Framing = "medium"
    camera: Camera = "static"
    transition: Transition = "cut"
    dialogue: tuple[Line, ...] = ()
    references: tuple[str, ...] = ()
    sound: str = ""
    music: str = ""


@dataclass(frozen=True, slots=True)
class ShotPlan:
    """1 to 12 shots in order."""

    shots: tuple[Shot, ...]
    title: str = ""
    facts: dict[str, Any] = field(default_factory=dict, compare=False, hash=False)

    @property
    def duration_s(self) -> float:
        return sum(shot.duration_s for shot in self.shots)
