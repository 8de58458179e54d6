"""Whether a protected picture that stands in a clip for a while is found, and what the look costs. Seeds are fixed.

    python -m benchmarks.safety.pictures.clips FOLDER... [--pictures FOLDER] [--entries N] [--each N] [--seed N]

Registers what `benchmarks.safety.pictures` does, plants one of these in the first six seconds of each clip of the
folders, N times at a random time and place, and asks the detector about the encoded clip, and about the clip alone.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
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
    """How a picture is shown.

    Attributes:
        seconds: for how long.
        share: of the clip's height.
        fade: share of the time in which it comes, and in which it goes.
        drift: pixels a frame to the right.
        frame: pixels of a frame around it.
        last: whether the clip ends with it.
    """

    seconds: float
    share: float
    fade: float = 0.0
    drift: int = 0
    frame: int = 0
    last: bool = False


PLANS: Final = {
    "fills the height, for 0.4 s": Plan(0.4, 1.0), "fills the height, for 1 s": Plan(1.0, 1.0),
    "fills the height, the last 0.5 s": Plan(0.5, 1.0, last=True),
    "fills the height, faded in and out, for 1.5 s": Plan(1.5, 1.0, fade=0.33),
    "60 % of the height, for 0.5 s": Plan(0.5, 0.6), "60 % of the height, for 1 s": Plan(1.0, 0.6),
    "60 % of the height, moving, for 1 s": Plan(1.0, 0.6, drift=8),
    "50 % of the height, in a frame, for 1 s": Plan(1.0, 0.5, frame=8),
    "40 % of the height, for 0.5 s": Plan(0.5, 0.4), "40 % of the height, for 2 s": Plan(2.0, 0.4),
}  # fmt: skip


def opened(path: Path) -> list[Rgb]:
    frames: list[TimedPicture] = list(read_frames(path, every_s=1 / RATE, max_side_px=SIZE[0], end_s=LONGEST_S))
    return [np.asarray(cv2.resize(frame.picture, SIZE, interpolation=cv2.INTER_AREA), np.uint8) for frame in frames]


def planted(frames: Sequence[Rgb], picture: Rgb, plan: Plan, rng: np.random.Generator) -> list[Rgb]:
    length = round(plan.seconds * RATE)
    scale = min(plan.share * SIZE[1] / picture.shape[0], (SIZE[0] - plan.drift * length) / picture.shape[1])
    small = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    if plan.frame:
        colour = [int(c) for c in rng.integers(0, 256, 3)]
        edge = plan.frame
        small = np.asarray(cv2.copyMakeBorder(small, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=colour))
    h, w = small.shape[:2]
    top = int(rng.integers(0, SIZE[1] - h + 1))
    left = int(rng.integers(0, max(0, SIZE[0] - w - plan.drift * length) + 1))
    latest = max(0, len(frames) - length)
    first = latest if plan.last else int(rng.integers(0, max(1, latest)))
    shown = [frame.copy() for frame in frames]
    for number, frame in enumerate(shown[first : first + length]):
        part = frame[top : top + h, left + plan.drift * number :][:, :w]
        part[:] = cv2.addWeighted(small, _strength(plan, number, length), part, 1 - _strength(plan, number, length), 0)
    return shown


def _strength(plan: Plan, number: int, length: int) -> float:
    """How much of the picture is to be seen in a frame of those that show it, 0 to 1."""
    if not plan.fade:
        return 1.0
    return min(1.0, (number + 1) / (plan.fade * length), (length - number) / (plan.fade * length))


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
    parser.add_argument("--each", type=int, default=1)
    parser.add_argument("--seed", type=int, default=9)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    index = PictureIndex()
    known = filled(index, options.pictures, options.entries)
    detector, names, rng = PictureDetector(index), sorted(known), np.random.default_rng(options.seed)
    clips = {path.stem: opened(path) for folder in options.folders for path in sorted(folder.rglob("*.mp4"))}
    clips = {name: frames for name, frames in clips.items() if len(frames) > 2 * RATE}
    with TemporaryDirectory() as folder:
        for label, plan in PLANS.items():
            missed = []
            for (clip, frames), _ in product(clips.items(), range(options.each)):
                name = names[int(rng.integers(0, len(names)))]
                found = asked(detector, planted(frames, known[name], plan, rng), Path(folder))
                if [place.entry for place in found.evidence] != [f"picture:{name}"]:
                    missed.append(f"{name}@{clip}")
            asked_about = len(clips) * options.each
            row(label, asked_about - len(missed), asked_about, missed)
        wrong, spent_s = 0, []
        for frames in clips.values():
            started = time.process_time()
            wrong += asked(detector, frames, Path(folder)).fired
            spent_s.append(time.process_time() - started)
    row("without it, matched", wrong, len(clips), ())
    print(f"processor time of a clip of six seconds, encoding included: {np.median(spent_s):.1f} s")


if __name__ == "__main__":
    main()
