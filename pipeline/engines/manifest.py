"""Whether a file brings a C2PA manifest of its own, so that it can be kept as an ingredient."""

from __future__ import annotations

import struct
from pathlib import Path

# C2PA 2.x, "Embedding manifests into BMFF-based assets": a top-level uuid box of this user type.
_C2PA_BOX = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_MOST_BOXES = 256


def carries_manifest(path: Path) -> bool:
    """Whether an MP4 or MOV has a C2PA box. Says nothing about whether the manifest is valid."""
    size = path.stat().st_size
    with path.open("rb") as file:
        position = 0
        for _ in range(_MOST_BOXES):
            file.seek(position)
            head = file.read(32)
            if len(head) < 24:
                return False
            length, kind = struct.unpack(">I4s", head[:8])
            start = 8
            if length == 1:
                length, start = struct.unpack(">Q", head[8:16])[0], 16
            if kind == b"uuid" and head[start : start + 16] == _C2PA_BOX:
                return True
            if length == 0 or length < start or position + length >= size:
                return False
            position += length
    return False
