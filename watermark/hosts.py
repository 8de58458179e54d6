"""Files made elsewhere as something to stamp."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Literal

from errors import InputError
from media.clip import Frame, Picture, Sound, VideoFormat
from media.decode import read_i420, read_picture, read_sound
from media.probe import MediaInfo, probe
from watermark.aigc import texts
from watermark.chain import read_chain
from watermark.containers import read_metadata
from watermark.ingredients import Ingredient
from watermark.trust import TrustStore


@dataclass(frozen=True)
class FileHost:
    """A file on disk as a `watermark.stamp.Host`.

    Raises:
        InputError: on first use, when it cannot be read; animated pictures are not accepted.
    """

    path: Path

    @cached_property
    def info(self) -> MediaInfo:
        info = probe(self.path)
        if info.animated:
            raise InputError("error.stamp.animated")
        return info

    @cached_property
    def digest(self) -> str:
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @property
    def kind(self) -> Literal["video", "image", "audio"]:
        return self.info.kind

    @cached_property
    def history(self) -> tuple[Ingredient, ...]:
        """The file itself as parent, if it carries a record or label of its own: those are kept, never dropped."""
        container = self.info.container
        carries = texts(read_metadata(self.path, container.name)) or read_chain(self.path, container.mime, TrustStore())
        return (Ingredient(self.path, container.mime, "parentOf"),) if carries else ()

    @property
    def format(self) -> VideoFormat | None:
        """Even sides; an odd last row or column is dropped."""
        if self.kind != "video":
            return None
        return VideoFormat(self.info.width_px & ~1, self.info.height_px & ~1, self.info.fps or Fraction(25))

    def frames(self) -> Iterator[Frame]:
        upright = not self.info.rotation_deg
        even = not (self.info.width_px % 2 or self.info.height_px % 2)
        return read_i420(self.path, None if upright and even else self.format)

    def sound(self) -> Sound | None:
        return read_sound(self.path) if self.info.audio else None

    def picture(self) -> Picture:
        return read_picture(self.path)
