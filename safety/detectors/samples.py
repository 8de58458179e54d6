"""Pictures of a media item for the visual detectors, read once and shared.

Clips of up to 20 s and animations are read frame by frame, longer clips every second frame; which frames are kept: see
`moving`.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from media.caged import flatten, probe, read_frames, read_rgba
from media.clip import Picture
from safety.detectors.moving import chosen
from safety.signals import MediaItem

FULL_SIDE_PX = 2560  # stills larger than this are searched at this size, in tiles
MOVING_SIDE_PX = 640
EVERY_FRAME_S = 20.0  # longest clip of which every frame is read
_MOST_ANIMATED = 160  # pictures of an animation that are searched
_CELL_CHANGE = 16.0, 4.0  # difference of a cell (0-255) that counts as another picture: clips, animations
_REMEMBERED = 2


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A picture of the item, and its time (None for a still)."""

    picture: Picture
    time_s: float | None = None


_cache: OrderedDict[tuple[str, str, int], tuple[Sample, ...]] = OrderedDict()
_lock = threading.Lock()


def samples(item: MediaItem, most: int) -> tuple[Sample, ...]:
    """The pictures to look at, in order of time; at most `most` of a moving item.

    Raises:
        InputError: the file cannot be read.
    """
    key = (item.sha256, item.kind, most)
    with _lock:
        if key in _cache:
            _cache.move_to_end(key)
            return _cache[key]
    found = tuple(_read(item, most))
    with _lock:
        _cache[key] = found
        while len(_cache) > _REMEMBERED:
            _cache.popitem(last=False)
    return found


def _read(item: MediaItem, most: int) -> list[Sample]:
    path = Path(item.path)
    info = probe(path)
    if info.kind == "image" and not info.animated:
        return [Sample(smaller(picture, FULL_SIDE_PX)) for picture in _still(path, info.alpha)]
    most = max(most, min(info.frame_count, _MOST_ANIMATED)) if info.animated else most
    every = info.animated or 0 < info.duration_s <= EVERY_FRAME_S
    step_s = 0.0 if every else 1.999 / float(info.fps) if info.fps else 0.08
    frames = read_frames(path, every_s=step_s, max_side_px=MOVING_SIDE_PX)
    return [Sample(s.picture, s.time_s) for s in chosen(frames, most, _CELL_CHANGE[info.animated])]


def _still(path: Path, alpha: bool) -> list[Picture]:
    """The picture; with an alpha channel also its colours as if it were opaque, where something may hide."""
    rgba = read_rgba(path)
    flat = flatten(rgba)
    opaque = np.ascontiguousarray(rgba[:, :, :3])
    return [flat, opaque] if alpha and not np.array_equal(flat, opaque) else [flat]


def smaller(picture: Picture, side_px: int) -> Picture:
    """The picture, its long side at most `side_px`."""
    side = max(picture.shape[:2])
    if side <= side_px:
        return picture
    size = (max(1, round(picture.shape[1] * side_px / side)), max(1, round(picture.shape[0] * side_px / side)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
