"""The explicit label: words on every picture and frame, in a corner, on a plate.

GB 45438-2025, 5.2 and 5.4: `AI` and `生成`, letters at least 5 % of the shortest side. The strictest reading
is used: capitals alone reach 5 %. The plate keeps the contrast above 7:1 on any picture (WCAG 2.2, 1.4.6).
There is no way to leave it out: `Label` has no option for it, and `watermark.stamp` always draws it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from media.clip import Frame, Picture, VideoFormat
from media.colour import chroma, luma
from watermark.glyphs import Mask, draw_native, draw_text

TEXT: Final = "AI生成 · AI-generated"
HEIGHT_SHARE: Final = 0.05  # of the shortest side
SAFE_SHARE: Final = 0.05  # margin on each side: the title-safe area of SMPTE ST 2046-1
PLATE_OPACITY: Final = 0.78
MIN_SIDE_PX: Final = 64
_PLATE_RGB, _TEXT_RGB = 12, 255
_SEEN_CORRELATION = 0.55
_SEARCH_SHORT_PX = 360


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """A label ready to be laid on pictures of one size.

    Attributes:
        top, left: even offsets in the picture, pixels.
        plate, text: float32 [h, w] opacity in [0, 1]; h and w are even.
        line: coverage of the main line alone, cropped.
    """

    top: int
    left: int
    plate: NDArray[np.float32]
    text: NDArray[np.float32]
    line: Mask


class Label:
    """The label for frames of one format.

    Args:
        locale: language tag of the page; adds a line where it is neither Chinese nor English.
        format: size of the frames.
    """

    def __init__(self, locale: str, format: VideoFormat) -> None:
        tile = tile_of(locale, format.width_px, format.height_px)
        self._rows = slice(tile.top, tile.top + tile.plate.shape[0])
        self._columns = slice(tile.left, tile.left + tile.plate.shape[1])
        half = [slice(s.start // 2, s.stop // 2) for s in (self._rows, self._columns)]
        self._half = half[0], half[1]
        plate_y, text_y = 16 + 219 * _PLATE_RGB / 255, 16 + 219 * _TEXT_RGB / 255
        self._luma = _blend(tile.plate, tile.text, plate_y, text_y)
        size = tile.plate.shape[1] // 2, tile.plate.shape[0] // 2
        small = [cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in (tile.plate, tile.text)]
        self._chroma = _blend(small[0], small[1], 128, 128)

    def draw(self, frame: Frame) -> Frame:
        """Lay the label on a frame uint8 [H*3//2, W], in place; returns it."""
        _lay(luma(frame)[self._rows, self._columns], *self._luma)
        for plane in chroma(frame):
            _lay(plane[self._half], *self._chroma)
        return frame


def draw_still(picture: Picture, locale: str) -> Picture:
    """A copy of a picture uint8 [H, W, 3] with the label in its corner.

    Raises:
        ValueError: a side is below `MIN_SIDE_PX`: no legible label fits.
    """
    height, width = picture.shape[:2]
    if min(height, width) < MIN_SIDE_PX:
        raise ValueError("too small for a legible label")
    tile = tile_of(locale, width, height)
    keep, add = _blend(tile.plate, tile.text, _PLATE_RGB, _TEXT_RGB)
    out = picture.copy()
    region = out[tile.top : tile.top + keep.shape[0], tile.left : tile.left + keep.shape[1]]
    _lay(region, keep[..., None], add[..., None])
    return out


@lru_cache(maxsize=16)
def tile_of(locale: str, width_px: int, height_px: int) -> Tile:
    """The label of a locale for one picture size: top right, inside the title-safe area, lines aligned right."""
    cap_px = math.ceil(HEIGHT_SHARE * min(width_px, height_px))
    lines = [draw_text(TEXT, cap_px)]
    native = draw_native(locale.split("-")[0].split("_")[0].lower(), cap_px)
    if native is not None:
        lines.append(_fitted(native, int(width_px * (1 - 2 * SAFE_SHARE)) - 2 * max(2, round(cap_px * 0.45))))
    pad, gap = max(2, round(cap_px * 0.45)), max(1, round(cap_px * 0.4))
    inner_w = max(line.shape[1] for line in lines)
    inner_h = sum(line.shape[0] for line in lines) + gap * (len(lines) - 1)
    height, width = _even(inner_h + 2 * pad), _even(inner_w + 2 * pad)
    text = np.zeros((height, width), np.float32)
    top = pad
    for line in lines:
        left = width - pad - line.shape[1]
        text[top : top + line.shape[0], left : left + line.shape[1]] = line / np.float32(255)
        top += line.shape[0] + gap
    x = max(0, (width_px - math.ceil(SAFE_SHARE * width_px) - width) & ~1)
    y = min((math.ceil(SAFE_SHARE * height_px) + 1) & ~1, max(0, height_px - height) & ~1)
    return Tile(y, x, _plate(height, width, pad), text, lines[0])


def visible_in(picture: NDArray[np.uint8]) -> bool:
    """Whether the main line can be found in a picture uint8 [H, W, 3] or luma [H, W]: read-back and Verify.

    Searched by normalised correlation over the upper half at several sizes, so a resized or lightly
    cropped copy still answers. Contrast of the match is asked for too: a faint trace is not visible.
    """
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    short = min(*grey.shape, _SEARCH_SHORT_PX)
    shrink = short / min(grey.shape)
    size = max(1, round(grey.shape[1] * shrink)), max(1, round(grey.shape[0] * shrink))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    area = np.ascontiguousarray(small[: small.shape[0] * 55 // 100])
    usual = math.ceil(short * HEIGHT_SHARE)
    caps = sorted(range(max(3, usual * 4 // 5), usual * 5 // 4 + 2), key=lambda cap_px: abs(cap_px - usual))
    return any(_found(area, cap_px) for cap_px in caps)


def _found(area: Mask, cap_px: int) -> bool:
    line = _line(cap_px)
    if line.shape[0] > area.shape[0] or line.shape[1] > area.shape[1]:
        return False
    match = cv2.matchTemplate(area, line, cv2.TM_CCOEFF_NORMED)
    _, best, _, (x, y) = cv2.minMaxLoc(match)
    if best < _SEEN_CORRELATION:
        return False
    spot = area[y : y + line.shape[0], x : x + line.shape[1]]
    return float(spot[line > 200].mean()) - float(spot[line < 30].mean()) > 60


@lru_cache(maxsize=64)
def _line(cap_px: int) -> Mask:
    return draw_text(TEXT, cap_px)


def _fitted(line: Mask, width_px: int) -> Mask:
    """A native line no wider than the safe area; the main line always fits."""
    if line.shape[1] <= width_px:
        return line
    size = width_px, round(line.shape[0] * width_px / line.shape[1])
    return np.asarray(cv2.resize(line, size, interpolation=cv2.INTER_AREA))


def _plate(height: int, width: int, radius: int) -> NDArray[np.float32]:
    fine = np.zeros((height * 4, width * 4), np.uint8)
    r = radius * 2
    cv2.rectangle(fine, (r, 0), (width * 4 - r - 1, height * 4 - 1), 255, -1)
    cv2.rectangle(fine, (0, r), (width * 4 - 1, height * 4 - r - 1), 255, -1)
    for x in (r, width * 4 - r - 1):
        for y in (r, height * 4 - r - 1):
            cv2.circle(fine, (x, y), r, 255, -1)
    small = cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small * (PLATE_OPACITY / 255), np.float32)


def _blend(
    plate: NDArray[np.float32], text: NDArray[np.float32], plate_value: float, text_value: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """`keep` and `add` such that picture * keep + add is the labelled picture."""
    keep = (1 - plate) * (1 - text)
    add = plate_value * plate * (1 - text) + text_value * text
    return keep.astype(np.float32), (add + 0.5).astype(np.float32)


def _lay(region: NDArray[np.uint8], keep: NDArray[np.float32], add: NDArray[np.float32]) -> None:
    region[...] = np.clip(region * keep + add, 0, 255).astype(np.uint8)


def _even(length: int) -> int:
    return length + (length & 1)
