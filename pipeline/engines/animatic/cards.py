"""What is written over the picture: dialogue, title, timecode, safe areas, letterbox.

Everything stays out of the top 12 % of the frame, where the label of synthetic media is. Text is rasterised
once per card and blended as a tile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from media.clip import Frame, VideoFormat
from media.colour import chroma, luma
from media.lettering import block_mask, line_mask
from pipeline.engines.animatic.camera import ease
from pipeline.engines.animatic.planes import RIM_PX, Tile, place
from pipeline.engines.animatic.voice import Cue

LABEL_ZONE = 0.12
_FADE_S = 0.22
Colour = tuple[float, float, float]


@dataclass(slots=True)
class Card:
    """A tile at a place of the frame, shown for a while."""

    tile: Tile
    left_px: int
    top_px: int
    start_s: float
    end_s: float

    def draw(self, frame: Frame, time_s: float) -> None:
        """Blend it in, faded at both ends; nothing outside its time."""
        if not self.start_s <= time_s < self.end_s:
            return
        share = min(1.0, (time_s - self.start_s + 0.02) / _FADE_S, (self.end_s - time_s) / _FADE_S)
        place(frame, self.tile, np.array([[1.0, 0, self.left_px], [0, 1.0, self.top_px]]), ease(share))


@dataclass(slots=True)
class Overlay:
    """All cards of a film and its burn-ins. Dialogue cards are made when they are due, one at a time."""

    format: VideoFormat
    cues: Sequence[Cue]
    title: str = ""
    timecode: bool = False
    safe_areas: bool = False
    letterbox: float = 0.0
    _title: Card | None = None
    _shown: tuple[Cue, Card] | None = None
    _digits: dict[str, Tile] = field(default_factory=dict)

    def draw(self, frame: Frame, index: int) -> None:
        """Write everything that belongs on frame `index` of the film, in place."""
        time_s = float(index / self.format.fps)
        if self.letterbox:
            _bars(frame, self.format, self.letterbox)
        if self.title and time_s < 2.6:
            self._title = self._title or title_card(self.title, self.format)
            self._title.draw(frame, time_s)
        cue = next((c for c in self.cues if c.start_s <= time_s < c.end_s), None)
        if cue is not None:
            if self._shown is None or self._shown[0] is not cue:
                self._shown = (cue, dialogue_card(cue, self.format))
            self._shown[1].draw(frame, time_s)
        if self.safe_areas:
            _safe_areas(frame)
        if self.timecode:
            self._timecode(frame, index)

    def _timecode(self, frame: Frame, index: int) -> None:
        fps = round(self.format.fps)
        text = f"{index // fps // 3600:02}:{index // fps // 60 % 60:02}:{index // fps % 60:02}:{index % fps:02}"
        size = max(12, round(0.026 * self.format.short_side_px))
        x, foot = round(self.format.width_px * 0.03), round(self.format.height_px * 0.985) + RIM_PX
        for character in text:
            tile = self._digits.setdefault(character, _tile(line_mask(character, size), (255, 255, 255), 0.6, size))
            place(frame, tile, np.array([[1.0, 0, x], [0, 1.0, foot - tile.y.shape[0]]]))
            x += round(size * (0.62 if character.isdigit() else 0.36))


def dialogue_card(cue: Cue, format: VideoFormat) -> Card:
    """The spoken line at the foot of the frame, the speaker's name small above it."""
    size = max(14, round(0.046 * format.short_side_px))
    width = round(format.width_px * (0.86 if format.width_px < format.height_px else 0.72))
    mask = block_mask(cue.line.line, size, width)
    if cue.line.speaker:
        name = line_mask(cue.line.speaker, round(size * 0.66))
        mask = _stacked(name, mask)
    tile = _tile(mask, (255, 255, 255), 0.75, size)
    bottom = round(format.height_px * 0.935)
    return Card(tile, (format.width_px - tile.y.shape[1]) // 2, bottom - tile.y.shape[0], cue.start_s, cue.end_s)


def title_card(title: str, format: VideoFormat) -> Card:
    """The title across the middle."""
    size = max(20, round(0.082 * format.short_side_px))
    mask = block_mask(title, size, round(format.width_px * 0.8), 2)
    rule = np.zeros((max(2, size // 14), mask.shape[1]), np.uint8)
    middle = mask.shape[1] // 2
    rule[:, middle - size : middle + size] = 255
    tile = _tile(_stacked(mask, rule), (255, 252, 244), 0.7, size)
    top = max(round(format.height_px * (LABEL_ZONE + 0.06)), round(format.height_px * 0.40) - tile.y.shape[0] // 2)
    return Card(tile, (format.width_px - tile.y.shape[1]) // 2, top, 0.25, 2.6)


def _stacked(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.uint8]:
    wide = max(one.shape[1], other.shape[1])
    rows = [
        np.pad(m, ((0, 0), ((wide - m.shape[1]) // 2, wide - m.shape[1] - (wide - m.shape[1]) // 2)))
        for m in (one, other)
    ]
    return np.vstack(rows)


def _tile(mask: NDArray[np.uint8], colour: Colour, shade: float, size: int) -> Tile:
    """Letters with a soft dark surround, legible on light and dark."""
    rim = RIM_PX + round(size * 0.55)
    share = np.pad(mask, rim).astype(np.float32) / 255
    share = np.pad(share, ((0, share.shape[0] % 2), (0, share.shape[1] % 2)))
    near = cv2.GaussianBlur(share, (0, 0), max(0.8, size * 0.05)) * 1.6
    wide = cv2.GaussianBlur(share, (0, 0), size * 0.22) * 1.5
    dark = np.clip(np.maximum(near, wide), 0, 1) * shade
    dark[:RIM_PX], dark[-RIM_PX:], dark[:, :RIM_PX], dark[:, -RIM_PX:] = 0, 0, 0, 0
    alpha = share + dark * (1 - share)
    ink = np.asarray(np.asarray(colour, np.float32) * share[:, :, None], np.float32)
    return Tile.of_layers(cv2.split(ink), np.asarray(alpha, np.float32))


def _bars(frame: Frame, format: VideoFormat, ratio: float) -> None:
    """Black bars so that the picture between them is `ratio` times as wide as high."""
    bar = int((format.height_px - format.width_px / ratio) / 4) * 2
    if bar <= 0:
        return
    y, (u, v) = luma(frame), chroma(frame)
    y[:bar], y[-bar:] = 16, 16
    for plane in (u, v):
        plane[: bar // 2], plane[-(bar // 2) :] = 128, 128


@cache
def _guide(width: int, height: int) -> tuple[tuple[int, int, int, int], ...]:
    return tuple(
        (round(width * m), round(height * m), round(width * (1 - m)), round(height * (1 - m))) for m in (0.05, 0.10)
    )


def _safe_areas(frame: Frame) -> None:
    """Action-safe (90 %) and title-safe (80 %) frames, one thin line each."""
    y = luma(frame)
    for left, top, right, bottom in _guide(y.shape[1], y.shape[0]):
        cv2.rectangle(y, (left, top), (right, bottom), 190, 1)
