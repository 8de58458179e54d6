"""References as they leave for a service: decoded and written afresh, so that no metadata of the upload goes along."""

from __future__ import annotations

import base64
from fractions import Fraction
from pathlib import Path

from errors import InputError, UsageError
from media.caged import read_i420, read_picture, read_sound
from media.clip import VideoFormat
from media.encode import VideoWriter, write_picture, write_sound
from pipeline.request import Reference

_INLINE_BYTES = {"image": 30 * 2**20, "video": 50 * 2**20, "audio": 15 * 2**20}


def inline(reference: Reference, folder: Path) -> str:
    """A reference as a data address: decoded and written afresh, so that nothing but picture and sound is sent.

    Raises:
        UsageError: it is larger than services accept.
    """
    path, mime = _plain(reference, folder)
    limit = _INLINE_BYTES[reference.kind]
    if path.stat().st_size > limit:
        raise UsageError("error.remote.reference_size", name=reference.name, limit_mb=limit // 2**20)
    return f"data:{mime};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"


def _plain(reference: Reference, folder: Path) -> tuple[Path, str]:
    if reference.kind == "image":
        path = folder / f"{reference.name}.jpg"
        write_picture(path, read_picture(reference.path))
        return path, "image/jpeg"
    sound = read_sound(reference.path) if reference.info.audio else None
    if reference.kind == "audio":
        if sound is None:
            raise InputError("error.media.no_sound")
        path = folder / f"{reference.name}.mp3"
        write_sound(path, sound)
        return path, "audio/mpeg"
    path = folder / f"{reference.name}.mp4"
    info = reference.info
    format = VideoFormat(info.width_px & ~1, info.height_px & ~1, info.fps or Fraction(24))
    with VideoWriter(path, format, sound=sound) as writer:
        for frame in read_i420(reference.path, format):
            writer.write(frame)
    return path, "video/mp4"
