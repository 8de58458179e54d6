"""Whether a reference shows nothing but what one of our releases shows, place by place and frame by frame.

A mark survives a face that is pasted into a corner, and a fingerprint of the whole picture hardly moves. So a mark
alone names a release, and only this comparison with the released file says that nothing was put in. Other framings
(crops, borders, turned pictures), other speeds with blended frames and redrawn parts are not taken for copies.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from media.caged import probe, read_frames, read_picture
from media.clip import Picture

CELLS: Final = 48  # on each side; a face of 32 px in 640 covers two to three of them
CELL_CHANGE: Final = 26.0  # difference of one cell's colour (0-255) that compression does not make
SHAPE_CHANGE: Final = 0.02  # of the ratio of width to height
_NEAREST: Final = 4  # frames of the release with which a frame is compared closely
_READ_PX: Final = 320

Cells = NDArray[np.uint8]


def shows_only(reference: Path, released: Path) -> bool:
    """Whether each picture of `reference` is one of `released`, in every cell.

    Raises:
        InputError: one of the files cannot be read.
    """
    info, own = probe(reference), probe(released)
    if info.alpha or not info.height_px or not own.height_px:
        return False
    if abs(info.width_px / info.height_px * own.height_px / own.width_px - 1) > SHAPE_CHANGE:
        return False
    known = np.stack(list(_cells(released, own.kind == "image" and not own.animated)))
    coarse = _coarse(known)
    return all(_among(cells, known, coarse) for cells in _cells(reference, info.kind == "image" and not info.animated))


def _cells(path: Path, still: bool) -> Iterator[Cells]:
    """Mean colours of each picture: uint8 [48, 48, 3]."""
    if still:
        yield _grid(read_picture(path))
        return
    for shown in read_frames(path, max_side_px=_READ_PX):
        yield _grid(shown.picture)


def _grid(picture: Picture) -> Cells:
    return np.asarray(cv2.resize(picture, (CELLS, CELLS), interpolation=cv2.INTER_AREA), np.uint8)


def _coarse(cells: Cells) -> NDArray[np.float32]:
    """Mean colours of 6 x 6 blocks of cells: float32 [n, 192]."""
    blocks = cells.reshape(len(cells), 8, CELLS // 8, 8, CELLS // 8, 3).astype(np.float32)
    return np.asarray(blocks.mean((2, 4)).reshape(len(cells), -1), np.float32)


def _among(cells: Cells, known: Cells, coarse: NDArray[np.float32]) -> bool:
    """Whether one of the frames that look most alike is the same in every cell."""
    nearest = np.argsort(np.abs(coarse - _coarse(cells[None])).mean(1))[:_NEAREST]
    change = np.abs(known[nearest].astype(np.int16) - cells).max((1, 2, 3))
    return bool(change.min() < CELL_CHANGE)
