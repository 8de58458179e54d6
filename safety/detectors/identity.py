"""Whose face it is, where a host has asked: likeness to protected people, and between the references of a request.

Works wherever a recognition network is present. A host may put photographs of each protected person into a folder of
their own (setting `people`). A consent keeps no face, so its file is compared with the other references of the request
that brings it. Vectors of faces are kept in memory only; nothing here is written anywhere. The detector never relaxes
a rule.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from errors import Unavailable, UsageError
from media.caged import read_picture
from media.clip import Picture
from safety.config import SafetyConfig
from safety.detectors.embedders import Embedder, aligned, embedder_of
from safety.detectors.faces import finders_of
from safety.detectors.finders import CenterFace, Face, Finder, Yunet, views
from safety.detectors.samples import samples
from safety.signals import Evidence, MediaItem, Signal, TextItem

ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp"})
THRESHOLD = 0.5
_LEAST_PX, _MOST_FACES, _MOST_PICTURES, _REMEMBERED = 20, 8, 16, 12
NOTED = 1.0  # a threshold that no score reaches: said to reviewers, decides nothing


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A face of an item: its box as fractions of the picture, its second, its vector float32 [D]."""

    box: tuple[float, float, float, float]
    time_s: float | None
    vector: NDArray[np.float32]


class IdentityDetector:
    """Reports `identity.protected`, and for several references `identity.same`."""

    name = "identity"
    kinds = frozenset({"image", "video"})

    def __init__(self, finder: Finder, embedder: Embedder, people: Path | None = None, frames: int = 48) -> None:
        self._finder, self._embedder, self._frames = finder, embedder, frames
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, list[Seen]] = OrderedDict()
        self._folder, self._stamp = people, _stamp(people)
        self._people = self._registered()

    @classmethod
    def from_config(cls, config: SafetyConfig) -> Self:
        return cls(_pointing(config), embedder_of(config.folders, config.threads), config.people, config.frames)

    @property
    def version(self) -> str:
        """Changes with the network and with every photograph in the folder."""
        digest = hashlib.sha256(repr(_stamp(self._folder)).encode()).hexdigest()[:12]
        return f"{self._embedder.name}+{self._finder.name}+{digest}"

    def observe(self, item: TextItem | MediaItem) -> Sequence[Signal]:
        assert isinstance(item, MediaItem)
        with self._lock:
            people, faces = self._current(), self._faces(item)
        best, name, seen = 0.0, "", None
        for face in faces:
            for person, vectors in people.items():
                score = self._score(float((vectors @ face.vector).max()))
                if score > best:
                    best, name, seen = score, person, face
        places = () if seen is None else (Evidence(item.where, seen.time_s, seen.box, entry=f"person:{name}"),)
        detail = f"faces:{len(faces)}"
        return [Signal("identity.protected", self.version, best, THRESHOLD, evidence=places, detail=detail)]

    def observe_together(self, items: Sequence[TextItem | MediaItem]) -> Sequence[Signal]:
        """How surely one person is in two references, for whoever compares a consent with the rest of a request."""
        media = [item for item in items if isinstance(item, MediaItem)]
        with self._lock:
            seen = [(Evidence(item.where), self._faces(item)) for item in media]
        found = []
        for (one, mine), (other, theirs) in combinations(seen, 2):
            pairs = [float(a.vector @ b.vector) for a in mine for b in theirs]
            score = min(0.99, self._score(max(pairs, default=0.0)))
            if score >= THRESHOLD:
                found.append(Signal("identity.same", self.version, score, NOTED, evidence=(one, other)))
        return found

    def _score(self, cosine: float) -> float:
        """0.5 at the cosine of one person, 1 for the same picture."""
        alike = self._embedder.alike
        share = cosine / alike / 2 if cosine < alike else 0.5 + 0.5 * (cosine - alike) / (1 - alike)
        return round(min(1.0, max(0.0, share)), 4)

    def _faces(self, item: MediaItem) -> list[Seen]:
        if item.sha256 not in self._seen:
            pictures = samples(item, self._frames)
            chosen = sorted({round(i) for i in np.linspace(0, len(pictures) - 1, min(_MOST_PICTURES, len(pictures)))})
            self._seen[item.sha256] = [
                Seen(_fractions(face, pictures[i].picture), pictures[i].time_s, vector)
                for i in chosen
                for face, vector in self._vectors(pictures[i].picture)
            ]
            while len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
        return self._seen[item.sha256]

    def _vectors(self, picture: Picture) -> list[tuple[Face, NDArray[np.float32]]]:
        """The most prominent faces of a picture with their vectors."""
        view, left, top, scale = views(picture, 1)[0]
        faces = [face.moved(left, top, scale) for face in self._finder.find(view) if face.size_px >= _LEAST_PX]
        prominent = sorted(faces, key=lambda face: -face.size_px * face.score)[:_MOST_FACES]
        return [(face, self._embedder.embed(aligned(picture, face))) for face in prominent]

    def _current(self) -> dict[str, NDArray[np.float32]]:
        """The registered people, read again when their folder has changed."""
        stamp = _stamp(self._folder)
        if stamp != self._stamp:
            self._people, self._stamp = self._registered(), stamp
        return self._people

    def _registered(self) -> dict[str, NDArray[np.float32]]:
        """Vectors float32 [n, D] of each person: of the most prominent face in each photograph."""
        people: dict[str, list[NDArray[np.float32]]] = {}
        for path in _photographs(self._folder):
            found = self._vectors(read_picture(path))
            if not found:
                raise UsageError("error.identity.no_face", file=f"{path.parent.name}/{path.name}")
            people.setdefault(path.parent.name, []).append(found[0][1])
        return {name: np.stack(vectors) for name, vectors in people.items()}


def _pointing(config: SafetyConfig) -> Finder:
    """The finder that also says where eyes, nose and mouth are."""
    for finder in finders_of(config):
        if isinstance(finder, Yunet | CenterFace):
            return finder
    raise Unavailable("error.models.missing", part="face_detection_yunet_2023mar.onnx")


def _photographs(folder: Path | None) -> list[Path]:
    """The pictures of all people, in order; none without a folder.

    Raises:
        UsageError: there is no such folder.
    """
    if folder is None:
        return []
    if not folder.is_dir():
        raise UsageError("error.settings.invalid", name="people")
    return sorted(path for path in folder.glob("*/*") if path.suffix.lower() in ENDINGS)


def _stamp(folder: Path | None) -> tuple[tuple[str, int, int], ...]:
    """What changes with any photograph."""
    return tuple((str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in _photographs(folder))


def _fractions(face: Face, picture: Picture) -> tuple[float, float, float, float]:
    height, width = picture.shape[:2]
    box = (face.left / width, face.top / height, face.width / width, face.height / height)
    left, top, wide, tall = (round(min(1.0, max(0.0, value)), 4) for value in box)
    return left, top, wide, tall
