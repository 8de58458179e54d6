"""Which frames of a clip or an animation are looked at: a bounded number, whatever its length.

What flashes up for a few frames comes first, then what changes most (cuts), and the rest is spread evenly.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat

import cv2
import numpy as np
from numpy.typing import NDArray

from media.caged import TimedPicture

_CELLS = 24  # cells on each side of a thumbnail; a face of 32 px fills one
_REST_S = 0.5  # a frame at least this often, even when nothing changes
_CHANGE = 2.0  # mean difference of thumbnails (0-255) that counts as another picture
_FLASH = 8.0  # how much a cell must differ from before and after, beyond what these differ from each other
_REACH = 3  # frames: what is shown for so many at most may flash

Thumb = NDArray[np.int16]


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """A picture, its place in the order (times may be equal) and a thumbnail [24, 24, 3]."""

    number: int
    shown: TimedPicture
    thumb: Thumb


def chosen(pictures: Iterable[TimedPicture], most: int, cell_change: float) -> list[TimedPicture]:
    """At most `most` pictures in order, always the first and the last; a quarter is kept for flashes, another for
    changes. At most one and a half times as many are in memory at once.

    Args:
        cell_change: difference of one cell (0-255) that counts as another picture.
    """
    flashes, cuts, even = _Largest(most // 4), _Largest(most // 4), _Spread(most)
    frame: _Frame | None = None
    last: _Frame | None = None
    for frame, flash in _flashing(_Frame(n, shown, _thumb(shown)) for n, shown in enumerate(pictures)):
        if flash >= _FLASH:
            flashes.add(flash, frame)
        change = 255.0 if last is None else _change(frame.thumb, last.thumb, cell_change)
        if last is None or change >= _CHANGE or frame.shown.time_s - last.shown.time_s >= _REST_S:
            cuts.add(change, frame)
            even.add(frame)
            last = frame
    ends = [] if frame is None else [even.kept[0], frame]
    kept = {each.number: each for each in (*ends, *flashes.kept(), *(cuts.kept() if even.thinned else ()))}
    kept |= {each.number: each for each in _evenly([f for f in even.kept if f.number not in kept], most - len(kept))}
    return [kept[number].shown for number in sorted(kept)]


def _thumb(shown: TimedPicture) -> Thumb:
    small = cv2.resize(shown.picture, (_CELLS, _CELLS), interpolation=cv2.INTER_AREA)
    return np.asarray(small.astype(np.int16))


def _differs(one: Thumb, other: Thumb) -> NDArray[np.float64]:
    """Mean difference over the colours of each cell, 0 to 255."""
    return np.asarray(np.abs(one - other).mean(2))


def _change(thumb: Thumb, last: Thumb, cell_change: float) -> float:
    """Mean difference, at least `_CHANGE` where one cell differs by `cell_change`."""
    differs = _differs(thumb, last)
    return max(float(differs.mean()), _CHANGE if differs.max() >= cell_change else 0.0)


def _flashing(frames: Iterable[_Frame]) -> Iterator[tuple[_Frame, float]]:
    """Each frame, and how much its most conspicuous cell shows what neither the frames before nor those after do."""
    window: deque[_Frame | None] = deque(repeat(None, 2 * _REACH + 1), 2 * _REACH + 1)
    for frame in chain(frames, repeat(None, _REACH)):
        window.append(frame)
        middle = window[_REACH]
        if middle is not None:
            around = [(window[_REACH - reach], window[_REACH + reach]) for reach in range(1, _REACH + 1)]
            yield middle, max(_flash(middle.thumb, *pair) for pair in around)


def _flash(thumb: Thumb, before: _Frame | None, after: _Frame | None) -> float:
    if before is None or after is None:
        return 0.0
    least = np.minimum(_differs(thumb, before.thumb), _differs(thumb, after.thumb))
    return float((least - _differs(before.thumb, after.thumb)).max())


class _Largest:
    """Keeps the frames with the largest values."""

    def __init__(self, most: int) -> None:
        self._most, self._heap = most, list[tuple[float, int, _Frame]]()

    def add(self, value: float, frame: _Frame) -> None:
        heapq.heappush(self._heap, (value, frame.number, frame))
        if len(self._heap) > self._most:
            heapq.heappop(self._heap)

    def kept(self) -> list[_Frame]:
        return [frame for _, _, frame in self._heap]


class _Spread:
    """Keeps frames evenly: all, then every second one, every fourth, as soon as there are too many."""

    def __init__(self, most: int) -> None:
        self._most, self._step, self._turn = max(2, most), 1, 0
        self.kept: list[_Frame] = []

    @property
    def thinned(self) -> bool:
        return self._step > 1

    def add(self, frame: _Frame) -> None:
        if self._turn % self._step == 0 and len(self.kept) == self._most:
            self.kept, self._step = self.kept[::2], self._step * 2
        if self._turn % self._step == 0:
            self.kept.append(frame)
        self._turn += 1


def _evenly(frames: Sequence[_Frame], most: int) -> list[_Frame]:
    """At most `most` of them."""
    if len(frames) <= most:
        return list(frames)
    return [frames[i] for i in np.linspace(0, len(frames) - 1, max(0, most)).round().astype(int)]
