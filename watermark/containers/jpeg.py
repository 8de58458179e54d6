"""JPEG (ITU-T T.81): the APP1 segment with XMP (XMP part 3, clause 1.1.3)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from media.source import Source
from watermark.containers import Metadata, text

_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_APP0, _APP1 = 0xE0, 0xE1
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9


def segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, offset of the body and its length, up to the first scan."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in (_START_OF_SCAN, _END_OF_IMAGE):
            return
        length = struct.unpack_from(">H", data, at + 2)[0]
        if length < 2 or at + 2 + length > len(data):
            return
        yield marker, at + 4, length - 2
        at += 2 + length


def read(path: Source) -> Metadata:
    data = path.read_bytes()
    if not data.startswith(b"\xff\xd8"):
        return Metadata()
    packets = [
        text(data[at + len(_XMP) : at + length])
        for marker, at, length in segments(data)
        if marker == _APP1 and data.startswith(_XMP, at)
    ]
    return Metadata(tuple(packets))


def add_xmp(path: Path, packet: str) -> None:
    data = path.read_bytes()
    if not data.startswith(b"\xff\xd8"):
        raise ValueError("not a JPEG file")
    body = _XMP + packet.encode()
    if len(body) > 65_533:
        raise ValueError("the packet does not fit one segment")
    first = next(segments(data), None)
    at = first[1] + first[2] if first is not None and first[0] == _APP0 else 2
    path.write_bytes(data[:at] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[at:])
