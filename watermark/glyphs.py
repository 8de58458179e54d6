"""Text as coverage masks: the font inside OpenCV, and outlines for scripts that it cannot shape."""

from __future__ import annotations

import json
import math
from functools import cache
from importlib.resources import files
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]
_FACE = "uni"  # WenQuanYi Micro Hei, carried by OpenCV: Latin, Greek, Cyrillic, Vietnamese, Chinese, Japanese, Korean
_CAP_TO_SIZE = 0.765  # height of a capital letter of that font, per unit of its size
_FINE = 4


@cache
def label_texts() -> dict[str, str]:
    """The words "AI-generated" by language, for languages other than Chinese and English."""
    raw: dict[str, str] = json.loads(files("watermark.assets").joinpath("label_texts.json").read_text("utf-8"))
    return raw


@cache
def _outlines() -> dict[str, Any]:
    raw: dict[str, Any] = json.loads(files("watermark.assets").joinpath("outlines.json").read_text("utf-8"))
    return raw


def draw_text(text: str, cap_px: int) -> Mask:
    """Coverage uint8 [h, w] of a line of text, cropped; its capitals are at least `cap_px` pixels high."""
    face = cv2.FontFace(_FACE)
    size = max(6, math.ceil(cap_px / _CAP_TO_SIZE))
    while _cap_height(face, size) < cap_px:
        size += 1
    return _crop(_drawn(face, text, size))


def draw_native(language: str, cap_px: int) -> Mask | None:
    """The label in another language, or None where the main line already says it."""
    text = label_texts().get(language)
    if text is None:
        return None
    outline = _outlines().get(language)
    return draw_text(text, cap_px) if outline is None else _crop(_filled(outline, cap_px))


def _drawn(face: Any, text: str, size: int) -> Mask:
    canvas = np.zeros((size * 3, size * (len(text) + 4)), np.uint8)
    cv2.putText(canvas, text, (size, size * 2), 255, face, size)
    return canvas


def _cap_height(face: Any, size: int) -> int:
    return int((_drawn(face, "A", size) > 127).any(axis=1).sum())


def _filled(outline: dict[str, Any], cap_px: int) -> Mask:
    em = cap_px / 0.65 * _FINE  # letters of these scripts are lower than Latin capitals at the same em
    height, width = math.ceil(em * 2), math.ceil(em * (outline["width"] / 1000 + 1))
    canvas = np.zeros((height, width), np.uint8)
    for glyph in outline["glyphs"]:
        one = np.zeros_like(canvas)
        scaled = [(np.array(p) * em / 1000 + (em / 2, em * 1.3)).round().astype(np.int32) for p in glyph]
        cv2.fillPoly(one, scaled, 255)
        np.maximum(canvas, one, out=canvas)
    return np.asarray(cv2.resize(canvas, (width // _FINE, height // _FINE), interpolation=cv2.INTER_AREA))


def _crop(mask: Mask) -> Mask:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return np.ascontiguousarray(mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
