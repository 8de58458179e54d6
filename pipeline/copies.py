"""Whether a reference shows and sounds like nothing but one of our releases, place by place and moment by moment.

A mark survives a face that is pasted into a corner, and a fingerprint of the whole picture hardly moves. So a mark
alone names a release, and only this comparison with the released file says that nothing was put in. Other framings
(crops, borders, turned pictures), other speeds with blended frames and redrawn parts are not taken for copies. Sound
may be cut at both ends, made louder or softer and recompressed; other speeds and mixtures are not taken for copies.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from media.caged import probe, read_frames, read_picture, read_sound
from media.clip import Picture

CELLS: Final = 48  # on each side; a face of 32 px in 640 covers two to three of them
CELL_CHANGE: Final = 26.0  # difference of one cell's colour (0-255) that compression does not make
SHAPE_CHANGE: Final = 0.02  # of the ratio of width to height
_NEAREST: Final = 4  # frames of the release with which a frame is compared closely
_READ_PX: Final = 320

RATE_HZ: Final = 8_000
WINDOW_S: Final = 0.25
REST: Final = 0.1  # largest share of a window's energy that the release does not explain: 10 dB below
_QUIET: Final = 1e-4  # of the mean energy, 40 dB below: what is left of silence by compression
_SHORTEST_S: Final = 1.0

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


def sounds_only(reference: Path, released: Path) -> bool:
    """Whether each quarter of a second of `reference` is one of `released`, at one shift.

    Raises:
        InputError: one of the files cannot be read.
    """
    heard, own = (read_sound(path, RATE_HZ, 1) for path in (reference, released))
    if heard is None or own is None or heard.samples.shape[1] < _SHORTEST_S * RATE_HZ:
        return False
    return _explained(heard.samples[0].astype(np.float64), own.samples[0].astype(np.float64))


def _explained(heard: NDArray[np.float64], own: NDArray[np.float64]) -> bool:
    """Samples [n] and [m] at 8 kHz: whether the second, shifted and scaled, leaves little of each window of the first.
    Silence is explained by nothing."""
    from scipy import signal

    size = round(WINDOW_S * RATE_HZ)
    shift = int(np.argmax(np.abs(signal.correlate(own, heard, "full")))) - (len(heard) - 1)
    before, after = max(0, -shift), max(0, shift + len(heard) - len(own))
    padded = np.pad(own, (before, after))
    same = padded[shift + before :][: len(heard)]
    gain = float(same @ heard) / max(float(same @ same), 1e-12)
    windows = range(0, len(heard), size)
    energy = np.array([np.sum(heard[at : at + size] ** 2) for at in windows])
    rest = np.array([np.sum((heard[at : at + size] - gain * same[at : at + size]) ** 2) for at in windows])
    return bool(energy.mean() > 0 and np.all(rest <= REST * energy + _QUIET * energy.mean()))
