"""What a video reference lends: the path of its camera, and the path of what moves in it. Never its picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from media.caged import read_frames

_EVERY_S = 0.125
_LONGEST_S = 30.0
_SIDE_PX = 320
_REACH, _ZOOM, _ROLL = 0.13, 1.3, 0.06  # frame heights, factor, radians: what a stage can follow
_TRAVEL = (0.5, 0.16)  # of a subject, across and up, stage units

Curve = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Movement:
    """Movement over time; positions in frame heights from the middle of the movement.

    Attributes:
        times: seconds, ascending, from 0.
        x, y, zoom, roll: of the camera; zoom is at least 1.
        subject_x, subject_y: of what moves against the background.
    """

    times: Curve
    x: Curve
    y: Curve
    zoom: Curve
    roll: Curve
    subject_x: Curve
    subject_y: Curve

    def camera(self, time_s: float) -> tuple[float, float, float, float]:
        """x, y, zoom and roll at a moment; the last is held."""
        x, y, zoom, roll = (float(np.interp(time_s, self.times, c)) for c in (self.x, self.y, self.zoom, self.roll))
        return x, y, zoom, roll

    def subject(self, time_s: float) -> tuple[float, float]:
        """Where the moving thing is at a moment; the last place is held."""
        x, y = (float(np.interp(time_s, self.times, c)) for c in (self.subject_x, self.subject_y))
        return x, y


@lru_cache(maxsize=8)
def followed(path: Path, sha256: str) -> Movement:
    """The movement in a video.

    Args:
        sha256: of the file, so that another file under the same name is read anew.

    Raises:
        InputError: unreadable.
    """
    steps, places, times = [np.zeros(4)], [np.zeros(2)], [0.0]
    before: NDArray[np.uint8] | None = None
    for time_s, grey in _greys(path):
        if before is not None:
            step = _step(before, grey)
            steps.append(_of_matrix(step, grey.shape))
            places.append(_moving(before, grey, step, places[-1]))
            times.append(time_s)
        before = grey
    places[0] = places[min(1, len(places) - 1)]
    total = _smooth(np.cumsum(np.array(steps), axis=0))
    place = _smooth(np.array(places))
    # The scene moves to the left when the camera pans to the right.
    x, y = _held(-total[:, 0], _REACH), _held(-total[:, 1], _REACH)
    zoom = np.exp(np.clip(total[:, 2], -1, 1))
    zoom = np.clip(zoom / zoom.min(), 1.0, _ZOOM)
    return Movement(
        np.array(times), x, y, zoom, _held(total[:, 3], _ROLL), _held(place[:, 0], _TRAVEL[0]),
        _held(place[:, 1], _TRAVEL[1]),
    )  # fmt: skip


def _greys(path: Path) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    for shown in read_frames(path, every_s=_EVERY_S, max_side_px=_SIDE_PX, end_s=_LONGEST_S):
        yield shown.time_s, np.asarray(cv2.cvtColor(shown.picture, cv2.COLOR_RGB2GRAY), np.uint8)


def _step(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> Curve:
    """The 2x3 similarity that carries the background of one picture to the next; no movement when it is unclear."""
    still = np.array([[1.0, 0, 0], [0, 1.0, 0]])
    corners = cv2.goodFeaturesToTrack(before, 160, 0.01, 7)
    if corners is None or len(corners) < 8:
        return still
    found, status, _ = cv2.calcOpticalFlowPyrLK(before, after, corners, np.zeros_like(corners))
    kept = status.ravel() == 1
    if kept.sum() < 8:
        return still
    cv2.setRNGSeed(1)
    matrix, _ = cv2.estimateAffinePartial2D(corners[kept], found[kept], ransacReprojThreshold=1.5)
    return still if matrix is None else np.asarray(matrix, np.float64)


def _of_matrix(matrix: Curve, shape: tuple[int, ...]) -> Curve:
    """Shift of the picture's middle in heights, logarithm of the zoom, roll."""
    height, width = shape[:2]
    middle = np.array([width / 2, height / 2])
    shift = (matrix[:, :2] @ middle + matrix[:, 2] - middle) / height
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    return np.array([*shift, np.log(max(scale, 1e-3)), np.arctan2(matrix[1, 0], matrix[0, 0])])


def _moving(before: NDArray[np.uint8], after: NDArray[np.uint8], step: Curve, last: Curve) -> Curve:
    """The middle of what differs once the camera is taken out, in heights from the middle of the frame."""
    height, width = after.shape
    carried = cv2.warpAffine(before, step, (width, height), borderMode=cv2.BORDER_REPLICATE)
    change = cv2.GaussianBlur(cv2.absdiff(carried, after), (0, 0), 2.0)
    edge = max(4, height // 20)
    change[:edge], change[-edge:], change[:, :edge], change[:, -edge:] = 0, 0, 0, 0
    mask = np.where(change > 14, change, 0).astype(np.float64)
    weight = mask.sum()
    if weight < 14 * 20:
        return last
    rows, columns = mask.sum(axis=1), mask.sum(axis=0)
    x, y = columns @ np.arange(width) / weight, rows @ np.arange(height) / weight
    return np.array([(x - width / 2) / height, (y - height / 2) / height])


def _smooth(curves: Curve) -> Curve:
    """A moving mean over half a second."""
    padded = np.pad(curves, ((2, 2), (0, 0)), mode="edge")
    return np.asarray(sum(padded[k : k + len(curves)] for k in range(5)) / 5, np.float64)


def _held(curve: Curve, reach: float) -> Curve:
    """The curve about the middle of its range, scaled down when it goes further than `reach` either way."""
    centred = curve - (curve.max() + curve.min()) / 2
    far = float(np.abs(centred).max())
    return np.asarray(centred * (min(1.0, reach / far) if far > 1e-9 else 1.0), np.float64)
