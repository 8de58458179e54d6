"""The picture of the film: takes become stages, stages become frames, one after the other, with transitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from media.clip import Frame, VideoFormat
from pipeline.engines.animatic import transitions
from pipeline.engines.animatic.camera import Move
from pipeline.engines.animatic.director import Take
from pipeline.engines.animatic.layers import Drawable, Element, Stage, assemble
from pipeline.engines.animatic.palette import palette_for
from pipeline.engines.animatic.scenes import nature, scene
from pipeline.engines.animatic.scenes.parts import Kit
from pipeline.engines.animatic.stills import Clip, cutout, planes_of
from pipeline.plan import Camera


@dataclass(slots=True)
class Reel:
    """One take with its stage; frames may be asked a little beyond its end, for a dissolve into the next."""

    take: Take
    stage: Stage

    def frame(self, index: int) -> Frame:
        """The frame `index`, counted from the start of the take."""
        return self.stage.frame(index / self.take.fps)


def build(take: Take, format: VideoFormat) -> Reel:
    """Paint the stage of a take."""
    aspect = format.width_px / format.height_px
    random = take.random("camera")
    move = Move(
        cast(Camera, take.camera), take.shot.framing, take.duration_s, aspect, (aspect / 2, 0.56),
        strength=1.0 if take.picture is None else 0.8, phase=float(random.random()) * 9,
    )  # fmt: skip
    horizon_s = take.duration_s + transitions.LONGEST_S
    if take.picture is not None:
        return Reel(take, Stage(_gentler(move), format, _shown(take, _gentler(move), format, horizon_s)))
    kit = Kit(palette_for(take.time, take.mood), take.random("scene"), format, take.time, take.weather, take.mood)
    made = scene(take.setting, kit)
    middle: list[Element | Drawable] = []
    if take.cutout is not None:
        middle += cutout(take.cutout.path, (aspect / 2, made.floor + 0.03), 0.5, move, format, lambda t: _still())
    elements = [*made.elements, *middle, *made.front, *nature.weather(kit)]
    return Reel(take, assemble(elements, move, format, horizon_s))


def _still():  # type: ignore[no-untyped-def]
    from pipeline.engines.animatic.layers import Pose

    return Pose()


def _gentler(move: Move) -> Move:
    """Pictures keep their own composition: the framing is the photographer's."""
    from dataclasses import replace

    return replace(move, framing="wide")


def _shown(take: Take, move: Move, format: VideoFormat, duration_s: float) -> Sequence[Drawable]:
    assert take.picture is not None
    if take.picture.kind == "video" or take.picture.info.animated:
        return [Clip(take.picture.path, move, format, duration_s)]
    return planes_of(take.picture.path, move, format, duration_s)


def frames(takes: Sequence[Take], format: VideoFormat) -> Iterator[tuple[Frame, bool]]:
    """All frames in order and whether a shot begins with it. Two stages at most are in memory."""
    before: Reel | None = None
    for number, take in enumerate(takes):
        reel = build(take, format)
        following = takes[number + 1] if number + 1 < len(takes) else None
        for index in range(take.frames):
            frame = transitions.enter(reel, before, index) if before or number == 0 else reel.frame(index)
            yield transitions.leave(frame, take, following, index), index == 0
            if before is not None and index >= transitions.length(take):
                before = None
        before = reel


def key_frame(takes: Sequence[Take], format: VideoFormat) -> Frame:
    """The frame that stands for the film: two thirds into its longest take."""
    take = max(takes, key=lambda t: t.frames)
    return np.asarray(build(take, format).frame(take.frames * 2 // 3), np.uint8)
