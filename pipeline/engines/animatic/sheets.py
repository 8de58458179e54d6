"""Pages of pictures: a contact sheet of the shots, a character sheet of the leading subject."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from media.caged import read_frames
from media.clip import Picture, VideoFormat
from media.colour import to_picture
from pipeline.engines.animatic.director import Take, plan_of
from pipeline.engines.animatic.film import build, key_frame
from pipeline.exports import contact_sheet
from pipeline.plan import Framing
from pipeline.request import GenerationRequest, Reference

_TURNAROUND: tuple[tuple[Framing, str], ...] = (
    ("wide", "golden"),
    ("medium", "day"),
    ("close", "day"),
    ("medium", "night"),
)


def still(request: GenerationRequest, takes: Sequence[Take]) -> Picture:
    """The picture that a request for a still asks for, RGB: key frame, contact sheet or character sheet."""
    if request.part == "contact_sheet":
        return _contacts(request, takes)
    if request.part == "character_sheet":
        return _character(request, takes[0])
    return to_picture(key_frame(takes, request.format))


def _contacts(request: GenerationRequest, takes: Sequence[Take]) -> Picture:
    clip = next((r for r in request.references if r.role == "edit"), None)
    if clip is not None:
        pictures = list(_middles(clip, takes))
    else:
        pictures = [to_picture(key_frame([take], _cell(request))) for take in takes]
    return contact_sheet(plan_of(request), pictures, request.fps)


def _middles(clip: Reference, takes: Sequence[Take]) -> Iterator[Picture]:
    """The picture in the middle of each shot of a clip."""
    for take in takes:
        middle_s = min(take.start_s + take.duration_s / 2, max(0.0, clip.info.duration_s - 2 / take.fps))
        yield next(iter(read_frames(clip.path, max_side_px=1280, start_s=middle_s))).picture


def _cell(request: GenerationRequest) -> VideoFormat:
    return VideoFormat.of("480p", request.aspect, request.fps)


def _character(request: GenerationRequest, take: Take) -> Picture:
    """The leading subject wide, near, close and by night, two by two, below an empty strip for the label."""
    size = _cell(request)
    views = [
        replace(take, shot=replace(take.shot, framing=framing, camera="static"), camera="static", time=time)
        for framing, time in _TURNAROUND
    ]
    cells = [to_picture(build(view, size).frame(view.frames // 2)) for view in views]
    rows = np.concatenate([np.concatenate(cells[k : k + 2], axis=1) for k in (0, 2)])
    strip = np.full((rows.shape[0] // 10 * 2, rows.shape[1], 3), 250, np.uint8)
    return np.ascontiguousarray(np.concatenate([strip, rows]))
