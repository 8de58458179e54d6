"""The writer in pixels: one pattern per clip, a gain per place and frame, added to luma.

The pattern stands still while the picture moves, so frames may be dropped, repeated or reordered, and any frame can be
read alone. Bits are spent where they last: key frames carry the full mark, and an encoder copies it onwards
into the frames that are predicted from them wherever the picture rests. Where the camera pans or zooms, the
pattern goes along until the next key frame, so that the encoder predicts it with the picture. Where things move
otherwise, it would have to be coded anew in every frame; there the mark is turned down between key frames, unless the
encoder reports that it has to spend its bits there anyway.
"""

from __future__ import annotations

from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from media.clip import Frame, VideoFormat
from watermark.invisible import mask
from watermark.invisible.carriers import CANONICAL_SHORT_PX, TILE, carriers_of
from watermark.invisible.code import encode
from watermark.invisible.keys import KeyRing
from watermark.invisible.motion import Camera, Pose
from watermark.invisible.payload import Payload
from watermark.invisible.squares import ZERO, Squares

REST_GAIN, MOVING_GAIN = (0.55, 0.85), (0.1, 0.6)
"""Gain between key frames where the picture rests, and where it moves; first of a clip that the encoder predicts well,
then of one that it has to code anew in every frame. A mark in what is predicted well costs bits in every frame; in
what has to be coded anyway it costs next to nothing."""
PREDICTED_BPP, CODED_BPP = 0.006, 0.012
"""`VideoWriter.inter_bits_per_px` (x264 at CRF 20 to 23) that counts as predicted well and as coded anew."""
REFRESH_EVERY_S = 1.0
"""Between key frames, one frame in this time gets the full mark, so that short cuts of moving scenes still read."""
STILL_DIFFERENCE, MOVING_DIFFERENCE = 0.75, 3.0
"""Change of a cell's brightness, grey levels, that counts as rest and as motion."""
MIN_PSNR_DB = 42.5
"""Distance of every frame from its unmarked self."""
REFRESH_PSNR_DB, PREDICTED_PSNR_DB = (49.0, MIN_PSNR_DB), (52.0, MIN_PSNR_DB)
"""The same between key frames, at a refresh and elsewhere, again for clips predicted well and coded anew."""
RAISED_PSNR_DB, MOST_RAISED = 44.0, 4.0
"""A key frame that is farther than this from the limit gets up to this much more where texture hides it: key frames are
all that a hard encode leaves, and quiet clips hold little of the mark."""
FOLLOWED_PSNR_DB = 46.3
"""The same where the pattern goes along with the camera."""
EVEN_GAIN, FADING_GAIN = 1.0, 0.8
"""In even pictures, between key frames: an encoder copies what stays the same; in a fade, nothing does."""
EVEN_SHARE, SMOOTH_SHARE = 0.8, 0.95
"""Share of even cells, and of those that are even or lie on a ramp, from which a picture counts as even, until the
next key frame."""
FADING_SHARE = 0.5
"""Share of cells that change from one frame to the next, from which the light changes."""
SLAB_ROWS = 64


def pattern(width_px: int, height_px: int, tile: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 [height, width]: the tile repeated, scaled so that the short side spans 480 canonical pixels.

    Frames of fewer lines than that keep the tile at 256 px: finer carriers would not outlive the first encode.
    """
    scale = max(min(width_px, height_px) / CANONICAL_SHORT_PX, 1.0)
    across = int(np.ceil(width_px / scale / TILE)) + 1
    down = int(np.ceil(height_px / scale / TILE)) + 1
    matrix = np.array([[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2]])
    plane = cv2.warpAffine(np.tile(tile, (down, across)), matrix, (width_px, height_px), flags=cv2.INTER_CUBIC)
    return np.ascontiguousarray(plane, np.float32)


class _Sheet:
    """The pattern at twice the canonical size, enough of it for a frame at any pose that it `holds`."""

    FARTHEST_ZOOM = 0.75, 1.35

    def __init__(self, width_px: int, height_px: int, tile: NDArray[np.float32]) -> None:
        self._size = width_px, height_px
        self._step = 2 / max(min(width_px, height_px) / CANONICAL_SHORT_PX, 1.0)
        wide, high = (int(side * self._step / self.FARTHEST_ZOOM[0]) + 2 * TILE + 2 for side in self._size)
        repeated = np.tile(tile, (high // (2 * TILE) + 2, wide // (2 * TILE) + 2))
        twice = np.array([[2, 0, 0.5], [0, 2, 0.5]], np.float64)
        self._plane = cv2.warpAffine(repeated, twice, (wide, high), flags=cv2.INTER_CUBIC)

    def holds(self, pose: Pose) -> bool:
        """Whether `at` can show this pose."""
        return self.FARTHEST_ZOOM[0] < pose.zoom < self.FARTHEST_ZOOM[1]

    def at(self, pose: Pose) -> NDArray[np.float32]:
        """float32 [height, width]: the pattern after the camera has moved."""
        step = self._step / pose.zoom
        matrix = np.array([[step, 0, 0], [0, step, 0]], np.float64)
        for axis, side in enumerate(self._size):
            first = (side - 1) / 2 * (1 - 1 / pose.zoom) - pose.shift_px[axis] / pose.zoom
            matrix[axis, 2] = ((first + 0.5) * self._step - 0.5) % (2 * TILE)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(cv2.warpAffine(self._plane, matrix, self._size, flags=flags), np.float32)


class PixelEmbedder:
    """Marks the frames of one clip, in order.

    Args:
        keyring: its current key makes the pattern.
        payload: the word to carry.
        format: size of the frames.
        strength: factor on every amplitude; above 1 the mark may be seen, but reads where it otherwise would not.
    """

    def __init__(self, keyring: KeyRing, payload: Payload, format: VideoFormat, strength: float = 1.0) -> None:
        self._height, self._width = format.height_px, format.width_px
        carriers, symbols = carriers_of(keyring.key), encode(payload)
        tile = carriers.tile(symbols) * np.float32(strength)
        self._full = pattern(self._width, self._height, tile)
        self._tile = tile
        self._dither = _dither(self._width)
        whole_cells = [-(-side // mask.CELL_PX) * mask.CELL_PX for side in (self._height, self._width)]
        self._gain, self._change = np.empty(whole_cells, np.float32), np.empty((SLAB_ROWS, self._width), np.uint8)
        self._flat = mask.flat_rms(format.short_side_px)
        self._even = False
        self._squares = Squares(pattern(self._width, self._height, carriers.even_tile(symbols)), self._flat, strength)
        self._before: mask.Cells | None = None
        self._refresh_every = max(round(format.fps * REFRESH_EVERY_S), 1)
        self._since_refresh = 0
        self._camera, self._pose = Camera(self._width, self._height), Pose()

    def embed(self, frame: Frame, key_frame: bool, inter_bits_per_px: float | None = None) -> Frame:
        """The frame with the mark; its luma is changed in place.

        Args:
            frame: uint8 I420 [height * 3 // 2, width].
            key_frame: the encoder will code this frame without reference to others.
            inter_bits_per_px: what the encoder spends on predicted frames at present
                (`VideoWriter.inter_bits_per_px`); None where nobody knows, which counts as predicted well.

        Raises:
            ValueError: the frame has another size than the clip.
        """
        if frame.shape != (self._height * 3 // 2, self._width):
            raise ValueError(f"a frame of shape {frame.shape} in a clip of {self._width} x {self._height}")
        luma = frame[: self._height]
        half, cells = mask.brightness(luma)
        allowed, raisable = mask.visibility(half, cells, self._flat)
        held = self._even and not key_frame
        move, plane = None if held else self._camera.follow(half), self._full
        strength = mask.limited(allowed, _rms(MIN_PSNR_DB))
        if key_frame or self._before is None:
            self._even = self._is_even(allowed, cells)
            if not self._even:
                strength = mask.raised(strength, cells, self._flat, MOST_RAISED, _rms(RAISED_PSNR_DB), raisable)
            self._pose = Pose()
            self._camera.restart()
        elif held:
            fading = mask.changed(cells, self._before) >= FADING_SHARE
            strength = strength * np.float32(FADING_GAIN if fading else EVEN_GAIN)
        elif self._follows(move):
            strength, plane = mask.limited(strength, _rms(FOLLOWED_PSNR_DB)), self._sheet.at(self._pose)
        else:
            strength = self._between_keys(strength, cells, self._before, _effort(inter_bits_per_px))
        self._before = cells
        if self._even:
            self._squares.add(luma, strength)
        else:
            self._add(luma, strength, plane)
        return frame

    def _is_even(self, allowed: mask.Cells, cells: mask.Cells) -> bool:
        """Whether this key frame is to be written as an even picture; on ramps only where nothing fades.

        A fade is coded anew in every frame, and the pattern with it.
        """
        if mask.evenness(allowed, cells, self._flat) >= EVEN_SHARE:
            return True
        smooth = mask.evenness(allowed, cells, self._flat, mask.RAISED_FROM) >= SMOOTH_SHARE
        return smooth and (self._before is None or mask.changed(cells, self._before) < FADING_SHARE)

    @cached_property
    def _sheet(self) -> _Sheet:
        """Made when the camera first moves: stills and resting clips need none."""
        return _Sheet(self._width, self._height, self._tile)

    def _follows(self, move: Pose | None) -> bool:
        """Whether the pattern goes along with the camera; where it does not, it is back at its place."""
        pose = Pose() if move is None else self._pose.then(move)
        follows = pose != Pose() and self._sheet.holds(pose)
        self._pose = pose if follows else Pose()
        return follows

    def _between_keys(self, strength: mask.Cells, cells: mask.Cells, before: mask.Cells, effort: float) -> mask.Cells:
        """What is left of `strength` in a frame that is predicted from others."""
        self._since_refresh += 1
        if self._since_refresh >= self._refresh_every:
            self._since_refresh = 0
            return mask.limited(strength, _rms(_between(REFRESH_PSNR_DB, effort)))
        return mask.limited(strength * _gain(cells, before, effort), _rms(_between(PREDICTED_PSNR_DB, effort)))

    def _add(self, luma: NDArray[np.uint8], strength: mask.Cells, plane: NDArray[np.float32]) -> None:
        """luma += strength * plane, dithered to whole grey levels; slab by slab, to stay in the cache."""
        high, wide = self._gain.shape
        gain = cv2.resize(strength, (wide, high), self._gain, interpolation=cv2.INTER_LINEAR)
        for top in range(0, self._height, SLAB_ROWS):
            rows = slice(top, min(top + SLAB_ROWS, self._height))
            part, change = gain[rows, : self._width], self._change[: rows.stop - top]
            cv2.multiply(part, plane[rows], part)
            cv2.add(part, self._dither[: rows.stop - top], part)
            cv2.convertScaleAbs(part, change, beta=ZERO)
            cv2.addWeighted(luma[rows], 1.0, change, 1.0, -ZERO, luma[rows])


def _rms(psnr_db: float) -> float:
    """Error in grey levels at this distance."""
    return float(255.0 * 10 ** (-psnr_db / 20))


def _between(ends: tuple[float, float], part: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * part


def _effort(inter_bits_per_px: float | None) -> float:
    """0: the encoder predicts the clip well; 1: it codes it anew."""
    if inter_bits_per_px is None:
        return 0.0
    return float(np.clip((inter_bits_per_px - PREDICTED_BPP) / (CODED_BPP - PREDICTED_BPP), 0.0, 1.0))


def _gain(cells: mask.Cells, before: mask.Cells, effort: float) -> mask.Cells:
    """Gain, float32 per cell; when most of the frame moves, smooth parts move with it."""
    # A fade or a flash changes the brightness but moves nothing: compare the detail of the cells.
    change = cv2.blur(cv2.absdiff(cells - cv2.blur(cells, (9, 9)), before - cv2.blur(before, (9, 9))), (3, 3))
    moving = np.clip((change - STILL_DIFFERENCE) / (MOVING_DIFFERENCE - STILL_DIFFERENCE), 0.0, 1.0)
    everywhere = np.clip((float(np.mean(change > STILL_DIFFERENCE)) - 0.3) / 0.3, 0.0, 1.0)
    moving = np.maximum(moving, np.float32(everywhere))
    at_rest, in_motion = _between(REST_GAIN, effort), _between(MOVING_GAIN, effort)
    return np.asarray(at_rest - (at_rest - in_motion) * moving, np.float32)


def _dither(width_px: int) -> NDArray[np.float32]:
    """float32 [SLAB_ROWS, width] in [-0.5, 0.5): keeps a mark below one grey level alive through rounding."""
    generator = np.random.default_rng(3)
    return generator.uniform(-0.5, 0.5, (SLAB_ROWS, width_px)).astype(np.float32)
