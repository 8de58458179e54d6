"""How often pictures that nobody registered are taken for a registered one. Seeds are fixed.

    python -m benchmarks.safety.pictures.others FOLDER... [--entries N] [--ask FOLDER] [--clips FOLDER] [--drawn N]

Registers what `benchmarks.safety.pictures` does and asks with all other pictures of the folders, with those of `--ask`
(`--step` takes every second, third ... of them), with two quarters of each, with frames of clips two seconds apart
and with N drawn pictures of each kind; with `--screenshots` inside a screenshot, too. A picture counts once, as false
where any of its questions matches.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks.safety.pictures.__main__ import asked, chosen, drawn, filled, from_folder, opened, row
from benchmarks.safety.pictures.drawings import Rgb
from benchmarks.safety.pictures.edits import HARD
from media.caged import read_frames
from safety.registry.pictures import PictureIndex

FIRST_OTHER: Final = 500_000  # seeds from here on are never registered
CLIP_S: Final = 2.0  # between two frames of a clip


def quarters(pictures: Iterable[tuple[str, Rgb]]) -> Iterator[tuple[str, Rgb]]:
    for name, picture in pictures:
        h, w = (side // 2 for side in picture.shape[:2])
        yield f"{name}/upper left", np.ascontiguousarray(picture[:h, :w])
        yield f"{name}/lower right", np.ascontiguousarray(picture[h:, w:])


def frames(folder: Path) -> Iterator[tuple[str, Rgb]]:
    for path in sorted(folder.rglob("*.mp4")):
        yield from ((f"{path.stem}@{f.time_s:.0f}", f.picture) for f in read_frames(path, CLIP_S, 640))


def falsely_matched(
    index: PictureIndex, label: str, others: Iterable[tuple[str, Rgb]], screenshots: bool = False
) -> tuple[int, int]:
    """Prints a row; returns how many pictures matched, and of how many."""
    wrong, spent_ms = [], []
    rng = np.random.default_rng(8)
    for name, picture in others:
        started = time.process_time()
        found = asked(index, picture)
        spent_ms.append(1000 * (time.process_time() - started))
        if screenshots:
            found = found or asked(index, HARD["screenshot"](picture, rng))
        wrong += [f"{name}={found}"] if found else []
    row(label, len(wrong), len(spent_ms), wrong)
    print(
        f"    processor time of one: {np.median(spent_ms):.0f} ms (median), {np.percentile(spent_ms, 95):.0f} ms (p95)"
    )
    return len(wrong), len(spent_ms)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--entries", type=int, default=50)
    parser.add_argument("--ask", nargs="*", type=Path, default=[])
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--clips", nargs="*", type=Path, default=[])
    parser.add_argument("--drawn", type=int, default=400)
    parser.add_argument("--screenshots", action="store_true")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    index = PictureIndex()
    filled(index, options.folders, options.entries)
    own = {path for folder in options.folders for path in chosen(folder, options.entries)}
    paths = [path for folder in (*options.folders, *options.ask) for path in from_folder(folder)]
    asking = [path for path in paths if path not in own][:: options.step]
    groups = {
        "pictures": ((path.stem, opened(path)) for path in asking),
        "quarters of pictures": quarters((path.stem, opened(path)) for path in asking),
        "frames of clips": (frame for folder in options.clips for frame in frames(folder)),
        "drawn pictures": drawn(FIRST_OTHER, options.drawn),
    }
    counts = [falsely_matched(index, label, others, options.screenshots) for label, others in groups.items()]
    row("**all of these**", sum(wrong for wrong, _ in counts), sum(count for _, count in counts), ())


if __name__ == "__main__":
    main()
