"""Unmarked material: nothing may be read, however often it is tried.

Fast cut-outs go straight to the decoder, whether or not the template shows: alone and as several views combined, the
whole list, and all views together with the longest list. That is what the reader checks at a geometry, and it would
check few of these. A share of the pictures also gets the reader's full search of the geometry.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.watermark.clips import HEIGHT, SHARED, clips
from benchmarks.watermark.run import KEYRING
from watermark.invisible import PixelReader
from watermark.invisible.carriers import EVEN_RADIUS, carriers_of
from watermark.invisible.code import LIST_SIZE, decode
from watermark.invisible.combine import combined, settled, view
from watermark.invisible.demodulate import fold, lock, pilot_score
from watermark.invisible.leads import LONG_LISTS
from watermark.invisible.payload import CRC_BITS
from watermark.invisible.residual import coarse_residual, fine_residual, residual

Plane = NDArray[np.uint8]
SIDES_PX = (256, 720)
FULL_SEARCHES = 40
PER_PICTURE = 40


def table(count: int) -> str:
    """Markdown: cut-outs, words checked, words found, the highest pilot score."""
    checked, found, foreign, highest = fast(count)
    searches = min(FULL_SEARCHES, max(count // PER_PICTURE, 1))
    states, tried = searched(searches)
    return (
        "| unmarked | cut-outs | words checked | found | lists with a valid CRC (by chance) | highest pilot score |\n"
        "|---|---|---|---|---|---|\n"
        f"| straight to the decoder | {count} | {checked} | {found} | {foreign} ({checked * 2.0**-CRC_BITS:.1f}) "
        f"| {highest:.1f} |\n"
        f"| full search | {searches} | {tried} | {states.count('found')} | {states.count('unreadable')} | |\n"
    )


def fast(count: int) -> tuple[int, int, int, float]:
    """Words checked, found and foreign over `count` cut-outs, and the highest pilot score."""
    key = KEYRING.key
    carriers = carriers_of(key)
    checked = found = foreign = 0
    highest = 0.0
    for plane in _cutouts(count):
        tiles = [fold(rest(plane)) for rest in (residual, fine_residual, coarse_residual)]
        locked = lock(tiles[0], carriers)
        highest = max(highest, pilot_score(locked, carriers))
        views = [view(tile, carriers) for tile in tiles]
        offset = settled(views, carriers, locked.offset)
        softs = [combined(views[:1], carriers, locked.offset, reach=reach)[0] for reach in (np.inf, EVEN_RADIUS)]
        softs += [combined(views, carriers, offset, alike)[0] for alike in (False, True)]
        softs.append(combined(views, carriers, offset, reach=EVEN_RADIUS)[0])
        for soft, tried in [*((soft, LIST_SIZE) for soft in softs), (softs[2], LONG_LISTS[0])]:
            answer = decode(soft, key, tried)
            checked += answer.attempts
            found += answer.payload is not None
            foreign += answer.foreign
    return checked, found, foreign, highest


def searched(count: int) -> tuple[list[str], int]:
    """States and words checked by the reader's full search of `count` pictures."""
    states, checked = [], 0
    for plane in _pictures():
        if len(states) == count:
            break
        reader = PixelReader(KEYRING)
        reader.add(plane, 0.0)
        answer = reader.result()
        states.append(answer.state)
        checked += answer.attempts
    return states, checked


def _cutouts(count: int) -> Iterator[Plane]:
    """Random squares of random size from all pictures in turn, some mirrored."""
    generator = np.random.default_rng(11)
    made = 0
    while True:
        for picture in _pictures():
            for _ in range(PER_PICTURE):
                if made == count:
                    return
                side = int(generator.integers(SIDES_PX[0], min(SIDES_PX[1], *picture.shape) + 1))
                top, left = (int(generator.integers(0, length - side + 1)) for length in picture.shape)
                part = picture[top : top + side, left : left + side]
                yield np.ascontiguousarray(part[:, ::-1] if generator.integers(2) else part)
                made += 1


def _pictures() -> Iterator[Plane]:
    """Luma of the shared pictures and of one frame of every clip, at least 256 px each way."""
    for make in clips().values():
        yield make(1)[0][:HEIGHT]
    for path in sorted((SHARED / "faces").glob("*/*.jpg")):
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if picture is not None and min(picture.shape) >= SIDES_PX[0]:
            yield np.asarray(picture, np.uint8)
