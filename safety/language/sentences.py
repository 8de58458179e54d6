"""A sentence embedding model: texts to vectors whose cosine says how alike their meanings are, across languages.

Reads a folder of transformers weights, or the ``onnx/model.onnx`` of one, and pools as its ``1_Pooling`` says; a folder
that adds further layers (``2_Dense``) is refused, since its vectors would not be the model's.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from safety.language.folder import ARGUMENTS, WEIGHTS, ModelFolder, device_of, loading, open_folder, whole
from safety.language.windows import Deadline, Late, Span, offsets_of

Vectors = NDArray[np.float32]
BATCH: Final = 32
ONNX: Final = "onnx/model.onnx"
LONGEST: Final = 512
# `modules.json` of sentence-transformers: what may stand in it.
_MODULES: Final = frozenset({"Transformer", "Pooling", "Normalize"})


def _mean(states: Vectors, mask: NDArray[np.int64]) -> Vectors:
    weights = mask[..., None].astype(np.float32)
    return np.asarray((states * weights).sum(1) / np.maximum(weights.sum(1), 1.0), np.float32)


def _first(states: Vectors, mask: NDArray[np.int64]) -> Vectors:
    return np.asarray(states[np.arange(len(states)), mask.argmax(1)], np.float32)


def _last(states: Vectors, mask: NDArray[np.int64]) -> Vectors:
    from_end = mask[:, ::-1].argmax(1)
    return np.asarray(states[np.arange(len(states)), mask.shape[1] - 1 - from_end], np.float32)


# Each takes states [N, T, D] and a mask [N, T] and returns [N, D].
POOLINGS: dict[str, Callable[[Vectors, NDArray[np.int64]], Vectors]] = {
    "pooling_mode_mean_tokens": _mean,
    "pooling_mode_cls_token": _first,
    "pooling_mode_lasttoken": _last,
}


class SentenceModel:
    """Turns texts into vectors.

    Args:
        folder: config, tokenizer, weights.
        prefix: set before each text.
        device: ``auto``, ``cpu`` or ``cuda``; an ONNX file runs on the CPU.

    Raises:
        Unavailable: the folder is no such model.
    """

    def __init__(self, folder: ModelFolder, prefix: str = "", device: str = "auto") -> None:
        self.folder, self._prefix = folder, prefix
        self._lock = threading.Lock()
        with loading(folder):
            self._tokenizer = _tokenizer(folder)
            self._pool = _pooling(folder)
            self._states = _network(folder, device)
            self.embed([prefix or "one", "two words"], Deadline.within(600.0))

    @classmethod
    def open(cls, path: Path, pinned: str = "", prefix: str = "", device: str = "auto") -> SentenceModel:
        """The model of a folder.

        Raises:
            Unavailable: as above, or the folder is incomplete or not the pinned one.
        """
        return cls(open_folder(path, pinned, ("*.safetensors", ONNX)), prefix, device)

    @property
    def version(self) -> str:
        return f"{self.folder.name}+{self.folder.sha256[:12]}"

    def offsets(self, text: str) -> Sequence[Span]:
        """Where each token of a text begins and ends."""
        return offsets_of(self._tokenizer)(text)

    def embed(self, texts: Sequence[str], deadline: Deadline) -> Vectors:
        """float32 [N, D], each row of length 1.

        Raises:
            Late: not done in time.
            ValueError: the network yields something else, or a text is longer than it can read.
        """
        if not self._lock.acquire(timeout=deadline.left_s()):
            raise Late("another text is being read")
        try:
            rows = []
            for first in range(0, len(texts), BATCH):
                deadline.left_s()
                rows.append(self._batch([self._prefix + text for text in texts[first : first + BATCH]]))
            return np.concatenate(rows)
        finally:
            self._lock.release()

    def _batch(self, texts: list[str]) -> Vectors:
        coded = self._tokenizer(texts, padding=True, return_tensors="np", verbose=False)
        if coded["input_ids"].shape[1] > LONGEST:
            raise ValueError("longer than the model reads")
        vectors = self._pool(self._states(dict(coded)), coded["attention_mask"])
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all() or (lengths < 1e-9).any():
            raise ValueError("not vectors")
        return np.asarray(vectors / lengths, np.float32)


def _tokenizer(folder: ModelFolder) -> Any:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder.path, **ARGUMENTS)
    if not tokenizer.is_fast:
        raise folder.refuse("tokenizer.json is missing")
    return tokenizer


def _pooling(folder: ModelFolder) -> Callable[[Vectors, NDArray[np.int64]], Vectors]:
    """How the folder's `1_Pooling/config.json` pools; without one, the mean over tokens."""
    modules = _read(folder, "modules.json", [])
    if not {str(module["type"]).rpartition(".")[2] for module in modules} <= _MODULES:
        raise folder.refuse("further layers")
    modes = [
        name for name, on in _read(folder, "1_Pooling/config.json", {}).items() if on is True and "pooling_mode" in name
    ] or ["pooling_mode_mean_tokens"]
    if len(modes) != 1 or modes[0] not in POOLINGS:
        raise folder.refuse("unknown pooling")
    return POOLINGS[modes[0]]


def _read(folder: ModelFolder, name: str, without: Any) -> Any:
    path = folder.path / name
    return json.loads(path.read_text("utf-8")) if path.is_file() else without


def _network(folder: ModelFolder, device: str) -> Callable[[dict[str, Any]], Vectors]:
    """What turns token numbers and mask, int64 [N, T], into states, float32 [N, T, D]."""
    if not any(folder.path.glob("*.safetensors")):
        return _graph(folder)
    import torch
    from transformers import AutoModel

    place = device_of(device)
    loaded = AutoModel.from_pretrained(folder.path, dtype=torch.float32, **WEIGHTS)
    network = whole(folder, loaded, spare=("pooler.",)).to(place).eval()

    def states(coded: dict[str, Any]) -> Vectors:
        with torch.inference_mode():
            given = {name: torch.from_numpy(value).to(place) for name, value in coded.items()}
            return np.asarray(network(**given).last_hidden_state.cpu().numpy(), np.float32)

    return states


def _graph(folder: ModelFolder) -> Callable[[dict[str, Any]], Vectors]:
    from safety.detectors.graphs import open_session

    session: Any = open_session(folder.path / ONNX)
    wanted = [given.name for given in session.get_inputs()]

    def states(coded: dict[str, Any]) -> Vectors:
        given = {name: np.asarray(coded[name], np.int64) for name in wanted}
        return np.asarray(session.run(None, given)[0], np.float32)

    return states
