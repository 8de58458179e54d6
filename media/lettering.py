"""Text as coverage masks, in every script of the 13 languages, without fonts of the system.

Latin and Cyrillic: OpenCV's built-in Rubik. Chinese, Japanese, Korean: OpenCV's built-in WenQuanYi.
Arabic and Devanagari: bundled Noto Sans (OFL 1.1), shaped by HarfBuzz.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from media.outlines import FlatteningPen

Mask = NDArray[np.uint8]
_FONTS = Path(__file__).with_name("fonts")
_CLASSES = (
    ("arabic", "\u0590\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff"),
    ("devanagari", "\u0900-\u097f\u200c\u200d"),
    ("uni", "\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\u3000-\u303f"),
)  # fmt: skip
_FILES = {"arabic": "NotoSansArabic-Bold.ttf", "devanagari": "NotoSansDevanagari-Bold.ttf"}
_STEPS = 8
_PUNCTUATION = " .,:;!?()[]{}<>\"'/&-"
_TURNED = str.maketrans("()[]{}<>", ")(][}{><")
_ONE_LINE = re.compile(r"[\s\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]+")


def line_mask(text: str, size_px: int) -> Mask:
    """One line of text, uint8 [h, w], h = 1.5 sizes with the baseline at 1.1 sizes."""
    text = _ONE_LINE.sub(" ", unicodedata.normalize("NFC", text)).strip()
    runs = _runs(text)
    if any(kind == "arabic" for kind, _ in runs):
        runs = _leftwards(runs)
    parts = [_run(kind, run, size_px) for kind, run in runs]
    return np.hstack(parts) if parts else np.zeros((round(size_px * 1.5), 2), np.uint8)


def block_mask(text: str, size_px: int, width_px: int, lines: int = 3, left: bool = False) -> Mask:
    """Text broken into at most `lines` lines that fit a width; the rest is cut with an ellipsis."""
    rows = [line_mask(line, size_px) for line in wrapped(text, size_px, width_px, lines)]
    wide = max(row.shape[1] for row in rows)
    height = round(size_px * 1.32)
    mask = np.zeros((height * (len(rows) - 1) + rows[0].shape[0], wide), np.uint8)
    for number, row in enumerate(rows):
        start = 0 if left else (wide - row.shape[1]) // 2
        area = mask[number * height : number * height + row.shape[0], start : start + row.shape[1]]
        np.maximum(area, row, out=area)
    return mask


def wrapped(text: str, size_px: int, width_px: int, lines: int) -> list[str]:
    """The lines of a text at a size and a width, at least one."""
    words = re.findall(
        r"[\u2e80-\u9fff\uff00-\uffef]|[^\s\u2e80-\u9fff\uff00-\uffef]+\s*|\s+", _ONE_LINE.sub(" ", text).strip()
    )
    rows, current = [], ""
    for word in words:
        if current and line_mask(current + word, size_px).shape[1] > width_px:
            rows.append(current.strip())
            current = ""
        current += word
        while line_mask(current, size_px).shape[1] > width_px and len(current) > 4:
            keep = max(4, int(len(current) * width_px / line_mask(current, size_px).shape[1]) - 1)
            rows.append(current[:keep])
            current = current[keep:]
        if len(rows) > lines:
            break
    rows = [row for row in [*rows, current.strip()] if row]
    return [*rows[: lines - 1], rows[lines - 1][:-1] + "…"] if len(rows) > lines else rows or [" "]


def _runs(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for character in text:
        kind = next((name for name, span in _CLASSES if re.match(f"[{span}]", character)), "sans")
        neutral = not character.isalnum() and kind == "sans"
        if found and (found[-1][0] == kind or (neutral and _has(found[-1][0], character))):
            found[-1] = (found[-1][0], found[-1][1] + character)
        else:
            found.append((kind, character))
    return found


def _has(kind: str, character: str) -> bool:
    return kind not in _FILES or _hb_font(kind)[0].get_nominal_glyph(ord(character)) is not None


def _leftwards(runs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Runs of a line that goes from right to left, in the order in which they are drawn.

    Punctuation around words of another script belongs to the line: it changes sides, and brackets turn round.
    """
    found: list[tuple[str, str]] = []
    for kind, run in runs:
        core = run if kind == "arabic" else run.strip(_PUNCTUATION)
        before, _, after = run.partition(core) if core else (run, "", "")
        head, tail = (part[::-1].translate(_TURNED) for part in (before, after))
        found = [(kind, tail), (kind, core), (kind, head), *found]
    return [(kind, run) for kind, run in found if run]


def _run(kind: str, text: str, size_px: int) -> Mask:
    return _shaped(kind, text, size_px) if kind in _FILES else _plain(kind, text, size_px)


def _plain(kind: str, text: str, size_px: int) -> Mask:
    """A run by OpenCV's own text drawing."""
    face, weight = _face(kind)
    mask = np.zeros((round(size_px * 1.5), round(size_px * (1.3 * len(text) + 1))), np.uint8)
    end, _ = cv2.putText(mask, text, (1, round(size_px * 1.1)), 255, face, size_px, weight)
    drawn = np.flatnonzero(mask.any(axis=0))
    trailing = size_px // 4 if text.endswith(" ") else 1
    width = max(int(end[0]), (int(drawn[-1]) if drawn.size else 0) + trailing, 2)
    return mask[:, :width]


@cache
def _face(kind: str) -> tuple[Any, int]:
    return cv2.FontFace("uni" if kind == "uni" else "sans"), 0 if kind == "uni" else 600


def _shaped(kind: str, text: str, size_px: int) -> Mask:
    """A run shaped by HarfBuzz; its outlines are filled at four times the size."""
    import uharfbuzz as hb

    font, unit = _hb_font(kind)
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    hb.shape(font, buffer)
    scale = size_px * 4 / unit
    total = sum(position.x_advance for position in buffer.glyph_positions)
    mask = np.zeros((round(size_px * 1.5) * 4, int(total * scale) + 8 * 4), np.uint8)
    x = 8.0
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        origin = (x + position.x_offset * scale, size_px * 4.4 - position.y_offset * scale)
        contours = [
            np.round(np.array(c) * (scale, -scale) + origin).astype(np.int32)
            for c in _outline(kind, info.codepoint)
            if len(c) > 2
        ]
        if contours:
            _fill(mask, contours)
        x += position.x_advance * scale
    return np.asarray(
        cv2.resize(mask, (mask.shape[1] // 4, mask.shape[0] // 4), interpolation=cv2.INTER_AREA), np.uint8
    )


def _fill(mask: Mask, contours: list[NDArray[np.int32]]) -> None:
    """A glyph on top of what is there already; only its own box is touched."""
    points = np.concatenate(contours)
    left, top = np.maximum(points.min(0), 0)
    right, bottom = np.minimum(points.max(0) + 1, mask.shape[::-1])
    if left >= right or top >= bottom:
        return
    glyph = np.zeros((bottom - top, right - left), np.uint8)
    cv2.fillPoly(glyph, [contour - np.array([left, top], np.int32) for contour in contours], 255)
    area = mask[top:bottom, left:right]
    np.maximum(area, glyph, out=area)


@cache
def _hb_font(kind: str) -> tuple[Any, int]:
    import uharfbuzz as hb

    face = hb.Face((_FONTS / _FILES[kind]).read_bytes())
    return hb.Font(face), face.upem


@cache
def _outline(kind: str, glyph: int) -> tuple[tuple[tuple[float, float], ...], ...]:
    pen = FlatteningPen(_STEPS)
    _hb_font(kind)[0].draw_glyph_with_pen(glyph, pen)
    return tuple(tuple(contour) for contour in pen.contours)
