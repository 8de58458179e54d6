"""Where a picture may have been laid over another: upright rectangles whose sides are straight edges.

A side is a place where the colours step along a whole line and not beside it. Of every column, the run of rows is taken
that is most likely a side, given how dense edges are around it; the ends of runs and the columns and rows of the best
of them are the places between which rectangles are tried. One side of a rectangle may be invisible, and those that are
sides of the whole picture need no edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

LEAST_SIDE: Final = 0.2  # of the shorter side: a smaller picture inside another is not looked for
LEAST_PX: Final = 8  # of such a picture
SAME: Final = 0.9  # of the area in common: one of two rectangles is enough
WHOLE: Final = 0.95  # of the area: no picture inside another any more
_STEP: Final = 4.0  # levels between neighbours, mean of a run of `_RUN` pixels along the side
_RUN: Final = 5
_AROUND: Final = 31  # pixels, in which the density of edges is taken
_ON_SIDE: Final = 0.75  # share of the pixels of a side that are edge
_BY_CHANCE: Final = 0.03, 0.4  # bounds of that share elsewhere
_LINES: Final = 16  # columns, and rows, with the likeliest runs
_ENDS: Final = 8  # of them whose ends are places, too
_LEAST_ODDS: Final = 8.0  # log odds of a line
_LONGER: Final = 0.65  # power of its outline by which a rectangle's odds are divided: long edges are seldom chance
_SHARES: Final = 3 / 8, 1 / 8, 1 / 2  # of the rectangles: those with no, one and more sides of the whole picture
_RANKED: Final = 3000  # rectangles that are compared with each other
_NEAR_PX: Final = 2  # places so near are one

Rectangle = tuple[int, int, int, int]  # left, top, right, bottom, in pixels


@dataclass(frozen=True, slots=True)
class _Lines:
    """Edges that run down a picture, and the likeliest run of each column.

    Attributes:
        odds: float32 [H + 1, W + 1], sums down the columns of the log odds that a side passes left of a pixel.
        score, first, last: of the run of each column, [W]; `last` is one beyond it.
    """

    odds: NDArray[np.float32]
    score: NDArray[np.float32]
    first: NDArray[np.intp]
    last: NDArray[np.intp]

    def best(self) -> list[int]:
        """Columns of the likeliest runs, best first."""
        ordered = np.argsort(-self.score, kind="stable")
        return _apart([int(x) for x in ordered[: 4 * _LINES] if self.score[x] >= _LEAST_ODDS], [])[:_LINES]

    def ends(self, columns: list[int]) -> list[int]:
        return [int(row) for x in columns for row in (self.first[x], self.last[x])]


def rectangles(rgb: NDArray[np.uint8], most: int) -> list[Rectangle]:
    """About so many rectangles of the picture uint8 [H, W, 3] that may be pictures.

    Those that touch none, one and more sides of the whole picture have shares of their own: the odds of the first are
    sums of four sides, those of a rectangle in a corner of two.
    """
    height, width = rgb.shape[:2]
    least = int(LEAST_SIDE * min(height, width))
    if least < LEAST_PX:
        return []
    upright, level = _lines(rgb), _lines(np.ascontiguousarray(rgb.transpose(1, 0, 2)))
    columns, rows = upright.best(), level.best()
    xs = np.sort(_apart(columns + level.ends(rows[:_ENDS]), [0, width]))
    ys = np.sort(_apart(rows + upright.ends(columns[:_ENDS]), [0, height]))
    lefts, rights = _pairs(xs, least)
    tops, bottoms = _pairs(ys, least)
    across = _sides(level.odds, xs, lefts, rights, ys)
    down = _sides(upright.odds, ys, tops, bottoms, xs)
    sides = across[:, tops], across[:, bottoms], down[:, lefts].T, down[:, rights].T  # [pairs, pairs] each
    wide, high = (xs[rights] - xs[lefts])[:, None], (ys[bottoms] - ys[tops])[None, :]
    flush = _ends_at(xs, lefts, rights, width)[:, None] + _ends_at(ys, tops, bottoms, height)[None, :]
    worst = np.minimum(np.minimum(sides[0], sides[1]), np.minimum(sides[2], sides[3]))
    unseen = np.where(flush == 0, np.minimum(worst, 0), 0)
    odds = (sides[0] + sides[1] + sides[2] + sides[3] - unseen) / (wide + high) ** _LONGER
    odds[wide * high > WHOLE * height * width] = 0
    found: list[Rectangle] = []
    for share, kind in zip(_SHARES, (flush == 0, flush == 1, flush >= 2), strict=True):
        x, y = _likeliest(np.where(kind, odds, 0))
        boxes = np.stack((xs[lefts[x]], ys[tops[y]], xs[rights[x]], ys[bottoms[y]]), axis=1)
        found += _distinct(boxes, round(share * most))
    return found


def _ends_at(places: NDArray[np.intp], first: NDArray[np.intp], last: NDArray[np.intp], size: int) -> NDArray[np.int_]:
    """int [pairs]: how many of the two are sides of the whole picture."""
    return np.asarray((places[first] == 0).astype(np.int_) + (places[last] == size))


def _likeliest(odds: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where the odds, [n, m], are greatest, greatest first; nowhere where they are not above 0."""
    flat = odds.ravel()
    likely = np.flatnonzero(flat > 0)
    likely = likely[np.argsort(-flat[likely], kind="stable")[:_RANKED]]
    x, y = np.divmod(likely, odds.shape[1])
    return x, y


def overlap(one: NDArray[np.int_], boxes: NDArray[np.int_]) -> NDArray[np.float64]:
    """float64 [n]: what a box and others (left, top, right, bottom) share, of what they cover together."""
    common = np.clip(np.minimum(one[2:], boxes[:, 2:]) - np.maximum(one[:2], boxes[:, :2]), 0, None).prod(axis=1)
    both = (one[2:] - one[:2]).prod() + (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    return np.asarray(common / (both - common), np.float64)


def _lines(rgb: NDArray[np.uint8]) -> _Lines:
    odds = _side_odds(rgb)
    sums = np.zeros((odds.shape[0] + 1, odds.shape[1] + 1), np.float32)
    sums[1:, :-1] = np.cumsum(odds, axis=0)
    return _Lines(sums, *_runs(sums[:, :-1]))


def _side_odds(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """float32 [H, W]: log odds that the left or right side of a rectangle passes between a pixel and the one left of
    it: positive where the step there is larger than those beside it, the more the fewer such steps are around."""
    steps = np.zeros(rgb.shape, np.float32)
    steps[:, 1:] = cv2.subtract(rgb[:, 1:], rgb[:, :-1], dtype=cv2.CV_32F)
    red, green, blue = cv2.split(np.abs(cv2.boxFilter(steps, -1, (1, _RUN))))
    step = cv2.max(cv2.max(red, green), blue)
    sharp = step > _STEP
    sharp[:, 1:] &= step[:, 1:] >= step[:, :-1]
    sharp[:, :-1] &= step[:, :-1] > step[:, 1:]
    chance = np.clip(cv2.boxFilter(sharp.astype(np.float32), -1, (_AROUND, _AROUND)), *_BY_CHANCE)
    odds = np.where(sharp, _ON_SIDE / chance, (1 - _ON_SIDE) / (1 - chance))
    return np.asarray(np.log(odds, dtype=np.float32))


def _runs(sums: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.intp], NDArray[np.intp]]:
    """Of each column, the run of rows with the greatest sum: that sum, its first row and the row after its last.

    `sums`, float32 [H + 1, W], are those from the top: a run ends where the sum is highest above its lowest before.
    """
    lowest = np.minimum.accumulate(sums, axis=0)
    last = np.argmax(sums - lowest, axis=0)
    columns = np.arange(sums.shape[1])
    floor = lowest[last, columns]
    first = np.argmax(sums <= floor, axis=0)
    return sums[last, columns] - floor, first, last


def _apart(places: list[int], kept: list[int]) -> list[int]:
    """`kept`, and in order those places that are not near to an earlier one."""
    kept = list(kept)
    for place in places:
        if all(abs(place - other) > _NEAR_PX for other in kept):
            kept.append(place)
    return kept


def _pairs(places: NDArray[np.intp], least: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Numbers of places (sorted) that are at least so far apart."""
    first, second = np.triu_indices(len(places), 1)
    far = places[second] - places[first] >= least
    return first[far], second[far]


def _sides(
    odds: NDArray[np.float32], ends: NDArray[np.intp], first: NDArray[np.intp], last: NDArray[np.intp],
    places: NDArray[np.intp],
) -> NDArray[np.float32]:  # fmt: skip
    """float32 [pairs, places]: log odds of a side at a place, or a pixel beside it, from one end to another; 0 at the
    sides of the whole picture."""
    size = odds.shape[1] - 1
    beside = np.clip(places + np.array([[-1], [0], [1]]), 0, size)
    found = (odds[ends[last]][:, beside] - odds[ends[first]][:, beside]).max(axis=1)
    found[:, (places == 0) | (places == size)] = 0
    return np.asarray(found, np.float32)


def _distinct(boxes: NDArray[np.intp], most: int) -> list[Rectangle]:
    """The first of those that are nearly the same."""
    found: list[Rectangle] = []
    while len(boxes) and len(found) < most:
        left, top, right, bottom = (int(place) for place in boxes[0])
        found.append((left, top, right, bottom))
        boxes = boxes[overlap(boxes[0], boxes) < SAME]
    return found
