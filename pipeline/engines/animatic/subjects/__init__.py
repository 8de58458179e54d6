"""Subjects: what a shot is about when no picture shows it."""

from __future__ import annotations

from pkgutil import resolve_name

from pipeline.engines.animatic.scenes.parts import Kit
from pipeline.engines.animatic.subjects.pen import Subject, elements

_HERE = "pipeline.engines.animatic.subjects"
_BEINGS = (
    "person", "child", "couple", "dancer", "crowd", "robot", "astronaut", "dog", "cat", "fox", "horse", "deer",
    "elephant",
    "bird", "fish", "whale", "turtle", "jellyfish", "butterfly", "dragon",
)  # fmt: skip
_THINGS = (
    "boat", "car", "bicycle", "train", "plane", "balloon", "rocket", "tree", "flower", "house", "lighthouse", "castle",
    "windmill", "campfire", "lantern", "cup", "bottle", "shoe", "phone", "guitar", "piano", "umbrella", "kite", "book",
    "planet",
)  # fmt: skip
SUBJECTS: dict[str, str] = {
    **{name: f"{_HERE}.beings:{name}" for name in _BEINGS},
    **{name: f"{_HERE}.things:{name}" for name in _THINGS},
}


def subject(name: str, kit: Kit) -> Subject:
    """The subject of that name.

    Raises:
        KeyError: there is none.
    """
    made: Subject = resolve_name(SUBJECTS[name])(kit)
    return made


__all__ = ["SUBJECTS", "Subject", "elements", "subject"]
