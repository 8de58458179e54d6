"""Puts subjects into a setting: where they stand, how large, how far they travel during the shot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pipeline.engines.animatic.canvas import Point
from pipeline.engines.animatic.director import Take
from pipeline.engines.animatic.follow import followed
from pipeline.engines.animatic.layers import Drawable, Element, Motion, Pose
from pipeline.engines.animatic.scenes.parts import Kit, Scene
from pipeline.engines.animatic.scenes.water import SHORE_Y, shore
from pipeline.engines.animatic.subjects import SUBJECTS, Subject, elements, subject

_LARGE_IN = {"studio": 1.12, "room": 1.25, "space": 1.1, "stage": 1.05}
_IN_WATER = ("lighthouse",)  # brings a rock of its own
_CENTRED = {"studio", "stage", "space"}


def place(take: Take, kit: Kit, made: Scene) -> tuple[list[Element | Drawable], Point]:
    """The elements of a take's subjects, and the point that the camera cares about."""
    random = take.random("staging")
    names = [name for name in take.subjects if name in SUBJECTS]
    focus = (kit.aspect * (0.44 + 0.12 * float(random.random())), 0.56)
    found: list[Element | Drawable] = []
    if made.ground == "water" and names and names[0] not in _IN_WATER and subject(names[0], kit).place == "ground":
        found.append(shore(kit, sandy=take.setting == "sea"))
        made = replace(made, floor=SHORE_Y)
    for number, name in reversed(list(enumerate(names))):
        being = subject(name, kit)
        at = _spot(being, number, len(names), kit, made, float(random.random()))
        scale = min(1.0, kit.aspect / 1.25) * _LARGE_IN.get(made.ground, 1.0) * (0.8 if number else 1.0)
        scale = min(scale, 0.9 * kit.aspect / (2 * being.size * min(being.width, 1.6)))
        being = replace(being, motion=_led(being.motion, take, kit.aspect, leading=number == 0))
        found += elements(being, at, scale, 0.9 if number else 1.0, kit, -1 if number else 1)
        if number == 0:
            focus = (at[0], at[1] - being.lift - 0.5 * being.size * scale)
    return found, focus


def _led(motion: Motion, take: Take, aspect: float, *, leading: bool) -> Motion:
    """The motion of a subject; the leading one goes where the moving thing of a video reference goes."""
    if take.motion_from is None or not leading:
        return _paced(motion, take.duration_s, aspect)
    path = along(followed(take.motion_from.path, take.motion_from.sha256).subject)

    def led(t: float) -> Pose:
        there = path(t)
        return replace(motion(t), dx=there.dx, dy=there.dy)

    return led


def along(path: Callable[[float], Point]) -> Motion:
    """The motion that is at `path(t)` at a moment, stage units from where it stands."""
    return lambda t: Pose(dx=path(t)[0], dy=path(t)[1])


def _spot(being: Subject, number: int, count: int, kit: Kit, made: Scene, chance: float) -> Point:
    if made.ground in _CENTRED and count == 1:
        x = 0.5
    elif count == 1:
        x = 0.44 + 0.12 * chance
    else:
        x = 0.37 if number == 0 else 0.68
    y = made.floor - (0.02 if number else 0.0)
    if made.ground == "deep" and being.place in ("ground", "water"):
        y = 0.94
    if made.ground == "air" and being.place in ("air", "space"):
        y += 0.06
    return kit.aspect * x, y


def _paced(motion: Motion, duration_s: float, aspect: float) -> Motion:
    """The motion centred on its place and slow enough to stay in the frame for the whole shot."""
    start, end = motion(0.0), motion(duration_s)
    reach = abs(end.dx - start.dx)
    share = min(1.0, 0.42 * aspect / reach) if reach > 1e-6 else 1.0
    rise = abs(end.dy - start.dy)
    slow = min(1.0, 0.28 / rise) if rise > 1e-6 else 1.0
    middle = (start.dx + end.dx) / 2

    def paced(t: float) -> Pose:
        pose = motion(t)
        return replace(pose, dx=(pose.dx - middle) * share, dy=pose.dy * slow)

    return paced
