"""Pictures of a clip that the reader keeps, for views that are only worth their time where nothing else read."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

import cv2
import numpy as np
from numpy.typing import NDArray

from watermark.invisible.residual import coarse_residual, fine_residual, patch_residual, reduced, residual

MOST_PICTURES = 48
COARSE_EVERY = 2
"""Of the pictures; the coarse filter is the slower one."""

Plane = NDArray[np.float32]


class Album:
    """Up to 48 pictures of at most 480 lines, spread over the clip.

    Attributes:
        pictures: uint8 [h, w] each, in order.
    """

    def __init__(self) -> None:
        self.pictures: list[NDArray[np.uint8]] = []
        self._every = 1
        self._seen = 0
        self._views: tuple[Plane, ...] | None = None
        self._means: tuple[Plane, ...] | None = None

    def add(self, luma: NDArray[np.uint8]) -> None:
        """Take in the next picture of the clip, uint8 [h, w]."""
        if self._seen % self._every == 0:
            if len(self.pictures) == MOST_PICTURES:
                self.pictures, self._every = self.pictures[::2], 2 * self._every
            self.pictures.append(reduced(luma).copy())
            self._views = self._means = None
        self._seen += 1

    def first_views(self) -> tuple[Plane, ...]:
        """The first picture through four filters, float32 [h, w] each, the reader's own first."""
        if self._views is None:
            first = self.pictures[0]
            self._views = tuple(rest(first) for rest in (residual, patch_residual, fine_residual, coarse_residual))
        return self._views

    def means(self) -> tuple[Plane, ...]:
        """All pictures but the first through the narrow and the coarse filter, added up; none of a single picture."""
        if self._means is None and len(self.pictures) > 1:
            fine, coarse = self.pictures[1:], self.pictures[1::COARSE_EVERY]
            self._means = (_sum(map(fine_residual, fine)), _sum(map(coarse_residual, coarse)))
        return self._means or ()


def _sum(planes: Iterable[Plane]) -> Plane:
    return reduce(cv2.add, planes)
