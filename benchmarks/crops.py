"""Of how many pictures a crop is still found by likeness, with every mark and all metadata gone.

    python -m benchmarks.crops PICTURE_OR_CLIP...

Of a clip one frame is taken. Each picture is cropped to its middle and to a corner chosen by chance, coded as JPEG 60,
and compared with what the ledger remembers of it; then with what it remembers of every other picture. A picture that
looks like an earlier one is left out. Prints Markdown.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from watermark.fingerprint import SAME_BITS, FrameCode, frame_code, hamming

SHARES = (0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6)
CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))
FRAME = 20
Luma = NDArray[np.uint8]


def luma_of(path: Path) -> Luma | None:
    """A picture, or one frame of a clip, as grey levels; None where there is nothing to see."""
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        clip = cv2.VideoCapture(str(path))
        frames = [frame for read, frame in (clip.read() for _ in range(FRAME)) if read]
        picture = cv2.cvtColor(frames[-1], cv2.COLOR_BGR2GRAY) if frames else None
    return None if picture is None or min(picture.shape) < 100 else np.asarray(picture, np.uint8)


def cropped(picture: Luma, share: float, down: float, across: float) -> FrameCode | None:
    """The code of a part of the picture after JPEG."""
    height, width = (round(length * share) for length in picture.shape)
    top, left = round((picture.shape[0] - height) * down), round((picture.shape[1] - width) * across)
    part = np.ascontiguousarray(picture[top : top + height, left : left + width])
    _, data = cv2.imencode(".jpg", part, [cv2.IMWRITE_JPEG_QUALITY, 60])
    return frame_code(np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8), parts=False)


def same(asked: FrameCode, known: FrameCode) -> bool:
    return bool(hamming([asked.code], [known.code, *known.inner]).min() <= SAME_BITS)


def main() -> None:
    """Crop, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    pictures = [picture for path in parser.parse_args().files if (picture := luma_of(path)) is not None]
    known: dict[int, FrameCode] = {}
    for number, picture in enumerate(pictures):
        code = frame_code(picture)
        if code is not None and not any(same(code, other) for other in known.values()):
            known[number] = code
    random = np.random.default_rng(0)
    print("| each side kept | around the middle | at a corner | taken for another |\n|---|---|---|---|")
    for share in SHARES:
        middle = {n: cropped(pictures[n], share, 0.5, 0.5) for n in known}
        corner = {n: cropped(pictures[n], share, *CORNERS[int(random.integers(4))]) for n in known}
        cells = [
            sum(code is not None and same(code, known[n]) for n, code in part.items()) for part in (middle, corner)
        ]
        wrong = sum(
            same(code, known[other]) for part in (middle, corner) for n, code in part.items() if code is not None
            for other in known if other != n
        )  # fmt: skip
        pairs = 2 * len(known) * (len(known) - 1)
        print(f"| {share:.0%} | {cells[0]} of {len(known)} | {cells[1]} of {len(known)} | {wrong} of {pairs} pairs |")


if __name__ == "__main__":
    main()
