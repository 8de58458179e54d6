"""A second opinion on doubtful faces, from a model that a host brings: is it a photograph of a person, or art?

Any CLIP or SigLIP of `transformers` in a local folder. Its picture and text towers are asked once for the sentences
below and once for each doubtful face. It only ever asks for review: what it thinks harmless is not released, and what
it thinks a photograph is not blocked, because no such model could be measured here. Configured and not usable, every
visual reference is held.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from media.clip import Picture
from safety.config import OpinionSettings
from safety.language.folder import ARGUMENTS, WEIGHTS, ModelFolder, device_of, loading, open_folder, whole

PHOTOGRAPHED: Final = (
    "a photo of a real person's face", "a photograph of a person wearing a mask", "a selfie of a woman",
    "an old black and white photo of a man", "a blurry photo of a child",
)  # fmt: skip
DRAWN: Final = (
    "a drawing of a face", "an anime character", "a cartoon character", "an oil painting of a person",
    "a 3D render of a character", "a statue", "a doll", "an animal", "an object",
)  # fmt: skip
_DEFAULTS: Final = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))  # of CLIP


class Opinion(Protocol):
    """Says how surely a crop is a photograph of a person.

    Attributes:
        name: of the model, with its digest; part of the detector's version.
    """

    name: str

    def photographic(self, crop: Picture) -> float:
        """A square RGB crop around a face -> [0, 1]."""
        ...


class PairedModel:
    """A CLIP or SigLIP.

    Raises:
        Unavailable: the folder is not complete, not the pinned one, or no such model.
    """

    def __init__(self, settings: OpinionSettings) -> None:
        assert settings.model is not None
        folder = open_folder(settings.model, settings.sha256)
        self.name = f"{folder.name}-{folder.sha256[:12]}"
        with loading(folder):
            self._load(folder, device_of(settings.device))
            self.photographic(np.zeros((64, 64, 3), np.uint8))

    def _load(self, folder: ModelFolder, device: str) -> None:
        import torch
        from transformers import AutoModel, AutoTokenizer

        self._torch, self._device = torch, device
        loaded = AutoModel.from_pretrained(folder.path, dtype=torch.float32, **WEIGHTS)
        self._model = whole(folder, loaded).to(device).eval()
        self._side_px = int(self._model.config.vision_config.image_size)
        self._mean, self._spread = _normalisation(folder)
        if not (folder.path / "tokenizer.json").is_file():  # an empty one would be made up
            raise folder.refuse("tokenizer.json is missing")
        tokenizer = AutoTokenizer.from_pretrained(folder.path, **ARGUMENTS)
        longest = int(self._model.config.text_config.max_position_embeddings)
        coded = tokenizer([*PHOTOGRAPHED, *DRAWN], padding="max_length", max_length=longest, truncation=True,
                          return_tensors="pt").to(device)  # fmt: skip
        with torch.inference_mode():
            self._texts = _unit(self._model.get_text_features(**coded))
        self._scale = float(self._model.logit_scale.detach().exp())

    def photographic(self, crop: Picture) -> float:
        """The share of the sentences about photographs in how well all of them fit.

        Raises:
            ValueError: the network yields no numbers.
        """
        torch = self._torch
        method = cv2.INTER_AREA if crop.shape[0] > self._side_px else cv2.INTER_CUBIC
        small = cv2.resize(crop, (self._side_px, self._side_px), interpolation=method).astype(np.float32) / 255
        blob = ((small - self._mean) / self._spread).transpose(2, 0, 1)[None].astype(np.float32)
        with torch.inference_mode():
            seen = _unit(self._model.get_image_features(pixel_values=torch.from_numpy(blob).to(self._device)))
        return share(self._scale * (self._texts @ seen[0]), len(PHOTOGRAPHED))


def opinion_of(settings: OpinionSettings) -> Opinion | None:
    """The configured model, or None where none is.

    Raises:
        Unavailable: it is configured and cannot be used.
    """
    return None if settings.model is None else PairedModel(settings)


def share(logits: NDArray[Any], first: int) -> float:
    """Probability of the first so many rows, by softmax.

    Raises:
        ValueError: not all are numbers.
    """
    if not np.isfinite(logits).all():
        raise ValueError("not numbers")
    odds = np.exp(logits - logits.max())
    return float(odds[:first].sum() / odds.sum())


def _unit(features: Any) -> NDArray[np.float32]:
    """Rows of length 1: float32 [N, D], of a tensor or of what holds one."""
    rows = np.asarray(getattr(features, "pooler_output", features).cpu().numpy(), np.float32)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), np.float32)


def _normalisation(folder: ModelFolder) -> tuple[Sequence[float], Sequence[float]]:
    """Mean and spread of each colour, from `preprocessor_config.json`; those of CLIP without one."""
    path = folder.path / "preprocessor_config.json"
    stated = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return stated.get("image_mean", _DEFAULTS[0]), stated.get("image_std", _DEFAULTS[1])
