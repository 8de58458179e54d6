"""Pictures of a media item for the visual detectors, read once and shared.

Clips of up to 20 s and animations are read frame by frame, longer clips every second frame; which frames are kept: see
`moving`.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from media.caged import look, read_frames
from media.clip import Picture
from safety.detectors.moving import chosen
from safety.signals import MediaItem

FULL_SIDE_PX = 2560  # stills larger than this are searched at this size, in tiles; strips nearer to full size
MOVING_SIDE_PX = 640
EVERY_FRAME_S = 20.0  # longest clip of which every frame is read
_MOST_ANIMATED = 160  # pictures of an animation that are searched
_CELL_CHANGE = 16.0, 4.0  # difference of a cell (0-255) that counts as another picture: clips, animations
_REMEMBERED = 2
_DENSE, _DENSE_S, _BLINK_S = 16, 0.25, 0.004  # pictures, seconds on each side, times that are the same


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
    info, layers = look(path, FULL_SIDE_PX)
    if layers:
        return [Sample(layer) for layer in layers]
    most = max(most, min(info.frame_count, _MOST_ANIMATED)) if info.animated else most
    every = info.animated or 0 < info.duration_s <= EVERY_FRAME_S
    step_s = 0.0 if every else 1.999 / float(info.fps) if info.fps else 0.08
    frames = read_frames(path, every_s=step_s, max_side_px=MOVING_SIDE_PX)
    return [Sample(s.picture, s.time_s) for s in chosen(frames, most, _CELL_CHANGE[info.animated])]


def between(item: MediaItem, kept: Sequence[Sample], hit: Sample) -> Iterator[Sample]:
    """Pictures of a clip that were left out around a hit, up to the kept one before it and the one after.

    Raises:
        InputError: the file cannot be read.
    """
    times = [sample.time_s or 0.0 for sample in kept]
    time_s, end_s = hit.time_s or 0.0, times[-1]
    before = max((t for t in times if t < time_s), default=0.0)
    after = min((t for t in times if t > time_s), default=end_s)
    start_s, stop_s = max(before, time_s - _DENSE_S), min(after, time_s + _DENSE_S)
    step_s = max(0.0, (stop_s - start_s) / _DENSE)
    frames = read_frames(
        Path(item.path), every_s=step_s, max_side_px=MOVING_SIDE_PX, start_s=start_s, end_s=stop_s + _BLINK_S
    )
    for shown in islice(frames, 2 * _DENSE):
        if min(abs(shown.time_s - t) for t in times) > _BLINK_S:
            yield Sample(shown.picture, shown.time_s)


def smaller(picture: Picture, side_px: int) -> Picture:
    """The picture, its long side at most `side_px`."""
    side = max(picture.shape[:2])
    if side <= side_px:
        return picture
    size = (max(1, round(picture.shape[1] * side_px / side)), max(1, round(picture.shape[0] * side_px / side)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
