"""RIFF: WAV chunks `AIGC` and `_PMX`, the WebP chunk `XMP ` with its `VP8X` header."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from media.source import Source
from watermark.containers import MAX_TEXT_BYTES, Metadata, text

_XMP_FLAG, _ALPHA_FLAG = 0x04, 0x10


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, offset of the body and its length, for each whole chunk of the outer form."""
    at = 12
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > len(data):
            return
        yield kind, at + 8, length
        at += 8 + length + (length & 1)


def read(path: Source) -> Metadata:
    data = path.read_bytes()
    if data[:4] != b"RIFF":
        return Metadata()
    packets, values = [], []
    for kind, at, length in chunks(data):
        if length > MAX_TEXT_BYTES:
            continue
        if kind in (b"XMP ", b"_PMX"):
            packets.append(text(data[at : at + length]))
        elif kind == b"AIGC":
            values.append(text(data[at : at + length].rstrip(b"\0")))
    return Metadata(tuple(packets), tuple(values))


def add_chunk(path: Path, kind: bytes, body: bytes) -> None:
    """Append a chunk and correct the length of the outer form.

    Raises:
        ValueError: not a RIFF file.
    """
    data = path.read_bytes()
    if data[:4] != b"RIFF":
        raise ValueError("not a RIFF file")
    _write(path, data[8:12], data[12:] + (b"\0" if len(data) & 1 else b"") + _chunk(kind, body))


def add_xmp(path: Path, packet: str) -> None:
    data = path.read_bytes()
    if data[:4] != b"RIFF":
        raise ValueError("not a RIFF file")
    if data[8:12] == b"WAVE":
        add_chunk(path, b"_PMX", packet.encode())
    else:
        _write(path, b"WEBP", _extended(data) + _chunk(b"XMP ", packet.encode()))


def _extended(data: bytes) -> bytes:
    """The WebP chunks, led by a `VP8X` header with the XMP flag set."""
    parts = [(kind, data[at : at + length]) for kind, at, length in chunks(data)]
    if parts and parts[0][0] == b"VP8X":
        header = bytes([parts[0][1][0] | _XMP_FLAG]) + parts[0][1][1:]
        parts = parts[1:]
    else:
        header = _vp8x(*parts[0])
    return _chunk(b"VP8X", header) + b"".join(_chunk(kind, body) for kind, body in parts)


def _vp8x(kind: bytes, body: bytes) -> bytes:
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        width, height, flags = bits & 0x3FFF, bits >> 14 & 0x3FFF, _ALPHA_FLAG * (bits >> 28 & 1)
    elif kind == b"VP8 ":
        width, height = (int.from_bytes(body[at : at + 2], "little") & 0x3FFF for at in (6, 8))
        width, height, flags = width - 1, height - 1, 0
    else:
        raise ValueError("not a WebP file")
    return bytes([flags | _XMP_FLAG, 0, 0, 0]) + width.to_bytes(3, "little") + height.to_bytes(3, "little")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack("<4sI", kind, len(body)) + body + (b"\0" if len(body) & 1 else b"")


def _write(path: Path, form: bytes, body: bytes) -> None:
    path.write_bytes(struct.pack("<4sI", b"RIFF", 4 + len(body)) + form + body)
