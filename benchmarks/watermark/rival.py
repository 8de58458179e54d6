"""`invisible-watermark` (dwtDct, 64 bits) on the same frames: bits right out of 64, one frame at a time."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from benchmarks.watermark.attacks import ATTACKS, Frames, planes
from benchmarks.watermark.clips import clips

_ATTACKS = ("none", "H.264 CRF 28", "50 % size + CRF 23", "crop 80 % + CRF 23", "one frame, JPEG 50")
_BITS = [int(bit) for bit in format(0x5A3C96F00F69C3A5, "064b")]


def table(names: Iterable[str], frame_count: int) -> str:
    """Markdown: mean bit accuracy of dwtDct per attack; a note when the package is not installed."""
    try:
        from imwatermark.maxDct import EmbedMaxDct
    except ImportError as error:
        return f"invisible-watermark is not installed ({error.name}).\n"
    score: dict[str, list[float]] = {attack: [] for attack in _ATTACKS}
    for name in names:
        marked = [_mark(frame, EmbedMaxDct(_BITS, wmLen=64)) for frame in clips()[name](frame_count)]
        for attack in _ATTACKS:
            score[attack].append(_bits_right(ATTACKS[attack](marked), EmbedMaxDct(_BITS, wmLen=64)))
    lines = ["| attack | dwtDct, bits right | whole word |", "|---|---|---|"]
    lines += [
        f"| {attack} | {np.mean(values):.2f} | {sum(value == 1 for value in values)} / {len(values)} |"
        for attack, values in score.items()
    ]
    return "\n".join(lines) + "\n"


def _mark(frame: np.ndarray, embedder: object) -> np.ndarray:
    picture = cv2.cvtColor(frame, cv2.COLOR_YUV2BGR_I420)
    return cv2.cvtColor(embedder.encode(picture), cv2.COLOR_BGR2YUV_I420)  # type: ignore[attr-defined]


def _bits_right(frames: Frames, embedder: object) -> float:
    """Mean over three frames of the share of right bits."""
    scores = []
    for frame in frames[:: max(len(frames) // 3, 1)]:
        if min(planes(frame)[0].shape) < 64:
            continue
        bits = embedder.decode(cv2.cvtColor(frame, cv2.COLOR_YUV2BGR_I420))  # type: ignore[attr-defined]
        scores.append(float(np.mean((np.asarray(bits, float) > 0.5) == np.array(_BITS, bool))))
    return float(np.mean(scores))
