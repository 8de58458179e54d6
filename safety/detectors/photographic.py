"""Stage 2: is a found face a photograph of a person, lifelike art, or plainly drawn?

A logistic layer on what EfficientNet-Lite0 sees in the face, what CenterFace sees in a wider crop and numbers about the
surface; a second one on the whole picture; a third that joins both with how surely CenterFace finds the face. Doubtful
faces are looked at twice more, mirrored and at other widths; those that are still near a decision again, as they would
come back from a chat, so that the answer does not hang on the last recompression. Training, figures and limits:
docs/screening-faces.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from errors import Unavailable
from media.clip import Picture
from safety.detectors.backbone import Backbone
from safety.detectors.crops import LOOKS, WORN_LOOKS, Look, around, squared, surface, taken, worn
from safety.detectors.finders import Centre, Face
from safety.detectors.opinion import Opinion

WEIGHTS = Path(__file__).parents[1] / "weights" / "photographic.npz"
DOUBT = (0.1, 0.87)  # scores that are looked at again; above, two more looks never went below the block point
REVIEW_EDGE, BLOCK_EDGE = (0.2, 0.55), (0.72, 0.87)  # scores near a decision after that
REVIEW, BLOCK = 0.4, 0.8  # where the stretched scores put the operating points; policy may choose others
ITSELF = 4.0  # logit of the face layer from which a face is reviewed whatever surrounds it: a photo inside a drawing
SECOND = 0.5  # a second opinion from which a doubtful face is reviewed
Confirm = Callable[[Picture], Centre]  # what CenterFace has of the middle of a wide crop


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A linear layer on standardised features: ``logit = ((x - mean) / scale) @ weights + bias``."""

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def logits(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """One number for each row: float32 [N]."""
        standard = np.clip((np.nan_to_num(features) - self.mean) / self.scale, -6, 6)
        return np.asarray(standard @ self.weights + self.bias, np.float32).reshape(len(features))

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Sigmoid of the logits: float32 [N]."""
        return np.asarray(1 / (1 + np.exp(-self.logits(features))), np.float32)


class Judged(NamedTuple):
    """How surely a face is a photograph of a person, and how surely a child's if it is one: each [0, 1]."""

    photographic: float
    child: float


class _Seen(NamedTuple):
    """Logit of the face layer, confirmation [0, 1], logit of the child layer."""

    alone: float
    confirmed: float
    child: float


class Whole:
    """A whole picture, and how probably a photographed person is in it, with or without a visible face. Asked when it
    is needed, and once."""

    def __init__(self, picture: Picture, logits: Callable[[Sequence[Picture]], NDArray[np.float32]]) -> None:
        self.picture, self._logits = picture, logits

    @cached_property
    def _square(self) -> Picture:
        return squared(self.picture)

    @cached_property
    def _plain(self) -> float:
        return float(self._logits([self._square])[0])

    @cached_property
    def person(self) -> float:
        """The probability of one look."""
        return _probability(self._plain)

    @cached_property
    def steady(self) -> float:
        """The probability that a mirrored and a worn copy share."""
        more = self._logits([self._square[:, ::-1].copy(), worn(self._square)])
        return _probability((self._plain + float(more.sum())) / 3)


class Photographic:
    """Scores faces and whole pictures. 1: a photograph of a person.

    Scores are stretched so that the review point lies at 0.4 and the block point at 0.8, whatever the training.
    """

    def __init__(
        self,
        backbone: Backbone,
        confirm: Confirm | None = None,
        weights: Path = WEIGHTS,
        opinion: Opinion | None = None,
    ) -> None:
        try:
            with np.load(weights, allow_pickle=False) as stored:
                self.version = str(stored["version"])
                *self._points, self._childlike = (float(point) for point in _logit(stored["points"]))
                self._face, self._bare, self._child, self._person, self._joint = (
                    Layer(*(stored[f"{layer}_{part}"] for part in ("mean", "scale", "weights", "bias")))
                    for layer in ("face", "bare", "child", "person", "joint")
                )
        except (OSError, KeyError, ValueError) as error:
            raise Unavailable("error.models.unreadable", part=weights.name) from error
        self._backbone, self._confirm, self._opinion = backbone, confirm, opinion
        if opinion is not None:
            self.version += f"+{opinion.name}"

    def whole(self, picture: Picture) -> Whole:
        return Whole(picture, lambda copies: self._person.logits(self._backbone.features(copies)))

    def faces(self, whole: Whole, faces: Sequence[Face], *, again: bool = True) -> list[Judged]:
        """What each face of a picture is; doubtful ones are looked at `again`."""
        if not faces:
            return []
        picture, person = whole.picture, whole.person
        looked = [[seen] for seen in self._seen(picture, faces, LOOKS[0])]
        scores = [self._score(picture, face, seen, person) for face, seen in zip(faces, looked, strict=True)]
        for number, face in enumerate(faces if again else ()):
            if DOUBT[0] <= scores[number] < DOUBT[1]:
                looked[number] += self._more(picture, face, LOOKS[1:])
                scores[number] = self._score(picture, face, looked[number], person)
            if REVIEW_EDGE[0] <= scores[number] < REVIEW_EDGE[1]:
                looked[number] += self._more(picture, face, WORN_LOOKS)
                scores[number] = self._score(picture, face, looked[number], whole.steady)
            elif BLOCK_EDGE[0] <= scores[number] < BLOCK_EDGE[1]:
                looked[number] += self._more(picture, face, WORN_LOOKS[:1])
                scores[number] = self._score(picture, face, looked[number], person)
            if self._opinion is not None and DOUBT[0] <= scores[number] < REVIEW:
                lifelike = self._opinion.photographic(around(picture, face, LOOKS[0].near)) >= SECOND
                scores[number] = REVIEW if lifelike else scores[number]
        return [Judged(score, self._child_score(seen)) for score, seen in zip(scores, looked, strict=True)]

    def _more(self, picture: Picture, face: Face, looks: Sequence[Look]) -> list[_Seen]:
        return [seen for look in looks for seen in self._seen(picture, [face], look)]

    def _seen(self, picture: Picture, faces: Sequence[Face], look: Look) -> list[_Seen]:
        """What one look has of each face."""
        crops = [taken(picture, face, look) for face in faces]
        deep = self._backbone.features([near for near, _ in crops])
        rows = np.concatenate([deep, np.stack([surface(near) for near, _ in crops])], axis=1)
        child = self._child.logits(rows)
        if self._confirm is None:
            alone, sure = self._bare.logits(rows), np.array([face.score for face in faces], np.float32)
        else:
            centres = [self._confirm(wide) for _, wide in crops]
            alone = self._face.logits(np.concatenate([rows, np.stack([each.features for each in centres])], axis=1))
            sure = np.array([each.score for each in centres], np.float32)
        return [_Seen(*(float(value) for value in each)) for each in zip(alone, sure, child, strict=True)]

    def _score(self, picture: Picture, face: Face, seen: Sequence[_Seen], person: float) -> float:
        alone, confirmed, _ = np.mean(seen, axis=0)
        share = face.size_px / max(picture.shape[:2])
        joint = joint_features(*(np.array([value]) for value in (alone, _logit(np.array(person)), confirmed, share)))
        score = float(self._stretched(self._joint.probabilities(joint))[0])
        return max(score, REVIEW) if alone >= ITSELF else score

    def _child_score(self, seen: Sequence[_Seen]) -> float:
        return float(1 / (1 + np.exp(self._childlike - np.mean([each.child for each in seen]))))

    def _stretched(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        review, block = self._points
        low, high = _logit(np.array([REVIEW, BLOCK]))
        slope = (high - low) / (block - review)
        return np.asarray(1 / (1 + np.exp(-(low + (_logit(scores) - review) * slope))), np.float32)


def joint_features(face: NDArray[Any], person: NDArray[Any], finder: NDArray[Any], share: NDArray[Any]) -> NDArray[Any]:
    """What the joint layer sees of each face: logits of face and picture, CenterFace's score, log of its share."""
    return np.stack([face, person, finder, np.log(share + 0.01)], axis=1)


def _probability(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))


def _logit(probability: NDArray[Any]) -> NDArray[Any]:
    clipped = np.clip(probability, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(clipped / (1 - clipped)))
