"""Outlines of glyphs as polygons: a pen for HarfBuzz and fontTools."""

from __future__ import annotations

import numpy as np

Point = tuple[float, float]


class FlatteningPen:
    """Collects contours, in the font's units, with their curves as `steps` straight lines each."""

    def __init__(self, steps: int) -> None:
        self.contours: list[list[Point]] = []
        self._shares = np.linspace(0, 1, steps + 1)[1:]

    def moveTo(self, point: Point) -> None:
        self.contours.append([point])

    def lineTo(self, point: Point) -> None:
        self.contours[-1].append(point)

    def curveTo(self, *points: Point) -> None:
        self._bend([self.contours[-1][-1], *points])

    def qCurveTo(self, *points: Point) -> None:
        self._bend([self.contours[-1][-1], *points])

    def closePath(self) -> None:
        """Contours are filled, so closed anyway."""

    def endPath(self) -> None:
        """As `closePath`."""

    def _bend(self, control: list[Point]) -> None:
        """A Bézier curve of any degree, by de Casteljau's construction."""
        for share in self._shares:
            points = np.array(control, float)
            while len(points) > 1:
                points = points[:-1] + (points[1:] - points[:-1]) * share
            self.contours[-1].append((float(points[0][0]), float(points[0][1])))
