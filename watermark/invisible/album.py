"""Pictures of a clip that the reader keeps, for views that are only worth their time where nothing else read."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from watermark.invisible.residual import coarse_residual, fine_residual, patch_residual, reduced, residual

MOST_PICTURES = 48

Plane = NDArray[np.float32]


class Album:
    """Up to 48 pictures of at most 480 lines, spread over the clip."""

    def __init__(self) -> None:
        self._pictures: list[NDArray[np.uint8]] = []
        self._every = 1
        self._seen = 0
        self._views: tuple[Plane, ...] | None = None
        self._mean: Plane | None = None

    def add(self, luma: NDArray[np.uint8]) -> None:
        """Take in the next picture of the clip, uint8 [h, w]."""
        if self._seen % self._every == 0:
            if len(self._pictures) == MOST_PICTURES:
                self._pictures, self._every = self._pictures[::2], 2 * self._every
            self._pictures.append(reduced(luma).copy())
            self._views = self._mean = None
        self._seen += 1

    def first_views(self) -> tuple[Plane, ...]:
        """The first picture through four filters, float32 [h, w] each, the reader's own first."""
        if self._views is None:
            first = self._pictures[0]
            self._views = tuple(rest(first) for rest in (residual, patch_residual, fine_residual, coarse_residual))
        return self._views

    def fine_mean(self) -> Plane:
        """Sum of all pictures but the first through the narrow high-pass, float32 [h, w]; there are two at least."""
        if self._mean is None:
            self._mean = np.asarray(sum(fine_residual(picture) for picture in self._pictures[1:]), np.float32)
        return self._mean
