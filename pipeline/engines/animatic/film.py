"""The picture of the film: takes become stages, stages become frames, one after the other, with transitions."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from media.caged import read_picture
from media.clip import Frame, VideoFormat
from pipeline.engines.animatic import transitions
from pipeline.engines.animatic.camera import Move
from pipeline.engines.animatic.director import Take
from pipeline.engines.animatic.focus import Racked, travel
from pipeline.engines.animatic.follow import followed
from pipeline.engines.animatic.layers import Drawable, Layer, Motion, Stage, assemble
from pipeline.engines.animatic.palette import Colour, Palette, palette_for, restyled
from pipeline.engines.animatic.scenes import scene
from pipeline.engines.animatic.scenes.parts import Kit, bob
from pipeline.engines.animatic.scenes.weather import weather
from pipeline.engines.animatic.staging import along, place
from pipeline.engines.animatic.stills import Clip, cutout, planes_of

CORES = max(1, min(4, os.cpu_count() or 1))


@dataclass(slots=True)
class Reel:
    """One take with its stage; frames may be asked a little beyond its end, for a dissolve into the next."""

    take: Take
    stage: Stage

    @property
    def pure(self) -> bool:
        """Frames may be asked in any order and at the same time."""
        return not any(isinstance(drawable, Clip) for drawable in self.stage.drawables)

    def frame(self, index: int) -> Frame:
        """The frame `index`, counted from the start of the take."""
        return self.stage.frame(index / self.take.fps)


def build(take: Take, format: VideoFormat) -> Reel:
    """Paint the stage of a take."""
    aspect = format.width_px / format.height_px
    phase = float(take.random("camera").random()) * 9
    move = Move(take.camera, take.shot.framing, take.duration_s, aspect, (aspect / 2, 0.56), phase=phase)
    if take.camera_from is not None:
        move = replace(move, followed=followed(take.camera_from.path, take.camera_from.sha256).camera)
    horizon_s = take.duration_s + transitions.LONGEST_S
    if take.picture is not None:
        move = replace(move, framing="wide", strength=0.8)
        return Reel(take, Stage(move, format, _racked(_shown(take, move, format, horizon_s), take)))
    kit = Kit(_palette(take), take.random("scene"), format, take.time, take.weather, take.mood)
    made = scene(take.setting, kit)
    middle, focus = place(take, kit, made)
    move = replace(move, focus=focus)
    if take.cutout is not None:
        middle += cutout(take.cutout.path, (focus[0], made.floor + 0.03), 0.46, move, format, _moved(take))
    elements = [*made.elements, *middle, *made.front]
    outside = 1 if made.ground == "room" else len(elements)  # it rains behind the window, not in the room
    elements[outside:outside] = weather(kit)
    stage = assemble(elements, move, format, horizon_s)
    return Reel(take, replace(stage, drawables=_racked(stage.drawables, take)))


def _racked(drawables: Sequence[Drawable], take: Take) -> Sequence[Drawable]:
    """The drawables as they are, or with the focus travelling over them."""
    if take.camera != "rack_focus":
        return drawables
    focal = travel(take.shot.action, take.duration_s)
    return [Racked.of(d, focal) if isinstance(d, Layer) else d for d in drawables]


def _moved(take: Take) -> Motion:
    """How a cut-out moves: as what moves in a video reference, or hardly at all."""
    lent = take.motion_from
    return bob(0.0, 0.003, 4.0) if lent is None else along(followed(lent.path, lent.sha256).subject)


def _palette(take: Take) -> Palette:
    """The palette of time and mood, drawn towards a style reference if there is one."""
    palette = palette_for(take.time, take.mood)
    if take.style is None:
        return palette
    small = cv2.resize(read_picture(take.style.path), (24, 24), interpolation=cv2.INTER_AREA).reshape(-1, 3)
    order = np.argsort(small.mean(axis=1))
    dark, middle, light = (_colour(small[part].mean(axis=0)) for part in np.array_split(order, 3))
    vivid = _colour(small[int(np.argmax(small.max(axis=1).astype(int) - small.min(axis=1)))])
    return restyled(palette, dark, middle, light, vivid)


def _colour(values: NDArray[Any]) -> Colour:
    return float(values[0]), float(values[1]), float(values[2])


def _shown(take: Take, move: Move, format: VideoFormat, duration_s: float) -> Sequence[Drawable]:
    assert take.picture is not None
    if take.picture.kind == "video" or take.picture.info.animated:
        return [Clip(take.picture.path, move, format, duration_s)]
    return planes_of(take.picture.path, move, format, duration_s)


def frames(takes: Sequence[Take], format: VideoFormat) -> Iterator[tuple[Frame, bool]]:
    """All frames in order and whether a shot begins with it. Two stages at most are in memory.

    Drawing is a pure function of the moment, so that frames are drawn ahead on all cores; a stage that plays a
    clip reads it forward and is drawn alone.
    """
    before: Reel | None = None
    for number, take in enumerate(takes):
        reel = build(take, format)
        following = takes[number + 1] if number + 1 < len(takes) else None
        draw = partial(_drawn, reel, before, following)
        together = reel.pure and (before is None or before.pure)
        yield from zip(_ahead(draw, take.frames, CORES if together else 1), _first_only(take.frames), strict=True)
        before = reel


def _drawn(reel: Reel, before: Reel | None, following: Take | None, index: int) -> Frame:
    return transitions.leave(transitions.enter(reel, before, index), reel.take, following, index)


def _first_only(count: int) -> Iterator[bool]:
    return (index == 0 for index in range(count))


def _ahead(draw: Callable[[int], Frame], count: int, workers: int) -> Iterator[Frame]:
    """`draw(0)`, `draw(1)` ... in order, at most two frames a worker ahead."""
    if workers == 1:
        yield from map(draw, range(count))
        return
    with ThreadPoolExecutor(workers, "draw") as pool:
        waiting: deque[Future[Frame]] = deque()
        try:
            for index in range(count):
                waiting.append(pool.submit(draw, index))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for frame in waiting:
                frame.cancel()


def key_frame(takes: Sequence[Take], format: VideoFormat) -> Frame:
    """The frame that stands for the film: two thirds into its longest take."""
    take = max(takes, key=lambda t: t.frames)
    return np.asarray(build(take, format).frame(take.frames * 2 // 3), np.uint8)
