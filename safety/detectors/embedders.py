"""What makes a face recognisable, as a vector: recognition networks in ONNX files that a host brings.

None is bundled. SFace (Apache-2.0) is on the list of `python -m safety models fetch`; those of InsightFace are for
research only.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from errors import Unavailable
from media.clip import Picture
from safety.detectors.finders import Face
from safety.detectors.graphs import open_session
from safety.detectors.weights import find

ALIGNED_PX: Final = 112
# Where the eyes, the nose and the corners of the mouth lie in an aligned face (Deng et al. 2019, ArcFace).
_TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]], np.float64
)


class Embedder(Protocol):
    """Turns an aligned face into a vector; the cosine of two vectors says how alike they are.

    Attributes:
        name: of the model; part of the detector's version.
        alike: cosine from which two faces are taken for one person.
    """

    name: str
    alike: float

    def embed(self, aligned: Picture) -> NDArray[np.float32]:
        """An RGB face [112, 112, 3] -> float32 [D] of length 1."""
        ...


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a published network wants its input, ``(rgb - mean) / scale``, and the cosine of one person."""

    mean: float
    scale: float
    alike: float


RECIPES: dict[str, Recipe] = {
    "face_recognition_sface_2021dec.onnx": Recipe(0.0, 1.0, 0.363),  # threshold of OpenCV's own sample
    "w600k_r50.onnx": Recipe(127.5, 127.5, 0.40),
    "w600k_mbf.onnx": Recipe(127.5, 127.5, 0.40),
}


class OnnxEmbedder:
    """A recognition network through onnxruntime.

    Raises:
        Unavailable: the file is no such network.
    """

    def __init__(self, weights: Path, recipe: Recipe, threads: int = 1) -> None:
        self.name, self.alike, self._recipe = weights.stem, recipe.alike, recipe
        self._session: Any = open_session(weights, threads)
        self._input = self._session.get_inputs()[0].name
        try:
            self.embed(np.zeros((ALIGNED_PX, ALIGNED_PX, 3), np.uint8))
        except Exception as error:  # whatever its shapes are, they are not those of a recognition network
            raise Unavailable("error.models.unreadable", part=weights.name) from error

    def embed(self, aligned: Picture) -> NDArray[np.float32]:
        blob = ((aligned.astype(np.float32) - self._recipe.mean) / self._recipe.scale).transpose(2, 0, 1)[None]
        vector = np.asarray(self._session.run(None, {self._input: blob})[0], np.float32)
        if vector.ndim != 2 or len(vector) != 1 or not np.isfinite(vector).all():
            raise ValueError("not a vector")
        return np.asarray(vector[0] / max(float(np.linalg.norm(vector[0])), 1e-9), np.float32)


def embedder_of(folders: tuple[Path, ...], threads: int = 1) -> OnnxEmbedder:
    """The first known network in the folders.

    Raises:
        Unavailable: there is none, or it cannot be used.
    """
    path = find(tuple(RECIPES), folders)
    if path is None:
        raise Unavailable("error.models.missing", part="face_recognition_sface_2021dec.onnx")
    return OnnxEmbedder(path, RECIPES[path.name], threads)


def aligned(picture: Picture, face: Face) -> Picture:
    """The face turned, scaled and cut to [112, 112, 3], so that its five points lie where networks expect them.

    Raises:
        ValueError: the finder gave no points.
    """
    if len(face.points) != len(_TEMPLATE):
        raise ValueError("a face without points")
    move = _similarity(np.array(face.points, np.float64))
    return np.asarray(cv2.warpAffine(picture, move, (ALIGNED_PX, ALIGNED_PX), flags=cv2.INTER_LINEAR))


def _similarity(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn, scale and shift, float64 [2, 3], that bring points [5, 2] nearest to the template (Umeyama 1991)."""
    middle, target = points.mean(0), _TEMPLATE.mean(0)
    spread, wanted = points - middle, _TEMPLATE - target
    u, size, vt = np.linalg.svd(wanted.T @ spread / len(points))
    sign = np.diag([1.0, np.sign(np.linalg.det(u @ vt)) or 1.0])
    turn = u @ sign @ vt
    scale = float((size * np.diag(sign)).sum() / max(spread.var(0).sum(), 1e-9))
    return np.hstack([scale * turn, (target - scale * turn @ middle)[:, None]])
