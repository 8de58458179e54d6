"""How one shot gives way to the next. The new shot's time runs from its first frame on, so nothing shifts."""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np

from media.clip import Frame
from media.colour import chroma, luma
from pipeline.engines.animatic.camera import ease
from pipeline.engines.animatic.director import Take
from pipeline.engines.animatic.planes import dim, mix_frames

_LENGTH_S = {"cut": 0.0, "dissolve": 0.7, "fade": 0.5, "whip": 0.34, "match": 0.42}
LONGEST_S = max(_LENGTH_S.values())


class Shown(Protocol):
    """A take that can give its frames."""

    take: Take

    def frame(self, index: int) -> Frame: ...


def length(take: Take) -> int:
    """Frames that the transition into a take lasts: never more than a third of the take."""
    return min(round(_LENGTH_S[take.shot.transition] * take.fps), take.frames // 3)


def enter(reel: Shown, before: Shown | None, index: int) -> Frame:
    """Frame `index` of a take, still mixed with the take before it while the transition lasts."""
    kind, count = reel.take.shot.transition, length(reel.take)
    if index >= count:
        return reel.frame(index)
    share = (index + 1) / (count + 1)
    if kind == "fade":
        return dim(reel.frame(index), ease(share))
    if before is None:
        return reel.frame(index)
    old = before.frame(before.take.frames + index)
    if kind == "whip":
        return _whip(old, reel.frame(index), share)
    return mix_frames(old, reel.frame(index), ease(share) if kind == "dissolve" else ease(min(1.0, share * 1.4)))


def leave(frame: Frame, take: Take, following: Take | None, index: int) -> Frame:
    """Fades to black before a shot that fades in, and at the end of the film."""
    if following is not None and following.shot.transition != "fade":
        return frame
    count = min(round(0.45 * take.fps), take.frames // 4)
    left = take.frames - 1 - index
    return dim(frame, ease((left + 0.4) / count)) if left < count else frame


def _whip(old: Frame, new: Frame, share: float) -> Frame:
    """Both frames rush by to the left, smeared most in the middle."""
    moved = ease(share)
    out = np.empty_like(old)
    strength = max(3, int(old.shape[1] * 0.09 * np.sin(np.pi * share))) | 1
    for target, one, other in zip(_planes(out), _planes(old), _planes(new), strict=True):
        width = target.shape[1]
        cut = min(width, max(0, round(width * moved)))
        target[:, : width - cut] = one[:, cut:]
        target[:, width - cut :] = other[:, :cut]
        cv2.blur(target, (max(3, strength * width // old.shape[1]) | 1, 1), dst=target, borderType=cv2.BORDER_REPLICATE)
    return out


def _planes(frame: Frame) -> tuple[Frame, Frame, Frame]:
    return luma(frame), *chroma(frame)
