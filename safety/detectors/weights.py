"""Where weights are looked for: the configured folder, the download cache, the data of installed packages."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from errors import Unavailable


@dataclass(frozen=True, slots=True)
class Download:
    """A file that `python -m safety models fetch` may get.

    Attributes:
        name: file name, in the configured folder as in the cache.
        url: where it is.
        sha256: hex digest that it must have.
        licence: SPDX id.
        commercial: whether the licence allows commercial use.
        purpose: what it is for.
    """

    name: str
    url: str
    sha256: str
    licence: str
    commercial: bool
    purpose: str


_ZOO = "https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models"

DOWNLOADS = (
    Download(
        "face_detection_yunet_2023mar.onnx", f"{_ZOO}/face_detection_yunet/face_detection_yunet_2023mar.onnx",
        "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4", "MIT", True, "face finder",
    ),
    Download(
        "face_recognition_sface_2021dec.onnx", f"{_ZOO}/face_recognition_sface/face_recognition_sface_2021dec.onnx",
        "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79", "Apache-2.0", True, "whose face",
    ),
)  # fmt: skip


def package_file(package: str, name: str) -> Path:
    """A data file of an installed package, found without importing the package.

    Raises:
        Unavailable: the package or the file is missing.
    """
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / name
        if path.is_file():
            return path
    raise Unavailable("error.models.missing", part=package)


def find(names: tuple[str, ...], folders: tuple[Path, ...]) -> Path | None:
    """The first of `names` that exists in one of `folders`; folders come first, then names."""
    for folder in folders:
        for name in names:
            path = folder / name
            if path.is_file():
                return path
    return None


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
