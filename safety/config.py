"""What the screening layer is handed."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class SafetyConfig(BaseModel):
    """Settings of screening. The defaults are for an offline run on a CPU.

    Attributes:
        models_folder: detector weights (YuNet, SCRFD, MTCNN); the download cache and package data come after it.
        cache_folder: where `python -m safety models fetch` puts files.
        profile: ``strict`` for a public page, ``studio`` for a host who verifies consent.
        required: detectors that must work; a missing one holds every item of its kinds for review.
        optional: detectors that are left out when their parts are missing.
        threads: threads of one network.
        frames: most pictures searched for faces in one video or animation.
        registry_overrides: files of the host that add, replace or remove registry entries; later ones win.
        picture_index: file of registered pictures; None: none is registered.
        track_index: file of registered recordings; None: none is registered.
        people: folder with a sub-folder of photographs for each protected person; None: nobody is compared.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    models_folder: Path | None = None
    cache_folder: Path | None = None
    profile: Literal["strict", "studio"] = "strict"
    required: tuple[str, ...] = ("prompt", "pictures", "faces", "voice", "recordings")
    optional: tuple[str, ...] = ("explicit",)
    threads: int = Field(default=1, ge=1, le=16)
    frames: int = Field(default=48, ge=8, le=600)
    registry_overrides: tuple[Path, ...] = ()
    picture_index: Path | None = None
    track_index: Path | None = None
    people: Path | None = None

    @property
    def needed(self) -> tuple[str, ...]:
        """`required`, and `identity` where people are registered: comparing them is then not optional."""
        return (*self.required, "identity") if self.people is not None else self.required

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where weight files are looked for, in order."""
        return tuple(folder for folder in (self.models_folder, self.cache_folder) if folder is not None)
