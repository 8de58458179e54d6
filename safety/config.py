"""What the screening layer is handed."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ModelSettings(BaseModel):
    """An optional language model in a local folder. Configured and not usable, it holds every text for review."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Path | None = Field(None, description="Folder of the model.")
    sha256: str = Field(
        "", pattern=r"^([0-9a-f]{64})?$", description="Digest of that folder (`python -m safety models digest FOLDER`)."
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where it runs.")
    timeout_s: float = Field(30.0, gt=0, le=600, description="Longest time for one text, seconds; then it is held.")


class GuardSettings(ModelSettings):
    """A guard model that reads every text too."""

    model: Path | None = Field(
        None,
        description="Folder of a guard model: Qwen3Guard-Gen, Llama Guard 3 or 4, ShieldGemma; safetensors only, none "
        "of its code is run. Empty: none.",
    )


class DescriptionSettings(ModelSettings):
    """A sentence embedding model that recognises descriptions without names."""

    model: Path | None = Field(
        None,
        description="Folder of a multilingual sentence embedding model, safetensors or `onnx/model.onnx`, none of its "
        "code is run. Empty: none.",
    )
    alike: float | None = Field(
        None, gt=0, lt=1, description="Cosine from which a text describes an entry; differs by model, no default."
    )
    prefix: str = Field("", description="What the model wants before each text, e.g. `query: ` for E5.")


class OpinionSettings(BaseModel):
    """A second opinion on doubtful faces, which only ever asks for review. Configured and not usable, it holds every
    picture and clip."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Path | None = Field(
        None,
        description="Folder of a CLIP or SigLIP, safetensors, none of its code is run: whether a doubtful face is a "
        "photograph. Empty: none.",
    )
    sha256: str = Field(
        "", pattern=r"^([0-9a-f]{64})?$", description="Digest of that folder (`python -m safety models digest FOLDER`)."
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where it runs.")


class LookSettings(BaseModel):
    """A vision model that compares pictures with protected ones. Configured and not usable, it holds them all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Path | None = Field(
        None,
        description="Vision model: an ONNX or TorchScript file (SSCD), or a folder with safetensors (DINOv2, CLIP). "
        "Empty: none.",
    )
    pictures: Path | None = Field(None, description="Folder of the protected pictures and logos that it compares with.")
    alike: float | None = Field(
        None, gt=0, lt=1, description="Cosine from which two pictures are alike; differs by model, no default."
    )
    side_px: int = Field(288, ge=32, le=1024, description="Side of the square that the model is shown, pixels.")
    scale: Literal["imagenet", "clip", "half"] = Field("imagenet", description="How the model wants colours scaled.")
    sha256: str = Field("", pattern=r"^([0-9a-f]{64})?$", description="Digest of the model's file or folder.")


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
        guard: a guard model that reads every text too.
        descriptions: an embedding model that compares every text with descriptions of protected characters.
        looks: a vision model that compares pictures with protected ones.
        opinion: a model that looks at doubtful faces, too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    models_folder: Path | None = None
    cache_folder: Path | None = None
    profile: Literal["strict", "studio"] = "strict"
    required: tuple[str, ...] = ("prompt", "pictures", "faces", "voice", "recordings")
    optional: tuple[str, ...] = ("explicit", "identity")
    threads: int = Field(default=1, ge=1, le=16)
    frames: int = Field(default=48, ge=8, le=600)
    registry_overrides: tuple[Path, ...] = ()
    picture_index: Path | None = None
    track_index: Path | None = None
    people: Path | None = None
    guard: GuardSettings = GuardSettings()
    descriptions: DescriptionSettings = DescriptionSettings()
    looks: LookSettings = LookSettings()
    opinion: OpinionSettings = OpinionSettings()

    @property
    def needed(self) -> tuple[str, ...]:
        """`required`, and what was configured on purpose: from then on it is not optional."""
        configured = {
            "identity": self.people, "guard": self.guard.model, "descriptions": self.descriptions.model,
            "looks": self.looks.model or self.looks.pictures,
        }  # fmt: skip
        return (*self.required, *(name for name, where in configured.items() if where is not None))

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where weight files are looked for, in order."""
        return tuple(folder for folder in (self.models_folder, self.cache_folder) if folder is not None)
