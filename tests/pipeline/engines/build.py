"""Requests, references and workspaces for the tests of engines."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from media.clip import VideoFormat
from media.colour import to_i420
from media.encode import VideoWriter, write_picture
from media.probe import probe
from pipeline.quarantine import Quarantine, Workspace
from pipeline.request import GenerationRequest, Reference
from safety.screen import _MINT, Cleared
from safety.verdict import Decision, Verdict


def cleared(request: GenerationRequest) -> Cleared[GenerationRequest]:
    """A request as if it had passed the screen; what the screen does is tested with the screen."""
    return Cleared(request, Verdict(Decision.ALLOW, (), request.digest, "test", "strict"), mint=_MINT)


def request(**changes: Any) -> GenerationRequest:
    """The smallest clip: 2 s at 480p."""
    facts: dict[str, Any] = {
        "prompt": "A lighthouse in a storm", "resolution": "480p", "aspect": "1:1", "fps": 24, "duration_s": 2.0,
        "seed": 7,
    }  # fmt: skip
    return GenerationRequest(**{**facts, **changes})


def workspace(folder: Path, job: str = "job-1") -> Workspace:
    """A fresh folder in a quarantine."""
    return Quarantine(folder / "quarantine").workspace(job)


def image(folder: Path, number: int = 1, role: Any = "auto", colour: tuple[int, int, int] = (200, 80, 40)) -> Reference:
    """A picture reference of one colour with a darker half."""
    picture = np.full((96, 128, 3), colour, np.uint8)
    picture[:, :64] //= 2
    path = folder / f"image{number}.png"
    write_picture(path, picture)
    return reference(path, f"image{number}", role)


def clip(folder: Path, number: int = 1, role: Any = "auto", seconds: float = 1.0) -> Reference:
    """A video reference that fades from black to grey."""
    path = folder / f"video{number}.mp4"
    write_clip(path, seconds=seconds)
    return reference(path, f"video{number}", role)


def write_clip(path: Path, seconds: float = 1.0, size: tuple[int, int] = (128, 96), fps: int = 24) -> Path:
    """An MP4 that fades from black to grey."""
    total = round(seconds * fps)
    with VideoWriter(path, VideoFormat(*size, Fraction(fps))) as writer:
        for index in range(total):
            writer.write(to_i420(np.full((size[1], size[0], 3), 160 * index // total, np.uint8)))
    return path


def reference(path: Path, name: str, role: Any) -> Reference:
    info = probe(path)
    return Reference(name, info.kind, role, path, hashlib.sha256(path.read_bytes()).hexdigest(), info)
