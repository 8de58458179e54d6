"""Stage 2: is a found face a photograph of a person, lifelike art, or plainly drawn?

A logistic layer on what EfficientNet-Lite0 sees in two crops of the face and on numbers about its surface.
Training, figures and limits: docs/screening-faces.md. The layer's weights are our own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from errors import Unavailable
from media.clip import Picture
from safety.detectors.backbone import Backbone
from safety.detectors.crops import REACHES, around, squared, surface
from safety.detectors.finders import Face

WEIGHTS = Path(__file__).parents[1] / "weights" / "photographic.npz"


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A linear layer on standardised features: ``logit = ((x - mean) / scale) @ weights + bias``."""

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Sigmoid of the logits: float32 [N]."""
        standard = np.clip((np.nan_to_num(features) - self.mean) / self.scale, -6, 6)
        return np.asarray(1 / (1 + np.exp(-(standard @ self.weights + self.bias))), np.float32).reshape(len(features))


class Photographic:
    """Scores faces and whole pictures. 1: a photograph of a person.

    Scores are stretched so that the review point lies at 0.4 and the block point at 0.8, whatever the training.
    """

    def __init__(self, backbone: Backbone, weights: Path = WEIGHTS) -> None:
        try:
            with np.load(weights, allow_pickle=False) as stored:
                self.version = str(stored["version"])
                self._points = _logit(stored["points"])
                self._face, self._person, self._joint = (
                    Layer(*(stored[f"{layer}_{part}"] for part in ("mean", "scale", "weights", "bias")))
                    for layer in ("face", "person", "joint")
                )
        except (OSError, KeyError, ValueError) as error:
            raise Unavailable("error.models.unreadable", part=weights.name) from error
        self._backbone = backbone

    def faces(self, picture: Picture, faces: Sequence[Face], person: float) -> list[float]:
        """For each face how surely it is a photograph of a person, given `person` of the whole picture."""
        if not faces:
            return []
        crops = [[around(picture, face, reach) for reach in REACHES] for face in faces]
        deep = self._backbone.features([crop for pair in crops for crop in pair]).reshape(len(faces), -1)
        rows = [np.concatenate([row, *(surface(crop) for crop in pair)]) for row, pair in zip(deep, crops, strict=True)]
        alone = self._face.probabilities(np.stack(rows))
        finder = np.array([face.score for face in faces], np.float32)
        shares = np.array([face.size_px / max(picture.shape[:2]) for face in faces], np.float32)
        joint = joint_features(alone, np.full_like(alone, person), finder, shares)
        return [float(p) for p in self._stretched(self._joint.probabilities(joint))]

    def person(self, picture: Picture) -> float:
        """The probability that a photographed person is in the picture, with or without a visible face."""
        return float(self._person.probabilities(self._backbone.features([squared(picture)]))[0])

    def _stretched(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        review, block = self._points
        low, high = _logit(np.array([0.4, 0.8]))
        slope = (high - low) / (block - review)
        return np.asarray(1 / (1 + np.exp(-(low + (_logit(scores) - review) * slope))), np.float32)


def joint_features(face: NDArray[Any], person: NDArray[Any], finder: NDArray[Any], share: NDArray[Any]) -> NDArray[Any]:
    """What the joint layer sees for each face: logits of both scores, the finder's score, log of the face's share."""
    return np.stack([_logit(face), _logit(person), finder, np.log(share + 0.01)], axis=1)


def _logit(probability: NDArray[Any]) -> NDArray[Any]:
    clipped = np.clip(probability, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(clipped / (1 - clipped)))
