"""Rack focus: sharpness travels from one depth of the stage to another during the shot."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from media.clip import Frame
from pipeline.engines.animatic.camera import View, ease
from pipeline.engines.animatic.layers import Layer
from pipeline.engines.animatic.planes import Plane, Tile, place

SUBJECT, BACKGROUND = 1.0, 0.12  # depths
_SOFT = (0.0035, 0.0105)  # standard deviations of the two blurred copies, stage units
_DEEP = 0.6  # distance in depth from which a thing is as blurred as it gets
_AWAY = re.compile(
    r"(?:to|on|auf|vers|sur|al?|para|на|ke|到|向|至|に)\s*(?:the|den|l'|el|o|a)?\s*"
    r"(?:background|distance|hintergrund|arrière-plan|fondo|fundo|plano de fundo|задн\w* план\w*|фон\w*|latar|"
    r"背景|远处|遠處|遠景|배경|الخلفية|पृष्ठभूमि)",
    re.IGNORECASE,
)

Focal = Callable[[float], float]


def travel(action: str, duration_s: float) -> Focal:
    """The depth that is sharp at a moment: from the background to the subject, or away when the words say so."""
    start, end = (SUBJECT, BACKGROUND) if _AWAY.search(action) else (BACKGROUND, SUBJECT)
    return lambda time_s: start + (end - start) * ease((time_s / duration_s - 0.3) / 0.4)


@dataclass(slots=True)
class Racked:
    """A layer with two blurred copies of its tile, mixed by its distance from the focal depth."""

    layer: Layer
    sharp: Tile
    soft: tuple[Tile, Tile]
    focal: Focal

    @classmethod
    def of(cls, layer: Layer, focal: Focal) -> Racked:
        """The layer, its tile padded by what the blur spreads."""
        sigmas = [max(0.3, sigma * layer.px_per_unit) for sigma in _SOFT]
        pad = 0 if layer.tile.solid else int(np.ceil(3 * sigmas[1] / 2)) * 2
        sharp = _each(layer.tile, lambda plane, half: _padded(plane, pad // 2 if half else pad))
        near, far = (
            _each(sharp, lambda plane, half, sigma=sigma: _blurred(plane, sigma / 2 if half else sigma))  # type: ignore[misc]
            for sigma in sigmas
        )
        shift = pad / layer.px_per_unit
        moved = Layer(
            layer.element, sharp, (layer.origin[0] - shift, layer.origin[1] - shift), layer.px_per_unit, layer.aspect,
            layer.frame_px_per_unit,
        )  # fmt: skip
        return cls(moved, sharp, (near, far), focal)

    def draw(self, frame: Frame, view: View, time_s: float) -> None:
        matrix, opacity = self.layer.standing(view, time_s)
        share = min(1.0, abs(self.layer.element.depth - self.focal(time_s)) / _DEEP)
        place(frame, self._tile(share), matrix, opacity)

    def _tile(self, share: float) -> Tile:
        if share < 0.02:
            return self.sharp
        first, second, part = (
            (self.sharp, self.soft[0], share * 2) if share < 0.5 else (*self.soft, share * 2 - 1)
        )  # fmt: skip
        return second if part > 0.98 else _mixed(first, second, part)


def _mixed(one: Tile, other: Tile, share: float) -> Tile:
    def mix(a: Plane, b: Plane) -> Plane:
        return np.asarray(cv2.addWeighted(a, 1 - share, b, share, 0), np.uint8)

    y, u, v = mix(one.y, other.y), mix(one.u, other.u), mix(one.v, other.v)
    if one.a is None or one.half is None or other.a is None or other.half is None:
        return Tile(y, u, v)
    return Tile(y, u, v, mix(one.a, other.a), mix(one.half, other.half))


def _each(tile: Tile, change: Callable[[Plane, bool], Plane]) -> Tile:
    """The tile with every plane changed; True marks planes of half the size."""
    return Tile(
        change(tile.y, False), change(tile.u, True), change(tile.v, True),
        None if tile.a is None else change(tile.a, False), None if tile.half is None else change(tile.half, True),
    )  # fmt: skip


def _padded(plane: Plane, pad: int) -> Plane:
    return np.pad(plane, pad) if pad else plane


def _blurred(plane: Plane, sigma: float) -> Plane:
    """Gaussian blur, wide ones on a smaller plane."""
    step = max(1, int(sigma // 3))
    if step == 1:
        return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE), np.uint8)
    height, width = plane.shape
    small = cv2.resize(plane, (-(-width // step), -(-height // step)), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / step, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
