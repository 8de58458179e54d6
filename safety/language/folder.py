"""A model in a local folder: what is read of it, its digest, and loading it without running anything it brings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from errors import Unavailable
from safety.detectors.weights import sha256_of

READ: Final = frozenset({".json", ".jinja", ".model", ".onnx", ".safetensors", ".txt"})
ARGUMENTS: Final[Mapping[str, Any]] = {"local_files_only": True, "trust_remote_code": False}
WEIGHTS: Final[Mapping[str, Any]] = {**ARGUMENTS, "use_safetensors": True, "output_loading_info": True}


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A folder whose files were read once.

    Attributes:
        path: where it is.
        sha256: hex digest over the names and contents of every file that may be read.
    """

    path: Path
    sha256: str

    @property
    def name(self) -> str:
        return self.path.name

    def refuse(self, why: str) -> Unavailable:
        """The error that names this folder and the reason, in a word."""
        return refusal(self.path, why)


def refusal(path: Path, why: str) -> Unavailable:
    """The error of a folder that cannot be used."""
    return Unavailable("error.models.folder", part=f"{path.name} ({why})")


def open_folder(path: Path, pinned: str = "", weights: tuple[str, ...] = ("*.safetensors",)) -> ModelFolder:
    """The folder, once it is complete and is the pinned one.

    Args:
        pinned: hex digest that it must have; empty: any.
        weights: patterns of weight files, of which one must be there.

    Raises:
        Unavailable: a file is missing, or the digest is another.
    """
    if not path.is_dir():
        raise refusal(path, "no such folder")
    if not (path / "config.json").is_file():
        raise refusal(path, "config.json is missing")
    if not any(found.is_file() for pattern in weights for found in path.glob(pattern)):
        raise refusal(path, f"{weights[0]} is missing")
    digest = digest_of(path)
    if pinned and digest != pinned:
        raise refusal(path, "another digest")
    return ModelFolder(path, digest)


def digest_of(path: Path) -> str:
    """Hex SHA-256 over the sorted names and digests of all files that loading may read."""
    whole = hashlib.sha256()
    for file in sorted(found for found in path.rglob("*") if found.suffix in READ and found.is_file()):
        whole.update(f"{file.relative_to(path).as_posix()}\0{sha256_of(file)}\n".encode())
    return whole.hexdigest()


@contextmanager
def loading(folder: ModelFolder) -> Iterator[None]:
    """Turn whatever goes wrong inside the libraries into a refusal that names the folder; no bars in the log."""
    try:
        import transformers

        transformers.utils.logging.disable_progress_bar()
        yield
    except Unavailable:
        raise
    except Exception as error:
        raise folder.refuse(type(error).__name__) from error


def whole(folder: ModelFolder, loaded: tuple[Any, Mapping[str, Any]], spare: tuple[str, ...] = ()) -> Any:
    """The loaded network, once every weight came from the folder.

    Args:
        loaded: what `from_pretrained` returns with ``output_loading_info``.
        spare: beginnings of weight names that are not used and may be missing.

    Raises:
        Unavailable: some weights would have stayed as they were drawn.
    """
    model, facts = loaded
    missing = [name for name in facts["missing_keys"] if not name.startswith(spare)]
    if missing or facts["mismatched_keys"]:
        raise folder.refuse("weights are missing")
    return model


def device_of(wished: str) -> str:
    """``cpu`` or ``cuda``; ``auto`` takes a GPU where there is one."""
    if wished != "auto":
        return wished
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
