"""What the reader keeps of a clip: sums of residuals and a few pictures, as much of a long clip as of a short one.

Frames are averaged after their picture has been removed; as the pattern stands still, the mark adds up and the picture
does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from watermark.invisible.album import Album
from watermark.invisible.carriers import CANONICAL_SHORT_PX
from watermark.invisible.mask import half_size
from watermark.invisible.motion import Camera, Pose

BLOCKS = 32
HEAD_FRAMES = 4
"""A copy that was coded anew has its one key frame at the start, and what follows keeps little of the mark for long.
They are laid over each other as the camera moved, since the writer lets the pattern go along with it."""

Plane = NDArray[np.float32]


@dataclass(eq=False)
class Block:
    """Sum of consecutive residuals."""

    start_s: float
    end_s: float
    frames: int
    total: Plane

    def join(self, later: Block) -> Block:
        """Both as one."""
        return Block(self.start_s, later.end_s, self.frames + later.frames, self.total + later.total)


class _Head:
    """Sum of the first residuals, each brought back to where the camera was at first."""

    def __init__(self, luma: NDArray[np.uint8], rest: Plane) -> None:
        self.total = rest
        self._camera, self._pose = Camera(luma.shape[1], luma.shape[0]), Pose()
        self._camera.follow(half_size(luma))

    def add(self, luma: NDArray[np.uint8], rest: Plane) -> None:
        self._pose = self._pose.then(self._camera.follow(half_size(luma)) or Pose())
        height, width = rest.shape
        zoom, scale = self._pose.zoom, width / luma.shape[1]
        x, y = (part * scale for part in self._pose.shift_px)
        matrix = np.array([[zoom, 0, (1 - zoom) * (width - 1) / 2 + x], [0, zoom, (1 - zoom) * (height - 1) / 2 + y]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        back = rest if self._pose == Pose() else cv2.warpAffine(rest, matrix, (width, height), flags=flags)
        self.total = np.asarray(self.total + back, np.float32)


class Footage:
    """Frames of one size, all residual planes float32 [h, w].

    Attributes:
        frames: how many.
        lines: short side of the copy.
        first: residual of the first frame.
        weighted: sum of all, each with its weight.
        blocks: sums of consecutive ones, at most 32.
        album: pictures.
    """

    def __init__(self) -> None:
        self.frames, self.lines = 0, CANONICAL_SHORT_PX
        self.first: Plane = np.zeros((1, 1), np.float32)
        self.weighted = self.first
        self.blocks: list[Block] = []
        self.album = Album()
        self._block_frames = 1
        self._head: _Head | None = None

    def add(self, luma: NDArray[np.uint8], rest: Plane, time_s: float, weight: float) -> None:
        """Take in one frame, uint8 [h, w], and its residual."""
        self._remember(rest, time_s)
        self.album.add(luma)
        if self._head is None:
            self.first, self._head, self.lines = rest, _Head(luma, rest), min(luma.shape)
            self.weighted = np.asarray(rest * np.float32(weight))
        else:
            if self.frames < HEAD_FRAMES:
                self._head.add(luma, rest)
            self.weighted = np.asarray(cv2.scaleAdd(rest, weight, self.weighted))
        self.frames += 1

    def mean(self) -> Plane:
        """Mean of all residuals."""
        return np.asarray(sum(block.total for block in self.blocks) / self.frames, np.float32)

    def head(self) -> Plane:
        """Sum of the first residuals, laid over each other as the camera moved."""
        return self.first if self._head is None else self._head.total

    def blended(self, mean: Plane) -> Plane:
        """First frame and `mean`, both also through the coarse filter.

        The template stands out of it nearly as far as out of the best of the four, whichever that is, or farther.
        """
        views = (self.first, mean, self.album.first_views()[-1], *self.album.means()[1:])
        return np.asarray(sum(view / max(float(view.std()), 1e-6) for view in views), np.float32)

    def _remember(self, rest: Plane, time_s: float) -> None:
        """Add to the newest block; join neighbours when there are too many."""
        if self.blocks and self.blocks[-1].frames < self._block_frames:
            block = self.blocks[-1]
            block.total += rest
            block.end_s, block.frames = time_s, block.frames + 1
            return
        if len(self.blocks) == BLOCKS:
            self.blocks = [a.join(b) for a, b in zip(self.blocks[0::2], self.blocks[1::2], strict=True)]
            self._block_frames *= 2
        self.blocks.append(Block(time_s, time_s, 1, rest.copy()))
