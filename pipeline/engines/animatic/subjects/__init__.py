"""Subjects: what a shot is about when no picture shows it."""

from __future__ import annotations

from pkgutil import resolve_name

from pipeline.engines.animatic.scenes.parts import Kit
from pipeline.engines.animatic.subjects.pen import Subject, elements

_HERE = "pipeline.engines.animatic.subjects"
_MODULES: dict[str, tuple[str, ...]] = {
    "people": ("person", "child", "couple", "dancer", "crowd", "robot", "astronaut"),
    "animals": ("dog", "cat", "fox", "horse", "deer", "elephant"),
    "creatures": ("bird", "fish", "whale", "turtle", "jellyfish", "butterfly", "dragon"),
    "vehicles": ("boat", "car", "bicycle", "train", "plane", "balloon", "rocket"),
    "places": ("tree", "flower", "house", "lighthouse", "castle", "windmill", "campfire", "lantern"),
    "things": ("cup", "bottle", "shoe", "phone", "guitar", "piano", "umbrella", "kite", "book", "planet"),
}
SUBJECTS: dict[str, str] = {name: f"{_HERE}.{module}:{name}" for module, names in _MODULES.items() for name in names}


def subject(name: str, kit: Kit) -> Subject:
    """The subject of that name.

    Raises:
        KeyError: there is none.
    """
    made: Subject = resolve_name(SUBJECTS[name])(kit)
    return made


__all__ = ["SUBJECTS", "Subject", "elements", "subject"]
