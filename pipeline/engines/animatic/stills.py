"""Pictures on the stage: a still taken apart into three planes, a clip that plays, a cut-out with its shadow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from media.caged import TimedPicture, flatten, read_frames, read_rgba
from media.clip import Frame, Picture, VideoFormat
from pipeline.engines.animatic.camera import Move, View, seen
from pipeline.engines.animatic.canvas import Box
from pipeline.engines.animatic.layers import Drawable, Element, Layer, Motion, still
from pipeline.engines.animatic.planes import Tile

_FAR, _MIDDLE, _NEAR = 0.45, 0.66, 0.95
_HEAVY_CROP = 0.62
Alpha = NDArray[np.float32]


def planes_of(path: Path, move: Move, format: VideoFormat, duration_s: float) -> list[Drawable]:
    """A still image as three planes with parallax, or framed on a soft backdrop when filling would crop it heavily."""
    rgba = read_rgba(path)
    box = _union([seen(move, depth, duration_s) for depth in (_FAR, _MIDDLE, _NEAR)])
    height, width = rgba.shape[:2]
    kept = min(width / height, _shape(box)) / max(width / height, _shape(box))
    if kept < _HEAVY_CROP:
        return _framed(flatten(rgba), box, move, format)
    picture, scale = _covering(rgba, box, format)
    flat = flatten(picture)
    subject = subject_mask(picture)
    behind = _fill_behind(flat, subject) if subject is not None else flat
    layers: list[Drawable] = [_layer(Tile.of_picture(behind), box, _FAR, scale, move, format)]
    ground = _ground_mask(flat.shape[:2], 0.60, 0.86)
    layers.append(_layer(Tile.of_picture(behind).masked(ground), box, _MIDDLE, scale, move, format))
    near = subject if subject is not None else _ground_mask(flat.shape[:2], 0.80, 1.0)
    layers.append(
        _layer(Tile.of_picture(flat).masked(near), box, _NEAR if subject is not None else 0.8, scale, move, format)
    )
    return layers


def subject_mask(rgba: NDArray[np.uint8]) -> Alpha | None:
    """Soft mask float32 [H, W] of what stands in front: from the alpha channel, else by GrabCut; None if unclear."""
    height, width = rgba.shape[:2]
    if (rgba[:, :, 3] < 128).mean() > 0.02:
        return (rgba[:, :, 3].astype(np.float32) / np.float32(255)).astype(np.float32)
    scale = 240 / max(height, width)
    small = cv2.resize(
        np.ascontiguousarray(rgba[:, :, :3]),
        (max(16, round(width * scale)), max(16, round(height * scale))),
        interpolation=cv2.INTER_AREA,
    )
    h, w = small.shape[:2]
    marks = np.zeros((h, w), np.uint8)
    margin = (round(w * 0.16), round(h * 0.12))
    cv2.setRNGSeed(1)
    try:
        cv2.grabCut(
            small,
            marks,
            (margin[0], margin[1], w - 2 * margin[0], h - margin[1] - 2),
            np.zeros((1, 65)),
            np.zeros((1, 65)),
            3,
            cv2.GC_INIT_WITH_RECT,
        )
    except cv2.error:
        return None
    mask = ((marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD)).astype(np.uint8)
    mask = _largest(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)))
    share, fill = float(mask.mean()), _compact(mask)
    if not 0.05 < share < 0.5 or fill < 0.42:
        return None
    soft = cv2.resize(
        cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.0), (width, height), interpolation=cv2.INTER_CUBIC
    )
    return np.asarray(np.clip((soft - 0.25) * 2, 0, 1), np.float32)


def _largest(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        return mask
    return np.asarray(labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])), np.uint8)


def _compact(mask: NDArray[np.uint8]) -> float:
    points = cv2.findNonZero(mask)
    if points is None:
        return 0.0
    hull = cv2.contourArea(cv2.convexHull(points))
    return float(mask.sum() / max(1.0, hull))


def _fill_behind(picture: Picture, mask: Alpha) -> Picture:
    """The picture without its subject: the surroundings grown into the gap at low resolution."""
    height, width = picture.shape[:2]
    scale = 160 / max(height, width)
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    hole = (cv2.resize(mask, size, interpolation=cv2.INTER_AREA) > 0.08).astype(np.uint8)
    hole = cv2.dilate(hole, np.ones((5, 5), np.uint8))
    filled = cv2.GaussianBlur(cv2.inpaint(small, hole, 5, cv2.INPAINT_TELEA), (0, 0), 1.6)
    large = cv2.resize(filled, (width, height), interpolation=cv2.INTER_CUBIC)
    soft = cv2.GaussianBlur(cv2.resize(hole.astype(np.float32), (width, height)), (0, 0), max(1.0, width / 160))[
        :, :, None
    ]
    return np.asarray(picture * (1 - soft) + large * soft + 0.5, np.uint8)


def _ground_mask(shape: tuple[int, ...], start: float, end: float) -> Alpha:
    rows = np.linspace(0, 1, shape[0], dtype=np.float32)
    ramp = np.clip((rows - start) / (end - start), 0, 1)
    return np.repeat((ramp * ramp * (3 - 2 * ramp))[:, None], shape[1], axis=1)


def _union(boxes: list[tuple[float, float, float, float, float]]) -> Box:
    found = np.array(boxes)
    return (
        float(found[:, 0].min()) - 0.01,
        float(found[:, 1].min()) - 0.01,
        float(found[:, 2].max()) + 0.01,
        float(found[:, 3].max()) + 0.01,
    )


def _shape(box: Box) -> float:
    return (box[2] - box[0]) / (box[3] - box[1])


def _covering(rgba: NDArray[np.uint8], box: Box, format: VideoFormat) -> tuple[NDArray[np.uint8], float]:
    """(picture, px per unit): cropped and scaled to cover a box, at most 1.25 frame pixels per pixel."""
    height, width = rgba.shape[:2]
    need = max((box[2] - box[0]) / width, (box[3] - box[1]) / height)
    scale = min(1.25 * format.height_px, max(1 / need, format.height_px * 0.5))
    size = (int(np.ceil((box[2] - box[0]) * scale / 2)) * 2, int(np.ceil((box[3] - box[1]) * scale / 2)) * 2)
    grow = max(size[0] / width, size[1] / height)
    method = cv2.INTER_AREA if grow < 1 else cv2.INTER_LANCZOS4
    large = cv2.resize(
        rgba, (max(size[0], round(width * grow)), max(size[1], round(height * grow))), interpolation=method
    )
    left, top = (large.shape[1] - size[0]) // 2, (large.shape[0] - size[1]) // 3
    return np.ascontiguousarray(large[top : top + size[1], left : left + size[0]]), scale


def _layer(
    tile: Tile, box: Box, depth: float, scale: float, move: Move, format: VideoFormat, motion: Motion = still
) -> Layer:
    element = Element(depth, box, lambda canvas: None, motion, solid=tile.solid)
    return Layer(element, tile, (box[0], box[1]), scale, move.aspect, float(format.height_px))


def _framed(picture: Picture, box: Box, move: Move, format: VideoFormat) -> list[Drawable]:
    """The whole picture with a shadow, before a blurred enlargement of itself."""
    backdrop = _backdrop(picture)
    opaque = np.dstack([backdrop, np.full(backdrop.shape[:2], 255, np.uint8)])
    wide, scale = _covering(opaque, box, format)
    height, width = picture.shape[:2]
    fit = min(move.aspect * 0.86 / width, 0.74 / height)
    w, h = width * fit, height * fit
    x0, y0 = (move.aspect - w) / 2, 0.53 - h / 2
    dense = min(1.25 * format.height_px, 1 / fit) if fit * format.height_px < 1 else 1.1 * format.height_px
    size = (max(2, round(w * dense / 2) * 2), max(2, round(h * dense / 2) * 2))
    print_ = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if size[0] < width else cv2.INTER_LANCZOS4)
    pad = round(0.05 * dense / 2) * 2
    shadow = np.zeros((size[1] + 2 * pad, size[0] + 2 * pad), np.float32)
    shadow[pad:-pad, pad:-pad] = 0.55
    shadow = np.asarray(cv2.GaussianBlur(shadow, (0, 0), pad / 2.6), np.float32)
    dark = Tile.of_layers([np.zeros_like(shadow)] * 3, shadow)
    edge = np.zeros((size[1] + 8, size[0] + 8), np.float32)
    edge[4:-4, 4:-4] = 1
    bright = Tile.of_picture(cv2.copyMakeBorder(print_, 4, 4, 4, 4, cv2.BORDER_REPLICATE)).masked(edge)
    p, e = pad / dense, 4 / dense
    return [
        _layer(Tile.of_picture(wide[:, :, :3]), box, 0.25, scale, move, format),
        _layer(dark, (x0 - p, y0 - p + 0.015, x0 + w + p, y0 + h + p), 0.85, dense, move, format),
        _layer(bright, (x0 - e, y0 - e, x0 + w + e, y0 + h + e), 0.85, dense, move, format),
    ]


def _backdrop(picture: Picture) -> Picture:
    small = cv2.resize(
        picture, (160, max(16, 160 * picture.shape[0] // picture.shape[1])), interpolation=cv2.INTER_AREA
    )
    soft = cv2.GaussianBlur(small, (0, 0), 7)
    return np.asarray(soft * 0.62 + 6, np.uint8)


@dataclass(slots=True)
class Clip:
    """A video reference that plays on the stage, filling the frame; it starts again when it ends."""

    path: Path
    move: Move
    format: VideoFormat
    duration_s: float
    box: Box = field(init=False)
    _source: Iterator[TimedPicture] | None = None
    _next: TimedPicture | None = None
    _offset_s: float = 0.0
    _layer: Layer | None = None

    def __post_init__(self) -> None:
        self.box = _union([seen(self.move, _MIDDLE, self.duration_s)])

    def draw(self, frame: Frame, view: View, time_s: float) -> None:
        self._advance(time_s)
        if self._layer is not None:
            self._layer.draw(frame, view, time_s)

    def _advance(self, time_s: float) -> None:
        current: TimedPicture | None = None
        while self._layer is None or self._next is None or self._next.time_s + self._offset_s <= time_s + 1e-6:
            if self._next is not None:
                current, self._next = self._next, None
            fresh = next(self._source, None) if self._source is not None else None
            if fresh is None:
                self._offset_s = time_s if self._source is not None else 0.0
                self._source = read_frames(
                    self.path, max_side_px=round(1.2 * max(self.format.width_px, self.format.height_px))
                )
                fresh = next(self._source)
            self._next = fresh
            if current is not None and self._next.time_s + self._offset_s > time_s:
                break
            if self._layer is None and current is not None:
                break
        if current is not None:
            self._show(current.picture)

    def _show(self, picture: Picture) -> None:
        opaque = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
        large, scale = _covering(opaque, self.box, self.format)
        self._layer = _layer(Tile.of_picture(large[:, :, :3]), self.box, _MIDDLE, scale, self.move, self.format)


def cutout(
    path: Path, at: tuple[float, float], height: float, move: Move, format: VideoFormat, motion: Motion
) -> list[Drawable]:
    """A transparent picture standing at a point of the stage, with a contact shadow."""
    rgba = read_rgba(path)
    columns, rows = np.flatnonzero(rgba[:, :, 3].max(axis=0) > 8), np.flatnonzero(rgba[:, :, 3].max(axis=1) > 8)
    if rows.size == 0:
        return []
    rgba = rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height = min(height, 0.8 * move.aspect * rgba.shape[0] / rgba.shape[1])
    width = height * rgba.shape[1] / rgba.shape[0]
    scale = min(1.4 * format.height_px, 3000 / max(height, width))
    size = (max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2))
    alpha = rgba[:, :, 3:].astype(np.float32) / 255
    premultiplied = cv2.resize(rgba[:, :, :3] * alpha, size, interpolation=cv2.INTER_AREA)
    share = cv2.resize(alpha[:, :, 0], size, interpolation=cv2.INTER_AREA)
    colour = cv2.copyMakeBorder(premultiplied, 4, 4, 4, 4, cv2.BORDER_CONSTANT).astype(np.float32)
    mask = cv2.copyMakeBorder(share, 4, 4, 4, 4, cv2.BORDER_CONSTANT).astype(np.float32)
    pad = 4 / scale
    box = (at[0] - width / 2 - pad, at[1] - height - pad, at[0] + width / 2 + pad, at[1] + pad)
    return [
        _shadow(at, width, move, format),
        _layer(Tile.of_layers(cv2.split(colour), mask), box, 1.0, scale, move, format, motion),
    ]


def _shadow(at: tuple[float, float], width: float, move: Move, format: VideoFormat) -> Drawable:
    scale, rx, ry = format.height_px * 0.5, width * 0.62, width * 0.09
    size = (max(16, round(2 * rx * scale / 2) * 2), max(8, round(2 * ry * scale / 2) * 2))
    x, y = np.linspace(-1, 1, size[0], dtype=np.float32), np.linspace(-1, 1, size[1], dtype=np.float32)
    fade = np.clip(1 - np.sqrt(x[None] ** 2 + y[:, None] ** 2), 0, 1) ** 1.3 * 0.6
    tile = Tile.of_layers([np.zeros(fade.shape, np.float32)] * 3, fade.astype(np.float32))
    return _layer(tile, (at[0] - rx, at[1] - ry, at[0] + rx, at[1] + ry), 1.0, scale, move, format)
