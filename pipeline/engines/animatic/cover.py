"""Which parts of a frame a layer touches, and which it hides: what cannot be seen is not drawn.

The frame is looked at in square blocks. A layer leaves a block EMPTY, shows something in it (MIXED), or covers it
completely (FULL). What lies behind a FULL block is left out; blocks that are alike are drawn as one rectangle.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

BLOCK_PX = 96
CELL_PX = 16
GAP = 3  # blocks
EMPTY, MIXED, FULL = 0, 1, 2

Grid = NDArray[np.uint8]
Window = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """Sums over the cells of a tile, so that any rectangle of it is judged by four look-ups.

    Attributes:
        used, open: int32 [rows + 1, columns + 1], integral counts of cells that hold anything, that are not opaque.
        size: width and height of the tile in pixels.
    """

    used: NDArray[np.int32]
    open: NDArray[np.int32]
    size: tuple[int, int]

    @classmethod
    def of(cls, alpha: NDArray[np.uint8], *, solid: bool = False) -> Self:
        """Of the alpha of a tile, uint8 [h, w]; of any plane of it when it is `solid`, opaque everywhere."""
        height, width = alpha.shape
        if solid:
            every = np.ones((-(-height // CELL_PX), -(-width // CELL_PX)), np.bool_)
            return cls(_sums(every), _sums(~every), (width, height))
        padded = np.pad(alpha, ((0, -height % CELL_PX), (0, -width % CELL_PX)))
        cells = padded.reshape(padded.shape[0] // CELL_PX, CELL_PX, padded.shape[1] // CELL_PX, CELL_PX)
        used, opened = cells.max(axis=(1, 3)) > 0, cells.min(axis=(1, 3)) < 255
        return cls(_sums(used), _sums(opened), (width, height))

    def states(self, matrix: NDArray[np.float64], frame_size: tuple[int, int]) -> Grid:
        """EMPTY, MIXED or FULL for every block of the frame.

        Args:
            matrix: 2x3, from tile to frame coordinates in pixels.
            frame_size: width, height.
        """
        if abs(matrix[0, 1]) > 1e-6 or abs(matrix[1, 0]) > 1e-6 or min(matrix[0, 0], matrix[1, 1]) <= 0:
            return self._around(matrix, frame_size)
        (left, right), (top, bottom) = (_seen(matrix[k, k], matrix[k, 2], frame_size[k]) for k in (0, 1))
        (x0, x1), (y0, y1) = (
            _cells(low, high, self.used.shape[1 - k] - 1)
            for k, (low, high) in enumerate(((left, right), (top, bottom)))
        )
        rows = ((top >= 0) & (bottom <= self.size[1]))[:, None]
        inside = rows & ((left >= 0) & (right <= self.size[0]))[None, :]
        used, opened = (
            (lower := s[y1] - s[y0])[:, x1] - lower[:, x0] for s in (self.used, self.open)
        )  # fmt: skip
        states = (used > 0).astype(np.uint8)
        states[inside & (opened == 0) & (used > 0)] = FULL
        return states

    def _around(self, matrix: NDArray[np.float64], frame_size: tuple[int, int]) -> Grid:
        """A tile that is turned hides nothing and shows something in all blocks around it."""
        width, height = self.size
        corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]]) @ matrix.T
        low, high = corners.min(axis=0), corners.max(axis=0)
        across, down = (
            (edges(frame_size[k])[:-1] < high[k]) & (edges(frame_size[k])[1:] > low[k]) for k in (0, 1)
        )  # fmt: skip
        return np.asarray(down[:, None] & across[None, :], np.uint8)


def _sums(cells: NDArray[np.bool_]) -> NDArray[np.int32]:
    return np.pad(
        cells.astype(np.int32).cumsum(axis=0, dtype=np.int32).cumsum(axis=1, dtype=np.int32), ((1, 0), (1, 0))
    )


def _seen(scale: float, shift: float, length_px: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What the blocks along one side show of the tile, from and to, two pixels more on both ends."""
    at = ((edges(length_px) - shift) / scale).astype(np.float64)
    return at[:-1] - 2, at[1:] + 2


@cache
def edges(length_px: int) -> NDArray[np.int64]:
    """Where the blocks along one side of the frame begin and, last, end."""
    return np.append(np.arange(0, length_px, BLOCK_PX), length_px)


def _cells(
    low: NDArray[np.float64], high: NDArray[np.float64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    first = np.clip(np.floor(low / CELL_PX), 0, count).astype(np.int64)
    last = np.clip(np.ceil(high / CELL_PX), 0, count).astype(np.int64)
    return first, np.maximum(first, last)


def windows(states: Grid, frame_size: tuple[int, int]) -> Iterator[tuple[Window, bool]]:
    """Few rectangles (left, top, right, bottom) around all blocks that are not EMPTY, and whether all of it is FULL.

    Rows of a kind make a band; a band falls apart only where a gap is wide, because each rectangle has its own cost.
    """
    across, down = edges(frame_size[0]).tolist(), edges(frame_size[1]).tolist()
    shown = states != EMPTY
    mixed = (states == MIXED).any(axis=1)
    kinds = np.where(mixed, MIXED, np.where(shown.any(axis=1), FULL, EMPTY)).tolist()
    first = 0
    for row in range(1, len(kinds) + 1):
        if row < len(kinds) and kinds[row] == kinds[first]:
            continue
        if kinds[first] != EMPTY:
            band = shown[first:row]
            for left, right in _spans(band.any(axis=0)):
                full = kinds[first] == FULL and bool(band[:, left:right].all())
                yield (across[left], down[first], across[right], down[row]), full
        first = row


def _spans(columns: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Runs of columns that are set; runs nearer than `GAP` are one."""
    found = np.flatnonzero(columns).tolist()
    start = before = found[0]
    for column in found[1:]:
        if column - before > GAP:
            yield start, before + 1
            start = column
        before = column
    yield start, before + 1


def bounds(states: Grid, frame_size: tuple[int, int]) -> Window | None:
    """The one rectangle around all blocks that are not EMPTY."""
    rows, columns = np.flatnonzero(states.any(axis=1)), np.flatnonzero(states.any(axis=0))
    if rows.size == 0:
        return None
    across, down = edges(frame_size[0]), edges(frame_size[1])
    return int(across[columns[0]]), int(down[rows[0]]), int(across[columns[-1] + 1]), int(down[rows[-1] + 1])
