"""Which parts of a picture are hashed: what edits leave of a registered one, and what may be one in another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
Box = tuple[float, float, float, float]  # left, top, width, height, in shares of the sides
EDGE_STEP: Final = 6  # luma levels between neighbours
LEAST_SIDE: Final = 0.2  # of the shorter side: a smaller picture inside another is not looked for
LEAST_PX: Final = 8  # of such a picture
LONGEST_GAP: Final = 3  # pixels without an edge inside a straight run
LEAST_OUTLINE: Final = 0.5
LARGER: Final = 0.4  # times its side: long edges are seldom straight by chance
SAME: Final = 0.9  # of the area in common: one of two rectangles is enough
TILTS_DEG: Final = (-6.0, -4.5, -3.0, -1.5, 1.5, 3.0, 4.5, 6.0)
# Width and height of a crop, and how many of them across and down. With the parts of a picture under test in `_uncut`,
# 98 of 100 crops by a fifth share 93 % of their area with one of these, whatever their place and shape.
GRIDS: Final = (
    (1.0, 0.9, 1, 2), (0.9, 1.0, 2, 1), (1.0, 0.8, 1, 2), (0.8, 1.0, 2, 1), (0.9, 0.9, 3, 3), (0.93, 0.83, 2, 4),
    (0.83, 0.93, 4, 2), (0.83, 0.83, 4, 4), (0.77, 0.77, 5, 5),
)  # fmt: skip
EDGE: Final = 0.05  # is cut off each side, pair of sides and corner of a picture under test
MIDDLE: Final = (0.0, 0.2, 1.0, 0.6)  # what letters above and below leave free
_ALIKE: Final = 10  # luma levels within which a border is uniform


def luma_of(rgb: NDArray[np.uint8], longest_px: int = 256) -> Luma:
    """BT.601 luma with at most so many pixels on the long side. Expects uint8 [H, W, 3]."""
    return np.asarray(cv2.cvtColor(_small(rgb, longest_px), cv2.COLOR_RGB2GRAY), np.uint8)


def recoloured(rgb: NDArray[np.uint8]) -> tuple[Luma, Luma, Luma]:
    """The greatest, least and mean channel of each pixel: what turning the hue and toning keep. uint8 [H, W, 3]."""
    small = _small(rgb, 256)
    red, green, blue = cv2.split(small)
    most, least = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
    mean = cv2.transform(small, np.full((1, 3), 1 / 3, np.float32))
    return np.asarray(most, np.uint8), np.asarray(least, np.uint8), np.asarray(mean, np.uint8)


def _small(rgb: NDArray[np.uint8], longest_px: int) -> NDArray[np.uint8]:
    scale = min(1.0, longest_px / max(rgb.shape[:2]))
    size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8) if scale < 1 else rgb


def entry_views(rgb: NDArray[np.uint8]) -> Iterator[Luma]:
    """What the index keeps of a registered picture uint8 [H, W, 3]: whole, and what crops leave of it."""
    luma = luma_of(rgb)
    whole = trimmed(luma)
    yield whole
    for box in _crops():
        yield window(whole, *box)
    if whole.shape != luma.shape:
        yield luma
        yield window(luma, *MIDDLE)
        for side in (0.9, 0.85, 0.8):
            yield _centre(luma, side)
            for left, top in product((0, 1 - side), repeat=2):
                yield window(luma, left, top, side, side)
    for channel in recoloured(rgb):
        inner = trimmed(channel)
        yield inner
        for side in (0.95, 0.9, 0.85, 0.8):
            yield _centre(inner, side)


def _crops() -> Iterator[Box]:
    for width, height, across, down in GRIDS:
        lefts = [(1 - width) * n / max(1, across - 1) for n in range(across)]
        tops = [(1 - height) * n / max(1, down - 1) for n in range(down)]
        yield from ((left, top, width, height) for left in lefts for top in tops)
    yield MIDDLE


def query_views(rgb: NDArray[np.uint8]) -> Iterator[Luma]:
    """What is looked at in a picture under test uint8 [H, W, 3]: without border, caption and tilt, and parts of it."""
    luma = luma_of(rgb)
    yield from _uncut(luma, trimmed(luma))
    for degrees in TILTS_DEG:
        turned = tilted(luma, degrees)
        yield from _with_trimmed(_centre(turned, 0.86))
        yield from _only_trimmed(turned)
    large = luma_of(rgb, 512)
    yield from panels(large)
    for part in pasted(large):
        yield from _with_trimmed(part)
    for channel in recoloured(rgb):
        inner = trimmed(channel)
        yield inner
        for cut in (0.1, 0.2):
            yield window(inner, 0, 0, 1, 1 - cut)
            yield window(inner, 0, cut, 1, 1 - cut)


def _uncut(luma: Luma, inner: Luma) -> Iterator[Luma]:
    """The picture and what borders, captions and letters leave of it; `inner` is it without its border."""
    yield from _edged(inner)
    for cut in (0.05, 0.1, 0.15, 0.2):
        yield _centre(inner, 1 - cut)
    for cut in (0.1, 0.2):
        yield window(inner, 0, 0, 1, 1 - cut)
        yield window(inner, 0, cut, 1, 1 - cut)
    yield window(inner, *MIDDLE)
    if inner.shape != luma.shape:
        yield from _edged(luma)
        yield window(luma, *MIDDLE)
    yield from uncaptioned(luma)
    for top in (0.0, 0.2):
        yield from _only_trimmed(window(luma, 0, top, 1, 0.8))


def _edged(luma: Luma) -> Iterator[Luma]:
    """The picture, and it without a strip of each side, pair of sides and corner."""
    for (left, width), (top, height) in product(((0, 1), (0, 1 - EDGE), (EDGE, 1 - EDGE)), repeat=2):
        yield window(luma, left, top, width, height)


def _with_trimmed(luma: Luma) -> Iterator[Luma]:
    yield luma
    yield from _only_trimmed(luma)


def _only_trimmed(luma: Luma) -> Iterator[Luma]:
    """The picture without its border, where it has one."""
    inner = trimmed(luma)
    if inner.shape != luma.shape:
        yield inner


def trimmed(luma: Luma) -> Luma:
    """The picture without uniform borders; unchanged when less than a quarter of a side would stay."""
    rows, columns = np.flatnonzero(_varied(luma)), np.flatnonzero(_varied(luma.T))
    if len(rows) < luma.shape[0] / 4 or len(columns) < luma.shape[1] / 4:
        return luma
    return luma[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _varied(luma: Luma) -> NDArray[np.bool_]:
    """bool [H]: rows in which more than a twenty-fifth of the pixels leaves a range of `_ALIKE` levels."""
    edge = luma.shape[1] // 50
    ordered = np.sort(luma, axis=1, kind="stable")
    return np.asarray(ordered[:, -1 - edge].astype(np.int16) - ordered[:, edge] > _ALIKE, np.bool_)


def uncaptioned(luma: Luma) -> Iterator[Luma]:
    """The picture without a bar of one colour with letters on it, above, below or both, where there is such a bar."""
    top, bottom = _bar(luma), _bar(luma[::-1])
    for above, below in {(top, 0), (0, bottom), (top, bottom)} - {(0, 0)}:
        if above + below < 0.75 * len(luma):
            yield trimmed(luma[above : len(luma) - below])


def _bar(luma: Luma) -> int:
    """Rows from the top of which more than half of the pixels have the colour of the first row."""
    ground = np.median(luma[0])
    same = (np.abs(luma.astype(np.int16) - int(ground)) <= _ALIKE).mean(axis=1) > 0.5
    return int(np.argmin(same)) if not same.all() else 0


def window(luma: Luma, left: float, top: float, width: float, height: float) -> Luma:
    """A part of the picture, given in fractions of its sides."""
    h, w = luma.shape
    return luma[int(top * h) : max(int((top + height) * h), 8), int(left * w) : max(int((left + width) * w), 8)]


def _centre(luma: Luma, side: float) -> Luma:
    return window(luma, (1 - side) / 2, (1 - side) / 2, side, side)


def tilted(luma: Luma, degrees: float) -> Luma:
    """The picture turned about its centre, its edges drawn out."""
    h, w = luma.shape
    matrix = cv2.getRotationMatrix2D((w / 2, h / 2), degrees, 1.0)
    return np.asarray(cv2.warpAffine(luma, matrix, (w, h), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def pasted(luma: Luma, most: int = 16) -> Iterator[Luma]:
    """Upright rectangles whose four sides are straight edges, as a picture laid over another one has; best first.

    Candidate sides come from long straight runs of edge; a rectangle counts by the share of its outline that is edge.
    """
    least = int(LEAST_SIDE * min(luma.shape))
    if least < LEAST_PX:
        return
    grey = luma.astype(np.int16)
    down = np.abs(np.diff(grey, axis=1, prepend=grey[:, :1])) > EDGE_STEP
    across = np.abs(np.diff(grey, axis=0, prepend=grey[:1])) > EDGE_STEP
    upright, level = _straight(down, least), _straight(across.T, least)
    xs = _apart([x for x, _, _ in upright] + [end for _, a, b in level for end in (a, b + 1)], luma.shape[1])
    ys = _apart([y for y, _, _ in level] + [end for _, a, b in upright for end in (a, b + 1)], luma.shape[0])
    boxes = [
        (left, top, right, bottom)
        for left, right in _pairs(xs, least)
        for top, bottom in _pairs(ys, least)
        if (right - left) * (bottom - top) < 0.95 * luma.size
    ]
    if not boxes:
        return
    places = np.array(boxes)
    share = _outlined(down, across, places)
    places, share = places[share >= LEAST_OUTLINE], share[share >= LEAST_OUTLINE]
    size = np.sqrt((places[:, 2:] - places[:, :2]).prod(axis=1) / luma.size)
    best = places[np.argsort(-share - LARGER * size, kind="stable")]
    while len(best) and most:
        left, top, right, bottom = best[0]
        yield luma[top:bottom, left:right]
        best, most = best[_overlap(best[0], best) < SAME], most - 1


def _straight(edge: NDArray[np.bool_], least: int) -> list[tuple[int, int, int]]:
    """Runs of edge of at least `least` pixels down a column, small gaps allowed: (column, first, last)."""
    found = []
    for column in np.flatnonzero(edge.sum(axis=0) >= 0.7 * least):
        rows = np.flatnonzero(edge[:, column])
        cuts = np.flatnonzero(np.diff(rows) > LONGEST_GAP) + 1
        for run in np.split(rows, cuts):
            length = int(run[-1] - run[0]) + 1
            if length >= least and len(run) >= 0.7 * length:
                found.append((int(column), int(run[0]), int(run[-1])))
    return found


def _apart(places: list[int], size: int, most: int = 24) -> list[int]:
    """The most frequent places, at least three pixels apart, with both ends of the picture."""
    kept: list[int] = []
    for place in sorted(set(places), key=lambda p: (-places.count(p), p)):
        if all(abs(place - k) > 2 for k in kept):
            kept.append(place)
    return sorted({0, size, *kept[:most]})


def _pairs(places: list[int], least: int) -> list[tuple[int, int]]:
    return [(a, b) for n, a in enumerate(places) for b in places[n + 1 :] if b - a >= least]


def _overlap(one: NDArray[np.int_], boxes: NDArray[np.int_]) -> NDArray[np.float64]:
    """float64 [n]: what a box and others (left, top, right, bottom) share, of what they cover together."""
    common = np.clip(np.minimum(one[2:], boxes[:, 2:]) - np.maximum(one[:2], boxes[:, :2]), 0, None).prod(axis=1)
    both = (one[2:] - one[:2]).prod() + (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    return np.asarray(common / (both - common), np.float64)


def _outlined(down: NDArray[np.bool_], across: NDArray[np.bool_], boxes: NDArray[np.int_]) -> NDArray[np.float64]:
    """For each box (left, top, right, bottom): the share of edge on its third-best side; where two or more of its sides
    are those of the whole picture, on the worst of the others. float64 [n]."""
    high, wide = (np.zeros((down.shape[0] + 2, down.shape[1] + 2)) for _ in range(2))
    high[1:-1, :-2] = np.cumsum(down, axis=0)
    high[-1] = high[-2]
    wide[:-2, 1:-1] = np.cumsum(across, axis=1)
    wide[:, -1] = wide[:, -2]
    left, top, right, bottom = boxes.T
    tall, broad = np.maximum(1, bottom - top), np.maximum(1, right - left)
    outer = np.stack([left == 0, right == down.shape[1], top == 0, bottom == down.shape[0]])
    sides = np.stack([
        (high[bottom, left] - high[top, left]) / tall, (high[bottom, right] - high[top, right]) / tall,
        (wide[top, right] - wide[top, left]) / broad, (wide[bottom, right] - wide[bottom, left]) / broad,
    ])  # fmt: skip
    sides[outer] = 1.0
    ordered = np.sort(sides, axis=0)
    share = np.where(outer.sum(axis=0) >= 2, ordered[0], ordered[1])
    return np.asarray(share + 0.1 * np.where(outer, 0.0, sides).mean(axis=0), np.float64)


def panels(luma: Luma, most: int = 10) -> Iterator[Luma]:
    """Rectangles inside the picture that may be pictures of their own, largest first."""
    for left, top, width, height in boxes(luma, most):
        yield trimmed(luma[top + 2 : top + height, left + 2 : left + width])


def boxes(luma: Luma, most: int) -> list[tuple[int, int, int, int]]:
    """Left, top, width and height, in pixels, of at most so many rectangles that may be pictures, largest first."""
    h, w = luma.shape
    edges = cv2.dilate(cv2.Canny(luma, 40, 120), np.ones((3, 3), np.uint8))
    contours, _ = cv2.findContours(edges, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found: set[Any] = set()
    for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:40]:
        left, top, width, height = cv2.boundingRect(contour)
        if width * height > 0.06 * h * w and width * height < 0.98 * h * w and min(width, height) > 32:
            found.add((left // 4 * 4, top // 4 * 4, width // 4 * 4, height // 4 * 4))
    return sorted(found, key=lambda box: (-box[2] * box[3], box))[:most]
