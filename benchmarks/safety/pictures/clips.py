"""Whether a protected picture that stands in a clip for a while is found, and what the look costs. Seeds are fixed.

    python -m benchmarks.safety.pictures.clips FOLDER_OF_CLIPS... [--pictures FOLDER] [--entries N]

Registers what `benchmarks.safety.pictures` does, plants one of these in the first six seconds of each clip, at a random
time and place, and asks the detector about the encoded clip, and about the clip without it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import cv2
import numpy as np

from benchmarks.safety.pictures.__main__ import filled, row
from benchmarks.safety.pictures.drawings import Rgb
from media.caged import TimedPicture, read_frames
from media.clip import VideoFormat
from media.colour import to_i420
from media.encode import VideoWriter
from safety.detectors.pictures import PictureDetector
from safety.detectors.weights import sha256_of
from safety.registry.pictures import PictureIndex
from safety.signals import MediaItem, Signal

SIZE: Final = (640, 360)
RATE: Final = 12
LONGEST_S: Final = 6.0


@dataclass(frozen=True, slots=True)
class Plan:
    """For how many seconds the picture is shown, and how large: a share of the height."""

    seconds: float
    share: float


PLANS: Final = {
    "fills the height, for 0.4 s": Plan(0.4, 1.0), "fills the height, for 1 s": Plan(1.0, 1.0),
    "60 % of the height, for 1 s": Plan(1.0, 0.6), "40 % of the height, for 2 s": Plan(2.0, 0.4),
}  # fmt: skip


def opened(path: Path) -> list[Rgb]:
    frames: list[TimedPicture] = list(read_frames(path, every_s=1 / RATE, max_side_px=SIZE[0], end_s=LONGEST_S))
    return [np.asarray(cv2.resize(frame.picture, SIZE, interpolation=cv2.INTER_AREA), np.uint8) for frame in frames]


def planted(frames: Sequence[Rgb], picture: Rgb, plan: Plan, rng: np.random.Generator) -> list[Rgb]:
    scale = plan.share * SIZE[1] / picture.shape[0]
    scale = min(scale, SIZE[0] / picture.shape[1])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    h, w = small.shape[:2]
    top, left = int(rng.integers(0, SIZE[1] - h + 1)), int(rng.integers(0, SIZE[0] - w + 1))
    length = round(plan.seconds * RATE)
    first = int(rng.integers(0, max(1, len(frames) - length)))
    shown = [frame.copy() for frame in frames]
    for frame in shown[first : first + length]:
        frame[top : top + h, left : left + w] = small
    return shown


def asked(detector: PictureDetector, frames: Sequence[Rgb], folder: Path) -> Signal:
    path = folder / "clip.mp4"
    with VideoWriter(path, VideoFormat(*SIZE, Fraction(RATE))) as writer:
        for frame in frames:
            writer.write(to_i420(np.ascontiguousarray(frame)))
    return detector.observe(MediaItem("output", "video", str(path), sha256_of(path)))[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--pictures", nargs="*", type=Path, default=[])
    parser.add_argument("--entries", type=int, default=8)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    index = PictureIndex()
    known = filled(index, options.pictures, options.entries)
    detector, names, rng = PictureDetector(index), sorted(known), np.random.default_rng(9)
    clips = [opened(path) for folder in options.folders for path in sorted(folder.rglob("*.mp4"))]
    clips = [frames for frames in clips if len(frames) > 2 * RATE]
    with TemporaryDirectory() as folder:
        for label, plan in PLANS.items():
            hits = 0
            for frames in clips:
                name = names[int(rng.integers(0, len(names)))]
                found = asked(detector, planted(frames, known[name], plan, rng), Path(folder))
                hits += [place.entry for place in found.evidence] == [f"picture:{name}"]
            row(label, hits, len(clips), ())
        wrong, spent_s = 0, []
        for frames in clips:
            started = time.process_time()
            wrong += asked(detector, frames, Path(folder)).fired
            spent_s.append(time.process_time() - started)
    row("without it, matched", wrong, len(clips), ())
    print(f"processor time of a clip of six seconds, encoding included: {np.median(spent_s):.1f} s")


if __name__ == "__main__":
    main()
