"""What each reference is for: an instant of the clip, or a look to keep throughout."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from errors import UsageError
from media.caged import cover, read_picture
from media.clip import Picture
from pipeline.request import GenerationRequest, Reference

LOOKS = ("character", "style", "scene", "product")


@dataclass(frozen=True, slots=True)
class Casting:
    """References by use.

    Attributes:
        keyed: pictures with the second at which they are the frame, in order of time.
        last: the picture that the clip ends on.
        looks: pictures to keep throughout, in the visitor's order.
        clips: moving references, in order.
        sounds: sound references, in order.
    """

    keyed: tuple[tuple[float, Reference], ...] = ()
    last: Reference | None = None
    looks: tuple[Reference, ...] = ()
    clips: tuple[Reference, ...] = ()
    sounds: tuple[Reference, ...] = ()

    @property
    def first(self) -> Reference | None:
        """The picture that the clip begins with."""
        return next((reference for time_s, reference in self.keyed if time_s == 0.0), None)


def cast(request: GenerationRequest) -> Casting:
    """Sort the references of a request.

    A picture without a role is the frame at the start of the first shot that names it; when no shot does, the first
    such picture opens the clip and the others are looks.

    Raises:
        UsageError: two pictures claim the same instant.
    """
    pictures = [reference for reference in request.references if reference.kind == "image"]
    keyed: dict[float, Reference] = {}
    last: Reference | None = None
    looks: list[Reference] = []
    starts = _shot_starts(request)
    for reference in pictures:
        if reference.role == "last_frame":
            last = _only(reference, last)
        elif reference.role == "first_frame":
            keyed[0.0] = _only(reference, keyed.get(0.0))
    for reference in pictures:
        if reference.role in ("last_frame", "first_frame"):
            continue
        time_s = starts.get(reference.name, 0.0 if not starts else None)
        if reference.role == "auto" and time_s is not None and time_s not in keyed:
            keyed[time_s] = reference
        else:
            looks.append(reference)
    return Casting(
        tuple(sorted(keyed.items())),
        last,
        tuple(looks),
        tuple(reference for reference in request.references if reference.kind == "video"),
        tuple(reference for reference in request.references if reference.kind == "audio"),
    )


def _only(reference: Reference, other: Reference | None) -> Reference:
    if other is not None:
        raise UsageError("error.engine.same_instant", first=other.name, second=reference.name)
    return reference


def _shot_starts(request: GenerationRequest) -> dict[str, float]:
    starts: dict[str, float] = {}
    time_s = 0.0
    for shot in request.plan.shots if request.plan else ():
        for name in shot.references:
            starts.setdefault(name, time_s)
        time_s += shot.duration_s
    return starts


def refuse_unused(engine: str, references: Sequence[Reference | None], remedy: str) -> None:
    """Refuse references that an engine would have to ignore.

    Raises:
        UsageError: there is one; the message names it, its role and what to do.
    """
    for reference in references:
        if reference is not None:
            raise UsageError(
                "error.engine.role", engine=engine, name=reference.name, role=reference.role, remedy=remedy
            )


def sheet(references: Sequence[Reference], width_px: int, height_px: int) -> Picture:
    """One picture with all references side by side in a grid on white, uint8 [height_px, width_px, 3]."""
    columns = math.ceil(math.sqrt(len(references) * width_px / height_px))
    columns = max(1, min(len(references), columns))
    rows = math.ceil(len(references) / columns)
    wide, high = width_px // columns, height_px // rows
    page = np.full((height_px, width_px, 3), 255, np.uint8)
    for index, reference in enumerate(references):
        tile = contain(read_picture(reference.path), wide, high)
        top, left = index // columns * high, index % columns * wide
        page[top : top + high, left : left + wide] = tile
    return page


def contain(picture: Picture, width_px: int, height_px: int) -> Picture:
    """The whole picture inside width x height, centred on white."""
    height, width = picture.shape[:2]
    scale = min(width_px / width, height_px / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    page = np.full((height_px, width_px, 3), 255, np.uint8)
    top, left = (height_px - size[1]) // 2, (width_px - size[0]) // 2
    page[top : top + size[1], left : left + size[0]] = small
    return page


def frame(reference: Reference, width_px: int, height_px: int) -> Picture:
    """The picture of a reference, scaled to fill a frame."""
    return cover(read_picture(reference.path), width_px, height_px)
