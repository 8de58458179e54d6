"""Size and readings on clips that nothing was tuned on: python -m benchmarks.watermark.unseen [--frames N]

Camera moves over other pictures than the benchmark's, a hand-held camera, a clip from a surveillance camera, and the
even clips of `benchmarks.watermark.even` that were made for it.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from benchmarks.watermark import clips, even
from benchmarks.watermark.attacks import ATTACKS, Frames, decode
from benchmarks.watermark.clips import HEIGHT, SHARED, WIDTH, i420
from benchmarks.watermark.run import PAYLOAD, deliver, read

MOVES = {"pan": (1.15, 0.3), "push in": (1.6, 0.0), "pull out": (0.75, 0.0), "drift": (1.1, -0.15)}
READINGS = ("none", "H.264 CRF 33", "one frame, JPEG 50", "middle second of the clip + CRF 28")


def _move(path: Path, zoom: float, pan: float, count: int) -> Frames:
    """A camera move over a picture, from scale 1.4."""
    return _views(path, [(1.4 * zoom ** (i / count), pan * (i / count - 0.5) * WIDTH, 0.0) for i in range(count)])


def _hand_held(path: Path, count: int) -> Frames:
    """A camera that is held by hand: it drifts and shakes."""
    shake = np.random.default_rng(7).normal(0, 1, (count, 2)).cumsum(axis=0)
    return _views(path, [(1.5, 2.0 * x, 1.5 * y) for x, y in shake])


def _views(path: Path, poses: list[tuple[float, float, float]]) -> Frames:
    picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    height, width = picture.shape[:2]
    frames = []
    for zoom, x, y in poses:
        scale = max(WIDTH / width, HEIGHT / height) * zoom
        matrix = np.array([[scale, 0, (WIDTH - width * scale) / 2 + x], [0, scale, (HEIGHT - height * scale) / 2 + y]])
        view = cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
        frames.append(i420(view))
    return frames


def material() -> dict[str, Callable[[int], Frames]]:
    """Name -> function from a frame count to I420 frames; what needs the shared data only where it lies."""
    photos = sorted((SHARED / "faces" / "other").glob("*_scene.jpg"))[1:]
    drawings = sorted((SHARED / "faces" / "other").glob("*_cartoon2d.jpg"))[2:]
    moved: dict[str, Callable[[int], Frames]] = {}
    for index, (name, (zoom, pan)) in enumerate(MOVES.items()):
        if len(photos) > index:
            moved[f"{name}, photo"] = partial(_move, photos[index], zoom, pan)
        if len(drawings) > index:
            moved[f"{name}, drawing"] = partial(_move, drawings[index], zoom, pan)
    if len(photos) > len(MOVES):
        moved["hand-held"] = partial(_hand_held, photos[len(MOVES)])
    walk = SHARED / "media" / "video_people" / "intel_one_by_one_person_6s.mp4"
    real: dict[str, Callable[[int], Frames]] = {"walk": partial(clips._file, walk)} if walk.exists() else {}
    evens = {name: make for name, make in even.material().items() if name not in clips.clips()}
    return {**moved, **real, **evens}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=96)
    parser.add_argument("--read", action="store_true", help="attack and read as well")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    sizes = []
    print(f"| clip | size at CRF 23 | {' | '.join(READINGS)} |\n|---|---|{'---|' * len(READINGS)}")
    for name, make in material().items():
        frames = make(options.frames)
        plain, marked = len(deliver(frames, 23, payload=None)), len(deliver(frames, 23))
        sizes.append(100 * (marked / plain - 1))
        delivered = decode(deliver(frames)) if options.read else []
        answers = [read(ATTACKS[attack](delivered))[0].payload for attack in READINGS] if options.read else []
        cells = " | ".join("read" if answer == PAYLOAD else "WRONG" if answer else "-" for answer in answers)
        print(f"| {name} ({plain // 1000} kB) | {sizes[-1]:+.1f} % | {cells} |", flush=True)
    print(f"\nmedian {statistics.median(sizes):+.1f} %, worst {max(sizes):+.1f} %")


if __name__ == "__main__":
    main()
