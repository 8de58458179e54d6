"""Camera moves: where the camera stands at each moment of a shot, and what that means at each depth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, sin
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.plan import Framing

Matrix = NDArray[np.float64]

Followed = Callable[[float], tuple[float, float, float, float]]

ZOOM: dict[Framing, float] = {"wide": 1.0, "medium": 1.22, "close": 1.6, "extreme_close": 2.15}


def ease(share: float) -> float:
    """Slow out, slow in; stays at 0 and 1 outside [0, 1]."""
    share = min(1.0, max(0.0, share))
    return share * share * share * (share * (share * 6 - 15) + 10)


def glide(share: float) -> float:
    """Nearly even motion with soft ends; goes on gently past 1, so that a shot never freezes in a dissolve."""
    return share + 0.12 * (ease(share) - share) if share <= 1 else 1 + (share - 1) * 0.6


@dataclass(frozen=True, slots=True)
class View:
    """Where the camera looks: centre in stage units, zoom (1 shows the stage exactly), roll in radians.

    `dolly` multiplies the zoom of the far planes only (the dolly-zoom, and the swing of an orbit is `swing`).
    """

    x: float
    y: float
    zoom: float
    roll: float = 0.0
    dolly: float = 1.0
    swing: float = 0.0


@dataclass(frozen=True, slots=True)
class Move:
    """A camera over one shot.

    Attributes:
        kind: a camera of the plan, ``dolly_zoom`` or ``rack_focus``.
        focus: the point of interest.
        followed: (x, y, zoom, roll) at a moment, taken from a video; then `kind` does not matter.
    """

    kind: str
    framing: Framing
    duration_s: float
    aspect: float
    focus: tuple[float, float]
    strength: float = 1.0
    phase: float = 0.0
    followed: Followed | None = None

    def at(self, time_s: float) -> View:
        """The view at a moment; may be asked a little beyond the end."""
        base = ZOOM[self.framing]
        share = glide(time_s / self.duration_s)
        pull = min(1.0, (base - 1) * 1.5)
        x = self.aspect / 2 + (self.focus[0] - self.aspect / 2) * pull
        y = 0.5 + (self.focus[1] - 0.5) * pull
        if self.followed is not None:
            dx, dy, zoom, roll = self.followed(time_s)
            return View(x + dx, y + dy, base * 1.16 * zoom, roll=roll)
        return _MOVES[self.kind](self, x, y, base, share, time_s)


def _static(move: Move, x: float, y: float, zoom: float, share: float, time_s: float) -> View:
    return View(x, y, zoom * (1 + 0.012 * share))


def _pan(sign: float) -> Callable[[Move, float, float, float, float, float], View]:
    def path(move: Move, x: float, y: float, zoom: float, share: float, time_s: float) -> View:
        reach = 0.085 * min(move.aspect, 1.3) * move.strength
        return View(x + sign * reach * (2 * share - 1), y, zoom * 1.06)

    return path


def _tilt(sign: float) -> Callable[[Move, float, float, float, float, float], View]:
    def path(move: Move, x: float, y: float, zoom: float, share: float, time_s: float) -> View:
        return View(x, y + sign * 0.075 * move.strength * (2 * share - 1), zoom * 1.08)

    return path


def _push(move: Move, x: float, y: float, zoom: float, share: float, time_s: float) -> View:
    return View(x, y + (move.focus[1] - y) * 0.25 * share, zoom * (1 + 0.17 * move.strength * share))


def _pull(move: Move, x: float, y: float, zoom: float, share: float, time_s: float) -> View:
    return View(x, y, zoom * (1 + 0.17 * move.strength * (1 - share)))


def _orbit(move: Move, x: float, y: float, zoom: float, share: float, time_s: float) -> View:
    angle = (share - 0.5) * 1.9
    return View(x, y, zoom * (1.08 + 0.03 * cos(angle)), swing=0.075 * move.strength * sin(angle))


def _handheld(move: Move, x: float, y: float, zoom: float, share: float, time_s: float) -> View:
    t = time_s + move.phase
    dx = 0.0055 * sin(2.1 * t) + 0.0035 * sin(4.7 * t + 1) + 0.0014 * sin(9.3 * t)
    dy = 0.0048 * sin(1.7 * t + 2) + 0.0030 * sin(5.3 * t) + 0.0012 * sin(8.1 * t + 1)
    return View(x + dx * move.strength, y + dy * move.strength, zoom * (1.05 + 0.03 * share))


def _aerial(move: Move, x: float, y: float, zoom: float, share: float, time_s: float) -> View:
    return View(
        x + 0.05 * (share - 0.5), y - 0.035 + 0.07 * share, zoom * (1.05 + 0.13 * share), dolly=1 - 0.03 * share
    )


def _dolly_zoom(move: Move, x: float, y: float, zoom: float, share: float, time_s: float) -> View:
    return View(x, y, zoom * (1.04 + 0.04 * share), dolly=1 + 0.22 * share)


_MOVES: dict[str, Callable[[Move, float, float, float, float, float], View]] = {
    "static": _static, "pan_left": _pan(-1), "pan_right": _pan(1), "tilt_up": _tilt(-1), "tilt_down": _tilt(1),
    "push_in": _push, "pull_out": _pull, "orbit": _orbit, "handheld": _handheld, "aerial": _aerial,
    "dolly_zoom": _dolly_zoom, "rack_focus": _static,
}  # fmt: skip


Depth = TypeVar("Depth", float, NDArray[np.float64])


def plane(view: View, depth: Depth, aspect: float) -> tuple[Depth, Depth, Depth]:
    """(centre x, centre y, zoom) of the view at `depth`: 0 infinitely far, 1 the subject, above 1 nearer."""
    near = 0.3 + 0.7 * depth
    zoom = view.zoom**near * view.dolly ** np.maximum(0.0, 1 - depth)
    x = aspect / 2 + (view.x - aspect / 2) * near + view.swing * (depth - 1) * 0.9
    return x, 0.5 + (view.y - 0.5) * near, zoom


def projection(view: View, depth: float, aspect: float, px_per_unit: float) -> Matrix:
    """2x3 matrix from stage coordinates on that plane to frame coordinates in pixels (pixel edges, not centres)."""
    x, y, zoom = plane(view, depth, aspect)
    scale = zoom * px_per_unit
    c, s = cos(view.roll) * scale, sin(view.roll) * scale
    cx, cy = aspect / 2 * px_per_unit, 0.5 * px_per_unit
    return np.array([[c, -s, cx - c * x + s * y], [s, c, cy - s * x - c * y]])


def seen(move: Move, depth: float, duration_s: float) -> tuple[float, float, float, float, float]:
    """What the camera ever sees on a plane: stage box x0, y0, x1, y1 and the greatest zoom."""
    boxes = []
    for time_s in np.linspace(0, duration_s, 25):
        x, y, zoom = plane(move.at(float(time_s)), depth, move.aspect)
        half = move.aspect / 2 / zoom, 0.5 / zoom
        boxes.append((x - half[0], y - half[1], x + half[0], y + half[1], zoom))
    found = np.array(boxes)
    low, high = found.min(axis=0), found.max(axis=0)
    return float(low[0]), float(low[1]), float(high[2]), float(high[3]), float(high[4])
