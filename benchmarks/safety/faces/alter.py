"""Altered copies of faces for training: as they come back from a chat or a scan, and behind a mask. All seeded."""

from __future__ import annotations

import cv2
import numpy as np

MASK_COLOURS = (
    (225, 230, 235), (150, 190, 215), (40, 40, 45), (120, 170, 180), (200, 200, 200), (60, 70, 110), (160, 80, 90),
)  # fmt: skip


def worn(picture, rng):
    """A copy as it may come back from a chat, a scan or a filter: smaller, recompressed, recoloured, flipped."""
    out = picture
    if rng.random() < 0.5:
        out = out[:, ::-1]
    if rng.random() < 0.6:
        scale = rng.uniform(0.35, 1.0)
        size = (max(24, int(out.shape[1] * scale)), max(24, int(out.shape[0] * scale)))
        out = cv2.resize(np.ascontiguousarray(out), size, interpolation=cv2.INTER_AREA)
    if rng.random() < 0.2:
        out = cv2.GaussianBlur(np.ascontiguousarray(out), (0, 0), rng.uniform(0.5, 1.5))
    if rng.random() < 0.2:
        out = np.repeat(cv2.cvtColor(np.ascontiguousarray(out), cv2.COLOR_RGB2GRAY)[:, :, None], 3, 2)
    if rng.random() < 0.5:
        gains = rng.uniform(0.75, 1.25) * rng.uniform(0.9, 1.1, 3)
        out = np.clip(out * gains + rng.uniform(-15, 15), 0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        out = np.clip(out + rng.normal(0, rng.uniform(2, 8), out.shape), 0, 255).astype(np.uint8)
    quality = int(rng.integers(45, 96))
    coded = cv2.imencode(".jpg", np.ascontiguousarray(out)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(coded, cv2.IMREAD_COLOR)[:, :, ::-1].copy()


def masked(crop, reach, rng):
    """A cloth or paper mask over the lower half of the face in a square crop of `reach` times the face."""
    side, middle = crop.shape[0] / reach, crop.shape[0] / 2
    top = middle + side * rng.uniform(-0.02, 0.12)
    chin = middle + side * rng.uniform(0.42, 0.52)
    half, tilt = side * rng.uniform(0.30, 0.40), rng.uniform(-0.06, 0.06) * side
    nose = top - side * rng.uniform(0, 0.08)
    outline = np.array([
        [middle - half, top + tilt], [middle, nose], [middle + half, top - tilt],
        [middle + half * 0.8, chin - side * 0.12], [middle + half * 0.35, chin], [middle - half * 0.35, chin],
        [middle - half * 0.8, chin - side * 0.12],
    ])  # fmt: skip
    cover = np.zeros(crop.shape[:2], np.uint8)
    cv2.fillPoly(cover, [outline.round().astype(np.int32)], 255)
    cover = cv2.GaussianBlur(cover, (0, 0), max(0.6, crop.shape[0] / 200))
    colour = np.array(MASK_COLOURS[rng.integers(len(MASK_COLOURS))], float) + rng.uniform(-15, 15, 3)
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32)
    light = cv2.GaussianBlur(grey, (0, 0), max(1, crop.shape[0] / 12))
    light /= max(light.mean(), 1)
    folds = np.ones(crop.shape[:2], np.float32)
    for _ in range(int(rng.integers(0, 4))):
        height = int(top + (chin - top) * rng.uniform(0.2, 0.8))
        shade, width = float(rng.uniform(0.8, 0.95)), max(1, crop.shape[0] // 80)
        cv2.line(folds, (0, height), (crop.shape[1], height + int(tilt)), shade, width)
    cloth = np.clip(colour * (0.4 + 0.6 * light * folds)[..., None] + rng.normal(0, 3, crop.shape), 0, 255)
    alpha = (cover / 255.0)[..., None]
    return (crop * (1 - alpha) + cloth * alpha).astype(np.uint8)
