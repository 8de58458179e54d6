"""What a picture shows, as a vector: networks that a host brings (SSCD, DINOv2, CLIP and the like). None is bundled."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from errors import Unavailable
from media.clip import Picture
from safety.config import LookSettings
from safety.detectors.graphs import open_session
from safety.detectors.weights import sha256_of
from safety.language.folder import WEIGHTS, open_folder

SCALES: Final[dict[str, tuple[tuple[float, ...], tuple[float, ...]]]] = {  # mean and deviation of red, green and blue
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "clip": ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
    "half": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
}
Run = Callable[[NDArray[np.float32]], Any]  # pictures [n, 3, side, side] -> vectors [n, D]


class Vision(Protocol):
    """Turns pictures into vectors; the cosine of two says how alike the pictures are.

    Attributes:
        name: of the network and its weights; part of the detector's version.
    """

    name: str

    def embed(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        """RGB pictures [H, W, 3] -> float32 [n, D], each of length 1."""
        ...


class Network:
    """A network in any of `FORMATS`.

    Raises:
        Unavailable: the file or folder is no such network, or not the pinned one.
    """

    def __init__(self, settings: LookSettings, threads: int = 1) -> None:
        assert settings.model is not None  # configured
        ending = "" if settings.model.is_dir() else settings.model.suffix.lower()
        if ending not in FORMATS:
            raise Unavailable("error.models.missing", part=settings.model.name)
        self._side_px, self._scale = settings.side_px, SCALES[settings.scale]
        self._run, digest = FORMATS[ending](settings.model, settings.sha256, threads)
        self.name = f"{settings.model.stem}-{settings.side_px}-{settings.scale}-{digest[:12]}"
        try:
            self.embed([np.zeros((32, 32, 3), np.uint8)])
        except Exception as error:  # whatever it does, it does not turn pictures of this size into vectors
            raise Unavailable("error.models.unreadable", part=settings.model.name) from error

    def embed(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        mean, deviation = (np.array(part, np.float32) for part in self._scale)
        size = (self._side_px, self._side_px)
        small = [cv2.resize(picture, size, interpolation=cv2.INTER_AREA) for picture in pictures]
        blob = ((np.stack(small).astype(np.float32) / 255 - mean) / deviation).transpose(0, 3, 1, 2)
        vectors = np.asarray(self._run(np.ascontiguousarray(blob, np.float32)), np.float32)
        if vectors.ndim != 2 or len(vectors) != len(pictures) or not np.isfinite(vectors).all():
            raise ValueError("not vectors")
        return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), np.float32)


def _onnx(model: Path, pinned: str, threads: int) -> tuple[Run, str]:
    digest = _digest(model, pinned)
    session = open_session(model, threads)
    name = session.get_inputs()[0].name
    return lambda blob: session.run(None, {name: blob})[0], digest


def _torchscript(model: Path, pinned: str, threads: int) -> tuple[Run, str]:
    """SSCD is published in this format only, which PyTorch reads but no longer recommends."""
    import torch

    digest = _digest(model, pinned)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            network: Any = torch.jit.load(str(model), map_location="cpu").eval()
    except Exception as error:  # not such a file
        raise Unavailable("error.models.unreadable", part=model.name) from error

    def run(blob: NDArray[np.float32]) -> Any:
        with torch.inference_mode():
            return network(torch.from_numpy(blob)).numpy()

    return run, digest


def _transformers(model: Path, pinned: str, threads: int) -> tuple[Run, str]:
    """A folder of DINOv2, CLIP or another vision model: its image features, else its pooled output."""
    folder = open_folder(model, pinned)
    import torch
    from transformers import AutoModel

    try:
        network, info = AutoModel.from_pretrained(model, **WEIGHTS)
    except Exception as error:  # not such a folder
        raise folder.refuse("not a vision model") from error
    if info["missing_keys"]:
        raise folder.refuse("weights are missing")
    network.eval()
    features = getattr(network, "get_image_features", network)

    def run(blob: NDArray[np.float32]) -> Any:
        with torch.inference_mode():
            found = features(pixel_values=torch.from_numpy(blob))
        found = found if isinstance(found, torch.Tensor) else found.pooler_output
        return found.numpy()

    return run, folder.sha256


FORMATS: Final[dict[str, Callable[[Path, str, int], tuple[Run, str]]]] = {
    ".onnx": _onnx, ".pt": _torchscript, ".torchscript": _torchscript, "": _transformers,
}  # fmt: skip


def _digest(model: Path, pinned: str) -> str:
    """Hex digest of a file.

    Raises:
        Unavailable: there is no such file, or it is not the pinned one.
    """
    if not model.is_file():
        raise Unavailable("error.models.missing", part=model.name)
    digest = sha256_of(model)
    if pinned and digest != pinned:
        raise Unavailable("error.models.unreadable", part=model.name)
    return digest
